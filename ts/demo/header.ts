import { compact } from './encode.ts'
import { blake2 } from './trie.ts'

/** A header as nodes give it. */
export interface RpcHeader {
  readonly parentHash: string
  readonly number: string
  readonly stateRoot: string
  readonly extrinsicsRoot: string
  readonly digest: { readonly logs: readonly string[] }
}

/** The root of no transactions: that of an empty trie. */
export const NO_EXTRINSICS: string = blake2('0x00')

/** Blake2-256 of a header's SCALE: the hash of its block. */
export function headerHash({ parentHash, number, stateRoot, extrinsicsRoot, digest }: RpcHeader): string {
  const bare = [stateRoot, extrinsicsRoot].map((hash) => hash.slice(2))
  const logs = digest.logs.map((log) => log.slice(2))
  return blake2(
    ['0x', parentHash.slice(2), compact(Number(number)), ...bare, compact(logs.length), ...logs].join(''),
  )
}
