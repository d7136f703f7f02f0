/**
 * `yuma-core`: one Yuma epoch of a subnet, to the same bits as the chain.
 *
 * @example
 * ```ts
 * import { loadEngine } from 'yuma-core'
 * const engine = await loadEngine()
 * const { incentive, bonds } = engine.epoch(snapshot).mechanisms[0]
 * ```
 */

import type { Engine, EngineKind } from './types.ts'

export { EngineError, FileError, InputError, type InputFault, YumaError } from '../snapshot/errors.ts'
export type { MechanismState, Snapshot, SparseRows } from '../snapshot/types.ts'
export type * from './types.ts'

/** Options of {@link loadEngine}. */
export interface LoadOptions {
  /** The implementation wanted; without it, native where there is an addon and wasm elsewhere. */
  readonly prefer?: EngineKind
  /** The native instruction set to use; by default what `YUMA_KERNEL` names, else the best of the machine. */
  readonly kernel?: string
}

/**
 * Loads an engine.
 * @throws {EngineError} where the one that is asked for cannot be had.
 */
export async function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  const { loadNative, loadReference } = await import('./native.ts')
  if (options.prefer === 'reference') return loadReference()
  return loadNative(options.kernel)
}
