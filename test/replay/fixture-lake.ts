import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type ChunkId, fileOf, KEEPS, LAKE_SCHEMA, manifestOf, TABLES } from '../../ts/replay/tables.ts'

/** A lake of plain rows, as the tables say that its files are. */

export type PlainValue = bigint | number | string | boolean | null
export type PlainRow = Readonly<Record<string, PlainValue>>

/** A chunk by its rows: columns that a row leaves out are null. */
export interface PlainChunk extends ChunkId {
  readonly tables: Readonly<Record<string, readonly PlainRow[]>>
}

export interface PlainLake {
  readonly keep?: readonly string[]
  readonly chunks: readonly PlainChunk[]
}

function literal(value: PlainValue | undefined): string {
  if (value === undefined || value === null) return 'NULL'
  // A literal with a point would be a decimal, which is rounded otherwise.
  if (typeof value === 'number' && !Number.isInteger(value)) return `CAST('${value}' AS DOUBLE)`
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}

/** Writes a lake into a folder. */
export async function writeLake(folder: string, { keep = KEEPS, chunks }: PlainLake): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const head = { schema: LAKE_SCHEMA, chain: `0x${'ab'.repeat(32)}`, keep, span: '23104' }
  writeFileSync(join(folder, 'lake.json'), JSON.stringify(head))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const { tables, ...chunk } of chunks) {
    const files = []
    for (const { name, columns, order } of TABLES) {
      const rows = tables[name] ?? []
      if (rows.length === 0) continue
      const declared = columns.map(
        (column) => `"${column.name}" ${column.type}${column.optional ? '' : ' NOT NULL'}`,
      )
      await connection.run(`CREATE OR REPLACE TABLE t (${declared.join(', ')})`)
      const values = rows.map((row) => {
        const unknown = Object.keys(row).find((key) => !columns.some((column) => column.name === key))
        if (unknown !== undefined) throw new Error(`${name} has no column ${unknown}`)
        return `(${columns.map((column) => literal(row[column.name])).join(', ')})`
      })
      await connection.run(`INSERT INTO t VALUES ${values.join(', ')}`)
      const aside = join(folder, 'aside.parquet')
      await connection.run(
        `COPY (SELECT * FROM t ORDER BY ${order.join(', ')}) TO '${aside}' (FORMAT parquet)`,
      )
      const bytes = readFileSync(aside)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const path = fileOf(name, chunk, sha256)
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      renameSync(aside, join(folder, path))
      files.push({ table: name, path, rows: rows.length, bytes: bytes.length, sha256 })
    }
    const { netuid, first, last } = chunk
    const entry = {
      schema: 'yuma-lake-chunk/1',
      netuid,
      first: String(first),
      last: String(last),
      epochs: tables.epochs?.length ?? 0,
      outcomes: {},
      files,
    }
    const manifest = join(folder, manifestOf(chunk))
    mkdirSync(dirname(manifest), { recursive: true })
    writeFileSync(manifest, JSON.stringify(entry))
  }
  connection.closeSync()
  instance.closeSync()
}
