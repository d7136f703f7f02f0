import type { Engine } from '../engine/types.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import { type CoinbaseState, type CoinbaseTerms, coinbase300, coinbase425 } from './coinbase.ts'
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
  return input.specVersion < FIRST_SERVER_PENDING
    ? computed300(engine, input, states)
    : computed425(input, states)
}

/** The first spec version that keeps the pending amounts of miners and validators apart. */
const FIRST_SERVER_PENDING = 343

const NOT_COVERED_300: readonly Note[] = [
  {
    kind: 'not-covered',
    about:
      'SubnetTAO, SubnetAlphaIn, SubnetAlphaOut, SubnetVolume, SubnetMovingPrice, TotalStake, TotalIssuance, AlphaSqrtPrice, PendingNodeValidatorEmissions',
    text: "the pool after the block's injection and sale of root's alpha through concentrated liquidity, and what those who validate blocks get",
  },
  {
    kind: 'not-covered',
    about: 'TotalHotkeyAlpha, AlphaDividendsPerSubnet, TaoDividendsPerSubnet',
    text: "the payout of the epoch's emission to hotkeys, their parents, nominators and the owner",
  },
]

function computed300(engine: Engine, input: ChainSnapshot, { after, coinbase }: States): EmissionInput {
  const terms = coinbase300(coinbase, input.netuid)
  // Nothing is added for a subnet that is not emitted to.
  if (terms === undefined) return { rao: input.emission, notes: NOT_COVERED_300 }
  const sold = addU64(input.emission, terms.pending)
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

const NOT_COVERED_425: readonly Note[] = [
  {
    kind: 'not-covered',
    about:
      'SubnetTaoInEmission, SubnetExcessTao, SubnetTAO, SubnetAlphaIn, SubnetAlphaOut, SubnetMovingPrice, RootProp, SwapBalancer, TotalStake, TotalIssuance',
    text: "the shares of the block's TAO and the pool after its injection and purchase",
  },
  {
    kind: 'not-covered',
    about: 'TotalHotkeyAlpha, RootClaimable, AlphaDividendsPerSubnet, MinerBurned',
    text: "the payout of the epoch's emission to hotkeys, their parents, nominators, root and the owner",
  },
  {
    kind: 'replayed',
    about: 'SubnetAlphaInEmission',
    text: "the alpha that the block put into the pool, which root's part depends on, is that of the state after it",
  },
]

function computed425(input: ChainSnapshot, { after, coinbase }: States): EmissionInput {
  const terms = coinbase425(coinbase, input.netuid, after.subnet.subnetAlphaInEmission)
  if (terms === undefined) return { rao: input.emission, notes: NOT_COVERED_425 }
  return { rao: addU64(input.emission, terms.pending), terms, notes: NOT_COVERED_425 }
}
