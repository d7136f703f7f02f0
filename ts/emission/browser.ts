/** `yuma-core/emission` outside Node: WebAssembly only. */

import { EngineError } from '../errors/index.ts'
import type { EmissionOptions } from './api.ts'
import type { Emission } from './types.ts'
import { loadWasmEmission } from './wasm.ts'

export * from './api.ts'

/**
 * Loads emission.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 */
export async function loadEmission({ prefer = 'wasm' }: EmissionOptions = {}): Promise<Emission> {
  if (prefer === 'wasm') return loadWasmEmission()
  if (prefer === 'wasm-scalar') return loadWasmEmission({ variant: 'scalar' })
  throw new EngineError(`emission ${prefer}: expected wasm or wasm-scalar outside Node`)
}
