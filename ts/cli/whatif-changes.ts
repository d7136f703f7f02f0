/** The changes that the options of `yuma whatif` name. */

import { SETTABLE, type SettableField } from '../engine/generated/state.ts'
import type { Change } from '../simulate/index.ts'
import type { Snapshot } from '../snapshot/index.ts'
import type { Arguments, Option } from './command.ts'

const U16 = 0xffff
const RAO_DIGITS = 9
/** Fields of which a decimal number is a part of 65535. */
const PROPORTIONS: readonly SettableField[] = ['kappa', 'bondsPenalty', 'alphaLow', 'alphaHigh']

export const CHANGE_OPTIONS: Readonly<Record<string, Option>> = {
  set: {
    value: 'NAME=VALUE',
    many: true,
    help: 'a hyperparameter or another single value: kappa=0.6, yuma3_on=true, tempo=99',
  },
  stake: {
    value: 'WHO=ALPHA',
    many: true,
    help: 'stake of a uid or hotkey: 3=1000; =+1000 or =-1000 for more or less',
  },
  register: { value: 'UID', many: true, help: 'another neuron registers in the place of this one' },
  row: { value: 'WHO=TO:VALUE,…', many: true, help: 'all weights of a validator, as stored' },
  weight: { value: 'FROM:TO=VALUE', many: true, help: 'one weight, as stored: 3:17=65535' },
  spec: { value: 'NUMBER', help: 'the rules of another version, for the epoch after the changes' },
}

/**
 * The changes in their order: single values, stake, registrations, rows, weights, rules.
 * @throws {UsageError} for an option that does not say what it should.
 */
export function changesOf(args: Arguments, snapshot: Snapshot, mechanism: number): readonly Change[] {
  const options = new ChangeOptions(args, snapshot, mechanism)
  return [
    ...args.texts('set').map((text) => options.set(text)),
    ...args.texts('stake').map((text) => options.stake(text)),
    ...args.texts('register').map((text) => options.register(text)),
    ...args.texts('row').map((text) => options.row(text)),
    ...args.texts('weight').map((text) => options.weight(text)),
    ...options.spec(),
  ]
}

class ChangeOptions {
  readonly #args: Arguments
  readonly #snapshot: Snapshot
  readonly #mechanism: number

  constructor(args: Arguments, snapshot: Snapshot, mechanism: number) {
    this.#args = args
    this.#snapshot = snapshot
    this.#mechanism = mechanism
  }

  #wrong(option: string, expected: string, found: string): Error {
    return this.#args.usage(`--${option}: expected ${expected}, found ${JSON.stringify(found)}`)
  }

  /** The two sides of a text. */
  #sides(option: string, text: string, sign: string, expected: string): readonly [string, string] {
    const at = text.indexOf(sign)
    if (at <= 0 || at === text.length - 1) throw this.#wrong(option, expected, text)
    return [text.slice(0, at), text.slice(at + 1)]
  }

  #integer(option: string, text: string, max: number): number {
    const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (value <= max) return value
    throw this.#wrong(option, `an integer from 0 to ${max}`, text)
  }

  /** A uid that is there, or whose hotkey it is: of what somebody means none is beyond the last one. */
  who(option: string, text: string): number {
    if (/^[0-9]{1,5}$/.test(text)) return this.#integer(option, text, this.#snapshot.n - 1)
    const uid = this.#snapshot.hotkeys?.indexOf(text) ?? -1
    if (uid >= 0) return uid
    throw this.#wrong(option, 'a uid or a hotkey of the snapshot', text)
  }

  set(text: string): Change {
    const [name, value] = this.#sides('set', text, '=', 'NAME=VALUE')
    const plain = name.replaceAll(/[-_]/g, '').toLowerCase()
    const field = (Object.keys(SETTABLE) as SettableField[]).find((known) => known.toLowerCase() === plain)
    if (field === undefined) throw this.#wrong('set', `one of ${Object.keys(SETTABLE).join(', ')}`, name)
    return { kind: 'set', field, value: this.#value(field, value) }
  }

  /** A value of the type that the snapshot has. */
  #value(field: SettableField, text: string): number | bigint | boolean | string | null {
    const now = this.#snapshot[field]
    if (text === 'none') return null
    if (typeof now === 'boolean' || text === 'true' || text === 'false') {
      if (text === 'true' || text === 'false') return text === 'true'
      throw this.#wrong('set', `${field} of true or false`, text)
    }
    if (/^[A-Za-z]+$/.test(text)) return text
    if (PROPORTIONS.includes(field) && /^(0?\.[0-9]+|0|1\.0*)$/.test(text) && text.includes('.'))
      return Math.floor(Number(text) * U16)
    if (!/^-?[0-9]{1,20}$/.test(text)) {
      const expected = PROPORTIONS.includes(field)
        ? 'an integer of 65535, or a part of 1 with a point'
        : 'an integer'
      throw this.#wrong('set', `${field} as ${expected}`, text)
    }
    return SETTABLE[field].big ? BigInt(text) : Number(text)
  }

  stake(text: string): Change {
    const expected = 'WHO=ALPHA, WHO=+ALPHA or WHO=-ALPHA'
    const [who, amount] = this.#sides('stake', text, '=', expected)
    const uid = this.who('stake', who)
    const [, sign, whole, fraction = ''] = /^([+-]?)([0-9]{1,11})(?:\.([0-9]{1,9}))?$/.exec(amount) ?? []
    if (whole === undefined) throw this.#wrong('stake', expected, text)
    const rao = BigInt(whole + fraction.padEnd(RAO_DIGITS, '0'))
    if (sign === '') return { kind: 'stake', uid, rao }
    return { kind: 'add-stake', uid, rao: sign === '-' ? -rao : rao }
  }

  register(text: string): Change {
    return { kind: 'register', uid: this.who('register', text) }
  }

  row(text: string): Change {
    const expected = 'WHO=TO:VALUE,TO:VALUE'
    const [who, entries] = this.#sides('row', text, '=', expected)
    const pairs = entries.split(',').map((entry) => {
      const [to, value] = this.#sides('row', entry, ':', expected)
      return [this.who('row', to), this.#integer('row', value, U16)] as const
    })
    if (new Set(pairs.map(([uid]) => uid)).size < pairs.length)
      throw this.#wrong('row', 'each uid once', entries)
    const weights = {
      uid: Uint16Array.from(pairs, ([uid]) => uid),
      value: Uint16Array.from(pairs, ([, value]) => value),
    }
    return { kind: 'row', uid: this.who('row', who), weights, mechanism: this.#mechanism }
  }

  weight(text: string): Change {
    const expected = 'FROM:TO=VALUE'
    const [sides, value] = this.#sides('weight', text, '=', expected)
    const [from, to] = this.#sides('weight', sides, ':', expected)
    return {
      kind: 'weight',
      from: this.who('weight', from),
      to: this.who('weight', to),
      value: this.#integer('weight', value, U16),
      mechanism: this.#mechanism,
    }
  }

  spec(): Change[] {
    const specVersion = this.#args.integer('spec', 0, 0xffff_ffff)
    return specVersion === undefined ? [] : [{ kind: 'spec', specVersion }]
  }
}

/** The uid that an option names. */
export function uidOf(args: Arguments, option: string, snapshot: Snapshot): number | undefined {
  const text = args.text(option)
  return text === undefined ? undefined : new ChangeOptions(args, snapshot, 0).who(option, text)
}
