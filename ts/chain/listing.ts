import { ChainError } from '../errors/index.ts'
import type { StorageItem } from './runtime.ts'

/** Keys that a node is asked to list in one request; substrate gives no more. */
export const LIST_KEYS = 1000

/** Keys that one state may list, of all items together: some 130 MB. Who is behind a hotkey are the most that there are. */
const MOST_KEYS = 500_000

function nameOf({ pallet, name }: StorageItem): string {
  return `${pallet}.${name}`
}

/** What a {@link Listing} is of. */
export interface ListingParts {
  readonly item: StorageItem
  /** What all keys begin with. */
  readonly prefix: string
  /** Hash of the block. */
  readonly block: string
  /** How many keys there are, where the chain stores it. */
  readonly count: number | undefined
  /** Whether a key that begins with the prefix is one that the item can have. */
  readonly isKey: (key: string) => boolean
}

/** A list of all keys under a prefix as it grows, page by page. What cannot be a page of it is refused. */
export class Listing {
  readonly prefix: string
  readonly keys: string[] = []
  readonly storage: StorageItem
  readonly #block: string
  readonly #count: number | undefined
  readonly #isKey: (key: string) => boolean
  #done = false

  constructor({ item, prefix, block, count, isKey }: ListingParts) {
    this.prefix = prefix
    this.storage = item
    this.#block = block
    this.#count = count
    this.#isKey = isKey
  }

  get item(): string {
    return nameOf(this.storage)
  }

  /** Whether all keys are there: as many as the chain says, else once none is after the last: a page was empty, or it is proved. */
  get isWhole(): boolean {
    return this.#done || (this.keys.length > 0 && this.keys.length === this.#count)
  }

  /** The last key so far. */
  get last(): string | undefined {
    return this.keys.at(-1)
  }

  /**
   * A page as the node answered it.
   * @throws {ChainError} of kind `malformed`, which names the item.
   */
  check(answer: unknown): readonly string[] {
    if (!Array.isArray(answer) || answer.length > LIST_KEYS) throw this.malformed('is no list of keys')
    let last = this.last
    for (const key of answer as readonly unknown[]) {
      if (typeof key !== 'string' || !key.startsWith(this.prefix) || !this.#isKey(key))
        throw this.malformed('has a key that is none of the item')
      // Keys come in ascending order: one that does not would be skipped or listed for ever.
      if (last !== undefined && key <= last) throw this.malformed('is out of order')
      last = key
    }
    this.#checkCount(answer.length)
    return answer as readonly string[]
  }

  #checkCount(more: number): void {
    const [count, length] = [this.#count, this.keys.length + more]
    if (count === undefined) return
    if (length > count) throw this.malformed(`has ${length} keys or more, of ${count} that the chain says`)
    if (more === 0 && length < count)
      throw this.malformed(`has ${length} of ${count} keys that the chain says`)
  }

  /** @param last Whether it is known that no key comes after the page. */
  add(page: readonly string[], last: boolean): void {
    if (last) this.#done = true
    this.keys.push(...page)
  }

  malformed(what: string): ChainError {
    return new ChainError('malformed', `the node's list of ${this.item} ${what}`, {
      block: this.#block,
      items: [this.item],
    })
  }
}

/** A whole list. */
interface Kept {
  readonly listing: Listing
  readonly keys: ReadonlySet<string>
}

/** All listings of one state: together they are bounded, and what is read at their keys must agree with them. */
export class Listings {
  /** By item, by the length of the prefix, by the prefix. */
  readonly #whole = new Map<StorageItem, Map<number, Map<string, Kept>>>()
  #keys = 0

  /** @throws {ChainError} of kind `malformed` for more keys than a state may list. */
  count(listing: Listing, page: readonly string[]): void {
    this.#keys += page.length
    if (this.#keys > MOST_KEYS) throw listing.malformed(`does not end within ${MOST_KEYS} keys`)
  }

  /** Holds what is read from now on against a whole list. */
  keep(listing: Listing): void {
    const { storage, prefix, keys } = listing
    const byLength = this.#whole.get(storage) ?? new Map<number, Map<string, Kept>>()
    this.#whole.set(storage, byLength)
    const byPrefix = byLength.get(prefix.length) ?? new Map<string, Kept>()
    byLength.set(prefix.length, byPrefix)
    byPrefix.set(prefix, { listing, keys: new Set(keys) })
  }

  /** Whether there is a whole list of an item. */
  has(item: StorageItem): boolean {
    return this.#whole.has(item)
  }

  /**
   * A value that was read under a listed prefix: it is there if, and only if, its key was listed.
   * @param item What the key is of.
   * @param exists Whether something is stored there.
   * @throws {ChainError} of kind `malformed`, which names the item.
   */
  check(item: StorageItem, key: string, exists: boolean): void {
    for (const [length, byPrefix] of this.#whole.get(item) ?? []) {
      const found = byPrefix.get(key.slice(0, length))
      if (found === undefined || found.keys.has(key) === exists) continue
      throw found.listing.malformed(
        exists ? `lacks ${key}, which is there` : `has ${key}, which holds nothing`,
      )
    }
  }
}
