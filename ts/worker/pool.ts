import { onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, EngineError } from '../errors/index.ts'
import type { Reply, Request } from './messages.ts'
import type { WorkerSlot } from './worker-slot.ts'

/** A request with the buffers that go along with it. */
export interface Parcel {
  readonly request: Request
  readonly transfer: ArrayBuffer[]
}

interface Task {
  /** Makes the parcel when a worker is free for it: a batch is not in memory twice at once. */
  pack(): Parcel
  resolve(reply: Reply): void
  reject(error: unknown): void
}

/** Hands tasks to slots, in order, each to the first that is free. */
export class Pool {
  readonly #slots: readonly WorkerSlot[]
  readonly #free: WorkerSlot[]
  readonly #queue: Task[] = []
  readonly #running = new Map<Task, WorkerSlot>()
  #closed = false

  constructor(slots: readonly WorkerSlot[]) {
    this.#slots = slots
    // The last is taken first: a pool that is never full leaves its other workers unstarted.
    this.#free = slots.toReversed()
  }

  /**
   * Runs what `pack` makes.
   * @throws {AbortedError} when `signal` is aborted; what runs is stopped with its worker.
   * @throws {EngineError} where the engine or its worker fails, or the pool is closed.
   */
  async run(pack: () => Parcel, signal: AbortSignal | undefined): Promise<Reply> {
    checkAborted(signal)
    if (this.#closed) throw closed()
    let stop = (): void => {}
    try {
      return await new Promise((resolve, reject) => {
        const task: Task = { pack, resolve, reject }
        if (signal !== undefined) stop = onAbort(signal, () => this.#cancel(task, new AbortedError(signal)))
        this.#queue.push(task)
        this.#dispatch()
      })
    } finally {
      stop()
    }
  }

  /** Ends all workers; what they were at, and what waits, is rejected. */
  close(): void {
    this.#closed = true
    for (const task of this.#queue.splice(0)) task.reject(closed())
    for (const slot of this.#slots) slot.stop(closed())
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#free.length > 0) {
      const task = this.#queue.shift()!
      const slot = this.#free.pop()!
      this.#running.set(task, slot)
      void this.#runOn(slot, task).then(task.resolve, task.reject)
    }
  }

  async #runOn(slot: WorkerSlot, task: Task): Promise<Reply> {
    try {
      await slot.ready()
      const { request, transfer } = task.pack()
      return await slot.request(request, transfer)
    } finally {
      this.#running.delete(task)
      this.#free.push(slot)
      this.#dispatch()
    }
  }

  #cancel(task: Task, error: AbortedError): void {
    const waiting = this.#queue.indexOf(task)
    if (waiting >= 0) this.#queue.splice(waiting, 1)
    task.reject(error)
    this.#running.get(task)?.stop(error)
  }
}

function closed(): EngineError {
  return new EngineError('the worker engine is closed')
}
