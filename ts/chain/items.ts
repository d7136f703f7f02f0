/** The storage items that are read, from the table `crates/types/fields/chain.json`. */

import { type Item, item, maybe } from './item.ts'
import { account, small } from './kinds.ts'

export * from './generated/items.ts'
export type { Item } from './item.ts'

/** How many subnets there are, the root among them: `NetworksAdded` has as many keys. */
export const TOTAL_NETWORKS: Item<number> = item('TotalNetworks', [], small)

/** Hash of a block by its number, as 64 hex digits: of the latest blocks, as many as the runtime keeps. */
export const BLOCK_HASH: Item<string | null> = maybe('BlockHash', ['u32'], account, { pallet: 'System' })
