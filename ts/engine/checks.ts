/** What callers of an engine hand over, checked before anything is done with it. Every check throws `InputError`. */

import {
  areOptions,
  type Check,
  type Checks,
  checkOptions,
  expecting,
  flag,
  oneOf,
  specVersion,
  text,
  typedArrayName,
  unexpectedValue,
} from '../errors/options.ts'
import type { WasmSource } from '../runtime/source.ts'
import type { WasmVariant } from '../runtime/variant.ts'
import type { Snapshot } from '../snapshot/types.ts'
import type { LoadOptions } from './api.ts'
import { SECTIONS_OF } from './generated/wire.ts'
import type { AnyFieldsOption, EngineKind, EpochField, EpochOptions, PreparedSnapshot } from './types.ts'

const LOAD: Checks<LoadOptions> = {
  prefer: oneOf(['native', 'wasm', 'wasm-scalar', 'reference'] satisfies EngineKind[]),
  kernel: text,
}

/** Options of `loadEngine`. */
export function checkLoad(options: LoadOptions): void {
  checkOptions('options', options, LOAD)
}

/** Where a module's bytes come from. */
export const moduleSource: Check = expecting(
  'bytes, a WebAssembly.Module, a Response, an address, or a promise of one',
  (value) =>
    (typeof value === 'string' && value !== '') ||
    (typeof value === 'object' &&
      value !== null &&
      (ArrayBuffer.isView(value) || SOURCES.includes(Object.prototype.toString.call(value)))),
)

const SOURCES: readonly string[] = ['ArrayBuffer', 'WebAssembly.Module', 'Response', 'URL', 'Promise'].map(
  (name) => `[object ${name}]`,
)

/** Options of whatever loads a module. */
export const MODULE_OPTIONS: Checks<{ variant?: WasmVariant; module?: WasmSource | Promise<WasmSource> }> = {
  variant: oneOf(['simd', 'scalar'] satisfies WasmVariant[]),
  module: moduleSource,
}

/** Options of one epoch or a batch. Spelled out: they are checked at every epoch. */
export function checkEpochOptions(options: (EpochOptions & AnyFieldsOption) | undefined): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw unexpectedValue('options', 'an object of options', options)
  const { trace, asSpec, into, fields } = options
  const isEmpty = trace === undefined && asSpec === undefined && into === undefined && fields === undefined
  if (isEmpty && !areOptions(options, CALL_OPTIONS))
    throw unexpectedValue('options', 'an object of options', options)
  if (trace !== undefined) flag('trace', trace)
  if (asSpec !== undefined) specVersion('asSpec', asSpec)
  if (into !== undefined) result('into', into)
  if (fields !== undefined) checkFields(fields)
}

function checkFields(fields: readonly EpochField[]): void {
  if (!Array.isArray(fields)) throw unexpectedValue('fields', 'an array of fields', fields)
  for (const field of fields) if (!Object.hasOwn(SECTIONS_OF, field)) throw noField(field)
}

function noField(field: unknown): Error {
  return unexpectedValue('fields', `of ${Object.keys(SECTIONS_OF).join(', ')}`, field)
}

/** Options of a call, those of a worker's among them. */
const CALL_OPTIONS = ['signal', 'transfer']

const result: Check = expecting(
  'the result of an epoch',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Array.isArray((value as { mechanisms?: unknown }).mechanisms),
)

/** Snapshots of a batch. */
export function checkSnapshots(snapshots: readonly (Snapshot | PreparedSnapshot)[]): void {
  if (!Array.isArray(snapshots)) throw unexpectedValue('snapshots', 'an array of snapshots', snapshots)
}

/** That a snapshot has the parts that its columns are in; what is in them is checked where it is read. */
export function checkShape(snapshot: Snapshot): void {
  if (typeof snapshot !== 'object' || snapshot === null)
    throw unexpectedValue('snapshot', 'a snapshot', snapshot)
  const { mechanisms } = snapshot
  if (!Array.isArray(mechanisms)) throw unexpectedValue('mechanisms', 'an array of mechanisms', mechanisms)
  for (let id = 0; id < mechanisms.length; id++) {
    const mechanism: unknown = mechanisms[id]
    if (typeof mechanism !== 'object' || mechanism === null)
      throw unexpectedValue(`mechanisms[${id}]`, 'a mechanism', mechanism)
    const { weights, bonds } = mechanism as Readonly<Record<string, unknown>>
    if (typeof weights !== 'object' || weights === null) throw noRows('weights', id, weights)
    if (typeof bonds !== 'object' || bonds === null) throw noRows('bonds', id, bonds)
  }
  if (
    snapshot.mechanismEmissionSplit !== null &&
    typedArrayName(snapshot.mechanismEmissionSplit) === undefined
  )
    throw unexpectedValue(
      'mechanism_emission_split',
      'a Uint16Array or null',
      snapshot.mechanismEmissionSplit,
    )
}

function noRows(field: string, mechanism: number, value: unknown): Error {
  return unexpectedValue(`mechanisms[${mechanism}].${field}`, 'rows', value)
}
