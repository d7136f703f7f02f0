/** pg-boss, the queue of jobs in PostgreSQL that replays by many machines are handed out with. */

import type PgBoss from 'pg-boss'
import { endpointName, withName, withoutAddress } from '../chain/endpoint-name.ts'
import { EngineError, InputError, QueueError, type QueueErrorKind } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'

/** Of the database; what others keep in it with pg-boss is elsewhere. */
const SCHEMA = 'yuma_replay'

/** pg-boss's table of jobs. */
export const JOBS: string = `${SCHEMA}.job`

/** How often a transaction is tried that PostgreSQL takes back. */
const TRIES = 5

/** As its pool of connections takes them; pg-boss hands on what it does not know. */
const CONNECTION = {
  application_name: 'yuma',
  max: 4,
  connectionTimeoutMillis: 10_000,
  query_timeout: 60_000,
  keepAlive: true,
}

/**
 * pg-boss without its own clockwork: nothing is done but what is asked for, nothing is scheduled, and jobs that are done
 * stay in its table.
 */
export class Boss implements AsyncDisposable {
  /** The address of the database, as messages name it. */
  readonly name: string
  readonly #address: string
  readonly #boss: PgBoss

  private constructor(address: string, boss: PgBoss) {
    this.#address = address
    this.name = endpointName(address)
    this.#boss = boss
  }

  /**
   * Connects, and makes pg-boss's tables where there are none.
   * @throws {QueueError} where that cannot be; {@link EngineError} where pg-boss is not installed; {@link InputError}
   * for what is no address of PostgreSQL.
   */
  static async open(address: string): Promise<Boss> {
    checkAddress(address)
    const PgBossClass = await loadPgBoss()
    const options = {
      ...CONNECTION,
      connectionString: address,
      schema: SCHEMA,
      supervise: false,
      schedule: false,
    }
    const boss = new Boss(address, new PgBossClass(options))
    // A connection that goes while nobody uses it; who uses the next one is told.
    boss.#boss.on('error', () => {})
    try {
      await boss.use((opened) => opened.start())
      return boss
    } catch (error) {
      await boss.#close()
      throw error
    }
  }

  /**
   * Has something done by pg-boss, in one transaction: again where PostgreSQL took that back for another one's sake.
   * @throws {QueueError} for whatever it throws.
   */
  async use<T>(work: (boss: PgBoss) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work(this.#boss)
      } catch (cause) {
        if (!isRolledBack(cause) || tries === TRIES) throw this.#errorOf(cause)
        await sleep(Math.random() * 100 * tries, undefined)
      }
    }
  }

  /**
   * Makes a queue where there is none of that name.
   * @throws {QueueError}
   */
  async make(queue: string): Promise<void> {
    if ((await this.use((boss) => boss.getQueue(queue))) !== null) return
    // One at a time: two that make one wait for each other's locks.
    await this.rows(
      `WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('${SCHEMA}')))
       SELECT ${SCHEMA}.create_queue($1, $2::json) FROM alone`,
      [queue, JSON.stringify({ policy: 'standard' })],
    )
  }

  /**
   * Rows that a statement of SQL gives.
   * @throws {QueueError}
   */
  async rows<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await this.use((boss) => boss.getDb().executeSql(text, [...values]))
    return rows as readonly Row[]
  }

  /**
   * The next job of a queue, which is this process's now; undefined where there is none.
   * @throws {QueueError}
   */
  async fetch<Data>(queue: string): Promise<PgBoss.JobWithMetadata<Data> | undefined> {
    return await this.use(async (boss) => {
      // pg-boss swallows whatever keeps it from asking, and would say that there is nothing.
      let fault: unknown
      const db: PgBoss.Db = {
        executeSql: async (text, values) => {
          try {
            return await boss.getDb().executeSql(text, values)
          } catch (error) {
            fault = error
            throw error
          }
        },
      }
      const jobs = await boss.fetch<Data>(queue, { includeMetadata: true, db })
      if (fault !== undefined) throw fault
      return jobs[0]
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  async #close(): Promise<void> {
    await this.#boss.stop({ graceful: false }).catch(() => {})
  }

  #errorOf(cause: unknown): QueueError {
    if (cause instanceof QueueError) return cause
    const kind = kindOf(cause)
    const reason = withName(reasonOf(cause), this.#address)
    const what = kind === 'unreachable' ? `the queue cannot be reached: ${reason}` : reason
    return new QueueError(kind, this.name, what, { cause: withoutAddress(cause, this.#address) })
  }
}

/** A deadlock of two transactions, of which one has to give way, or one that would see what another changed. */
function isRolledBack(cause: unknown): boolean {
  const { code, severity } = cause as Readonly<Record<string, unknown>>
  return severity !== undefined && typeof code === 'string' && code.startsWith('40')
}

function checkAddress(address: string): void {
  if (/^postgres(ql)?:\/\/./.test(address)) return
  const expected = `expected postgres://USER@HOST:PORT/DATABASE, found ${JSON.stringify(endpointName(address))}`
  throw new InputError({ field: 'queue', expected })
}

/** Of other versions neither the way to load it nor the tables are these. */
async function loadPgBoss(): Promise<typeof PgBoss> {
  const wanted = 'a queue needs the package pg-boss in version 10: npm install pg-boss@10'
  try {
    const { default: found } = (await import('pg-boss')) as { readonly default?: typeof PgBoss }
    if (typeof found === 'function') return found
  } catch (cause) {
    throw new EngineError(wanted, { cause })
  }
  throw new EngineError(`${wanted}; another version is there`)
}

/** Of a host with several addresses there is a reason for each. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(reasonOf).join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}

/** What kind an error is by PostgreSQL's class of it: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function kindOf(cause: unknown): QueueErrorKind {
  const { code, severity, message } = cause as Readonly<Record<string, unknown>>
  if (typeof code !== 'string' || code.startsWith('ERR_'))
    // Of the pool of connections there are words alone.
    return /connect|time-?out|terminat/i.test(String(message)) ? 'unreachable' : 'unusable'
  // Of the system: ECONNREFUSED and its like.
  if (severity === undefined) return 'unreachable'
  // No connection, no more connections or room, shutting down or starting up, an error of its system.
  // Also what was taken back again and again: later it may go.
  if (/^(08|40|53|57P|58)/.test(code)) return 'unreachable'
  return /^(28|3D|42501)/.test(code) ? 'refused' : 'unusable'
}
