// The tables as a snapshot: its types in memory, and how a file's fields are read, checked and written.

import { itemDoc, itemSchema, itemType } from './chain.mjs'
import {
  CHAIN_TABLE,
  EPOCH_TABLE,
  grouped,
  header,
  hyperparameters,
  isScalar,
  optionalOf,
  tsDoc,
} from './tables.mjs'
import { declared, members, typeOf } from './typescript.mjs'

/** What a call says that a file says elsewhere, or not at all; the split is in a snapshot alone. */
const NO_FILE_FIELDS = ['spec_version', 'mechanism_emission_split', 'trace', 'fields']

/** The fields of an epoch's input in a file. */
function fileFields({ subnet, call }) {
  return [...subnet, ...call.filter(({ name }) => !NO_FILE_FIELDS.includes(name))]
}

/** A value as a literal of TypeScript. */
function literal({ type }, value) {
  return type === 'u64' ? `${grouped(value)}n` : String(value)
}

/** ts/snapshot/generated/types.ts */
export function snapshotTypes({ epoch }) {
  const input = [
    ...epoch.subnet,
    ...epoch.call.filter(({ member }) => !['specVersion', 'trace', 'fields'].includes(member)),
  ]
  return `${header('//', EPOCH_TABLE)}
import type { SparseRows } from '../types.ts'

/** What each mechanism of a subnet has of its own. */
export interface MechanismState {
${members(epoch.mechanism)}
}

/** What the mechanisms of a subnet share. Booleans in columns are 0 or 1. */
export interface SharedState {
${members(input)}
}
`
}

const CHECKS = { u16: 'u16', u64: 'u64', bool: 'flag', i16: 'i16' }

/** ts/snapshot/generated/hyperparameters.ts */
export function snapshotHyperparameters({ epoch }) {
  const settable = hyperparameters(epoch)
  const usual = settable.map((field) => `  ${field.member}: ${literal(field, field.usual)},`)
  const before = settable
    .filter(({ usual_before }) => usual_before !== undefined)
    .map((field) => {
      const { spec, value } = field.usual_before
      return `  [${spec}, { ${field.member}: ${literal(field, value)} }],`
    })
  const checks = settable.map(({ member, type }) => `  ${member}: ${CHECKS[type]},`)
  const { usual: version } = epoch.call.find(({ name }) => name === 'spec_version')
  return `${header('//', EPOCH_TABLE)}
import { type Checks, flag, i16, u16, u64 } from '../../errors/options.ts'
import type { SharedState } from './types.ts'

/** What a subnet's owner and the chain set by number, as far as an epoch reads it. */
export type Hyperparameters = Pick<
  SharedState,
${settable.map(({ member }) => `  | '${member}'`).join('\n')}
>

/**
 * What most subnets have: the initial values of the runtime (\`runtime/src/lib.rs\`, spec 425), and as on finney a
 * threshold of 1000 and 64 validators.
 */
export const USUAL_HYPERPARAMETERS: Hyperparameters = {
${usual.join('\n')}
}

/** What the runtime's initial value was at the spec versions before the one named, where that was another. */
export const USUAL_BEFORE: readonly (readonly [spec: number, values: Partial<Hyperparameters>])[] = [
${before.join('\n')}
]
/** What each hyperparameter may be. */
export const HYPERPARAMETER_CHECKS: Checks<Hyperparameters> = {
${checks.join('\n')}
}

/** The spec version of what is made up or imported, where none is named. */
export const USUAL_SPEC_VERSION: number = ${version}
`
}

const SCHEMAS = { u16: 'u16', u64: 'u64', bool: 'flag', i16: 'i16' }

function schema({ type, least, default: fallback, optional: mayBeMissing, choice }) {
  if (mayBeMissing) return `v.optional(${schema({ type, least, choice })})`
  if (choice !== undefined) {
    const names = choice.variants.map(({ name }) => name)
    const words = `${names
      .slice(0, -1)
      .map((name) => `"${name}"`)
      .join(', ')} or "${names.at(-1)}"`
    return `v.picklist([${names.map((name) => `'${name}'`).join(', ')}], '${words}')`
  }
  const optional = optionalOf(type)
  if (optional !== undefined) return `v.nullable(${schema({ type: optional, default: fallback })})`
  if (least !== undefined) return `integer(${least}, 0xffff)`
  if (fallback === undefined) return SCHEMAS[type]
  return `v.optional(${SCHEMAS[type]}, ${type === 'u64' ? `'${fallback}'` : fallback})`
}

function columnReader({ type, shape }) {
  if (shape === 'rows') return 'readRows'
  return { u64: 'readU64s', i64f64: 'readI128s', bool: 'readFlags', u16: 'readU16s' }[type]
}

function readers(fields, place) {
  return fields
    .map(
      (field) => `    ${field.json}: () => {
      columns.${field.member} = ${columnReader(field)}(source, ${place(field)})
    },`,
    )
    .join('\n')
}

/** A column's name in files and type. */
function columnType(field) {
  return `  ${field.member}: { field: '${field.json}', type: '${typeOf(field)}' },`
}

/** The check of a column's length, where the chain could not hold another. */
function lengthCheck({ type, shape, member, json, with: when }, place) {
  const length =
    { rows: `${member}.rowStart.length - 1` }[shape] ??
    (type === 'i64f64' ? `${member}.length / 2` : `${member}.length`)
  const check = `checkLength(source, ${place(json)}, ${length}, fields.n)`
  if (shape === 'any') return []
  if (shape === 'n or none') return [`if (fields.${when} || ${member}.length > 0) ${check}`]
  return [check]
}

function check(columns, place) {
  const taken = columns.map(({ member, json, optional }) =>
    optional
      ? `const { ${member} } = columns`
      : `const ${member} = required(source, ${place(json)}, columns.${member})`,
  )
  return [...taken, ...columns.flatMap((field) => lengthCheck(field, place))]
    .map((line) => `  ${line}`)
    .join('\n')
}

/** The members of an object, those that may be missing only where they are not. */
function given(fields, member) {
  const lines = (some) => some.map((field) => `    ${member(field)},`).join('\n')
  const optional = fields.filter(({ optional }) => optional)
  return `${lines(fields.filter(({ optional }) => !optional))}\n    ...present({\n${lines(optional)}\n    }),`
}

/** A field at its default is left out, so that files without it stay what they were. */
function writeScalar(field) {
  const { type, json, member, optional, default: fallback } = field
  const value = `snapshot.${member}`
  if (type === 'u64' && optional) return `    ${json}: ${value}?.toString(),`
  if (type === 'option<u64>') return `    ${json}: ${value}?.toString() ?? ${value},`
  const text = type === 'u64' ? `String(${value})` : value
  if (fallback === undefined) return `    ${json}: ${text},`
  return `    ${json}: ${value} === ${literal(field, fallback)} ? undefined : ${text},`
}

function writeColumn({ optional, ...field }, from, comma) {
  if (!optional) return writtenColumn(field, from, comma)
  const [line] = writtenColumn(field, from, comma)
  return [`if (${from}${field.member} !== undefined) ${line}`]
}

function writtenColumn({ type, shape, json, member }, from, comma) {
  const value = `${from}${member}`
  const name = `${comma}"${json}":`
  if (shape === 'rows') return [`yield '${name}'`, `yield* jsonRows(${value})`]
  const writer = { u64: 'jsonDecimals', i64f64: 'jsonI128s', bool: 'jsonFlags', u16: 'jsonNumbers' }[type]
  return [`yield \`${name}\${${writer}(${value})}\``]
}

function lines(all) {
  return all.map((line) => `  ${line}`).join('\n')
}

/** ts/snapshot/generated/file.ts */
export function snapshotFile({ epoch }) {
  const fields = fileFields(epoch)
  const scalars = fields.filter(isScalar)
  const shared = fields.filter((field) => !isScalar(field))
  const own = epoch.mechanism
  const optional = (field) => `  ${field.member}?: ${typeOf(field)}`
  const inMechanism = (json) => `placeOf('${json}', mechanism)`
  const atTop = (json) => `{ field: '${json}' }`
  return `${header('//', EPOCH_TABLE)}
import * as v from 'valibot'
import { readFlags, readI128s, readRows, readU16s, readU64s } from '../columns.ts'
import { jsonDecimals, jsonFlags, jsonI128s, jsonNumbers, jsonRows } from '../json-columns.ts'
import { flag, i16, integer, u16, u64 } from '../schemas.ts'
import { present } from '../present.ts'
import type { FieldReaders, Source } from '../source.ts'
import { type ColumnType, checkLength, placeOf, required } from '../state.ts'
import type { MechanismState, Snapshot, SparseRows } from '../types.ts'
import type { SharedState } from './types.ts'

/** The single values of an epoch's input, checked. */
export interface EpochFields {
${scalars.map((field) => `  readonly ${declared({ ...field, member: field.json })}`).join('\n')}
}

/** What each of the single values may be. */
export const EPOCH_ENTRIES: { readonly [K in keyof EpochFields]-?: v.GenericSchema<unknown, EpochFields[K]> } = {
${scalars.map((field) => `  ${field.json}: ${schema(field)},`).join('\n')}
}

/** The columns that a subnet's mechanisms share, as far as they were read. */
export interface SharedColumns {
${shared.map(optional).join('\n')}
}

/** One mechanism's columns, as far as they were read. */
export interface MechanismColumns {
${own.map(optional).join('\n')}
}

/** Array types of the shared columns. */
export const SHARED_TYPES: { readonly [K in keyof Required<SharedColumns>]: ColumnType } = {
${shared.map(columnType).join('\n')}
}

/** Array types of a mechanism's columns. */
export const MECHANISM_TYPES: { readonly [K in keyof Required<MechanismColumns>]: ColumnType } = {
${own.map(columnType).join('\n')}
}

/** Readers of the shared columns into \`columns\`. */
export function sharedReaders(source: Source, columns: SharedColumns): FieldReaders {
  return {
${readers(shared, ({ json }) => atTop(json))}
  }
}

/** Readers of a mechanism's columns into \`columns\`. \`mechanism\` is its number where the file has several. */
export function mechanismReaders(
  source: Source,
  columns: MechanismColumns,
  mechanism?: number,
): FieldReaders {
  return {
${readers(own, ({ json }) => inMechanism(json))}
  }
}

/**
 * The state that mechanisms share, but for the split of the emission.
 * @throws {InputError} where a column is missing or of a length that the chain could not hold.
 */
export function checkShared(
  source: Source,
  fields: EpochFields,
  columns: SharedColumns,
): Omit<SharedState, 'mechanismEmissionSplit'> {
${check(shared, atTop)}
  return {
${given(fields, (field) => (isScalar(field) ? `${field.member}: fields.${field.json}` : field.member))}
  }
}

/**
 * A mechanism's state.
 * @throws {InputError} where a column is missing or of a length that the chain could not hold.
 */
export function checkMechanism(
  source: Source,
  columns: MechanismColumns,
  fields: EpochFields,
  mechanism?: number,
): MechanismState {
${check(own, inMechanism)}
  return {
${given(own, ({ member }) => member)}
  }
}

/** The single values as a file has them. */
export function epochScalars(snapshot: Snapshot): Record<string, unknown> {
  return {
${scalars.map(writeScalar).join('\n')}
  }
}

/** The shared columns as members of a JSON object that has others before. */
export function* sharedPieces(snapshot: Snapshot): Generator<string> {
${lines(shared.flatMap((field) => writeColumn(field, 'snapshot.', ',')))}
}

/** A mechanism's columns as a JSON object. */
export function* mechanismPieces({ ${own.map(({ member }) => member).join(', ')} }: MechanismState): Generator<string> {
${lines(own.flatMap((field, i) => writeColumn(field, '', i === 0 ? '{' : ',')))}
  yield '}'
}
`
}

/** ts/snapshot/generated/items.ts */
export function snapshotItems({ chain }) {
  const [network, subnet] = ['NetworkItems', 'SubnetItems'].map((name) =>
    chain.find((group) => group.interface === name),
  )
  const declared = (group) =>
    group.items
      .map((item) => `${tsDoc(itemDoc(item), '  ')}\n  readonly ${item.member}: ${itemType(item)}`)
      .join('\n')
  const entries = (group) => group.items.map((item) => `  ${item.member}: ${itemSchema(item)},`).join('\n')
  return `${header('//', CHAIN_TABLE)}
import * as v from 'valibot'
import type { FlowEma } from '../network.ts'
import { bits, flag, flowEma, recycleOrBurn, shortText, u16, u64 } from '../schemas.ts'

/**
 * Items of the whole network that a block's emission reads. Names are the chain's storage names in camel case;
 * fixed-point values are their raw bits, of the type that is named. An item that a runtime does not have stands at the
 * value that says so.
 */
export interface NetworkItems {
${declared(network)}
}

/**
 * Items of one subnet beside those that an epoch reads: schedule, pending amounts, pool, switches. Same conventions as
 * {@link NetworkItems}.
 */
export interface SubnetItems {
${declared(subnet)}
}

/** What items of the network are in a file. */
export const NETWORK_ITEMS: v.GenericSchema<unknown, NetworkItems> = v.object({
${entries(network)}
})

/** What items of a subnet are in a file. */
export const SUBNET_ITEMS: v.GenericSchema<unknown, SubnetItems> = v.object({
${entries(subnet)}
})
`
}
