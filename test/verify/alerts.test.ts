import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { EPOCH, STORED } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { Alerts } from '../../ts/verify/alerts.ts'
import {
  type Alert,
  type AlertRules,
  type Entry,
  History,
  sendAlerts,
  type WatchOptions,
  watch,
} from '../../ts/verify/index.ts'
import { type FakeBlock, FakeChain, sealed } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'
import { yumaPath } from './cli.ts'
import { query } from './query.ts'
import { makeRun, type Run } from './run.ts'

const engine = await loadEngine()

const folder = mkdtempSync(join(tmpdir(), 'yuma-alerts-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a receiver got. */
interface Received {
  readonly headers: IncomingHttpHeaders
  readonly document: Record<string, unknown> & { readonly id: string; readonly kind: string }
}

/** How a receiver answers: a status, a connection that breaks, or never. */
type Answer = number | 'drop' | 'hang'

/** A webhook's receiver on loopback. */
class Receiver implements AsyncDisposable {
  readonly all: Received[] = []
  readonly taken: string[] = []
  readonly #server: Server
  readonly #hanging = new Set<ServerResponse>()
  #answer: (received: Received, place: number) => Answer

  private constructor(answer: (received: Received, place: number) => Answer) {
    this.#answer = answer
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      request.on('end', () => this.#take({ headers: request.headers, document: JSON.parse(body) }, response))
    })
  }

  static async start(answer: (received: Received, place: number) => Answer): Promise<Receiver> {
    const receiver = new Receiver(answer)
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook/0123456789abcdef`
  }

  answers(answer: (received: Received, place: number) => Answer): void {
    this.#answer = answer
  }

  #take(received: Received, response: ServerResponse): void {
    const answer = this.#answer(received, this.all.length)
    this.all.push(received)
    if (answer === 'hang') return void this.#hanging.add(response)
    if (answer === 'drop') return void response.destroy()
    if (answer < 300) this.taken.push(received.document.id)
    response.writeHead(answer, { location: 'http://127.0.0.1:1/elsewhere' }).end('x'.repeat(10_000))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

/** A block whose state has another value of an item of subnet 1. */
function changed(
  block: FakeBlock,
  item: typeof STORED.validatorTrust,
  uid: number,
  value: string,
): FakeBlock {
  const state = new Map(block.state)
  const key = new StorageWriter(demoRuntime(300)).key(item as never, [1])
  const stored = state.get(key)!
  const at = 4 + value.length * uid
  state.set(key, stored.slice(0, at) + value + stored.slice(at + value.length))
  return sealed({ ...block, state })
}

describe('a run with an epoch that differs', () => {
  let run: Run
  let hotkeys: readonly string[]
  beforeAll(async () => {
    run = await makeRun({ netuids: [1, 2], epochs: 29, n: 6, seed: 3 })
    expect(run.altered.size).toBe(1)
    await using server = await ChainServer.start(new FakeChain(run.blocks))
    await using chain = await connect(server.url)
    hotkeys = (await chain.subnet(1)).hotkeys
  }, 120_000)

  const epochsOf = (netuid: number): number[] =>
    run.epochs.filter((epoch) => epoch.netuid === netuid).map(({ block }) => block)

  /** Checks all epochs of blocks with a history, and gives the alerts. */
  async function alertsOf(
    name: string,
    blocks: readonly FakeBlock[],
    options: Partial<WatchOptions> = {},
  ): Promise<readonly Alert[]> {
    await using server = await ChainServer.start(new FakeChain(blocks))
    await using chain = await connect(server.url)
    await using history = await History.open(join(folder, name), 'run')
    const found: Alert[] = []
    await watch(engine, chain, {
      since: 1n,
      once: true,
      history,
      alerts: {},
      onAlerts: (alerts) => found.push(...alerts),
      onVerification: () => {},
      ...options,
    })
    return found
  }

  test('a difference', async () => {
    const alerts = await alertsOf('difference.duckdb', run.blocks, { since: late() })
    const [place] = [...run.altered]
    expect(alerts).toHaveLength(1)
    const [alert] = alerts
    expect(`${alert!.netuid}/${alert!.block}`).toBe(place)
    expect(alert).toMatchObject({ kind: 'difference', hotkey: null, uid: null, trust: null, differences: 1 })
    const [row] = await query(
      join(folder, 'difference.duckdb'),
      'SELECT field, chain, ours, document FROM differences, alerts',
    )
    expect(alert!.first).toMatchObject([{ field: row![0], chain: row![1], ours: row![2] }])
    expect(JSON.parse(row![3] as string)).toEqual({
      schema: 'yuma-alert/1',
      ...alert!,
      block: String(alert!.block),
    })
    // Nothing is told twice.
    expect(await alertsOf('difference.duckdb', run.blocks, { since: late() })).toEqual([])
  })

  /** The blocks until an epoch of subnet 1, which stores another value of a hotkey. */
  function until1(epoch: number, item: typeof STORED.validatorTrust, value: string): readonly FakeBlock[] {
    const last = epochsOf(1)[epoch]!
    return run.blocks
      .slice(0, last + 1)
      .map((block) => (block.number === last ? changed(block, item, 0, value) : block))
  }

  test('a permit that is lost', async () => {
    const blocks = until1(3, EPOCH.validatorPermit as never, '00')
    const alerts = await alertsOf('permit.duckdb', blocks, { alerts: { hotkeys: hotkeys.slice(0, 2) } })
    // What was changed is a difference too.
    expect(alerts.map(({ kind }) => kind)).toEqual(['difference', 'lost-permit'])
    expect(alerts[1]).toMatchObject({ hotkey: hotkeys[0], uid: 0, netuid: 1, block: BigInt(epochsOf(1)[3]!) })
    expect(await alertsOf('others.duckdb', blocks, { alerts: { hotkeys: [hotkeys[1]!] } })).toHaveLength(1)
  })

  test('a trust below the bound: told when it falls, not while it is there', async () => {
    const blocks = until1(3, STORED.validatorTrust, 'ff0f')
    const rules = { hotkeys: [hotkeys[0]!], trustBelow: 0.0625 }
    const alerts = await alertsOf('trust.duckdb', blocks, { alerts: rules })
    const told = alerts.filter(({ kind }) => kind === 'trust-below')
    expect(told).toMatchObject([
      { hotkey: hotkeys[0], uid: 0, trust: 0x0fff, block: BigInt(epochsOf(1)[3]!) },
    ])
    // 4095 of 65535 is 0.06249: not below that.
    const lower = await alertsOf('trust-lower.duckdb', blocks, { alerts: { ...rules, trustBelow: 0.0624 } })
    expect(lower.filter(({ kind }) => kind === 'trust-below')).toEqual([])
    // Where it is always below, once, by another process too.
    const always = { alerts: { hotkeys: [hotkeys[0]!], trustBelow: 1 } }
    const half = run.blocks.slice(0, epochsOf(1)[5]! + 1)
    const first = await alertsOf('always.duckdb', half, always)
    expect(first.map(({ kind, netuid }) => `${kind} ${netuid}`)).toEqual(['trust-below 1'])
    const rest = run.blocks.slice(0, epochsOf(1)[9]! + 1)
    expect(await alertsOf('always.duckdb', rest, always)).toEqual([])
  })

  /** A history with alerts that nobody sent. */
  let unsent: Promise<readonly Alert[]> | undefined
  async function unsentIn(name: string): Promise<readonly Alert[]> {
    unsent ??= alertsOf('unsent.duckdb', run.blocks, { since: late(), alerts: rules() })
    const alerts = await unsent
    expect(alerts.length).toBeGreaterThan(3)
    copyFileSync(join(folder, 'unsent.duckdb'), join(folder, name))
    return alerts
  }
  const rules = (): AlertRules => ({ hotkeys: hotkeys.slice(0, 3), trustBelow: 1 })
  /** A block before the last few epochs, the one that differs among them. */
  const late = (): bigint => BigInt([...run.altered][0]!.split('/')[1]!) - 16n

  test('a receiver that fails three times gets all, once each, with what it needs to tell', async () => {
    const alerts = await unsentIn('thrice.duckdb')
    const answers: Answer[] = [500, 'drop', 302]
    await using receiver = await Receiver.start((_, place) => answers[place] ?? 204)
    const faults: string[] = []
    await using history = await History.open(join(folder, 'thrice.duckdb'), 'run')
    const onFault = (message: string): unknown => faults.push(message)
    const url = receiver.url.replace('//', '//me:secret@')
    await using _sender = sendAlerts({ url, history, backoffMs: 1, onFault })
    await until(() => receiver.taken.length === alerts.length)
    expect([...receiver.taken].sort()).toEqual(alerts.map(({ id }) => id).sort())
    expect(new Set(receiver.taken).size).toBe(alerts.length)
    for (const { headers, document } of receiver.all) {
      expect(document).toMatchObject({ schema: 'yuma-alert/1', block: expect.stringMatching(/^\d+$/) })
      expect(headers['idempotency-key']).toBe(document.id)
      expect(headers.authorization).toBe(`Basic ${btoa('me:secret')}`)
      expect(headers['content-type']).toBe('application/json')
    }
    expect(faults).toHaveLength(3)
    // The address is nobody else's business.
    for (const fault of faults) expect(fault).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/…: /)
    expect(faults.join()).not.toMatch(/secret|0123456789abcdef/)
    while ((await history.unsentAlerts()) > 0) await sleep(5)
  })

  test('one that is refused for ever does not hold up the others', async () => {
    const alerts = await unsentIn('refused.duckdb')
    await using receiver = await Receiver.start(({ document: { id } }) => (id === alerts[0]!.id ? 400 : 200))
    await using history = await History.open(join(folder, 'refused.duckdb'), 'run')
    await using _sender = sendAlerts({ url: receiver.url, history, backoffMs: 1 })
    await until(() => receiver.taken.length === alerts.length - 1 && receiver.all.length > alerts.length + 2)
    expect(await history.unsentAlerts()).toBe(1)
  })

  test.each<[string, Answer]>([
    ['hangs', 'hang'],
    ['answers 500 for ever', 500],
  ])('a receiver that %s holds up nothing, and gets all at the next start', async (name, answer) => {
    const file = `${name}.duckdb`
    await using receiver = await Receiver.start(() => answer)
    let alerts: readonly Alert[] = []
    {
      await using history = await History.open(join(folder, file), 'run')
      await using server = await ChainServer.start(new FakeChain(run.blocks))
      await using chain = await connect(server.url)
      // The hanging one would be waited for until long after the test.
      const sender = sendAlerts({ url: receiver.url, history, timeoutMs: 600_000, backoffMs: 1 })
      let epochs = 0
      await watch(engine, chain, {
        since: late(),
        once: true,
        history,
        alerts: rules(),
        onAlerts: (found) => {
          alerts = [...alerts, ...found]
          sender.wake()
        },
        onVerification: () => void epochs++,
      })
      expect(epochs).toBe(run.epochs.filter(({ block }) => block >= late()).length)
      await until(() => receiver.all.length > 0)
      await sender.close()
      expect(await history.unsentAlerts()).toBe(alerts.length)
    }
    expect(receiver.taken).toEqual([])
    receiver.answers(() => 200)
    await using history = await History.open(join(folder, file), 'run')
    await using _sender = sendAlerts({ url: receiver.url, history })
    await until(() => receiver.taken.length === alerts.length)
    expect(receiver.taken).toEqual(alerts.map(({ id }) => id))
  })

  test('the command killed at random, its receiver failing: each alert comes, with one id', async () => {
    const file = join(folder, 'killed.duckdb')
    await using server = await ChainServer.start(new FakeChain(run.blocks))
    let calls = 0
    await using receiver = await Receiver.start(() => (++calls % 3 === 0 ? 503 : 200))
    const wanted = await unsentIn('wanted.duckdb')
    const start = (): { child: ChildProcess; said: () => string } => {
      const args = [
        'verify',
        '--watch',
        '--since',
        `${late()}`,
        '--json',
        '--poll',
        '0',
        '--endpoint',
        server.url,
      ]
      const more = ['--history', file, '--hotkey', rules().hotkeys!.join(','), '--trust-below', '1']
      const env = { ...process.env, YUMA_WEBHOOK: receiver.url }
      const child = spawn(process.execPath, [yumaPath(), ...args, ...more], { env })
      let said = ''
      child.stdout!.resume()
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      return { child, said: () => said }
    }
    const ended = (child: ChildProcess): Promise<number | null> =>
      new Promise((resolve) => child.once('close', resolve))
    for (let kill = 0; kill < 4; kill++) {
      const { child } = start()
      const before = receiver.all.length
      // At work, or while it sends.
      if (kill % 2 === 0)
        await until(() => receiver.all.length > before || receiver.taken.length >= wanted.length)
      await sleep(300 * kill)
      const end = ended(child)
      child.kill('SIGKILL')
      await end
    }
    const { child, said } = start()
    const ids = new Set(wanted.map(({ id }) => id))
    await until(() => new Set(receiver.taken).size >= ids.size || child.exitCode !== null)
    // What comes too much comes soon.
    await sleep(1500)
    const end = ended(child)
    child.kill('SIGINT')
    expect(await end, said()).toBe(130)
    expect(new Set(receiver.taken)).toEqual(ids)
    const rows = await query(file, 'SELECT id, sent_at IS NOT NULL FROM alerts')
    expect(new Set(rows.map(([id]) => id))).toEqual(ids)
    expect(rows.every(([, sent]) => sent)).toBe(true)
  }, 120_000)
})

describe('an alert', () => {
  /** An epoch after which hotkeys have a permit (P) or none (-), with their trust; and before it. */
  function entry(block: number, before: Readonly<Record<string, string>>, after: typeof before): Entry {
    const side = (of: typeof before): unknown => ({
      hotkeys: Object.keys(of),
      validatorPermit: Uint8Array.from(Object.values(of), (text) => (text.startsWith('P') ? 1 : 0)),
      stored: { validatorTrust: Uint16Array.from(Object.values(of), (text) => Number(text.slice(1))) },
    })
    const verification = {
      netuid: 1,
      block: BigInt(block),
      blockHash: `0x${block}`,
      outcome: 'equal',
      differences: [],
    }
    return { verification, before: side(before), after: side(after) } as unknown as Entry
  }
  const rules = { hotkeys: ['a'], trustBelow: 0.5 }
  const told = (alerts: Alerts, ...entries: readonly Entry[]): readonly string[] =>
    entries.flatMap((one) => alerts.of(one).map(({ id }) => id))

  test('of a permit comes when it goes, however it goes', () => {
    const lost = entry(1, { a: 'P60000' }, { a: '-60000' })
    expect(told(new Alerts(rules), lost)).toEqual(['0x1/1/lost-permit/a'])
    // Taken by another hotkey between two epochs.
    const had = entry(1, { a: 'P60000' }, { a: 'P60000' })
    const gone = entry(2, { b: '-0' }, { b: '-0' })
    expect(told(new Alerts(rules), had, gone, gone)).toEqual(['0x2/1/lost-permit/a'])
    expect(new Alerts(rules).of(gone)).toEqual([])
    // Without a permit before there is none to lose.
    expect(told(new Alerts(rules), entry(1, { a: '-0' }, { a: '-0' }))).toEqual([])
  })

  test('of trust comes each time that it falls, and of those who had a permit alone', () => {
    const at = (block: number, trust: number, permit = 'P'): Entry =>
      entry(block, { a: `${permit}60000` }, { a: `${permit}${trust}` })
    const falls = [at(1, 40_000), at(2, 30_000), at(3, 20_000), at(4, 40_000), at(5, 100)]
    expect(told(new Alerts(rules), ...falls)).toEqual(['0x2/1/trust-below/a', '0x5/1/trust-below/a'])
    expect(told(new Alerts(rules), at(1, 0, '-'))).toEqual([])
    // 32768 of 65535 is more than a half, 32767 less.
    expect(told(new Alerts(rules), at(1, 32_768), at(2, 32_767))).toEqual(['0x2/1/trust-below/a'])
    expect(told(new Alerts({ hotkeys: ['a'] }), at(1, 0))).toEqual([])
  })
})
