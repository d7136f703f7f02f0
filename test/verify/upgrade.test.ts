import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { NetworkRows } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { History, junit, type Verification, verifyEpoch, watch } from '../../ts/verify/index.ts'
import { type FakeBlock, FakeChain, type FakeRuntime, LOGS_OF_UPGRADE, sealed } from '../chain/fake-chain.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'
import { LaidRun } from './laid-run.ts'
import { query } from './query.ts'

const NETUID = 1
/** The block of the last recorded epoch. */
const BLOCK = 33
const ABOUT = 'System.LastRuntimeUpgrade'
const SENTENCE = `block ${BLOCK - 1} is the last of spec 299: the next one runs spec 300 and its migrations first`

const folder = mkdtempSync(join(tmpdir(), 'yuma-upgrade-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Write = (writer: StorageWriter) => void

/** A recording whose last epoch is in the first block of its runtime, and what else its block may have stored. */
function upgraded(after: Write = () => {}): FakeChain {
  const chain = chainOf(readRecording(RECORDINGS[0]!))
  const write = (number: number, change: Write, logs?: readonly string[]): void => {
    const block = chain.at(number)!
    const parentHash = chain.at(number - 1)?.hash ?? block.parentHash
    const writer = new StorageWriter(demoRuntime(300))
    for (const [key, value] of block.state) writer.state.set(key, value)
    change(writer)
    chain.put(sealed({ ...block, parentHash, state: writer.state, ...(logs === undefined ? {} : { logs }) }))
  }
  const ran299: Write = (writer) => writer.put(SYSTEM.lastRuntimeUpgrade, [], [299, 'node-subtensor'])
  write(BLOCK - 1, ran299, LOGS_OF_UPGRADE)
  write(BLOCK, (writer) => {
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [300, 'node-subtensor'])
    after(writer)
  })
  return chain
}

async function verified(chain: FakeChain, block: number = BLOCK): Promise<Verification> {
  const warnings: string[] = []
  await using server = await ChainServer.start(chain)
  await using connection = await connect(server.url, { onWarning: (message) => warnings.push(message) })
  const verification = await verifyEpoch(await loadEngine(), connection, { netuid: NETUID, block })
  expect(warnings).toEqual(block === BLOCK ? [SENTENCE] : [])
  return verification
}

/** One unit of a value more or less. */
function changed(writer: StorageWriter, key: string, byte: number): void {
  const bytes = Buffer.from(writer.state.get(key)!.slice(2), 'hex')
  bytes[byte]! ^= 1
  writer.state.set(key, `0x${bytes.toString('hex')}`)
}

describe('an epoch in the last block of a runtime', () => {
  test('is read on both sides as its own runtime has it, not as the next one', async () => {
    const chain = chainOf(readRecording(RECORDINGS[0]!))
    const last = chain.at(BLOCK)!
    // Of 424: the block's state is what its migrations begin with, and it lacks items that 300 wrote.
    chain.put({ ...last, runtime: demoRuntime(424) })
    await using server = await ChainServer.start(chain)
    await using connection = await connect(server.url)
    const verification = await verifyEpoch(await loadEngine(), connection, { netuid: NETUID, block: BLOCK })
    expect(verification).toMatchObject({
      outcome: 'equal',
      specVersion: 300,
      differences: [],
      notComparable: [],
    })
    expect(verification.checked.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['PendingEmission', 'rank', 'trust', 'pruningScore']),
    )
  })
})

/** Ten subnets, epochs in nearly every block. */
const SHAPE = {
  subnets: 10,
  seed: 41,
  block: 8_000_000n,
  maxEpochsPerBlock: 2,
  tempos: [6, 13],
  specVersion: 475,
} as const
/** Blocks of the run that are 473's, the last before the upgrade among them, and of 475. */
const BLOCKS_OF_473 = 16
const BLOCKS_OF_475 = 12

type Place = `${number}/${number}`

interface UpgradedRun {
  readonly blocks: readonly FakeBlock[]
  readonly epochs: readonly Place[]
  /** The first block of 475. */
  readonly first: number
}

/**
 * A run under Yuma alone, whose first blocks are those of a chain at 473: of purely Yuma subnets the epoch of 475 is that
 * of 473. What 473 has no item for is not in their states.
 */
async function upgradedRun(): Promise<UpgradedRun> {
  const run = new LaidRun(await loadEmission(), SHAPE)
  const newest = demoRuntime(475)
  const of473 = demoRuntime(473)
  const prefix = new StorageWriter(newest).key(SUBNET.lastYumaStepBlock, [])
  const before = (block: FakeBlock, runtime: FakeRuntime): FakeBlock => {
    const writer = new StorageWriter(newest)
    for (const [key, value] of block.state) if (!key.startsWith(prefix)) writer.state.set(key, value)
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [473, newest.specName])
    return { ...block, runtime, state: writer.state }
  }
  const underYuma = (rows: NetworkRows): NetworkRows => ({
    ...rows,
    subnets: rows.subnets.map((subnet) => ({ ...subnet, epochConsensus: 0, lastYumaStepBlock: null })),
  })
  const start = Number(SHAPE.block)
  run.change(underYuma)
  const blocks = [before(run.chain.at(start)!, of473)]
  const epochs: Place[] = []
  const next = (): FakeBlock => {
    const { number, report } = run.next()
    epochs.push(...report.payouts.map(({ netuid }): Place => `${netuid}/${number}`))
    return run.chain.at(number)!
  }
  for (let i = 1; i < BLOCKS_OF_473; i++) blocks.push(before(next(), of473))
  next()
  run.change(underYuma)
  const last = start + BLOCKS_OF_473
  // Its code is in the state of the last block that the old runtime ran.
  blocks.push(before(run.chain.at(last)!, newest))
  for (let i = 0; i < BLOCKS_OF_475; i++) blocks.push(next())
  return { blocks: chained(blocks, last), epochs, first: last + 1 }
}

/** The blocks one after the other, of which one stores a new runtime, as its header says. */
function chained(blocks: readonly FakeBlock[], upgrade: number): readonly FakeBlock[] {
  let parentHash = blocks[0]!.parentHash
  return blocks.map((block) => {
    const logs = block.number === upgrade ? { logs: LOGS_OF_UPGRADE } : {}
    const child = sealed({ ...block, parentHash, ...logs })
    parentHash = child.hash
    return child
  })
}

describe('an upgrade from 473 to 475 in the middle of a watch', () => {
  test('is lived through: every epoch once, each by its own rules, the migrations noted', async () => {
    const { blocks, epochs, first } = await upgradedRun()
    const chain = new FakeChain(blocks.slice(0, 3))
    await using server = await ChainServer.start(chain)
    const warnings: string[] = []
    await using connection = await connect(server.url, { onWarning: (message) => warnings.push(message) })
    const file = join(folder, 'watched.duckdb')
    const seen: Verification[] = []
    const controller = new AbortController()
    {
      await using history = await History.open(file, 'a chain')
      const watching = watch(await loadEngine(), connection, {
        history,
        since: SHAPE.block + 1n,
        pollMs: 1,
        signal: controller.signal,
        onVerification: (verification) => {
          seen.push(verification)
          // The chain goes on while the watch is at work.
          const at = blocks.findIndex(({ number }) => BigInt(number) === verification.block)
          for (const block of blocks.slice(at, at + 4)) if (block.number > chain.best) chain.put(block)
          if (seen.length === epochs.length) controller.abort()
        },
      })
      await expect(watching).rejects.toMatchObject({ code: 'aborted' })
    }
    expect(seen.map(({ netuid, block }): Place => `${netuid}/${Number(block)}`)).toEqual(epochs)
    for (const { block, specVersion, outcome, differences, notes, checked } of seen) {
      expect({ outcome, differences }).toEqual({ outcome: 'equal', differences: [] })
      const isNew = block >= BigInt(first)
      expect(specVersion).toBe(isNew ? 475 : 473)
      expect(notes.some(({ about }) => about === ABOUT)).toBe(block === BigInt(first))
      const fields = checked.map(({ field }) => field)
      expect(fields).toEqual(
        expect.arrayContaining(['consensusByMechanism', 'emission', 'bonds', 'SubnetTAO', 'BasketShares']),
      )
      // A last step under Yuma is not stored at 473.
      expect(fields.includes('LastYumaStepBlock')).toBe(isNew)
    }
    expect(seen.filter(({ block }) => block < BigInt(first)).length).toBeGreaterThan(10)
    expect(seen.filter(({ block }) => block === BigInt(first)).length).toBeGreaterThan(0)
    expect(warnings).toEqual([
      `block ${first - 1} is the last of spec 473: the next one runs spec 475 and its migrations first`,
    ])
    const rows = await query(
      file,
      'SELECT spec_version, count(*)::INTEGER FROM epochs GROUP BY ALL ORDER BY spec_version',
    )
    const of = (spec: number): number => seen.filter(({ specVersion }) => specVersion === spec).length
    expect(rows).toEqual([
      [473, of(473)],
      [475, of(475)],
    ])
  })
})

describe('an epoch in the first block of a new runtime', () => {
  test('has a note of the migrations; those of other blocks have none', async () => {
    const verification = await verified(upgraded())
    expect(verification.outcome).toBe('equal')
    const [note] = verification.notes
    expect(note).toMatchObject({ kind: 'not-covered', about: ABOUT })
    expect(note!.text).toContain(SENTENCE)
    const earlier = await verified(upgraded(), 24)
    expect(earlier.notes.map(({ about }) => about)).not.toContain(ABOUT)
  })

  test('what a block writes is not comparable with what migrations may have changed; what epochs store is', async () => {
    const verification = await verified(
      upgraded((writer) => {
        changed(writer, writer.key(SUBNET.subnetAlphaInEmission, [NETUID]), 0)
        changed(writer, writer.key(STORED.consensus, [NETUID]), 1 + 2 * 9)
      }),
    )
    expect(verification.differences).toMatchObject([{ field: 'consensus', uid: 9 }])
    expect(verification.notComparable).toMatchObject([
      { field: 'SubnetAlphaInEmission', event: 'the migrations of spec 300', extrinsic: null },
    ])
  })

  test('keeps the note in JUnit and in the history', async () => {
    const verification = await verified(upgraded())
    expect(junit([verification])).toMatch(
      new RegExp(`<testcase [^>]*name="${ABOUT}"><skipped message="[^"]*spec 299`),
    )
    const file = join(folder, 'history.duckdb')
    await using server = await ChainServer.start(upgraded())
    await using chain = await connect(server.url, { onWarning: () => {} })
    {
      await using history = await History.open(file, 'a chain')
      const options = { history, since: BigInt(BLOCK), once: true, onVerification: () => {} }
      await watch(await loadEngine(), chain, options)
    }
    const rows = await query(file, `SELECT block, kind FROM notes WHERE about = '${ABOUT}'`)
    expect(rows).toEqual([[BigInt(BLOCK), 'not-covered']])
  })
})
