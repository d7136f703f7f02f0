/** A lake's views, opened to be asked. */

import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import { onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, EngineError, FileError, InputError } from '../errors/index.ts'
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
import { PLACES, PLACES_SQL, VIEWS, type View } from './questions.ts'
import { type Column, TABLES, type Table } from './tables.ts'
import { checkDigest, type LakeChunk, type LakeContents, type LakeFile, readContents } from './views-lake.ts'

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

/** Nothing is loaded or fetched for what is in a lake or how it is named. */
const SETTINGS: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
}

type DuckDb = typeof import('@duckdb/node-api')

async function loadDuckDb(): Promise<DuckDb> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new EngineError('a lake needs the package @duckdb/node-api: npm install @duckdb/node-api', {
      cause,
    })
  }
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

/** The views of a lake. What is asked of them is answered one after the other. */
export class Views implements AsyncDisposable {
  readonly #lake: LakeContents
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #checked = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  private constructor(lake: LakeContents, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#lake = lake
    this.#instance = instance
    this.#connection = connection
  }

  /** @param writes A file that {@link Views.copy} may write. */
  static async open(lake: string, writes?: string): Promise<Views> {
    const contents = await readContents(lake)
    const { DuckDBInstance } = await loadDuckDb()
    const instance = await DuckDBInstance.create(':memory:', SETTINGS)
    const connection = await instance.connect()
    const folder = `${resolve(lake)}/`
    const spill = join(tmpdir(), `yuma-views-${randomBytes(6).toString('hex')}`)
    const set = [
      `SET temp_directory = ${quoted(spill)}`,
      "SET TimeZone = 'UTC'",
      `SET allowed_directories = [${quoted(folder)}]`,
      ...(writes === undefined ? [] : [`SET allowed_paths = [${quoted(resolve(writes))}]`]),
      'SET enable_external_access = false',
      'SET lock_configuration = true',
    ]
    for (const statement of set) await connection.run(statement)
    return new Views(contents, instance, connection)
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
    checkOptions('options', options, CHECKS)
    const release = await this.#turn()
    try {
      const { sql, values } = await this.#prepare(asked, options)
      const stop = options.signal && onAbort(options.signal, () => this.#connection.interrupt())
      try {
        const result = await this.#connection.stream(sql, values)
        for await (const rows of result.yieldRows()) {
          checkAborted(options.signal)
          for (const row of rows) yield rowOf(asked, row)
        }
      } finally {
        stop?.()
      }
    } catch (cause) {
      throw this.#fault(cause, options.signal)
    } finally {
      release()
    }
  }

  /**
   * Writes the rows of a view or a table to a file, the one that the views were opened with.
   * @throws As {@link Views.query}.
   */
  async copy(name: string, options: QueryOptions, file: string, format: 'csv' | 'parquet'): Promise<void> {
    const asked = askedOf(name)
    checkOptions('options', options, CHECKS)
    const release = await this.#turn()
    try {
      const { sql, values } = await this.#prepare(asked, options)
      const stop = options.signal && onAbort(options.signal, () => this.#connection.interrupt())
      const columns = asked.columns.map(({ name, type }) => `${copiedSql(name, type, format)} AS "${name}"`)
      const how = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd'
      try {
        await this.#connection.run(
          `COPY (SELECT ${columns.join(', ')} FROM (${sql})) TO ${quoted(resolve(file))} (${how}, USE_TMP_FILE false)`,
          values,
        )
      } finally {
        stop?.()
      }
    } catch (cause) {
      throw this.#fault(cause, options.signal)
    } finally {
      release()
    }
  }

  /** Closes the database. */
  async close(): Promise<void> {
    await this.#last
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Waits for what was asked before; what it gives ends the turn. */
  async #turn(): Promise<() => void> {
    const before = this.#last
    let release = (): void => {}
    this.#last = new Promise<void>((done) => {
      release = done
    })
    await before
    return release
  }

  /** Lays the views over the files that the question is about, whose bytes are checked first. */
  async #prepare(
    asked: View | Table,
    options: QueryOptions,
  ): Promise<{ readonly sql: string; readonly values: Record<string, DuckDBValue> }> {
    const { signal } = options
    checkAborted(signal)
    this.#checkKept(asked)
    const range = rangeOf(asked, options)
    const chunks = this.#lake.chunks.filter(
      ({ netuid, first, last }) =>
        (options.netuid === undefined || netuid === options.netuid) &&
        first <= range.to &&
        last >= range.from,
    )
    const files = chunks.flatMap((chunk) => chunk.files).filter(({ table }) => tablesOf(asked).has(table))
    for (const file of files) {
      if (this.#checked.has(file.path)) continue
      await checkDigest(this.#lake.folder, file, signal)
      this.#checked.add(file.path)
    }
    const covered = this.#lake.chunks.filter(
      ({ netuid }) => options.netuid === undefined || netuid === options.netuid,
    )
    for (const statement of statements(this.#lake, files, covered, range))
      await this.#connection.run(statement)
    return selection(asked, options)
  }

  #checkKept(asked: View | Table): void {
    const needs = 'needs' in asked ? asked.needs : [asked.name]
    const missing = needs
      .map((name) => TABLES.find((table) => table.name === name)!.keep)
      .find((keep) => keep !== 'epochs' && !this.#lake.keep.includes(keep))
    if (missing === undefined) return
    throw new FileError(
      this.#lake.folder,
      `${asked.name} needs ${missing}, which this lake does not keep: yuma replay --keep ${[...this.#lake.keep, missing].join(',')}`,
    )
  }

  #fault(cause: unknown, signal: AbortSignal | undefined): Error {
    if (signal?.aborted) return new AbortedError(signal)
    if (cause instanceof FileError || cause instanceof InputError || cause instanceof AbortedError)
      return cause
    const { folder } = this.#lake
    const reason = cause instanceof Error ? cause.message : String(cause)
    const named = this.#lake.chunks.flatMap(({ files }) => files).find(({ path }) => reason.includes(path))
    const file = named === undefined ? folder : join(folder, named.path)
    return new FileError(file, `the lake cannot be read: ${reason.split('\n')[0]}`, { cause })
  }
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
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

/** What makes the tables and views over files: of a table without any an empty one. */
function statements(
  { folder, keep }: LakeContents,
  files: readonly LakeFile[],
  covered: readonly LakeChunk[],
  range: Range,
): string[] {
  const tables = TABLES.map((table) => {
    const of = files.filter((file) => file.table === table.name)
    return `CREATE OR REPLACE VIEW ${table.name} AS ${tableSql(folder, table, of, range)}`
  })
  const kept = TABLES.map((table) => `${keep.includes(table.keep)} AS ${table.name}`)
  return [
    ...tables,
    `CREATE OR REPLACE VIEW kept AS SELECT ${kept.join(', ')}`,
    `CREATE OR REPLACE VIEW covered AS ${coveredSql(covered)}`,
    `CREATE OR REPLACE VIEW ${PLACES} AS ${PLACES_SQL}`,
    ...VIEWS.map((view) => `CREATE OR REPLACE VIEW ${view.name} AS ${castSql(view)}`),
  ]
}

function tableSql(
  folder: string,
  { columns }: Table,
  files: readonly LakeFile[],
  { from, to }: Range,
): string {
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  if (files.length === 0) {
    const none = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ')
    return `SELECT ${none} WHERE false`
  }
  const paths = files.map(({ path }) => quoted(resolve(folder, path))).join(', ')
  return `SELECT ${names} FROM read_parquet([${paths}], hive_partitioning = false) WHERE block BETWEEN ${from} AND ${to}`
}

/** Blocks without a gap between them as one stretch. */
function coveredSql(chunks: readonly LakeChunk[]): string {
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

function selection(
  asked: View | Table,
  { hotkey, coldkey, from, to }: QueryOptions,
): { readonly sql: string; readonly values: Record<string, DuckDBValue> } {
  const conditions: string[] = []
  const values: Record<string, DuckDBValue> = {}
  for (const [name, value] of Object.entries({ hotkey, coldkey })) {
    if (value === undefined) continue
    if (!asked.columns.some((column) => column.name === name))
      throw new InputError({ field: name, expected: `expected none: ${asked.name} has no ${name}` })
    conditions.push(`"${name}" = $${name}`)
    values[name] = value
  }
  // Views that are computed from blocks before have them in their rows too.
  if (asked.columns.some(({ name }) => name === 'block')) {
    if (from !== undefined) conditions.push(`block >= ${BigInt(from)}`)
    if (to !== undefined) conditions.push(`block <= ${BigInt(to)}`)
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const order = ('before' in asked ? asked.order : ['netuid', ...asked.order]).map(
    (name) => `"${name}" NULLS FIRST`,
  )
  const columns = asked.columns.map(({ name }) => `"${name}"`).join(', ')
  return { sql: `SELECT ${columns} FROM ${asked.name}${where} ORDER BY ${order.join(', ')}`, values }
}

/** A value as a file has it: Parquet has no integer as wide as a sum of u64, and CSV's times are as JSON's. */
function copiedSql(name: string, type: string, format: 'csv' | 'parquet'): string {
  if (type === 'HUGEINT' && format === 'parquet') return `CAST("${name}" AS DECIMAL(38, 0))`
  if (type === 'TIMESTAMP' && format === 'csv') return `replace(CAST("${name}" AS VARCHAR), ' ', 'T') || 'Z'`
  return `"${name}"`
}

function rowOf({ columns }: Asked, values: readonly DuckDBValue[]): Row {
  return Object.fromEntries(columns.map(({ name, type }, at) => [name, plainOf(type, values[at]!)]))
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
