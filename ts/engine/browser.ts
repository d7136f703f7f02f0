/** `yuma-core` outside Node: WebAssembly only. */

import { EngineError } from '../errors/index.ts'
import type { LoadOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Engine } from './types.ts'
import { loadWasm } from './wasm.ts'

export * from './api.ts'

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had: `native` and `reference` are in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  checkLoad(options)
  const { prefer = 'wasm' } = options
  if (prefer === 'wasm') return loadWasm()
  if (prefer === 'wasm-scalar') return loadWasm({ variant: 'scalar' })
  throw new EngineError(`engine ${prefer}: expected wasm or wasm-scalar outside Node`)
}
