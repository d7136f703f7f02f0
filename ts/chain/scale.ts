import { digitsOf, NIBBLE, NOT_HEX } from './hex.ts'

/** A value that is not the SCALE it should be. The reader of a storage item turns it into a `ChainError`. */
export class ScaleError extends Error {}

/** Reads SCALE, out of bytes or out of the hex string that a node sends. */
export class ScaleReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  /**
   * @param source Bytes, or hex with `0x`.
   * @param start Of bytes the first that is read.
   * @param end Of bytes the one behind the last.
   * @throws {ScaleError} for a text that is not `0x` and whole bytes.
   */
  constructor(source: Uint8Array | string, start = 0, end?: number) {
    this.#bytes = typeof source === 'string' ? bytesOf(source) : source
    this.#at = start
    this.#end = end ?? this.#bytes.length
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#end - this.#at
  }

  byte(): number {
    if (this.#at >= this.#end) throw new ScaleError('ends too early')
    return this.#bytes[this.#at++]!
  }

  u16(): number {
    const at = this.#take(2)
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8)
  }

  u32(): number {
    const at = this.#take(4)
    return u32At(this.#bytes, at)
  }

  /** An unsigned little-endian integer of 8 bytes. */
  u64(): bigint {
    const at = this.#take(8)
    const low = u32At(this.#bytes, at)
    const high = u32At(this.#bytes, at + 4)
    // As a number as long as it is one: half of the amounts on a chain are that small.
    if (high < 0x20_0000) return BigInt(high * 0x1_0000_0000 + low)
    return BigInt(high) * 0x1_0000_0000n + BigInt(low)
  }

  /** An unsigned little-endian integer of `bytes` bytes. */
  uint(bytes: number): bigint {
    if (bytes === 8) return this.u64()
    if (bytes < 8) return BigInt(this.#short(bytes))
    let value = 0n
    for (let at = 0; at < bytes; at += 8) value |= this.u64() << BigInt(8 * at)
    return value
  }

  /** One of 1, 2 or 4 bytes. */
  #short(bytes: number): number {
    return bytes === 4 ? this.u32() : bytes === 2 ? this.u16() : this.byte()
  }

  /** A two's complement little-endian integer of `bytes` bytes. */
  int(bytes: number): bigint {
    return BigInt.asIntN(bytes * 8, this.uint(bytes))
  }

  bool(): boolean {
    const byte = this.byte()
    if (byte > 1) throw new ScaleError(`has ${byte} for a bool`)
    return byte === 1
  }

  /** A compact integer below 2^30: lengths and versions are. */
  compact(): number {
    const first = this.byte()
    const mode = first & 3
    if (mode === 0) return first >> 2
    if (mode === 1) return (first >> 2) | (this.byte() << 6)
    if (mode === 2) return (first >> 2) + this.byte() * 0x40 + this.u16() * 0x4000
    throw new ScaleError('has a length beyond 2^30')
  }

  /** Passes over a compact integer of any size. */
  skipCompact(): void {
    const first = this.byte()
    const mode = first & 3
    this.skip(mode === 0 ? 0 : mode === 1 ? 1 : mode === 2 ? 3 : (first >> 2) + 4)
  }

  /** The length of a list whose elements take at least `size` bytes: never more than what is there to read. */
  length(size: number): number {
    const length = this.compact()
    if (length * size > this.left) throw new ScaleError(`claims ${length} elements in ${this.left} bytes`)
    return length
  }

  /** `count` bytes as hex digits, lower case, without `0x`. */
  hex(count: number): string {
    const at = this.#take(count)
    return digitsOf(this.#bytes, at, at + count)
  }

  skip(count: number): void {
    this.#take(count)
  }

  /** As many pairs of u16 as `to - from`, the first of each into one column and the second into the other. */
  pairs(first: Uint16Array, second: Uint16Array, from: number, to: number): void {
    const bytes = this.#bytes
    let at = this.#take(4 * (to - from))
    for (let i = from; i < to; i++, at += 4) {
      first[i] = bytes[at]! | (bytes[at + 1]! << 8)
      second[i] = bytes[at + 2]! | (bytes[at + 3]! << 8)
    }
  }

  /** @throws {ScaleError} when something follows what was read. */
  end(): void {
    if (this.left !== 0) throw new ScaleError(`has ${this.left} bytes too many`)
  }

  /** Where the next `count` bytes are, which are passed over. */
  #take(count: number): number {
    const at = this.#at
    if (count > this.#end - at) throw new ScaleError('ends too early')
    this.#at = at + count
    return at
  }
}

function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

/** @throws {ScaleError} */
function bytesOf(hex: string): Uint8Array {
  if (!hex.startsWith('0x') || hex.length % 2 !== 0) throw new ScaleError('is not a hex string')
  const bytes = new Uint8Array(hex.length / 2 - 1)
  for (let i = 0; i < bytes.length; i++) {
    const high = NIBBLE[hex.charCodeAt(2 * i + 2)] ?? NOT_HEX
    const low = NIBBLE[hex.charCodeAt(2 * i + 3)] ?? NOT_HEX
    if (high === NOT_HEX || low === NOT_HEX) throw new ScaleError('is not hex')
    bytes[i] = (high << 4) | low
  }
  return bytes
}
