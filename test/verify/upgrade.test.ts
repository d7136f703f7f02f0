import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { STORED, SUBNET, SYSTEM } from '../../ts/chain/items.ts'
import { ITEMS } from '../../ts/chain/schema.ts'
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
const SHAPE = { subnets: 10, seed: 41, block: 8_000_000n, maxEpochsPerBlock: 2, tempos: [6, 13] } as const

type Place = `${number}/${number}`

/** A runtime of a chain, and how many blocks are its own. */
type Leg = readonly [spec: number, blocks: number]

/** Runtimes one after the other, and the version that computes their blocks. */
interface Upgrades {
  readonly computed: 425 | 475
  readonly legs: readonly Leg[]
  /** Those of which blocks are known as a whole. */
  readonly whole: readonly number[]
}

interface UpgradedRun {
  readonly blocks: readonly FakeBlock[]
  readonly epochs: readonly Place[]
  /** The last block of each runtime but the last. */
  readonly borders: readonly number[]
}

/**
 * A run of blocks of one version, laid out as if other versions had run some of them: under Yuma alone, and with liquid
 * alpha held against an epoch's own consensus, the epochs of all these are the same. What a version has no item for is
 * not in its states.
 */
async function upgradedRun({ computed, legs }: Upgrades): Promise<UpgradedRun> {
  const run = new LaidRun(await loadEmission(), { ...SHAPE, specVersion: computed })
  const before = (): void => {
    if (computed === 475) run.change(asBefore475)
  }
  before()
  const first = legs[0]![0]
  const blocks = [disguised(run.chain.at(Number(SHAPE.block))!, first, demoRuntime(first))]
  const epochs: Place[] = []
  const borders: number[] = []
  for (const [at, [spec, count]] of legs.entries()) {
    const next = legs[at + 1]?.[0] ?? spec
    for (let i = 1; i <= count; i++) {
      const { number, report } = run.next()
      epochs.push(...report.payouts.map(({ netuid }): Place => `${netuid}/${number}`))
      const isLast = i === count && next !== spec
      if (isLast) borders.push(number)
      if (isLast && next === computed) before()
      // The code of the next runtime is in the state of the last block that the old one ran.
      blocks.push(disguised(run.chain.at(number)!, spec, demoRuntime(isLast ? next : spec)))
    }
  }
  return { blocks: chained(blocks, borders), epochs, borders }
}

/** Yuma alone, which is all that there is before 475; and nobody suspended as a parent, which came with 473. */
function asBefore475(rows: NetworkRows): NetworkRows {
  const subnets = rows.subnets.map((subnet) => ({
    ...subnet,
    epochConsensus: 0,
    lastYumaStepBlock: null,
    liquidAlphaConsensusMode: 0,
  }))
  return { ...rows, subnets, suspended: [] }
}

/** A block as if a runtime of another version had run it. */
function disguised(block: FakeBlock, ran: number, runtime: FakeRuntime): FakeBlock {
  const writer = new StorageWriter(block.runtime)
  const lacking = ITEMS.filter((item) => (item.since ?? 0) > ran && writer.has(item)).map((item) =>
    writer.key(item, []),
  )
  for (const [key, value] of block.state)
    if (!lacking.some((prefix) => key.startsWith(prefix))) writer.state.set(key, value)
  writer.put(SYSTEM.lastRuntimeUpgrade, [], [ran, runtime.specName])
  return { ...block, runtime, state: writer.state }
}

/** The blocks one after the other, of which some store a new runtime, as their headers say. */
function chained(blocks: readonly FakeBlock[], upgrades: readonly number[]): readonly FakeBlock[] {
  let parentHash = blocks[0]!.parentHash
  return blocks.map((block) => {
    const logs = upgrades.includes(block.number) ? { logs: LOGS_OF_UPGRADE } : {}
    const child = sealed({ ...block, parentHash, ...logs })
    parentHash = child.hash
    return child
  })
}

const RUNS: readonly Upgrades[] = [
  {
    computed: 475,
    legs: [
      [473, 16],
      [475, 12],
    ],
    whole: [473, 475],
  },
  {
    computed: 425,
    legs: [
      [424, 12],
      [425, 12],
      [426, 12],
    ],
    whole: [425],
  },
  {
    computed: 475,
    legs: [
      [445, 12],
      [446, 12],
      [452, 12],
      [473, 12],
      [475, 12],
    ],
    whole: [473, 475],
  },
]

describe('an upgrade in the middle of a watch', () => {
  test.each(RUNS)('$legs: every epoch once, each by its own rules', async (upgrades) => {
    const { legs, whole } = upgrades
    const { blocks, epochs, borders } = await upgradedRun(upgrades)
    const chain = new FakeChain(blocks.slice(0, 3))
    await using server = await ChainServer.start(chain)
    const warnings: string[] = []
    await using connection = await connect(server.url, { onWarning: (message) => warnings.push(message) })
    const file = join(folder, `watched-${legs.map(([spec]) => spec).join('-')}.duckdb`)
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
    const specAt = (block: bigint): number => legs[borders.filter((last) => last < block).length]![0]
    for (const { block, specVersion, outcome, differences, notes, checked, pot } of seen) {
      expect({ outcome, differences }).toEqual({ outcome: 'equal', differences: [] })
      expect(specVersion).toBe(specAt(block))
      expect(pot!.known).toBe(whole.includes(specVersion) ? 'computed' : 'inferred')
      const isFirst = borders.includes(Number(block) - 1)
      expect(notes.some(({ about }) => about === ABOUT)).toBe(isFirst)
      const fields = checked.map(({ field }) => field)
      expect(fields).toEqual(expect.arrayContaining(['consensus', 'emission', 'bonds']))
      // Each item is compared where the version has it.
      expect(fields.includes('SubnetTAO')).toBe(whole.includes(specVersion))
      expect(fields.includes('BasketShares')).toBe(whole.includes(specVersion) && specVersion > 425)
      expect(fields.includes('consensusByMechanism')).toBe(specVersion >= 452)
      expect(fields.includes('LastYumaStepBlock')).toBe(specVersion >= 475)
    }
    for (const [spec, blocks] of legs)
      expect(seen.filter(({ specVersion }) => specVersion === spec).length).toBeGreaterThan(blocks / 2)
    expect(warnings).toEqual(
      borders.map((last, at) => {
        const [was, is] = [legs[at]![0], legs[at + 1]![0]]
        return `block ${last} is the last of spec ${was}: the next one runs spec ${is} and its migrations first`
      }),
    )
    const sql = 'SELECT spec_version, count(*)::INTEGER FROM epochs GROUP BY ALL ORDER BY spec_version'
    const of = (spec: number): number => seen.filter(({ specVersion }) => specVersion === spec).length
    expect(await query(file, sql)).toEqual(legs.map(([spec]) => [spec, of(spec)]))
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
