/** `yuma-core/emission` outside Node: WebAssembly only. */

import { EngineError } from '../errors/index.ts'
import type { EmissionOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import type { Emission } from './types.ts'
import { loadWasmEmission } from './wasm.ts'

export * from './api.ts'

/**
 * Loads emission.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEmission(options: EmissionOptions = {}): Promise<Emission> {
  checkLoad(options)
  const { prefer = 'wasm' } = options
  if (prefer === 'wasm') return loadWasmEmission()
  if (prefer === 'wasm-scalar') return loadWasmEmission({ variant: 'scalar' })
  throw new EngineError(`emission ${prefer}: expected wasm or wasm-scalar outside Node`)
}
