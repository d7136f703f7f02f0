import { beforeAll, describe, expect, test } from 'vitest'
import { ESCROW } from '../../ts/chain/baskets.ts'
import { connect } from '../../ts/chain/index.ts'
import { ACCOUNTS, BASKETS, type Item, SUBNET } from '../../ts/chain/items.ts'
import type { KeyPart } from '../../ts/chain/keys.ts'
import { BLOCK as BLOCK_ITEMS, PAYOUT } from '../../ts/chain/payout-items.ts'
import type { NetworkRows } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { BlockStates, ChainEvent } from '../../ts/snapshot/block.ts'
import { type BlockVerification, verifyBlock, verifyEpoch } from '../../ts/verify/index.ts'
import { touchedBy, touchesOf } from '../../ts/verify/touched.ts'
import { eventsOf, type PlainEvent, u16, u64 } from '../chain/events.ts'
import { sealed } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { all } from './flips.ts'
import { LaidRun, type RunBlock } from './laid-run.ts'

const SHAPE = {
  specVersion: 475,
  subnets: 8,
  seed: 13,
  block: 8_000_000n,
  maxEpochsPerBlock: 2,
  tempos: [6, 13],
} as const
const ACCOUNT = '77'.repeat(32)
const engine = await loadEngine()
const emission = await loadEmission()

/** A block of a run. */
interface Ran extends RunBlock {
  readonly run: LaidRun
  readonly before: NetworkRows
}

/** Runs a chain up to the first block that is as asked for. */
function runTo(isWanted: (block: RunBlock, before: NetworkRows) => boolean): Ran {
  const run = new LaidRun(emission, SHAPE)
  for (let i = 0; i < 100; i++) {
    const before = run.rows
    const block = run.next()
    if (isWanted(block, before)) return { ...block, run, before }
  }
  throw new Error('no such block')
}

/** Subnets on which a block's basket holds more than before, and no epoch ran. */
function filled({ report, rows }: RunBlock, before: NetworkRows): readonly number[] {
  const [flush] = report.flushes
  if (flush === undefined || flush.shares === 0n) return []
  const ran = new Set(report.payouts.map(({ netuid }) => netuid))
  const total = (network: NetworkRows, netuid: number): bigint =>
    network.subnets
      .find((subnet) => subnet.netuid === netuid)!
      .stakes.find(({ hotkey }) => hotkey === flush.hotkey)?.total ?? 0n
  const netuids = rows.subnets.map(({ netuid }) => netuid)
  return netuids.filter((netuid) => !ran.has(netuid) && total(rows, netuid) > total(before, netuid))
}

type Change = readonly [item: Item<unknown>, parts: readonly KeyPart[], offset?: number]

/** The block with values of the state after it changed by one unit, checked without nominators. */
async function checked(
  { run, number }: Ran,
  changes: readonly Change[],
  events: readonly PlainEvent[] = [],
): Promise<BlockVerification> {
  const laid = run.chain.at(number)!
  const state = new Map(laid.state)
  const { writer } = run.layer
  for (const [item, parts, offset = 0] of changes) {
    const key = writer.key(item, parts)
    const hex = state.get(key)!
    const at = 2 + 2 * offset
    const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
    state.set(key, hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2))
  }
  if (events.length > 0) state.set(writer.key(BLOCK_ITEMS.events, []), eventsOf(run.runtime, events))
  run.chain.put(sealed({ ...laid, branch: `${number} ${changes.length} ${events.length}`, state }))
  try {
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    return await verifyBlock(engine, chain, { block: number, emission })
  } finally {
    run.chain.put(laid)
  }
}

/** A stake of an account on a subnet. */
function staked(netuid: number): PlainEvent {
  const fields = `${ACCOUNT}${ACCOUNT}${u64(5n)}${u64(7n)}${u16(netuid)}${u64(0n)}`
  return { name: 'SubtensorModule.StakeAdded', extrinsic: 3, fields }
}

describe('a block that fills a basket', () => {
  let ran: Ran
  let hotkey: string
  let netuid: number
  beforeAll(() => {
    ran = runTo((block, before) => filled(block, before).length > 0)
    hotkey = ran.run.layer.account(ran.report.flushes[0]!.hotkey)
    netuid = filled(ran, ran.before)[0]!
  })

  test('is equal, and so is what the basket holds where no epoch ran, without nominators', async () => {
    const whole = await checked(ran, [])
    expect(whole).toMatchObject({ outcome: 'equal', differences: [], notComparable: [] })
    const fields = whole.checked.map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['AlphaV2', 'TotalHotkeySharesV2', 'BasketShares']))
  })

  test('a unit of what it wrote on a subnet without an epoch is found', async () => {
    const changes: Readonly<Record<string, Change>> = {
      TotalHotkeyAlpha: [ACCOUNTS.totalHotkeyAlpha, [hotkey, netuid]],
      TotalHotkeySharesV2: [PAYOUT.totalHotkeySharesV2, [hotkey, netuid]],
      AlphaV2: [PAYOUT.alphaV2, [hotkey, ESCROW, netuid]],
      TotalAlphaStaked: [SUBNET.totalAlphaStaked, [netuid]],
    }
    for (const [field, change] of Object.entries(changes)) {
      const { differences } = await checked(ran, [change])
      expect(differences, field).toMatchObject([{ field, netuid }])
    }
    const shares = await checked(ran, [[BASKETS.basketShares, [hotkey]]])
    expect(new Set(all(shares).map(({ field }) => field))).toEqual(new Set(['BasketShares']))
    expect(shares.differences).toMatchObject([{ netuid: null, firstStep: 'baskets' }])
  })

  test('what others hold was not read, and is not compared', async () => {
    const { writer } = ran.run.layer
    const prefix = writer.key(PAYOUT.alphaV2, [hotkey])
    const others = [...ran.run.chain.at(ran.number)!.state.keys()].filter(
      (key) => key.startsWith(prefix) && !key.includes(ESCROW),
    )
    const coldkey = others[0]!.slice(-68, -4)
    const own = Number.parseInt(others[0]!.slice(-4, -2), 16)
    expect(all(await checked(ran, [[PAYOUT.alphaV2, [hotkey, coldkey, own]]]))).toEqual([])
  })

  test('a trade on root may have filled the basket too, one elsewhere not', async () => {
    const change: Change = [BASKETS.basketShares, [hotkey]]
    const onRoot = await checked(ran, [change], [staked(0)])
    expect(onRoot).toMatchObject({ outcome: 'equal', differences: [] })
    expect(onRoot.notComparable).toMatchObject([
      { field: 'BasketShares', event: 'SubtensorModule.StakeAdded' },
    ])
    expect((await checked(ran, [change], [staked(netuid)])).differences).toMatchObject([
      { field: 'BasketShares' },
    ])
  })
})

describe('an epoch by itself in a block with another', () => {
  test('is equal; what the other may have left for a basket is not comparable', async () => {
    const { run, number, report } = runTo(
      (block) => block.report.payouts.length === 2 && block.report.flushes.some(({ shares }) => shares > 0n),
    )
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    for (const [i, { netuid }] of report.payouts.entries()) {
      const other = report.payouts[1 - i]!.netuid
      const checked = await verifyEpoch(engine, chain, { netuid, block: number, emission })
      expect(checked).toMatchObject({ outcome: 'equal', differences: [] })
      expect(checked.checked.map(({ field }) => field)).toContain('PendingBasketDeposits')
      expect(checked.notComparable.length).toBeGreaterThan(0)
      for (const { event } of checked.notComparable)
        expect(event).toBe(`the payout of the epoch of subnet ${other}, which is not computed`)
    }
  })
})

describe('events of baskets', () => {
  const states = (event: Partial<ChainEvent>, baskets: object | null = {}): BlockStates =>
    ({
      before: { baskets, upgradedFrom: null },
      events: [{ name: '', extrinsic: null, netuids: [], accounts: [], ...event }],
      sellers: [],
      after: { subnets: [] },
    }) as unknown as BlockStates
  const value = { field: 'BasketShares', netuid: null, hotkey: 'h', coldkey: null }

  test('those of the block itself touch nothing', () => {
    expect(touchesOf(states({ name: 'SubtensorModule.BasketDeposited' }))).toEqual([])
  })

  test.each(['BasketDeposited', 'BasketSwapped', 'RootClaimed'])('%s of a transaction', (name) => {
    const touches = touchesOf(states({ name: `SubtensorModule.${name}`, extrinsic: 1 }))
    expect(touchedBy(touches, value)).toMatchObject({ reach: 'baskets', netuids: 'all', extrinsic: 1 })
    expect(touchedBy(touches, { ...value, field: 'SubnetMovingPrice', netuid: 3 })).toBeUndefined()
  })

  test('before there were baskets claims are what they were', () => {
    const claim = states({ name: 'SubtensorModule.RootClaimed', extrinsic: 1 }, null)
    expect(touchesOf(claim)).toMatchObject([{ reach: 'stakes', netuids: 'all' }])
  })

  test('what reaches some accounts alone reaches values of theirs, and of nobody', () => {
    const touch = {
      event: 'x',
      extrinsic: null,
      netuids: 'all',
      reach: 'turn',
      accounts: new Set(['h']),
    } as const
    expect(touchedBy([touch], value)).toBe(touch)
    expect(touchedBy([touch], { ...value, hotkey: 'other' })).toBeUndefined()
    expect(touchedBy([touch], { ...value, hotkey: 'other', coldkey: 'h' })).toBe(touch)
    expect(touchedBy([touch], { ...value, field: 'SubnetAlphaOut', netuid: 3, hotkey: null })).toBe(touch)
  })
})
