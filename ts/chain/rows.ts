import { MAX_ROW_ENTRIES } from '../snapshot/limits.ts'
import type { SparseRows } from '../snapshot/types.ts'
import { ScaleError, type ScaleReader } from './scale.ts'

/**
 * Rows of `Vec<(u16, u16)>` straight into columns; null is a row that is not stored.
 * @throws {ScaleError} for a row that is not such a list, or longer than there are uids.
 */
export function rowsOf(readers: readonly (ScaleReader | null)[]): SparseRows {
  const rowStart = new Uint32Array(readers.length + 1)
  for (const [i, reader] of readers.entries()) {
    const length = reader === null ? 0 : reader.length(4)
    if (length > MAX_ROW_ENTRIES) throw new ScaleError(`has ${length} entries, more than there are uids`)
    rowStart[i + 1] = rowStart[i]! + length
  }
  const uid = new Uint16Array(rowStart[readers.length]!)
  const value = new Uint16Array(uid.length)
  for (const [i, reader] of readers.entries()) {
    if (reader === null) continue
    reader.pairs(uid, value, rowStart[i]!, rowStart[i + 1]!)
    reader.end()
  }
  return { rowStart, uid, value }
}
