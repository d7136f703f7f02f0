/** What crosses between a page and its workers. Each message to a worker is answered by exactly one. */

import type { Call } from '../runtime/layout.ts'

/** To a worker: the module that it is to use, or calls to run. */
export type Request = { readonly module: WebAssembly.Module } | { readonly calls: readonly Call[] }

/** From a worker: ready, with the module's instruction set; the calls' answers; or how the engine failed. */
export type Reply =
  | { readonly kernel: string }
  | { readonly answers: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly failure: string }
