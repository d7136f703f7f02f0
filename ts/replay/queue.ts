/**
 * Chunks as jobs of a queue, which many machines work at. A worker has a job by a lease that it renews; where it is killed
 * the lease runs out, and another one has the job. That a chunk is done the lake's manifest alone says.
 */

import { createHash, randomUUID } from 'node:crypto'
import { YumaError } from '../errors/index.ts'
import { Boss, JOBS } from './boss.ts'
import type { Lake } from './lake.ts'
import { plan } from './plan.ts'
import { type ChunkId, type Keep, manifestOf } from './tables.ts'

/** How often a chunk is begun before it has failed for good. */
export const USUAL_ATTEMPTS = 5
/** Seconds that a lease lasts where it is not renewed. */
export const USUAL_LEASE = 60
/** Chunks that are replayed at once at an endpoint, where its queue says nothing else. */
export const USUAL_PLACES = 4

/** Seconds before the second attempt, doubled before each other one, with something by chance. */
const RETRY_DELAY = 5
/** Jobs of a statement. */
const BATCH = 1000
/** pg-boss gives up jobs that nobody takes for this long. */
const KEEP_UNTIL = '9999-01-01T00:00:00Z'
/** A place at an endpoint is given back however often its holder was killed. */
const ALWAYS = 2 ** 31 - 1

/** A chunk that is to be replayed. */
export interface ChunkJob extends ChunkId {
  readonly lease: Lease
  /** The folder of its lake where it was planned. */
  readonly lake: string
  /** Genesis hash. */
  readonly chain: string
  readonly keep: readonly Keep[]
}

/** Something of a queue that this process has until the lease runs out. */
export interface Lease {
  readonly queue: string
  readonly id: string
  /** Which of the leases of a job it is: one that ran out is of another number than the next. */
  readonly attempt: number
}

/** What a plan sent. */
export interface Planned {
  /** Chunks that the lake lacks. */
  readonly chunks: number
  /** Of these, jobs that were made now. */
  readonly sent: number
  /** Of these, jobs whose chunk was done, and is not in this folder. */
  readonly elsewhere: number
  /** Of these, jobs that have failed for good. */
  readonly failed: number
}

/** Where the jobs of a lake are. */
export interface QueueStatus {
  readonly open: number
  readonly running: number
  readonly done: number
  readonly failed: number
  /** Those that failed for good, and open ones that will be tried again, by place. */
  readonly errors: readonly JobFault[]
}

/** A job that did not go well. */
export interface JobFault extends ChunkId {
  /** Whether it is not tried again. */
  readonly final: boolean
  readonly attempts: number
  readonly error: string
}

/** A job as it is stored. */
interface JobData {
  readonly lake: string
  readonly chain: string
  readonly keep: readonly Keep[]
  readonly netuid: number
  readonly first: string
  readonly last: string
  /** The plan that made it. */
  readonly plan: string
}

/** The queue of a database, open. */
export class Queue implements AsyncDisposable {
  readonly #boss: Boss

  private constructor(boss: Boss) {
    this.#boss = boss
  }

  /**
   * Opens the queue of a database, or makes it there.
   * @throws {QueueError} where that cannot be; {@link EngineError} where pg-boss is not installed; {@link InputError}
   * for what is no address of PostgreSQL.
   */
  static async open(address: string): Promise<Queue> {
    return new Queue(await Boss.open(address))
  }

  /** Its address, as messages name it. */
  get name(): string {
    return this.#boss.name
  }

  /**
   * Sends a job for each chunk that a lake lacks of a range, and of those that there is a job for none: planning twice,
   * or two at once, makes no job twice.
   * @throws {QueueError} {@link FileError}
   */
  async plan(
    lake: Lake,
    {
      attempts = USUAL_ATTEMPTS,
      ...range
    }: {
      readonly from: bigint
      readonly to: bigint
      readonly netuids: readonly number[]
      readonly attempts?: number | undefined
    },
  ): Promise<Planned> {
    const chunks = plan({ covered: await lake.chunks(), ...range, span: lake.head.span })
    const queue = await this.#chunks(lake.head.chain)
    const mark = randomUUID()
    let [sent, elsewhere, failed] = [0, 0, 0]
    for (let at = 0; at < chunks.length; at += BATCH) {
      const some = chunks.slice(at, at + BATCH)
      const jobs = some.map((chunk) => ({
        name: queue,
        id: idOf(lake.folder, manifestOf(chunk)),
        data: dataOf(lake, chunk, mark),
        priority: priorityOf(lake, chunk),
        retryLimit: attempts - 1,
        retryDelay: RETRY_DELAY,
        retryBackoff: true,
        expireInSeconds: USUAL_LEASE,
        keepUntil: KEEP_UNTIL,
      }))
      await this.#boss.use((boss) => boss.insert(jobs))
      const [counts] = await this.#boss.rows<{ sent: number; elsewhere: number; failed: number }>(
        `SELECT count(id) FILTER (WHERE data->>'plan' = $3)::int AS sent,
         count(id) FILTER (WHERE state = 'completed')::int AS elsewhere,
         count(id) FILTER (WHERE state IN ('failed', 'cancelled'))::int AS failed
         FROM ${JOBS} WHERE name = $1 AND id = ANY($2::uuid[])`,
        [queue, jobs.map(({ id }) => id), mark],
      )
      sent += counts!.sent
      elsewhere += counts!.elsewhere
      failed += counts!.failed
    }
    return { chunks: chunks.length, sent, elsewhere, failed }
  }

  /** Where the jobs of a lake are. */
  async status({ folder, head }: Lake): Promise<QueueStatus> {
    const queue = await this.#chunks(head.chain)
    await this.expire()
    const states = await this.#boss.rows<{ state: string; count: number }>(
      `SELECT state::text, count(id)::int AS count FROM ${JOBS} WHERE name = $1 AND data->>'lake' = $2 GROUP BY 1`,
      [queue, folder],
    )
    const count = (...names: readonly string[]): number =>
      states.reduce((sum, { state, count }) => (names.includes(state) ? sum + count : sum), 0)
    return {
      open: count('created', 'retry'),
      running: count('active'),
      done: count('completed'),
      failed: count('failed', 'cancelled'),
      errors: await this.#errors(queue, folder),
    }
  }

  async #errors(queue: string, folder: string): Promise<readonly JobFault[]> {
    const rows = await this.#boss.rows<{ data: JobData; final: boolean; attempts: number; error: string }>(
      `SELECT data, state <> 'retry' AS final, retry_count + 1 AS attempts,
       COALESCE(output->>'message', output->'value'->>'message', state::text) AS error
       FROM ${JOBS} WHERE name = $1 AND data->>'lake' = $2 AND state IN ('failed', 'cancelled', 'retry')
       ORDER BY (data->>'first')::bigint, (data->>'netuid')::int`,
      [queue, folder],
    )
    return rows.map(({ data, ...fault }) => ({ ...chunkOf(data), ...fault }))
  }

  /** Has jobs of a lake that failed for good tried again, or those of chunks that it lacks; how many. */
  async again(lake: Lake, which: 'failed' | 'missing'): Promise<number> {
    const queue = await this.#chunks(lake.head.chain)
    const done =
      which === 'missing' ? (await lake.chunks()).map((chunk) => idOf(lake.folder, manifestOf(chunk))) : []
    const states = which === 'missing' ? ['completed'] : ['failed', 'cancelled']
    const rows = await this.#boss.rows(
      `UPDATE ${JOBS} SET state = 'created', retry_count = 0, started_on = NULL, completed_on = NULL, output = NULL,
       start_after = now()
       WHERE name = $1 AND data->>'lake' = $2 AND state::text = ANY($3::text[]) AND NOT id = ANY($4::uuid[])
       RETURNING 1`,
      [queue, lake.folder, states, done],
    )
    return rows.length
  }

  /** The next chunk of a chain; undefined where there is none now. */
  async take(chain: string): Promise<ChunkJob | undefined> {
    const queue = await this.#chunks(chain)
    const job = await this.#boss.fetch<JobData>(queue)
    if (job === undefined) return undefined
    const { lake, keep } = job.data
    const lease = { queue, id: job.id, attempt: job.retryCount }
    return { ...chunkOf(job.data), lake, chain: job.data.chain, keep, lease }
  }

  /** How many chunks of a chain are open or are being replayed. */
  async left(chain: string): Promise<number> {
    const [row] = await this.#boss.rows<{ count: number }>(
      `SELECT count(id)::int AS count FROM ${JOBS} WHERE name = $1 AND state IN ('created', 'retry', 'active')`,
      [await this.#chunks(chain)],
    )
    return row!.count
  }

  /** Says how many chunks may be replayed at once at an endpoint, by all workers together. */
  async setPlaces(endpoint: string, places: number): Promise<void> {
    const queue = await this.#endpoint(endpoint)
    await this.#addPlaces(queue, places)
    await this.#boss.rows(`DELETE FROM ${JOBS} WHERE name = $1 AND (data->>'place')::int >= $2`, [
      queue,
      places,
    ])
  }

  /**
   * A place at each of several endpoints; undefined where one of them has none left now.
   * @throws {QueueError}
   */
  async takePlaces(endpoints: readonly string[]): Promise<readonly Lease[] | undefined> {
    const places: Lease[] = []
    for (const endpoint of endpoints) {
      const queue = await this.#endpoint(endpoint)
      const job = await this.#boss.fetch(queue)
      if (job === undefined) {
        await this.giveBack(...places)
        return undefined
      }
      places.push({ queue, id: job.id, attempt: job.retryCount })
    }
    return places
  }

  async #addPlaces(queue: string, places: number): Promise<void> {
    const jobs = Array.from({ length: places }, (_, place) => ({
      name: queue,
      id: idOf(queue, String(place)),
      data: { place },
      retryLimit: ALWAYS,
      retryDelay: 0,
      retryBackoff: false,
      expireInSeconds: USUAL_LEASE,
      keepUntil: KEEP_UNTIL,
    }))
    await this.#boss.use((boss) => boss.insert(jobs))
  }

  /**
   * Renews leases, for so many seconds from now on.
   * @returns Whether all of them were this process's still.
   */
  async renew(leases: readonly Lease[], seconds: number): Promise<boolean> {
    const rows = await this.#boss.rows(
      `UPDATE ${JOBS} SET started_on = now(), expire_in = $4::int * interval '1 second' WHERE ${OURS} RETURNING 1`,
      [...columnsOf(leases), seconds],
    )
    return rows.length === leases.length
  }

  /** Gives back what this process has, as if it had not been taken. */
  async giveBack(...leases: readonly Lease[]): Promise<void> {
    if (leases.length === 0) return
    await this.#boss.rows(
      `UPDATE ${JOBS} SET state = 'created', started_on = NULL WHERE ${OURS}`,
      columnsOf(leases),
    )
  }

  /** Says that a job is done. */
  async complete({ queue, id }: Lease, output: object): Promise<void> {
    await this.#boss.use((boss) => boss.complete(queue, id, output))
  }

  /** Says that a job failed: it is tried again later, unless that was the last attempt or no other would help. */
  async fail(lease: Lease, error: Error, options: { readonly final: boolean }): Promise<void> {
    const limit = options.final ? 'retry_count' : 'retry_limit'
    const held = await this.#boss.rows(
      `UPDATE ${JOBS} SET retry_limit = ${limit} WHERE ${OURS} RETURNING 1`,
      [...columnsOf([lease])],
    )
    if (held.length === 0) return
    const output = { message: error.message, code: error instanceof YumaError ? error.code : 'engine' }
    await this.#boss.use((boss) => boss.fail(lease.queue, lease.id, output))
  }

  /** Lets others have what was taken by whoever has not renewed its lease. */
  async expire(): Promise<void> {
    await this.#boss.use((boss) => boss.expire())
  }

  readonly #made = new Set<string>()

  async #chunks(chain: string): Promise<string> {
    return this.#make(`chunks-${chain.slice(2, 18)}`)
  }

  /** The address may have a key in it. */
  async #endpoint(endpoint: string): Promise<string> {
    const queue = `endpoint-${createHash('sha256').update(endpoint).digest('hex').slice(0, 16)}`
    if (this.#made.has(queue)) return queue
    await this.#make(queue)
    const [row] = await this.#boss.rows<{ count: number }>(
      `SELECT count(id)::int AS count FROM ${JOBS} WHERE name = $1`,
      [queue],
    )
    if (row!.count === 0) await this.#addPlaces(queue, USUAL_PLACES)
    return queue
  }

  async #make(queue: string): Promise<string> {
    if (this.#made.has(queue)) return queue
    await this.#boss.make(queue)
    this.#made.add(queue)
    return queue
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#boss[Symbol.asyncDispose]()
  }
}

/** The rows of leases that are this process's still. */
const OURS = `state = 'active' AND (name, id, retry_count) IN (
  SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[]))`

function columnsOf(leases: readonly Lease[]): readonly unknown[] {
  return [leases.map(({ queue }) => queue), leases.map(({ id }) => id), leases.map(({ attempt }) => attempt)]
}

function dataOf({ folder, head }: Lake, { netuid, first, last }: ChunkId, mark: string): JobData {
  const { chain, keep } = head
  return { lake: folder, chain, keep, netuid, first: String(first), last: String(last), plan: mark }
}

/** By block, as a replay of one machine goes; jobs of one statement are of one time. */
function priorityOf({ head }: Lake, { first }: ChunkId): number {
  return -Math.min(Number(first / head.span), 2 ** 31 - 1)
}

function chunkOf({ netuid, first, last }: JobData): ChunkId {
  return { netuid, first: BigInt(first), last: BigInt(last) }
}

/** The same id for the same thing: PostgreSQL's primary key lets no second job of it be. */
function idOf(...names: readonly string[]): string {
  const hex = createHash('sha256').update(names.join('\0')).digest('hex')
  // A UUID whose digits are its maker's own: https://www.rfc-editor.org/rfc/rfc9562#section-5.8
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
