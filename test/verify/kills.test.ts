/**
 * Processes that are ended at random points, by signals that they hear and by one that they do not: nothing is lost, and
 * nothing is left over. `YUMA_KILLS` is how many of each, `YUMA_SEED` where they fall.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { History } from '../../ts/verify/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { blockOf, makeSubnet } from '../chain/fixture.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { checkBuilt, yuma as run } from '../cli/run.ts'
import { yuma, yumaPath } from './cli.ts'
import { query } from './query.ts'
import { makeRun, type Run } from './run.ts'

const KILLS = Number(process.env.YUMA_KILLS ?? 5)
const SEED = Number(process.env.YUMA_SEED ?? 1)
/** Exit codes by signal; of the one that nobody hears there is none. */
const HEARD = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const SIGNALS = ['SIGKILL', 'SIGINT', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGHUP'] as const
type Signal = (typeof SIGNALS)[number]

/** What somebody writes aside. */
const ASIDE = /^\.yuma-[0-9a-f]{8}-\d+-[0-9a-f]{12}\.tmp$/

const folder = mkdtempSync(join(tmpdir(), 'yuma-kills-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(() => checkBuilt())

/** A command that is to be ended. */
class Victim {
  readonly #child: ChildProcess
  readonly #ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  #said = ''

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [yumaPath(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
      })
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }))
    })
  }

  /** Lines of JSON that it wrote as a whole. */
  get reported(): readonly { readonly netuid: number; readonly block: string }[] {
    const lines = this.#said.split('\n').slice(0, -1)
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  kill(signal: Signal): void {
    this.#child.kill(signal)
  }

  /** How it ended, which has to be by the signal, or all by itself before that came. Whether that was at its end. */
  async end(signal: Signal, done: readonly number[] = [0]): Promise<boolean> {
    const end = await this.#ended
    if (end.signal === null && done.includes(end.code!)) return true
    // While it starts, and once all is done, nobody listens yet or any more.
    const heard = signal === 'SIGKILL' ? undefined : { code: HEARD[signal], signal: null }
    expect([heard, { code: null, signal }], this.#said).toContainEqual(end)
    if (end.signal === null) expect(this.#said).toContain(`stopped by ${signal}`)
    return false
  }
}

const inside = (path: string): string[] => readdirSync(path).sort()

/** Whether there is a file that was not there: one of before may be taken away meanwhile. */
function isWriting(path: string, before: readonly string[]): boolean {
  return inside(path).some((name) => !before.includes(name))
}

/** What one process left aside: where it did not hear its end some files that nobody takes for others, else nothing. */
function expectLeft(path: string, before: readonly string[], signal: Signal, most: number): void {
  const left = inside(path).filter((name) => !before.includes(name))
  expect(left.length).toBeLessThanOrEqual(signal === 'SIGKILL' ? most : 0)
  for (const name of left) expect(name).toMatch(ASIDE)
}

const signalOf = (kill: number): Signal => SIGNALS[kill % SIGNALS.length]!

describe(`pull, ended ${KILLS} times`, () => {
  test('the file is as it was, or whole; the next one that is written takes away what was left', async () => {
    const random = new Random(SEED)
    const block = 1_000_000
    const subnets = [3, 15, 19].map((netuid) =>
      makeSubnet({ netuid, n: 96, validators: 24, seed: netuid, block }),
    )
    let [asked, killAt] = [0, Number.POSITIVE_INFINITY]
    let kill = (): void => {}
    await using server = await ChainServer.start(new FakeChain([blockOf(demoRuntime(424), block, subnets)]), {
      fault: () => {
        if (++asked === killAt) kill()
        return undefined
      },
    })
    const path = mkdtempSync(join(folder, 'pull-'))
    const file = join(path, 'all.json.gz')
    const args = ['pull', '--all', '--endpoint', server.url, '-o', file]
    expect((await yuma(...args)).code).toBe(0)
    const requests = asked
    const whole = gunzipSync(readFileSync(file)).toString()
    writeFileSync(file, 'as it was')
    chmodSync(file, 0o600)
    const ends = { before: 0, after: 0 }
    for (let i = 0; i < KILLS; i++) {
      const signal = signalOf(i)
      const before = inside(path)
      const victim = new Victim(...args)
      // While it asks, while it writes, and at any time.
      if (i % 3 === 0) {
        asked = 0
        killAt = 1 + random.int(requests)
        kill = () => victim.kill(signal)
      } else {
        killAt = Number.POSITIVE_INFINITY
        while (i % 3 === 1 && victim.isRunning && !isWriting(path, before)) await sleep(1)
        await sleep(random.int(i % 3 === 1 ? 40 : 900))
        victim.kill(signal)
      }
      const done = await victim.end(signal)
      const text = readFileSync(file)
      const isNew = text.toString() !== 'as it was'
      if (isNew) expect(gunzipSync(text).toString()).toBe(whole)
      if (done) expect(isNew).toBe(true)
      ends[isNew ? 'after' : 'before']++
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expectLeft(path, before, signal, 1)
      if (isNew) writeFileSync(file, 'as it was')
    }
    expect((await yuma(...args)).code).toBe(0)
    expect(gunzipSync(readFileSync(file)).toString()).toBe(whole)
    expect(inside(path)).toEqual(['all.json.gz'])
    console.info(`pull, ended ${KILLS} times: ${ends.before} files as they were, ${ends.after} whole`)
  })

  test('by a signal that it hears nothing is left at all', async () => {
    const path = mkdtempSync(join(folder, 'heard-'))
    const file = join(path, 'made.json')
    for (const signal of Object.keys(HEARD) as (keyof typeof HEARD)[]) {
      const victim = new Victim(
        'generate',
        '--n',
        '3000',
        '--validators',
        '1500',
        '--density',
        '0.5',
        '-o',
        file,
      )
      while (victim.isRunning && inside(path).length === 0) await sleep(1)
      victim.kill(signal)
      if (await victim.end(signal)) rmSync(file)
      expect(inside(path)).toEqual([])
    }
  })
})

describe(`verify --since with a history, ended ${KILLS} times`, () => {
  let made: Run
  beforeAll(async () => {
    made = await makeRun({ netuids: [1, 2, 3], epochs: 5 * KILLS, n: 6, seed: SEED + 5 })
  })

  test('every epoch is in it once and as a whole; what was reported is; no other file is left', async () => {
    const random = new Random(SEED + 1)
    const path = mkdtempSync(join(folder, 'since-'))
    const file = join(path, 'kept.duckdb')
    let [asked, killAt] = [0, Number.POSITIVE_INFINITY]
    let kill = (): void => {}
    await using server = await ChainServer.start(new FakeChain(made.blocks), {
      fault: () => {
        if (++asked === killAt) kill()
        return undefined
      },
    })
    const args = ['verify', '--since', '1', '--json', '--endpoint', server.url, '--history', file]
    // Requests until the first epoch is checked: blocks are looked through 256 at a time.
    const looking = 4 * made.epochs.filter(({ block }) => block <= 256).length
    const reported: string[] = []
    for (let i = 0; i < KILLS; i++) {
      const signal = signalOf(i)
      asked = 0
      // While it looks for epochs, or a few checks later: there has to be something to do for the last of them too.
      killAt = 1 + random.int(looking + 400)
      const victim = new Victim(...args)
      kill = () => victim.kill(signal)
      const done = await victim.end(signal, [0, 1])
      reported.push(...victim.reported.map(({ netuid, block }) => `${netuid}/${block}`))
      // DuckDB's log of what is not yet in the file, which the next one to open it takes over.
      const left = inside(path).filter((name) => name !== 'kept.duckdb')
      if (signal === 'SIGKILL' && !done) expect(['', 'kept.duckdb.wal']).toContain(left.join())
      else expect(left).toEqual([])
    }
    killAt = Number.POSITIVE_INFINITY
    expect((await yuma(...args)).err).toBe('')
    expect(inside(path)).toEqual(['kept.duckdb'])
    const rows = await query(file, 'SELECT netuid, block, outcome FROM epochs ORDER BY block, netuid')
    const kept = rows.map(([netuid, block]) => `${netuid}/${block}`)
    expect(kept).toEqual(made.epochs.map(({ netuid, block }) => `${netuid}/${block}`))
    expect(new Set(reported).size).toBe(reported.length)
    expect(reported.length).toBeGreaterThan(0)
    for (const place of reported) expect(kept).toContain(place)
    const different = rows.filter(([, , outcome]) => outcome === 'different')
    expect(new Set(different.map(([netuid, block]) => `${netuid}/${block}`))).toEqual(made.altered)
    const all = BigInt(made.epochs.length)
    console.info(`verify, ended ${KILLS} times: ${reported.length} of ${all} epochs reported before`)
    const parts = `SELECT count(*), count(DISTINCT (netuid, block, uid)), (SELECT count(DISTINCT (netuid, block)) FROM notes)
      FROM neurons`
    expect(await query(file, parts)).toEqual([[6n * all, 6n * all, all]])
  })
})

describe(`Parquet, ended ${KILLS} times`, () => {
  const NEURONS = 120_000n
  const TABLES = ['differences', 'epochs', 'mechanism_incentive', 'neurons', 'not_comparable', 'notes']
  const FILES = TABLES.map((table) => `${table}.parquet`)

  test('each file is as it was, or whole; the next export takes away what was left; the history stays', async () => {
    const random = new Random(SEED + 2)
    const path = mkdtempSync(join(folder, 'parquet-'))
    const [file, into] = [join(path, 'kept.duckdb'), join(path, 'out')]
    mkdirSync(into)
    await (await History.open(file, 'a chain')).close()
    await query(
      file,
      `INSERT INTO neurons SELECT 1, i // 256, i % 256, 'key ' || i, 'cold ' || i, 1, true, true, 1, 1, 1, 1, i, i, i
       FROM range(${NEURONS}) AS t(i)`,
    )
    const args = ['verify', '--history', file, '--parquet', into]
    const began = performance.now()
    expect(run(args).code).toBe(0)
    const took = performance.now() - began
    const counts = { old: 0, new: 0 }
    for (let i = 0; i < KILLS; i++) {
      const signal = signalOf(i)
      for (const name of FILES) writeFileSync(join(into, name), `old ${name}`)
      const before = inside(into)
      const victim = new Victim(...args)
      while (i % 3 !== 2 && victim.isRunning && !isWriting(into, before)) await sleep(1)
      await sleep(random.int(i % 3 === 2 ? took : took / 2))
      victim.kill(signal)
      const done = await victim.end(signal)
      for (const name of FILES) {
        const text = readFileSync(join(into, name))
        const isOld = text.toString() === `old ${name}`
        counts[isOld ? 'old' : 'new']++
        if (done) expect(isOld, name).toBe(false)
        if (!isOld && name === 'neurons.parquet')
          expect(await query(':memory:', `SELECT count(*) FROM '${join(into, name)}'`)).toEqual([[NEURONS]])
      }
      expectLeft(into, before, signal, FILES.length)
      expect(existsSync(file)).toBe(true)
    }
    expect(run(args).code).toBe(0)
    expect(inside(into)).toEqual(FILES)
    expect(inside(path)).toEqual(['kept.duckdb', 'out'])
    for (const name of FILES) expect(readFileSync(join(into, name), { encoding: 'latin1' })).toMatch(/^PAR1/)
    expect(await query(file, 'SELECT count(*) FROM neurons')).toEqual([[NEURONS]])
    console.info(`Parquet, ended ${KILLS} times: ${counts.old} files as they were, ${counts.new} whole`)
  })
})
