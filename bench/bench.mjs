// `npm run bench [-- --json] [-- CASE…]`: one table of every engine and kernel, each beside the plain reference in the
// same run. tinybench times the public TypeScript API, criterion the same inputs in Rust; their difference is what the
// boundary costs.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { Bench } from 'tinybench'
import { loadEngine } from '../dist/engine/index.js'
import { nativeKernels } from '../dist/engine/native.js'
import { encodeCall } from '../dist/engine/wire.js'
import { makersOf, namesOf, network, subnetOf } from './cases.mjs'

/** How often the two sides of the boundary are timed, in turn. */
const TURNS = 7
const INPUTS = resolve('.cache/bench')

const words = process.argv.slice(2)
const asJson = words.includes('--json')
const names = namesOf(words.filter((word) => word !== '--json'))

const makers = await makersOf('.')
const subnets = new Map()
for (const name of names) subnets.set(name, await subnetOf(name, makers))

function writeInput(name) {
  const { scalars, columns } = encodeCall(subnets.get(name), false)
  const parts = [Uint32Array.of(columns.length + 1)]
  for (const column of [scalars, ...columns]) {
    parts.push(Uint32Array.of(column.BYTES_PER_ELEMENT, column.length), column)
  }
  const bytes = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  writeFileSync(`${INPUTS}/${name}.bin`, Buffer.concat(bytes))
}

/** Leaves the inputs of the cases for criterion. */
function writeInputs() {
  rmSync(INPUTS, { recursive: true, force: true })
  mkdirSync(INPUTS, { recursive: true })
  for (const name of names) writeInput(name)
}

/** Criterion's median of a case on a kernel, in milliseconds. */
function rustMedian(name, kernel) {
  const home = resolve('.cache/criterion')
  rmSync(`${home}/${name}/${kernel}/new`, { recursive: true, force: true })
  const bench = ['bench', '--quiet', '-p', 'yuma-bench', '--', '--exact', `${name}/${kernel}`]
  const { status } = spawnSync('cargo', bench, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, YUMA_BENCH_INPUTS: INPUTS, CRITERION_HOME: home },
  })
  if (status !== 0) process.exit(1)
  const estimates = readFileSync(`${home}/${name}/${kernel}/new/estimates.json`, 'utf8')
  return JSON.parse(estimates).median.point_estimate / 1e6
}

/** The median of a call, in milliseconds. */
async function median(call, time) {
  const bench = new Bench({ time, iterations: 3, warmupTime: time / 5, warmupIterations: 1 })
  bench.add('epoch', call)
  await bench.run()
  const { result } = bench.tasks[0]
  if (result.state !== 'completed') throw result.error ?? new Error(`a benchmark ended ${result.state}`)
  return result.latency.p50
}

const kernels = nativeKernels()
const engines = [
  await loadEngine({ prefer: 'reference' }),
  ...(await Promise.all(kernels.map((kernel) => loadEngine({ prefer: 'native', kernel })))),
  await loadEngine({ prefer: 'wasm' }),
  await loadEngine({ prefer: 'wasm-scalar' }),
]

function middle(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
}

/** What of a result the cases with few fields ask for. */
const FEW = { fields: ['dividends', 'incentive'] }

/** Epochs of which each is written into the memory of the one before. */
function epochsInto(engine, snapshot) {
  let result
  return () => {
    result = engine.epoch(snapshot, { into: result })
  }
}

/**
 * A native engine and the same call in Rust. The boundary between them is less than a machine's speed wanders within a
 * minute: it is the median of the differences between neighbours in time.
 */
async function nativeRows(name, engine, snapshot, reference) {
  const best = engine.kernel === kernels.at(-1)
  const turns = []
  for (let turn = 0; turn < (best ? TURNS : 1); turn++) {
    const bare = rustMedian(name, engine.kernel)
    const ms = await median(() => engine.epoch(snapshot), 1000)
    const few = await median(() => engine.epoch(snapshot, FEW), 1000)
    turns.push({ bare, ms, few, into: await median(epochsInto(engine, snapshot), 1000) })
  }
  const ms = middle(turns.map((turn) => turn.ms))
  const bare = middle(turns.map((turn) => turn.bare))
  const row = (side, ms) => ({ case: name, engine: side, kernel: engine.kernel, ms })
  const boundary = (label, side) => {
    const between = middle(turns.map((turn) => turn[side] - turn.bare))
    return { ...row(label, between), part: between / bare }
  }
  return [
    { ...row('native', ms), ratio: reference / ms },
    { ...row('rust', bare), ratio: reference / bare },
    ...(best
      ? [
          boundary('boundary', 'ms'),
          boundary('boundary, into', 'into'),
          fewFields(row, turns, reference),
          boundary('boundary, 2 fields', 'few'),
        ]
      : []),
  ]
}

/** The call that asks for two fields. */
function fewFields(row, turns, reference) {
  const ms = middle(turns.map(({ few }) => few))
  return { ...row('native, 2 fields', ms), ratio: reference / ms }
}

writeInputs()
const rows = []
for (const name of names) {
  const snapshot = subnets.get(name)
  let reference
  for (const engine of engines) {
    if (engine.kind === 'native') {
      rows.push(...(await nativeRows(name, engine, snapshot, reference)))
      continue
    }
    const slow = engine.kind === 'reference'
    const ms = await median(() => engine.epoch(snapshot), slow ? 1 : 1000)
    if (slow) reference = ms
    rows.push({ case: name, engine: engine.kind, kernel: engine.kernel, ms, ratio: reference / ms })
  }
}

const all = network(makers.generate)
const native = await loadEngine({ prefer: 'native' })
const oneCore = await median(() => all.map((each) => native.epoch(each)), 1000)
const allCores = await median(() => native.epochs(all), 1000)
rows.push({ case: '128 × real', engine: 'native', kernel: `${native.kernel}, one core`, ms: oneCore })
rows.push({ case: '128 × real', engine: 'native', kernel: `${native.kernel}, all cores`, ms: allCores })

if (asJson) {
  console.log(JSON.stringify({ cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, rows }))
} else {
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; medians\n`)
  const line = (cells) =>
    cells.map((cell, at) => (at < 3 ? cell.padEnd([18, 20, 20][at]) : cell.padStart(12))).join('')
  console.log(line(['case', 'engine', 'kernel', 'ms', '× reference']))
  for (const row of rows) {
    const share = row.part === undefined ? '' : `${(100 * row.part).toFixed(1)} %`
    const last = row.ratio === undefined ? share : row.ratio.toFixed(1)
    console.log(line([row.case, row.engine, row.kernel, row.ms.toFixed(3), last]))
  }
}
