import type { Relations } from '../snapshot/network.ts'

/** What the stake weights of a subnet are made of. Account `i` below `n` is the hotkey of uid `i`. */
export interface StakeInput {
  /** The subnet; on the root, 0, alpha is not shared with children. */
  readonly netuid: number
  readonly n: number
  /** `TaoWeight`: parts of 2^64 - 1. */
  readonly taoWeight: bigint
  /** `TotalHotkeyAlpha` of every account on the subnet, in rao. */
  readonly totalHotkeyAlpha: BigUint64Array
  /** `TotalHotkeyAlpha` of every account on the root, in rao. */
  readonly rootAlpha: BigUint64Array
  /** `ParentKeys` on this subnet, `n` rows. */
  readonly parentKeys: Relations
  /** `ChildKeys` on this subnet, `n` rows. */
  readonly childKeys: Relations
  /** Whether `Keys` has the uid, 0 or 1, `n` long; a uid without a hotkey has no stake. All where left out. */
  readonly registered?: Uint8Array
}

/** Stake weights by uid. */
export interface StakeWeights {
  /** Raw I64F64 bits as two little-endian words per uid, `2n` long: alpha plus weighted TAO, in rao. */
  readonly totalStake: BigUint64Array
  /** Alpha with the parts of parents and children moved, in rao, `n` long. */
  readonly alphaStake: BigUint64Array
  /** Root stake with the same parts moved, in rao, before it is weighted, `n` long. */
  readonly taoStake: BigUint64Array
}

const U64_MAX = (1n << 64n) - 1n
const U128_MAX = (1n << 128n) - 1n
const I128_MAX = (1n << 127n) - 1n

/** U96F32 bits of `parts / (2^64 - 1)`, floored. */
function proportion(parts: bigint): bigint {
  return (parts << 32n) / U64_MAX
}

/** Saturating floor of the product of U96F32 bits. */
function mulU96F32(a: bigint, b: bigint): bigint {
  const product = (a * b) >> 32n
  return product > U128_MAX ? U128_MAX : product
}

function addU96F32(a: bigint, b: bigint): bigint {
  const sum = a + b
  return sum > U128_MAX ? U128_MAX : sum
}

/** I64F64 bits of a u64; those from 2^63 on saturate. */
export function i64f64FromU64(value: bigint): bigint {
  const bits = value << 64n
  return bits > I128_MAX ? I128_MAX : bits
}

/** The parts of `stake` that a row of relations moves: of the account itself, or of each related one. */
function moved(relations: Relations, uid: number, stakeOf: (account: number) => bigint): bigint {
  let sum = 0n
  for (let at = relations.rowStart[uid]!; at < relations.rowStart[uid + 1]!; at++) {
    const stake = stakeOf(relations.account[at]!) << 32n
    sum = addU96F32(sum, mulU96F32(stake, proportion(relations.proportion[at]!)))
  }
  return sum
}

/** Own stake, less what goes to children, plus what comes from parents, in rao. */
function inherited(input: StakeInput, stake: BigUint64Array, uid: number): bigint {
  const own = stake[uid]!
  const toChildren = moved(input.childKeys, uid, () => own)
  const fromParents = moved(input.parentKeys, uid, (account) => stake[account]!)
  const kept = own << 32n > toChildren ? (own << 32n) - toChildren : 0n
  const whole = addU96F32(kept, fromParents) >> 32n
  return whole > U64_MAX ? U64_MAX : whole
}

/**
 * The stake that an epoch counts, to the chain's last bit.
 *
 * Follows `get_stake_weights_for_network` of `pallets/subtensor/src/staking/stake_utils.rs` at spec 425; the
 * rule is the same since dTAO's launch at spec 233.
 */
export function stakeWeights(input: StakeInput): StakeWeights {
  const { n } = input
  const totalStake = new BigUint64Array(2 * n)
  const alphaStake = new BigUint64Array(n)
  const taoStake = new BigUint64Array(n)
  const taoWeight = proportion(input.taoWeight) << 32n
  for (let uid = 0; uid < n; uid++) {
    if (input.registered?.[uid] === 0) continue
    const alpha =
      input.netuid === 0 ? input.totalHotkeyAlpha[uid]! : inherited(input, input.totalHotkeyAlpha, uid)
    const tao = inherited(input, input.rootAlpha, uid)
    const sum = i64f64FromU64(alpha) + ((i64f64FromU64(tao) * taoWeight) >> 64n)
    const total = sum > I128_MAX ? I128_MAX : sum
    alphaStake[uid] = alpha
    taoStake[uid] = tao
    totalStake[2 * uid] = total & U64_MAX
    totalStake[2 * uid + 1] = total >> 64n
  }
  return { totalStake, alphaStake, taoStake }
}
