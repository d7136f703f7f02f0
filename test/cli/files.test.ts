/** What becomes of files: their modes and links, long names, and what is left where the writing is broken off. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AbortedError, FileError, InputError } from '../../ts/errors/index.ts'
import { encodeSnapshot, generate, type Snapshot } from '../../ts/snapshot/index.ts'
import { readDocuments, writeSnapshot, writeText } from '../../ts/snapshot/node.ts'
import { History } from '../../ts/verify/index.ts'
import { checkBuilt, MAIN, yuma } from './run.ts'

/** Up to where a watch has looked. */
const AT = { since: 1n, block: 2n }
const SMALL = ['generate', '--n', '8', '--validators', '3']
/** Seconds of writing. */
const LARGE = ['generate', '--n', '3000', '--validators', '1500', '--density', '0.5']

let folder = ''
beforeAll(() => {
  checkBuilt()
})

/** A folder of its own for a test. */
function fresh(name: string): string {
  folder ||= mkdtempSync(join(tmpdir(), 'yuma-files-'))
  const path = join(folder, name)
  mkdirSync(path)
  return path
}
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What is in a folder, hidden files too. */
const inside = (path: string): string[] => readdirSync(path).sort()

const mode = (path: string): number => statSync(path).mode & 0o7777

describe('a file that is written again', () => {
  it('keeps its mode', () => {
    const path = join(fresh('mode'), 'a.json')
    for (const wanted of [0o600, 0o640, 0o444, 0o755]) {
      writeFileSync(path, 'before', { flag: existsSync(path) ? 'r+' : 'w' })
      chmodSync(path, wanted)
      expect(yuma([...SMALL, '-o', path]).code).toBe(0)
      expect(mode(path)).toBe(wanted)
      chmodSync(path, 0o644)
    }
  })

  it('is behind its link still, which may lead over others and into another folder', async () => {
    const [here, there] = [fresh('links'), fresh('behind')]
    writeFileSync(join(there, 'real.json'), 'before')
    symlinkSync(join(there, 'real.json'), join(here, 'second.json'))
    symlinkSync('second.json', join(here, 'first.json'))
    await writeText(join(here, 'first.json'), ['after'])
    expect(lstatSync(join(here, 'first.json')).isSymbolicLink()).toBe(true)
    expect(lstatSync(join(here, 'second.json')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(there, 'real.json'), 'utf8')).toBe('after')
    expect([inside(here), inside(there)]).toEqual([['first.json', 'second.json'], ['real.json']])
  })

  it('is made where a link leads that leads nowhere yet', async () => {
    const here = fresh('dangling')
    mkdirSync(join(here, 'later'))
    symlinkSync('later/real.json', join(here, 'link.json'))
    await writeText(join(here, 'link.json'), ['text'])
    expect(lstatSync(join(here, 'link.json')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(here, 'later/real.json'), 'utf8')).toBe('text')
    symlinkSync('round.json', join(here, 'round.json'))
    await expect(writeText(join(here, 'round.json'), ['text'])).rejects.toThrow(
      new FileError(join(here, 'round.json'), 'too many symbolic links'),
    )
  })

  it('is the same one under its other names', async () => {
    const here = fresh('hard')
    const [one, two] = [join(here, 'one.txt'), join(here, 'two.txt')]
    writeFileSync(one, 'before and longer', { mode: 0o600 })
    linkSync(one, two)
    await writeText(one, ['after'])
    expect(readFileSync(two, 'utf8')).toBe('after')
    expect([statSync(one).ino, mode(two)]).toEqual([statSync(two).ino, 0o600])
    expect(inside(here)).toEqual(['one.txt', 'two.txt'])
  })

  it('may have as long a name as the system takes', () => {
    const here = fresh('long')
    for (const length of [214, 215, 230, 255]) {
      const path = join(here, `${'n'.repeat(length - 5)}.json`)
      expect(yuma([...SMALL, '-o', path])).toEqual({ code: 0, out: '', err: '' })
      expect(statSync(path).size).toBeGreaterThan(0)
    }
    const { code, err } = yuma([...SMALL, '-o', join(here, 'n'.repeat(256))])
    expect(code).toBe(2)
    expect(err).toMatch(/the name is too long\n$/)
  })
})

/** A disk of two megabytes; undefined where none can be had. */
function smallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'yuma-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path])
  if (status === 0) return path
  rmSync(path, { recursive: true })
  console.warn('skipped: no small disk can be mounted to fill')
}

const disk = smallDisk()
afterAll(() => {
  if (disk === undefined) return
  spawnSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

describe.skipIf(disk === undefined)('a disk that is full', () => {
  const before = 'as it was\n'.repeat(30_000)
  const pieces = (megabytes: number): string[] => Array(megabytes * 16).fill('x'.repeat(65_536))

  it('leaves the file as it was, and nothing beside it', async () => {
    const path = join(disk!, 'kept.txt')
    writeFileSync(path, before, { mode: 0o600 })
    await expect(writeText(path, pieces(3))).rejects.toThrow(new FileError(path, 'no space left'))
    expect([readFileSync(path, 'utf8') === before, mode(path), inside(disk!)]).toEqual([
      true,
      0o600,
      ['kept.txt'],
    ])
    const { code, err } = yuma(['generate', '--n', '2000', '--validators', '200', '-o', path])
    expect([code, err]).toEqual([2, `yuma: ${path}: no space left\n`])
    expect(readFileSync(path, 'utf8') === before).toBe(true)
    rmSync(path)
  })

  it('leaves a file of several names as it was too, where there is room for one of two', async () => {
    const [one, two] = [join(disk!, 'one.txt'), join(disk!, 'two.txt')]
    writeFileSync(one, before)
    linkSync(one, two)
    // Aside there is room for it, and then not for what makes the file itself longer.
    await expect(writeText(one, pieces(1.25))).rejects.toThrow(new FileError(one, 'no space left'))
    expect([readFileSync(two, 'utf8') === before, statSync(one).nlink, inside(disk!)]).toEqual([
      true,
      2,
      ['one.txt', 'two.txt'],
    ])
    await writeText(one, ['short'])
    expect([readFileSync(two, 'utf8'), statSync(one).nlink]).toEqual(['short', 2])
  })

  it('keeps the epochs of a history that are in it', async () => {
    const path = join(disk!, 'kept.duckdb')
    await using history = await History.open(path, 'a chain')
    let kept = 0
    const fill = async (): Promise<void> => {
      for (; kept < 100_000; kept++) await history.setProgress(`scope ${kept} ${'x'.repeat(2000)}`, AT)
    }
    await expect(fill()).rejects.toBeInstanceOf(FileError)
    expect(kept).toBeGreaterThan(0)
    rmSync(join(disk!, 'one.txt'), { force: true })
    rmSync(join(disk!, 'two.txt'), { force: true })
    expect(await history.progress(`scope ${kept - 1} ${'x'.repeat(2000)}`)).toEqual(AT)
  })
})

/** Runs the command until something is in the folder beside what was there, or it ends. */
async function untilWriting(child: ChildProcess, path: string, before: number): Promise<void> {
  while (child.exitCode === null && inside(path).length === before) await sleep(5)
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}

describe('a command that is stopped while it writes', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s: what was there stays, nothing else is left, exit code %s', async (name, code) => {
    const here = fresh(`stopped-${name}`)
    const path = join(here, 'kept.json')
    writeFileSync(path, 'as it was')
    const child = spawn(process.execPath, [MAIN, ...LARGE, '-o', path], { stdio: ['ignore', 'pipe', 'pipe'] })
    const end = ended(child)
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    await untilWriting(child, here, 1)
    expect(inside(here)).toHaveLength(2)
    child.kill(name)
    expect(await end).toEqual({ code, signal: null })
    expect(err).toBe(`yuma: stopped by ${name}\n`)
    expect(inside(here)).toEqual(['kept.json'])
    expect(readFileSync(path, 'utf8')).toBe('as it was')
  })

  it('by a signal of the caller: AbortedError, and the same', async () => {
    const here = fresh('aborted')
    const path = join(here, 'kept.txt')
    writeFileSync(path, 'as it was')
    const controller = new AbortController()
    function* pieces(): Generator<string> {
      yield 'a'
      controller.abort(new Error('enough'))
      for (let i = 0; i < 1000; i++) yield 'b'.repeat(1000)
    }
    const writing = writeText(path, pieces(), { signal: controller.signal })
    await expect(writing).rejects.toBeInstanceOf(AbortedError)
    await expect(writing).rejects.toMatchObject({ cause: new Error('enough') })
    expect(inside(here)).toEqual(['kept.txt'])
    expect(readFileSync(path, 'utf8')).toBe('as it was')
    await expect(writeText(path, ['x'], { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError)
    expect(readFileSync(path, 'utf8')).toBe('as it was')
  })

  it('what others left who were killed goes with the next file; what others are writing stays', async () => {
    const here = fresh('killed')
    const path = join(here, 'a.json')
    const child = spawn(process.execPath, [MAIN, ...LARGE, '-o', path], { stdio: 'ignore' })
    const end = ended(child)
    await untilWriting(child, here, 0)
    const [left] = inside(here)
    // It is at work still: nobody else may take its file away.
    await writeText(join(here, 'b.txt'), ['b'])
    expect(inside(here)).toEqual([left, 'b.txt'].sort())
    child.kill('SIGKILL')
    await end
    expect(inside(here)).toEqual([left, 'b.txt'].sort())
    // What looks alike and is nobody's of this machine stays.
    writeFileSync(join(here, '.yuma-00000000-1-000000000000.tmp'), 'of another machine')
    writeFileSync(join(here, 'c.tmp'), 'of somebody else')
    expect(yuma([...SMALL, '-o', path]).code).toBe(0)
    expect(inside(here)).toEqual(['.yuma-00000000-1-000000000000.tmp', 'a.json', 'b.txt', 'c.tmp'])
  })
})

describe('a snapshot that could not be read back is not written', () => {
  const snapshot = generate({ n: 8, validators: 3, seed: 1, mechanisms: 2 })
  const [first, second] = snapshot.mechanisms as [Snapshot['mechanisms'][0], Snapshot['mechanisms'][0]]
  const { weights } = first
  const withWeights = (change: Partial<typeof weights>): Snapshot => ({
    ...snapshot,
    mechanisms: [{ ...first, weights: { ...weights, ...change } }, second],
  })

  it.each<readonly [string, Snapshot, string]>([
    ['another n', { ...snapshot, n: 9 }, 'hotkeys: expected 9 entries, found 8'],
    ['an n of none', { ...snapshot, n: 0 }, 'n: expected an integer from 1 to 65535, found 0'],
    [
      'a column that is short',
      { ...snapshot, blockAtRegistration: snapshot.blockAtRegistration.slice(1) },
      'block_at_registration: expected 8 entries, found 7',
    ],
    [
      'stake of half a neuron',
      { ...snapshot, totalStake: snapshot.totalStake.slice(1) },
      'total_stake_i64f64_bits: expected 8 entries, found 7.5',
    ],
    [
      'rows that are missing',
      withWeights({ rowStart: weights.rowStart.slice(0, -1) }),
      'weights of mechanism 0: expected offsets from 0 to',
    ],
    [
      'rows that run back',
      withWeights({ rowStart: weights.rowStart.map((start, i) => (i === 2 ? start + 500 : start)) }),
      'weights of mechanism 0 at uid 2: expected offsets that ascend',
    ],
    [
      'uids without values',
      withWeights({ value: weights.value.slice(1) }),
      'weights of mechanism 0: expected a value for',
    ],
    [
      'values of another type',
      withWeights({ value: new Uint32Array(weights.value) as never }),
      'weights.value of mechanism 0: expected a Uint16Array, found an object of class Uint32Array',
    ],
    ['no mechanism', { ...snapshot, mechanisms: [] }, 'mechanisms: expected 1 to 16 mechanisms, found 0'],
    [
      'one hotkey twice',
      {
        ...snapshot,
        hotkeys: snapshot.hotkeys!.map((key, uid) => (uid === 5 ? snapshot.hotkeys![2]! : key)),
      },
      'hotkeys at uid 5: expected a hotkey of its own, found that of uid 2',
    ],
    [
      'a hotkey that is none',
      { ...snapshot, coldkeys: Array(8).fill('x') },
      'coldkeys at uid 0: expected an SS58',
    ],
    [
      'a number beyond its field',
      { ...snapshot, kappa: 65_536 },
      'kappa: expected an integer from 0 to 65535',
    ],
    [
      'a section of a wrong name',
      { ...snapshot, extra: { 'Not this': 1 } },
      'extra: expected names of small',
    ],
    [
      'a section that JSON does not hold',
      { ...snapshot, extra: { a: 1n } },
      'extra: expected what JSON holds',
    ],
    [
      'sections beyond what is read',
      { ...snapshot, extra: { a: 'x'.repeat(16 * 2 ** 20) } },
      'extra: expected sections of at most 16777216 bytes',
    ],
  ])('%s', async (name, broken, message) => {
    const path = join(fresh(`broken ${name}`), 'x.json')
    const writing = writeSnapshot(path, broken)
    await expect(writing).rejects.toBeInstanceOf(InputError)
    await expect(writing).rejects.toThrow(`${path}: ${message}`)
    expect(inside(join(path, '..'))).toEqual([])
    expect(() => encodeSnapshot(broken)).toThrow(InputError)
  })

  it('and one that can is, with all that it has', async () => {
    const path = join(fresh('sound'), 'x.json.gz')
    const whole = { ...snapshot, extra: { notes: { a: [1, 'b', null] } } }
    await writeSnapshot(path, whole)
    const [document] = await readDocuments(path)
    expect(document!.snapshot).toStrictEqual(whole)
  })
})
