// A page as a user of the package would write it; the tests call what it puts on `window.app`.
// `#test` is this repository's test folder; `yuma-core` is whatever was installed.

import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { loadSimulator } from 'yuma-core/simulate'
import { generate, parseDocuments } from 'yuma-core/snapshot'
import { loadWasm } from 'yuma-core/wasm'
import { createWorkerEngine } from 'yuma-core/worker'
import workerScript from 'yuma-core/worker/script?worker&url'
import { firstDifference } from '#test/conformance/epochs.ts'
import { runBlocks } from '#test/conformance/runs.ts'
import { runScenario } from '#test/simulate/run-scenario.ts'
import { outcome, outcomeDigest, resultLeaves } from '#test/wasm/outcome.ts'
import { randomSubnet } from '#test/wasm/random-subnet.ts'

async function documentsOf(address) {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`)
  return parseDocuments(new Uint8Array(await response.arrayBuffer()), { file: address })
}

async function loaded(kind) {
  const engine = await loadEngine({ prefer: kind })
  if (engine.kind !== kind) throw new Error(`asked for ${kind}, found ${engine.kind}`)
  return engine
}

/** How many vectors of the files are equal, and the first difference. */
async function vectors(kind, addresses) {
  const engine = await loaded(kind)
  let equal = 0
  for (const address of addresses) {
    for (const { name, snapshot, expected } of await documentsOf(address)) {
      if (expected === undefined) return { equal, difference: `${name} has no output` }
      const difference = firstDifference(engine.epoch(snapshot), expected)
      if (difference !== undefined) return { equal, difference: `${name}: ${difference}` }
      equal += 1
    }
  }
  return { equal }
}

/** What a whole-block run comes to, on a network that stays in the page's instance. */
async function blocks(kind, address) {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`)
  const text = response.body.pipeThrough(new DecompressionStream('gzip'))
  const run = JSON.parse(await new Response(text).text())
  const emission = await loadEmission({ prefer: kind })
  if (emission.kind !== kind) throw new Error(`asked for ${kind}, found ${emission.kind}`)
  return runBlocks(emission, run)
}

/** What a scenario comes to. */
async function scenario(kind, address) {
  const simulator = await loadSimulator({ prefer: kind })
  if (simulator.kind !== kind) throw new Error(`asked for ${kind}, found ${simulator.kind}`)
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`)
  return runScenario(simulator, new Uint8Array(await response.arrayBuffer()))
}

/** How many random subnets come to what `digests` says, and the first seed that does not. */
async function random(kind, digests) {
  const engine = await loaded(kind)
  for (const [seed, expected] of digests.entries()) {
    const digest = await outcomeDigest(outcome(engine, randomSubnet(seed)))
    if (digest !== expected) return { equal: seed, difference: `seed ${seed}` }
  }
  return { equal: digests.length }
}

/** An error as its fields: it does not cross out of the page by itself. */
function faultOf(promise) {
  return promise.then(
    () => 'the call passed',
    ({ name, code, message, field, uid }) => ({ name, code, message, field, uid }),
  )
}

const small = generate({ n: 16, validators: 4, seed: 3 })
const large = generate({ n: 1024, validators: 256, seed: 1 })

/** Whether workers give what the page itself does, on results and on bad input. */
async function workersAgree(pool) {
  const [page, workers] = [await loadWasm(), await createWorkerEngine({ pool })]
  const snapshots = Array.from({ length: 40 }, (_, seed) => generate({ n: 8 + seed, validators: 4, seed }))
  const results = await workers.epochs(snapshots, { trace: true })
  let equal = 0
  for (const [i, snapshot] of snapshots.entries()) {
    const [a, b] = [page.epoch(snapshot, { trace: true }), results[i]].map(resultLeaves)
    if (JSON.stringify(a) === JSON.stringify(b)) equal += 1
  }
  const bad = { ...small, n: 0 }
  const faults = [await faultOf((async () => page.epoch(bad))()), await faultOf(workers.epoch(bad))]
  workers.close()
  return { kind: workers.kind, equal, faults }
}

/** Aborts running work, then goes on. */
async function abortAndGoOn() {
  const workers = await createWorkerEngine({ pool: 1 })
  const signal = AbortSignal.timeout(10)
  const fault = await faultOf(workers.epochs(new Array(200).fill(large), { signal }))
  const { n } = await workers.epoch(small)
  workers.close()
  return { fault, n }
}

function moduleBlob(source) {
  return URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
}

/** This package's worker, with an error that nobody catches at its first call. */
function startBreakable() {
  const broken = moduleBlob(
    `addEventListener('message', ({ data }) => { if ('calls' in data) throw new Error('no such luck') })`,
  )
  const both = `import ${JSON.stringify(broken)}; import ${JSON.stringify(new URL(workerScript, location.href))}`
  return new Worker(moduleBlob(both), { type: 'module' })
}

/** A worker that breaks at its work, and what comes after; and workers that do not start. */
async function crashAndGoOn() {
  const starts = [startBreakable, () => new Worker(workerScript, { type: 'module' })]
  const workers = await createWorkerEngine({ pool: 1, start: () => starts.shift()() })
  const died = await faultOf(workers.epoch(small))
  const { n } = await workers.epoch(small)
  workers.close()
  const missing = await faultOf(createWorkerEngine({ start: () => new Worker('/missing.js') }))
  return { died, n, startsLeft: starts.length, missing }
}

/** Memory that cannot be transferred, and what comes after. */
async function untransferableAndGoOn() {
  const workers = await createWorkerEngine({ pool: 1 })
  const { buffer } = new WebAssembly.Memory({ initial: 1 })
  const snapshot = { ...structuredClone(small), blockAtRegistration: new BigUint64Array(buffer, 0, small.n) }
  const fault = await faultOf(workers.epoch(snapshot, { transfer: true }))
  const { n } = await workers.epoch(small)
  workers.close()
  return { fault, n }
}

/** Timer ticks of the page while the engine works for it. */
async function ticksMeanwhile() {
  const workers = await createWorkerEngine({ pool: 1 })
  let ticks = 0
  const ticking = setInterval(() => {
    ticks += 1
  }, 4)
  await workers.epochs(new Array(40).fill(large))
  clearInterval(ticking)
  workers.close()
  return ticks
}

window.app = {
  vectors,
  blocks,
  scenario,
  random,
  workersAgree,
  abortAndGoOn,
  crashAndGoOn,
  untransferableAndGoOn,
  ticksMeanwhile,
}
