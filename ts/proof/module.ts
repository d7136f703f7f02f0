/** Where the module for state proofs is: an address beside this file. */

import type { WasmSource } from '../runtime/source.ts'

/** Spelled out: bundlers copy the file that they see named so. */
export function moduleSource(): WasmSource {
  return new URL('../../dist/wasm/yuma-proof-scalar.wasm', import.meta.url)
}
