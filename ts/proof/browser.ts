/** The check of state proofs outside Node: WebAssembly only. */

import { EngineError } from '../errors/index.ts'
import type { Prover, ProverOptions } from './prover.ts'
import { loadWasmProver } from './wasm.ts'

export { type KeyListing, Prover, type ProverKind, type ProverOptions } from './prover.ts'

/**
 * Loads the check of state proofs.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 */
export async function loadProver({ prefer = 'wasm' }: ProverOptions = {}): Promise<Prover> {
  if (prefer === 'wasm') return loadWasmProver()
  throw new EngineError(`proofs by ${String(prefer)}: expected wasm outside Node`)
}
