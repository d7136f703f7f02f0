// `npm run bench:against -- CHECKOUT [CASE…]`: this checkout beside another one that is built, epoch by epoch in turns
// in one process, so that a machine whose speed drifts is as kind to the one as to the other. Ratios are this one's time
// by the other's: above 1 is slower.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makersOf, namesOf, network, subnetOf } from './cases.mjs'

const [folder, ...wanted] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: npm run bench:against -- CHECKOUT [CASE…]')
  process.exit(2)
}
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

function timed(call, times) {
  const begin = performance.now()
  for (let i = 0; i < times; i++) call()
  return (performance.now() - begin) / times
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

function report(name, engine, { here, there, ratio }) {
  const cells = [here.toFixed(4), there.toFixed(4), ratio.toFixed(3)].map((cell) => cell.padStart(9))
  console.log(`${name.padEnd(22)}${engine.padEnd(18)}${cells.join('')}`)
}

const [ours, theirs] = [await enginesOf('.'), await enginesOf(folder)]
console.log(`medians in ms at spec ${specVersion}, this checkout beside ${folder}\n`)
for (const name of namesOf(wanted)) {
  const made = await subnetOf(name, makers)
  // A published state has the rules that it was under.
  const snapshot = { ...made, specVersion: Math.min(specVersion, made.specVersion) }
  for (const [engine, here] of Object.entries(ours)) {
    if (theirs[engine] === undefined) continue
    const epoch = (each) => () => each.epoch(snapshot)
    report(name, engine, compare(epoch(here), epoch(theirs[engine])))
  }
}
if (wanted.length === 0) {
  const subnets = network(makers.generate).map((snapshot) => ({ ...snapshot, specVersion }))
  const engine = Object.keys(ours).findLast((name) => name.startsWith('native'))
  const all = (each) => () => each.epochs(subnets)
  report('128 × real', engine, compare(all(ours[engine]), all(theirs[engine])))
}
