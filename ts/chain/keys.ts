import { Blake2128, Blake2256, Twox64Concat, Twox128, Twox256 } from '@polkadot-api/substrate-bindings'
import type { Hashing } from './bulk.ts'
import { bytesToHex, hexToBytes } from './hex.ts'
import type { Hasher, StorageItem } from './runtime.ts'

/** A part of a storage key: an unsigned integer, or an account as 64 hex digits without `0x`. */
export type KeyPart = number | bigint | string

/** The hash of each hasher, and whether what is hashed stands behind it. */
const HASH = {
  Twox64Concat: 'Twox64',
  Twox128: 'Twox128',
  Twox256: 'Twox256',
  Blake2128: 'Blake2128',
  Blake2256: 'Blake2256',
  Blake2128Concat: 'Blake2128',
} as const satisfies Readonly<Record<Exclude<Hasher, 'Identity'>, Parameters<Hashing>[0]>>

/** Hashes in JavaScript. */
const HASHES: Readonly<Record<Parameters<Hashing>[0], (bytes: Uint8Array) => Uint8Array>> = {
  Twox64: (bytes) => Twox64Concat(bytes).subarray(0, 8),
  Twox128,
  Twox256,
  Blake2128,
  Blake2256,
}

const UINT_BYTES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, u128: 16 }

/** The two digits of each byte. */
const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The key's part as SCALE, hex. */
function encode(part: KeyPart, shape: string): string {
  if (typeof part === 'string') return part
  const bytes = UINT_BYTES[shape] ?? 0
  let hex = ''
  if (typeof part === 'number' && bytes <= 4) {
    for (let rest = part, left = bytes; left > 0; left--, rest >>>= 8) hex += DIGITS[rest & 0xff]
    return hex
  }
  for (let rest = BigInt(part), left = bytes; left > 0; left--, rest >>= 8n)
    hex += DIGITS[Number(rest & 0xffn)]
  return hex
}

/** What accounts in keys are hashed by. */
const OF_ACCOUNTS: Hasher = 'Blake2128Concat'

/** Keys that are kept, some 250 bytes each: one subnet of 256 neurons has 3,500, and an epoch's payout as many again. */
const KEYS_KEPT = 32_768
/** Hashes of accounts that are kept, some 200 bytes each. */
const HASHES_KEPT = 65_536

/**
 * Computes storage keys here, so that they need not be asked for. Keys are kept from one block to the next, hashes of
 * accounts longer: one hotkey enters the keys of twenty items. What is kept is bounded, and let go all at once.
 */
export class KeyMaker {
  readonly #prefixes = new WeakMap<StorageItem, string>()
  readonly #pallets = new Map<string, string>()
  readonly #accounts = new Map<Hasher, Map<string, string>>()
  /** By item, then by the part that most keys share, then by the other one. */
  #keys = new Map<StorageItem, Map<KeyPart | undefined, Map<KeyPart, string>>>()
  readonly #most: number
  #hash: Hashing = (name, bytes) => HASHES[name](bytes)
  #kept = 0

  /** @param most Keys that are kept: none where each is needed once. */
  constructor(most: number = KEYS_KEPT) {
    this.#most = most
  }

  /** Takes another implementation of the hashes from now on. */
  hashBy(hashing: Hashing): void {
    this.#hash = hashing
  }

  /** `0x` and the key of the item; with fewer parts than the item has, the prefix of all keys that begin so. */
  key(item: StorageItem, parts: readonly KeyPart[]): string {
    const { length } = parts
    if (length !== item.hashers.length || length === 0 || length > 2 || this.#most === 0)
      return this.#make(item, parts)
    const [first, second] = parts as readonly [KeyPart, KeyPart?]
    if (second === undefined) return this.#known(item, undefined, first, parts)
    // The keys of many accounts have one netuid, wherever it stands.
    return typeof first === 'string'
      ? this.#known(item, second, first, parts)
      : this.#known(item, first, second, parts)
  }

  /** Hex digits of a key without `0x`, before the part that stands between these, and behind it. */
  around(
    item: StorageItem,
    before: readonly KeyPart[],
    after: readonly KeyPart[],
  ): readonly [head: string, tail: string] {
    const behind = before.length + 1
    return [this.#make(item, before).slice(2), this.#hashedFrom(item, behind, after)]
  }

  /** Whether the hash of an account, 64 hex digits, is known. */
  knows(account: string): boolean {
    return this.#accounts.get(OF_ACCOUNTS)?.has(account) ?? false
  }

  /** @param hash `Blake2_128` of the account, 32 hex digits. */
  learn(account: string, hash: string): void {
    this.#keep(OF_ACCOUNTS, account, hash + account)
  }

  /**
   * Whether a key under the item's prefix is one that the item can have: as long as its hashers make it, and where they
   * keep a part of the key beside its hash, with the hash of that part. No node has to be believed for that.
   */
  isKeyOf(item: StorageItem, key: string): boolean {
    if (!/^0x[0-9a-f]*$/.test(key)) return false
    let at = PREFIX_DIGITS
    for (const [i, hasher] of item.hashers.entries()) {
      const hashEnd = at + 2 * HASH_BYTES[hasher]
      const end = hashEnd + 2 * keptBytes(hasher, item.keys[i]!)
      if (end > key.length) return false
      const kept = key.slice(hashEnd, end)
      if (hashEnd < end && hasher !== 'Identity' && key.slice(at, end) !== this.#ofAccount(hasher, kept))
        return false
      at = end
    }
    return at === key.length
  }

  #known(item: StorageItem, shared: KeyPart | undefined, own: KeyPart, parts: readonly KeyPart[]): string {
    const known = this.#keys.get(item)?.get(shared)?.get(own)
    if (known !== undefined) return known
    if (this.#kept >= this.#most) {
      this.#keys = new Map()
      this.#kept = 0
    }
    const key = this.#make(item, parts)
    const ofItem = entry(this.#keys, item, () => new Map<KeyPart | undefined, Map<KeyPart, string>>())
    entry(ofItem, shared, () => new Map<KeyPart, string>()).set(own, key)
    this.#kept++
    return key
  }

  #make(item: StorageItem, parts: readonly KeyPart[]): string {
    return this.#prefix(item) + this.#hashedFrom(item, 0, parts)
  }

  /** Parts, of which the first is the item's at that place. */
  #hashedFrom(item: StorageItem, first: number, parts: readonly KeyPart[]): string {
    let hashed = ''
    for (let i = 0; i < parts.length; i++)
      hashed += this.#hashed(item.hashers[first + i]!, item.keys[first + i]!, parts[i]!)
    return hashed
  }

  #prefix(item: StorageItem): string {
    const known = this.#prefixes.get(item)
    if (known !== undefined) return known
    const utf8 = new TextEncoder()
    const pallet = entry(this.#pallets, item.prefix, () =>
      bytesToHex(this.#hash('Twox128', utf8.encode(item.prefix))),
    )
    const prefix = `0x${pallet}${bytesToHex(this.#hash('Twox128', utf8.encode(item.name)))}`
    this.#prefixes.set(item, prefix)
    return prefix
  }

  #hashed(hasher: Hasher, shape: string, part: KeyPart): string {
    if (hasher === 'Identity') return encode(part, shape)
    if (typeof part !== 'string') return this.#hashOf(hasher, encode(part, shape))
    return this.#ofAccount(hasher, part)
  }

  /** The hash of an account, or of what else stands in keys as it is. */
  #ofAccount(hasher: Exclude<Hasher, 'Identity'>, account: string): string {
    return (
      this.#accounts.get(hasher)?.get(account) ?? this.#keep(hasher, account, this.#hashOf(hasher, account))
    )
  }

  #hashOf(hasher: Exclude<Hasher, 'Identity'>, encoded: string): string {
    const hash = bytesToHex(this.#hash(HASH[hasher], hexToBytes(encoded)))
    return hasher.endsWith('Concat') ? hash + encoded : hash
  }

  #keep(hasher: Hasher, account: string, hashed: string): string {
    const accounts = entry(this.#accounts, hasher, () => new Map<string, string>())
    if (accounts.size >= HASHES_KEPT) accounts.clear()
    accounts.set(account, hashed)
    return hashed
  }
}

/** What a map has under a name, made where there is nothing yet. */
function entry<K, V>(map: Map<K, V>, name: K, make: () => V): V {
  const known = map.get(name)
  if (known !== undefined) return known
  const made = make()
  map.set(name, made)
  return made
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

/** Bytes of a part of a key that stand in the key. */
function keptBytes(hasher: Hasher, shape: string): number {
  if (hasher !== 'Identity' && !hasher.endsWith('Concat')) return 0
  const bytes = partBytes(shape)
  if (bytes !== undefined) return bytes
  throw new Error(`the length of a key of ${shape} is not known`)
}

/** Bytes of a part of a key; undefined of a shape that not all parts have as many of. */
export function partBytes(shape: string): number | undefined {
  const bytes = UINT_BYTES[shape] ?? Number(/^\[u8;(\d+)\]$/.exec(shape)?.[1] ?? Number.NaN)
  return Number.isInteger(bytes) ? bytes : undefined
}

/** Parts of keys as SCALE, hex. */
export function encodeParts(parts: readonly KeyPart[], shape: string): string {
  return parts.map((part) => encode(part, shape)).join('')
}

/** What a key says after its hash, where the hasher keeps it: the last part of a key, as hex digits. */
export function lastPart(key: string, bytes: number): string {
  return key.slice(-2 * bytes).toLowerCase()
}
