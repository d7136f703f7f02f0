import { loadEmission } from '#emission'
import type { Chain } from '../chain/chain.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import type { BlockStates, EpochStates } from '../snapshot/block.ts'
import { type BlockRun, runBlock } from './block-run.ts'
import { checkReadBlock, checkVerifyBlock, checkWhole } from './checks.ts'
import { Comparison } from './compare.ts'
import { confirmed } from './confirm.ts'
import {
  epochOutcome,
  NOT_COVERED_IN_BLOCK,
  passedOver,
  readEpoch,
  recomputeInBlock,
  verifyRecomputed,
} from './epoch.ts'
import { compareNetwork } from './network-values.ts'
import type { BlockVerification, Verification } from './types.ts'
import { upgradeNotes } from './upgrade.ts'

/** Options of {@link verifyBlock}. */
export interface VerifyBlockOptions {
  /** Default: the newest finalized one. */
  readonly block?: number | bigint
  /** Whether to check what each coldkey holds of the stake behind each hotkey: every holder is listed. Default false. */
  readonly nominators?: boolean
  /** What recomputes the block. Default: the fastest there is. */
  readonly emission?: Emission
  readonly signal?: AbortSignal
}

/** A block and every epoch that was due in it, as the chain has them. */
export interface WholeBlock {
  readonly block: BlockStates
  /** By netuid, ascending. */
  readonly epochs: readonly EpochStates[]
}

/**
 * Recomputes a whole block: what its emission did to the network and to every subnet, and every epoch that was due. What
 * differs is read again, from another endpoint where there is one, before it is said.
 *
 * @throws {InputError} for a version of which not all of a block is known.
 * @throws {ChainError} {@link AbortedError}
 *
 * @example
 * ```ts
 * const { outcome, epochs } = await verifyBlock(await loadEngine(), chain, { block: 8_000_001 })
 * ```
 */
export async function verifyBlock(
  engine: Engine,
  chain: Chain,
  options: VerifyBlockOptions = {},
): Promise<BlockVerification> {
  checkVerifyBlock(engine, chain, options)
  const emission = options.emission ?? (await loadEmission())
  const block = options.block ?? (await chain.head('finalized', options.signal)).number
  const check = async (from: Chain): Promise<BlockVerification> =>
    verifyWholeBlock(engine, emission, await readWholeBlock(emission, from, { ...options, block }))
  return confirmed(chain, check, (verification) => verification)
}

/** Reads what {@link verifyWholeBlock} needs of a block. */
export async function readWholeBlock(
  emission: Emission,
  chain: Chain,
  options: VerifyBlockOptions,
): Promise<WholeBlock> {
  checkReadBlock(emission, chain, options)
  const { signal } = options
  const number = options.block ?? (await chain.head('finalized', signal)).number
  const block = await chain.blockStates(number, signal)
  const epochs = new Map<number, EpochStates>()
  // The schedule alone says which epochs are due: run without their subnets, it names them. One that turns out to be
  // skipped leaves its place to the next.
  for (;;) {
    const { report } = runBlock(emission, block, [...epochs.values()])
    const unread = report.unpaid.map(({ netuid }) => netuid).filter((netuid) => !epochs.has(netuid))
    if (unread.length === 0) break
    for (const netuid of unread)
      epochs.set(netuid, await readEpoch(chain, { ...options, netuid, block: block.block }))
  }
  return { block, epochs: [...epochs.values()].sort((a, b) => a.netuid - b.netuid) }
}

/** {@link verifyBlock} of a block that was read before. */
export function verifyWholeBlock(engine: Engine, emission: Emission, whole: WholeBlock): BlockVerification {
  checkWhole(engine, emission, whole)
  const { block } = whole
  const run = runBlock(emission, block, whole.epochs)
  const epochs = whole.epochs.flatMap((states) => epochIn(engine, emission, states, run))
  const comparison = new Comparison({ netuid: null, hotkeys: [], replaced: new Set(), touches: run.touches })
  const ran = new Set(epochs.filter(hasRun).map(({ netuid }) => netuid))
  const { subnets } = block.before
  compareNetwork(comparison, run.chain, run.ours, {
    accounts: run.accounts,
    netuids: new Set(subnets.map(({ netuid }) => netuid).filter((netuid) => !ran.has(netuid))),
    nominators: false,
    baskets: run.baskets,
    specVersion: block.before.specVersion,
  })
  return {
    block: block.block,
    blockHash: block.blockHash,
    parentHash: block.parentHash,
    specVersion: block.before.specVersion,
    subnets: subnets.filter(({ netuid }) => netuid !== 0).length,
    engine: engine.kind,
    outcome: comparison.differences.length > 0 || epochs.some(isDifferent) ? 'different' : 'equal',
    checked: comparison.checked,
    differences: comparison.differences,
    notComparable: comparison.notComparable,
    notes: [...upgradeNotes(block), ...NOT_COVERED_IN_BLOCK],
    epochs,
  }
}

/** The check of an epoch that was due; none where the chain left it out, which its schedule then shows. */
function epochIn(
  engine: Engine,
  emission: Emission,
  states: EpochStates,
  run: BlockRun,
): readonly Verification[] {
  try {
    const course = epochOutcome(emission, states)
    if (course !== 'ran') return [passedOver(engine, states, course)]
  } catch (error) {
    if (error instanceof InputError) return []
    throw error
  }
  return [verifyRecomputed(engine, emission, states, recomputeInBlock(engine, states, run))]
}

function hasRun({ outcome }: Verification): boolean {
  return outcome === 'equal' || isDifferent({ outcome })
}

function isDifferent({ outcome }: Pick<Verification, 'outcome'>): boolean {
  return outcome === 'different'
}
