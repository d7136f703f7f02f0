import type { BasketQueue, Baskets, CollateralRow, CollateralSum } from './block.ts'
import type { NetworkItems, SubnetItems } from './generated/items.ts'
import type { Snapshot } from './types.ts'

export type { NetworkItems, SubnetItems } from './generated/items.ts'

/** What an owner has locked behind a hotkey of its on a subnet, in rao. */
export interface Collateral {
  readonly locked: bigint
  /** What pay releases, for each rao of it: U64F64 bits. */
  readonly drainRatio: bigint
  /** Below it pay is captured, and above it released. */
  readonly minLocked: bigint
  /** All pay since there is collateral. */
  readonly earned: bigint
}

/** Rows of `(parts, account)`, concatenated: `ParentKeys` or `ChildKeys` of one account after another. */
export interface Relations {
  /** One more than there are rows: offsets into `account` and `proportion`, ascending from 0. */
  readonly rowStart: Uint32Array
  /** The related account, as its place in {@link AccountState.hotkeys}. */
  readonly account: Uint32Array
  /** Its proportion: parts of 2^64 - 1. */
  readonly proportion: BigUint64Array
}

/**
 * What the chain holds of a subnet's hotkeys and of their parents and children. Account `i` below the subnet's
 * `n` is the hotkey of uid `i`; related hotkeys without a uid here follow, each once. Columns are as long as
 * `hotkeys` unless said; amounts are rao, takes are u16 proportions. At spec 425 all of it is in
 * `SubtensorModule`, under the storage names that the fields carry.
 */
export interface AccountState {
  /** SS58. */
  readonly hotkeys: readonly string[]
  /** Coldkey that owns the hotkey, SS58. */
  readonly owner: readonly string[]
  /** `TotalHotkeyAlpha` on this subnet. */
  readonly totalHotkeyAlpha: BigUint64Array
  /** `TotalHotkeyAlpha` on the root, netuid 0. */
  readonly rootAlpha: BigUint64Array
  /** Validator take. */
  readonly delegates: Uint16Array
  /** Take of a child from its parents' dividends on this subnet. */
  readonly childkeyTake: Uint16Array
  /** Whether it counts as a parent on no subnet but those whose owner's hotkey it is, 0 or 1. */
  readonly suspended: Uint8Array
  /** Whether it has a uid on root, 0 or 1; 0 where runtimes pay by root stake alone. */
  readonly onRoot: Uint8Array
  /** On this subnet, `n` rows. */
  readonly parentKeys: Relations
  /** On this subnet, `n` rows. */
  readonly childKeys: Relations
  /** Hotkey that the coldkey of a uid has its incentive staked to, SS58; null for the uid's own. `n` long. */
  readonly autoStakeDestination: readonly (string | null)[]
}

/**
 * What the last epoch left in storage, by uid and as long as the chain has it: shorter than `n` after
 * registrations, empty before the first epoch and where a runtime has no such item. u16 are proportions,
 * emission is rao, booleans are 0 or 1.
 */
export interface StoredEpoch {
  readonly active: Uint8Array
  readonly consensus: Uint16Array
  readonly dividends: Uint16Array
  readonly emission: BigUint64Array
  readonly validatorTrust: Uint16Array
  readonly stakeWeight: Uint16Array
  /** Until spec 393. */
  readonly rank: Uint16Array
  /** Until spec 393. */
  readonly trust: Uint16Array
  /** One column per mechanism. */
  readonly incentive: readonly Uint16Array[]
  /** One column per mechanism; none where the runtime keeps no consensus by mechanism. */
  readonly consensusByMechanism: readonly Uint16Array[]
}

/** A moving average and the block of its last update; the average is raw I64F64 bits. */
export interface FlowEma {
  readonly block: bigint
  readonly ema: bigint
}

/** A timelocked commit that the epoch's own block reveals, if its drand pulse is there, before the epoch. */
export interface MaturingCommit {
  readonly mechanism: number
  readonly uid: number
  /** Block in which it was committed. */
  readonly commitBlock: bigint
}

/**
 * A snapshot as it is read from a chain: what an epoch reads, and beside it everything else that is known of the
 * subnet at that block.
 */
export interface ChainSnapshot extends Snapshot {
  readonly netuid: number
  readonly blockHash: string
  readonly hotkeys: readonly string[]
  readonly coldkeys: readonly string[]
  /** Number of the block whose state this is. {@link Snapshot.block} is the block in which the epoch runs. */
  readonly stateBlock: bigint
  /** Stake by uid as the epoch weighs it, in parts: alpha with parents and children, rao. */
  readonly alphaStake: BigUint64Array
  /** The same of root stake, in rao, before `TaoWeight`. */
  readonly taoStake: BigUint64Array
  readonly subnet: SubnetItems
  readonly network: NetworkItems
  readonly accounts: AccountState
  readonly stored: StoredEpoch
  /** Hotkeys that the subnet's owner owns, SS58. */
  readonly ownedHotkeys: readonly string[]
  /** What owners have locked on the subnet, by hotkey and owner. */
  readonly collateral: readonly CollateralRow[]
  /** What of it each owner has behind all its hotkeys. */
  readonly collateralSums: readonly CollateralSum[]
  /** Commits whose reveal in the epoch's block may change weights before the epoch reads them. */
  readonly maturingCommits: readonly MaturingCommit[]
  /**
   * Spec version of the runtime that ran the state's block, where another one runs the next, its migrations first; null
   * where it is the same.
   */
  readonly upgradedFrom: number | null
  /** Items of this runtime that could not be read, as `Pallet.Name`; empty for every known version. */
  readonly unread: readonly string[]
}

/** A subnet in a {@link NetworkSnapshot}. */
export interface SubnetState {
  readonly netuid: number
  readonly subnet: SubnetItems
  /** Null for a subnet without neurons. */
  readonly epoch: ChainSnapshot | null
}

/** Baskets that were read, and what waits for them. */
export interface NetworkBaskets extends BasketQueue, Baskets {}

/** The whole network at one block: what the next block's emission and every subnet's epoch read. */
export interface NetworkSnapshot {
  readonly specVersion: number
  /** Hash of the block whose state this is. */
  readonly blockHash: string
  /** Its number. */
  readonly stateBlock: bigint
  /** The block that runs on this state. */
  readonly block: bigint
  readonly network: NetworkItems
  /** By netuid, ascending, the root first. */
  readonly subnets: readonly SubnetState[]
  /**
   * Spec version of the runtime that ran the state's block, where another one runs the next, its migrations first; null
   * where it is the same.
   */
  readonly upgradedFrom: number | null
  /**
   * Who has a basket, what waits for baskets, and what is in those of hotkeys that are on root or that something waits
   * for; null where the runtime has none.
   */
  readonly baskets: NetworkBaskets | null
  /** Items of this runtime that could not be read, as `Pallet.Name`; empty for every known version. */
  readonly unread: readonly string[]
}
