/** `yuma-core/emission` outside Node: WebAssembly only. */

import type { EmissionOptions } from './api.ts'
import { loadOutside } from './outside.ts'
import type { Emission } from './types.ts'

export * from './api.ts'

/**
 * Loads emission.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEmission(options: EmissionOptions = {}): Promise<Emission> {
  return loadOutside(options)
}
