/** Answers are freed by collections alone: a loop that never gives way to the event loop keeps none of them. */

import { expect, it } from 'vitest'
import { loadEmission, networkState } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import { networkSnapshot } from '../emission/network.ts'

const MB = 2 ** 20
/** What a loop makes. */
const MADE = 600 * MB
/** What it may leave: V8 collects at tens of megabytes. */
const LEFT = 200 * MB

const SNAPSHOT = generate({ n: 128, validators: 32, seed: 3, density: 1 })
const BATCH = Array.from({ length: 16 }, () => SNAPSHOT)
const TRACED = { trace: true }

/** Growth of the process, and of what Node counts outside V8's heap. */
function growth(before: NodeJS.MemoryUsage): number {
  const { rss, external } = process.memoryUsage()
  return Math.max(rss - before.rss, external - before.external)
}

/** How much calls that make {@link MADE} in all leave behind at most, without a turn of the event loop. */
function left(call: () => { byteLength: number }): number {
  const calls = Math.ceil(MADE / call().byteLength)
  const before = process.memoryUsage()
  for (let i = 0; i < calls; i++) call()
  return growth(before)
}

it.each(['native', 'reference'] as const)('epoch of %s', async (prefer) => {
  const engine = await loadEngine({ prefer })
  expect(left(() => engine.epoch(SNAPSHOT, TRACED).stake.buffer)).toBeLessThan(LEFT)
})

it('epochs', async () => {
  const engine = await loadEngine({ prefer: 'native' })
  const batch = (): { byteLength: number } => {
    const results = engine.epochs(BATCH, TRACED)
    return { byteLength: results.reduce((bytes, { stake }) => bytes + stake.buffer.byteLength, 0) }
  }
  expect(left(batch)).toBeLessThan(LEFT)
})

it('epochs awaited one by one', async () => {
  const engine = await loadEngine({ prefer: 'native' })
  const calls = Math.ceil(MADE / engine.epoch(SNAPSHOT, TRACED).stake.buffer.byteLength)
  const before = process.memoryUsage()
  for (let i = 0; i < calls; i++) await engine.epoch(SNAPSHOT, TRACED)
  expect(growth(before)).toBeLessThan(LEFT)
})

it('emission', async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const network = emission.open(networkSnapshot(4))
  expect(left(() => network.columns().bonds.value.buffer)).toBeLessThan(LEFT)
  network.close()
})

it('networks that are closed', async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const state = networkState(networkSnapshot(4))
  const open = (): { byteLength: number } => {
    emission.open(state).close()
    return { byteLength: MB }
  }
  expect(left(open)).toBeLessThan(LEFT)
})

it('networks that are forgotten, once the event loop turns', async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const state = networkState(networkSnapshot(4))
  for (let i = 0; i < 100; i++) emission.open(state)
  const before = process.memoryUsage()
  for (let i = 0; i < 1000; i++) {
    emission.open(state)
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(growth(before)).toBeLessThan(LEFT)
})
