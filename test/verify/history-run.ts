import {
  COMMITS,
  EPOCH,
  type Item,
  MECHANISM,
  NEURONS,
  STORED,
  SUBNET,
  SYSTEM,
} from '../../ts/chain/items.ts'
import { PRUNING_SCORES } from '../../ts/chain/payout-items.ts'
import type { Emission } from '../../ts/emission/types.ts'
import type { Engine, EpochResult } from '../../ts/engine/types.ts'
import { RowsBuilder } from '../../ts/snapshot/rows.ts'
import type { Snapshot, SparseRows } from '../../ts/snapshot/types.ts'
import type { Encodable } from '../chain/encode.ts'
import { plainRows } from '../chain/expect.ts'
import {
  type FakeBlock,
  FakeChain,
  type FakeRuntime,
  hashOf,
  LOGS_OF_UPGRADE,
  sealed,
} from '../chain/fake-chain.ts'
import {
  makeSubnet,
  type PlainSubnet,
  putNetwork,
  putSubnet,
  type Row,
  STAKE_THRESHOLD,
  TAO_WEIGHT,
} from '../chain/fixture.ts'
import { Random } from '../chain/random.ts'
import { StorageWriter } from '../chain/writer.ts'

/*
 * A chain of the runtimes before 425. Each block is run here on plain values, without the reader that is to be tested: its
 * own part (what it mints, in made-up parts), reveals, and epochs by the engine, whose input is put together from the plain
 * values as each version has it. What comes of it is laid into storage as the version's metadata says.
 */

const TEMPO = 5
const STRIDE = 4096
const NO_COMMIT = 0xffff_ffff_ffff_ffffn
/** What a block mints for a subnet's participants, the owner among them. */
const MINTED = 1_000_000_000n

/** Versions where something of it changed, as the chain's source has them. */
const SPEC = {
  thresholds: 273,
  mask: 297,
  mechanisms: 320,
  noRank: 365,
  pendingApart: 343,
  rootAlpha: 334,
  counted: 423,
} as const

const OWNER = 2
/** Of validators, by uid, the owner's below the threshold. */
const ALPHA = [5n, 4n, 0n, 3n, 2n].map((parts) => STAKE_THRESHOLD * parts + STAKE_THRESHOLD - 1n)
/** Reveals weights again and again, each time with a commit that waits. */
const COMMITTER = 1
/** Without a permit, and with bonds of before. */
const ONCE_VALIDATOR = 5

/** A subnet's values, and what its last epoch stored. */
interface Model extends PlainSubnet {
  readonly result: EpochResult | null
  readonly blocksSinceLastStep: bigint
  /** Whether its block adds anything. */
  readonly emittedTo: boolean
}

/** An epoch of a run. */
export interface RunEpoch {
  readonly netuid: number
  readonly block: number
  readonly specVersion: number
  /** What it shared out. */
  readonly pot: bigint
  /** What the engine was given. */
  readonly input: Snapshot
}

/** What a run is like. */
export interface HistoryShape {
  /** The runtimes one after the other. */
  readonly runtimes: readonly FakeRuntime[]
  /** Blocks of each. */
  readonly blocks: number
  readonly netuids: readonly number[]
  readonly n: number
  readonly seed: number
  /** The first block. */
  readonly from: number
  /** Whether blocks add to what is pending: of a version whose block is computed it has to be nothing. */
  readonly emits: boolean
}

/** A chain of several runtimes, and its epochs. */
export interface HistoryRun {
  readonly blocks: readonly FakeBlock[]
  readonly epochs: readonly RunEpoch[]
  readonly hotkeys: (netuid: number) => readonly string[]
}

/** The chain that most tests serve, of whichever runtimes. */
export const SERVED: Omit<HistoryShape, 'runtimes'> = {
  blocks: 14,
  netuids: [3, 8],
  n: 14,
  seed: 9,
  from: 6_000_000,
  emits: true,
}

export function makeHistory(engine: Engine, emission: Emission, shape: HistoryShape): HistoryRun {
  return new Maker(engine, emission, shape).run()
}

/** All blocks of a run on one chain. */
export function chainOfRun({ blocks }: HistoryRun): FakeChain {
  return new FakeChain(blocks)
}

class Maker {
  readonly #engine: Engine
  readonly #emission: Emission
  readonly #shape: HistoryShape
  readonly #random: Random
  readonly #models: Model[]
  readonly #blocks: FakeBlock[] = []
  readonly #epochs: RunEpoch[] = []

  constructor(engine: Engine, emission: Emission, shape: HistoryShape) {
    this.#engine = engine
    this.#emission = emission
    this.#shape = shape
    this.#random = new Random(shape.seed)
    this.#models = shape.netuids.map((netuid, at) => this.#made(netuid, at % 2 === 1))
  }

  run(): HistoryRun {
    const { runtimes, blocks, from } = this.#shape
    let number = from
    this.#put(number, runtimes[0]!, runtimes[0]!)
    for (const [at, runtime] of runtimes.entries()) {
      const next = runtimes[at + 1] ?? runtime
      for (let i = 0; i < blocks; i++) {
        number++
        this.#step(number, runtime.specVersion)
        this.#put(number, runtime, i === blocks - 1 ? next : runtime)
      }
    }
    return {
      blocks: this.#blocks,
      epochs: this.#epochs,
      hotkeys: (netuid) => this.#models.find((model) => model.netuid === netuid)!.hotkeys,
    }
  }

  /**
   * Validators have weights, bonds come with the epochs but for a row of one that is no validator any more; the owner is a
   * validator with little stake. Every second subnet has commit-reveal, two mechanisms and a steep sigmoid.
   */
  #made(netuid: number, busy: boolean): Model {
    const { n, from, seed } = this.#shape
    const made = makeSubnet({ netuid, n, validators: 5, seed: seed + netuid, block: from, mechanisms: 2 })
    const many = <T>(value: T): T[] => Array.from({ length: n }, () => value)
    return {
      ...made,
      tempo: TEMPO,
      bondsPenalty: busy ? 40_000 : 0,
      commitReveal: busy,
      revealPeriod: 2n,
      mechanisms: busy ? 2 : 1,
      split: busy ? [40_000, 25_535] : null,
      yuma3On: busy,
      liquidAlphaOn: true,
      alphaValues: [45_875, 58_982],
      alphaSigmoidSteepness: busy ? 5000 : 1000,
      activityCutoff: 60_000,
      maxAllowedValidators: 5,
      ownerUid: OWNER,
      alpha: made.alpha.map((_, uid) => ALPHA[uid] ?? BigInt(uid) * 1_000_000_000n),
      root: made.root.map((rao, uid) => (uid === OWNER ? 0n : rao)),
      parents: made.parents.map((row, uid) => (uid === OWNER ? [] : row)),
      children: made.children.map((row, uid) => (uid === OWNER ? [] : row)),
      weights: [this.#rows(), this.#rows()],
      bonds: [staleBonds(n), many([])],
      lastUpdate: [many(BigInt(from)), many(BigInt(from))],
      blockAtRegistration: many(0n).map((_, uid) => (uid === n - 1 ? BigInt(from) : 0n)),
      validatorPermit: many(true).map((_, uid) => uid < 5),
      lastMechansimStepBlock: BigInt(from),
      lastEpochBlock: BigInt(from),
      subnetEpochIndex: BigInt(from) / BigInt(TEMPO),
      pending: [0n, 0n, 0n],
      weightCommits: [new Map(), new Map()],
      timelocked: [new Map(), new Map()],
      consensus: [],
      dividends: [],
      emission: [],
      incentive: [[], []],
      result: null,
      blocksSinceLastStep: 0n,
      emittedTo: this.#shape.emits,
    }
  }

  #rows(): Row[] {
    return Array.from({ length: this.#shape.n }, (_, uid) => (uid < 5 ? this.#row() : []))
  }

  #row(): Row {
    return Array.from({ length: this.#shape.n }, (_, uid) => [uid, this.#random.u16()] as const)
  }

  #step(number: number, spec: number): void {
    for (const [at, model] of this.#models.entries()) {
      const minted = model.emittedTo ? this.#parts() : ([0n, 0n, 0n] as const)
      const grown = { ...model, pending: added(model.pending, minted) }
      const isDue = this.#isDue(model, number, spec)
      this.#models[at] = this.#traded(isDue ? this.#epoch(grown, number, spec) : waited(grown), number, spec)
    }
  }

  #isDue(model: Model, number: number, specVersion: number): boolean {
    if (specVersion < SPEC.counted) return (number + model.netuid + 1) % (TEMPO + 1) === TEMPO
    return BigInt(number) >= model.lastEpochBlock + BigInt(TEMPO)
  }

  /** What a block adds for miners, validators and root, less what it mints. */
  #parts(): readonly [bigint, bigint, bigint] {
    const odd = BigInt(this.#random.int(1000))
    return [410_000_000n + odd, 370_000_000n - odd / 3n, 39_999_999n - odd / 7n]
  }

  #epoch(model: Model, number: number, spec: number): Model {
    const revealed = this.#revealed(model, spec)
    const pot = model.pending.reduce((a, b) => a + b)
    const input = this.#input(revealed, number, spec, pot)
    const result = this.#engine.epoch(input, { trace: true })
    this.#epochs.push({ netuid: model.netuid, block: number, specVersion: spec, pot, input })
    return {
      ...revealed,
      pending: [0n, 0n, 0n],
      validatorPermit: [...result.validatorPermit].map(Boolean),
      bonds: revealed.bonds.map((rows, at) => {
        const own = result.mechanisms[at]
        return own === undefined ? rows : plainRows(own.bonds)
      }),
      result,
      blocksSinceLastStep: 0n,
      lastMechansimStepBlock: BigInt(number),
      lastEpochBlock: BigInt(number),
      subnetEpochIndex: model.subnetEpochIndex + 1n,
    }
  }

  /** What commits that are due become in the epoch's block: uid 0 has other weights, and commits no more. */
  #revealed(model: Model, spec: number): Model {
    if (!model.commitReveal) return model
    const weights = model.weights.map((rows, at) =>
      at < mechanismsAt(model, spec) ? rows.map((row, uid) => (uid === 0 ? this.#row() : row)) : rows,
    )
    return { ...model, weights, timelocked: model.timelocked.map(() => new Map()) }
  }

  /** The engine's input, as the version has it. */
  #input(model: Model, number: number, specVersion: number, pot: bigint): Snapshot {
    const { n, hotkeys } = model
    const accounts = [...hotkeys, ...model.outside.keys()]
    const place = new Map(accounts.map((account, at) => [account, at]))
    const stakeOf = (of: 0 | 1): BigUint64Array =>
      BigUint64Array.from(accounts, (account, at) =>
        at < n ? (of === 0 ? model.alpha[at]! : model.root[at]!) : model.outside.get(account)![of],
      )
    const { totalStake } = this.#emission.stakeWeights({
      netuid: model.netuid,
      n,
      taoWeight: TAO_WEIGHT,
      totalHotkeyAlpha: stakeOf(0),
      rootAlpha: stakeOf(1),
      parentKeys: relations(model.parents, place),
      childKeys: relations(model.children, place),
    })
    const mechanisms = mechanismsAt(model, specVersion)
    const factor = (BigInt(model.activityCutoffFactorMilli) * BigInt(model.tempo)) / 1000n
    return {
      specVersion,
      n,
      block: BigInt(number),
      tempo: BigInt(model.tempo),
      lastMechanismStepBlock: model.lastMechansimStepBlock,
      activityCutoffBlocks: specVersion >= SPEC.counted ? factor : BigInt(model.activityCutoff),
      blockAtRegistration: BigUint64Array.from(model.blockAtRegistration),
      totalStake,
      stakeThreshold: STAKE_THRESHOLD,
      ownerUid: model.ownerUid,
      validatorPermit: Uint8Array.from(model.validatorPermit, Number),
      maxAllowedValidators: model.maxAllowedValidators,
      commitRevealEnabled: model.commitReveal,
      kappa: model.kappa,
      bondsPenalty: model.bondsPenalty,
      bondsMovingAverage: model.bondsMovingAverage,
      yuma3On: specVersion >= SPEC.thresholds && model.yuma3On,
      liquidAlphaOn: model.liquidAlphaOn,
      alphaLow: model.alphaValues[0],
      alphaHigh: model.alphaValues[1],
      alphaSigmoidSteepness: model.alphaSigmoidSteepness,
      emission: pot,
      mechanismEmissionSplit:
        specVersion >= SPEC.mechanisms && model.split !== null ? Uint16Array.from(model.split) : null,
      mechanisms: Array.from({ length: mechanisms }, (_, at) => ({
        lastUpdate: BigUint64Array.from(model.lastUpdate[at]!),
        weights: columns(model.weights[at]!),
        bonds: columns(model.bonds[at]!),
        commitBlocks: this.#commitBlocks(model, number, specVersion),
      })),
    }
  }

  /** Uid 1 has a commit that lives, uid 3 one that has expired. */
  #commitBlocks({ commitReveal, n }: Model, number: number, spec: number): BigUint64Array {
    if (!commitReveal) return new BigUint64Array(0)
    const masks = spec >= SPEC.mask && spec !== 300
    return BigUint64Array.from({ length: n }, (_, uid) =>
      masks && uid === COMMITTER ? this.#living(number) : NO_COMMIT,
    )
  }

  /** A block in the epoch before, in which uid 1 committed: after the last neuron registered anew. */
  #living(number: number): bigint {
    return BigInt(number - TEMPO)
  }

  /** What transactions do: a validator sets other weights, and somebody is registered, in no block of an epoch. */
  #traded(model: Model, number: number, spec: number): Model {
    const uid = number % 2 === 1 ? COMMITTER : 2 + ((number / 2) % 3)
    const weights = model.weights.map((rows, at) =>
      at < mechanismsAt(model, spec) ? rows.map((row, i) => (i === uid ? this.#row() : row)) : rows,
    )
    const lastUpdate = model.lastUpdate.map((blocks) =>
      blocks.map((block, i) => (i === uid ? BigInt(number) : block)),
    )
    const blockAtRegistration = model.blockAtRegistration.map((block, i) =>
      i === 6 + (number % 5) && number % 3 === 0 ? BigInt(number) : block,
    )
    return { ...model, weights, lastUpdate, blockAtRegistration }
  }

  /** Lays the state that a block leaves, as its own runtime has it. */
  #put(number: number, ran: FakeRuntime, next: FakeRuntime): void {
    const writer = new StorageWriter(ran)
    const spec = ran.specVersion
    putNetwork(writer, number, [0, ...this.#shape.netuids])
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [spec, ran.specName])
    for (const model of this.#models) {
      putSubnet(writer, { ...model, ...this.#commits(model, number + 1, spec) })
      if (next === ran && this.#isDue(model, number + 1, spec)) putTimelocked(writer, model, number + 1, spec)
      putBlock(writer, model, spec)
      if (model.result !== null) putResult(writer, model, model.result, spec)
    }
    this.#blocks.push(
      sealed({
        number,
        parentHash: this.#blocks.at(-1)?.hash ?? hashOf(`history ${this.#shape.seed}`),
        runtime: next,
        state: writer.state,
        ...(next === ran ? {} : { logs: LOGS_OF_UPGRADE }),
      }),
    )
  }

  /** Commits as they stand before a block: of uid 1 one that lives, of uid 3 one that is past its time. */
  #commits(model: Model, number: number, spec: number): Pick<PlainSubnet, 'weightCommits' | 'timelocked'> {
    const entry = (block: bigint, epoch: bigint): readonly [bigint, bigint, bigint] =>
      spec >= SPEC.counted ? [epoch, block, 0n] : [block, 0n, 0n]
    const index = model.subnetEpochIndex
    const queue = new Map([
      [COMMITTER, [entry(this.#living(number), index)]],
      [3, [entry(BigInt(number - 60), index - 9n)]],
    ])
    const none = model.timelocked.map(() => new Map())
    return { timelocked: none, weightCommits: none.map(() => (model.commitReveal ? queue : new Map())) }
  }
}

function staleBonds(n: number): Row[] {
  return Array.from({ length: n }, (_, uid) => (uid === ONCE_VALIDATOR ? [[6, 1000] as const] : []))
}

function mechanismsAt({ mechanisms }: Model, spec: number): number {
  return spec >= SPEC.mechanisms ? mechanisms : 1
}

function waited(model: Model): Model {
  return { ...model, blocksSinceLastStep: model.blocksSinceLastStep + 1n }
}

function added(
  [server, validator, root]: PlainSubnet['pending'],
  parts: PlainSubnet['pending'],
): PlainSubnet['pending'] {
  return [server + parts[0], validator + parts[1], root + parts[2]]
}

function columns(rows: readonly Row[]): SparseRows {
  const builder = new RowsBuilder()
  for (const row of rows) {
    for (const [uid, value] of row) builder.push(uid, value)
    builder.endRow()
  }
  return builder.finish()
}

function relations(
  rows: PlainSubnet['parents'],
  place: ReadonlyMap<string, number>,
): { rowStart: Uint32Array; account: Uint32Array; proportion: BigUint64Array } {
  const starts = [0]
  for (const row of rows) starts.push(starts.at(-1)! + row.length)
  const all = rows.flat()
  return {
    rowStart: Uint32Array.from(starts),
    account: Uint32Array.from(all, ([, account]) => place.get(account)!),
    proportion: BigUint64Array.from(all, ([parts]) => parts),
  }
}

/** What is due to be revealed in a block: of uid 0, by each mechanism, in the item and under the key of the version. */
function putTimelocked(writer: StorageWriter, model: Model, number: number, spec: number): void {
  if (!model.commitReveal) return
  const { netuid, revealPeriod, subnetEpochIndex } = model
  const current = BigInt(Math.floor((number + netuid + 1) / (TEMPO + 1)))
  const byBlock = current - (spec <= 300 ? revealPeriod - 1n : revealPeriod)
  const key = spec >= SPEC.counted ? subnetEpochIndex + 1n - revealPeriod : byBlock
  const [hotkey, block] = [model.hotkeys[0]!, BigInt(number - 4)]
  const [item, entry]: [Item<unknown>, Encodable] =
    spec < SPEC.mask || spec === 300
      ? [COMMITS.timelockedBefore297, [hotkey, 'c0ffee', 1n]]
      : [spec < 306 ? COMMITS.timelockedBefore306 : COMMITS.timelocked, [hotkey, block, 'c0ffee', 1n]]
  for (let at = 0; at < mechanismsAt(model, spec); at++)
    writer.put(item, [netuid + STRIDE * at, key], [entry])
}

/** What blocks write of a subnet. */
function putBlock(writer: StorageWriter, model: Model, spec: number): void {
  const key = [model.netuid] as const
  const [server, validator, root] = model.pending
  if (spec >= SPEC.rootAlpha && spec < SPEC.pendingApart) {
    writer.put(SUBNET.pendingEmission, key, server + validator)
    writer.put(SUBNET.pendingRootAlphaDivs, key, root)
  }
  writer.put(SUBNET.pendingOwnerCut, key, 180_000_000n * model.blocksSinceLastStep)
  writer.put(SUBNET.pendingRootDivs, key, 1_000_000n * model.blocksSinceLastStep)
  writer.put(SUBNET.blocksSinceLastStep, key, model.blocksSinceLastStep)
  writer.put(SUBNET.subnetAlphaOutEmission, key, model.emittedTo ? MINTED : 0n)
}

/** What the last epoch of a subnet stored. */
function putResult(writer: StorageWriter, model: Model, result: EpochResult, spec: number): void {
  const { netuid } = model
  const put = (item: Item<unknown>, value: Encodable): void => writer.put(item, [netuid], value)
  // 320 left what was there before it.
  put(STORED.stakeWeight, spec === 320 ? [1, 2, 3] : [...result.stakeWeight])
  put(STORED.active, [...result.active].map(Boolean))
  put(EPOCH.validatorPermit, [...result.validatorPermit].map(Boolean))
  put(STORED.consensus, [...result.consensus])
  put(STORED.validatorTrust, [...result.validatorTrust])
  put(STORED.dividends, [...result.dividends])
  put(STORED.emission, [...result.emission])
  for (const [at, { incentive }] of result.mechanisms.entries())
    writer.put(MECHANISM.incentive, [netuid + STRIDE * at], [...incentive])
  const rows = result.mechanisms.map(({ bonds }) => plainRows(bonds))
  // An epoch writes rows of no bonds too.
  for (const [at, own] of rows.entries())
    for (const [uid, row] of own.entries()) writer.put(NEURONS.bonds, [netuid + STRIDE * at, uid], row)
  if (spec >= SPEC.noRank) return
  put(
    STORED.rank,
    legacy(result, (own) => [...own.incentive]),
  )
  put(STORED.trust, legacy(result, trustOf))
  put(PRUNING_SCORES, legacy(result, pruningOf))
}

/** A column of ranks, trust or pruning scores, of several mechanisms weighed by what each shared out. */
function legacy(result: EpochResult, of: (own: EpochResult['mechanisms'][number]) => number[]): number[] {
  const { mechanisms } = result
  const all = mechanisms.reduce((sum, { share }) => sum + share, 0n)
  const columns = mechanisms.map(of)
  if (mechanisms.length === 1) return columns[0]!
  return Array.from({ length: result.n }, (_, uid) =>
    mechanisms.reduce((sum, { share }, at) => {
      const weight = (share << 64n) / all
      return sum + Number((BigInt(columns[at]![uid]!) * weight) >> 64n)
    }, 0),
  )
}

const ONE = 1n << 32n

function floor16(bits: bigint): number {
  return Number((bits * 65_535n) >> 32n)
}

/** Rank over what it would be without clipping. */
function trustOf({ raw, trace, incentive }: EpochResult['mechanisms'][number]): number[] {
  const { weights, ranks } = trace!
  const unclipped = Array.from(incentive, () => 0n)
  for (let uid = 0; uid + 1 < weights.rowStart.length; uid++)
    for (let at = weights.rowStart[uid]!; at < weights.rowStart[uid + 1]!; at++)
      unclipped[weights.uid[at]!]! += (raw.activeStake[uid]! * weights.value[at]!) >> 32n
  return unclipped.map((sum, uid) => (sum === 0n ? 0 : floor16((ranks[uid]! * ONE) / sum)))
}

/** The share of the emission in parts of the largest, rounded. */
function pruningOf({ trace }: EpochResult['mechanisms'][number]): number[] {
  const shares = [...trace!.normalizedEmission]
  let largest = 0n
  for (const share of shares) if (share > largest) largest = share
  return shares.map((share) =>
    largest === 0n ? 0 : Number(((share * 65_535n * ONE) / largest + ONE / 2n) >> 32n),
  )
}
