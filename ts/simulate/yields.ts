/** What stake earned over a time, and what that makes in a year. */

import { expecting, listOf } from '../errors/options.ts'

/** The chain's time from block to block. */
export const BLOCK_SECONDS = 12
/** 8,760 hours, which are 365 days. */
export const YEAR_SECONDS: number = 8760 * 60 * 60

/** A yield, as a fraction of the stake: 0.01 is one per cent. */
export interface Yield {
  /** Over the time that was asked about. */
  readonly period: number
  /** Over a year, if it went on so and every gain were staked. */
  readonly year: number
}

const rate = expecting(
  'a finite number above -1',
  (value) => Number.isFinite(value) && (value as number) > -1,
)
const time = expecting(
  'a number of seconds above 0',
  (value) => Number.isFinite(value) && (value as number) > 0,
)

/**
 * The yield of gains one after the other, each a part of the stake that it was earned on, all of them staked.
 * @param rates What each epoch gave: dividends to stakers by stake.
 * @param seconds The time in which they were earned.
 * @throws {InputError} for what is no rate, and no time.
 */
export function compoundedYield(rates: readonly number[], seconds: number): Yield {
  listOf(rate)('rates', rates)
  time('seconds', seconds)
  const growth = rates.reduce((product, gain) => product * (1 + gain), 1)
  return { period: growth - 1, year: growth ** (YEAR_SECONDS / seconds) - 1 }
}
