/** Views over what a replay kept of a run of emission, whose reports say what was paid. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { type BlockReport, loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import {
  createLake,
  openViews,
  plan,
  type QueryOptions,
  type Row,
  replayChunk,
} from '../../ts/replay/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { LaidRun } from '../verify/laid-run.ts'

const FIRST = 8_000_000
const BLOCKS = 60
const NETUIDS = [1, 2, 3, 4, 5]

const folder = mkdtempSync(join(tmpdir(), 'yuma-replayed-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([425, 475] as const)('a run of emission at spec %i', (specVersion) => {
  const reports = new Map<number, BlockReport>()
  const lake = join(folder, String(specVersion))

  beforeAll(async () => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const run = new LaidRun(emission, {
      subnets: NETUIDS.length,
      seed: 3,
      block: BigInt(FIRST),
      maxEpochsPerBlock: 2,
      tempos: [6, 13],
      specVersion,
    })
    const blocks = new FakeChain([run.chain.at(FIRST)!])
    for (let i = 0; i < BLOCKS; i++) {
      const { number, report } = run.next()
      reports.set(number, report)
      blocks.put(run.chain.at(number)!)
    }
    await using server = await ChainServer.start(blocks)
    await using chain = await connect(server.url)
    const made = await createLake(lake, { chain: `0x${'12'.repeat(32)}`, span: 25n })
    const range = { from: BigInt(FIRST) + 1n, to: BigInt(FIRST + BLOCKS), netuids: NETUIDS, span: 25n }
    for (const chunk of plan({ covered: [], ...range }))
      await replayChunk({ engine, emission, chain, lake: made, chunk })
  })

  async function ask(name: string, options: QueryOptions = {}): Promise<Row[]> {
    await using views = await openViews(lake)
    const found: Row[] = []
    for await (const row of views.query(name, options)) found.push(row)
    return found
  }

  const payouts = () =>
    [...reports].flatMap(([block, report]) =>
      report.payouts.map((payout) => ({ block: BigInt(block), payout })),
    )

  test('every rao of a pot is paid once, or left as the ledger of emission has it', async () => {
    const pots = await ask('pots')
    expect(pots.length).toBe(payouts().length)
    for (const { block, payout } of payouts()) {
      const { netuid, pendingServer, pendingValidator, pendingRoot, pendingOwner, ownerHotkey } = payout
      const pot = pots.find((row) => row.netuid === netuid && row.block === block)!
      const place = `${netuid} ${block}`
      expect(pot.pot_least, place).toBe(pendingServer + pendingValidator + pendingRoot)
      expect([pot.pot, pot.basis], place).toEqual(['computed', 'payout'])
      const owner = ownerHotkey === null ? 0n : pendingOwner
      expect(pot.owner_cut, place).toBe(owner)
      // The ledger counts by where rao went, and not by whose they are.
      const lost = payout.ledgerLeft - (pendingOwner - owner)
      expect(pot.left_least, place).toBe(lost + payout.rootRecycled)
    }
    expect(pots.some(({ paid }) => (paid as bigint) > 0n)).toBe(true)
  })

  test('takes stand apart from what stakers got', async () => {
    const paid = await ask('paid')
    for (const { block, payout } of payouts()) {
      const own = paid.filter((row) => row.netuid === payout.netuid && row.block === block)
      const sum = (take: boolean | null, role: string): bigint =>
        own
          .filter((row) => row.take === take && row.role === role)
          .reduce((all, { rao }) => all + (rao as bigint), 0n)
      const dividends = [...payout.alphaDividends, ...payout.rootDividends]
      const toOwner = payout.rootDividends
        .filter((row) => row.toOwner)
        .reduce((all, row) => all + row.nominators, 0n)
      expect(sum(true, 'validator')).toBe(dividends.reduce((all, { take }) => all + take, 0n))
      expect(sum(false, 'validator')).toBe(toOwner)
      expect(sum(false, 'stakers')).toBe(
        dividends.reduce((all, { nominators }) => all + nominators, 0n) - toOwner,
      )
    }
    expect(new Set(paid.map(({ role }) => role)).size).toBeGreaterThan(3)
  })

  test('by days and by versions nothing is lost', async () => {
    const total = (rows: readonly Row[]): bigint => rows.reduce((all, { rao }) => all + (rao as bigint), 0n)
    const days = await ask('paid_by_day')
    expect(total(days)).toBe(total(await ask('paid')))
    expect(days.every(({ day }) => day !== null)).toBe(true)
    const rules = await ask('differences_by_rules')
    expect(rules.map((row) => [row.spec_version, row.epochs, row.equal])).toEqual([
      [specVersion, payouts().length, payouts().length],
    ])
  })

  test('yields, trust and fairness have rows of every epoch', async () => {
    for (const name of ['validator_yield', 'trust', 'fairness'])
      expect(new Set((await ask(name)).map(({ netuid, block }) => `${netuid} ${block}`)).size, name).toBe(
        payouts().length,
      )
    const yields = await ask('validator_yield')
    for (const { block, payout } of payouts()) {
      for (const { hotkey: _, nominators } of payout.alphaDividends.filter(
        ({ nominators }) => nominators > 0n,
      )) {
        const found = yields.filter(
          (row) => row.netuid === payout.netuid && row.block === block && row.stakers === nominators,
        )
        expect(found.length).toBeGreaterThan(0)
      }
    }
    expect(yields.filter(({ rate }) => rate !== null && (rate as number) > 0).length).toBeGreaterThan(20)
  })
})
