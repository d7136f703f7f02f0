import { ChainError } from '../errors/index.ts'
import type { KeyListing, Prover } from '../proof/prover.ts'
import type { Header } from './header.ts'
import { isHash } from './hex.ts'

let loaded: Promise<Prover> | undefined

/** Loads what checks proofs, once: the addon in Node, a WebAssembly module elsewhere. */
export function loadProver(): Promise<Prover> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Prover> {
  try {
    // By name, so that a bundle for browsers has the module alone, and in a chunk that only those who prove load.
    const { loadProver } = await import('#proof')
    return await loadProver()
  } catch (error) {
    loaded = undefined
    throw error
  }
}

/** Proofs of the state of one block, by the state root of its header. */
export class BlockProofs {
  readonly #prover: Prover
  readonly #header: Header

  constructor(prover: Prover, header: Header) {
    this.#prover = prover
    this.#header = header
  }

  /**
   * What is stored under each key, null where nothing is.
   * @param answer Of `state_getReadProof` for these keys.
   * @throws {ChainError} of kind `unproved` where it does not prove one.
   */
  values(answer: unknown, keys: readonly string[]): readonly (string | null)[] {
    return this.#prover.values(this.#header.stateRoot, nodesOf(answer, this.#header.hash), keys)
  }

  /** The keys that a node is to be asked about so that its answer proves a listing. */
  asked(listing: KeyListing): readonly string[] {
    return this.#prover.asked(listing)
  }

  /**
   * Checks that a listing has every key that there is, and no other.
   * @param answer Of `state_getReadProof` for the keys that {@link asked} names.
   * @throws {ChainError} of kind `unproved` where it has not, or the answer does not prove it.
   */
  checkListing(answer: unknown, listing: KeyListing): void {
    this.#prover.listing(this.#header.stateRoot, nodesOf(answer, this.#header.hash), listing)
  }
}

/** The nodes of the trie in an answer of `state_getReadProof`. */
function nodesOf(answer: unknown, hash: string): readonly string[] {
  const { at, proof } = (answer ?? {}) as Readonly<Record<string, unknown>>
  if (!isHash(at) || !Array.isArray(proof) || !proof.every((node) => typeof node === 'string'))
    throw new ChainError('malformed', 'the node gave no state proof', { block: hash })
  if (at.toLowerCase() === hash) return proof
  throw new ChainError('wrong-block', `the node gave a proof of block ${at}, not ${hash}`, { block: hash })
}
