import { createHash } from 'node:crypto'

/** A runtime that a block ran. */
export interface FakeRuntime {
  readonly specName: string
  readonly specVersion: number
  /** SCALE, hex with `0x`. */
  readonly metadata: string
}

/** One block and the state after it. */
export interface FakeBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly runtime: FakeRuntime
  /** Keys and values as hex with `0x`. */
  readonly state: ReadonlyMap<string, string>
  /** An archive node would have it; this one does not any more. */
  readonly pruned?: boolean
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
