/** Changes as they cross: the columns that `bindings/wire/src/simulate/changes.rs` reads. */

import { SETTABLE } from '../engine/generated/state.ts'
import { newScalars } from '../engine/wire.ts'
import { InputError } from '../errors/index.ts'
import type { Column } from '../runtime/layout.ts'
import { checkChange } from './checks.ts'
import { faultAt } from './port.ts'
import type { Change, RowEntries, ScheduledChanges } from './types.ts'

/** The kinds by number. */
const KIND = {
  weight: 0,
  row: 1,
  bonds: 2,
  lastUpdate: 3,
  commit: 4,
  stake: 5,
  addStake: 6,
  permit: 8,
  registered: 9,
  replace: 10,
  append: 11,
  split: 12,
  set: 13,
  submit: 14,
} as const

/** What stands for a number that is not given. */
const NONE = 0xffff_ffff_ffff_ffffn
/** The slot of the spec version. */
const SPEC_SLOT = 0

/** One change as it crosses; what it does not say is 0. */
interface Entry {
  readonly kind: number
  readonly mechanism?: number
  readonly uid?: number
  readonly to?: number
  readonly value?: number
  readonly low?: bigint
  readonly high?: bigint
  readonly row?: RowEntries
}

const NO_ROW: RowEntries = { uid: new Uint16Array(0), value: new Uint16Array(0) }

/** Where each entry comes from: of which epoch the change of which place it is. */
export interface Origin {
  readonly epoch?: number
  readonly change: number
}

/** Changes ready to cross. */
export interface EncodedChanges {
  readonly columns: Column[]
  /** By entry: several can come of one change. */
  readonly origins: readonly Origin[]
}

/** The entries of a change. */
function entriesOf(change: Change): Entry[] {
  checkChange(change)
  const { kind } = change
  switch (kind) {
    case 'weight': {
      const { from: uid, to, value, mechanism = 0, block } = change
      return [{ kind: KIND.weight, mechanism, uid, to, value }, ...updated(uid, mechanism, block)]
    }
    case 'row': {
      const { uid, weights, mechanism = 0, block } = change
      return [{ kind: KIND.row, mechanism, uid, row: weights }, ...updated(uid, mechanism, block)]
    }
    case 'bonds':
      return [{ kind: KIND.bonds, mechanism: change.mechanism ?? 0, uid: change.uid, row: change.bonds }]
    case 'submit':
      return [{ kind: KIND.submit, mechanism: change.mechanism ?? 0, uid: change.uid, row: change.weights }]
    case 'stake':
      return [{ kind: KIND.stake, uid: change.uid, low: change.rao }]
    case 'add-stake':
      return [{ kind: KIND.addStake, uid: change.uid, low: BigInt.asUintN(64, change.rao) }]
    case 'set':
      return [setOf(change.field, change.value)]
    case 'split': {
      const { parts } = change
      if (parts === null) return [{ kind: KIND.split }]
      return [{ kind: KIND.split, value: 1, row: { uid: new Uint16Array(parts.length), value: parts } }]
    }
    case 'register': {
      const { uid, block = NONE, stake = 0n } = change
      const kind = uid === undefined ? KIND.append : KIND.replace
      return [{ kind, uid: uid ?? 0, low: block, high: stake }]
    }
    case 'registered':
      return [{ kind: KIND.registered, uid: change.uid, low: change.block }]
    case 'permit':
      return [{ kind: KIND.permit, uid: change.uid, value: change.permit ? 1 : 0 }]
    case 'last-update':
      return updated(change.uid, change.mechanism ?? 0, change.block)
    case 'commit': {
      const { uid, mechanism = 0, block } = change
      return [{ kind: KIND.commit, mechanism, uid, low: block ?? NONE }]
    }
    case 'spec':
      return [{ kind: KIND.set, to: SPEC_SLOT, low: BigInt(change.specVersion) }]
  }
}

function updated(uid: number, mechanism: number, block: bigint | undefined): Entry[] {
  return block === undefined ? [] : [{ kind: KIND.lastUpdate, mechanism, uid, low: block }]
}

/** @throws {InputError} for a field that there is not, or a value out of its range. */
function setOf(name: string, value: unknown): Entry {
  const field = Object.hasOwn(SETTABLE, name) ? SETTABLE[name as keyof typeof SETTABLE] : undefined
  if (field === undefined) {
    const expected = `expected one of ${Object.keys(SETTABLE).join(', ')}, found ${JSON.stringify(name)}`
    throw new InputError({ field: 'field', expected })
  }
  const scalars = newScalars()
  field.write(scalars, value)
  const { slot, slots } = field
  return {
    kind: KIND.set,
    to: slot,
    low: scalars.words[slot]!,
    high: slots === 2 ? scalars.words[slot + 1]! : 0n,
  }
}

/**
 * Changes of the next epoch.
 * @throws {InputError} naming the change and its field.
 */
export function encodeChanges(changes: readonly Change[]): EncodedChanges {
  return encode(changes.map((change, at) => ({ epoch: 0, origin: { change: at }, change })))
}

/** @throws {InputError} for changes that are not in the order of their epochs. */
export function checkOrder(schedule: readonly ScheduledChanges[]): void {
  const unordered = schedule.findIndex(({ epoch }, at) => at > 0 && epoch < schedule[at - 1]!.epoch)
  if (unordered < 0) return
  const expected = 'expected changes in the order of their epochs'
  throw new InputError({ field: `changes[${unordered}].epoch`, expected })
}

/**
 * Changes of epochs to come.
 * @throws {InputError} naming the epoch, the change and its field.
 */
export function encodeSchedule(schedule: readonly ScheduledChanges[]): EncodedChanges {
  const all = schedule.flatMap(({ epoch, changes }) =>
    changes.map((change, at) => ({ epoch, origin: { epoch, change: at }, change })),
  )
  checkOrder(schedule)
  return encode(all)
}

function encode(
  all: readonly { readonly epoch: number; readonly origin: Origin; readonly change: Change }[],
): EncodedChanges {
  const entries = all.flatMap(({ epoch, origin, change }) => {
    try {
      return entriesOf(change).map((entry) => ({ epoch, origin, entry }))
    } catch (error) {
      throw error instanceof InputError ? faultAt(error, origin) : error
    }
  })
  const rows = entries.map(({ entry }) => entry.row ?? NO_ROW)
  const length = rows.reduce((sum, { uid }) => sum + uid.length, 0)
  const start = new Uint32Array(rows.length + 1)
  const [rowUid, rowValue] = [new Uint16Array(length), new Uint16Array(length)]
  for (const [at, { uid, value }] of rows.entries()) {
    rowUid.set(uid, start[at])
    rowValue.set(value, start[at])
    start[at + 1] = start[at]! + uid.length
  }
  const numbers = (of: (entry: Entry) => number | undefined): number[] =>
    entries.map(({ entry }) => of(entry) ?? 0)
  const words = (of: (entry: Entry) => bigint | undefined): BigUint64Array =>
    BigUint64Array.from(entries, ({ entry }) => of(entry) ?? 0n)
  return {
    columns: [
      Uint8Array.from(numbers(({ kind }) => kind)),
      Uint32Array.from(entries, ({ epoch }) => epoch),
      Uint8Array.from(numbers(({ mechanism }) => mechanism)),
      Uint16Array.from(numbers(({ uid }) => uid)),
      Uint16Array.from(numbers(({ to }) => to)),
      Uint16Array.from(numbers(({ value }) => value)),
      words(({ low }) => low),
      words(({ high }) => high),
      start,
      rowUid,
      rowValue,
    ],
    origins: entries.map(({ origin }) => origin),
  }
}
