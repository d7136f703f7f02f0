/** The plan of a lake's one-machine replay, for people and tools to look at: which chunk is where. */

import { FileError } from '../errors/index.ts'
import { Database } from './duckdb.ts'
import type { Lake } from './lake.ts'
import type { ChunkId } from './tables.ts'

/** The file of a lake's plan: who has it open is the one replay of the machine that is at the lake. */
export const PLAN_FILE = 'plan.duckdb'

const SCHEMA = `CREATE TABLE IF NOT EXISTS plan (
  netuid USMALLINT NOT NULL, first UBIGINT NOT NULL, last UBIGINT NOT NULL, state VARCHAR NOT NULL,
  attempts UINTEGER NOT NULL, error VARCHAR, epochs UINTEGER, started_at TIMESTAMP, finished_at TIMESTAMP,
  PRIMARY KEY (netuid, first))`

/** Where a chunk of a plan is. The manifest alone says what is done for good. */
export type ChunkState = 'waiting' | 'running' | 'done' | 'elsewhere' | 'failed'

/** A plan, open: one process at a time has it. */
export class PlanTable implements Disposable {
  readonly #file: string
  readonly #database: Database

  private constructor(file: string, database: Database) {
    this.#file = file
    this.#database = database
  }

  /**
   * Opens the plan of a lake, or makes it.
   * @throws {FileError} where another process has it open, or it is broken.
   */
  static async open(lake: Lake): Promise<PlanTable> {
    const file = lake.path(PLAN_FILE)
    let database: Database | undefined
    try {
      database = await Database.open(file)
      await database.connection.run(SCHEMA)
      return new PlanTable(file, database)
    } catch (cause) {
      database?.[Symbol.dispose]()
      throw planError(file, cause)
    }
  }

  /** Puts chunks that are to be replayed in place of all that is not done. */
  async begin(chunks: readonly ChunkId[]): Promise<void> {
    await this.#guarded(async () => {
      const { connection } = this.#database
      // Together: each statement by itself would wait for the disk.
      await connection.run("BEGIN; DELETE FROM plan WHERE state <> 'done'")
      for (const { netuid, first, last } of chunks)
        await connection.run(
          "INSERT OR REPLACE INTO plan VALUES ($1, $2, $3, 'waiting', 0, NULL, NULL, NULL, NULL)",
          [netuid, first, last],
        )
      await connection.run('COMMIT')
    })
  }

  /** Says that a chunk is being replayed. */
  async started({ netuid, first }: ChunkId): Promise<void> {
    await this.#run(
      `UPDATE plan SET state = 'running', attempts = attempts + 1, started_at = make_timestamp($3::BIGINT),
       finished_at = NULL WHERE netuid = $1 AND first = $2`,
      [netuid, first, now()],
    )
  }

  /** Says what became of a chunk. */
  async finished(
    { netuid, first }: ChunkId,
    state: ChunkState,
    { epochs = null, error = null }: { readonly epochs?: number | null; readonly error?: string | null },
  ): Promise<void> {
    await this.#run(
      `UPDATE plan SET state = $3, epochs = $4, error = $5, finished_at = make_timestamp($6::BIGINT)
       WHERE netuid = $1 AND first = $2`,
      [netuid, first, state, epochs, error, now()],
    )
  }

  async #run(sql: string, values: (string | number | bigint | null)[]): Promise<void> {
    await this.#guarded(async () => {
      await this.#database.connection.run(sql, values)
    })
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      throw planError(this.#file, cause)
    }
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]()
  }
}

/** Microseconds since 1970. */
function now(): bigint {
  return BigInt(Date.now()) * 1000n
}

function planError(file: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (/could not set lock|already open|conflicting lock/i.test(reason))
    return new FileError(file, 'another replay is at this lake', { cause })
  if (cause instanceof Error && 'code' in cause && cause.code === 'engine') return cause
  return new FileError(file, `the plan cannot be used: ${reason}; what is done is in the manifest`, { cause })
}
