import { fromBufferToBase58 } from '@polkadot-api/substrate-bindings'
import { hexToBytes } from './hex.ts'

/** Bittensor's addresses carry the generic format of substrate. */
const FORMAT = 42
const encode = fromBufferToBase58(FORMAT)

/** SS58 addresses of accounts. Each is computed once: base 58 is slow, and a network repeats its keys. */
export class Addresses {
  readonly #known = new Map<string, string>()

  /** The address of an account of 64 hex digits. */
  of(account: string): string {
    const known = this.#known.get(account)
    if (known !== undefined) return known
    const address = encode(hexToBytes(account))
    this.#known.set(account, address)
    return address
  }
}
