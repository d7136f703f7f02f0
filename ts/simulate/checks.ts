/** What callers of simulation hand over, checked before anything is done with it. Every check throws `InputError`. */

import { checkShape } from '../engine/checks.ts'
import type { EpochResult } from '../engine/types.ts'
import {
  abortSignal,
  anObject,
  type Check,
  type Checks,
  callback,
  checkOptions,
  expecting,
  flag,
  integerFrom,
  listOf,
  oneOf,
  orNull,
  specVersion,
  text,
  typedArrayName,
  u16,
  u64,
  unexpectedValue,
  withMembers,
} from '../errors/options.ts'
import { hyperparameters } from '../snapshot/checks.ts'
import type { Snapshot } from '../snapshot/types.ts'
import type { SimulatorOptions } from './api.ts'
import { RECORDED } from './recorded.ts'
import type {
  AdvanceOptions,
  Change,
  Growth,
  MakeOptions,
  Quality,
  RowEntries,
  RunOptions,
  SimulateOptions,
  SimulatorKind,
  WhatIfOptions,
} from './types.ts'

const MAX_U32 = 0xffff_ffff
/** Tempos from a commit to its reveal: the chain allows no more. */
const MAX_INTERVAL = 100
/** Epochs back that a copier looks: so many stored consensuses are kept. */
const MAX_DELAY = 1000

const LOAD: Checks<SimulatorOptions> = {
  prefer: oneOf(['native', 'wasm', 'wasm-scalar'] satisfies SimulatorKind[]),
}

/** Options of `loadSimulator`. */
export function checkLoad(options: SimulatorOptions): void {
  checkOptions('options', options, LOAD)
}

const growth: Check = oneOf(['none', 'payout'] satisfies Growth[])
const block: Check = u64
const uid: Check = u16
/** Mechanisms have a number of a byte; how many a subnet has is seen where it is read. */
const mechanism: Check = integerFrom(0, 254)
const epochNumber: Check = integerFrom(0, MAX_U32)
const seed: Check = expecting('a whole number from 0 to 2^53 - 1, or a bigint below 2^64', (value) =>
  typeof value === 'bigint'
    ? value >= 0n && value < 2n ** 64n
    : Number.isSafeInteger(value) && (value as number) >= 0,
)
const rao: Check = expecting(
  'a bigint from -2^63 to 2^63 - 1',
  (value) => typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 63n,
)
/** A number that fixed-point numbers of 32 bits before the point can hold; what means something is seen where it is read. */
const real: Check = expecting(
  'a number between -2^31 and 2^31',
  (value) => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 2 ** 31,
)
const maxBytes: Check = integerFrom(0, Number.MAX_SAFE_INTEGER)
const columns: Check = listOf(oneOf(RECORDED))

/** A row's entries: as many uids as values. */
function row(field: string, value: unknown): void {
  anObject(field, value)
  const { uid, value: values } = value as RowEntries
  const wanted = 'a Uint16Array'
  if (typedArrayName(uid) !== 'Uint16Array') throw unexpectedValue(`${field}.uid`, wanted, uid)
  if (typedArrayName(values) !== 'Uint16Array') throw unexpectedValue(`${field}.value`, wanted, values)
  if (uid.length !== values.length)
    throw unexpectedValue(`${field}.value`, `${uid.length} values, one for each uid`, values.length)
}

type KindOf<K extends Change['kind']> = Extract<Change, { readonly kind: K }>
type Fields<K extends Change['kind']> = {
  readonly [F in keyof Omit<KindOf<K>, 'kind'>]-?: readonly [check: Check, needed: boolean]
}

const need = (check: Check): readonly [Check, boolean] => [check, true]
const may = (check: Check): readonly [Check, boolean] => [check, false]

/** What each kind of change says. The values of fields are checked as they cross. */
const CHANGES: { readonly [K in Change['kind']]: Fields<K> } = {
  weight: {
    from: need(uid),
    to: need(u16),
    value: need(u16),
    mechanism: may(mechanism),
    block: may(block),
  },
  row: { uid: need(uid), weights: need(row), mechanism: may(mechanism), block: may(block) },
  bonds: { uid: need(uid), bonds: need(row), mechanism: may(mechanism) },
  submit: { uid: need(uid), weights: need(row), mechanism: may(mechanism) },
  stake: { uid: need(uid), rao: need(u64) },
  'add-stake': { uid: need(uid), rao: need(rao) },
  set: { field: need(text), value: need(() => {}) },
  split: {
    parts: need(
      orNull(expecting('a Uint16Array or null', (value) => typedArrayName(value) === 'Uint16Array')),
    ),
  },
  register: {
    uid: may(uid),
    block: may(block),
    stake: may(u64),
    hotkey: may(text),
    coldkey: may(text),
  },
  registered: { uid: need(uid), block: need(block) },
  permit: { uid: need(uid), permit: need(flag) },
  'last-update': { uid: need(uid), block: need(block), mechanism: may(mechanism) },
  commit: { uid: need(uid), block: need(orNull(u64)), mechanism: may(mechanism) },
  spec: { specVersion: need(specVersion) },
}

const kind: Check = oneOf(Object.keys(CHANGES))

/** A change; its field is named by itself. */
export function checkChange(change: Change): void {
  anObject('change', change)
  kind('kind', change.kind)
  const fields: Readonly<Record<string, readonly [Check, boolean]>> = CHANGES[change.kind]
  for (const name of Object.keys(change)) {
    if (name !== 'kind' && !(name in fields))
      throw unexpectedValue(name, `no such field of a change of kind ${change.kind}`, name)
  }
  for (const [name, [check, needed]] of Object.entries(fields)) {
    const value = (change as unknown as Readonly<Record<string, unknown>>)[name]
    if (needed || value !== undefined) check(name, value)
  }
}

/** A list of changes, of which each is checked by itself. */
export const changeList: Check = listOf(anObject)

const scheduled: Check = (field, value) => {
  withMembers('changes of an epoch', 'epoch', 'changes')(field, value)
  const { epoch, changes } = value as { epoch: unknown; changes: unknown }
  epochNumber(`${field}.epoch`, epoch)
  changeList(`${field}.changes`, changes)
}

export function checkOpenOptions(options: { readonly asSpec?: number }): void {
  checkOptions('options', options, { asSpec: specVersion })
}

export function checkWhatIf(changes: unknown, options: WhatIfOptions): void {
  changeList('changes', changes)
  checkOptions('options', options, { asSpec: specVersion })
}

const result: Check = withMembers(
  'the result of an epoch',
  'specVersion',
  'mechanisms',
  'validatorPermit',
  'serverEmission',
  'validatorEmission',
)

export function checkAdvance(
  snapshot: Snapshot,
  of: EpochResult,
  changes: unknown,
  options: AdvanceOptions,
): void {
  checkShape(snapshot)
  result('result', of)
  changeList('changes', changes)
  checkOptions('options', options, { grow: growth })
}

export function checkRun(epochs: number, options: RunOptions): void {
  integerFrom(0, 1_000_000)('epochs', epochs)
  checkOptions('options', options, RUN)
}

const RUN: Checks<RunOptions> = {
  record: columns,
  every: integerFrom(1, MAX_U32),
  changes: listOf(scheduled),
  maxBytes,
}

const qualityChange: Check = (field, value) => {
  withMembers('a change of quality', 'epoch', 'uid', 'value')(field, value)
  const { epoch, uid: of, value: becomes } = value as Readonly<Record<string, unknown>>
  epochNumber(`${field}.epoch`, epoch)
  uid(`${field}.uid`, of)
  real(`${field}.value`, becomes)
}

const QUALITY: Checks<Quality> = {
  values: (field, value) => {
    if (typedArrayName(value) === 'Float64Array') value = Array.from(value as Float64Array)
    listOf(real)(field, value)
  },
  changes: listOf(qualityChange),
  drift: real,
}

/** A quality; its values are needed. */
export function checkQuality(field: string, quality: Quality): void {
  withMembers('a quality', 'values')(field, quality)
  checkOptions(field, quality, QUALITY)
}

const SIMULATE: Checks<SimulateOptions> = {
  start: withMembers('a snapshot', 'mechanisms'),
  epochs: integerFrom(0, MAX_U32 - 1),
  agents: listOf(
    expecting('a named agent or a function', (value) =>
      ['object', 'function'].includes(typeof value === 'object' && value === null ? 'null' : typeof value),
    ),
  ),
  changes: listOf(scheduled),
  quality: expecting('a quality or an array of them', (value) => typeof value === 'object' && value !== null),
  record: columns,
  every: integerFrom(1, MAX_U32),
  grow: growth,
  commitReveal: (field, value) => {
    anObject(field, value)
    integerFrom(1, MAX_INTERVAL)(`${field}.interval`, (value as { interval?: unknown }).interval)
  },
  seed,
  asSpec: specVersion,
  maxBytes,
  signal: abortSignal,
  onProgress: callback,
}

export function checkSimulate(options: SimulateOptions): void {
  checkOptions('options', options, SIMULATE)
  for (const name of ['start', 'epochs'] as const) SIMULATE[name](name, options[name])
}

const MAKE: Checks<MakeOptions> = {
  n: integerFrom(1, 65535),
  validators: integerFrom(1, 65535),
  seed,
  mechanisms: integerFrom(1, 16),
  stake: u64,
  stakeDeviation: real,
  qualityDeviation: real,
  weightDeviation: real,
  specVersion,
  block: u64,
  emission: u64,
  hyperparameters,
}

export function checkMake(options: MakeOptions): void {
  checkOptions('options', options, MAKE)
  for (const name of ['n', 'validators', 'seed'] as const) MAKE[name](name, options[name])
}

/** What named agents say beside who they are, by their kind: the check of each, and whether it has to be there. */
export const AGENT_FIELDS: Readonly<Record<string, Readonly<Record<string, readonly [Check, boolean]>>>> = {
  honest: { noise: may(real) },
  copier: { delay: may(integerFrom(0, MAX_DELAY)) },
  cabal: { miners: need(listOf(uid)), share: need(real) },
  'self-voter': { share: may(real) },
  absent: {},
  late: { every: need(integerFrom(1, MAX_U32)), noise: may(real) },
  switching: { at: need(epochNumber), before: need(anObject), after: need(anObject) },
  registering: { every: need(integerFrom(1, MAX_U32)), stake: may(u64) },
  staking: { each: need(rao) },
}

/** What every named agent says of who it is. */
export const WHO_FIELDS: Readonly<Record<string, readonly [Check, boolean]>> = {
  uids: need(listOf(uid)),
  mechanism: may(mechanism),
  from: may(epochNumber),
  until: may(epochNumber),
}
