/** What all commands of `yuma study` have in common. */

import { STANDARD_INPUT, writeText } from '../snapshot/node.ts'
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
