/** Emission as WebAssembly. */

import { MODULE_OPTIONS } from '../engine/checks.ts'
import { EngineError } from '../errors/index.ts'
import { checkOptions } from '../errors/options.ts'
import { WasmModule } from '../runtime/instance.ts'
import { compileModule, type WasmSource } from '../runtime/source.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import { emissionOf } from './facade.ts'
import { moduleSource } from './module.ts'
import type { Emission } from './types.ts'

/** Options of {@link loadWasmEmission}. */
export interface WasmEmissionOptions {
  /** The build to load; by default SIMD where the machine has it. */
  readonly variant?: WasmVariant
  /** The module itself, where it is not to be fetched from beside this file. */
  readonly module?: WasmSource | Promise<WasmSource>
}

/**
 * Loads emission as WebAssembly.
 * @throws {EngineError} where the module cannot be fetched or compiled, or is not this package's.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadWasmEmission(options: WasmEmissionOptions = {}): Promise<Emission> {
  checkOptions('options', options, MODULE_OPTIONS)
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  const variant = options.variant ?? (supportsSimd() ? 'simd' : 'scalar')
  const module = new WasmModule(await compileModule(options.module, () => moduleSource(variant)))
  return emissionOf(variant === 'simd' ? 'wasm' : 'wasm-scalar', {
    call: (number, scalars, columns) => module.emission(number, { scalars, columns }),
    place: () => module.place(),
  })
}
