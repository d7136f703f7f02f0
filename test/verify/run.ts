import { connect } from '../../ts/chain/index.ts'
import { EPOCH, type Item, MECHANISM, NEURONS, STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { LegacyTerms } from '../../ts/emission/explain.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { EpochResult } from '../../ts/engine/types.ts'
import { plainRows } from '../chain/expect.ts'
import { type FakeBlock, FakeChain, hashOf, sealed } from '../chain/fake-chain.ts'
import { makeSubnet, type PlainSubnet, putNetwork, putSubnet, type Row } from '../chain/fixture.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'

/** A run of a chain of spec 300 whose epochs the engine computed. */
export interface Run {
  /** From number 0 on. */
  readonly blocks: readonly FakeBlock[]
  /** Every epoch, by block and netuid. */
  readonly epochs: readonly { readonly netuid: number; readonly block: number }[]
  /** `netuid/block` of the epochs that stored another consensus than they should. */
  readonly altered: ReadonlySet<string>
}

/** What a run is like. */
export interface RunShape {
  readonly netuids: readonly number[]
  readonly epochs: number
  readonly n: number
  readonly seed: number
  /** Default 3. */
  readonly validators?: number
}

const TEMPO = 3
const PERIOD = TEMPO + 1
const ALTERED_EVERY = 57
const PRUNING_SCORES: Item<unknown> = {
  pallet: 'SubtensorModule',
  name: 'PruningScores',
  keys: ['u16'],
  kind: STORED.rank.kind,
}

type State = ReadonlyMap<string, string>

/** Makes a run: every subnet has an epoch every four blocks, several of them in the same block. */
export async function makeRun({ netuids, epochs, n, seed, validators = 3 }: RunShape): Promise<Run> {
  const runtime = demoRuntime(300)
  const writer = new StorageWriter(runtime)
  const random = new Random(seed)
  const take = (write: () => void): State => {
    writer.state.clear()
    write()
    return new Map(writer.state)
  }
  const base = take(() => putNetwork(writer, 0, netuids))
  const subnets = new Map(
    netuids.map((netuid) => [
      netuid,
      plain(makeSubnet({ netuid, n, validators, seed: seed + netuid, block: 1 }), validators),
    ]),
  )
  const states = new Map<number, State>()
  for (const [netuid, subnet] of subnets)
    states.set(
      netuid,
      take(() => putSubnet(writer, subnet)),
    )

  const blocks: FakeBlock[] = []
  const built = new Recent()
  const chain = new FakeChain([])
  const add = (number: number): void => {
    const current = [...states.values()]
    const block = sealed({
      number,
      parentHash: blocks.at(-1)?.hash ?? hashOf(`run ${seed}`),
      runtime,
      get state() {
        return built.of(number, () => {
          const all = new Map(base)
          for (const part of current) for (const [key, value] of part) all.set(key, value)
          for (const [key, value] of take(() => writer.put(SYSTEM.number, [], number))) all.set(key, value)
          return all
        })
      },
    })
    blocks.push(block)
    chain.put(block)
  }
  add(0)

  await using server = await ChainServer.start(chain)
  await using connection = await connect(server.url)
  const [engine, { explain }] = [await loadEngine(), await loadEmission()]
  const made: { netuid: number; block: number }[] = []
  const altered = new Set<string>()
  for (let number = 1; made.length < epochs * netuids.length; number++) {
    for (const netuid of netuids) {
      const phase = (number + netuid + 1) % PERIOD
      if (phase === 0) states.set(netuid, waiting(netuid))
      if (phase !== TEMPO) continue
      const before = await connection.subnet(netuid, { at: number - 1 })
      const result = engine.epoch(before, { trace: true })
      const alter = made.length % ALTERED_EVERY === ALTERED_EVERY - 1
      states.set(
        netuid,
        merged(
          states.get(netuid)!,
          take(() =>
            putResult(writer, netuid, number, result, explain.legacyTerms(result.mechanisms[0]!), alter),
          ),
        ),
      )
      made.push({ netuid, block: number })
      if (alter) altered.add(`${netuid}/${number}`)
    }
    add(number)
  }
  return { blocks, epochs: made, altered }

  /** After an epoch: emission is pending again, and one validator has set other weights. */
  function waiting(netuid: number): State {
    const uid = random.int(validators)
    return merged(
      states.get(netuid)!,
      take(() => {
        writer.put(SUBNET.pendingEmission, [netuid], random.u64() >> 24n)
        writer.put(NEURONS.weights, [netuid, uid], rowOf(random, n))
      }),
    )
  }
}

/** States that were built last: those of a run together would not fit in memory. */
class Recent {
  readonly #states = new Map<number, State>()

  of(number: number, build: () => State): State {
    const known = this.#states.get(number)
    if (known !== undefined) return known
    const state = build()
    this.#states.set(number, state)
    if (this.#states.size > 24) this.#states.delete(this.#states.keys().next().value!)
    return state
  }
}

function merged(state: State, changes: State): State {
  return new Map([...state, ...changes])
}

function rowOf(random: Random, n: number): Row {
  return Array.from({ length: n }, (_, uid) => [uid, random.u16()] as const)
}

/** Without the oddities that the runtime of spec 300 would not have survived. */
function plain(subnet: PlainSubnet, validators: number): PlainSubnet {
  const { n, netuid } = subnet
  const random = new Random(netuid)
  const rows = Array.from({ length: n }, (_, uid) => (uid < validators ? rowOf(random, n) : []))
  const many = (value: bigint): bigint[] => Array.from({ length: n }, () => value)
  return {
    ...subnet,
    tempo: TEMPO,
    commitReveal: false,
    weights: [rows],
    bonds: [rows.map(() => [])],
    lastUpdate: [many(1n)],
    activityCutoff: 60_000,
    blockAtRegistration: many(0n),
    validatorPermit: Array.from({ length: n }, (_, uid) => uid < validators),
    lastMechansimStepBlock: 0n,
    pending: [0n, 0n, 0n],
    weightCommits: [new Map()],
    timelocked: [new Map()],
  }
}

function putResult(
  writer: StorageWriter,
  netuid: number,
  block: number,
  result: EpochResult,
  derived: LegacyTerms,
  alter: boolean,
): void {
  const key = [netuid] as const
  const [mechanism] = result.mechanisms
  const consensus = [...result.consensus]
  if (alter) consensus[4] = (consensus[4]! + 1) % 65_536
  writer.put(STORED.stakeWeight, key, [...result.stakeWeight])
  writer.put(STORED.active, key, [...result.active].map(Boolean))
  writer.put(EPOCH.validatorPermit, key, [...result.validatorPermit].map(Boolean))
  writer.put(STORED.consensus, key, consensus)
  writer.put(STORED.validatorTrust, key, [...result.validatorTrust])
  writer.put(STORED.rank, key, [...derived.rank])
  writer.put(STORED.trust, key, [...derived.trust])
  writer.put(PRUNING_SCORES, key, [...derived.pruningScore])
  writer.put(MECHANISM.incentive, key, [...result.incentive])
  writer.put(STORED.dividends, key, [...result.dividends])
  writer.put(STORED.emission, key, [...result.emission])
  for (const [uid, row] of plainRows(mechanism!.bonds).entries())
    writer.put(NEURONS.bonds, [netuid, uid], row)
  writer.put(SUBNET.pendingEmission, key, 0n)
  writer.put(SUBNET.pendingAlphaSwapped, key, 0n)
  writer.put(SUBNET.pendingOwnerCut, key, 0n)
  writer.put(SUBNET.blocksSinceLastStep, key, 0n)
  writer.put(SUBNET.lastMechansimStepBlock, key, block)
}
