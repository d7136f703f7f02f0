/** Whether a snapshot in memory is one that a file can hold: the reader's own checks, made before anything is written. */

import { typedArrayName, unexpectedValue } from '../errors/options.ts'
import { MECHANISM_TYPES, type MechanismColumns, SHARED_TYPES, type SharedColumns } from './generated/file.ts'
import { JsonReader } from './json.ts'
import { MAX_ENTRIES, MAX_MECHANISMS, MAX_ROW_ENTRIES } from './limits.ts'
import { checkExtra, checkKeys, type Parts, snapshotOf } from './snapshot-document.ts'
import { Source } from './source.ts'
import { type ColumnType, placeOf } from './state.ts'
import type { Snapshot, SparseRows } from './types.ts'

/**
 * Checks a snapshot as the reader would check the file that it becomes.
 * @param scalars Its single values, as the file has them.
 * @param file The file's name, for messages.
 * @throws {InputError} naming the first field that no file can hold, or that does not fit the others.
 */
export function checkSnapshot(
  snapshot: Snapshot,
  scalars: (snapshot: Snapshot) => Readonly<Record<string, unknown>>,
  file: string,
): void {
  if (typeof snapshot !== 'object' || snapshot === null)
    throw unexpectedValue('snapshot', 'a snapshot', snapshot)
  const source = new Source(new JsonReader(new Uint8Array(0), file), file)
  const shared = columns<SharedColumns>(source, snapshot, SHARED_TYPES)
  snapshotOf(source, present(scalars(snapshot)), shared, partsOf(source, snapshot))
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function partsOf(source: Source, snapshot: Snapshot): Parts {
  const { hotkeys, coldkeys, mechanismEmissionSplit: split, extra } = snapshot
  if (hotkeys !== undefined) checkKeys(source, 'hotkeys', hotkeys)
  if (coldkeys !== undefined) checkKeys(source, 'coldkeys', coldkeys)
  if (split !== null) checkType(source, { field: 'mechanism_emission_split', type: 'Uint16Array' }, split)
  if (extra !== undefined) {
    if (typeof extra !== 'object' || extra === null || Array.isArray(extra))
      throw wrong(source, 'extra', undefined, 'an object of sections', extra)
    checkExtra(source, extra)
  }
  return {
    ...(hotkeys === undefined ? {} : { hotkeys }),
    ...(coldkeys === undefined ? {} : { coldkeys }),
    split,
    mechanisms: mechanismsOf(source, snapshot),
    ...(extra === undefined ? {} : { extra }),
  }
}

function mechanismsOf(source: Source, { mechanisms }: Snapshot): MechanismColumns[] {
  const field = 'mechanisms'
  if (!Array.isArray(mechanisms)) throw wrong(source, field, undefined, 'an array', mechanisms)
  if (mechanisms.length < 1 || mechanisms.length > MAX_MECHANISMS) {
    const expected = `expected 1 to ${MAX_MECHANISMS} mechanisms, found ${mechanisms.length}`
    throw source.fault({ field, expected })
  }
  return mechanisms.map((mechanism: object, id) => {
    if (typeof mechanism !== 'object' || mechanism === null)
      throw wrong(source, field, id, 'an object', mechanism)
    return columns<MechanismColumns>(source, mechanism, MECHANISM_TYPES, id)
  })
}

/** The columns that there are, each of its type. */
function columns<T extends object>(
  source: Source,
  from: object,
  types: Readonly<Record<string, ColumnType>>,
  mechanism?: number,
): T {
  const found: Record<string, unknown> = {}
  for (const [member, type] of Object.entries(types)) {
    const column = (from as Readonly<Record<string, unknown>>)[member]
    if (column === undefined) continue
    if (type.type === 'SparseRows') checkRows(source, type.field, column as SparseRows, mechanism)
    else checkType(source, type, column, mechanism)
    found[member] = column
  }
  return found as T
}

function checkType(source: Source, { field, type }: ColumnType, column: unknown, mechanism?: number): void {
  if (typedArrayName(column) !== type) throw wrong(source, field, mechanism, `a ${type}`, column)
}

/** Offsets that ascend from 0 to the number of entries; no more of these than a file can hold. */
function checkRows(source: Source, field: string, rows: SparseRows, mechanism?: number): void {
  const fault = (expected: string, uid?: number): Error =>
    source.fault({ ...placeOf(field, mechanism), ...(uid === undefined ? {} : { uid }), expected })
  if (typeof rows !== 'object' || rows === null) throw wrong(source, field, mechanism, 'rows', rows)
  const { rowStart, uid, value } = rows
  checkType(source, { field: `${field}.rowStart`, type: 'Uint32Array' }, rowStart, mechanism)
  checkType(source, { field: `${field}.uid`, type: 'Uint16Array' }, uid, mechanism)
  checkType(source, { field: `${field}.value`, type: 'Uint16Array' }, value, mechanism)
  if (uid.length !== value.length)
    throw fault(`expected a value for each of ${uid.length} uids, found ${value.length}`)
  if (rowStart[0] !== 0 || rowStart.at(-1) !== uid.length)
    throw fault(`expected offsets from 0 to ${uid.length}, found ${rowStart[0]} to ${rowStart.at(-1)}`)
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const length = rowStart[row + 1]! - rowStart[row]!
    if (length < 0) throw fault('expected offsets that ascend', row)
    if (length > MAX_ROW_ENTRIES) throw fault(`expected at most ${MAX_ROW_ENTRIES} entries in a row`, row)
  }
  source.entries += uid.length
  if (source.entries > MAX_ENTRIES)
    throw fault(`expected at most ${MAX_ENTRIES} weights and bonds in all, found more`)
}

function wrong(
  source: Source,
  field: string,
  mechanism: number | undefined,
  expected: string,
  value: unknown,
): Error {
  const { expected: text } = unexpectedValue(field, expected, value)
  return source.fault({ ...placeOf(field, mechanism), expected: text })
}
