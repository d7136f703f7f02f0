/** The storage items that are read, from the table `crates/types/fields/chain.json`. */

import { type Item, item, maybe } from './item.ts'
import { account, small } from './kinds.ts'

export * from './generated/items.ts'
export type { Item } from './item.ts'

/** The newest spec version whose storage is known. A newer one is read as far as it looks the same. */
export const NEWEST_SPEC = 425

/** How many subnets there are, the root among them: `NetworksAdded` has as many keys. */
export const TOTAL_NETWORKS: Item<number> = item('TotalNetworks', [], small)

/** Hash of a block by its number, as 64 hex digits: of the latest blocks, as many as the runtime keeps. */
export const BLOCK_HASH: Item<string | null> = maybe('BlockHash', ['u32'], account, { pallet: 'System' })

/**
 * Items of versions after {@link NEWEST_SPEC} that an epoch depends on and that are not read yet. A snapshot of a runtime
 * that has one says so, and no epoch is computed of it by its own rules: by their defaults it might be a wrong one.
 */
export const NOT_READ_YET: readonly (readonly [pallet: string, name: string])[] = [
  ['SubtensorModule', 'ChildkeyThresholdSuspended'],
  ['SubtensorModule', 'LiquidAlphaConsensusMode'],
  ['SubtensorModule', 'ConsensusByMechanism'],
  ['SubtensorModule', 'SubnetEpochConsensus'],
  ['SubtensorModule', 'LastYumaStepBlock'],
]
