import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readRuntime } from '../../ts/chain/runtime.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { FakeRuntime } from './fake-chain.ts'

const FOLDER = new URL('../../../shared/chain/', import.meta.url)

/** Why tests on real metadata are skipped, or `undefined` where they run. */
export const missingShared: string | undefined = existsSync(FOLDER)
  ? undefined
  : `skipped: no real chain material in ${FOLDER.pathname}`

if (missingShared !== undefined) console.warn(missingShared)

/** The runtimes whose real metadata there is, by spec version. */
export const METADATA: Readonly<Record<number, string>> = {
  240: 'devnet-240',
  300: 'subtensor-300',
  393: 'finney-393',
  424: 'subtensor-424',
}

/** The metadata of a real runtime, hex with `0x`. */
export function metadataOf(spec: number): string {
  return `0x${readFileSync(new URL(`${METADATA[spec]}.metadata.scale`, FOLDER)).toString('hex')}`
}

/** A real runtime, as a block of a fake chain has it. */
export function realRuntime(spec: number): FakeRuntime {
  const metadata = metadataOf(spec)
  const { specName, specVersion } = readRuntime(metadata)
  return { specName, specVersion, metadata }
}

/** Where the metadata of runtimes comes from. */
export interface Runtimes {
  readonly name: string
  /** Why they are not there, or `undefined` where they are. */
  readonly missing: string | undefined
  of(specVersion: number): FakeRuntime
}

/** Made from the table of items, which is to be had everywhere, and real. */
export const RUNTIMES: readonly Runtimes[] = [
  { name: 'metadata of our own', missing: undefined, of: demoRuntime },
  { name: 'real metadata', missing: missingShared, of: realRuntime },
]

/** Keys and values, null for a key that went. */
export type Changes = Readonly<Record<string, string | null>>

/** A block of a recording: what the state before it was, and what it changed. */
export interface RecordedStep {
  readonly block: number
  readonly parent: string
  /** The whole state before, of the first step. */
  readonly before?: Changes
  /** What differs from the state after the step before. */
  readonly beforeChanges?: Changes
  readonly changes: Changes
}

/** A real runtime's epochs, as recorded. */
export interface Recording {
  readonly schema: 'chain-recording/1'
  readonly runtime: { readonly specName: string; readonly specVersion: number }
  readonly mode: string
  readonly netuid: number
  readonly tempo: number
  readonly steps: readonly RecordedStep[]
}

export const RECORDINGS: readonly string[] = [
  'spec300-yuma2-24',
  'spec300-yuma3-24',
  'spec300-yuma3-liquid-24',
  'spec300-yuma3-liquid-64',
]

export function readRecording(name: string): Recording {
  const file = readFileSync(new URL(`../vectors/recordings/${name}.json.gz`, import.meta.url))
  return JSON.parse(gunzipSync(file).toString('utf8')) as Recording
}
