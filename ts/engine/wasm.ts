/**
 * `yuma-core/wasm`: the engine as WebAssembly, for browsers, workers, edge runtimes and Node.
 *
 * @example
 * ```ts
 * import { loadWasm } from 'yuma-core/wasm'
 * const engine = await loadWasm()
 * engine.kernel // 'simd128', or 'portable' where the machine has no SIMD
 * ```
 *
 * @module yuma-core/wasm
 */

import { EngineError } from '../errors/index.ts'
import { checkOptions } from '../errors/options.ts'
import { WasmModule } from '../runtime/instance.ts'
import type { Answer, Call } from '../runtime/layout.ts'
import type { WasmCompiled } from '../runtime/platform-types.ts'
import { compileModule, type WasmSource } from '../runtime/source.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import { MODULE_OPTIONS } from './checks.ts'
import { moduleSource } from './module.ts'
import { Prepared } from './prepared.ts'
import { rulesRanges } from './rules.ts'
import type { Engine } from './types.ts'
import { type Input, knownVersions, type Options, type Run, runCall, runCalls } from './wire.ts'

export { EngineError, InputError, YumaError } from '../errors/index.ts'
export type { WasmSource } from '../runtime/source.ts'
export { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
export type * from './types.ts'

/** Options of {@link loadWasm}. */
export interface WasmOptions {
  /** The build to load; by default SIMD where the machine has it. */
  readonly variant?: WasmVariant
  /** The module itself, where it is not to be fetched from beside this file. */
  readonly module?: WasmSource | Promise<WasmSource>
}

/** An engine in WebAssembly. */
export interface WasmEngine extends Engine {
  readonly kind: 'wasm' | 'wasm-scalar'
  /** Size of the module's memory: it grows to what the largest epoch needed, and is reused. */
  readonly memoryBytes: number
}

/**
 * The module that {@link loadWasm} would load, compiled: to be kept, or handed to a worker.
 * @throws {EngineError} where it cannot be fetched or compiled.
 * @throws {InputError} for an option that means nothing.
 */
export async function compileWasm(options: WasmOptions = {}): Promise<WasmCompiled> {
  checkOptions('options', options, MODULE_OPTIONS)
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  const variant = options.variant ?? (supportsSimd() ? 'simd' : 'scalar')
  return compileModule(options.module, () => moduleSource(variant))
}

/**
 * Loads the engine as WebAssembly.
 * @throws {EngineError} where the module cannot be fetched or compiled, or is not this package's.
 */
export async function loadWasm(options: WasmOptions = {}): Promise<WasmEngine> {
  return engineOf(new WasmModule(await compileWasm(options)))
}

function readsFrom({ columns }: Call, output: Answer | undefined): boolean {
  return output !== undefined && columns.some(({ buffer }) => buffer === output.buffer)
}

function engineOf(module: WasmModule): WasmEngine {
  const { kernel } = module
  const run: Run = (call, output) => module.epoch(call, readsFrom(call, output) ? undefined : output)
  const rules = rulesRanges(module.rules)
  const backend = { run, rules }
  return {
    kind: kernel === 'portable' ? 'wasm-scalar' : 'wasm',
    kernel,
    rules,
    knownSpecVersions: () => knownVersions(backend),
    get memoryBytes() {
      return module.memoryBytes
    },
    epoch: (snapshot: Input, options?: Options) => runCall(snapshot, options, backend),
    epochs: (snapshots: readonly Input[], options?: Options) => runCalls(snapshots, options, backend),
    prepare: (snapshot) => new Prepared(snapshot),
  }
}
