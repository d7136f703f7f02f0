import { Layer } from '../../ts/demo/layer.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { type MadeNetwork, makeNetwork, type NetworkShape } from '../../ts/demo/network.ts'
import { makeNewestNetwork } from '../../ts/demo/newest-network.ts'
import type { Changes } from '../../ts/demo/trie.ts'
import { columnsOf, rowsOf } from '../../ts/emission/columns.ts'
import { NETWORK_TABLES, type NetworkColumns, type NetworkRows } from '../../ts/emission/fields.ts'
import type { BlockReport } from '../../ts/emission/network.ts'
import type { Emission } from '../../ts/emission/types.ts'
import { type FakeBlock, FakeChain, type FakeRuntime, hashOf, sealed } from '../chain/fake-chain.ts'
import { Random } from '../chain/random.ts'

/** Keys and values, hex with `0x`. */
export type State = ReadonlyMap<string, string>

/** How a run is computed. */
export interface RunOptions extends NetworkShape {
  /** Epochs by the plain, slow implementation. */
  readonly plain?: boolean
  /** 425 where left out; of 475 the metadata is synthetic. */
  readonly specVersion?: 425 | 475
}

/** The networks of these runs are made from another source than a demo's: of these it is known what blocks meet. */
function made(specVersion: 425 | 475, options: NetworkShape): MadeNetwork {
  if (specVersion === 425) return makeNetwork(options, new Random(options.seed))
  return makeNewestNetwork(options, (seed) => new Random(seed))
}

/** A block of a run. */
export interface RunBlock {
  readonly number: number
  readonly report: BlockReport
  readonly rows: NetworkRows
}

/** A chain whose blocks emission computes, one when it is asked for, laid into storage under real metadata. */
export class LaidRun {
  readonly chain: FakeChain = new FakeChain([])
  readonly layer: Layer
  readonly #emission: Emission
  readonly #options: RunOptions
  readonly #specVersion: 425 | 475
  readonly runtime: FakeRuntime
  /** Blocks that were changed after they ran. */
  readonly #changed = new Set<number>()
  #columns: NetworkColumns
  #number: number
  #state: State = new Map()

  constructor(emission: Emission, options: RunOptions) {
    const { specVersion = 425 } = options
    const { rows, accounts } = made(specVersion, options)
    this.#specVersion = specVersion
    this.runtime = specVersion === 425 ? demoRuntime(425) : demoRuntime(475)
    this.#emission = emission
    this.#options = options
    this.#columns = columnsOf(NETWORK_TABLES, rows)
    this.#number = Number(options.block)
    this.layer = new Layer(this.runtime, accounts)
    this.#lay(this.layer.start(this.rows))
  }

  /** The network as it is. */
  get rows(): NetworkRows {
    return rowsOf(NETWORK_TABLES, this.#columns)
  }

  /** Hotkeys with a uid, 64 hex digits each. */
  hotkeys(netuid: number): readonly string[] {
    const { neurons } = this.rows.subnets.find((subnet) => subnet.netuid === netuid)!
    return this.accounts(neurons)
  }

  /** Who owns hotkeys with a uid, 64 hex digits each. */
  coldkeys(netuid: number): readonly string[] {
    const hotkeys = new Set(this.hotkeys(netuid))
    const owners = this.rows.owners.filter(({ hotkey }) => hotkeys.has(this.layer.account(hotkey)))
    return owners.map(({ coldkey }) => this.layer.account(coldkey))
  }

  /** The hotkeys of some rows, 64 hex digits each. */
  accounts(rows: readonly { readonly hotkey: number }[]): readonly string[] {
    return rows.map(({ hotkey }) => this.layer.account(hotkey))
  }

  /** Puts another network in place of the one that the next block runs on; what is laid stays. */
  replace(rows: NetworkRows): void {
    this.#columns = columnsOf(NETWORK_TABLES, rows)
  }

  /** Changes the network between two blocks, as transactions of the last one do: it is another block then. */
  change(change: (rows: NetworkRows) => NetworkRows): void {
    this.replace(change(this.rows))
    this.#changed.add(this.#number)
    this.#lay(this.layer.start(this.rows))
  }

  /** Runs the next block and puts it on the chain. */
  next(): RunBlock {
    const { plain = false } = this.#options
    const network = this.#emission.open({ columns: this.#columns, specVersion: this.#specVersion, plain })
    try {
      network.run(1)
      this.#columns = network.columns()
      this.#number++
      const [report, rows] = [network.report(), this.rows]
      this.#lay(this.layer.block(rows, report))
      this.chain.forget(this.#number - 3)
      return { number: this.#number, report, rows }
    } finally {
      network.close()
    }
  }

  /** Puts the block that left these changes on the chain. */
  #lay(changes: Changes): void {
    const state = new Map(this.#state)
    for (const [key, value] of changes) {
      if (value === null) state.delete(key)
      else state.set(key, value)
    }
    this.#state = state
    this.put(this.#number, state)
  }

  /** Puts a block of some state on the chain, in place of one of its number. */
  put(number: number, state: State): FakeBlock {
    const parentHash = this.chain.at(number - 1)?.hash ?? hashOf(`laid ${this.#options.seed}`)
    const branch = this.#changed.has(number) ? 'changed' : ''
    const block = sealed({ number, parentHash, runtime: this.runtime, state, branch })
    this.chain.put(block)
    return block
  }
}
