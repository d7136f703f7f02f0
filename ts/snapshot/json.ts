/**
 * A pull reader over JSON bytes: checks the grammar as it goes and builds only what is asked for, so that memory
 * stays in proportion to what is kept and no file is too deep, too long or too odd to be refused.
 */

import { FileError } from '../errors/index.ts'

/** Where a value is in the bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

const END = -1
const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const LOWER_E = 0x65
const UPPER_E = 0x45
const LOWER_F = 0x66
const LOWER_N = 0x6e
const LOWER_T = 0x74
const LOWER_U = 0x75

/** Documents of ours nest 5 deep, vectors' notes hardly more. */
const MAX_DEPTH = 64
const MAX_KEY_BYTES = 256
/** Digits of an i128; longer integers are refused unread, for `BigInt` of a long text takes quadratic time. */
const MAX_DIGITS = 39
const FOUND_BYTES = 40

const SHORT_ESCAPES: ReadonlySet<number> = new Set([...'"\\/bfnrt'].map((char) => char.charCodeAt(0)))

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= LOWER_F)
}

/** Reads one JSON text from front to back. Every method throws {@link FileError} where the bytes are not JSON. */
export class JsonReader {
  readonly #bytes: Uint8Array
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #at: number
  #depth = 0

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes
    this.#file = file
    const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    this.#at = hasByteOrderMark ? 3 : 0
  }

  #byte(): number {
    return this.#bytes[this.#at] ?? END
  }

  /** The next byte that is no white space. */
  #peek(): number {
    for (;;) {
      const byte = this.#byte()
      if (byte > SPACE) return byte
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return byte
      this.#at += 1
    }
  }

  #fail(expected: string): never {
    const length = this.#bytes.length
    if (this.#at >= length) {
      const message =
        length === 0 ? 'empty' : `ends after ${length} bytes where ${expected} should be: is it cut short?`
      throw new FileError(this.#file, message)
    }
    throw new FileError(this.#file, `not JSON: expected ${expected} at byte ${this.#at}`)
  }

  #take(byte: number, expected: string): void {
    if (this.#peek() !== byte) this.#fail(expected)
    this.#at += 1
  }

  #text({ start, end }: Span): string {
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, end))
    } catch (cause) {
      throw new FileError(this.#file, `not UTF-8 between bytes ${start} and ${end}`, { cause })
    }
  }

  /** What the next value is. */
  kind(): JsonKind {
    const byte = this.#peek()
    if (byte === OPEN_OBJECT) return 'object'
    if (byte === OPEN_ARRAY) return 'array'
    if (byte === QUOTE) return 'string'
    if (byte === MINUS || isDigit(byte)) return 'number'
    if (byte === LOWER_T || byte === LOWER_F) return 'boolean'
    if (byte === LOWER_N) return 'null'
    return this.#fail('a value')
  }

  /** Calls `member` at each member's value, which it has to read. Keys may repeat: that is the caller's to see. */
  object(member: (key: string) => void): void {
    this.#items(OPEN_OBJECT, CLOSE_OBJECT, () => {
      const key = this.#string(MAX_KEY_BYTES)
      this.#take(COLON, 'a colon')
      member(key)
    })
  }

  /** Calls `element` at each element, which it has to read. */
  array(element: (index: number) => void): void {
    let index = 0
    this.#items(OPEN_ARRAY, CLOSE_ARRAY, () => {
      element(index)
      index += 1
    })
  }

  #items(open: number, close: number, item: () => void): void {
    this.#take(open, open === OPEN_ARRAY ? 'an array' : 'an object')
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) {
      throw new FileError(this.#file, `nested more than ${MAX_DEPTH} deep at byte ${this.#at - 1}`)
    }
    if (this.#peek() === close) {
      this.#at += 1
      this.#depth -= 1
      return
    }
    for (;;) {
      item()
      if (this.#peek() !== COMMA) break
      this.#at += 1
    }
    this.#take(close, open === OPEN_ARRAY ? 'a comma or ]' : 'a comma or }')
    this.#depth -= 1
  }

  /** A plain integer from 0 to `max`; -1 where the next value is anything else, which stays unread. */
  integer(max: number): number {
    const start = this.#peek()
    if (!isDigit(start)) return -1
    const bytes = this.#bytes
    let at = this.#at
    let byte = start
    let value = 0
    do {
      value = value * 10 + (byte - ZERO)
      at += 1
      byte = bytes[at] ?? END
    } while (isDigit(byte))
    if (value > max || byte === DOT || (byte | 0x20) === LOWER_E) return -1
    if (start === ZERO && at > this.#at + 1) return -1
    this.#at = at
    return value
  }

  /** `[a, b]` of two u16 as `65536 * a + b`; -1 where the next value is anything else, which stays unread. */
  pair(): number {
    if (this.#peek() !== OPEN_ARRAY) return -1
    const start = this.#at
    this.#at += 1
    const pair = this.#pairWithin()
    if (pair < 0) this.#at = start
    return pair
  }

  #pairWithin(): number {
    const first = this.integer(0xffff)
    if (first < 0 || this.#peek() !== COMMA) return -1
    this.#at += 1
    const second = this.integer(0xffff)
    if (second < 0 || this.#peek() !== CLOSE_ARRAY) return -1
    this.#at += 1
    return 65536 * first + second
  }

  /**
   * A string that is a decimal integer, as `"-12"`, without leading zeros and of at most 39 digits; undefined where
   * the next value is anything else, which stays unread.
   */
  decimal(): bigint | undefined {
    if (this.#peek() !== QUOTE) return undefined
    const bytes = this.#bytes
    const negative = bytes[this.#at + 1] === MINUS
    const start = this.#at + (negative ? 2 : 1)
    let end = start
    while (end - start <= MAX_DIGITS && isDigit(bytes[end] ?? END)) end += 1
    const digits = end - start
    if (digits === 0 || digits > MAX_DIGITS || bytes[end] !== QUOTE) return undefined
    if (bytes[start] === ZERO && (digits > 1 || negative)) return undefined
    this.#at = end + 1
    const value = this.#digits(start, end)
    return negative ? -value : value
  }

  /** 15 digits at a time, which a number holds exactly. */
  #digits(start: number, end: number): bigint {
    const bytes = this.#bytes
    let value = 0n
    for (let from = start; from < end; from += 15) {
      const to = Math.min(from + 15, end)
      let part = 0
      for (let at = from; at < to; at++) part = part * 10 + (bytes[at]! - ZERO)
      value = value === 0n ? BigInt(part) : value * BigInt(10 ** (to - from)) + BigInt(part)
    }
    return value
  }

  /** `true` or `false`; undefined where the next value is anything else, which stays unread. */
  boolean(): boolean | undefined {
    if (this.kind() !== 'boolean') return undefined
    const value = this.#byte() === LOWER_T
    this.skip()
    return value
  }

  /** A string of at most `maxBytes` bytes; undefined where the next value is anything else, which stays unread. */
  string(maxBytes: number): string | undefined {
    return this.kind() === 'string' ? this.#string(maxBytes) : undefined
  }

  #string(maxBytes: number): string {
    if (this.#peek() !== QUOTE) this.#fail('a string')
    const start = this.#at
    const escaped = this.#skipString()
    const span = { start, end: this.#at }
    if (span.end - start > maxBytes) {
      throw new FileError(this.#file, `a string of more than ${maxBytes} bytes at byte ${start}`)
    }
    if (escaped) return JSON.parse(this.#text(span)) as string
    return this.#text({ start: start + 1, end: span.end - 1 })
  }

  /** Any value of at most `maxBytes` bytes of text. */
  value(maxBytes: number): unknown {
    const span = this.skip()
    if (span.end - span.start <= maxBytes) return this.at(span)
    throw new FileError(this.#file, `a value of more than ${maxBytes} bytes at byte ${span.start}`)
  }

  /** The value at a span that {@link skip} gave. */
  at(span: Span): unknown {
    return JSON.parse(this.#text(span))
  }

  /** Passes over a value and gives its text, or how that begins, for messages. */
  found(): string {
    const { start, end } = this.skip()
    const shown = new TextDecoder().decode(this.#bytes.subarray(start, Math.min(end, start + FOUND_BYTES)))
    return end - start > FOUND_BYTES ? `${shown}…` : shown
  }

  /** Passes over a value. */
  skip(): Span {
    const kind = this.kind()
    const start = this.#at
    if (kind === 'object') this.#skipObject()
    else if (kind === 'array') this.#items(OPEN_ARRAY, CLOSE_ARRAY, () => this.skip())
    else if (kind === 'string') this.#skipString()
    else if (kind === 'number') this.#skipNumber()
    else this.#skipWord(this.#byte() === LOWER_T ? 'true' : kind === 'null' ? 'null' : 'false')
    return { start, end: this.#at }
  }

  #skipObject(): void {
    this.#items(OPEN_OBJECT, CLOSE_OBJECT, () => {
      if (this.#peek() !== QUOTE) this.#fail('a string')
      this.#skipString()
      this.#take(COLON, 'a colon')
      this.skip()
    })
  }

  /** Passes over a string; true where it has escapes. */
  #skipString(): boolean {
    let escaped = false
    this.#at += 1
    for (;;) {
      const byte = this.#byte()
      if (byte < SPACE) this.#fail('a character of a string')
      this.#at += 1
      if (byte === QUOTE) return escaped
      if (byte !== BACKSLASH) continue
      escaped = true
      this.#skipEscape()
    }
  }

  #skipEscape(): void {
    const byte = this.#byte()
    if (byte !== LOWER_U) {
      if (!SHORT_ESCAPES.has(byte)) this.#fail('an escape')
      this.#at += 1
      return
    }
    this.#at += 1
    for (let i = 0; i < 4; i++) {
      if (!isHexDigit(this.#byte())) this.#fail('a hexadecimal digit')
      this.#at += 1
    }
  }

  #skipNumber(): void {
    if (this.#byte() === MINUS) this.#at += 1
    if (this.#byte() === ZERO) this.#at += 1
    else this.#skipDigits()
    if (this.#byte() === DOT) {
      this.#at += 1
      this.#skipDigits()
    }
    if (this.#byte() !== LOWER_E && this.#byte() !== UPPER_E) return
    this.#at += 1
    if (this.#byte() === PLUS || this.#byte() === MINUS) this.#at += 1
    this.#skipDigits()
  }

  #skipDigits(): void {
    if (!isDigit(this.#byte())) this.#fail('a digit')
    while (isDigit(this.#byte())) this.#at += 1
  }

  #skipWord(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#byte() !== word.charCodeAt(i)) this.#fail(`"${word}"`)
      this.#at += 1
    }
  }

  /** Fails unless nothing but white space is left. */
  end(): void {
    if (this.#peek() !== END) this.#fail('the end of the file')
  }
}
