/** `yuma-core` in workerd, which compiles the modules that a script imports, and nothing at run time. */

import simd from '../../dist/wasm/yuma-simd.wasm'
import type { LoadOptions } from '../engine/api.ts'
import { loadOutside } from '../engine/outside.ts'
import type { Engine } from '../engine/types.ts'
import { EngineError } from '../errors/index.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'

export * from '../engine/api.ts'

function carried(variant: WasmVariant): WasmSource {
  if (variant === 'simd') return simd
  throw new EngineError('the build without SIMD is not taken along here')
}

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` and `reference` are in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return loadOutside(options, carried)
}
