import type { Explain } from '../emission/explain.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import { valueAt, withWeight } from '../snapshot/rows.ts'
import type { Snapshot } from '../snapshot/types.ts'

/** One weight set otherwise. */
export interface WeightChange {
  /** Who sets it. */
  readonly from: number
  /** On whom. */
  readonly to: number
  /** As stored; 0 where there is none. */
  readonly was: number
  readonly becomes: number
}

/** The change of one weight that raises a value most. */
export interface BestChange extends WeightChange {
  /** The value as it is and as it would be. */
  readonly value: bigint
  readonly wouldBe: bigint
}

/** Changes tried in one call: enough for all cores, few enough to hold their snapshots. */
const BATCH = 64

/** What a neuron gets of an epoch, which a change is to raise. */
export type Objective = (result: EpochResult) => bigint

/**
 * Tries changes one by one, everything else as it was, and keeps for each objective the one that raises it most;
 * null where none raises it. Of equals the first stays.
 */
export function bestChanges(
  engine: Engine,
  input: Snapshot,
  mechanism: number,
  changes: readonly WeightChange[],
  objectives: readonly Objective[],
): readonly (BestChange | null)[] {
  const now = engine.epoch(input)
  const best: (BestChange | null)[] = objectives.map(() => null)
  for (let at = 0; at < changes.length; at += BATCH) {
    const batch = changes.slice(at, at + BATCH)
    const results = engine.epochs(
      batch.map((change) => withWeight(input, { ...change, value: change.becomes, mechanism })),
    )
    for (const [i, change] of batch.entries()) {
      for (const [o, objective] of objectives.entries()) {
        const [value, wouldBe] = [objective(now), objective(results[i]!)]
        if (wouldBe > (best[o]?.wouldBe ?? value)) best[o] = { ...change, value, wouldBe }
      }
    }
  }
  return best
}

/**
 * For a validator: each of its weights gone, at its most, and such that it is the consensus after the row is
 * normalised, which is the most that is not clipped.
 */
export function changesBy(
  input: Snapshot,
  mechanism: number,
  from: number,
  consensus: BigInt64Array,
  { fittingWeight }: Pick<Explain, 'fittingWeight'>,
): readonly WeightChange[] {
  const { weights } = input.mechanisms[mechanism]!
  let sum = 0
  for (let at = weights.rowStart[from]!; at < weights.rowStart[from + 1]!; at++) sum += weights.value[at]!
  return Array.from({ length: input.n }, (_, to) => to).flatMap((to) => {
    const was = valueAt(weights, from, to)
    const fitting = fittingWeight(consensus[to]!, sum - was)
    return [...new Set([0, fitting, 65_535])]
      .filter((becomes) => becomes !== was && to !== from)
      .map((becomes) => ({ from, to, was, becomes }))
  })
}

/** For a miner: each validator's weight on it at its most; less would not bring more. */
export function changesOn(
  input: Snapshot,
  mechanism: number,
  to: number,
  permits: Uint8Array,
): readonly WeightChange[] {
  const { weights } = input.mechanisms[mechanism]!
  return Array.from({ length: input.n }, (_, from) => from)
    .filter((from) => permits[from] === 1 && from !== to)
    .map((from) => ({ from, to, was: valueAt(weights, from, to), becomes: 65_535 }))
    .filter(({ was, becomes }) => was !== becomes)
}
