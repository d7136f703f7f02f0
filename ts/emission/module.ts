/** Where the module for emission is: an address beside this file. */

import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'

/** Both addresses are spelled out: bundlers copy the files that they see named so. */
export function moduleSource(variant: WasmVariant): WasmSource {
  return variant === 'simd'
    ? new URL('../../dist/wasm/yuma-emission-simd.wasm', import.meta.url)
    : new URL('../../dist/wasm/yuma-emission-scalar.wasm', import.meta.url)
}
