/** How `yuma-core/emission` loads outside Node, where there is WebAssembly alone. */

import type { WasmSource } from '../runtime/source.ts'
import { type WasmVariant, wantedVariant } from '../runtime/variant.ts'
import type { EmissionOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Emission } from './types.ts'
import { loadWasmEmission } from './wasm.ts'

/**
 * Loads emission.
 * @param source The module; by default it is fetched from beside this package's files.
 * @throws {EngineError} where the one that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadOutside(
  options: EmissionOptions,
  source?: (variant: WasmVariant) => WasmSource,
): Promise<Emission> {
  checkLoad(options)
  const variant = wantedVariant('emission', options.prefer)
  return loadWasmEmission(source === undefined ? { variant } : { variant, module: source(variant) })
}
