/** The check of state proofs with its module in JavaScript. */

import { bytes } from '../../dist/wasm/proof-scalar-inline.js'
import { loadOutside } from '../proof/outside.ts'
import type { Prover, ProverOptions } from '../proof/prover.ts'

export { type KeyListing, Prover, type ProverKind, type ProverOptions } from '../proof/prover.ts'

/**
 * Loads the check of state proofs.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 */
export async function loadProver(options: ProverOptions = {}): Promise<Prover> {
  return loadOutside(options, bytes)
}
