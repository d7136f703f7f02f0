import { ChainError } from '../errors/index.ts'
import type { KeyListing } from '../proof/prover.ts'
import type { SparseRows } from '../snapshot/types.ts'
import type { AccountHasher } from './account-hashes.ts'
import type { Addresses } from './addresses.ts'
import { type Header, storesRuntime } from './header.ts'
import { isHash } from './hex.ts'
import { type Item, SYSTEM } from './items.ts'
import { type KeyMaker, type KeyPart, lastPart } from './keys.ts'
import { type Link, TooBigError } from './link.ts'
import { LIST_KEYS, Listing, Listings } from './listing.ts'
import type { BlockProofs } from './proofs.ts'
import { rowsOf } from './rows.ts'
import type { StorageItem } from './runtime.ts'
import { ScaleError, ScaleReader } from './scale.ts'
import type { Resolved, Schema } from './schema.ts'

/** One value that is to be read, and then holds it. */
export class Cell<T> {
  readonly #resolved: Resolved<T>
  readonly key: string | undefined
  #hex: string | null | undefined

  constructor(resolved: Resolved<T>, key: string | undefined) {
    this.#resolved = resolved
    this.key = key
    this.#hex = key === undefined ? null : undefined
  }

  /** The item as the runtime stores it. */
  get storage(): StorageItem | undefined {
    return this.#resolved.storage
  }

  /** What the node answered; null where nothing is stored. */
  get hex(): string | null {
    return this.#answer
  }

  set hex(hex: string | null) {
    this.#hex = hex
  }

  /** Whether something is stored, the default or not. */
  get exists(): boolean {
    return this.#answer !== null
  }

  /** @throws {ChainError} of kind `malformed` when what the node sent does not decode. */
  get value(): T {
    return this.#decoded(() => this.#resolved.decode(this.#answer))
  }

  /** A reader of the raw value, null where nothing is stored. */
  get reader(): ScaleReader | null {
    const answer = this.#answer
    return answer === null ? null : this.#decoded(() => new ScaleReader(answer))
  }

  get #answer(): string | null {
    if (this.#hex === undefined) throw new Error(`${this.#resolved.item.name} was not read yet`)
    return this.#hex
  }

  #decoded<R>(decode: () => R): R {
    try {
      return decode()
    } catch (cause) {
      if (!(cause instanceof ScaleError)) throw cause
      const { pallet, name } = this.#resolved.item
      const what = `${pallet}.${name} at ${this.key ?? 'its default'} ${cause.message}`
      throw new ChainError('malformed', what, { items: [`${pallet}.${name}`] }, { cause })
    }
  }
}

/**
 * The rows that the cells hold, as columns.
 * @throws {ChainError} of kind `malformed` when one does not decode.
 */
export function rowsOfCells(name: string, cells: readonly Cell<SparseRows>[]): SparseRows {
  const readers = cells.map((cell) => cell.reader)
  try {
    return rowsOf(readers)
  } catch (cause) {
    if (!(cause instanceof ScaleError)) throw cause
    throw new ChainError('malformed', `a row of ${name} ${cause.message}`, { items: [name] }, { cause })
  }
}

/** What was read at a key before: undefined where nothing was, null where nothing is stored. */
type Recall = (item: StorageItem, key: string) => string | null | undefined

/** Values of a state that are not asked for again. What there is no room for is. */
class Memory {
  readonly #values = new Map<string, string | null>()
  #room = MOST_REMEMBERED

  of(key: string): string | null | undefined {
    return this.#values.get(key)
  }

  keep(key: string, value: string | null): void {
    const digits = KEY_DIGITS + (value?.length ?? 0)
    if (digits > this.#room) return
    this.#room -= digits
    this.#values.set(key, value)
  }
}

/** A list of values to read together. Asking twice for the same key gives the same cell. */
export class Plan {
  readonly #schema: Schema
  readonly #keys: KeyMaker
  readonly #recall: Recall
  readonly #cells = new Map<string, Cell<unknown>>()

  constructor(schema: Schema, keys: KeyMaker, recall: Recall = () => undefined) {
    this.#schema = schema
    this.#keys = keys
    this.#recall = recall
  }

  get isEmpty(): boolean {
    return this.#cells.size === 0
  }

  /** The cells that a node has to be asked for. */
  get cells(): readonly Cell<unknown>[] {
    return [...this.#cells.values()]
  }

  /** @throws {ChainError} of kind `malformed` where the chain's answers ask for more than any chain holds. */
  value<T>(item: Item<T>, ...parts: readonly KeyPart[]): Cell<T> {
    const resolved = this.#schema.of(item)
    if (resolved.storage === undefined) return new Cell(resolved, undefined)
    const key = this.#keys.key(resolved.storage, parts)
    const known = this.#cells.get(key)
    if (known !== undefined) return known as Cell<T>
    const read = this.#recall(resolved.storage, key)
    if (read !== undefined) {
      const cell = new Cell(resolved, key)
      cell.hex = read
      return cell
    }
    if (this.#cells.size >= MOST_CELLS) {
      const name = `${item.pallet}.${item.name}`
      const what = `more than ${MOST_CELLS} values to read at once, of ${name} the last`
      throw new ChainError('malformed', `the node's answers name ${what}`, { items: [name] })
    }
    const cell = new Cell(resolved, key)
    this.#cells.set(key, cell as Cell<unknown>)
    return cell
  }

  /** One cell per item of a table, under the same names. */
  values<T extends Readonly<Record<string, Item<unknown>>>>(
    items: T,
    ...parts: readonly KeyPart[]
  ): Cells<T> {
    return Object.fromEntries(
      Object.entries(items).map(([name, item]) => [name, this.value(item, ...parts)]),
    ) as unknown as Cells<T>
  }
}

/** The cells of a table of items. */
export type Cells<T> = { readonly [K in keyof T]: T[K] extends Item<infer V> ? Cell<V> : never }

/** The values of a table of items. */
export type Values<T> = { readonly [K in keyof T]: T[K] extends Item<infer V> ? V : never }

/** The values of read cells, under the same names. */
export function valuesOf<T>(cells: Cells<T>): Values<T> {
  return Object.fromEntries(
    Object.entries(cells as Readonly<Record<string, Cell<unknown>>>).map(([name, cell]) => [
      name,
      cell.value,
    ]),
  ) as unknown as Values<T>
}

/** Keys in one request. One subnet of 256 neurons asks for about 1,150 and 2,100 at a time. */
const PAGE_KEYS = 2500
/** Values that one plan may hold: 4,096 neurons of 16 mechanisms are 140,000. */
const MOST_CELLS = 200_000
/** Hex digits that the values of one plan may have together: 256 dense neurons of 16 mechanisms have 17 million. */
const MOST_DIGITS = 96 * 1024 * 1024

const ACCOUNT_SHAPE = '[u8;32]'
const ACCOUNT_BYTES = 32

/** Whether it is hex, and as long as any key that ends in an account. */
function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length > 2 * ACCOUNT_BYTES && /^0x[0-9a-f]*$/.test(key)
}

/** Digits of keys and values that a state remembers. */
const MOST_REMEMBERED = 32 * 1024 * 1024
/** Digits of a key with two accounts, which is as long as any. */
const KEY_DIGITS = 2 + 2 * (32 + 2 * (16 + 32))

/** What a {@link State} is made of. */
export interface StateParts {
  readonly link: Link
  readonly schema: Schema
  readonly keys: KeyMaker
  readonly addresses: Addresses
  readonly hasher: AccountHasher
  /** The block's header, checked: every answer has to be of this block. */
  readonly header: Header
  /** Where given, every answer is proved by the header's state root. */
  readonly proofs?: BlockProofs | undefined
  /** Whether what was read once is not asked for again: where several look at the same accounts. Default false. */
  readonly remembers?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * The state of one block: every request names its hash, so that all answers are of the same state, and every batch reads
 * the block's own number and the runtime that ran it along, so that an answer of another block does not pass. Where
 * answers are to be proved, each of them is.
 */
export class State {
  readonly schema: Schema
  readonly header: Header
  readonly keys: KeyMaker
  readonly addresses: Addresses
  readonly #hasher: AccountHasher
  readonly #link: Link
  readonly #proofs: BlockProofs | undefined
  readonly #signal: AbortSignal | undefined
  readonly #listings = new Listings()
  readonly #memory: Memory | undefined

  constructor(parts: StateParts) {
    this.schema = parts.schema
    this.header = parts.header
    this.keys = parts.keys
    this.addresses = parts.addresses
    this.#hasher = parts.hasher
    this.#link = parts.link
    this.#proofs = parts.proofs
    this.#signal = parts.signal
    this.#memory = parts.remembers ? new Memory() : undefined
  }

  get hash(): string {
    return this.header.hash
  }

  get number(): bigint {
    return this.header.number
  }

  /** Accounts, 64 hex digits each, of which many keys are about to be made, or addresses. */
  meet(accounts: readonly string[]): void {
    this.#hasher.meet(accounts)
  }

  plan(): Plan {
    if (this.#memory === undefined) return new Plan(this.schema, this.keys)
    return new Plan(this.schema, this.keys, (item, key) => this.#recall(item, key))
  }

  /** What was read before has to agree with what was listed since, as what is read now has. */
  #recall(item: StorageItem, key: string): string | null | undefined {
    const value = this.#memory?.of(key)
    if (value !== undefined) this.#listings.check(item, key, value)
    return value
  }

  /**
   * Reads all that the plan holds, in as few requests as its size allows.
   * @throws {ChainError} {@link AbortedError}
   */
  async read(plan: Plan): Promise<void> {
    const { cells } = plan
    const pages: (readonly Cell<unknown>[])[] = []
    const size = Math.ceil(cells.length / Math.ceil(cells.length / PAGE_KEYS))
    for (let at = 0; at < cells.length; at += size) pages.push(cells.slice(at, at + size))
    const room = { digits: MOST_DIGITS }
    await Promise.all(pages.map((page) => this.#readPage(page, room)))
  }

  /** @param room Digits that the values of the plan may still take. */
  async #readPage(page: readonly Cell<unknown>[], room: { digits: number }): Promise<void> {
    const own = new Plan(this.schema, this.keys)
    const identity = { number: own.value(SYSTEM.number), ran: own.value(SYSTEM.lastRuntimeUpgrade) }
    const asked = this.#withIdentity(page, own)
    const keys = asked.map((cell) => cell.key!)
    try {
      const values = await this.#link.call(
        this.#proofs === undefined ? 'state_queryStorageAt' : 'state_getReadProof',
        [keys, this.hash],
        (result) => this.#parse(result, keys, asked, identity),
        this.#signal,
      )
      for (const value of values) room.digits -= value?.length ?? 0
      if (room.digits < 0) throw this.#malformed(`gives more than ${MOST_DIGITS} digits of values at once`)
      for (const [i, cell] of asked.entries()) {
        cell.hex = values[i]!
        this.#memory?.keep(keys[i]!, values[i]!)
      }
    } catch (error) {
      if (!(error instanceof TooBigError) || page.length < 2) throw error
      const half = page.length >> 1
      await this.#readPage(page.slice(0, half), room)
      await this.#readPage(page.slice(half), room)
    }
  }

  /** The cells of a page, and those of `own` that are of no key among them. */
  #withIdentity(page: readonly Cell<unknown>[], own: Plan): readonly Cell<unknown>[] {
    const further = own.cells.filter(({ key }) => page.every((cell) => cell.key !== key))
    return [...further, ...page]
  }

  /** The value of every key, of the right block, or a `ChainError`. */
  #parse(
    result: unknown,
    keys: readonly string[],
    asked: readonly Cell<unknown>[],
    { number, ran }: { readonly number: Cell<bigint>; readonly ran: Cell<number | null> },
  ): readonly (string | null)[] {
    // A proof holds the values that it proves: nothing else has to be asked for.
    const values = this.#proofs?.values(result, keys) ?? parseChanges(result, keys, this.hash)
    for (const cell of [number, ran]) if (cell.key !== undefined) cell.hex = values[keys.indexOf(cell.key)]!
    this.#checkIdentity(number.value, ran.value)
    for (const [i, cell] of asked.entries()) this.#listings.check(cell.storage!, keys[i]!, values[i]!)
    return values
  }

  /**
   * That a state is the one of the header: its own number is the header's, and the runtime that ran it is the one that
   * the metadata describes, unless the header says that the block stored a new one.
   */
  #checkIdentity(number: bigint, ran: number | null): void {
    if (number !== this.number) {
      throw this.#wrongBlock(`answered with block ${number}, not ${this.number}`)
    }
    const { specName, specVersion } = this.schema.runtime
    if (ran === null || ran === specVersion) return
    if (ran < specVersion && storesRuntime(this.header)) return
    throw this.#wrongBlock(`described runtime ${specName} ${specVersion} for a block that ${ran} ran`)
  }

  /**
   * All keys of a map whose first parts are `parts`, ascending: listed until a page after the last key is empty, each
   * one that the item can have. What is read at any key under the same parts afterwards must agree with the list.
   * @throws {ChainError} {@link AbortedError}
   */
  async list(item: Item<unknown>, ...parts: readonly KeyPart[]): Promise<readonly string[]> {
    return this.#list(item, parts, undefined)
  }

  /**
   * All keys of a map of which the chain stores how many there are, ascending: as many, or a `ChainError`.
   * @throws {ChainError} {@link AbortedError}
   */
  async listCounted(item: Item<unknown>, count: Item<number>): Promise<readonly string[]> {
    if (this.schema.of(count).storage === undefined) return this.list(item)
    const plan = this.plan()
    const cell = plan.value(count)
    await this.read(plan)
    return this.#list(item, [], cell.value)
  }

  async #list(
    item: Item<unknown>,
    parts: readonly KeyPart[],
    count: number | undefined,
  ): Promise<readonly string[]> {
    const { storage } = this.schema.of(item)
    if (storage === undefined) return []
    const listing = new Listing({
      item: storage,
      prefix: this.keys.key(storage, parts),
      block: this.hash,
      count,
      isKey: (key) => this.keys.isKeyOf(storage, key),
    })
    while (!listing.isWhole) {
      const { keys, last } = await this.#page(listing)
      this.#listings.count(listing, keys)
      listing.add(keys, last)
    }
    this.#listings.keep(listing)
    return listing.keys
  }

  async #page(listing: Listing): Promise<Pick<KeyListing, 'keys' | 'last'>> {
    if (this.#proofs !== undefined) return this.#provedPage(listing, this.#proofs, LIST_KEYS)
    const keys = await this.#link.call(
      'state_getKeysPaged',
      this.#pageParams(listing, LIST_KEYS),
      (result) => this.#checked(listing, result),
      this.#signal,
    )
    return { keys, last: keys.length === 0 }
  }

  /** A page and the proof of it, both of one endpoint: what another one leaves out cannot be proved by this one. */
  async #provedPage(listing: Listing, proofs: BlockProofs, most: number): Promise<KeyListing> {
    const method = 'state_getReadProof'
    try {
      return await this.#link.together(
        method,
        async (send) => {
          const keys = this.#checked(
            listing,
            await send('state_getKeysPaged', this.#pageParams(listing, most)),
          )
          const page = { prefix: listing.prefix, after: listing.last, keys, last: keys.length < most }
          proofs.checkListing(await send(method, [proofs.asked(page), this.hash]), page)
          return page
        },
        this.#signal,
      )
    } catch (error) {
      if (!(error instanceof TooBigError) || most < 2) throw error
      return this.#provedPage(listing, proofs, most >> 1)
    }
  }

  #checked(listing: Listing, page: unknown): readonly string[] {
    // The hashes of the accounts that stand in keys are checked, and needed for other keys.
    if (listing.storage.keys.at(-1) === ACCOUNT_SHAPE && Array.isArray(page))
      this.meet(
        page
          .slice(0, LIST_KEYS)
          .filter(isKey)
          .map((key) => lastPart(key, ACCOUNT_BYTES)),
      )
    return listing.check(page)
  }

  #pageParams(listing: Listing, most: number): readonly unknown[] {
    return [listing.prefix, most, listing.last ?? null, this.hash]
  }

  #malformed(what: string): ChainError {
    return new ChainError('malformed', `the node ${what}`, { block: this.hash })
  }

  #wrongBlock(what: string): ChainError {
    return new ChainError('wrong-block', `the node ${what}`, { block: this.hash })
  }
}

/**
 * The values of a `state_queryStorageAt` answer, which must be of the block `hash` alone and have every key once. Nodes
 * answer in the order in which they are asked; another one is taken too.
 */
function parseChanges(result: unknown, keys: readonly string[], hash: string): readonly (string | null)[] {
  const malformed = (what: string): ChainError =>
    new ChainError('malformed', `the node's answer to state_queryStorageAt ${what}`, { block: hash })
  if (!Array.isArray(result) || result.length !== 1) throw malformed('is not one set of changes')
  const { block, changes } = (result[0] ?? {}) as Record<string, unknown>
  if (!isHash(block) || !Array.isArray(changes)) throw malformed('is not a set of changes')
  if (block.toLowerCase() !== hash.toLowerCase()) {
    throw new ChainError('wrong-block', `the node answered for block ${block}, not ${hash}`, { block: hash })
  }
  const values: (string | null)[] = []
  let inOrder = changes.length === keys.length
  for (const [i, change] of changes.entries()) {
    if (!Array.isArray(change)) throw malformed('has a change that is none')
    const [key, value] = change as readonly unknown[]
    if (typeof key !== 'string' || (value !== null && typeof value !== 'string')) {
      throw malformed('has a change that is none')
    }
    inOrder &&= key === keys[i]
    values.push(value)
  }
  if (inOrder) return values
  return sorted(changes as readonly (readonly [string, string | null])[], keys, malformed)
}

/** The values of changes in another order than that of the keys. */
function sorted(
  changes: readonly (readonly [string, string | null])[],
  keys: readonly string[],
  malformed: (what: string) => ChainError,
): readonly (string | null)[] {
  const values = new Map(changes.map(([key, value]) => [key, value]))
  if (values.size !== changes.length) throw malformed('answers a key twice')
  const found = keys.filter((key) => values.has(key)).length
  if (found !== keys.length || values.size !== keys.length)
    throw malformed(`has ${found} of ${keys.length} keys, and ${values.size - found} that were not asked for`)
  return keys.map((key) => values.get(key)!)
}
