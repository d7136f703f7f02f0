import type { Chain } from '../chain/chain.ts'
import { STATEFUL_SCHEDULE } from '../chain/schedule.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import { ChainError, InputError } from '../errors/index.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import { type AfterItems, readAfter } from './after.ts'
import { type CoinbaseState, readCoinbase } from './coinbase.ts'
import { Comparison } from './compare.ts'
import { derivedTerms } from './derived.ts'
import { type EmissionInput, emissionInput } from './emission.ts'
import { replay, wasDue } from './replay.ts'
import type { Note, Outcome, Verification } from './types.ts'

/** Options of {@link verifyEpoch}. */
export interface VerifyOptions {
  readonly netuid: number
  /** The block in which the epoch ran. Default: that of the subnet's last epoch that is finalized. */
  readonly block?: number | bigint
  readonly signal?: AbortSignal
}

/** Both sides of an epoch's block. */
export interface EpochStates {
  /** After the block before, with the block's own part of the input put in: what the engine runs on. */
  readonly before: ChainSnapshot
  readonly after: ChainSnapshot
  readonly coinbase: CoinbaseState
  readonly afterItems: AfterItems
}

/**
 * Recomputes an epoch that the chain ran and compares every value that it stored. What the same block did before
 * the epoch is computed or taken from the state after it; {@link Verification.notes} names what could not be.
 *
 * @throws {InputError} where no epoch was due in that block, or for a spec version that is not known.
 * @throws {ChainError} {@link AbortedError}
 *
 * @example
 * ```ts
 * const { outcome, differences } = await verifyEpoch(chain, await loadEngine(), { netuid: 15 })
 * ```
 */
export async function verifyEpoch(
  chain: Chain,
  engine: Engine,
  options: VerifyOptions,
): Promise<Verification> {
  const states = await readEpoch(chain, options)
  return verifyStates(engine, states)
}

/** Reads what {@link verifyStates} needs of an epoch. */
export async function readEpoch(chain: Chain, options: VerifyOptions): Promise<EpochStates> {
  const { netuid, signal } = options
  const block = options.block ?? (await lastEpoch(chain, netuid, signal))
  const signals = signal === undefined ? {} : { signal }
  const hash = await chain.blockHash(block, signal)
  const parent = parentOf(await chain.send('chain_getHeader', [hash], signal), hash)
  // By their hashes, so that a reorganisation cannot put two branches side by side.
  const before = await chain.subnet(netuid, { at: parent, ...signals })
  const coinbase = await readCoinbase(await chain.state({ at: parent, ...signals }))
  const after = await chain.subnet(netuid, { at: hash, epochAt: block, ...signals })
  const afterItems = await readAfter(await chain.state({ at: hash, ...signals }), netuid)
  return { before, after, coinbase, afterItems }
}

async function lastEpoch(chain: Chain, netuid: number, signal: AbortSignal | undefined): Promise<bigint> {
  const { lastMechanismStepBlock } = await chain.subnet(netuid, signal === undefined ? {} : { signal })
  if (lastMechanismStepBlock > 0n) return lastMechanismStepBlock
  throw new InputError({ field: 'netuid', expected: `a subnet that has run an epoch; ${netuid} has not` })
}

function parentOf(header: unknown, hash: string): string {
  const parent = (header as { parentHash?: unknown } | null)?.parentHash
  if (typeof parent === 'string' && /^0x[0-9a-f]{64}$/i.test(parent)) return parent
  throw new ChainError('malformed', `the header of block ${hash} names no parent`, { block: hash })
}

/** The first spec version whose schedule is kept in storage. */
const FIRST_STATEFUL = 423

/** What became of the epoch that was due in a block. */
export function epochOutcome({ before, after }: EpochStates): 'ran' | 'skipped' | 'deferred' {
  const { block, netuid } = before
  if (after.lastMechanismStepBlock === block) return 'ran'
  // By the older rule state alone says when: whatever is stored is then compared.
  if (before.specVersion < FIRST_STATEFUL && wasDue(before.subnet, netuid, block)) return 'ran'
  if (after.subnet.lastEpochBlock === block) return 'skipped'
  // An owner may ask for the next block too: only of an epoch that was due is it a deferral.
  const due = STATEFUL_SCHEDULE.nextEpoch(before.subnet, netuid, block - 1n) === block
  if (due && after.subnet.pendingEpochAt === block + 1n) return 'deferred'
  throw new InputError({
    field: 'block',
    expected: `a block in which subnet ${netuid} ran an epoch; in ${block} it did not, its last one by then was in ${after.lastMechanismStepBlock}`,
  })
}

/** An epoch as the engine runs it on what the chain had. */
export interface Recomputed {
  readonly input: ChainSnapshot
  /** With traces. */
  readonly result: EpochResult
  readonly emission: EmissionInput
  readonly replaced: ReadonlySet<number>
  readonly notes: readonly Note[]
}

/** Runs the epoch on the state before it, with what its own block did first put in. */
export function recompute(engine: Engine, states: EpochStates): Recomputed {
  const { input, replaced, notes } = replay(states)
  const emission = emissionInput(engine, input, states)
  const whole = { ...input, emission: emission.rao }
  return {
    input: whole,
    result: engine.epoch(whole, { trace: true }),
    emission,
    replaced,
    notes: [...notes, ...emission.notes],
  }
}

/** {@link verifyEpoch} of states that were read before. */
export function verifyStates(engine: Engine, states: EpochStates): Verification {
  const course = epochOutcome(states)
  if (course !== 'ran') return report(engine, states, course, new Comparison(NOBODY), [])
  const { result, emission, replaced, notes } = recompute(engine, states)
  const comparison = new Comparison({ hotkeys: states.before.hotkeys, replaced })
  compareEmission(comparison, states, emission)
  compareTerms(comparison, states, result)
  const outcome = comparison.differences.length === 0 ? 'equal' : 'different'
  return report(engine, states, outcome, comparison, notes)
}

/** The record of an epoch that the engine refuses, for a spec version that it does not know above all. */
export function unverified(engine: Engine, states: EpochStates, reason: InputError): Verification {
  const note: Note = { kind: 'not-covered', about: reason.field, text: reason.message }
  return report(engine, states, 'unchecked', new Comparison(NOBODY), [note])
}

const NOBODY = { hotkeys: [], replaced: new Set<number>() }

function report(
  engine: Engine,
  { before, after }: EpochStates,
  outcome: Outcome,
  { checked, differences }: Comparison,
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
    checked,
    differences,
    notes,
  }
}

/** What the block did before and beside the epoch. */
function compareEmission(comparison: Comparison, states: EpochStates, { terms }: EmissionInput): void {
  const { before, after, afterItems } = states
  const { subnetTaoInEmission, subnetAlphaInEmission, subnetAlphaOutEmission } = after.subnet
  if (terms?.taoIn !== undefined) comparison.value('SubnetTaoInEmission', subnetTaoInEmission, terms.taoIn)
  if (terms?.alphaIn !== undefined)
    comparison.value('SubnetAlphaInEmission', subnetAlphaInEmission, terms.alphaIn)
  if (terms !== undefined) comparison.value('SubnetAlphaOutEmission', subnetAlphaOutEmission, terms.alphaOut)
  for (const [field, stored] of afterItems.drained) comparison.value(field, stored, 0n)
  comparison.value('LastMechansimStepBlock', after.lastMechanismStepBlock, before.block)
}

/** Every value that the epoch stores. */
function compareTerms(comparison: Comparison, states: EpochStates, result: EpochResult): void {
  const { before, after, afterItems } = states
  const { stored } = after
  if (stored.stakeWeight.length > 0)
    comparison.column({ field: 'stakeWeight' }, stored.stakeWeight, result.stakeWeight)
  comparison.column({ field: 'active' }, stored.active, result.active)
  comparison.column({ field: 'validatorPermit' }, after.validatorPermit, result.validatorPermit)
  comparison.column({ field: 'consensus' }, stored.consensus, result.consensus)
  comparison.column({ field: 'validatorTrust' }, stored.validatorTrust, result.validatorTrust)
  for (const [mechanism, { incentive, bonds }] of result.mechanisms.entries()) {
    const place = { mechanism }
    comparison.column({ ...place, field: 'incentive' }, stored.incentive[mechanism] ?? NO_VALUES, incentive)
    const rows = after.mechanisms[mechanism]?.bonds
    if (rows !== undefined) comparison.rows({ ...place, field: 'bonds' }, rows, bonds)
  }
  comparison.column({ field: 'dividends' }, stored.dividends, result.dividends)
  comparison.column({ field: 'emission' }, stored.emission, result.emission)
  if (before.specVersion > LAST_WITH_RANK) return
  const derived = derivedTerms(result.mechanisms[0]!)
  comparison.column({ field: 'rank' }, stored.rank, derived.rank)
  comparison.column({ field: 'trust' }, stored.trust, derived.trust)
  comparison.column({ field: 'pruningScore' }, afterItems.pruningScores, derived.pruningScore)
}

const NO_VALUES = new Uint16Array(0)
/** The last spec version that stores rank, trust and pruning scores with each epoch. */
const LAST_WITH_RANK = 364
