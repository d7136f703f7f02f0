import type { SparseRows } from '../snapshot/types.ts'
import type { ScaleReader } from './scale.ts'

/**
 * Rows of `Vec<(u16, u16)>` straight into columns; null is a row that is not stored.
 * @throws {ScaleError} for a row that is not such a list.
 */
export function rowsOf(readers: readonly (ScaleReader | null)[]): SparseRows {
  const rowStart = new Uint32Array(readers.length + 1)
  for (const [i, reader] of readers.entries()) {
    rowStart[i + 1] = rowStart[i]! + (reader === null ? 0 : reader.length(4))
  }
  const uid = new Uint16Array(rowStart[readers.length]!)
  const value = new Uint16Array(uid.length)
  for (const [i, reader] of readers.entries()) {
    if (reader === null) continue
    for (let at = rowStart[i]!; at < rowStart[i + 1]!; at++) {
      uid[at] = reader.u16()
      value[at] = reader.u16()
    }
    reader.end()
  }
  return { rowStart, uid, value }
}
