import type { Prover } from '../proof/prover.ts'
import type { Addresses } from './addresses.ts'
import { addressesOf, type StorageHost } from './bulk.ts'
import type { KeyMaker } from './keys.ts'
import { loadProver } from './proofs.ts'

/**
 * Accounts of which keys and addresses are about to be made. Where the hash in Rust is at hand they are hashed all at
 * once, which takes a twentieth of the time; else one by one, as each is needed.
 */
export class AccountHasher {
  readonly #keys: KeyMaker
  readonly #addresses: Addresses
  readonly #prover: Prover | undefined

  constructor(keys: KeyMaker, addresses: Addresses, prover: Prover | undefined) {
    this.#keys = keys
    this.#addresses = addresses
    this.#prover = prover
  }

  /**
   * @param accounts 64 hex digits each.
   * @param inKeys Whether keys of them are made one by one: those of columns are made with their hashes.
   */
  meet(accounts: readonly string[], inKeys: boolean): void {
    if (this.#prover === undefined) return
    const { storage } = this.#prover
    if (storage !== undefined && !inKeys) this.#meetAddresses(storage, accounts)
    else this.#meetInKeys(this.#prover, accounts)
  }

  #meetInKeys(prover: Prover, accounts: readonly string[]): void {
    const unknown = [...new Set(accounts)].filter(
      (account) => !(this.#keys.knows(account) && this.#addresses.knows(account)),
    )
    if (unknown.length < 2) return
    const { hashes, checksums } = prover.accounts(unknown)
    for (const [i, account] of unknown.entries()) {
      this.#keys.learn(account, hashes[i]!)
      if (!this.#addresses.knows(account)) this.#addresses.learn(account, checksums[i]!)
    }
  }

  #meetAddresses(storage: StorageHost, accounts: readonly string[]): void {
    const unknown = [...new Set(accounts.filter((account) => !this.#addresses.knows(account)))]
    if (unknown.length === 0) return
    for (const [i, address] of addressesOf(storage, unknown).entries())
      this.#addresses.put(unknown[i]!, address)
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
