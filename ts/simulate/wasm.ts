/** Simulation as WebAssembly. */

import { MODULE_OPTIONS } from '../engine/checks.ts'
import { rulesRanges } from '../engine/rules.ts'
import { EngineError } from '../errors/index.ts'
import { checkOptions } from '../errors/options.ts'
import { WasmModule } from '../runtime/instance.ts'
import { compileModule, type WasmSource } from '../runtime/source.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import { simulatorOf } from './facade.ts'
import { moduleSource } from './module.ts'
import type { Simulator } from './types.ts'

/** Options of {@link loadWasmSimulator}. */
export interface WasmSimulatorOptions {
  /** The build to load; by default SIMD where the machine has it. */
  readonly variant?: WasmVariant
  /** The module itself, where it is not to be fetched from beside this file. */
  readonly module?: WasmSource | Promise<WasmSource>
}

/** What a module of 32 bits can address. */
const MEMORY = 2 ** 32

/**
 * Loads simulation as WebAssembly.
 * @throws {EngineError} where the module cannot be fetched or compiled, or is not this package's.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadWasmSimulator(options: WasmSimulatorOptions = {}): Promise<Simulator> {
  checkOptions('options', options, MODULE_OPTIONS)
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  const variant = options.variant ?? (supportsSimd() ? 'simd' : 'scalar')
  const module = new WasmModule(await compileModule(options.module, () => moduleSource(variant)))
  const kind = module.kernel === 'portable' ? 'wasm-scalar' : 'wasm'
  return simulatorOf(kind, rulesRanges(module.rules), { place: () => module.place(), memory: MEMORY })
}
