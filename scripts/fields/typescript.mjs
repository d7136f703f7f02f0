// The tables as TypeScript: what an epoch reads and writes, and how it crosses into Rust and back.
import { callLayout, sectionLayout } from './layout.mjs'
import {
  camel,
  chainName,
  described,
  EPOCH_TABLE,
  header,
  isOptionalU64,
  isScalar,
  optionalOf,
  tsDoc,
} from './tables.mjs'

const ARRAYS = {
  u64: 'BigUint64Array',
  i64f64: 'BigUint64Array',
  u32: 'Uint32Array',
  u16: 'Uint16Array',
  bool: 'Uint8Array',
  i32f32: 'BigInt64Array',
}

/** The type that TypeScript has for a field. */
export function typeOf({ type, shape, choice }) {
  if (choice !== undefined) return choice.variants.map(({ name }) => `'${name}'`).join(' | ')
  const optional = optionalOf(type)
  if (optional !== undefined) return `${typeOf({ type: optional, shape })} | null`
  if (shape === 'rows') return type === 'i32f32' ? 'FixedRows' : 'SparseRows'
  if (shape !== 'scalar') return ARRAYS[type]
  return { u64: 'bigint', bool: 'boolean' }[type] ?? 'number'
}

/** A member of an interface, and its type. */
export function declared(field) {
  return field.optional
    ? `${field.member}?: ${typeOf(field)} | undefined`
    : `${field.member}: ${typeOf(field)}`
}

/** The members of an interface. */
export function members(fields) {
  return fields
    .map((field) => {
      const item = chainName(field)
      return `${tsDoc(`${described(field)}${item ? ` \`${item}\`.` : ''}`, '  ')}\n  readonly ${declared(field)}`
    })
    .join('\n')
}

/** ts/engine/generated/types.ts */
export function engineTypes({ epoch }) {
  return `${header('//', EPOCH_TABLE)}
import type { SparseRows } from '../../snapshot/types.ts'
import type { FixedRows } from '../types.ts'

/** The per-uid columns of an epoch, \`n\` each; of booleans 0 or 1. */
export interface EpochTerms {
${members(epoch.terms)}
}

/** I32F32 bits before rounding, \`n\` each, of one mechanism. */
export interface RawTerms {
${members(epoch.raw)}
}

/** Every stage's value of one mechanism's epoch, in the order of the chain's steps; I32F32 bits. */
export interface Trace {
${members(epoch.trace)}
}

/** What one mechanism's epoch gave. */
export interface MechanismResult extends EpochTerms {
${members(epoch.output)}
  /** Values before rounding. */
  readonly raw: RawTerms
  /** Intermediates, where asked for. */
  readonly trace?: Trace
}
`
}

const MAX = { u16: '0xffff', u32: '0xffff_ffff' }

function writeScalar(field, slot, value = `snapshot.${field.member}`) {
  const { type, json, choice } = field
  if (choice !== undefined) {
    const names = choice.variants.map(({ name }) => `'${name}'`).join(', ')
    return `scalars.oneOf(${slot}, '${json}', ${value} ?? '${choice.default}', [${names}])`
  }
  if (isOptionalU64(field)) return `scalars.optionalBig(${slot}, '${json}', ${value} ?? null)`
  if (!isScalar(field)) return `scalars.flag(${slot}, '${json}', ${value} !== null)`
  if (type === 'u64') return `scalars.big(${slot}, '${json}', ${value})`
  if (type === 'bool') return `scalars.flag(${slot}, '${json}', ${value})`
  if (type === 'i16') return `scalars.signed(${slot}, '${json}', ${value}, 0x7fff)`
  const optional = optionalOf(type)
  if (optional !== undefined) return `scalars.optional(${slot}, '${json}', ${value}, ${MAX[optional]})`
  return `scalars.small(${slot}, '${json}', ${value}, ${MAX[type]})`
}

function columnsOf(field, from, rest) {
  const { type, shape, json, member } = field
  const column = (value, array) => `typed(${value}, '${array}', '${json}'${rest}),`
  const value = `${from}${member}`
  if (shape === 'rows') {
    const parts = { rowStart: 'Uint32Array', uid: 'Uint16Array', value: 'Uint16Array' }
    return Object.entries(parts).map(([part, array]) => column(`${value}.${part}`, array))
  }
  const element = optionalOf(type) ?? type
  if (element !== type || field.optional)
    return [column(`${value} ?? NONE_OF_${element.toUpperCase()}`, ARRAYS[element])]
  return [column(value, ARRAYS[type])]
}

function emptyColumns({ type, shape }) {
  const arrays =
    shape === 'rows' ? ['Uint32Array', 'Uint16Array', 'Uint16Array'] : [ARRAYS[optionalOf(type) ?? type]]
  return arrays.map((array) => `new ${array}(0)`)
}

function readSection({ type, shape, member }, tag) {
  if (shape === 'rows')
    return `${member}: sections.${type === 'i32f32' ? 'fixedRows' : 'storedRows'}(${tag}, id),`
  if (shape === 'scalar') return `${member}: sections.${type}(${tag}, id)[0]!,`
  const reader = { bool: 'u8', i32f32: 'i64' }[type] ?? type
  return `${member}: sections.${reader}(${tag}, id),`
}

function hex(bits) {
  return `0x${bits.toString(16)}`
}

/** The bit of a section, or of rows' three. */
function bit(tag, width = 1) {
  return hex((2 ** width - 1) * 2 ** tag)
}

function fieldSections({ terms, raw }, tags) {
  const [firstRaw] = tags.raw.values()
  return [
    ...terms.map(({ member, name }) => `${member}: ${bit(tags.terms.get(name))},`),
    `bonds: ${bit(tags.output.get('bonds'), 3)},`,
    `raw: ${bit(firstRaw, raw.length)},`,
    'trace: 0,',
  ]
    .map((line) => `  ${line}`)
    .join('\n')
}

/** What reads a field's sections where they are asked for. */
function readAsked(field, tag, into) {
  const reading = readSection(field, tag)
    .replace(/^\w+: /, '')
    .replace(/,$/, '')
  return `  if (asked & ${bit(tag)}) ${into}.${field.member} = ${reading}`
}

/** ts/engine/generated/wire.ts */
export function engineWire({ epoch }) {
  const { scalars, shared, scalar, slots } = callLayout(epoch)
  const tags = sectionLayout(epoch)
  const asked = {
    trace: `scalars.flag(${scalar.get('trace')}, 'trace', asked.trace)`,
    fields: `scalars.small(${scalar.get('fields')}, 'fields', asked.sections, 0xffff_ffff)`,
  }
  const writes = scalars.map((field) => asked[field.name] ?? writeScalar(field, scalar.get(field.name)))
  const own = epoch.mechanism.map(({ member }) => member).join(', ')
  const read = (group) =>
    epoch[group].map((field) => `    ${readSection(field, tags[group].get(field.name))}`).join('\n')
  const missing = [...shared, ...epoch.mechanism]
    .map(({ type, optional }) => optionalOf(type) ?? (optional ? type : undefined))
    .filter((type) => type !== undefined)
  const options = [...new Set(missing)]
  const members = [...scalars, ...shared, ...epoch.mechanism]
    .filter(({ json, member }) => json !== undefined && member !== undefined && camel(json) !== member)
    .map(({ json, member }) => `  ${json}: '${member}',`)
    .join('\n')
  return `${header('//', EPOCH_TABLE)}
import type { Snapshot } from '../../snapshot/types.ts'
import type { Column } from '../../runtime/layout.ts'
import { type Scalars, typed } from '../scalars.ts'
import type { Asked } from '../asked.ts'
import { newResult } from '../json.ts'
import type { Sections } from '../sections.ts'
import type { EpochField, EpochResult, EpochRules, EpochTerms, MechanismResult, RawTerms, Trace } from '../types.ts'

/** How many scalars a call has. */
export const SCALARS = ${slots}

/** The slots of the scalars that a call of a prepared snapshot may have anew. */
export const SLOT = { specVersion: ${scalar.get('spec_version')}, trace: ${scalar.get('trace')}, fields: ${scalar.get('fields')} } as const

/** The sections of each field that can be asked for: a bit for each, by its tag; of a trace none. */
export const SECTIONS_OF: Readonly<Record<EpochField, number>> = {
${fieldSections(epoch, tags)}
}

/** The sections that are no field's, and in every output. */
export const SECTIONS_ALWAYS = ${bit(tags.output.get('share'))}

/** All of them. */
export const ALL_SECTIONS = ${hex(2 ** tags.usual - 1)}

${options.map((type) => `const NONE_OF_${type.toUpperCase()} = new ${ARRAYS[type]}(0)`).join('\n')}

/** The sections of an error. */
export const ERROR: {
  readonly field: number
  readonly expected: number
  readonly place: number
} = { ${[...tags.error].map(([name, tag]) => `${name}: ${tag}`).join(', ')} }

/**
 * Writes every scalar of a call.
 * @throws {InputError} for one out of range.
 */
export function writeScalars(scalars: Scalars, snapshot: Snapshot, asked: Asked): void {
${writes.map((line) => `  ${line}`).join('\n')}
}

/**
 * The columns of a call, which are not copied.
 * @throws {InputError} for one of another type.
 */
export function columnsOf(snapshot: Snapshot): Column[] {
  const columns: Column[] = [
${shared
  .flatMap((field) => columnsOf(field, 'snapshot.', ''))
  .map((line) => `    ${line}`)
  .join('\n')}
  ]
  snapshot.mechanisms.forEach(({ ${own} }, mechanism) => {
    columns.push(
${epoch.mechanism
  .flatMap((field) => columnsOf(field, '', ', mechanism'))
  .map((line) => `      ${line}`)
  .join('\n')}
    )
  })
  return columns
}

/** The combination of several mechanisms, which comes before them. */
export function readTerms(sections: Sections, id: number): EpochTerms {
  return {
${read('terms')}
  }
}

/** A mechanism's sections. */
export function readMechanism(sections: Sections, id: number): MechanismResult {
  const result: MechanismResult = {
${read('terms')}
${read('output')}
    raw: readRaw(sections, id),
  }
  if (!sections.has(${tags.trace.values().next().value}, id)) return result
  return Object.assign(result, { trace: readTrace(sections, id) })
}

/** What {@link readTerms} gives, of the sections that are asked for. */
export function readAskedTerms(sections: Sections, id: number, asked: number): Asks<EpochTerms> {
  const terms: Asks<EpochTerms> = {}
${epoch.terms.map((field) => readAsked(field, tags.terms.get(field.name), 'terms')).join('\n')}
  return terms
}

/** What {@link readMechanism} gives, of the sections that are asked for. */
export function readAskedMechanism(sections: Sections, id: number, asked: number): Asks<MechanismResult> {
  const result: Asks<MechanismResult> = readAskedTerms(sections, id, asked)
${epoch.output.map((field) => readAsked(field, tags.output.get(field.name), 'result')).join('\n')}
  if (asked & SECTIONS_OF.raw) result.raw = readRaw(sections, id)
  if (sections.has(${tags.trace.values().next().value}, id)) result.trace = readTrace(sections, id)
  return result
}

/** Copies those terms that are asked for: of a mechanism, or of the combination of several, to the subnet's result. */
export function copyAskedTerms(to: Asks<EpochTerms>, from: Asks<EpochTerms>, asked: number): void {
${epoch.terms.map((field) => `  if (asked & ${bit(tags.terms.get(field.name))}) to.${field.member} = from.${field.member}!`).join('\n')}
}

/** Some of the members, while they are written. */
export type Asks<T> = { -readonly [K in keyof T]?: T[K] }

function readRaw(sections: Sections, id: number): RawTerms {
  return {
${read('raw')}
  }
}

function readTrace(sections: Sections, id: number): Trace {
  return {
${read('trace')}
  }
}

/** The result of an epoch, whose columns are those of \`terms\`. */
export function epochResult(
  { specVersion, n }: Pick<Snapshot, 'specVersion' | 'n'>,
  rules: EpochRules,
  terms: EpochTerms,
  mechanisms: EpochResult['mechanisms'],
): EpochResult {
  const result: Asks<EpochResult> = newResult()
  result.specVersion = specVersion
  result.rules = rules
  result.n = n
${epoch.terms.map(({ member }) => `  result.${member} = terms.${member}`).join('\n')}
  result.mechanisms = mechanisms
  return result as EpochResult
}

/** A subnet's columns, all empty. */
export function noColumns(): Column[] {
  return [${shared.flatMap((field) => emptyColumns(field)).join(', ')}]
}

/** What a snapshot calls otherwise than a file, by the file's name. */
export const MEMBERS: Readonly<Record<string, string>> = {
${members}
}
`
}

/** What TypeScript makes of a field's slots: the reverse of {@link writeScalar}. */
function readScalar(field, slot) {
  const { type, choice } = field
  const word = `words[${slot}]!`
  if (choice !== undefined) {
    const names = choice.variants.map(({ name }) => `'${name}'`).join(', ')
    return `([${names}] as const)[Number(${word})]!`
  }
  if (isOptionalU64(field)) {
    const missing = type === 'u64' ? 'undefined' : 'null'
    return `${word} === 0n ? ${missing} : words[${slot + 1}]!`
  }
  if (type === 'u64') return word
  if (type === 'bool') return `${word} !== 0n`
  if (type === 'i16') return `Number(BigInt.asIntN(64, ${word}))`
  if (optionalOf(type) !== undefined) return `${word} === NONE ? null : Number(${word})`
  return `Number(${word})`
}

/** How the columns of a field are read in their order. */
function readColumns({ type, shape }) {
  if (shape === 'rows') return 'columns.rows()'
  const reader = { u64: 'u64s', i64f64: 'u64s', u16: 'u16s', bool: 'u8s' }[optionalOf(type) ?? type]
  return `columns.${reader}()`
}

/** ts/engine/generated/state.ts */
export function engineState({ epoch }) {
  const { scalars, shared, scalar } = callLayout(epoch)
  const slots = scalars.filter((field) => isScalar(field) && !['trace', 'fields'].includes(field.name))
  const settable = slots.filter(({ name }) => name !== 'n' && name !== 'spec_version')
  const counts = (field) => (isOptionalU64(field) ? 2 : 1)
  const setter = (field) => {
    const slot = scalar.get(field.name)
    const write = writeScalar(field, slot, `(value as Snapshot['${field.member}'])`)
    const isBig = isOptionalU64(field) || field.type === 'u64'
    return `  ${field.member}: { slot: ${slot}, slots: ${counts(field)}, big: ${isBig}, write: (scalars, value) => ${write} },`
  }
  const split = shared.find(({ type }) => optionalOf(type) !== undefined)
  const readShared = shared.map((field) =>
    field === split
      ? `    ${field.member}: thereOrNull(words[${scalar.get(field.name)}]!, ${readColumns(field)}),`
      : `    ${field.member}: ${readColumns(field)},`,
  )
  return `${header('//', EPOCH_TABLE)}
import type { MechanismState, Snapshot, SparseRows } from '../../snapshot/types.ts'
import type { Scalars } from '../scalars.ts'

/** What stands for a number that is not there. */
const NONE = 0xffff_ffff_ffff_ffffn

/** Columns of a state, read one after the other. */
export interface StateColumns {
  u64s(): BigUint64Array
  u16s(): Uint16Array
  u8s(): Uint8Array
  rows(): SparseRows
}

/** A single value of a snapshot: its slots among the scalars, and how they are written. */
export interface ScalarField {
  readonly slot: number
  readonly slots: number
  /** Whether it is a bigint. */
  readonly big: boolean
  /** @throws {InputError} for a value out of range. */
  readonly write: (scalars: Scalars, value: unknown) => void
}

/** The single values of a snapshot, but for its spec version and the number of its neurons. */
export type SettableField =
${settable.map(({ member }) => `  | '${member}'`).join('\n')}

/** Each of them by its name. */
export const SETTABLE: Readonly<Record<SettableField, ScalarField>> = {
${settable.map(setter).join('\n')}
}

/** A snapshot from a state's scalars and columns. */
export function readSnapshot(words: BigUint64Array, columns: StateColumns, mechanisms: number): Snapshot {
  return {
${slots.map((field) => `    ${field.member}: ${readScalar(field, scalar.get(field.name))},`).join('\n')}
${readShared.join('\n')}
    mechanisms: Array.from({ length: mechanisms }, () => readMechanismState(columns)),
  }
}

function readMechanismState(columns: StateColumns): MechanismState {
  return {
${epoch.mechanism.map((field) => `    ${field.member}: ${readColumns(field)},`).join('\n')}
  }
}

function thereOrNull<T>(there: bigint, column: T): T | null {
  return there === 0n ? null : column
}
`
}
