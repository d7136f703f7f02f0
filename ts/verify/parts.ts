/** How a value is shown as the sum of its parts. */

import type { FixedRows } from '../engine/types.ts'
import { rowOf } from '../snapshot/rows.ts'

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
