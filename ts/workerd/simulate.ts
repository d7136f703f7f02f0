/** `yuma-core/simulate` in workerd, which compiles the modules that a script imports, and nothing at run time. */

import simd from '../../dist/wasm/yuma-simulate-simd.wasm'
import { EngineError } from '../errors/index.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'
import type { SimulatorOptions } from '../simulate/api.ts'
import { loadOutside } from '../simulate/outside.ts'
import type { Simulator } from '../simulate/types.ts'

export * from '../simulate/api.ts'

function carried(variant: WasmVariant): WasmSource {
  if (variant === 'simd') return simd
  throw new EngineError('the build without SIMD is not taken along here')
}

/**
 * Loads simulation.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return loadOutside(options, carried)
}
