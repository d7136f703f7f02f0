/** How `yuma-core` loads outside Node, where there is WebAssembly alone. */

import type { WasmSource } from '../runtime/source.ts'
import { type WasmVariant, wantedVariant } from '../runtime/variant.ts'
import type { LoadOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Engine } from './types.ts'
import { loadWasm } from './wasm.ts'

/**
 * Loads an engine.
 * @param source The module; by default it is fetched from beside this package's files.
 * @throws {EngineError} where the one that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadOutside(
  options: LoadOptions,
  source?: (variant: WasmVariant) => WasmSource,
): Promise<Engine> {
  checkLoad(options)
  const variant = wantedVariant('engine', options.prefer)
  return loadWasm(source === undefined ? { variant } : { variant, module: source(variant) })
}
