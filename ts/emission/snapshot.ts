/** Snapshots of the chain as the columns that emission reads. */

import { InputError } from '../errors/index.ts'
import type {
  ChainSnapshot,
  FlowEma,
  NetworkItems,
  NetworkSnapshot,
  Relations,
  SubnetItems,
} from '../snapshot/network.ts'
import type { SparseRows } from '../snapshot/types.ts'
import { type Account, Accounts } from './accounts.ts'
import { addressesOfBaskets, putBaskets } from './baskets.ts'
import { columnsOf, type Draft } from './columns.ts'
import {
  epochHyperparameters,
  NETWORK_TABLES,
  type NetworkColumns,
  type NetworkGlobals,
  type NetworkRows,
  type NetworkSubnetsRow,
} from './fields.ts'

/** What runtimes without a cap do: more epochs than there are subnets. */
const NO_CAP = 255

/** A network's state as emission reads it, and its accounts. */
export interface NetworkState {
  readonly specVersion: number
  readonly columns: NetworkColumns
  readonly accounts: Accounts
}

/**
 * A network's state from its snapshot, or from that of one subnet, which then is all there is beside root.
 *
 * Snapshots hold stake by hotkey and not by coldkey: what each hotkey gets is exact, what its nominators get is known as
 * their sum. They hold no pending children, no claimable root dividends, no time locks and no leases: a leased subnet
 * is taken for one that is not, and commits that are to be revealed stay unrevealed. That of one subnet has no baskets:
 * where there are some, no block runs on it.
 * @throws {InputError} for an address that is none, and for the snapshot of root alone.
 */
export function networkState(snapshot: NetworkSnapshot | ChainSnapshot): NetworkState {
  if ('subnets' in snapshot) return stateOf(snapshot)
  if (snapshot.netuid === 0)
    throw new InputError({ field: 'netuid', netuid: 0, expected: 'expected a subnet other than root' })
  const { netuid, specVersion, blockHash, stateBlock, block, network, subnet, unread } = snapshot
  const { upgradedFrom } = snapshot
  const subnets = [{ netuid, subnet, epoch: snapshot }]
  const baskets = null
  return stateOf({
    specVersion,
    blockHash,
    stateBlock,
    block,
    network,
    subnets,
    upgradedFrom,
    baskets,
    unread,
  })
}

function stateOf(snapshot: NetworkSnapshot): NetworkState {
  const epochs = snapshot.subnets.flatMap(({ epoch }) => epoch ?? [])
  const accounts = accountsOf(snapshot, epochs)
  const root = snapshot.subnets.find(({ netuid }) => netuid === 0)
  const subnets = snapshot.subnets.filter(({ netuid }) => netuid !== 0)
  const rows: Draft<NetworkRows> = {
    globals: globalsOf(snapshot, root?.subnet.subnetTao ?? 0n),
    rootHotkeys: rootHotkeysOf(root?.epoch ?? null, epochs).map((hotkey) => ({
      hotkey: accounts.of(hotkey),
    })),
    ...keysOf(
      epochs,
      epochs.map((epoch) => epoch.accounts),
      accounts,
    ),
    subnets: subnets.map(({ netuid, subnet, epoch }) =>
      subnetOf(netuid, subnet, snapshot.network, epoch, accounts),
    ),
  }
  const columns = columnsOf(NETWORK_TABLES, withBaskets(rows, snapshot, root?.subnet, accounts))
  const mechanisms = subnets.flatMap(({ epoch }) => (epoch === null || epoch.n === 0 ? [] : epoch.mechanisms))
  const { specVersion } = snapshot
  return { specVersion, accounts, columns: { ...columns, ...sparseColumns(mechanisms) } }
}

/** Who is on root: whoever has a uid there; where root was not read, of the accounts that were those that say so. */
function rootHotkeysOf(root: ChainSnapshot | null, epochs: readonly ChainSnapshot[]): readonly string[] {
  if (root !== null) return root.hotkeys
  const named = epochs.flatMap(({ accounts }) => accounts.hotkeys.filter((_, i) => accounts.onRoot[i] === 1))
  return [...new Set(named)]
}

function withBaskets(
  rows: Draft<NetworkRows>,
  { baskets }: NetworkSnapshot,
  root: SubnetItems | undefined,
  accounts: Accounts,
): Draft<NetworkRows> {
  if (baskets === null) return rows
  const staking = baskets.stakingHotkeys.map((hotkey) => ({
    coldkey: accounts.of(baskets.escrow),
    hotkey: accounts.of(hotkey),
  }))
  const threshold = root?.rootClaimableThreshold ?? 0n
  return putBaskets({ ...rows, stakingHotkeys: staking }, baskets, baskets.baskets, threshold, accounts)
}

type Mechanism = ChainSnapshot['mechanisms'][number]

/** Weights and bonds of all mechanisms: not row by row, as they are nearly all of the state. */
export function sparseColumns(
  mechanisms: readonly Mechanism[],
): Pick<NetworkColumns, 'weightRows' | 'weights' | 'bondRows' | 'bonds'> {
  const weights = concatenated(mechanisms.map((mechanism) => mechanism.weights))
  const bonds = concatenated(mechanisms.map((mechanism) => mechanism.bonds))
  return {
    weightRows: { start: weights.rows },
    weights: { start: weights.start, uid: weights.uid, value: weights.value },
    bondRows: { start: bonds.rows },
    bonds: { start: bonds.start, uid: bonds.uid, value: bonds.value },
  }
}

interface Concatenated {
  readonly rows: Uint32Array
  readonly start: Uint32Array
  readonly uid: Uint16Array
  readonly value: Uint16Array
}

function concatenated(parts: readonly SparseRows[]): Concatenated {
  const sum = (of: (part: SparseRows) => number): number => parts.reduce((all, part) => all + of(part), 0)
  const rows = new Uint32Array(parts.length + 1)
  const start = new Uint32Array(sum(({ rowStart }) => rowStart.length - 1) + 1)
  const uid = new Uint16Array(sum((part) => part.uid.length))
  const value = new Uint16Array(uid.length)
  let [row, entry] = [0, 0]
  parts.forEach((part, i) => {
    for (let at = 1; at < part.rowStart.length; at++) start[++row] = entry + part.rowStart[at]!
    uid.set(part.uid, entry)
    value.set(part.value, entry)
    entry += part.uid.length
    rows[i + 1] = row
  })
  return { rows, start, uid, value }
}

/** What the chain keeps once. */
export function globalsOf(
  { stateBlock, network }: Pick<NetworkSnapshot, 'stateBlock' | 'network'>,
  rootTao: bigint,
): Draft<NetworkGlobals> {
  const optional: { -readonly [K in keyof NetworkGlobals]?: NetworkGlobals[K] } = {}
  if (network.emissionGateBar !== null) optional.gateBar = network.emissionGateBar
  if (network.emissionBarQuantile !== null) optional.gateQuantile = network.emissionBarQuantile
  if (network.emissionBarRank !== null) optional.gateRank = Number(network.emissionBarRank)
  if (network.emissionGateExponent !== null) optional.gateExponent = network.emissionGateExponent
  return {
    block: stateBlock,
    totalIssuance: network.totalIssuance,
    balancesIssuance: network.balancesTotalIssuance,
    totalStake: network.totalStake,
    blockEmission: network.blockEmission,
    taoWeight: network.taoWeight,
    childkeyBurn: network.ckBurn,
    subnetOwnerCut: network.subnetOwnerCut,
    maxEpochsPerBlock: network.maxEpochsPerBlock ?? NO_CAP,
    stakeThreshold: network.stakeThreshold,
    movingAlpha: network.subnetMovingAlpha,
    flowCutoff: network.taoFlowCutoff,
    flowExponent: network.flowNormExponent,
    flowSmoothingFactor: network.flowEmaSmoothingFactor,
    flowNet: network.netTaoFlowEnabled,
    ...optional,
    rootTao,
  }
}

function accountsOf({ subnets, baskets }: NetworkSnapshot, epochs: readonly ChainSnapshot[]): Accounts {
  const addresses = new Set<string>()
  const add = (list: Iterable<string | null>): void => {
    for (const address of list) if (address !== null) addresses.add(address)
  }
  for (const { subnet } of subnets) add([subnet.subnetOwner, subnet.subnetOwnerHotkey])
  if (baskets !== null) {
    add(addressesOfBaskets(baskets, baskets.baskets))
    add(baskets.stakingHotkeys)
  }
  for (const { accounts, coldkeys, ownedHotkeys, collateral, collateralSums } of epochs) {
    add(accounts.hotkeys)
    add(accounts.owner)
    add(accounts.autoStakeDestination)
    add(coldkeys)
    add(ownedHotkeys)
    for (const { hotkey, coldkey } of collateral) add([hotkey, coldkey])
    for (const { coldkey } of collateralSums) add([coldkey])
  }
  return new Accounts(addresses)
}

/** Hotkeys, each once, and at their places what the chain keeps of them. */
interface HotkeyState {
  readonly hotkeys: readonly string[]
  readonly owner: readonly string[]
  readonly delegates: Uint16Array
  readonly rootAlpha: BigUint64Array
  readonly suspended: Uint8Array
}

/** Every hotkey of some states once, ascending, with what `read` finds at its place; of none, where that is null. */
export function byHotkey<S extends Pick<HotkeyState, 'hotkeys'>, T>(
  states: readonly S[],
  accounts: Accounts,
  read: (state: S, place: number) => T | null,
): (readonly [Account, T])[] {
  const rows = new Map<Account, T>()
  for (const state of states) {
    for (const [place, hotkey] of state.hotkeys.entries()) {
      const value = read(state, place)
      if (value !== null) rows.set(accounts.of(hotkey), value)
    }
  }
  return [...rows].sort(([a], [b]) => a - b)
}

/** What the chain keeps once of the keys of subnets: of the hotkeys in `states`, and of the subnets' owners. */
export function keysOf(
  snapshots: readonly ChainSnapshot[],
  states: readonly HotkeyState[],
  accounts: Accounts,
): Pick<Draft<NetworkRows>, 'rootStakes' | 'owners' | 'takes' | 'ownedHotkeys' | 'suspended'> {
  const owned = new Map<Account, readonly string[]>()
  for (const { subnet, ownedHotkeys } of snapshots) {
    if (subnet.subnetOwner !== null) owned.set(accounts.of(subnet.subnetOwner), ownedHotkeys)
  }
  const owners = byHotkey(states, accounts, ({ owner }, place) => accounts.of(owner[place]!))
  const takes = byHotkey(states, accounts, ({ delegates }, place) => delegates[place]!)
  const suspended = byHotkey(states, accounts, (state, place) => state.suspended[place] || null)
  return {
    rootStakes: pools(byHotkey(states, accounts, ({ rootAlpha }, place) => filled(rootAlpha[place]!))),
    owners: owners.map(([hotkey, coldkey]) => ({ hotkey, coldkey })),
    takes: takes.map(([hotkey, take]) => ({ hotkey, take })),
    ownedHotkeys: listRows(owned, accounts),
    suspended: suspended.map(([hotkey]) => ({ hotkey })),
  }
}

/** Lists of hotkeys by coldkey, in ascending order of coldkeys. */
export function listRows(
  lists: ReadonlyMap<Account, readonly string[]>,
  accounts: Accounts,
): { readonly coldkey: Account; readonly hotkey: Account }[] {
  return [...lists]
    .sort(([a], [b]) => a - b)
    .flatMap(([coldkey, hotkeys]) => hotkeys.map((hotkey) => ({ coldkey, hotkey: accounts.of(hotkey) })))
}

function pools(totals: readonly (readonly [Account, bigint])[]): { hotkey: Account; total: bigint }[] {
  return totals.map(([hotkey, total]) => ({ hotkey, total }))
}

const filled = (rao: bigint): bigint | null => rao || null

/** U96F32 bits of 1. */
const ONE = 1n << 32n

/** A share that the chain computed as a part of a whole. */
function partOf(bits: bigint, field: string, netuid: number): bigint {
  if (bits <= ONE) return bits
  throw new InputError({
    field,
    netuid,
    expected: `expected a share of at most 1, ${ONE} in bits, found ${bits}`,
  })
}

/** What the chain keeps of a subnet, with its neurons and accounts where they are known. */
export function subnetOf(
  netuid: number,
  items: SubnetItems,
  network: NetworkItems,
  epoch: ChainSnapshot | null,
  accounts: Accounts,
): Draft<NetworkSubnetsRow> {
  const accountOf = (address: string | null): Account | null =>
    address === null ? null : accounts.of(address)
  const average = (ema: FlowEma | null): bigint => ema?.ema ?? 0n
  return {
    netuid,
    firstEmissionBlock: items.firstEmissionBlockNumber,
    subtokenEnabled: items.subtokenEnabled,
    registrationAllowed: items.networkRegistrationAllowed,
    emissionEnabled: items.subnetEmissionEnabled,
    ownerCutEnabled: items.ownerCutEnabled,
    mechanism: items.subnetMechanism,
    tao: items.subnetTao,
    alpha: items.subnetAlphaIn,
    ...(items.swapBalancer === null ? {} : { quoteWeight: items.swapBalancer }),
    poolInitialized: items.palSwapInitialized,
    feeRate: items.feeRate,
    concentratedInitialized: (items.alphaSqrtPrice ?? 0n) > 0n,
    sqrtPrice: items.alphaSqrtPrice ?? 0n,
    taoProvided: items.subnetTaoProvided,
    alphaProvided: items.subnetAlphaInProvided,
    alphaOut: items.subnetAlphaOut,
    movingPrice: items.subnetMovingPrice,
    priceHalvingBlocks: items.emaPriceHalvingBlocks,
    minerBurned: partOf(items.minerBurned, 'miner_burned', netuid),
    rootProp: partOf(items.rootProp, 'root_prop', netuid),
    userFlow: items.subnetTaoFlow,
    userFlowBlock: items.subnetEmaTaoFlow?.block ?? null,
    userFlowAverage: average(items.subnetEmaTaoFlow),
    protocolFlow: items.subnetProtocolFlow,
    protocolFlowBlock: items.subnetEmaProtocolFlow?.block ?? null,
    protocolFlowAverage: average(items.subnetEmaProtocolFlow),
    lastTaoIn: items.subnetTaoInEmission,
    lastAlphaIn: items.subnetAlphaInEmission,
    lastAlphaOut: items.subnetAlphaOutEmission,
    lastExcessTao: items.subnetExcessTao,
    protocolAlpha: items.subnetProtocolAlpha,
    volume: items.subnetVolume,
    alphaRecycled: items.alphaRecycled,
    alphaBurned: items.alphaBurned,
    taoReservoir: items.balancerTaoReservoir,
    alphaReservoir: items.balancerAlphaReservoir,
    totalAlphaStaked: items.totalAlphaStaked,
    hasFastMovingPrice: items.subnetFastMovingPrice !== null,
    fastMovingPrice: items.subnetFastMovingPrice ?? 0n,
    pendingServer: items.pendingServerEmission,
    pendingValidator: items.pendingValidatorEmission,
    pendingRoot: items.pendingRootAlphaDivs,
    pendingOwner: items.pendingOwnerCut,
    pendingEmission: items.pendingEmission,
    pendingRootTao: items.pendingRootDivs,
    pendingAlphaSwapped: items.pendingAlphaSwapped,
    tempo: items.tempo,
    lastEpochBlock: items.lastEpochBlock,
    pendingEpochAt: items.pendingEpochAt,
    blocksSinceLastStep: items.blocksSinceLastStep,
    epochIndex: items.subnetEpochIndex,
    lastMechanismStepBlock: items.lastMechansimStepBlock,
    lastYumaStepBlock: items.lastYumaStepBlock,
    epochConsensus: Number(items.subnetEpochConsensus === 'Null'),
    owner: accountOf(items.subnetOwner),
    ownerHotkey: accountOf(items.subnetOwnerHotkey),
    recyclesOwnerIncentive: items.recycleOrBurn === 'Recycle',
    minChildkeyTake: Math.max(network.minChildkeyTake, items.minChildkeyTakePerSubnet),
    ...(epoch === null ? {} : neuronsOf(epoch, accounts)),
  }
}

function neuronsOf(epoch: ChainSnapshot, accounts: Accounts): Draft<NetworkSubnetsRow> {
  const { accounts: state } = epoch
  const stakes = byHotkey([epoch.accounts], accounts, ({ totalHotkeyAlpha }, place) =>
    filled(totalHotkeyAlpha[place]!),
  )
  return {
    neurons: epoch.hotkeys.map((hotkey, uid) => ({
      hotkey: accounts.of(hotkey),
      childkeyTake: state.childkeyTake[uid]!,
      blockAtRegistration: epoch.blockAtRegistration[uid]!,
      validatorPermit: epoch.validatorPermit[uid]!,
    })),
    children: relationsOf(state.childKeys, epoch, accounts).map(([hotkey, part, child]) => ({
      hotkey,
      part,
      child,
    })),
    parents: relationsOf(state.parentKeys, epoch, accounts).map(([hotkey, part, parent]) => ({
      hotkey,
      part,
      parent,
    })),
    autoStakes: autoStakesOf(epoch, accounts),
    stakes: pools(stakes),
    ...collateralOf(epoch, accounts),
    ...(epoch.n === 0 ? {} : consensusOf(epoch)),
  }
}

function relationsOf(
  { rowStart, account, proportion }: Relations,
  { n, accounts: { hotkeys } }: ChainSnapshot,
  accounts: Accounts,
): [Account, bigint, Account][] {
  const rows: [Account, bigint, Account][] = []
  for (let uid = 0; uid < n; uid++) {
    const hotkey = accounts.of(hotkeys[uid]!)
    for (let i = rowStart[uid]!; i < rowStart[uid + 1]!; i++) {
      rows.push([hotkey, proportion[i]!, accounts.of(hotkeys[account[i]!]!)])
    }
  }
  return rows
}

/** What owners have locked, by hotkey and owner, and by owner. */
export function collateralOf(
  { collateral, collateralSums }: Pick<ChainSnapshot, 'collateral' | 'collateralSums'>,
  accounts: Accounts,
): Pick<Draft<NetworkSubnetsRow>, 'collateral' | 'collateralSums'> {
  return {
    collateral: collateral
      .map((row) => ({ ...row, hotkey: accounts.of(row.hotkey), coldkey: accounts.of(row.coldkey) }))
      .sort((a, b) => a.hotkey - b.hotkey || a.coldkey - b.coldkey),
    collateralSums: collateralSums
      .map(({ coldkey, rao }) => ({ coldkey: accounts.of(coldkey), rao }))
      .sort((a, b) => a.coldkey - b.coldkey),
  }
}

/** Hotkeys that miners' incentives are staked to. */
export function autoStakesOf(
  { coldkeys, accounts: state }: ChainSnapshot,
  accounts: Accounts,
): { coldkey: Account; hotkey: Account }[] {
  const rows = new Map<Account, Account>()
  coldkeys.forEach((coldkey, uid) => {
    const hotkey = state.autoStakeDestination[uid]
    if (hotkey) rows.set(accounts.of(coldkey), accounts.of(hotkey))
  })
  return [...rows].sort(([a], [b]) => a - b).map(([coldkey, hotkey]) => ({ coldkey, hotkey }))
}

/** What an epoch reads beside stakes. */
export function consensusOf(epoch: ChainSnapshot): Draft<NetworkSubnetsRow> {
  return {
    hasConsensus: true,
    hasSplit: epoch.mechanismEmissionSplit !== null,
    ...epochHyperparameters(epoch),
    ...consensusMode(epoch),
    splits: Array.from(epoch.mechanismEmissionSplit ?? [], (part) => ({ part })),
    mechanisms: epoch.mechanisms.map(({ lastUpdate, commitBlocks, consensusByMechanism }, id) => ({
      lastUpdates: Array.from(lastUpdate, (block) => ({ block })),
      commits: Array.from(commitBlocks, (block) => ({ block })),
      incentives: Array.from(epoch.stored.incentive[id] ?? [], (incentive) => ({ incentive })),
      storedConsensus: Array.from(consensusByMechanism ?? [], (consensus) => ({ consensus })),
    })),
  }
}

/** Modes in the order of their numbers on chain. */
const MODES: readonly ChainSnapshot['liquidAlphaConsensusMode'][] = ['Current', 'Previous', 'Auto']

/** Which consensus liquid alpha takes, where the runtime has a choice. */
function consensusMode({ liquidAlphaConsensusMode: mode }: ChainSnapshot): Draft<NetworkSubnetsRow> {
  return mode === undefined ? {} : { liquidAlphaConsensusMode: MODES.indexOf(mode) }
}
