import { parseArgs } from 'node:util'
import { endpointName } from '../chain/endpoint-name.ts'
import { UsageError } from './exit.ts'
import type { Io } from './io.ts'
import { meant } from './suggestion.ts'
import { wrapped } from './terminal.ts'

/** An option of a command. */
export interface Option {
  /** One letter that stands for it. */
  readonly short?: string
  /** What its value is called; without one it is a switch. */
  readonly value?: string
  /** Whether it can be given more than once. */
  readonly many?: true
  readonly help: string
}

/** A command of `yuma`. */
export interface Command {
  readonly name: string
  /** What follows the name: `FILE… [options]`. */
  readonly usage: string
  /** What it does, for its own help. */
  readonly about: string
  readonly options: Readonly<Record<string, Option>>
  /** Does it, and gives the exit code. */
  run(args: Arguments, io: Io): Promise<number>
}

/** What every command has. */
export const HELP: Option = { short: 'h', help: 'show this help' }
const INTEGER = /^-?(0|[1-9][0-9]{0,19})$/
const NUMBER = /^(0|[1-9][0-9]*)?(\.[0-9]+)?$/
const MAX_U64 = 2n ** 64n - 1n

type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** A command's arguments, read by what they are to be. */
export class Arguments {
  /** What is not an option. */
  readonly positionals: readonly string[]
  readonly #command: string
  readonly #values: Values

  /** @throws {UsageError} for an option that the command does not have, or one without its value. */
  constructor(command: Command, argv: readonly string[]) {
    this.#command = command.name
    const parsed = this.#parse(command, argv)
    this.#values = parsed.values
    this.positionals = parsed.positionals
  }

  #parse(command: Command, argv: readonly string[]): Pick<Arguments, 'positionals'> & { values: Values } {
    const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {}
    for (const [name, { short, value, many }] of Object.entries<Option>({ ...command.options, help: HELP })) {
      options[name] = {
        type: value === undefined ? 'boolean' : 'string',
        ...(short === undefined ? {} : { short }),
        ...(many === undefined ? {} : { multiple: true }),
      }
    }
    try {
      const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
      return { values: values as Values, positionals }
    } catch (error) {
      const message = error instanceof Error ? error.message.split(/\.\s/)[0]! : String(error)
      const unknown = /^Unknown option '--([^']*)'/.exec(message)
      throw this.usage(
        unknown === null ? message : `${message}${meant(unknown[1]!, Object.keys(options), '--')}`,
      )
    }
  }

  /** The fault of arguments that mean nothing. */
  usage(message: string): UsageError {
    return new UsageError(message, this.#command)
  }

  /** @throws {UsageError} for any argument that is not an option. */
  onlyOptions(): void {
    const [first] = this.positionals
    if (first === undefined) return
    // An address may have a password in it.
    const shown = first.includes('://') ? endpointName(first) : first
    throw this.usage(`nothing but options expected, found ${JSON.stringify(shown)}`)
  }

  /** The only positional argument. */
  single(what: string): string {
    const [only, ...more] = this.positionals
    if (only === undefined) throw this.usage(`no ${what} given`)
    if (more.length > 0) throw this.usage(`one ${what} expected, ${this.positionals.length} given`)
    return only
  }

  /** Whether a switch is on. */
  has(name: string): boolean {
    return this.#values[name] === true
  }

  /** An option's text. */
  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** The texts of an option that can be given more than once. */
  texts(name: string): readonly string[] {
    const values = this.#values[name]
    return Array.isArray(values) ? values : []
  }

  /** An option that is one of a few words. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const choice = choices.find((known) => known === text)
    if (choice !== undefined) return choice
    throw this.usage(`--${name}: expected ${choices.join(', ')}, found ${JSON.stringify(text)}`)
  }

  /** An option that is an integer. */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = INTEGER.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw this.usage(`--${name}: expected an integer from ${min} to ${max}, found ${JSON.stringify(text)}`)
  }

  /** An option that is a list of integers, with commas between them. */
  integers(name: string, min: number, max: number): number[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((text) => {
        const value = INTEGER.test(text) ? Number(text) : Number.NaN
        if (value >= min && value <= max) return value
        const found = JSON.stringify(text)
        throw this.usage(`--${name}: expected integers from ${min} to ${max}, found ${found}`)
      })
  }

  /** An option that is a u64. */
  u64(name: string): bigint | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = INTEGER.test(text) ? BigInt(text) : -1n
    if (value >= 0n && value <= MAX_U64) return value
    throw this.usage(`--${name}: expected an integer from 0 to 2^64 - 1, found ${JSON.stringify(text)}`)
  }

  /** An option that is a number from 0 to 1. */
  fraction(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = text !== '' && NUMBER.test(text) ? Number(text) : Number.NaN
    if (value >= 0 && value <= 1) return value
    throw this.usage(`--${name}: expected a number from 0 to 1, found ${JSON.stringify(text)}`)
  }
}

/** A command's help. */
export function helpOf({ name, usage, about, options }: Command): string {
  const rows = Object.entries({ ...options, help: HELP }).map(([option, { short, value, help }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return [`  ${letter}--${option}${value === undefined ? '' : ` ${value}`}`, help] as const
  })
  const names = Math.max(...rows.map(([left]) => left.length)) + 2
  const lines = rows.map(([left, help]) => besides(left, names, help))
  const text = about.split('\n\n').map((paragraph) => wrapped(paragraph.replaceAll('\n', ' '), HELP_COLUMNS))
  return `Usage: yuma ${name} ${usage}\n\n${text.join('\n\n')}\n\nOptions:\n${lines.join('\n')}\n`
}

/** As wide as any terminal is. */
const HELP_COLUMNS = 80
/** Names longer than this have their help on the next line. */
const LONGEST_NAME = 32

/** A name and what it means, over several lines where one is too short. */
export function besides(name: string, longest: number, help: string): string {
  const column = Math.min(longest, LONGEST_NAME)
  const indent = ' '.repeat(column)
  const start = name.length + 2 > column ? `${name}\n${indent}` : name.padEnd(column)
  return start + wrapped(help, HELP_COLUMNS - column).replaceAll('\n', `\n${indent}`)
}
