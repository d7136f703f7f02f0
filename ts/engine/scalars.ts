/** What a call is made of: scalars in slots of 64 bits, and typed columns. */

import { InputError } from '../errors/index.ts'
import type { Column } from '../runtime/layout.ts'

const MAX_U64 = 0xffff_ffff_ffff_ffffn

/**
 * The scalars of a call under construction: small numbers are written by their halves, without a detour over bigint.
 * Each write throws an {@link InputError} for a value out of range.
 */
export class Scalars {
  readonly words: BigUint64Array<ArrayBuffer>
  readonly #halves: Uint32Array

  /** @param words Where they are written. */
  constructor(words: BigUint64Array<ArrayBuffer>) {
    this.words = words
    this.#halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length)
  }

  /** An integer from 0 to `max`, which is at most 32 bits long. */
  small(slot: number, field: string, value: number, max: number): void {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new InputError({
        field,
        expected: `expected an integer from 0 to ${max}, found ${String(value)}`,
      })
    }
    this.#put(slot, value)
  }

  /** A boolean. */
  flag(slot: number, field: string, value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new InputError({ field, expected: `expected a boolean, found ${String(value)}` })
    }
    this.#put(slot, value ? 1 : 0)
  }

  #put(slot: number, value: number): void {
    this.#halves[2 * slot] = value
    this.#halves[2 * slot + 1] = 0
  }

  /** A u64. */
  big(slot: number, field: string, value: bigint): void {
    if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
      throw new InputError({
        field,
        expected: `expected a bigint from 0 to 2^64 - 1, found ${String(value)}`,
      })
    }
    this.words[slot] = value
  }

  /** A bigint that may be missing, in two slots: whether it is there, and it. */
  optionalBig(slot: number, field: string, value: bigint | null): void {
    this.#put(slot, value === null ? 0 : 1)
    this.big(slot + 1, field, value ?? 0n)
  }

  /** One of several names, by its place among them. */
  oneOf(slot: number, field: string, name: string, names: readonly string[]): void {
    const place = names.indexOf(name)
    if (place < 0) {
      throw new InputError({ field, expected: `expected one of ${names.join(', ')}, found ${String(name)}` })
    }
    this.#put(slot, place)
  }

  /** A number that may be missing. */
  optional(slot: number, field: string, value: number | null, max: number): void {
    if (value === null) this.words[slot] = MAX_U64
    else this.small(slot, field, value, max)
  }

  /** A number from `-max - 1` to `max`, as two's complement. */
  signed(slot: number, field: string, value: number, max: number): void {
    if (!Number.isInteger(value) || value < -max - 1 || value > max) {
      throw new InputError({
        field,
        expected: `expected an integer from ${-max - 1} to ${max}, found ${String(value)}`,
      })
    }
    this.#halves[2 * slot] = value
    this.#halves[2 * slot + 1] = value < 0 ? -1 : 0
  }
}

const typeOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined

/** The column, where it is of its field's type: whichever realm it comes from, and whatever it calls itself. */
export function typed<T extends Column>(column: T, type: string, field: string, mechanism?: number): T {
  const found = typeOf.call(column)
  if (found === type) return column
  throw new InputError({
    field,
    expected: `expected a ${type}, found ${found ?? (Array.isArray(column) ? 'an array' : typeof column)}`,
    ...(mechanism === undefined ? {} : { mechanism }),
  })
}
