import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { STORED } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { History, recheck, type Verification, verifyEpoch, watch } from '../../ts/verify/index.ts'
import { sealed } from '../chain/fake-chain.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer, type Fault, type Request } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'
import { yuma } from './cli.ts'

const [NETUID, BLOCK] = [1, 33]
const OPTIONS = { timeoutMs: 5000, backoffMs: 1, onWarning: () => {} }

const folder = mkdtempSync(join(tmpdir(), 'yuma-confirm-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Changes = readonly [
  { readonly block: string; readonly changes: readonly (readonly [string, string | null])[] },
]

/** Another consensus of a uid than the chain has, for as long as `lies` says so. */
function liar(lies: (time: number) => number | undefined): (request: Request) => Fault | undefined {
  const key = new StorageWriter(demoRuntime(300)).key(STORED.consensus, [NETUID])
  let time = 0
  return ({ method, params }) => {
    if (method !== 'state_queryStorageAt' || !(params[0] as readonly string[]).includes(key)) return undefined
    const uid = lies(time++)
    if (uid === undefined) return undefined
    return {
      kind: 'result',
      change: (result) =>
        (result as Changes).map((set) => ({
          ...set,
          changes: set.changes.map(([name, value]) => [
            name,
            name === key ? withAnother(value!, uid) : value,
          ]),
        })),
    }
  }
}

/** A list of u16 with another value at a place. */
function withAnother(value: string, at: number): string {
  const place = 4 + 4 * at
  const byte = Number.parseInt(value.slice(place, place + 2), 16) ^ 1
  return value.slice(0, place) + byte.toString(16).padStart(2, '0') + value.slice(place + 2)
}

function serve(lies?: (time: number) => number | undefined): Promise<ChainServer> {
  const chain = chainOf(readRecording(RECORDINGS[0]!))
  return ChainServer.start(chain, lies === undefined ? {} : { fault: liar(lies) })
}

async function verified(...servers: readonly ChainServer[]): Promise<Verification> {
  await using chain = await connect(
    servers.map(({ url }) => url),
    OPTIONS,
  )
  return await verifyEpoch(await loadEngine(), chain, { netuid: NETUID, block: BLOCK })
}

async function watched(chain: Chain, history: History): Promise<readonly Verification[]> {
  const seen: Verification[] = []
  const options = {
    history,
    once: true,
    since: BigInt(BLOCK),
    onVerification: (one: Verification) => void seen.push(one),
  }
  await watch(await loadEngine(), chain, options)
  return seen
}

/** The values of the state before and of the state after hold a consensus each. */
const READS = 2

describe('a difference', () => {
  test('of one wrong answer is none', async () => {
    await using server = await serve((time) => (time < READS ? 9 : undefined))
    expect(await verified(server)).toMatchObject({ outcome: 'equal', differences: [] })
    expect(server.connections).toBe(2)
  })

  test('that one endpoint alone shows is none, however often it shows it', async () => {
    await using wrong = await serve(() => 9)
    await using right = await serve()
    expect(await verified(wrong, right)).toMatchObject({ outcome: 'equal' })
    expect(wrong.counts.state_queryStorageAt).toBeGreaterThan(0)
    expect(right.counts.state_getMetadata).toBeGreaterThan(0)
  })

  test('that is there is read twice, from the other endpoint the second time', async () => {
    await using first = await serve(() => 9)
    await using second = await serve(() => 9)
    expect(await verified(first, second)).toMatchObject({ outcome: 'different', differences: [{ uid: 9 }] })
    expect(second.counts.state_queryStorageAt).toBe(first.counts.state_queryStorageAt)
  })

  test('that one endpoint alone shows is none, whichever of them is asked last', async () => {
    // After its lies it breaks off each time: the rest of the first reading is the other's.
    let lies = 0
    const lying = liar(() => {
      lies++
      return 9
    })
    let [seen, drops] = [0, 0]
    const wrong = await ChainServer.start(chainOf(readRecording(RECORDINGS[0]!)), {
      fault: (request) => {
        const fault = lying(request)
        if (fault !== undefined || lies === 0 || lies % READS !== 0 || lies === seen) return fault
        seen = lies
        drops++
        return { kind: 'drop' }
      },
    })
    await using _ = wrong
    await using right = await serve()
    expect(await verified(wrong, right)).toMatchObject({ outcome: 'equal', differences: [] })
    expect([lies, drops]).toEqual([2 * READS, 2])
  })

  test('that two of three endpoints show is there; one that is down has no say', async () => {
    await using first = await serve(() => 9)
    await using second = await serve(() => 9)
    const down = 'ws://127.0.0.1:9'
    await using chain = await connect([first.url, down, second.url], { ...OPTIONS, retries: 0 })
    const found = await verifyEpoch(await loadEngine(), chain, { netuid: NETUID, block: BLOCK })
    expect(found).toMatchObject({ outcome: 'different', differences: [{ uid: 9 }] })
    expect(second.counts.state_queryStorageAt).toBe(first.counts.state_queryStorageAt)
  })

  test('that two endpoints show, each another, is an error; where one of them was wrong once it is not', async () => {
    await using first = await serve(() => 9)
    await using second = await serve(() => 10)
    await expect(verified(first, second)).rejects.toMatchObject({ code: 'chain', kind: 'malformed' })
    await using third = await serve((time) => (time < READS ? 10 : 9))
    expect(await verified(first, third)).toMatchObject({ outcome: 'different', differences: [{ uid: 9 }] })
  })

  test('that one endpoint shows, whose neighbour has pruned the state, is read twice from it', async () => {
    await using first = await serve(() => 9)
    const pruned = chainOf(readRecording(RECORDINGS[0]!))
    for (const block of [BLOCK - 1, BLOCK]) pruned.put({ ...pruned.at(block)!, pruned: true })
    await using second = await ChainServer.start(pruned)
    expect(await verified(second, first)).toMatchObject({ outcome: 'different', differences: [{ uid: 9 }] })
    expect(first.connections).toBe(2)
  })

  test('that is another each time is an error', async () => {
    await using server = await serve((time) => Math.floor(time / READS))
    await expect(verified(server)).rejects.toMatchObject({ code: 'chain', kind: 'malformed' })
  })

  test('of one wrong answer is not kept', async () => {
    await using server = await serve((time) => (time < READS ? 9 : undefined))
    await using chain = await connect(server.url, OPTIONS)
    await using history = await History.open(join(folder, 'once.duckdb'), 'a chain')
    expect(await watched(chain, history)).toMatchObject([{ outcome: 'equal' }])
    expect(await history.doubtful()).toEqual([])
  })
})

describe('a difference that was kept', () => {
  test('goes when it is checked again, and the rest of the history stays', async () => {
    let lying = true
    await using server = await serve(() => (lying ? 9 : undefined))
    await using chain = await connect(server.url, OPTIONS)
    await using history = await History.open(join(folder, 'kept.duckdb'), 'a chain')
    const [kept] = await watched(chain, history)
    expect(kept).toMatchObject({ outcome: 'different', differences: [{ field: 'consensus', uid: 9 }] })
    expect(await history.doubtful()).toEqual([{ netuid: NETUID, block: BigInt(BLOCK), holdings: false }])
    const seen: Verification[] = []
    const options = { history, onVerification: (one: Verification) => void seen.push(one) }
    const engine = await loadEngine()
    await recheck(engine, chain, options)
    expect(seen.map(({ outcome }) => outcome)).toEqual(['different'])
    lying = false
    await recheck(engine, chain, { ...options, netuids: [NETUID + 1] })
    expect(seen).toHaveLength(1)
    await recheck(engine, chain, { ...options, netuids: [NETUID] })
    expect(seen.map(({ outcome }) => outcome)).toEqual(['different', 'equal'])
    expect(await history.doubtful()).toEqual([])
    await recheck(engine, chain, options)
    expect(seen).toHaveLength(2)
  })

  test('from the command line: --recheck', async () => {
    const file = join(folder, 'command.duckdb')
    let lying = true
    await using server = await serve(() => (lying ? 9 : undefined))
    // The command asks for the hash of the first block, to tell chains apart: a recording has none.
    server.chain.put(sealed({ ...server.chain.at(5)!, number: 0 }))
    const options = ['--history', file, '--endpoint', server.url]
    expect((await yuma('verify', '--since', String(BLOCK), ...options)).code).toBe(1)
    expect((await yuma('verify', '--recheck', ...options)).code).toBe(1)
    lying = false
    // What is kept is not checked again by itself.
    expect(await yuma('verify', '--since', String(BLOCK), ...options)).toMatchObject({
      code: 0,
      out: `no epoch to check after block ${BLOCK}\n`,
    })
    const { code, out } = await yuma('verify', '--recheck', ...options)
    expect(out).toMatch(/^subnet 1, block 33, .*: equal\n/)
    expect(code).toBe(0)
    expect(await yuma('verify', '--recheck', ...options)).toMatchObject({ code: 0, out: '' })
    // What came of it is in the place of what was there, not beside it.
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    const counts =
      'SELECT count(*), (SELECT count(*) FROM neurons), (SELECT count(*) FROM differences) FROM epochs'
    expect((await connection.runAndReadAll(counts)).getRows()).toEqual([[1n, 24n, 0n]])
    connection.closeSync()
    instance.closeSync()
  })

  test.each([
    [['--recheck']],
    [['--recheck', '--history', 'x.duckdb', '--since', '3']],
    [['--recheck', '--history', 'x.duckdb', '--block', '3']],
    [['--recheck', '--history', join(folder, 'none.duckdb')]],
  ])('%j is a usage error, or there is no such file', async (args) => {
    const { code, err } = await yuma('verify', ...args, '--endpoint', 'ws://127.0.0.1:9')
    expect(code).toBe(2)
    expect(err).toMatch(/^yuma: /)
  })
})
