/** How evenly an amount is spread over those who could have of it, on exact integers. */

import { typedArrayName, unexpectedValue } from '../../errors/options.ts'
import { type Fraction, fraction, toNumber } from './fraction.ts'

/** What so many of the greatest have together. */
export interface TopShare {
  readonly count: number
  readonly amount: bigint
  readonly share: Fraction
}

/** How evenly an amount is spread. Proportions are exact; where the amount is 0 there are none. */
export interface Concentration {
  /** Those who could have of it. */
  readonly members: number
  /** Those who have more than nothing. */
  readonly holders: number
  readonly total: bigint
  /** Gini coefficient over all members: 0 where all have the same, (members - 1) / members where one has all. */
  readonly gini: Fraction | null
  /** The same over those who have more than nothing. */
  readonly giniOfHolders: Fraction | null
  /** Herfindahl-Hirschman index, the sum of squared shares: 1 / members to 1. */
  readonly hhi: Fraction | null
  /** Shannon entropy of the shares in bits: 0 to log2(members). The only figure that is rounded, to a double. */
  readonly entropy: number | null
  /** Nakamoto coefficient: how many, the greatest first, have more than half. */
  readonly nakamoto: number | null
  /** What the greatest have, by the counts that were asked for; of more than there are members, all. */
  readonly top: readonly TopShare[]
  /** The Lorenz curve: `lorenz[i]` is what the `i + 1` members with least have together. */
  readonly lorenz: readonly bigint[]
}

/** The counts of {@link Concentration.top} where nothing is asked. */
export const DEFAULT_TOP: readonly number[] = [1, 5, 10]

const MOST = 1_000_000

/**
 * How evenly amounts are spread.
 * @param amounts One for each member, none below 0, in any unit.
 * @param top Counts of the greatest whose share is asked for.
 * @throws {InputError} for amounts that are no bigints, or below 0.
 */
export function concentration(
  amounts: readonly bigint[] | BigUint64Array,
  top: readonly number[] = DEFAULT_TOP,
): Concentration {
  checkAmounts(amounts)
  checkTop('top', top)
  const ascending = [...amounts].sort((a, b) => Number(a > b) - Number(a < b))
  const lorenz: bigint[] = []
  let total = 0n
  for (const amount of ascending) {
    total += amount
    lorenz.push(total)
  }
  const holders = ascending.filter((amount) => amount > 0n)
  return {
    members: ascending.length,
    holders: holders.length,
    total,
    gini: gini(ascending, total),
    giniOfHolders: gini(holders, total),
    hhi: fraction(
      holders.reduce((sum, amount) => sum + amount * amount, 0n),
      total * total,
    ),
    entropy: total === 0n ? null : entropy(holders, total),
    nakamoto: total === 0n ? null : nakamoto(lorenz, total),
    top: top.flatMap((count) => topShare(lorenz, total, count)),
    lorenz,
  }
}

/** Half of the mean absolute difference over the mean, of amounts that ascend. */
function gini(ascending: readonly bigint[], total: bigint): Fraction | null {
  const n = BigInt(ascending.length)
  const ranked = ascending.reduce((sum, amount, i) => sum + BigInt(i + 1) * amount, 0n)
  return fraction(2n * ranked - (n + 1n) * total, n * total)
}

function entropy(holders: readonly bigint[], total: bigint): number {
  const bits = holders.reduce((sum, amount) => {
    const share = toNumber({ numerator: amount, denominator: total })
    return share === 0 ? sum : sum - share * Math.log2(share)
  }, 0)
  return Math.max(0, bits)
}

function nakamoto(lorenz: readonly bigint[], total: bigint): number {
  // The rest, the smallest ones, has less than half.
  const rest = lorenz.findLastIndex((sum) => 2n * sum < total) + 1
  return lorenz.length - rest
}

function topShare(lorenz: readonly bigint[], total: bigint, count: number): TopShare[] {
  const amount = total - (lorenz[lorenz.length - count - 1] ?? 0n)
  const share = fraction(amount, total)
  return share === null ? [] : [{ count, amount, share }]
}

function checkAmounts(amounts: unknown): void {
  const list = Array.isArray(amounts) || typedArrayName(amounts) === 'BigUint64Array'
  if (!list) throw unexpectedValue('amounts', 'a list of bigints', amounts)
  for (const [at, amount] of (amounts as unknown[]).entries()) {
    if (typeof amount !== 'bigint' || amount < 0n)
      throw unexpectedValue(`amounts[${at}]`, 'a bigint of 0 or more', amount)
  }
}

/** @throws {InputError} for counts that count nobody. */
export function checkTop(field: string, top: unknown): void {
  if (!Array.isArray(top)) throw unexpectedValue(field, 'an array of counts', top)
  for (const [at, count] of top.entries()) {
    if (!Number.isInteger(count) || count < 1 || count > MOST)
      throw unexpectedValue(`${field}[${at}]`, `an integer from 1 to ${MOST}`, count)
  }
}
