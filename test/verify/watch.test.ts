import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { TOTAL_NETWORKS } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { findEpochs, History, type Verification, watch } from '../../ts/verify/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { Random } from '../chain/random.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'
import { yuma, yumaPath } from './cli.ts'
import { query } from './query.ts'
import { makeRun, type Run } from './run.ts'

const NETUIDS = [1, 2, 3, 4, 5, 6, 7, 8]
const EPOCHS = 200
const NEURONS = 6
/** In CI a few; `YUMA_KILLS=20` as many as were promised once. */
const KILLS = Number(process.env.YUMA_KILLS ?? 6)

/** By what they are ended: mostly by what nobody hears. */
const STOPS = ['SIGKILL', 'SIGKILL', 'SIGINT', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const

const folder = mkdtempSync(join(tmpdir(), 'yuma-watch-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Place = `${number}/${number}`

function placeOf({ netuid, block }: { netuid: number; block: number | bigint | string }): Place {
  return `${netuid}/${block}` as Place
}

/** `yuma verify --watch`, and what it says while it runs. */
class Watcher {
  readonly reported: Place[] = []
  readonly #child: ChildProcess
  readonly #closed: Promise<number | null>
  err = ''
  #rest = ''

  constructor(url: string, file: string, ...more: readonly string[]) {
    const args = ['verify', '--watch', '--json', '--poll', '0', '--endpoint', url, '--history', file, ...more]
    this.#child = spawn(process.execPath, [yumaPath(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', resolve)
    })
  }

  /** The last line may be cut off. */
  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) this.reported.push(placeOf(JSON.parse(line)))
  }

  async stop(signal: (typeof STOPS)[number]): Promise<number | null> {
    this.#child.kill(signal)
    return this.#closed
  }

  /** Waits for so many epochs, or until there are no more for a while. */
  async atWork(epochs: number): Promise<void> {
    for (let waited = 0; this.reported.length < epochs && waited < 8000; waited += 5) await sleep(5)
  }

  async until(place: Place): Promise<void> {
    while (!this.reported.includes(place)) {
      if (this.#child.exitCode !== null) throw new Error(`the watcher ended: ${this.err}`)
      await sleep(20)
    }
  }
}

/** Adds blocks one after another. */
async function grow(chain: FakeChain, blocks: Run['blocks']): Promise<void> {
  for (const block of blocks) {
    chain.put(block)
    await sleep(50)
  }
}

describe('a run of 200 epochs of 8 subnets', () => {
  let run: Run
  beforeAll(async () => {
    run = await makeRun({ netuids: NETUIDS, epochs: EPOCHS, n: NEURONS, seed: 5 })
    expect(run.epochs).toHaveLength(EPOCHS * NETUIDS.length)
  })

  test(`watched, killed ${KILLS} times at random, each epoch checked exactly once`, {
    timeout: 900_000,
  }, async () => {
    const place = mkdtempSync(join(folder, 'killed-'))
    const file = join(place, 'killed.duckdb')
    const random = new Random(Date.now() % 1e9)
    const chain = new FakeChain(run.blocks.slice(0, 5))
    // Now and then a connection breaks.
    let broken = 0
    await using server = await ChainServer.start(chain, {
      fault: (_, place) => {
        if (place % 997 !== 996) return undefined
        broken++
        return { kind: 'drop' }
      },
    })
    const reported: Place[] = []
    const late = run.blocks.length - 8
    const growing = grow(chain, run.blocks.slice(5, late))
    for (let kill = 0; kill < KILLS; kill++) {
      const watcher = new Watcher(server.url, file, '--since', '1')
      // Every fourth while it starts, the others at work.
      if (kill % 4 !== 0) await watcher.atWork(1 + random.int(130))
      await sleep(random.int(kill % 4 === 0 ? 1500 : 60))
      const signal = STOPS[kill % STOPS.length]!
      const code = await watcher.stop(signal)
      // While it starts it does not listen yet.
      if (signal !== 'SIGKILL') expect([signal === 'SIGINT' ? 130 : 143, null]).toContain(code)
      if (code !== null) expect(readdirSync(place)).toEqual(['killed.duckdb'])
      reported.push(...watcher.reported)
    }
    const killed = reported.length
    await growing
    const last = new Watcher(server.url, file, '--since', '1')
    for (const block of run.blocks.slice(late)) chain.put(block)
    await last.until(placeOf(run.epochs.at(-1)!))
    expect(await last.stop('SIGINT')).toBe(130)
    reported.push(...last.reported)
    // DuckDB's log of what was not yet in the file is gone too.
    expect(readdirSync(place)).toEqual(['killed.duckdb'])

    const rows = await query(file, 'SELECT netuid, block, outcome FROM epochs ORDER BY block, netuid')
    const kept = rows.map(([netuid, block]) => placeOf({ netuid: Number(netuid), block: block as bigint }))
    expect(kept).toEqual(run.epochs.map(placeOf))
    const different = rows.filter(([, , outcome]) => outcome === 'different')
    expect(new Set(different.map(([netuid, block]) => `${netuid}/${block}`))).toEqual(run.altered)
    expect(rows.filter(([, , outcome]) => outcome === 'equal')).toHaveLength(kept.length - run.altered.size)
    // What was reported was kept, and reported once.
    expect(new Set(reported).size).toBe(reported.length)
    for (const place of reported) expect(kept).toContain(place)
    // No epoch is there in part.
    const parts = await query(
      file,
      `SELECT count(*), (SELECT count(*) FROM neurons), (SELECT count(DISTINCT (netuid, block, uid)) FROM neurons),
        (SELECT count(DISTINCT (netuid, block)) FROM notes), (SELECT count(*) FROM differences) FROM epochs`,
    )
    const all = BigInt(kept.length)
    const each = all * BigInt(NEURONS)
    expect(parts).toEqual([[all, each, each, all, BigInt(run.altered.size)]])
    expect(killed).toBeGreaterThan(10 * KILLS)
    expect(broken).toBeGreaterThan(0)
    console.info(
      `${kept.length} epochs, ${killed} reported before the last start, ${broken} connections broken`,
    )
  })

  test('--since with a history and Parquet; a second time nothing is left to do', async () => {
    const file = join(folder, 'since.duckdb')
    const blocks = run.blocks.slice(0, 61)
    await using server = await ChainServer.start(new FakeChain(blocks))
    const args = ['verify', '--since', '21', '--history', file, '--json', '--endpoint', server.url]
    const wanted = run.epochs.filter(({ block }) => block >= 21 && block <= 60).map(placeOf)
    const first = await yuma(...args, '--junit', join(folder, 'since.xml'))
    expect(first.err).toBe('')
    const lines = first.out.trimEnd().split('\n')
    expect(lines.map((line) => placeOf(JSON.parse(line)))).toEqual(wanted)
    expect(first.code).toBe(lines.some((line) => line.includes('"different"')) ? 1 : 0)
    expect(await yuma(...args)).toMatchObject({ code: 0, out: '' })
    const inWords = args.filter((arg) => arg !== '--json')
    expect(await yuma(...inWords)).toEqual({ code: 0, out: 'no epoch to check after block 60\n', err: '' })

    const parquet = join(folder, 'parquet')
    expect((await yuma('verify', '--history', file, '--parquet', parquet)).code).toBe(0)
    expect(readdirSync(parquet).sort()).toEqual([
      'differences.parquet',
      'epochs.parquet',
      'mechanism_incentive.parquet',
      'neurons.parquet',
      'not_comparable.parquet',
      'notes.parquet',
    ])
    const [sums] = await query(
      ':memory:',
      `SELECT count(*), sum(emission)::VARCHAR FROM '${parquet}/neurons.parquet'`,
    )
    const [kept] = await query(file, 'SELECT count(*), sum(emission)::VARCHAR FROM neurons')
    expect(sums).toEqual(kept)
    expect(sums![0]).toBe(BigInt(wanted.length * NEURONS))
  })

  test('some subnets alone, and a watch that begins at the head', async () => {
    const engine = await loadEngine()
    const chain = new FakeChain(run.blocks.slice(0, 41))
    await using server = await ChainServer.start(chain)
    await using connection = await connect(server.url)
    expect((await findEpochs(connection, { after: 10n, to: 30n, netuids: [2, 7] })).map(placeOf)).toEqual(
      run.epochs
        .filter(({ netuid, block }) => [2, 7].includes(netuid) && block > 10 && block <= 30)
        .map(placeOf),
    )
    const file = join(folder, 'head.duckdb')
    const controller = new AbortController()
    const seen: Verification[] = []
    {
      await using history = await History.open(file, 'a chain')
      const watching = watch(engine, connection, {
        history,
        pollMs: 1,
        signal: controller.signal,
        onVerification: (verification) => {
          seen.push(verification)
          if (seen.length === 8) controller.abort()
        },
      })
      while ((await history.progress('all')) === undefined) await sleep(5)
      for (const block of run.blocks.slice(41, 45)) chain.put(block)
      await expect(watching).rejects.toMatchObject({ code: 'aborted' })
    }
    expect(seen.map(placeOf)).toEqual(
      run.epochs.filter(({ block }) => block > 40 && block <= 44).map(placeOf),
    )
    await expect(History.open(file, 'another chain')).rejects.toMatchObject({ code: 'file' })
  })

  test('a subnet that ended within the span is not left out', async () => {
    const gone = 3
    const total = new StorageWriter(demoRuntime(300)).key(TOTAL_NETWORKS, [])
    const blocks = run.blocks.slice(0, 21).map((block) =>
      block.number < 17
        ? block
        : {
            ...block,
            get state() {
              // NetworksAdded of the subnet, and with it the subnet.
              const key = [...block.state.keys()].filter((name) => name.endsWith('0300'))
              const left = new Map([...block.state].filter(([name]) => !key.includes(name)))
              return left.set(total, `0x0${NETUIDS.length - 1}00`)
            },
          },
    )
    await using server = await ChainServer.start(new FakeChain(blocks))
    await using connection = await connect(server.url)
    const found = await findEpochs(connection, { after: 4n, to: 20n })
    const wanted = run.epochs.filter(
      ({ netuid, block }) => block > 4 && block <= 20 && (netuid !== gone || block < 17),
    )
    expect(found.map(placeOf)).toEqual(wanted.map(placeOf))
  })
})
