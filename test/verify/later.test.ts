import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { COMMITS, MECHANISM, NETWORK, NEURONS, STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { BLOCK as BLOCK_ITEMS, SUBNET_BLOCK } from '../../ts/chain/payout-items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { NetworkRows, NetworkSubnetsRow } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type Verification, verifyBlock, verifyEpoch, watch } from '../../ts/verify/index.ts'
import { eventsOf, type PlainEvent, u16, u64 } from '../chain/events.ts'
import { FakeChain, hashOf, sealed } from '../chain/fake-chain.ts'
import { makeSubnet, putNetwork, putSubnet } from '../chain/fixture.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'
import { LaidRun } from './laid-run.ts'

/** A subnet of two mechanisms, with commit-reveal. */
const NETUID = 15
const OTHER = 4
const STRIDE = 4096
const SHAPE = { subnets: 15, seed: 5, block: 8_000_000n, maxEpochsPerBlock: 2, tempos: [6, 9] } as const

type Write = (writer: StorageWriter) => void

/** What happens in the epoch's block beside the epoch. */
interface Course {
  /** To the state before; the rest of it is made up. */
  readonly before?: Write
  /** What the block did before the epoch, of which the epoch's input has this. */
  readonly input?: (subnet: NetworkSubnetsRow) => NetworkSubnetsRow
  /** What the state after shows of it, and what came later in the block. */
  readonly after?: Write
  readonly events?: readonly PlainEvent[]
  /** No epoch: the state after is that before and what `after` writes. */
  readonly none?: boolean
  /** The whole block, not the epoch alone. */
  readonly whole?: boolean
}

const emission = await loadEmission()

let blocksBefore: number | undefined

/** How many blocks are before the first with an epoch of the subnet. */
function scout(): number {
  const run = new LaidRun(emission, SHAPE)
  let blocks = 0
  while (!run.next().report.payouts.some(({ netuid }) => netuid === NETUID)) blocks++
  return blocks
}

/** A run up to the block before an epoch of the subnet. */
function runBefore(): LaidRun {
  blocksBefore ??= scout()
  const run = new LaidRun(emission, SHAPE)
  for (let i = 0; i < blocksBefore; i++) run.next()
  return run
}

function written(state: ReadonlyMap<string, string>, write: Write | undefined): ReadonlyMap<string, string> {
  const writer = new StorageWriter(demoRuntime(425))
  for (const [key, value] of state) writer.state.set(key, value)
  write?.(writer)
  return writer.state
}

function withSubnet(
  rows: NetworkRows,
  change: (subnet: NetworkSubnetsRow) => NetworkSubnetsRow,
): NetworkRows {
  return {
    ...rows,
    subnets: rows.subnets.map((subnet) => (subnet.netuid === NETUID ? change(subnet) : subnet)),
  }
}

/** Lays the two states of an epoch's block into a chain and checks it. */
async function checked(course: Course): Promise<Verification> {
  const run = runBefore()
  const number = run.chain.best
  const parent = run.chain.at(number)!
  run.chain.put({ ...parent, state: written(parent.state, course.before) })
  if (course.input !== undefined) run.replace(withSubnet(run.rows, course.input))
  run.next()
  const block = run.chain.at(number + 1)!
  const base = course.none ? parent.state : block.state
  const state = written(base, (writer) => {
    writer.put(SYSTEM.number, [], number + 1)
    if (course.events !== undefined)
      writer.state.set(writer.key(BLOCK_ITEMS.events, []), eventsOf(demoRuntime(425), course.events))
    course.after?.(writer)
  })
  run.chain.put({ ...block, state })
  await using server = await ChainServer.start(run.chain)
  await using chain = await connect(server.url)
  const engine = await loadEngine()
  if (!course.whole) return await verifyEpoch(engine, chain, { netuid: NETUID, block: number + 1 })
  const { epochs, ...whole } = await verifyBlock(engine, chain, { block: number + 1 })
  const own = epochs.find(({ netuid }) => netuid === NETUID)!
  const differences = [...whole.differences, ...own.differences]
  return { ...own, differences, notComparable: [...whole.notComparable, ...own.notComparable] }
}

const kinds = ({ notes }: Verification): string[] => notes.map(({ kind, about }) => `${kind} ${about}`)

/** The row that is revealed. */
function rowOf(subnet: NetworkSubnetsRow): (readonly [number, number])[] {
  return subnet.neurons.map((_, uid) => [uid, 1000 + 37 * uid] as const).filter(([uid]) => uid !== 0)
}

describe('an epoch of spec 425 with two mechanisms', () => {
  const before = runBefore()
  const subnet = before?.rows.subnets.find(({ netuid }) => netuid === NETUID)
  const block = (before?.chain.best ?? 0) + 1

  test('equal, the parts not covered named', async () => {
    const verification = await checked({})
    expect(verification).toMatchObject({ outcome: 'equal', specVersion: 425, differences: [] })
    expect(verification.checked.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['SubnetTAO', 'PendingServerEmission', 'emission', 'bonds', 'TotalHotkeyAlpha']),
    )
    expect(kinds(verification).filter((kind) => kind.startsWith('not-covered'))).toHaveLength(2)
    expect(kinds(verification)).toContain('not-covered AlphaV2, TotalHotkeySharesV2')
  })

  test("a value of the second mechanism's, and one rao", async () => {
    const verification = await checked({
      after: (writer) => {
        changeByte(writer, writer.key(MECHANISM.incentive, [NETUID + STRIDE]), 1 + 2 * 9)
        changeByte(writer, writer.key(STORED.emission, [NETUID]), 1 + 8 * 9)
      },
    })
    expect(verification.differences).toMatchObject([
      { field: 'incentive', mechanism: 1, uid: 9, firstStep: 'ranks' },
      { field: 'emission', mechanism: null, uid: 9, firstStep: 'ranks' },
    ])
  })

  test('weights revealed in the same block', async () => {
    const row = rowOf(subnet!)
    const hotkey = before.layer.account(subnet!.neurons[0]!.hotkey)
    const writerOf = new StorageWriter(demoRuntime(425))
    // The reveal period of the metadata's default.
    const key = writerOf.key(COMMITS.timelocked, [NETUID, subnet!.epochIndex])
    const commit = [[hotkey, BigInt(block - 900), 'c0ffee', 1n]] as const
    const verification = await checked({
      before: (writer) => writer.put(COMMITS.timelocked, [NETUID, subnet!.epochIndex], commit),
      input: (input) => ({
        ...input,
        mechanisms: input.mechanisms.map((mechanism, i) => {
          if (i > 0) return mechanism
          const weights = row.map(([uid, value]) => ({ uid, value }))
          const weightRows = mechanism.weightRows.map((old, uid) => (uid === 0 ? { weights } : old))
          return { ...mechanism, weightRows }
        }),
      }),
      after: (writer) => {
        writer.put(NEURONS.weights, [NETUID, 0], row)
        writer.state.delete(key)
      },
    })
    expect(verification.differences).toEqual([])
    expect(kinds(verification)).toContain('replayed TimelockedWeightCommits')
  })

  test('the owner changed in the same block', async () => {
    const { hotkey } = subnet!.neurons[5]!
    const verification = await checked({
      input: (input) => ({ ...input, ownerHotkey: hotkey }),
      after: (writer) => writer.put(SUBNET.subnetOwnerHotkey, [NETUID], before.layer.account(hotkey)),
    })
    expect(verification.differences).toEqual([])
    expect(kinds(verification)).toContain('replayed SubnetOwnerHotkey')
  })

  test('a neuron registered anew in the same block', async () => {
    const verification = await checked({
      after: (writer) => {
        writer.put(NEURONS.keys, [NETUID, 9], hashOf('newcomer').slice(2))
        changeByte(writer, writer.key(STORED.consensus, [NETUID]), 1 + 2 * 9)
      },
    })
    expect(verification.differences).toEqual([])
    expect(kinds(verification)).toContain('not-covered Keys')
  })

  test('a leased subnet: all but whom it pays', async () => {
    const verification = await checked({
      before: (writer) => writer.put(SUBNET_BLOCK.lease, [NETUID], 1),
      after: (writer) => writer.put(SUBNET_BLOCK.lease, [NETUID], 1),
    })
    expect(verification.differences).toEqual([])
    expect(kinds(verification)).toContain('not-covered SubnetUidToLeaseId')
    const fields = verification.checked.map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['SubnetTaoInEmission', 'emission']))
    expect(fields).not.toContain('AlphaDividendsPerSubnet')
    for (const { event } of verification.notComparable)
      expect(event).toMatch(/payout of the epoch of subnet \d+/)
  })

  test('skipped, deferred, and not due', async () => {
    const skipped = await checked({
      none: true,
      after: (writer) => writer.put(SUBNET.lastEpochBlock, [NETUID], block),
    })
    expect(skipped).toMatchObject({ outcome: 'skipped', checked: [] })
    const deferred = await checked({
      none: true,
      after: (writer) => writer.put(SUBNET.pendingEpochAt, [NETUID], block + 1),
    })
    expect(deferred).toMatchObject({ outcome: 'deferred', checked: [] })
    await expect(checked({ none: true })).rejects.toMatchObject({ code: 'input', field: 'block' })
  })
})

const ACCOUNT = '77'.repeat(32)

/** A stake of an account on a subnet. */
function staked(netuid: number): PlainEvent {
  const fields = `${ACCOUNT}${ACCOUNT}${u64(5n)}${u64(7n)}${u16(netuid)}${u64(0n)}`
  return { name: 'SubtensorModule.StakeAdded', extrinsic: 3, fields }
}

/** Puts one more rao into pools, as a trade would. */
function traded(...netuids: readonly number[]): Write {
  return (writer) => {
    for (const netuid of netuids) changeByte(writer, writer.key(SUBNET.subnetTao, [netuid]), 0)
  }
}

describe('what transactions of the block changed too', () => {
  const SUDO: PlainEvent = { name: 'Sudo.KeyRemoved', extrinsic: 2, fields: '' }

  test('a pool that was traded in is not comparable; the event says so', async () => {
    const verification = await checked({ after: traded(NETUID), events: [staked(NETUID)] })
    expect(verification).toMatchObject({ outcome: 'equal', differences: [] })
    expect(verification.notComparable).toMatchObject([
      { field: 'SubnetTAO', netuid: NETUID, event: 'SubtensorModule.StakeAdded', extrinsic: 3 },
    ])
  })

  test('a pool that nobody touched is different, whatever happened elsewhere', async () => {
    const verification = await checked({ after: traded(NETUID), events: [staked(OTHER)] })
    expect(verification.differences).toMatchObject([{ field: 'SubnetTAO', netuid: NETUID }])
    expect(verification.notComparable).toEqual([])
    const whole = await checked({ whole: true, after: traded(NETUID, OTHER), events: [staked(OTHER)] })
    expect(whole.differences).toMatchObject([{ field: 'SubnetTAO', netuid: NETUID }])
    expect(whole.notComparable).toMatchObject([{ field: 'SubnetTAO', netuid: OTHER }])
  })

  test('a trade does not change what only the block writes, nor any event what an epoch stored', async () => {
    const after: Write = (writer) => {
      changeByte(writer, writer.key(SUBNET.subnetMovingPrice, [NETUID]), 0)
      changeByte(writer, writer.key(STORED.consensus, [NETUID]), 1)
    }
    const verification = await checked({ after, events: [staked(NETUID)] })
    expect(verification.differences.map(({ field }) => field)).toEqual(['SubnetMovingPrice', 'consensus'])
    const unknown = await checked({ after, events: [SUDO] })
    expect(unknown.differences.map(({ field }) => field)).toEqual(['consensus'])
    expect(unknown.notComparable).toMatchObject([{ field: 'SubnetMovingPrice', event: 'Sudo.KeyRemoved' }])
  })

  test('events of the block itself touch nothing, those that do not decode everything', async () => {
    const own: PlainEvent = {
      name: 'SubtensorModule.EpochDeferred',
      extrinsic: null,
      fields: u16(NETUID) + u64(1n) + u64(2n),
    }
    const ours = await checked({ after: traded(NETUID), events: [own] })
    expect(ours.differences).toMatchObject([{ field: 'SubnetTAO' }])
    const broken = await checked({
      after: (writer) => {
        traded(NETUID)(writer)
        writer.state.set(writer.key(BLOCK_ITEMS.events, []), '0x0407')
      },
    })
    expect(broken).toMatchObject({ outcome: 'equal', differences: [] })
    expect(broken.notComparable).toMatchObject([{ field: 'SubnetTAO', event: 'events that do not decode' }])
  })

  test('who pays a fee may change what is issued, and no more', async () => {
    const fee: PlainEvent = { name: 'Balances.Withdraw', extrinsic: 1, fields: ACCOUNT + u64(5n) }
    const after: Write = (writer) => {
      changeByte(writer, writer.key(NETWORK.balancesTotalIssuance, []), 0)
      changeByte(writer, writer.key(NETWORK.totalStake, []), 0)
    }
    const verification = await checked({ after, events: [fee] })
    expect(verification.differences).toMatchObject([{ field: 'TotalStake', netuid: null }])
    expect(verification.notComparable).toMatchObject([{ field: 'Balances.TotalIssuance', netuid: null }])
  })

  test('claims that are sold touch the pools that paid for them', async () => {
    const claim: PlainEvent = { name: 'SubtensorModule.RootClaimed', extrinsic: null, fields: ACCOUNT }
    const sold: Write = (writer) => {
      traded(NETUID, OTHER)(writer)
      writer.put(SUBNET.subnetRootSellTao, [OTHER], 9n)
    }
    const verification = await checked({ whole: true, after: sold, events: [claim] })
    expect(verification.differences).toMatchObject([{ field: 'SubnetTAO', netuid: NETUID }])
    expect(verification.notComparable).toMatchObject([
      { field: 'SubnetTAO', netuid: OTHER, event: 'SubtensorModule.RootClaimed', extrinsic: null },
    ])
  })
})

describe('an epoch of a version that is not known', () => {
  test('refused; a watch records that it was not checked and goes on', async () => {
    const [netuid, number] = [NETUID, 1_000_000]
    const runtime = demoRuntime(9999)
    const writer = new StorageWriter(runtime)
    putNetwork(writer, number - 1, [0, netuid])
    putSubnet(writer, makeSubnet({ netuid, n: 24, validators: 7, seed: 3, block: number - 1 }))
    const before = new Map(writer.state)
    writer.put(SYSTEM.number, [], number)
    writer.put(SUBNET.lastMechansimStepBlock, [netuid], number)
    const parent = sealed({ number: number - 1, parentHash: hashOf('earlier'), runtime, state: before })
    const fake = new FakeChain([
      parent,
      sealed({ number, parentHash: parent.hash, runtime, state: new Map(writer.state) }),
    ])
    await using server = await ChainServer.start(fake)
    await using chain = await connect(server.url, { onWarning: () => {} })
    const engine = await loadEngine()
    await expect(verifyEpoch(engine, chain, { netuid })).rejects.toMatchObject({ code: 'input' })
    const seen: Verification[] = []
    await watch(engine, chain, {
      since: BigInt(number),
      once: true,
      onVerification: (one) => void seen.push(one),
    })
    expect(seen).toMatchObject([{ netuid, outcome: 'unchecked', specVersion: 9999 }])
    expect(seen[0]!.notes[0]!.text).toMatch(/9999/)
  })
})

/** The lowest bit of one byte the other way: one unit of a little-endian value or a flag. */
function changeByte(writer: StorageWriter, key: string, offset: number): void {
  const hex = writer.state.get(key)!
  const at = 2 + 2 * offset
  const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
  writer.state.set(key, hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2))
}
