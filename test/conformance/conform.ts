/** Vector files of any schema through every engine of this machine. */

import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Emission, loadEmission } from '../../ts/emission/index.ts'
import { type Engine, type EpochResult, loadEngine, type RulesRange } from '../../ts/engine/index.ts'
import { nativeKernels } from '../../ts/engine/native.ts'
import { InputError, parseDocuments, type Snapshot } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import {
  type ExpectedOutput,
  firstDifference,
  firstDifferenceOfMechanisms,
  firstLegacyDifference,
} from './epochs.ts'
import { type JsonObject, objects, readDocument } from './files.ts'
import { finneyPart, isFinney, runFinney } from './finney.ts'
import {
  casesOf,
  type FunctionHost,
  nativeHost,
  type Part,
  partOf,
  versionsOf,
  wasmHost,
} from './functions.ts'
import { runBlocks } from './runs.ts'

/** What a file's vectors came to on one engine. */
export interface Outcome {
  readonly file: string
  readonly engine: string
  /** What of a block they are of. */
  readonly part: Part | 'whole blocks'
  /** The version by whose rules they ran. */
  readonly spec: number
  readonly total: number
  readonly equal: number
  /** Vectors of the file that this version refuses, as it is open what it makes of them. */
  readonly open?: number
  /** The first few, in words. */
  readonly differences: readonly string[]
}

/** Every engine of this machine. */
export interface Engines {
  /** Native kernels, the reference, and both WebAssembly builds. */
  readonly epochs: readonly Engine[]
  /** Native, and both WebAssembly builds. */
  readonly blocks: readonly Emission[]
  /** What answers single functions: the same crates, built for tests. */
  readonly functions: readonly FunctionHost[]
}

/** Loads them all. */
export async function loadEngines(): Promise<Engines> {
  const kernels = nativeKernels().map((kernel) => loadEngine({ prefer: 'native', kernel }))
  const others = (['reference', 'wasm', 'wasm-scalar'] as const).map((prefer) => loadEngine({ prefer }))
  const blocks = (['native', 'wasm', 'wasm-scalar'] as const).map((prefer) => loadEmission({ prefer }))
  return {
    epochs: await Promise.all([...kernels, ...others]),
    blocks: await Promise.all(blocks),
    functions: [nativeHost(), await wasmHost('simd'), await wasmHost('scalar')],
  }
}

const MOST_DIFFERENCES = 5

type What = Pick<Outcome, 'file' | 'engine' | 'part' | 'spec' | 'open'>

function outcome(what: What, total: number, differences: readonly string[]): Outcome {
  return {
    ...what,
    total,
    equal: total - differences.length,
    differences: differences.slice(0, MOST_DIFFERENCES),
  }
}

/** The files under paths, by name: vectors are JSON, plain or gzip. */
export async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (!statSync(path).isDirectory()) {
      files.push(path)
      continue
    }
    const names = await readdir(path, { recursive: true })
    const found = names.filter((name) => /\.json(\.gz)?$/.test(name)).sort()
    if (found.length === 0) throw new Error(`${path}: no vectors`)
    files.push(...found.map((name) => join(path, name)))
  }
  return files
}

/**
 * A file's vectors on every engine that they are for, and by the rules of every version that they hold for.
 * @throws where the file cannot be read as vectors, or has none.
 */
export async function conform(engines: Engines, file: string): Promise<Outcome[]> {
  const document = readDocument(file)
  const lists = [document.cases, document.blocks, document.vectors]
  if (lists.some((list) => Array.isArray(list) && list.length === 0)) throw new Error('no vectors')
  if (Array.isArray(document.cases)) return engines.functions.flatMap((host) => cases(host, file, document))
  if (Array.isArray(document.blocks))
    return versionsOf(document).flatMap((spec) =>
      blocksOf(engines, spec).map((emission) => blocks(emission, file, document, spec)),
    )
  if (isFinney(document))
    return blocksOf(engines, Number(document.spec_version)).map((emission) =>
      finney(emission, file, document),
    )
  if (document.schema === MECHANISMS_SCHEMA) return mechanisms(engines.epochs, file, document)
  const outcomes = await epochs(engines.epochs, file)
  const vectors = Array.isArray(document.vectors) ? objects(document.vectors) : [document]
  const also = vectors.map((vector) => vector.also as ExpectedOutput | undefined)
  return also.includes(undefined) ? outcomes : [...outcomes, ...(await legacyTerms(engines, file, also))]
}

/** What older runtimes store beside a result, where every vector says that: of traces, by what explains them. */
async function legacyTerms(
  { epochs, blocks }: Engines,
  file: string,
  also: readonly (ExpectedOutput | undefined)[],
): Promise<Outcome[]> {
  const documents = await readDocuments(file)
  return blocks.map(({ kind, explain }) => {
    const engine = epochs.find((engine) => engine.kind === kind)!
    const differences = documents.flatMap(({ name, snapshot }, at) => {
      const { mechanisms } = engine.epoch(snapshot, { trace: true })
      const difference = firstLegacyDifference(explain.legacyTerms(mechanisms[0]!), also[at]!)
      return difference === undefined ? [] : [`${name}: ${difference}`]
    })
    const spec = documents[0]!.snapshot.specVersion
    const what = { file, engine: `${kind}, of traces`, part: 'epoch', spec } as const
    return outcome(what, documents.length, differences)
  })
}

/** A snapshot, and the first difference of a result from what its vector expects. */
interface EpochCase {
  readonly name: string
  readonly snapshot: Snapshot
  readonly difference: (result: EpochResult) => string | undefined
}

async function epochs(all: readonly Engine[], file: string): Promise<Outcome[]> {
  const documents = await readDocuments(file)
  if (documents.length === 0) throw new Error('no vectors')
  const vectors = documents.map(({ name, snapshot, expected }) => ({
    name,
    snapshot,
    difference: (result: EpochResult) =>
      expected === undefined ? 'no output' : firstDifference(result, expected),
  }))
  const specs = new Set(vectors.map(({ snapshot }) => snapshot.specVersion))
  const bySpec = [...specs].map((spec) => vectors.filter(({ snapshot }) => snapshot.specVersion === spec))
  return all.flatMap((engine) => bySpec.flatMap((own) => byVersions(engine, file, own)))
}

/** By the rules of the vectors' own version, and of the last one of each range whose text is the same. */
function byVersions(engine: Engine, file: string, vectors: readonly EpochCase[]): Outcome[] {
  const own = vectors[0]!.snapshot.specVersion
  const outcomes = [epochOutcome(engine, file, own, vectors)]
  for (const range of engine.rules) {
    if (range.as !== own) continue
    const held = vectors.filter(({ snapshot }) => holdsBefore(range, snapshot))
    if (held.length > 0) outcomes.push(epochOutcome(engine, file, range.last, held))
  }
  return outcomes
}

/**
 * Whether a vector holds at versions before its own that have the same text: without Null, subnets are under Yuma, and
 * bonds are cut off by the last epoch alone.
 */
function holdsBefore({ nullConsensus }: RulesRange, snapshot: Snapshot): boolean {
  const { subnetEpochConsensus = 'Yuma', lastYumaStepBlock = null, lastMechanismStepBlock } = snapshot
  const sameCutoff =
    lastYumaStepBlock === null || (lastYumaStepBlock !== 0n && lastYumaStepBlock === lastMechanismStepBlock)
  return nullConsensus || (subnetEpochConsensus === 'Yuma' && sameCutoff)
}

/** The fields that say why a version of which it is open what it makes of a vector refuses it. */
const OPEN_FIELDS: readonly string[] = ['consensusByMechanism', 'mechanismEmissionSplit']

function epochOutcome(engine: Engine, file: string, spec: number, vectors: readonly EpochCase[]): Outcome {
  const differences: string[] = []
  let open = 0
  for (const { name, snapshot, difference } of vectors) {
    try {
      const found = difference(engine.epoch(snapshot, { asSpec: spec }))
      if (found !== undefined) differences.push(`${name}: ${found}`)
    } catch (error) {
      const isOpen = spec !== snapshot.specVersion && error instanceof InputError
      if (!isOpen || !OPEN_FIELDS.includes(error.field)) throw error
      open += 1
    }
  }
  const what = { file, engine: nameOf(engine), part: 'epoch', spec, ...(open === 0 ? {} : { open }) } as const
  return outcome(what, vectors.length - open, differences)
}

const MECHANISMS_SCHEMA = 'yuma-mechanisms-vector-set/1'
const POOLS = ['pending_server_emission', 'pending_validator_emission', 'pending_root_alpha_divs']

/** A vector's input as a snapshot file, which has the sum of the pools too. */
function snapshotFile({ spec_version, input }: JsonObject): Uint8Array {
  const pools = input as JsonObject
  const sum = POOLS.reduce((sum, pool) => sum + BigInt(pools[pool] as string), 0n)
  const emission = String(BigInt.asUintN(64, sum) === sum ? sum : BigInt.asUintN(64, -1n))
  const file = { schema: 'yuma-snapshot/1', spec_version, emission, ...pools }
  return new TextEncoder().encode(JSON.stringify(file))
}

async function mechanisms(all: readonly Engine[], file: string, document: JsonObject): Promise<Outcome[]> {
  const read = objects(document.vectors).map(async (vector) => ({
    name: String(vector.name),
    snapshot: (await parseDocuments(snapshotFile(vector)))[0]!.snapshot,
    difference: (result: EpochResult) => firstDifferenceOfMechanisms(result, vector.output as JsonObject),
  }))
  const vectors = await Promise.all(read)
  const specs = new Set(vectors.map(({ snapshot }) => snapshot.specVersion))
  const bySpec = [...specs].map((spec) => vectors.filter(({ snapshot }) => snapshot.specVersion === spec))
  return all.flatMap((engine) => bySpec.flatMap((own) => byVersions(engine, file, own)))
}

function nameOf({ kind, kernel }: Engine): string {
  return kind === 'native' ? `native ${kernel}` : kind
}

function cases(host: FunctionHost, file: string, document: JsonObject): Outcome[] {
  const part = partOf(document)
  return versionsOf(document).map((spec) => {
    const all = casesOf(document, spec)
    const answers = host.answers(all.flat().map(({ request }) => request))
    let next = 0
    const differences = all.flatMap((calls, at) => {
      const equal = calls.map(({ expected }) => isDeepStrictEqual(answers[next++], expected))
      return equal.includes(false) ? [`case ${at} of ${basename(file)}`] : []
    })
    return outcome({ file, engine: host.name, part, spec }, all.length, differences)
  })
}

/** What runs blocks of a version. */
function blocksOf({ blocks }: Engines, spec: number): readonly Emission[] {
  return blocks.filter(({ rules }) => rules.block.some(({ first, last }) => first <= spec && spec <= last))
}

function finney(emission: Emission, file: string, document: JsonObject): Outcome {
  const { total, differences } = runFinney(emission, document)
  const spec = Number(document.spec_version)
  return outcome({ file, engine: emission.kind, part: finneyPart(document), spec }, total, differences)
}

function blocks(emission: Emission, file: string, document: JsonObject, spec: number): Outcome {
  const { total, differences } = runBlocks(emission, document, spec)
  return outcome({ file, engine: emission.kind, part: 'whole blocks', spec }, total, differences)
}
