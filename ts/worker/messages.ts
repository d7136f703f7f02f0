/** What crosses between a page and its workers. Each message to a worker is answered by exactly one. */

import type { Call } from '../runtime/layout.ts'
import type { WasmCompiled } from '../runtime/platform-types.ts'

/** To a worker: the module that it is to use, or calls to run. */
export type Request = { readonly module: WasmCompiled } | { readonly calls: readonly Call[] }

/** What a worker's module says of itself: its instruction set, and the spec versions whose rules it knows. */
export interface Ready {
  readonly kernel: string
  readonly rules: Uint32Array
}

/** From a worker: ready; the calls' answers; or how the engine failed. */
export type Reply =
  | Ready
  | { readonly answers: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly failure: string }
