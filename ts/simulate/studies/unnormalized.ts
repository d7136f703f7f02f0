/**
 * Bonds as published simulations keep them: a moving average that is not normalised by column, where the chain normalises
 * it in every epoch. What is averaged is the exact epoch's, out of its trace; what is done with it is in doubles.
 */

import type { FixedRows, MechanismResult } from '../../engine/types.ts'

const ONE = 2 ** 32

/** Bonds by validator and miner after an epoch. */
export type FloatBonds = readonly (readonly number[])[]

/**
 * The moving average of bonds after an epoch, of what was kept before.
 * @param mechanism With its trace.
 * @param before Undefined in the first epoch, which has what is bought as it is.
 * @param kept What of its bonds a validator keeps, or what it keeps of each miner's.
 */
export function movedBonds(
  { trace }: MechanismResult,
  before: FloatBonds | undefined,
  kept: number | readonly number[],
): FloatBonds {
  const bought = dense(trace!.bondsDelta)
  if (before === undefined) return bought
  return bought.map((row, from) =>
    row.map((value, to) => {
      const part = typeof kept === 'number' ? kept : kept[to]!
      return (1 - part) * value + part * before[from]![to]!
    }),
  )
}

/** Dividends, of which all together are 1, that such bonds give. */
export function unnormalizedDividends({ raw }: MechanismResult, bonds: FloatBonds): readonly number[] {
  const incentive = Array.from(raw.incentive, (bits) => Number(bits) / ONE)
  const dividends = bonds.map((row) => row.reduce((sum, bond, to) => sum + bond * incentive[to]!, 0))
  const all = dividends.reduce((sum, value) => sum + value, 0)
  return all > 0 ? dividends.map((value) => value / all) : dividends
}

function dense({ rowStart, uid, value }: FixedRows): number[][] {
  const n = rowStart.length - 1
  return Array.from({ length: n }, (_, row) => {
    const values = new Array<number>(n).fill(0)
    for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) values[uid[at]!]! += Number(value[at]!) / ONE
    return values
  })
}
