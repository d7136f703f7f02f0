/** How much an epoch shared out, where the block that adds to it is not computed. */

import type { Emission } from '../emission/types.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import type { EpochStates } from '../snapshot/block.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import type { Replay } from './replay.ts'
import type { Pot } from './types.ts'

const U64_MAX = 0xffff_ffff_ffff_ffffn

/** An epoch of which is told how much it shared out. */
export interface Inferred {
  /** With the least amount of those that fit. */
  readonly input: ChainSnapshot
  readonly result: EpochResult
  /** Null under Null consensus, which pays miners and validators of amounts apart. */
  readonly pot: Pot | null
  /** Whether every amount that fits pays every neuron the same. */
  readonly paidIsKnown: boolean
}

/**
 * Runs an epoch on what it shared out as what it stored tells: what was pending and what its own block added, which is
 * no more than the block minted for the subnet.
 */
export function inferred(
  engine: Engine,
  emission: Emission,
  { input, replaced }: Replay,
  { after, block }: EpochStates,
): Inferred {
  const draft = engine.epoch(input, { trace: true })
  if (input.subnetEpochConsensus === 'Null') return { input, result: draft, pot: null, paidIsKnown: false }
  // What migrations did to what was pending is on no state.
  const migrated = block.before.upgradedFrom !== null
  const { least, most, fits } = emission.explain.pots(draft, {
    specVersion: input.specVersion,
    mechanismEmissionSplit: input.mechanismEmissionSplit,
    stored: after.stored,
    replaced,
    least: migrated ? 0n : input.emission,
    most: migrated ? U64_MAX : sum(input.emission, after.subnet.subnetAlphaOutEmission),
  })
  const of = (rao: bigint): EpochResult => engine.epoch({ ...input, emission: rao }, { trace: true })
  const result = of(least)
  return {
    input: { ...input, emission: least },
    result,
    pot: { known: 'inferred', least, most },
    paidIsKnown: fits && (least === most || paysTheSame(result, of(most))),
  }
}

function sum(pending: bigint, minted: bigint): bigint {
  return pending + minted > U64_MAX ? U64_MAX : pending + minted
}

/** An amount between two that pay the same pays no less than the one and no more than the other. */
function paysTheSame(a: EpochResult, b: EpochResult): boolean {
  return (['serverEmission', 'validatorEmission'] as const).every((name) =>
    a[name].every((rao, uid) => rao === b[name][uid]),
  )
}
