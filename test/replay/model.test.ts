import { expect, test } from 'vitest'

/** The model of docs/scale.md where its answer is known without it. */

interface Found {
  readonly ms: number
  readonly refused: number
  readonly cpuBusy: number
  readonly limitBusy: number
}
const { simulate } = (await import(new URL('../../bench/replay-model.mjs', import.meta.url).href)) as {
  simulate(epoch: object, world: object): Found
}

const EPOCH = { requests: 30, rounds: 10, bytes: 1_000_000, cpuMs: 100 }
const FREE = { epochs: 600, workers: 1, cores: 4, endpoints: 1, latencyMs: 50, perSecond: null }

test('one worker waits for each round and then computes', () => {
  const { ms, refused } = simulate(EPOCH, FREE)
  expect(ms).toBeCloseTo(600 * (10 * 50 + 100), 3)
  expect(refused).toBe(0)
})

test('more workers than cores can serve wait for cores', () => {
  const { ms, cpuBusy } = simulate(EPOCH, { ...FREE, workers: 64 })
  expect(cpuBusy).toBeGreaterThan(0.97)
  expect(ms).toBeGreaterThanOrEqual((600 * 100) / 4)
  expect(ms).toBeLessThan(((600 * 100) / 4) * 1.05)
  // Twice the machines, each with cores of its own.
  const twice = simulate(EPOCH, { ...FREE, workers: 128, machines: 2 })
  expect(ms / twice.ms).toBeCloseTo(2, 0)
})

test('a line carries no more than it does', () => {
  const { ms } = simulate(EPOCH, { ...FREE, workers: 64, cores: 64, megabits: 80 })
  // 600 MB at 10 MB a second.
  expect(ms).toBeGreaterThanOrEqual(60_000)
  expect(ms).toBeLessThan(63_000)
})

test('a limit lets through no more than it says, and who is refused comes again', () => {
  const { ms, refused, limitBusy } = simulate(EPOCH, { ...FREE, workers: 8, perSecond: 20 })
  // 18,000 requests, of which 20 may come at once.
  expect(ms).toBeGreaterThanOrEqual(((600 * 30 - 20) / 20) * 1000)
  expect(refused).toBeGreaterThan(0)
  expect(limitBusy).toBeGreaterThan(0.9)
  const ten = simulate(EPOCH, { ...FREE, workers: 80, endpoints: 10, perSecond: 20 })
  expect(ms / ten.ms).toBeGreaterThan(8)
})
