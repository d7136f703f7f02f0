/** A block of the chain from both sides: the state that it ran on and the one that it left. */

import type { ChainSnapshot, NetworkItems, Relations, SubnetItems } from './network.ts'

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
  /** Items of this runtime that could not be read, as `Pallet.Name`. */
  readonly unread: readonly string[]
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
  readonly before: BlockSide
  readonly after: BlockSide
  /** Null where they could not be decoded: anything may have happened. */
  readonly events: readonly ChainEvent[] | null
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
  /** What holdings are parts of; null without an entry, and where holdings were not asked for. */
  readonly denominators: readonly (StoredShare | null)[]
  /** Null where they were not asked for. */
  readonly holdings: readonly Holding[] | null
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
