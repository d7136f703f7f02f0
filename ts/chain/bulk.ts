/** Keys and answers of whole columns at once, by the addon: the other side of `bindings/wire/src/storage.rs`. */

import { EngineError } from '../errors/index.ts'
import { AnswerSections } from '../runtime/answer.ts'
import { type Answer, type Column, STATUS_OK } from '../runtime/layout.ts'
import type { Numbered } from './socket.ts'
import { ByteValues } from './values.ts'

/** Answers a function, by the number that `bindings/wire` gives it. */
export type StorageHost = (number: number, slots: BigUint64Array, columns: Column[]) => Answer

const FUNCTION = { keys: 0, changes: 1, addresses: 2, hash: 3 } as const
/** Hashes by name, in the order of their numbers. */
const HASHES = ['Twox64', 'Twox128', 'Twox256', 'Blake2128', 'Blake2256'] as const
/** Characters of an address. */
const ADDRESS = 48
const NO_SLOTS = new BigUint64Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Hashers of the part in which the keys of a column differ, in the order of their numbers. */
export const BULK_HASHERS: readonly string[] = ['Identity', 'Twox64Concat', 'Blake2128Concat']

/** Keys that differ in one part. */
export interface KeyColumn {
  /** Hex digits of the key before the part, without `0x`, and behind it. */
  readonly head: string
  readonly tail: string
  /** Place in {@link BULK_HASHERS}. */
  readonly hasher: number
  /** Bytes of one part. */
  readonly partBytes: number
  /** Where its parts are among those of all columns. */
  readonly start: number
  readonly length: number
}

/** Keys as the text of a request, each once. */
export class KeyText {
  /** Which key each one of those is that were asked for. */
  readonly places: Uint32Array
  readonly #text: Uint8Array
  readonly #starts: Uint32Array
  /** Places of the single keys. */
  readonly #singles: ReadonlyMap<string, number>

  /** @param singles Keys that were made one by one: the first ones. */
  constructor(singles: readonly string[], text: Uint8Array, starts: Uint32Array, places: Uint32Array) {
    this.#text = text
    this.#starts = starts
    this.places = places
    this.#singles = new Map(singles.map((key, i) => [key, places[i]!]))
  }

  get count(): number {
    return this.#starts.length
  }

  /** The text of other keys, and of some of these, in quotes and with commas between them. */
  sliceWith(others: readonly string[], from: number, to: number): Uint8Array {
    const own = this.#text.subarray(this.#starts[from], this.#endOf(to - 1))
    if (others.length === 0) return own
    const before = encoder.encode(`"${others.join('","')}",`)
    const all = new Uint8Array(before.length + own.length)
    all.set(before)
    all.set(own, before.length)
    return all
  }

  /** Whether a single key is among some of them. */
  has(key: string, from: number, to: number): boolean {
    const place = this.#singles.get(key)
    return place !== undefined && place >= from && place < to
  }

  /** The place of such a key among them. */
  indexOf(key: string, from: number): number {
    return this.#singles.get(key)! - from
  }

  key(place: number): string {
    return decoder.decode(this.#text.subarray(this.#starts[place]! + 1, this.#endOf(place) - 1))
  }

  #endOf(place: number): number {
    const next = this.#starts[place + 1]
    return next === undefined ? this.#text.length : next - 1
  }
}

/**
 * @param singles Keys that are made already, each once; they come first.
 * @param parts Hex digits.
 */
export function makeKeys(
  host: StorageHost,
  singles: readonly string[],
  columns: readonly KeyColumn[],
  parts: string,
): KeyText {
  const slots = columns.flatMap(({ hasher, partBytes, head, tail, start, length }) =>
    [hasher, partBytes, head.length / 2, tail.length / 2, start, length].map(BigInt),
  )
  const around = encoder.encode(columns.map(({ head, tail }) => head + tail).join(''))
  const sections = sectionsOf(
    host(FUNCTION.keys, BigUint64Array.from(slots), [textOf(singles), around, encoder.encode(parts)]),
  )
  return new KeyText(singles, sections.next(), sections.u32s(), sections.u32s())
}

/** Keys as the text of a request. */
function textOf(keys: readonly string[]): Uint8Array {
  return encoder.encode(keys.length === 0 ? '' : `"${keys.join('","')}"`)
}

/** The keys of such a text. */
export function keysOf(text: Uint8Array): readonly string[] {
  return decoder.decode(text).slice(1, -1).split('","')
}

/**
 * The values in a message that answers for just these keys, in their order, at this block; undefined where it is anything
 * else, whatever is to be said of it.
 * @param block Lower case.
 */
export function readChanges(
  host: StorageHost,
  message: Uint8Array,
  keys: Uint8Array,
  block: string,
): Numbered<ByteValues> | undefined {
  const sections = sectionsOf(host(FUNCTION.changes, NO_SLOTS, [message, keys, encoder.encode(block)]))
  if (sections.count === 0) return undefined
  const words = sections.u32s()
  const id = words[0]! + words[1]! * 2 ** 32
  return { id, value: new ByteValues(sections.next(), words.subarray(2)) }
}

/** Addresses of accounts of 64 hex digits each. */
export function addressesOf(host: StorageHost, accounts: readonly string[]): readonly string[] {
  const sections = sectionsOf(host(FUNCTION.addresses, NO_SLOTS, [encoder.encode(accounts.join(''))]))
  const text = decoder.decode(sections.next())
  return accounts.map((_, i) => text.slice(ADDRESS * i, ADDRESS * (i + 1)))
}

/** The hash of some bytes, by its name. */
export type Hashing = (name: (typeof HASHES)[number], bytes: Uint8Array) => Uint8Array

/** Hashes of single things. */
export function hashing(host: StorageHost): Hashing {
  return (name, bytes) =>
    sectionsOf(host(FUNCTION.hash, BigUint64Array.of(BigInt(HASHES.indexOf(name))), [bytes])).next()
}

function sectionsOf(answer: Answer): AnswerSections {
  const sections = new AnswerSections(answer)
  if (sections.status !== STATUS_OK) throw new EngineError(sections.text())
  return sections
}
