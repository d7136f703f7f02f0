import type { EngineKind } from '../engine/types.ts'

/** A value that the chain stores and that is compared. Those of the emission path carry their storage names. */
export type Field =
  | 'stakeWeight'
  | 'active'
  | 'validatorPermit'
  | 'consensus'
  | 'validatorTrust'
  | 'rank'
  | 'trust'
  | 'incentive'
  | 'bonds'
  | 'dividends'
  | 'emission'
  | 'pruningScore'
  | 'SubnetTaoInEmission'
  | 'SubnetAlphaInEmission'
  | 'SubnetAlphaOutEmission'
  | 'PendingEmission'
  | 'PendingAlphaSwapped'
  | 'PendingRootDivs'
  | 'PendingServerEmission'
  | 'PendingValidatorEmission'
  | 'PendingRootAlphaDivs'
  | 'PendingOwnerCut'
  | 'BlocksSinceLastStep'
  | 'LastMechansimStepBlock'

/** A step of an epoch, under the name that its value has in a trace where it has one. */
export type Step =
  | 'pendingEmission'
  | 'schedule'
  | 'totalStake'
  | 'active'
  | 'validatorPermit'
  | 'weights'
  | 'clippedWeights'
  | 'ranks'
  | 'bondsBefore'
  | 'emaBonds'
  | 'dividendsBeforeNormalize'
  | 'normalizedEmission'

/** One stored value that is not what was computed. */
export interface Difference {
  readonly field: Field
  /** The mechanism, where each has a value of its own. */
  readonly mechanism: number | null
  /** The neuron; null for a value of the subnet. */
  readonly uid: number | null
  /** SS58. */
  readonly hotkey: string | null
  /** Of a bond: the uid that it is held in. */
  readonly column: number | null
  /** The stored value, decimal; null where the chain has none. */
  readonly chain: string | null
  /** The computed one. */
  readonly ours: string | null
  /**
   * The first step that can explain it: the one after the last stored value on the way that is equal, to the
   * digits that are stored.
   */
  readonly firstStep: Step
}

/** What kind of thing a {@link Note} says. */
export type NoteKind =
  /** A part of the chain's block that is not recomputed. */
  | 'not-covered'
  /** Something of the same block that was taken from the state after it. */
  | 'replayed'
  /** Something of the same block that may have changed the epoch's input and could not be replayed. */
  | 'not-replayed'

/** What a result rests on beside the state before. */
export interface Note {
  readonly kind: NoteKind
  /** What it is about: storage names where there are any. */
  readonly about: string
  readonly text: string
}

/** How many values of a field were compared. */
export interface Checked {
  readonly field: Field
  readonly values: number
}

/** What came of an epoch that was due. */
export type Outcome =
  | 'equal'
  | 'different'
  /** The chain ran none: its input was inconsistent. */
  | 'skipped'
  /** The chain put it off to the next block. */
  | 'deferred'
  /** Not checked: the engine refuses its input. A watch alone gives it; else the refusal is thrown. */
  | 'unchecked'

/** An epoch of the chain, checked. Schema `yuma-verification/1` as JSON, u64 as decimal strings. */
export interface Verification {
  readonly netuid: number
  /** The block in which the epoch ran. */
  readonly block: bigint
  readonly blockHash: string
  /** The block whose state it ran on. */
  readonly parentHash: string
  /** The runtime that ran it. */
  readonly specVersion: number
  readonly n: number
  readonly engine: EngineKind
  readonly outcome: Outcome
  readonly checked: readonly Checked[]
  readonly differences: readonly Difference[]
  readonly notes: readonly Note[]
}
