import { createHash } from 'node:crypto'
import { blake2b } from '@noble/hashes/blake2.js'
import { type StateVersion, Trie } from '../../ts/demo/trie.ts'
import { compact } from './encode.ts'

/** A runtime that a block ran. */
export interface FakeRuntime {
  readonly specName: string
  readonly specVersion: number
  /** SCALE, hex with `0x`. */
  readonly metadata: string
}

/** What a block is made of. */
export interface BlockParts {
  readonly number: number
  readonly parentHash: string
  readonly runtime: FakeRuntime
  /** Keys and values as hex with `0x`. */
  readonly state: ReadonlyMap<string, string>
  /** An archive node would have it; this one does not any more. */
  readonly pruned?: boolean
  /** In which layout its state is proved; where it is given, the header has the root of the state. */
  readonly stateVersion?: StateVersion | ((key: string) => StateVersion)
  /** Tells blocks of the same number and parent apart. */
  readonly branch?: string
  /** Items of the digest, SCALE as hex. Default: what a block of any chain has, and one seal. */
  readonly logs?: readonly string[]
}

/** One block and the state after it. Its hash is that of its header: `sealed` computes it. */
export interface FakeBlock extends BlockParts {
  readonly hash: string
}

/** A header as nodes give it. */
export interface FakeHeader {
  readonly parentHash: string
  readonly number: string
  readonly stateRoot: string
  readonly extrinsicsRoot: string
  readonly digest: { readonly logs: readonly string[] }
}

/** An item before the runtime ran, for the slot, and a seal after it, as aura writes them. */
const LOGS: readonly string[] = [
  `0x0661757261${'20'}${'0123456789abcdef'}`,
  `0x05617572610101${'5e'.repeat(64)}`,
]

/** The same of a block that stored a new runtime, which the next one is the first to run. */
export const LOGS_OF_UPGRADE: readonly string[] = [LOGS[0]!, '0x08', LOGS[1]!]

const tries = new WeakMap<ReadonlyMap<string, string>, Trie>()

/** The trie of a block's state. */
export function trieOf({ state, stateVersion }: BlockParts): Trie {
  const known = tries.get(state)
  if (known !== undefined) return known
  const trie = Trie.of(state, stateVersion)
  tries.set(state, trie)
  return trie
}

/** The header of a block. Its roots are those of nothing, but for the state's where proofs will be asked for. */
export function headerOf(block: BlockParts): FakeHeader {
  const { number, parentHash, branch = '', logs = LOGS } = block
  return {
    parentHash,
    number: `0x${number.toString(16)}`,
    stateRoot: block.stateVersion === undefined ? hashOf(`state ${number} ${branch}`) : trieOf(block).root,
    extrinsicsRoot: hashOf(`extrinsics ${number} ${branch}`),
    digest: { logs },
  }
}

/** Blake2-256 of a header's SCALE. */
export function headerHash({ parentHash, number, stateRoot, extrinsicsRoot, digest }: FakeHeader): string {
  const bare = [stateRoot, extrinsicsRoot].map((hash) => hash.slice(2))
  const logs = digest.logs.map((log) => log.slice(2))
  const scale = [parentHash.slice(2), compact(Number(number)), ...bare, compact(logs.length), ...logs]
  return `0x${Buffer.from(blake2b(Buffer.from(scale.join(''), 'hex'), { dkLen: 32 })).toString('hex')}`
}

/** A block with its hash. What of the parts is computed when it is asked for stays so. */
export function sealed(parts: BlockParts): FakeBlock {
  const hash = { value: headerHash(headerOf(parts)), enumerable: true }
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(parts), hash }) as FakeBlock
}

/** A hash that is nobody's block but looks like one. */
export function hashOf(text: string): string {
  return `0x${createHash('sha256').update(text).digest('hex')}`
}

/** Blocks by number and hash, with the newest finalized. Blocks may be replaced: that is a reorganisation. */
export class FakeChain {
  readonly #byNumber = new Map<number, FakeBlock>()
  readonly #byHash = new Map<string, FakeBlock>()
  readonly #keys = new WeakMap<FakeBlock, readonly string[]>()
  finalized = 0
  best = 0

  constructor(blocks: readonly FakeBlock[]) {
    for (const block of blocks) this.put(block)
  }

  /** Adds a block, in place of the one of its number if there is one. The replaced one is still known by its hash. */
  put(block: FakeBlock): void {
    this.#byNumber.set(block.number, block)
    this.#byHash.set(block.hash, block)
    this.best = Math.max(this.best, block.number)
    this.finalized = this.best
  }

  /** Drops a block, so that a long run keeps few states. */
  forget(number: number): void {
    const block = this.#byNumber.get(number)
    if (block !== undefined) this.#byHash.delete(block.hash)
    this.#byNumber.delete(number)
  }

  at(number: number): FakeBlock | undefined {
    return this.#byNumber.get(number)
  }

  of(hash: string): FakeBlock | undefined {
    return this.#byHash.get(hash)
  }

  /** Keys of a block's state in ascending order. */
  keys(block: FakeBlock): readonly string[] {
    const known = this.#keys.get(block)
    if (known !== undefined) return known
    const keys = [...block.state.keys()].sort()
    this.#keys.set(block, keys)
    return keys
  }
}
