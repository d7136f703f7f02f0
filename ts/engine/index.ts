/**
 * `yuma-core`: one Yuma epoch of a subnet, to the same bits as the chain.
 *
 * @example
 * ```ts
 * import { loadEngine } from 'yuma-core'
 * const engine = await loadEngine()
 * const { incentive, bonds } = engine.epoch(snapshot).mechanisms[0]
 * ```
 *
 * @module yuma-core
 */

import { EngineError } from '../errors/index.ts'
import { addonFault } from '../runtime/addon.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import type { LoadOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import { moduleSource } from './module-node.ts'
import { loadNative, loadReference } from './native.ts'
import type { Engine } from './types.ts'
import { loadWasm } from './wasm.ts'

export * from './api.ts'

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing, and a kernel that the machine lacks.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  checkLoad(options)
  switch (options.prefer) {
    case 'native':
      return loadNative(options.kernel)
    case 'reference':
      return loadReference()
    case 'wasm':
      return loadLocal()
    case 'wasm-scalar':
      return loadLocal('scalar')
    default:
      return loadBest(options.kernel)
  }
}

function loadLocal(variant: WasmVariant = supportsSimd() ? 'simd' : 'scalar'): Promise<Engine> {
  return loadWasm({ variant, module: moduleSource(variant) })
}

async function loadBest(kernel: string | undefined): Promise<Engine> {
  const fault = addonFault()
  // Who names a kernel wants the addon.
  if (fault === undefined || kernel !== undefined) return loadNative(kernel)
  try {
    return await loadLocal()
  } catch (error) {
    const reasons = `${fault!.message}; ${(error as Error).message}`
    throw new EngineError(`neither the addon nor the WebAssembly module can be loaded: ${reasons}`, {
      cause: new AggregateError([fault, error]),
    })
  }
}
