import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { serveMetrics } from '../../ts/cli/metrics-server.ts'
import { DemoChain } from '../../ts/demo/chain.ts'
import { DemoServer } from '../../ts/demo/server.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { exposition } from '../../ts/verify/exposition.ts'
import { History, type Verification, WatchMetrics, watch } from '../../ts/verify/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { yuma } from './cli.ts'
import { type ReadFamily, readExposition, valueIn } from './exposition.ts'
import { query } from './query.ts'
import { makeRun } from './run.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const folder = mkdtempSync(join(tmpdir(), 'yuma-metrics-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function scrape(url: string): Promise<ReadonlyMap<string, ReadFamily>> {
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return readExposition(await answer.text())
}

/** The address that a hotkey of a demo chain has which is on several subnets. */
async function hotkeysOf(url: string): Promise<readonly string[]> {
  await using chain = await connect(url)
  const { hotkeys } = await chain.subnet(1)
  return [hotkeys[0]!, hotkeys[1]!, hotkeys.at(-1)!]
}

describe('a watch of a demo chain, scraped while blocks come', () => {
  test('values are those of the chain and of the history, and live through a restart', async () => {
    const blocks = new DemoChain(emission, { subnets: 3, seed: 4 })
    await using node = await DemoServer.start(blocks, 0)
    await using chain = await connect(node.url)
    const hotkeys = await hotkeysOf(node.url)
    const file = join(folder, 'demo.duckdb')
    const metrics = new WatchMetrics({ hotkeys })
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => metrics.text())
    const seen: Verification[] = []
    const scrapes: ReadonlyMap<string, ReadFamily>[] = []
    const since = BigInt(blocks.best.number) + 1n
    const controller = new AbortController()
    {
      await using history = await History.open(file, 'demo')
      const watching = watch(engine, chain, {
        history,
        since,
        pollMs: 0,
        signal: controller.signal,
        observer: metrics.observer,
        onVerification: async (verification) => {
          seen.push(verification)
          scrapes.push(await scrape(server.url))
          if (seen.length >= 8) controller.abort()
        },
      })
      const ended = watching.catch((error: { code?: string }) => error.code)
      while (!controller.signal.aborted) {
        blocks.next()
        await sleep(5)
      }
      expect(await ended).toBe('aborted')
    }

    // Each scrape counts the epochs until then.
    for (const [at, families] of scrapes.entries()) {
      const sums = (families.get('yuma_watch_epochs_total')?.samples ?? []).map(({ text }) => Number(text))
      expect(sums.reduce((a, b) => a + b, 0)).toBe(at + 1)
    }
    const last = scrapes.at(-1)!
    for (const [netuid, outcome, count, differences, block] of await query(
      file,
      `SELECT netuid, outcome, count(*), sum(differences)::BIGINT, max(block) FROM epochs GROUP BY ALL`,
    )) {
      const of = { netuid: String(netuid) }
      expect(valueIn(last, 'yuma_watch_epochs_total', { ...of, outcome: String(outcome) })).toBe(
        String(count),
      )
      expect(valueIn(last, 'yuma_watch_differences_total', of)).toBe(String(differences))
      expect(valueIn(last, 'yuma_subnet_last_epoch_block', of)).toBe(String(block))
    }

    // What the chain has of each hotkey after the last epoch, read by itself.
    let [values, paid] = [0, 0n]
    for (const netuid of [1, 2, 3]) {
      const { block } = seen.findLast((verification) => verification.netuid === netuid)!
      const state = await chain.subnet(netuid, { at: block })
      for (const hotkey of hotkeys) {
        const uid = state.hotkeys.indexOf(hotkey)
        const of = { netuid, hotkey }
        if (uid < 0) {
          expect(valueIn(last, 'yuma_hotkey_registered', of)).toBe(undefined)
          continue
        }
        const share = (value: number | undefined): string => String(value! / 65_535)
        const { stored, accounts } = state
        for (const [name, text] of [
          ['registered', '1'],
          ['uid', String(uid)],
          ['epoch_block', String(block)],
          ['validator_permit', String(state.validatorPermit[uid])],
          ['validator_trust', share(stored.validatorTrust[uid])],
          ['dividends', share(stored.dividends[uid])],
          ['stake_weight', share(stored.stakeWeight[uid])],
          ['emission_rao', String(stored.emission[uid])],
          ['alpha_stake_rao', String(accounts.totalHotkeyAlpha[uid])],
          ['root_stake_rao', String(accounts.rootAlpha[uid])],
        ] as const) {
          expect(valueIn(last, `yuma_hotkey_${name}`, of), name).toBe(text)
          values++
        }
        for (const [mechanism, column] of stored.incentive.entries())
          expect(valueIn(last, 'yuma_hotkey_incentive', { ...of, mechanism })).toBe(share(column[uid]))
        const [sums] = await query(
          file,
          `SELECT sum(server_emission)::VARCHAR, sum(validator_emission)::VARCHAR FROM neurons
          WHERE netuid = ${netuid} AND hotkey = '${hotkey}'`,
        )
        expect(valueIn(last, 'yuma_hotkey_paid_rao_total', { ...of, as: 'miner' })).toBe(sums![0])
        expect(valueIn(last, 'yuma_hotkey_paid_rao_total', { ...of, as: 'validator' })).toBe(sums![1])
        paid += BigInt(sums![0] as string) + BigInt(sums![1] as string)
      }
    }
    expect(values).toBeGreaterThan(20)
    expect(paid).toBeGreaterThan(0n)

    // Another process on the same history goes on from there.
    const again = new WatchMetrics({ hotkeys })
    {
      await using history = await History.open(file, 'demo')
      const observer = again.observer
      await watch(engine, chain, { history, since, once: true, observer, onVerification: () => {} })
    }
    const counted = readExposition(again.text())
    const rows = await query(file, 'SELECT netuid, outcome, count(*) FROM epochs GROUP BY ALL')
    for (const [netuid, outcome, count] of rows)
      expect(
        valueIn(counted, 'yuma_watch_epochs_total', { netuid: String(netuid), outcome: String(outcome) }),
      ).toBe(String(count))
    expect(valueIn(counted, 'yuma_watch_lag_blocks')).toBe('0')
    expect(valueIn(counted, 'yuma_watch_head_block')).toBe(String(blocks.best.number))
    for (const { labels, text } of last.get('yuma_hotkey_paid_rao_total')!.samples)
      expect(Number(valueIn(counted, 'yuma_hotkey_paid_rao_total', labels))).toBeGreaterThanOrEqual(
        Number(text),
      )
    blocks.close()
  }, 60_000)

  test('the next epoch comes where it is told', async () => {
    const blocks = new DemoChain(emission, { subnets: 1, seed: 4 })
    await using node = await DemoServer.start(blocks, 0)
    await using chain = await connect(node.url)
    const since = BigInt(blocks.best.number) + 1n
    for (let i = 0; i < 60; i++) blocks.next()
    const metrics = new WatchMetrics()
    const told: [block: bigint, next: string | undefined][] = []
    await watch(engine, chain, {
      since,
      once: true,
      observer: metrics.observer,
      onVerification: ({ block }) => {
        told.push([
          block,
          valueIn(readExposition(metrics.text()), 'yuma_subnet_next_epoch_block', { netuid: 1 }),
        ])
      },
    })
    expect(told.length).toBeGreaterThan(3)
    for (const [at, [, next]] of told.slice(0, -1).entries()) expect(next).toBe(String(told[at + 1]![0]))
    // 12 seconds a block, less what has gone by since the head was seen.
    const next = BigInt(told.at(-1)![1]!)
    const seconds = Number(
      valueIn(readExposition(metrics.text()), 'yuma_subnet_next_epoch_seconds', { netuid: 1 }),
    )
    const all = Number(next - BigInt(blocks.best.number)) * 12
    expect(seconds).toBeLessThanOrEqual(all)
    const late = readExposition(metrics.text(Date.now() + 1e9))
    expect(valueIn(late, 'yuma_subnet_next_epoch_seconds', { netuid: 1 })).toBe('0')
    blocks.close()
  }, 60_000)

  test('faults of the chain and differences are counted', async () => {
    const run = await makeRun({ netuids: [1], epochs: 57, n: 6, seed: 5 })
    expect(run.altered.size).toBeGreaterThan(0)
    await using node = await ChainServer.start(new FakeChain(run.blocks))
    const file = join(folder, 'counted.duckdb')
    const metrics = new WatchMetrics()
    {
      await using chain = await connect(node.url)
      await using history = await History.open(file, 'run')
      const observer = metrics.observer
      await watch(engine, chain, { since: 1n, once: true, history, observer, onVerification: () => {} })
      observer.onFault({ kind: 'timeout' } as never)
    }
    const families = readExposition(metrics.text())
    const counted = { netuid: 1, outcome: 'different' }
    expect(valueIn(families, 'yuma_watch_epochs_total', counted)).toBe(String(run.altered.size))
    const differences = families.get('yuma_watch_differences_total')!.samples.map(({ text }) => Number(text))
    expect(differences.reduce((a, b) => a + b, 0)).toBe(run.altered.size)
    expect(valueIn(families, 'yuma_watch_chain_faults_total', { kind: 'timeout' })).toBe('1')
    const counts = families.get('yuma_watch_check_seconds')!.samples
    expect(counts.find(({ name }) => name.endsWith('_count'))!.text).toBe(String(run.epochs.length))
  }, 120_000)
})

test('what a text may hold is escaped, and amounts keep their digits', () => {
  const label = 'a "b" \\ c\nd'
  const help = 'one \\ two\nthree'
  const samples = [
    { labels: { label }, value: 2n ** 64n - 1n },
    { labels: {}, value: Number.POSITIVE_INFINITY },
  ]
  const text = exposition([
    { name: 'a', type: 'gauge', help, samples },
    { name: 'b', type: 'gauge', help, samples: [] },
  ])
  const families = readExposition(text)
  expect([...families].map(([name, { samples }]) => [name, samples.length])).toEqual([
    ['a', 2],
    ['b', 0],
  ])
  expect(families.get('a')!.help).toBe('one \\\\ two\\nthree')
  expect(valueIn(families, 'a', { label })).toBe('18446744073709551615')
  expect(valueIn(families, 'a')).toBe('+Inf')
})

describe('examples/watch', () => {
  const names = new Set(readExposition(new WatchMetrics().text()).keys())
  const read = (name: string): string =>
    readFileSync(new URL(`../../examples/watch/${name}`, import.meta.url), 'utf8')

  /** Names of ours in an expression, those of a histogram's parts as the histogram's. */
  const namesIn = (expression: string): readonly string[] =>
    [...expression.matchAll(/\byuma_\w+/g)].map(([name]) =>
      names.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
    )

  test('has expressions of numbers that there are', () => {
    const { panels } = JSON.parse(read('grafana.json')) as {
      panels: { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
    }
    const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const told = [...read('rules.yml').matchAll(/^ +expr: (.*)$/gm)].map((match) => match[1]!)
    expect(shown.length).toBeGreaterThan(8)
    expect(told.length).toBeGreaterThan(4)
    for (const expression of [...shown, ...told]) {
      const used = namesIn(expression)
      expect(used.length, expression).toBeGreaterThan(0)
      for (const name of used) expect(names, expression).toContain(name)
    }
  })

  test('docs/watch.md has a row for each number', () => {
    const page = readFileSync(new URL('../../docs/watch.md', import.meta.url), 'utf8')
    for (const name of names) expect(page).toContain(`| \`${name}\` |`)
  })
})

describe('the server', () => {
  /** Sends bytes and gives what comes back until the server ends it. */
  async function exchange(port: number, bytes: string): Promise<string> {
    const socket = connectTcp(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
    })
    socket.on('error', () => {})
    socket.write(bytes, 'latin1')
    await new Promise((resolve) => socket.once('close', resolve))
    return text
  }
  const portOf = (url: string): number => Number(new URL(url).port)

  test('answers one path, to its own names, and to no other method', async () => {
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => 'a 1\n')
    const get = (path: string, host: string, method = 'GET'): Promise<number> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: portOf(server.url), path, method, headers: { host } }
        httpRequest(options, (answer) => {
          answer.resume()
          resolve(answer.statusCode!)
        })
          .on('error', reject)
          .end()
      })
    expect(await get('/metrics', 'localhost:1')).toBe(200)
    expect(await get('/metrics?x=1', '127.0.0.1')).toBe(200)
    expect(await get('/metrics', '127.0.0.1', 'HEAD')).toBe(200)
    for (const path of ['/', '/metrics/', '/../metrics', '/metrics/../../etc/passwd', '//metrics'])
      expect(await get(path, '127.0.0.1'), path).toBe(404)
    expect(await get('/metrics', 'evil.example')).toBe(403)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect(await get('/metrics', '127.0.0.1', method), method).toBe(405)
  })

  test('lives through what is no request', async () => {
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => 'a 1\n')
    const port = portOf(server.url)
    for (const bytes of [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET /metrics\r\n\r\n',
      `GET /metrics HTTP/1.1\r\nhost: ${'a'.repeat(20_000)}\r\n\r\n`,
      `GET /metrics HTTP/1.1\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
      'POST /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 999999999\r\n\r\nx',
    ])
      expect(await exchange(port, bytes), bytes.slice(0, 30)).toMatch(/^(HTTP\/1\.1 4\d\d |$)/)
    expect((await fetch(server.url)).status).toBe(200)
  })

  test('is not held up by those who are slow, nor by many', async () => {
    const text = `a ${'1'.repeat(20_000_000)}\n`
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => text)
    const port = portOf(server.url)
    // One never ends its request, another never reads, and the others come one too many.
    const sockets: Socket[] = []
    for (let i = 0; i < 60; i++) {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => {}).pause()
      socket.write(i % 2 === 0 ? 'GET /metr' : 'GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
      sockets.push(socket)
    }
    await sleep(50)
    for (const socket of sockets) socket.destroy()
    let status = 0
    while (status !== 200)
      status = await fetch(server.url).then(
        ({ status }) => status,
        () => 0,
      )
  })

  test('a port in use is a typed error, and the command says so before it asks the chain', async () => {
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => '')
    const port = portOf(server.url)
    await expect(serveMetrics({ host: '127.0.0.1', port }, () => '')).rejects.toMatchObject({
      code: 'engine',
    })
    await using node = await ChainServer.start(
      new FakeChain((await makeRun({ netuids: [1], epochs: 1, n: 6, seed: 1 })).blocks),
    )
    const { code, err } = await yuma(
      ...['verify', '--watch', '--history', join(folder, 'port.duckdb')],
      ...['--metrics', String(port), '--endpoint', node.url],
    )
    expect([code, err]).toEqual([70, expect.stringContaining(`port ${port} cannot be had`)])
  })
})

test.each([
  [['--metrics', '9000'], '--metrics goes with --watch'],
  [['--watch', '--history', 'a', '--metrics', 'x:y:1'], '--metrics: expected [HOST:]PORT, found "x:y:1"'],
  [['--watch', '--history', 'a', '--metrics', '70000'], '--metrics: expected [HOST:]PORT, found "70000"'],
  [['--watch', '--history', 'a', '--hotkey', '5a'], '--hotkey: expected SS58 addresses, found "5a"'],
  [
    ['--watch', '--history', 'a', '--webhook', 'ftp://a/b?secret'],
    '--webhook: expected an http:// or https:// URL, found "ftp://a/…"',
  ],
  [
    ['--watch', '--history', 'a', '--hotkey', '5C7TFUDT3Q3JatWKx6SwcZdzDU8uhcpWQP4vXgtTPpJZe6Ru'],
    '--hotkey goes with --metrics or --webhook',
  ],
  [
    ['--watch', '--history', 'a', '--metrics', '1', '--trust-below', '0.5'],
    '--trust-below goes with --hotkey and --webhook',
  ],
])('%j is refused', async (args, message) => {
  expect(await yuma('verify', ...args)).toEqual({
    code: 2,
    out: '',
    err: `yuma: ${message}; see yuma verify --help\n`,
  })
})
