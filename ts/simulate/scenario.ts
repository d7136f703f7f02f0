/** Scenario files `yuma-scenario/1`: a run of {@link Simulator.simulate} as a document. */

import { SETTABLE } from '../engine/generated/state.ts'
import { InputError } from '../errors/index.ts'
import { bytes as bytesCheck, checkOptions, text, unexpectedValue } from '../errors/options.ts'
import { checkMake, checkSimulate } from './checks.ts'
import type { MakeOptions, SimulateOptions } from './types.ts'

/** The schema of a scenario. */
export const SCENARIO_SCHEMA = 'yuma-scenario/1'

/** What a run begins with: a snapshot file, by its path as the scenario has it, or a network made from a seed. */
export type ScenarioStart = { readonly file: string } | { readonly make: MakeOptions }

/** A scenario, ready to run once its start is there. */
export interface Scenario {
  readonly name?: string
  readonly start: ScenarioStart
  readonly options: Omit<SimulateOptions, 'start' | 'signal' | 'onProgress'>
}

/** Bytes of a scenario: rows that are spelled out take room, snapshots are files of their own. */
const MAX_BYTES = 64 * 2 ** 20

/** Members that are u64s or rao: decimal strings, or integers that a double holds. */
const BIG: readonly string[] = [
  'rao',
  'block',
  'stake',
  'each',
  'emission',
  'tempo',
  'activityCutoffBlocks',
  'stakeThreshold',
  'bondsMovingAverage',
]
/** Members of a row: pairs of uid and value. */
const ROWS: readonly string[] = ['weights', 'bonds']
/** Members that are lists of uids, in which `"3-7"` stands for a stretch. */
const UIDS: readonly string[] = ['uids', 'miners']

const TOP = [
  'schema',
  'name',
  'start',
  'epochs',
  'seed',
  'grow',
  'commitReveal',
  'quality',
  'agents',
  'changes',
  'record',
  'every',
  'asSpec',
  'maxBytes',
] as const

type Json = Readonly<Record<string, unknown>>

/**
 * Reads a scenario.
 * @param options.file The file's name, for messages.
 * @throws {InputError} naming file, step, agent and field.
 */
export function parseScenario(bytes: Uint8Array, options: { readonly file?: string } = {}): Scenario {
  bytesCheck('bytes', bytes)
  checkOptions('options', options, { file: text })
  const { file } = options
  try {
    return scenarioOf(documentOf(bytes))
  } catch (cause) {
    if (!(cause instanceof InputError) || file === undefined) throw cause
    const { field, expected, uid, mechanism } = cause
    const place = { ...(uid === undefined ? {} : { uid }), ...(mechanism === undefined ? {} : { mechanism }) }
    throw new InputError({ field, expected, file, ...place }, { cause })
  }
}

function documentOf(bytes: Uint8Array): Json {
  if (bytes.length > MAX_BYTES)
    throw new InputError({
      field: 'scenario',
      expected: `expected at most ${MAX_BYTES} bytes, found ${bytes.length}`,
    })
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ field: 'scenario', expected: `expected JSON: ${reason}` }, { cause })
  }
  return asObject('scenario', document)
}

function asObject(field: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw unexpectedValue(field, 'an object', value)
}

function scenarioOf(document: Json): Scenario {
  if (document.schema !== SCENARIO_SCHEMA)
    throw unexpectedValue('schema', JSON.stringify(SCENARIO_SCHEMA), document.schema)
  const { schema: _, name, start, ...rest } = converted(document, '') as Json
  for (const key of Object.keys(rest)) {
    if (!(TOP as readonly string[]).includes(key)) throw unexpectedValue(key, `one of ${TOP.join(', ')}`, key)
  }
  if (name !== undefined) text('name', name)
  const options = rest as unknown as Scenario['options']
  // Whatever the start is: that of the right kind stands for it.
  checkSimulate({ ...options, start: { mechanisms: [] } as unknown as SimulateOptions['start'] })
  return { ...(name === undefined ? {} : { name: name as string }), start: startOf(start), options }
}

function startOf(value: unknown): ScenarioStart {
  const { file, make, ...more } = asObject('start', value)
  const other = Object.keys(more)[0]
  if (other !== undefined) throw unexpectedValue(`start.${other}`, 'file or make', other)
  if ((file === undefined) === (make === undefined))
    throw new InputError({ field: 'start', expected: 'expected either a file or what to make' })
  if (file !== undefined) {
    text('start.file', file)
    return { file: file as string }
  }
  try {
    checkMake(make as MakeOptions)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError({ field: `start.make.${error.field}`, expected: error.expected }, { cause: error })
  }
  return { make: make as MakeOptions }
}

/** A name as the package has it. */
function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** A value with names as the package has them, big numbers as bigint, rows and lists of uids spelled out. */
function converted(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((part, at) => converted(part, `${path}[${at}]`))
  if (typeof value !== 'object' || value === null) return value
  if ((value as Json).kind === 'set') return setting(value as Json, path)
  const members = Object.entries(value).map(([key, part]) => {
    const name = camel(key)
    return [name, member(name, part, path === '' ? name : `${path}.${name}`)]
  })
  return Object.fromEntries(members)
}

/** A change that sets a value: of the type that its field has. */
function setting({ field, value, ...more }: Json, path: string): unknown {
  const name = typeof field === 'string' ? camel(field) : field
  const known = Object.entries(SETTABLE).find(([key]) => key === name)?.[1]
  return { ...more, field: name, value: known?.big === true ? big(value, `${path}.value`) : value }
}

function member(name: string, value: unknown, path: string): unknown {
  if (BIG.includes(name)) return big(value, path)
  if (ROWS.includes(name) && Array.isArray(value)) return row(value, path)
  if (UIDS.includes(name)) return uids(value, path)
  if (name === 'parts' && Array.isArray(value))
    return Uint16Array.from(value.map((part, at) => u16(part, `${path}[${at}]`)))
  if (name === 'record' && Array.isArray(value))
    return value.map((column: unknown) => (typeof column === 'string' ? camel(column) : column))
  return converted(value, path)
}

function big(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'object') return converted(value, path)
  if (typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw unexpectedValue(path, 'an integer, as a decimal string beyond 2^53', value)
}

function u16(value: unknown, path: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff) return value as number
  throw unexpectedValue(path, 'an integer from 0 to 65535', value)
}

function row(value: readonly unknown[], path: string): unknown {
  const pairs = value.map((pair, at) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw unexpectedValue(`${path}[${at}]`, '[uid, value]', pair)
    return [u16(pair[0], `${path}[${at}][0]`), u16(pair[1], `${path}[${at}][1]`)] as const
  })
  return {
    uid: Uint16Array.from(pairs, ([uid]) => uid),
    value: Uint16Array.from(pairs, ([, weight]) => weight),
  }
}

function uids(value: unknown, path: string): unknown {
  if (!Array.isArray(value)) throw unexpectedValue(path, 'a list of uids', value)
  return value.flatMap((part, at) => {
    if (typeof part !== 'string') return [u16(part, `${path}[${at}]`)]
    const [, first, last] = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(part) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (!(from <= to && to <= 0xffff))
      throw unexpectedValue(`${path}[${at}]`, 'a uid or a stretch as "3-7"', part)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
}
