/** Snapshots with more neurons than they have, with other rows, and with what the epoch before left. */

import type { EpochResult } from '../../engine/types.ts'
import { type Row, withRows } from '../../snapshot/rows.ts'
import type { Snapshot } from '../../snapshot/types.ts'
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
 * of neurons that were replaced in between cleared by its rules. All else is the snapshot's own.
 * @param previous What that epoch read.
 */
export function carriedOn(
  simulator: Pick<Simulator, 'advance'>,
  snapshot: Snapshot,
  previous: Snapshot,
  result: EpochResult,
): Snapshot {
  const next = simulator.advance(previous, result, registrations(previous, snapshot))
  return {
    ...snapshot,
    mechanisms: snapshot.mechanisms.map((mechanism, id) => {
      const { bonds, consensusByMechanism } = next.mechanisms[id]!
      return { ...mechanism, bonds, consensusByMechanism }
    }),
  }
}

/** The neurons that another took the place of. The owner's never is. */
function registrations(previous: Snapshot, { blockAtRegistration, ownerUid }: Snapshot): Change[] {
  const before = previous.blockAtRegistration
  return [...blockAtRegistration.keys()].flatMap((uid) => {
    const block = blockAtRegistration[uid]!
    const isNew = uid < before.length && block > before[uid]! && uid !== ownerUid && uid !== previous.ownerUid
    return isNew ? [{ kind: 'register', uid, block }] : []
  })
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
