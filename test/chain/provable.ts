import { BLOCK_HASH } from '../../ts/chain/items.ts'
import type { StateVersion } from '../../ts/demo/trie.ts'
import { type FakeBlock, sealed } from './fake-chain.ts'
import { StorageWriter } from './writer.ts'

/**
 * The same blocks, ascending, with headers that have the root of their state; and in each state the hashes of those
 * before it, as every runtime keeps them.
 */
export function provable(
  blocks: readonly FakeBlock[],
  stateVersion: StateVersion | ((key: string) => StateVersion) = 1,
): readonly FakeBlock[] {
  const made = new Map<string, FakeBlock>()
  for (const block of blocks) {
    const hashes = new StorageWriter(block.runtime)
    for (const { number, hash } of made.values()) hashes.put(BLOCK_HASH, [number], hash.slice(2))
    const state = new Map([...block.state, ...hashes.state])
    const parentHash = made.get(block.parentHash)?.hash ?? block.parentHash
    made.set(block.hash, sealed({ ...block, parentHash, state, stateVersion }))
  }
  return [...made.values()]
}

/** A state in which some values are in the one layout and some in the other. */
export function mixed(key: string): StateVersion {
  return Number.parseInt(key.slice(-1), 16) % 2 === 0 ? 0 : 1
}
