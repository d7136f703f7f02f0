/** What liquid alpha makes of bonds whose miner is no longer weighed. */

import type { MechanismResult } from '../engine/types.ts'
import { rowOf } from '../snapshot/rows.ts'
import type { MechanismState, SparseRows } from '../snapshot/types.ts'

/**
 * A bond of a validator in a miner on which it has no weight above 0. With liquid alpha the moving average goes over the
 * stored weights alone: a stored 0 lets the bond decay, and where no weight is stored, or none that counts, it is gone
 * at once.
 */
export interface LiquidBond {
  /** The miner. */
  readonly uid: number
  /** As stored before the epoch. */
  readonly before: number
  /** As stored after it; 0 where it is gone. */
  readonly after: number
  /** The stored weight; null where there is none. */
  readonly weight: number | null
  /** Whether the weight counts: a mask may have removed it. */
  readonly counts: boolean
}

/**
 * The bonds of one validator for which the difference between a stored 0 and no weight decided, in the order in which
 * they are stored; none where liquid alpha had no effect.
 * @param own The epoch's result, with its trace.
 */
export function liquidBonds(
  { weights, bonds }: MechanismState,
  own: MechanismResult,
  uid: number,
): readonly LiquidBond[] {
  const { trace } = own
  // While the consensus is zero for everyone the common alpha serves, and bonds decay without a weight too.
  if (trace === undefined || trace.alphas.value.length === 0) return []
  const counted = new Map(rowOf(trace.weightsForBonds, uid))
  const stored = lastOf(weights, uid)
  const after = lastOf(own.bonds, uid)
  const before = lastOf(bonds, uid)
  return [...new Set(rowOf(trace.bondsBefore, uid).map(([miner]) => miner))]
    .filter((miner) => !counted.has(miner) || stored.get(miner) === 0)
    .map((miner) => ({
      uid: miner,
      before: before.get(miner) ?? 0,
      after: after.get(miner) ?? 0,
      weight: stored.get(miner) ?? null,
      counts: counted.has(miner),
    }))
}

/** A row by its uids; of one that is repeated the last entry. */
function lastOf({ rowStart, uid, value }: SparseRows, row: number): ReadonlyMap<number, number> {
  const entries = new Map<number, number>()
  for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) entries.set(uid[at]!, value[at]!)
  return entries
}
