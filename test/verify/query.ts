import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'

/** The rows that a history answers. */
export async function query(file: string, sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
