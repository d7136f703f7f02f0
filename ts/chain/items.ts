import type { FlowEma } from '../snapshot/network.ts'
import type { SparseRows } from '../snapshot/types.ts'
import {
  account,
  accounts,
  bool,
  bools,
  type CommitNumbers,
  flowEma,
  integer,
  type Kind,
  type Relation,
  range,
  recycleOrBurn,
  relations,
  row,
  small,
  type TimelockedCommit,
  timelockedCommits,
  u16s,
  u64s,
  upgrade,
  weightCommits,
} from './kinds.ts'

/** The newest spec version whose storage is known. A newer one is read as far as it looks the same. */
export const NEWEST_SPEC = 425

/**
 * One storage item. Hashers, the pallet's prefix and the default come from the runtime's own metadata; the
 * table says what is asked for, in which shape it is understood, and what stands for it where a runtime lacks it.
 */
export interface Item<T> {
  readonly pallet: string
  readonly name: string
  /** Shapes of the parts of its key. */
  readonly keys: readonly string[]
  readonly kind: Kind<T>
  /** First spec version that has it, as far as tags tell; left out for an item as old as dTAO, spec 233. */
  readonly since?: number
  /** Last spec version that has it; left out for an item of {@link NEWEST_SPEC}. */
  readonly until?: number
  /** What a runtime without the item behaves like; left out where none is known to lack it. */
  readonly absent?: T
  /** An epoch reads it: no snapshot without it. */
  readonly epoch?: true
  /** No value is not the default: it is null. */
  readonly nullable?: true
}

interface Range<T> {
  readonly pallet?: string
  readonly since?: number
  readonly until?: number
  readonly absent?: T
  readonly epoch?: true
}

function item<T>(name: string, keys: readonly string[], kind: Kind<T>, range: Range<T> = {}): Item<T> {
  return { pallet: 'SubtensorModule', name, keys, kind, ...range }
}

/** An item whose absence means something. */
function maybe<T>(
  name: string,
  keys: readonly string[],
  kind: Kind<T>,
  range: Range<T | null> = {},
): Item<T | null> {
  return { pallet: 'SubtensorModule', name, keys, kind, absent: null, nullable: true, ...range }
}

const PLAIN: readonly string[] = []
const NETUID: readonly string[] = ['u16']
/** A mechanism of a subnet: its netuid plus 4096 times its number. */
const INDEX: readonly string[] = ['u16']
const NEURON: readonly string[] = ['u16', 'u16']
const ACCOUNT = '[u8;32]'
const HOTKEY: readonly string[] = [ACCOUNT]
const HOTKEY_ON: readonly string[] = [ACCOUNT, 'u16']
const NONE = new Uint16Array(0)

/** Of the block itself. */
export const SYSTEM: {
  readonly number: Item<bigint>
  readonly lastRuntimeUpgrade: Item<number | null>
} = {
  number: item('Number', PLAIN, integer, { epoch: true, pallet: 'System' }),
  lastRuntimeUpgrade: maybe('LastRuntimeUpgrade', PLAIN, upgrade, { pallet: 'System' }),
}

/** Of the network. */
export const NETWORK: {
  readonly totalIssuance: Item<bigint>
  readonly balancesTotalIssuance: Item<bigint>
  readonly totalStake: Item<bigint>
  readonly blockEmission: Item<bigint>
  readonly taoWeight: Item<bigint>
  readonly ckBurn: Item<bigint>
  readonly subnetOwnerCut: Item<number>
  readonly minChildkeyTake: Item<number>
  readonly stakeThreshold: Item<bigint>
  readonly subnetMovingAlpha: Item<bigint>
  readonly maxEpochsPerBlock: Item<number | null>
  readonly taoFlowCutoff: Item<bigint>
  readonly flowNormExponent: Item<bigint>
  readonly flowEmaSmoothingFactor: Item<bigint>
  readonly netTaoFlowEnabled: Item<boolean>
  readonly numRootClaim: Item<bigint>
  readonly numStakingColdkeys: Item<bigint>
  readonly emissionGateBar: Item<bigint | null>
  readonly emissionGateExponent: Item<bigint | null>
  readonly emissionBarQuantile: Item<bigint | null>
  readonly emissionBarRank: Item<bigint | null>
} = {
  totalIssuance: item('TotalIssuance', PLAIN, integer),
  balancesTotalIssuance: item('TotalIssuance', PLAIN, integer, { pallet: 'Balances' }),
  totalStake: item('TotalStake', PLAIN, integer),
  blockEmission: item('BlockEmission', PLAIN, integer),
  taoWeight: item('TaoWeight', PLAIN, integer, { epoch: true }),
  ckBurn: item('CKBurn', PLAIN, integer, { since: 315, absent: 0n }),
  subnetOwnerCut: item('SubnetOwnerCut', PLAIN, small),
  minChildkeyTake: item('MinChildkeyTake', PLAIN, small),
  stakeThreshold: item('StakeThreshold', PLAIN, integer, { epoch: true }),
  subnetMovingAlpha: item('SubnetMovingAlpha', PLAIN, integer),
  maxEpochsPerBlock: item<number | null>('MaxEpochsPerBlock', PLAIN, small, { since: 423, absent: null }),
  taoFlowCutoff: item('TaoFlowCutoff', PLAIN, integer, { since: 334, absent: 0n }),
  flowNormExponent: item('FlowNormExponent', PLAIN, integer, { since: 334, absent: 0n }),
  flowEmaSmoothingFactor: item('FlowEmaSmoothingFactor', PLAIN, integer, { since: 334, absent: 0n }),
  netTaoFlowEnabled: item('NetTaoFlowEnabled', PLAIN, bool, { since: 411, absent: false }),
  numRootClaim: item('NumRootClaim', PLAIN, integer, { since: 334, absent: 0n }),
  numStakingColdkeys: item('NumStakingColdkeys', PLAIN, integer, { since: 334, absent: 0n }),
  emissionGateBar: maybe('EmissionGateBar', PLAIN, integer, { since: 440 }),
  emissionGateExponent: item<bigint | null>('EmissionGateExponent', PLAIN, integer, {
    since: 440,
    absent: null,
  }),
  emissionBarQuantile: item<bigint | null>('EmissionBarQuantile', PLAIN, integer, {
    since: 440,
    absent: null,
  }),
  emissionBarRank: item<bigint | null>('EmissionBarRank', PLAIN, integer, { since: 443, absent: null }),
}

/** Of a subnet, read by its epoch alone. */
export const EPOCH: {
  readonly networksAdded: Item<boolean | null>
  readonly subnetworkN: Item<number>
  readonly kappa: Item<number>
  readonly bondsMovingAverage: Item<bigint>
  readonly bondsPenalty: Item<number>
  readonly yuma3On: Item<boolean>
  readonly liquidAlphaOn: Item<boolean>
  readonly alphaValues: Item<readonly [number, number]>
  readonly alphaSigmoidSteepness: Item<number>
  readonly activityCutoff: Item<bigint | null>
  readonly activityCutoffFactorMilli: Item<bigint | null>
  readonly maxAllowedValidators: Item<number>
  readonly validatorPermit: Item<Uint8Array>
  readonly commitRevealWeightsEnabled: Item<boolean>
  readonly revealPeriodEpochs: Item<bigint>
  readonly mechanismEmissionSplit: Item<Uint16Array | null>
} = {
  networksAdded: maybe('NetworksAdded', NETUID, bool, { epoch: true }),
  subnetworkN: item('SubnetworkN', NETUID, small, { epoch: true }),
  kappa: item('Kappa', NETUID, small, { epoch: true }),
  bondsMovingAverage: item('BondsMovingAverage', NETUID, integer, { epoch: true }),
  bondsPenalty: item('BondsPenalty', NETUID, small, { epoch: true }),
  yuma3On: item('Yuma3On', NETUID, bool, { epoch: true, since: 273, absent: false }),
  liquidAlphaOn: item('LiquidAlphaOn', NETUID, bool, { epoch: true }),
  alphaValues: item('AlphaValues', NETUID, range, { epoch: true }),
  alphaSigmoidSteepness: item('AlphaSigmoidSteepness', NETUID, small, {
    epoch: true,
    since: 273,
    absent: 1000,
  }),
  // Still stored at 423 and later, and ignored there.
  activityCutoff: item<bigint | null>('ActivityCutoff', NETUID, integer, {
    epoch: true,
    until: 422,
    absent: null,
  }),
  activityCutoffFactorMilli: item<bigint | null>('ActivityCutoffFactorMilli', NETUID, integer, {
    epoch: true,
    since: 423,
    absent: null,
  }),
  maxAllowedValidators: item('MaxAllowedValidators', NETUID, small, { epoch: true }),
  validatorPermit: item('ValidatorPermit', NETUID, bools, { epoch: true }),
  commitRevealWeightsEnabled: item('CommitRevealWeightsEnabled', NETUID, bool, { epoch: true }),
  revealPeriodEpochs: item('RevealPeriodEpochs', NETUID, integer, { epoch: true }),
  mechanismEmissionSplit: maybe('MechanismEmissionSplit', NETUID, u16s, { epoch: true, since: 320 }),
}

/** Of a subnet, read by emission and by people. */
export const SUBNET: {
  readonly networkRegisteredAt: Item<bigint>
  readonly firstEmissionBlockNumber: Item<bigint | null>
  readonly tempo: Item<number>
  readonly blocksSinceLastStep: Item<bigint>
  readonly lastMechansimStepBlock: Item<bigint>
  readonly lastEpochBlock: Item<bigint>
  readonly pendingEpochAt: Item<bigint>
  readonly subnetEpochIndex: Item<bigint>
  readonly mechanismCountCurrent: Item<number>
  readonly pendingServerEmission: Item<bigint>
  readonly pendingValidatorEmission: Item<bigint>
  readonly pendingRootAlphaDivs: Item<bigint>
  readonly pendingOwnerCut: Item<bigint>
  readonly pendingEmission: Item<bigint>
  readonly pendingRootDivs: Item<bigint>
  readonly pendingAlphaSwapped: Item<bigint>
  readonly subtokenEnabled: Item<boolean>
  readonly networkRegistrationAllowed: Item<boolean>
  readonly subnetEmissionEnabled: Item<boolean>
  readonly ownerCutEnabled: Item<boolean>
  readonly ownerCutAutoLockEnabled: Item<boolean>
  readonly subnetMechanism: Item<number>
  readonly subnetOwner: Item<string | null>
  readonly subnetOwnerHotkey: Item<string | null>
  readonly recycleOrBurn: Item<'Burn' | 'Recycle'>
  readonly minChildkeyTakePerSubnet: Item<number>
  readonly subnetTao: Item<bigint>
  readonly subnetAlphaIn: Item<bigint>
  readonly subnetAlphaOut: Item<bigint>
  readonly subnetTaoProvided: Item<bigint>
  readonly subnetAlphaInProvided: Item<bigint>
  readonly subnetTaoInEmission: Item<bigint>
  readonly subnetAlphaInEmission: Item<bigint>
  readonly subnetAlphaOutEmission: Item<bigint>
  readonly subnetExcessTao: Item<bigint>
  readonly subnetRootSellTao: Item<bigint>
  readonly subnetProtocolAlpha: Item<bigint>
  readonly subnetVolume: Item<bigint>
  readonly subnetMovingPrice: Item<bigint>
  readonly emaPriceHalvingBlocks: Item<bigint>
  readonly minerBurned: Item<bigint>
  readonly rootProp: Item<bigint>
  readonly subnetTaoFlow: Item<bigint>
  readonly subnetProtocolFlow: Item<bigint>
  readonly subnetEmaTaoFlow: Item<FlowEma | null>
  readonly subnetEmaProtocolFlow: Item<FlowEma | null>
  readonly rootClaimableThreshold: Item<bigint>
  readonly swapBalancer: Item<bigint | null>
  readonly palSwapInitialized: Item<boolean>
  readonly feeRate: Item<number>
  readonly alphaSqrtPrice: Item<bigint | null>
  readonly totalAlphaIssuance: Item<bigint>
  readonly alphaBurned: Item<bigint>
  readonly alphaRecycled: Item<bigint>
  readonly rho: Item<number>
  readonly bondsResetOn: Item<boolean>
  readonly immunityPeriod: Item<number>
  readonly maxAllowedUids: Item<number>
  readonly minAllowedWeights: Item<number>
  readonly maxWeightsLimit: Item<number>
  readonly weightsVersionKey: Item<bigint>
  readonly weightsSetRateLimit: Item<bigint>
  readonly burn: Item<bigint>
  readonly minBurn: Item<bigint>
  readonly maxBurn: Item<bigint>
  readonly difficulty: Item<bigint>
} = {
  networkRegisteredAt: item('NetworkRegisteredAt', NETUID, integer),
  firstEmissionBlockNumber: maybe('FirstEmissionBlockNumber', NETUID, integer, { since: 257 }),
  tempo: item('Tempo', NETUID, small, { epoch: true }),
  blocksSinceLastStep: item('BlocksSinceLastStep', NETUID, integer),
  // The chain's spelling.
  lastMechansimStepBlock: item('LastMechansimStepBlock', NETUID, integer, { epoch: true }),
  lastEpochBlock: item('LastEpochBlock', NETUID, integer, { since: 423, absent: 0n }),
  pendingEpochAt: item('PendingEpochAt', NETUID, integer, { since: 423, absent: 0n }),
  subnetEpochIndex: item('SubnetEpochIndex', NETUID, integer, { epoch: true, since: 423, absent: 0n }),
  mechanismCountCurrent: item('MechanismCountCurrent', NETUID, small, { epoch: true, since: 320, absent: 1 }),

  pendingServerEmission: item('PendingServerEmission', NETUID, integer, {
    epoch: true,
    since: 343,
    absent: 0n,
  }),
  pendingValidatorEmission: item('PendingValidatorEmission', NETUID, integer, {
    epoch: true,
    since: 343,
    absent: 0n,
  }),
  pendingRootAlphaDivs: item('PendingRootAlphaDivs', NETUID, integer, {
    epoch: true,
    since: 334,
    absent: 0n,
  }),
  pendingOwnerCut: item('PendingOwnerCut', NETUID, integer),
  pendingEmission: item('PendingEmission', NETUID, integer, { epoch: true, until: 342, absent: 0n }),
  pendingRootDivs: item('PendingRootDivs', NETUID, integer, { until: 333, absent: 0n }),
  pendingAlphaSwapped: item('PendingAlphaSwapped', NETUID, integer, { epoch: true, until: 333, absent: 0n }),

  subtokenEnabled: item('SubtokenEnabled', NETUID, bool, { since: 273, absent: true }),
  networkRegistrationAllowed: item('NetworkRegistrationAllowed', NETUID, bool),
  subnetEmissionEnabled: item('SubnetEmissionEnabled', NETUID, bool, { since: 411, absent: true }),
  ownerCutEnabled: item('OwnerCutEnabled', NETUID, bool, { since: 411, absent: true }),
  ownerCutAutoLockEnabled: item('OwnerCutAutoLockEnabled', NETUID, bool, { since: 411, absent: false }),
  subnetMechanism: item('SubnetMechanism', NETUID, small),
  subnetOwner: maybe('SubnetOwner', NETUID, account),
  subnetOwnerHotkey: maybe('SubnetOwnerHotkey', NETUID, account, { epoch: true }),
  recycleOrBurn: item('RecycleOrBurn', NETUID, recycleOrBurn, { since: 320, absent: 'Burn' }),
  minChildkeyTakePerSubnet: item('MinChildkeyTakePerSubnet', NETUID, small, { since: 411, absent: 0 }),

  subnetTao: item('SubnetTAO', NETUID, integer),
  subnetAlphaIn: item('SubnetAlphaIn', NETUID, integer),
  subnetAlphaOut: item('SubnetAlphaOut', NETUID, integer),
  subnetTaoProvided: item('SubnetTaoProvided', NETUID, integer, { since: 283, until: 422, absent: 0n }),
  subnetAlphaInProvided: item('SubnetAlphaInProvided', NETUID, integer, {
    since: 283,
    until: 422,
    absent: 0n,
  }),
  subnetTaoInEmission: item('SubnetTaoInEmission', NETUID, integer),
  subnetAlphaInEmission: item('SubnetAlphaInEmission', NETUID, integer),
  subnetAlphaOutEmission: item('SubnetAlphaOutEmission', NETUID, integer),
  subnetExcessTao: item('SubnetExcessTao', NETUID, integer, { since: 411, absent: 0n }),
  subnetRootSellTao: item('SubnetRootSellTao', NETUID, integer, { since: 411, absent: 0n }),
  subnetProtocolAlpha: item('SubnetProtocolAlpha', NETUID, integer, { since: 413, absent: 0n }),
  subnetVolume: item('SubnetVolume', NETUID, integer),
  subnetMovingPrice: item('SubnetMovingPrice', NETUID, integer),
  emaPriceHalvingBlocks: item('EMAPriceHalvingBlocks', NETUID, integer, { since: 252, absent: 201_600n }),
  minerBurned: item('MinerBurned', NETUID, integer, { since: 421, absent: 0n }),
  rootProp: item('RootProp', NETUID, integer, { since: 365, absent: 0n }),
  subnetTaoFlow: item('SubnetTaoFlow', NETUID, integer, { since: 334, absent: 0n }),
  subnetProtocolFlow: item('SubnetProtocolFlow', NETUID, integer, { since: 411, absent: 0n }),
  subnetEmaTaoFlow: maybe('SubnetEmaTaoFlow', NETUID, flowEma, { since: 334 }),
  subnetEmaProtocolFlow: maybe('SubnetEmaProtocolFlow', NETUID, flowEma, { since: 411 }),
  rootClaimableThreshold: item('RootClaimableThreshold', NETUID, integer, { since: 334, absent: 0n }),

  // The weighted pool was there before, at specs 380 to 384.
  swapBalancer: item<bigint | null>('SwapBalancer', NETUID, integer, {
    pallet: 'Swap',
    since: 423,
    absent: null,
  }),
  palSwapInitialized: item('PalSwapInitialized', NETUID, bool, { pallet: 'Swap', since: 423, absent: false }),
  feeRate: item('FeeRate', NETUID, small, { pallet: 'Swap', since: 283, absent: 0 }),
  alphaSqrtPrice: item<bigint | null>('AlphaSqrtPrice', NETUID, integer, {
    pallet: 'Swap',
    since: 283,
    until: 422,
    absent: null,
  }),
  totalAlphaIssuance: item('TotalAlphaIssuance', NETUID, integer, {
    pallet: 'AlphaAssets',
    since: 411,
    absent: 0n,
  }),
  alphaBurned: item('AlphaBurned', NETUID, integer, { pallet: 'AlphaAssets', since: 411, absent: 0n }),
  alphaRecycled: item('AlphaRecycled', NETUID, integer, { pallet: 'AlphaAssets', since: 411, absent: 0n }),

  rho: item('Rho', NETUID, small, { absent: 0 }),
  bondsResetOn: item('BondsResetOn', NETUID, bool, { since: 273, absent: false }),
  immunityPeriod: item('ImmunityPeriod', NETUID, small, { absent: 0 }),
  maxAllowedUids: item('MaxAllowedUids', NETUID, small, { absent: 0 }),
  minAllowedWeights: item('MinAllowedWeights', NETUID, small, { absent: 0 }),
  maxWeightsLimit: item('MaxWeightsLimit', NETUID, small, { absent: 0 }),
  weightsVersionKey: item('WeightsVersionKey', NETUID, integer, { absent: 0n }),
  weightsSetRateLimit: item('WeightsSetRateLimit', NETUID, integer, { absent: 0n }),
  burn: item('Burn', NETUID, integer, { absent: 0n }),
  minBurn: item('MinBurn', NETUID, integer, { absent: 0n }),
  maxBurn: item('MaxBurn', NETUID, integer, { absent: 0n }),
  difficulty: item('Difficulty', NETUID, integer, { absent: 0n }),
}

/** Of a subnet, written by its epoch. */
export const STORED: {
  readonly active: Item<Uint8Array>
  readonly consensus: Item<Uint16Array>
  readonly dividends: Item<Uint16Array>
  readonly emission: Item<BigUint64Array>
  readonly validatorTrust: Item<Uint16Array>
  readonly stakeWeight: Item<Uint16Array>
  readonly rank: Item<Uint16Array>
  readonly trust: Item<Uint16Array>
} = {
  active: item('Active', NETUID, bools, { absent: new Uint8Array(0) }),
  consensus: item('Consensus', NETUID, u16s, { absent: NONE }),
  dividends: item('Dividends', NETUID, u16s, { absent: NONE }),
  emission: item('Emission', NETUID, u64s, { absent: new BigUint64Array(0) }),
  validatorTrust: item('ValidatorTrust', NETUID, u16s, { absent: NONE }),
  stakeWeight: item('StakeWeight', NETUID, u16s, { absent: NONE }),
  rank: item('Rank', NETUID, u16s, { until: 393, absent: NONE }),
  trust: item('Trust', NETUID, u16s, { until: 393, absent: NONE }),
}

/** Of one mechanism of a subnet. */
export const MECHANISM: {
  readonly lastUpdate: Item<BigUint64Array>
  readonly incentive: Item<Uint16Array>
} = {
  lastUpdate: item('LastUpdate', INDEX, u64s, { epoch: true }),
  incentive: item('Incentive', INDEX, u16s),
}

/** Of one uid. */
export const NEURONS: {
  readonly keys: Item<string>
  readonly blockAtRegistration: Item<bigint>
  readonly weights: Item<SparseRows>
  readonly bonds: Item<SparseRows>
  readonly uids: Item<number | null>
} = {
  keys: item('Keys', NEURON, account, { epoch: true }),
  blockAtRegistration: item('BlockAtRegistration', NEURON, integer, { epoch: true }),
  weights: item('Weights', NEURON, row, { epoch: true }),
  bonds: item('Bonds', NEURON, row, { epoch: true }),
  uids: maybe('Uids', ['u16', ACCOUNT], small, { epoch: true }),
}

/** Of a hotkey or a coldkey. */
export const ACCOUNTS: {
  readonly totalHotkeyAlpha: Item<bigint>
  readonly parentKeys: Item<readonly Relation[]>
  readonly childKeys: Item<readonly Relation[]>
  readonly owner: Item<string>
  readonly delegates: Item<number>
  readonly childkeyTake: Item<number>
  readonly ownedHotkeys: Item<readonly string[]>
  readonly autoStakeDestination: Item<string | null>
} = {
  totalHotkeyAlpha: item('TotalHotkeyAlpha', HOTKEY_ON, integer, { epoch: true }),
  parentKeys: item('ParentKeys', HOTKEY_ON, relations, { epoch: true }),
  childKeys: item('ChildKeys', HOTKEY_ON, relations, { epoch: true }),
  owner: item('Owner', HOTKEY, account),
  delegates: item('Delegates', HOTKEY, small),
  childkeyTake: item('ChildkeyTake', HOTKEY_ON, small),
  ownedHotkeys: item('OwnedHotkeys', HOTKEY, accounts),
  autoStakeDestination: maybe('AutoStakeDestination', HOTKEY_ON, account, { since: 315 }),
}

/**
 * Commits of weights, by mechanism. An epoch reads them from spec 297 on; the item of the timelocked ones was
 * renamed at 306, and at 423 an epoch's number became a stored counter: {@link ../chain/commits.ts}.
 */
export const COMMITS: {
  readonly weightCommits: Item<readonly CommitNumbers[] | null>
  readonly timelocked: Item<readonly TimelockedCommit[] | null>
  readonly timelockedBefore306: Item<readonly TimelockedCommit[] | null>
} = {
  weightCommits: maybe('WeightCommits', ['u16', ACCOUNT], weightCommits, { epoch: true }),
  timelocked: maybe('TimelockedWeightCommits', ['u16', 'u64'], timelockedCommits, {
    epoch: true,
    since: 306,
  }),
  timelockedBefore306: maybe('CRV3WeightCommitsV2', ['u16', 'u64'], timelockedCommits, {
    epoch: true,
    since: 297,
    until: 305,
  }),
}
