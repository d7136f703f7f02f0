import { expect, it } from 'vitest'
import { loadWasm } from '../../ts/engine/wasm.ts'
import { InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'

/** Ten epochs of different sizes and rules, every third with its intermediates. */
const EPOCHS = Array.from({ length: 10 }, (_, i) => ({
  trace: i % 3 === 0,
  snapshot: generate({
    n: [8, 64, 16, 128, 32, 96, 4, 48, 112, 24][i]!,
    validators: 4,
    seed: i,
    mechanisms: 1 + (i % 2),
    hyperparameters: { yuma3On: i % 2 === 0, liquidAlphaOn: i % 4 === 0 },
  }),
}))
const ROUNDS = 1000

it.each(['simd', 'scalar'] as const)(
  'ten thousand epochs leave the memory of %s where ten put it',
  async (variant) => {
    const engine = await loadWasm({ variant })
    const round = (): void => {
      for (const { snapshot, trace } of EPOCHS) engine.epoch(snapshot, { trace })
    }
    const atFirst = engine.memoryBytes
    round()
    const afterTen = engine.memoryBytes
    expect(afterTen).toBeGreaterThan(atFirst)
    for (let i = 1; i < ROUNDS; i++) round()
    expect(engine.memoryBytes).toBe(afterTen)
  },
)

it('refused input leaves memory where it is', async () => {
  const engine = await loadWasm()
  const { snapshot } = EPOCHS[3]!
  const bad = { ...snapshot, blockAtRegistration: new BigUint64Array(1) }
  const refuse = (): void => expect(() => engine.epoch(bad)).toThrow(InputError)
  refuse()
  const after = engine.memoryBytes
  for (let i = 0; i < 2000; i++) refuse()
  expect(engine.memoryBytes).toBe(after)
})
