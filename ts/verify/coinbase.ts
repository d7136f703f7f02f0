/** Versions of which the own part of a block is known, and not what its pools and epochs make of it. */

import { Accounts } from '../emission/accounts.ts'
import { addressesOf, NOTHING_KNOWN, networkColumnsOf } from '../emission/block-state.ts'
import { rowsOf } from '../emission/columns.ts'
import { COINBASE_TABLES, type CoinbaseTermsRow, NETWORK_TABLES } from '../emission/fields.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine } from '../engine/types.ts'
import type { EpochStates } from '../snapshot/block.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import type { Comparison } from './compare.ts'
import { fieldOfColumn } from './network-values.ts'
import type { Note } from './types.ts'

/** What the block gives each subnet before any epoch, by netuid. */
export type Coinbase = ReadonlyMap<number, CoinbaseTermsRow>

/**
 * The own part of an epoch's block, of every subnet.
 * @throws {InputError} for a version of which it is not known.
 */
export function coinbaseOf(emission: Emission, { block }: EpochStates): Coinbase {
  const side = block.before
  const columns = networkColumnsOf(side, NOTHING_KNOWN, new Accounts(addressesOf(side, NOTHING_KNOWN)))
  const network = emission.open({ columns, specVersion: side.specVersion })
  try {
    const { terms } = rowsOf(COINBASE_TABLES, network.coinbase())
    return new Map(terms.map((row) => [row.netuid, row]))
  } finally {
    network.close()
  }
}

/** Subnets whose epochs come before this one's in the block. */
export function dueBefore(coinbase: Coinbase, { netuid }: EpochStates): readonly number[] {
  return [...coinbase.values()]
    .filter((terms) => terms.due && terms.netuid < netuid)
    .map((terms) => terms.netuid)
}

/** Rao of alpha that an epoch shared out, and what is to be said of how it is known. */
export interface SharedOut {
  readonly rao: bigint
  readonly notes: readonly Note[]
}

const NOT_COVERED: readonly Note[] = [
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

/**
 * What the epoch shared out: what was pending, and what its own block added before. Where root's alpha could not be
 * sold nothing was added, which what the epoch stored then shows as a whole.
 */
export function sharedOut(
  engine: Engine,
  input: ChainSnapshot,
  { after, netuid }: EpochStates,
  coinbase: Coinbase,
): SharedOut {
  const terms = coinbase.get(netuid)
  // Nothing is added for a subnet that is not emitted to.
  if (terms === undefined || !terms.emittedTo) return { rao: input.emission, notes: NOT_COVERED }
  const sold = input.emission + terms.participants + terms.rootAlpha
  const stored = (rao: bigint): boolean => emissionEquals(engine, input, after, rao)
  if (stored(sold) || !stored(input.emission)) return { rao: sold, notes: NOT_COVERED }
  const failed: Note = {
    kind: 'replayed',
    about: 'PendingEmission',
    text: "the block's part is not in the emission: the pool did not take root's alpha, as the stored emission shows",
  }
  return { rao: input.emission, notes: [...NOT_COVERED, failed] }
}

function emissionEquals(engine: Engine, input: ChainSnapshot, after: ChainSnapshot, rao: bigint): boolean {
  const { emission } = engine.epoch({ ...input, emission: rao })
  return (
    emission.length === after.stored.emission.length &&
    emission.every((x, i) => x === after.stored.emission[i])
  )
}

/** Compares what the block did before and beside the epoch. */
export function compareCoinbase(comparison: Comparison, states: EpochStates, coinbase: Coinbase): void {
  const { after, netuid } = states
  const terms = coinbase.get(netuid)
  if (terms?.emittedTo) {
    const { subnetTaoInEmission, subnetAlphaInEmission, subnetAlphaOutEmission } = after.subnet
    comparison.value({ field: 'SubnetTaoInEmission' }, subnetTaoInEmission, terms.taoIn)
    comparison.value({ field: 'SubnetAlphaInEmission' }, subnetAlphaInEmission, terms.alphaIn)
    comparison.value({ field: 'SubnetAlphaOutEmission' }, subnetAlphaOutEmission, terms.alphaOut)
  }
  compareStep(comparison, states)
}

/** Compares what an epoch takes and starts again, and that it ran. */
export function compareStep(comparison: Comparison, states: EpochStates): void {
  compareDrained(comparison, states)
  const { before, after } = states
  comparison.value({ field: 'LastMechansimStepBlock' }, after.lastMechanismStepBlock, before.block)
  if (before.subnetEpochConsensus === undefined) return
  const lastYuma = before.subnetEpochConsensus === 'Yuma' ? before.block : before.lastYumaStepBlock
  comparison.value({ field: 'LastYumaStepBlock' }, after.lastYumaStepBlock, lastYuma)
}

/** The columns of what an epoch takes and starts again, as far as the version has them. */
function compareDrained(comparison: Comparison, { before, block, netuid }: EpochStates): void {
  const accounts = new Accounts(addressesOf(block.after, NOTHING_KNOWN))
  const side = rowsOf(NETWORK_TABLES, networkColumnsOf(block.after, NOTHING_KNOWN, accounts))
  const row = side.subnets.find((subnet) => subnet.netuid === netuid) as
    | Readonly<Record<string, unknown>>
    | undefined
  if (row === undefined) return
  for (const column of DRAINED) {
    const { since = 0, until = before.specVersion } = column
    if (before.specVersion < since || before.specVersion > until) continue
    comparison.value({ field: fieldOfColumn('subnets', column.name) }, row[column.name] as bigint, 0n)
  }
}

const DRAINED = NETWORK_TABLES.tables
  .find(({ name }) => name === 'subnets')!
  .columns.filter(({ name }) => name === 'blocksSinceLastStep' || /^pending(?!EpochAt)/.test(name))
