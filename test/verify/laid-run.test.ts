import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type BlockVerification, type Verification, verifyBlock } from '../../ts/verify/index.ts'
import { ChainServer } from '../chain/server.ts'
import { missingShared } from '../chain/shared.ts'
import { LaidRun, type RunOptions } from './laid-run.ts'

const BLOCK = 8_000_000n

/** What of a run was compared. */
interface Counts {
  values: number
  epochs: number
  deferred: number
  fields: Set<string>
}

/** Runs and verifies blocks, each as a whole. */
async function verifyRun(options: RunOptions, blocks: number, nominators: Nominators): Promise<Counts> {
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  const run = new LaidRun(emission, options)
  await using server = await ChainServer.start(run.chain)
  await using chain = await connect(server.url)
  const counts: Counts = { values: 0, epochs: 0, deferred: 0, fields: new Set() }
  for (let i = 0; i < blocks; i++) {
    const { number, report } = run.next()
    const checked = await verifyBlock(chain, engine, { block: number, nominators: nominators(i), emission })
    expectEqual(checked)
    expect(checked.epochs.map(({ netuid }) => netuid)).toEqual(report.payouts.map(({ netuid }) => netuid))
    count(counts, checked)
    counts.deferred += report.deferred.length
  }
  return counts
}

function expectEqual(checked: BlockVerification | Verification): void {
  expect(checked.differences).toEqual([])
  expect(checked.notComparable).toEqual([])
  expect(checked.outcome).toBe('equal')
  if ('epochs' in checked) for (const epoch of checked.epochs) expectEqual(epoch)
}

function count(counts: Counts, { checked, epochs }: BlockVerification): void {
  for (const { field, values } of [...checked, ...epochs.flatMap((epoch) => epoch.checked)]) {
    counts.values += values
    counts.fields.add(field)
  }
  counts.epochs += epochs.length
}

/** Blocks that are checked with all that coldkeys hold. */
type Nominators = (block: number) => boolean

describe.skipIf(missingShared !== undefined)(
  '400 whole blocks of a run of emission at spec 425 are equal',
  () => {
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
  },
)
