/** Results written into the memory of earlier ones. */

import { describe, expect, it } from 'vitest'
import { type EngineKind, loadEngine } from '../../ts/engine/index.ts'
import type { BatchOptions, EpochResult } from '../../ts/engine/types.ts'
import { InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot, SparseRows } from '../../ts/snapshot/types.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'reference']

/** Subnets of sizes, and of numbers of mechanisms, that grow and shrink. */
const SUBNETS: Snapshot[] = [24, 64, 12, 12, 64, 64, 8, 96, 40].map((n, seed) =>
  generate({ n, validators: 4, seed, mechanisms: 1 + (seed % 2), density: 1 }),
)
/** The same layout and other values. */
const [FIRST, SECOND] = [500n, 9000n].map((emission, i) => ({
  ...generate({ n: 32, validators: 8, seed: 3, density: 1 }),
  specVersion: [425, 300][i]!,
  emission,
})) as [Snapshot, Snapshot]
const LARGE = generate({ n: 96, validators: 20, seed: 4, density: 1 })

function kept(result: EpochResult): EpochResult {
  return structuredClone(result)
}

/** A snapshot before whose epoch the bonds are those. */
function withBonds(snapshot: Snapshot, bonds: SparseRows): Snapshot {
  return { ...snapshot, mechanisms: [{ ...snapshot.mechanisms[0]!, bonds }] }
}

describe.each(KINDS)('%s', async (prefer) => {
  const engine = await loadEngine({ prefer })

  it('shows the new values in the memory and the columns of the old result', () => {
    const expected = [FIRST, SECOND, FIRST].map((snapshot) => kept(engine.epoch(snapshot)))
    expect(expected[0]).not.toEqual(expected[1])
    const old = engine.epoch(FIRST)
    const { emission } = old
    const second = engine.epoch(SECOND, { into: old })
    expect(second.emission.buffer).toBe(emission.buffer)
    expect(second).toEqual(expected[1])
    expect(emission).toEqual(expected[1]!.emission)
    const third = engine.epoch(FIRST, { into: second })
    expect(third.emission.buffer).toBe(emission.buffer)
    expect(third).toEqual(expected[2])
    expect(engine.epoch(SECOND, { into: third }).stake).toBe(third.stake)
  })

  it.each([false, true])('equals fresh results of subnets that grow and shrink, trace %s', (trace) => {
    let result = engine.epoch(LARGE)
    const buffers = new Set<ArrayBufferLike>()
    for (const snapshot of [...SUBNETS, ...SUBNETS]) {
      result = engine.epoch(snapshot, { into: result, trace })
      expect(result).toEqual(engine.epoch(snapshot, { trace }))
      buffers.add(result.stake.buffer)
    }
    expect(buffers.size).toBeLessThan(6)
  })

  it('takes fresh memory where the old is too small', () => {
    const small = engine.epoch(FIRST)
    const values = kept(small)
    const large = engine.epoch(LARGE, { into: small })
    expect(large.stake.buffer).not.toBe(small.stake.buffer)
    expect(large).toEqual(engine.epoch(LARGE))
    expect(small).toEqual(values)
  })

  it('takes fresh memory where the old was transferred', () => {
    const values = kept(engine.epoch(FIRST))
    const old = engine.epoch(FIRST)
    const moved = structuredClone(old, { transfer: [old.stake.buffer as ArrayBuffer] })
    expect(engine.epoch(FIRST, { into: old })).toEqual(values)
    expect(old.stake.length).toBe(0)
    // Its clone is none of the engine's results.
    expect(engine.epoch(SECOND, { into: moved }).stake.buffer).not.toBe(moved.stake.buffer)
    expect(moved).toEqual(values)
  })

  it('leaves the old result as it was where the call throws', () => {
    const old = engine.epoch(LARGE)
    const bytes = new Uint8Array(old.stake.buffer)
    const before = bytes.slice()
    const short = { ...FIRST, blockAtRegistration: new BigUint64Array(1) }
    expect(() => engine.epoch(short, { into: old })).toThrow(InputError)
    expect(() => engine.epoch({ ...FIRST, kappa: -1 }, { into: old })).toThrow(InputError)
    expect(bytes).toEqual(before)
    expect(engine.epoch(FIRST, { into: old }).stake.buffer).toBe(old.stake.buffer)
  })

  it('writes into no memory but that of its results', () => {
    const fresh = engine.epoch(FIRST)
    const values = kept(fresh)
    const foreign = [kept(fresh), { ...fresh }, Object.create(fresh)]
    for (const into of foreign) {
      const result = engine.epoch(SECOND, { into: into as EpochResult })
      expect(result).toEqual(engine.epoch(SECOND))
      expect(fresh).toEqual(values)
    }
    expect(foreign[0]).toEqual(values)
  })

  it.each([[{}], [null], [7], ['result'], [() => FIRST]])('refuses %s, which is no result', (into) => {
    expect(() => engine.epoch(SECOND, { into: into as never })).toThrow(
      /^into: expected the result of an epoch/,
    )
  })

  it('goes by what it gave, whatever became of the object', () => {
    const old = engine.epoch(FIRST)
    const other = engine.epoch(FIRST)
    const values = kept(other)
    Object.assign(old, { stake: other.stake, mechanisms: other.mechanisms })
    expect(engine.epoch(SECOND, { into: old })).toEqual(engine.epoch(SECOND))
    expect(other).toEqual(values)
  })

  it('changes no snapshot that reads from the result', () => {
    let plain = engine.epoch(FIRST)
    let result = engine.epoch(FIRST)
    for (let i = 0; i < 6; i++) {
      const snapshot = withBonds(FIRST, result.mechanisms[0]!.bonds)
      const bonds = structuredClone(result.mechanisms[0]!.bonds)
      plain = engine.epoch(withBonds(FIRST, plain.mechanisms[0]!.bonds))
      const next = engine.epoch(snapshot, { into: result })
      expect(snapshot.mechanisms[0]!.bonds).toEqual(bonds)
      expect(next).toEqual(plain)
      result = next
    }
    expect(plain.mechanisms[0]!.bonds).not.toEqual(engine.epoch(FIRST).mechanisms[0]!.bonds)
  })

  it('takes turns between two results where bonds are fed back', () => {
    let plain = engine.epoch(FIRST)
    let result = engine.epoch(FIRST)
    let before = engine.epoch(FIRST)
    const buffers = new Set([result.stake.buffer, before.stake.buffer])
    for (let i = 0; i < 6; i++) {
      plain = engine.epoch(withBonds(FIRST, plain.mechanisms[0]!.bonds))
      const next = engine.epoch(withBonds(FIRST, result.mechanisms[0]!.bonds), { into: before })
      expect(next).toEqual(plain)
      before = result
      result = next
      buffers.add(result.stake.buffer)
    }
    expect(buffers.size).toBe(2)
  })

  it('is no option of a batch', () => {
    const into = engine.epoch(LARGE)
    const values = kept(into)
    const options: BatchOptions = { ...{ into }, trace: false }
    const results = engine.epochs([FIRST, SECOND], options)
    expect(results).toEqual([engine.epoch(FIRST), engine.epoch(SECOND)])
    expect(into).toEqual(values)
  })
})

it('memory goes from one engine to another', async () => {
  const [native, wasm] = [await loadEngine({ prefer: 'native' }), await loadEngine({ prefer: 'wasm' })]
  const first = native.epoch(LARGE)
  const second = wasm.epoch(FIRST, { into: first })
  const third = native.epoch(SECOND, { into: second })
  expect(third.stake.buffer).toBe(first.stake.buffer)
  expect(third).toEqual(native.epoch(SECOND))
})
