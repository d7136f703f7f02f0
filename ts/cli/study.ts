/** What all commands of `yuma study` have in common. */

import { AbortedError } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'
import { driftingSeries, type Simulator } from '../simulate/index.ts'
import type { Part } from '../simulate/studies/parts.ts'
import { type Hyperparameters, InputError, type Snapshot } from '../snapshot/index.ts'
import { readDocuments, STANDARD_INPUT, shownName, writeText } from '../snapshot/node.ts'
import type { Arguments, Option } from './command.ts'
import { EXIT } from './exit.ts'
import { figure, type LineFigure } from './figure.ts'
import { grouped, printable } from './format.ts'
import { Interrupt, interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

/** What stands for standard output where a file is named. */
const STANDARD_OUTPUT = '-'

export const SVG_OPTION: Option = { value: 'FILE', help: 'the figure, as an SVG file; - is standard output' }

const ROOT = 0
const MAX_NEURONS = 65_535
const MAX_EPOCHS = 100_000

/** Options of studies of a series, by which one is made up in place of files. */
export const DRIFTING_OPTIONS: Readonly<Record<string, Option>> = {
  generate: {
    value: 'SEED',
    help: 'a series made up from this in place of files: miners whose quality drifts, and who measures it',
  },
  n: { value: 'COUNT', help: 'of --generate: neurons (64)' },
  validators: { value: 'COUNT', help: 'of --generate: how many of them validate (16)' },
  length: { value: 'EPOCHS', help: 'of --generate: how long it is (100)' },
  drift: { value: 'PART,…', help: 'of --generate: how far qualities move from epoch to epoch (0.05)' },
  noise: { value: 'PART', help: "of --generate: how far validators' measures are off (0.1)" },
}

/** A series, and what it is called where there are several. */
export interface NamedSeries {
  readonly name: string
  readonly series: readonly Snapshot[]
}

/** The series of files, or those that are made up, one for each drift. */
export async function seriesOf(
  args: Arguments,
  simulator: Simulator,
  hyperparameters: Partial<Hyperparameters> = {},
): Promise<readonly NamedSeries[]> {
  const seed = args.integer('generate', 0, Number.MAX_SAFE_INTEGER)
  if (seed === undefined) return [{ name: '', series: await readSeries(filesOf(args)) }]
  if (args.positionals.length > 0) throw args.usage('--generate takes no FILE')
  const given = {
    n: args.integer('n', 2, MAX_NEURONS),
    validators: args.integer('validators', 1, MAX_NEURONS - 1),
    epochs: args.integer('length', 1, MAX_EPOCHS),
    noise: args.fraction('noise'),
  }
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const made: NamedSeries[] = []
  for (const drift of partList(args, 'drift') ?? [0.05]) {
    const series = await driftingSeries(simulator, { seed, ...options, drift, hyperparameters })
    made.push({ name: `drift ${drift}`, series })
  }
  return made
}

/** An option that is a list of numbers from 0 to 1, with commas between. */
function partList(args: Arguments, name: string): readonly number[] | undefined {
  return args
    .text(name)
    ?.split(',')
    .map((part) => {
      const value = /^([0-9]+)?(\.[0-9]+)?$/.test(part) && part !== '' ? Number(part) : Number.NaN
      if (value >= 0 && value <= 1) return value
      throw args.usage(`--${name}: expected numbers from 0 to 1, found ${JSON.stringify(part)}`)
    })
}

/** The files that a study is of. */
export function filesOf(args: Arguments): readonly string[] {
  const files = args.positionals
  if (files.length === 0) throw args.usage('no FILE given')
  if (files.filter((file) => file === STANDARD_INPUT).length > 1)
    throw args.usage('standard input can be read once')
  return files
}

/** Snapshots of one subnet, by block. */
export interface SubnetSeries {
  readonly name: string
  readonly series: readonly Snapshot[]
}

interface ReadSnapshot {
  readonly snapshot: Snapshot
  readonly name: string
  readonly file: string
}

async function readAll(files: readonly string[]): Promise<readonly ReadSnapshot[]> {
  const all: ReadSnapshot[] = []
  for (const path of files) {
    const file = shownName(path)
    for (const { snapshot, name } of await readDocuments(path)) all.push({ snapshot, name, file })
  }
  return all.sort(({ snapshot: a }, { snapshot: b }) => Number(a.block > b.block) - Number(a.block < b.block))
}

/**
 * The snapshots of files as one series, by block.
 * @throws {InputError} for several subnets, and for one block twice.
 */
async function readSeries(files: readonly string[]): Promise<readonly Snapshot[]> {
  const all = await readAll(files)
  const [first] = all
  for (const [at, { snapshot, file }] of all.entries()) {
    if (snapshot.netuid !== first!.snapshot.netuid) {
      const expected = `expected one subnet, ${first!.snapshot.netuid ?? 'without a number'} as in ${first!.file}, found ${snapshot.netuid ?? 'none'}`
      throw new InputError({ file, field: 'netuid', expected })
    }
    checkOnce(all[at - 1], snapshot, file)
  }
  return all.map(({ snapshot }) => snapshot)
}

/**
 * The snapshots of files by subnet, the lowest first; those without a number are each a subnet of their own. Root, which
 * has no epoch, is left out.
 * @throws {InputError} for one block of a subnet twice.
 */
export async function readSubnets(files: readonly string[]): Promise<readonly SubnetSeries[]> {
  const subnets = new Map<string, ReadSnapshot[]>()
  for (const [at, read] of (await readAll(files)).entries()) {
    const { netuid } = read.snapshot
    if (netuid === ROOT) continue
    const key = netuid === undefined ? `none ${at}` : String(netuid)
    const series = subnets.get(key) ?? []
    checkOnce(series.at(-1), read.snapshot, read.file)
    subnets.set(key, [...series, read])
  }
  return [...subnets.values()]
    .sort(([a], [b]) => (a!.snapshot.netuid ?? 0) - (b!.snapshot.netuid ?? 0))
    .map((series) => {
      const [{ snapshot, name }] = series as [ReadSnapshot]
      return {
        name: snapshot.netuid === undefined ? printable(name) : `subnet ${snapshot.netuid}`,
        series: series.map((read) => read.snapshot),
      }
    })
}

function checkOnce(before: ReadSnapshot | undefined, { block }: Snapshot, file: string): void {
  if (before?.snapshot.block !== block) return
  const expected = `expected one snapshot for each block, found a second of ${block}`
  throw new InputError({ file, field: 'block', expected })
}

/** An option that is some of a few words, with commas between. */
export function wordList<T extends string>(
  args: Arguments,
  name: string,
  words: readonly T[],
): readonly T[] | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  const chosen = text.split(',')
  const unknown = chosen.find((word) => !words.includes(word as T))
  if (unknown === undefined) return chosen as T[]
  throw args.usage(`--${name}: expected some of ${words.join(', ')}, found ${JSON.stringify(unknown)}`)
}

/** An option that is a list of integers, with commas between. */
export function integerList(
  args: Arguments,
  name: string,
  min: number,
  max: number,
): readonly number[] | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  return text.split(',').map((part) => {
    const value = /^[0-9]{1,9}$/.test(part) ? Number(part) : Number.NaN
    if (value >= min && value <= max) return value
    throw args.usage(`--${name}: expected integers from ${min} to ${max}, found ${JSON.stringify(part)}`)
  })
}

/** What stopped a study before its end, and how far it was. */
export interface Stopped {
  /** `3 of 7 intervals`. */
  readonly text: string
  readonly done: number
  readonly of: number
  readonly reason: Interrupt
}

/** What a study found, and what stopped it if it is not whole. */
export interface Studied<T> {
  readonly found: T
  readonly stopped: Stopped | undefined
}

/** Milliseconds after which a study lets a signal be heard. */
const TURN = 20

/**
 * Takes the parts of a study until it is whole. The first signal of the system ends it after the part that it is at, and
 * what is found by then is kept; the second ends the process.
 * @param what What the parts are, for people.
 * @throws {AbortedError} where nothing is found by then.
 */
export async function takeParts<T>(
  io: Io,
  what: string,
  begin: (signal: AbortSignal) => Iterable<Part<T>> | AsyncIterable<Part<T>>,
): Promise<Studied<T>> {
  return interruptible(async (signal) => {
    let last: Part<T> | undefined
    let turn = performance.now()
    const text = ({ done, of }: Part<T>): string => `${grouped(done)} of ${grouped(of)} ${what}`
    try {
      for await (const part of begin(signal)) {
        last = part
        io.progress.show(text(part))
        if (performance.now() - turn >= TURN) {
          await sleep(0, undefined)
          turn = performance.now()
        }
        if (signal.aborted) break
      }
    } catch (error) {
      if (!(error instanceof AbortedError) || !signal.aborted) throw error
    }
    io.progress.clear()
    const { reason } = signal
    const isWhole = last !== undefined && last.done >= last.of
    if (last === undefined || (last.done === 0 && !isWhole)) throw new AbortedError(signal)
    if (isWhole || !(reason instanceof Interrupt)) return { found: last.found, stopped: undefined }
    return { found: last.found, stopped: { text: text(last), done: last.done, of: last.of, reason } }
  })
}

/** What a study shows, by how it is asked for. */
export interface Shown {
  figures(): readonly LineFigure[]
  /** Lines of JSON. */
  json(): Iterable<string>
  /** Lines for people, without their ends. */
  report(): Iterable<string>
}

/**
 * Writes what a study found: the figure, JSON or a report. Of one that was stopped it says that it is a part: the figure
 * below it, JSON in a last line, the report in its first.
 * @returns The exit code.
 */
export async function putStudy(
  args: Arguments,
  io: Io,
  stopped: Stopped | undefined,
  shown: Shown,
): Promise<number> {
  if (await writeFigure(args, io, shown.figures, stopped)) return exitOf(io, stopped)
  if (args.has('json')) {
    await io.out.write(shown.json())
    if (stopped !== undefined) {
      const { done, of } = stopped
      await io.out.write([`${JSON.stringify({ partial: true, done, of })}\n`])
    }
  } else {
    if (stopped !== undefined) await io.out.write([`a part of the study: ${stopped.text}\n`])
    for (const line of shown.report()) await io.out.write([`${line}\n`])
  }
  return exitOf(io, stopped)
}

function exitOf(io: Io, stopped: Stopped | undefined): number {
  if (stopped === undefined) return EXIT.done
  io.note(`${stopped.reason.message} after ${stopped.text}: what is found by then is kept`)
  return stopped.reason.exitCode
}

/** Writes the figure that is asked for, if one is. Returns whether standard output is taken by it. */
export async function writeFigure(
  args: Arguments,
  io: Io,
  charts: () => readonly LineFigure[],
  stopped?: Stopped,
): Promise<boolean> {
  const path = args.text('svg')
  if (path === undefined) return false
  const text = figure(charts(), stopped === undefined ? {} : { note: `a part of the study: ${stopped.text}` })
  if (path === STANDARD_OUTPUT) await io.out.write([text])
  else await interruptible((signal) => writeText(path, [text], { signal }))
  return path === STANDARD_OUTPUT
}
