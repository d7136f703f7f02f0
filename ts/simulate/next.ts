/** What comes next for a subnet if nothing changes: epochs, pay, permits, replacements, yields. */

import type { ReportPayoutsRow } from '../emission/fields.ts'
import type { Pruning } from '../emission/functions.ts'
import { type BlockReport, type ResidentNetwork, reportsOf } from '../emission/network.ts'
import { type PaymentKind, paymentsOf } from '../emission/payments.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import {
  checkOptions,
  integerFrom,
  listOf,
  netuid as netuidCheck,
  u16,
  withMembers,
  withMethods,
} from '../errors/options.ts'
import type { ChainSnapshot, NetworkSnapshot, SubnetItems } from '../snapshot/network.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { BLOCK_SECONDS, compoundedYield, type Yield } from './yields.ts'

/** Options of {@link next}. */
export interface NextOptions {
  /** The subnet, of a network. */
  readonly netuid?: number
  /** How many epochs to name, 3 by default. */
  readonly epochs?: number
  /** Neurons of which it is asked how much more stake a permit would take. */
  readonly uids?: readonly number[]
}

/**
 * What the amounts that an epoch will share out rest on: all blocks until then, run with the whole network; or what is
 * pending and what each block adds, if it adds what the last one did; or what is pending alone.
 */
export type DueBasis = 'blocks run' | 'like the last block' | 'pending alone'

/** What the next epoch will share out, rao of alpha. */
export interface NextDue {
  readonly basis: DueBasis
  readonly server: bigint
  readonly validator: bigint
  readonly root: bigint
  readonly owner: bigint
  /** What of it goes to miners and validators. */
  readonly emission: bigint
}

/** What a hotkey and those behind it are paid of an epoch, rao of alpha. */
export interface HotkeyPay {
  readonly hotkey: string
  /** Null for who has no uid here: parents of those who have. */
  readonly uid: number | null
  readonly ownerCut: bigint
  /** Incentive that is staked. */
  readonly incentive: bigint
  /** Incentive of the owner's own hotkeys, which is recycled or burned. */
  readonly withheld: bigint
  /** The validator's take of dividends of alpha stake, and of root stake. */
  readonly take: bigint
  /** What stakers of alpha get, the validator's own stake among it. */
  readonly stakers: bigint
  /** What stakers on root get. */
  readonly rootStakers: bigint
}

/** What a permit costs. */
export interface Seats {
  /** How many there are. */
  readonly most: number
  /** How many neurons have one after the next epoch. */
  readonly taken: number
  readonly gained: readonly number[]
  readonly lost: readonly number[]
  /** Who has one with the least stake, as the epoch weighs it; null where nobody has one. In rao. */
  readonly last: { readonly uid: number; readonly stake: bigint } | null
  /** Who has the most stake without one, and how many rao more it would take; null where everyone has one. */
  readonly next: SeatPrice | null
  /** The same of each uid that was asked for. */
  readonly asked: readonly SeatPrice[]
}

/** How much stake a permit takes. */
export interface SeatPrice {
  readonly uid: number
  /** As the epoch weighs it: alpha and weighted TAO, parents and children. In rao. */
  readonly stake: bigint
  /** How much more of it; 0 with a permit, null where no stake buys one. In rao. */
  readonly more: bigint | null
}

/** Whom registrations replace. */
export interface Replacements {
  /** Uids that are free: while there are any, nobody is replaced. */
  readonly free: number
  /** What a registration costs now, in rao of TAO. */
  readonly burn: bigint
  /** The order as things are, of a registration in the next block. */
  readonly now: readonly number[]
  /** The order after the next epoch, by what it pays. */
  readonly afterEpoch: readonly number[]
  /** Who is immune, and the first block in which it is not. By that block. */
  readonly immune: readonly { readonly uid: number; readonly until: bigint }[]
}

/** What stake with a validator earns in the next epoch, and would in a year. */
export interface ValidatorYield {
  readonly uid: number
  /** Alpha that is staked to it on this subnet, and TAO on root, in rao. */
  readonly stake: bigint
  readonly rootStake: bigint
  /** Of its stakers, after its take: by alpha, in alpha. Null without stake. */
  readonly alpha: Yield | null
  /** Of stakers on root, after its take: alpha of this subnet by TAO, not compounded. Null without stake. */
  readonly rootAlphaPerEpoch: number | null
}

/** What comes next for a subnet. */
export interface Next {
  readonly netuid: number
  readonly specVersion: number
  /** The block whose state it is told from. */
  readonly stateBlock: bigint
  /** Blocks of the next epochs; none for a subnet without. */
  readonly epochs: readonly bigint[]
  /** Whether epochs that are put off because a block is full are put off here too: of a whole network. */
  readonly deferrals: boolean
  /** How many epochs a block runs at most; null for no bound. */
  readonly maxEpochsPerBlock: number | null
  readonly due: NextDue
  /** The next epoch, on the weights of now. */
  readonly result: EpochResult
  /**
   * Who is paid what of it, of a whole network as its blocks paid it; null where the payout is not known of this version.
   */
  readonly pay: readonly HotkeyPay[] | null
  readonly seats: Seats
  /** Null where it is not known. */
  readonly replacements: Replacements | null
  /** Who gets dividends; null where the payout is not known. */
  readonly yields: readonly ValidatorYield[] | null
  /** What was assumed, and what is not known and why. */
  readonly notes: readonly string[]
}

const ENGINE = withMethods('an engine', 'epoch', 'epochs')
const EMISSION = withMethods('an emission engine', 'open', 'schedule', 'facts', 'pruning')
const DEFAULT_EPOCHS = 3
const MOST_EPOCHS = 100
/** A full block can put an epoch off by as many blocks as there are subnets. */
const MOST_DEFERRED = 1024
/** Subnets' blocks that one call runs: what is held in memory at once. */
const CALL_ROWS = 16_384
const MAX_U64 = 2n ** 64n - 1n
/** The most that a stake is made of: half of what its whole number can hold. */
const MOST_STAKE = 2n ** 62n

/**
 * What comes next for a subnet if nothing changes: no extrinsics, no weights, no stake. Of a whole network
 * (`chain.network()`, `yuma pull --all`) the blocks until the epochs are run, so that deferrals and what each block adds
 * are the chain's; of one subnet they are told from its own state, which {@link Next.notes} says.
 * @throws {InputError} for what is no state that was read from a chain, a version whose epoch is not known, and a subnet
 * without epochs or neurons.
 */
export function next(
  engine: Engine,
  emission: Emission,
  state: ChainSnapshot | NetworkSnapshot,
  options: NextOptions = {},
): Next {
  ENGINE('engine', engine)
  EMISSION('emission', emission)
  withMembers('a state that was read from a chain', 'stateBlock', 'network')('state', state)
  checkOptions('options', options, {
    netuid: netuidCheck,
    epochs: integerFrom(1, MOST_EPOCHS),
    uids: listOf(u16),
  })
  const { epochs = DEFAULT_EPOCHS, uids = [] } = options
  const notes: string[] = []
  const snapshot = subnetOf(state, options.netuid)
  for (const uid of uids) checkUid(snapshot, uid)
  const plan =
    ('subnets' in state ? planByRunning(emission, state, snapshot, epochs, notes) : undefined) ??
    planAlone(emission, snapshot, epochs, notes)
  const [block] = plan.epochs as [bigint, ...bigint[]]
  const epochState = atEpoch(snapshot, block, plan.due, notes)
  const result = engine.epoch(epochState)
  const pay = plan.pay ?? payOf(emission, epochState, plan.due, result, notes)
  return {
    netuid: snapshot.netuid,
    specVersion: snapshot.specVersion,
    stateBlock: snapshot.stateBlock,
    epochs: plan.epochs,
    deferrals: plan.deferrals,
    maxEpochsPerBlock: snapshot.network.maxEpochsPerBlock,
    due: plan.due,
    result,
    pay,
    seats: seatsOf(engine, epochState, result, uids),
    replacements: replacementsOf(emission, snapshot, block, result, notes),
    yields: pay && yieldsOf(snapshot, pay, secondsOf(plan.epochs, snapshot)),
    notes,
  }
}

/** @throws {InputError} where there is no such subnet, or no neuron on it. */
function subnetOf(state: ChainSnapshot | NetworkSnapshot, netuid: number | undefined): ChainSnapshot {
  if (!('subnets' in state)) {
    if (netuid === undefined || netuid === state.netuid) return state
    throw new InputError({ field: 'netuid', expected: `expected ${state.netuid}, found ${netuid}` })
  }
  if (netuid === undefined)
    throw new InputError({ field: 'netuid', expected: 'expected the number of a subnet of the network' })
  const found = state.subnets.find((subnet) => subnet.netuid === netuid)?.epoch
  if (netuid !== 0 && found !== null && found !== undefined) return found
  const expected = `expected a subnet of the network with epochs and neurons, found ${netuid}`
  throw new InputError({ field: 'netuid', expected })
}

function checkUid({ n }: Snapshot, uid: number): void {
  if (uid < n) return
  throw new InputError({ field: 'uids', uid, expected: `expected a uid below ${n}, found ${uid}` })
}

// --- When, and how much

interface EpochPlan {
  /** At least one. */
  readonly epochs: readonly bigint[]
  readonly deferrals: boolean
  readonly due: NextDue
  /** Who was paid what, where the blocks were run. */
  readonly pay?: readonly HotkeyPay[]
}

/** Where a subnet stands in its schedule, and as many epochs as are asked for. */
function scheduled(
  emission: Emission,
  { specVersion, netuid, stateBlock, subnet }: ChainSnapshot,
  epochs: number,
): readonly bigint[] {
  const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = subnet
  const place = { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep, block: stateBlock }
  const { nextEpochBlocks } = emission.schedule({ specVersion, netuid, ...place, epochs })
  if (nextEpochBlocks.length > 0) return nextEpochBlocks
  throw new InputError({
    field: 'tempo',
    netuid,
    expected: 'expected a subnet with epochs, found a tempo of 0',
  })
}

function planAlone(emission: Emission, snapshot: ChainSnapshot, count: number, notes: string[]): EpochPlan {
  const epochs = scheduled(emission, snapshot, count)
  const { maxEpochsPerBlock } = snapshot.network
  if (maxEpochsPerBlock !== null) {
    notes.push(
      `a block runs at most ${maxEpochsPerBlock} epochs: where others are due too, these come later (of a whole network that is told)`,
    )
  }
  return { epochs, deferrals: false, due: dueAlone(emission, snapshot, epochs[0]!, notes) }
}

function dueAlone(
  emission: Emission,
  { specVersion, stateBlock, subnet, network, emission: pending }: ChainSnapshot,
  block: bigint,
  notes: string[],
): NextDue {
  if (!emission.facts(specVersion).pendingApart) {
    notes.push('what is pending is shared out, without what the blocks until the epoch add')
    const owner = subnet.pendingOwnerCut
    const half = pending / 2n
    return dueOf('pending alone', { server: pending - half, validator: half, root: 0n, owner })
  }
  notes.push('each block until the epoch is taken to add what the last one did')
  const added = emission.pendingOfBlock({
    alphaOut: subnet.subnetAlphaOutEmission,
    ownerCutEnabled: subnet.ownerCutEnabled,
    subnetOwnerCut: network.subnetOwnerCut,
    rootProp: subnet.rootProp,
  })
  const blocks = block - stateBlock
  return dueOf('like the last block', {
    server: subnet.pendingServerEmission + blocks * added.server,
    validator: subnet.pendingValidatorEmission + blocks * added.validator,
    root: subnet.pendingRootAlphaDivs + blocks * added.root,
    owner: subnet.pendingOwnerCut + blocks * added.owner,
  })
}

function dueOf(basis: DueBasis, parts: Omit<NextDue, 'basis' | 'emission'>): NextDue {
  const { server, validator, root } = parts
  return { basis, ...parts, emission: server + validator + root }
}

/** The blocks of the whole network until the epochs have run; undefined where they cannot be run, which is noted. */
function planByRunning(
  emission: Emission,
  network: NetworkSnapshot,
  snapshot: ChainSnapshot,
  count: number,
  notes: string[],
): EpochPlan | undefined {
  const last = scheduled(emission, snapshot, count).at(-1)!
  const epochs: bigint[] = []
  let due: NextDue | undefined
  let pay: readonly HotkeyPay[] | undefined
  let resident: ResidentNetwork | undefined
  try {
    resident = emission.open(network)
    const most = Number(last - network.stateBlock) + MOST_DEFERRED
    for (const report of blocksOf(resident, network, most)) {
      const payout = report.payouts.find(({ netuid }) => netuid === snapshot.netuid)
      if (payout === undefined) continue
      const { pendingServer, pendingValidator, pendingRoot, pendingOwner } = payout
      due ??= dueOf('blocks run', {
        server: pendingServer,
        validator: pendingValidator,
        root: pendingRoot,
        owner: pendingOwner,
      })
      pay ??= payRows(resident, payout, snapshot.hotkeys)
      epochs.push(report.block)
      if (epochs.length === count) break
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    notes.push(`the network's blocks were not run: ${error.message}`)
    return undefined
  } finally {
    resident?.close()
  }
  if (due !== undefined && pay !== undefined) return { epochs, deferrals: true, due, pay }
  notes.push('no epoch came when the blocks were run: the schedule alone is told')
  return undefined
}

function* blocksOf(
  resident: ResidentNetwork,
  network: NetworkSnapshot,
  blocks: number,
): Generator<BlockReport> {
  const most = Math.max(1, Math.floor(CALL_ROWS / Math.max(1, network.subnets.length)))
  for (let done = 0; done < blocks; done += most)
    yield* reportsOf(resident.run(Math.min(most, blocks - done), { reports: 'all' }))
}

/** The state as it is in the block of the epoch, if nothing but what is pending changes. */
function atEpoch(snapshot: ChainSnapshot, block: bigint, due: NextDue, notes: string[]): ChainSnapshot {
  const { maturingCommits, block: readFor } = snapshot
  if (maturingCommits.length > 0)
    notes.push(
      `${maturingCommits.length} commits are revealed before the epoch: their weights are not known yet`,
    )
  if (readFor !== block && snapshot.commitRevealEnabled)
    notes.push(`which commits are open was read for block ${readFor}, and not for the epoch's`)
  const parts = {
    pendingServerEmission: due.server,
    pendingValidatorEmission: due.validator,
    pendingRootAlphaDivs: due.root,
  }
  const known = Object.entries(parts).filter(([name]) => snapshot[name as keyof typeof parts] !== undefined)
  return { ...snapshot, block, emission: due.emission, ...Object.fromEntries(known) }
}

/** From epoch to epoch. */
function secondsOf([first, second]: readonly bigint[], { subnet }: ChainSnapshot): number {
  const blocks = second === undefined || first === undefined ? BigInt(subnet.tempo) : second - first
  return Number(blocks) * BLOCK_SECONDS
}

// --- Who is paid what

const PAID_AS: Readonly<Record<PaymentKind, keyof Omit<HotkeyPay, 'hotkey' | 'uid'>>> = {
  'owner-cut': 'ownerCut',
  incentive: 'incentive',
  'incentive-recycled': 'withheld',
  'incentive-burned': 'withheld',
  'alpha-take': 'take',
  'alpha-stakers': 'stakers',
  'root-take': 'take',
  'root-claimable': 'rootStakers',
  'root-owner': 'rootStakers',
}

/** By hotkey, those with a uid first and by it; null where the payout is not known, which is noted. */
function payOf(
  emission: Emission,
  snapshot: ChainSnapshot,
  due: NextDue,
  result: EpochResult,
  notes: string[],
): readonly HotkeyPay[] | null {
  const { netuid, block, hotkeys } = snapshot
  try {
    const resident = emission.open(snapshot)
    try {
      const accounts = resident.accounts!
      const { server, validator, root, owner } = due
      const payout = resident.distribute({
        netuid,
        block,
        pending: { server, validator, root, owner },
        earned: hotkeys.map((hotkey, uid) => ({
          hotkey: accounts.of(hotkey),
          server: result.serverEmission[uid]!,
          validator: result.validatorEmission[uid]!,
        })),
      })
      return payRows(resident, payout, hotkeys)
    } finally {
      resident.close()
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    notes.push(`who is paid what is not told: ${error.message}`)
    return null
  }
}

/** A payout by hotkey. */
function payRows(
  resident: ResidentNetwork,
  payout: ReportPayoutsRow,
  hotkeys: readonly string[],
): readonly HotkeyPay[] {
  const accounts = resident.accounts!
  const uids = new Map(hotkeys.map((hotkey, uid) => [hotkey, uid]))
  const paid = new Map<string, MutablePay>()
  for (const { kind, hotkey: account, rao } of paymentsOf(payout, resident.columns().owners)) {
    const hotkey = accounts.address(account)
    const row = paid.get(hotkey) ?? nothingFor(hotkey, uids.get(hotkey) ?? null)
    row[PAID_AS[kind]] += rao
    paid.set(hotkey, row)
  }
  return [...paid.values()].sort((a, b) => (a.uid ?? MAX_UID) - (b.uid ?? MAX_UID))
}

const MAX_UID = 65_536

type MutablePay = { -readonly [K in keyof HotkeyPay]: HotkeyPay[K] }

function nothingFor(hotkey: string, uid: number | null): MutablePay {
  const none = { ownerCut: 0n, incentive: 0n, withheld: 0n, take: 0n, stakers: 0n, rootStakers: 0n }
  return { hotkey, uid, ...none }
}

function yieldsOf(
  { accounts }: ChainSnapshot,
  pay: readonly HotkeyPay[],
  seconds: number,
): readonly ValidatorYield[] {
  const earning = pay.filter(({ uid, stakers, rootStakers }) => uid !== null && stakers + rootStakers > 0n)
  return earning.map(({ uid, stakers, rootStakers }) => {
    const stake = accounts.totalHotkeyAlpha[uid!]!
    const rootStake = accounts.rootAlpha[uid!]!
    return {
      uid: uid!,
      stake,
      rootStake,
      alpha: stake === 0n ? null : compoundedYield([Number(stakers) / Number(stake)], seconds),
      rootAlphaPerEpoch: rootStake === 0n ? null : Number(rootStakers) / Number(rootStake),
    }
  })
}

// --- Permits

function seatsOf(
  engine: Engine,
  snapshot: ChainSnapshot,
  result: EpochResult,
  asked: readonly number[],
): Seats {
  const uids = Array.from({ length: snapshot.n }, (_, uid) => uid)
  const has = (uid: number): boolean => result.validatorPermit[uid] === 1
  const had = (uid: number): boolean => (snapshot.validatorPermit[uid] ?? 0) !== 0
  const [withOne, without] = [uids.filter(has), uids.filter((uid) => !has(uid))]
  const byStake = (a: number, b: number): number =>
    compare(stakeOf(snapshot, a), stakeOf(snapshot, b)) || a - b
  const last = withOne.toSorted(byStake)[0]
  const next = without.toSorted(byStake).at(-1)
  const price = (uid: number): SeatPrice => seatPrice(engine, snapshot, result, uid)
  return {
    most: snapshot.maxAllowedValidators,
    taken: withOne.length,
    gained: withOne.filter((uid) => !had(uid)),
    lost: without.filter(had),
    last: last === undefined ? null : { uid: last, stake: stakeOf(snapshot, last) },
    next: next === undefined ? null : price(next),
    asked: asked.map(price),
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whole rao of the stake that an epoch weighs; fractions are in the other word. */
function stakeOf({ totalStake }: Snapshot, uid: number): bigint {
  return totalStake[2 * uid + 1]!
}

/** How much more stake buys a permit: found by epochs with more and more of it, then with less. */
function seatPrice(
  engine: Engine,
  snapshot: ChainSnapshot,
  { validatorPermit }: EpochResult,
  uid: number,
): SeatPrice {
  const stake = stakeOf(snapshot, uid)
  if (validatorPermit[uid] === 1) return { uid, stake, more: 0n }
  const totalStake = snapshot.totalStake.slice()
  const changed = { ...snapshot, totalStake }
  let into: EpochResult | undefined
  const buys = (more: bigint): boolean => {
    totalStake[2 * uid + 1] = stake + more
    into = engine.epoch(changed, into === undefined ? {} : { into })
    return into.validatorPermit[uid] === 1
  }
  let enough = 1n
  while (!buys(enough)) {
    enough *= 2n
    if (stake + enough > MOST_STAKE) return { uid, stake, more: null }
  }
  let least = enough / 2n
  while (enough - least > 1n) {
    const middle = (least + enough) / 2n
    if (buys(middle)) enough = middle
    else least = middle
  }
  return { uid, stake, more: enough }
}

// --- Replacements

function replacementsOf(
  emission: Emission,
  snapshot: ChainSnapshot,
  epochBlock: bigint,
  result: EpochResult,
  notes: string[],
): Replacements | null {
  const { n, stateBlock, subnet, stored } = snapshot
  try {
    const now = pruningOf(emission, snapshot, stateBlock + 1n, stored.emission)
    const afterEpoch = pruningOf(emission, snapshot, epochBlock, result.emission)
    const immune = [...now.immuneUntil.entries()]
      .map(([uid, until]) => ({ uid, until }))
      .filter(({ until }) => until > stateBlock + 1n)
    return {
      free: Math.max(0, subnet.maxAllowedUids - n),
      burn: subnet.burn,
      now: [...now.order],
      afterEpoch: [...afterEpoch.order],
      immune: immune.sort((a, b) => compare(a.until, b.until) || a.uid - b.uid),
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    notes.push(`whom registrations replace is not told: ${error.message}`)
    return null
  }
}

function pruningOf(
  emission: Emission,
  snapshot: ChainSnapshot,
  block: bigint,
  paid: BigUint64Array,
): Pruning {
  const { specVersion, subnet, hotkeys, coldkeys, ownedHotkeys } = snapshot
  // Which of the two a version goes by does not matter where they say the same.
  const listed = new Set(ownedHotkeys)
  const apart = coldkeys.findIndex((key, uid) => (key === subnet.subnetOwner) !== listed.has(hotkeys[uid]!))
  if (apart >= 0) {
    const expected = "expected the subnet owner's hotkeys to be those that it is listed with"
    throw new InputError({ field: 'owned_hotkeys', uid: apart, expected })
  }
  return emission.pruning({
    specVersion,
    block: block > MAX_U64 ? MAX_U64 : block,
    blockAtRegistration: snapshot.blockAtRegistration,
    emission: paid,
    ownerUid: ownerUidOf(subnet, hotkeys),
    owners: Uint8Array.from(coldkeys, (coldkey) => Number(coldkey === subnet.subnetOwner)),
    immunityPeriod: subnet.immunityPeriod,
    immuneOwnerUidsLimit: read(subnet, 'immuneOwnerUidsLimit', 'immune_owner_uids_limit'),
    minNonImmuneUids: read(subnet, 'minNonImmuneUids', 'min_non_immune_uids'),
  })
}

function ownerUidOf({ subnetOwnerHotkey }: SubnetItems, hotkeys: readonly string[]): number | null {
  const uid = subnetOwnerHotkey === null ? -1 : hotkeys.indexOf(subnetOwnerHotkey)
  return uid < 0 ? null : uid
}

/** @throws {InputError} where the item was not read. */
function read(subnet: SubnetItems, item: 'immuneOwnerUidsLimit' | 'minNonImmuneUids', field: string): number {
  const value = subnet[item]
  if (value !== null) return value
  const expected = 'expected a state that has it, found none: pulled anew it does, where the runtime has it'
  throw new InputError({ field, expected })
}
