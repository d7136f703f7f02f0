/** The storage items that are read, from the table `crates/types/fields/chain.json`. */

export * from './generated/items.ts'
export type { Item } from './item.ts'
