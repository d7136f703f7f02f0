/** Scalars as they cross: checked, in 64 bits. */

import { InputError } from '../errors/index.ts'

const MAX_U64 = 0xffff_ffff_ffff_ffffn

/**
 * A small number.
 * @throws {InputError} for what is no integer from 0 to `max`.
 */
export function smallSlot(field: string, value: number, max: number): bigint {
  if (Number.isInteger(value) && value >= 0 && value <= max) return BigInt(value)
  throw new InputError({
    field,
    expected: `expected an integer from 0 to ${max}, found ${String(value)}`,
  })
}

/**
 * A 64-bit number.
 * @throws {InputError} for what is no bigint of so many bits.
 */
export function bigSlot(field: string, value: bigint): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= MAX_U64) return value
  throw new InputError({
    field,
    expected: `expected a bigint from 0 to 2^64 - 1, found ${String(value)}`,
  })
}

/**
 * A switch.
 * @throws {InputError} for what is no boolean.
 */
export function flagSlot(field: string, value: boolean): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  throw new InputError({ field, expected: `expected a boolean, found ${String(value)}` })
}
