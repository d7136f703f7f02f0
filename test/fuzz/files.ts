/** Files that are none: snapshots, vectors, networks, published weights, plain and gzip, and histories. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { loadEngine } from '../../ts/engine/index.ts'
import { FileError, InputError } from '../../ts/errors/index.ts'
import {
  encodeSnapshot,
  generate,
  importMetagraph,
  METAGRAPH_SCHEMA,
  networkPieces,
  parseDocuments,
  parseNetwork,
  type Snapshot,
} from '../../ts/snapshot/index.ts'
import { History } from '../../ts/verify/index.ts'
import { networkSnapshot } from '../emission/network.ts'
import { outcome, outcomeDifference } from '../wasm/outcome.ts'
import { changedBytes, changedValue } from './mutate.ts'
import type { Fuzzer } from './run.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function bytesOf(document: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(document))
}

/** The files that changes begin with: small, so that most of what changes matters. */
function originals(): Uint8Array[] {
  const snapshot = {
    ...generate({ n: 4, validators: 2, seed: 3, mechanisms: 2 }),
    extra: { stake: { a: [1] } },
  }
  const bytes = encodeSnapshot(snapshot)
  const {
    schema: _,
    spec_version,
    name,
    hotkeys: __,
    coldkeys: ___,
    extra: ____,
    ...fields
  } = JSON.parse(decoder.decode(bytes)) as Record<string, unknown>
  const { mechanisms, mechanism_emission_split: _____, ...input } = fields
  const [mechanism] = mechanisms as Record<string, unknown>[]
  const vector = {
    schema: 'yuma-epoch-vector/1',
    spec_version,
    name,
    input: { ...input, ...mechanism },
    output: { incentive: [0] },
  }
  const set = { schema: 'yuma-epoch-vector-set/1', spec_version, vectors: [vector, vector] }
  const whole = encoder.encode([...networkPieces(networkSnapshot(2))].join(''))
  return [bytes, bytesOf(vector), bytesOf(set), whole, gzipSync(bytes), gzipSync(whole)]
}

/** Weights and stake as they are published. */
function published(): Uint8Array[] {
  const document = {
    schema: METAGRAPH_SCHEMA,
    network: 'finney',
    netuid: 1,
    block: 4_000_000,
    hotkeys: generate({ n: 3, validators: 2, seed: 1 }).hotkeys,
    stake: [1000.5, 20, 0],
    weights: [
      [
        [1, 1],
        [2, 0.5],
      ],
      [[2, 1]],
      [],
    ],
  }
  return [bytesOf(document), gzipSync(bytesOf(document))]
}

/** Files changed in their bytes, or in fields of what stays JSON. */
function changed(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const fields = fc.tuple(fc.nat(files.length - 1), changedValue).map(([which, change]) => {
    const file = files[which]!
    const packed = file[0] === 0x1f
    const document: unknown = JSON.parse(decoder.decode(packed ? gunzipSync(file) : file))
    const bytes = encoder.encode(JSON.stringify(change(document)) ?? '')
    return packed ? gzipSync(bytes) : bytes
  })
  return fc.oneof(changedBytes(files), fields)
}

/** Lets only what is thrown on purpose pass, where it names the file. */
function expectTyped(error: unknown): void {
  const typed = error instanceof InputError || error instanceof FileError
  if (!typed || !error.message.startsWith('f: ')) throw error
}

const native = await loadEngine({ prefer: 'native' })
const reference = await loadEngine({ prefer: 'reference' })

/** An epoch of what was read, by the engine and plainly: the same, or refused alike. */
function epochs(snapshot: Snapshot): void {
  const difference = outcomeDifference(outcome(native, snapshot), outcome(reference, snapshot))
  if (difference !== undefined) throw new Error(difference)
}

/** Reads a file as whatever it is, writes what was read, and runs it, as a user would. */
async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    for (const { snapshot, expected } of await parseDocuments(bytes, { file: 'f' })) {
      JSON.stringify(expected)
      const written = encodeSnapshot(snapshot)
      const [back] = await parseDocuments(written, { file: 'f' })
      if (Buffer.compare(encodeSnapshot(back!.snapshot), written) !== 0) throw new Error('read as another')
      epochs(snapshot)
    }
  } catch (error) {
    expectTyped(error)
  }
  try {
    const whole = await parseNetwork(bytes, { file: 'f' })
    const written = encoder.encode([...networkPieces(whole)].join(''))
    const again = await parseNetwork(written, { file: 'f' })
    if ([...networkPieces(again)].join('') !== decoder.decode(written)) throw new Error('read as another')
  } catch (error) {
    expectTyped(error)
  }
}

async function readPublished(bytes: Uint8Array): Promise<void> {
  try {
    epochs(await importMetagraph(bytes, { file: 'f' }))
  } catch (error) {
    expectTyped(error)
  }
}

const CHAIN = 'a chain'

/** Opens a file as a history and reads all that there is, in a folder of its own. */
async function readHistory(folder: string, bytes: Uint8Array): Promise<void> {
  const file = join(folder, 'f')
  // What a history has not yet brought into its file lies beside it.
  rmSync(`${file}.wal`, { force: true })
  writeFileSync(file, bytes)
  try {
    await using history = await History.open(file, CHAIN)
    await history.progress('all')
    await history.has({ netuid: 1, block: 1n })
    await history.doubtful()
    await history.setProgress('all', { since: 1n, block: 3n })
  } catch (error) {
    if (!(error instanceof FileError)) throw error
  }
}

/** The fuzzer of histories. */
export async function histories(): Promise<Fuzzer<Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-fuzz-'))
  const file = join(folder, 'whole')
  {
    await using history = await History.open(file, CHAIN)
    await history.setProgress('all', { since: 1n, block: 2n })
  }
  return {
    name: 'histories',
    inputs: changedBytes([readFileSync(file)]),
    property: (bytes) => readHistory(folder, bytes),
    mostMs: 10_000,
    keepsSize: true,
    end: async () => rmSync(folder, { recursive: true }),
  }
}

/** The fuzzer of files that are read. */
export function files(): Fuzzer<Uint8Array> {
  return { name: 'files', inputs: changed(originals()), property: readAll, mostMs: 10_000 }
}

/** The fuzzer of published weights. */
export function metagraphs(): Fuzzer<Uint8Array> {
  return { name: 'published weights', inputs: changed(published()), property: readPublished, mostMs: 10_000 }
}
