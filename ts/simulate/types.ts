/** What `yuma-core/simulate` takes and gives. */

import type { SettableField } from '../engine/generated/state.ts'
import type { EpochResult, EpochTerms, RawTerms, RulesRange } from '../engine/types.ts'
import type { Snapshot, SparseRows } from '../snapshot/types.ts'

export type { SettableField } from '../engine/generated/state.ts'

/** Which implementation answers. */
export type SimulatorKind = 'native' | 'wasm' | 'wasm-scalar'

/** Entries of a row, in the order in which they are stored. */
export interface RowEntries {
  readonly uid: Uint16Array
  /** As many u16 proportions. */
  readonly value: Uint16Array
}

/**
 * One change of what an epoch reads. Changes are made in their order; everything else stays as it was, so that weights
 * set here leave the block of the last update, unless that is given too.
 */
export type Change =
  /** One weight as stored: every entry of the row for `to`, or a new one at its end. */
  | {
      readonly kind: 'weight'
      readonly from: number
      readonly to: number
      /** A u16 proportion. */
      readonly value: number
      readonly mechanism?: number
      /** Block of the last update of `from`. */
      readonly block?: bigint
    }
  /** A row of weights as stored. */
  | {
      readonly kind: 'row'
      readonly uid: number
      readonly weights: RowEntries
      readonly mechanism?: number
      /** Block of its last update. */
      readonly block?: bigint
    }
  /** A row of bonds as stored. */
  | {
      readonly kind: 'bonds'
      readonly uid: number
      readonly bonds: RowEntries
      readonly mechanism?: number
    }
  /**
   * Weights that a validator sets in the block before the epoch: scaled as the chain does, its last update, and hidden
   * until they are revealed where commit-reveal is on.
   */
  | {
      readonly kind: 'submit'
      readonly uid: number
      readonly weights: RowEntries
      readonly mechanism?: number
    }
  /** Stake in rao, whole. */
  | { readonly kind: 'stake'; readonly uid: number; readonly rao: bigint }
  /** Rao more, or less where negative; stake does not fall below 0, and keeps its fraction of a rao. */
  | { readonly kind: 'add-stake'; readonly uid: number; readonly rao: bigint }
  /** A single value of the snapshot: a hyperparameter, the tempo, the block, the emission, the owner's uid. */
  | {
      readonly kind: 'set'
      readonly field: SettableField
      readonly value: number | bigint | boolean | string | null
    }
  /** Parts of the emission by mechanism; null for an even split. */
  | { readonly kind: 'split'; readonly parts: Uint16Array | null }
  /**
   * A registration: in the place of a neuron, of which what the chain clears is cleared, or without a uid behind the
   * others. By default in the first block after the last epoch, and without stake.
   */
  | {
      readonly kind: 'register'
      readonly uid?: number
      readonly block?: bigint
      readonly stake?: bigint
      /** SS58; without it the snapshot has no keys afterwards. */
      readonly hotkey?: string
      readonly coldkey?: string
    }
  /** The block of a registration, and nothing else. */
  | { readonly kind: 'registered'; readonly uid: number; readonly block: bigint }
  | { readonly kind: 'permit'; readonly uid: number; readonly permit: boolean }
  | {
      readonly kind: 'last-update'
      readonly uid: number
      readonly block: bigint
      readonly mechanism?: number
    }
  /** The block of the earliest commit that is not revealed; null for none. */
  | {
      readonly kind: 'commit'
      readonly uid: number
      readonly block: bigint | null
      readonly mechanism?: number
    }
  /** The rules of another version. */
  | { readonly kind: 'spec'; readonly specVersion: number }

/** Options of {@link Simulator.whatIf}. */
export interface WhatIfOptions {
  /** The version by whose rules both epochs are computed, where it is not the snapshot's. */
  readonly asSpec?: number
}

/** By uid, what is after less what was before; of a neuron that is on one side alone the other counts as 0. */
export interface TermsDifference {
  readonly stakeWeight: Int32Array
  readonly consensus: Int32Array
  readonly incentive: Int32Array
  readonly dividends: Int32Array
  readonly validatorTrust: Int32Array
  /** Rao, as all that follow. */
  readonly serverEmission: BigInt64Array
  readonly validatorEmission: BigInt64Array
  readonly emission: BigInt64Array
  readonly stake: BigInt64Array
}

/** The same of the values before rounding, I32F32 bits. */
export type RawDifference = { readonly [K in keyof RawTerms]: BigInt64Array }

/** What a change would do. */
export interface WhatIf {
  /** The snapshot with the changes. */
  readonly snapshot: Snapshot
  readonly before: EpochResult
  readonly after: EpochResult
  readonly difference: TermsDifference & {
    /** By mechanism. */
    readonly raw: readonly RawDifference[]
    /** Uids that have a permit after the epoch on one side alone. */
    readonly permits: { readonly gained: readonly number[]; readonly lost: readonly number[] }
  }
}

/** What becomes of stake between epochs: it stays, or each uid's grows by all that it was paid. */
export type Growth = 'none' | 'payout'

/** Options of {@link Simulator.advance}. */
export interface AdvanceOptions {
  /** `none` by default. */
  readonly grow?: Growth
}

/** A column that can be recorded. */
export type RecordedColumn = keyof EpochTerms | RawColumn | 'bonds' | 'weights'

/** Values before rounding, I32F32 bits, of each mechanism. */
export type RawColumn =
  | 'rawStake'
  | 'rawActiveStake'
  | 'rawConsensus'
  | 'rawValidatorTrust'
  | 'rawIncentive'
  | 'rawDividends'

/** Recorded columns, one epoch after the other. */
export type RecordedColumns = {
  readonly [K in RecordedColumn]?: K extends keyof EpochTerms
    ? EpochTerms[K]
    : K extends RawColumn
      ? BigInt64Array
      : SparseRows
}

/** What was recorded of a run. */
export interface Recording {
  /** Epochs that ran: fewer than were asked for where the run was stopped. */
  readonly epochs: number
  /** Whether the signal stopped it. */
  readonly stopped: boolean
  /** Number of each recorded epoch, from 0 at the start. */
  readonly epoch: Uint32Array
  /** Its block. */
  readonly block: BigUint64Array
  /** Where the uids of each recorded epoch begin in a column, and where the last one's end. */
  readonly start: Uint32Array
  /** The subnet's columns; of a sole mechanism all of them. */
  readonly columns: RecordedColumns
  /** Each mechanism's own, where there are several; of a sole one those of {@link columns}. */
  readonly mechanisms: readonly RecordedColumns[]
  /** The columns of one recorded epoch: views, but for row starts. */
  at(record: number): RecordedEpoch
}

/** The columns of one recorded epoch. */
export interface RecordedEpoch {
  readonly epoch: number
  readonly block: bigint
  readonly n: number
  readonly columns: RecordedColumns
  readonly mechanisms: readonly RecordedColumns[]
}

/** Changes before an epoch. */
export interface ScheduledChanges {
  /** Number of the epoch, from 0 at the start of this run; they ascend. */
  readonly epoch: number
  readonly changes: readonly Change[]
}

/** Options of {@link ResidentSubnet.run}. */
export interface RunOptions {
  /** Columns to keep; none by default. */
  readonly record?: readonly RecordedColumn[]
  /** Of every so many epochs, 1 by default. */
  readonly every?: number
  readonly changes?: readonly ScheduledChanges[]
  /** Bytes that the recording may take, 2 GiB by default: a run that would take more does not begin. */
  readonly maxBytes?: number
}

/** Where the state of a resident subnet is. */
export interface Progress {
  /** Epochs that have run. */
  readonly epochs: number
  /** Block of the next one. */
  readonly block: bigint
  readonly n: number
}

/**
 * A subnet whose state crosses once, and stays in the implementation from epoch to epoch. It is let go by `close`, or
 * where it is forgotten; it lives on the thread that opened it.
 *
 * Every method throws `InputError` for what no chain could hold, naming epoch, change and field, and `EngineError` where
 * the subnet is closed or the implementation fails.
 */
export interface ResidentSubnet {
  /** The version by whose rules the next epoch is computed. */
  readonly specVersion: number
  readonly progress: Progress
  /** Changes what the next epoch reads. Of changes that fail those before the one at fault are made. */
  change(changes: readonly Change[]): void
  /** The next epoch's result; the state stays before it. */
  epoch(): EpochResult
  /** What the last epoch that ran gave, but for its bonds; undefined where none has. */
  last(): LastEpoch | undefined
  /**
   * Runs epochs, each on the state that the one before left, by the chain's rules.
   * @param epochs At most 1,000,000.
   */
  run(epochs: number, options?: RunOptions): Recording
  /** What the next epoch reads. Sections under `extra` and the hash of a block are the chain's, and left out. */
  snapshot(): Snapshot
  /** Lets the subnet go. Closing what is closed does nothing. */
  close(): void
}

/** What a named agent does. Shares and deviations are parts of 1. */
export type Policy =
  /** Weighs everyone by quality, as it measures it: times 1 and `noise` times a normal number, at least 0. */
  | { readonly agent: 'honest'; readonly noise?: number }
  /**
   * Submits the consensus of so many epochs before the last one, 0 by default and 1000 at most; equal weights while there
   * is none.
   */
  | { readonly agent: 'copier'; readonly delay?: number }
  /** Weighs its miners by `share` in equal parts, all others by quality. */
  | { readonly agent: 'cabal'; readonly miners: readonly number[]; readonly share: number }
  /** Weighs itself by `share`, 1 by default, all others by quality. */
  | { readonly agent: 'self-voter'; readonly share?: number }
  /** Sets nothing: what it has set before stays and ages. */
  | { readonly agent: 'absent' }
  /** Honest, but only once in so many epochs. */
  | { readonly agent: 'late'; readonly every: number; readonly noise?: number }
  /** One policy before an epoch, another from it on. */
  | { readonly agent: 'switching'; readonly at: number; readonly before: Policy; readonly after: Policy }
  /** The neuron is replaced once in so many epochs: it leaves, and another with this stake registers. */
  | { readonly agent: 'registering'; readonly every: number; readonly stake?: bigint }
  /** Buys so many rao before each epoch, or sells them where negative. */
  | { readonly agent: 'staking'; readonly each: bigint }

/** A named agent: whose hand it has, when it acts, and what it does. It computes in Rust. */
export type NamedAgent = Policy & {
  readonly uids: readonly number[]
  /** The mechanism that it acts in; all of them by default. */
  readonly mechanism?: number
  /** Number of the first epoch before which it acts, 0 by default. */
  readonly from?: number
  /** Number of the first epoch before which it acts no more; never by default. */
  readonly until?: number
}

/** What an agent sees before an epoch. */
export interface AgentView {
  /** Number of the epoch, from 0 at the start. */
  readonly epoch: number
  /** Its block. */
  readonly block: bigint
  readonly n: number
  /** The state that the epoch reads as it is now. */
  snapshot(): Snapshot
  /** What the epoch before gave; undefined before the first. */
  last(): LastEpoch | undefined
}

/** What an epoch gave, but for its bonds, which are in the state after it. */
export type LastEpoch = EpochTerms & {
  readonly mechanisms: readonly (EpochTerms & { readonly raw: RawTerms })[]
}

/** An agent that is a function: called before each epoch, it gives the changes that it makes. */
export type FunctionAgent = (view: AgentView) => readonly Change[] | undefined

export type Agent = NamedAgent | FunctionAgent

/** What neurons are worth, which honest agents measure; only proportions matter. */
export interface Quality {
  /** By uid; what is beyond it is worth nothing. */
  readonly values: readonly number[] | Float64Array
  /** Qualities that become others before an epoch. */
  readonly changes?: readonly { readonly epoch: number; readonly uid: number; readonly value: number }[]
  /** Before each epoch but the first every quality is multiplied with 1 and `drift` times a normal number; 0 by default. */
  readonly drift?: number
}

/** Options of {@link Simulator.simulate}. */
export interface SimulateOptions {
  readonly start: Snapshot
  readonly epochs: number
  /** Functions act first, then named agents, each in their order. */
  readonly agents?: readonly Agent[]
  /** Changes before epochs, by number; they are made before any agent acts. */
  readonly changes?: readonly ScheduledChanges[]
  /** One for all mechanisms, or one for each. */
  readonly quality?: Quality | readonly Quality[]
  /** Incentive, dividends, emission and stake by default. */
  readonly record?: readonly RecordedColumn[]
  /** Of every so many epochs, 1 by default. */
  readonly every?: number
  /** `none` by default. */
  readonly grow?: Growth
  /** Tempos from a commit to its reveal where the subnet has commit-reveal, 1 by default, 100 at most. */
  readonly commitReveal?: { readonly interval: number }
  /** What everything that is drawn by chance is drawn from, 0 by default. */
  readonly seed?: number | bigint
  /** The version by whose rules epochs are computed, where it is not the snapshot's. */
  readonly asSpec?: number
  /** Bytes that the recording may take, 2 GiB by default: a run that would take more does not begin. */
  readonly maxBytes?: number
  /** Stops the run: what is recorded by then is kept. */
  readonly signal?: AbortSignal
  /** Called now and then with the epochs that have run. */
  readonly onProgress?: (epochs: number) => void
}

/** What a run recorded, and the state after it. */
export type Simulated = Recording & { readonly final: Snapshot }

/** Options of {@link Simulator.make}. */
export interface MakeOptions {
  /** Neurons, 1 to 65535: validators first, miners behind them. */
  readonly n: number
  readonly validators: number
  /** The same seed and options make the same network on every engine and platform. */
  readonly seed: number | bigint
  /** 1 by default. */
  readonly mechanisms?: number
  /** Mean stake of a validator in rao; 100,000 alpha by default. Miners have none. */
  readonly stake?: bigint
  /** Deviation of the validators' stake as a part of the mean, normal and at least 0; .3 by default. */
  readonly stakeDeviation?: number
  /** Deviation of the miners' quality, .5 by default. */
  readonly qualityDeviation?: number
  /** Deviation of each validator's measure of it, .2 by default. */
  readonly weightDeviation?: number
  readonly specVersion?: number
  /** Block of the first epoch, 8,000,000 by default. */
  readonly block?: bigint
  /** Rao of alpha to hand out; by default what a tempo's blocks bring. */
  readonly emission?: bigint
  /** What differs from the usual hyperparameters; as many validators are allowed as there are by default. */
  readonly hyperparameters?: Partial<import('../snapshot/hyperparameters.ts').Hyperparameters>
}

/** An implementation of simulation. All kinds give the same bits. */
export interface Simulator {
  readonly kind: SimulatorKind
  /** The spec versions whose epochs are known. */
  readonly rules: readonly RulesRange[]
  /** A subnet whose state stays in the implementation from epoch to epoch. */
  open(snapshot: Snapshot, options?: { readonly asSpec?: number }): ResidentSubnet
  /** The snapshot with changes. */
  change(snapshot: Snapshot, changes: readonly Change[]): Snapshot
  /** The epoch as it is and with changes. */
  whatIf(snapshot: Snapshot, changes: readonly Change[], options?: WhatIfOptions): WhatIf
  /**
   * What the next epoch reads, where `result` is that of the snapshot's epoch: bonds, permits, stored consensus and last
   * steps by the chain's rules, a tempo and a block later; and then changes.
   */
  advance(
    snapshot: Snapshot,
    result: EpochResult,
    changes?: readonly Change[],
    options?: AdvanceOptions,
  ): Snapshot
  /** Epochs in a row with agents. */
  simulate(options: SimulateOptions): Promise<Simulated>
  /** A network made from a seed, in integers and fixed-point numbers alone. */
  make(options: MakeOptions): Snapshot
}
