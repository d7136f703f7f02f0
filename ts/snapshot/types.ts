import type { MechanismState, SharedState } from './generated/types.ts'

export type { MechanismState, SharedState } from './generated/types.ts'

/** Sparse rows as the chain stores them: for each row a list of `(uid, u16)`, concatenated, in stored order. */
export interface SparseRows {
  /** `n + 1` offsets into `uid` and `value`, ascending from 0. */
  readonly rowStart: Uint32Array
  /** Column of each entry. Unsorted, repeated and out-of-range uids do occur on chain. */
  readonly uid: Uint16Array
  /** Value of each entry, a u16 proportion. */
  readonly value: Uint16Array
}

/**
 * Everything one epoch of one subnet reads, as columns: the state before the epoch's block.
 * Block numbers and amounts are `bigint`; amounts are rao. Names are the chain's storage names in camel case.
 */
export interface Snapshot extends SharedState {
  /** `spec_version` of the runtime that runs the epoch. */
  readonly specVersion: number
  /** The subnet, where known. */
  readonly netuid?: number
  /** A name for people, where there is one. */
  readonly name?: string
  /** Hash of the block whose state this is, where it was read from a chain. */
  readonly blockHash?: string
  /** Hotkeys by uid (SS58), where known. */
  readonly hotkeys?: readonly string[]
  /** Coldkeys by uid (SS58), where known. */
  readonly coldkeys?: readonly string[]
  /** One entry per mechanism, at least one, at most 16. */
  readonly mechanisms: readonly MechanismState[]

  /** Sections that an epoch does not read, by name: for other tools and later versions; carried along as they are. */
  readonly extra?: Readonly<Record<string, unknown>>
}
