import { integerFrom, iterable, typedArrayName, unexpectedValue, withMembers } from '../errors/options.ts'
import type { EntryRows } from './json-columns.ts'
import type { Snapshot, SparseRows } from './types.ts'

/** The entries of a row, in stored order. */
export type Row = readonly (readonly [uid: number, value: number])[]

/** The entries of a row of fixed-point values: I32F32 bits. */
export type FixedRow = readonly (readonly [uid: number, bits: bigint])[]

/** Fixed-point rows, as a result's trace has them. */
export type FixedEntryRows = EntryRows & { readonly value: BigInt64Array }

const MAX_UID = 0xffff
const uid = integerFrom(0, MAX_UID)
const value = integerFrom(0, 0xffff)
const anyRows = withMembers('rows', 'rowStart', 'uid', 'value')

/**
 * Sparse rows from lists of entries, a list for each uid.
 * @throws {InputError} for what is no uid or no u16.
 *
 * @example
 * ```ts
 * const weights = rows([[[1, 65535], [2, 100]], [], [[0, 1]]])
 * weights.rowStart // Uint32Array [0, 2, 2, 3]
 * ```
 */
export function rows(lists: Iterable<Row>): SparseRows {
  iterable('rows', lists)
  const builder = new RowsBuilder()
  let from = 0
  for (const row of lists) {
    iterable(`rows[${from}]`, row)
    for (const entry of row) {
      if (!Array.isArray(entry)) throw unexpectedValue(`rows[${from}]`, 'pairs of uid and value', entry)
      uid(`rows[${from}].uid`, entry[0])
      value(`rows[${from}].value`, entry[1])
      builder.push(entry[0], entry[1])
    }
    builder.endRow()
    from += 1
  }
  return builder.finish()
}

/**
 * The entries of a uid's row, in stored order; of stored rows `[uid, u16]`, of a trace's `[uid, bits]`.
 * @throws {InputError} for what is no rows, and a uid that has none.
 *
 * @example
 * ```ts
 * for (const [uid, bond] of rowOf(result.mechanisms[0].bonds, 0)) console.log(uid, bond)
 * ```
 */
export function rowOf(rows: SparseRows, from: number): Row
export function rowOf(rows: FixedEntryRows, from: number): FixedRow
export function rowOf(rows: EntryRows, from: number): Row | FixedRow
export function rowOf(rows: EntryRows, from: number): Row | FixedRow {
  checkRows(rows, from)
  const { rowStart, uid, value } = rows
  const [start, end] = [rowStart[from]!, rowStart[from + 1]!]
  return Array.from({ length: end - start }, (_, at) => [
    uid[start + at]!,
    value[start + at]!,
  ]) as unknown as Row
}

function checkRows(rows: EntryRows, from: number): void {
  anyRows('rows', rows)
  if (typedArrayName(rows.rowStart) !== 'Uint32Array')
    throw unexpectedValue('rowStart', 'a Uint32Array', rows.rowStart)
  const last = rows.rowStart.length - 2
  if (!Number.isInteger(from) || from < 0 || from > last)
    throw unexpectedValue('from', `a uid up to ${last}`, from)
}

/**
 * The value that a row has for a uid, the last one where it is repeated; 0 where there is none.
 * @throws {InputError} for what is no rows, and a uid that has none.
 */
export function valueAt(rows: SparseRows, from: number, to: number): number {
  checkRows(rows, from)
  uid('to', to)
  let value = 0
  for (let at = rows.rowStart[from]!; at < rows.rowStart[from + 1]!; at++)
    if (rows.uid[at] === to) value = rows.value[at]!
  return value
}

/** A weight that {@link withWeight} sets. */
export interface Weight {
  /** Who sets it. */
  readonly from: number
  /** On whom. */
  readonly to: number
  /** A u16 proportion. */
  readonly value: number
  /** By default the first. */
  readonly mechanism?: number
}

/**
 * A snapshot in which one weight is another. It is set wherever it stands in its row, and comes last where it does not. All
 * else is the given snapshot's, arrays included. `whatIf` of `yuma-core/simulate` knows more kinds of changes.
 * @throws {InputError} for a uid or a mechanism that there is not.
 *
 * @example
 * ```ts
 * engine.epoch(withWeight(snapshot, { from: 0, to: 17, value: 65535 })).incentive[17]
 * ```
 */
export function withWeight(snapshot: Snapshot, weight: Weight): Snapshot {
  withMembers('a snapshot', 'n', 'mechanisms')('snapshot', snapshot)
  withMembers('from, to and value', 'from', 'to', 'value')('weight', weight)
  const { from, to, value: becomes, mechanism = 0 } = weight
  integerFrom(0, snapshot.mechanisms.length - 1)('mechanism', mechanism)
  integerFrom(0, snapshot.n - 1)('to', to)
  value('value', becomes)
  const { weights } = snapshot.mechanisms[mechanism]!
  const row = rowOf(weights, from)
  const set = row.map(([uid, was]) => [uid, uid === to ? becomes : was] as const)
  const other = row.some(([uid]) => uid === to) ? set : [...row, [to, becomes] as const]
  const changed = withRows(weights, weights.rowStart.length - 1, (uid) => (uid === from ? other : undefined))
  const mechanisms = snapshot.mechanisms.map((state, id) =>
    id === mechanism ? { ...state, weights: changed } : state,
  )
  return { ...snapshot, mechanisms }
}

/**
 * Rows of which some are others.
 * @param n How many rows there are.
 * @param rowOf The other row; undefined where it stays.
 * @param more How many rows come after those, of which `rowOf` has each.
 */
export function withRows(
  rows: SparseRows,
  n: number,
  rowOf: (uid: number) => Row | undefined,
  more = 0,
): SparseRows {
  const others = Array.from({ length: n + more }, (_, uid) => rowOf(uid))
  const lengths = others.map((row, uid) => row?.length ?? rows.rowStart[uid + 1]! - rows.rowStart[uid]!)
  const rowStart = new Uint32Array(n + more + 1)
  for (const [uid, length] of lengths.entries()) rowStart[uid + 1] = rowStart[uid]! + length
  const uid = new Uint16Array(rowStart.at(-1)!)
  const value = new Uint16Array(rowStart.at(-1)!)
  for (const [from, other] of others.entries()) {
    const to = rowStart[from]!
    if (other === undefined) {
      const [start, end] = [rows.rowStart[from]!, rows.rowStart[from + 1]!]
      uid.set(rows.uid.subarray(start, end), to)
      value.set(rows.value.subarray(start, end), to)
      continue
    }
    for (const [at, [column, weight]] of other.entries()) {
      uid[to + at] = column
      value[to + at] = weight
    }
  }
  return { rowStart, uid, value }
}

/** Sparse rows under construction, row after row. */
export class RowsBuilder {
  readonly #rowStart: number[] = [0]
  #uid = new Uint16Array(16)
  #value = new Uint16Array(16)
  #entries = 0

  /** Adds an entry to the row that is open. */
  push(uid: number, value: number): void {
    if (this.#entries === this.#uid.length) {
      this.#uid = grown(this.#uid)
      this.#value = grown(this.#value)
    }
    this.#uid[this.#entries] = uid
    this.#value[this.#entries] = value
    this.#entries += 1
  }

  /** Ends the row that is open; the next entry is the next row's. */
  endRow(): void {
    this.#rowStart.push(this.#entries)
  }

  /** The rows that were ended. */
  finish(): SparseRows {
    return {
      rowStart: Uint32Array.from(this.#rowStart),
      uid: this.#uid.slice(0, this.#entries),
      value: this.#value.slice(0, this.#entries),
    }
  }
}

function grown(from: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const into = new Uint16Array(2 * from.length)
  into.set(from)
  return into
}
