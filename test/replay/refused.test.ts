/** What keeps a replay from going on: it says so by a typed error, and what was done stays. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { createLake, openLake } from '../../ts/replay/index.ts'
import { PlanTable } from '../../ts/replay/plan-table.ts'
import { ChainServer, type Fault, type Request } from '../chain/server.ts'
import { checkBuilt } from '../cli/run.ts'
import type { Ran } from '../process.ts'
import { yuma, yumaPath } from '../verify/cli.ts'
import { type Month, makeMonth, START } from './archive.ts'

const BLOCKS = 1200
const SHAPE = { subnets: 2, blocks: BLOCKS, seed: 2, tempo: 60 }

const folder = mkdtempSync(join(tmpdir(), 'yuma-refused-'))
let month: Month
let server: ChainServer
let fault: ((request: Request) => Fault | undefined) | undefined
let genesis: string
/** A lake of all of the month, that tests copy. */
const whole = join(folder, 'whole')

beforeAll(async () => {
  checkBuilt()
  month = makeMonth(await loadEmission(), SHAPE)
  genesis = month.chain.at(0)!.hash
  server = await ChainServer.start(month.chain, { fault: (request) => fault?.(request) })
  const { code, err } = await replay(whole)
  expect([code, err]).toEqual([0, ''])
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

const argsOf = (path: string, ...more: readonly string[]): readonly string[] => {
  const range = ['--from', String(START + 1), '--to', String(START + BLOCKS)]
  return ['replay', path, ...range, '--endpoint', server.url, '--jobs', '1', ...more]
}
const replay = (path: string, ...more: readonly string[]): Promise<Ran> =>
  yuma(...argsOf(path, '--span', '300', ...more))

function copied(name: string): string {
  const path = join(folder, name)
  cpSync(whole, path, { recursive: true })
  return path
}

async function epochsOf(path: string): Promise<number> {
  return (await (await openLake(path)).entries()).reduce((sum, { epochs }) => sum + epochs, 0)
}

/** Files that no manifest names, of whatever kind. */
function asides(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))
}

describe('a lake', () => {
  test('of another chain', async () => {
    const path = join(folder, 'chain')
    await createLake(path, { chain: `0x${'99'.repeat(32)}` })
    const { code, err } = await yuma(...argsOf(path))
    expect(code).toBe(2)
    expect(err).toContain(
      `lake.json: chain: expected 0x${'99'.repeat(32)}, as the lake has it, found ${genesis}`,
    )
  })

  test.each([
    [
      ['--keep', 'neurons'],
      /lake\.json: keep: expected epochs,neurons,.*, as the lake has it, found epochs,neurons\n/,
    ],
    [['--span', '500'], /lake\.json: span: expected 300, as the lake has it, found 500\n/],
  ])('with another choice: %j', async (options, message) => {
    const { code, err } = await yuma(...argsOf(whole, ...options))
    expect([code, err]).toEqual([2, expect.stringMatching(message)])
  })

  test.each([
    [
      'of another schema',
      (text: string) => text.replace('yuma-lake/1', 'yuma-lake/2'),
      'schema: expected "yuma-lake/1"',
    ],
    ['whose head is broken', (text: string) => text.slice(0, 20), 'not JSON'],
    ['whose head lacks its grid', (text: string) => text.replace(/,"span":"\d+"/, ''), 'span: expected'],
  ])('%s', async (name, change, message) => {
    const path = copied(name)
    const head = join(path, 'lake.json')
    writeFileSync(head, change(readFileSync(head, 'utf8')))
    for (const args of [argsOf(path), ['replay', path, '--check']]) {
      const { code, err } = await yuma(...args)
      expect([code, err]).toEqual([2, expect.stringContaining(`lake.json: ${message}`)])
    }
  })

  test('that is a folder of something else, or none', async () => {
    const path = join(folder, 'else')
    mkdirSync(path)
    writeFileSync(join(path, 'mine.txt'), 'mine')
    expect(await yuma(...argsOf(path))).toMatchObject({
      code: 2,
      err: expect.stringContaining('no lake, and not empty'),
    })
    expect(readdirSync(path)).toEqual(['mine.txt'])
    const file = join(path, 'mine.txt')
    expect(await yuma(...argsOf(join(file, 'lake')))).toMatchObject({
      code: 2,
      err: expect.stringContaining('a part of the path is no directory'),
    })
    expect(await yuma('replay', path, '--check')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no lake'),
    })
  })

  test('whose manifest is broken is not gone on with, and a check names what is wrong', async () => {
    const path = copied('broken')
    const [chunk] = await (await openLake(path)).chunks()
    const manifest = join(path, 'manifest', `netuid=${chunk!.netuid}`)
    const [name] = readdirSync(manifest)
    const entry = JSON.parse(readFileSync(join(manifest, name!), 'utf8'))
    writeFileSync(join(manifest, name!), JSON.stringify({ ...entry, files: 'none' }))
    expect(await yuma(...argsOf(path))).toMatchObject({
      code: 2,
      err: expect.stringContaining('files: expected a list'),
    })
    const { code, out } = await yuma('replay', path, '--check')
    expect(code).toBe(1)
    expect(out).toContain('files: expected a list')
  })

  test('with a file that is missing, another one or too many fails its check', async () => {
    const path = copied('check')
    const lake = await openLake(path)
    const { files } = (await lake.entries())[0]!
    rmSync(lake.path(files[0]!.path))
    const bytes = readFileSync(lake.path(files[1]!.path))
    bytes[9]! ^= 1
    writeFileSync(lake.path(files[1]!.path), bytes)
    const { code, out } = await yuma('replay', path, '--check', '--json')
    expect(code).toBe(1)
    const faults = out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(faults.map(({ path }) => path)).toEqual([files[0]!.path, files[1]!.path])
    expect(await yuma('replay', whole, '--check')).toMatchObject({
      code: 0,
      out: expect.stringContaining('nothing is wrong'),
    })
  })

  test('that another replay is at', async () => {
    const path = copied('two')
    using _ = await PlanTable.open(await openLake(path))
    expect(await yuma(...argsOf(path))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('plan.duckdb: another replay is at this lake'),
    })
  })

  test('takes no chunk that has blocks of another one', async () => {
    const lake = await openLake(copied('overlap'))
    const [chunk] = await lake.chunks()
    const entry = { ...chunk!, first: chunk!.first + 1n, epochs: 0, outcomes: {}, files: [] }
    await expect(lake.commit(entry)).rejects.toMatchObject({ code: 'input', field: 'chunk' })
    const file = { table: 'epochs', path: 'epochs/netuid=9/none.parquet', rows: 1, bytes: 1, sha256: '' }
    const lost = { netuid: 9, first: 1n, last: 2n, epochs: 1, outcomes: { equal: 1 }, files: [file] }
    await expect(lake.commit(lost)).rejects.toMatchObject({ code: 'file' })
  })

  test('goes on where it ended, and a longer range asks for the rest', async () => {
    const path = copied('goes-on')
    const [chunk] = (await (await openLake(path)).chunks()).slice(-1)
    rmSync(join(path, 'manifest', `netuid=${chunk!.netuid}`), { recursive: true })
    const { code, out } = await replay(path, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ epochs: month.epochs.length, replayed: 5 })
    expect(readFileSync(join(path, 'lake.json'), 'utf8')).toBe(readFileSync(join(whole, 'lake.json'), 'utf8'))
    const files = (of: string): readonly string[] =>
      readdirSync(of, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.parquet'))
        .sort()
    expect(files(path)).toEqual(files(whole))
  })
})

describe('a command line', () => {
  test.each([
    [['replay'], 'no folder for the lake given'],
    [['replay', 'x'], '--from and --to expected'],
    [['replay', 'x', '--from', '0', '--to', '5'], '--from: expected an integer from 1'],
    [['replay', 'x', '--from', '6', '--to', '5'], '--to: expected a block from 6 on, found 5'],
    [['replay', 'x', '--from', '1', '--to', '5', '--keep', 'all'], '--keep: expected words of epochs'],
    [['replay', 'x', '--from', '1', '--to', '5', '--netuid', '0'], '--netuid: expected integers from 1'],
    [['replay', 'x', '--from', '1', '--to', '5', '--jobs', '0'], '--jobs: expected an integer from 1'],
    [['replay', 'x', '--check', '--from', '1'], '--check goes without a range'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await yuma(...args)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)])
    expect(existsSync('x')).toBe(false)
  })

  test('with blocks that are yet to come', async () => {
    const path = join(folder, 'beyond')
    const args = ['replay', path, '--from', '8000001', '--to', '9000000', '--endpoint', server.url]
    const { code, err } = await yuma(...args)
    expect([code, err]).toEqual([2, expect.stringContaining(`to: expected a block up to ${START + BLOCKS}`)])
    expect(existsSync(path)).toBe(false)
  })
})

describe('a chain', () => {
  test('that has no such subnet', async () => {
    const path = join(folder, 'none')
    const { code, err } = await replay(path, '--netuid', '1,7')
    expect([code, err]).toEqual([2, expect.stringMatching(/netuid: expected a subnet .*, found 7\n/)])
    expect(existsSync(path)).toBe(false)
  })

  test('whose old states are gone: exit code 3, and why', async () => {
    const path = join(folder, 'pruned')
    const middle = START + BLOCKS / 2
    fault = ({ method, params }) => {
      if (!method.startsWith('state_query')) return undefined
      const { number } = month.chain.of(String(params[1]))!
      if (number === 0 || number > middle) return undefined
      return { kind: 'error', code: 4003, message: 'UnknownBlock: State already discarded for it' }
    }
    const { code, err } = await replay(path, '--netuid', '1,2')
    fault = undefined
    expect([code, err]).toEqual([3, expect.stringMatching(/was pruned: an archive node is needed/)])
  })

  test('that is gone for good in the middle: exit code 3, what is done stays, and the next one goes on', async () => {
    const path = join(folder, 'gone')
    let asked = 0
    // Nobody is let in any more.
    fault = () => (++asked > 400 ? { kind: 'drop' } : undefined)
    const { code, err } = await replay(path)
    fault = undefined
    expect([code, err]).toEqual([3, expect.stringMatching(/the connection closed .*; tried 7 times/)])
    const before = await epochsOf(path)
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(month.epochs.length)
    expect(asides(path)).toEqual([])
    expect((await replay(path)).code).toBe(0)
    expect(await epochsOf(path)).toBe(month.epochs.length)
  })

  test('that breaks off and limits again and again is lived with', async () => {
    const path = join(folder, 'limited')
    let asked = 0
    fault = () => {
      asked++
      if (asked % 150 === 0) return { kind: 'drop' }
      return asked % 200 < 2 ? { kind: 'error', code: 429, message: 'Too Many Requests' } : undefined
    }
    const { code, err } = await replay(path)
    fault = undefined
    expect([code, err]).toEqual([0, ''])
    expect(await epochsOf(path)).toBe(month.epochs.length)
  })
})

describe('the machine', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it in good order: what is done stays, nothing is left',
    async (signal) => {
      const path = join(folder, signal)
      const child: ChildProcess = spawn(process.execPath, [yumaPath(), ...argsOf(path, '--span', '300')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      const manifest = join(path, 'manifest')
      while (!existsSync(manifest) && child.exitCode === null) await sleep(2)
      child.kill(signal)
      expect([await ended, said]).toEqual([signal === 'SIGINT' ? 130 : 143, `yuma: stopped by ${signal}\n`])
      expect(asides(path)).toEqual([])
      expect((await replay(path)).code).toBe(0)
      expect(await epochsOf(path)).toBe(month.epochs.length)
    },
  )

  test('whose disk is full says so; with more room it goes on', async (context) => {
    const path = mkdtempSync(join(folder, 'full-'))
    const mount = (...options: readonly string[]): number | null =>
      spawnSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', path]).status
    if (mount('-o', 'size=300k') !== 0) return context.skip()
    try {
      const lake = join(path, 'lake')
      const { code, err } = await replay(lake)
      expect([code, err]).toEqual([2, expect.stringMatching(/no space left/i)])
      expect(asides(lake)).toEqual([])
      expect(mount('-o', 'remount,size=64m')).toBe(0)
      expect((await replay(lake)).code).toBe(0)
      expect(await epochsOf(lake)).toBe(month.epochs.length)
      expect(await (await openLake(lake)).orphans()).toEqual([])
    } finally {
      spawnSync('umount', [path])
    }
  })
})
