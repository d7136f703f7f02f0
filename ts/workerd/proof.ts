/** The check of state proofs in workerd, which compiles what a script imports, and nothing at run time. */

import module from '../../dist/wasm/yuma-proof-scalar.wasm'
import { loadOutside } from '../proof/outside.ts'
import type { Prover, ProverOptions } from '../proof/prover.ts'

export { type KeyListing, Prover, type ProverKind, type ProverOptions } from '../proof/prover.ts'

/**
 * Loads the check of state proofs.
 * @throws {EngineError} where the implementation that is asked for cannot be had: `native` is in Node only.
 */
export async function loadProver(options: ProverOptions = {}): Promise<Prover> {
  return loadOutside(options, module)
}
