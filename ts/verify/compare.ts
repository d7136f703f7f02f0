import type { SparseRows } from '../snapshot/types.ts'
import { firstStep } from './steps.ts'
import type { Checked, Difference, Field } from './types.ts'

type Column = Uint8Array | Uint16Array | BigUint64Array

/** Where a value belongs. */
interface Place {
  readonly field: Field
  readonly mechanism?: number
}

type Found = Omit<Difference, 'hotkey' | 'firstStep'>

/** What a comparison may leave out, and how it names a neuron. */
export interface CompareOptions {
  readonly hotkeys: readonly string[]
  /** Uids whose stored values are another neuron's by now. */
  readonly replaced: ReadonlySet<number>
}

/** Compares stored values with computed ones and keeps account of both. */
export class Comparison {
  readonly #options: CompareOptions
  readonly #found: Found[] = []
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
    return this.#found.map((found) => ({
      ...found,
      hotkey: found.uid === null ? null : (this.#options.hotkeys[found.uid] ?? null),
      firstStep: firstStep(found.field, fields),
    }))
  }

  /** A value of the subnet, or of the network. */
  value(field: Field, chain: bigint, ours: bigint): void {
    this.#count(field, 1)
    if (chain !== ours) this.#report({ field }, null, null, chain, ours)
  }

  /** Values by uid, which the chain stores for each of `ours`. */
  column(place: Place, chain: Column, ours: Column): void {
    const length = Math.max(chain.length, ours.length)
    for (let uid = 0; uid < length; uid++) {
      if (this.#options.replaced.has(uid)) continue
      this.#count(place.field, 1)
      if (chain[uid] !== ours[uid]) this.#report(place, uid, null, chain[uid], ours[uid])
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
        if (chain[at]![1] !== value) this.#report(place, uid, column, chain[at]![1], value)
      }
      return
    }
    const before = this.#found.length
    const [stored, computed] = [byColumn(chain), byColumn(ours)]
    for (const column of new Set([...computed.keys(), ...stored.keys()])) {
      const [was, is] = [stored.get(column), computed.get(column)]
      if (was !== is) this.#report(place, uid, column, was, is)
    }
    // The same entries in another order are another row all the same.
    if (this.#found.length === before) this.#report(place, uid, null, columnsOf(chain), columnsOf(ours))
  }

  #count(field: Field, values: number): void {
    this.#checked.set(field, (this.#checked.get(field) ?? 0) + values)
  }

  #report(place: Place, uid: number | null, column: number | null, chain: Value, ours: Value): void {
    this.#found.push({
      field: place.field,
      mechanism: place.mechanism ?? null,
      uid,
      column,
      chain: chain === undefined ? null : String(chain),
      ours: ours === undefined ? null : String(ours),
    })
  }
}

type Value = number | bigint | string | undefined
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
