import { blake2b } from '@noble/hashes/blake2.js'
import { base58 } from '@scure/base'

const CHECKSUM_PREFIX = new TextEncoder().encode('SS58PRE')
const CHECKSUM_BYTES = 2
/** The network number of generic Substrate addresses, which Bittensor uses. */
const GENERIC = 42

/** The SS58 address of an account's 32 bytes. */
export function ss58(account: Uint8Array): string {
  const payload = Uint8Array.of(GENERIC, ...account)
  const checksum = blake2b(Uint8Array.of(...CHECKSUM_PREFIX, ...payload)).subarray(0, CHECKSUM_BYTES)
  return base58.encode(Uint8Array.of(...payload, ...checksum))
}
