import type { AccountHashes, Prover } from '../proof/prover.ts'
import type { Addresses } from './addresses.ts'
import type { KeyMaker } from './keys.ts'
import { loadProver } from './proofs.ts'

/**
 * Accounts of which keys and addresses are about to be made. Where the hash in Rust is at hand they are hashed all at
 * once, which takes a twentieth of the time; else one by one, as each is needed.
 */
export class AccountHasher {
  readonly #keys: KeyMaker
  readonly #addresses: Addresses
  readonly #hash: ((accounts: readonly string[]) => AccountHashes) | undefined

  constructor(keys: KeyMaker, addresses: Addresses, prover: Prover | undefined) {
    this.#keys = keys
    this.#addresses = addresses
    this.#hash = prover && ((accounts) => prover.accounts(accounts))
  }

  /** @param accounts 64 hex digits each. */
  meet(accounts: readonly string[]): void {
    if (this.#hash === undefined) return
    const unknown = [...new Set(accounts)].filter(
      (account) => !(this.#keys.knows(account) && this.#addresses.knows(account)),
    )
    if (unknown.length < 2) return
    const { hashes, checksums } = this.#hash(unknown)
    for (const [i, account] of unknown.entries()) {
      this.#keys.learn(account, hashes[i]!)
      this.#addresses.learn(account, checksums[i]!)
    }
  }
}

/**
 * What hashes accounts in Rust: in Node, where the pull has loaded the addon anyway. A page would have to load a module
 * for it, and does without unless it proves.
 */
export async function hasherAtHand(proves: boolean): Promise<Prover | undefined> {
  if (!proves && globalThis.process?.versions?.node === undefined) return undefined
  return loadProver()
}
