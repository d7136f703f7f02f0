/** A lake's views, opened to be asked. */

import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, FileError, InputError } from '../errors/index.ts'
import {
  abortSignal,
  blockNumber,
  type Checks,
  checkOptions,
  expecting,
  netuid as netuidCheck,
  oneOf,
  text,
} from '../errors/options.ts'
import type { ChunkEntry, LakeFile } from './documents.ts'
import { Database, literal } from './duckdb.ts'
import type { Lake } from './lake.ts'
import { PLACES, PLACES_SQL, VIEWS, type View } from './questions.ts'
import { type Column, TABLES, type Table } from './tables.ts'
import { checkDigest, type LakeContents, readContents } from './views-lake.ts'

/** Of what a question is asked; of everything where nothing is. */
export interface Filter {
  readonly netuid?: number
  /** SS58. */
  readonly hotkey?: string
  /** SS58. */
  readonly coldkey?: string
  /** The first block. */
  readonly from?: number | bigint
  /** The last block. */
  readonly to?: number | bigint
}

/** Options of {@link Views.query}. */
export interface QueryOptions extends Filter {
  readonly signal?: AbortSignal
}

/** A value of a row: u64 and sums as bigint, dates and times as ISO texts in UTC. */
export type RowValue = bigint | number | string | boolean | null

/** A row, by the view's columns. */
export type Row = Readonly<Record<string, RowValue>>

/** What a question or a table is called, and its columns. */
export interface Asked {
  readonly name: string
  readonly columns: readonly Column[]
}

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/
const address = expecting('an SS58 address', (value) => typeof value === 'string' && ADDRESS.test(value))

/** What can be asked: the views, and the lake's tables. */
const ASKED: readonly (View | Table)[] = [...VIEWS, ...TABLES]

const CHECKS: Checks<QueryOptions> = {
  netuid: netuidCheck,
  hotkey: address,
  coldkey: address,
  from: blockNumber,
  to: blockNumber,
  signal: abortSignal,
}

/** @throws {InputError} for options that are none. */
export function checkQuery(options: QueryOptions): void {
  checkOptions('options', options, CHECKS)
}

/**
 * Opens a lake's views, in a database of this process's memory that reaches nothing but the lake's files, and writes
 * nothing.
 *
 * @throws {FileError} where the folder is no lake, one of another schema, or lacks a file that its manifest names.
 * @throws {EngineError} where `@duckdb/node-api` is not installed.
 */
export async function openViews(lake: string): Promise<Views> {
  text('lake', lake)
  return Views.open(lake)
}

/** The views of a lake. */
export class Views implements AsyncDisposable {
  readonly #contents: LakeContents
  readonly #database: Database
  readonly #checked = new Set<string>()

  private constructor(contents: LakeContents, database: Database) {
    this.#contents = contents
    this.#database = database
  }

  /** @param writes A file that {@link Views.copy} may write. */
  static async open(lake: string, writes?: string): Promise<Views> {
    const contents = await readContents(lake)
    const database = await Database.open()
    try {
      for (const statement of confinement(contents.lake.folder, writes))
        await database.connection.run(statement)
    } catch (cause) {
      database[Symbol.dispose]()
      throw cause
    }
    return new Views(contents, database)
  }

  /**
   * The rows of a view, or of a table, in their order.
   *
   * @throws {InputError} where there is no such view, an option cannot be, or the view has no column to choose by.
   * @throws {FileError} where the lake does not keep a table that the view needs, and where a file of it is broken.
   * @throws {AbortedError}
   */
  async *query(name: string, options: QueryOptions = {}): AsyncGenerator<Row, void, undefined> {
    const asked = askedOf(name)
    checkQuery(options)
    const connection = await this.#connect()
    const stop = options.signal && onAbort(options.signal, () => connection.interrupt())
    try {
      const result = await connection.stream(await this.#prepare(connection, asked, options))
      for await (const rows of result.yieldRows()) {
        checkAborted(options.signal)
        for (const row of rows) yield rowOf(asked, row)
      }
    } catch (cause) {
      throw this.#fault(cause, options.signal)
    } finally {
      stop?.()
      connection.closeSync()
    }
  }

  /**
   * The same as a script for any DuckDB, which makes tables and views over the lake's files and asks for the rows. The
   * files are not looked at here.
   *
   * @throws {InputError} {@link FileError} As {@link Views.query}.
   */
  script(name: string, filter: Filter = {}): string {
    const asked = askedOf(name)
    checkQuery(filter)
    this.#checkKept(asked)
    return [...this.#statements(asked, filter), selection(asked, filter)].map((text) => `${text};\n`).join('')
  }

  /**
   * Writes the rows of a view or a table to a file, the one that the views were opened with.
   * @throws As {@link Views.query}.
   */
  async copy(name: string, options: QueryOptions, file: string, format: 'csv' | 'parquet'): Promise<void> {
    const asked = askedOf(name)
    checkQuery(options)
    const connection = await this.#connect()
    const stop = options.signal && onAbort(options.signal, () => connection.interrupt())
    try {
      const sql = await this.#prepare(connection, asked, options)
      const columns = asked.columns.map(({ name, type }) => `${copiedSql(name, type, format)} AS "${name}"`)
      const how = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd'
      const rows = `SELECT ${columns.join(', ')} FROM (${sql})`
      await connection.run(`COPY (${rows}) TO ${literal(resolve(file))} (${how}, USE_TMP_FILE false)`)
      checkAborted(options.signal)
    } catch (cause) {
      throw this.#fault(cause, options.signal)
    } finally {
      stop?.()
      connection.closeSync()
    }
  }

  /** Closes the database. */
  async close(): Promise<void> {
    this.#database[Symbol.dispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #connect(): Promise<DuckDBConnection> {
    try {
      return await this.#database.connect()
    } catch (cause) {
      throw new FileError(this.#contents.lake.folder, 'the views of the lake are closed', { cause })
    }
  }

  /** Lays the views over the files that the question is about, whose bytes are checked first. */
  async #prepare(connection: DuckDBConnection, asked: View | Table, options: QueryOptions): Promise<string> {
    const { signal } = options
    checkAborted(signal)
    this.#checkKept(asked)
    const files = this.#filesOf(asked, options)
    for (const file of files) {
      if (this.#checked.has(file.path)) continue
      await checkDigest(this.#contents.lake, file, signal)
      this.#checked.add(file.path)
    }
    for (const statement of this.#statements(asked, options)) await connection.run(statement)
    return selection(asked, options)
  }

  /** The chunks of the subnets that are asked for. */
  #chunksOf({ netuid }: Filter): readonly ChunkEntry[] {
    return this.#contents.chunks.filter((chunk) => netuid === undefined || chunk.netuid === netuid)
  }

  /** The files that a question is computed from. */
  #filesOf(asked: View | Table, options: Filter): readonly LakeFile[] {
    const { from, to } = rangeOf(asked, options)
    return this.#chunksOf(options)
      .filter(({ first, last }) => first <= to && last >= from)
      .flatMap((chunk) => chunk.files)
      .filter(({ table }) => tablesOf(asked).has(table))
  }

  /** What makes the tables and views of a question over files: of a table without any an empty one. */
  #statements(asked: View | Table, options: Filter): string[] {
    const { lake } = this.#contents
    const files = this.#filesOf(asked, options)
    const make = (name: string, sql: string): string => `CREATE OR REPLACE TEMP VIEW ${name} AS ${sql}`
    const tables = TABLES.map((table) => {
      const of = files.filter((file) => file.table === table.name)
      return make(table.name, tableSql(lake, table, of, rangeOf(asked, options)))
    })
    if (!('reads' in asked)) return tables
    const kept = TABLES.map((table) => `${lake.head.keep.includes(table.keep)} AS ${table.name}`)
    const views = VIEWS.filter(({ name }) => name === asked.name || asked.reads.includes(name))
    return [
      ...tables,
      make('kept', `SELECT ${kept.join(', ')}`),
      make('covered', coveredSql(this.#chunksOf(options))),
      make(PLACES, PLACES_SQL),
      ...views.map((view) => make(view.name, castSql(view))),
    ]
  }

  #checkKept(asked: View | Table): void {
    const needs = 'needs' in asked ? asked.needs : [asked.name]
    const { lake } = this.#contents
    const { keep } = lake.head
    const missing = TABLES.find((table) => needs.includes(table.name) && !keep.includes(table.keep))?.keep
    if (missing === undefined) return
    throw new FileError(
      lake.folder,
      `${asked.name} needs ${missing}, which this lake does not keep: yuma replay --keep ${[...keep, missing].join(',')}`,
    )
  }

  #fault(cause: unknown, signal: AbortSignal | undefined): Error {
    if (signal?.aborted) return new AbortedError(signal)
    if (cause instanceof FileError || cause instanceof InputError || cause instanceof AbortedError)
      return cause
    const { lake, chunks } = this.#contents
    const reason = cause instanceof Error ? cause.message : String(cause)
    const named = chunks.flatMap(({ files }) => files).find(({ path }) => reason.includes(path))
    const file = named === undefined ? lake.folder : lake.path(named.path)
    return new FileError(file, `the lake cannot be read: ${reason.split('\n')[0]}`, { cause })
  }
}

/**
 * What keeps a database to the files of a folder, and to one that it may write; what memory has no room for is put aside
 * where the system has temporary files. The order matters: nothing can be set after the last one.
 */
function confinement(folder: string, writes: string | undefined): string[] {
  const spill = join(tmpdir(), `yuma-views-${randomBytes(6).toString('hex')}`)
  return [
    `SET temp_directory = ${literal(spill)}`,
    "SET TimeZone = 'UTC'",
    `SET allowed_directories = [${literal(`${folder}/`)}]`,
    ...(writes === undefined ? [] : [`SET allowed_paths = [${literal(resolve(writes))}]`]),
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ]
}

function askedOf(name: string): View | Table {
  oneOf(ASKED.map((asked) => asked.name))('view', name)
  return ASKED.find((asked) => asked.name === name)!
}

/** The tables that a question reads. */
function tablesOf(asked: View | Table): ReadonlySet<string> {
  return new Set(
    'needs' in asked ? ['epochs', 'mechanism_incentive', ...asked.needs, ...asked.uses] : [asked.name],
  )
}

interface Range {
  readonly from: bigint
  readonly to: bigint
}

const LAST_BLOCK = 2n ** 32n - 1n

/** The blocks that a question is computed from. */
function rangeOf(asked: View | Table, { from = 0, to = LAST_BLOCK }: Filter): Range {
  const before = 'before' in asked ? BigInt(asked.before) : 0n
  const first = BigInt(from) - before
  return { from: first < 0n ? 0n : first, to: BigInt(to) }
}

function tableSql(lake: Lake, { columns }: Table, files: readonly LakeFile[], { from, to }: Range): string {
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  if (files.length === 0) {
    const none = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ')
    return `SELECT ${none} WHERE false`
  }
  const paths = files.map(({ path }) => literal(lake.path(path))).join(', ')
  return `SELECT ${names} FROM read_parquet([${paths}], hive_partitioning = false) WHERE block BETWEEN ${from} AND ${to}`
}

/** Blocks without a gap between them as one stretch. */
function coveredSql(chunks: readonly ChunkEntry[]): string {
  const stretches: { netuid: number; first: bigint; last: bigint }[] = []
  for (const { netuid, first, last } of chunks) {
    const before = stretches.at(-1)
    if (before?.netuid === netuid && before.last + 1n === first) before.last = last
    else stretches.push({ netuid, first, last })
  }
  const columns =
    'CAST(netuid AS USMALLINT) AS netuid, CAST(a AS UBIGINT) AS "first", CAST(b AS UBIGINT) AS "last"'
  if (stretches.length === 0)
    return `SELECT ${columns} FROM (VALUES (0, 0, 0)) AS t(netuid, a, b) WHERE false`
  const rows = stretches.map(({ netuid, first, last }) => `(${netuid}, ${first}, ${last})`)
  return `SELECT ${columns} FROM (VALUES ${rows.join(', ')}) AS t(netuid, a, b)`
}

/** A view with its columns of the types that it says. */
function castSql({ sql, columns }: View): string {
  const cast = columns.map(({ name, type }) => `CAST("${name}" AS ${type}) AS "${name}"`)
  return `SELECT ${cast.join(', ')} FROM (${sql})`
}

/** Filters are addresses and numbers that were checked. */
function selection(asked: View | Table, { hotkey, coldkey, from, to }: Filter): string {
  const conditions: string[] = []
  for (const [name, value] of Object.entries({ hotkey, coldkey })) {
    if (value === undefined) continue
    if (!asked.columns.some((column) => column.name === name))
      throw new InputError({ field: name, expected: `expected none: ${asked.name} has no ${name}` })
    conditions.push(`"${name}" = ${literal(value)}`)
  }
  // Views that are computed from blocks before have them in their rows too.
  if (asked.columns.some(({ name }) => name === 'block')) {
    if (from !== undefined) conditions.push(`block >= ${BigInt(from)}`)
    if (to !== undefined) conditions.push(`block <= ${BigInt(to)}`)
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const order = ('reads' in asked ? asked.order : ['netuid', ...asked.order]).map(
    (name) => `"${name}" NULLS FIRST`,
  )
  const columns = asked.columns.map(({ name }) => `"${name}"`).join(', ')
  return `SELECT ${columns} FROM ${asked.name}${where} ORDER BY ${order.join(', ')}`
}

/** A value as a file has it: Parquet has no integer as wide as a sum of u64, and CSV's times are as JSON's. */
function copiedSql(name: string, type: string, format: 'csv' | 'parquet'): string {
  if (type === 'HUGEINT' && format === 'parquet') return `CAST("${name}" AS DECIMAL(38, 0))`
  if (type === 'TIMESTAMP' && format === 'csv') return `replace(CAST("${name}" AS VARCHAR), ' ', 'T') || 'Z'`
  return `"${name}"`
}

function rowOf({ columns }: Asked, values: readonly DuckDBValue[]): Row {
  const row: Record<string, RowValue> = {}
  for (const [at, { name, type }] of columns.entries()) row[name] = plainOf(type, values[at]!)
  return row
}

function plainOf(type: string, value: DuckDBValue): RowValue {
  if (value === null || typeof value !== 'object') return value
  // Dates, times and decimals.
  const shown = String(value)
  return type === 'TIMESTAMP'
    ? `${shown.replace(' ', 'T')}Z`
    : type.startsWith('DECIMAL')
      ? BigInt(shown)
      : shown
}
