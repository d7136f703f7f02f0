/** The storage items that are read, from the table `crates/types/fields/chain.json`. */

export * from './generated/items.ts'
export type { Item } from './item.ts'

/** The newest spec version whose storage is known. A newer one is read as far as it looks the same. */
export const NEWEST_SPEC = 425
