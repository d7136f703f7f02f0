import type { Engine } from '../engine/types.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import { type CoinbaseState, type CoinbaseTerms, coinbase300 } from './coinbase.ts'
import { addU64 } from './fixed.ts'
import type { Note } from './types.ts'

/** Rao of alpha that an epoch shared out, and what is to be said of how it is known. */
export interface EmissionInput {
  readonly rao: bigint
  /** What the block itself added, where its coinbase is recomputed. */
  readonly terms?: CoinbaseTerms
  readonly notes: readonly Note[]
}

interface States {
  readonly after: ChainSnapshot
  readonly coinbase: CoinbaseState
}

/** What the epoch shared out: what was pending, and what its own block added before. */
export function emissionInput(engine: Engine, input: ChainSnapshot, states: States): EmissionInput {
  return input.specVersion === 300 ? computed300(engine, input, states) : inferred(engine, input, states)
}

const NOT_COVERED_300: readonly Note[] = [
  {
    kind: 'not-covered',
    about:
      'SubnetTAO, SubnetAlphaIn, SubnetAlphaOut, SubnetVolume, SubnetMovingPrice, TotalStake, TotalIssuance, AlphaSqrtPrice, PendingNodeValidatorEmissions',
    text: "the pool after the block's injection and sale of root's alpha through concentrated liquidity, and what those who validate blocks get",
  },
  {
    kind: 'not-covered',
    about: 'TotalHotkeyAlpha, AlphaDividendsPerSubnet, TaoDividendsPerSubnet, PendingRootDivs',
    text: "the payout of the epoch's emission to hotkeys, their parents, nominators and the owner",
  },
]

function computed300(engine: Engine, input: ChainSnapshot, { after, coinbase }: States): EmissionInput {
  const terms = coinbase300(coinbase, input.netuid)
  // Nothing is added for a subnet that is not emitted to.
  if (terms === undefined) return { rao: input.emission, notes: NOT_COVERED_300 }
  const sold = addU64(
    addU64(input.subnet.pendingEmission, terms.pending),
    addU64(input.subnet.pendingAlphaSwapped, terms.swapped),
  )
  const known = { terms, notes: NOT_COVERED_300 }
  if (emissionEquals(engine, input, after, sold) || !emissionEquals(engine, input, after, input.emission)) {
    return { rao: sold, ...known }
  }
  const failed: Note = {
    kind: 'replayed',
    about: 'PendingEmission',
    text: "the block's part is not in the emission: the pool did not take root's alpha, as the stored emission shows",
  }
  return { rao: input.emission, terms, notes: [...NOT_COVERED_300, failed] }
}

function emissionEquals(engine: Engine, input: ChainSnapshot, after: ChainSnapshot, rao: bigint): boolean {
  const { emission } = engine.epoch({ ...input, emission: rao })
  return (
    emission.length === after.stored.emission.length &&
    emission.every((x, i) => x === after.stored.emission[i])
  )
}

const total = (emission: BigUint64Array): bigint => emission.reduce((a, b) => a + b, 0n)

/**
 * The amount whose shares sum to what is stored. How it is shared out is checked all the same: of the column's
 * values one number is taken, their sum.
 */
function inferred(engine: Engine, input: ChainSnapshot, { after }: States): EmissionInput {
  const wanted = total(after.stored.emission)
  const sumFor = (rao: bigint): bigint => total(engine.epoch({ ...input, emission: rao }).emission)
  // Each share is truncated, and its fraction of 32 bits is too: the amount is hardly more than the sum.
  let low = wanted
  let high = wanted + 2n * BigInt(input.n) * (1n + (wanted >> 31n)) * BigInt(input.mechanisms.length)
  while (low < high) {
    const middle = (low + high) >> 1n
    if (sumFor(middle) < wanted) low = middle + 1n
    else high = middle
  }
  return { rao: low, notes: [notCovered(input.specVersion, low)] }
}

function notCovered(specVersion: number, rao: bigint): Note {
  return {
    kind: 'not-covered',
    about:
      'PendingServerEmission, PendingValidatorEmission, PendingRootAlphaDivs, SubnetTAO, SubnetAlphaIn, TotalHotkeyAlpha, RootClaimable',
    text: `the block's coinbase and payout at spec ${specVersion}: the emission shared out, ${rao} rao, is inferred from the sum of what the chain stored`,
  }
}
