/** What of a result is asked for, and snapshots that are laid out once. */

import { afterAll, describe, expect, it } from 'vitest'
import { type EngineKind, loadEngine } from '../../ts/engine/index.ts'
import type { EpochField, EpochResult, PreparedSnapshot } from '../../ts/engine/types.ts'
import { InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const ONE = generate({ n: 40, validators: 9, seed: 6 })
const SEVERAL = generate({ n: 24, validators: 7, seed: 5, mechanisms: 3 })
const SUBNETS: readonly (readonly [string, Snapshot])[] = [
  ['one mechanism', ONE],
  ['three mechanisms', SEVERAL],
]

const TERMS: readonly EpochField[] = [
  'stakeWeight',
  'active',
  'consensus',
  'incentive',
  'dividends',
  'validatorTrust',
  'validatorPermit',
  'serverEmission',
  'validatorEmission',
  'emission',
  'stake',
]
const ALL: readonly EpochField[] = [...TERMS, 'bonds', 'raw', 'trace']
const CHOICES: readonly (readonly EpochField[])[] = [
  [],
  ...ALL.map((field) => [field]),
  ['dividends', 'incentive'],
  ['raw', 'bonds'],
  ['trace', 'stake'],
  ALL,
]

/** A result with the fields named and no others. */
function only(result: EpochResult, fields: readonly EpochField[]): object {
  const of = (part: object, names: readonly string[]): object =>
    Object.fromEntries(Object.entries(part).filter(([name]) => names.includes(name)))
  return {
    ...of(result, [
      'specVersion',
      'asSpec',
      'rules',
      'n',
      ...fields.filter((field) => TERMS.includes(field)),
    ]),
    mechanisms: result.mechanisms.map((mechanism) => of(mechanism, ['share', ...fields])),
  }
}

describe.each(KINDS)('%s', async (prefer) => {
  const engine = await loadEngine({ prefer })

  describe.each(SUBNETS)('%s', (_, snapshot) => {
    const whole = engine.epoch(snapshot, { trace: true })

    it.each(CHOICES.map((fields) => [fields]))('gives %o and nothing else', (fields) => {
      expect(engine.epoch(snapshot, { fields })).toStrictEqual(only(whole, fields))
      expect(engine.epochs([snapshot], { fields })).toStrictEqual([only(whole, fields)])
      expect(engine.epoch(engine.prepare(snapshot), { fields })).toStrictEqual(only(whole, fields))
    })

    it('gives the trace where either option asks for it', () => {
      const fields: EpochField[] = ['stake']
      const expected = only(whole, ['stake', 'trace'])
      expect(engine.epoch(snapshot, { fields, trace: true })).toStrictEqual(expected)
    })

    it('writes into the memory of a result with other fields', () => {
      const first = engine.epoch(snapshot)
      const few = engine.epoch(snapshot, { fields: ['dividends'], into: first })
      expect(few.dividends.buffer).toBe(first.stake.buffer)
      expect(few).toStrictEqual(only(whole, ['dividends']))
      const other = engine.epoch(snapshot, { fields: ['incentive'], into: few })
      expect(other.incentive.buffer).toBe(first.stake.buffer)
      expect(other).toStrictEqual(only(whole, ['incentive']))
    })

    it('runs a prepared snapshot as it was', () => {
      const prepared = engine.prepare(snapshot)
      const plain = engine.epoch(snapshot)
      const expected = structuredClone(plain)
      expect(engine.epoch(prepared)).toStrictEqual(expected)
      const asked = structuredClone(engine.epoch(snapshot, { asSpec: 425, trace: true }))
      expect(engine.epoch(prepared, { asSpec: 425, trace: true })).toStrictEqual(asked)
      expect(engine.epochs([prepared, snapshot, prepared])).toStrictEqual([expected, expected, expected])
      expect(engine.epoch(prepared, { into: plain })).toStrictEqual(expected)
      expect(engine.epoch(prepared)).toStrictEqual(expected)
    })
  })

  it('takes the values of another snapshot, and the arrays that are others', () => {
    const prepared = engine.prepare(ONE)
    let snapshot: Snapshot = ONE
    for (let epoch = 0n; epoch < 4n; epoch++) {
      const result = engine.epoch(prepared)
      expect(result).toStrictEqual(engine.epoch(snapshot))
      const { bonds } = result.mechanisms[0]!
      const mechanisms = [{ ...ONE.mechanisms[0]!, bonds }]
      snapshot = { ...ONE, block: ONE.block + epoch, emission: 5n + epoch, mechanisms }
      prepared.update(snapshot)
    }
    // Of the same lengths, of other lengths, and of other numbers of columns.
    for (const next of [
      { ...snapshot, totalStake: snapshot.totalStake.map((word) => word / 2n) },
      SEVERAL,
      ONE,
    ]) {
      prepared.update(next)
      expect(engine.epoch(prepared)).toStrictEqual(engine.epoch(next))
    }
  })

  it('does not see what changes in the arrays later', () => {
    const snapshot = structuredClone(ONE)
    const prepared = engine.prepare(snapshot)
    const expected = structuredClone(engine.epoch(snapshot))
    snapshot.mechanisms[0]!.weights.value.fill(1)
    snapshot.totalStake.fill(7n)
    expect(engine.epoch(prepared)).toStrictEqual(expected)
    prepared.update(ONE)
    expect(engine.epoch(prepared)).toStrictEqual(expected)
  })

  it('keeps what was prepared where an update is refused', () => {
    const prepared = engine.prepare(ONE)
    const expected = structuredClone(engine.epoch(ONE))
    expect(() => prepared.update({ ...SEVERAL, kappa: -1 })).toThrow(InputError)
    expect(engine.epoch(prepared)).toStrictEqual(expected)
  })

  it('refuses when it is run what no chain could hold', () => {
    const prepared = engine.prepare({ ...ONE, n: 3 })
    expect(() => engine.epoch(prepared)).toThrow(InputError)
    prepared.update(ONE)
    expect(engine.epoch(prepared)).toStrictEqual(engine.epoch(ONE))
  })

  it('refuses a prepared snapshot of which something was not read, unless other rules are asked for', () => {
    const unread = { ...ONE, extra: { chain: { unread: ['SubtensorModule.New'] } } }
    const prepared = engine.prepare(unread)
    expect(() => engine.epoch(prepared)).toThrow('not read: SubtensorModule.New')
    expect(engine.epoch(prepared, { asSpec: 425 }).asSpec).toBe(425)
    prepared.update(ONE)
    expect(engine.epoch(prepared)).toStrictEqual(engine.epoch(ONE))
  })
})

describe('prepared by one engine and run by others', async () => {
  const engines = await Promise.all(KINDS.map((prefer) => loadEngine({ prefer })))
  const prepared: PreparedSnapshot[] = engines.map((engine, i) => engine.prepare(i % 2 === 0 ? ONE : SEVERAL))

  it('gives the same', () => {
    for (const engine of engines)
      for (const [i, each] of prepared.entries())
        expect(engine.epoch(each)).toStrictEqual(engine.epoch(i % 2 === 0 ? ONE : SEVERAL))
  })
})

describe('workers', async () => {
  const BUILT = new URL('../../dist/worker/index.js', import.meta.url).href
  const { createWorkerEngine } = (await import(BUILT)) as typeof import('../../ts/worker/index.ts')
  const worker = await createWorkerEngine({ pool: 2 })
  const native = await loadEngine({ prefer: 'native' })
  afterAll(() => worker.close())

  it.each(SUBNETS)('give what is asked for of %s, prepared or not', async (_, snapshot) => {
    const fields = ['dividends', 'bonds'] as const
    const expected = native.epoch(snapshot, { fields })
    const prepared = worker.prepare(snapshot)
    expect(await worker.epoch(snapshot, { fields })).toStrictEqual(expected)
    // What is prepared is not given away.
    for (const transfer of [true, false])
      expect(await worker.epoch(prepared, { fields, transfer })).toStrictEqual(expected)
    expect(await worker.epochs([prepared, prepared], { fields })).toStrictEqual([expected, expected])
    expect(await worker.epoch(prepared)).toStrictEqual(native.epoch(snapshot))
  })
})

it('has types that know what was asked for', async () => {
  const engine = await loadEngine()
  const result = engine.epoch(ONE, { fields: ['dividends', 'raw'] })
  const columns: [Uint16Array, BigInt64Array, bigint] = [
    result.dividends,
    result.mechanisms[0]!.raw.stake,
    result.mechanisms[0]!.share,
  ]
  expect(columns[0].length).toBe(40)
  // @ts-expect-error not asked for
  expect(result.incentive).toBeUndefined()
  // @ts-expect-error not asked for
  expect(result.mechanisms[0]!.bonds).toBeUndefined()
  const traced = engine.epoch(ONE, { fields: ['trace'] })
  expect(traced.mechanisms[0]!.trace.ranks.length).toBe(40)
  const names: EpochField[] = ['stake']
  // @ts-expect-error known only when the program runs
  const stake: BigUint64Array = engine.epoch(ONE, { fields: names }).stake
  expect(stake.length).toBe(40)
  // @ts-expect-error no field
  expect(() => engine.epoch(ONE, { fields: ['bond'] })).toThrow(InputError)
})
