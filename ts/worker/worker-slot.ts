import { EngineError } from '../errors/index.ts'
import type { WebWorker } from '../runtime/platform-types.ts'
import type { Ready, Reply, Request } from './messages.ts'
import { connect, type NodeWorker, type Port } from './port.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(error: unknown): void
}

/** A place for one worker at a time, which runs one request at a time. A worker that is gone is replaced when needed. */
export class WorkerSlot {
  readonly #module: WebAssembly.Module
  readonly #start: () => WebWorker | NodeWorker
  #ready: Ready = { kernel: '', rules: new Uint32Array() }
  #port: Port | undefined
  #waiting: Waiting | undefined

  constructor(module: WebAssembly.Module, start: () => WebWorker | NodeWorker) {
    this.#module = module
    this.#start = start
  }

  /**
   * Starts a worker where there is none, and says what its module is.
   * @throws {EngineError} where it does not start.
   */
  async ready(): Promise<Ready> {
    if (this.#port !== undefined) return this.#ready
    this.#port = this.#connected()
    try {
      const reply = await this.request({ module: this.#module }, [])
      if ('kernel' in reply) this.#ready = reply
      return this.#ready
    } catch (error) {
      this.stop(error)
      throw error
    }
  }

  /**
   * Sends a request to a worker that is ready, and waits for its reply.
   * @throws {EngineError} where the engine or the worker fails.
   */
  async request(request: Request, transfer: ArrayBuffer[]): Promise<Reply> {
    const port = this.#port
    if (port === undefined) throw new EngineError('the worker was stopped')
    try {
      port.post(request, transfer)
    } catch (cause) {
      throw new EngineError('the call cannot be handed to a worker', { cause })
    }
    port.keepAlive(true)
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
    if ('failure' in reply) throw new EngineError(reply.failure)
    return reply
  }

  /** Ends the worker; what it was at is rejected. */
  stop(reason: unknown): void {
    const waiting = this.#waiting
    this.#port?.terminate()
    this.#port = undefined
    this.#waiting = undefined
    waiting?.reject(reason)
  }

  #connected(): Port {
    try {
      const port = connect(this.#start(), {
        reply: (reply) => this.#settle(port, reply),
        failure: (reason, cause) =>
          this.#lost(port, new EngineError(`the worker died: ${reason}`, { cause })),
      })
      return port
    } catch (cause) {
      throw new EngineError('no worker can be started', { cause })
    }
  }

  #settle(port: Port, reply: Reply): void {
    if (port !== this.#port) return
    const waiting = this.#waiting
    this.#waiting = undefined
    port.keepAlive(false)
    waiting?.resolve(reply)
  }

  /** Word of a worker that was replaced since is no news. */
  #lost(port: Port, error: EngineError): void {
    if (port === this.#port) this.stop(error)
  }
}
