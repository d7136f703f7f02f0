/** A chunk: every epoch of a subnet in a stretch of blocks, checked, and written into a lake. */

import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DuckDBAppender, DuckDBTimestampValue } from '@duckdb/node-api'
import type { Chain } from '../chain/chain.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine } from '../engine/types.ts'
import { checkAborted } from '../errors/index.ts'
import { fileError, writeNamed } from '../snapshot/files.ts'
import { type CheckedEntry, checkEpoch } from '../verify/check.ts'
import { findEpochs } from '../verify/find.ts'
import type { Outcome, Verification } from '../verify/types.ts'
import { checkReplayChunk } from './checks.ts'
import type { ChunkEntry, LakeFile } from './documents.ts'
import { Database, literal } from './duckdb.ts'
import { digestOf, type Lake, makeFolder } from './lake.ts'
import { ROWS, type Row, type RowValue } from './rows.ts'
import { type ChunkId, type Column, fileOf, type Keep, TABLES, type Table } from './tables.ts'

/** What {@link replayChunk} works with. */
export interface ReplayChunkOptions {
  readonly engine: Engine
  readonly emission: Emission
  readonly chain: Chain
  readonly lake: Lake
  readonly chunk: ChunkId
  /** Default: what the lake keeps. */
  readonly keep?: readonly Keep[]
  readonly signal?: AbortSignal
  /** Told of each epoch once it is checked. */
  readonly onEpoch?: (verification: Verification) => void
}

/**
 * Replays a chunk: finds its epochs, checks each, writes what the lake keeps of them, and commits it. Of one that is
 * done nothing is asked of the chain. The same chunk always makes the same bytes: doing it twice is harmless, and one
 * that fails or is aborted leaves nothing in the lake but files that no manifest names.
 *
 * @returns What the lake has of it.
 * @throws {InputError} where another chunk that is done has some of its blocks.
 * @throws {ChainError} {@link FileError} {@link AbortedError}
 */
export async function replayChunk(options: ReplayChunkOptions): Promise<ChunkEntry> {
  checkReplayChunk(options)
  const { lake, chunk, signal } = options
  checkAborted(signal)
  const known = await lake.entry(chunk)
  if (known !== undefined) return known
  using tables = await ChunkTables.open(options.keep ?? lake.head.keep)
  const outcomes: Partial<Record<Outcome, number>> = {}
  let epochs = 0
  for await (const entry of checkedEpochs(options)) {
    const { outcome } = entry.verification
    tables.add(entry, options.emission)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    epochs++
    options.onEpoch?.(entry.verification)
  }
  const files = await tables.write(lake, chunk, signal)
  return lake.commit({ ...chunk, epochs, outcomes, files })
}

/** The epochs of a chunk, checked, by block. */
async function* checkedEpochs({
  engine,
  emission,
  chain,
  chunk: { netuid, first, last },
  signal,
}: ReplayChunkOptions): AsyncGenerator<CheckedEntry> {
  const aborting = signal === undefined ? {} : { signal }
  const epochs = await findEpochs(chain, { after: first - 1n, to: last, netuids: [netuid], ...aborting })
  for (const epoch of epochs) yield await checkEpoch(engine, emission, chain, { ...epoch, ...aborting })
}

/** The rows of a chunk in memory, table by table. */
class ChunkTables implements Disposable {
  readonly #database: Database
  readonly #tables: readonly OpenTable[]

  private constructor(database: Database, tables: readonly OpenTable[]) {
    this.#database = database
    this.#tables = tables
  }

  static async open(keep: readonly Keep[]): Promise<ChunkTables> {
    // One thread, and rows as they were put in: the same rows make the same bytes.
    const database = await Database.open(':memory:', { threads: '1', preserve_insertion_order: 'true' })
    try {
      const tables: OpenTable[] = []
      for (const table of TABLES.filter((one) => one.keep === 'epochs' || keep.includes(one.keep)))
        tables.push(await OpenTable.open(database, table))
      return new ChunkTables(database, tables)
    } catch (error) {
      database[Symbol.dispose]()
      throw error
    }
  }

  add(entry: CheckedEntry, emission: Emission): void {
    const { netuid, block } = entry.verification
    for (const table of this.#tables) table.add(netuid, block, ROWS[table.name]!(entry, emission))
  }

  /** Writes each table that has rows aside, and puts it in place under the name that its bytes make. */
  async write(lake: Lake, chunk: ChunkId, signal: AbortSignal | undefined): Promise<readonly LakeFile[]> {
    const files: LakeFile[] = []
    for (const table of this.#tables) {
      checkAborted(signal)
      if (table.rows > 0) files.push(await table.write(lake, chunk, signal))
    }
    return files
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]()
  }
}

/** A table that rows are appended to. */
class OpenTable {
  readonly #database: Database
  readonly #table: Table
  readonly #appender: DuckDBAppender
  readonly #append: readonly Append[]
  rows = 0

  private constructor(database: Database, table: Table, appender: DuckDBAppender) {
    this.#database = database
    this.#table = table
    this.#appender = appender
    this.#append = table.columns.map((column) => appendOf(appender, column))
  }

  static async open(database: Database, table: Table): Promise<OpenTable> {
    const { connection } = database
    const columns = table.columns.map(
      ({ name, type, optional }) => `${name} ${type}${optional ? '' : ' NOT NULL'}`,
    )
    await connection.run(`CREATE TABLE ${table.name} (${columns.join(', ')})`)
    return new OpenTable(database, table, await connection.createAppender(table.name))
  }

  get name(): string {
    return this.#table.name
  }

  add(netuid: number, block: bigint, rows: Iterable<Row>): void {
    for (const row of rows) {
      this.#append[0]!(netuid)
      this.#append[1]!(block)
      for (const [at, value] of row.entries()) this.#append[at + 2]!(value)
      this.#appender.endRow()
      this.rows++
    }
  }

  async write(lake: Lake, chunk: ChunkId, signal: AbortSignal | undefined): Promise<LakeFile> {
    this.#appender.flushSync()
    const folder = lake.path(dirname(fileOf(this.name, chunk, '')))
    await makeFolder(folder)
    let file: LakeFile | undefined
    await writeNamed(
      folder,
      async (aside) => {
        await this.#copy(aside)
        file = await this.#fileOf(aside, chunk)
        return file.path.slice(file.path.lastIndexOf('/') + 1)
      },
      signal,
    )
    return file!
  }

  async #copy(path: string): Promise<void> {
    try {
      await this.#database.connection.run(
        `COPY ${this.name} TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
      )
    } catch (cause) {
      throw fileError(path, cause)
    }
  }

  async #fileOf(path: string, chunk: ChunkId): Promise<LakeFile> {
    const [sha256, { size }] = [await digestOf(path), await stat(path)]
    return { table: this.name, path: fileOf(this.name, chunk, sha256), rows: this.rows, bytes: size, sha256 }
  }
}

type Append = (value: RowValue) => void

/** What appends a value as a column has it. */
function appendOf(appender: DuckDBAppender, { type }: Column): Append {
  const append = APPENDS[type]
  if (append === undefined) throw new Error(`no way to append a ${type}`)
  return (value) => {
    if (value === null) appender.appendNull()
    else append(appender, value as never)
  }
}

const APPENDS: Readonly<Record<string, (appender: DuckDBAppender, value: never) => void>> = {
  BOOLEAN: (appender, value: boolean) => appender.appendBoolean(value),
  UTINYINT: (appender, value: number) => appender.appendUTinyInt(value),
  USMALLINT: (appender, value: number) => appender.appendUSmallInt(value),
  UINTEGER: (appender, value: number) => appender.appendUInteger(value),
  UBIGINT: (appender, value: number | bigint) => appender.appendUBigInt(BigInt(value)),
  'DECIMAL(38,0)': (appender, value: bigint) => appender.appendHugeInt(value),
  DOUBLE: (appender, value: number) => appender.appendDouble(value),
  VARCHAR: (appender, value: string) => appender.appendVarchar(value),
  // Microseconds: the binding takes what has them, and its class comes with the package, which may not be there.
  TIMESTAMP: (appender, micros: bigint) => appender.appendTimestamp({ micros } as DuckDBTimestampValue),
}
