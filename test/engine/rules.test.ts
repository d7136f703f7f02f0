/** By which rules an epoch is computed, what says so, and what other rules make of a snapshot. */

import { describe, expect, it } from 'vitest'
import { type EngineKind, loadEngine } from '../../ts/engine/index.ts'
import { InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']

const OF_425 = generate({
  specVersion: 425,
  n: 20,
  validators: 6,
  seed: 3,
  mechanisms: 2,
  hyperparameters: { yuma3On: true, liquidAlphaOn: true },
})
const OF_475: Snapshot = { ...OF_425, specVersion: 475 }
const STORED = Uint16Array.from({ length: 20 }, (_, uid) => 100 * uid)

function withStored(snapshot: Snapshot, consensusByMechanism: Uint16Array): Snapshot {
  const mechanisms = snapshot.mechanisms.map((mechanism) => ({ ...mechanism, consensusByMechanism }))
  return { ...snapshot, mechanisms }
}

function fault(run: () => unknown): InputError {
  try {
    run()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('expected an InputError')
}

describe.each(KINDS)('%s', async (prefer) => {
  const engine = await loadEngine({ prefer })

  it('lists the versions that it knows, ascending, the same text as a proved one', () => {
    const { rules } = engine
    for (const [i, { first, last, evidence, as }] of rules.entries()) {
      expect(first).toBeLessThanOrEqual(last)
      if (i > 0) expect(first).toBeGreaterThan(rules[i - 1]!.last)
      if (evidence === 'proved') expect(as).toBeUndefined()
      else expect(rules.find((range) => range.first <= as! && as! <= range.last)?.evidence).toBe('proved')
    }
  })

  it('refuses a snapshot of a runtime that has items nobody read, but for other rules that are asked for', () => {
    const unread = ['SubtensorModule.SubnetEpochConsensus']
    const states: readonly Snapshot[] = [
      Object.assign({}, OF_475, { unread }),
      { ...OF_475, extra: { chain: { unread } } },
    ]
    for (const state of states) {
      for (const run of [() => engine.epoch(state), () => engine.epochs([OF_475, state])]) {
        const { field, expected } = fault(run)
        expect(field).toBe('unread')
        expect(expected).toContain(unread[0])
      }
      expect(engine.epoch(state, { asSpec: 425 }).specVersion).toBe(425)
    }
    expect(engine.epoch(Object.assign({}, OF_475, { unread: [] })).specVersion).toBe(475)
  })

  it('says by which rules each result was computed, in batches too', () => {
    const { rules } = engine
    for (const { first, last } of rules) {
      for (const specVersion of [first, last]) {
        const snapshot = { ...OF_425, mechanisms: OF_425.mechanisms.slice(0, 1), specVersion }
        const range = rules.find((range) => range.first === first)
        const result = engine.epoch(snapshot)
        expect([result.specVersion, result.rules]).toEqual([specVersion, { spec: specVersion, ...range }])
        expect('asSpec' in result).toBe(false)
        expect(engine.epochs([snapshot])).toEqual([result])
      }
    }
  })

  it('computes as if at another version, and says so', () => {
    const asIf = engine.epoch(OF_425, { asSpec: 475 })
    expect([asIf.specVersion, asIf.asSpec, asIf.rules.spec]).toEqual([475, 475, 475])
    expect(asIf).toEqual({ ...engine.epoch(OF_475), asSpec: 475 })
    expect(engine.epochs([OF_425], { asSpec: 475 })).toEqual([asIf])
    expect('asSpec' in engine.epoch(OF_475, { asSpec: 475 })).toBe(false)
  })

  it('refuses versions that it does not know, asked for or not, and names that way', () => {
    const newest = engine.rules.at(-1)!.last
    for (const run of [
      () => engine.epoch({ ...OF_425, specVersion: newest + 1 }),
      () => engine.epoch(OF_425, { asSpec: newest + 1 }),
      () => engine.epochs([OF_425], { asSpec: newest + 1 }),
    ]) {
      const { field, expected } = fault(run)
      expect(field).toBe('specVersion')
      expect(expected).toContain(`${newest + 1} is not, the nearest is ${newest},`)
      expect(expected).toContain('asSpec')
    }
    expect(fault(() => engine.epoch(OF_425, { asSpec: 1.5 })).field).toBe('asSpec')
  })

  it('reads nothing that a version does not have', () => {
    const later: Snapshot = {
      ...withStored(OF_425, STORED),
      lastYumaStepBlock: 0n,
      liquidAlphaConsensusMode: 'Previous',
      subnetEpochConsensus: 'Null',
    }
    expect(engine.epoch({ ...later, pendingServerEmission: 1n })).toEqual(engine.epoch(OF_425))
    expect(engine.epoch(later, { asSpec: 475 })).not.toEqual(engine.epoch(OF_425, { asSpec: 475 }))
  })

  it('takes a snapshot without the later fields as the chain takes their defaults', () => {
    const spelledOut: Snapshot = {
      ...withStored(OF_475, new Uint16Array(0)),
      lastYumaStepBlock: null,
      liquidAlphaConsensusMode: 'Auto',
      subnetEpochConsensus: 'Yuma',
    }
    expect(engine.epoch(OF_475)).toEqual(engine.epoch(spelledOut))
    const { emission } = OF_475
    const halves = {
      subnetEpochConsensus: 'Null',
      pendingServerEmission: emission - emission / 2n,
      pendingValidatorEmission: emission / 2n,
      pendingRootAlphaDivs: 0n,
    } as const
    const byNull = engine.epoch({ ...OF_475, subnetEpochConsensus: 'Null' })
    expect(byNull).toEqual(engine.epoch({ ...OF_475, ...halves }))
    expect(byNull.consensus.every((value) => value === 0)).toBe(true)
  })

  it('cuts a stored consensus longer than n, and fills a shorter one up with zeros', () => {
    const previous: Snapshot = { ...OF_475, liquidAlphaConsensusMode: 'Previous' }
    const ofLength = (length: number) => {
      const stored = new Uint16Array(length)
      stored.set(STORED.subarray(0, 7))
      return engine.epoch(withStored(previous, stored))
    }
    expect(ofLength(7)).toEqual(ofLength(20))
    expect(ofLength(25)).toEqual(ofLength(20))
    const beyond = new Uint16Array(21).fill(65535, 20)
    expect(engine.epoch(withStored(previous, beyond))).toEqual(
      engine.epoch(withStored(previous, new Uint16Array(20))),
    )
  })

  it('refuses what no chain could hold, naming the field', () => {
    const mode = 'Max' as unknown as 'Auto'
    expect(fault(() => engine.epoch({ ...OF_475, liquidAlphaConsensusMode: mode })).message).toBe(
      'liquidAlphaConsensusMode: expected one of Current, Previous, Auto, found Max',
    )
    const consensus = 'Nil' as unknown as 'Null'
    expect(fault(() => engine.epoch({ ...OF_475, subnetEpochConsensus: consensus })).field).toBe(
      'subnetEpochConsensus',
    )
    const tooLong = withStored(OF_475, new Uint16Array(65_536))
    expect(fault(() => engine.epoch(tooLong))).toMatchObject({
      field: 'consensusByMechanism',
      mechanism: 0,
    })
    const list = withStored(OF_475, [1, 2] as unknown as Uint16Array)
    expect(fault(() => engine.epoch(list))).toMatchObject({ field: 'consensusByMechanism', mechanism: 0 })
    const block = { lastYumaStepBlock: 2n ** 64n }
    expect(fault(() => engine.epoch({ ...OF_475, ...block })).field).toBe('lastYumaStepBlock')
  })

  it('refuses parts under Null that do not sum to the emission; Yuma does not read them', () => {
    const parts = { pendingServerEmission: 1n, pendingValidatorEmission: 2n, pendingRootAlphaDivs: 3n }
    const byNull: Snapshot = { ...OF_475, ...parts, subnetEpochConsensus: 'Null' }
    expect(fault(() => engine.epoch(byNull)).field).toBe('emission')
    expect(engine.epoch({ ...byNull, emission: 6n }).serverEmission.reduce((a, b) => a + b)).toBe(1n)
    expect(engine.epoch({ ...OF_475, ...parts })).toEqual(engine.epoch(OF_475))
  })

  it('refuses where it is open what a version makes of the input', () => {
    const malformed = { ...OF_425, mechanismEmissionSplit: Uint16Array.of(1) }
    for (const asSpec of [430, 448]) {
      const { field } = fault(() => engine.epoch(malformed, { asSpec }))
      expect(field).toBe('mechanismEmissionSplit')
    }
    const stored = { ...withStored(OF_425, STORED), liquidAlphaConsensusMode: 'Previous' } as const
    const ofOne = { ...stored, mechanisms: stored.mechanisms.slice(0, 1) }
    expect(engine.epoch(ofOne, { asSpec: 448 }).mechanisms).toEqual(
      engine.epoch(ofOne, { asSpec: 473 }).mechanisms,
    )
    for (const open of [stored, withStored(ofOne, new Uint16Array(20))]) {
      expect(fault(() => engine.epoch(open, { asSpec: 448 })).field).toBe('consensusByMechanism')
      expect(engine.epoch(open, { asSpec: 473 }).specVersion).toBe(473)
    }
  })
})
