import { expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { isResult, outcome, outcomeDifference } from './outcome.ts'
import { randomSubnet } from './random-subnet.ts'

const SUBNETS = 600

it.each(['wasm', 'wasm-scalar'] as const)(`%s equals native on ${SUBNETS} random subnets`, async (kind) => {
  const [native, wasm] = [await loadEngine({ prefer: 'native' }), await loadEngine({ prefer: kind })]
  let results = 0
  for (let seed = 0; seed < SUBNETS; seed++) {
    const snapshot = randomSubnet(seed)
    const expected = outcome(native, snapshot)
    expect(outcomeDifference(outcome(wasm, snapshot), expected), `seed ${seed}`).toBeUndefined()
    if (isResult(expected)) results += 1
  }
  expect(wasm.kind).toBe(kind)
  expect(results).toBeGreaterThan(0.9 * SUBNETS)
})
