import { ChainError } from '../errors/index.ts'
import type { KeyListing } from '../proof/prover.ts'
import type { SparseRows } from '../snapshot/types.ts'
import type { AccountHasher } from './account-hashes.ts'
import type { Addresses } from './addresses.ts'
import {
  BULK_HASHERS,
  type KeyColumn,
  type KeyText,
  keysOf,
  makeKeys,
  readChanges,
  type StorageHost,
} from './bulk.ts'
import { type Header, storesRuntime } from './header.ts'
import { isHash } from './hex.ts'
import { type Item, SYSTEM } from './items.ts'
import { encodeParts, type KeyMaker, type KeyPart, lastPart, partBytes } from './keys.ts'
import { type Link, TooBigError } from './link.ts'
import { LIST_KEYS, Listing, Listings } from './listing.ts'
import type { BlockProofs } from './proofs.ts'
import { rowsOf } from './rows.ts'
import type { StorageItem } from './runtime.ts'
import { ScaleError, type ScaleReader } from './scale.ts'
import type { Resolved, Schema } from './schema.ts'
import type { Query, Rpc } from './socket.ts'
import { type Column, NO_VALUES, type ReadValues, TextValues } from './values.ts'

/** One value that is to be read, and then holds it. */
export class Cell<T> {
  readonly #resolved: Resolved<T>
  readonly key: string | undefined
  #values: ReadValues | undefined
  #place = 0

  constructor(resolved: Resolved<T>, key: string | undefined) {
    this.#resolved = resolved
    this.key = key
    if (key === undefined) this.#values = NO_VALUES
  }

  /** The item as the runtime stores it. */
  get storage(): StorageItem | undefined {
    return this.#resolved.storage
  }

  /** Takes what the node answered. */
  take(values: ReadValues, place: number): void {
    this.#values = values
    this.#place = place
  }

  /** Whether something is stored, the default or not. */
  get exists(): boolean {
    return this.#answer.has(this.#place)
  }

  /** @throws {ChainError} of kind `malformed` when what the node sent does not decode. */
  get value(): T {
    const values = this.#answer
    try {
      return this.#resolved.decode(values.reader(this.#place))
    } catch (cause) {
      throw notDecoded(this.#resolved, this.key, cause)
    }
  }

  /** A reader of the raw value, null where nothing is stored. */
  get reader(): ScaleReader | null {
    const values = this.#answer
    try {
      return values.reader(this.#place)
    } catch (cause) {
      throw notDecoded(this.#resolved, this.key, cause)
    }
  }

  get #answer(): ReadValues {
    if (this.#values === undefined) throw notRead(this.#resolved)
    return this.#values
  }
}

function notRead({ item }: Resolved<unknown>): Error {
  return new Error(`${item.name} was not read yet`)
}

/** What is said of a value that does not decode: item and key. Another error is left as it is. */
function notDecoded(resolved: Resolved<unknown>, key: string | undefined, cause: unknown): unknown {
  if (!(cause instanceof ScaleError)) return cause
  const { pallet, name } = resolved.item
  const what = `${pallet}.${name} at ${key ?? 'its default'} ${cause.message}`
  return new ChainError('malformed', what, { items: [`${pallet}.${name}`] }, { cause })
}

/** A column whose values are read one by one. */
class CellColumn<T> implements Column<T> {
  readonly #cells: readonly Cell<T>[]

  constructor(cells: readonly Cell<T>[]) {
    this.#cells = cells
  }

  get length(): number {
    return this.#cells.length
  }

  exists(place: number): boolean {
    return this.#cells[place]!.exists
  }

  value(place: number): T {
    return this.#cells[place]!.value
  }

  reader(place: number): ScaleReader | null {
    return this.#cells[place]!.reader
  }
}

/** A column whose keys are made at once, and whose values are where the answer has them. */
class BulkColumn<T> implements Column<T> {
  readonly resolved: Resolved<T>
  readonly length: number
  readonly #keyAt: (place: number) => string
  readonly #values: ReadValues[]
  readonly #places: Uint32Array

  constructor(resolved: Resolved<T>, length: number, keyAt: (place: number) => string) {
    this.resolved = resolved
    this.length = length
    this.#keyAt = keyAt
    this.#values = new Array(length)
    this.#places = new Uint32Array(length)
  }

  take(place: number, values: ReadValues, at: number): void {
    this.#values[place] = values
    this.#places[place] = at
  }

  exists(place: number): boolean {
    return this.#valuesAt(place).has(this.#places[place]!)
  }

  value(place: number): T {
    const values = this.#valuesAt(place)
    try {
      return this.resolved.decode(values.reader(this.#places[place]!))
    } catch (cause) {
      throw notDecoded(this.resolved, this.#keyAt(place), cause)
    }
  }

  reader(place: number): ScaleReader | null {
    const values = this.#valuesAt(place)
    try {
      return values.reader(this.#places[place]!)
    } catch (cause) {
      throw notDecoded(this.resolved, this.#keyAt(place), cause)
    }
  }

  #valuesAt(place: number): ReadValues {
    const values = this.#values[place]
    if (values === undefined) throw notRead(this.resolved)
    return values
  }
}

/**
 * The rows that a column holds, as columns.
 * @param count Of the first so many.
 * @throws {ChainError} of kind `malformed` when one does not decode.
 */
export function rowsOfColumn(name: string, column: Column<SparseRows>, count: number): SparseRows {
  const readers = Array.from({ length: count }, (_, place) => column.reader(place))
  try {
    return rowsOf(readers)
  } catch (cause) {
    if (!(cause instanceof ScaleError)) throw cause
    throw new ChainError('malformed', `a row of ${name} ${cause.message}`, { items: [name] }, { cause })
  }
}

/** Where a value is that was read before. */
interface Remembered {
  readonly values: ReadValues
  readonly place: number
}

/** Values of a state that are not asked for again. What there is no room for is. */
class Memory {
  /** By key. */
  readonly #cells = new Map<string, Remembered>()
  /** By what the keys of a column share, then by the part in which they differ. */
  readonly #columns = new Map<string, Map<KeyPart, Remembered>>()
  #room = MOST_REMEMBERED

  of(key: string): Remembered | undefined {
    return this.#cells.get(key)
  }

  ofColumn(column: string): ReadonlyMap<KeyPart, Remembered> | undefined {
    return this.#columns.get(column)
  }

  /** Whether there is room for so many values, which is taken. */
  takes(count: number, digits: number): boolean {
    const taken = count * KEY_DIGITS + digits
    if (taken > this.#room) return false
    this.#room -= taken
    return true
  }

  keep(key: string, values: ReadValues, place: number): void {
    this.#cells.set(key, { values, place })
  }

  keepIn(column: string, part: KeyPart, values: ReadValues, place: number): void {
    let kept = this.#columns.get(column)
    if (kept === undefined) {
      kept = new Map()
      this.#columns.set(column, kept)
    }
    kept.set(part, { values, place })
  }
}

/** What a plan is told of its state. */
interface PlanParts {
  readonly schema: Schema
  readonly keys: KeyMaker
  /** Whether keys of columns are made at once. */
  readonly bulk?: boolean
  readonly memory?: Memory | undefined
  /** Told of each value that was read before. */
  readonly onRecall?: (item: StorageItem, key: () => string, exists: boolean) => void
}

/** A column that is to be read. */
interface PlannedColumn {
  readonly column: BulkColumn<unknown>
  readonly storage: StorageItem
  /** What its keys share, as a {@link Memory} knows them. */
  readonly name: string
  readonly before: readonly KeyPart[]
  readonly after: readonly KeyPart[]
  /** The parts of the keys that are asked for, and their places in the column: of all of them where these are left out. */
  readonly parts: readonly KeyPart[]
  readonly places?: readonly number[]
}

/** A list of values to read together. Asking twice for the same key gives the same cell. */
export class Plan {
  readonly #parts: PlanParts
  readonly #cells = new Map<string, Cell<unknown>>()
  readonly #columns: PlannedColumn[] = []
  #planned = 0

  constructor(parts: PlanParts) {
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return this.#planned === 0
  }

  /** The cells that a node has to be asked for. */
  get cells(): readonly Cell<unknown>[] {
    return [...this.#cells.values()]
  }

  /** The columns that a node has to be asked for. */
  get columns(): readonly PlannedColumn[] {
    return this.#columns
  }

  /** The cell of a key that is to be read. */
  cellOf(key: string): Cell<unknown> | undefined {
    return this.#cells.get(key)
  }

  /** @throws {ChainError} of kind `malformed` where the chain's answers ask for more than any chain holds. */
  value<T>(item: Item<T>, ...parts: readonly KeyPart[]): Cell<T> {
    const resolved = this.#parts.schema.of(item)
    const { storage } = resolved
    if (storage === undefined) return new Cell(resolved, undefined)
    const key = this.#parts.keys.key(storage, parts)
    const known = this.#cells.get(key)
    if (known !== undefined) return known as Cell<T>
    const cell = new Cell(resolved, key)
    const read = this.#parts.memory?.of(key)
    if (read !== undefined) {
      cell.take(read.values, read.place)
      this.#parts.onRecall?.(storage, () => key, cell.exists)
      return cell
    }
    this.#count(item, 1)
    this.#cells.set(key, cell as Cell<unknown>)
    return cell
  }

  /**
   * Values under keys that differ in one part, in the order of the parts.
   * @param before The parts of the keys before that one.
   * @param after Those behind it.
   * @throws {ChainError} of kind `malformed` where the chain's answers ask for more than any chain holds.
   */
  column<T>(
    item: Item<T>,
    before: readonly KeyPart[],
    parts: readonly KeyPart[],
    after: readonly KeyPart[] = [],
  ): Column<T> {
    const resolved = this.#parts.schema.of(item)
    const { storage } = resolved
    if (storage === undefined || !this.#isBulk(storage, before.length))
      return new CellColumn(parts.map((part) => this.value(item, ...before, part, ...after)))
    const { keys, memory } = this.#parts
    const keyOf = (part: KeyPart): string => keys.key(storage, [...before, part, ...after])
    const column = new BulkColumn(resolved, parts.length, (place) => keyOf(parts[place]!))
    const name = `${storage.pallet}.${storage.name} ${before.join()} ${after.join()}`
    const planned = { column: column as BulkColumn<unknown>, storage, name, before, after }
    const remembered = memory?.ofColumn(name)
    if (remembered === undefined) {
      this.#count(item, parts.length)
      this.#columns.push({ ...planned, parts })
      return column
    }
    const places: number[] = []
    const { onRecall } = this.#parts
    for (const [place, part] of parts.entries()) {
      const read = remembered.get(part)
      if (read === undefined) {
        places.push(place)
        continue
      }
      column.take(place, read.values, read.place)
      onRecall?.(storage, () => keyOf(part), read.values.has(read.place))
    }
    this.#count(item, places.length)
    if (places.length > 0)
      this.#columns.push({ ...planned, parts: places.map((place) => parts[place]!), places })
    return column
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

  #isBulk({ hashers, keys }: StorageItem, varying: number): boolean {
    if (!this.#parts.bulk) return false
    return BULK_HASHERS.includes(hashers[varying]!) && partBytes(keys[varying]!) !== undefined
  }

  #count({ pallet, name }: Item<unknown>, more: number): void {
    this.#planned += more
    if (this.#planned <= MOST_CELLS) return
    const item = `${pallet}.${name}`
    const what = `more than ${MOST_CELLS} values to read at once, of ${item} the last`
    throw new ChainError('malformed', `the node's answers name ${what}`, { items: [item] })
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
  /** What makes keys and reads answers of whole columns at once, where it is at hand. */
  readonly storage: StorageHost | undefined
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
  readonly #storage: StorageHost | undefined
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
    this.#storage = parts.proofs === undefined ? parts.storage : undefined
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
    this.#hasher.meet(accounts, this.#storage === undefined)
  }

  plan(): Plan {
    const parts = { schema: this.schema, keys: this.keys, bulk: this.#storage !== undefined }
    if (this.#memory === undefined) return new Plan(parts)
    // What was read before has to agree with what was listed since, as what is read now has.
    const onRecall = (item: StorageItem, key: () => string, exists: boolean): void => {
      if (this.#listings.has(item)) this.#listings.check(item, key(), exists)
    }
    return new Plan({ ...parts, memory: this.#memory, onRecall })
  }

  /**
   * Reads all that the plan holds, in as few requests as its size allows.
   * @throws {ChainError} {@link AbortedError}
   */
  async read(plan: Plan): Promise<void> {
    const room = { digits: MOST_DIGITS }
    if (this.#storage !== undefined) {
      await this.#readBulk(this.#storage, plan, room)
      return
    }
    const { cells } = plan
    const pages = pagesOf(cells.length).map(([from, to]) => cells.slice(from, to))
    await Promise.all(pages.map((page) => this.#readPage(page, room)))
  }

  /** @param room Digits that the values of the plan may still take. */
  async #readPage(page: readonly Cell<unknown>[], room: { digits: number }): Promise<void> {
    const own = this.#identity()
    const asked = this.#withIdentity(page, own.plan)
    const keys = asked.map((cell) => cell.key!)
    try {
      const values = await this.#link.call(
        this.#proofs === undefined ? 'state_queryStorageAt' : 'state_getReadProof',
        [keys, this.hash],
        (result) => this.#parse(result, keys, asked, own),
        this.#signal,
      )
      this.#takeRoom(room, values)
      const remembers = this.#memory?.takes(keys.length, values.digits) ?? false
      for (const [i, cell] of asked.entries()) {
        cell.take(values, i)
        if (remembers) this.#memory!.keep(keys[i]!, values, i)
      }
    } catch (error) {
      if (!(error instanceof TooBigError) || page.length < 2) throw error
      const half = page.length >> 1
      await this.#readPage(page.slice(0, half), room)
      await this.#readPage(page.slice(half), room)
    }
  }

  #takeRoom(room: { digits: number }, values: ReadValues): void {
    room.digits -= values.digits
    if (room.digits < 0) throw this.#malformed(`gives more than ${MOST_DIGITS} digits of values at once`)
  }

  /** What every page reads along. */
  #identity(): Identity {
    const plan = new Plan({ schema: this.schema, keys: this.keys })
    return { plan, number: plan.value(SYSTEM.number), ran: plan.value(SYSTEM.lastRuntimeUpgrade) }
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
    { number, ran }: Identity,
  ): ReadValues {
    // A proof holds the values that it proves: nothing else has to be asked for.
    const values = new TextValues(this.#proofs?.values(result, keys) ?? parseChanges(result, keys, this.hash))
    for (const cell of [number, ran]) if (cell.key !== undefined) cell.take(values, keys.indexOf(cell.key))
    this.#checkIdentity(number.value, ran.value)
    for (const [i, cell] of asked.entries()) this.#listings.check(cell.storage!, keys[i]!, values.has(i))
    return values
  }

  /** Reads a plan whose keys are made at once. */
  async #readBulk(storage: StorageHost, plan: Plan, room: { digits: number }): Promise<void> {
    const { cells, columns } = plan
    const keys = keyTextOf(storage, this.keys, cells, columns)
    const pages = await Promise.all(
      pagesOf(keys.count).map(([from, to]) => this.#readText(storage, { keys, from, to }, room)),
    )
    const read = new ReadPages(pages.flat())
    const remembers = this.#memory?.takes(keys.count, read.digits) ?? false
    for (const [i, cell] of cells.entries()) {
      const { values, place } = read.at(keys.places[i]!)
      cell.take(values, place)
      if (this.#listings.has(cell.storage!)) this.#listings.check(cell.storage!, cell.key!, cell.exists)
      if (remembers) this.#memory!.keep(cell.key!, values, place)
    }
    let at = cells.length
    for (const { column, storage: item, name, parts, places } of columns) {
      const isListed = this.#listings.has(item)
      for (let i = 0; i < parts.length; i++, at++) {
        const key = keys.places[at]!
        const { values, place } = read.at(key)
        column.take(places === undefined ? i : places[i]!, values, place)
        if (isListed) this.#listings.check(item, keys.key(key), values.has(place))
        if (remembers) this.#memory!.keepIn(name, parts[i]!, values, place)
      }
    }
  }

  /** A page of keys that are text. */
  async #readText(
    storage: StorageHost,
    page: TextPage,
    room: { digits: number },
  ): Promise<readonly ReadPage[]> {
    const { keys, from, to } = page
    const own = this.#identity()
    const further = own.plan.cells.map((cell) => cell.key!).filter((key) => !keys.has(key, from, to))
    const text = keys.sliceWith(further, from, to)
    const method = 'state_queryStorageAt'
    try {
      const values = await this.#link.together(
        method,
        async (send, query) => {
          const read = await this.#ask(storage, text, send, query)
          this.#checkText(read, page, further, own)
          return read
        },
        this.#signal,
      )
      this.#takeRoom(room, values)
      return [{ from, to, values, skipped: further.length }]
    } catch (error) {
      if (!(error instanceof TooBigError) || to - from < 2) throw error
      const half = from + ((to - from) >> 1)
      const first = await this.#readText(storage, { keys, from, to: half }, room)
      return [...first, ...(await this.#readText(storage, { keys, from: half, to }, room))]
    }
  }

  /** Values of keys as the node sends them, or out of an answer that somebody else has parsed. */
  async #ask(
    storage: StorageHost,
    text: Uint8Array,
    send: Rpc['send'],
    query: Query | undefined,
  ): Promise<ReadValues> {
    const parse = (result: unknown): ReadValues =>
      new TextValues(parseChanges(result, keysOf(text), this.hash))
    if (query === undefined) return parse(await send('state_queryStorageAt', [keysOf(text), this.hash]))
    const answer = await query(text, this.hash, (message) => readChanges(storage, message, text, this.hash))
    return 'value' in answer ? answer.value : parse(answer.result)
  }

  #checkText(values: ReadValues, { keys, from }: TextPage, further: readonly string[], own: Identity): void {
    for (const cell of [own.number, own.ran]) {
      if (cell.key === undefined) continue
      const place = further.indexOf(cell.key)
      cell.take(values, place < 0 ? further.length + keys.indexOf(cell.key, from) : place)
    }
    this.#checkIdentity(own.number.value, own.ran.value)
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
      this.#hasher.meet(
        page
          .slice(0, LIST_KEYS)
          .filter(isKey)
          .map((key) => lastPart(key, ACCOUNT_BYTES)),
        true,
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

/** The block's own number, and the runtime that ran it. */
interface Identity {
  readonly plan: Plan
  readonly number: Cell<bigint>
  readonly ran: Cell<number | null>
}

/** Keys of one request. */
interface TextPage {
  readonly keys: KeyText
  readonly from: number
  readonly to: number
}

/** What was read of such a page. */
interface ReadPage {
  readonly from: number
  readonly to: number
  readonly values: ReadValues
  /** How many of the values are of keys before those of the page. */
  readonly skipped: number
}

/** All pages of a plan, ascending. */
class ReadPages {
  readonly #pages: readonly ReadPage[]
  #last: ReadPage | undefined

  constructor(pages: readonly ReadPage[]) {
    this.#pages = pages
    this.#last = pages[0]
  }

  get digits(): number {
    return this.#pages.reduce((sum, { values }) => sum + values.digits, 0)
  }

  /** Where the value of a key is. */
  at(key: number): Remembered {
    let page = this.#last!
    if (key < page.from || key >= page.to) {
      page = this.#pages.find(({ from, to }) => key >= from && key < to)!
      this.#last = page
    }
    return { values: page.values, place: key - page.from + page.skipped }
  }
}

/** The first and the one behind the last of each page of so many keys. */
function pagesOf(keys: number): readonly (readonly [from: number, to: number])[] {
  const size = Math.ceil(keys / Math.ceil(keys / PAGE_KEYS))
  const pages: [number, number][] = []
  for (let from = 0; from < keys; from += size) pages.push([from, Math.min(from + size, keys)])
  return pages
}

/** The keys of a plan: of the cells, and then of the columns. */
function keyTextOf(
  storage: StorageHost,
  keys: KeyMaker,
  cells: readonly Cell<unknown>[],
  columns: readonly PlannedColumn[],
): KeyText {
  const lists = new Map<readonly KeyPart[], number>()
  let parts = ''
  const described = columns.map((column): KeyColumn => {
    const varying = column.before.length
    const shape = column.storage.keys[varying]!
    let start = lists.get(column.parts)
    if (start === undefined) {
      start = parts.length / 2
      lists.set(column.parts, start)
      parts += encodeParts(column.parts, shape)
    }
    const [head, tail] = keys.around(column.storage, column.before, column.after)
    const bytes = partBytes(shape)!
    return {
      head,
      tail,
      hasher: BULK_HASHERS.indexOf(column.storage.hashers[varying]!),
      partBytes: bytes,
      start,
      length: bytes * column.parts.length,
    }
  })
  return makeKeys(
    storage,
    cells.map((cell) => cell.key!),
    described,
    parts,
  )
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
