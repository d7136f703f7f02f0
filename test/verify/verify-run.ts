import { expect } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import type { NetworkRows } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type BlockVerification, type Verification, verifyBlock } from '../../ts/verify/index.ts'
import { ChainServer } from '../chain/server.ts'
import { LaidRun, type RunBlock, type RunOptions } from './laid-run.ts'

/** What of a run was compared. */
export interface Counts {
  values: number
  epochs: number
  deferred: number
  fields: Set<string>
}

/** Runs and verifies blocks, each as a whole, and gives each to who wants to see it. */
export async function verifyRun(
  options: RunOptions,
  blocks: number,
  nominators: Nominators,
  see: (block: RunBlock, before: NetworkRows) => void = () => {},
): Promise<Counts> {
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  const run = new LaidRun(emission, options)
  await using server = await ChainServer.start(run.chain)
  await using chain = await connect(server.url)
  const counts: Counts = { values: 0, epochs: 0, deferred: 0, fields: new Set() }
  for (let i = 0; i < blocks; i++) {
    const before = run.rows
    const block = run.next()
    const { number, report } = block
    see(block, before)
    const checked = await verifyBlock(engine, chain, { block: number, nominators: nominators(i), emission })
    expectEqual(checked, nominators(i))
    expect(checked.epochs.map(({ netuid }) => netuid)).toEqual(report.payouts.map(({ netuid }) => netuid))
    count(counts, checked)
    counts.deferred += report.deferred.length
  }
  return counts
}

/**
 * Nothing differs. Without nominators nothing else is left out than shares in a pool of a sole member under Null, with
 * them nothing at all.
 */
function expectEqual(checked: BlockVerification | Verification, nominators: boolean): void {
  expect(checked.differences).toEqual([])
  if (nominators) expect(checked.notComparable).toEqual([])
  for (const { field, event } of checked.notComparable)
    expect(`${field}: ${event}`).toMatch(
      /^TotalHotkeySharesV2: the epoch of subnet \d+, .* it was not read who/,
    )
  expect(checked.outcome).toBe('equal')
  if ('epochs' in checked) for (const epoch of checked.epochs) expectEqual(epoch, nominators)
}

function count(counts: Counts, { checked, epochs }: BlockVerification): void {
  for (const { field, values } of [...checked, ...epochs.flatMap((epoch) => epoch.checked)]) {
    counts.values += values
    counts.fields.add(field)
  }
  counts.epochs += epochs.length
}

/** Blocks that are checked with all that coldkeys hold. */
export type Nominators = (block: number) => boolean
