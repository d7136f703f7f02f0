/**
 * The state of the network that a block's emission reads and writes, and what blocks and epochs do to it.
 *
 * Amounts are rao, `bigint`; where a comment names a fixed-point type the value is its raw bits. An account is its place
 * among all accounts of the network in ascending order of their 32-byte keys, 0 for the key of zeros, which the chain
 * reads where an entry is missing: `Accounts` maps addresses to them.
 */

import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import type { Explain } from './explain.ts'
import type {
  Facts,
  ScheduleRequest as ScheduleColumns,
  ScheduleAnswer as ScheduleColumnsAnswer,
  StakeWeightsRequest as StakeColumns,
} from './functions.ts'
import type { OpenOptions, ResidentNetwork, StakeWeights as StakeColumnsWeights } from './network.ts'

/** A hotkey or a coldkey. */
export type Account = number

/** A value for an account. */
export type Row<T> = readonly [account: Account, value: T]

/** A part of a hotkey's stake, of 2^64 - 1, and the relative that it goes to or comes from. */
export type Part = readonly [part: bigint, account: Account]

/** A share as stored: a decimal number, or the U64F64 bits of those that were stored before there were such. */
export type Share = { readonly mantissa: bigint; readonly exponent: bigint } | { readonly legacy: bigint }

/** Alpha behind a hotkey, and whose it is. */
export interface StakePool {
  readonly hotkey: Account
  /** `TotalHotkeyAlpha`. */
  readonly total: bigint
  /** What the shares are parts of; null without an entry. */
  readonly denominator: Share | null
  /** By coldkey. */
  readonly shares: readonly Row<Share>[]
}

/** Reserves and weights of a subnet's pool. */
export interface Pool {
  /** 1: priced by the pool. Any other: alpha is worth TAO one to one. `SubnetMechanism`. */
  readonly mechanism: number
  /** `SubnetTAO`. */
  readonly tao: bigint
  /** `SubnetAlphaIn`. */
  readonly alpha: bigint
  /** The TAO reserve's weight in parts of 10^18, from 0.01 to 0.99. `SwapBalancer`. */
  readonly quoteWeight: bigint
  /** `PalSwapInitialized`. */
  readonly initialized: boolean
  /** u16 proportion. `FeeRate`. */
  readonly feeRate: number
}

/** Alpha that waits for the epoch, or that a block adds to it. */
export interface Pending {
  /** For miners. `PendingServerEmission`. */
  readonly server: bigint
  /** For validators' alpha stake. `PendingValidatorEmission`. */
  readonly validator: bigint
  /** For validators' root stake. `PendingRootAlphaDivs`. */
  readonly root: bigint
  /** For the owner. `PendingOwnerCut`. */
  readonly owner: bigint
}

/** Where a subnet stands in its schedule. */
export interface Schedule {
  /** Blocks from epoch to epoch; 0 for none. */
  readonly tempo: number
  readonly lastEpochBlock: bigint
  /** Block from which an epoch is due whatever the tempo; 0 for none. */
  readonly pendingEpochAt: bigint
  readonly blocksSinceLastStep: bigint
  /** `SubnetEpochIndex`. */
  readonly epochIndex: bigint
  /** `LastMechansimStepBlock`. */
  readonly lastMechanismStepBlock: bigint
}

/** TAO that flowed since the average last moved, and the average: I64F64. */
export interface Flow {
  readonly since: bigint
  readonly average: { readonly block: bigint; readonly average: bigint } | null
}

/** What a block did to a pool and its alpha. */
export interface LastEmission {
  readonly taoIn: bigint
  readonly alphaIn: bigint
  readonly alphaOut: bigint
  readonly excessTao: bigint
}

/** Rows of `(uid, u16)` as the chain stores them, concatenated. */
export interface Rows {
  readonly rowStart: Uint32Array | readonly number[]
  readonly uid: Uint16Array | readonly number[]
  readonly value: Uint16Array | readonly number[]
}

/** What each mechanism of a subnet has of its own. */
export interface MechanismConsensus {
  readonly lastUpdate: BigUint64Array | readonly bigint[]
  readonly weights: Rows
  readonly bonds: Rows
  /** Earliest block of a uid's unexpired commit, 2^64 - 1 for none; empty where commit-reveal is off. */
  readonly commitBlocks: BigUint64Array | readonly bigint[]
  /** What the last epoch stored. */
  readonly incentive: Uint16Array | readonly number[]
}

/** What an epoch stores by uid: u16 proportions, and rao. */
export interface ConsensusTerms {
  readonly stakeWeight: readonly number[]
  readonly consensus: readonly number[]
  readonly incentive: readonly number[]
  readonly dividends: readonly number[]
  readonly validatorTrust: readonly number[]
  readonly active: readonly boolean[]
  readonly validatorPermit: readonly boolean[]
  readonly serverEmission: readonly bigint[]
  readonly validatorEmission: readonly bigint[]
  readonly emission: readonly bigint[]
  readonly stake: readonly bigint[]
}

/** What a subnet's epoch reads and writes beside what {@link EmissionSubnet} has; see `Snapshot`. */
export interface Consensus {
  readonly activityCutoffBlocks: bigint
  readonly maxAllowedValidators: number
  readonly commitRevealEnabled: boolean
  readonly kappa: number
  readonly bondsPenalty: number
  readonly bondsMovingAverage: bigint
  readonly yuma3On: boolean
  readonly liquidAlphaOn: boolean
  readonly alphaLow: number
  readonly alphaHigh: number
  readonly alphaSigmoidSteepness: number
  readonly blockAtRegistration: BigUint64Array | readonly bigint[]
  readonly validatorPermit: Uint8Array | readonly number[]
  readonly mechanismEmissionSplit: Uint16Array | readonly number[] | null
  readonly mechanisms: readonly MechanismConsensus[]
  /** What the last epoch stored, where one ran here. */
  readonly terms: ConsensusTerms | null
}

/** A subnet other than root. */
export interface EmissionSubnet {
  /** 1 to 65535. */
  readonly netuid: number
  readonly firstEmissionBlock: bigint | null
  readonly subtokenEnabled: boolean
  readonly registrationAllowed: boolean
  readonly emissionEnabled: boolean
  readonly ownerCutEnabled: boolean
  readonly pool: Pool
  /** Alpha outside the pool. `SubnetAlphaOut`. */
  readonly alphaOut: bigint
  /** I96F32. `SubnetMovingPrice`. */
  readonly movingPrice: bigint
  readonly priceHalvingBlocks: bigint
  /** U96F32, of which the chain takes more than 1 for 1: the part of miners' emission that the last epoch withheld. */
  readonly minerBurned: bigint
  /** U96F32, at most 1. */
  readonly rootProp: bigint
  readonly userFlow: Flow
  readonly protocolFlow: Flow
  readonly last: LastEmission
  readonly protocolAlpha: bigint
  readonly volume: bigint
  readonly alphaRecycled: bigint
  readonly alphaBurned: bigint
  readonly pending: Pending
  readonly schedule: Schedule
  readonly owner: Account | null
  readonly ownerHotkey: Account | null
  /** Whether a lease shares the owner's cut: such a subnet is refused. */
  readonly leased: boolean
  /** Whether incentives of the owner's hotkeys are recycled, not burned. */
  readonly recyclesOwnerIncentive: boolean
  /** By uid; takes are u16 proportions. */
  readonly neurons: readonly { readonly hotkey: Account; readonly childkeyTake: number }[]
  /** u16 proportion: the greater of the network's and the subnet's least take. */
  readonly minChildkeyTake: number
  /** By hotkey; the parts of each sum to no more than 2^64 - 1. */
  readonly children: readonly Row<readonly Part[]>[]
  readonly parents: readonly Row<readonly Part[]>[]
  readonly pendingChildren: readonly {
    readonly hotkey: Account
    readonly children: readonly Part[]
    readonly cooldownBlock: bigint
  }[]
  /** By coldkey, the hotkey that its miners' incentives are staked to. */
  readonly autoStake: readonly Row<Account>[]
  readonly stakes: readonly StakePool[]
  /** I96F32: alpha that can be claimed for each rao on root. */
  readonly rootClaimable: readonly Row<bigint>[]
  readonly alphaDividends: readonly Row<bigint>[]
  readonly rootDividends: readonly Row<bigint>[]
  readonly alphaLastEpoch: readonly Row<bigint>[]
  /** Null where epochs come from elsewhere, or none is due. */
  readonly consensus: Consensus | null
}

/** The root subnet. */
export interface Root {
  /** `SubnetTAO` of netuid 0. */
  readonly tao: bigint
  readonly stakes: readonly StakePool[]
  /** Hotkeys with a uid. */
  readonly registered: readonly Account[]
}

/** Who owns which hotkeys, and what they take. */
export interface Keys {
  /** By hotkey, its coldkey. */
  readonly owner: readonly Row<Account>[]
  /** By hotkey, a u16 proportion. */
  readonly take: readonly Row<number>[]
  /** By coldkey. */
  readonly ownedHotkeys: readonly Row<readonly Account[]>[]
  /** By coldkey. */
  readonly stakingHotkeys: readonly Row<readonly Account[]>[]
}

/** The network between two blocks. */
export interface EmissionNetwork {
  /** The last block that ran. */
  readonly block: bigint
  readonly totalIssuance: bigint
  readonly balancesIssuance: bigint
  readonly totalStake: bigint
  readonly blockEmission: bigint
  /** Parts of 2^64 - 1. */
  readonly taoWeight: bigint
  /** Parts of 2^64 - 1. */
  readonly childkeyBurn: bigint
  /** u16 proportion. */
  readonly subnetOwnerCut: number
  /** u8. */
  readonly maxEpochsPerBlock: number
  readonly stakeThreshold: bigint
  /** I96F32. */
  readonly movingAlpha: bigint
  /** Read where shares are by flow: I64F64, U64F64, parts of 2^63 - 1. */
  readonly flow: {
    readonly cutoff: bigint
    readonly exponent: bigint
    readonly smoothingFactor: bigint
    readonly net: boolean
  }
  /** Read and written where small shares are gated; U64F64. */
  readonly gate: {
    readonly bar: bigint
    readonly quantile: bigint
    readonly rank: number
    readonly exponent: bigint
  }
  readonly root: Root
  readonly keys: Keys
  readonly subnets: readonly EmissionSubnet[]
}

/** What a block's emission did to one subnet. Shares are U64F64. */
export interface SubnetEmission {
  readonly netuid: number
  /** By price or flow alone; of versions that compute no shares this and the next are 0. */
  readonly baseShare: bigint
  /** Weighed by what miners were left. */
  readonly weightedShare: bigint
  readonly gatedShare: bigint
  /** As paid. */
  readonly share: bigint
  /** Its due, U96F32 rao of TAO. */
  readonly emission: bigint
  /** What the due was to become, U96F32 rao. */
  readonly terms: LastEmission
  /** Injected. */
  readonly taoIn: bigint
  readonly alphaIn: bigint
  /** Minted for participants. */
  readonly alphaOut: bigint
  /** What bought alpha. */
  readonly excessTao: bigint
  readonly alphaBought: bigint
  /** Not injected, as the pool's weights do not allow for it: stays unspent. */
  readonly taoRefused: bigint
  /** Not swapped: stays on the subnet's account, outside the pool. */
  readonly taoStranded: bigint
  /** What was added for the epoch. */
  readonly pending: Pending
}

/** Where a block left a subnet; prices are I96F32 (moving) and U64F64 (spot). */
export interface SubnetAfter {
  readonly netuid: number
  readonly tao: bigint
  readonly alpha: bigint
  readonly alphaOut: bigint
  readonly quoteWeight: bigint
  readonly movingPrice: bigint
  readonly spotPrice: bigint
  readonly last: LastEmission
  readonly pending: Pending
}

/** What a block did. */
export interface BlockReport {
  readonly block: bigint
  readonly minted: bigint
  /** What truncation and full pools left of it: taken out of issuance again. */
  readonly unspent: bigint
  /** Whether root dividends were handed out, not recycled. */
  readonly rootSellFlag: boolean
  readonly totalIssuance: bigint
  readonly blockEmission: bigint
  /** The results of the step's operations; null for those that are no swap. */
  readonly operations: readonly (SwapResult | null)[]
  /** Subnets that emission went to, in the chain's order. */
  readonly subnets: readonly SubnetEmission[]
  /** Due, and moved to the next block. */
  readonly deferred: readonly number[]
  /** Due, and left out, as two uids have one hotkey. */
  readonly skipped: readonly number[]
  /** Epochs that ran. */
  readonly payouts: readonly Payout[]
  /** Every subnet after the block, in the chain's order. */
  readonly after: readonly SubnetAfter[]
}

/** Where an epoch's alpha went. */
export interface Ledger {
  readonly pending: bigint
  readonly staked: bigint
  readonly claimable: bigint
  readonly recycled: bigint
  readonly burned: bigint
  /** What truncation and missing owners left; below 0 by rounding, or by half of root's part where that was recycled. */
  readonly left: bigint
}

/** A miner's pay, and where it went. */
export interface Incentive {
  readonly hotkey: Account
  readonly rao: bigint
  readonly to: 'stake' | 'recycled' | 'burned'
  /** Where it was staked. */
  readonly toHotkey: Account | null
  readonly toColdkey: Account | null
}

/** A validator's pay by its alpha stake. */
export interface AlphaDividend {
  readonly hotkey: Account
  /** Staked by its owner. */
  readonly take: bigint
  /** To all who stake to it, by their shares. */
  readonly nominators: bigint
}

/** A validator's pay by its root stake. */
export interface RootDividend extends AlphaDividend {
  /** I96F32: so much more can be claimed for each rao on root; null where it was staked to the hotkey's owner. */
  readonly claimable: bigint | null
}

/** Who got what of a subnet's epoch; rows in ascending order of hotkeys. */
export interface Payout {
  readonly netuid: number
  readonly pending: Pending
  /** Whom the owner's cut was staked to; null: the subnet has no owner, and the cut is lost. */
  readonly owner: { readonly hotkey: Account; readonly coldkey: Account } | null
  readonly incentives: readonly Incentive[]
  readonly alpha: readonly AlphaDividend[]
  readonly root: readonly RootDividend[]
  /** U96F32. */
  readonly minerBurned: bigint
  readonly childkeyBurn: bigint
  readonly ledger: Ledger
}

/** What a coldkey's stake behind a hotkey grew by. */
export interface Gain {
  readonly hotkey: Account
  readonly coldkey: Account
  readonly rao: bigint
}

/** Which way a swap goes: TAO in and alpha out, or back. */
export type Side = 'buy' | 'sell'

/** Why the chain refuses a swap. */
export type Refusal = 'SwapInputTooLarge' | 'ReservesTooLow' | 'PriceLimitExceeded' | 'InsufficientLiquidity'

/** What a swap took and gave; the fee comes on top. */
export interface Swap {
  readonly paidIn: bigint
  readonly paidOut: bigint
  readonly fee: bigint
}

/** A swap, or why there was none. */
export type SwapResult = Swap | { readonly refused: Refusal }

/** What a swap would take and give, and the price before and after, U64F64; or why there would be none. */
export type Quote =
  | { readonly swap: Swap; readonly priceBefore: bigint; readonly priceAfter: bigint }
  | { readonly refused: Refusal }

/** What happens before a block. */
export type Operation =
  | {
      readonly kind: Side
      readonly netuid: number
      readonly amount: bigint
      /** Rao of TAO per 10^9 rao of alpha; none by default. */
      readonly limit?: bigint
      readonly dropFees: boolean
    }
  | { readonly kind: 'emission_enabled'; readonly netuid: number; readonly enabled: boolean }
  | { readonly kind: 'pending_epoch_at'; readonly netuid: number; readonly block: bigint }

/** What an epoch gave a hotkey: as a miner, and as a validator. */
export type HotkeyEmission = readonly [hotkey: Account, server: bigint, validator: bigint]

/** One block of a run. */
export interface Step {
  /** Before the block, in order. */
  readonly operations?: readonly Operation[]
  /** Epochs that come from elsewhere; Yuma's of the other subnets. Each must run in this block. */
  readonly epochs?: readonly { readonly netuid: number; readonly emission: readonly HotkeyEmission[] }[]
}

/** What is known of a spec version: its shares always. */
export interface KnownVersion {
  readonly specVersion: number
  /** How validators' dividends split. */
  readonly dividends: boolean
  /** All of a block. */
  readonly block: boolean
}

export interface NetworkSharesRequest {
  readonly specVersion: number
  readonly network: EmissionNetwork
  /** Rao of TAO; by default what the next block mints. */
  readonly minted?: bigint
}

export interface NextShares {
  readonly block: bigint
  readonly minted: bigint
  readonly subnets: readonly SubnetEmission[]
  /** U64F64. */
  readonly gateBar: bigint
}

export interface RunBlocksRequest {
  readonly specVersion: number
  readonly network: EmissionNetwork
  /** At most 100,000. */
  readonly blocks: number
  /** What the first blocks have beside; one for each block at most. */
  readonly steps?: readonly Step[]
  /** Which blocks to report, all by default: of these, blocks times subnets are at most 524,288. */
  readonly reports?: 'all' | 'last'
}

export interface BlocksResult {
  readonly reports: readonly BlockReport[]
  /** The network after the last block. */
  readonly network: EmissionNetwork
}

export interface DistributeRequest {
  readonly specVersion: number
  readonly taoWeight: bigint
  readonly childkeyBurn: bigint
  readonly root: Root
  readonly keys: Keys
  readonly subnet: EmissionSubnet
  /** What is handed out; the subnet's own by default, which is then emptied. */
  readonly pending?: Pending
  /** What the epoch gave each hotkey; by default what a Yuma epoch gives, of the next two and `consensus`. */
  readonly emission?: readonly HotkeyEmission[]
  readonly block?: bigint
  readonly stakeThreshold?: bigint
}

export interface Distribution {
  /** In ascending order of hotkeys. */
  readonly emission: readonly HotkeyEmission[]
  readonly payout: Payout
  /** By hotkey and coldkey, as far as shares are known. */
  readonly gains: readonly Gain[]
  /** The subnet after it. */
  readonly subnet: EmissionSubnet
  readonly keys: Keys
}

export interface SwapRequest {
  readonly pool: Pool
  readonly side: Side
  /** Fee included. */
  readonly amount: bigint
  /** Rao of TAO per 10^9 rao of alpha; none by default. */
  readonly limit?: bigint
  readonly dropFees: boolean
}

export interface StakeWeightsRequest {
  readonly netuid: number
  /** By uid, null for one without a key. */
  readonly hotkeys: readonly (Account | null)[]
  /** By hotkey, its alpha on the subnet. */
  readonly alpha: readonly Row<bigint>[]
  /** By hotkey, its TAO on root. */
  readonly root: readonly Row<bigint>[]
  readonly children: readonly Row<readonly Part[]>[]
  readonly parents: readonly Row<readonly Part[]>[]
  readonly taoWeight: bigint
}

/** By uid, I64F64 rao. */
export interface StakeWeights {
  /** Alpha and weighted TAO. */
  readonly total: readonly bigint[]
  readonly alpha: readonly bigint[]
  readonly tao: readonly bigint[]
}

export interface ScheduleRequest {
  readonly specVersion: number
  readonly netuid: number
  readonly schedule: Schedule
  readonly block: bigint
}

export interface ScheduleAnswer {
  /** Whether an epoch is due in the block. */
  readonly due: boolean
  /** Null without a tempo. */
  readonly blocksUntilTempo: bigint | null
  /** By tempo or `pendingEpochAt`; null without a tempo. */
  readonly nextEpochBlock: bigint | null
}

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A recorded function of the chain, in the shape of `test/vectors`. */
export interface VectorRequest {
  readonly function: string
  readonly specVersion: number
  readonly in: { readonly [key: string]: Json }
}

/** Which implementation answers. */
export type EmissionKind = 'native' | 'wasm' | 'wasm-scalar'

/**
 * Emission, to the rao. All kinds give the same.
 *
 * Every method throws `InputError` for input that no chain could hold, or whose rules are not known at its spec version,
 * naming field, subnet and what was expected; `EngineError` where the implementation itself fails.
 */
export interface Emission {
  readonly kind: EmissionKind
  /** A network that stays resident, of a snapshot or of columns. */
  open(state: NetworkSnapshot | ChainSnapshot | OpenOptions): ResidentNetwork
  /** What a spec version does and stores: of any from 233 on, as far as it is known. */
  facts(specVersion: number): Facts
  /** The stake that neurons weigh with. */
  stakeWeightsOf(request: StakeColumns): StakeColumnsWeights
  /** When the next epoch is: of every version from 233 on. */
  scheduleOf(request: ScheduleColumns): ScheduleColumnsAnswer
  /** What an epoch's values are made of. */
  readonly explain: Explain
  /** Ascending. */
  knownSpecVersions(): readonly KnownVersion[]
  /** Rao minted in a block at an issuance of so many; null from the maximum on, where the chain mints none. */
  blockEmission(issuance: bigint): bigint | null
  /** How the next block's TAO is shared: of every known version. */
  networkShares(request: NetworkSharesRequest): NextShares
  /** Runs blocks: of versions of which all of a block is known. */
  runBlocks(request: RunBlocksRequest): BlocksResult
  /** Hands out what is pending for one subnet's epoch: of versions of which all of a block is known. */
  distribute(request: DistributeRequest): Distribution
  /** A swap and the pool after it. */
  swap(request: SwapRequest): { readonly swap: SwapResult; readonly pool: Pool }
  /** What staking (buy) or unstaking (sell) would give. */
  quote(request: Pick<SwapRequest, 'pool' | 'side' | 'amount'>): Quote
  stakeWeights(request: StakeWeightsRequest): StakeWeights
  /** When the next epoch is. */
  schedule(request: ScheduleRequest): ScheduleAnswer
  /** What of an emission each mechanism shares out. */
  splitEmission(request: {
    readonly emission: bigint
    readonly mechanismEmissionSplit: readonly number[] | null
    readonly mechanismCount: number
  }): readonly bigint[]
  /** A function as the chain's vectors record it. */
  vector(request: VectorRequest): Json
}
