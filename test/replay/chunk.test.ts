/** A chunk of a run of emission, replayed into a lake: what is in it, and what doing it again makes of it. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import type { BlockReport } from '../../ts/emission/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import {
  createLake,
  type Lake,
  lakeSnapshots,
  openLake,
  plan,
  replayChunk,
  rerun,
  TABLES,
} from '../../ts/replay/index.ts'
import { parseDocuments } from '../../ts/snapshot/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { LaidRun } from '../verify/laid-run.ts'
import { query } from '../verify/query.ts'

const FIRST = 8_000_000
const BLOCKS = 60
const NETUIDS = [1, 2, 3, 4, 5]
const CHAIN = `0x${'12'.repeat(32)}`

const folder = mkdtempSync(join(tmpdir(), 'yuma-chunk-'))
const reports = new Map<number, BlockReport>()
let server: ChainServer
let chain: Chain
afterAll(async () => {
  await chain?.close()
  await server?.close()
  rmSync(folder, { recursive: true })
})

beforeAll(async () => {
  const run = new LaidRun(await loadEmission(), {
    subnets: NETUIDS.length,
    seed: 3,
    block: BigInt(FIRST),
    maxEpochsPerBlock: 2,
    tempos: [6, 13],
    specVersion: 475,
  })
  const blocks = new FakeChain([run.chain.at(FIRST)!])
  for (let i = 0; i < BLOCKS; i++) {
    const { number, report } = run.next()
    reports.set(number, report)
    blocks.put(run.chain.at(number)!)
  }
  server = await ChainServer.start(blocks)
  chain = await connect(server.url)
})

const range = { from: BigInt(FIRST) + 1n, to: BigInt(FIRST + BLOCKS), netuids: NETUIDS }

async function replayed(name: string): Promise<Lake> {
  const lake = await createLake(join(folder, name), {
    chain: CHAIN,
    keep: ['epochs', 'neurons', 'weights', 'bonds', 'payouts', 'prices', 'snapshots'],
    span: 25n,
  })
  await replayAll(lake)
  return lake
}

async function replayAll(lake: Lake): Promise<void> {
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  const chunks = plan({ covered: await lake.chunks(), ...range, span: lake.head.span })
  for (const chunk of chunks) await replayChunk({ engine, emission, chain, lake, chunk })
}

const files = (lake: Lake): readonly string[] =>
  readdirSync(lake.folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(parquet|json)$/.test(file))
    .sort()

/** Rows of a table of a lake, as others read it. */
const rows = (lake: Lake, table: string, columns: string, rest = ''): ReturnType<typeof query> =>
  query(
    ':memory:',
    `SELECT ${columns} FROM read_parquet('${lake.folder}/${table}/*/*.parquet', hive_partitioning = true) ${rest}`,
  )

describe('a run of emission', () => {
  let lake: Lake
  beforeAll(async () => {
    lake = await replayed('lake')
  })

  test('is in the lake epoch by epoch, each once, with the time of its block', async () => {
    const ran = [...reports].flatMap(([block, { payouts }]) =>
      payouts.map(({ netuid }) => [block, netuid] as const),
    )
    const expected = ran
      .map(([block, netuid]) => [
        netuid,
        BigInt(block),
        'equal',
        1_679_300_000_000_000n + BigInt(block) * 12_000_000n,
      ])
      .sort(([a, b], [c, d]) => Number(a) - Number(c) || Number(b) - Number(d))
    const found = await rows(
      lake,
      'epochs',
      'netuid::INTEGER, block, outcome, epoch_us(time)',
      'ORDER BY netuid, block',
    )
    expect(found).toEqual(expected)
    expect(ran.length).toBeGreaterThan(20)
    const entries = await lake.entries()
    expect(entries.reduce((sum, { epochs }) => sum + epochs, 0)).toBe(ran.length)
    expect(new Set(entries.map(({ netuid }) => netuid))).toEqual(new Set(NETUIDS))
  })

  test('says whom each epoch paid, to the rao', async () => {
    const found = await rows(
      lake,
      'payouts',
      'netuid::INTEGER, block, sum(rao)::UBIGINT',
      'GROUP BY ALL ORDER BY ALL',
    )
    const paid = [...reports].flatMap(([block, { payouts }]) =>
      payouts.map(({ netuid, ownerHotkey, pendingOwner, incentives, alphaDividends, rootDividends }) => {
        const all = [
          ownerHotkey === null ? 0n : pendingOwner,
          ...incentives.map(({ rao }) => rao),
          ...[...alphaDividends, ...rootDividends].map(({ take, nominators }) => take + nominators),
        ]
        return [netuid, BigInt(block), all.reduce((sum, rao) => sum + rao, 0n)] as const
      }),
    )
    const expected = paid.filter(([, , rao]) => rao > 0n).sort((a, b) => a[0] - b[0] || Number(a[1] - b[1]))
    expect(found).toEqual(expected)
  })

  test('pays by uid what its payouts pay of incentives', async () => {
    const neurons = await rows(
      lake,
      'neurons',
      'netuid::INTEGER, block, sum(server_emission)::HUGEINT',
      'GROUP BY ALL ORDER BY ALL',
    )
    const incentives = await rows(
      lake,
      'payouts',
      'netuid::INTEGER, block, sum(rao)::HUGEINT',
      "WHERE kind LIKE 'incentive%' GROUP BY ALL ORDER BY ALL",
    )
    expect(neurons.filter(([, , rao]) => rao !== 0n)).toEqual(incentives)
  })

  test('keeps the state of each epoch, on which it can be run again', async () => {
    const engine = await loadEngine()
    const snapshots = await rows(
      lake,
      'snapshots',
      'netuid::INTEGER, block, snapshot',
      'ORDER BY netuid, block',
    )
    expect(snapshots.length).toBeGreaterThan(20)
    for (const [netuid, block, text] of snapshots) {
      const [document] = await parseDocuments(new TextEncoder().encode(text as string))
      const result = engine.epoch(document!.snapshot)
      const where = `WHERE netuid = ${netuid} AND block = ${block} ORDER BY uid`
      const stored = await rows(lake, 'neurons', 'incentive, dividends, emission, validator_permit', where)
      expect(stored).toEqual(
        Array.from(result.mechanisms[0]!.incentive, (incentive, uid) => [
          incentive,
          result.dividends[uid]!,
          result.emission[uid]!,
          result.validatorPermit[uid] === 1,
        ]),
      )
    }
  })

  test('gives its states back, and what other rules would pay in sum is what they pay epoch by epoch', async () => {
    const engine = await loadEngine()
    const seen: bigint[] = []
    const asked = { netuids: [4], from: BigInt(FIRST + 20), to: BigInt(FIRST + 50) }
    const sums = new Map<string, [own: bigint, other: bigint]>()
    for await (const { netuid, block, snapshot } of lakeSnapshots(lake, asked)) {
      expect([netuid, snapshot.netuid, snapshot.block]).toEqual([4, 4, block])
      seen.push(block)
      const [own, other] = [engine.epoch(snapshot), engine.epoch(snapshot, { asSpec: 300 })]
      for (const [uid, hotkey] of snapshot.hotkeys!.entries()) {
        const [a, b] = sums.get(hotkey) ?? [0n, 0n]
        const paid = (of: typeof own): bigint => of.serverEmission[uid]! + of.validatorEmission[uid]!
        sums.set(hotkey, [a + paid(own), b + paid(other)])
      }
    }
    const blocks = await rows(
      lake,
      'epochs',
      'block',
      `WHERE netuid = 4 AND block BETWEEN ${asked.from} AND ${asked.to} ORDER BY block`,
    )
    expect(seen).toEqual(blocks.map(([block]) => block))
    expect(seen.length).toBeGreaterThan(1)
    const [subnet, ...more] = await rerun(engine, lake, { ...asked, asSpec: 300 })
    expect([more, subnet!.epochs, subnet!.changed]).toEqual([[], seen.length, seen.length])
    const found = subnet!.neurons.map(({ hotkey, server, validator }) => [
      hotkey,
      [server.own + validator.own, server.other + validator.other],
    ])
    expect(found).toEqual([...sums])
    expect(subnet!.moved).toBeGreaterThan(0n)
  })

  test('that keeps no states gives none', async () => {
    const without = await createLake(join(folder, 'without'), { chain: CHAIN, keep: ['neurons'] })
    await expect(lakeSnapshots(without).next()).rejects.toMatchObject({ code: 'input', field: 'keep' })
  })

  test('has as many weights and bonds as the states have', async () => {
    for (const table of ['weights', 'bonds'] as const) {
      const found = await rows(
        lake,
        table,
        'netuid::INTEGER, block, count(*)::INTEGER',
        'GROUP BY ALL ORDER BY ALL',
      )
      for (const [netuid, block, count] of found.filter((_, i) => i % 7 === 0)) {
        const at = table === 'weights' ? (block as bigint) - 1n : (block as bigint)
        const { mechanisms } = await chain.subnet(netuid as number, { at, epochAt: block as bigint })
        expect(mechanisms.reduce((sum, mechanism) => sum + mechanism[table].value.length, 0)).toBe(count)
      }
      expect(found.length).toBeGreaterThan(10)
    }
  })

  test('has the pool that each epoch left, and its price', async () => {
    const columns = 'netuid::INTEGER, block, subnet_tao, subnet_alpha_in, moving_price::HUGEINT, price'
    const prices = await rows(lake, 'prices', columns, 'ORDER BY netuid, block')
    const left = [...reports].flatMap(([block, { payouts, after }]) =>
      payouts.map(({ netuid }) => {
        const { tao, alpha, movingPrice, spotPrice } = after.find((row) => row.netuid === netuid)!
        return [netuid, BigInt(block), tao, alpha, movingPrice, Number(spotPrice) / 2 ** 64] as const
      }),
    )
    expect(prices).toEqual(left.sort((a, b) => a[0] - b[0] || Number(a[1] - b[1])))
  })

  test('replayed again gives the same bytes under the same names', async () => {
    const again = await replayed('again')
    expect(files(again)).toEqual(files(lake))
    for (const file of files(lake))
      expect(readFileSync(join(again.folder, file)).equals(readFileSync(join(lake.folder, file))), file).toBe(
        true,
      )
  })

  test('that is done is not asked for again; a range that overlaps it asks for the rest', async () => {
    const before = server.requests.length
    await replayAll(lake)
    expect(server.requests.length).toBe(before)
    const chunks = plan({ covered: await lake.chunks(), ...range, from: 1n, to: range.to + 10n, span: 25n })
    const outside = chunks.every(({ first, last }) => last < range.from || first > range.to)
    expect(outside).toBe(true)
  })

  test('has no faults, and tells of each that is made', async () => {
    const faults = async (): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const { path, what } of (await openLake(lake.folder)).faults())
        found.push(`${path}: ${what}`)
      return found
    }
    expect(await faults()).toEqual([])
    const [entry] = await lake.entries()
    const [first, second] = entry!.files
    const [one, two] = [lake.path(first!.path), lake.path(second!.path)]
    const [bytes, others] = [readFileSync(one), readFileSync(two)]
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(one, bytes)
    rmSync(two)
    mkdirSync(lake.path('weights/netuid=9'), { recursive: true })
    const orphan = 'weights/netuid=9/0000000001-0000000002-000000000000.parquet'
    writeFileSync(lake.path(orphan), 'x')
    const found = await faults()
    expect(found).toHaveLength(3)
    expect(found[0]).toContain(`${first!.path}: has the hash`)
    expect(found[1]).toMatch(/no such file/)
    expect(found[2]).toContain('no manifest names it')
    // A worker may be about to name it.
    expect(await lake.sweep()).toEqual([])
    const before = Date.now() / 1000 - 3601
    utimesSync(lake.path(orphan), before, before)
    expect(await lake.sweep()).toEqual([orphan])
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(one, bytes)
    writeFileSync(two, others)
    expect(await faults()).toEqual([])
    expect(existsSync(lake.path('weights/netuid=9'))).toBe(true)
  })

  test('has every table whose rows there were, with columns as declared', async () => {
    const present = TABLES.filter(({ name }) => existsSync(lake.path(name)))
    expect(present.map(({ name }) => name)).toContain('mechanism_incentive')
    for (const { name, columns } of present) {
      const [path] = readdirSync(lake.path(name), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.parquet'),
      )
      const described = await query(
        ':memory:',
        `DESCRIBE SELECT * FROM read_parquet('${lake.path(name)}/${path}', hive_partitioning = false)`,
      )
      expect(described.map(([column, type]) => `${column} ${type}`)).toEqual(
        columns.map((column) => `${column.name} ${column.type}`),
      )
    }
  })
})
