import type { Snapshot, SparseRows } from '../snapshot/types.ts'

/** Which implementation answers. `reference` is the plain, slow one: for tests and comparison. */
export type EngineKind = 'native' | 'wasm' | 'wasm-scalar' | 'reference'

/** I32F32 bits before rounding, `n` each, of one mechanism. */
export interface RawTerms {
  readonly stake: BigInt64Array
  readonly activeStake: BigInt64Array
  readonly consensus: BigInt64Array
  readonly incentive: BigInt64Array
  readonly dividends: BigInt64Array
  readonly validatorTrust: BigInt64Array
}

/** The per-uid columns of an epoch, `n` each. u16 values are proportions of 65535; amounts are rao. */
export interface EpochTerms {
  readonly stakeWeight: Uint16Array
  readonly consensus: Uint16Array
  readonly incentive: Uint16Array
  readonly dividends: Uint16Array
  readonly validatorTrust: Uint16Array
  /** 0 or 1. */
  readonly active: Uint8Array
  /** Permits after the epoch, 0 or 1. */
  readonly validatorPermit: Uint8Array
  readonly serverEmission: BigUint64Array
  readonly validatorEmission: BigUint64Array
  readonly emission: BigUint64Array
  readonly stake: BigUint64Array
}

/** What one mechanism's epoch gave. */
export interface MechanismResult extends EpochTerms {
  /** Rao of alpha that this mechanism handed out. */
  readonly share: bigint
  /** Rows as stored after the epoch. */
  readonly bonds: SparseRows
  readonly raw: RawTerms
  /** Intermediates, where asked for. */
  readonly trace?: Trace
}

/** Sparse rows of I32F32 bits. */
export interface FixedRows {
  readonly rowStart: Uint32Array
  readonly uid: Uint16Array
  readonly value: BigInt64Array
}

/** Every stage's value of one mechanism's epoch, in the order of the chain's steps; I32F32 bits. */
export interface Trace {
  /** Permits before the epoch, the owner's forced where the rules say so, 0 or 1. */
  readonly validatorPermitBefore: Uint8Array
  /** Weights after all masks, each row normalised. */
  readonly weights: FixedRows
  /** Weights clipped at consensus. */
  readonly clippedWeights: FixedRows
  /** Stake-weighted sums of clipped weights, before they are normalised to incentive. */
  readonly ranks: BigInt64Array
  /** Weights that bonds follow: between weights and clipped weights by the bonds penalty. */
  readonly weightsForBonds: FixedRows
  /** Bonds before the epoch, masked; normalised by column where Yuma3 is off. */
  readonly bondsBefore: FixedRows
  /** Stake times weights by column, normalised; empty rows under Yuma3. */
  readonly bondsDelta: FixedRows
  /** The alpha of each entry of `weightsForBonds`, in its order; empty rows where liquid alpha has no effect. */
  readonly alphas: FixedRows
  /** Moving average of bonds: under Yuma3 as it is, else normalised by column. */
  readonly emaBonds: FixedRows
  /** Dividends before they are normalised. */
  readonly dividendsBeforeNormalize: BigInt64Array
  readonly normalizedServerEmission: BigInt64Array
  readonly normalizedValidatorEmission: BigInt64Array
  readonly normalizedEmission: BigInt64Array
}

/** What an epoch gave: the combination of the subnet's mechanisms, and each of them. */
export interface EpochResult extends EpochTerms {
  readonly specVersion: number
  readonly n: number
  /** At least one; the first is `MechId::MAIN`. */
  readonly mechanisms: readonly MechanismResult[]
}

/** Options of {@link Engine.epoch}. */
export interface EpochOptions {
  /** Keep every stage's intermediate value in `mechanisms[i].trace`. */
  readonly trace?: boolean
  /**
   * A result that is no longer needed: the new one is laid down in its memory, whose columns then show the new values.
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
  /**
   * One epoch.
   * @throws {InputError} for input that no chain could hold, naming field and uid.
   */
  epoch(snapshot: Snapshot, options?: EpochOptions): EpochResult
  /** A batch in one call: all cores where there are any. Results in the order of the input. */
  epochs(snapshots: readonly Snapshot[], options?: BatchOptions): EpochResult[]
}
