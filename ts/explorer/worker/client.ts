/** A worker as the page calls it. One that breaks or is stopped is replaced, and told again what it has to know. */

import type { Calls, Fault, Reply, Request } from './messages.ts'
import { startWorker } from './start.ts'

/** What the library or a worker said went wrong. */
export class CallError extends Error {
  constructor({ name, message }: Fault) {
    super(message)
    this.name = name
  }
}

type Argument<C extends keyof Calls> = Parameters<Calls[C]>[0]
type Answer<C extends keyof Calls> = Awaited<ReturnType<Calls[C]>>

interface Waiting {
  readonly progress: ((done: number | string) => void) | undefined
  resolve(value: unknown): void
  reject(error: CallError): void
}

/** One worker at a time. */
export class Client {
  #worker: Worker | undefined
  #nextId = 1
  /** Whether the worker has answered anything: one that never did is not replaced for ever. */
  #answered = false
  readonly #waiting = new Map<number, Waiting>()
  readonly #onRestart: ((client: Client) => void) | undefined

  /** @param onRestart Called with this client when a worker that broke was replaced: tells the new one its state. */
  constructor(onRestart?: (client: Client) => void) {
    this.#onRestart = onRestart
  }

  /**
   * Calls a worker.
   * @throws {CallError} with what the library said, or that the worker broke or was stopped.
   */
  call<C extends keyof Calls>(
    call: C,
    argument: Argument<C>,
    progress?: (done: number | string) => void,
  ): Promise<Answer<C>> {
    const worker = this.#started()
    const id = this.#nextId++
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { progress, resolve, reject })
      worker.postMessage({ id, call, argument } satisfies Request)
    }) as Promise<Answer<C>>
  }

  /** Ends what is running; the next call has another worker. */
  stop(): void {
    this.#end({ name: 'AbortedError', message: 'stopped' })
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = startWorker()
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#take(data))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      if (worker !== this.#worker) return
      const message = event.message || 'its script could not be loaded'
      this.#end({ name: 'EngineError', message: `the worker died: ${message}` })
      if (this.#answered) this.#onRestart?.(this)
    })
    this.#worker = worker
    this.#answered = false
    return worker
  }

  #take(reply: Reply): void {
    this.#answered = true
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    if ('progress' in reply) {
      waiting.progress?.(reply.progress)
      return
    }
    this.#waiting.delete(reply.id)
    if ('fault' in reply) waiting.reject(new CallError(reply.fault))
    else waiting.resolve(reply.value)
  }

  #end(fault: Fault): void {
    this.#worker?.terminate()
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(new CallError(fault))
  }
}
