/** Reads a snapshot's big arrays from JSON straight into typed columns. */

import { MAX_ENTRIES, MAX_NEURONS, MAX_ROW_ENTRIES } from './limits.ts'
import { RowsBuilder } from './rows.ts'
import { foundText, type Source } from './source.ts'
import type { SparseRows } from './types.ts'

/** The field that a column belongs to. */
export interface Place {
  readonly field: string
  readonly mechanism?: number
}

const MAX_U64 = 2n ** 64n - 1n
const MAX_I128 = 2n ** 127n - 1n
const MIN_I128 = -(2n ** 127n)
const MAX_ADDRESS_BYTES = 256
const ENTRY = '[uid, value] of two integers from 0 to 65535'

/**
 * Calls `element` at each element of an array, which it has to read.
 * @throws {InputError} where the next value is no array, or one of more elements than there are uids.
 */
export function readArray(source: Source, place: Place, element: (index: number) => void): void {
  if (source.reader.kind() !== 'array') throw source.unexpected({ ...place, expected: 'an array' })
  source.reader.array((index) => {
    if (index === MAX_NEURONS)
      throw source.fault({ ...place, expected: `expected at most ${MAX_NEURONS} entries` })
    element(index)
  })
}

/** u64s, as decimal strings. */
export function readU64s(source: Source, place: Place): BigUint64Array<ArrayBuffer> {
  const values: bigint[] = []
  readArray(source, place, (uid) => {
    values.push(readBig(source, place, uid, 0n, MAX_U64, 'a decimal string from 0 to 2^64 - 1'))
  })
  return BigUint64Array.from(values)
}

/** Raw I64F64 bits as decimal strings, into two little-endian words each. */
export function readI128s(source: Source, place: Place): BigUint64Array<ArrayBuffer> {
  const words: bigint[] = []
  readArray(source, place, (uid) => {
    const bits = readBig(source, place, uid, MIN_I128, MAX_I128, 'a decimal string from -2^127 to 2^127 - 1')
    // A BigUint64Array keeps the low 64 bits of what is put in.
    words.push(bits, bits >> 64n)
  })
  return BigUint64Array.from(words)
}

function readBig(
  source: Source,
  place: Place,
  uid: number,
  min: bigint,
  max: bigint,
  expected: string,
): bigint {
  const value = source.reader.decimal()
  if (value === undefined) throw source.unexpected({ ...place, uid, expected })
  if (value < min || value > max) {
    throw source.fault({ ...place, uid, expected: `expected ${expected}, found "${value}"` })
  }
  return value
}

/** Booleans, as 0 and 1. */
export function readFlags(source: Source, place: Place): Uint8Array<ArrayBuffer> {
  const flags: number[] = []
  readArray(source, place, (uid) => {
    const flag = source.reader.boolean()
    if (flag === undefined) throw source.unexpected({ ...place, uid, expected: 'true or false' })
    flags.push(flag ? 1 : 0)
  })
  return Uint8Array.from(flags)
}

/** u16s. */
export function readU16s(source: Source, place: Place): Uint16Array<ArrayBuffer> {
  const values: number[] = []
  readArray(source, place, (index) => {
    const value = source.reader.integer(0xffff)
    if (value < 0) throw source.unexpected({ ...place, uid: index, expected: 'an integer from 0 to 65535' })
    values.push(value)
  })
  return Uint16Array.from(values)
}

/** SS58 addresses: of base58 and of an address's length. Their checksum is not looked at. */
export function readAddresses(source: Source, place: Place): string[] {
  const addresses: string[] = []
  readArray(source, place, (uid) => {
    addresses.push(
      checkAddress(source, { ...place, uid }, source.value({ ...place, uid }, MAX_ADDRESS_BYTES)),
    )
  })
  return addresses
}

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/

/** @throws {InputError} for what is no SS58 address by its letters and its length. */
export function checkAddress(
  source: Source,
  place: Place & { readonly uid: number },
  value: unknown,
): string {
  if (typeof value === 'string' && ADDRESS.test(value)) return value
  throw source.fault({ ...place, expected: `expected an SS58 address, found ${foundText(value)}` })
}

/** Rows of `[uid, u16]`, in stored order. No row is longer than a chain's, and all of a document are bounded. */
export function readRows(source: Source, place: Place): SparseRows {
  const rows = new RowsBuilder()
  readArray(source, place, (uid) => {
    readRow(source, place, uid, rows)
    rows.endRow()
  })
  return rows.finish()
}

function readRow(source: Source, place: Place, uid: number, rows: RowsBuilder): void {
  const { reader } = source
  if (reader.kind() !== 'array')
    throw source.unexpected({ ...place, uid, expected: `a row, each entry ${ENTRY}` })
  reader.array((index) => {
    if (index === MAX_ROW_ENTRIES)
      throw source.fault({ ...place, uid, expected: `expected at most ${MAX_ROW_ENTRIES} entries in a row` })
    if (source.entries === MAX_ENTRIES) {
      const expected = `expected at most ${MAX_ENTRIES} weights and bonds in all, found more`
      throw source.fault({ ...place, uid, expected })
    }
    const pair = reader.pair()
    if (pair < 0) throw source.unexpected({ ...place, uid, expected: ENTRY })
    source.entries += 1
    rows.push(pair >>> 16, pair & 0xffff)
  })
}
