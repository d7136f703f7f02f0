/** A recording as rows: one for each uid of each recorded epoch, and of each mechanism where there are several. */

import { InputError } from '../errors/index.ts'
import { recordedType } from '../simulate/recorded.ts'
import type { RecordedColumn, RecordedColumns, RecordedEpoch, Recording } from '../simulate/types.ts'

/** A column of the table. */
export interface RecordedField {
  readonly name: string
  readonly column: RecordedColumn
  readonly type: 'u8' | 'u16' | 'u64' | 'i64'
}

/** Rows of one epoch, of the subnet or of one mechanism, as columns of equal length. */
export interface RecordedRows {
  readonly epoch: RecordedEpoch
  /** Null for the subnet's own. */
  readonly mechanism: number | null
  readonly columns: RecordedColumns
}

/** A name of the package as files have it. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/**
 * The fields of a table with these columns.
 * @throws {InputError} for rows of weights or bonds, which no table of neurons holds.
 */
export function fieldsOf(record: readonly RecordedColumn[]): readonly RecordedField[] {
  return record.map((column) => {
    const type = recordedType(column)
    if (type === 'rows')
      throw new InputError({ field: 'record', expected: `expected no ${column} in a table: JSON has them` })
    return { name: snake(column), column, type }
  })
}

/** The rows of a recording, epoch by epoch: the subnet's, then each mechanism's where there are several. */
export function* rowsOf(recording: Recording): Generator<RecordedRows> {
  for (let record = 0; record < recording.epoch.length; record++) {
    const epoch = recording.at(record)
    yield { epoch, mechanism: null, columns: epoch.columns }
    if (epoch.mechanisms.length === 1) continue
    for (const [mechanism, columns] of epoch.mechanisms.entries()) yield { epoch, mechanism, columns }
  }
}

/** A value of a table; null where there is none of the subnet as a whole. */
export function valueAt(
  columns: RecordedColumns,
  { column }: RecordedField,
  uid: number,
): number | bigint | null {
  const values = columns[column] as ArrayLike<number | bigint> | undefined
  return values?.[uid] ?? null
}

/** A recording as CSV, RFC 4180 but for line ends: a header, then a line for each row. */
export function* csvOf(recording: Recording, fields: readonly RecordedField[]): Generator<string> {
  yield `${['epoch', 'block', 'mechanism', 'uid', ...fields.map(({ name }) => name)].join(',')}\n`
  for (const { epoch, mechanism, columns } of rowsOf(recording)) {
    for (let uid = 0; uid < epoch.n; uid++) {
      const values = fields.map((field) => valueAt(columns, field, uid) ?? '')
      yield `${[epoch.epoch, epoch.block, mechanism ?? '', uid, ...values].join(',')}\n`
    }
  }
}

/**
 * A recording as lines of JSON, one for each recorded epoch; big numbers are decimal strings. Of a run that was stopped a
 * last line says how many of its epochs ran.
 */
export function* jsonOf(recording: Recording, asked: number): Generator<string> {
  for (let record = 0; record < recording.epoch.length; record++) {
    const { epoch, block, n, columns, mechanisms } = recording.at(record)
    const own = mechanisms.length === 1 ? {} : { mechanisms: mechanisms.map(named) }
    const line = { schema: 'yuma-simulation/1', epoch, block: String(block), n, ...named(columns), ...own }
    yield `${JSON.stringify(line)}\n`
  }
  if (!recording.stopped) return
  const last = { schema: 'yuma-simulation/1', partial: true, epochs: recording.epochs, of: asked }
  yield `${JSON.stringify(last)}\n`
}

function named(columns: RecordedColumns): object {
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [
      snake(name),
      'rowStart' in values ? lists(values) : Array.from(values as ArrayLike<number | bigint>, plain),
    ]),
  )
}

function plain(value: number | bigint): number | string {
  return typeof value === 'bigint' ? String(value) : value
}

function lists(rows: NonNullable<RecordedColumns['bonds']>): number[][][] {
  const { rowStart, uid, value } = rows
  return Array.from({ length: rowStart.length - 1 }, (_, row) =>
    Array.from(uid.subarray(rowStart[row], rowStart[row + 1]), (to, at) => [to, value[rowStart[row]! + at]!]),
  )
}
