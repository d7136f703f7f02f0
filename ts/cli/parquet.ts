/** A recording as a Parquet file, by DuckDB. */

import type { DuckDBAppender } from '@duckdb/node-api'
import { EngineError } from '../errors/index.ts'
import type { Recording } from '../simulate/types.ts'
import { fileError, placeOf, writeAside } from '../snapshot/files.ts'
import { type RecordedField, rowsOf, valueAt } from './recording-table.ts'

type DuckDb = typeof import('@duckdb/node-api')

const TYPES = { u8: 'BOOLEAN', u16: 'USMALLINT', u64: 'UBIGINT', i64: 'BIGINT' } as const

async function loadDuckDb(): Promise<DuckDb> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new EngineError('Parquet needs the package @duckdb/node-api: npm install @duckdb/node-api', {
      cause,
    })
  }
}

/**
 * Writes a recording: the file is there whole or not at all. Its metadata (`partial`, `epochs`, `of`) says of a run that
 * was stopped how many of its epochs ran.
 * @throws {EngineError} where `@duckdb/node-api` is not installed.
 * @throws {FileError} where the file cannot be written; {@link AbortedError}.
 */
export async function writeParquet(
  path: string,
  recording: Recording,
  fields: readonly RecordedField[],
  asked: number,
  signal: AbortSignal,
): Promise<void> {
  const { DuckDBInstance } = await loadDuckDb()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const declared = fields.map(({ name, type }) => `${name} ${TYPES[type]}`)
    const columns = ['epoch UINTEGER', 'block UBIGINT', 'mechanism UTINYINT', 'uid USMALLINT', ...declared]
    await connection.run(`CREATE TABLE recording (${columns.join(', ')})`)
    const appender = await connection.createAppender('recording')
    append(appender, recording, fields)
    appender.closeSync()
    const place = await placeOf(path)
    await writeAside(
      path,
      place,
      async (aside) => {
        const { epochs, stopped } = recording
        const metadata = stopped ? `, KV_METADATA {partial: 'true', epochs: '${epochs}', of: '${asked}'}` : ''
        const file = aside.replaceAll("'", "''")
        await connection.run(`COPY recording TO '${file}' (FORMAT parquet${metadata})`)
      },
      signal,
    )
  } catch (cause) {
    throw fileError(path, cause)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function append(appender: DuckDBAppender, recording: Recording, fields: readonly RecordedField[]): void {
  for (const { epoch, mechanism, columns } of rowsOf(recording)) {
    for (let uid = 0; uid < epoch.n; uid++) {
      appender.appendUInteger(epoch.epoch)
      appender.appendUBigInt(epoch.block)
      if (mechanism === null) appender.appendNull()
      else appender.appendUTinyInt(mechanism)
      appender.appendUSmallInt(uid)
      for (const field of fields) appendValue(appender, field, valueAt(columns, field, uid))
      appender.endRow()
    }
  }
}

function appendValue(appender: DuckDBAppender, { type }: RecordedField, value: number | bigint | null): void {
  if (value === null) appender.appendNull()
  else if (type === 'u8') appender.appendBoolean(value !== 0)
  else if (type === 'u16') appender.appendUSmallInt(value as number)
  else if (type === 'u64') appender.appendUBigInt(value as bigint)
  else appender.appendBigInt(value as bigint)
}
