/**
 * The commit-reveal diagnostic's own arithmetic, in doubles: what it computes of a series, to compare with. Rows of the
 * validators that it counts from the first epoch on, whatever becomes of their permits and their updates; consensus by
 * halving to a precision, of which it takes the upper end; bonds that are not normalised.
 */

import type { Snapshot } from '../../ts/snapshot/index.ts'

interface Epoch {
  readonly consensus: Float64Array
  readonly bonds: readonly Float64Array[]
  readonly dividends: readonly number[]
}

const KAPPA = 0.5
const BOUGHT = 0.1

/** The copier's margin at an interval, in the last of so many epochs. */
export function diagnosticMargin(
  series: readonly Snapshot[],
  validators: readonly number[],
  interval: number,
  epochs: number,
  precision: number,
): number {
  const { n } = series[0]!
  const of = ({ totalStake }: Snapshot, uid: number): number => Number(totalStake[2 * uid + 1]!)
  const stakes = validators.map((uid) => of(series[0]!, uid))
  const middle = stakes.toSorted((a, b) => a - b)[(stakes.length - 1) >> 1]!
  const all = [...stakes, middle]
  const sum = all.reduce((total, stake) => total + stake, 0)
  const shares = all.map((stake) => stake / sum)
  const even = new Float64Array(n).fill(1 / n)
  const rows = series.map((snapshot) => validators.map((uid) => rowOf(snapshot, uid)))
  const foreseen: Float64Array[] = []
  let before: Epoch | undefined
  for (let at = 0; at < epochs; at++) {
    before = epoch([...rows[at]!, even], shares, before, precision)
    foreseen.push(before.consensus)
  }
  const own: Float64Array[] = []
  before = undefined
  for (let at = 0; at < epochs; at++) {
    const copied = interval > 0 && at >= interval ? own[at - interval]! : foreseen[at]!
    before = epoch([...rows[at + interval]!, copied], shares, before, precision)
    own.push(before.consensus)
  }
  const rates = before!.dividends.map((part, at) => part / shares[at]!)
  const honest = rates.slice(0, -1).sort((a, b) => a - b)
  const [low, high] = [honest[(honest.length - 1) >> 1]!, honest[honest.length >> 1]!]
  return rates.at(-1)! / ((low + high) / 2)
}

function rowOf({ n, mechanisms }: Snapshot, uid: number): Float64Array {
  const { rowStart, uid: to, value } = mechanisms[0]!.weights
  const row = new Float64Array(n)
  for (let at = rowStart[uid]!; at < rowStart[uid + 1]!; at++) row[to[at]!] = value[at]!
  return row
}

function epoch(
  rows: readonly Float64Array[],
  shares: readonly number[],
  before: Epoch | undefined,
  precision: number,
): Epoch {
  const n = rows[0]!.length
  const weights = rows.map((row) => {
    const sum = row.reduce((total, weight) => total + weight, 0) + 1e-6
    return row.map((weight) => weight / sum)
  })
  const found = Float64Array.from({ length: n }, (_, miner) => {
    let [low, high] = [0, 1]
    while (high - low > precision) {
      const half = (low + high) / 2
      let above = 0
      for (const [at, row] of weights.entries()) if (row[miner]! > half) above += shares[at]!
      if (above > KAPPA) low = half
      else high = half
    }
    return high
  })
  const sum = found.reduce((total, weight) => total + weight, 0)
  const consensus = found.map((weight) => Math.trunc((weight / sum) * 65_535) / 65_535)
  const clipped = weights.map((row) => row.map((weight, miner) => Math.min(weight, consensus[miner]!)))
  const ranks = new Float64Array(n)
  for (const [at, row] of clipped.entries())
    for (let miner = 0; miner < n; miner++) ranks[miner]! += shares[at]! * row[miner]!
  const all = ranks.reduce((total, rank) => total + rank, 0)
  const bonds = clipped.map((row, at) => {
    const bought = row.map((weight, miner) =>
      ranks[miner]! > 0 ? (shares[at]! * weight) / ranks[miner]! : 0,
    )
    const old = before?.bonds[at]
    return old === undefined
      ? bought
      : bought.map((bond, miner) => BOUGHT * bond + (1 - BOUGHT) * old[miner]!)
  })
  const paid = bonds.map((row) => row.reduce((total, bond, miner) => total + (bond * ranks[miner]!) / all, 0))
  const whole = paid.reduce((total, part) => total + part, 0)
  return { consensus, bonds, dividends: paid.map((part) => part / whole) }
}
