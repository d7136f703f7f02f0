/** What all commands of `yuma study` have in common. */

import { InputError, type Snapshot } from '../snapshot/index.ts'
import { readDocuments, STANDARD_INPUT, shownName, writeText } from '../snapshot/node.ts'
import type { Arguments, Option } from './command.ts'
import { figure, type LineFigure } from './figure.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

/** What stands for standard output where a file is named. */
const STANDARD_OUTPUT = '-'

export const SVG_OPTION: Option = { value: 'FILE', help: 'the figure, as an SVG file; - is standard output' }

/** The files that a study is of. */
export function filesOf(args: Arguments): readonly string[] {
  const files = args.positionals
  if (files.length === 0) throw args.usage('no FILE given')
  if (files.filter((file) => file === STANDARD_INPUT).length > 1)
    throw args.usage('standard input can be read once')
  return files
}

/**
 * The snapshots of files as one series, by block.
 * @throws {InputError} for several subnets, and for one block twice.
 */
export async function readSeries(files: readonly string[]): Promise<readonly Snapshot[]> {
  const series: { readonly snapshot: Snapshot; readonly file: string }[] = []
  for (const path of files) {
    const file = shownName(path)
    for (const { snapshot } of await readDocuments(path)) series.push({ snapshot, file })
  }
  series.sort(
    (a, b) => Number(a.snapshot.block > b.snapshot.block) - Number(a.snapshot.block < b.snapshot.block),
  )
  const [first] = series
  for (const [at, { snapshot, file }] of series.entries()) {
    if (snapshot.netuid !== first!.snapshot.netuid) {
      const expected = `expected one subnet, ${first!.snapshot.netuid ?? 'without a number'} as in ${first!.file}, found ${snapshot.netuid ?? 'none'}`
      throw new InputError({ file, field: 'netuid', expected })
    }
    if (snapshot.block === series[at - 1]?.snapshot.block) {
      const expected = `expected one snapshot for each block, found a second of ${snapshot.block}`
      throw new InputError({ file, field: 'block', expected })
    }
  }
  return series.map(({ snapshot }) => snapshot)
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

/** Writes the figure that is asked for, if one is. Returns whether standard output is taken by it. */
export async function writeFigure(
  args: Arguments,
  io: Io,
  charts: () => readonly LineFigure[],
): Promise<boolean> {
  const path = args.text('svg')
  if (path === undefined) return false
  const text = figure(charts())
  if (path === STANDARD_OUTPUT) await io.out.write([text])
  else await interruptible((signal) => writeText(path, [text], { signal }))
  return path === STANDARD_OUTPUT
}
