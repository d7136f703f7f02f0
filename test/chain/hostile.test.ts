import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { honestChain, NETUID, NUMBER, ROWS, type Row, serve, type Task } from './hostile.ts'
import { ChainServer } from './server.ts'

const CLIENT = fileURLToPath(new URL('hostile-client.mjs', import.meta.url))
const DIST = fileURLToPath(new URL('../../dist/verify/index.js', import.meta.url))
const OPTIONS = { retries: 2, backoffMs: 1 }
/** How long the client waits for an answer: longer than a busy machine takes for any, unless it is to wait in vain. */
const TIMEOUT_MS = 20_000
const VAIN_MS = 600

/** A client that takes longer for a row hangs; what it may ever have taken of memory. */
const MOST_MS = 120_000
const MOST_MB = 500
/** Beyond it the next row begins with a new client. */
const FRESH_MB = 200

/** How a row ended: with the digest of an answer, or with an error. */
interface End {
  readonly right?: string
  readonly error?: {
    readonly name: string
    readonly code?: string
    readonly kind?: string
    readonly message: string
    readonly items?: readonly string[]
  }
  readonly mb: number
  readonly ms: number
}

/** The client in a process of its own: what takes it down fails the row. */
class Client {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterableIterator<string>
  readonly #interface: Interface

  constructor() {
    this.#child = spawn(process.execPath, [CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#interface = createInterface({ input: this.#child.stdout })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  async run(
    { task, prove = false }: Pick<Row, 'task' | 'prove'>,
    urls: readonly string[],
    timeoutMs: number,
  ): Promise<End> {
    const hash = honestChain().at(NUMBER)!.hash
    const options = { ...OPTIONS, timeoutMs, prove }
    const order = { task, urls, options, netuid: NETUID, block: NUMBER, hash }
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end in ${MOST_MS} ms`)), MOST_MS)
    })
    const line = await Promise.race([this.#lines.next(), late]).finally(() => clearTimeout(timer))
    if (line.done) throw new Error(`the client ended: ${this.#child.exitCode ?? this.#child.signalCode}`)
    return JSON.parse(line.value) as End
  }

  stop(): void {
    this.#interface.close()
    this.#child.kill('SIGKILL')
  }
}

/** Only a row that may end by time waits a short one. */
function timeoutOf({ ends }: Row): number {
  return ends !== 'right' && ends.includes('timeout') ? VAIN_MS : TIMEOUT_MS
}

describe('a hostile node', () => {
  let client: Client
  const right = new Map<Task, string>()
  const ends: (readonly [name: string, end: End])[] = []

  beforeAll(async () => {
    expect(existsSync(DIST), 'run `npm run build:ts` first').toBe(true)
    client = new Client()
    await using server = await ChainServer.start(honestChain())
    for (const task of new Set(ROWS.map((row) => row.task))) {
      const end = await client.run({ task }, [server.url], TIMEOUT_MS)
      expect(end.error, task).toBeUndefined()
      right.set(task, end.right!)
    }
  })

  afterAll(() => {
    client.stop()
    const [slowest] = ends.toSorted(([, a], [, b]) => b.ms - a.ms)
    const mb = Math.max(...ends.map(([, end]) => end.mb))
    console.info(`${ROWS.length} rows, ${mb} MB at most; ${slowest![1].ms} ms the slowest, ${slowest![0]}`)
  })

  async function run(row: Row, urls: readonly string[]): Promise<End> {
    // What a row took is told apart from what those before it did.
    if ((ends.at(-1)?.[1].mb ?? 0) > FRESH_MB) {
      client.stop()
      client = new Client()
    }
    try {
      const end = await client.run(row, urls, timeoutOf(row))
      ends.push([row.name, end])
      if (process.env.YUMA_ROWS !== undefined)
        console.info(`${row.name}: ${end.mb} MB, ${end.ms} ms`, end.error ?? 'right')
      expect(end.mb).toBeLessThanOrEqual(MOST_MB)
      return end
    } catch (error) {
      // The next row begins with a client that works.
      client.stop()
      client = new Client()
      throw error
    }
  }

  test('there are rows enough, each with a name of its own', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(60)
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
  })

  test.each(ROWS)('$name', async (row) => {
    await using hostile = await serve(row)
    const end = await run(row, [hostile.url])
    if (row.ends === 'right') return expect(end).toMatchObject({ right: right.get(row.task) })
    expect(end).toMatchObject({ error: { name: 'ChainError', code: 'chain' } })
    expect(row.ends, end.error!.message).toContain(end.error!.kind)
    for (const item of row.items) expect(end.error!.items).toContain(item)
  })

  test.each(ROWS)('$name, and a sound one beside it', async (row) => {
    await using hostile = await serve(row)
    await using sound = await ChainServer.start(honestChain())
    const end = await run(row, [hostile.url, sound.url])
    if (end.error === undefined) expect(end.right).toBe(right.get(row.task))
    else expect(end.error).toMatchObject({ name: 'ChainError', code: 'chain' })
  })
})
