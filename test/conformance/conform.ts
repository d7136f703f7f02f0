/** Vector files of any schema through every engine of this machine. */

import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Emission, loadEmission } from '../../ts/emission/index.ts'
import { type Engine, loadEngine } from '../../ts/engine/index.ts'
import { nativeKernels } from '../../ts/engine/native.ts'
import { parseDocuments } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import {
  type ExpectedOutput,
  firstDifference,
  firstDifferenceOfMechanisms,
  firstLegacyDifference,
} from './epochs.ts'
import { type JsonObject, objects, readDocument } from './files.ts'
import { casesOf, type FunctionHost, nativeHost, versionsOf, wasmHost } from './functions.ts'
import { runBlocks } from './runs.ts'

/** What a file's vectors came to on one engine. */
export interface Outcome {
  readonly file: string
  readonly engine: string
  readonly total: number
  readonly equal: number
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

function outcome(file: string, engine: string, total: number, differences: readonly string[]): Outcome {
  return {
    file,
    engine,
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
 * A file's vectors on every engine that they are for.
 * @throws where the file cannot be read as vectors.
 */
export async function conform(engines: Engines, file: string): Promise<Outcome[]> {
  const document = readDocument(file)
  if (Array.isArray(document.cases)) return engines.functions.flatMap((host) => cases(host, file, document))
  if (Array.isArray(document.blocks))
    return engines.blocks.map((emission) => blocks(emission, file, document))
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
    return outcome(file, `${kind}, of traces`, documents.length, differences)
  })
}

async function epochs(all: readonly Engine[], file: string): Promise<Outcome[]> {
  const documents = await readDocuments(file)
  if (documents.length === 0) throw new Error(`${file}: no vectors`)
  return all.map((engine) => {
    const differences = documents.flatMap(({ name, snapshot, expected }) => {
      const difference =
        expected === undefined ? 'no output' : firstDifference(engine.epoch(snapshot), expected)
      return difference === undefined ? [] : [`${name}: ${difference}`]
    })
    return outcome(file, nameOf(engine), documents.length, differences)
  })
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
  const vectors = objects(document.vectors)
  const read = vectors.map(async (vector) => (await parseDocuments(snapshotFile(vector)))[0]!.snapshot)
  const snapshots = await Promise.all(read)
  return all.map((engine) => {
    const differences = vectors.flatMap(({ name, output }, at) => {
      const result = engine.epoch(snapshots[at]!)
      const difference = firstDifferenceOfMechanisms(result, output as JsonObject)
      return difference === undefined ? [] : [`${String(name)}: ${difference}`]
    })
    return outcome(file, nameOf(engine), vectors.length, differences)
  })
}

function nameOf({ kind, kernel }: Engine): string {
  return kind === 'native' ? `native ${kernel}` : kind
}

function cases(host: FunctionHost, file: string, document: JsonObject): Outcome[] {
  return versionsOf(document).map((version) => {
    const all = casesOf(document, version)
    const answers = host.answers(all.flat().map(({ request }) => request))
    let next = 0
    const differences = all.flatMap((calls, at) => {
      const equal = calls.map(({ expected }) => isDeepStrictEqual(answers[next++], expected))
      return equal.includes(false) ? [`case ${at} of ${basename(file)}`] : []
    })
    const engine = version === document.spec_version ? host.name : `${host.name}, spec ${version}`
    return outcome(file, engine, all.length, differences)
  })
}

function blocks(emission: Emission, file: string, document: JsonObject): Outcome {
  const { total, differences } = runBlocks(emission, document)
  return outcome(file, emission.kind, total, differences)
}
