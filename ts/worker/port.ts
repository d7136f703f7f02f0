/** One worker, of a browser or of Node, behind one interface. */

import type { WebWorker } from '../runtime/platform-types.ts'
import type { Reply, Request } from './messages.ts'

/** The part of Node's `worker_threads.Worker` that is used here. */
export interface NodeWorker {
  on(event: 'message', listener: (value: unknown) => void): unknown
  on(event: 'error' | 'messageerror', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  postMessage(value: unknown, transfer?: readonly ArrayBuffer[]): void
  terminate(): Promise<number>
  ref(): void
  unref(): void
}

/** What a worker tells. */
export interface PortEvents {
  reply(reply: Reply): void
  /** The worker did not start, died, or spoke nonsense. */
  failure(reason: string, cause: unknown): void
}

/** A worker that can be told things. */
export interface Port {
  post(request: Request, transfer: ArrayBuffer[]): void
  terminate(): void
  /** Whether a Node process waits for this worker before it ends. */
  keepAlive(yes: boolean): void
}

/** Connects a worker. */
export function connect(worker: WebWorker | NodeWorker, events: PortEvents): Port {
  return 'on' in worker ? nodePort(worker, events) : webPort(worker, events)
}

function webPort(worker: WebWorker, { reply, failure }: PortEvents): Port {
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => reply(data))
  worker.addEventListener('error', (event) => {
    // Told by a rejection: the page's own error handler need not hear of it too.
    event.preventDefault()
    failure(event.message || 'its script could not be loaded', event.error ?? event)
  })
  worker.addEventListener('messageerror', (event) => failure('a message could not be read', event))
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    terminate: () => worker.terminate(),
    keepAlive: () => {},
  }
}

function nodePort(worker: NodeWorker, { reply, failure }: PortEvents): Port {
  worker.on('message', (data) => reply(data as Reply))
  worker.on('error', (error) => failure(error.message, error))
  worker.on('messageerror', (error) => failure('a message could not be read', error))
  worker.on('exit', (code) => failure(`it ended with code ${code}`, undefined))
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    terminate: () => void worker.terminate(),
    keepAlive: (yes) => (yes ? worker.ref() : worker.unref()),
  }
}

/** Starts this package's worker. */
export function startWorker(): WebWorker | NodeWorker {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads')
  if (typeof Worker === 'undefined' && threads) {
    // Not spelled as below: bundlers would take the file along a second time.
    const script = new URL(import.meta.url.replace(/[^/]*$/, 'worker.js'))
    // Without the process's own flags: `--input-type`, for one, would fail a worker that is a file.
    return new threads.Worker(script, { execArgv: [] })
  }
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
}
