/** State proofs: what a node's answer to `state_getReadProof` proves against the state root of a block's header. */

import { bytesToHex, hexToBytes } from '../chain/hex.ts'
import { ChainError, EngineError } from '../errors/index.ts'
import { type Answer, type Column, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'

/** What checks proofs: the addon, or a WebAssembly module. */
export type ProverKind = 'native' | 'wasm'

/** Options of `loadProver`. */
export interface ProverOptions {
  /** What to load; by default the addon where there is one. */
  readonly prefer?: ProverKind
}

/** An implementation: answers a function, by the number that `bindings/wire` gives it. */
export type ProverHost = (number: number, slots: BigUint64Array, columns: Column[]) => Answer

/** Keys that a node lists. Keys are hex with `0x`, as is all else here. */
export interface KeyListing {
  /** All of them begin with it. */
  readonly prefix: string
  /** They come after this one, where it is given. */
  readonly after: string | undefined
  /** Ascending. */
  readonly keys: readonly string[]
  /** Whether they are all that there are. Otherwise there may be more after the last. */
  readonly last: boolean
}

const FUNCTION = { values: 0, listing: 1, accounts: 2 } as const
/** Bytes that stand for an account in an answer: its hash, and a checksum. */
const HASH_BYTES = 16
const CHECKSUM_BYTES = 2
/** What stands for the node of a value that is not there. */
const ABSENT = 0xffff_ffff
/** Words of an answer's header and of a section's entry. */
const HEADER = 2
const ENTRY = 3

/** Hashes of accounts, in the order of the accounts. */
export interface AccountHashes {
  /** `Blake2_128` of each, as in keys: 32 hex digits. */
  readonly hashes: readonly string[]
  /** The checksum of each one's SS58 address, two bytes: the first is the higher. */
  readonly checksums: Uint16Array
}

/** Checks proofs, and hashes what stands in keys. */
export class Prover {
  readonly kind: ProverKind
  /** What makes keys and reads answers of whole columns at once: the addon alone has it. */
  readonly storage: ProverHost | undefined
  readonly #host: ProverHost

  constructor(kind: ProverKind, host: ProverHost, storage?: ProverHost) {
    this.kind = kind
    this.storage = storage
    this.#host = host
  }

  /**
   * The value of each key, null where nothing is stored.
   * @param root The state root of the block's header.
   * @param nodes What a node gave for these keys.
   * @throws {ChainError} of kind `unproved` where the nodes do not prove one.
   */
  values(root: string, nodes: readonly string[], keys: readonly string[]): readonly (string | null)[] {
    const places = this.#call(FUNCTION.values, [], root, nodes, keys)
    return keys.map((_, i) => {
      const [node, start, length] = places.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number]
      if (node === ABSENT) return null
      const from = 2 + 2 * start
      return `0x${nodes[node]!.slice(from, from + 2 * length)}`
    })
  }

  /** The keys that a node is to be asked about so that what it gives proves a listing. */
  asked({ prefix, after, keys }: KeyListing): readonly string[] {
    return [prefix, ...(after === undefined ? [] : [after]), ...keys]
  }

  /**
   * Checks that a listing has every key that there is, and no other.
   * @param root The state root of the block's header.
   * @param nodes What a node gave for {@link asked}.
   * @throws {ChainError} of kind `unproved` where a key is left out or added, or the nodes do not prove it.
   */
  listing(root: string, nodes: readonly string[], listing: KeyListing): void {
    const slots = [listing.last ? 1n : 0n, listing.after === undefined ? 0n : 1n]
    this.#call(FUNCTION.listing, slots, root, nodes, this.asked(listing))
  }

  /** Hashes of accounts of 64 hex digits each. */
  accounts(accounts: readonly string[]): AccountHashes {
    const column = hexToBytes(accounts.join(''))
    const bytes = sectionOf(this.#host(FUNCTION.accounts, new BigUint64Array(0), [column]))
    const checksums = new Uint16Array(accounts.length)
    const digits = bytesToHex(bytes)
    const hashes = accounts.map((_, i) => {
      const from = i * (HASH_BYTES + CHECKSUM_BYTES)
      checksums[i] = (bytes[from + HASH_BYTES]! << 8) | bytes[from + HASH_BYTES + 1]!
      return digits.slice(2 * from, 2 * (from + HASH_BYTES))
    })
    return { hashes, checksums }
  }

  #call(
    number: number,
    slots: readonly bigint[],
    root: string,
    nodes: readonly string[],
    keys: readonly string[],
  ): Uint32Array {
    const columns = [rootColumn(root), ...textColumns(nodes), ...textColumns(keys)]
    return wordsOf(this.#host(number, BigUint64Array.from(slots), columns))
  }
}

function rootColumn(root: string): Uint8Array {
  return Uint8Array.from(root.slice(2).match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

const encoder = new TextEncoder()

/**
 * Texts one after the other, and the length of each.
 * @throws {ChainError} of kind `unproved` for one with characters of several bytes: what is read of it at the places that
 * are found in its bytes would be something else.
 */
function textColumns(texts: readonly string[]): [Uint8Array, Uint32Array] {
  const lengths = Uint32Array.from(texts, ({ length }) => length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const [i, text] of texts.entries()) {
    const length = lengths[i]!
    const { read, written } = encoder.encodeInto(text, bytes.subarray(at, at + length))
    if (read !== length || written !== length)
      throw new ChainError('unproved', 'the state proof is none: expected hex, found other characters')
    at += length
  }
  return [bytes, lengths]
}

function wordsOf(answer: Answer): Uint32Array {
  const section = sectionOf(answer)
  return new Uint32Array(section.buffer, section.byteOffset, section.length / 4)
}

/** The only section of an answer. */
function sectionOf(answer: Answer): Uint8Array {
  const words = new Uint32Array(answer.buffer, answer.byteOffset, HEADER + ENTRY)
  const [status, , , offset, length] = words as unknown as [number, number, number, number, number]
  const section = answer.subarray(offset, offset + length)
  if (status === STATUS_OK) return section
  const reason = new TextDecoder().decode(section)
  if (status === STATUS_INPUT_ERROR) throw new ChainError('unproved', `the state proof is none: ${reason}`)
  throw new EngineError(reason)
}
