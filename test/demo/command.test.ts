import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { yuma, yumaPath } from '../verify/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)

interface Running {
  readonly url: string
  readonly introduction: string
  /** Ends it by a signal, and gives its exit code and what it said last. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly err: string }>
}

/** Starts the command, and waits until it has said where it listens. */
async function start(...args: readonly string[]): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [yumaPath(), 'demo', '--port', '0', ...args])
  let [out, err] = ['', '']
  child.stderr!.on('data', (text) => {
    err += String(text)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (text) => {
      out += String(text)
      if (out.includes('network.json.gz')) resolve()
    })
    closed.then(() => reject(new Error(`ended: ${err}`)))
  })
  return {
    url: /ws:\S+(?=: )/.exec(out)![0],
    introduction: out,
    end: async (signal) => {
      child.kill(signal)
      return { code: await closed, err }
    },
  }
}

test('every command that its introduction names can be run on it', async () => {
  const { url, introduction, end } = await start('--block-time', '200')
  try {
    const on = (...args: readonly string[]) => yuma(...args, '--endpoint', url)
    const verified = await on('verify', '--netuid', '1')
    expect(verified).toMatchObject({ code: 0 })
    expect(verified.out).toMatch(/^subnet 1, block 8,000,0\d\d, spec \d+, \d+ neurons: equal\n/)
    expect((await on('verify', '--netuid', '2', '--prove', '--nominators')).code).toBe(0)
    expect((await on('explain', '--netuid', '1', '--uid', '0')).out).toContain('It has a validator permit')
    expect((await on('pull', '--netuid', '1', '-o', file('sn1.json.gz'))).code).toBe(0)
    expect((await yuma('inspect', file('sn1.json.gz'))).out).toContain('validator permits')
    expect((await yuma('epoch', file('sn1.json.gz'))).out).toContain('miners by incentive')
    expect((await on('pull', '--all', '--prove', '-o', file('network.json.gz'))).code).toBe(0)
    expect((await yuma('emission', file('network.json.gz'), '--blocks', '20')).code).toBe(0)
    expect(introduction).toContain('yuma verify --watch --history demo.duckdb')
    await expectWatched(url)
  } finally {
    await end('SIGINT')
  }
})

/** Follows the chain until some epochs were checked, each of them equal. */
async function expectWatched(url: string): Promise<void> {
  const watching = ['verify', '--watch', '--poll', '1', '--history', file('demo.duckdb'), '--endpoint', url]
  const child = spawn(process.execPath, [yumaPath(), ...watching])
  let out = ''
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      out += String(text)
      if (out.split('\n').length > 4) resolve()
    })
    void closed.then(() => resolve())
  })
  child.kill('SIGINT')
  expect(await closed).toBe(130)
  const lines = out.split('\n').slice(0, 3)
  for (const line of lines) expect(line).toMatch(/^subnet [1-4], block [\d,]+, spec \d+, \d+ neurons: equal/)
}

test('its options are its own: subnets, seed, pace', async () => {
  const { url, introduction, end } = await start('--subnets', '2', '--seed', '9', '--block-time', '100')
  expect(introduction).toContain(': subnets 1 to 2, spec ')
  await using chain = await connect(url)
  const first = await chain.head()
  expect((await chain.epochMarks()).map(({ netuid }) => netuid)).toEqual([1, 2])
  while ((await chain.head()).number < first.number + 3n)
    await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await end('SIGTERM')).code).toBe(143)
})

test('a port that is taken, and options that mean nothing', async () => {
  const { url, end } = await start('--subnets', '1')
  const port = new URL(url).port
  const taken = await yuma('demo', '--port', port)
  expect(taken).toMatchObject({ code: 2, out: '' })
  expect(taken.err).toMatch(new RegExp(`port.*${port}.*EADDRINUSE`))
  const { code, err } = await end('SIGINT')
  expect({ code, err }).toEqual({ code: 130, err: 'yuma: stopped by SIGINT\n' })
  for (const args of [
    ['--subnets', '0'],
    ['--subnets', '33'],
    ['--port', 'x'],
    ['--block-time', '0'],
    ['now'],
  ])
    expect((await yuma('demo', ...args)).code).toBe(2)
})
