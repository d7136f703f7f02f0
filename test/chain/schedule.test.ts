import { describe, expect, test } from 'vitest'
import { loadRules } from '../../ts/chain/rules.ts'

const rules = await loadRules()

interface Items {
  readonly tempo: number
  readonly lastEpochBlock?: bigint
  readonly pendingEpochAt?: bigint
  readonly blocksSinceLastStep?: bigint
}

function nextEpoch(specVersion: number, items: Items, netuid: number, block: bigint): bigint | null {
  const start = { lastEpochBlock: 0n, pendingEpochAt: 0n, blocksSinceLastStep: 0n }
  return rules.schedule({ specVersion, netuid, ...start, ...items, block }).nextEpochBlock
}

describe('the next epoch', () => {
  test('by modulo: the first block of which block + netuid + 1 leaves tempo', () => {
    for (const tempo of [1, 8, 99, 360]) {
      for (const netuid of [0, 1, 7, 300]) {
        for (let state = 1000n; state < 1000n + BigInt(2 * tempo); state += 7n) {
          const next = nextEpoch(422, { tempo }, netuid, state)!
          const isDue = (block: bigint): boolean =>
            (block + BigInt(netuid) + 1n) % BigInt(tempo + 1) === BigInt(tempo)
          expect(next).toBeGreaterThan(state)
          expect(isDue(next)).toBe(true)
          for (let between = state + 1n; between < next; between++) expect(isDue(between)).toBe(false)
        }
      }
    }
  })

  test.each([
    ['a tempo after the last one', { tempo: 360, lastEpochBlock: 900n }, 1000n, 1260n],
    ['at once where it is overdue', { tempo: 360, lastEpochBlock: 100n }, 1000n, 1001n],
    [
      'when the owner asked for it',
      { tempo: 360, lastEpochBlock: 900n, pendingEpochAt: 1010n },
      1000n,
      1010n,
    ],
    [
      'at once where it was deferred',
      { tempo: 360, lastEpochBlock: 900n, pendingEpochAt: 990n },
      1000n,
      1001n,
    ],
    [
      'when too many blocks went by',
      { tempo: 60_000, lastEpochBlock: 900n, blocksSinceLastStep: 50_390n },
      1000n,
      1011n,
    ],
    ['never with a tempo of 0', { tempo: 0, pendingEpochAt: 1n }, 1000n, null],
  ] as const)('by state: %s', (_, items, state, next) => {
    expect(nextEpoch(423, items, 1, state)).toBe(next)
  })
})
