import type { SparseRows } from './types.ts'

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
