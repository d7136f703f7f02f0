/** What a change would do to an epoch. */

import type { EpochResult, MechanismResult, RawTerms } from '../engine/types.ts'
import type { Snapshot } from '../snapshot/types.ts'
import type { OpenSubnet } from './subnet.ts'
import type { Change, RawDifference, TermsDifference, WhatIf } from './types.ts'

/** Runs the epoch of a subnet as it is and with changes. */
export function whatIfOn(subnet: OpenSubnet, changes: readonly Change[]): WhatIf {
  const before = subnet.epoch()
  subnet.change(changes)
  const after = subnet.epoch()
  const snapshot: Snapshot = subnet.snapshot()
  return { snapshot, before, after, difference: differenceOf(before, after) }
}

function differenceOf(before: EpochResult, after: EpochResult): WhatIf['difference'] {
  const mechanisms = Array.from({ length: Math.max(before.mechanisms.length, after.mechanisms.length) })
  return {
    ...termsDifference(before, after),
    raw: mechanisms.map((_, id) => rawDifference(before.mechanisms[id], after.mechanisms[id])),
    permits: {
      gained: onlyIn(after.validatorPermit, before.validatorPermit),
      lost: onlyIn(before.validatorPermit, after.validatorPermit),
    },
  }
}

const PROPORTIONS = ['stakeWeight', 'consensus', 'incentive', 'dividends', 'validatorTrust'] as const
const AMOUNTS = ['serverEmission', 'validatorEmission', 'emission', 'stake'] as const

function termsDifference(before: EpochResult, after: EpochResult): TermsDifference {
  const proportions = PROPORTIONS.map((name) => [name, parts(before[name], after[name])])
  const amounts = AMOUNTS.map((name) => [name, wide(before[name], after[name])])
  return Object.fromEntries([...proportions, ...amounts]) as TermsDifference
}

const RAW = ['stake', 'activeStake', 'consensus', 'validatorTrust', 'incentive', 'dividends'] as const

const NONE_RAW = new BigInt64Array(0)

function rawDifference(
  before: MechanismResult | undefined,
  after: MechanismResult | undefined,
): RawDifference {
  const of = (result: MechanismResult | undefined, name: keyof RawTerms): BigInt64Array =>
    result?.raw[name] ?? NONE_RAW
  const columns = RAW.map((name) => [name, wide(of(before, name), of(after, name))])
  return Object.fromEntries(columns) as RawDifference
}

function parts(before: Uint16Array, after: Uint16Array): Int32Array {
  const length = Math.max(before.length, after.length)
  return Int32Array.from({ length }, (_, uid) => (after[uid] ?? 0) - (before[uid] ?? 0))
}

function wide(before: BigUint64Array | BigInt64Array, after: BigUint64Array | BigInt64Array): BigInt64Array {
  const length = Math.max(before.length, after.length)
  return BigInt64Array.from({ length }, (_, uid) => (after[uid] ?? 0n) - (before[uid] ?? 0n))
}

function onlyIn(one: Uint8Array, other: Uint8Array): number[] {
  return Array.from(one.keys()).filter((uid) => one[uid] === 1 && other[uid] !== 1)
}
