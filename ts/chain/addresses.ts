import { blake2b } from '@noble/hashes/blake2.js'
import { hexToBytes, NIBBLE } from './hex.ts'

/** Bittensor's addresses carry the generic format of substrate. */
const FORMAT = 42
const CHECKSUM_PREFIX: Uint8Array = new TextEncoder().encode('SS58PRE')
const ZERO: number = '1'.charCodeAt(0)
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Digits of base 58 that are made at once: so many of them and 16 bits are a number that a float has exactly. */
const AT_ONCE = 5
const BASE = 58 ** AT_ONCE

/** SS58 addresses of accounts. Each is computed once, and a network repeats its keys. */
export class Addresses {
  readonly #known = new Map<string, string>()
  readonly #accounts = new Map<string, string>()

  /** The address of an account of 64 hex digits. */
  of(account: string): string {
    return this.#known.get(account) ?? this.learn(account, checksumOf(account))
  }

  knows(account: string): boolean {
    return this.#known.has(account)
  }

  /** @param checksum Of the account's address: two bytes, the first is the higher. */
  learn(account: string, checksum: number): string {
    return this.put(account, encode(account, checksum))
  }

  /** Takes an address that was made elsewhere. */
  put(account: string, address: string): string {
    this.#known.set(account, address)
    this.#accounts.set(address, account)
    return address
  }

  /** The account, 64 hex digits, of an address that {@link Addresses.of} gave. */
  accountOf(address: string): string {
    const account = this.#accounts.get(address)
    if (account === undefined) throw new Error(`${address} was not read from this chain`)
    return account
  }
}

function checksumOf(account: string): number {
  const [high, low] = blake2b(Uint8Array.of(...CHECKSUM_PREFIX, FORMAT, ...hexToBytes(account)))
  return (high! << 8) | low!
}

/** Digits of `BASE`, the lowest first, and characters of the address that is being made. */
const digits = new Float64Array(10)
const characters = new Uint8Array(AT_ONCE * digits.length)
const decoder = new TextDecoder()

/**
 * Base 58 of format, account and checksum, of which the first is not 0. Libraries go digit by digit through the bytes;
 * the 512 addresses of a subnet took a tenth of its first pull.
 */
function encode(account: string, checksum: number): string {
  // 35 bytes as words of two, the first one alone.
  digits.fill(0)
  let length = take(FORMAT, 0)
  for (let at = 0; at < account.length; at += 4) length = take(wordAt(account, at), length)
  length = take(checksum, length)
  let at = characters.length
  for (let i = 0; i < length; i++) {
    let rest = digits[i]!
    for (let j = 0; j < AT_ONCE; j++) {
      const next = Math.floor(rest / 58)
      characters[--at] = ALPHABET.charCodeAt(rest - next * 58)
      rest = next
    }
  }
  while (characters[at] === ZERO) at++
  return decoder.decode(characters.subarray(at))
}

/** Two bytes of hex, the first is the higher. */
function wordAt(hex: string, at: number): number {
  let word = 0
  for (let i = at; i < at + 4; i++) word = (word << 4) | NIBBLE[hex.charCodeAt(i)]!
  return word
}

/** Takes two bytes more into the first `length` digits, and gives how many there are then. */
function take(word: number, length: number): number {
  let carry = word
  let i = 0
  for (; i < length || carry > 0; i++) {
    const sum = digits[i]! * 0x1_0000 + carry
    carry = Math.floor(sum / BASE)
    digits[i] = sum - carry * BASE
  }
  return i
}
