/** `yuma-core/emission` in workerd, which compiles the modules that a script imports, and nothing at run time. */

import simd from '../../dist/wasm/yuma-emission-simd.wasm'
import type { EmissionOptions } from '../emission/api.ts'
import { loadOutside } from '../emission/outside.ts'
import type { Emission } from '../emission/types.ts'
import { EngineError } from '../errors/index.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'

export * from '../emission/api.ts'

function carried(variant: WasmVariant): WasmSource {
  if (variant === 'simd') return simd
  throw new EngineError('the build without SIMD is not taken along here')
}

/**
 * Loads emission.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEmission(options: EmissionOptions = {}): Promise<Emission> {
  return loadOutside(options, carried)
}
