import { describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { COMMITS, EPOCH, MECHANISM, NETWORK, NEURONS, STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { ChainSnapshot } from '../../ts/snapshot/network.ts'
import { coinbase425, readCoinbase } from '../../ts/verify/coinbase.ts'
import { readEpoch, type Verification, verifyEpoch, verifyStates, watch } from '../../ts/verify/index.ts'
import { plainRows } from '../chain/expect.ts'
import { FakeChain, type FakeRuntime, hashOf } from '../chain/fake-chain.ts'
import { makeSubnet, type PlainSubnet, putNetwork, putSubnet, type Row } from '../chain/fixture.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { missingShared, realRuntime } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'

const NETUID = 15
const BLOCK = 1_000_000
const STRIDE = 4096

/** A version with the storage of 424, which 425 has: its metadata with the version's number raised. */
function runtimeOf(spec: number): FakeRuntime {
  const { specName, metadata } = realRuntime(424)
  const name = Buffer.from(specName).toString('hex')
  const version = new RegExp(`(${name}[0-9a-f]{2}${name}[0-9a-f]{8})a8010000`)
  const raised = metadata.replace(version, `$1${littleEndian(spec)}`)
  expect(raised).not.toBe(metadata)
  return { specName, specVersion: spec, metadata: raised }
}

function littleEndian(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}

type Write = (writer: StorageWriter) => void

/** What happens in the epoch's block beside the epoch. */
interface Course {
  /** Of the state before; the rest of it is made up. */
  readonly before?: Write
  /** What the block did before the epoch, of which the epoch's input has this. */
  readonly input?: (input: ChainSnapshot) => ChainSnapshot
  /** What the state after shows of it, and what came later in the block. */
  readonly after?: Write
  /** No epoch: the state after is what `after` writes. */
  readonly none?: boolean
}

function subnetOf(): PlainSubnet {
  const subnet = makeSubnet({
    netuid: NETUID,
    n: 24,
    validators: 7,
    seed: 3,
    block: BLOCK - 1,
    mechanisms: 2,
    commitReveal: true,
  })
  return {
    ...subnet,
    lastEpochBlock: BigInt(BLOCK - 360),
    timelocked: [new Map(), new Map()],
    pending: [70_000_000_001n, 60_000_000_003n, 5_000_000_007n],
  }
}

const SUBNET_15 = subnetOf()

function putBefore(writer: StorageWriter): void {
  putNetwork(writer, BLOCK - 1, [0, NETUID])
  putSubnet(writer, SUBNET_15)
  writer.put(SUBNET.subnetTao, [0], 3_000_000_000_000_000n)
  writer.put(NETWORK.subnetOwnerCut, [], 11_796)
  writer.put(SUBNET.firstEmissionBlockNumber, [NETUID], 500_000n)
  writer.put(SUBNET.subtokenEnabled, [NETUID], true)
  writer.put(SUBNET.networkRegistrationAllowed, [NETUID], true)
  writer.put(SUBNET.subnetMechanism, [NETUID], 1)
  writer.put(SUBNET.subnetMovingPrice, [NETUID], 7n << 32n)
  writer.put(SUBNET.subnetAlphaIn, [NETUID], 900_000_000_000_000n)
  writer.put(SUBNET.subnetAlphaOut, [NETUID], 1_700_000_000_000_000n)
}

const ALPHA_IN = 123_456_789n

/** Stores what the engine makes of `input`. */
async function putResult(writer: StorageWriter, chain: Chain, input: ChainSnapshot): Promise<void> {
  const coinbase = await readCoinbase(await chain.state({ at: BLOCK - 1 }))
  const { alphaOut, pending } = coinbase425(coinbase, NETUID, ALPHA_IN)!
  const engine = await loadEngine()
  const result = engine.epoch({ ...input, emission: input.emission + pending })
  const key = [NETUID] as const
  writer.put(STORED.stakeWeight, key, [...result.stakeWeight])
  writer.put(STORED.active, key, [...result.active].map(Boolean))
  writer.put(EPOCH.validatorPermit, key, [...result.validatorPermit].map(Boolean))
  writer.put(STORED.consensus, key, [...result.consensus])
  writer.put(STORED.validatorTrust, key, [...result.validatorTrust])
  writer.put(STORED.dividends, key, [...result.dividends])
  writer.put(STORED.emission, key, [...result.emission])
  for (const [mechanism, { incentive, bonds }] of result.mechanisms.entries()) {
    const index = NETUID + STRIDE * mechanism
    writer.put(MECHANISM.incentive, [index], [...incentive])
    for (const [uid, row] of plainRows(bonds).entries()) writer.put(NEURONS.bonds, [index, uid], row)
  }
  for (const item of [
    SUBNET.pendingServerEmission,
    SUBNET.pendingValidatorEmission,
    SUBNET.pendingRootAlphaDivs,
  ]) {
    writer.put(item, key, 0n)
  }
  writer.put(SUBNET.pendingOwnerCut, key, 0n)
  writer.put(SUBNET.blocksSinceLastStep, key, 0n)
  writer.put(SUBNET.lastMechansimStepBlock, key, BLOCK)
  writer.put(SUBNET.lastEpochBlock, key, BLOCK)
  writer.put(SUBNET.subnetEpochIndex, key, SUBNET_15.subnetEpochIndex + 1n)
  writer.put(SUBNET.subnetAlphaInEmission, key, ALPHA_IN)
  writer.put(SUBNET.subnetAlphaOutEmission, key, alphaOut)
}

/** Lays the two states of an epoch's block into a chain and checks it. */
async function checked(course: Course): Promise<Verification> {
  const runtime = runtimeOf(425)
  const writer = new StorageWriter(runtime)
  putBefore(writer)
  course.before?.(writer)
  const [hash, parent] = [hashOf('after'), hashOf('before')]
  const fake = new FakeChain([])
  fake.put({
    number: BLOCK - 1,
    hash: parent,
    parentHash: hashOf('earlier'),
    runtime,
    state: new Map(writer.state),
  })
  await using server = await ChainServer.start(fake)
  await using chain = await connect(server.url)
  const before = await chain.subnet(NETUID, { at: BLOCK - 1 })
  writer.put(SYSTEM.number, [], BLOCK)
  if (!course.none) await putResult(writer, chain, course.input?.(before) ?? before)
  course.after?.(writer)
  fake.put({ number: BLOCK, hash, parentHash: parent, runtime, state: new Map(writer.state) })
  const states = await readEpoch(chain, { netuid: NETUID, block: BLOCK })
  return verifyStates(await loadEngine(), states)
}

const kinds = ({ notes }: Verification): string[] => notes.map(({ kind, about }) => `${kind} ${about}`)

describe.skipIf(missingShared !== undefined)('an epoch of spec 425 with two mechanisms', () => {
  test('equal, the parts not covered named', async () => {
    const verification = await checked({})
    expect(verification).toMatchObject({ outcome: 'equal', specVersion: 425, differences: [] })
    expect(verification.checked.map(({ field }) => field)).toEqual(
      expect.arrayContaining([
        'SubnetAlphaOutEmission',
        'PendingServerEmission',
        'emission',
        'bonds',
        'incentive',
      ]),
    )
    expect(kinds(verification).filter((kind) => kind.startsWith('not-covered'))).toHaveLength(2)
  })

  test("a value of the second mechanism's, and one rao", async () => {
    const verification = await checked({
      after: (writer) => {
        const key = writer.key(MECHANISM.incentive, [NETUID + STRIDE])
        writer.state.set(key, withByteChanged(writer.state.get(key)!, 1 + 2 * 9))
        const emission = writer.key(STORED.emission, [NETUID])
        writer.state.set(emission, withByteChanged(writer.state.get(emission)!, 1 + 8 * 9))
      },
    })
    expect(verification.differences).toMatchObject([
      { field: 'incentive', mechanism: 1, uid: 9, firstStep: 'ranks' },
      { field: 'emission', mechanism: null, uid: 9, firstStep: 'ranks' },
    ])
  })

  test('weights revealed in the same block', async () => {
    const random = new Random(9)
    const row: Row = Array.from({ length: 24 }, (_, uid) => [uid, random.u16()] as const)
    const epoch = SUBNET_15.subnetEpochIndex + 1n - SUBNET_15.revealPeriod
    const commit = [[SUBNET_15.hotkeys[0]!, BigInt(BLOCK - 900), 'c0ffee', 1n]] as const
    const verification = await checked({
      before: (writer) => writer.put(COMMITS.timelocked, [NETUID, epoch], commit),
      input: (input) => ({
        ...input,
        mechanisms: input.mechanisms.map((mechanism, i) => {
          if (i > 0) return mechanism
          const rows = plainRows(mechanism.weights).map((old, uid) => (uid === 0 ? row : old))
          const commitBlocks = mechanism.commitBlocks.map((block, uid) => (uid === 0 ? later(block) : block))
          return { ...mechanism, weights: columnsOf(rows), commitBlocks }
        }),
      }),
      after: (writer) => {
        writer.put(NEURONS.weights, [NETUID, 0], row)
        writer.state.delete(writer.key(COMMITS.timelocked, [NETUID, epoch]))
      },
    })
    expect(verification.outcome).toBe('equal')
    expect(kinds(verification)).toContain('replayed TimelockedWeightCommits')
  })

  test('the owner changed in the same block', async () => {
    const owner = SUBNET_15.ownerUid === 5 ? 6 : 5
    const verification = await checked({
      input: (input) => ({ ...input, ownerUid: owner }),
      after: (writer) => writer.put(SUBNET.subnetOwnerHotkey, [NETUID], SUBNET_15.hotkeys[owner]!),
    })
    expect(verification.outcome).toBe('equal')
    expect(kinds(verification)).toContain('replayed SubnetOwnerHotkey')
  })

  test('a neuron registered anew in the same block', async () => {
    const verification = await checked({
      after: (writer) => {
        writer.put(NEURONS.keys, [NETUID, 9], hashOf('newcomer').slice(2))
        const key = writer.key(STORED.consensus, [NETUID])
        writer.state.set(key, withByteChanged(writer.state.get(key)!, 1 + 2 * 9))
      },
    })
    expect(verification.outcome).toBe('equal')
    expect(kinds(verification)).toContain('not-covered Keys')
  })

  test('skipped, deferred, and not due', async () => {
    const skipped = await checked({
      none: true,
      after: (writer) => writer.put(SUBNET.lastEpochBlock, [NETUID], BLOCK),
    })
    expect(skipped).toMatchObject({ outcome: 'skipped', checked: [] })
    const deferred = await checked({
      none: true,
      after: (writer) => writer.put(SUBNET.pendingEpochAt, [NETUID], BLOCK + 1),
    })
    expect(deferred).toMatchObject({ outcome: 'deferred', checked: [] })
    await expect(checked({ none: true })).rejects.toMatchObject({ code: 'input', field: 'block' })
  })
})

describe.skipIf(missingShared !== undefined)('an epoch of a version that is not known', () => {
  test('refused; a watch records that it was not checked and goes on', async () => {
    const runtime = runtimeOf(9999)
    const writer = new StorageWriter(runtime)
    putBefore(writer)
    const before = new Map(writer.state)
    writer.put(SYSTEM.number, [], BLOCK)
    writer.put(SUBNET.lastMechansimStepBlock, [NETUID], BLOCK)
    const [hash, parentHash] = [hashOf('after'), hashOf('before')]
    const fake = new FakeChain([
      { number: BLOCK - 1, hash: parentHash, parentHash: hashOf('earlier'), runtime, state: before },
      { number: BLOCK, hash, parentHash, runtime, state: new Map(writer.state) },
    ])
    await using server = await ChainServer.start(fake)
    await using chain = await connect(server.url, { onWarning: () => {} })
    const engine = await loadEngine()
    await expect(verifyEpoch(chain, engine, { netuid: NETUID })).rejects.toMatchObject({ code: 'input' })
    const seen: Verification[] = []
    await watch(chain, engine, {
      since: BigInt(BLOCK),
      once: true,
      onVerification: (one) => void seen.push(one),
    })
    expect(seen).toMatchObject([{ netuid: NETUID, outcome: 'unchecked', specVersion: 9999 }])
    expect(seen[0]!.notes[0]!.text).toMatch(/9999/)
  })
})

/** Of what is left when the timelocked commit is gone: the other kind of commit, if there is one. */
function later(block: bigint): bigint {
  return SUBNET_15.weightCommits[0]!.has(0) ? block : 0xffff_ffff_ffff_ffffn
}

function columnsOf(rows: readonly Row[]): ChainSnapshot['mechanisms'][number]['weights'] {
  const rowStart = new Uint32Array(rows.length + 1)
  for (const [i, row] of rows.entries()) rowStart[i + 1] = rowStart[i]! + row.length
  const all = rows.flat()
  return {
    rowStart,
    uid: Uint16Array.from(all, ([uid]) => uid),
    value: Uint16Array.from(all, ([, value]) => value),
  }
}

function withByteChanged(hex: string, offset: number): string {
  const at = 2 + 2 * offset
  const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
  return hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2)
}
