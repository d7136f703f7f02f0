/** What an epoch's values are made of, by the chain's arithmetic. The other side of `bindings/wire/src/emission/explain.rs`. */

import type { EpochResult, FixedRows, MechanismResult } from '../engine/types.ts'
import { expecting } from '../errors/options.ts'
import type { Column } from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkPots, checkResult, checkTraced, maskColumns, mechanismOf } from './checks.ts'
import { type Host, words } from './host.ts'
import { bigSlot, flagSlot, NONE, smallSlot } from './slots.ts'

const FUNCTION = {
  masked: 8,
  legacy: 9,
  rankParts: 10,
  dividendParts: 11,
  fittingWeight: 12,
  pots: 13,
  weighed: 14,
} as const

const MAX_U16 = 0xffff

/** Why a weight does not count. Of several reasons a weight has the first. */
export const MASK_REASONS = [
  /** There is no such uid. */
  'no-such-uid',
  /** Whoever set it has no validator permit. */
  'no-permit',
  /** Nobody weighs itself but the owner. */
  'self-weight',
  /** The target was registered after the weights were set. */
  'registered-after-weights',
  /** The target was registered after a commit that is still to be revealed. */
  'registered-after-commit',
] as const

/** Why a weight does not count. */
export type MaskReason = (typeof MASK_REASONS)[number]

/** A weight that a mask removed. */
export interface Masked {
  readonly from: number
  readonly to: number
  /** As stored. */
  readonly weight: number
  readonly reason: MaskReason
}

/** Values that runtimes to spec 362 store beside an epoch's result, `n` each. */
export interface LegacyTerms {
  readonly rank: Uint16Array
  readonly trust: Uint16Array
  readonly pruningScore: Uint16Array
}

/** What one neuron adds to another's value: its uid, and I32F32 bits. */
export type PartBits = readonly [uid: number, bits: bigint]

/** What a validator's dividends are made of before they are normalised. I32F32 bits. */
export interface DividendParts {
  /** By miner; they sum to {@link DividendParts.sum}. */
  readonly parts: readonly PartBits[]
  readonly sum: bigint
  /** What the sum is multiplied with; null where the rules do not. */
  readonly stake: bigint | null
  /** As the engine has it. */
  readonly dividends: bigint
}

/** What the amount that an epoch shared out is told from. */
export interface PotsRequest {
  /** By whose rules the epoch ran. */
  readonly specVersion: number
  readonly mechanismEmissionSplit: Uint16Array | null
  /** What the chain stored, by uid. */
  readonly stored: {
    readonly emission: BigUint64Array
    readonly stakeWeight: Uint16Array
    readonly consensus: Uint16Array
    readonly dividends: Uint16Array
    readonly validatorTrust: Uint16Array
  }
  /** Uids of which it is another neuron's by now. */
  readonly replaced: ReadonlySet<number>
  /** Rao, the least that it can be. */
  readonly least: bigint
  /** Rao, the most that it can be. */
  readonly most: bigint
}

/** Amounts of rao that an epoch may have shared out. */
export interface Pots {
  readonly least: bigint
  readonly most: bigint
  /**
   * Whether every stored emission is what a neuron gets of them. Else of no amount is it so, and these are those of which
   * most are.
   */
  readonly fits: boolean
}

/** Columns that the chain stores for a subnet, of several mechanisms weighed by their parts of the emission. */
const WEIGHED = ['stakeWeight', 'consensus', 'dividends', 'validatorTrust'] as const

const LEGACY = ['rank', 'trust', 'pruningScore'] as const

/** Explanations of an epoch that was run with `{ trace: true }`. */
export interface Explain {
  /** The weights of one mechanism that the epoch's masks removed, by who set them. */
  masked(snapshot: Snapshot, mechanism: number): readonly Masked[]
  /** Rank, trust and pruning scores. */
  legacyTerms(mechanism: MechanismResult): LegacyTerms
  /** The same as they are stored for the subnet, of all its mechanisms together, whose epochs shared `emission` rao. */
  combinedLegacyTerms(result: EpochResult, emission: bigint): LegacyTerms
  /** The amounts that an epoch may have shared out, told from what it stored: no other value depends on it as much. */
  pots(result: EpochResult, request: PotsRequest): Pots
  /** What each validator's clipped weight brings a miner; sums to its rank. */
  rankParts(mechanism: MechanismResult, uid: number): readonly PartBits[]
  /** Each bond's part of a validator's dividends. */
  dividendParts(mechanism: MechanismResult, uid: number, yuma3: boolean): DividendParts
  /** The weight that is `share`, I32F32 bits, of the row beside other weights of that sum. */
  fittingWeight(share: bigint, others: number): number
}

/** The functions of one implementation. */
export function explainOf(host: Host): Explain {
  const legacyTerms = (mechanism: MechanismResult): LegacyTerms => {
    const { raw, trace } = checkTraced(mechanism)
    const columns = [raw.activeStake, raw.incentive, trace.ranks, trace.normalizedEmission]
    const [rank, trust, pruningScore] = words(
      host,
      FUNCTION.legacy,
      [smallSlot('n', raw.activeStake.length, MAX_U16)],
      [...fixedColumns(trace.weights), ...columns.map(unsigned)],
    ).map((column) => Uint16Array.from(column, Number))
    return { rank: rank!, trust: trust!, pruningScore: pruningScore! }
  }
  return {
    legacyTerms,
    combinedLegacyTerms(result, emission) {
      checkResult(result)
      const own = result.mechanisms.map(legacyTerms)
      const slots = [bigSlot('emission', emission)]
      const shares = BigUint64Array.from(result.mechanisms, ({ share }) => share)
      const [rank, trust, pruningScore] = LEGACY.map((name) => {
        const columns = [shares, joined(own.map((terms) => terms[name]))]
        return Uint16Array.from(words(host, FUNCTION.weighed, slots, columns)[0]!, Number)
      })
      return { rank: rank!, trust: trust!, pruningScore: pruningScore! }
    },
    pots(result, request) {
      checkResult(result)
      checkPots(request)
      const { n, mechanisms } = result
      const { specVersion, mechanismEmissionSplit, stored, replaced, least, most } = request
      const traces = mechanisms.map((own) => checkTraced(own).trace)
      const counted = (_: unknown, uid: number): number =>
        Number(uid < stored.emission.length && !replaced.has(uid))
      // Of one mechanism nothing else depends on the amount, and what was not stored for all is of no use.
      const weighed = WEIGHED.filter((name) => mechanisms.length > 1 && stored[name].length === n)
      const slots = [
        smallSlot('spec_version', specVersion, 0xffff_ffff),
        smallSlot('n', n, MAX_U16),
        smallSlot('mechanisms', mechanisms.length, 0xff),
        flagSlot('mechanism_emission_split', mechanismEmissionSplit !== null),
        bigSlot('least', least),
        bigSlot('most', most),
        BigInt(weighed.length),
      ]
      const columns = [
        mechanismEmissionSplit ?? new Uint16Array(0),
        BigUint64Array.from(traces.flatMap((trace) => [...unsigned(trace.normalizedEmission)])),
        BigUint64Array.from({ length: n }, (_, uid) => stored.emission[uid] ?? 0n),
        Uint8Array.from({ length: n }, counted),
        joined(weighed.flatMap((name) => mechanisms.map((own) => own[name]))),
        joined(weighed.map((name) => stored[name])),
      ]
      const [found] = words(host, FUNCTION.pots, slots, columns)
      return { least: found![0]!, most: found![1]!, fits: found![2] === 1n }
    },
    masked(snapshot, mechanism) {
      const own = mechanismOf(snapshot, mechanism)
      const { specVersion, n, ownerUid, commitRevealEnabled } = snapshot
      const slots = [
        smallSlot('spec_version', specVersion, 0xffff_ffff),
        smallSlot('n', n, MAX_U16),
        ownerUid === null ? NONE : smallSlot('owner_uid', ownerUid, MAX_U16),
        flagSlot('commit_reveal_enabled', commitRevealEnabled),
      ]
      const found = words(host, FUNCTION.masked, slots, maskColumns(snapshot, own))
      return maskedOf(found as [BigUint64Array, BigUint64Array, BigUint64Array, BigUint64Array])
    },
    rankParts(mechanism, uid) {
      const { raw, trace } = checkTraced(mechanism)
      const slots = [smallSlot('n', raw.activeStake.length, MAX_U16), smallSlot('uid', uid, MAX_U16)]
      const columns = [...fixedColumns(trace.clippedWeights), unsigned(raw.activeStake)]
      const [uids, bits] = words(host, FUNCTION.rankParts, slots, columns)
      return partsOf(uids!, bits!)
    },
    dividendParts(mechanism, uid, yuma3) {
      const { raw, trace } = checkTraced(mechanism)
      const slots = [
        smallSlot('n', raw.activeStake.length, MAX_U16),
        smallSlot('uid', uid, MAX_U16),
        flagSlot('yuma3_on', yuma3),
      ]
      const columns = [raw.activeStake, raw.incentive].map(unsigned)
      const [uids, bits, sums] = words(host, FUNCTION.dividendParts, slots, [
        ...fixedColumns(trace.emaBonds),
        ...columns,
      ])
      const [sum, dividends, stake] = sums as unknown as [bigint, bigint, bigint]
      return {
        parts: partsOf(uids!, bits!),
        sum: BigInt.asIntN(64, sum),
        dividends: BigInt.asIntN(64, dividends),
        stake: stake === NONE ? null : stake,
      }
    },
    fittingWeight(share, others) {
      bits('share', share)
      sum('others', others)
      const slots = [BigInt.asUintN(64, share), bigSlot('others', BigInt(others))]
      return Number(words(host, FUNCTION.fittingWeight, slots)[0]![0])
    },
  }
}

const bits = expecting(
  'I32F32 bits, a bigint from -2^63 to 2^63 - 1',
  (value) => typeof value === 'bigint' && value === BigInt.asIntN(64, value),
)
const sum = expecting(
  'a sum of weights, an integer from 0 to 2^53 - 1',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
)

/** One column after the other. */
function joined(columns: readonly Uint16Array[]): Uint16Array {
  return Uint16Array.from(columns.flatMap((column) => [...column]))
}

function fixedColumns({ rowStart, uid, value }: FixedRows): Column[] {
  return [rowStart, uid, unsigned(value)]
}

function unsigned({ buffer, byteOffset, length }: BigInt64Array): BigUint64Array {
  return new BigUint64Array(buffer, byteOffset, length)
}

function partsOf(uids: BigUint64Array, bits: BigUint64Array): readonly PartBits[] {
  return Array.from(uids, (uid, i) => [Number(uid), BigInt.asIntN(64, bits[i]!)] as const)
}

function maskedOf([start, uid, value, reason]: readonly [
  BigUint64Array,
  BigUint64Array,
  BigUint64Array,
  BigUint64Array,
]): readonly Masked[] {
  const masked: Masked[] = []
  for (let from = 0; from + 1 < start.length; from++) {
    for (let at = Number(start[from]); at < Number(start[from + 1]); at++) {
      masked.push({
        from,
        to: Number(uid[at]),
        weight: Number(value[at]),
        reason: MASK_REASONS[Number(reason[at])]!,
      })
    }
  }
  return masked
}
