/**
 * A replay by many processes through a queue in PostgreSQL: killed, without queue, without lake, at a wrong one. What is in
 * the lake in the end is byte for byte what a replay by one process puts there.
 */

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { QueueError } from '../../ts/errors/index.ts'
import { openLake } from '../../ts/replay/index.ts'
import { Queue, type QueueStatus } from '../../ts/replay/queue.ts'
import { FakeChain, hashOf, sealed } from '../chain/fake-chain.ts'
import { ChainServer, type Fault } from '../chain/server.ts'
import { checkBuilt } from '../cli/run.ts'
import type { Ran } from '../process.ts'
import { yuma } from '../verify/cli.ts'
import { LaidRun } from '../verify/laid-run.ts'
import { query } from '../verify/query.ts'
import { findPostgres, PASSWORD, Postgres } from './postgres.ts'
import { contents, Running } from './running.ts'

const FIRST = 8_000_000
const BLOCKS = 60
const RANGE = ['--from', String(FIRST + 1), '--to', String(FIRST + BLOCKS), '--span', '25']
const CHUNKS = 15
/** Seconds after which a worker that is killed is known to be gone. */
const LEASE = ['--lease', '2']

const found = findPostgres()
if ('reason' in found) console.warn(`no queue is tested: ${found.reason}`)

describe.skipIf('reason' in found)('a queue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-queue-'))
  let postgres: Postgres
  let server: ChainServer
  /** Milliseconds that the node takes for an answer. */
  let delayMs = 0
  let expected: ReadonlyMap<string, string>

  beforeAll(async () => {
    checkBuilt()
    postgres = await Postgres.start((found as { readonly programs: string }).programs)
    const chain = await laid()
    const fault = (): Fault | undefined => (delayMs === 0 ? undefined : { kind: 'delay', ms: delayMs })
    server = await ChainServer.start(chain, { fault })
    const alone = join(folder, 'alone')
    expect(await yuma('replay', alone, ...RANGE, '--endpoint', server.url)).toMatchObject({
      code: 0,
      err: '',
    })
    expected = contents(alone)
    expect([...expected.keys()].filter((name) => name.startsWith('manifest/'))).toHaveLength(CHUNKS)
  })
  afterAll(async () => {
    await server?.close()
    await postgres?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function laid(): Promise<FakeChain> {
    const run = new LaidRun(await loadEmission(), {
      subnets: 5,
      seed: 3,
      block: BigInt(FIRST),
      maxEpochsPerBlock: 2,
      tempos: [6, 13],
      specVersion: 475,
    })
    const first = run.chain.at(FIRST)!
    // Of the first block of all there is the hash that says which chain it is.
    const genesis = sealed({
      number: 0,
      parentHash: hashOf('none'),
      runtime: first.runtime,
      state: new Map(),
    })
    const blocks = new FakeChain([genesis, first])
    for (let i = 0; i < BLOCKS; i++) blocks.put(run.chain.at(run.next().number)!)
    return blocks
  }

  interface Place {
    readonly database: string
    readonly address: string
    readonly lake: string
    plan(...more: readonly string[]): Promise<Ran>
    worker(...more: readonly string[]): Running
    status(): Promise<QueueStatus>
    /** Waits until the queue is so. */
    until(holds: (status: QueueStatus) => boolean): Promise<void>
  }

  /** A database and a folder of a test's own. */
  function place(name: string): Place {
    const address = postgres.create(name)
    const lake = join(folder, name)
    const at = ['--queue', address, '--endpoint', server.url]
    const status: Place['status'] = async () => {
      await using queue = await Queue.open(address)
      return await queue.status(await openLake(lake))
    }
    return {
      database: name,
      address,
      lake,
      plan: (...more) => yuma('replay', lake, ...RANGE, ...at, ...more),
      worker: (...more) => new Running(['work', ...at, '--jobs', '1', ...more]),
      status,
      until: async (holds) => {
        while (!holds(await status())) await sleep(50)
      },
    }
  }

  /** Has the node be slow while something is done. */
  async function slowly(ms: number, work: () => Promise<void>): Promise<void> {
    delayMs = ms
    try {
      await work()
    } finally {
      delayMs = 0
    }
  }

  test('of two workers, one of them killed: every epoch once, the same bytes as by one machine', async () => {
    const { database, lake, plan, worker, until, status } = place('killed')
    expect(await plan()).toMatchObject({ code: 0, err: '' })
    let lost: Running | undefined
    let kept: Running | undefined
    await slowly(10, async () => {
      ;[lost, kept] = [worker(...LEASE), worker(...LEASE, '--until-empty')]
      await until(({ running, done }) => running === 2 && done > 1)
      lost.child.kill('SIGKILL')
    })
    expect((await lost!.ended).signal).toBe('SIGKILL')
    expect(await kept!.ended).toMatchObject({ code: 0, err: '' })
    expect(await status()).toMatchObject({ open: 0, running: 0, done: CHUNKS, failed: 0 })
    const again = postgres.query(
      "SELECT count(*) FROM yuma_replay.job WHERE name LIKE 'chunks%' AND retry_count > 0",
      database,
    )
    expect(again).toBe('1')
    const epochs = await query(
      ':memory:',
      `SELECT count(*)::INTEGER, count(DISTINCT (netuid, block))::INTEGER FROM read_parquet('${lake}/epochs/*/*.parquet')`,
    )
    expect(epochs[0]![0]).toBe(epochs[0]![1])
    const bytes = contents(lake)
    expect([...bytes.keys()]).toEqual([...expected.keys()])
    expect(bytes).toEqual(expected)
  })

  test('has each chunk once, however often and by however many it is planned', async () => {
    const { plan, status, worker } = place('planned')
    expect((await plan()).out).toContain(`${CHUNKS} chunks are to be replayed, ${CHUNKS} of them sent`)
    const both = place('at_once')
    await both.plan('--netuid', '1')
    const sent = (await Promise.all([both.plan('--json'), both.plan('--json'), both.plan('--json')])).map(
      ({ out }) => JSON.parse(out) as { readonly chunks: number; readonly sent: number },
    )
    expect(sent.map(({ chunks }) => chunks)).toEqual([CHUNKS, CHUNKS, CHUNKS])
    expect(sent.reduce((sum, one) => sum + one.sent, 0)).toBe(CHUNKS - 3)
    expect(await both.status()).toMatchObject({ open: CHUNKS, failed: 0 })
    expect((await plan()).out).toContain(`${CHUNKS} chunks are to be replayed, 0 of them sent`)
    expect(await worker('--until-empty').ended).toMatchObject({ code: 0, err: '' })
    expect((await plan()).out).toContain('0 chunks are to be replayed, 0 of them sent')
    expect(await status()).toMatchObject({ open: 0, done: CHUNKS })
  })

  test('that is not there, or refuses, is told without its password, and before a lake is made', async () => {
    const at = ['--endpoint', server.url]
    const lake = join(folder, 'nowhere')
    const nobody = `postgres://yuma:${PASSWORD}@127.0.0.1:1/postgres`
    const cases = [
      [nobody, /cannot be reached: connect ECONNREFUSED/],
      [postgres.address('postgres', `wrong${PASSWORD}`), /password authentication failed/],
      [postgres.address('nosuch'), /database "nosuch" does not exist/],
    ] as const
    for (const [address, message] of cases) {
      for (const args of [
        ['replay', lake, ...RANGE],
        ['work', '--until-empty'],
      ]) {
        const { code, out, err } = await yuma(...args, ...at, '--queue', address)
        expect([code, out]).toEqual([3, ''])
        expect(err).toMatch(message)
        expect(err).not.toContain(PASSWORD)
        expect(err.trim().split('\n')).toHaveLength(1)
      }
    }
    for (const address of [`mysql://yuma:${PASSWORD}@host/x`, PASSWORD, `postgres:${PASSWORD}`]) {
      const { code, err } = await yuma('work', ...at, '--queue', address)
      expect([code, err.includes('expected postgres://')]).toEqual([2, true])
      if (address.includes('@')) expect(err).not.toContain(PASSWORD)
    }
    expect(existsSync(lake)).toBe(false)
    const error: unknown = await Queue.open(nobody).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(QueueError)
    expect(error).toMatchObject({ code: 'queue', kind: 'unreachable', queue: `postgres://127.0.0.1:1/…` })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(PASSWORD)
  })

  test('that goes down and comes back has lost nothing: workers wait', async () => {
    const { lake, plan, worker, until, status } = place('down')
    await plan()
    let waiting: Running | undefined
    await slowly(10, async () => {
      waiting = worker('--lease', '600', '--until-empty')
      await until(({ running, done }) => running === 1 && done > 0)
      await postgres.down()
      const planning = await yuma(
        'replay',
        lake,
        ...RANGE,
        '--queue',
        postgres.address('down'),
        '--endpoint',
        server.url,
      )
      expect([planning.code, planning.err.includes('cannot be reached')]).toEqual([3, true])
      while (!waiting.said.includes('waiting for it')) await sleep(20)
      expect(waiting.child.exitCode).toBeNull()
      await postgres.up()
    })
    const { code, err } = await waiting!.ended
    expect(code).toBe(0)
    expect(err).not.toContain(PASSWORD)
    expect(await status()).toMatchObject({ open: 0, running: 0, done: CHUNKS, failed: 0 })
    expect(contents(lake)).toEqual(expected)
  })

  test('has what fails for good in its status, and tries it again when that is asked for', async () => {
    const { lake, address, plan, worker, status } = place('other_chain')
    await plan('--netuid', '1,2')
    const head = readFileSync(join(lake, 'lake.json'), 'utf8')
    const chain = JSON.parse(head).chain as string
    writeFileSync(join(lake, 'lake.json'), head.replace(chain, `0x${'ab'.repeat(32)}`))
    const ended = await worker('--until-empty').ended
    expect(ended.code).toBe(0)
    expect(ended.err).toContain('expected the lake that was planned for')
    expect(readdirSync(lake)).toEqual(['lake.json'])
    writeFileSync(join(lake, 'lake.json'), head)
    const failed = await status()
    expect(failed).toMatchObject({ open: 0, running: 0, done: 0, failed: 6 })
    for (const { attempts, error, final } of failed.errors) {
      expect([attempts, final]).toEqual([1, true])
      expect(error).toContain(`found one of 0x${'ab'.repeat(32)}`)
    }
    const shown = await yuma('replay', lake, '--queue', address, '--status')
    expect(shown.code).toBe(1)
    expect(shown.out).toMatch(
      /0 open, 0 running, 0 done, 6 failed\n {2}subnet 1, blocks 8000001 to 8000024, 1 attempt: /,
    )
    expect((await plan('--netuid', '1,2')).err).toContain('6 of them failed before')
    expect((await yuma('replay', lake, '--queue', address, '--retry-failed')).out).toBe(
      '6 chunks are tried again\n',
    )
    expect(await worker('--until-empty').ended).toMatchObject({ code: 0, err: '' })
    expect(await status()).toMatchObject({ open: 0, done: 6, failed: 0 })
    // What is copied from another machine too late, or not at all.
    rmSync(join(lake, 'manifest/netuid=2'), { recursive: true })
    expect((await plan('--netuid', '1,2')).err).toContain('3 of them are done and not in this folder')
    expect((await yuma('replay', lake, '--queue', address, '--retry-missing')).out).toBe(
      '3 chunks are tried again\n',
    )
    expect(await status()).toMatchObject({ open: 3, done: 3 })
  })

  test('costs a chunk no attempt where a worker has no way to the lake, or a wrong one', async () => {
    const { lake, plan, worker, status } = place('elsewhere')
    await plan('--netuid', '1')
    const moved = `${lake}-moved`
    renameSync(lake, moved)
    const lost = await worker('--until-empty').ended
    expect(lost.code).toBe(2)
    expect(lost.err).toContain(`${lake}: no lake`)
    const wrong = join(folder, 'wrong')
    cpSync(moved, wrong, { recursive: true })
    writeFileSync(
      join(wrong, 'lake.json'),
      readFileSync(join(wrong, 'lake.json'), 'utf8')
        .replace('"epochs",', '"epochs","snapshots",')
        .replace(',"prices"', ''),
    )
    const no = await worker('--until-empty', '--lake', wrong).ended
    expect(no.code).toBe(2)
    expect(no.err).toMatch(/keep: expected the lake that was planned for|expected/)
    renameSync(moved, lake)
    expect(await status()).toMatchObject({ open: 3, running: 0, failed: 0, errors: [] })
    renameSync(lake, moved)
    expect(await worker('--until-empty', '--lake', moved).ended).toMatchObject({ code: 0, err: '' })
    renameSync(moved, lake)
    expect(await status()).toMatchObject({ open: 0, done: 3 })
  })

  test('has at once again what a worker had that is ended by Ctrl-C', async () => {
    const { database, plan, worker, until, status } = place('interrupted')
    await plan()
    await slowly(200, async () => {
      const ended = worker('--lease', '3600')
      await until(({ running }) => running === 1)
      ended.child.kill('SIGINT')
      expect(await ended.ended).toMatchObject({ code: 130, out: '', err: 'yuma: stopped by SIGINT\n' })
    })
    expect(await status()).toMatchObject({ open: CHUNKS, running: 0, errors: [] })
    expect(
      postgres.query(
        "SELECT count(*) FROM yuma_replay.job WHERE state = 'active' OR retry_count > 0",
        database,
      ),
    ).toBe('0')
  })

  test("holds an endpoint's limit for all workers together", async () => {
    for (const [places, most] of [
      [1, 1],
      [3, 3],
    ] as const) {
      const { plan, worker, status } = place(`limit${places}`)
      await plan('--netuid', '1,2')
      await slowly(5, async () => {
        const limit = ['--places', String(places), '--until-empty', '--jobs', '2']
        const workers = [worker(...limit), worker(...limit)]
        const ended = Promise.all(workers.map((one) => one.ended))
        let seen = 0
        let all = false
        void ended.then(() => {
          all = true
        })
        while (!all) {
          seen = Math.max(seen, (await status()).running)
          await sleep(20)
        }
        expect((await ended).map(({ code, err }) => [code, err])).toEqual([
          [0, ''],
          [0, ''],
        ])
        expect(seen).toBe(most)
      })
      expect(await status()).toMatchObject({ open: 0, done: 6 })
    }
  })

  test('is made once by workers that begin at the same time at a new endpoint', async () => {
    const address = postgres.create('begun')
    const queues = await Promise.all(Array.from({ length: 8 }, () => Queue.open(address)))
    try {
      for (let round = 0; round < 5; round++) {
        const endpoint = `ws://node${round}`
        await Promise.all(queues.map((queue) => queue.setPlaces(endpoint, 3)))
        const taken = await Promise.all(queues.map((queue) => queue.takePlaces([endpoint])))
        expect(taken.filter((places) => places !== undefined)).toHaveLength(3)
      }
    } finally {
      for (const queue of queues) await queue[Symbol.asyncDispose]()
    }
  })

  test('lets nobody act on a lease that ran out', async () => {
    const { address, lake: path, plan, status } = place('leases')
    await plan('--netuid', '1')
    const lake = await openLake(path)
    const { chain } = lake.head
    await using queue = await Queue.open(address)
    await using others = await Queue.open(address)
    const job = (await queue.take(chain))!
    expect([job.netuid, job.first]).toEqual([1, BigInt(FIRST + 1)])
    expect(await queue.renew([job.lease], 1)).toBe(true)
    await others.expire()
    expect(await queue.renew([job.lease], 1)).toBe(true)
    await sleep(1100)
    await others.expire()
    const taken = []
    while (taken.length < 3) {
      const next = await others.take(chain)
      if (next === undefined) await sleep(100)
      else taken.push(next)
    }
    const again = taken.find(({ lease }) => lease.id === job.lease.id)!
    expect(again.first).toBe(job.first)
    expect(await queue.renew([job.lease], 60)).toBe(false)
    await queue.giveBack(job.lease)
    await queue.fail(job.lease, new Error('late'), { final: true })
    expect(await others.renew([again.lease], 60)).toBe(true)
    expect(await status()).toMatchObject({ open: 0, running: 3, failed: 0 })
  })
})
