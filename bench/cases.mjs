// The subnets that benchmarks run, by name: of the shapes that real ones have first, then dense ones.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where published states lie, outside the repository. */
const REAL = resolve('../shared/real')

/** A published state; there where the folder is. */
function published(file) {
  return { file: `${REAL}/${file}` }
}

/**
 * A subnet of a real one's shape: few validators, of which each weighs a part of the neurons in runs of uids, and bonds
 * with those alone that have consensus.
 */
function sparse(n, validators, [leastCoverage, mostCoverage], hyperparameters = {}) {
  return { n, validators, leastCoverage, mostCoverage, burst: 4, steadyBonds: true, hyperparameters }
}

/** A subnet whose validators weigh every neuron. */
function dense(n, validators, hyperparameters = {}) {
  return { n, validators, hyperparameters }
}

const LIQUID = { yuma3On: true, liquidAlphaOn: true }

export const CASES = {
  'finney-sn31': published('finney-sn31-series/snapshot-3618000.json.gz'),
  'finney-sn2': published('finney-sn2-2024-08/snapshot.json.gz'),
  'real-n256-v30': sparse(256, 30, [0.2, 0.6]),
  'real-n256-v40': sparse(256, 40, [0.6, 1]),
  'real-n256-v20-liquid': sparse(256, 20, [0.3, 1], LIQUID),
  'n256-v64': dense(256, 64),
  'n256-v256': dense(256, 256),
  'n256-v64-liquid': dense(256, 64, LIQUID),
  'n1024-v64': dense(1024, 64),
  'n1024-v64-liquid': dense(1024, 64, LIQUID),
  'n4096-v64': dense(4096, 64),
  'n4096-v64-penalty': dense(4096, 64, { bondsPenalty: 32767 }),
  'n4096-v64-liquid': dense(4096, 64, LIQUID),
  'n4096-v512': dense(4096, 512),
}

/** The 128 subnets of a network of the real kind. */
export function network(generate) {
  return Array.from({ length: 128 }, (_, seed) =>
    generate({ ...sparse(256, 10 + (seed % 32), [0.2, 1]), seed }),
  )
}

/** The names of the cases wanted, all that there are by default; ends the process where one is unknown. */
export function namesOf(wanted) {
  for (const name of wanted) {
    if (CASES[name] === undefined) {
      console.error(`no case ${name}: expected ${Object.keys(CASES).join(', ')}`)
      process.exit(2)
    }
  }
  if (wanted.length > 0) return wanted
  const isThere = ({ file }) => file === undefined || existsSync(file)
  const missing = Object.keys(CASES).filter((name) => !isThere(CASES[name]))
  if (missing.length > 0) console.error(`without ${missing.join(', ')}: ${REAL} is not there`)
  return Object.keys(CASES).filter((name) => !missing.includes(name))
}

/** The functions of a checkout's built package that cases are made with. */
export async function makersOf(checkout) {
  const load = (file) => import(pathToFileURL(resolve(checkout, 'dist', file)).href)
  const { loadEngine } = await load('engine/index.js')
  const { generate } = await load('snapshot/index.js')
  const { readDocuments } = await load('snapshot/node.js')
  return { generate, readDocuments, engine: await loadEngine() }
}

/** A case's subnet. An option that the generator does not know would leave another case under this name. */
export async function subnetOf(name, makers) {
  const { file, ...options } = CASES[name]
  if (file !== undefined) return settled(await publishedState(file, makers), makers)
  const snapshot = makers.generate({ density: 1, seed: 7, ...options })
  for (const [key, value] of Object.entries(options.hyperparameters)) {
    if (snapshot[key] !== value) throw new Error(`${name}: ${key} is ${snapshot[key]}, not ${value}`)
  }
  return snapshot
}

async function publishedState(file, { readDocuments }) {
  const [{ snapshot }] = await readDocuments(file)
  return snapshot
}

/** Epochs on the same weights until bonds hardly move. */
const SETTLING = 10

/** The subnet with the bonds that some epochs on the same weights leave: the published weights came without. */
function settled(snapshot, { engine }) {
  let settled = snapshot
  for (let epoch = 0; epoch < SETTLING; epoch++) {
    const [{ bonds }] = engine.epoch(settled).mechanisms
    settled = { ...settled, mechanisms: [{ ...settled.mechanisms[0], bonds }] }
  }
  return settled
}
