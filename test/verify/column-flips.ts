import { expect } from 'vitest'
import type { Difference, EpochStates, Field } from '../../ts/verify/index.ts'

type Column = Uint8Array | Uint16Array | BigUint64Array

/** Where a value was changed, as a difference must name it. */
export type Named = Pick<Difference, 'field' | 'mechanism' | 'uid' | 'column'>

/** One unit up; a flag the other way; the largest value one down. */
function changed(value: number | bigint, field: Field): number | bigint {
  if (typeof value === 'bigint') return value + 1n
  if (field === 'active' || field === 'validatorPermit') return 1 - value
  return value === 65_535 ? value - 1 : value + 1
}

/** Every stored column of an epoch, as the snapshots hold it, and of which mechanism it is. */
function columnsOf({
  after,
  pruningScores,
}: EpochStates): readonly (readonly [Field, number | null, Column])[] {
  const { stored } = after
  return [
    ['stakeWeight', null, stored.stakeWeight],
    ['active', null, stored.active],
    ['validatorPermit', null, after.validatorPermit],
    ['consensus', null, stored.consensus],
    ['validatorTrust', null, stored.validatorTrust],
    ['rank', null, stored.rank],
    ['trust', null, stored.trust],
    ...stored.incentive.map((column, mechanism) => ['incentive', mechanism, column] as const),
    ['dividends', null, stored.dividends],
    ['emission', null, stored.emission],
    ['pruningScore', null, pruningScores],
  ]
}

/**
 * Changes each value of an epoch in turn and says what must be found, then puts it back.
 * @param fields Those that are compared.
 */
export function* flips(states: EpochStates, fields: readonly Field[]): Generator<Named> {
  for (const [field, mechanism, column] of columnsOf(states)) {
    if (!fields.includes(field)) continue
    expect(column.length).toBe(states.before.n)
    for (const [uid, value] of column.entries()) {
      column[uid] = changed(value, field) as never
      yield { field, mechanism, uid, column: null }
      column[uid] = value as never
    }
  }
  for (const [mechanism, { bonds }] of states.after.mechanisms.entries()) {
    const { rowStart, uid: columns, value } = bonds
    for (let uid = 0; uid < states.after.n; uid++) {
      for (let at = rowStart[uid]!; at < rowStart[uid + 1]!; at++) {
        const bond = value[at]!
        value[at] = Number(changed(bond, 'bonds'))
        yield { field: 'bonds', mechanism, uid, column: columns[at]! }
        value[at] = bond
      }
    }
  }
}
