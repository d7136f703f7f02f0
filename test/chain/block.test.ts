import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { ACCOUNTS, EPOCH, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { BLOCK, PAYOUT, SUBNET_BLOCK } from '../../ts/chain/payout-items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { EpochStates, PayoutState } from '../../ts/snapshot/block.ts'
import { eventsOf } from './events.ts'
import { type FakeBlock, FakeChain, hashOf, sealed } from './fake-chain.ts'
import { makeSubnet, putNetwork, putSubnet } from './fixture.ts'
import { ChainServer } from './server.ts'
import { StorageWriter } from './writer.ts'

const NUMBER = 1_000_000
const SUBNETS = [15, 19].map((netuid) => {
  const subnet = makeSubnet({ netuid, n: 12, validators: 4, seed: netuid, block: NUMBER - 1 })
  return { ...subnet, ownerUid: 7 }
})
const [FIRST, SECOND] = SUBNETS as [(typeof SUBNETS)[0], (typeof SUBNETS)[0]]
/** Accounts without a uid. */
const [CHILD, STAKER, GONE, CLAIMER, KEEPER] = ['c1', 'c2', 'c3', 'c4', 'c5'].map((byte) =>
  byte.repeat(32),
) as [string, string, string, string, string]

function putBefore(writer: StorageWriter): void {
  putNetwork(writer, NUMBER - 1, [0, 15, 19])
  for (const subnet of SUBNETS) putSubnet(writer, subnet)
  const [hotkey, other] = FIRST.hotkeys as [string, string]
  writer.put(PAYOUT.alphaDividends, [15, hotkey], 77n)
  writer.put(PAYOUT.alphaDividends, [15, GONE], 5n)
  writer.put(PAYOUT.alphaDividends, [19, CHILD], 6n)
  writer.put(PAYOUT.rootAlphaDividends, [15, hotkey], 3n)
  writer.put(
    PAYOUT.rootClaimable,
    [hotkey],
    [
      [15, -9n],
      [19, 4n],
    ],
  )
  writer.put(PAYOUT.pendingChildKeys, [15, other], [[[1n << 40n, CHILD]], 999_999n])
  writer.put(ACCOUNTS.childKeys, [other, 15], [[5n, STAKER]])
  writer.put(PAYOUT.totalHotkeySharesV2, [hotkey, 15], [123n, -4n])
  writer.put(PAYOUT.totalHotkeyShares, [other, 15], 55n)
  writer.put(PAYOUT.totalHotkeySharesV2, [other, 15], [1n, 1n])
  writer.put(PAYOUT.alphaV2, [hotkey, STAKER, 15], [7n, -2n])
  writer.put(PAYOUT.alphaV2, [hotkey, STAKER, 19], [8n, -2n])
  writer.put(PAYOUT.alpha, [hotkey, GONE, 15], 9n)
  writer.put(PAYOUT.stakingHotkeys, [STAKER], [hotkey])
  writer.put(SUBNET_BLOCK.lease, [19], 3)
  writer.put(PAYOUT.rootClaimType, [KEEPER], 'Keep')
}

const PARENT = { number: NUMBER - 1, parentHash: hashOf('earlier') }

function blockOn(parent: FakeBlock, state: ReadonlyMap<string, string>): FakeBlock {
  return sealed({ number: NUMBER, parentHash: parent.hash, runtime: parent.runtime, state })
}

function chainOf(events: string | undefined): FakeChain {
  const runtime = demoRuntime(424)
  const writer = new StorageWriter(runtime)
  putBefore(writer)
  const fake = new FakeChain([sealed({ ...PARENT, runtime, state: new Map(writer.state) })])
  writer.put(SYSTEM.number, [], NUMBER)
  writer.put(SUBNET.subnetTao, [15], 44n)
  writer.put(PAYOUT.totalHotkeyAlphaLastEpoch, [FIRST.hotkeys[0]!, 15], 12n)
  writer.put(PAYOUT.alphaDividends, [15, STAKER], 1n)
  if (events !== undefined) writer.state.set(writer.key(BLOCK.events, []), events)
  fake.put(blockOn(fake.at(NUMBER - 1)!, new Map(writer.state)))
  return fake
}

async function statesOf(nominators: boolean): Promise<EpochStates> {
  await using server = await ChainServer.start(chainOf(undefined))
  await using chain = await connect(server.url)
  return await chain.epochStates(15, NUMBER, { nominators })
}

/** What is known of an account, by the name of its hotkey. */
function placeOf({ hotkeys }: PayoutState, address: string): number {
  const place = hotkeys.indexOf(address)
  expect(place).toBeGreaterThanOrEqual(0)
  return place
}

describe('both sides of a block', () => {
  test('the network, and what changed', async () => {
    await using server = await ChainServer.start(chainOf(undefined))
    await using chain = await connect(server.url)
    const states = await chain.blockStates(NUMBER)
    expect(states).toMatchObject({
      block: BigInt(NUMBER),
      blockHash: server.chain.at(NUMBER)!.hash,
      events: [],
      sellers: [],
    })
    expect(states.parentHash).toBe(server.chain.at(NUMBER - 1)!.hash)
    for (const side of [states.before, states.after]) {
      expect(side.subnets.map(({ netuid }) => netuid)).toEqual([0, 15, 19])
      expect(side.subnets.map(({ leased }) => leased)).toEqual([false, false, true])
      expect(side.specVersion).toBe(424)
    }
    expect(states.before.stateBlock).toBe(BigInt(NUMBER - 1))
    expect(states.before.subnets[1]!.items.subnetTao).toBe(0n)
    expect(states.after.subnets[1]!.items.subnetTao).toBe(44n)
    expect(states.after.subnets[1]!.items.subnetOwnerHotkey).toMatch(/^5/)
  })

  test('read once for all epochs of the block, and not again for the next', async () => {
    await using server = await ChainServer.start(chainOf(undefined))
    await using chain = await connect(server.url)
    await chain.epochStates(15, NUMBER)
    const networks = new StorageWriter(demoRuntime(424)).key(EPOCH.networksAdded, [])
    const listed = (): number => server.requests.filter(({ params }) => params[0] === networks).length
    expect(listed()).toBe(2)
    const states = await chain.blockStates(NUMBER)
    await chain.epochStates(19, NUMBER)
    expect(listed()).toBe(2)
    expect(await chain.blockStates(server.chain.at(NUMBER)!.hash)).toBe(states)
    await expect(chain.blockStates('nonsense')).rejects.toMatchObject({ code: 'input', field: 'block' })
  })

  test('asked for by several: the abort of one ends its own wait at once, and that of nobody else', async () => {
    await using server = await ChainServer.start(chainOf(undefined), {
      fault: ({ method }) => (method === 'state_queryStorageAt' ? { kind: 'delay', ms: 300 } : undefined),
    })
    await using chain = await connect(server.url)
    const { hash } = server.chain.at(NUMBER)!
    const controllers = Array.from({ length: 3 }, () => new AbortController())
    const ends: string[] = []
    const asking = controllers.map(async ({ signal }, i) => {
      // The one that begins is the first.
      await sleep(i * 20)
      const end = await chain.blockStates(hash, signal).then(
        ({ block }) => `block ${block}`,
        (error: Error) => error.name,
      )
      ends.push(`${i}: ${end}`)
      return end
    })
    while ((server.counts.state_queryStorageAt ?? 0) === 0) await sleep(5)
    await sleep(60)
    controllers[0]!.abort()
    controllers[2]!.abort()
    await Promise.all([asking[0], asking[2]])
    expect(ends).toEqual(['0: AbortedError', '2: AbortedError'])
    expect(await asking[1]).toBe(`block ${NUMBER}`)
  })

  test('asked for by none any more: it is not read on, and anew when it is asked for again', async () => {
    await using server = await ChainServer.start(chainOf(undefined), {
      fault: ({ method }) => (method === 'state_queryStorageAt' && slow ? { kind: 'silence' } : undefined),
    })
    let slow = true
    await using chain = await connect(server.url)
    const controllers = [new AbortController(), new AbortController()]
    const asking = controllers.map(({ signal }) => chain.blockStates(NUMBER, signal))
    for (const one of asking) one.catch(() => {})
    while ((server.counts.state_queryStorageAt ?? 0) === 0) await sleep(5)
    for (const controller of controllers) controller.abort()
    for (const one of asking) await expect(one).rejects.toMatchObject({ code: 'aborted' })
    const before = server.requests.length
    await sleep(50)
    expect(server.requests.length).toBe(before)
    slow = false
    expect(await chain.blockStates(NUMBER)).toMatchObject({ block: BigInt(NUMBER) })
  })

  test('who claims, and whose claims are sold', async () => {
    const claim = { name: 'SubtensorModule.RootClaimed', extrinsic: null }
    const events = eventsOf(demoRuntime(424), [
      { ...claim, fields: CLAIMER },
      { ...claim, fields: KEEPER },
    ])
    await using server = await ChainServer.start(chainOf(events))
    await using chain = await connect(server.url)
    const states = await chain.blockStates(NUMBER)
    expect(states.events).toHaveLength(2)
    expect(states.sellers).toEqual(states.events![0]!.accounts)
  })

  test('events that do not decode are none that are known', async () => {
    await using server = await ChainServer.start(chainOf('0x0400'))
    await using chain = await connect(server.url)
    expect((await chain.blockStates(NUMBER)).events).toBeNull()
  })
})

describe('accounts of an epoch, from both sides of its block', () => {
  test('the same accounts on both sides, whoever was paid, is paid or waits', async () => {
    const { before, payout } = await statesOf(false)
    expect(payout.before.hotkeys).toEqual(payout.after.hotkeys)
    expect(new Set(payout.before.hotkeys).size).toBe(payout.before.hotkeys.length)
    expect(payout.before.hotkeys.slice(0, 12)).toEqual(before.hotkeys)
    for (const hotkey of before.accounts.hotkeys) expect(payout.before.hotkeys).toContain(hotkey)
    const first = placeOf(payout.before, before.hotkeys[0]!)
    expect(payout.before.alphaDividends[first]).toBe(77n)
    expect(payout.before.rootAlphaDividends[first]).toBe(3n)
    expect(payout.before.rootClaimable[first]).toBe(-9n)
    expect(payout.before.totalHotkeyAlphaLastEpoch[first]).toBeNull()
    expect(payout.after.totalHotkeyAlphaLastEpoch[first]).toBe(12n)
    expect(payout.before.alphaDividends.filter((rao) => rao !== null)).toEqual([77n, 5n])
    expect(payout.after.alphaDividends.filter((rao) => rao !== null)?.toSorted()).toEqual([1n, 5n, 77n])
    expect(payout.before.owner.slice(0, 12)).toEqual(before.coldkeys)
    expect([...payout.before.totalHotkeyAlpha.slice(0, 12)]).toEqual(FIRST.alpha)
    expect([...payout.before.rootAlpha.slice(0, 12)]).toEqual(FIRST.root)
    expect(payout.before.holdings).toBeNull()
    // Whose they are was not asked for; how many there are in all is read all the same.
    expect(payout.before.denominators.some((share) => share !== null)).toBe(true)
  })

  test('children that wait, with their relatives', async () => {
    const { before, payout } = await statesOf(false)
    const [pending] = payout.before.pendingChildren
    expect(payout.before.pendingChildren).toHaveLength(1)
    expect(pending).toMatchObject({ cooldownBlock: 999_999n, children: [{ proportion: 1n << 40n }] })
    expect(payout.before.hotkeys[pending!.hotkey]).toBe(before.hotkeys[1])
    const { rowStart, account, proportion } = payout.before.childKeys
    expect([...proportion.slice(rowStart[1], rowStart[2])]).toEqual([5n])
    expect(account[rowStart[1]!]).toBeLessThan(payout.before.hotkeys.length)
    expect(rowStart).toHaveLength(payout.before.hotkeys.length + 1)
  })

  test('with nominators who holds what: of two entries the older', async () => {
    const { before, payout } = await statesOf(true)
    const [first, other] = [0, 1].map((uid) => placeOf(payout.before, before.hotkeys[uid]!)) as [
      number,
      number,
    ]
    expect(payout.before.denominators[first]).toEqual({ kind: 'decimal', mantissa: 123n, exponent: -4n })
    expect(payout.before.denominators[other]).toEqual({ kind: 'fixed', bits: 55n })
    expect(payout.before.holdings).toHaveLength(2)
    const shares = payout.before.holdings!.map(({ hotkey, share }) => ({ hotkey, share }))
    expect(shares).toContainEqual({
      hotkey: first,
      share: { kind: 'decimal', mantissa: 7n, exponent: -2n },
    })
    expect(shares).toContainEqual({ hotkey: first, share: { kind: 'fixed', bits: 9n } })
    const { coldkey } = payout.before.holdings!.find(({ share }) => share.kind === 'decimal')!
    expect(payout.before.stakingHotkeys.get(coldkey)).toEqual([before.hotkeys[0]])
  })
})

describe('when epochs were', () => {
  test('by subnet, the root left out', async () => {
    await using server = await ChainServer.start(chainOf(undefined))
    await using chain = await connect(server.url)
    const marks = await chain.epochMarks()
    expect(marks.map(({ netuid }) => netuid)).toEqual([15, 19])
    expect(marks[0]).toMatchObject({ lastStep: FIRST.lastMechansimStepBlock })
    expect(await chain.epochMarks('finalized', [19, 3])).toMatchObject([{ netuid: 19 }])
    expect(SECOND.netuid).toBe(19)
  })
})
