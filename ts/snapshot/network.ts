import type { Snapshot } from './types.ts'

/** Rows of `(parts, account)`, concatenated: `ParentKeys` or `ChildKeys` of one account after another. */
export interface Relations {
  /** One more than there are rows: offsets into `account` and `proportion`, ascending from 0. */
  readonly rowStart: Uint32Array
  /** The related account, as its place in {@link AccountState.hotkeys}. */
  readonly account: Uint32Array
  /** Its proportion: parts of 2^64 - 1. */
  readonly proportion: BigUint64Array
}

/**
 * What the chain holds of a subnet's hotkeys and of their parents and children. Account `i` below the subnet's
 * `n` is the hotkey of uid `i`; related hotkeys without a uid here follow, each once. Columns are as long as
 * `hotkeys` unless said; amounts are rao, takes are u16 proportions. At spec 425 all of it is in
 * `SubtensorModule`, under the storage names that the fields carry.
 */
export interface AccountState {
  /** SS58. */
  readonly hotkeys: readonly string[]
  /** Coldkey that owns the hotkey, SS58. */
  readonly owner: readonly string[]
  /** `TotalHotkeyAlpha` on this subnet. */
  readonly totalHotkeyAlpha: BigUint64Array
  /** `TotalHotkeyAlpha` on the root, netuid 0. */
  readonly rootAlpha: BigUint64Array
  /** Validator take. */
  readonly delegates: Uint16Array
  /** Take of a child from its parents' dividends on this subnet. */
  readonly childkeyTake: Uint16Array
  /** On this subnet, `n` rows. */
  readonly parentKeys: Relations
  /** On this subnet, `n` rows. */
  readonly childKeys: Relations
  /** Hotkey that the coldkey of a uid has its incentive staked to, SS58; null for the uid's own. `n` long. */
  readonly autoStakeDestination: readonly (string | null)[]
}

/**
 * What the last epoch left in storage, by uid and as long as the chain has it: shorter than `n` after
 * registrations, empty before the first epoch and where a runtime has no such item. u16 are proportions,
 * emission is rao, booleans are 0 or 1.
 */
export interface StoredEpoch {
  readonly active: Uint8Array
  readonly consensus: Uint16Array
  readonly dividends: Uint16Array
  readonly emission: BigUint64Array
  readonly validatorTrust: Uint16Array
  readonly stakeWeight: Uint16Array
  /** Until spec 393. */
  readonly rank: Uint16Array
  /** Until spec 393. */
  readonly trust: Uint16Array
  /** One column per mechanism. */
  readonly incentive: readonly Uint16Array[]
}

/** A moving average and the block of its last update; the average is raw I64F64 bits. */
export interface FlowEma {
  readonly block: bigint
  readonly ema: bigint
}

/**
 * Items of the whole network that a block's emission reads. Names are the chain's storage names in camel case;
 * amounts are rao; fixed-point values are their raw bits, of the type that is named.
 * An item that a runtime does not have stands at the value that says so.
 */
export interface NetworkItems {
  readonly totalIssuance: bigint
  /** `Balances::TotalIssuance`. */
  readonly balancesTotalIssuance: bigint
  readonly totalStake: bigint
  readonly blockEmission: bigint
  /** Parts of 2^64 - 1. */
  readonly taoWeight: bigint
  /** Parts of 2^64 - 1; 0 before spec 315. */
  readonly ckBurn: bigint
  /** u16 proportion. */
  readonly subnetOwnerCut: number
  /** u16 proportion. */
  readonly minChildkeyTake: number
  readonly stakeThreshold: bigint
  /** I96F32. */
  readonly subnetMovingAlpha: bigint
  /** Null before spec 423: no bound. */
  readonly maxEpochsPerBlock: number | null
  /** I64F64; 0 before spec 334. */
  readonly taoFlowCutoff: bigint
  /** U64F64; 0 before spec 334. */
  readonly flowNormExponent: bigint
  /** Parts of 2^63 - 1; 0 before spec 334. */
  readonly flowEmaSmoothingFactor: bigint
  /** False before spec 411. */
  readonly netTaoFlowEnabled: boolean
  /** 0 before spec 334. */
  readonly numRootClaim: bigint
  /** 0 before spec 334. */
  readonly numStakingColdkeys: bigint
  /** `EmissionGateBar`, raw bits, from spec 440 on; null where there is none. */
  readonly emissionGateBar: bigint | null
  /** `EmissionGateExponent`, U64F64, from spec 440 on; null where there is none. */
  readonly emissionGateExponent: bigint | null
  /** `EmissionBarQuantile`, raw bits, from spec 440 on; null where there is none. */
  readonly emissionBarQuantile: bigint | null
  /** `EmissionBarRank`, from spec 443 on; null where there is none. */
  readonly emissionBarRank: bigint | null
}

/**
 * Items of one subnet beside those that an epoch reads: schedule, pending amounts, pool, switches. Same
 * conventions as {@link NetworkItems}.
 */
export interface SubnetItems {
  // Existence and schedule.
  readonly networkRegisteredAt: bigint
  readonly firstEmissionBlockNumber: bigint | null
  readonly tempo: number
  readonly blocksSinceLastStep: bigint
  readonly lastMechansimStepBlock: bigint
  /** 0 before spec 423. */
  readonly lastEpochBlock: bigint
  /** 0 for none, and before spec 423. */
  readonly pendingEpochAt: bigint
  /** 0 before spec 423. */
  readonly subnetEpochIndex: bigint
  readonly mechanismCountCurrent: number

  // Pending amounts.
  /** 0 before spec 343. */
  readonly pendingServerEmission: bigint
  /** 0 before spec 343. */
  readonly pendingValidatorEmission: bigint
  /** 0 before spec 334. */
  readonly pendingRootAlphaDivs: bigint
  readonly pendingOwnerCut: bigint
  /** 0 after spec 342. */
  readonly pendingEmission: bigint
  /** 0 after spec 333. */
  readonly pendingRootDivs: bigint
  /** 0 after spec 333. */
  readonly pendingAlphaSwapped: bigint

  // Switches.
  /** True before spec 273, which had no switch. */
  readonly subtokenEnabled: boolean
  readonly networkRegistrationAllowed: boolean
  /** True before spec 411. */
  readonly subnetEmissionEnabled: boolean
  /** True before spec 411. */
  readonly ownerCutEnabled: boolean
  /** False before spec 411. */
  readonly ownerCutAutoLockEnabled: boolean
  /** 0 for the stable mechanism, 1 for the dynamic one. */
  readonly subnetMechanism: number
  /** SS58; null where the entry does not exist, which matters. */
  readonly subnetOwner: string | null
  /** SS58; null where the entry does not exist, which matters. */
  readonly subnetOwnerHotkey: string | null
  /** What becomes of an owner hotkey's incentive; 'Burn' before spec 320. */
  readonly recycleOrBurn: 'Burn' | 'Recycle'
  /** u16 proportion; 0 before spec 411. */
  readonly minChildkeyTakePerSubnet: number

  // Pool.
  readonly subnetTao: bigint
  readonly subnetAlphaIn: bigint
  readonly subnetAlphaOut: bigint
  /** 0 but for specs 283 to 422. */
  readonly subnetTaoProvided: bigint
  /** 0 but for specs 283 to 422. */
  readonly subnetAlphaInProvided: bigint
  readonly subnetTaoInEmission: bigint
  readonly subnetAlphaInEmission: bigint
  readonly subnetAlphaOutEmission: bigint
  /** 0 before spec 411. */
  readonly subnetExcessTao: bigint
  /** 0 before spec 411. */
  readonly subnetRootSellTao: bigint
  /** 0 before spec 413. */
  readonly subnetProtocolAlpha: bigint
  readonly subnetVolume: bigint
  /** I96F32. */
  readonly subnetMovingPrice: bigint
  /** 201,600 before spec 252, which had no such item. */
  readonly emaPriceHalvingBlocks: bigint
  /** U96F32; 0 before spec 421. */
  readonly minerBurned: bigint
  /** U96F32; 0 before spec 365. */
  readonly rootProp: bigint
  /** 0 before spec 334. */
  readonly subnetTaoFlow: bigint
  /** 0 before spec 411. */
  readonly subnetProtocolFlow: bigint
  readonly subnetEmaTaoFlow: FlowEma | null
  readonly subnetEmaProtocolFlow: FlowEma | null
  /** I96F32; 0 before spec 334. */
  readonly rootClaimableThreshold: bigint
  /** `Swap::SwapBalancer`: the quote's weight, parts of 10^18; null where the pool has none. */
  readonly swapBalancer: bigint | null
  /** `Swap::PalSwapInitialized`; false where the pool has none. */
  readonly palSwapInitialized: boolean
  /** `Swap::FeeRate`: u16 proportion; 0 before spec 283. */
  readonly feeRate: number
  /** `Swap::AlphaSqrtPrice`, U64F64, specs 283 to 422; null where there is none. */
  readonly alphaSqrtPrice: bigint | null
  /** `AlphaAssets::TotalAlphaIssuance`; 0 before spec 411. */
  readonly totalAlphaIssuance: bigint
  /** `AlphaAssets::AlphaBurned`; 0 before spec 411. */
  readonly alphaBurned: bigint
  /** `AlphaAssets::AlphaRecycled`; 0 before spec 411. */
  readonly alphaRecycled: bigint

  // Hyperparameters that no epoch reads.
  readonly rho: number
  readonly bondsResetOn: boolean
  readonly immunityPeriod: number
  readonly maxAllowedUids: number
  readonly minAllowedWeights: number
  readonly maxWeightsLimit: number
  readonly weightsVersionKey: bigint
  readonly weightsSetRateLimit: bigint
  readonly burn: bigint
  readonly minBurn: bigint
  readonly maxBurn: bigint
  readonly difficulty: bigint
}

/** A timelocked commit that the epoch's own block reveals, if its drand pulse is there, before the epoch. */
export interface MaturingCommit {
  readonly mechanism: number
  readonly uid: number
  /** Block in which it was committed. */
  readonly commitBlock: bigint
}

/**
 * A snapshot as it is read from a chain: what an epoch reads, and beside it everything else that is known of the
 * subnet at that block.
 */
export interface ChainSnapshot extends Snapshot {
  readonly netuid: number
  readonly blockHash: string
  readonly hotkeys: readonly string[]
  readonly coldkeys: readonly string[]
  /** Number of the block whose state this is. {@link Snapshot.block} is the block in which the epoch runs. */
  readonly stateBlock: bigint
  /** Stake by uid as the epoch weighs it, in parts: alpha with parents and children, rao. */
  readonly alphaStake: BigUint64Array
  /** The same of root stake, in rao, before `TaoWeight`. */
  readonly taoStake: BigUint64Array
  readonly subnet: SubnetItems
  readonly network: NetworkItems
  readonly accounts: AccountState
  readonly stored: StoredEpoch
  /** Hotkeys that the subnet's owner owns, SS58. */
  readonly ownedHotkeys: readonly string[]
  /** Commits whose reveal in the epoch's block may change weights before the epoch reads them. */
  readonly maturingCommits: readonly MaturingCommit[]
  /** Items of this runtime that could not be read, as `Pallet.Name`; empty for every known version. */
  readonly unread: readonly string[]
}

/** A subnet in a {@link NetworkSnapshot}. */
export interface SubnetState {
  readonly netuid: number
  readonly subnet: SubnetItems
  /** Null for a subnet without neurons. */
  readonly epoch: ChainSnapshot | null
}

/** The whole network at one block: what the next block's emission and every subnet's epoch read. */
export interface NetworkSnapshot {
  readonly specVersion: number
  /** Hash of the block whose state this is. */
  readonly blockHash: string
  /** Its number. */
  readonly stateBlock: bigint
  /** The block that runs on this state. */
  readonly block: bigint
  readonly network: NetworkItems
  /** By netuid, ascending, the root first. */
  readonly subnets: readonly SubnetState[]
  /** Items of this runtime that could not be read, as `Pallet.Name`; empty for every known version. */
  readonly unread: readonly string[]
}
