/** What a single value of a file may be. Messages name what was expected. */

import * as v from 'valibot'
import type { FlowEma } from './network.ts'

/** An integer from `min` to `max`. */
export function integer(min: number, max: number): v.GenericSchema<unknown, number> {
  const expected = `an integer from ${min} to ${max}`
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(min, expected), v.maxValue(max, expected))
}

export const u16: v.GenericSchema<unknown, number> = integer(0, 0xffff)
export const u32: v.GenericSchema<unknown, number> = integer(0, 0xffff_ffff)
export const i16: v.GenericSchema<unknown, number> = integer(-0x8000, 0x7fff)
export const flag: v.GenericSchema<unknown, boolean> = v.boolean('true or false')
export const text: v.GenericSchema<unknown, string> = v.string('a text')
export const shortText: v.GenericSchema<unknown, string> = v.pipe(
  v.string('a text'),
  v.maxLength(256, 'a text of at most 256 characters'),
)

const U64 = 'a decimal string from 0 to 2^64 - 1'

/** A u64 as a decimal string. */
export const u64: v.GenericSchema<unknown, bigint> = v.pipe(
  v.string(U64),
  v.regex(/^(0|[1-9][0-9]{0,19})$/, U64),
  v.transform((digits) => BigInt(digits)),
  v.maxValue(2n ** 64n - 1n, U64),
)

const BITS = 'a decimal string of at most 39 digits'

/** Any other integer as a decimal string, raw bits of fixed-point values among them. */
export const bits: v.GenericSchema<unknown, bigint> = v.pipe(
  v.string(BITS),
  v.regex(/^(0|-?[1-9][0-9]{0,38})$/, BITS),
  v.transform((digits) => BigInt(digits)),
)

export const flowEma: v.GenericSchema<unknown, FlowEma> = v.object({ block: u64, ema: bits })

export const recycleOrBurn: v.GenericSchema<unknown, 'Burn' | 'Recycle'> = v.picklist(
  ['Burn', 'Recycle'],
  '"Burn" or "Recycle"',
)
