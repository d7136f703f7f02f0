/** Snapshots of the chain as the state that emission reads. */

import { InputError } from '../errors/index.ts'
import type {
  ChainSnapshot,
  FlowEma,
  NetworkItems,
  NetworkSnapshot,
  Relations,
  SubnetItems,
} from '../snapshot/network.ts'
import { Accounts } from './accounts.ts'
import { blankNetwork, blankSubnet } from './state.ts'
import type {
  Account,
  Consensus,
  DistributeRequest,
  EmissionNetwork,
  EmissionSubnet,
  Flow,
  Keys,
  Part,
  Pending,
  Root,
  Row,
  StakePool,
} from './types.ts'

/** U96F32 bits of 1. */
const ONE = 1n << 32n

/** What runtimes without a cap do: more epochs than there are subnets. */
const NO_CAP = 255

/** A snapshot as emission reads it, and its accounts. */
export interface NetworkState {
  readonly network: EmissionNetwork
  readonly accounts: Accounts
}

/**
 * A network's state from its snapshot.
 *
 * Snapshots hold stake by hotkey and not by coldkey: what each hotkey gets is exact, what its nominators get is known as
 * their sum. They hold no pending children, no claimable root dividends, no time locks and no leases: a leased subnet
 * is taken for one that is not, and commits that are to be revealed stay unrevealed.
 * @throws {InputError} for an address that is none, and a share above 1.
 */
export function networkOf(snapshot: NetworkSnapshot): NetworkState {
  const epochs = snapshot.subnets.flatMap(({ epoch }) => epoch ?? [])
  const owners = snapshot.subnets.flatMap(({ subnet }) => subnet)
  const accounts = accountsOf(epochs, owners)
  const { network } = snapshot
  const root = snapshot.subnets.find(({ netuid }) => netuid === 0)
  const blank = blankNetwork()
  return {
    accounts,
    network: {
      block: snapshot.stateBlock,
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
      flow: {
        cutoff: network.taoFlowCutoff,
        exponent: network.flowNormExponent,
        smoothingFactor: network.flowEmaSmoothingFactor,
        net: network.netTaoFlowEnabled,
      },
      gate: {
        bar: network.emissionGateBar ?? blank.gate.bar,
        quantile: network.emissionBarQuantile ?? blank.gate.quantile,
        rank: Number(network.emissionBarRank ?? blank.gate.rank),
        exponent: network.emissionGateExponent ?? blank.gate.exponent,
      },
      root: rootOf(epochs, accounts, root?.subnet.subnetTao ?? 0n),
      keys: keysOf(epochs, accounts),
      subnets: snapshot.subnets
        .filter(({ netuid }) => netuid !== 0)
        .map(({ netuid, subnet, epoch }) => subnetOf(netuid, subnet, network, epoch, accounts)),
    },
  }
}

/**
 * What {@link Emission.distribute} reads, from a subnet's snapshot: the amounts that are pending in its state, and a
 * Yuma epoch in its block. What the epoch's own block adds before is not in them.
 * @throws {InputError} for an address that is none, and for root.
 */
export function distributeRequestOf(snapshot: ChainSnapshot): {
  readonly request: DistributeRequest
  readonly accounts: Accounts
} {
  if (snapshot.netuid === 0)
    throw new InputError({ field: 'netuid', netuid: 0, expected: 'expected a subnet other than root' })
  const accounts = accountsOf([snapshot], [snapshot.subnet])
  const { network } = snapshot
  return {
    accounts,
    request: {
      specVersion: snapshot.specVersion,
      taoWeight: network.taoWeight,
      childkeyBurn: network.ckBurn,
      root: rootOf([snapshot], accounts, 0n),
      keys: keysOf([snapshot], accounts),
      subnet: subnetOf(snapshot.netuid, snapshot.subnet, network, snapshot, accounts),
      block: snapshot.block,
      stakeThreshold: network.stakeThreshold,
    },
  }
}

function accountsOf(epochs: readonly ChainSnapshot[], subnets: readonly SubnetItems[]): Accounts {
  const addresses = new Set<string>()
  const add = (list: Iterable<string | null>): void => {
    for (const address of list) if (address !== null) addresses.add(address)
  }
  for (const { subnetOwner, subnetOwnerHotkey } of subnets) add([subnetOwner, subnetOwnerHotkey])
  for (const { accounts, coldkeys, ownedHotkeys } of epochs) {
    add(accounts.hotkeys)
    add(accounts.owner)
    add(accounts.autoStakeDestination)
    add(coldkeys)
    add(ownedHotkeys)
  }
  return new Accounts(addresses)
}

/** Every hotkey of some subnets once, with what `read` finds at its place; of none, where that is undefined. */
function byHotkey<T>(
  epochs: readonly ChainSnapshot[],
  accounts: Accounts,
  read: (accounts: ChainSnapshot['accounts'], place: number) => T | undefined,
): Row<T>[] {
  const rows = new Map<Account, T>()
  for (const { accounts: state } of epochs) {
    state.hotkeys.forEach((hotkey, place) => {
      const value = read(state, place)
      if (value !== undefined) rows.set(accounts.of(hotkey), value)
    })
  }
  return [...rows].sort(([a], [b]) => a - b)
}

function keysOf(epochs: readonly ChainSnapshot[], accounts: Accounts): Keys {
  const owned = new Map<Account, readonly Account[]>()
  for (const { subnet, ownedHotkeys } of epochs) {
    if (subnet.subnetOwner === null) continue
    owned.set(
      accounts.of(subnet.subnetOwner),
      ownedHotkeys.map((hotkey) => accounts.of(hotkey)),
    )
  }
  return {
    owner: byHotkey(epochs, accounts, ({ owner }, place) => accounts.of(owner[place]!)),
    take: byHotkey(epochs, accounts, ({ delegates }, place) => delegates[place]!),
    ownedHotkeys: [...owned],
    stakingHotkeys: [],
  }
}

function pools(totals: readonly Row<bigint>[]): StakePool[] {
  return totals.map(([hotkey, total]) => ({ hotkey, total, denominator: null, shares: [] }))
}

const filled = (rao: bigint): bigint | undefined => (rao === 0n ? undefined : rao)

function rootOf(epochs: readonly ChainSnapshot[], accounts: Accounts, tao: bigint): Root {
  const root = epochs.find(({ netuid }) => netuid === 0)
  return {
    tao,
    stakes: pools(byHotkey(epochs, accounts, ({ rootAlpha }, place) => filled(rootAlpha[place]!))),
    registered: (root?.hotkeys ?? []).map((hotkey) => accounts.of(hotkey)),
  }
}

function pendingOf(items: SubnetItems): Pending {
  return {
    server: items.pendingServerEmission,
    validator: items.pendingValidatorEmission,
    root: items.pendingRootAlphaDivs,
    owner: items.pendingOwnerCut,
  }
}

function flowOf(since: bigint, ema: FlowEma | null): Flow {
  return { since, average: ema === null ? null : { block: ema.block, average: ema.ema } }
}

/** A share that the chain computed as a part of a whole. */
function partOf(bits: bigint, field: string, netuid: number): bigint {
  if (bits <= ONE) return bits
  throw new InputError({
    field,
    netuid,
    expected: `expected a share of at most 1, ${ONE} in bits, found ${bits}`,
  })
}

function subnetOf(
  netuid: number,
  items: SubnetItems,
  network: NetworkItems,
  epoch: ChainSnapshot | null,
  accounts: Accounts,
): EmissionSubnet {
  const blank = blankSubnet(netuid)
  const accountOf = (address: string | null): Account | null =>
    address === null ? null : accounts.of(address)
  return {
    ...blank,
    firstEmissionBlock: items.firstEmissionBlockNumber,
    subtokenEnabled: items.subtokenEnabled,
    registrationAllowed: items.networkRegistrationAllowed,
    emissionEnabled: items.subnetEmissionEnabled,
    ownerCutEnabled: items.ownerCutEnabled,
    pool: {
      mechanism: items.subnetMechanism,
      tao: items.subnetTao,
      alpha: items.subnetAlphaIn,
      quoteWeight: items.swapBalancer ?? blank.pool.quoteWeight,
      initialized: items.palSwapInitialized,
      feeRate: items.feeRate,
    },
    alphaOut: items.subnetAlphaOut,
    movingPrice: items.subnetMovingPrice,
    priceHalvingBlocks: items.emaPriceHalvingBlocks,
    minerBurned: partOf(items.minerBurned, 'miner_burned', netuid),
    rootProp: partOf(items.rootProp, 'root_prop', netuid),
    userFlow: flowOf(items.subnetTaoFlow, items.subnetEmaTaoFlow),
    protocolFlow: flowOf(items.subnetProtocolFlow, items.subnetEmaProtocolFlow),
    last: {
      taoIn: items.subnetTaoInEmission,
      alphaIn: items.subnetAlphaInEmission,
      alphaOut: items.subnetAlphaOutEmission,
      excessTao: items.subnetExcessTao,
    },
    protocolAlpha: items.subnetProtocolAlpha,
    volume: items.subnetVolume,
    alphaRecycled: items.alphaRecycled,
    alphaBurned: items.alphaBurned,
    pending: pendingOf(items),
    schedule: {
      tempo: items.tempo,
      lastEpochBlock: items.lastEpochBlock,
      pendingEpochAt: items.pendingEpochAt,
      blocksSinceLastStep: items.blocksSinceLastStep,
      epochIndex: items.subnetEpochIndex,
      lastMechanismStepBlock: items.lastMechansimStepBlock,
    },
    owner: accountOf(items.subnetOwner),
    ownerHotkey: accountOf(items.subnetOwnerHotkey),
    recyclesOwnerIncentive: items.recycleOrBurn === 'Recycle',
    minChildkeyTake: Math.max(network.minChildkeyTake, items.minChildkeyTakePerSubnet),
    ...(epoch === null ? {} : neuronsOf(epoch, accounts)),
  }
}

function neuronsOf(epoch: ChainSnapshot, accounts: Accounts): Partial<EmissionSubnet> {
  const { accounts: state, n } = epoch
  return {
    neurons: epoch.hotkeys.map((hotkey, uid) => ({
      hotkey: accounts.of(hotkey),
      childkeyTake: state.childkeyTake[uid]!,
    })),
    children: relationsOf(state.childKeys, epoch, accounts),
    parents: relationsOf(state.parentKeys, epoch, accounts),
    autoStake: autoStakeOf(epoch, accounts),
    stakes: pools(
      byHotkey([epoch], accounts, ({ totalHotkeyAlpha }, place) => filled(totalHotkeyAlpha[place]!)),
    ),
    consensus: n === 0 ? null : consensusOf(epoch),
  }
}

function relationsOf(
  { rowStart, account, proportion }: Relations,
  { n, accounts: { hotkeys } }: ChainSnapshot,
  accounts: Accounts,
): Row<readonly Part[]>[] {
  const rows: Row<readonly Part[]>[] = []
  for (let uid = 0; uid < n; uid++) {
    const parts: Part[] = []
    for (let i = rowStart[uid]!; i < rowStart[uid + 1]!; i++) {
      parts.push([proportion[i]!, accounts.of(hotkeys[account[i]!]!)])
    }
    if (parts.length > 0) rows.push([accounts.of(hotkeys[uid]!), parts])
  }
  return rows
}

function autoStakeOf({ coldkeys, accounts: state }: ChainSnapshot, accounts: Accounts): Row<Account>[] {
  const rows = new Map<Account, Account>()
  coldkeys.forEach((coldkey, uid) => {
    const hotkey = state.autoStakeDestination[uid]
    if (hotkey) rows.set(accounts.of(coldkey), accounts.of(hotkey))
  })
  return [...rows]
}

function consensusOf(epoch: ChainSnapshot): Consensus {
  return {
    activityCutoffBlocks: epoch.activityCutoffBlocks,
    maxAllowedValidators: epoch.maxAllowedValidators,
    commitRevealEnabled: epoch.commitRevealEnabled,
    kappa: epoch.kappa,
    bondsPenalty: epoch.bondsPenalty,
    bondsMovingAverage: epoch.bondsMovingAverage,
    yuma3On: epoch.yuma3On,
    liquidAlphaOn: epoch.liquidAlphaOn,
    alphaLow: epoch.alphaLow,
    alphaHigh: epoch.alphaHigh,
    alphaSigmoidSteepness: epoch.alphaSigmoidSteepness,
    blockAtRegistration: epoch.blockAtRegistration,
    validatorPermit: epoch.validatorPermit,
    mechanismEmissionSplit: epoch.mechanismEmissionSplit,
    mechanisms: epoch.mechanisms.map(({ lastUpdate, weights, bonds, commitBlocks }, id) => ({
      lastUpdate,
      weights,
      bonds,
      commitBlocks,
      incentive: epoch.stored.incentive[id] ?? [],
    })),
    terms: null,
  }
}
