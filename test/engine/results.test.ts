/** What callers may do with results, and what calls may do to each other. */

import { describe, expect, it } from 'vitest'
import { askedOf } from '../../ts/engine/asked.ts'
import { type EngineKind, loadEngine } from '../../ts/engine/index.ts'
import type { EpochResult } from '../../ts/engine/types.ts'
import { decodeAnswer } from '../../ts/engine/wire.ts'
import { EngineError, InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'reference']

/** Subnets that differ in every slot that a call could leave to the next. */
const SMALL = generate({ n: 12, validators: 4, seed: 5 })
const LARGE: Snapshot = {
  ...generate({ n: 40, validators: 9, seed: 6, mechanisms: 2, hyperparameters: { liquidAlphaOn: true } }),
  ownerUid: null,
  alphaSigmoidSteepness: -1000,
  emission: 2n ** 63n,
}
const OWNED: Snapshot = { ...SMALL, ownerUid: 3, alphaSigmoidSteepness: 7, emission: 5n }

/** A result's values, in memory that no engine can reach. */
function kept(result: EpochResult): EpochResult {
  return structuredClone(result)
}

describe.each(KINDS)('%s', async (prefer) => {
  const engine = await loadEngine({ prefer })

  it('gives results as plain objects of plain properties', () => {
    for (const trace of [false, true]) {
      const result = engine.epoch(LARGE, { trace })
      expect(kept(result)).toEqual(result)
      expect({ ...result }).toEqual(result)
      const [main] = result.mechanisms
      expect('trace' in main!).toBe(trace)
      // What a result has beside them is for JSON.
      expect(Object.keys(Object.getPrototypeOf(result))).toEqual(['toJSON'])
      expect(Object.getPrototypeOf(Object.getPrototypeOf(result))).toBe(Object.prototype)
      for (const part of [result, main!, main!.raw, main!.bonds]) {
        if (part !== result) expect(Object.getPrototypeOf(part)).toBe(Object.prototype)
        for (const property of Object.values(Object.getOwnPropertyDescriptors(part))) {
          expect(property).toMatchObject({ enumerable: true, writable: true, configurable: true })
        }
      }
    }
  })

  it('gives each result memory of its own, which can be given away', () => {
    const first = engine.epoch(OWNED)
    const second = engine.epoch(OWNED)
    const values = kept(second)
    structuredClone(first, { transfer: [first.stake.buffer as ArrayBuffer] })
    expect(first.stake.length).toBe(0)
    expect(second).toEqual(values)
    second.mechanisms[0]!.raw.stake.fill(-1n)
    expect(engine.epoch(OWNED)).toEqual(values)
  })

  it('leaves nothing of a call to the next', async () => {
    const alone = async (snapshot: Snapshot): Promise<EpochResult> =>
      (await loadEngine({ prefer: 'reference' })).epochs([snapshot])[0]!
    for (const snapshot of [LARGE, OWNED, SMALL, LARGE, SMALL, OWNED]) {
      expect(engine.epoch(snapshot)).toEqual(await alone(snapshot))
    }
  })

  it('computes the same after a call that failed', () => {
    const values = kept(engine.epoch(OWNED))
    expect(() => engine.epoch({ ...LARGE, kappa: -1 })).toThrow(InputError)
    expect(engine.epoch(OWNED)).toEqual(values)
    expect(() => engine.epoch({ ...LARGE, n: 3 })).toThrow(InputError)
    expect(engine.epoch(OWNED)).toEqual(values)
  })

  it('computes an epoch in the middle of another call', () => {
    const values = kept(engine.epoch(OWNED))
    const inner = kept(engine.epoch(LARGE))
    const found: EpochResult[] = []
    const nested: Snapshot = {
      ...OWNED,
      get kappa() {
        found.push(engine.epoch(LARGE))
        return OWNED.kappa
      },
    }
    expect(engine.epoch(nested)).toEqual(values)
    expect(found).toEqual([inner])
  })
})

it('an answer that lacks a section is the failure of an engine', () => {
  const context = { own: SMALL.specVersion, asked: askedOf(), rules: [] }
  const empty = new Uint8Array(new Uint32Array([0, 0]).buffer)
  expect(() => decodeAnswer(empty, SMALL, context)).toThrow(EngineError)
  // One section, which is not the first.
  const other = new Uint8Array(new Uint32Array([0, 1, 5, 24, 0, 0]).buffer)
  expect(() => decodeAnswer(other, SMALL, context)).toThrow('the answer lacks section 0 of mechanism 0')
})
