import { ChainError, InputError } from '../errors/index.ts'
import type { BlockSide, BlockStates, EpochStates } from '../snapshot/block.ts'
import type { ChainSnapshot, NetworkSnapshot, SubnetState } from '../snapshot/network.ts'
import { upgradeSentence } from '../snapshot/upgrade.ts'
import { AccountHasher, hasherAtHand } from './account-hashes.ts'
import { Addresses } from './addresses.ts'
import { readNetworkBaskets } from './baskets.ts'
import { readBlock, readNetuids, readSide, upgradedFromOf } from './block.ts'
import { hashing } from './bulk.ts'
import * as check from './checks.ts'
import { type CollateralKeys, listAllCollateral, listCollateral } from './collateral.ts'
import { checkHeader, type Header } from './header.ts'
import { isHash } from './hex.ts'
import { BLOCK_HASH, EPOCH, NETWORK, NEWEST_SPEC, SUBNET, SYSTEM } from './items.ts'
import { KeyMaker } from './keys.ts'
import { Link, type LinkOptions, type LinkStats } from './link.ts'
import { readPayout } from './payout.ts'
import { PRUNING_SCORES } from './payout-items.ts'
import { BlockProofs, loadProver } from './proofs.ts'
import { Recent } from './recent.ts'
import { loadRules } from './rules.ts'
import { type Runtime, readRuntime } from './runtime.ts'
import { Schema } from './schema.ts'
import { clientOf, type Endpoint } from './socket.ts'
import { type Plan, State, type StateParts, valuesOf } from './state.ts'
import { type AroundSubnet, type EpochAt, SubnetPull } from './subnet.ts'

/** A block by number or hash, the newest finalized one, or the head of the best chain. */
export type At = number | bigint | string | 'finalized' | 'best'

/** Options of {@link connect}. */
export interface ConnectOptions extends LinkOptions {
  readonly signal?: AbortSignal
  /**
   * Whether every value and every listing is proved by the state root of the block's header, so that a node cannot give
   * another one. Default false.
   */
  readonly prove?: boolean
  /** Told what a person should know, each thing once. Default `console.warn`. */
  readonly onWarning?: (message: string) => void
}

/** Options of {@link Chain.state}. */
export interface StateOptions {
  /** Default `finalized`. */
  readonly at?: At
  readonly signal?: AbortSignal
}

/** Options of {@link Chain.subnet}. */
export interface SubnetOptions extends StateOptions {
  /** The block in which the epoch runs. Default `next-block`. */
  readonly epochAt?: EpochAt
}

/** How far a pull is. */
export interface PullProgress {
  /** Subnets read. */
  readonly done: number
  readonly total: number
  readonly requests: number
}

/** Options of {@link Chain.network}. */
export interface NetworkOptions extends SubnetOptions {
  /** Default: all. */
  readonly netuids?: readonly number[]
  readonly onProgress?: (progress: PullProgress) => void
}

/** Options of {@link Chain.epochStates}. */
export interface EpochStatesOptions {
  /** Whether to read who holds the stake behind each hotkey: every holder of it is listed. Default false. */
  readonly nominators?: boolean
  readonly signal?: AbortSignal
}

/** When a subnet's last epoch was. */
export interface EpochMarks {
  readonly netuid: number
  /** When the subnet was made: another number is another subnet. */
  readonly registeredAt: bigint
  /** The block of the last epoch that ran, 0 for none. */
  readonly lastStep: bigint
  /** The block of the last epoch that ran or was skipped, 0 for none. */
  readonly last: bigint
}

/** A block and its number. */
export interface BlockId {
  readonly hash: string
  readonly number: bigint
}

/** What all subnets of a pull share. */
interface NetworkPull extends AroundSubnet {
  readonly epochAt: EpochAt
  /** Who has locked something on a subnet. */
  readonly collateral: (netuid: number) => CollateralKeys
}

/** Uids that are asked for before it is known how many there are: most subnets have as many. */
const EXPECTED_UIDS = 256
/** Subnets that are read at once. */
const SUBNETS_AT_ONCE = 4
/** Blocks that are kept, for the epochs of one and for the state that the next one runs on. */
const BLOCKS_KEPT = 4
/** Headers that are kept: a look back goes from block to block, and the next one passes some of them again. */
const HEADERS_KEPT = 256
/** Blocks whose hashes every runtime keeps, and mostly ten times as many. */
const HASHES_KEPT = 250n
/** How often a pull begins again because its block left the chain. */
const REORGANISATIONS = 3

/** A connection to a chain. Reading changes nothing on it; {@link Chain.close} ends it. */
export class Chain implements AsyncDisposable {
  readonly #link: Link
  readonly #endpoints: readonly Endpoint[]
  readonly #options: ConnectOptions
  readonly #warn: (message: string) => void
  readonly #warned = new Set<string>()
  readonly #schemas = new Map<string, Schema>()
  readonly #headers = new Map<string, Header>()
  /** Hashes of blocks that are proved to be ancestors of a finalized one. */
  readonly #ancestors = new Set<string>()
  readonly #keys = new KeyMaker()
  readonly #addresses = new Addresses()
  readonly #sides = new Recent<BlockSide>(BLOCKS_KEPT)
  readonly #blocks = new Recent<BlockStates>(BLOCKS_KEPT)

  constructor(endpoints: readonly Endpoint[], options: ConnectOptions) {
    check.checkConnect(endpoints, options)
    this.#link = new Link(endpoints.map(clientOf), options)
    this.#endpoints = endpoints
    this.#options = options
    this.#warn = options.onWarning ?? ((message) => console.warn(message))
  }

  /** What was sent so far. */
  get stats(): LinkStats {
    return this.#link.stats
  }

  /** Opens the first connection. */
  async open(signal?: AbortSignal): Promise<void> {
    check.checkSignal(signal)
    if (this.#options.prove) await loadProver()
    await this.#link.open(signal)
  }

  /**
   * Everything that one epoch of a subnet reads, and the rest that is known of it, at one block, exactly as
   * stored.
   *
   * @throws {ChainError} {@link AbortedError}, and {@link InputError} for a netuid that cannot be.
   */
  async subnet(netuid: number, options: SubnetOptions = {}): Promise<ChainSnapshot> {
    check.checkSubnet(netuid, options)
    return this.#pinned(options, (state) => this.#pullSubnet(state, netuid, options.epochAt ?? 'next-block'))
  }

  /**
   * The whole network at one block.
   *
   * @throws {ChainError} {@link AbortedError}, and {@link InputError} for a netuid that cannot be.
   */
  async network(options: NetworkOptions = {}): Promise<NetworkSnapshot> {
    check.checkNetwork(options)
    // Its keys are some hundred megabytes, and each is needed once.
    const keys = new KeyMaker(0)
    return this.#pinned(options, (state) => this.#pullNetwork(state, options), keys)
  }

  /**
   * Both sides of a block and what happened in it: the network, and every subnet without its neurons. Read once, and
   * shared by all that ask for the block soon after.
   * @param block Its number or its hash.
   * @throws {ChainError} {@link AbortedError}
   */
  async blockStates(block: number | bigint | string, signal?: AbortSignal): Promise<BlockStates> {
    check.checkBlock('block', block)
    check.checkSignal(signal)
    const { hash } = await this.#headerAt(isHash(block) ? block : blockOf(block), signal)
    const readStates = async (shared: AbortSignal): Promise<BlockStates> => {
      const states = await this.#bothStates(hash, shared)
      const sides = await Promise.all([this.#side(states.before, shared), this.#side(states.after, shared)])
      return readBlock({ parentHash: states.before.hash, ...states, sides })
    }
    return this.#blocks.of(hash, readStates, signal)
  }

  /**
   * All that a check of an epoch needs: the subnet and its accounts before and after the block, and the block itself.
   * By hashes, so that a reorganisation cannot put two branches side by side.
   * @param block The block in which the epoch ran.
   * @throws {ChainError} {@link AbortedError}, and {@link InputError} for a netuid that cannot be.
   */
  async epochStates(
    netuid: number,
    block: number | bigint,
    options: EpochStatesOptions = {},
  ): Promise<EpochStates> {
    check.checkEpochStates(netuid, block, options)
    const { signal } = options
    const { hash } = await this.#headerAt(block, signal)
    const around = await this.blockStates(hash, signal)
    const states = await this.#bothStates(hash, signal, true)
    const uids = (side: BlockSide): number => side.subnets.find((subnet) => subnet.netuid === netuid)?.n ?? 0
    const [before, after] = await Promise.all([
      this.#pullSubnet(states.before, netuid, 'next-block', uids(around.before)),
      this.#pullSubnet(states.after, netuid, block, uids(around.after)),
    ])
    const payout = await readPayout(states, { before, after }, options.nominators ?? false)
    const plan = states.after.plan()
    const pruningScores = plan.value(PRUNING_SCORES, netuid)
    await read(states.after, plan)
    return { netuid, before, after, block: around, payout, pruningScores: pruningScores.value }
  }

  /**
   * When the last epoch of each subnet was, the root left out.
   * @param netuids Default: all. One that does not exist is left out.
   * @throws {ChainError} {@link AbortedError}
   */
  async epochMarks(
    at: At = 'finalized',
    netuids?: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly EpochMarks[]> {
    check.checkMarks(at, netuids, signal)
    const state = await this.state({ at, ...(signal === undefined ? {} : { signal }) })
    const plan = state.plan()
    const cells = (netuids ?? (await readNetuids(state))).map((netuid) => ({
      netuid,
      exists: plan.value(EPOCH.networksAdded, netuid),
      step: plan.value(SUBNET.lastMechansimStepBlock, netuid),
      epoch: plan.value(SUBNET.lastEpochBlock, netuid),
      registered: plan.value(SUBNET.networkRegisteredAt, netuid),
    }))
    await read(state, plan)
    return cells
      .filter(({ netuid, exists }) => netuid !== 0 && exists.exists)
      .map(({ netuid, step, epoch, registered }) => ({
        netuid,
        registeredAt: registered.value,
        lastStep: step.value,
        last: later(step.value, epoch.value),
      }))
  }

  /**
   * The state of a block, to read single items from.
   * @throws {ChainError} {@link AbortedError}
   */
  async state(options: StateOptions = {}): Promise<State> {
    check.checkState(options)
    return this.#stateAt(options, this.#keys)
  }

  /**
   * The newest finalized block, or the best one.
   * @throws {ChainError} {@link AbortedError}
   */
  async head(which: 'finalized' | 'best' = 'finalized', signal?: AbortSignal): Promise<BlockId> {
    check.checkHead(which, signal)
    const { hash, number } = await this.#headerAt(which, signal)
    return { hash, number }
  }

  /**
   * The header of the block of that hash, which it hashes to.
   * @throws {ChainError} of kind `missing` where no endpoint knows it, `wrong-block` where they give another one.
   */
  async header(hash: string, signal?: AbortSignal): Promise<Header> {
    check.checkHash(hash)
    check.checkSignal(signal)
    const own = hash.toLowerCase()
    const known = this.#headers.get(own)
    if (known !== undefined) return known
    const storage = (await hasherAtHand(this.#options.prove ?? false))?.storage
    const inRust = storage && hashing(storage)
    const blake2 = inRust && ((bytes: Uint8Array) => inRust('Blake2256', bytes))
    const header = await this.#link.call(
      'chain_getHeader',
      [own],
      (answer) => checkHeader(answer, own, blake2),
      signal,
    )
    this.#headers.set(own, header)
    if (this.#headers.size > HEADERS_KEPT) this.#headers.delete(this.#headers.keys().next().value!)
    return header
  }

  /**
   * Hash of the block of that number on the chain as it is now. That it has that number, its header says.
   * @throws {ChainError} of kind `missing` where there is none yet.
   */
  async blockHash(number: number | bigint, signal?: AbortSignal): Promise<string> {
    check.checkNumber('number', number)
    check.checkSignal(signal)
    return (await this.#headerAt(number, signal)).hash
  }

  /** How many endpoints there are to ask. */
  get endpoints(): number {
    return this.#endpoints.length
  }

  /** Places of the endpoints whose answers were taken so far, from 0. */
  get answeredBy(): ReadonlySet<number> {
    return this.#link.answeredBy
  }

  /**
   * The same chain with nothing of it remembered, over connections of its own: what it reads is a second opinion.
   * Whoever asks for it closes it.
   * @param endpoint Place of the only endpoint that it asks, from 0. Default: it asks all, the next one first.
   * @throws {InputError} where there is no such endpoint.
   */
  afresh(endpoint?: number): Chain {
    check.checkEndpoint(endpoint, this.#endpoints.length)
    const next = (this.#link.current + 1) % this.#endpoints.length
    const endpoints =
      endpoint === undefined
        ? [...this.#endpoints.slice(next), ...this.#endpoints.slice(0, next)]
        : [this.#endpoints[endpoint]!]
    return new Chain(endpoints, { ...this.#options, onWarning: (message) => this.#warnOnce(message) })
  }

  /**
   * Any other request.
   * @throws {ChainError} {@link AbortedError}
   */
  async send(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    check.checkSend(method, params, signal)
    return this.#link.call(method, params, (result) => result, signal)
  }

  /** Closes the connection. What is still being read fails with a `ChainError` of kind `closed`. */
  async close(): Promise<void> {
    await this.#link.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #stateAt({ at = 'finalized', signal }: StateOptions, keys: KeyMaker): Promise<State> {
    const header = await this.#headerAt(at, signal)
    const schema = await this.#schemaAt(header.hash, signal)
    return this.#stateOf({ header, schema, signal, keys })
  }

  async #stateOf(
    parts: Pick<StateParts, 'header' | 'schema' | 'signal' | 'remembers'> & { readonly keys?: KeyMaker },
  ): Promise<State> {
    const { keys = this.#keys } = parts
    const prover = await hasherAtHand(this.#options.prove ?? false)
    if (prover?.storage !== undefined) keys.hashBy(hashing(prover.storage))
    return new State({
      link: this.#link,
      addresses: this.#addresses,
      hasher: new AccountHasher(keys, this.#addresses, prover),
      storage: prover?.storage,
      proofs: this.#options.prove ? new BlockProofs(await loadProver(), parts.header) : undefined,
      ...parts,
      keys,
    })
  }

  /** The states before and after a block, both as the runtime has it that ran it, whichever runs the next one. */
  async #bothStates(
    hash: string,
    signal: AbortSignal | undefined,
    remembers = false,
  ): Promise<{ before: State; after: State }> {
    const header = await this.header(hash, signal)
    const parent = await this.header(header.parentHash, signal)
    if (parent.number + 1n !== header.number)
      throw wrongNumber(parent.hash, parent.number, header.number - 1n)
    const schema = await this.#schemaAt(parent.hash, signal)
    const [before, after] = await Promise.all(
      [parent, header].map((of) => this.#stateOf({ header: of, schema, signal, remembers })),
    )
    return { before: before!, after: after! }
  }

  /** The last block of a runtime has a side as that runtime has it, and one as the next has it. */
  #side({ header, schema }: State, signal: AbortSignal): Promise<BlockSide> {
    const { specName, specVersion } = schema.runtime
    const name = `${header.hash} ${versionKey(specName, specVersion)}`
    const readShared = async (shared: AbortSignal): Promise<BlockSide> =>
      readSide(await this.#stateOf({ header, schema, signal: shared }))
    return this.#sides.of(name, readShared, signal)
  }

  /** Runs a pull on one block, and again on its successor where the block left the chain meanwhile. */
  async #pinned<T>(
    options: StateOptions,
    pull: (state: State) => Promise<T>,
    keys: KeyMaker = this.#keys,
  ): Promise<T> {
    for (let i = 0; i < REORGANISATIONS; i++) {
      const state = await this.#stateAt(options, keys)
      const result = await pull(state)
      // A block that was named by its hash is what was asked for, wherever the chain went.
      if (isHash(options.at)) return result
      if ((await this.#hashOf(state.number, options.signal)) === state.hash) return result
    }
    const what = `the chain reorganised ${REORGANISATIONS} times while ${nameOf(options.at)} was read`
    throw new ChainError('reorganised', what)
  }

  /** @param uids As many as there are, as far as that is known. */
  async #pullSubnet(
    state: State,
    netuid: number,
    epochAt: EpochAt,
    uids: number = EXPECTED_UIDS,
  ): Promise<ChainSnapshot> {
    const pull = new SubnetPull(state, netuid, await loadRules())
    const plan = state.plan()
    const network = plan.values(NETWORK)
    const upgrade = plan.value(SYSTEM.lastRuntimeUpgrade)
    pull.planParams(plan)
    pull.planNeurons(plan, uids, 1)
    await state.read(plan)
    const upgradedFrom = this.#upgradedFrom(state, upgrade.value)
    pull.checkExists()
    if (pull.n === 0)
      throw new ChainError('missing', `subnet ${netuid} has no neurons at block ${state.number}`)
    await this.#finish(state, pull, () => listCollateral(state, netuid))
    return pull.build({ network: valuesOf(network), upgradedFrom }, epochAt)
  }

  async #pullNetwork(state: State, options: NetworkOptions): Promise<NetworkSnapshot> {
    const netuids = options.netuids ?? (await readNetuids(state))
    const epochAt = options.epochAt ?? 'next-block'
    const rules = await loadRules()
    const pulls = netuids.map((netuid) => new SubnetPull(state, netuid, rules))
    const plan = state.plan()
    const networkCells = plan.values(NETWORK)
    const upgrade = plan.value(SYSTEM.lastRuntimeUpgrade)
    for (const pull of pulls) {
      pull.planParams(plan)
      // One neuron of each: where there is one, there are not none.
      pull.planNeurons(plan, 1, 0)
    }
    await state.read(plan)
    const upgradedFrom = this.#upgradedFrom(state, upgrade.value)
    for (const pull of pulls) pull.checkExists()
    const network = valuesOf(networkCells)
    const collateral = await listAllCollateral(state)
    const subnets: SubnetState[] = []
    const before = this.stats.requests
    let done = 0
    await inTurn(pulls.entries(), SUBNETS_AT_ONCE, async ([i, pull]) => {
      subnets[i] = await this.#subnetState(state, pull, { network, upgradedFrom, epochAt, collateral })
      // Its cells hold the text of thousands of answers.
      delete pulls[i]
      done++
      options.onProgress?.({ done, total: netuids.length, requests: this.stats.requests - before })
    })
    return {
      specVersion: state.schema.runtime.specVersion,
      blockHash: state.hash,
      stateBlock: state.number,
      block: state.number + 1n,
      network,
      subnets,
      upgradedFrom,
      baskets: await readNetworkBaskets(state, netuids),
      unread: state.schema.unread,
    }
  }

  async #subnetState(
    state: State,
    pull: SubnetPull,
    { epochAt, collateral, ...around }: NetworkPull,
  ): Promise<SubnetState> {
    const { netuid, n, subnetItems: subnet } = pull
    if (n === 0) {
      pull.checkNeurons()
      return { netuid, subnet, epoch: null }
    }
    await this.#finish(state, pull, async () => collateral(netuid))
    // The root has no epochs, nor has a subnet with a tempo of 0: no block is due for them.
    const at = epochAt === 'next-epoch' ? (pull.nextEpoch ?? 'next-block') : epochAt
    return { netuid, subnet, epoch: pull.build(around, at) }
  }

  /** The steps after a subnet's parameters are read. */
  async #finish(state: State, pull: SubnetPull, listed: () => Promise<CollateralKeys>): Promise<void> {
    const neurons = state.plan()
    pull.planNeurons(neurons, pull.n, pull.mechanismCount)
    await read(state, neurons)
    pull.checkNeurons()
    const accounts = state.plan()
    pull.planAccounts(accounts)
    const [timelocked, collateral] = await Promise.all([
      pull.listTimelocked(),
      listed(),
      read(state, accounts),
    ])
    const relatives = state.plan()
    pull.planRelatives(relatives, timelocked, collateral)
    await read(state, relatives)
  }

  /** The header of a block, checked against its hash, and against its number where that is how it was named. */
  async #headerAt(at: At, signal: AbortSignal | undefined): Promise<Header> {
    const hash = await this.#hashOf(at, signal)
    const header = await this.header(hash, signal)
    if (typeof at === 'string') return header
    if (header.number !== BigInt(at)) throw wrongNumber(hash, header.number, at)
    if (this.#options.prove) await this.#checkAncestor(header, signal)
    return header
  }

  /**
   * That a block which a node named by its number is on the way to the finalized one, by the hashes of earlier blocks
   * that the finalized one's own state keeps. Blocks after it, and those from long before, are left as they are.
   */
  async #checkAncestor({ hash, number }: Header, signal: AbortSignal | undefined): Promise<void> {
    if (this.#ancestors.has(hash)) return
    const head = await this.#headerAt('finalized', signal)
    if (number > head.number) return
    const kept = number === head.number ? head.hash : await this.#keptHash(head, number, signal)
    if (kept === null && head.number - number > HASHES_KEPT) return
    if (kept !== hash) {
      const what = `the node names ${hash} as block ${number}, which the finalized block ${head.number} has not before it`
      throw new ChainError('wrong-block', what, { block: hash })
    }
    this.#ancestors.add(hash)
    if (this.#ancestors.size > HEADERS_KEPT) this.#ancestors.delete(this.#ancestors.keys().next().value!)
  }

  /** Hash of an earlier block as a block's state has it. */
  async #keptHash(header: Header, number: bigint, signal: AbortSignal | undefined): Promise<string | null> {
    const schema = await this.#schemaAt(header.hash, signal)
    const state = await this.#stateOf({ header, schema, signal })
    const plan = state.plan()
    const cell = plan.value(BLOCK_HASH, number)
    await state.read(plan)
    return cell.value && `0x${cell.value}`
  }

  async #hashOf(at: At, signal: AbortSignal | undefined): Promise<string> {
    if (isHash(at)) return at.toLowerCase()
    if (at === 'finalized') return this.#link.call('chain_getFinalizedHead', [], parseHash, signal)
    if (at === 'best') return this.#link.call('chain_getBlockHash', [], parseHash, signal)
    if (typeof at !== 'string') {
      return this.#link.call(
        'chain_getBlockHash',
        [blockNumber(at)],
        (result) => parseHash(result, at),
        signal,
      )
    }
    throw new InputError({
      field: 'at',
      expected: `a block number, a block hash, "finalized" or "best", not "${at}"`,
    })
  }

  /** The runtime that executes the block after this one. Its metadata is fetched once per version. */
  async #schemaAt(hash: string, signal: AbortSignal | undefined): Promise<Schema> {
    const version = await this.#link.call('state_getRuntimeVersion', [hash], parseVersion, signal)
    const known = this.#schemas.get(version)
    if (known !== undefined) return known
    const runtime = await this.#link.call(
      'state_getMetadata',
      [hash],
      (result) => parseMetadata(result, version, hash),
      signal,
    )
    const schema = new Schema(runtime)
    this.#schemas.set(version, schema)
    if (runtime.specVersion > NEWEST_SPEC) this.#warnOnce(newerWarning(schema))
    return schema
  }

  /** The block after an upgrade runs migrations first, on a state that nobody has read: once that is said. */
  #upgradedFrom(state: State, ran: number | null): number | null {
    const upgradedFrom = upgradedFromOf(state, ran)
    const { specVersion } = state.schema.runtime
    const sentence = upgradeSentence({ specVersion, stateBlock: state.number, upgradedFrom })
    if (sentence !== undefined) this.#warnOnce(sentence)
    return upgradedFrom
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#warn(message)
  }
}

/**
 * Connects to a chain: to the first endpoint that answers, and to the next one whenever one fails.
 *
 * @param endpoints A WebSocket URL; an `ApiPromise` of `@polkadot/api`, or its provider; any other client that has
 * `send(method, params)`; or several of them. Closing the chain closes what it opened: a client that was given, and an
 * API's connection, stay open.
 * @throws {ChainError} of kind `connect` or `timeout` when none can be reached, {@link AbortedError}.
 *
 * @example
 * ```ts
 * const chain = await connect('wss://entrypoint-finney.opentensor.ai:443')
 * const snapshot = await chain.subnet(1)
 * await chain.close()
 * ```
 */
export async function connect(
  endpoints: Endpoint | readonly Endpoint[],
  options: ConnectOptions = {},
): Promise<Chain> {
  const chain = new Chain(isList(endpoints) ? endpoints : [endpoints], options)
  try {
    await chain.open(options.signal)
    return chain
  } catch (error) {
    await chain.close()
    throw error
  }
}

function isList(endpoints: Endpoint | readonly Endpoint[]): endpoints is readonly Endpoint[] {
  return Array.isArray(endpoints)
}

async function read(state: State, plan: Plan): Promise<void> {
  if (!plan.isEmpty) await state.read(plan)
}

/** Runs `work` on every element, at most `width` at a time. The first failure stops what has not begun. */
async function inTurn<T>(
  elements: Iterable<T>,
  width: number,
  work: (element: T) => Promise<void>,
): Promise<void> {
  const rest = elements[Symbol.iterator]()
  let failed = false
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done && !failed; next = rest.next()) {
      await work(next.value).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** The block that a pull is of, in words. */
function nameOf(at: At = 'finalized'): string {
  if (at === 'finalized') return 'the newest finalized block'
  return at === 'best' ? 'the best block' : `block ${at}`
}

function later(a: bigint, b: bigint): bigint {
  if (a < b) return b
  return a
}

function wrongNumber(hash: string, number: bigint, asked: number | bigint): ChainError {
  return new ChainError('wrong-block', `the node names ${hash} as block ${asked}, it is block ${number}`, {
    block: hash,
  })
}

/** @throws {InputError} for a text that is no hash. */
function blockOf(block: number | bigint | string): number | bigint {
  if (typeof block !== 'string') return block
  throw new InputError({ field: 'block', expected: `a block number or a block hash, not "${block}"` })
}

function blockNumber(at: number | bigint): number {
  const number = Number(at)
  if (Number.isSafeInteger(number) && number >= 0 && number < 2 ** 32) return number
  throw new InputError({ field: 'at', expected: `a block number below 2^32, not ${at}` })
}

function parseHash(result: unknown, number?: number | bigint): string {
  if (isHash(result)) return result.toLowerCase()
  // A null is how nodes say that there is no such block.
  if (result === null && number !== undefined)
    throw new ChainError(
      'missing',
      `there is no block ${number}: it is yet to come, or older than what the node keeps`,
    )
  throw new ChainError('malformed', 'the node gave no block hash')
}

function parseVersion(result: unknown): string {
  const { specName, specVersion } = (result ?? {}) as Record<string, unknown>
  if (typeof specName === 'string' && typeof specVersion === 'number')
    return versionKey(specName, specVersion)
  throw new ChainError('malformed', 'the node gave no runtime version')
}

/** @param version What the node calls the runtime of the block: its metadata has to say the same. */
function parseMetadata(result: unknown, version: string, hash: string): Runtime {
  if (typeof result !== 'string') throw new ChainError('malformed', 'the node gave no metadata')
  const runtime = readRuntime(result)
  const described = versionKey(runtime.specName, runtime.specVersion)
  if (described === version) return runtime
  throw new ChainError('wrong-block', `the node gave metadata of ${described} for a block of ${version}`, {
    block: hash,
    items: ['System.Version'],
  })
}

function versionKey(specName: string, specVersion: number): string {
  return `${specName}/${specVersion}`
}

function newerWarning({ runtime, unread }: Schema): string {
  const lost = unread.length === 0 ? 'nothing that is read is missing' : `not read: ${unread.join(', ')}`
  return `${runtime.specName} ${runtime.specVersion} is newer than ${NEWEST_SPEC}, the newest that is known; ${lost}`
}
