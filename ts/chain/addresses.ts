import { fromBufferToBase58 } from '@polkadot-api/substrate-bindings'
import { hexToBytes } from './hex.ts'

/** Bittensor's addresses carry the generic format of substrate. */
const FORMAT = 42
const encode = fromBufferToBase58(FORMAT)

/** SS58 addresses of accounts. Each is computed once: base 58 is slow, and a network repeats its keys. */
export class Addresses {
  readonly #known = new Map<string, string>()
  readonly #accounts = new Map<string, string>()

  /** The address of an account of 64 hex digits. */
  of(account: string): string {
    const known = this.#known.get(account)
    if (known !== undefined) return known
    const address = encode(hexToBytes(account))
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
