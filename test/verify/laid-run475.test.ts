import { describe, expect, test } from 'vitest'
import type { NetworkRows } from '../../ts/emission/fields.ts'
import type { RunBlock, RunOptions } from './laid-run.ts'
import { type Nominators, verifyRun } from './verify-run.ts'

/** The bar is found anew in the tenth block. */
const BLOCK = 8_000_270n
const NULL = 1

/** What of the rules of 475 a run met. */
class Met {
  readonly counts = {
    nullEpochs: 0,
    nullAlone: 0,
    captured: 0,
    released: 0,
    flushed: 0,
    minted: 0,
    recycled: 0,
    reservoirs: 0,
    bars: 0,
    overdue: 0,
    reopened: 0,
  }

  see({ report, rows }: RunBlock, before: NetworkRows): void {
    const { counts } = this
    const isNull = (netuid: number): boolean =>
      rows.subnets.some((subnet) => subnet.netuid === netuid && subnet.epochConsensus === NULL)
    const nulls = report.payouts.filter(({ netuid }) => isNull(netuid)).length
    counts.nullEpochs += nulls
    if (nulls > 0 && report.deferred.length > 0) counts.nullAlone++
    for (const { incentives, alphaDividends, rootDividends } of report.payouts)
      for (const { captured } of [...incentives, ...alphaDividends, ...rootDividends])
        if (captured > 0n) counts.captured++
    for (const { shares, flushRecycled } of report.flushes) {
      counts.flushed++
      if (shares > 0n) counts.minted++
      counts.recycled += flushRecycled.length
    }
    this.#compare(before, rows, report)
  }

  #compare(before: NetworkRows, rows: NetworkRows, report: RunBlock['report']): void {
    const { counts } = this
    if (before.globals.gateBar !== rows.globals.gateBar) counts.bars++
    for (const [i, subnet] of rows.subnets.entries()) {
      const was = before.subnets[i]!
      if (was.taoReservoir !== subnet.taoReservoir || was.alphaReservoir !== subnet.alphaReservoir)
        counts.reservoirs++
      const locked = (of: typeof was): bigint => of.collateral.reduce((sum, row) => sum + row.locked, 0n)
      if (locked(subnet) < locked(was)) counts.released++
      const ran = report.payouts.some(({ netuid }) => netuid === subnet.netuid)
      const waited = was.blocksSinceLastStep + 1n
      const byTempo = BigInt(Number(rows.globals.block)) - was.lastEpochBlock >= BigInt(was.tempo)
      if (ran && waited > BigInt(was.tempo) && !byTempo && was.pendingEpochAt === 0n) counts.overdue++
      const epochs = (of: typeof was): bigint => of.stakes.reduce((sum, { epoch }) => sum + epoch, 0n)
      if (epochs(subnet) > epochs(was)) counts.reopened++
    }
  }
}

describe('whole blocks of a run of emission at spec 475 are equal', () => {
  const few = {
    specVersion: 475,
    subnets: 8,
    block: BLOCK,
    maxEpochsPerBlock: 2,
    tempos: [6, 13],
  } as const
  const many = { ...few, subnets: 64, tempos: [20, 45] } as const
  const RUNS: readonly (readonly [string, RunOptions, number, Nominators])[] = [
    ['8 subnets, nominators in every second block', { ...few, seed: 11 }, 120, (i) => i % 2 === 0],
    ['8 subnets, written by the plain epoch', { ...few, seed: 13, plain: true }, 60, (i) => i % 20 === 0],
    ['64 subnets', { ...many, seed: 12 }, 60, (i) => i % 20 === 0],
  ]

  test.each(RUNS)('%s', async (name, options, blocks, nominators) => {
    const met = new Met()
    const { values, epochs, deferred, fields } = await verifyRun(options, blocks, nominators, (...seen) =>
      met.see(...seen),
    )
    console.info(`${name}: ${values} values, ${epochs} epochs, ${deferred} deferred`, met.counts)
    expect(epochs).toBeGreaterThan(blocks / 2)
    expect(deferred).toBeGreaterThan(0)
    expect(fields.size).toBeGreaterThan(60)
    for (const [what, times] of Object.entries(met.counts)) expect(times, what).toBeGreaterThan(0)
  })
})
