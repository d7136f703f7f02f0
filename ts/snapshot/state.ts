/** What is asked of a column of an epoch's input, whichever it is. */

import type { Place } from './columns.ts'
import type { Source } from './source.ts'

/** What a column is called in files, and what it is in memory. */
export interface ColumnType {
  readonly field: string
  readonly type: 'BigUint64Array' | 'Uint32Array' | 'Uint16Array' | 'Uint8Array' | 'SparseRows'
}

/** Where a column of a mechanism is; of the only one where it has no number. */
export function placeOf(field: string, mechanism: number | undefined): Place {
  return mechanism === undefined ? { field } : { field, mechanism }
}

/** @throws {InputError} where the column was not in the file. */
export function required<T>(source: Source, place: Place, column: T | undefined): T {
  if (column !== undefined) return column
  throw source.fault({ ...place, expected: 'expected an array, found nothing' })
}

/** @throws {InputError} where a column has not one entry per neuron. */
export function checkLength(source: Source, place: Place, length: number, n: number): void {
  if (length !== n) throw source.fault({ ...place, expected: `expected ${n} entries, found ${length}` })
}
