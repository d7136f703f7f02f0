import type { MechanismResult, Trace } from '../engine/types.ts'

/** Values that spec 300 stores beside an epoch's result, `n` each. */
export interface DerivedTerms {
  readonly rank: Uint16Array
  readonly trust: Uint16Array
  readonly pruningScore: Uint16Array
}

const U16_MAX = 65_535n
const I64_MAX = (1n << 63n) - 1n

function saturate(bits: bigint): bigint {
  return bits > I64_MAX ? I64_MAX : bits
}

function toU16(bits: bigint): number {
  const value = bits >> 32n
  return Number(value > U16_MAX ? U16_MAX : value)
}

/** Stake-weighted sums of weights that are not clipped, I32F32 bits. */
function preranks({ weights }: Trace, activeStake: BigInt64Array): BigInt64Array {
  const sums = new BigInt64Array(activeStake.length)
  for (let row = 0; row + 1 < weights.rowStart.length; row++) {
    for (let at = weights.rowStart[row]!; at < weights.rowStart[row + 1]!; at++) {
      const uid = weights.uid[at]!
      sums[uid] = saturate(sums[uid]! + ((activeStake[row]! * weights.value[at]!) >> 32n))
    }
  }
  return sums
}

function trustOf(rank: bigint, prerank: bigint): number {
  if (prerank === 0n) return 0
  return toU16(saturate((rank << 32n) / prerank) * U16_MAX)
}

/** Scaled so that the largest is 65535, rounded to the nearest. */
function upscaled(values: BigInt64Array): Uint16Array {
  let max = 0n
  for (const value of values) if (value > max) max = value
  if (max === 0n) return new Uint16Array(values.length)
  return Uint16Array.from(values, (value) => {
    const scaled = saturate((saturate(value * U16_MAX) << 32n) / max)
    return toU16(scaled + (1n << 31n))
  })
}

/**
 * Rank, trust and pruning scores of an epoch that was run with `{ trace: true }`. Values are at most 1.
 *
 * Follows `epoch` of `pallets/subtensor/src/epoch/run_epoch.rs` at commit d846d2b0f, whose runtime reports spec 300.
 */
export function derivedTerms({ incentive, raw, trace }: MechanismResult): DerivedTerms {
  if (trace === undefined) throw new Error('the epoch has no trace')
  const before = preranks(trace, raw.activeStake)
  return {
    rank: incentive,
    trust: Uint16Array.from(trace.ranks, (rank, uid) => trustOf(rank, before[uid]!)),
    pruningScore: upscaled(trace.normalizedEmission),
  }
}
