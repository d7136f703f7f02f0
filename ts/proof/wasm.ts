/** The check of state proofs as WebAssembly. */

import { EngineError } from '../errors/index.ts'
import { WasmModule } from '../runtime/instance.ts'
import { compileModule, type WasmSource } from '../runtime/source.ts'
import { moduleSource } from './module.ts'
import { Prover } from './prover.ts'

/**
 * Loads it.
 * @param source The module; by default it is fetched from beside this package's files.
 * @throws {EngineError} where the module cannot be fetched or compiled, or is not this package's.
 */
export async function loadWasmProver(source?: WasmSource | Promise<WasmSource>): Promise<Prover> {
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  const module = new WasmModule(await compileModule(source, moduleSource))
  return new Prover('wasm', (number, scalars, columns) => module.proof(number, { scalars, columns }))
}
