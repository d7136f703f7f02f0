import { NIBBLE, NOT_HEX } from './hex.ts'

/** A value that is not the SCALE it should be. The reader of a storage item turns it into a `ChainError`. */
export class ScaleError extends Error {}

/**
 * Reads SCALE out of the hex string that a node sends, without bytes in between: a metagraph is some thousands
 * of short values, and the strings are there already.
 */
export class ScaleReader {
  readonly #hex: string
  #at: number

  /** @throws {ScaleError} when `hex` is not `0x` and whole bytes. */
  constructor(hex: string) {
    if (!hex.startsWith('0x') || hex.length % 2 !== 0) throw new ScaleError('is not a hex string')
    this.#hex = hex
    this.#at = 2
  }

  /** Bytes not read yet. */
  get left(): number {
    return (this.#hex.length - this.#at) / 2
  }

  byte(): number {
    const at = this.#at
    if (at >= this.#hex.length) throw new ScaleError('ends too early')
    const high = NIBBLE[this.#hex.charCodeAt(at)] ?? NOT_HEX
    const low = NIBBLE[this.#hex.charCodeAt(at + 1)] ?? NOT_HEX
    if (high === NOT_HEX || low === NOT_HEX) throw new ScaleError('is not hex')
    this.#at = at + 2
    return (high << 4) | low
  }

  u16(): number {
    return this.byte() | (this.byte() << 8)
  }

  u32(): number {
    return this.u16() + this.u16() * 0x10000
  }

  /** An unsigned little-endian integer of 8 bytes. */
  u64(): bigint {
    const low = this.u32()
    const high = this.u32()
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
    const end = this.#at + count * 2
    if (end > this.#hex.length) throw new ScaleError('ends too early')
    const digits = this.#hex.slice(this.#at, end).toLowerCase()
    if (!/^[0-9a-f]*$/.test(digits)) throw new ScaleError('is not hex')
    this.#at = end
    return digits
  }

  skip(count: number): void {
    if (count > this.left) throw new ScaleError('ends too early')
    this.#at += count * 2
  }

  /** @throws {ScaleError} when something follows what was read. */
  end(): void {
    if (this.left !== 0) throw new ScaleError(`has ${this.left} bytes too many`)
  }
}
