/**
 * What reading and verifying cost a client, whose process is its own. With `YUMA_BEFORE`, the folder of another checkout
 * that is built, its client is measured too, in turns with this one's: on a machine that others use, compare with that
 * alone. Times are of the processor, those of waiting left out.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { demoRuntime } from '../../../ts/demo/metadata.ts'
import { makeRun } from '../../verify/run.ts'
import { FakeChain } from '../fake-chain.ts'
import { blockOf, makeSubnet, type SubnetShape } from '../fixture.ts'
import { provable } from '../provable.ts'
import { ChainServer } from '../server.ts'

const BLOCK = 5_000_000
const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url))
/** What a pull of 128 subnets may take of memory, and what it may where all of it is proved. */
const MOST_MB = 250
const MOST_PROVED_MB = 500
const HERE = new URL('../../../dist/', import.meta.url).href
const SHAPE: SubnetShape = { netuid: 1, n: 256, validators: 64, seed: 1, block: BLOCK, commitReveal: true }
const before = process.env.YUMA_BEFORE
const BUILDS: readonly (readonly [name: string, dist: string])[] = [
  ...(before === undefined ? [] : [['before', `${pathToFileURL(resolve(before, 'dist')).href}/`] as const]),
  ['now', HERE],
]
/** Pulls of one subnet, and epochs, by one client: the first is cold, the median of the last is warm. */
const TIMES = 40
const LAST = 20
/** Clients of each build, in turns. */
const CLIENTS = 3

interface Order {
  readonly what: 'subnet' | 'network' | 'verify'
  readonly prove: boolean
  readonly times: number
  readonly epochs?: readonly unknown[]
}

interface Run {
  readonly cpuMs: number
  readonly ms: number
  readonly parts: Readonly<Record<string, number>>
}

interface Measured {
  readonly subnets: number
  readonly requests: number
  readonly answerMb: number
  readonly maxRssMb: number
  /** Milliseconds of the processor from the start of the process to the end of the first run. */
  readonly processMs: number
  readonly runs: readonly Run[]
}

/** Parts of a verification, in the order in which they come. */
const PARTS: readonly string[] = ['waiting', 'parsing', 'decoding', 'computing', 'comparing', 'writing']

async function measure(server: ChainServer, dist: string, order: Order): Promise<Measured> {
  const answered = server.answered
  const text = JSON.stringify({ ...order, url: server.url })
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, dist, text])
  const answerMb = Math.round((server.answered - answered) / 1e5) / 10
  return { ...(JSON.parse(stdout) as Measured), answerMb }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function warm({ runs }: Measured): readonly Run[] {
  return runs.slice(-LAST)
}

/** Clients of all builds in turns, and a line of each build. */
async function compare(name: string, server: ChainServer, order: Order): Promise<readonly Measured[]> {
  const clients = new Map(BUILDS.map(([build]) => [build, [] as Measured[]]))
  for (let i = 0; i < (order.what === 'network' ? 1 : CLIENTS); i++)
    for (const [build, dist] of BUILDS) clients.get(build)!.push(await measure(server, dist, order))
  for (const [build, measured] of clients) console.info(line(`${name}, ${build}`, order, measured))
  return [...clients.values()].flat()
}

function line(name: string, { times }: Order, clients: readonly Measured[]): string {
  const [{ requests, answerMb }] = clients as readonly [Measured]
  const cold = median(clients.map(({ runs }) => runs[0]!.cpuMs))
  const most = Math.max(...clients.map(({ maxRssMb }) => maxRssMb))
  const sizes = `${requests} requests, ${answerMb} MB of answers, ${most} MB of memory at most`
  const whole = median(clients.map(({ processMs }) => processMs))
  const once = `${cold.toFixed(0)} ms of processor cold, ${whole.toFixed(0)} with Node's start`
  if (times === 1) return `${name}: ${once}; ${sizes}`
  const last = clients.flatMap(warm)
  const parts = PARTS.filter((part) => last.every((run) => part in run.parts)).map(
    (part) => `${part} ${median(last.map((run) => run.parts[part]!)).toFixed(1)}`,
  )
  const times_ = `${once}, ${median(last.map(({ cpuMs }) => cpuMs)).toFixed(1)} warm`
  return `${name}: ${times_}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}; ${sizes}, ${times} times`
}

function serving(netuids: readonly number[]): Promise<ChainServer> {
  const subnets = netuids.map((netuid) => makeSubnet({ ...SHAPE, netuid, seed: netuid + 1 }))
  const [block] = provable([blockOf(demoRuntime(424), BLOCK, subnets)])
  return ChainServer.start(new FakeChain([block!]))
}

describe('what reading costs', () => {
  test.each(BUILDS)('there is a build to measure: %s', (_, dist) => {
    expect(existsSync(new URL('chain/index.js', dist)), 'build it first').toBe(true)
  })

  test('one subnet of 256 neurons, 64 dense validators', async () => {
    await using server = await serving([1])
    for (const prove of [false, true]) {
      const name = `256 neurons, 64 dense validators, ${prove ? 'proved' : 'believed'}`
      const once = await measure(server, HERE, { what: 'subnet', prove, times: 1 })
      expect(once.requests).toBeLessThanOrEqual(10)
      await compare(name, server, { what: 'subnet', prove, times: TIMES })
    }
  })

  test('128 such subnets', async () => {
    await using server = await serving(Array.from({ length: 128 }, (_, i) => i + 1))
    for (const prove of [false, true]) {
      // Once before, so that the server has put its trie together.
      await measure(server, HERE, { what: 'subnet', prove, times: 1 })
      const name = prove ? 'proved' : 'believed'
      await compare(`one of 128, ${name}`, server, { what: 'subnet', prove, times: TIMES })
      const order: Order = { what: 'network', prove, times: 1 }
      const measured = await compare(`128 such subnets, ${name}`, server, order)
      for (const { subnets } of measured) expect(subnets).toBe(128)
      // The last one is of this checkout.
      expect(measured.at(-1)!.maxRssMb).toBeLessThanOrEqual(prove ? MOST_PROVED_MB : MOST_MB)
    }
  })

  test('an epoch with both its states', async () => {
    const { blocks, epochs } = await makeRun({ netuids: [1], epochs: 8, n: 256, validators: 64, seed: 7 })
    await using server = await ChainServer.start(new FakeChain(blocks))
    await compare('an epoch verified', server, { what: 'verify', prove: false, times: TIMES, epochs })
  })
})
