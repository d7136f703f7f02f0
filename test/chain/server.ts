import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type FakeBlock, type FakeChain, headerOf, trieOf } from './fake-chain.ts'

/** A request as it came in. */
export interface Request {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** What to do instead of answering. */
export type Fault =
  /** Cut the connection. */
  | { readonly kind: 'drop' }
  /** Never answer. */
  | { readonly kind: 'silence' }
  /** Answer after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Keep the answer until the next one has been sent; for a while, where none is. */
  | { readonly kind: 'swap' }
  /** Send this text. */
  | { readonly kind: 'text'; readonly text: string }
  /** Answer with this result, made from the right one. */
  | { readonly kind: 'result'; readonly change: (result: unknown) => unknown }
  /** Send these frames, made from the right answer, and close the connection if so said. */
  | {
      readonly kind: 'frames'
      readonly frames: (request: Request, right: string) => Iterable<string | Buffer>
      readonly close?: boolean
    }
  /** Send the first half of the answer as the part of a frame that goes on, and close the connection. */
  | { readonly kind: 'half' }
  /** Answer with an error. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }

/** Options of {@link ChainServer.start}. */
export interface ServerOptions {
  /** Asked at every request, with its place in the order of all, from 0. */
  readonly fault?: (request: Request, place: number) => Fault | undefined
  /** Bytes of a request beyond which it is refused, as nodes do. */
  readonly maxRequestBytes?: number
}

/** How long an answer is kept where no other follows. */
const HELD_MS = 100

class NodeError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * A JSON-RPC server over a real WebSocket on loopback that answers `chain_*` and `state_*` from the states of a
 * {@link FakeChain}, as a substrate node does, and misbehaves on demand. It also answers what `@polkadot/api`
 * asks for when it connects.
 */
export class ChainServer implements AsyncDisposable {
  readonly chain: FakeChain
  /** Every request so far, in order. */
  readonly requests: Request[] = []
  /** Connections taken so far. */
  connections = 0
  /** Characters of all answers so far. */
  answered = 0
  readonly #server: WebSocketServer
  readonly #options: ServerOptions
  readonly #held = new Map<WebSocket, string[]>()

  private constructor(chain: FakeChain, server: WebSocketServer, options: ServerOptions) {
    this.chain = chain
    this.#server = server
    this.#options = options
    server.on('connection', (socket) => {
      this.connections++
      socket.on('message', (data) => this.#receive(socket, String(data)))
      socket.on('error', () => socket.terminate())
    })
  }

  static async start(chain: FakeChain, options: ServerOptions = {}): Promise<ChainServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
    return new ChainServer(chain, server, options)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How often each method was asked for. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { method } of this.requests) counts[method] = (counts[method] ?? 0) + 1
    return counts
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receive(socket: WebSocket, text: string): void {
    const request = JSON.parse(text) as Request
    const fault = this.#options.fault?.(request, this.requests.length)
    this.requests.push(request)
    const answer = (change?: (result: unknown) => unknown): string =>
      this.#answer(request, text.length, change)
    switch (fault?.kind) {
      case 'drop':
        socket.terminate()
        break
      case 'silence':
        break
      case 'text':
        this.#send(socket, fault.text)
        break
      case 'error':
        this.#send(socket, this.#error(request, fault.code, fault.message))
        break
      case 'delay':
        setTimeout(() => this.#send(socket, answer()), fault.ms)
        break
      case 'swap':
        this.#held.set(socket, [...(this.#held.get(socket) ?? []), answer()])
        setTimeout(() => this.#release(socket), HELD_MS)
        break
      case 'result':
        this.#send(socket, answer(fault.change))
        break
      case 'frames':
        for (const frame of fault.frames(request, answer())) socket.send(frame)
        if (fault.close) socket.close()
        break
      case 'half': {
        const text = answer()
        socket.send(text.slice(0, text.length >> 1), { fin: false }, () => socket.terminate())
        break
      }
      default:
        this.#send(socket, answer())
    }
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return
    socket.send(text)
    this.answered += text.length
    this.#release(socket)
  }

  /** Sends what was kept, the last first. */
  #release(socket: WebSocket): void {
    const held = this.#held.get(socket) ?? []
    this.#held.delete(socket)
    if (socket.readyState !== socket.OPEN) return
    for (const answer of held.reverse()) socket.send(answer)
  }

  #error({ id }: Request, code: number, message: string): string {
    return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
  }

  #answer(
    request: Request,
    bytes: number,
    change: (result: unknown) => unknown = (result) => result,
  ): string {
    try {
      if (bytes > (this.#options.maxRequestBytes ?? Number.POSITIVE_INFINITY)) {
        throw new NodeError(-32007, 'Request is too big')
      }
      return JSON.stringify({ jsonrpc: '2.0', id: request.id, result: change(this.#result(request)) })
    } catch (error) {
      if (error instanceof NodeError) return this.#error(request, error.code, error.message)
      throw error
    }
  }

  #result({ method, params }: Request): unknown {
    switch (method) {
      case 'chain_getBlockHash':
        return (
          this.chain.at(params[0] === undefined || params[0] === null ? this.chain.best : Number(params[0]))
            ?.hash ?? null
        )
      case 'chain_getFinalizedHead':
        return this.chain.at(this.chain.finalized)!.hash
      case 'chain_getHeader':
        return this.#header(params[0])
      case 'state_getRuntimeVersion':
        return this.#version(this.#block(params[0]))
      case 'state_subscribeRuntimeVersion':
      case 'chain_subscribeNewHead':
      case 'chain_subscribeNewHeads':
      case 'chain_subscribeFinalizedHeads':
        return 'none'
      case 'state_getMetadata':
        return this.#state(params[0]).runtime.metadata
      case 'state_getStorage':
      case 'state_getStorageAt':
        return this.#state(params[1]).state.get(String(params[0])) ?? null
      case 'state_queryStorageAt':
        return this.#query(params[0] as readonly string[], this.#state(params[1]))
      case 'state_getKeysPaged':
      case 'state_getKeysPagedAt':
        return this.#keys(String(params[0]), Number(params[1]), params[2], this.#state(params[3]))
      case 'state_getReadProof': {
        const block = this.#state(params[1])
        return { at: block.hash, proof: trieOf(block).proof(params[0] as readonly string[]) }
      }
      case 'rpc_methods':
        return { methods: METHODS }
      case 'system_chain':
        return 'Loopback'
      case 'system_name':
        return 'loopback'
      case 'system_version':
        return '0.0.0'
      case 'system_properties':
        return { ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' }
      default:
        throw new NodeError(-32601, 'Method not found')
    }
  }

  #block(hash: unknown): FakeBlock {
    const block =
      hash === undefined || hash === null ? this.chain.at(this.chain.best) : this.chain.of(String(hash))
    if (block !== undefined) return block
    throw new NodeError(
      4003,
      `Client error: UnknownBlock: Header was not found in the database: ${String(hash)}`,
    )
  }

  #state(hash: unknown): FakeBlock {
    const block = this.#block(hash)
    if (block.pruned !== true) return block
    throw new NodeError(4003, `Client error: UnknownBlock: State already discarded for ${block.hash}`)
  }

  /** Of a block that is not there a node gives null, not an error. */
  #header(hash: unknown): unknown {
    const block = typeof hash === 'string' ? this.chain.of(hash) : this.chain.at(this.chain.best)
    return block === undefined ? null : headerOf(block)
  }

  #version({ runtime }: FakeBlock): unknown {
    const { specName, specVersion } = runtime
    return {
      specName,
      implName: specName,
      authoringVersion: 1,
      specVersion,
      implVersion: 1,
      apis: [],
      transactionVersion: 1,
    }
  }

  /** Like a node: a key that is asked for twice is answered once. */
  #query(keys: readonly string[], block: FakeBlock): unknown {
    const changes = [...new Set(keys)].map((key) => [key, block.state.get(key) ?? null])
    return changes.length === 0 ? [] : [{ block: block.hash, changes }]
  }

  #keys(prefix: string, count: number, after: unknown, block: FakeBlock): readonly string[] {
    const keys = this.chain.keys(block)
    const from = typeof after === 'string' ? after : ''
    const found: string[] = []
    for (let i = firstAtLeast(keys, from > prefix ? from : prefix); i < keys.length; i++) {
      if (found.length === count || !keys[i]!.startsWith(prefix)) break
      if (keys[i]! > from) found.push(keys[i]!)
    }
    return found
  }
}

/** Index of the first key that is not below `least`. */
function firstAtLeast(keys: readonly string[], least: string): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

const METHODS: readonly string[] = [
  'chain_getBlockHash',
  'chain_getFinalizedHead',
  'chain_getHeader',
  'rpc_methods',
  'state_getKeysPaged',
  'state_getMetadata',
  'state_getReadProof',
  'state_getRuntimeVersion',
  'state_getStorage',
  'state_queryStorageAt',
  'state_subscribeRuntimeVersion',
  'system_chain',
  'system_name',
  'system_properties',
  'system_version',
]
