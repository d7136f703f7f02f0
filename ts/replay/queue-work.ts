/** A worker of a queue: threads that each replay one chunk after the other, wherever it is that they are. */

import { onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, InputError, QueueError } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'
import type { ChunkEntry, LakeHead } from './documents.ts'
import { type Lake, openLake } from './lake.ts'
import { errorOf, type Fault, type WorkerSetup } from './messages.ts'
import type { ChunkJob, Lease, Queue } from './queue.ts'
import { ReplayWorker } from './run.ts'

/** What a worker works at, and how. */
export interface WorkOptions extends Omit<WorkerSetup, 'folder'> {
  readonly queue: Queue
  /** Genesis hash of the chain of the endpoints: chunks of others are for others. */
  readonly chain: string
  /** The folder of the lake where it has another name here than where it was planned. */
  readonly lake?: string | undefined
  readonly jobs: number
  /** Seconds after which others have what this process had, where it is killed. */
  readonly leaseSeconds: number
  /** Ends once nothing is open and nothing is being replayed, by others neither. */
  readonly untilEmpty: boolean
  readonly signal: AbortSignal
  /** Told of what a person should know, each thing once. */
  readonly onWarning: (message: string) => void
  /** Told each time that it comes forward. */
  readonly onProgress: (progress: WorkProgress) => void
}

/** What a worker has done. */
export interface WorkProgress {
  readonly chunks: number
  readonly epochs: number
  /** Chunks that it could not replay. */
  readonly failed: number
}

/** Milliseconds before the queue is asked again where it has nothing. */
const POLL_MS = 1000
/** The same where it or a node cannot be reached; doubles up to the most. */
const FIRST_PAUSE_MS = 1000
const MOST_PAUSE_MS = 30_000

/**
 * Replays chunks of a queue until it is stopped, or until none is left. While the queue cannot be reached it waits, and
 * so it does for a node; a chunk that is being replayed goes on meanwhile.
 *
 * @throws {FileError} where the lake cannot be used here; {@link InputError} where it is another than the chunks are of;
 * {@link ChainError} where the endpoints lack the states. What was being replayed is given back before.
 * @throws {QueueError} where the queue refuses this worker.
 * @throws {AbortedError} when its signal says so.
 */
export async function work(options: WorkOptions): Promise<WorkProgress> {
  checkAborted(options.signal)
  return await new Work(options).all()
}

class Work {
  readonly #options: WorkOptions
  readonly #warned = new Set<string>()
  /** Of all threads: what ends one ends all. */
  readonly #ended = new AbortController()
  #done: WorkProgress = { chunks: 0, epochs: 0, failed: 0 }

  constructor(options: WorkOptions) {
    this.#options = options
  }

  async all(): Promise<WorkProgress> {
    const { signal, jobs } = this.#options
    const forget = onAbort(signal, () => this.#ended.abort(signal.reason))
    let fault: unknown
    const lanes = Array.from({ length: jobs }, async () => {
      try {
        await this.#lane()
      } catch (error) {
        fault ??= error
        this.#ended.abort(error)
      }
    })
    this.#add({})
    await Promise.all(lanes)
    forget()
    if (signal.aborted) throw new AbortedError(signal)
    if (fault !== undefined) throw fault
    return this.#done
  }

  /** One thread's part. */
  async #lane(): Promise<void> {
    const { queue, chain, endpoints, untilEmpty } = this.#options
    await using thread = new Thread(this.#options, {
      epoch: () => this.#add({ epochs: 1 }),
      warning: (message) => this.#warn(message),
    })
    const { signal } = this.#ended
    let pauseMs = FIRST_PAUSE_MS
    while (true) {
      checkAborted(signal)
      await this.#patiently(() => queue.expire())
      if (untilEmpty && (await this.#patiently(() => queue.left(chain))) === 0) return
      const places = await this.#patiently(() => queue.takePlaces(endpoints))
      if (places === undefined) {
        await sleep(POLL_MS, signal)
        continue
      }
      let next: 'taken' | 'none' | 'unreachable' = 'none'
      try {
        const job = await this.#patiently(() => queue.take(chain))
        if (job !== undefined) next = await this.#replay(thread, job, places)
      } finally {
        await this.#atLast(() => queue.giveBack(...places))
      }
      if (next === 'none') await sleep(POLL_MS, signal)
      if (next !== 'unreachable') {
        pauseMs = FIRST_PAUSE_MS
        continue
      }
      await sleep(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)
    }
  }

  /** Replays a chunk, and says what became of it. */
  async #replay(thread: Thread, job: ChunkJob, places: readonly Lease[]): Promise<'taken' | 'unreachable'> {
    const { queue, leaseSeconds } = this.#options
    const { lease } = job
    const { signal } = this.#ended
    try {
      const lake = await this.#lakeOf(job)
      const lost = new AbortController()
      await using _ = new Renewal(queue, [lease, ...places], leaseSeconds, () => lost.abort())
      const fault = await thread.replay(lake, job, AbortSignal.any([signal, lost.signal]))
      if ('epochs' in fault) {
        await this.#patiently(() => queue.complete(lease, { epochs: fault.epochs }))
        this.#add({ chunks: 1 })
        return 'taken'
      }
      return await this.#failed(job, fault)
    } catch (error) {
      // The lake that was planned for is gone, and another one is there: no worker can help. Who names the lake itself
      // has named a wrong one.
      if (error instanceof InputError && this.#options.lake === undefined) {
        await this.#fail(lease, error, error.message, true)
        return 'taken'
      }
      await this.#atLast(() => queue.giveBack(lease))
      throw error
    }
  }

  async #failed({ lease, ...job }: ChunkJob, fault: Fault): Promise<'taken' | 'unreachable'> {
    const { queue } = this.#options
    // Of this worker's end, or of a lease that ran out: another one may have it already.
    if (fault.code === 'aborted') {
      await this.#atLast(() => queue.giveBack(lease))
      return 'taken'
    }
    const error = errorOf(fault)
    const message = `subnet ${job.netuid}, blocks ${job.first} to ${job.last}: ${error.message}`
    // Another one had some of its blocks meanwhile: they are there, and the next plan has the rest.
    if (fault.code === 'input' && fault.details.field === 'chunk') {
      this.#warn(message)
      await this.#patiently(() => queue.complete(lease, { message: error.message }))
      return 'taken'
    }
    // What is this machine's or its nodes' fault costs no chunk an attempt.
    if (fault.code === 'file' || (fault.code === 'chain' && fault.kind === 'archive')) throw error
    if (fault.code === 'chain' && (fault.kind === 'connect' || fault.kind === 'timeout')) {
      this.#warn(`${error.message}; trying again`)
      await this.#patiently(() => queue.giveBack(lease))
      return 'unreachable'
    }
    const final = fault.code === 'input' || (fault.code === 'chain' && fault.kind === 'unsupported')
    await this.#fail(lease, error, message, final)
    return 'taken'
  }

  async #fail(lease: Lease, error: Error, message: string, final: boolean): Promise<void> {
    this.#warn(message)
    await this.#patiently(() => this.#options.queue.fail(lease, error, { final }))
    this.#add({ failed: 1 })
  }

  /** The lake of a job, as it is to be reached here. */
  async #lakeOf(job: ChunkJob): Promise<Lake> {
    const lake = await openLake(this.#options.lake ?? job.lake)
    checkLake(lake.head, lake.folder, job)
    return lake
  }

  /** Does something with the queue, and waits for it where it cannot be reached. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const { signal } = this.#ended
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof QueueError) || error.kind !== 'unreachable') throw error
        this.#warn(`${error.message}; waiting for it`)
        await sleep(pauseMs, signal)
      }
    }
  }

  /** Does something with the queue if it can be reached: where not, leases run out. */
  async #atLast(ask: () => Promise<void>): Promise<void> {
    try {
      await ask()
    } catch (error) {
      if (!(error instanceof QueueError)) throw error
    }
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#options.onWarning(message)
  }

  #add({ chunks = 0, epochs = 0, failed = 0 }: Partial<WorkProgress>): void {
    const { chunks: c, epochs: e, failed: f } = this.#done
    this.#done = { chunks: c + chunks, epochs: e + epochs, failed: f + failed }
    this.#options.onProgress(this.#done)
  }
}

/** That a folder is the lake that a job was planned for. */
function checkLake({ chain, keep }: LakeHead, folder: string, job: ChunkJob): void {
  const differs = (field: string, asked: string, is: string): InputError =>
    new InputError({
      field,
      file: folder,
      expected: `expected the lake that was planned for, of ${asked}, found one of ${is}`,
    })
  if (chain !== job.chain) throw differs('chain', job.chain, chain)
  if (keep.join() !== job.keep.join()) throw differs('keep', job.keep.join(), keep.join())
}

/** Renews leases until they are no longer needed. */
class Renewal implements AsyncDisposable {
  readonly #stopped = new AbortController()
  readonly #running: Promise<void>

  constructor(queue: Queue, leases: readonly Lease[], seconds: number, onLost: () => void) {
    this.#running = this.#run(queue, leases, seconds, onLost)
  }

  async #run(queue: Queue, leases: readonly Lease[], seconds: number, onLost: () => void): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      try {
        if (!(await queue.renew(leases, seconds))) return onLost()
      } catch {
        // It may be back in time. If not, what is done by then is not lost: who has the chunk next finds it in the lake.
      }
      await sleep((seconds * 1000) / 3, signal).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }
}

/** A thread with its connection, made when there is something to do, and made anew when it was stopped. */
class Thread implements AsyncDisposable {
  readonly #options: WorkOptions
  readonly #events: ConstructorParameters<typeof ReplayWorker>[1]
  #open: { readonly folder: string; readonly worker: ReplayWorker } | undefined

  constructor(options: WorkOptions, events: ConstructorParameters<typeof ReplayWorker>[1]) {
    this.#options = options
    this.#events = events
  }

  /** What comes of a chunk. */
  async replay(
    { folder }: Lake,
    { netuid, first, last }: ChunkJob,
    signal: AbortSignal,
  ): Promise<ChunkEntry | Fault> {
    if (this.#open?.folder !== folder) await this.#close()
    const { endpoints, engine, timeoutMs, prove } = this.#options
    this.#open ??= {
      folder,
      worker: new ReplayWorker({ folder, endpoints, engine, timeoutMs, prove }, this.#events),
    }
    const { worker } = this.#open
    const forget = onAbort(signal, () => worker.stop())
    if (signal.aborted) worker.stop()
    const told = await worker.replay({ netuid, first, last })
    forget()
    if (told.kind === 'done') return told.entry
    // One that was stopped, or died, does nothing more.
    if (told.fault.code === 'aborted' || told.fault.code === 'other') await this.#close()
    return told.fault
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    open?.worker.stop()
    await open?.worker.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
