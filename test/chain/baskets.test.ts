import { beforeAll, describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { BASKETS } from '../../ts/chain/items.ts'
import { rowsOf } from '../../ts/emission/columns.ts'
import { NETWORK_TABLES, type NetworkRows } from '../../ts/emission/fields.ts'
import { loadEmission, networkState } from '../../ts/emission/index.ts'
import { networkPieces, parseNetwork } from '../../ts/snapshot/index.ts'
import type { NetworkSnapshot } from '../../ts/snapshot/network.ts'
import { Comparison } from '../../ts/verify/compare.ts'
import { compareNetwork } from '../../ts/verify/network-values.ts'
import { LaidRun } from '../verify/laid-run.ts'
import { sealed } from './fake-chain.ts'
import { ChainServer } from './server.ts'

const SHAPE = {
  specVersion: 475,
  subnets: 8,
  seed: 31,
  block: 8_000_000n,
  maxEpochsPerBlock: 2,
  tempos: [6, 13],
} as const
const emission = await loadEmission()
const addresses = new Addresses()

async function withChain<T>(run: LaidRun, work: (chain: Chain) => Promise<T>): Promise<T> {
  await using server = await ChainServer.start(run.chain)
  await using chain = await connect(server.url)
  return await work(chain)
}

describe('baskets, read from a chain', () => {
  let run: LaidRun
  beforeAll(() => {
    run = new LaidRun(emission, SHAPE)
  })

  test('the one that a block fills is among those that are read, at both sides', async () => {
    for (let i = 0; i < 8; i++) {
      const { number, report } = run.next()
      const { before, baskets } = await withChain(run, (chain) => chain.blockStates(number))
      const flushed = report.flushes.map(({ hotkey }) => addresses.of(run.layer.account(hotkey)))
      const read = baskets!.before.baskets.map(({ hotkey }) => hotkey)
      expect(read).toEqual(expect.arrayContaining(flushed))
      expect(baskets!.after.baskets.map(({ hotkey }) => hotkey)).toEqual(
        baskets!.before.baskets.map(({ hotkey }) => hotkey),
      )
      expect(before.baskets!.rootHotkeys.length).toBeGreaterThan(3)
    }
  })

  test('a cursor that is no key of a deposit is a fault of the node', async () => {
    const number = run.chain.best
    const laid = run.chain.at(number)!
    const key = run.layer.writer.key(BASKETS.pendingBasketFlushCursor, [])
    for (const cursor of ['0x00', `0x4901${'00'.repeat(82)}`, `${laid.state.get(key)}ff`]) {
      run.chain.put(sealed({ ...laid, branch: cursor, state: new Map(laid.state).set(key, cursor) }))
      await expect(withChain(run, (chain) => chain.blockStates(number))).rejects.toMatchObject({
        kind: 'malformed',
        items: ['SubtensorModule.PendingBasketFlushCursor'],
      })
    }
    run.chain.put(laid)
  })

  test('a runtime without baskets has none', async () => {
    const older = new LaidRun(emission, { ...SHAPE, specVersion: 425 })
    const { number } = older.next()
    await withChain(older, async (chain) => {
      const states = await chain.blockStates(number)
      expect([states.before.baskets, states.after.baskets, states.baskets]).toEqual([null, null, null])
      expect((await chain.network({ at: number })).baskets).toBeNull()
    })
  })
})

/** Items of accounts that a network's snapshot has not. */
const NOT_IN_SNAPSHOT: ReadonlySet<string> = new Set([
  'AlphaDividendsPerSubnet',
  'RootAlphaDividendsPerSubnet',
  'TotalHotkeyAlphaLastEpoch',
  'StakingHotkeys',
  'PendingChildKeys',
  'ChildKeys',
  'ParentKeys',
])

/** What of the state after a block is another than it was computed from the snapshot before it. */
function differing(before: NetworkSnapshot, after: NetworkSnapshot): ReadonlySet<string> {
  const [state, { accounts, columns }] = [networkState(before), networkState(after)]
  expect(state.accounts.addresses).toEqual(accounts.addresses)
  const network = emission.open(state)
  network.run(1)
  const rows = (of: typeof columns): NetworkRows => rowsOf(NETWORK_TABLES, of)
  const comparison = new Comparison({ netuid: null, hotkeys: [], replaced: new Set(), touches: [] })
  const { escrow, rootHotkeys } = before.baskets!
  compareNetwork(comparison, rows(columns), rows(network.columns()), {
    accounts,
    netuids: null,
    nominators: false,
    baskets: {
      escrow: accounts.of(escrow),
      hotkeys: new Set(rootHotkeys.map((hotkey) => accounts.of(hotkey))),
    },
    specVersion: before.specVersion,
  })
  network.close()
  // Under Null a credit to the sole member of a pool leaves its shares, and a network's snapshot has no members.
  const underNull = new Set(
    before.subnets.flatMap(({ netuid, epoch }) => (epoch?.subnetEpochConsensus === 'Null' ? netuid : [])),
  )
  return new Set(
    comparison.differences
      .filter(({ field, netuid }) => field !== 'TotalHotkeySharesV2' || !underNull.has(netuid!))
      .map(({ field }) => field),
  )
}

describe('a network of spec 475, read from a chain', () => {
  test('runs as the chain does, of a snapshot and of its file: pools, baskets, collateral and stakes', async () => {
    const run = new LaidRun(emission, SHAPE)
    let epochs = 0
    let minted = 0
    for (let i = 0; i < 12; i++) {
      const parent = run.chain.best
      const { number, report } = run.next()
      epochs += report.payouts.length
      minted += report.flushes.filter(({ shares }) => shares > 0n).length
      const [before, after] = await withChain(run, async (chain) => [
        await chain.network({ at: parent }),
        await chain.network({ at: number }),
      ])
      const file = new TextEncoder().encode([...networkPieces(before!)].join(''))
      expect(await parseNetwork(file)).toEqual(before)
      for (const field of differing(before!, after!)) expect(NOT_IN_SNAPSHOT).toContain(field)
    }
    expect(epochs).toBeGreaterThan(6)
    expect(minted).toBeGreaterThan(0)
  })

  test('a subnet by itself has who is on root and what owners have locked, and hands out with them', async () => {
    const run = new LaidRun(emission, SHAPE)
    const { number, rows } = run.next()
    const { netuid } = rows.subnets.find(({ pendingRoot }) => pendingRoot > 0n)!
    const [network, subnet] = await withChain(run, async (chain) => [
      await chain.network({ at: number }),
      await chain.subnet(netuid, { at: number }),
    ])
    const whole = emission.open(network!)
    const own = emission.open(subnet!)
    const [expected, found] = [whole, own].map((of) => of.distribute({ netuid }))
    expect(found!.rootDividends.length).toBe(expected!.rootDividends.length)
    const rao = (payout: typeof expected): readonly (readonly bigint[])[] =>
      payout!.rootDividends.map(({ take, nominators, captured }) => [take, nominators, captured])
    expect(rao(found)).toEqual(rao(expected))
    expect(
      rao(found)
        .flat()
        .some((amount) => amount > 0n),
    ).toBe(true)
    expect(found!.incentives.some(({ captured }) => captured > 0n)).toBe(true)
    expect(() => own.run(1)).toThrow('basket_escrow')
  })
})
