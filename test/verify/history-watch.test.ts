import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { type EpochResult, loadEngine } from '../../ts/engine/index.ts'
import { InputError } from '../../ts/errors/index.ts'
import { History, type Verification, watch } from '../../ts/verify/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { historyRuntime } from '../chain/history-runtime.ts'
import { ChainServer } from '../chain/server.ts'
import { makeHistory, type RunEpoch } from './history-run.ts'
import { query } from './query.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const folder = mkdtempSync(join(tmpdir(), 'yuma-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The first version of each range before 425, as the engine has them, but for what the chain never ran. */
const FIRST = engine.rules.filter(({ first, branch }) => first < 425 && !branch).map(({ first }) => first)

/** Blocks of each runtime. */
const BLOCKS = 12

/** Block before the first, and subnets: of an ordinary one epochs are in the first block of each runtime too. */
const RUNS = [
  ['none in the first block of a runtime', 6_000_002, [3, 8]],
  ['one in the first block of each runtime', 6_000_000, [3]],
] as const

/** Whether an epoch comes out otherwise by the rules of another version. */
function isTold({ input }: RunEpoch, asSpec: number): boolean {
  const own = engine.epoch(input)
  try {
    const other = engine.epoch(input, { asSpec })
    return !isDeepStrictEqual(storedOf(own), storedOf(other))
  } catch (error) {
    // Before 320 there are no mechanisms.
    if (error instanceof InputError) return true
    throw error
  }
}

function storedOf({ consensus, dividends, emission, mechanisms }: EpochResult): unknown {
  return [consensus, dividends, emission, mechanisms.map(({ bonds }) => bonds)]
}

describe('a watch from 233 to 423', () => {
  test('is of epochs that come out otherwise by the rules before the border', () => {
    const [, from, netuids] = RUNS[0]
    const shape = { blocks: BLOCKS, netuids, n: 14, seed: 5, from, emits: true }
    const { epochs } = makeHistory(engine, emission, { ...shape, runtimes: FIRST.map(historyRuntime) })
    const told = FIRST.filter((spec, at) =>
      epochs.some((epoch) => epoch.specVersion === spec && at > 0 && isTold(epoch, FIRST[at - 1]!)),
    )
    // 301 has the rules of 299: only a branch stands between them.
    expect(told).toEqual(FIRST.slice(1).filter((spec) => spec !== 301))
  })

  test.each(RUNS)(
    'lives through the border of each range: every epoch once, %s',
    async (_, from, netuids) => {
      const shape = { blocks: BLOCKS, netuids, n: 14, seed: 5, from, emits: true }
      const run = makeHistory(engine, emission, { ...shape, runtimes: FIRST.map(historyRuntime) })
      const chain = new FakeChain(run.blocks.slice(0, 8))
      await using server = await ChainServer.start(chain)
      const warnings: string[] = []
      await using connection = await connect(server.url, { onWarning: (message) => warnings.push(message) })
      const file = join(folder, `watched-${from}.duckdb`)
      const seen: Verification[] = []
      const controller = new AbortController()
      {
        await using history = await History.open(file, 'a chain')
        const watching = watch(engine, connection, {
          history,
          emission,
          since: BigInt(from) + 1n,
          pollMs: 1,
          signal: controller.signal,
          onVerification: (verification) => {
            seen.push(verification)
            // The chain goes on while the watch is at work.
            for (const block of run.blocks)
              if (block.number > chain.best && block.number < Number(verification.block) + 9) chain.put(block)
            if (seen.length === run.epochs.length) controller.abort()
          },
        })
        await expect(watching).rejects.toMatchObject({ code: 'aborted' })
      }
      const placeOf = ({ netuid, block, specVersion }: (typeof run.epochs)[number] | Verification): string =>
        `subnet ${netuid}, block ${block}, spec ${specVersion}`
      expect(seen.map(placeOf)).toEqual(run.epochs.map(placeOf))

      /** The first block of each runtime but the first. */
      const borders = FIRST.slice(1).map((spec, at) => ({
        spec,
        last: from + BLOCKS * (at + 1),
        before: FIRST[at]!,
      }))
      const isFirst = (block: bigint): boolean => borders.some(({ last }) => block === BigInt(last + 1))
      for (const { block, outcome, differences, pot, notes } of seen) {
        expect({ outcome, differences }).toEqual({ outcome: 'equal', differences: [] })
        expect(pot!.known).toBe('inferred')
        expect(notes.some(({ about }) => about === 'System.LastRuntimeUpgrade')).toBe(isFirst(block))
      }
      const inFirst = seen.filter(({ block }) => isFirst(block))
      expect(inFirst).toHaveLength(netuids.length === 1 ? borders.length : 0)
      expect(warnings).toEqual(
        inFirst.map(({ block, specVersion }) => {
          const { before } = borders.find(({ spec }) => spec === specVersion)!
          return `block ${block - 1n} is the last of spec ${before}: the next one runs spec ${specVersion} and its migrations first`
        }),
      )
      const sql =
        "SELECT spec_version, count(*)::INTEGER FROM epochs WHERE outcome = 'equal' GROUP BY ALL ORDER BY ALL"
      const epochsOf = (spec: number): number =>
        run.epochs.filter(({ specVersion }) => specVersion === spec).length
      expect(await query(file, sql)).toEqual(FIRST.map((spec) => [spec, epochsOf(spec)]))
      expect(Math.min(...FIRST.map(epochsOf))).toBeGreaterThan(1)
    },
  )
})
