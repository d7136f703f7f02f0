/** `yuma-core` outside Node: WebAssembly only. */

import type { LoadOptions } from './api.ts'
import { loadOutside } from './outside.ts'
import type { Engine } from './types.ts'

export * from './api.ts'

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` and `reference` are in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return loadOutside(options)
}
