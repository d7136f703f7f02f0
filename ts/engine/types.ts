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
  /** The first is `MechId::MAIN`. */
  readonly mechanisms: readonly [MechanismResult, ...MechanismResult[]]
  /**
   * What `JSON.stringify(result)` writes: the object that {@link epochJson} gives as text. Results that an engine gave have
   * it; a copy by spread has not.
   */
  toJSON?(): unknown
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
  readonly into?: EpochResult | EpochResultOf<never>
}

/** Options of {@link Engine.epochs}. */
export type BatchOptions = Omit<EpochOptions, 'into'>

/** What an epoch can be asked for: a column of the terms, bonds, the values before rounding, the trace. */
export type EpochField = keyof EpochTerms | 'bonds' | 'raw' | 'trace'

/** The option that says what is wanted; all but the trace where it is left out. What is not wanted is not copied. */
export interface FieldsOption<F extends EpochField> {
  /** The fields wanted, of the subnet and of each mechanism alike; `trace` asks for the trace as `{ trace: true }` does. */
  readonly fields: readonly F[]
}

/** The option that says what is wanted, there or not. */
export interface AnyFieldsOption {
  readonly fields?: readonly EpochField[] | undefined
}

/** The option that says what is wanted, left out. */
export interface AllFieldsOption {
  readonly fields?: undefined
}

/** The members named; of names that are known only when the program runs, each may be there. */
type Named<T, F> = EpochField extends F ? Partial<T> : Pick<T, Extract<F, keyof T>>

/** What one mechanism's epoch gave of what was asked for. */
export type MechanismResultOf<F extends EpochField> = Pick<MechanismResult, 'share'> &
  Named<Required<Omit<MechanismResult, 'share'>>, F>

/** What an epoch gave of what was asked for. */
export type EpochResultOf<F extends EpochField> = Omit<EpochResult, keyof EpochTerms | 'mechanisms'> &
  Named<EpochTerms, F> & { readonly mechanisms: readonly [MechanismResultOf<F>, ...MechanismResultOf<F>[]] }

/**
 * A snapshot laid out once, for epochs that are run again: it is a copy, and what changes in the snapshot's arrays later
 * is not seen. Engines of every kind take those of any other.
 */
export interface PreparedSnapshot {
  /** The spec version whose rules apply unless `asSpec` says otherwise. */
  readonly specVersion: number
  readonly n: number
  /**
   * Takes another snapshot's values. Arrays that are the same objects as before are not copied again, and so not read:
   * an epoch later bonds and blocks are others, and the rest is often the same.
   * @throws {InputError} for a scalar out of range or a column of another type; what was prepared stays as it was.
   */
  update(snapshot: Snapshot): void
}

/** One implementation of the consensus core. All kinds give the same bits. */
export interface Engine {
  readonly kind: EngineKind
  /** The instruction set in use: `portable`, `avx2`, `avx512`, `neon`, `simd128`. */
  readonly kernel: string
  /** The spec versions whose rules are known, ascending, with the evidence of each. */
  readonly rules: readonly RulesRange[]
  /** Every spec version whose epochs it computes, ascending. Not every number inside of a range was a runtime's. */
  knownSpecVersions(): readonly number[]
  /**
   * One epoch.
   * @throws {InputError} for input that no chain could hold, naming field and uid.
   */
  epoch(snapshot: Snapshot | PreparedSnapshot, options?: EpochOptions & AllFieldsOption): EpochResult
  epoch<const F extends EpochField>(
    snapshot: Snapshot | PreparedSnapshot,
    options: EpochOptions & FieldsOption<F>,
  ): EpochResultOf<F>
  /**
   * A batch in one call: all cores where there are any. Results in the order of the input.
   * @throws {InputError} for input that no chain could hold; its `index` says of which snapshot.
   */
  epochs(
    snapshots: readonly (Snapshot | PreparedSnapshot)[],
    options?: BatchOptions & AllFieldsOption,
  ): EpochResult[]
  epochs<const F extends EpochField>(
    snapshots: readonly (Snapshot | PreparedSnapshot)[],
    options: BatchOptions & FieldsOption<F>,
  ): EpochResultOf<F>[]
  /**
   * Lays a snapshot out once, for epochs that are run again: where it is large, laying it out is much of a call.
   * @throws {InputError} for a scalar out of range or a column of another type; the rest is checked when it is run.
   */
  prepare(snapshot: Snapshot): PreparedSnapshot
}
