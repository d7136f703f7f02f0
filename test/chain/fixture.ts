import {
  ACCOUNTS,
  COMMITS,
  EPOCH,
  MECHANISM,
  NETWORK,
  NEURONS,
  STORED,
  SUBNET,
  SYSTEM,
  TOTAL_NETWORKS,
} from '../../ts/chain/items.ts'
import { type FakeBlock, type FakeRuntime, hashOf, sealed } from './fake-chain.ts'
import { Random } from './random.ts'
import { StorageWriter } from './writer.ts'

/** A row of `(uid, value)`. */
export type Row = readonly (readonly [number, number])[]

/** A relation: parts of 2^64 - 1 and an account. */
export type Relative = readonly [bigint, string]

/** A subnet in plain values: what is written to storage and what a pull must give back. */
export interface PlainSubnet {
  readonly netuid: number
  readonly n: number
  readonly tempo: number
  readonly kappa: number
  readonly bondsPenalty: number
  readonly bondsMovingAverage: bigint
  readonly yuma3On: boolean
  readonly liquidAlphaOn: boolean
  readonly alphaValues: readonly [number, number]
  readonly alphaSigmoidSteepness: number
  readonly activityCutoff: number
  readonly activityCutoffFactorMilli: number
  readonly maxAllowedValidators: number
  readonly commitReveal: boolean
  readonly revealPeriod: bigint
  readonly subnetEpochIndex: bigint
  readonly lastMechansimStepBlock: bigint
  readonly lastEpochBlock: bigint
  readonly mechanisms: number
  readonly split: readonly number[] | null
  readonly pending: readonly [bigint, bigint, bigint]
  readonly movingPrice: bigint
  readonly hotkeys: readonly string[]
  readonly coldkeys: readonly string[]
  readonly ownerUid: number | null
  readonly blockAtRegistration: readonly bigint[]
  readonly validatorPermit: readonly boolean[]
  readonly alpha: readonly bigint[]
  readonly root: readonly bigint[]
  readonly parents: readonly (readonly Relative[])[]
  readonly children: readonly (readonly Relative[])[]
  /** Stake of hotkeys without a uid here: alpha and root. */
  readonly outside: ReadonlyMap<string, readonly [bigint, bigint]>
  readonly consensus: readonly number[]
  readonly dividends: readonly number[]
  readonly emission: readonly bigint[]
  readonly weights: readonly (readonly Row[])[]
  readonly bonds: readonly (readonly Row[])[]
  readonly lastUpdate: readonly (readonly bigint[])[]
  readonly incentive: readonly (readonly number[])[]
  /** By mechanism and uid: the three numbers of each entry. */
  readonly weightCommits: readonly ReadonlyMap<number, readonly (readonly [bigint, bigint, bigint])[]>[]
  /** By mechanism: the epoch of the key, and account and block of each entry. */
  readonly timelocked: readonly ReadonlyMap<bigint, readonly (readonly [string, bigint])[]>[]
}

/** What a made subnet is like. */
export interface SubnetShape {
  readonly netuid: number
  readonly n: number
  readonly validators: number
  readonly seed: number
  /** Number of the block whose state it is. */
  readonly block: number
  readonly mechanisms?: number
  readonly commitReveal?: boolean
  /** Entries of a validator's row, of `n`. Default 1. */
  readonly density?: number
}

/** A seeded subnet with parents, children, commits, odd rows and rows shorter than `n`. */
export function makeSubnet(shape: SubnetShape): PlainSubnet {
  const { n, validators } = shape
  const random = new Random(shape.seed)
  const each = <T>(make: (uid: number) => T): T[] => Array.from({ length: n }, (_, uid) => make(uid))
  const mechanisms = shape.mechanisms ?? 1
  const perMechanism = <T>(make: () => T): T[] => Array.from({ length: mechanisms }, make)
  const hotkeys = each(() => random.account())
  const isValidator = (uid: number): boolean => uid < validators
  const past = (span: number): bigint => BigInt(Math.max(0, shape.block - random.int(span)))
  const outside = new Map<string, readonly [bigint, bigint]>()
  const root = each((uid) => (isValidator(uid) ? random.u64() >> 12n : 0n))
  const alpha = shape.netuid === 0 ? root : each(() => random.u64() >> 12n)
  const stranger = (): string => {
    const account = random.account()
    const stake = random.u64() >> 14n
    outside.set(account, [shape.netuid === 0 ? stake : random.u64() >> 14n, stake])
    return account
  }
  const rows = (): Row[] =>
    each((uid) => {
      if (!isValidator(uid)) return []
      const row = each((j) => [j, random.u16()] as const).filter(() => random.chance(shape.density ?? 1))
      // Unsorted, repeated and out-of-range uids do occur.
      return random.chance(0.1) ? [...row.reverse(), [n + 7, 9], [0, 1]] : row
    })
  const relatives = (uid: number): Relative[] =>
    isValidator(uid) && random.chance(0.3)
      ? [
          [random.u64() >> 2n, hotkeys[random.int(n)]!],
          [random.u64() >> 3n, stranger()],
        ]
      : []
  const epochIndex = BigInt(shape.block) / 360n
  return {
    netuid: shape.netuid,
    n,
    tempo: 360,
    kappa: 32_767 + random.int(9),
    bondsPenalty: random.u16(),
    bondsMovingAverage: 900_000n + BigInt(random.int(9)),
    yuma3On: random.chance(0.5),
    liquidAlphaOn: random.chance(0.5),
    alphaValues: [random.u16(), random.u16()],
    alphaSigmoidSteepness: -1000 + random.int(2000),
    activityCutoff: 5000,
    activityCutoffFactorMilli: 10_007,
    maxAllowedValidators: 64,
    commitReveal: shape.commitReveal ?? false,
    revealPeriod: 3n,
    subnetEpochIndex: epochIndex,
    lastMechansimStepBlock: past(360),
    lastEpochBlock: past(360),
    mechanisms,
    split: mechanisms > 1 ? perMechanism(() => Math.floor(65_535 / mechanisms)) : null,
    pending: [random.u64() >> 20n, random.u64() >> 20n, random.u64() >> 20n],
    movingPrice: BigInt(random.u32()),
    hotkeys,
    coldkeys: each(() => random.account()),
    ownerUid: random.int(n),
    blockAtRegistration: each(() => past(5000)),
    validatorPermit: each(isValidator).slice(0, n - random.int(2)),
    alpha,
    root,
    parents: each(relatives),
    children: each(relatives),
    outside,
    consensus: each(() => random.u16()).slice(random.int(2)),
    dividends: each(() => random.u16()),
    emission: each(() => random.u64() >> 10n),
    weights: perMechanism(rows),
    bonds: perMechanism(rows),
    lastUpdate: perMechanism(() => each(() => past(9000)).slice(random.int(2))),
    incentive: perMechanism(() => each(() => random.u16())),
    weightCommits: perMechanism(
      () =>
        new Map([
          [
            random.int(n),
            [
              [epochIndex - 9n, past(9000), 0n],
              [epochIndex, past(300), 0n],
            ] as const,
          ],
        ]),
    ),
    timelocked: perMechanism(
      () =>
        new Map([
          [
            epochIndex - 2n,
            [
              [hotkeys[0]!, past(1000)],
              [random.account(), past(1000)],
            ] as const,
          ],
          [epochIndex + 1n, [[hotkeys[1]!, past(10)]] as const],
        ]),
    ),
  }
}

/** Writes the network's own items and the block's. */
export function putNetwork(writer: StorageWriter, block: number, netuids: readonly number[]): void {
  writer.put(SYSTEM.number, [], block)
  writer.put(NETWORK.taoWeight, [], TAO_WEIGHT)
  writer.put(NETWORK.stakeThreshold, [], STAKE_THRESHOLD)
  writer.put(NETWORK.totalIssuance, [], 9_000_000_123_456_789n)
  writer.put(NETWORK.balancesTotalIssuance, [], 9_000_000_123_456_790n)
  writer.put(TOTAL_NETWORKS, [], netuids.length)
  for (const netuid of netuids) writer.put(EPOCH.networksAdded, [netuid], true)
}

export const TAO_WEIGHT = 3_320_413_933_267_719_290n
export const STAKE_THRESHOLD = 1_000_000_000_000n

/** Writes a subnet as the runtime has it: what is not there in its version is left out. */
export function putSubnet(writer: StorageWriter, subnet: PlainSubnet): void {
  const { netuid } = subnet
  const key = [netuid] as const
  writer.put(EPOCH.subnetworkN, key, subnet.n)
  writer.put(EPOCH.kappa, key, subnet.kappa)
  writer.put(EPOCH.bondsMovingAverage, key, subnet.bondsMovingAverage)
  writer.put(EPOCH.bondsPenalty, key, subnet.bondsPenalty)
  writer.put(EPOCH.yuma3On, key, subnet.yuma3On)
  writer.put(EPOCH.liquidAlphaOn, key, subnet.liquidAlphaOn)
  writer.put(EPOCH.alphaValues, key, subnet.alphaValues)
  writer.put(EPOCH.alphaSigmoidSteepness, key, subnet.alphaSigmoidSteepness)
  writer.put(EPOCH.activityCutoff, key, subnet.activityCutoff)
  writer.put(EPOCH.activityCutoffFactorMilli, key, subnet.activityCutoffFactorMilli)
  writer.put(EPOCH.maxAllowedValidators, key, subnet.maxAllowedValidators)
  writer.put(EPOCH.validatorPermit, key, subnet.validatorPermit)
  writer.put(EPOCH.commitRevealWeightsEnabled, key, subnet.commitReveal)
  writer.put(EPOCH.revealPeriodEpochs, key, subnet.revealPeriod)
  if (subnet.split !== null) writer.put(EPOCH.mechanismEmissionSplit, key, subnet.split)
  writer.put(SUBNET.tempo, key, subnet.tempo)
  writer.put(SUBNET.subnetEpochIndex, key, subnet.subnetEpochIndex)
  writer.put(SUBNET.lastMechansimStepBlock, key, subnet.lastMechansimStepBlock)
  writer.put(SUBNET.lastEpochBlock, key, subnet.lastEpochBlock)
  writer.put(SUBNET.mechanismCountCurrent, key, subnet.mechanisms)
  writer.put(SUBNET.subnetMovingPrice, key, subnet.movingPrice)
  for (const [item, value] of pendingItems(writer, subnet)) writer.put(item, key, value)
  writer.put(STORED.consensus, key, subnet.consensus)
  writer.put(STORED.dividends, key, subnet.dividends)
  writer.put(STORED.emission, key, subnet.emission)
  if (subnet.ownerUid !== null) {
    writer.put(SUBNET.subnetOwnerHotkey, key, subnet.hotkeys[subnet.ownerUid]!)
    const coldkey = subnet.coldkeys[subnet.ownerUid]!
    writer.put(SUBNET.subnetOwner, key, coldkey)
    const owned = subnet.hotkeys.filter((_, uid) => subnet.coldkeys[uid] === coldkey)
    writer.put(ACCOUNTS.ownedHotkeys, [coldkey], owned)
  }
  for (let uid = 0; uid < subnet.n; uid++) putNeuron(writer, subnet, uid)
  for (const [account, [alpha, root]] of subnet.outside) {
    writer.put(ACCOUNTS.totalHotkeyAlpha, [account, netuid], alpha)
    writer.put(ACCOUNTS.totalHotkeyAlpha, [account, 0], root)
  }
  const mechanisms = writer.has(SUBNET.mechanismCountCurrent) ? subnet.mechanisms : 1
  for (let mechanism = 0; mechanism < mechanisms; mechanism++) putMechanism(writer, subnet, mechanism)
}

/** The items that the version's pending amounts are in. */
function pendingItems(
  writer: StorageWriter,
  { pending }: PlainSubnet,
): [typeof SUBNET.pendingEmission, bigint][] {
  if (writer.has(SUBNET.pendingServerEmission)) {
    return [
      [SUBNET.pendingServerEmission, pending[0]],
      [SUBNET.pendingValidatorEmission, pending[1]],
      [SUBNET.pendingRootAlphaDivs, pending[2]],
    ]
  }
  return [
    [SUBNET.pendingEmission, pending[0] + pending[1]],
    [SUBNET.pendingAlphaSwapped, pending[2]],
  ]
}

function putNeuron(writer: StorageWriter, subnet: PlainSubnet, uid: number): void {
  const { netuid } = subnet
  const hotkey = subnet.hotkeys[uid]!
  writer.put(NEURONS.keys, [netuid, uid], hotkey)
  writer.put(NEURONS.uids, [netuid, hotkey], uid)
  writer.put(NEURONS.blockAtRegistration, [netuid, uid], subnet.blockAtRegistration[uid]!)
  writer.put(ACCOUNTS.totalHotkeyAlpha, [hotkey, netuid], subnet.alpha[uid]!)
  writer.put(ACCOUNTS.totalHotkeyAlpha, [hotkey, 0], subnet.root[uid]!)
  writer.put(ACCOUNTS.owner, [hotkey], subnet.coldkeys[uid]!)
  if (subnet.parents[uid]!.length > 0) writer.put(ACCOUNTS.parentKeys, [hotkey, netuid], subnet.parents[uid]!)
  if (subnet.children[uid]!.length > 0)
    writer.put(ACCOUNTS.childKeys, [hotkey, netuid], subnet.children[uid]!)
}

function putMechanism(writer: StorageWriter, subnet: PlainSubnet, mechanism: number): void {
  const index = subnet.netuid + 4096 * mechanism
  writer.put(MECHANISM.lastUpdate, [index], subnet.lastUpdate[mechanism]!)
  writer.put(MECHANISM.incentive, [index], subnet.incentive[mechanism]!)
  for (let uid = 0; uid < subnet.n; uid++) {
    const [weights, bonds] = [subnet.weights[mechanism]![uid]!, subnet.bonds[mechanism]![uid]!]
    if (weights.length > 0) writer.put(NEURONS.weights, [index, uid], weights)
    if (bonds.length > 0) writer.put(NEURONS.bonds, [index, uid], bonds)
  }
  for (const [uid, entries] of subnet.weightCommits[mechanism]!) {
    const queue = entries.map((entry) => ['00'.repeat(32), ...entry] as const)
    writer.put(COMMITS.weightCommits, [index, subnet.hotkeys[uid]!], queue)
  }
  for (const [epoch, entries] of subnet.timelocked[mechanism]!) {
    const queue = entries.map(([account, block]) => [account, block, 'c0ffee', 1n] as const)
    writer.put(COMMITS.timelocked, [index, epoch], queue)
  }
}

/** A block whose state holds these subnets. */
export function blockOf(
  runtime: FakeRuntime,
  number: number,
  subnets: readonly PlainSubnet[],
  parent?: FakeBlock,
): FakeBlock {
  const writer = new StorageWriter(runtime)
  putNetwork(
    writer,
    number,
    subnets.map(({ netuid }) => netuid),
  )
  for (const subnet of subnets) putSubnet(writer, subnet)
  const parentHash = parent?.hash ?? hashOf(`${runtime.specVersion}/${number - 1}`)
  return sealed({ number, parentHash, runtime, state: writer.state })
}
