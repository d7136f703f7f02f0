import { blake2b } from '@noble/hashes/blake2.js'
import { base58 } from '@scure/base'
import { InputError } from '../errors/index.ts'
import { iterable, shownValue } from '../errors/options.ts'
import { ss58 } from '../snapshot/ss58.ts'

/**
 * A hotkey or a coldkey: its place among all accounts of the network in ascending order of their 32-byte keys, 0 for
 * the key of zeros, which the chain reads where an entry is missing. {@link Accounts} maps addresses to them.
 */
export type Account = number

const KEY_BYTES = 32
/** One byte of format, the key, and two of checksum. */
const ADDRESS_BYTES = 1 + KEY_BYTES + 2
/** Bytes of the hash by which storage orders accounts. */
const HASH_BYTES = 16
const ZEROS = ss58(new Uint8Array(KEY_BYTES))

/** @throws {InputError} for what is no address of Bittensor's. */
function keyOf(address: string): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0)
  try {
    bytes = base58.decode(address)
  } catch {
    // Said below, as for any other text.
  }
  const key = bytes.slice(1, 1 + KEY_BYTES)
  if (bytes.length === ADDRESS_BYTES && ss58(key) === address) return key
  throw new InputError({
    field: 'hotkeys',
    expected: `expected an SS58 address, found ${JSON.stringify(address)}`,
  })
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < KEY_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** The accounts of a network by their addresses: numbers in ascending order of the keys, 0 for the key of zeros. */
export class Accounts {
  /** SS58, by account. */
  readonly addresses: readonly string[]
  readonly #known: ReadonlyMap<string, Account>

  /**
   * @param addresses SS58, in any order and with repeats.
   * @throws {InputError} for one that is none.
   */
  constructor(addresses: Iterable<string>) {
    iterable('addresses', addresses)
    const keys = [...new Set([ZEROS, ...addresses])].map((address) => ({ address, key: keyOf(address) }))
    keys.sort((a, b) => compare(a.key, b.key))
    this.addresses = keys.map(({ address }) => address)
    this.#known = new Map(this.addresses.map((address, account) => [address, account]))
  }

  /** @throws {InputError} for an address that was not given. */
  of(address: string): Account {
    const account = this.#known.get(address)
    if (account !== undefined) return account
    throw new InputError({
      field: 'address',
      expected: `expected an account of the network, found ${shownValue(address)}`,
    })
  }

  /**
   * The hash by which storage orders the account, its first byte the highest: the first 128 bits of Blake2b of its key.
   * @throws {InputError} for an account that is none.
   */
  hash(account: Account): bigint {
    const hash = blake2b(keyOf(this.address(account)), { dkLen: HASH_BYTES })
    return hash.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
  }

  /** @throws {InputError} for an account that is none. */
  address(account: Account): string {
    const address = this.addresses[account]
    if (address !== undefined) return address
    throw new InputError({
      field: 'account',
      expected: `expected an account of the network, found ${shownValue(account)}`,
    })
  }
}
