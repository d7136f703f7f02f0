import type { SparseRows } from '../snapshot/types.ts'
import { firstStep } from './steps.ts'
import { type Touch, touchedBy } from './touched.ts'
import type { Checked, Difference, Field, Found, NotComparable } from './types.ts'

type Column = Uint8Array | Uint16Array | BigUint64Array

/** A value to compare: of a number, a flag, or nothing. */
export type Value = number | bigint | boolean | string | null | undefined

/** Where a value belongs. */
export interface Place {
  readonly field: Field
  /** Null for the network; that of the comparison where left out. */
  readonly netuid?: number | null
  readonly mechanism?: number
  readonly uid?: number
  /** SS58; that of the uid where left out. */
  readonly hotkey?: string
  /** SS58. */
  readonly coldkey?: string
  readonly column?: number
}

/** What a comparison may leave out, and how it names a neuron. */
export interface CompareOptions {
  /** The subnet; null where several are compared. */
  readonly netuid: number | null
  /** By uid. */
  readonly hotkeys: readonly string[]
  /** Uids whose stored values are another neuron's by now. */
  readonly replaced: ReadonlySet<number>
  /** What else may have changed what a block writes beside what its epochs store by uid. */
  readonly touches: readonly Touch[]
}

/** Compares stored values with computed ones and keeps account of both. */
export class Comparison {
  readonly #options: CompareOptions
  readonly #found: Found[] = []
  readonly #notComparable: NotComparable[] = []
  readonly #checked = new Map<Field, number>()

  constructor(options: CompareOptions) {
    this.#options = options
  }

  /** How many values of each field were compared so far. */
  get checked(): readonly Checked[] {
    return [...this.#checked].map(([field, values]) => ({ field, values }))
  }

  /** What is not equal so far, with the first step that can explain each. */
  get differences(): readonly Difference[] {
    const fields = new Set(this.#found.map(({ field }) => field))
    return this.#found.map((found) => ({ ...found, firstStep: firstStep(found.field, fields) }))
  }

  /** What is not equal so far and may have been changed by something else. */
  get notComparable(): readonly NotComparable[] {
    return this.#notComparable
  }

  /** A value of the network, a subnet or an account: it may have been changed by something else. */
  value(place: Place, chain: Value, ours: Value): void {
    this.#count(place.field, 1)
    if (chain === ours) return
    const found = this.#foundAt(place, chain, ours)
    const touch = touchedBy(this.#options.touches, found)
    if (touch === undefined) this.#found.push(found)
    else this.#notComparable.push({ ...found, event: touch.event, extrinsic: touch.extrinsic })
  }

  /** Values by uid, which the chain stores for each of `ours`. */
  column(place: Place, chain: Column, ours: Column): void {
    const length = Math.max(chain.length, ours.length)
    for (let uid = 0; uid < length; uid++) {
      if (this.#options.replaced.has(uid)) continue
      this.#count(place.field, 1)
      if (chain[uid] !== ours[uid]) this.#report({ ...place, uid }, chain[uid], ours[uid])
    }
  }

  /** Rows by uid, in stored order. */
  rows(place: Place, chain: SparseRows, ours: SparseRows): void {
    for (let uid = 0; uid + 1 < ours.rowStart.length; uid++) {
      if (this.#options.replaced.has(uid)) continue
      this.#row(place, uid, entriesOf(chain, uid), entriesOf(ours, uid))
    }
  }

  #row(place: Place, uid: number, chain: readonly Entry[], ours: readonly Entry[]): void {
    this.#count(place.field, Math.max(chain.length, ours.length))
    if (sameColumns(chain, ours)) {
      for (const [at, [column, value]] of ours.entries()) {
        if (chain[at]![1] !== value) this.#report({ ...place, uid, column }, chain[at]![1], value)
      }
      return
    }
    const before = this.#found.length
    const [stored, computed] = [byColumn(chain), byColumn(ours)]
    for (const column of new Set([...computed.keys(), ...stored.keys()])) {
      const [was, is] = [stored.get(column), computed.get(column)]
      if (was !== is) this.#report({ ...place, uid, column }, was, is)
    }
    // The same entries in another order are another row all the same.
    if (this.#found.length === before) this.#report({ ...place, uid }, columnsOf(chain), columnsOf(ours))
  }

  #count(field: Field, values: number): void {
    this.#checked.set(field, (this.#checked.get(field) ?? 0) + values)
  }

  #report(place: Place, chain: Value, ours: Value): void {
    this.#found.push(this.#foundAt(place, chain, ours))
  }

  #foundAt(place: Place, chain: Value, ours: Value): Found {
    const { netuid, hotkeys } = this.#options
    const uid = place.uid ?? null
    return {
      field: place.field,
      netuid: place.netuid === undefined ? netuid : place.netuid,
      mechanism: place.mechanism ?? null,
      uid,
      hotkey: place.hotkey ?? (uid === null ? null : (hotkeys[uid] ?? null)),
      coldkey: place.coldkey ?? null,
      column: place.column ?? null,
      chain: textOf(chain),
      ours: textOf(ours),
    }
  }
}

function textOf(value: Value): string | null {
  return value === undefined || value === null ? null : String(value)
}

type Entry = readonly [column: number, value: number]

function entriesOf({ rowStart, uid, value }: SparseRows, row: number): readonly Entry[] {
  const entries: Entry[] = []
  for (let at = rowStart[row] ?? 0; at < (rowStart[row + 1] ?? 0); at++) entries.push([uid[at]!, value[at]!])
  return entries
}

function sameColumns(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every(([column], at) => column === b[at]![0])
}

/** The values of each column, of a repeated one all. */
function byColumn(entries: readonly Entry[]): ReadonlyMap<number, string> {
  const columns = new Map<number, string>()
  for (const [column, value] of entries) {
    const known = columns.get(column)
    columns.set(column, known === undefined ? String(value) : `${known},${value}`)
  }
  return columns
}

function columnsOf(entries: readonly Entry[]): string {
  return entries.map(([column]) => column).join(',')
}
