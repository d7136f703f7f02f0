import { ChainError } from '../errors/index.ts'
import { hasItem, versionsInWords } from './item.ts'
import {
  ACCOUNTS,
  BASKETS,
  BLOCK_HASH,
  COLLATERAL,
  COMMITS,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  NEWEST_SPEC,
  READ_TO_SPEC,
  STAKE_POOLS,
  STORED,
  SUBNET,
  SYSTEM,
  TOTAL_NETWORKS,
} from './items.ts'
import { BLOCK, PAYOUT, PRUNING_SCORES, SUBNET_BLOCK } from './payout-items.ts'
import type { Runtime, StorageItem } from './runtime.ts'
import { ScaleReader } from './scale.ts'

const GROUPS: readonly Readonly<Record<string, Item<unknown>>>[] = [
  SYSTEM,
  NETWORK,
  EPOCH,
  SUBNET,
  STORED,
  MECHANISM,
  NEURONS,
  ACCOUNTS,
  COMMITS,
  COLLATERAL,
  STAKE_POOLS,
  BASKETS,
  { TOTAL_NETWORKS, BLOCK_HASH },
  BLOCK,
  SUBNET_BLOCK,
  { PRUNING_SCORES },
  PAYOUT,
]

/** Every item that is read, of whatever version. */
export const ITEMS: readonly Item<unknown>[] = GROUPS.flatMap((group) => Object.values(group))

/** An item as one runtime has it. */
export interface Resolved<T> {
  readonly item: Item<T>
  /** Left out where the runtime lacks the item: its value is `standIn`. */
  readonly storage?: StorageItem
  readonly standIn: T
  /**
   * The value of what a node answered, null for nothing.
   * @throws {ScaleError}
   */
  decode(reader: ScaleReader | null): T
}

function nameOf(item: Item<unknown>): string {
  return `${item.pallet}.${item.name}`
}

/** The table of items against one runtime's metadata. */
export class Schema {
  readonly runtime: Runtime
  /** Items that should be there and cannot be read; their values are stand-ins. */
  readonly unread: readonly string[]
  readonly #resolved = new Map<Item<unknown>, Resolved<unknown>>()

  /** @throws {ChainError} of kind `unsupported` where an epoch's item cannot be read. */
  constructor(runtime: Runtime) {
    this.runtime = runtime
    const missing = ITEMS.filter((item) => !this.#isSettled(item))
    this.unread = missing.map(nameOf)
    const needed = missing.filter((item) => item.epoch)
    if (needed.length > 0) throw lacking(runtime, needed)
    const foreign = ITEMS.filter((item) => item.epoch && this.#isForeign(item))
    if (foreign.length > 0) throw ofAnotherBranch(runtime, foreign)
  }

  /** The item as this runtime has it. */
  of<T>(item: Item<T>): Resolved<T> {
    const known = this.#resolved.get(item)
    if (known !== undefined) return known as Resolved<T>
    const resolved = resolve(item, this.runtime)
    this.#resolved.set(item, resolved as Resolved<unknown>)
    return resolved
  }

  /** Found, or known to be no part of this version. */
  #isSettled(item: Item<unknown>): boolean {
    if (this.of(item).storage !== undefined) return true
    const { specVersion } = this.runtime
    // Whatever stands under its name is another item.
    if (item.until !== undefined && specVersion > item.until) return true
    if (specVersion <= READ_TO_SPEC) return !hasItem(item, specVersion)
    // There under its name in another shape it is not understood, whatever the version.
    if (this.runtime.item(item.pallet, item.name) !== undefined) return false
    // Of a version that the table knows, the metadata has the word; beyond it, what was there last is missed.
    const wasThere = (item.since ?? 0) <= NEWEST_SPEC
    return 'absent' in item && !(specVersion > NEWEST_SPEC && wasThere)
  }

  /** There, and not in the runtime that is known under this number. */
  #isForeign(item: Item<unknown>): boolean {
    const known = item.except?.includes(this.runtime.specVersion) ?? false
    return known && this.of(item).storage !== undefined
  }
}

/** The refusal of a runtime that lacks what its version has, or has it in another shape. */
function lacking({ specName, specVersion }: Runtime, items: readonly Item<unknown>[]): ChainError {
  const names = items.map(nameOf)
  const text = items.map((item) => `${nameOf(item)} (of spec versions ${versionsInWords(item)})`).join(', ')
  return new ChainError('unsupported', `${specName} ${specVersion} lacks or has changed ${text}`, {
    items: names,
  })
}

/** The refusal of a runtime that is another than the one that is known under its number. */
function ofAnotherBranch({ specName, specVersion }: Runtime, items: readonly Item<unknown>[]): ChainError {
  const names = items.map(nameOf)
  const text = items
    .map((item) => `${nameOf(item)}, as spec versions ${versionsInWords(item)} have`)
    .join('; ')
  return new ChainError(
    'unsupported',
    `${specName} ${specVersion} is not the runtime that is known under this number: it has ${text}`,
    { items: names },
  )
}

function resolve<T>(item: Item<T>, runtime: Runtime): Resolved<T> {
  const standIn = item.absent === undefined ? item.kind.none : item.absent
  const storage = runtime.item(item.pallet, item.name)
  const read = storage && item.kind.of(storage.value)
  const sameKeys =
    storage?.keys.length === item.keys.length && item.keys.every((key, i) => storage.keys[i] === key)
  if (storage === undefined || read === undefined || !sameKeys)
    return { item, standIn, decode: () => standIn }
  const value = (reader: ScaleReader): T => {
    const result = read(reader)
    reader.end()
    return result
  }
  const empty = item.nullable || storage.optional ? standIn : value(new ScaleReader(storage.fallback))
  return { item, storage, standIn, decode: (reader) => (reader === null ? empty : value(reader)) }
}
