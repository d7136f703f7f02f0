/** What both entries of `yuma-core` share: for Node, and for everywhere else. */

import type { EngineKind } from './types.ts'

export {
  AbortedError,
  EngineError,
  FileError,
  InputError,
  type InputErrorDetails,
  YumaError,
} from '../errors/index.ts'
export type { MechanismState, Snapshot, SparseRows } from '../snapshot/types.ts'
export {
  type AcrossOptions,
  type EpochByRange,
  type EpochChanges,
  epochAcrossVersions,
} from './across.ts'
export { epochJson, epochJsonPieces } from './json.ts'
export type * from './types.ts'

/** Options of `loadEngine`. */
export interface LoadOptions {
  /**
   * The implementation wanted; without it, native where there is an addon and wasm elsewhere. `wasm` is the build with
   * SIMD where the machine has it, and without where not.
   */
  readonly prefer?: EngineKind
  /** The native instruction set to use; by default what `YUMA_KERNEL` names, else the best of the machine. */
  readonly kernel?: string
}
