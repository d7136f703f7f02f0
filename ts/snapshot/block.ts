/** A block of the chain from both sides: the state that it ran on and the one that it left. */

import type { ChainSnapshot, Collateral, NetworkItems, Relations, SubnetItems } from './network.ts'

/** A subnet at one side of a block, without its neurons. */
export interface SubnetSide {
  readonly netuid: number
  /** How many neurons it has. */
  readonly n: number
  readonly items: SubnetItems
  /** Whether neurons may register for work; read where shares are products of prices. */
  readonly powRegistrationAllowed: boolean
  /** Whether a lease shares the owner's cut. */
  readonly leased: boolean
  /** Whether its pool of concentrated liquidity is set up. */
  readonly concentratedInitialized: boolean
}

/** The network at one side of a block, every subnet without its neurons. */
export interface BlockSide {
  /** The runtime that runs the block after this state. */
  readonly specVersion: number
  readonly blockHash: string
  /** Number of the block whose state this is. */
  readonly stateBlock: bigint
  readonly network: NetworkItems
  /** By netuid, ascending, the root first. */
  readonly subnets: readonly SubnetSide[]
  /**
   * Spec version of the runtime that ran the state's block, where another one runs the next, its migrations first; null
   * where it is the same.
   */
  readonly upgradedFrom: number | null
  /** Who may have a basket, and what waits for baskets; null where the runtime has none. */
  readonly baskets: BasketQueue | null
  /** Items of this runtime that could not be read, as `Pallet.Name`. */
  readonly unread: readonly string[]
}

/** Root dividends of a hotkey on their way to its basket. */
export interface BasketDeposit {
  /** SS58. */
  readonly hotkey: string
  readonly netuid: number
  /** Rao of the subnet's alpha. */
  readonly rao: bigint
}

/** Who has a basket, and what waits for baskets. A block brings what waits for one hotkey into its basket. */
export interface BasketQueue {
  /** Whose stake baskets are, SS58. */
  readonly escrow: string
  /** Hotkeys with a uid on root, SS58. */
  readonly rootHotkeys: readonly string[]
  /** In the order of storage. */
  readonly deposits: readonly BasketDeposit[]
  /** The last deposit that a block looked at; null where the next one begins anew. */
  readonly cursor: Omit<BasketDeposit, 'rao'> | null
}

/** What is staked to a hotkey on a subnet, and what of it is in its basket. */
export interface BasketHolding {
  /** 0 for root. */
  readonly netuid: number
  /** Rao behind the hotkey. */
  readonly total: bigint
  /** What shares are parts of; null without an entry. */
  readonly denominator: StoredShare | null
  /** How often the pool was opened and closed. */
  readonly poolEpoch: bigint
  /** The escrow's share; null without an entry. */
  readonly share: StoredShare | null
  /** The pool's epoch when it was written. */
  readonly shareEpoch: bigint
}

/** A validator's basket. */
export interface Basket {
  /** SS58. */
  readonly hotkey: string
  readonly shares: bigint
  /** Shares for each rao on root, over all time: I96F32 bits. */
  readonly rate: bigint
  /** Rao of TAO that deposits were worth, over all time. */
  readonly depositedTao: bigint
  /** By netuid, ascending; of subnets with nothing staked to the hotkey none. */
  readonly holdings: readonly BasketHolding[]
}

/** Baskets that were read. */
export interface Baskets {
  readonly baskets: readonly Basket[]
  /** Hotkeys that the escrow ever staked to, SS58, in stored order. */
  readonly stakingHotkeys: readonly string[]
}

/** An event of a block, as far as it says where something happened. */
export interface ChainEvent {
  /** `Pallet.Event`. */
  readonly name: string
  /** Number of the transaction that it is of; null for one of the block itself, before or after them all. */
  readonly extrinsic: number | null
  /** Subnets that it names, each once. */
  readonly netuids: readonly number[]
  /** Accounts that it names, SS58. */
  readonly accounts: readonly string[]
}

/** Both sides of a block, and what happened in it. */
export interface BlockStates {
  readonly block: bigint
  readonly blockHash: string
  readonly parentHash: string
  /** When its author made it, in milliseconds since 1970 (`Timestamp.Now`); null where nothing says so. */
  readonly time: bigint | null
  readonly before: BlockSide
  readonly after: BlockSide
  /** Null where they could not be decoded: anything may have happened. */
  readonly events: readonly ChainEvent[] | null
  /**
   * The baskets of those hotkeys whose turn it may be, at both sides: of that whose deposits are the next in the queue,
   * and of those that an epoch of the block could put before it. Null where the runtime has none.
   */
  readonly baskets: { readonly before: Baskets; readonly after: Baskets } | null
  /** Coldkeys that claimed root dividends and have them sold, not kept, SS58. */
  readonly sellers: readonly string[]
}

/** A share of a stake as stored: a decimal number, or U64F64 bits of the items from before there were such. */
export type StoredShare =
  | { readonly kind: 'decimal'; readonly mantissa: bigint; readonly exponent: bigint }
  | { readonly kind: 'fixed'; readonly bits: bigint }

/** A coldkey's share of the stake behind a hotkey. */
export interface Holding {
  /** Place of the hotkey in {@link PayoutState.hotkeys}. */
  readonly hotkey: number
  /** SS58. */
  readonly coldkey: string
  readonly share: StoredShare
  /** The pool's epoch when it was written, 0 for none. */
  readonly epoch: bigint
}

/** What an owner has locked behind its hotkey on a subnet. */
export interface CollateralRow extends Collateral {
  /** SS58. */
  readonly hotkey: string
  /** SS58. */
  readonly coldkey: string
}

/** What an owner has locked behind all its hotkeys on a subnet. */
export interface CollateralSum {
  /** SS58. */
  readonly coldkey: string
  readonly rao: bigint
}

/** Children that wait for their cooldown. */
export interface PendingChildren {
  /** Places in {@link PayoutState.hotkeys}. */
  readonly hotkey: number
  readonly children: readonly { readonly proportion: bigint; readonly account: number }[]
  readonly cooldownBlock: bigint
}

/**
 * What the payout of a subnet's epoch reads and writes of accounts, at one side of its block. Columns are as long as
 * `hotkeys`; amounts are rao, null where nothing is stored, takes u16 proportions.
 */
export interface PayoutState {
  /**
   * SS58: those with a uid before or after the block, their parents and children, the owner's, those that incentives
   * are staked to, and all that the last epoch paid.
   */
  readonly hotkeys: readonly string[]
  /** SS58. */
  readonly owner: readonly string[]
  readonly delegates: Uint16Array
  readonly childkeyTake: Uint16Array
  /** Whether it counts as a parent on no subnet but those whose owner's hotkey it is, 0 or 1. */
  readonly suspended: Uint8Array
  readonly totalHotkeyAlpha: BigUint64Array
  /** `TotalHotkeyAlpha` on the root. */
  readonly rootAlpha: BigUint64Array
  readonly totalHotkeyAlphaLastEpoch: readonly (bigint | null)[]
  readonly alphaDividends: readonly (bigint | null)[]
  readonly rootAlphaDividends: readonly (bigint | null)[]
  /** I96F32 bits on this subnet. */
  readonly rootClaimable: readonly (bigint | null)[]
  readonly parentKeys: Relations
  readonly childKeys: Relations
  readonly pendingChildren: readonly PendingChildren[]
  /** By coldkey of `owner` and of the holdings, SS58: the hotkeys that it stakes to. */
  readonly stakingHotkeys: ReadonlyMap<string, readonly string[]>
  /** What holdings are parts of; null without an entry. */
  readonly denominators: readonly (StoredShare | null)[]
  /** How often the pools of `denominators` were opened and closed. */
  readonly poolEpochs: BigUint64Array
  /** Null where they were not asked for. */
  readonly holdings: readonly Holding[] | null
  /** What owners have locked on the subnet, by hotkey and owner. */
  readonly collateral: readonly CollateralRow[]
  /** What of it each owner has behind all its hotkeys. */
  readonly collateralSums: readonly CollateralSum[]
}

/** All that the check of an epoch needs of its block. */
export interface EpochStates {
  readonly netuid: number
  /** The subnet after the block before: what the epoch ran on. */
  readonly before: ChainSnapshot
  readonly after: ChainSnapshot
  /** The network around it. */
  readonly block: BlockStates
  readonly payout: { readonly before: PayoutState; readonly after: PayoutState }
  /** After the block; empty where the runtime has none. */
  readonly pruningScores: Uint16Array
}
