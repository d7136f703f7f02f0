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
    if (typeof part !== 'string') return bytesToHex(HASH[hasher](hexToBytes(encoded)))
    const name = `${hasher}${encoded}`
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const hashed = bytesToHex(HASH[hasher](hexToBytes(encoded)))
    this.#accounts.set(name, hashed)
    return hashed
  }
}

/** What a key says after its hash, where the hasher keeps it: the last part of a key, as hex digits. */
export function lastPart(key: string, bytes: number): string {
  return key.slice(-2 * bytes).toLowerCase()
}
