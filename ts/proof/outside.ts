/** How the check of state proofs loads outside Node, where there is WebAssembly alone. */

import { EngineError } from '../errors/index.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { Prover, ProverOptions } from './prover.ts'
import { loadWasmProver } from './wasm.ts'

/**
 * Loads the check of state proofs.
 * @param source The module; by default it is fetched from beside this package's files.
 * @throws {EngineError} where the implementation that is asked for cannot be had.
 */
export async function loadOutside({ prefer = 'wasm' }: ProverOptions, source?: WasmSource): Promise<Prover> {
  if (prefer === 'wasm') return loadWasmProver(source)
  throw new EngineError(`proofs by ${String(prefer)}: expected wasm outside Node`)
}
