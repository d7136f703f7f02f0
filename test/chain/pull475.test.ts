import { describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { connect } from '../../ts/chain/index.ts'
import { ACCOUNTS, EPOCH, type Item, MECHANISM, STORED, SUBNET } from '../../ts/chain/items.ts'
import { layoutsOf } from '../../ts/demo/layouts.ts'
import { demoRuntime, runtimeOf } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { ChainError, InputError } from '../../ts/errors/index.ts'
import { encodeSnapshot, parseDocuments } from '../../ts/snapshot/index.ts'
import type { ChainSnapshot } from '../../ts/snapshot/network.ts'
import { chainSnapshotOf, packSections } from '../../ts/snapshot/sections.ts'
import { expectPulled } from './expect.ts'
import { FakeChain, type FakeRuntime } from './fake-chain.ts'
import { blockOf, makeSubnet, type PlainSubnet, type Relative } from './fixture.ts'
import { ChainServer } from './server.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const addresses = new Addresses()
const NETUID = 15
const SECOND = NETUID + 4096
const N = 24
/** Parts of 2^64 - 1: about a quarter. */
const QUARTER = 1n << 62n
const SUBNET_15: PlainSubnet = {
  ...makeSubnet({ netuid: NETUID, n: N, validators: 8, seed: 11, block: BLOCK, mechanisms: 2 }),
  ownerUid: 5,
}

type Write = (writer: StorageWriter) => void

/** A chain of one block with the subnet, and whatever is written over it. */
function chainOf(runtime: FakeRuntime, write: Write, subnet: PlainSubnet): FakeChain {
  const block = blockOf(runtime, BLOCK, [subnet])
  const writer = new StorageWriter(runtime)
  for (const [key, value] of block.state) writer.state.set(key, value)
  write(writer)
  return new FakeChain([{ ...block, state: writer.state }])
}

async function pulled(
  runtime: FakeRuntime,
  write: Write,
  subnet: PlainSubnet = SUBNET_15,
): Promise<ChainSnapshot> {
  await using server = await ChainServer.start(chainOf(runtime, write, subnet))
  await using chain = await connect(server.url, { onWarning: () => {} })
  return await chain.subnet(NETUID)
}

const FIRST = Uint16Array.from({ length: N }, (_, uid) => 100 * uid)
const OTHER = Uint16Array.of(65_535, 3)

/** All that an epoch of 475 reads beside what one of 424 does. */
const WRITTEN: Write = (writer) => {
  writer.put(EPOCH.liquidAlphaConsensusMode, [NETUID], 'Previous')
  writer.put(MECHANISM.consensusByMechanism, [NETUID], [...FIRST])
  writer.put(MECHANISM.consensusByMechanism, [SECOND], [...OTHER])
  writer.put(SUBNET.subnetEpochConsensus, [NETUID], 'Null')
  writer.put(SUBNET.lastYumaStepBlock, [NETUID], 0n)
}

/** A runtime with the storage of 473, but for an item that came later. */
function runtimeWithout(specVersion: number, missing: string): FakeRuntime {
  return runtimeOf(
    specVersion,
    layoutsOf(473).filter(({ name }) => name !== missing),
  )
}

/** The runtime of 446 as first written: a mode, and the subnet's own consensus for the one before. */
const of446 = runtimeWithout(446, 'ConsensusByMechanism')

describe('what an epoch reads since spec 425, of metadata of our own', () => {
  test('of 475, as stored', async () => {
    const snapshot = await pulled(demoRuntime(475), WRITTEN)
    expectPulled(snapshot, SUBNET_15, (account) => addresses.of(account))
    const [pendingServerEmission, pendingValidatorEmission, pendingRootAlphaDivs] = SUBNET_15.pending
    expect(snapshot).toMatchObject({
      specVersion: 475,
      liquidAlphaConsensusMode: 'Previous',
      subnetEpochConsensus: 'Null',
      lastYumaStepBlock: 0n,
      pendingServerEmission,
      pendingValidatorEmission,
      pendingRootAlphaDivs,
      unread: [],
    })
    expect(snapshot.mechanisms.map(({ consensusByMechanism }) => consensusByMechanism)).toEqual([
      FIRST,
      OTHER,
    ])
    expect(snapshot.stored.consensusByMechanism).toEqual([FIRST, OTHER])
  })

  test('of 475 where nothing is stored: what the metadata says', async () => {
    const snapshot = await pulled(demoRuntime(475), () => {})
    expect(snapshot).toMatchObject({
      liquidAlphaConsensusMode: 'Auto',
      subnetEpochConsensus: 'Yuma',
      lastYumaStepBlock: null,
    })
    for (const { consensusByMechanism } of snapshot.mechanisms) expect(consensusByMechanism).toHaveLength(0)
    expect(snapshot.accounts.suspended.some(Boolean)).toBe(false)
  })

  test('of 473: no choice of consensus, and of 446 the consensus of the subnet', async () => {
    const of473 = await pulled(demoRuntime(473), WRITTEN)
    expect(of473.liquidAlphaConsensusMode).toBe('Previous')
    expect(of473.mechanisms[1]!.consensusByMechanism).toEqual(OTHER)
    for (const field of ['subnetEpochConsensus', 'lastYumaStepBlock', 'pendingServerEmission'])
      expect(of473).not.toHaveProperty(field)
    const snapshot446 = await pulled(of446, (writer) => {
      WRITTEN(writer)
      writer.put(STORED.consensus, [NETUID], [...FIRST])
    })
    expect(snapshot446.mechanisms.map(({ consensusByMechanism }) => consensusByMechanism)).toEqual([
      FIRST,
      FIRST,
    ])
    expect(snapshot446.stored.consensusByMechanism).toEqual([])
  })

  test('in a file and back', async () => {
    for (const spec of [473, 475]) {
      const snapshot = await pulled(demoRuntime(spec), (writer) => {
        WRITTEN(writer)
        writer.put(ACCOUNTS.childkeyThresholdSuspended, [SUBNET_15.hotkeys[3]!], [])
      })
      const [document] = await parseDocuments(encodeSnapshot(packSections(snapshot)))
      expect(chainSnapshotOf(document!.snapshot)).toEqual(snapshot)
      expect(snapshot.accounts.suspended[3]).toBe(1)
    }
  })
})

describe('hotkeys that are suspended as parents', () => {
  const [parent, child, owner] = [1, 2, 5] as const
  const key = (uid: number): string => SUBNET_15.hotkeys[uid]!
  const family = (rows: Readonly<Record<number, readonly Relative[]>>): readonly (readonly Relative[])[] =>
    Array.from({ length: N }, (_, uid) => rows[uid] ?? [])
  /** The parent and the owner each have the child. */
  const related: PlainSubnet = {
    ...SUBNET_15,
    parents: family({
      [child]: [
        [QUARTER, key(parent)],
        [QUARTER, key(owner)],
      ],
    }),
    children: family({ [parent]: [[QUARTER, key(child)]], [owner]: [[QUARTER, key(child)]] }),
  }
  const withoutParent: PlainSubnet = {
    ...related,
    parents: family({ [child]: [[QUARTER, key(owner)]] }),
    children: family({ [owner]: [[QUARTER, key(child)]] }),
  }
  const suspended =
    (...uids: readonly number[]): Write =>
    (writer) => {
      for (const uid of uids) writer.put(ACCOUNTS.childkeyThresholdSuspended, [key(uid)], [])
    }
  const stakes = ({ totalStake, alphaStake, taoStake }: ChainSnapshot) => ({
    totalStake,
    alphaStake,
    taoStake,
  })

  test('weigh as if they had no children, the owner of the subnet aside', async () => {
    const runtime = demoRuntime(475)
    const free = await pulled(runtime, () => {}, related)
    const held = await pulled(runtime, suspended(parent, owner), related)
    const cut = await pulled(runtime, () => {}, withoutParent)
    expect(stakes(held)).toEqual(stakes(cut))
    expect(stakes(held)).not.toEqual(stakes(free))
    expect(held.alphaStake[owner]).toBe(free.alphaStake[owner])
    expect(held.alphaStake[parent]).toBe(held.accounts.totalHotkeyAlpha[parent])
    // What is stored stays what it is.
    expect(held.accounts.childKeys).toEqual(free.accounts.childKeys)
    expect([...held.accounts.suspended].flatMap((flag, uid) => (flag ? [uid] : []))).toEqual([parent, owner])
  })

  test('weigh as ever where the runtime has no such item', async () => {
    const runtime = runtimeWithout(452, 'ChildkeyThresholdSuspended')
    const before = await pulled(runtime, suspended(parent), related)
    expect(stakes(before)).toEqual(stakes(await pulled(demoRuntime(475), () => {}, related)))
  })
})

describe('what no chain should have stored', () => {
  const runtime = demoRuntime(475)

  async function fault(item: Item<unknown>, key: number, hex: string): Promise<ChainError> {
    const pull = pulled(runtime, (writer) => void writer.state.set(writer.key(item, [key]), hex))
    const error = await pull.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (error instanceof ChainError) return error
    throw new Error(`expected a ChainError, found ${String(error)}`)
  }

  const STORED_SO: readonly (readonly [string, Item<unknown>, string])[] = [
    ['a mode that there is not', EPOCH.liquidAlphaConsensusMode, '0x03'],
    ['no mode', EPOCH.liquidAlphaConsensusMode, '0x'],
    ['a mode and more', EPOCH.liquidAlphaConsensusMode, '0x0100'],
    ['a consensus that there is not', SUBNET.subnetEpochConsensus, '0x02'],
    ['seven bytes of a block', SUBNET.lastYumaStepBlock, '0x01020304050607'],
    ['fewer values than it says', MECHANISM.consensusByMechanism, '0x0c01000200'],
  ]
  test.each(STORED_SO)('%s: an error that names the item', async (_, item, hex) => {
    const error = await fault(item, NETUID, hex)
    expect(error.kind).toBe('malformed')
    expect(error.message).toContain(`SubtensorModule.${item.name} at 0x`)
  })

  test('a stored consensus longer than there are neurons is cut, and a shorter one filled up', async () => {
    const engine = await loadEngine()
    const epochOf = async (stored: readonly number[]) => {
      const snapshot = await pulled(
        runtime,
        (writer) => {
          writer.put(EPOCH.liquidAlphaConsensusMode, [NETUID], 'Previous')
          for (const key of [NETUID, SECOND]) writer.put(MECHANISM.consensusByMechanism, [key], stored)
        },
        // Consensus matters where a weight is at least the bond.
        {
          ...SUBNET_15,
          yuma3On: true,
          liquidAlphaOn: true,
          alphaValues: [20_000, 60_000],
          alphaSigmoidSteepness: 1000,
          bonds: SUBNET_15.bonds.map((rows) => rows.map(() => [])),
        },
      )
      expect(snapshot.stored.consensusByMechanism[0]).toHaveLength(stored.length)
      return engine.epoch(snapshot)
    }
    const half = [...FIRST.subarray(0, 12)]
    const whole = await epochOf([...half, ...Array.from({ length: N - 12 }, () => 0)])
    expect(await epochOf(half)).toEqual(whole)
    expect(await epochOf([...half, ...Array.from({ length: 500 }, (_, i) => (i < N - 12 ? 0 : 9))])).toEqual(
      whole,
    )
    expect(await epochOf([...FIRST])).not.toEqual(whole)
  })
})

describe('a pulled snapshot is computed by its own version', () => {
  test('of 475 without further ado; of a newer one by other rules alone, that are asked for', async () => {
    const engine = await loadEngine()
    const of475 = await pulled(demoRuntime(475), WRITTEN)
    expect(engine.epoch(of475)).toMatchObject({ specVersion: 475, rules: { spec: 475 } })
    const newer = await pulled(demoRuntime(476), WRITTEN)
    expect(newer.unread).toEqual([])
    let refused: unknown
    try {
      engine.epoch(newer)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(InputError)
    expect(refused).toMatchObject({ field: 'specVersion' })
    expect((refused as InputError).expected).toMatch(/476 is not, the nearest is 475.*--as-spec/)
    const { asSpec, ...asIf } = engine.epoch(newer, { asSpec: 475 })
    expect(asSpec).toBe(475)
    expect(asIf).toEqual(engine.epoch(of475))
  })
})
