import { readFileSync } from 'node:fs'
import binaryen from 'binaryen'
import { describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import type { Engine } from '../../ts/engine/types.ts'
import { loadWasm, type WasmVariant } from '../../ts/engine/wasm.ts'
import { EngineError, InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'
import { outcome, outcomeDifference } from './outcome.ts'

const VARIANTS: WasmVariant[] = ['simd', 'scalar']
const SMALL = generate({ n: 12, validators: 4, seed: 5, hyperparameters: { commitRevealEnabled: true } })
const MAIN = SMALL.mechanisms[0]!

function withMain(change: object): Snapshot {
  return { ...SMALL, mechanisms: [{ ...MAIN, ...change }] }
}

/** An array after it was transferred elsewhere. */
function givenAway(column: BigUint64Array): BigUint64Array {
  const copy = column.slice()
  structuredClone(copy, { transfer: [copy.buffer] })
  return copy
}

/** Input that no chain could hold: in a scalar, in a column's type, in a column's length, in rows, in the rules. */
const BAD: readonly [string, Snapshot][] = [
  ['n of 0', { ...SMALL, n: 0 }],
  ['n above u16', { ...SMALL, n: 65_536 }],
  ['a fraction', { ...SMALL, kappa: 0.5 }],
  ['a number for a bigint', { ...SMALL, block: 5 as unknown as bigint }],
  ['a negative amount', { ...SMALL, emission: -1n }],
  ['an unknown spec version', { ...SMALL, specVersion: 4_000_000_000 }],
  ['a missing column', { ...SMALL, totalStake: undefined as unknown as BigUint64Array }],
  ['a list for a column', { ...SMALL, validatorPermit: [1, 0] as unknown as Uint8Array }],
  ['a column of another type', withMain({ lastUpdate: new Float64Array(12) })],
  ['half a stake', { ...SMALL, totalStake: SMALL.totalStake.subarray(1) }],
  ['a column that was given away', { ...SMALL, blockAtRegistration: givenAway(SMALL.blockAtRegistration) }],
  ['too few stakes', { ...SMALL, totalStake: SMALL.totalStake.subarray(2) }],
  ['too few registrations', { ...SMALL, blockAtRegistration: new BigUint64Array(3) }],
  ['no mechanism', { ...SMALL, mechanisms: [] }],
  ['seventeen mechanisms', { ...SMALL, mechanisms: Array.from({ length: 17 }, () => MAIN) }],
  ['no rows', withMain({ weights: { ...MAIN.weights, rowStart: new Uint32Array(0) } })],
  ['rows beyond the end', withMain({ bonds: { ...MAIN.bonds, rowStart: new Uint32Array(13).fill(9, 1) } })],
  [
    'rows that go back',
    withMain({ weights: { ...MAIN.weights, rowStart: MAIN.weights.rowStart.toReversed() } }),
  ],
  ['fewer values than uids', withMain({ weights: { ...MAIN.weights, value: new Uint16Array(1) } })],
  ['too few commits', withMain({ commitBlocks: new BigUint64Array(1) })],
]

function fault(engine: Engine, snapshot: Snapshot): InputError {
  try {
    engine.epoch(snapshot)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('the input passed')
}

describe.each(VARIANTS)('bad input to %s', (variant) => {
  it.each(BAD)('throws what native throws, and the next call works: %s', async (_, snapshot) => {
    const native = await loadEngine({ prefer: 'native' })
    const wasm = await loadWasm({ variant })
    expect({ ...fault(wasm, snapshot) }).toEqual({ ...fault(native, snapshot) })
    expect(fault(wasm, snapshot).message).toBe(fault(native, snapshot).message)
    expect(outcomeDifference(outcome(wasm, SMALL), outcome(native, SMALL))).toBeUndefined()
  })
})

/** The build with so many pages of memory at most: running out of it is real. */
function withMemoryLimit(variant: WasmVariant, pages: number): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(new URL(`../../dist/wasm/yuma-${variant}.wasm`, import.meta.url))
  const module = binaryen.readBinary(bytes)
  const text = module.emitText()
  module.dispose()
  const limited = text.replace(
    /\(memory (\$\S+) (\d+)\)/,
    (_, name, initial) => `(memory ${name} ${initial} ${pages})`,
  )
  expect(limited).not.toBe(text)
  const parsed = binaryen.parseText(limited)
  parsed.setFeatures(binaryen.Features.All)
  const emitted = new Uint8Array(parsed.emitBinary())
  parsed.dispose()
  return emitted
}

describe.each(VARIANTS)('%s out of memory', (variant) => {
  const large = generate({ n: 1024, validators: 256, seed: 1 })

  it('fails with an EngineError, and the next call works', async () => {
    const native = await loadEngine({ prefer: 'native' })
    // From a call that does not fit to one that leaves too little for its epoch.
    const messages = new Set<string>()
    for (const pages of [20, 40, 60, 64]) {
      const engine = await loadWasm({ module: withMemoryLimit(variant, pages) })
      engine.epoch(SMALL)
      const before = engine.memoryBytes
      for (let again = 0; again < 3; again++) {
        expect(() => engine.epoch(large), `${pages} pages`).toThrow(EngineError)
        expect(outcomeDifference(outcome(engine, SMALL), outcome(native, SMALL))).toBeUndefined()
      }
      expect(engine.memoryBytes).toBeGreaterThanOrEqual(before)
      try {
        engine.epoch(large)
      } catch (error) {
        messages.add((error as Error).message.replace(/\d+/, 'N'))
      }
    }
    expect([...messages].sort()).toEqual([
      'the module ran out of memory or broke',
      "the module's memory does not grow by the N bytes of this call",
    ])
  })
})

/** A module with this package's exports, which breaks: an instance's first epoch is as given, any later one traps. */
function brokenModule(epoch: string, layout = 5): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module
    (import "./yuma_bg.js" "__wbg___wbindgen_throw_0123456789abcdef" (func $panicked (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "uid 7 of 5")
    (data (i32.const 32) "portable")
    (func (export "layout") (result i32) (i32.const ${layout}))
    (func (export "start"))
    (func (export "allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "release") (param i32 i32))
    (func (export "release_answer"))
    (func (export "rules") (result i64) (i64.const 0))
    (func (export "kernel") (result i64) (i64.const 0x800000020))
    (global $used (mut i32) (i32.const 0))
    (func (export "epoch") (param i32 i32) (result i32)
      (if (global.get $used) (then (unreachable)))
      (global.set $used (i32.const 1))
      ${epoch}
      (unreachable)))`)
  const bytes = new Uint8Array(module.emitBinary())
  module.dispose()
  return bytes
}

it('a panic says its message, and its instance is not used again', async () => {
  const engine = await loadWasm({ module: brokenModule('(call $panicked (i32.const 8) (i32.const 10))') })
  for (let again = 0; again < 2; again++) {
    expect(() => engine.epoch(SMALL)).toThrow(new EngineError('the module panicked: uid 7 of 5'))
  }
})

it('a trap is an EngineError with the trap as its cause', async () => {
  const engine = await loadWasm({ module: brokenModule('') })
  expect(() => engine.epoch(SMALL)).toThrow(
    expect.objectContaining({ name: 'EngineError', cause: expect.any(WebAssembly.RuntimeError) }),
  )
})

it('a module of another layout is refused, with both numbers', async () => {
  const loading = loadWasm({ module: brokenModule('', 4) })
  await expect(loading).rejects.toMatchObject({
    name: 'EngineError',
    message: 'this is not a module of this package and version',
    cause: { message: 'its layout is 4, expected 5' },
  })
})
