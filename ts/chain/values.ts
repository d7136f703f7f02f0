/** What a node answered for keys, by their places, and the columns that are read out of it. */

import { ScaleReader } from './scale.ts'

/** The values of some keys. */
export interface ReadValues {
  /** Hex digits that they take together. */
  readonly digits: number
  /** Whether something is stored at a key, the default or not. */
  has(place: number): boolean
  /**
   * A reader of the value, null where nothing is stored.
   * @throws {ScaleError} for a text that is no hex.
   */
  reader(place: number): ScaleReader | null
}

/** Values as a node writes them. */
export class TextValues implements ReadValues {
  readonly digits: number
  readonly #texts: readonly (string | null)[]

  constructor(texts: readonly (string | null)[]) {
    this.#texts = texts
    this.digits = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  }

  has(place: number): boolean {
    return this.#texts[place] !== null
  }

  reader(place: number): ScaleReader | null {
    const text = this.#texts[place]!
    return text === null ? null : new ScaleReader(text)
  }
}

/** What stands for the length of a value that is not there. */
const ABSENT = 0xffff_ffff

/** Values as bytes, one after the other. */
export class ByteValues implements ReadValues {
  readonly digits: number
  readonly #bytes: Uint8Array
  readonly #lengths: Uint32Array
  readonly #starts: Uint32Array

  /** @param lengths Of each value its bytes; the greatest there is where nothing is stored. */
  constructor(bytes: Uint8Array, lengths: Uint32Array) {
    this.#bytes = bytes
    this.#lengths = lengths
    this.#starts = new Uint32Array(lengths.length)
    let at = 0
    for (let place = 0; place < lengths.length; place++) {
      this.#starts[place] = at
      const length = lengths[place]!
      if (length !== ABSENT) at += length
    }
    this.digits = 2 * at
  }

  has(place: number): boolean {
    return this.#lengths[place] !== ABSENT
  }

  reader(place: number): ScaleReader | null {
    const length = this.#lengths[place]!
    if (length === ABSENT) return null
    const start = this.#starts[place]!
    return new ScaleReader(this.#bytes, start, start + length)
  }
}

/** No value at all: at a key that a runtime does not have. */
export const NO_VALUES: ReadValues = new TextValues([null])

/** Values of one item under keys that differ in one part. */
export interface Column<T> {
  readonly length: number
  /** Whether something is stored, the default or not. */
  exists(place: number): boolean
  /** @throws {ChainError} of kind `malformed` when what the node sent does not decode. */
  value(place: number): T
  /** A reader of the raw value, null where nothing is stored. */
  reader(place: number): ScaleReader | null
}

/** The first values of a column, all of them by default. */
export function valuesOfColumn<T>(column: Column<T>, length: number = column.length): T[] {
  return Array.from({ length }, (_, place) => column.value(place))
}

/** Columns one behind the other. */
export function joined<T>(columns: readonly Column<T>[]): Column<T> {
  return columns.length === 1 ? columns[0]! : new Joined(columns)
}

class Joined<T> implements Column<T> {
  readonly length: number
  readonly #columns: readonly Column<T>[]

  constructor(columns: readonly Column<T>[]) {
    this.#columns = columns
    this.length = columns.reduce((sum, column) => sum + column.length, 0)
  }

  exists(place: number): boolean {
    return this.#at(place, (column, at) => column.exists(at))
  }

  value(place: number): T {
    return this.#at(place, (column, at) => column.value(at))
  }

  reader(place: number): ScaleReader | null {
    return this.#at(place, (column, at) => column.reader(at))
  }

  #at<R>(place: number, read: (column: Column<T>, at: number) => R): R {
    let at = place
    for (const column of this.#columns) {
      if (at < column.length) return read(column, at)
      at -= column.length
    }
    throw new RangeError(`a column of ${this.length} has no place ${place}`)
  }
}
