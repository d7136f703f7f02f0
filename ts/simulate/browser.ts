/** `yuma-core/simulate` outside Node: WebAssembly only. */

import type { SimulatorOptions } from './api.ts'
import { loadOutside } from './outside.ts'
import type { Simulator } from './types.ts'

export * from './api.ts'

/**
 * Loads simulation.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return loadOutside(options)
}
