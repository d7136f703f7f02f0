/** One subnet's epoch by the rules of every version that is known, side by side. */

import { InputError } from '../errors/errors.ts'
import { checkOptions, flag, withMethods } from '../errors/options.ts'
import type { Snapshot, SparseRows } from '../snapshot/types.ts'
import { checkShape } from './checks.ts'
import type { RulesRange } from './rules.ts'
import type { Engine, EpochResult } from './types.ts'

/** What other rules make of the same epoch. Uids ascend. */
export interface EpochChanges {
  /** Who has another incentive, or gets another amount as a miner. */
  readonly miners: Uint16Array
  /** Who has another trust, dividends, permit or row of bonds, or gets another amount as a validator. */
  readonly validators: Uint16Array
  /** Whose payment as miner and validator together changes most, and by how many rao; null where nobody's does. */
  readonly largest: { readonly uid: number; readonly rao: bigint } | null
}

/** One epoch by the rules of one range of versions. */
export interface EpochByRange {
  readonly range: RulesRange
  /** The version asked for: in the snapshot's own range its own, in any other the last. */
  readonly spec: number
  /** Whether the snapshot is of this range. */
  readonly own: boolean
  /** Null where these rules refuse the snapshot. */
  readonly result: EpochResult | null
  /** Why they do: where the chain would have panicked, or where it is open what it would have made of it. */
  readonly refusal: InputError | null
  /**
   * What these rules change against those of the range before, of those that do not refuse the snapshot. Ranges of
   * a branch are passed over, but have changes themselves. Null where there is none before.
   */
  readonly changes: EpochChanges | null
}

/** Options of {@link epochAcrossVersions}. */
export interface AcrossOptions {
  /** Keep every stage's intermediate value in each result. */
  readonly trace?: boolean
}

const ENGINE = withMethods('an engine', 'epoch', 'epochs')

/**
 * The epoch of a snapshot by the rules of each range of versions in {@link Engine.rules}, newest first. All take the
 * snapshot's values as they stand: what an older version does not have is not read, and what it kept in another unit
 * (the steepness of liquid alpha's sigmoid) is not converted. No chain ran these epochs but the one of the snapshot's
 * own range.
 * @throws {InputError} for a snapshot that no version takes, with what the newest says of it.
 */
export function epochAcrossVersions(
  engine: Engine,
  snapshot: Snapshot,
  options: AcrossOptions = {},
): readonly EpochByRange[] {
  ENGINE('engine', engine)
  checkShape(snapshot)
  checkOptions('options', options, { trace: flag })
  const { trace = false } = options
  const ascending: EpochByRange[] = []
  let before: EpochResult | null = null
  for (const range of engine.rules) {
    const entry = byRange(engine, snapshot, range, trace, before)
    ascending.push(entry)
    if (!range.branch) before = entry.result ?? before
  }
  const newest = ascending.at(-1)
  if (newest?.refusal != null && ascending.every(({ result }) => result === null)) throw newest.refusal
  return ascending.reverse()
}

function byRange(
  engine: Engine,
  snapshot: Snapshot,
  range: RulesRange,
  trace: boolean,
  before: EpochResult | null,
): EpochByRange {
  const { specVersion } = snapshot
  const own = range.first <= specVersion && specVersion <= range.last
  const spec = own ? specVersion : range.last
  const place = { range, spec, own }
  try {
    const result = engine.epoch(snapshot, own ? { trace } : { trace, asSpec: spec })
    const changes = before === null ? null : epochChanges(before, result)
    return { ...place, result, refusal: null, changes }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { ...place, result: null, refusal: error, changes: null }
  }
}

/** What differs between two epochs of one subnet. */
function epochChanges(before: EpochResult, after: EpochResult): EpochChanges {
  const miners: number[] = []
  const validators: number[] = []
  let largest: EpochChanges['largest'] = null
  for (let uid = 0; uid < after.n; uid++) {
    if (minerDiffers(before, after, uid)) miners.push(uid)
    if (validatorDiffers(before, after, uid)) validators.push(uid)
    const rao = paidTo(after, uid) - paidTo(before, uid)
    if (rao !== 0n && (largest === null || magnitude(rao) > magnitude(largest.rao))) largest = { uid, rao }
  }
  return { miners: Uint16Array.from(miners), validators: Uint16Array.from(validators), largest }
}

function minerDiffers(before: EpochResult, after: EpochResult, uid: number): boolean {
  return (
    before.serverEmission[uid] !== after.serverEmission[uid] ||
    before.mechanisms.some(({ incentive }, id) => incentive[uid] !== after.mechanisms[id]!.incentive[uid])
  )
}

function validatorDiffers(before: EpochResult, after: EpochResult, uid: number): boolean {
  return (
    before.validatorEmission[uid] !== after.validatorEmission[uid] ||
    before.dividends[uid] !== after.dividends[uid] ||
    before.validatorTrust[uid] !== after.validatorTrust[uid] ||
    before.validatorPermit[uid] !== after.validatorPermit[uid] ||
    before.mechanisms.some(({ bonds }, id) => rowDiffers(bonds, after.mechanisms[id]!.bonds, uid))
  )
}

function rowDiffers(before: SparseRows, after: SparseRows, uid: number): boolean {
  const [from, to] = [before.rowStart[uid]!, after.rowStart[uid]!]
  const length = before.rowStart[uid + 1]! - from
  if (after.rowStart[uid + 1]! - to !== length) return true
  for (let at = 0; at < length; at++) {
    if (before.uid[from + at] !== after.uid[to + at]) return true
    if (before.value[from + at] !== after.value[to + at]) return true
  }
  return false
}

/** What a neuron is paid as miner and validator together, in rao. */
export function paidTo({ serverEmission, validatorEmission }: EpochResult, uid: number): bigint {
  return serverEmission[uid]! + validatorEmission[uid]!
}

function magnitude(rao: bigint): bigint {
  return rao < 0n ? -rao : rao
}
