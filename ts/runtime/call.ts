/** A call as the module reads it from its memory: the other side of `bindings/wasm`. */

import type { Call, Column } from './layout.ts'

/** The constructors of columns. */
export type ColumnType =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | BigUint64ArrayConstructor

const TYPES: Readonly<Record<number, ColumnType>> = {
  1: Uint8Array,
  2: Uint16Array,
  4: Uint32Array,
  8: BigUint64Array,
}

/** The constructor of a column with elements of the same size. */
export function columnType({ BYTES_PER_ELEMENT }: Column): ColumnType {
  return TYPES[BYTES_PER_ELEMENT]!
}

/** Words that a column's bytes take. */
function columnWords(column: Column): number {
  return Math.ceil(column.byteLength / 8)
}

/** A column's bytes; none of an array that has been given away, whose length is 0 too. */
export function columnBytes({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return byteLength === 0 ? new Uint8Array(0) : new Uint8Array(buffer, byteOffset, byteLength)
}

/** How many 64-bit words a call takes. */
export function callWords({ scalars, columns }: Call): number {
  return columns.reduce((words, column) => words + columnWords(column), 1 + scalars.length + columns.length)
}

/** The columns of a call where {@link writeCall} writes them. */
export function writtenColumns({ scalars, columns }: Call, buffer: ArrayBuffer, offset: number): Column[] {
  let word = 1 + scalars.length + columns.length
  return columns.map((column) => {
    const at = offset + 8 * word
    word += columnWords(column)
    return new (columnType(column))(buffer, at, column.length)
  })
}

/** Writes a call into {@link callWords} words of `buffer` that begin at `offset`, a multiple of eight. */
export function writeCall({ scalars, columns }: Call, buffer: ArrayBufferLike, offset: number): void {
  const shapes = 1 + scalars.length
  const halves = new Uint32Array(buffer, offset, 2 * (shapes + columns.length))
  halves[0] = scalars.length
  halves[1] = columns.length
  new BigUint64Array(buffer, offset + 8, scalars.length).set(scalars)
  let word = shapes + columns.length
  columns.forEach((column, i) => {
    halves[2 * (shapes + i)] = column.BYTES_PER_ELEMENT
    halves[2 * (shapes + i) + 1] = column.length
    const bytes = columnBytes(column)
    new Uint8Array(buffer, offset + 8 * word, bytes.length).set(bytes)
    word += columnWords(column)
  })
}
