import type { Payment } from '../emission/payments.ts'
import type { EngineKind } from '../engine/types.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'

/**
 * A value that the chain stores and that is compared: what an epoch stores by uid under the names that its result has,
 * all else under its storage name, with the pallet where that is another than `SubtensorModule`.
 */
export type Field = EpochField | (string & {})

/** What an epoch stores by uid. */
export type EpochField =
  | 'stakeWeight'
  | 'active'
  | 'validatorPermit'
  | 'consensus'
  | 'consensusByMechanism'
  | 'validatorTrust'
  | 'rank'
  | 'trust'
  | 'incentive'
  | 'bonds'
  | 'dividends'
  | 'emission'
  | 'pruningScore'

/** A step of a block or an epoch, under the name that its value has in a trace where it has one. */
export type Step =
  /** Shares, the pool, what is minted and what it adds to pending amounts. */
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
  /** Who is paid of what the epoch gave. */
  | 'payout'
  /** Root dividends on their way to a validator's basket, and what is in it. */
  | 'baskets'
  /** What follows the epochs: moving prices, root's parts, children whose time has come. */
  | 'afterEpochs'

/** One stored value that is not what was computed. */
export interface Difference extends Found {
  /**
   * The first step that can explain it: the one after the last stored value on the way that is equal, to the
   * digits that are stored.
   */
  readonly firstStep: Step
}

/** A value that is another than what was computed, and that something else in the block may have changed. */
export interface NotComparable extends Found {
  /** The event that says so. */
  readonly event: string
  /** The transaction that it is of; null for one of the block itself. */
  readonly extrinsic: number | null
}

/** A stored value, and what was computed. */
export interface Found {
  readonly field: Field
  /** The subnet; null for a value of the network. */
  readonly netuid: number | null
  /** The mechanism, where each has a value of its own. */
  readonly mechanism: number | null
  /** The neuron; null for a value of the subnet. */
  readonly uid: number | null
  /** SS58. */
  readonly hotkey: string | null
  /** SS58; of what a coldkey holds. */
  readonly coldkey: string | null
  /** Of a bond the uid that it is held in; of a list the place in it. */
  readonly column: number | null
  /** The stored value, decimal; null where the chain has none. */
  readonly chain: string | null
  /** The computed one. */
  readonly ours: string | null
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

/** How much an epoch shared out, in rao, and how that is known. */
export interface Pot {
  /**
   * `computed`: what was pending, and what the epoch's own block added. `inferred`: told from the emission that the epoch
   * stored, since what its block added is not computed; where no amount is as it is stored, there are differences.
   */
  readonly known: 'computed' | 'inferred'
  readonly least: bigint
  /** The same as the least, but for an amount that is inferred where several give what is stored. */
  readonly most: bigint
}

/** How many values of a field were compared. */
export interface Checked {
  readonly field: Field
  readonly values: number
}

/** What came of an epoch that was due, or of a block. */
export type Outcome =
  /** All that can be compared. */
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
  /** Null where the chain ran no epoch, and where it was not checked. */
  readonly pot: Pot | null
  readonly checked: readonly Checked[]
  readonly differences: readonly Difference[]
  /** Values that differ, as they may where transactions of the block changed them too. */
  readonly notComparable: readonly NotComparable[]
  readonly notes: readonly Note[]
}

/**
 * What an epoch paid by uid, in rao, as the engine recomputes it: the sum over all mechanisms. Of several the chain
 * stores another emission, in which each is weighted by its part.
 */
export interface Paid {
  /** To miners. */
  readonly serverEmission: BigUint64Array
  /** To validators and those who stake to them. */
  readonly validatorEmission: BigUint64Array
  /** Whose the uids were when the epoch ran, SS58. */
  readonly hotkeys: readonly string[]
}

/** Rao of alpha that somebody gets of an epoch: a {@link Payment} with its accounts in SS58. */
export interface EpochPayment extends Pick<Payment, 'kind' | 'rao'> {
  /** The hotkey that earned them; of the owner's cut the one they are staked to. */
  readonly hotkey: string
  /** The hotkey they are staked to; null where they are not staked. */
  readonly toHotkey: string | null
  /** Whose they are; null for all who stake to the hotkey, and for nobody. */
  readonly coldkey: string | null
}

/** A check of an epoch, and what it paid; nothing where the chain ran none, and where that is not known to the rao. */
export interface CheckedEpoch {
  readonly verification: Verification
  readonly paid?: Paid
  /** Whom it paid; of versions of which all of a block is known, where no lease shares the owner's cut. */
  readonly payments?: readonly EpochPayment[]
  /** What it ran on: the state before, with what its own block did first; left out where the chain ran none. */
  readonly input?: ChainSnapshot
}

/** A block of the chain, checked as a whole. Schema `yuma-block-verification/1` as JSON, u64 as decimal strings. */
export interface BlockVerification {
  readonly block: bigint
  readonly blockHash: string
  readonly parentHash: string
  readonly specVersion: number
  /** How many subnets there are, the root left out. */
  readonly subnets: number
  readonly engine: EngineKind
  /** Of the block and all of its epochs. */
  readonly outcome: Outcome
  /** What the block wrote of the network and of every subnet, its epochs left out. */
  readonly checked: readonly Checked[]
  readonly differences: readonly Difference[]
  readonly notComparable: readonly NotComparable[]
  readonly notes: readonly Note[]
  /** The epochs that were due, by netuid. */
  readonly epochs: readonly Verification[]
}
