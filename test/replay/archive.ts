/**
 * The archive of a made-up month: emission runs every block of it, and the states are laid out that the epochs need, the
 * one before and the one after. Between two of those the chain is as the last one left it, but for its number and its
 * time: what says when epochs ran stays between them.
 */

import { STORED, SYSTEM } from '../../ts/chain/items.ts'
import { BLOCK } from '../../ts/chain/payout-items.ts'
import { Layer } from '../../ts/demo/layer.ts'
import { type DemoRuntime, demoRuntime } from '../../ts/demo/metadata.ts'
import { makeNewestNetwork } from '../../ts/demo/newest-network.ts'
import type { Changes } from '../../ts/demo/trie.ts'
import { StorageWriter } from '../../ts/demo/writer.ts'
import { columnsOf, rowsOf } from '../../ts/emission/columns.ts'
import { NETWORK_TABLES, type NetworkRows, type ReportColumns } from '../../ts/emission/fields.ts'
import {
  type BlockReport,
  type Emission,
  type ResidentNetwork,
  type Ruled,
  reportsOf,
} from '../../ts/emission/index.ts'
import type { Outcome } from '../../ts/verify/index.ts'
import {
  type BlockParts,
  type FakeBlock,
  FakeChain,
  hashOf,
  headerHash,
  headerOf,
  sealed,
} from '../chain/fake-chain.ts'
import { Random } from '../chain/random.ts'

/** What a month is like. */
export interface MonthShape {
  readonly subnets: number
  readonly blocks: number
  readonly seed: number
  /** Default 360, of every subnet. */
  readonly tempo?: number
}

/** An epoch of a month, and what a check of it finds. */
export interface ArchivedEpoch {
  readonly netuid: number
  readonly block: bigint
  readonly outcome: Outcome
}

/** The month that the issue asks for: 30 days of 8 subnets. */
export const MONTH: MonthShape = { subnets: 8, blocks: 216_000, seed: 5 }

const SPEC = 475
/** The block before the first one of a month. */
export const START = 8_000_000
/** Validators set weights anew so often: none of them becomes inactive. */
const DAY = 7_200
/** Every so many epochs store another consensus than they should. */
const ALTERED_EVERY = 97

/** A month, and every epoch of it by block and netuid. */
export interface Month {
  readonly chain: FakeChain
  readonly epochs: readonly ArchivedEpoch[]
}

/** Makes a month: the same shape makes the same one. */
export function makeMonth(emission: Emission, shape: MonthShape): Month {
  return new Maker(emission, shape).month()
}

class Maker {
  readonly #emission: Emission
  readonly #shape: MonthShape
  readonly #random: Random
  readonly #runtime: DemoRuntime = demoRuntime(SPEC)
  readonly #layer: Layer
  readonly #store = new Versions()
  readonly #epochs: ArchivedEpoch[] = []
  #network: ResidentNetwork
  /** The network as the last state that was laid has it. */
  #rows: NetworkRows
  #block = START

  constructor(emission: Emission, shape: MonthShape) {
    const { subnets, seed, tempo = 360 } = shape
    this.#emission = emission
    this.#shape = shape
    this.#random = new Random(seed)
    const { rows, accounts } = makeNewestNetwork({
      subnets,
      seed,
      block: BigInt(START),
      maxEpochsPerBlock: subnets,
      tempos: [tempo, tempo],
    })
    this.#layer = new Layer(this.#runtime, accounts)
    this.#rows = inPhases(rowsOf(NETWORK_TABLES, columnsOf(NETWORK_TABLES, rows)))
    this.#network = this.#open()
    this.#put(this.#layer.start(this.#rows))
  }

  month(): Month {
    const end = START + this.#shape.blocks
    while (this.#block < end) {
      if ((this.#block - START) % DAY === 0 && this.#block > START) this.#setWeights()
      const next = Math.min(this.#nextEpoch(), this.#nextDay(), end)
      if (next - 1 > this.#block) this.#stride(next - 1)
      this.#step()
    }
    this.#network.close()
    return { chain: new ArchiveChain(this.#store, this.#runtime, end), epochs: this.#epochs }
  }

  #open(): ResidentNetwork {
    return this.#emission.open({ columns: columnsOf(NETWORK_TABLES, this.#rows), specVersion: SPEC })
  }

  /** The block in which the first subnet is due. */
  #nextEpoch(): number {
    const due = this.#rows.subnets.map(
      ({ netuid, tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep }) => {
        const block = BigInt(this.#block)
        const asked = {
          specVersion: SPEC,
          netuid,
          tempo,
          lastEpochBlock,
          pendingEpochAt,
          blocksSinceLastStep,
          block,
        }
        return Number(this.#emission.schedule(asked).nextEpochBlock ?? Number.POSITIVE_INFINITY)
      },
    )
    return Math.min(...due)
  }

  #nextDay(): number {
    return this.#block + DAY - ((this.#block - START) % DAY)
  }

  /** Runs up to a block without an epoch, and lays what all of them left. */
  #stride(to: number): void {
    const reports = [...this.#run(to - this.#block)]
    const flushes = reports.flatMap((report) => report.flushes)
    if (reports.some(({ payouts, skipped }) => payouts.length + skipped.length > 0))
      throw new Error(`an epoch ran before block ${to}`)
    this.#put(this.#layer.block(this.#rows, { payouts: [], flushes }))
  }

  /** Runs one block, in which epochs may run, and lays what it left. */
  #step(): void {
    const [report] = [...this.#run(1)]
    const { payouts, skipped } = report!
    this.#put(this.#layer.block(this.#rows, report!))
    const block = BigInt(this.#block)
    for (const { netuid } of skipped) this.#epochs.push({ netuid, block, outcome: 'skipped' })
    for (const { netuid } of payouts) {
      const altered = this.#epochs.length % ALTERED_EVERY === ALTERED_EVERY - 1
      if (altered) this.#alter(netuid)
      this.#epochs.push({ netuid, block, outcome: altered ? 'different' : 'equal' })
    }
  }

  #run(blocks: number): Iterable<BlockReport> {
    const columns: ReportColumns & Ruled = this.#network.run(blocks, { reports: 'all' })
    this.#block += blocks
    this.#rows = rowsOf(NETWORK_TABLES, this.#network.columns())
    return reportsOf(columns)
  }

  #put(changes: Changes): void {
    this.#store.put(this.#block, changes)
  }

  /** Has the block say another consensus of one neuron than its epoch gave; the next block has what it gave again. */
  #alter(netuid: number): void {
    const key = new StorageWriter(this.#runtime).key(STORED.consensus, [netuid])
    const value = this.#store.get(key, this.#block)!
    const digits = value.slice(0, -4) + (value.endsWith('0000') ? '0100' : '0000')
    this.#store.put(this.#block, new Map([[key, digits]]))
    this.#store.put(this.#block + 1, new Map([[key, value]]))
  }

  /** Every validator sets weights anew, as transactions of the last block do. */
  #setWeights(): void {
    this.#network.close()
    const block = BigInt(this.#block)
    const subnets = this.#rows.subnets.map((subnet) => ({
      ...subnet,
      mechanisms: subnet.mechanisms.map((mechanism) => ({
        ...mechanism,
        lastUpdates: mechanism.lastUpdates.map(() => ({ block })),
        weightRows: mechanism.weightRows.map(({ weights }) => ({
          weights: weights.map(({ uid }) => ({ uid, value: 1 + this.#random.int(65_535) })),
        })),
      })),
    }))
    this.#rows = { ...this.#rows, subnets }
    this.#network = this.#open()
    this.#put(this.#layer.start(this.#rows))
  }
}

/** Blocks between the two phases of a month: subnets of one have their epochs in the same blocks. */
const PHASE = 100

/** A network whose subnets have their epochs in two phases, so that few states are to be laid. */
function inPhases(rows: NetworkRows): NetworkRows {
  const subnets = rows.subnets.map((subnet) => {
    const lastEpochBlock = BigInt(START - PHASE * (subnet.netuid % 2))
    const blocksSinceLastStep = BigInt(START) - lastEpochBlock
    return {
      ...subnet,
      lastEpochBlock,
      lastMechanismStepBlock: lastEpochBlock,
      blocksSinceLastStep,
      pendingEpochAt: 0n,
    }
  })
  return { ...rows, subnets }
}

/** Values of keys by the block from which on they are. */
class Versions {
  readonly #values = new Map<string, { readonly blocks: number[]; readonly values: (string | null)[] }>()
  #keys: readonly string[] | undefined
  /** Keys that are not there at all times. */
  readonly #fleeting = new Set<string>()

  /** What a block changed; blocks ascend for each key. */
  put(block: number, changes: Changes): void {
    for (const [key, value] of changes) {
      const known = this.#values.get(key) ?? { blocks: [], values: [] }
      this.#values.set(key, known)
      if (value === null || (known.blocks.length === 0 && block > START)) this.#fleeting.add(key)
      if (known.blocks.at(-1) === block) known.values[known.values.length - 1] = value
      else {
        known.blocks.push(block)
        known.values.push(value)
      }
    }
    this.#keys = undefined
  }

  get(key: string, block: number): string | undefined {
    const known = this.#values.get(key)
    if (known === undefined) return undefined
    let [low, high] = [0, known.blocks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (known.blocks[middle]! <= block) low = middle + 1
      else high = middle
    }
    return known.values[low - 1] ?? undefined
  }

  /** Keys that are there at a block, ascending. */
  keysAt(block: number): readonly string[] {
    this.#keys ??= [...this.#values.keys()].sort()
    return this.#keys.filter((key) => !this.#fleeting.has(key) || this.get(key, block) !== undefined)
  }
}

/** A chain that makes its blocks when they are asked for. */
class ArchiveChain extends FakeChain {
  readonly #store: Versions
  readonly #runtime: DemoRuntime
  readonly #writer: StorageWriter
  /** From {@link START} on. */
  readonly #hashes: string[] = []
  readonly #numbers = new Map<string, number>()
  /** Keys of the blocks that were asked for last. */
  readonly #listed = new Map<number, readonly string[]>()

  constructor(store: Versions, runtime: DemoRuntime, last: number) {
    super([])
    this.#store = store
    this.#runtime = runtime
    this.#writer = new StorageWriter(runtime)
    this.best = last
    this.finalized = last
    const add = (number: number): string => {
      const hash = headerHash(headerOf(this.#parts(number)))
      this.#numbers.set(hash, number)
      return hash
    }
    add(0)
    for (let number = START; number <= last; number++) this.#hashes.push(add(number))
  }

  override at(number: number): FakeBlock | undefined {
    const isThere = number === 0 || (number >= START && number <= this.best)
    return isThere ? sealed({ ...this.#parts(number), state: this.#stateAt(number) }) : undefined
  }

  override of(hash: string): FakeBlock | undefined {
    const number = this.#numbers.get(hash)
    return number === undefined ? undefined : this.at(number)
  }

  override keys({ number }: FakeBlock): readonly string[] {
    const known = this.#listed.get(number)
    if (known !== undefined) return known
    const keys = this.#store.keysAt(number)
    this.#listed.set(number, keys)
    if (this.#listed.size > 8) this.#listed.delete(this.#listed.keys().next().value!)
    return keys
  }

  #parts(number: number): BlockParts {
    const parentHash = this.#hashes[number - START - 1] ?? hashOf(`before ${number}`)
    return { number, parentHash, runtime: this.#runtime, state: NOTHING }
  }

  #stateAt(number: number): ReadonlyMap<string, string> {
    this.#writer.state.clear()
    this.#writer.put(SYSTEM.number, [], number)
    this.#writer.put(BLOCK.now, [], timeOf(number))
    const own = new Map(this.#writer.state)
    const get = (key: string): string | undefined => own.get(key) ?? this.#store.get(key, number)
    return { get } as ReadonlyMap<string, string>
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** Milliseconds since 1970: as demos have it. */
export function timeOf(block: number): bigint {
  return 1_679_300_000_000n + BigInt(block) * 12_000n
}
