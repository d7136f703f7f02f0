/**
 * A month of eight subnets from an archive of this machine, replayed by a process that is killed again and again: every
 * epoch is in the lake once. `YUMA_KILLS` is how often, `YUMA_SEED` when, `YUMA_BLOCKS` how long the month is.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { createLake, openLake, replayChunk } from '../../ts/replay/index.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { checkBuilt } from '../cli/run.ts'
import { yuma, yumaPath } from '../verify/cli.ts'
import { query } from '../verify/query.ts'
import { MONTH, type Month, makeMonth, START, timeOf } from './archive.ts'
import { findPostgres, Postgres } from './postgres.ts'
import { contents, Running } from './running.ts'

const KILLS = Number(process.env.YUMA_KILLS ?? 20)
const SEED = Number(process.env.YUMA_SEED ?? 1)
const BLOCKS = Number(process.env.YUMA_BLOCKS ?? MONTH.blocks)
const TIMEOUT = 30 * 60_000

const folder = mkdtempSync(join(tmpdir(), 'yuma-month-'))
let month: Month
let server: ChainServer
beforeAll(async () => {
  checkBuilt()
  const began = performance.now()
  month = makeMonth(await loadEmission(), { ...MONTH, blocks: BLOCKS })
  console.info(`a month of ${month.epochs.length} epochs, made in ${seconds(began)}`)
  server = await ChainServer.start(month.chain, {
    // Of hundreds of thousands of requests none is looked at.
    fault: () => {
      if (server.requests.length > 1000) server.requests.length = 0
      return undefined
    },
  })
}, TIMEOUT)
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

function seconds(began: number): string {
  return `${Math.round((performance.now() - began) / 1000)} s`
}

const path = join(folder, 'lake')
const args = (...more: readonly string[]): readonly string[] => [
  'replay',
  path,
  '--from',
  String(START + 1),
  '--to',
  String(START + BLOCKS),
  '--jobs',
  '2',
  '--endpoint',
  server.url,
  ...more,
]

/** Starts a replay and kills it once it has lasted so many requests more. */
async function killed(requests: number): Promise<'killed' | 'done'> {
  const child: ChildProcess = spawn(process.execPath, [yumaPath(), ...args()], { stdio: 'ignore' })
  const ended = new Promise<'killed' | 'done'>((resolve) => {
    child.once('exit', (_, signal) => resolve(signal === 'SIGKILL' ? 'killed' : 'done'))
  })
  const before = server.connections
  let left = requests
  let seen = server.requests.length
  while (child.exitCode === null && child.signalCode === null && left > 0) {
    await sleep(5)
    const now = server.requests.length
    left -= now >= seen ? now - seen : now
    seen = now
  }
  child.kill('SIGKILL')
  const end = await ended
  if (end === 'killed') expect(server.connections).toBeGreaterThan(before)
  return end
}

const rows = (sql: string): ReturnType<typeof query> => query(':memory:', sql)
const table = (name: string): string =>
  `read_parquet('${path}/${name}/*/*.parquet', hive_partitioning = false)`

describe('a month of eight subnets', () => {
  test(
    `replayed, killed ${KILLS} times, resumed: every epoch is in the lake once`,
    async () => {
      const began = performance.now()
      const random = new Random(SEED)
      const ends = { killed: 0, done: 0 }
      for (let i = 0; i < KILLS; i++) ends[await killed(1 + random.int(1200))]++
      const { code, out, err } = await yuma(...args('--json'))
      expect([code, err]).toEqual([1, ''])
      console.info(
        `replayed in ${seconds(began)}, killed ${ends.killed} times, ended ${ends.done} times before: ${out}`,
      )
      const found = await rows(`SELECT netuid::INTEGER, block, outcome, epoch_ms(time) FROM ${table('epochs')}
        ORDER BY block, netuid`)
      const expected = month.epochs.toSorted((a, b) => Number(a.block - b.block) || a.netuid - b.netuid)
      expect(found).toEqual(
        expected.map(({ netuid, block, outcome }) => [netuid, block, outcome, timeOf(Number(block))]),
      )
      const { epochs, outcomes } = JSON.parse(out)
      expect(epochs).toBe(expected.length)
      const different = expected.filter(({ outcome }) => outcome === 'different').length
      expect(outcomes).toEqual({ equal: epochs - different, different })
    },
    TIMEOUT,
  )

  test('has in every table the rows that it should have', async () => {
    const epochs = BigInt(month.epochs.length)
    const [counts] = await rows(`SELECT (SELECT count(*) FROM ${table('prices')}),
      (SELECT count(DISTINCT (netuid, block)) FROM ${table('neurons')}),
      (SELECT count(DISTINCT (netuid, block, uid)) FROM ${table('neurons')}),
      (SELECT count(*) FROM ${table('neurons')}), (SELECT sum(n)::BIGINT FROM ${table('epochs')})`)
    const [prices, ran, distinct, neurons, expected] = counts!
    expect([prices, ran, distinct, neurons]).toEqual([epochs, epochs, expected, expected])
    const differences = await rows(
      `SELECT netuid::INTEGER, block, field FROM ${table('differences')} ORDER BY block`,
    )
    const altered = month.epochs.filter(({ outcome }) => outcome === 'different')
    expect(differences.length).toBe(altered.length)
    expect(new Set(differences.map(([, , field]) => field))).toEqual(new Set(['consensus']))
  })

  test('leaves no file that no manifest names, and none that was written aside', async () => {
    const lake = await openLake(path)
    expect(await lake.orphans()).toEqual([])
    const left = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('.tmp'),
    )
    expect(left).toEqual([])
    const faults: unknown[] = []
    for await (const fault of lake.faults()) faults.push(fault)
    expect(faults).toEqual([])
  })

  test(
    'gives the same bytes for a chunk that is replayed once more',
    async () => {
      const lake = await openLake(path)
      const chunks = await lake.chunks()
      const again = await createLake(join(folder, 'again'), lake.head)
      await using chain = await connect(server.url)
      const tools = { engine: await loadEngine(), emission: await loadEmission(), chain, lake: again }
      const chunk = chunks[Math.floor(chunks.length / 2)]!
      const entry = await replayChunk({ ...tools, chunk })
      expect(entry).toEqual(await lake.entry(chunk))
      for (const file of entry.files)
        expect(readFileSync(again.path(file.path)).equals(readFileSync(lake.path(file.path)))).toBe(true)
      expect(entry.files.length).toBeGreaterThan(5)
    },
    TIMEOUT,
  )

  const found = findPostgres()
  if ('reason' in found) console.warn(`skipped: the month through a queue: ${found.reason}`)

  test.skipIf('reason' in found)(
    'is byte for byte the same through PostgreSQL with two workers, one of which is killed',
    async () => {
      await using postgres = await Postgres.start((found as { readonly programs: string }).programs)
      const queue = ['--queue', postgres.address(), '--endpoint', server.url]
      const many = join(folder, 'many')
      const range = ['--from', String(START + 1), '--to', String(START + BLOCKS)]
      expect(await yuma('replay', many, ...range, ...queue)).toMatchObject({ code: 0, err: '' })
      const began = performance.now()
      const work = ['work', ...queue, '--jobs', '1', '--lease', '5', '--until-empty']
      const [lost, kept] = [new Running(work), new Running(work)]
      const jobs = (state: string): number =>
        Number(
          postgres.query(
            `SELECT count(*) FROM yuma_replay.job WHERE name LIKE 'chunks-%' AND state = '${state}'`,
          ),
        )
      while (jobs('active') < 2 || jobs('completed') < 4) await sleep(100)
      lost.child.kill('SIGKILL')
      expect((await lost.ended).signal).toBe('SIGKILL')
      expect(await kept.ended).toMatchObject({ code: 0, err: '' })
      console.info(`replayed through a queue in ${seconds(began)}`)
      const [one, other] = [contents(path), contents(many)]
      expect([...other.keys()]).toEqual([...one.keys()])
      expect([...other].filter(([name, bytes]) => one.get(name) !== bytes).map(([name]) => name)).toEqual([])
    },
    TIMEOUT,
  )
})
