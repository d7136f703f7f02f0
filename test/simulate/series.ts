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
