/** `yuma-core/simulate` outside Node: WebAssembly only. */

import { EngineError } from '../errors/index.ts'
import type { SimulatorOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Simulator } from './types.ts'
import { loadWasmSimulator } from './wasm.ts'

export * from './api.ts'

/**
 * Loads simulation.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  checkLoad(options)
  const { prefer = 'wasm' } = options
  if (prefer === 'wasm') return loadWasmSimulator()
  if (prefer === 'wasm-scalar') return loadWasmSimulator({ variant: 'scalar' })
  throw new EngineError(`simulator ${prefer}: expected wasm or wasm-scalar outside Node`)
}
