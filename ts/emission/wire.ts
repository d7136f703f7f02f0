/** Requests and answers as the JSON of `bindings/emission-wire`. */

import { EngineError, InputError } from '../errors/index.ts'
import type { Json } from './types.ts'

/** Hands a function's name and its request to an implementation, and gives its answer. */
export type Transport = (name: string, request: Uint8Array<ArrayBuffer>) => Uint8Array

const MAX_DEPTH = 32
const DIGITS = /^-?[0-9]+$/

function renamer(rename: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    let renamed = known.get(name)
    if (renamed === undefined) {
      renamed = rename(name)
      // Names of the caller's own must not fill memory.
      if (known.size < 1024) known.set(name, renamed)
    }
    return renamed
  }
}

const snakeCase = renamer((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
const camelCase = renamer((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))

/** Columns of small integers; those of `BigUint64Array` are told apart. */
type SmallColumn = Uint8Array | Uint16Array | Uint32Array

function isSmallColumn(value: object): value is SmallColumn {
  return value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Uint32Array
}

/** A value with snake-case names, integers of more than 32 bits as decimal strings, and columns as lists. */
function toJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH)
    throw new InputError({ field: 'request', expected: `expected at most ${MAX_DEPTH} levels` })
  if (value instanceof BigUint64Array) return Array.from(value, String)
  if (isSmallColumn(value)) return Array.from(value)
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1))
  const object: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) object[snakeCase(name)] = toJson(item, depth + 1)
  return object
}

/** The reverse: a string of digits is always an integer, as no name or hash comes back. */
function fromJson(value: unknown): unknown {
  if (typeof value === 'string') return DIGITS.test(value) ? BigInt(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromJson)
  const object: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) object[camelCase(name)] = fromJson(item)
  return object
}

interface Answer {
  readonly ok?: Json
  readonly error?: {
    readonly field: string
    readonly netuid?: number
    readonly uid?: number
    readonly expected: string
  }
  readonly failure?: string
}

function send(transport: Transport, name: string, request: unknown): Json {
  const text = JSON.stringify(request) ?? 'null'
  const answer = JSON.parse(
    new TextDecoder().decode(transport(name, new TextEncoder().encode(text))),
  ) as Answer
  if (answer.error !== undefined) throw new InputError(answer.error)
  if (answer.ok === undefined) throw new EngineError(answer.failure ?? 'an answer without a result')
  return answer.ok
}

/** Calls a function. What it gives is as the function's own type says: both sides are this package's. */
export function call<T>(transport: Transport, name: string, request: object): T {
  return fromJson(send(transport, name, toJson(request))) as T
}

/** Calls a function of the vectors, whose names and values stay as they are. */
export function callVector(transport: Transport, request: object): Json {
  return send(transport, 'vector', request)
}
