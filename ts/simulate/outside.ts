/** How `yuma-core/simulate` loads outside Node, where there is WebAssembly alone. */

import type { WasmSource } from '../runtime/source.ts'
import { type WasmVariant, wantedVariant } from '../runtime/variant.ts'
import type { SimulatorOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Simulator } from './types.ts'
import { loadWasmSimulator } from './wasm.ts'

/**
 * Loads simulation.
 * @param source The module; by default it is fetched from beside this package's files.
 * @throws {EngineError} where the one that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadOutside(
  options: SimulatorOptions,
  source?: (variant: WasmVariant) => WasmSource,
): Promise<Simulator> {
  checkLoad(options)
  const variant = wantedVariant('simulator', options.prefer)
  return loadWasmSimulator(source === undefined ? { variant } : { variant, module: source(variant) })
}
