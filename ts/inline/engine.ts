/** `yuma-core` with its module in JavaScript: nothing is fetched. */

import { bytes as scalar } from '../../dist/wasm/scalar-inline.js'
import { bytes as simd } from '../../dist/wasm/simd-inline.js'
import type { LoadOptions } from '../engine/api.ts'
import { loadOutside } from '../engine/outside.ts'
import type { Engine } from '../engine/types.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'

export * from '../engine/api.ts'

function carried(variant: WasmVariant): WasmSource {
  return variant === 'simd' ? simd : scalar
}

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` and `reference` are in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return loadOutside(options, carried)
}
