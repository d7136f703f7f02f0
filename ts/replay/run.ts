/** A replay on one machine: worker threads that each take a chunk after the other. */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, InputError } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'
import type { Outcome } from '../verify/types.ts'
import type { ChunkEntry } from './documents.ts'
import type { Lake } from './lake.ts'
import { errorOf, type Fault, type Order, type Told, type WorkerSetup } from './messages.ts'
import { overlap, plan } from './plan.ts'
import { PlanTable } from './plan-table.ts'
import type { ChunkId } from './tables.ts'

/** What to replay, and how. */
export interface ReplayOptions extends Omit<WorkerSetup, 'folder'> {
  readonly lake: Lake
  readonly from: bigint
  readonly to: bigint
  readonly netuids: readonly number[]
  /** Worker threads. Default: one less than there are cores, at least 1. */
  readonly jobs?: number | undefined
  readonly signal: AbortSignal
  /** Told of what a person should know, each thing once. */
  readonly onWarning: (message: string) => void
  /** Told each time that it comes forward. */
  readonly onProgress: (progress: ReplayProgress) => void
}

/** How far a replay is. */
export interface ReplayProgress {
  /** Chunks done of those that there were to do. */
  readonly done: number
  readonly total: number
  /** Epochs checked since it began. */
  readonly epochs: number
  /** Milliseconds since it began. */
  readonly ms: number
  /** Milliseconds that it will take still, as it went so far; null before anything is done. */
  readonly leftMs: number | null
}

/** What a lake has of a range. */
export interface ReplaySummary {
  readonly chunks: number
  /** Of these, replayed now. */
  readonly replayed: number
  readonly epochs: number
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>
  /** Files that no manifest named, and that are gone now. */
  readonly swept: number
}

/** How often a chunk is begun before it is given up that the chain can be reached. */
const ATTEMPTS = 3
/** Milliseconds before the second time; doubles. */
const FIRST_PAUSE_MS = 2000
/** What asking again does not change. */
const FINAL: ReadonlySet<string> = new Set(['archive', 'missing', 'unsupported', 'closed'])

/**
 * Replays what a lake does not have yet of a range. It goes on where the last one ended, whatever ended it: the manifest
 * says what is done. One replay of a machine is at a lake at a time.
 *
 * @throws {ChainError} where the chain cannot be reached however often, or lacks the states; what is done stays.
 * @throws {FileError} where the lake cannot be written, or another replay is at it.
 * @throws {AbortedError} when its signal says so; what is done stays.
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const { lake, from, to, netuids } = options
  using table = await PlanTable.open(lake)
  const swept = await lake.sweep()
  const chunks = plan({ covered: await lake.chunks(), from, to, netuids, span: lake.head.span })
  await table.begin(chunks)
  await using run = new Run(options, table, chunks)
  const replayed = await run.all()
  return { ...(await summaryOf(options)), replayed, swept: swept.length }
}

async function summaryOf({
  lake,
  from,
  to,
  netuids,
}: ReplayOptions): Promise<Pick<ReplaySummary, 'chunks' | 'epochs' | 'outcomes'>> {
  const asked = netuids.map((netuid): ChunkId => ({ netuid, first: from, last: to }))
  const entries = (await lake.entries()).filter((entry) => asked.some((range) => overlap(range, entry)))
  const outcomes: Partial<Record<Outcome, number>> = {}
  for (const [outcome, count] of entries.flatMap((entry) => Object.entries(entry.outcomes)))
    outcomes[outcome as Outcome] = (outcomes[outcome as Outcome] ?? 0) + count
  return { chunks: entries.length, epochs: entries.reduce((sum, entry) => sum + entry.epochs, 0), outcomes }
}

/** The work of one replay. */
class Run implements AsyncDisposable {
  readonly #options: ReplayOptions
  readonly #table: PlanTable
  readonly #chunks: readonly ChunkId[]
  readonly #blocks: bigint
  readonly #workers: ReplayWorker[] = []
  readonly #warned = new Set<string>()
  readonly #began = performance.now()
  #next = 0
  #done = 0
  #blocksDone = 0n
  #epochs = 0
  #stopped = false

  constructor(options: ReplayOptions, table: PlanTable, chunks: readonly ChunkId[]) {
    this.#options = options
    this.#table = table
    this.#chunks = chunks
    this.#blocks = sum(chunks)
  }

  /** Replays all chunks; how many there were. */
  async all(): Promise<number> {
    const { signal, jobs = Math.max(1, availableParallelism() - 1) } = this.#options
    checkAborted(signal)
    this.#report()
    const threads = Math.min(jobs, this.#chunks.length)
    const work = Array.from({ length: threads }, () => this.#take())
    try {
      await Promise.all(work)
    } catch (error) {
      this.#stopped = true
      this.#stop()
      await Promise.allSettled(work)
      throw signal.aborted ? new AbortedError(signal) : error
    }
    return this.#done
  }

  /** One worker's part: a chunk after the other until none is left. */
  async #take(): Promise<void> {
    const worker = new ReplayWorker(this.#setup(), {
      epoch: () => this.#checked(),
      warning: (message) => this.#warn(message),
    })
    this.#workers.push(worker)
    const forget = onAbort(this.#options.signal, () => worker.stop())
    try {
      while (!this.#stopped && this.#next < this.#chunks.length)
        await this.#replay(worker, this.#chunks[this.#next++]!)
    } finally {
      forget()
      worker.stop()
      await worker.ended
    }
  }

  /** Replays a chunk, again where the chain could not be reached. */
  async #replay(worker: ReplayWorker, chunk: ChunkId): Promise<void> {
    const { signal } = this.#options
    for (let attempt = 1; ; attempt++) {
      await this.#table.started(chunk)
      const told = await worker.replay(chunk)
      if (told.kind === 'done') return this.#finish(chunk, told.entry)
      const { fault } = told
      if (fault.code === 'aborted' || this.#stopped) {
        await this.#table.finished(chunk, 'waiting', {})
        throw new AbortedError(signal)
      }
      if (isElsewhere(fault)) return this.#leave(chunk, errorOf(fault))
      const error = errorOf(fault)
      await this.#table.finished(chunk, 'failed', { error: error.message })
      if (!isTransient(fault) || attempt === ATTEMPTS) throw error
      this.#warn(`${error.message}; trying again`)
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal)
    }
  }

  async #finish(chunk: ChunkId, { epochs }: ChunkEntry): Promise<void> {
    await this.#table.finished(chunk, 'done', { epochs })
    this.#pass(chunk)
  }

  /** Another one had some of its blocks meanwhile: the next plan has the rest. */
  async #leave(chunk: ChunkId, error: Error): Promise<void> {
    await this.#table.finished(chunk, 'elsewhere', { error: error.message })
    this.#warn(error.message)
    this.#pass(chunk)
  }

  #pass(chunk: ChunkId): void {
    this.#done++
    this.#blocksDone += sum([chunk])
    this.#report()
  }

  #checked(): void {
    this.#epochs++
    this.#report()
  }

  #report(): void {
    const ms = performance.now() - this.#began
    const left = Number(this.#blocks - this.#blocksDone)
    const leftMs = this.#blocksDone === 0n ? null : (ms / Number(this.#blocksDone)) * left
    this.#options.onProgress({
      done: this.#done,
      total: this.#chunks.length,
      epochs: this.#epochs,
      ms,
      leftMs,
    })
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#options.onWarning(message)
  }

  #setup(): WorkerSetup {
    const { lake, endpoints, engine, timeoutMs, prove } = this.#options
    return { folder: lake.folder, endpoints, engine, timeoutMs, prove }
  }

  #stop(): void {
    for (const worker of this.#workers) worker.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    await Promise.all(this.#workers.map(({ ended }) => ended))
  }
}

function sum(chunks: readonly ChunkId[]): bigint {
  return chunks.reduce((blocks, { first, last }) => blocks + last - first + 1n, 0n)
}

function isElsewhere(fault: Fault): fault is Extract<Fault, { readonly code: 'input' }> {
  return fault.code === 'input' && fault.details.field === 'chunk'
}

function isTransient(fault: Fault): boolean {
  return fault.code === 'chain' && !FINAL.has(fault.kind)
}

export interface WorkerEvents {
  epoch(): void
  warning(message: string): void
}

export type Result = Extract<Told, { readonly kind: 'done' | 'failed' }>

/** A worker thread, which has one chunk at a time. */
export class ReplayWorker {
  readonly #worker: Worker
  /** Resolves once the thread is no more. */
  readonly ended: Promise<void>
  #settle: ((result: Result) => void) | undefined
  #fault: Fault | undefined

  constructor(setup: WorkerSetup, events: WorkerEvents) {
    // Without the process's own flags: `--input-type`, for one, would fail a worker that is a file.
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup, execArgv: [] })
    this.#worker.on('message', (told: Told) => {
      if (told.kind === 'epoch') events.epoch()
      else if (told.kind === 'warning') events.warning(told.message)
      else this.#settled(told)
    })
    const fail = (message: string): void => {
      this.#fault ??= { code: 'other', message }
      this.#settled({ kind: 'failed', fault: this.#fault })
    }
    this.#worker.on('error', (error) => fail(error.message))
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        fail(`it ended with code ${code}`)
        resolve()
      })
    })
  }

  /** What comes of a chunk. */
  replay(chunk: ChunkId): Promise<Result> {
    return new Promise((resolve) => {
      this.#settle = resolve
      if (this.#fault === undefined) this.#post({ chunk })
      else this.#settled({ kind: 'failed', fault: this.#fault })
    })
  }

  /** Ends it, and what it is at in good order. */
  stop(): void {
    this.#fault ??= { code: 'aborted' }
    this.#post('stop')
  }

  #post(order: Order): void {
    this.#worker.postMessage(order)
  }

  #settled(result: Result): void {
    this.#settle?.(result)
    this.#settle = undefined
  }
}

/** That a range ends at a block that is there. */
export function checkRange(to: bigint, head: bigint): void {
  if (to <= head) return
  const expected = `expected a block up to ${head}, the newest finalized one, found ${to}`
  throw new InputError({ field: 'to', expected })
}
