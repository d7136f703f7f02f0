/** Exact proportions: nothing is rounded before it is shown. */

import { type Check, expecting, integerFrom } from '../../errors/options.ts'

/** A number as it is, in lowest terms. */
export interface Fraction {
  readonly numerator: bigint
  /** Above 0. */
  readonly denominator: bigint
}

/** `numerator / denominator` in lowest terms; null where the denominator is 0. */
export function fraction(numerator: bigint, denominator: bigint): Fraction | null {
  if (denominator === 0n) return null
  const divisor = greatestCommonDivisor(numerator, denominator)
  const sign = denominator < 0n ? -1n : 1n
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor }
}

/** One fraction beside another; null where the other is 0. */
export function ratioOf(value: Fraction, to: Fraction): Fraction | null {
  return fraction(value.numerator * to.denominator, value.denominator * to.numerator)
}

/** -1, 0 or 1 as the first is less, the same or more. */
export function compareFractions(a: Fraction, b: Fraction): number {
  const [x, y] = [a.numerator * b.denominator, b.numerator * a.denominator]
  return Number(x > y) - Number(x < y)
}

/** The middle one of several; of two in the middle their mean. */
export function medianOf(values: readonly Fraction[]): Fraction | null {
  const ascending = values.toSorted(compareFractions)
  const high = ascending[ascending.length >> 1]
  const low = ascending[(ascending.length - 1) >> 1]
  if (low === undefined || high === undefined) return null
  if (low === high) return low
  return {
    numerator: low.numerator * high.denominator + high.numerator * low.denominator,
    denominator: 2n * low.denominator * high.denominator,
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y > 0n) [x, y] = [y, x % y]
  return x
}

/**
 * As decimal digits, the last one rounded, halves away from 0.
 * @throws {InputError} for what is no fraction, and for more than 1,000 digits.
 */
export function decimal(value: Fraction, digits: number): string {
  checkFraction('value', value)
  integerFrom(0, MOST_DIGITS)('digits', digits)
  const { numerator, denominator } = value
  const magnitude = numerator < 0n ? -numerator : numerator
  const scaled = (2n * magnitude * 10n ** BigInt(digits) + denominator) / (2n * denominator)
  const text = String(scaled).padStart(digits + 1, '0')
  const sign = numerator < 0n && scaled > 0n ? '-' : ''
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** The nearest double, to a unit or two of its last place. */
export function toNumber({ numerator, denominator }: Fraction): number {
  return Number(decimal({ numerator, denominator }, SIGNIFICANT))
}

/** Enough digits for proportions of any chain's amounts. */
const SIGNIFICANT = 24
const MOST_DIGITS = 1000

export const checkFraction: Check = expecting(
  'a numerator and a denominator above 0, bigints',
  (value) =>
    typeof (value as Fraction | null)?.numerator === 'bigint' &&
    typeof (value as Fraction).denominator === 'bigint' &&
    (value as Fraction).denominator > 0n,
)
