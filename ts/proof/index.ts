/** The check of state proofs, in Node: the addon, or WebAssembly. */

import { EngineError } from '../errors/index.ts'
import { addon, addonFault } from '../runtime/addon.ts'
import { Prover, type ProverOptions } from './prover.ts'

export { type KeyListing, Prover, type ProverKind, type ProverOptions } from './prover.ts'

/**
 * Loads the check of state proofs.
 * @throws {EngineError} where the implementation that is asked for cannot be had.
 */
export async function loadProver({ prefer }: ProverOptions = {}): Promise<Prover> {
  switch (prefer) {
    case 'native':
      return native()
    case 'wasm':
      return byModule()
    case undefined:
      return addonFault() === undefined ? native() : byModule()
    default:
      throw new EngineError(`proofs by ${String(prefer)}: expected native or wasm`)
  }
}

function native(): Prover {
  return new Prover('native', addon().proof, addon().storage)
}

/** Loaded only where it is needed: it brings all that compiles and runs a module. */
async function byModule(): Promise<Prover> {
  const [{ moduleSource }, { loadWasmProver }] = await Promise.all([
    import('./module-node.ts'),
    import('./wasm.ts'),
  ])
  return loadWasmProver(moduleSource())
}
