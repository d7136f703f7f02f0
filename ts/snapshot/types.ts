/** Sparse rows as the chain stores them: for each row a list of `(uid, u16)`, concatenated, in stored order. */
export interface SparseRows {
  /** `n + 1` offsets into `uid` and `value`, ascending from 0. */
  readonly rowStart: Uint32Array
  /** Column of each entry. Unsorted, repeated and out-of-range uids do occur on chain. */
  readonly uid: Uint16Array
  /** Value of each entry, a u16 proportion. */
  readonly value: Uint16Array
}

/** What each mechanism of a subnet has of its own. */
export interface MechanismState {
  /** `LastUpdate`: block numbers by uid; shorter than `n` counts as 0, as on chain. */
  readonly lastUpdate: BigUint64Array
  /** `Weights`: `n` rows. */
  readonly weights: SparseRows
  /** `Bonds`: `n` rows. */
  readonly bonds: SparseRows
  /** Earliest block of a uid's unexpired commit, 2^64 - 1 for none; `n` long, or empty where commit-reveal is off. */
  readonly commitBlocks: BigUint64Array
}

/**
 * Everything one epoch of one subnet reads, as columns: the state before the epoch's block.
 * Block numbers and amounts are `bigint`; amounts are rao. Names are the chain's storage names in camel case.
 */
export interface Snapshot {
  /** `spec_version` of the runtime that runs the epoch. */
  readonly specVersion: number
  /** The subnet, where known. */
  readonly netuid?: number
  /** A name for people, where there is one. */
  readonly name?: string
  /** Hash of the block whose state this is, where it was read from a chain. */
  readonly blockHash?: string
  /** Hotkeys by uid (SS58), where known. */
  readonly hotkeys?: readonly string[]
  /** Coldkeys by uid (SS58), where known. */
  readonly coldkeys?: readonly string[]

  /** Neurons, 1 to 65535; uids are `0..n-1`. */
  readonly n: number
  /** Block in which the epoch runs. */
  readonly block: bigint
  /** Blocks per epoch. */
  readonly tempo: bigint
  /** `LastMechansimStepBlock`: block of the last epoch that ran, 0 for never. */
  readonly lastMechanismStepBlock: bigint
  /** A neuron is inactive when `lastUpdate + cutoff < block`. */
  readonly activityCutoffBlocks: bigint
  /** `n` block numbers. */
  readonly blockAtRegistration: BigUint64Array
  /** Raw I64F64 bits as two little-endian words per uid, `2n` long: alpha stake plus weighted TAO stake, in rao. */
  readonly totalStake: BigUint64Array
  /** Rao; stake below it counts as zero. */
  readonly stakeThreshold: bigint
  /** Uid of the owner's hotkey, or null. */
  readonly ownerUid: number | null
  /** Permits that stand before the epoch, 0 or 1; any length, as on chain. */
  readonly validatorPermit: Uint8Array
  /** u16. */
  readonly maxAllowedValidators: number
  readonly commitRevealEnabled: boolean
  /** u16 proportion. */
  readonly kappa: number
  /** u16 proportion. */
  readonly bondsPenalty: number
  /** Parts per million. */
  readonly bondsMovingAverage: bigint
  readonly yuma3On: boolean
  readonly liquidAlphaOn: boolean
  /** u16 proportion. */
  readonly alphaLow: number
  /** u16 proportion. */
  readonly alphaHigh: number
  /** i16, in hundredths. */
  readonly alphaSigmoidSteepness: number
  /** Rao of alpha to hand out, over all mechanisms. */
  readonly emission: bigint
  /** `MechanismEmissionSplit`: u16 parts by mechanism; null for an even split. */
  readonly mechanismEmissionSplit: Uint16Array | null
  /** One entry per mechanism, at least one, at most 16. */
  readonly mechanisms: readonly MechanismState[]

  /** Sections that an epoch does not read, by name: for other tools and later versions; carried along as they are. */
  readonly extra?: Readonly<Record<string, unknown>>
}
