/** What callers hand over, checked before anything is done with it: every fault is typed and names what is wrong. */

import { InputError } from './errors.ts'

/**
 * Whether a value may be what an option of that name is given.
 * @throws {InputError} naming the option.
 */
export type Check = (field: string, value: unknown) => void

/** A check for each option that there is. */
export type Checks<T> = { readonly [K in keyof Required<T>]: Check }

const FOUND_LENGTH = 40

/** A value as a message shows it: short, on one line, and of what class. */
export function shownValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return shortened(JSON.stringify(value))
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `an object of class ${shortened(name)}` : 'an object'
}

function shortened(text: string): string {
  return text.length > FOUND_LENGTH ? `${text.slice(0, FOUND_LENGTH)}…` : text
}

/** The fault of an option or an argument. */
export function unexpectedValue(field: string, expected: string, value: unknown): InputError {
  return new InputError({ field, expected: `expected ${expected}, found ${shownValue(value)}` })
}

/** A check that a condition makes. */
export function expecting(expected: string, holds: (value: unknown) => boolean): Check {
  return (field, value) => {
    if (!holds(value)) throw unexpectedValue(field, expected, value)
  }
}

/** A whole number from `min` to `max`. */
export function integerFrom(min: number, max: number): Check {
  return expecting(
    `an integer from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  )
}

/** The number of a block, as a number or a bigint. */
export const blockNumber: Check = expecting(
  'a block number, an integer from 0 to 2^32 - 1 as number or bigint',
  (value) =>
    typeof value === 'bigint'
      ? value >= 0n && value < 2n ** 32n
      : Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32,
)

/** A u64, as chains hold amounts and blocks. */
export const u64: Check = expecting(
  'a bigint from 0 to 2^64 - 1',
  (value) => typeof value === 'bigint' && value >= 0n && value < 2n ** 64n,
)

export const u16: Check = integerFrom(0, 0xffff)
export const i16: Check = integerFrom(-0x8000, 0x7fff)
export const netuid: Check = integerFrom(0, 4095)
export const specVersion: Check = integerFrom(0, 0xffff_ffff)
export const flag: Check = expecting('a boolean', (value) => typeof value === 'boolean')
export const text: Check = expecting('a text', (value) => typeof value === 'string')
export const callback: Check = expecting('a function', (value) => typeof value === 'function')

/** One of several words. */
export function oneOf(words: readonly string[]): Check {
  const expected = words.map((word) => JSON.stringify(word)).join(', ')
  return expecting(`one of ${expected}`, (value) => words.includes(value as string))
}

/** Also null, or else what another check lets through. */
export function orNull(check: Check): Check {
  return (field, value) => {
    if (value !== null) check(field, value)
  }
}

/** An array of which each element passes a check. */
export function listOf(check: Check): Check {
  return (field, value) => {
    if (!Array.isArray(value)) throw unexpectedValue(field, 'an array', value)
    for (const [at, element] of value.entries()) check(`${field}[${at}]`, element)
  }
}

/** An object with methods of these names. What it is called does not matter: a stand-in is as good. */
export function withMethods(what: string, ...methods: readonly string[]): Check {
  return expecting(
    what,
    (value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'),
  )
}

/** An object, whatever is in it. */
export const anObject: Check = expecting('an object', (value) => isObject(value) && !Array.isArray(value))

/** An object with members of these names. */
export function withMembers(what: string, ...members: readonly string[]): Check {
  return expecting(what, (value) => isObject(value) && members.every((name) => value[name] !== undefined))
}

/** `AbortSignal`, of any realm. */
export const abortSignal: Check = expecting(
  'an AbortSignal',
  (value) =>
    isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function',
)

const typeOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined

/** The name of a typed array's type, whichever realm it is from; undefined for all else. */
export function typedArrayName(value: unknown): string | undefined {
  return typeOf.call(value)
}

/** What can be gone through one after the other. */
export const iterable: Check = expecting(
  'something to go through',
  (value) =>
    (typeof value === 'string' || isObject(value)) &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function',
)

/** Bytes: a `Uint8Array`, a Node `Buffer` among them. */
export const bytes: Check = expecting('a Uint8Array', (value) => typedArrayName(value) === 'Uint8Array')

/** Objects that are written out may have no option at all; one of a class is then another thing by mistake. */
export function areOptions(options: object, names: readonly string[]): boolean {
  const prototype: object | null = Object.getPrototypeOf(options)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain || names.some((name) => name in options)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/**
 * Options, each by its check; one that is left out or undefined has its default.
 * @param name What the options as a whole are called in a message.
 * @throws {InputError} naming the first that cannot be, and for an object of a class that has none of them.
 */
export function checkOptions<T extends object>(name: string, options: T, checks: Checks<T>): void {
  if (!isObject(options) || Array.isArray(options) || !areOptions(options, Object.keys(checks)))
    throw unexpectedValue(name, 'an object of options', options)
  for (const key of Object.keys(checks) as (keyof T & string)[]) {
    const value = (options as T)[key]
    if (value !== undefined) checks[key](key, value)
  }
}
