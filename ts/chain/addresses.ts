import { blake2b } from '@noble/hashes/blake2.js'
import { hexToBytes } from './hex.ts'

/** Bittensor's addresses carry the generic format of substrate. */
const FORMAT = 42
const CHECKSUM_PREFIX: Uint8Array = new TextEncoder().encode('SS58PRE')
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
    const address = encode(account, checksum)
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

/**
 * Base 58 of format, account and checksum, of which the first is not 0. Libraries go digit by digit through the bytes;
 * 512 addresses took a tenth of a first pull.
 */
function encode(account: string, checksum: number): string {
  const digits: number[] = []
  const take = (word: number): void => {
    let carry = word
    for (let i = 0; i < digits.length || carry > 0; i++) {
      const sum = (digits[i] ?? 0) * 0x1_0000 + carry
      carry = Math.floor(sum / BASE)
      digits[i] = sum - carry * BASE
    }
  }
  // 35 bytes as words of two, the first one alone.
  take(FORMAT)
  for (let at = 0; at < account.length; at += 4) take(Number.parseInt(account.slice(at, at + 4), 16))
  take(checksum)
  return textOf(digits)
}

/** Digits of `BASE`, the lowest first. */
function textOf(digits: readonly number[]): string {
  let text = ''
  for (const digit of digits) {
    for (let i = 0, rest = digit; i < AT_ONCE; i++, rest = Math.floor(rest / 58))
      text = ALPHABET[rest % 58] + text
  }
  return text.replace(/^1+/, '')
}
