/** The storage items that are read, from the table `crates/types/fields/chain.json`. */

import { type Item, item } from './item.ts'
import { small } from './kinds.ts'

export * from './generated/items.ts'
export type { Item } from './item.ts'

/** How many subnets there are, the root among them: `NetworksAdded` has as many keys. */
export const TOTAL_NETWORKS: Item<number> = item('TotalNetworks', [], small)
