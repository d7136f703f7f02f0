// `npm run bench:against -- CHECKOUT [--spec N[:M]] [--fields F,G] [--processor] [CASE…]`: this checkout beside another one
// that is built, epoch by epoch in turns in one process, so that a machine whose speed drifts is as kind to the one as to
// the other. Ratios are this one's time by the other's: above 1 is slower. With --spec this one runs by the rules of N, the
// other by those of M, or of N too; `.` as the checkout holds two versions against each other. With --fields those alone
// are asked for. With --processor what is counted is the process's time of the processor, collections on threads beside it
// included: for a machine that others keep busy.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { makersOf, namesOf, network, subnetOf } from './cases.mjs'

/** What is compared with what: the other checkout, the versions of both sides where they were asked for, cases, a clock. */
function argumentsOf(words) {
  const { positionals, values } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      spec: { type: 'string' },
      fields: { type: 'string' },
      processor: { type: 'boolean', default: false },
    },
  })
  const [folder, ...wanted] = positionals
  const [, here, there = here] = /^(\d+)(?::(\d+))?$/.exec(values.spec ?? '0') ?? []
  if (folder === undefined || here === undefined) throw new Error('arguments')
  const specs = values.spec && { here: Number(here), there: Number(there) }
  const options = values.fields && { fields: values.fields.split(',') }
  return { folder, wanted, specs, options, processor: values.processor }
}

let given
try {
  given = argumentsOf(process.argv.slice(2))
} catch {
  console.error(
    'usage: npm run bench:against -- CHECKOUT [--spec N[:M]] [--fields F,G] [--processor] [CASE…]',
  )
  process.exit(2)
}
const { folder, wanted, specs, options, processor } = given
const load = (root, file) => import(pathToFileURL(resolve(root, 'dist', file)).href)
const makers = await makersOf('.')

/** How long the epochs of one case and engine run, in milliseconds. */
const BUDGET_MS = 3000
const MIN_TURNS = 25
/** Epochs in a turn: about as many as take this long. */
const TURN_MS = 4

async function enginesOf(root) {
  const { loadEngine } = await load(root, 'engine/index.js')
  const { nativeKernels } = await load(root, 'engine/native.js').catch(() => load(root, 'runtime/native.js'))
  const kernels = nativeKernels()
  return {
    ...Object.fromEntries(
      await Promise.all(
        kernels.map(async (kernel) => [`native ${kernel}`, await loadEngine({ prefer: 'native', kernel })]),
      ),
    ),
    wasm: await loadEngine({ prefer: 'wasm' }),
    'wasm-scalar': await loadEngine({ prefer: 'wasm-scalar' }),
  }
}

/** Milliseconds of this process's time of the processor. */
function processorTime() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const now = processor ? processorTime : () => performance.now()

function timed(call, times) {
  const begin = now()
  for (let i = 0; i < times; i++) call()
  return (now() - begin) / times
}

function middle(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
}

/** Medians of both, and of the ratio turn by turn. */
function compare(here, there) {
  const times = Math.max(1, Math.round(TURN_MS / timed(there, 3)))
  timed(here, 3)
  const turns = []
  const end = performance.now() + BUDGET_MS
  while (performance.now() < end || turns.length < MIN_TURNS) {
    // Whoever comes second finds the caches warm: they take turns in that too.
    const first = turns.length % 2 === 0
    const a = timed(first ? here : there, times)
    const b = timed(first ? there : here, times)
    turns.push(first ? [a, b] : [b, a])
  }
  return {
    here: middle(turns.map(([here]) => here)),
    there: middle(turns.map(([, there]) => there)),
    ratio: middle(turns.map(([here, there]) => here / there)),
  }
}

/** The spec version of what a checkout makes up. */
const newestOf = ({ generate }) => generate({ n: 1, validators: 1, seed: 0 }).specVersion
/** By rules that both know: the other checkout may be of before the newest. */
const specVersion = Math.min(newestOf(makers), newestOf(await load(folder, 'snapshot/index.js')))

/** The same subnet on both sides. A published state has the rules that it was under, unless others are asked for. */
function sidesOf(snapshot) {
  const own = Math.min(specVersion, snapshot.specVersion)
  return {
    here: { ...snapshot, specVersion: specs?.here ?? own },
    there: { ...snapshot, specVersion: specs?.there ?? own },
  }
}

function report(name, engine, { here, there, ratio }) {
  const cells = [here.toFixed(4), there.toFixed(4), ratio.toFixed(3)].map((cell) => cell.padStart(9))
  console.log(`${name.padEnd(22)}${engine.padEnd(18)}${cells.join('')}`)
}

const [ours, theirs] = [await enginesOf('.'), await enginesOf(folder)]
const [spec, beside] = specs ? [specs.here, ` at spec ${specs.there}`] : [specVersion, '']
console.log(
  `medians in ms${processor ? ' of the processor' : ''} at spec ${spec}, this checkout beside ${folder}${beside}\n`,
)
for (const name of namesOf(wanted)) {
  const sides = sidesOf(await subnetOf(name, makers))
  for (const [engine, here] of Object.entries(ours)) {
    if (theirs[engine] === undefined) continue
    const there = theirs[engine]
    report(
      name,
      engine,
      compare(
        () => here.epoch(sides.here, options),
        () => there.epoch(sides.there, options),
      ),
    )
  }
}
if (wanted.length === 0) {
  const sides = network(makers.generate).map(sidesOf)
  const [here, there] = [sides.map((side) => side.here), sides.map((side) => side.there)]
  const engine = Object.keys(ours).findLast((name) => name.startsWith('native'))
  const compared = compare(
    () => ours[engine].epochs(here, options),
    () => theirs[engine].epochs(there, options),
  )
  report('128 × real', engine, compared)
}
