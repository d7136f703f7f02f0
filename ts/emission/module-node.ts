/**
 * Where the module for emission is in Node and its like. In a bundle, and where reading files is not permitted, it is the
 * script that carries its bytes, which any bundler takes along.
 */

import { fileOrBytes } from '../runtime/local.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'
import { moduleSource as besideThis } from './module.ts'

/** The build's file, or the bytes of that with SIMD out of a script. */
export function moduleSource(variant: WasmVariant): Promise<WasmSource> {
  return fileOrBytes(
    () => besideThis(variant),
    variant === 'simd' ? () => import('../../dist/wasm/emission-simd-inline.js') : undefined,
  )
}
