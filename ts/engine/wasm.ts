/**
 * `yuma-core/wasm`: the engine as WebAssembly, for browsers, workers, edge runtimes and Node.
 *
 * @example
 * ```ts
 * import { loadWasm } from 'yuma-core/wasm'
 * const engine = await loadWasm()
 * engine.kernel // 'simd128', or 'portable' where the machine has no SIMD
 * ```
 */

import { EngineError } from '../errors/index.ts'
import { rulesRanges } from './rules.ts'
import type { Engine } from './types.ts'
import { callWords, writeCall } from './wasm-call.ts'
import { WasmModule } from './wasm-module.ts'
import { compile, type WasmSource } from './wasm-source.ts'
import { type Answer, type Call, type Run, runCall, runCalls } from './wire.ts'

export { EngineError, InputError, YumaError } from '../errors/index.ts'
export type * from './types.ts'
export type { WasmSource } from './wasm-source.ts'

/** The two builds: with SIMD (128 bits), and for machines without. */
export type WasmVariant = 'simd' | 'scalar'

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

/** A function that returns the constant 0 in 16 bytes: valid only where SIMD is. */
const SIMD_PROBE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f,
  0x0b,
])

/** Whether this machine's WebAssembly has SIMD (128 bits). */
export function supportsSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE)
}

/** Address of a build. Both are spelled out: bundlers copy the files that they see named so. */
function moduleUrl(variant: WasmVariant): URL {
  return variant === 'simd'
    ? new URL('../../dist/wasm/yuma-simd.wasm', import.meta.url)
    : new URL('../../dist/wasm/yuma-scalar.wasm', import.meta.url)
}

/**
 * The module that {@link loadWasm} would load, compiled: to be kept, or handed to a worker.
 * @throws {EngineError} where it cannot be fetched or compiled.
 */
export async function compileWasm(options: WasmOptions = {}): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') throw new EngineError('this machine has no WebAssembly')
  const variant = options.variant ?? (supportsSimd() ? 'simd' : 'scalar')
  return compile(options.module ?? moduleUrl(variant))
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
  const run: Run = (call, output) => {
    const write = (memory: ArrayBuffer, offset: number): void => writeCall(call, memory, offset)
    return module.epoch(callWords(call), write, readsFrom(call, output) ? undefined : output)
  }
  const rules = rulesRanges(module.rules)
  const backend = { run, rules }
  return {
    kind: kernel === 'portable' ? 'wasm-scalar' : 'wasm',
    kernel,
    rules,
    get memoryBytes() {
      return module.memoryBytes
    },
    epoch: (snapshot, options) => runCall(snapshot, options, backend),
    epochs: (snapshots, options) => runCalls(snapshots, options, backend),
  }
}
