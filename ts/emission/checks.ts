/** What callers of emission hand over, checked before it crosses. Every check throws `InputError`. */

import type { EpochResult, MechanismResult } from '../engine/types.ts'
import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  flag,
  integerFrom,
  listOf,
  oneOf,
  orNull,
  specVersion,
  typedArrayName,
  u64,
  unexpectedValue,
  withMembers,
  withMethods,
} from '../errors/options.ts'
import type { Column } from '../runtime/layout.ts'
import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import type { Snapshot, SparseRows } from '../snapshot/types.ts'
import type { EmissionOptions } from './api.ts'
import type { TableSet } from './columns.ts'
import type { PotsRequest } from './explain.ts'
import type { DistributeOptions, OpenOptions, RunOptions, Step } from './network.ts'
import type { RelationColumns, StakeWeightsRequest } from './subnet-functions.ts'
import type { EmissionKind } from './types.ts'

const LOAD: Checks<EmissionOptions> = {
  prefer: oneOf(['native', 'wasm', 'wasm-scalar'] satisfies EmissionKind[]),
}

/** Options of `loadEmission`. */
export function checkLoad(options: EmissionOptions): void {
  checkOptions('options', options, LOAD)
}

/** What a function is asked, an object whose values are checked one by one as they cross. */
export function checkRequest(name: string, request: unknown): void {
  anObject(name, request)
}

/** A column of a type. */
export function column<T extends Column>(field: string, value: T, type: string): T {
  const found = typedArrayName(value)
  if (found === type) return value
  if (found !== undefined) throw unexpectedValue(field, `a ${type} and no ${found}`, value)
  throw unexpectedValue(field, `a ${type}`, value)
}

const OPEN: Checks<OpenOptions> = {
  specVersion,
  columns: anObject,
  accounts: withMethods('accounts', 'of', 'address'),
  plain: flag,
  asSpec: specVersion,
}

/** Columns that a network is opened with; what is in them is checked as they cross. */
export function checkOpen(options: OpenOptions): void {
  checkOptions('state', options, OPEN)
  if (options.columns === undefined) anObject('columns', options.columns)
}

/** By which rules a network is opened. */
export function checkOpenOptions(options: { readonly asSpec?: number }): void {
  checkOptions('options', options, { asSpec: specVersion })
}

const STEP: Checks<Step> = {
  operations: listOf(anObject),
  epochs: listOf((field, epoch) => {
    anObject(field, epoch)
    listOf(anObject)(`${field}.earned`, (epoch as { earned?: unknown }).earned)
  }),
}

const RUN: Checks<RunOptions> = {
  steps: listOf((field, step) => {
    anObject(field, step)
    checkOptions(field, step as Step, STEP)
  }),
  reports: oneOf(['all', 'last']),
}

export function checkRun(options: RunOptions): void {
  checkOptions('options', options, RUN)
}

const PENDING: Checks<NonNullable<DistributeOptions['pending']>> = {
  server: u64,
  validator: u64,
  root: u64,
  owner: u64,
}

const DISTRIBUTE: Checks<DistributeOptions> = {
  netuid: integerFrom(0, 0xffff),
  pending: (field, pending) => {
    anObject(field, pending)
    checkOptions(field, pending as NonNullable<DistributeOptions['pending']>, PENDING)
  },
  earned: listOf(anObject),
  block: u64,
}

export function checkDistribute(options: DistributeOptions): void {
  checkOptions('options', options, DISTRIBUTE)
}

const SNAPSHOT = withMembers('a snapshot of a chain', 'stateBlock', 'network')

/** A snapshot of a network, or of one subnet; what it holds is checked as it becomes columns. */
export function checkState(snapshot: NetworkSnapshot | ChainSnapshot): void {
  SNAPSHOT('snapshot', snapshot)
  specVersion('specVersion', snapshot.specVersion)
  u64('stateBlock', snapshot.stateBlock)
  anObject('network', snapshot.network)
  if ('subnets' in snapshot) listOf(subnetState)('subnets', snapshot.subnets)
  else subnetState('snapshot', { ...snapshot, epoch: snapshot })
}

const subnetState: Check = (field, value) => {
  withMembers('a subnet', 'netuid', 'subnet', 'epoch')(field, value)
  const { netuid, subnet, epoch } = value as { netuid: unknown; subnet: unknown; epoch: unknown }
  integerFrom(0, 0xffff)(`${field}.netuid`, netuid)
  anObject(`${field}.subnet`, subnet)
  orNull(withMembers('a snapshot', 'mechanisms', 'hotkeys', 'accounts'))(`${field}.epoch`, epoch)
}

/** A set of tables, as this package exports them. */
export const checkSet: Check = (field, value) => {
  withMembers('a set of tables', 'tables', 'table', 'under')(field, value)
  if (!((value as { table: unknown }).table instanceof Map))
    throw unexpectedValue(field, 'a set of tables', value)
}

/** Columns of a set of tables: each is there, and its columns are arrays. */
export function checkColumns(field: string, set: AnySet, columns: unknown): void {
  anObject(field, columns)
  for (const { name, record, per, columns: own } of set.tables) {
    const table = (columns as Readonly<Record<string, unknown>>)[name]
    anObject(`${field}.${name}`, table)
    if (record) continue
    for (const column of [...(per === undefined ? [] : ['start']), ...own.map((spec) => spec.name)]) {
      const array = (table as Readonly<Record<string, unknown>>)[column]
      if (typedArrayName(array) === undefined)
        throw unexpectedValue(`${field}.${name}.${column}`, 'a typed array', array)
    }
  }
}

type AnySet = Pick<TableSet<unknown, unknown>, 'tables'>

export function checkReport(report: unknown): void {
  withMembers('the report of a block', 'swaps', 'emissions')('report', report)
}

export function checkPayout(payout: unknown, owners: unknown): void {
  withMembers("an epoch's payout", 'incentives', 'alphaDividends', 'rootDividends')('payout', payout)
  withMembers('the owners of hotkeys', 'hotkey', 'coldkey')('owners', owners)
}

/** A place in a column of two words each. */
export function checkWide(column: BigUint64Array, row: number): void {
  if (typedArrayName(column) !== 'BigUint64Array') throw unexpectedValue('column', 'a BigUint64Array', column)
  integerFrom(0, Math.max(0, column.length / 2 - 1))('row', row)
}

/** The columns that stakes are weighed from; their lengths are checked where they are read. */
export function stakeColumns(request: StakeWeightsRequest): Column[] {
  const { n, totalHotkeyAlpha, rootAlpha, suspended, registered, childKeys, parentKeys } = request
  return [
    column('totalHotkeyAlpha', totalHotkeyAlpha, 'BigUint64Array'),
    column('rootAlpha', rootAlpha, 'BigUint64Array'),
    suspended === undefined
      ? new Uint8Array(totalHotkeyAlpha.length)
      : column('suspended', suspended, 'Uint8Array'),
    registered === undefined ? new Uint8Array(n).fill(1) : column('registered', registered, 'Uint8Array'),
    ...relationColumns('childKeys', childKeys),
    ...relationColumns('parentKeys', parentKeys),
  ]
}

function relationColumns(field: string, relations: RelationColumns): Column[] {
  anObject(field, relations)
  return [
    column(`${field}.rowStart`, relations.rowStart, 'Uint32Array'),
    column(`${field}.account`, relations.account, 'Uint32Array'),
    column(`${field}.proportion`, relations.proportion, 'BigUint64Array'),
  ]
}

/** A mechanism of a snapshot, and the snapshot's columns beside it. */
export function mechanismOf(snapshot: Snapshot, mechanism: number): Snapshot['mechanisms'][number] {
  withMembers('a snapshot', 'mechanisms')('snapshot', snapshot)
  integerFrom(0, Math.max(0, snapshot.mechanisms.length - 1))('mechanism', mechanism)
  return snapshot.mechanisms[mechanism]!
}

/** Columns of what masks look at. */
export function maskColumns(snapshot: Snapshot, mechanism: Snapshot['mechanisms'][number]): Column[] {
  const { lastUpdate, commitBlocks, weights } = mechanism
  return [
    column('blockAtRegistration', snapshot.blockAtRegistration, 'BigUint64Array'),
    column('validatorPermit', snapshot.validatorPermit, 'Uint8Array'),
    column('lastUpdate', lastUpdate, 'BigUint64Array'),
    column('commitBlocks', commitBlocks, 'BigUint64Array'),
    ...rowColumns('weights', weights),
  ]
}

function rowColumns(field: string, rows: SparseRows): Column[] {
  anObject(field, rows)
  return [
    column(`${field}.rowStart`, rows.rowStart, 'Uint32Array'),
    column(`${field}.uid`, rows.uid, 'Uint16Array'),
    column(`${field}.value`, rows.value, 'Uint16Array'),
  ]
}

/** A mechanism's result as an epoch gives it when it is asked for a trace. */
export function checkTraced(mechanism: MechanismResult): Required<Pick<MechanismResult, 'raw' | 'trace'>> {
  withMembers("a mechanism's result", 'raw')('mechanism', mechanism)
  const { raw, trace } = mechanism
  if (trace === undefined)
    throw unexpectedValue('mechanism.trace', 'an epoch run with { trace: true }', trace)
  return { raw, trace }
}

/** What an epoch gave. */
export const checkResult = (result: EpochResult): void => {
  withMembers('the result of an epoch', 'n', 'mechanisms')('result', result)
  listOf(withMembers("a mechanism's result", 'raw', 'share'))('result.mechanisms', result.mechanisms)
}

const POTS: Checks<PotsRequest> = {
  specVersion,
  mechanismEmissionSplit: orNull((field, value) => void column(field, value as Column, 'Uint16Array')),
  stored: (field, value) => {
    withMembers('what an epoch stored', 'emission')(field, value)
    const { emission, ...others } = value as PotsRequest['stored']
    column(`${field}.emission`, emission, 'BigUint64Array')
    for (const name of ['stakeWeight', 'consensus', 'dividends', 'validatorTrust'] as const)
      column(`${field}.${name}`, others[name], 'Uint16Array')
  },
  replaced: (field, value) => {
    if (!(value instanceof Set)) throw unexpectedValue(field, 'a set of uids', value)
  },
  least: u64,
  most: u64,
}

export function checkPots(request: PotsRequest): void {
  checkOptions('request', request, POTS)
}
