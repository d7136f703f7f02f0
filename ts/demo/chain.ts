import { BLOCK_HASH, NEWEST_SPEC } from '../chain/items.ts'
import { columnsOf, rowsOf } from '../emission/columns.ts'
import { NETWORK_TABLES, type NetworkRows } from '../emission/fields.ts'
import type { BlockReport, ResidentNetwork } from '../emission/network.ts'
import type { Emission } from '../emission/types.ts'
import { headerHash, NO_EXTRINSICS, type RpcHeader } from './header.ts'
import { Layer } from './layer.ts'
import { BLOCK_HASHES, type DemoRuntime, demoRuntime } from './metadata.ts'
import { makeNewestNetwork } from './newest-network.ts'
import type { ServedBlock, ServedChain } from './rpc.ts'
import { type Changes, Trie } from './trie.ts'
import { StorageWriter } from './writer.ts'

/** Blocks whose states are kept; of older ones the headers are. */
export const STATES_KEPT = 1024
/** Blocks whose headers are kept. */
export const HEADERS_KEPT = 16_384

/** The block before the first one that runs. */
const START = 8_000_000
/** Blocks from epoch to epoch, at least and at most. */
const TEMPOS = [9, 15] as const
const EPOCHS_PER_BLOCK = 2
const NO_PARENT = `0x${'00'.repeat(32)}`

/** What a demo chain is made of. */
export interface DemoChainOptions {
  readonly subnets: number
  readonly seed: number
  /** Blocks whose states are kept. Default {@link STATES_KEPT}. */
  readonly statesKept?: number
  /** Blocks whose headers are kept. Default {@link HEADERS_KEPT}. */
  readonly headersKept?: number
}

/** A block that ran, and what it did. */
export interface DemoBlock {
  readonly block: ServedBlock
  readonly report: BlockReport
}

/**
 * A chain of a generated network whose blocks emission computes, one when it is asked for. The same options make the
 * same blocks, to their hashes.
 */
export class DemoChain implements ServedChain {
  readonly name = 'yuma demo'
  readonly #runtime: DemoRuntime = demoRuntime(NEWEST_SPEC)
  readonly #layer: Layer
  readonly #writer: StorageWriter
  readonly #network: ResidentNetwork
  readonly #statesKept: number
  readonly #headersKept: number
  readonly #genesis: ServedBlock
  readonly #byNumber = new Map<number, ServedBlock>()
  readonly #byHash = new Map<string, ServedBlock>()
  #state: Trie = Trie.of(new Map())
  #best: ServedBlock

  constructor(emission: Emission, options: DemoChainOptions) {
    const { subnets, seed, statesKept = STATES_KEPT, headersKept = HEADERS_KEPT } = options
    this.#statesKept = statesKept
    this.#headersKept = headersKept
    const { rows, accounts } = makeNewestNetwork({
      subnets,
      seed,
      block: BigInt(START),
      maxEpochsPerBlock: EPOCHS_PER_BLOCK,
      tempos: TEMPOS,
    })
    const columns = columnsOf(NETWORK_TABLES, rows)
    this.#layer = new Layer(this.#runtime, accounts)
    this.#writer = new StorageWriter(this.#runtime)
    this.#network = emission.open({ columns, specVersion: NEWEST_SPEC })
    this.#genesis = this.#block(0, NO_PARENT, this.#state)
    this.#best = this.#add(START, this.#genesis.hash, this.#layer.start(rowsOf(NETWORK_TABLES, columns)))
  }

  get best(): ServedBlock {
    return this.#best
  }

  get finalized(): ServedBlock {
    return this.#best
  }

  at(number: number): ServedBlock | undefined {
    return number === 0 ? this.#genesis : this.#byNumber.get(number)
  }

  of(hash: string): ServedBlock | undefined {
    return hash === this.#genesis.hash ? this.#genesis : this.#byHash.get(hash)
  }

  /** Runs the next block. */
  next(): DemoBlock {
    this.#network.run(1)
    const rows: NetworkRows = rowsOf(NETWORK_TABLES, this.#network.columns())
    const report = this.#network.report()
    const { number, hash } = this.#best
    this.#best = this.#add(number + 1, hash, this.#layer.block(rows, report))
    return { block: this.#best, report }
  }

  /** Lets the network go. What was served stays. */
  close(): void {
    this.#network.close()
  }

  #add(number: number, parentHash: string, changes: Changes): ServedBlock {
    this.#state = this.#state.with(changes).with(this.#hashes(number, parentHash))
    const block = this.#block(number, parentHash, this.#state)
    this.#byNumber.set(number, block)
    this.#byHash.set(block.hash, block)
    this.#forget(number)
    return block
  }

  /** Every state keeps the hashes of the latest blocks before it. */
  #hashes(number: number, parentHash: string): Changes {
    const key = (of: number): string => this.#writer.key(BLOCK_HASH, [of])
    const parent = number === START ? 0 : number - 1
    return new Map([
      [key(parent), parentHash],
      [key(number - BLOCK_HASHES), null],
    ])
  }

  #forget(newest: number): void {
    const stateless = this.#byNumber.get(newest - this.#statesKept)
    if (stateless !== undefined) {
      const { state: _, ...block } = stateless
      this.#byNumber.set(block.number, block)
      this.#byHash.set(block.hash, block)
    }
    const gone = this.#byNumber.get(newest - this.#headersKept)
    if (gone === undefined) return
    this.#byNumber.delete(gone.number)
    this.#byHash.delete(gone.hash)
  }

  #block(number: number, parentHash: string, state: Trie): ServedBlock {
    const header: RpcHeader = {
      parentHash,
      number: `0x${number.toString(16)}`,
      stateRoot: state.root,
      extrinsicsRoot: NO_EXTRINSICS,
      digest: { logs: logsOf(number) },
    }
    return { number, hash: headerHash(header), header, runtime: this.#runtime, state }
  }
}

/** An item before the runtime ran, for the slot, and a seal after it, as aura writes them. */
function logsOf(number: number): readonly string[] {
  const slot = Buffer.alloc(8)
  slot.writeBigUInt64LE(BigInt(number))
  return [`0x066175726120${slot.toString('hex')}`, `0x05617572610101${'00'.repeat(64)}`]
}
