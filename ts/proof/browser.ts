/** The check of state proofs outside Node: WebAssembly only. */

import { loadOutside } from './outside.ts'
import type { Prover, ProverOptions } from './prover.ts'

export { type KeyListing, Prover, type ProverKind, type ProverOptions } from './prover.ts'

/**
 * Loads the check of state proofs.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 */
export async function loadProver(options: ProverOptions = {}): Promise<Prover> {
  return loadOutside(options)
}
