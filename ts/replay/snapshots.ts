/** The states that a lake keeps, given back one at a time. */

import { checkAborted, InputError } from '../errors/index.ts'
import { fileError } from '../snapshot/files.ts'
import { parseDocuments } from '../snapshot/parse.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkSnapshots } from './checks.ts'
import type { ChunkEntry } from './documents.ts'
import { Database, literal } from './duckdb.ts'
import type { Lake } from './lake.ts'

/** Which of the states that a lake keeps. */
export interface SnapshotsOptions {
  /** Default: all. */
  readonly netuids?: readonly number[]
  /** The first block. Default: the first of the lake. */
  readonly from?: bigint
  /** The last block. Default: the last of the lake. */
  readonly to?: bigint
  readonly signal?: AbortSignal
}

/** The state that an epoch ran on. */
export interface LakeSnapshot {
  readonly netuid: number
  /** The block in which the epoch ran. */
  readonly block: bigint
  readonly snapshot: Snapshot
}

/**
 * The states that a lake keeps of its epochs, chunk by chunk and in each by block: what the epochs ran on, whole, so that
 * any rule can be run over them. One chunk's are in memory at a time.
 *
 * @throws {InputError} where the lake keeps none.
 * @throws {FileError} where a file of it is missing or broken; {@link AbortedError}
 *
 * @example
 * <!-- not run: it wants a lake -->
 * ```ts
 * import { lakeSnapshots, openLake } from 'yuma-core/replay'
 *
 * for await (const { block, snapshot } of lakeSnapshots(await openLake('finney'), { netuids: [1] }))
 *   console.log(block, engine.epoch(snapshot, { asSpec: 425 }).dividends)
 * ```
 */
export async function* lakeSnapshots(
  lake: Lake,
  options: SnapshotsOptions = {},
): AsyncGenerator<LakeSnapshot> {
  checkSnapshots(lake, options)
  if (!lake.head.keep.includes('snapshots')) {
    const expected = `expected snapshots to be kept, the lake keeps ${lake.head.keep.join(', ')}`
    throw new InputError({ file: lake.folder, field: 'keep', expected })
  }
  using database = await Database.open(':memory:', { threads: '1' })
  for (const chunk of await lake.chunks()) {
    checkAborted(options.signal)
    if (!isAsked(chunk, options)) continue
    const entry = await lake.entry(chunk)
    if (entry !== undefined) yield* snapshotsOf(database, lake, entry, options)
  }
}

function isAsked({ netuid, first, last }: ChunkRange, { netuids, from, to }: SnapshotsOptions): boolean {
  if (netuids !== undefined && !netuids.includes(netuid)) return false
  return (from === undefined || from <= last) && (to === undefined || to >= first)
}

type ChunkRange = Pick<ChunkEntry, 'netuid' | 'first' | 'last'>

async function* snapshotsOf(
  database: Database,
  lake: Lake,
  entry: ChunkEntry,
  { from = entry.first, to = entry.last, signal }: SnapshotsOptions,
): AsyncGenerator<LakeSnapshot> {
  const file = entry.files.find(({ table }) => table === 'snapshots')
  if (file === undefined) return
  for (const [block, text] of await rowsOf(database, lake.path(file.path), from, to)) {
    checkAborted(signal)
    const [document] = await parseDocuments(new TextEncoder().encode(text), { file: file.path })
    yield { netuid: entry.netuid, block, snapshot: document!.snapshot }
  }
}

async function rowsOf(
  { connection }: Database,
  path: string,
  from: bigint,
  to: bigint,
): Promise<readonly (readonly [bigint, string])[]> {
  try {
    const read = await connection.runAndReadAll(
      `SELECT block, snapshot FROM read_parquet(${literal(path)}, hive_partitioning = false)
       WHERE block BETWEEN $1 AND $2 ORDER BY block`,
      [from, to],
    )
    return read.getRows() as unknown as readonly (readonly [bigint, string])[]
  } catch (cause) {
    throw fileError(path, cause)
  }
}
