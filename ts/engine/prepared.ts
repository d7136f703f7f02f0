/** Snapshots laid out to cross, once for several calls. */

import { callWords, columnBytes, writeCall, writtenColumns } from '../runtime/call.ts'
import type { Call, Column } from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { ALL, type Asked } from './asked.ts'
import { checkShape } from './checks.ts'
import { faultsNamed } from './faults.ts'
import { columnsOf, SCALARS, SLOT, writeScalars } from './generated/wire.ts'
import { Scalars } from './scalars.ts'
import type { PreparedSnapshot } from './types.ts'
import { unreadItems } from './unread.ts'

/** The words ahead of the scalars. */
const HEADER = 1

/** A snapshot in one block of words, in the layout that modules read. */
export class Prepared implements PreparedSnapshot {
  specVersion = 0
  n = 0
  /** How many mechanisms there are. */
  mechanisms: { readonly length: number } = []
  /** What a reader left unread of the chain's items. */
  unread: readonly unknown[] = []
  /** The snapshot's arrays as they were taken. */
  #sources: readonly Column[] = []
  #scalars = new Scalars(new BigUint64Array(SCALARS))
  #call: Call = { scalars: this.#scalars.words, columns: [] }

  /** @throws {InputError} for a scalar out of range or a column of another type. */
  constructor(snapshot: Snapshot) {
    this.update(snapshot)
  }

  update(snapshot: Snapshot): void {
    faultsNamed(() => this.#take(snapshot))
  }

  #take(snapshot: Snapshot): void {
    checkShape(snapshot)
    const scalars = new Scalars(new BigUint64Array(SCALARS))
    writeScalars(scalars, snapshot, ALL)
    const columns = columnsOf(snapshot)
    if (!this.#renew(columns)) this.#layOut({ scalars: scalars.words, columns })
    this.#scalars.words.set(scalars.words)
    this.#sources = columns
    const { specVersion, n, mechanisms } = snapshot
    Object.assign(this, { specVersion, n, mechanisms: { length: mechanisms.length } })
    this.unread = unreadItems(snapshot)
  }

  /** Copies the columns that are other arrays than before; false, and none, where one has another length. */
  #renew(columns: readonly Column[]): boolean {
    const own = this.#call.columns
    if (columns.length !== own.length || columns.some(({ length }, i) => length !== own[i]!.length))
      return false
    columns.forEach((column, i) => {
      if (column !== this.#sources[i]) columnBytes(own[i]!).set(columnBytes(column))
    })
    const { words, revision } = this.#call.laidOut!
    this.#call = { ...this.#call, laidOut: { words, revision: revision + 1 } }
    return true
  }

  #layOut(call: Call): void {
    const buffer = new ArrayBuffer(8 * callWords(call))
    writeCall(call, buffer, 0)
    const scalars = new BigUint64Array(buffer, 8 * HEADER, SCALARS)
    this.#scalars = new Scalars(scalars)
    this.#call = {
      scalars,
      columns: writtenColumns(call, buffer, 0),
      laidOut: { words: new BigUint64Array(buffer), revision: 0 },
    }
  }

  /** A call of it: to be run before the next one is asked for, which writes other scalars in the same place. */
  call(asked: Asked, specVersion: number): Call {
    this.#scalars.small(SLOT.specVersion, 'spec_version', specVersion, 0xffff_ffff)
    this.#scalars.flag(SLOT.trace, 'trace', asked.trace)
    this.#scalars.small(SLOT.fields, 'fields', asked.sections, 0xffff_ffff)
    return this.#call
  }
}
