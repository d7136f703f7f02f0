import { describe, expect, test } from 'vitest'
import type { RunOptions } from './laid-run.ts'
import { type Nominators, verifyRun } from './verify-run.ts'

const BLOCK = 8_000_000n

describe('400 whole blocks of a run of emission at spec 425 are equal', () => {
  const few = { subnets: 8, block: BLOCK, maxEpochsPerBlock: 1, tempos: [6, 13] } as const
  const many = { subnets: 64, block: BLOCK, maxEpochsPerBlock: 2, tempos: [20, 45] } as const
  const RUNS: readonly (readonly [string, RunOptions, Nominators])[] = [
    ['8 subnets, nominators in every block', { ...few, seed: 11 }, () => true],
    ['8 subnets, written by the plain epoch', { ...few, seed: 13, plain: true }, (i) => i % 20 === 0],
    ['64 subnets', { ...many, seed: 12 }, (i) => i % 20 === 0],
  ]

  test.each(RUNS)('%s', async (name, options, nominators) => {
    const { values, epochs, deferred, fields } = await verifyRun(options, 400, nominators)
    console.info(`${name}: ${values} values, ${epochs} epochs, ${deferred} deferred`)
    expect(epochs).toBeGreaterThan(300 * options.maxEpochsPerBlock)
    expect(deferred).toBeGreaterThan(50)
    expect(fields.size).toBeGreaterThan(50)
  })
})
