/** Both sides of a block as the state that emission reads and leaves. */

import type { BlockSide, PayoutState, StoredShare, SubnetSide } from '../snapshot/block.ts'
import type { ChainSnapshot, NetworkItems, Relations } from '../snapshot/network.ts'
import type { SparseRows } from '../snapshot/types.ts'
import type { Accounts } from './accounts.ts'
import type {
  NetworkChildrenRow,
  NetworkMechanismsRow,
  NetworkNeuronsRow,
  NetworkRows,
  NetworkStakesRow,
  NetworkSubnetsRow,
} from './fields.ts'

/** A subnet whose neurons and accounts were read. */
export interface KnownSubnet {
  readonly snapshot: ChainSnapshot
  readonly payout: PayoutState
}

/** What runtimes without a cap do: more epochs than there are subnets. */
const NO_CAP = 255
/** Weight of the TAO of a pool that has none of its own: a half. */
const EVEN_WEIGHT = 500_000_000_000_000_000n

/** Every address that a side of a block names. */
export function* addressesOf(side: BlockSide, known: readonly KnownSubnet[]): Iterable<string> {
  for (const { items } of side.subnets) {
    if (items.subnetOwner !== null) yield items.subnetOwner
    if (items.subnetOwnerHotkey !== null) yield items.subnetOwnerHotkey
  }
  for (const { snapshot, payout } of known) {
    yield* snapshot.hotkeys
    yield* snapshot.coldkeys
    yield* snapshot.ownedHotkeys
    yield* payout.hotkeys
    yield* payout.owner
    for (const destination of snapshot.accounts.autoStakeDestination)
      if (destination !== null) yield destination
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) yield* [coldkey, ...hotkeys]
    for (const { coldkey } of payout.holdings ?? []) yield coldkey
  }
}

/**
 * The network at one side of a block. Of subnets that are not among `known` the block's own part alone is there: an
 * epoch of theirs takes what is pending and pays nobody. So it is of a leased one.
 */
export function networkRowsOf(
  side: BlockSide,
  known: readonly KnownSubnet[],
  accounts: Accounts,
): NetworkRows {
  const byNetuid = new Map(known.map((subnet) => [subnet.snapshot.netuid, subnet]))
  const root = side.subnets.find(({ netuid }) => netuid === 0)
  return {
    globals: globalsOf(side, root?.items.subnetTao ?? 0n),
    rootHotkeys: [],
    rootStakes: rootStakesOf(known, accounts),
    owners: byHotkey(known, accounts, ({ owner }, place) => accounts.of(owner[place]!)).map(
      ([hotkey, coldkey]) => ({ hotkey, coldkey }),
    ),
    takes: byHotkey(known, accounts, ({ delegates }, place) => delegates[place]!).map(([hotkey, take]) => ({
      hotkey,
      take,
    })),
    ownedHotkeys: ownedHotkeysOf(known, accounts),
    stakingHotkeys: stakingHotkeysOf(known, accounts),
    subnets: side.subnets
      .filter(({ netuid }) => netuid !== 0)
      .map((subnet) => subnetOf(subnet, side.network, byNetuid.get(subnet.netuid), accounts)),
  }
}

function globalsOf({ network, stateBlock }: BlockSide, rootTao: bigint): NetworkRows['globals'] {
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
    gateBar: network.emissionGateBar ?? 0n,
    gateQuantile: network.emissionBarQuantile ?? 0n,
    gateRank: Number(network.emissionBarRank ?? 0n),
    gateExponent: network.emissionGateExponent ?? 0n,
    rootTao,
  }
}

/** Every hotkey once, ascending, with what `read` finds at its place. */
function byHotkey<T>(
  known: readonly KnownSubnet[],
  accounts: Accounts,
  read: (payout: PayoutState, place: number) => T | null,
): (readonly [number, T])[] {
  const rows = new Map<number, T>()
  for (const { payout } of known) {
    for (const [place, hotkey] of payout.hotkeys.entries()) {
      const value = read(payout, place)
      if (value !== null) rows.set(accounts.of(hotkey), value)
    }
  }
  return [...rows].sort(([a], [b]) => a - b)
}

const NO_SHARES = { kind: 0, mantissa: 0n, exponent: 0n } as const

function rootStakesOf(known: readonly KnownSubnet[], accounts: Accounts): NetworkRows['rootStakes'] {
  const totals = byHotkey(known, accounts, ({ rootAlpha }, place) => rootAlpha[place]! || null)
  return totals.map(([hotkey, total]) => ({ hotkey, total, ...NO_SHARES, rootShares: [] }))
}

function ownedHotkeysOf(known: readonly KnownSubnet[], accounts: Accounts): NetworkRows['ownedHotkeys'] {
  const owned = new Map<number, readonly string[]>()
  for (const { snapshot } of known) {
    const { subnetOwner } = snapshot.subnet
    if (subnetOwner !== null) owned.set(accounts.of(subnetOwner), snapshot.ownedHotkeys)
  }
  return listRows(owned, accounts)
}

function stakingHotkeysOf(known: readonly KnownSubnet[], accounts: Accounts): NetworkRows['stakingHotkeys'] {
  const staking = new Map<number, readonly string[]>()
  for (const { payout } of known) {
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) staking.set(accounts.of(coldkey), hotkeys)
  }
  return listRows(staking, accounts)
}

function listRows(
  lists: ReadonlyMap<number, readonly string[]>,
  accounts: Accounts,
): { readonly coldkey: number; readonly hotkey: number }[] {
  return [...lists]
    .sort(([a], [b]) => a - b)
    .flatMap(([coldkey, hotkeys]) => hotkeys.map((hotkey) => ({ coldkey, hotkey: accounts.of(hotkey) })))
}

function subnetOf(
  { netuid, items, powRegistrationAllowed, leased, concentratedInitialized }: SubnetSide,
  network: NetworkItems,
  known: KnownSubnet | undefined,
  accounts: Accounts,
): NetworkSubnetsRow {
  const read = leased ? undefined : known
  // The snapshot of a known one may say what its block changed before the epoch.
  const { subnetOwner, subnetOwnerHotkey } = read?.snapshot.subnet ?? items
  const account = (address: string | null): number | null => (address === null ? null : accounts.of(address))
  return {
    netuid,
    firstEmissionBlock: items.firstEmissionBlockNumber,
    subtokenEnabled: items.subtokenEnabled,
    registrationAllowed: items.networkRegistrationAllowed,
    powRegistrationAllowed,
    emissionEnabled: items.subnetEmissionEnabled,
    ownerCutEnabled: items.ownerCutEnabled,
    mechanism: items.subnetMechanism,
    tao: items.subnetTao,
    alpha: items.subnetAlphaIn,
    quoteWeight: items.swapBalancer ?? EVEN_WEIGHT,
    poolInitialized: items.palSwapInitialized,
    feeRate: items.feeRate,
    concentratedInitialized,
    sqrtPrice: items.alphaSqrtPrice ?? 0n,
    taoProvided: items.subnetTaoProvided,
    alphaProvided: items.subnetAlphaInProvided,
    alphaOut: items.subnetAlphaOut,
    movingPrice: items.subnetMovingPrice,
    priceHalvingBlocks: items.emaPriceHalvingBlocks,
    minerBurned: items.minerBurned,
    rootProp: items.rootProp,
    userFlow: items.subnetTaoFlow,
    userFlowBlock: items.subnetEmaTaoFlow?.block ?? null,
    userFlowAverage: items.subnetEmaTaoFlow?.ema ?? 0n,
    protocolFlow: items.subnetProtocolFlow,
    protocolFlowBlock: items.subnetEmaProtocolFlow?.block ?? null,
    protocolFlowAverage: items.subnetEmaProtocolFlow?.ema ?? 0n,
    lastTaoIn: items.subnetTaoInEmission,
    lastAlphaIn: items.subnetAlphaInEmission,
    lastAlphaOut: items.subnetAlphaOutEmission,
    lastExcessTao: items.subnetExcessTao,
    protocolAlpha: items.subnetProtocolAlpha,
    volume: items.subnetVolume,
    alphaRecycled: items.alphaRecycled,
    alphaBurned: items.alphaBurned,
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
    owner: account(subnetOwner),
    ownerHotkey: account(subnetOwnerHotkey),
    leased: false,
    recyclesOwnerIncentive: items.recycleOrBurn === 'Recycle',
    minChildkeyTake: Math.max(network.minChildkeyTake, items.minChildkeyTakePerSubnet),
    participantsUnread: read === undefined,
    ...(read === undefined ? NOBODY : participantsOf(read, accounts)),
  }
}

type Participants = Pick<
  NetworkSubnetsRow,
  | 'hasConsensus'
  | 'hasTerms'
  | 'hasSplit'
  | 'activityCutoffBlocks'
  | 'maxAllowedValidators'
  | 'commitRevealEnabled'
  | 'kappa'
  | 'bondsPenalty'
  | 'bondsMovingAverage'
  | 'yuma3On'
  | 'liquidAlphaOn'
  | 'alphaLow'
  | 'alphaHigh'
  | 'alphaSigmoidSteepness'
  | 'neurons'
  | 'children'
  | 'parents'
  | 'pendingChildren'
  | 'autoStakes'
  | 'stakes'
  | 'rootClaimable'
  | 'alphaDividends'
  | 'rootDividends'
  | 'alphaLastEpoch'
  | 'splits'
  | 'mechanisms'
>

const NOBODY: Participants = {
  hasConsensus: false,
  hasTerms: false,
  hasSplit: false,
  activityCutoffBlocks: 0n,
  maxAllowedValidators: 0,
  commitRevealEnabled: false,
  kappa: 0,
  bondsPenalty: 0,
  bondsMovingAverage: 0n,
  yuma3On: false,
  liquidAlphaOn: false,
  alphaLow: 0,
  alphaHigh: 0,
  alphaSigmoidSteepness: 0,
  neurons: [],
  children: [],
  parents: [],
  pendingChildren: [],
  autoStakes: [],
  stakes: [],
  rootClaimable: [],
  alphaDividends: [],
  rootDividends: [],
  alphaLastEpoch: [],
  splits: [],
  mechanisms: [],
}

function participantsOf(known: KnownSubnet, accounts: Accounts): Participants {
  const { snapshot, payout } = known
  const amounts = (column: readonly (bigint | null)[]): { hotkey: number; rao: bigint }[] =>
    byHotkey([known], accounts, (_, place) => column[place]!).map(([hotkey, rao]) => ({ hotkey, rao }))
  return {
    hasConsensus: true,
    hasTerms: false,
    hasSplit: snapshot.mechanismEmissionSplit !== null,
    activityCutoffBlocks: snapshot.activityCutoffBlocks,
    maxAllowedValidators: snapshot.maxAllowedValidators,
    commitRevealEnabled: snapshot.commitRevealEnabled,
    kappa: snapshot.kappa,
    bondsPenalty: snapshot.bondsPenalty,
    bondsMovingAverage: snapshot.bondsMovingAverage,
    yuma3On: snapshot.yuma3On,
    liquidAlphaOn: snapshot.liquidAlphaOn,
    alphaLow: snapshot.alphaLow,
    alphaHigh: snapshot.alphaHigh,
    alphaSigmoidSteepness: snapshot.alphaSigmoidSteepness,
    neurons: neuronsOf(snapshot, accounts),
    children: relativesOf(payout, payout.childKeys, accounts),
    parents: relativesOf(payout, payout.parentKeys, accounts).map(({ hotkey, part, child }) => ({
      hotkey,
      part,
      parent: child,
    })),
    pendingChildren: payout.pendingChildren.map(({ hotkey, children, cooldownBlock }) => ({
      hotkey: accounts.of(payout.hotkeys[hotkey]!),
      cooldownBlock,
      pendingParts: children.map(({ proportion, account }) => ({
        part: proportion,
        child: accounts.of(payout.hotkeys[account]!),
      })),
    })),
    autoStakes: autoStakesOf(snapshot, accounts),
    stakes: stakesOf(payout, accounts),
    rootClaimable: byHotkey([known], accounts, ({ rootClaimable }, place) => rootClaimable[place]!).map(
      ([hotkey, rate]) => ({ hotkey, rate }),
    ),
    alphaDividends: amounts(payout.alphaDividends),
    rootDividends: amounts(payout.rootAlphaDividends),
    alphaLastEpoch: amounts(payout.totalHotkeyAlphaLastEpoch),
    splits: Array.from(snapshot.mechanismEmissionSplit ?? [], (part) => ({ part })),
    mechanisms: mechanismsOf(snapshot),
  }
}

function neuronsOf(
  { hotkeys, accounts: state, ...snapshot }: ChainSnapshot,
  accounts: Accounts,
): NetworkNeuronsRow[] {
  return hotkeys.map((hotkey, uid) => ({
    hotkey: accounts.of(hotkey),
    childkeyTake: state.childkeyTake[uid]!,
    blockAtRegistration: snapshot.blockAtRegistration[uid]!,
    validatorPermit: snapshot.validatorPermit[uid] ?? 0,
    active: false,
    stakeWeight: 0,
    consensus: 0,
    incentive: 0,
    dividends: 0,
    validatorTrust: 0,
    serverEmission: 0n,
    validatorEmission: 0n,
    emission: 0n,
    stake: 0n,
  }))
}

/** Rows of relations, the relative under `child`, by hotkey in stored order. */
function relativesOf(
  { hotkeys }: PayoutState,
  { rowStart, account, proportion }: Relations,
  accounts: Accounts,
): NetworkChildrenRow[] {
  const rows = hotkeys.flatMap((hotkey, place) =>
    Array.from(account.subarray(rowStart[place], rowStart[place + 1]), (relative, i) => ({
      hotkey: accounts.of(hotkey),
      part: proportion[rowStart[place]! + i]!,
      child: accounts.of(hotkeys[relative]!),
    })),
  )
  return rows.sort((a, b) => a.hotkey - b.hotkey)
}

function autoStakesOf(
  { coldkeys, accounts: state }: ChainSnapshot,
  accounts: Accounts,
): { coldkey: number; hotkey: number }[] {
  const rows = new Map<number, number>()
  for (const [uid, coldkey] of coldkeys.entries()) {
    const hotkey = state.autoStakeDestination[uid]
    if (hotkey) rows.set(accounts.of(coldkey), accounts.of(hotkey))
  }
  return [...rows].sort(([a], [b]) => a - b).map(([coldkey, hotkey]) => ({ coldkey, hotkey }))
}

function stakesOf(payout: PayoutState, accounts: Accounts): NetworkStakesRow[] {
  const held = new Map<number, NetworkStakesRow['shares'][number][]>()
  for (const { hotkey, coldkey, share } of payout.holdings ?? []) {
    const shares = held.get(hotkey) ?? []
    held.set(hotkey, shares)
    shares.push({ coldkey: accounts.of(coldkey), ...columnsOf(share) })
  }
  return payout.hotkeys
    .map((hotkey, place) => ({
      hotkey: accounts.of(hotkey),
      total: payout.totalHotkeyAlpha[place]!,
      ...columnsOf(payout.denominators[place]!),
      shares: (held.get(place) ?? []).sort((a, b) => a.coldkey - b.coldkey),
    }))
    .filter(({ total, kind, shares }) => total > 0n || kind > 0 || shares.length > 0)
    .sort((a, b) => a.hotkey - b.hotkey)
}

/** How a share crosses: 0 for none, 1 for a decimal number, 2 for bits. */
function columnsOf(share: StoredShare | null): { kind: number; mantissa: bigint; exponent: bigint } {
  if (share === null) return NO_SHARES
  if (share.kind === 'fixed') return { kind: 2, mantissa: share.bits, exponent: 0n }
  return { kind: 1, mantissa: share.mantissa, exponent: share.exponent }
}

function mechanismsOf({ mechanisms, stored }: ChainSnapshot): NetworkMechanismsRow[] {
  return mechanisms.map(({ lastUpdate, weights, bonds, commitBlocks }, id) => ({
    lastUpdates: Array.from(lastUpdate, (block) => ({ block })),
    commits: Array.from(commitBlocks, (block) => ({ block })),
    incentives: Array.from(stored.incentive[id] ?? [], (incentive) => ({ incentive })),
    weightRows: entriesOf(weights).map((weights) => ({ weights })),
    bondRows: entriesOf(bonds).map((bonds) => ({ bonds })),
  }))
}

function entriesOf({ rowStart, uid, value }: SparseRows): { uid: number; value: number }[][] {
  return Array.from({ length: rowStart.length - 1 }, (_, row) =>
    Array.from(uid.subarray(rowStart[row], rowStart[row + 1]), (column, i) => ({
      uid: column,
      value: value[rowStart[row]! + i]!,
    })),
  )
}
