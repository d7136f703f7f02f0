/** The check of state proofs as WebAssembly. */

import { EngineError } from '../errors/index.ts'
import { WasmModule } from '../runtime/instance.ts'
import { compile } from '../runtime/source.ts'
import { Prover } from './prover.ts'

/**
 * Loads it from beside this file.
 * @throws {EngineError} where the module cannot be fetched or compiled, or is not this package's.
 */
export async function loadWasmProver(): Promise<Prover> {
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  // Spelled out: bundlers copy the file that they see named so.
  const url = new URL('../../dist/wasm/yuma-proof-scalar.wasm', import.meta.url)
  const module = new WasmModule(await compile(url))
  return new Prover('wasm', (number, scalars, columns) => module.proof(number, { scalars, columns }))
}
