/** A small network without a network: generated subnets whose blocks emission computes, served as a node serves them. */

import { loadEmission } from '../emission/index.ts'
import { InputError } from '../errors/index.ts'
import { type DemoBlock, DemoChain } from './chain.ts'
import type { ServedBlock } from './rpc.ts'
import { DemoServer } from './server.ts'

export { type DemoBlock, HEADERS_KEPT, STATES_KEPT } from './chain.ts'

/** Where a node of this machine listens. */
export const USUAL_PORT = 9944
/** Milliseconds between two blocks, and subnets, where nothing is said of them. */
export const USUAL_BLOCK_TIME = 2000
export const USUAL_SUBNETS = 4
export const MOST_SUBNETS = 32
/** Blocks that run before anybody can ask, so that every subnet had two epochs at least. */
const BLOCKS_BEFORE = 36

/** Options of {@link startDemo}. */
export interface DemoOptions {
  /** On loopback; 0 for any that is free. Default {@link USUAL_PORT}. */
  readonly port?: number
  readonly subnets?: number
  /** What the network is made from. Default 1. */
  readonly seed?: number
  /** Milliseconds between two blocks. */
  readonly blockTime?: number
  /** Told of each block. */
  readonly onBlock?: (block: DemoBlock) => void
  /** Told what keeps blocks from coming: none comes any more. */
  readonly onFault?: (error: unknown) => void
}

/** A demo chain that is served, and goes on until it is closed. */
export class Demo implements AsyncDisposable {
  readonly #chain: DemoChain
  readonly #server: DemoServer
  readonly #timer: NodeJS.Timeout

  constructor(chain: DemoChain, server: DemoServer, options: DemoOptions) {
    this.#chain = chain
    this.#server = server
    const { blockTime = USUAL_BLOCK_TIME, onBlock, onFault } = options
    this.#timer = setInterval(() => {
      try {
        const made = chain.next()
        server.announce(made.block)
        onBlock?.(made)
      } catch (error) {
        clearInterval(this.#timer)
        onFault?.(error)
      }
    }, blockTime)
  }

  get url(): string {
    return this.#server.url
  }

  get best(): ServedBlock {
    return this.#chain.best
  }

  /** No block comes any more, and nobody is answered. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#server.close()
    this.#chain.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Makes a network, runs its first blocks, and serves it.
 * @throws {InputError} where the port cannot be listened on, {@link EngineError} without an implementation of emission.
 */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { port = USUAL_PORT, subnets = USUAL_SUBNETS, seed = 1 } = options
  const chain = new DemoChain(await loadEmission(), { subnets, seed })
  for (let i = 0; i < BLOCKS_BEFORE; i++) chain.next()
  try {
    return new Demo(chain, await DemoServer.start(chain, port), options)
  } catch (cause) {
    chain.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const expected = `a port of this machine that is free, not ${port} (${reason})`
    throw new InputError({ field: 'port', expected }, { cause })
  }
}
