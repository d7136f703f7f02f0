import type { Snapshot } from '../snapshot/types.ts'
import type { EpochTerms, MechanismResult } from './generated/types.ts'
import type { EpochRules, RulesRange } from './rules.ts'

export type { EpochTerms, MechanismResult, RawTerms, Trace } from './generated/types.ts'
export type { EpochRules, KnownRange, RulesRange } from './rules.ts'

/** Which implementation answers. `reference` is the plain, slow one: for tests and comparison. */
export type EngineKind = 'native' | 'wasm' | 'wasm-scalar' | 'reference'

/** Sparse rows of I32F32 bits. */
export interface FixedRows {
  readonly rowStart: Uint32Array
  readonly uid: Uint16Array
  readonly value: BigInt64Array
}

/** What an epoch gave: the combination of the subnet's mechanisms, and each of them. */
export interface EpochResult extends EpochTerms {
  /** The spec version whose rules it was computed by. */
  readonly specVersion: number
  /** The same where it is not the snapshot's, but was asked for: no chain ran this epoch so. */
  readonly asSpec?: number
  /** What says that the rules are that version's. */
  readonly rules: EpochRules
  readonly n: number
  /** At least one; the first is `MechId::MAIN`. */
  readonly mechanisms: readonly MechanismResult[]
}

/** Options of {@link Engine.epoch}. */
export interface EpochOptions {
  /** Keep every stage's intermediate value in `mechanisms[i].trace`. */
  readonly trace?: boolean
  /** Compute as if the chain had been at this spec version. {@link Engine.rules} lists those that are known. */
  readonly asSpec?: number
  /**
   * A result that is no longer needed: the new one is written into its memory, whose columns then show the new values.
   * For loops over many epochs: `result = engine.epoch(snapshot, { into: result })`. Fresh memory is taken where the
   * new one does not fit, where its buffer was transferred, and where a column of the snapshot lies in it: who feeds
   * bonds back from result to snapshot gives the result before. A call that throws leaves it as it was.
   */
  readonly into?: EpochResult
}

/** Options of {@link Engine.epochs}. */
export type BatchOptions = Omit<EpochOptions, 'into'>

/** One implementation of the consensus core. All kinds give the same bits. */
export interface Engine {
  readonly kind: EngineKind
  /** The instruction set in use: `portable`, `avx2`, `avx512`, `neon`, `simd128`. */
  readonly kernel: string
  /** The spec versions whose rules are known, ascending, with the evidence of each. */
  readonly rules: readonly RulesRange[]
  /**
   * One epoch.
   * @throws {InputError} for input that no chain could hold, naming field and uid.
   */
  epoch(snapshot: Snapshot, options?: EpochOptions): EpochResult
  /** A batch in one call: all cores where there are any. Results in the order of the input. */
  epochs(snapshots: readonly Snapshot[], options?: BatchOptions): EpochResult[]
}
