import { loadEmission } from '#emission'
import type { Chain } from '../chain/chain.ts'
import type { LegacyTerms } from '../emission/explain.ts'
import type { ScheduleRequest } from '../emission/subnet-functions.ts'
import type { Emission } from '../emission/types.ts'
import { asInFiles } from '../engine/faults.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import type { EpochStates } from '../snapshot/block.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { type BlockRun, paymentsIn, runBlock } from './block-run.ts'
import { checkReadEpoch, checkStates, checkVerifyEpoch } from './checks.ts'
import { coinbaseOf, compareCoinbase, compareStep, dueBefore, sharedOut } from './coinbase.ts'
import { type CompareOptions, Comparison } from './compare.ts'
import { confirmed } from './confirm.ts'
import { compareNetwork } from './network-values.ts'
import { inferred } from './pot.ts'
import { replay } from './replay.ts'
import { type Touch, touchesOf } from './touched.ts'
import type { CheckedEpoch, EpochPayment, Note, Outcome, Pot, Verification } from './types.ts'
import { upgradeNotes } from './upgrade.ts'

const ROOT = 0

/** Options of {@link verifyEpoch}. */
export interface VerifyOptions {
  readonly netuid: number
  /** The block in which the epoch ran. Default: that of the subnet's last epoch that is finalized. */
  readonly block?: number | bigint
  /** Whether to check what each coldkey holds of the stake behind each hotkey: every holder is listed. Default false. */
  readonly nominators?: boolean
  /** What recomputes the block around the epoch. Default: the fastest there is. */
  readonly emission?: Emission
  readonly signal?: AbortSignal
}

/**
 * Recomputes an epoch that the chain ran, with the block around it, and compares every value that it stored. What the
 * same block did before the epoch is computed or taken from the state after it; {@link Verification.notes} names what
 * could not be, {@link Verification.notComparable} what transactions of the block changed too. What differs is read again,
 * from another endpoint where there is one, before it is said.
 *
 * @throws {InputError} where no epoch was due in that block, or for a spec version that is not known.
 * @throws {ChainError} {@link AbortedError}
 *
 * @example
 * ```ts
 * const { outcome, differences } = await verifyEpoch(await loadEngine(), chain, { netuid: 1 })
 * ```
 */
export async function verifyEpoch(
  engine: Engine,
  chain: Chain,
  options: VerifyOptions,
): Promise<Verification> {
  checkVerifyEpoch(engine, chain, options)
  const emission = options.emission ?? (await loadEmission())
  const block = options.block ?? (await lastEpoch(chain, options.netuid, options.signal))
  const check = async (from: Chain): Promise<Verification> =>
    verifyStates(engine, emission, await readEpoch(from, { ...options, block }))
  return confirmed(chain, check, (verification) => verification)
}

/** Reads what {@link verifyStates} needs of an epoch. */
export async function readEpoch(chain: Chain, options: VerifyOptions): Promise<EpochStates> {
  checkReadEpoch(chain, options)
  const { netuid, nominators, signal } = options
  const block = options.block ?? (await lastEpoch(chain, netuid, signal))
  return chain.epochStates(netuid, block, {
    ...(nominators === undefined ? {} : { nominators }),
    ...(signal === undefined ? {} : { signal }),
  })
}

async function lastEpoch(chain: Chain, netuid: number, signal: AbortSignal | undefined): Promise<bigint> {
  const [marks] = await chain.epochMarks('finalized', [netuid], signal)
  if (marks !== undefined && marks.lastStep > 0n) return marks.lastStep
  throw new InputError({ field: 'netuid', expected: `a subnet that has run an epoch; ${netuid} has not` })
}

/** What became of the epoch that was due in a block. */
export function epochOutcome(emission: Emission, states: EpochStates): 'ran' | 'skipped' | 'deferred' {
  const { block, netuid, specVersion } = states.before
  const { lastMechanismStepBlock, subnet } = states.after
  if (lastMechanismStepBlock === block) return 'ran'
  const due = wasDue(emission, states.before)
  const stored = emission.facts(specVersion).schedule === 'stateful'
  // Where state does not say when, the rule alone does: whatever is stored is then compared.
  if (!stored && due) return 'ran'
  if (stored && subnet.lastEpochBlock === block) return 'skipped'
  // An owner may ask for the next block too: only of an epoch that was due is it a deferral.
  if (stored && due && subnet.pendingEpochAt === block + 1n) return 'deferred'
  throw new InputError({
    field: 'block',
    expected: `a block in which subnet ${netuid} ran an epoch; in ${block} it did not, its last one by then was in ${lastMechanismStepBlock}`,
  })
}

/** Whether the schedule has an epoch in the block that runs on a state. */
function wasDue(emission: Emission, { specVersion, netuid, subnet, block }: ChainSnapshot): boolean {
  return isDue(emission, { specVersion, netuid, ...subnet, block: block - 1n })
}

/** The block of the next epoch by the schedule; null for a subnet without one, and for a version that is not known. */
export function nextEpochBlock(
  emission: Emission,
  { specVersion, netuid, subnet, stateBlock }: ChainSnapshot,
): bigint | null {
  const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = subnet
  const schedule = { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep }
  try {
    return emission.schedule({ specVersion, netuid, ...schedule, block: stateBlock }).nextEpochBlock
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

function isDue(emission: Emission, at: ScheduleRequest): boolean {
  const { specVersion, netuid, tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep, block } = at
  const schedule = { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep }
  return emission.schedule({ specVersion, netuid, ...schedule, block }).due
}

/** An epoch as the engine runs it on what the chain had, and the block around it. */
export interface Recomputed {
  readonly input: ChainSnapshot
  /** With traces. */
  readonly result: EpochResult
  readonly replaced: ReadonlySet<number>
  readonly notes: readonly Note[]
  /** Compares what the block wrote beside what the epoch stored by uid. */
  compareBlock(comparison: Comparison): void
  readonly touches: readonly Touch[]
  /** What the epoch shared out: the least of it is in the input. Null where that is not known. */
  readonly pot: Pot | null
  /** Whether it paid what the result says, to the rao. */
  readonly paidIsKnown: boolean
  /** Whom it paid; left out where that is not known. */
  readonly payments?: readonly EpochPayment[] | undefined
}

/** Runs the epoch on the state before it, with what its own block did first put in. */
export function recompute(engine: Engine, emission: Emission, states: EpochStates): Recomputed {
  const { block, coinbase } = emission.facts(states.before.specVersion)
  if (block) return recomputeInBlock(engine, states, runBlock(emission, states.block, [states]))
  if (coinbase) return recomputeByCoinbase(engine, emission, states)
  return recomputeAlone(engine, emission, states)
}

/** Where all of a block is known: the epoch shares out what the block took from what was pending. */
export function recomputeInBlock(engine: Engine, states: EpochStates, run: BlockRun): Recomputed {
  const { netuid, payout } = states
  const { input, replaced, notes } = run.replays.get(netuid)!
  const whole = { ...input, ...drainedOf(run, input) }
  const nominators = payout.before.holdings !== null
  return {
    input: whole,
    result: engine.epoch(whole, { trace: true }),
    replaced,
    notes: [...notes, ...notCovered(states)],
    touches: run.touches,
    pot: computedPot(whole),
    paidIsKnown: true,
    payments: paymentsIn(run, netuid),
    compareBlock: (comparison) =>
      compareNetwork(comparison, run.chain, run.ours, {
        accounts: run.accounts,
        netuids: new Set([netuid]),
        nominators,
        baskets: run.baskets,
        specVersion: input.specVersion,
      }),
  }
}

/** What the block handed to the epoch, in its parts too where they are read; nothing where it handed it none. */
function drainedOf({ report }: BlockRun, { netuid, subnetEpochConsensus }: ChainSnapshot): Partial<Snapshot> {
  const drained = [...report.payouts, ...report.unpaid].find((row) => row.netuid === netuid)
  if (drained === undefined) return {}
  const { pendingServer, pendingValidator, pendingRoot } = drained
  const emission = pendingServer + pendingValidator + pendingRoot
  if (subnetEpochConsensus === undefined) return { emission }
  return {
    emission,
    pendingServerEmission: pendingServer,
    pendingValidatorEmission: pendingValidator,
    pendingRootAlphaDivs: pendingRoot,
  }
}

function recomputeByCoinbase(engine: Engine, emission: Emission, states: EpochStates): Recomputed {
  const coinbase = coinbaseOf(emission, states)
  const { rootDividends } = emission.facts(states.before.specVersion)
  const { input, replaced, notes } = replay(
    states,
    rootDividends === 'staked' ? dueBefore(coinbase, states) : [],
  )
  const shared = sharedOut(engine, input, states, coinbase)
  const whole = { ...input, emission: shared.rao }
  return {
    input: whole,
    result: engine.epoch(whole, { trace: true }),
    replaced,
    notes: [...notes, ...shared.notes],
    touches: touchesOf(states.block),
    pot: computedPot(whole),
    paidIsKnown: true,
    compareBlock: (comparison) => compareCoinbase(comparison, states, coinbase),
  }
}

function computedPot({ emission }: Snapshot): Pot {
  return { known: 'computed', least: emission, most: emission }
}

/** Where nothing of the block around it is known: how much the epoch shared out is told from what it stored. */
function recomputeAlone(engine: Engine, emission: Emission, states: EpochStates): Recomputed {
  const replayed = replay(states, earlierSubnets(emission, states))
  const { input, result, pot, paidIsKnown } = inferred(engine, emission, replayed, states)
  return {
    input,
    result,
    replaced: replayed.replaced,
    notes: [...replayed.notes, notCoveredAlone(pot)],
    touches: touchesOf(states.block),
    pot,
    paidIsKnown,
    compareBlock: (comparison) => compareStep(comparison, states),
  }
}

/** Subnets whose epochs came first in the block, where such an epoch pays stake that a later one weighs. */
function earlierSubnets(emission: Emission, { before, block }: EpochStates): readonly number[] {
  const { specVersion } = before
  if (emission.facts(specVersion).rootDividends !== 'staked') return []
  return block.before.subnets
    .filter(({ netuid }) => netuid !== ROOT && netuid < before.netuid)
    .filter(({ netuid, items }) =>
      isDue(emission, { specVersion, netuid, ...items, block: before.block - 1n }),
    )
    .map(({ netuid }) => netuid)
}

function notCoveredAlone(pot: Pot | null): Note {
  const emission = pot === null ? 'Emission, ' : ''
  return {
    kind: 'not-covered',
    about: `${emission}SubnetAlphaOutEmission, TotalHotkeyAlpha, AlphaDividendsPerSubnet, SubnetTAO, SubnetAlphaIn`,
    text: 'what the block added to the emission, what it did to pools, and who was paid: not computed of this version',
  }
}

/** {@link verifyEpoch} of states that were read before. */
export function verifyStates(engine: Engine, emission: Emission, states: EpochStates): Verification {
  return checkedEpoch(engine, emission, states).verification
}

/** {@link verifyStates}, with what the epoch paid: what a history keeps. */
export function checkedEpoch(engine: Engine, emission: Emission, states: EpochStates): CheckedEpoch {
  checkStates(engine, emission, states)
  const course = epochOutcome(emission, states)
  if (course !== 'ran') return { verification: passedOver(engine, states, course) }
  const recomputed = recompute(engine, emission, states)
  const verification = verifyRecomputed(engine, emission, states, recomputed)
  const { input, result, payments, paidIsKnown } = recomputed
  if (!paidIsKnown) return { verification, input }
  const { serverEmission, validatorEmission } = result
  const paid = { serverEmission, validatorEmission, hotkeys: states.before.hotkeys }
  return { verification, input, paid, ...(payments === undefined ? {} : { payments }) }
}

/** The record of an epoch that was due and that the chain did not run. */
export function passedOver(
  engine: Engine,
  states: EpochStates,
  course: 'skipped' | 'deferred',
): Verification {
  return report(engine, states, course, null, new Comparison(nothingOf(states)), [])
}

/** Compares an epoch that ran with what it was computed to be. */
export function verifyRecomputed(
  engine: Engine,
  emission: Emission,
  states: EpochStates,
  recomputed: Recomputed,
): Verification {
  const { result, replaced, notes, touches, pot } = recomputed
  const { netuid, before } = states
  const comparison = new Comparison({ netuid, hotkeys: before.hotkeys, replaced, touches })
  recomputed.compareBlock(comparison)
  const { storesRank, storesStakeWeight } = emission.facts(before.specVersion)
  if (storesStakeWeight)
    comparison.column({ field: 'stakeWeight' }, states.after.stored.stakeWeight, result.stakeWeight)
  compareTerms(comparison, states, result)
  if (pot !== null) comparison.column({ field: 'emission' }, states.after.stored.emission, result.emission)
  if (storesRank && pot !== null)
    compareLegacyTerms(comparison, states, emission.explain.combinedLegacyTerms(result, pot.least))
  const outcome = comparison.differences.length === 0 ? 'equal' : 'different'
  return report(engine, states, outcome, pot, comparison, notes)
}

/** The record of an epoch that the engine refuses, for a spec version that it does not know above all. */
export function unverified(engine: Engine, states: EpochStates, reason: InputError): Verification {
  // A record is kept as a file is, under the chain's names.
  const { field, message } = asInFiles(reason)
  const note: Note = { kind: 'not-covered', about: field, text: message }
  return report(engine, states, 'unchecked', null, new Comparison(nothingOf(states)), [note])
}

function nothingOf({ netuid }: EpochStates): CompareOptions {
  return { netuid, hotkeys: [], replaced: new Set(), touches: [] }
}

function report(
  engine: Engine,
  { before, after, block }: EpochStates,
  outcome: Outcome,
  pot: Pot | null,
  { checked, differences, notComparable }: Comparison,
  notes: readonly Note[],
): Verification {
  return {
    netuid: before.netuid,
    block: before.block,
    blockHash: after.blockHash,
    parentHash: before.blockHash,
    specVersion: before.specVersion,
    n: before.n,
    engine: engine.kind,
    outcome,
    pot,
    checked,
    differences,
    notComparable,
    notes: [...upgradeNotes(block), ...notes],
  }
}

/** What of a block that is known as a whole is not compared. */
export const NOT_COVERED_IN_BLOCK: readonly Note[] = [
  {
    kind: 'not-covered',
    about:
      'TotalAlphaIssuance, SubnetRootSellTao, RootClaimed, Lock, OwnerLock, VotingPower, ColdkeyCollateralHotkeys, BasketTwr',
    text: 'root claims, locks, and what else a block keeps beside who is paid',
  },
]

function notCovered({ block, netuid, payout }: EpochStates): readonly Note[] {
  const notes = [...NOT_COVERED_IN_BLOCK]
  if (payout.before.holdings === null) {
    notes.push({
      kind: 'not-covered',
      about: 'AlphaV2, TotalHotkeySharesV2',
      text: 'what each coldkey holds of the stake behind a hotkey: it was not asked for',
    })
  }
  if (block.before.subnets.some((subnet) => subnet.netuid === netuid && subnet.leased)) {
    notes.push({
      kind: 'not-covered',
      about: 'SubnetUidToLeaseId',
      text: "who is paid of what the epoch gave: a lease shares the owner's cut",
    })
  }
  return notes
}

/** What every version's epoch stores by uid, but for the emission. */
function compareTerms(comparison: Comparison, { after }: EpochStates, result: EpochResult): void {
  const { stored } = after
  comparison.column({ field: 'active' }, stored.active, result.active)
  comparison.column({ field: 'validatorPermit' }, after.validatorPermit, result.validatorPermit)
  comparison.column({ field: 'consensus' }, stored.consensus, result.consensus)
  comparison.column({ field: 'validatorTrust' }, stored.validatorTrust, result.validatorTrust)
  for (const [mechanism, { consensus, incentive, bonds }] of result.mechanisms.entries()) {
    const place = { mechanism }
    if (stored.consensusByMechanism.length > 0) {
      const chain = stored.consensusByMechanism[mechanism] ?? NO_VALUES
      comparison.column({ ...place, field: 'consensusByMechanism' }, chain, consensus)
    }
    comparison.column({ ...place, field: 'incentive' }, stored.incentive[mechanism] ?? NO_VALUES, incentive)
    const rows = after.mechanisms[mechanism]?.bonds
    if (rows !== undefined) comparison.rows({ ...place, field: 'bonds' }, rows, bonds)
  }
  comparison.column({ field: 'dividends' }, stored.dividends, result.dividends)
}

/** What older versions store beside it. */
function compareLegacyTerms(
  comparison: Comparison,
  { after, pruningScores }: EpochStates,
  terms: LegacyTerms,
): void {
  const { stored } = after
  comparison.column({ field: 'rank' }, stored.rank, terms.rank)
  comparison.column({ field: 'trust' }, stored.trust, terms.trust)
  comparison.column({ field: 'pruningScore' }, pruningScores, terms.pruningScore)
}

const NO_VALUES = new Uint16Array(0)
