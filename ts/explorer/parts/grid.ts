/** What the heat map draws: a layer of an epoch as one number a cell. */

import type { EpochResult, Snapshot, SparseRows } from 'yuma-core'
import { part, shares, stakeOf, validates } from './format.ts'

/** What a cell can show. */
export const LAYERS = {
  weight: 'Weight',
  clipped: 'Clipped weight',
  cut: 'Cut by consensus',
  bond: 'Bond',
  change: 'Bond change',
  stored: 'Weight as stored',
} as const

export type Layer = keyof typeof LAYERS

/** Whose rows and columns, in the order in which they are drawn. */
export interface Frame {
  /** Uids of validators. */
  readonly rows: readonly number[]
  /** Uids of those who are weighed. */
  readonly columns: readonly number[]
}

/** The cells of a frame. */
export interface Grid extends Frame {
  readonly layer: Layer
  /** Row by row; NaN where there is nothing. */
  readonly values: Float64Array
  /** The greatest magnitude. */
  readonly most: number
}

export type RowOrder = 'stake' | 'uid' | 'trust'
export type ColumnOrder = 'incentive' | 'uid' | 'consensus'

/** The frame of an epoch: validators that weigh or have a permit, and all who are weighed or have an incentive. */
export function frameOf(
  snapshot: Snapshot,
  { mechanisms }: EpochResult,
  mechanism: number,
  order: { readonly rows: RowOrder; readonly columns: ColumnOrder },
): Frame {
  const own = mechanisms[mechanism]!
  const uids = Array.from({ length: snapshot.n }, (_, uid) => uid)
  const weighed = new Uint8Array(snapshot.n)
  for (const uid of snapshot.mechanisms[mechanism]!.weights.uid) weighed[uid] = 1
  const byStake = (a: number, b: number): number => compare(stakeOf(snapshot, b), stakeOf(snapshot, a))
  const rowOrders: Readonly<Record<RowOrder, (a: number, b: number) => number>> = {
    stake: byStake,
    uid: () => 0,
    trust: (a, b) => own.validatorTrust[b]! - own.validatorTrust[a]!,
  }
  const columnOrders: Readonly<Record<ColumnOrder, (a: number, b: number) => number>> = {
    incentive: (a, b) => compare(own.raw.incentive[b]!, own.raw.incentive[a]!),
    uid: () => 0,
    consensus: (a, b) => compare(own.raw.consensus[b]!, own.raw.consensus[a]!),
  }
  return {
    rows: uids.filter((uid) => validates(own, uid)).sort(rowOrders[order.rows]),
    columns: uids.filter((uid) => weighed[uid] === 1).sort(columnOrders[order.columns]),
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A layer of an epoch in a frame. */
export function gridOf(
  frame: Frame,
  layer: Layer,
  snapshot: Snapshot,
  result: EpochResult,
  mechanism: number,
): Grid {
  const place = placesOf(frame.columns, snapshot.n)
  const width = frame.columns.length
  const values = new Float64Array(frame.rows.length * width).fill(Number.NaN)
  const fill = (rows: Numbers, merge: (now: number, value: number) => number): void => {
    for (const [row, uid] of frame.rows.entries()) {
      for (let at = rows.rowStart[uid] ?? 0; at < (rows.rowStart[uid + 1] ?? 0); at++) {
        const column = place[rows.uid[at]!]!
        if (column < 0) continue
        const cell = row * width + column
        values[cell] = merge(values[cell]!, rows.value[at]!)
      }
    }
  }
  const put = (_: number, value: number): number => value
  const less = (now: number, value: number): number => (Number.isNaN(now) ? 0 : now) - value
  const own = result.mechanisms[mechanism]!
  const { weights, clippedWeights } = own.trace!
  const state = snapshot.mechanisms[mechanism]!
  switch (layer) {
    case 'weight':
      fill(fixedRows(weights), put)
      break
    case 'clipped':
      fill(fixedRows(clippedWeights), put)
      break
    case 'cut':
      fill(fixedRows(weights), put)
      fill(fixedRows(clippedWeights), less)
      break
    case 'bond':
      fill(partRows(own.bonds), put)
      break
    case 'change':
      fill(partRows(own.bonds), put)
      fill(partRows(state.bonds), less)
      break
    case 'stored':
      fill(partRows(state.weights), put)
  }
  return { ...frame, layer, values, most: mostOf(values) }
}

interface Numbers {
  readonly rowStart: Uint32Array
  readonly uid: Uint16Array
  readonly value: ArrayLike<number>
}

function fixedRows({
  rowStart,
  uid,
  value,
}: {
  rowStart: Uint32Array
  uid: Uint16Array
  value: BigInt64Array
}): Numbers {
  return { rowStart, uid, value: shares(value) }
}

function partRows({ rowStart, uid, value }: SparseRows): Numbers {
  return { rowStart, uid, value: Float64Array.from(value, part) }
}

/** The column of each uid; -1 of those that have none. */
function placesOf(columns: readonly number[], n: number): Int32Array {
  // Uids that are out of range do occur in weights, and have no column.
  const place = new Int32Array(Math.max(n, 65_536)).fill(-1)
  for (const [column, uid] of columns.entries()) place[uid] = column
  return place
}

function mostOf(values: Float64Array): number {
  let most = 0
  for (const value of values) {
    const size = Math.abs(value)
    if (size > most) most = size
  }
  return most
}

/** An entry of sparse rows; the last one where there are several, undefined where there is none. */
export function entryOf<T extends number | bigint>(
  rows: { readonly rowStart: Uint32Array; readonly uid: Uint16Array; readonly value: ArrayLike<T> },
  from: number,
  to: number,
): T | undefined {
  let found: T | undefined
  for (let at = rows.rowStart[from] ?? 0; at < (rows.rowStart[from + 1] ?? 0); at++)
    if (rows.uid[at] === to) found = rows.value[at]
  return found
}
