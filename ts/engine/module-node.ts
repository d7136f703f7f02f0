/**
 * Where the module for epochs is in Node and its like. In a bundle, and where reading files is not permitted, it is the
 * script that carries its bytes, which any bundler takes along.
 */

import { fileOrBytes } from '../runtime/local.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'
import { moduleSource as besideThis } from './module.ts'

/** The build's file, or its bytes out of a script. */
export function moduleSource(variant: WasmVariant): Promise<WasmSource> {
  return fileOrBytes(
    () => besideThis(variant),
    () =>
      variant === 'simd'
        ? import('../../dist/wasm/simd-inline.js')
        : import('../../dist/wasm/scalar-inline.js'),
  )
}
