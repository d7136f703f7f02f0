/** Snapshots with more neurons than they have, with other rows, and with what the epoch before left. */

import type { EpochResult } from '../../engine/types.ts'
import { unexpectedValue, withMembers } from '../../errors/options.ts'
import { type Row, withRows } from '../../snapshot/rows.ts'
import type { Snapshot, SparseRows } from '../../snapshot/types.ts'
import type { Change, Simulator } from '../types.ts'

/** A neuron that is added: it has set its weights just before the epoch, and was registered long ago. */
export interface AddedNeuron {
  /** I64F64 bits. */
  readonly stake: bigint
  readonly permit: boolean
  /** Its weights on each mechanism. */
  weights(mechanism: number): Row
}

/** What stands where a neuron has committed nothing. */
const NO_COMMIT = 2n ** 64n - 1n
const WORD = 2n ** 64n

/** A snapshot with neurons added after the last of its own. */
export function withAdded(snapshot: Snapshot, added: readonly AddedNeuron[]): Snapshot {
  const { n } = snapshot
  const total = new BigUint64Array(2 * (n + added.length))
  total.set(snapshot.totalStake)
  for (const [at, { stake }] of added.entries()) total.set([stake % WORD, stake / WORD], 2 * (n + at))
  const permits = new Uint8Array(n + added.length)
  permits.set(snapshot.validatorPermit.subarray(0, n))
  for (const [at, { permit }] of added.entries()) permits[n + at] = Number(permit)
  const longer = (column: BigUint64Array, padding: bigint, own = padding): BigUint64Array => {
    const values = new BigUint64Array(n + added.length).fill(padding, 0, n).fill(own, n)
    values.set(column.subarray(0, n))
    return values
  }
  return {
    ...snapshot,
    n: n + added.length,
    totalStake: total,
    blockAtRegistration: longer(snapshot.blockAtRegistration, 0n),
    validatorPermit: permits,
    mechanisms: snapshot.mechanisms.map((mechanism, id) => ({
      ...mechanism,
      lastUpdate: longer(mechanism.lastUpdate, 0n, snapshot.block - 1n),
      // Where nothing is committed there may be no column.
      commitBlocks:
        mechanism.commitBlocks.length === 0
          ? mechanism.commitBlocks
          : longer(mechanism.commitBlocks, NO_COMMIT),
      weights: withRows(
        mechanism.weights,
        n,
        (uid) => (uid < n ? undefined : added[uid - n]!.weights(id)),
        added.length,
      ),
      bonds: withRows(mechanism.bonds, n, (uid) => (uid < n ? undefined : []), added.length),
    })),
  }
}

/**
 * A snapshot of a series with what the epoch before left it: bonds and stored consensus as the chain carries them on, those
 * of neurons that were replaced in between cleared by its rules. Neurons that registered behind the others have none of
 * it. All else is the snapshot's own.
 * @param previous What that epoch read, of as many neurons or fewer.
 * @param added How many of both are not the subnet's own: the last ones.
 */
export function carriedOn(
  simulator: Pick<Simulator, 'advance'>,
  snapshot: Snapshot,
  previous: Snapshot,
  result: EpochResult,
  added = 0,
): Snapshot {
  const place = { at: previous.n - added, count: snapshot.n - previous.n }
  const next = simulator.advance(previous, result, registrations(previous, snapshot, place.at))
  return {
    ...snapshot,
    mechanisms: snapshot.mechanisms.map((mechanism, id) => {
      const { bonds, consensusByMechanism } = next.mechanisms[id]!
      return {
        ...mechanism,
        bonds: rowsWithRoom(bonds, place),
        consensusByMechanism: consensusByMechanism && columnWithRoom(consensusByMechanism, place),
      }
    }),
  }
}

/** Where neurons stand that were not there before, and how many they are. */
interface Room {
  readonly at: number
  readonly count: number
}

/** Rows with empty ones put in; whoever stood there stands behind them. */
function rowsWithRoom({ rowStart, uid, value }: SparseRows, { at, count }: Room): SparseRows {
  if (count === 0) return { rowStart, uid, value }
  const starts = new Uint32Array(rowStart.length + count)
  starts.set(rowStart.subarray(0, at + 1))
  starts.fill(rowStart[at]!, at + 1, at + 1 + count)
  starts.set(rowStart.subarray(at + 1), at + 1 + count)
  return { rowStart: starts, uid: uid.map((to) => (to < at ? to : to + count)), value }
}

/** The same of a column, which may be empty. */
function columnWithRoom(column: Uint16Array, { at, count }: Room): Uint16Array {
  if (count === 0 || column.length === 0) return column
  const longer = new Uint16Array(column.length + count)
  longer.set(column.subarray(0, at))
  longer.set(column.subarray(at), at + count)
  return longer
}

/** The neurons below `own` that another took the place of. The owner's never is. */
function registrations(
  { blockAtRegistration: before, ownerUid: ownerBefore }: Snapshot,
  { blockAtRegistration, ownerUid }: Snapshot,
  own: number,
): Change[] {
  return Array.from({ length: own }, (_, uid) => uid).flatMap((uid): Change[] => {
    const block = blockAtRegistration[uid]!
    const isNew = block > before[uid]! && uid !== ownerUid && uid !== ownerBefore
    return isNew ? [{ kind: 'register', uid, block }] : []
  })
}

/**
 * @throws {InputError} for what is no array of snapshots of one subnet: neurons that became fewer, or another number of
 * mechanisms.
 */
export function checkSameSubnet(series: readonly Snapshot[]): void {
  if (!Array.isArray(series)) throw unexpectedValue('series', 'an array of snapshots', series)
  for (const [at, snapshot] of series.entries()) {
    const field = `series[${at}]`
    withMembers('a snapshot', 'totalStake', 'mechanisms')(field, snapshot)
    const before = series[at - 1] as Snapshot | undefined
    if (before === undefined) continue
    if (snapshot.n < before.n) {
      const expected = `at least ${before.n} neurons, as in the snapshot before: a subnet that was trimmed is not carried on`
      throw unexpectedValue(`${field}.n`, expected, snapshot.n)
    }
    if (snapshot.mechanisms.length !== before.mechanisms.length) {
      const expected = `${before.mechanisms.length} mechanisms, as in the snapshot before`
      throw unexpectedValue(`${field}.mechanisms`, expected, snapshot.mechanisms.length)
    }
  }
}

/** I64F64 bits out of their two words. */
export function stakeBits({ totalStake }: Pick<Snapshot, 'totalStake'>, uid: number): bigint {
  return totalStake[2 * uid + 1]! * WORD + totalStake[2 * uid]!
}

/** What a rao is in I64F64 bits. */
export const RAO_BITS: bigint = WORD

/** A neuron's dividends in raw bits; of several mechanisms each counts by what it hands out. */
export function dividendsOf(result: EpochResult, uid: number): bigint {
  return termOf(result, 'dividends', uid)
}

/** A neuron's incentive or dividends in raw bits; of several mechanisms each counts by what it hands out. */
export function termOf({ mechanisms }: EpochResult, term: 'incentive' | 'dividends', uid: number): bigint {
  if (mechanisms.length === 1) return mechanisms[0]!.raw[term][uid]!
  // Where nothing is handed out, all count the same.
  const isPaid = mechanisms.some(({ share }) => share > 0n)
  return mechanisms.reduce((sum, { raw, share }) => sum + raw[term][uid]! * (isPaid ? share : 1n), 0n)
}
