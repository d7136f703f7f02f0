import {
  Blake2128,
  Blake2128Concat,
  Blake2256,
  Twox64Concat,
  Twox128,
  Twox256,
} from '@polkadot-api/substrate-bindings'
import { bytesToHex, hexToBytes } from './hex.ts'
import type { Hasher, StorageItem } from './runtime.ts'

/** A part of a storage key: an unsigned integer, or an account as 64 hex digits without `0x`. */
export type KeyPart = number | bigint | string

const HASH: Readonly<Record<Exclude<Hasher, 'Identity'>, (encoded: Uint8Array) => Uint8Array>> = {
  Twox64Concat,
  Twox128,
  Twox256,
  Blake2128,
  Blake2256,
  Blake2128Concat,
}

const UINT_BYTES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, u128: 16 }

/** The key's part as SCALE, hex. */
function encode(part: KeyPart, shape: string): string {
  if (typeof part === 'string') return part
  const bytes = UINT_BYTES[shape] ?? 0
  let hex = ''
  for (let rest = BigInt(part), left = bytes; left > 0; left--, rest >>= 8n) {
    hex += Number(rest & 0xffn)
      .toString(16)
      .padStart(2, '0')
  }
  return hex
}

/**
 * Computes storage keys here, so that they need not be asked for. Hashes of accounts are kept: one hotkey
 * enters the keys of seven items.
 */
export class KeyMaker {
  readonly #prefixes = new Map<string, string>()
  readonly #accounts = new Map<string, string>()

  /** `0x` and the key of the item; with fewer parts than the item has, the prefix of all keys that begin so. */
  key(item: StorageItem, parts: readonly KeyPart[]): string {
    let key = this.#prefix(item)
    for (const [i, part] of parts.entries()) key += this.#hashed(item.hashers[i]!, item.keys[i]!, part)
    return key
  }

  #prefix(item: StorageItem): string {
    const name = `${item.prefix}\n${item.name}`
    const known = this.#prefixes.get(name)
    if (known !== undefined) return known
    const utf8 = new TextEncoder()
    const prefix = `0x${bytesToHex(Twox128(utf8.encode(item.prefix)))}${bytesToHex(Twox128(utf8.encode(item.name)))}`
    this.#prefixes.set(name, prefix)
    return prefix
  }

  #hashed(hasher: Hasher, shape: string, part: KeyPart): string {
    const encoded = encode(part, shape)
    if (hasher === 'Identity') return encoded
    if (typeof part !== 'string') return hashOf(hasher, encoded)
    const name = `${hasher}${encoded}`
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const hashed = hashOf(hasher, encoded)
    this.#accounts.set(name, hashed)
    return hashed
  }
}

/** Bytes of the hash before what a hasher keeps; of one that keeps nothing there is only the hash. */
const HASH_BYTES: Readonly<Record<Hasher, number>> = {
  Identity: 0,
  Twox64Concat: 8,
  Twox128: 16,
  Twox256: 32,
  Blake2128: 16,
  Blake2256: 32,
  Blake2128Concat: 16,
}
/** `0x`, and the names of pallet and item as two hashes. */
const PREFIX_DIGITS = 2 + 2 * 32

/**
 * Whether a key under the item's prefix is one that the item can have: as long as its hashers make it, and where they
 * keep a part of the key beside its hash, with the hash of that part. No node has to be believed for that.
 */
export function isKeyOf(item: StorageItem, key: string): boolean {
  if (!/^0x[0-9a-f]*$/.test(key)) return false
  let at = PREFIX_DIGITS
  for (const [i, hasher] of item.hashers.entries()) {
    const hashEnd = at + 2 * HASH_BYTES[hasher]
    const end = hashEnd + 2 * keptBytes(hasher, item.keys[i]!)
    if (end > key.length) return false
    const kept = key.slice(hashEnd, end)
    if (hashEnd < end && hasher !== 'Identity' && key.slice(at, end) !== hashOf(hasher, kept)) return false
    at = end
  }
  return at === key.length
}

function hashOf(hasher: Exclude<Hasher, 'Identity'>, encoded: string): string {
  return bytesToHex(HASH[hasher](hexToBytes(encoded)))
}

/** Bytes of a part of a key that stand in the key. */
function keptBytes(hasher: Hasher, shape: string): number {
  if (hasher !== 'Identity' && !hasher.endsWith('Concat')) return 0
  const bytes = UINT_BYTES[shape] ?? Number(/^\[u8;(\d+)\]$/.exec(shape)?.[1] ?? Number.NaN)
  if (Number.isInteger(bytes)) return bytes
  throw new Error(`the length of a key of ${shape} is not known`)
}

/** What a key says after its hash, where the hasher keeps it: the last part of a key, as hex digits. */
export function lastPart(key: string, bytes: number): string {
  return key.slice(-2 * bytes).toLowerCase()
}
