/**
 * Where the module for state proofs is in Node and its like. In a bundle, and where reading files is not permitted, it is
 * the script that carries its bytes, which any bundler takes along.
 */

import { fileOrBytes } from '../runtime/local.ts'
import type { WasmSource } from '../runtime/source.ts'
import { moduleSource as besideThis } from './module.ts'

/** The file, or its bytes out of a script. */
export function moduleSource(): Promise<WasmSource> {
  return fileOrBytes(besideThis, () => import('../../dist/wasm/proof-scalar-inline.js'))
}
