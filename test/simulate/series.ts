/** Series of snapshots that tests make up. */

import { generate, type Snapshot, type SparseRows } from '../../ts/snapshot/index.ts'
import { Random } from '../../ts/snapshot/random.ts'
import { RowsBuilder } from '../../ts/snapshot/rows.ts'

/** One subnet, epoch after epoch, whose validators change their minds a little each time. */
export function madeSeries(length: number, options: Partial<Snapshot> = {}): Snapshot[] {
  const random = new Random(11)
  const first = generate({ n: 14, validators: 5, seed: 6 })
  const values = Array.from({ length: 5 * 14 }, () => 1 + random.below(60_000))
  return Array.from({ length }, (_, at) => {
    for (let i = 0; i < values.length; i++) {
      if (random.chance(0.4)) values[i] = 1 + random.below(60_000)
    }
    const block = first.block + 361n * BigInt(at)
    let row = 0
    const [mechanism] = first.mechanisms
    const weights = rows(14, (uid) => {
      const isValidator = mechanism!.weights.rowStart[uid + 1]! > mechanism!.weights.rowStart[uid]!
      if (!isValidator) return []
      const from = 14 * row++
      return Array.from({ length: 14 }, (_, to) => [to, values[from + to]!] as const)
    })
    return {
      ...first,
      block,
      lastMechanismStepBlock: block - 361n,
      mechanisms: [
        {
          ...mechanism!,
          weights,
          lastUpdate: mechanism!.lastUpdate.map(() => block - 3n),
          commitBlocks: new BigUint64Array(14).fill(2n ** 64n - 1n),
        },
      ],
      ...options,
    }
  })
}

/** Sparse rows out of pairs. */
export function rows(n: number, row: (uid: number) => readonly (readonly [number, number])[]): SparseRows {
  const builder = new RowsBuilder()
  for (let uid = 0; uid < n; uid++) {
    for (const [to, value] of row(uid)) builder.push(to, value)
    builder.endRow()
  }
  return builder.finish()
}

/**
 * The same series as if the last neuron had registered before its snapshot `from`: in `grown` it is not there before, in
 * `empty` its place is, with nothing in it.
 */
export function growingSeries(
  series: readonly Snapshot[],
  from: number,
): { readonly grown: readonly Snapshot[]; readonly empty: readonly Snapshot[] } {
  const last = series[0]!.n - 1
  const registered = series[from]!.block - 50n
  const without = (snapshot: Snapshot, n: number): Snapshot => {
    const [mechanism] = snapshot.mechanisms
    const cleared = ({ rowStart, uid, value }: SparseRows): SparseRows =>
      rows(n, (row) => {
        const entries = Array.from(uid.subarray(rowStart[row]!, rowStart[row + 1]!), (to, at) => {
          return [to, value[rowStart[row]! + at]!] as const
        })
        return row === last ? [] : entries.filter(([to]) => to !== last)
      })
    const totalStake = snapshot.totalStake.slice()
    totalStake.fill(0n, 2 * last)
    const permits = snapshot.validatorPermit.slice()
    permits[last] = 0
    return {
      ...snapshot,
      n,
      totalStake: totalStake.slice(0, 2 * n),
      validatorPermit: permits.slice(0, n),
      blockAtRegistration: snapshot.blockAtRegistration.slice(0, n),
      mechanisms: [
        {
          ...mechanism!,
          weights: cleared(mechanism!.weights),
          bonds: cleared(mechanism!.bonds),
          lastUpdate: mechanism!.lastUpdate.slice(0, n),
          commitBlocks: mechanism!.commitBlocks.slice(0, n),
        },
      ],
    }
  }
  const after = series.slice(from).map((snapshot) => {
    const blockAtRegistration = snapshot.blockAtRegistration.slice()
    blockAtRegistration[last] = registered
    return { ...snapshot, blockAtRegistration }
  })
  const before = series.slice(0, from)
  return {
    grown: [...before.map((snapshot) => without(snapshot, last)), ...after],
    empty: [...before.map((snapshot) => without(snapshot, last + 1)), ...after],
  }
}
