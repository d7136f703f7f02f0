/** DuckDB as a lake uses it: on files of this machine alone, and on one core. */

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { EngineError } from '../errors/index.ts'

/** Nothing is loaded or fetched for what is in a file or how it is named, and nothing is spilled beside the lake. */
const SETTINGS: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  temp_directory: '',
}

/** An open database and the one connection to it. */
export class Database implements Disposable {
  readonly connection: DuckDBConnection
  readonly #instance: DuckDBInstance

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.connection = connection
  }

  /**
   * Opens a database.
   * @param path Of its file; in memory where it is left out.
   * @param settings Of DuckDB, beside those that every database of a lake has.
   * @throws {EngineError} where `@duckdb/node-api` is not installed; whatever DuckDB throws.
   */
  static async open(path = ':memory:', settings: Readonly<Record<string, string>> = {}): Promise<Database> {
    const { DuckDBInstance } = await loadDuckDb()
    const instance = await DuckDBInstance.create(path, { ...SETTINGS, ...settings })
    return new Database(instance, await instance.connect())
  }

  /** Another connection to it: whoever asks for it closes it. */
  async connect(): Promise<DuckDBConnection> {
    return this.#instance.connect()
  }

  [Symbol.dispose](): void {
    this.connection.closeSync()
    this.#instance.closeSync()
  }
}

async function loadDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new EngineError('a lake needs the package @duckdb/node-api: npm install @duckdb/node-api', {
      cause,
    })
  }
}

/** A text as a literal of SQL, for statements that take no parameters for names. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
