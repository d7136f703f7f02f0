/** The JSON documents of a lake: its head, and what came of each chunk. */

import * as v from 'valibot'
import { FileError } from '../errors/index.ts'
import { integer, shortText, u64 } from '../snapshot/schemas.ts'
import type { Outcome } from '../verify/types.ts'
import { type ChunkId, KEEPS, type Keep, LAKE_SCHEMA, TABLES } from './tables.ts'

/** What a lake is of. */
export interface LakeHead {
  /** Genesis hash of its chain, hex: a lake is of one. */
  readonly chain: string
  /** What it keeps of each epoch, in the order of {@link KEEPS}. */
  readonly keep: readonly Keep[]
  /** Blocks of a cell of its grid. */
  readonly span: bigint
}

/** A data file of a chunk. */
export interface LakeFile {
  readonly table: string
  /** Below the lake's folder, with `/`. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

/** What a lake's manifest says of a chunk that is done. */
export interface ChunkEntry extends ChunkId {
  readonly epochs: number
  /** How many epochs had which outcome; those that none had are left out. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>
  /** In the order of {@link TABLES}; a table without rows has none. */
  readonly files: readonly LakeFile[]
}

/** The layout that an entry names. */
export const CHUNK_SCHEMA = 'yuma-lake-chunk/1'

const OUTCOMES = ['equal', 'different', 'skipped', 'deferred', 'unchecked'] as const
const COUNT = integer(0, Number.MAX_SAFE_INTEGER)

const HEAD = v.object({
  schema: v.literal(LAKE_SCHEMA, `"${LAKE_SCHEMA}"`),
  chain: shortText,
  keep: v.array(v.picklist(KEEPS, KEEPS.join(', ')), 'a list'),
  span: u64,
})

const FILE = v.object({
  table: v.picklist(
    TABLES.map(({ name }) => name),
    'the name of a table',
  ),
  // Nothing that leads out of the lake.
  path: v.pipe(
    v.string('a text'),
    v.regex(/^[a-z_]+\/netuid=[0-9]+\/[0-9a-f-]+\.parquet$/, 'a file of a lake'),
  ),
  rows: COUNT,
  bytes: COUNT,
  sha256: v.pipe(v.string('a text'), v.regex(/^[0-9a-f]{64}$/, '64 hex digits')),
})

const ENTRY = v.object({
  schema: v.literal(CHUNK_SCHEMA, `"${CHUNK_SCHEMA}"`),
  netuid: integer(0, 4095),
  first: u64,
  last: u64,
  epochs: COUNT,
  outcomes: v.record(v.picklist(OUTCOMES, OUTCOMES.join(', ')), COUNT, 'an object'),
  files: v.array(FILE, 'a list'),
})

/** @throws {FileError} for a document that is none, or of another schema. */
export function parseHead(file: string, document: string): LakeHead {
  const { chain, keep, span } = parsed(file, HEAD, document)
  if (span === 0n) throw new FileError(file, 'span: expected a number from 1 on')
  return { chain, keep, span }
}

/** @throws {FileError} for a document that is none, of another schema, or of another chunk. */
export function parseEntry(file: string, document: string, chunk: ChunkId): ChunkEntry {
  const { schema: _, ...entry } = parsed(file, ENTRY, document)
  const { netuid, first, last } = entry
  if (netuid !== chunk.netuid || first !== chunk.first || last !== chunk.last)
    throw new FileError(file, `it is of subnet ${netuid}, blocks ${first} to ${last}, which its name is not`)
  return entry
}

function parsed<T>(file: string, schema: v.GenericSchema<unknown, T>, document: string): T {
  let value: unknown
  try {
    value = JSON.parse(document)
  } catch (cause) {
    throw new FileError(file, 'not JSON', { cause })
  }
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  const place = v.getDotPath(issue)
  throw new FileError(file, `${place === null ? '' : `${place}: `}expected ${issue.message}`)
}

/** A lake's head as its file has it. */
export function headDocument({ chain, keep, span }: LakeHead): string {
  return `${JSON.stringify({ schema: LAKE_SCHEMA, chain, keep, span: String(span) })}\n`
}

/** An entry as its file has it: of the same chunk with the same files always the same text. */
export function entryDocument({ netuid, first, last, epochs, outcomes, files }: ChunkEntry): string {
  const ordered = Object.fromEntries(
    OUTCOMES.filter((outcome) => outcome in outcomes).map((outcome) => [outcome, outcomes[outcome]]),
  )
  return `${JSON.stringify({
    schema: CHUNK_SCHEMA,
    netuid,
    first: String(first),
    last: String(last),
    epochs,
    outcomes: ordered,
    files: files.map(({ table, path, rows, bytes, sha256 }) => ({ table, path, rows, bytes, sha256 })),
  })}\n`
}
