import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'

/** Runs statements on a history; the rows that the last one answers. */
export async function query(
  file: string,
  ...statements: readonly string[]
): Promise<readonly (readonly DuckDBValue[])[]> {
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  try {
    let rows: readonly (readonly DuckDBValue[])[] = []
    for (const sql of statements) rows = (await connection.runAndReadAll(sql)).getRows()
    return rows
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
