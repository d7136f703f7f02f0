import type { SparseRows } from './types.ts'

/** Sparse rows under construction, row after row. */
export class RowsBuilder {
  #rowStart = new Uint32Array(256)
  #rows = 0
  #uid = new Uint16Array(1024)
  #value = new Uint16Array(1024)
  #entries = 0

  /** Rows ended so far. */
  get rows(): number {
    return this.#rows
  }

  /** Adds an entry to the row that is open. */
  push(uid: number, value: number): void {
    if (this.#entries === this.#uid.length) {
      this.#uid = grown(this.#uid, new Uint16Array(2 * this.#entries))
      this.#value = grown(this.#value, new Uint16Array(2 * this.#entries))
    }
    this.#uid[this.#entries] = uid
    this.#value[this.#entries] = value
    this.#entries += 1
  }

  /** Ends the row that is open; the next entry is the next row's. */
  endRow(): void {
    this.#rows += 1
    if (this.#rows === this.#rowStart.length) {
      this.#rowStart = grown(this.#rowStart, new Uint32Array(2 * this.#rows))
    }
    this.#rowStart[this.#rows] = this.#entries
  }

  /** The rows that were ended. */
  finish(): SparseRows {
    return {
      rowStart: this.#rowStart.slice(0, this.#rows + 1),
      uid: this.#uid.slice(0, this.#entries),
      value: this.#value.slice(0, this.#entries),
    }
  }
}

/** A longer array that begins with what another holds. */
export function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from)
  return into
}
