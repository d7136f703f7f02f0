import { blake2b } from '@noble/hashes/blake2.js'
import { base58 } from '@scure/base'

const CHECKSUM_PREFIX = new TextEncoder().encode('SS58PRE')
const CHECKSUM_BYTES = 2
const ACCOUNT_BYTES = 32
/** The network number of generic Substrate addresses, which Bittensor uses. */
const GENERIC = 42
/** Characters of the longest address of an account. */
const LONGEST = 48

/** The SS58 address of an account's 32 bytes. */
export function ss58(account: Uint8Array): string {
  const payload = Uint8Array.of(GENERIC, ...account)
  const checksum = blake2b(Uint8Array.of(...CHECKSUM_PREFIX, ...payload)).subarray(0, CHECKSUM_BYTES)
  return base58.encode(Uint8Array.of(...payload, ...checksum))
}

/** Whether a text is an address of 32 bytes that {@link ss58} gives. */
export function isSs58(text: string): boolean {
  // Longer texts take base58 a time that grows with their square.
  if (text.length > LONGEST) return false
  try {
    const account = base58.decode(text).subarray(1, -CHECKSUM_BYTES)
    return account.length === ACCOUNT_BYTES && ss58(account) === text
  } catch {
    return false
  }
}
