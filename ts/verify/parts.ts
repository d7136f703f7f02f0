/** How a value comes from its parts, in the engine's own arithmetic: I32F32 bits, floored products. */

import type { FixedRows, MechanismResult, Trace } from '../engine/types.ts'

/** What one other neuron contributes to a value. */
export interface Part {
  readonly uid: number
  /** I32F32 bits. The parts sum to the value before it is normalised. */
  readonly bits: bigint
  /** The part of the stored u16. The parts sum to it. */
  readonly units: bigint
  /** The part of the emission, in rao. The parts sum to it. */
  readonly rao: bigint
}

/** The floor of the product. */
export function product(a: bigint, b: bigint): bigint {
  return (a * b) >> 32n
}

/** Entries of a row, as `[uid, bits]`. */
export function rowOf(rows: FixedRows, row: number): readonly (readonly [number, bigint])[] {
  const entries: (readonly [number, bigint])[] = []
  for (let at = rows.rowStart[row]!; at < rows.rowStart[row + 1]!; at++)
    entries.push([rows.uid[at]!, rows.value[at]!])
  return entries
}

/** The entries of a column, as `[row, bits]`. */
export function columnOf(rows: FixedRows, column: number): readonly (readonly [number, bigint])[] {
  const entries: (readonly [number, bigint])[] = []
  for (let row = 0; row + 1 < rows.rowStart.length; row++) {
    for (const [uid, bits] of rowOf(rows, row)) if (uid === column) entries.push([row, bits])
  }
  return entries
}

/**
 * A whole number shared out in proportion: the shares sum to it, and each is within one of its exact part. Negative
 * parts do not occur.
 */
export function apportion(value: bigint, parts: readonly bigint[]): readonly bigint[] {
  const total = parts.reduce((a, b) => a + b, 0n)
  if (total === 0n) return parts.map(() => 0n)
  let [seen, given] = [0n, 0n]
  return parts.map((part) => {
    seen += part
    const share = (value * seen) / total - given
    given += share
    return share
  })
}

/** Parts with the shares of the stored value and of the emission that they account for. */
export function shared(
  contributions: readonly (readonly [number, bigint])[],
  units: bigint,
  rao: bigint,
): readonly Part[] {
  const bits = contributions.map(([, part]) => part)
  const [unitShares, raoShares] = [apportion(units, bits), apportion(rao, bits)]
  return contributions.map(([uid, part], i) => ({
    uid,
    bits: part,
    units: unitShares[i]!,
    rao: raoShares[i]!,
  }))
}

/** What each validator's clipped weight brings a miner; sums to its rank. */
export function rankParts(
  { raw }: MechanismResult,
  trace: Trace,
  uid: number,
): readonly (readonly [number, bigint])[] {
  return columnOf(trace.clippedWeights, uid).map(([row, weight]) => [
    row,
    product(raw.activeStake[row]!, weight),
  ])
}

/** Bonds of a validator with each column divided by its sum, where the rules do it after the moving average. */
function normalizedBonds(trace: Trace, uid: number, yuma3: boolean): readonly (readonly [number, bigint])[] {
  const row = rowOf(trace.emaBonds, uid)
  if (!yuma3) return row
  const sums = new Map<number, bigint>()
  const { emaBonds } = trace
  for (let at = 0; at < emaBonds.uid.length; at++) {
    sums.set(emaBonds.uid[at]!, (sums.get(emaBonds.uid[at]!) ?? 0n) + emaBonds.value[at]!)
  }
  return row.map(([column, bond]) => {
    const sum = sums.get(column)!
    return [column, sum === 0n ? bond : (bond << 32n) / sum]
  })
}

/** What a validator's dividends are made of before they are normalised. */
export interface DividendParts {
  /** By miner; they sum to {@link DividendParts.sum}. */
  readonly parts: readonly (readonly [number, bigint])[]
  readonly sum: bigint
  /** What the sum is multiplied with; null where the rules do not. */
  readonly stake: bigint | null
  /** As the engine has it. */
  readonly dividends: bigint
}

/** Each bond's part of a validator's dividends: by the classic rule bond times incentive, by Yuma3 times stake too. */
export function dividendParts(
  { raw }: MechanismResult,
  trace: Trace,
  uid: number,
  yuma3: boolean,
): DividendParts {
  const parts = normalizedBonds(trace, uid, yuma3).map(
    ([column, bond]) => [column, product(bond, raw.incentive[column] ?? 0n)] as const,
  )
  const sum = parts.reduce((total, [, part]) => total + part, 0n)
  const stake = yuma3 ? raw.activeStake[uid]! : null
  return { parts, sum, stake, dividends: stake === null ? sum : product(sum, stake) }
}
