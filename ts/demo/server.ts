import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { answer, RpcFault, runtimeVersion, type ServedBlock, type ServedChain, storageKeys } from './rpc.ts'

/** Bytes of a request, as nodes take them at most. */
const MOST_REQUEST_BYTES = 15 * 1024 * 1024
/** Bytes that wait for a client that does not read, beyond which it is let go. */
const MOST_WAITING_BYTES = 256 * 1024 * 1024
const MOST_CONNECTIONS = 100
/** Subscriptions of one connection, and keys of all of them together. */
const MOST_SUBSCRIPTIONS = 1024
const MOST_KEYS = 10_000

const PARSE_ERROR = -32_700
const INVALID_REQUEST = -32_600
const INTERNAL_ERROR = -32_603
const TOO_MANY = -32_006

/** What a subscription tells of, by the block that is the newest; `undefined` where that is no news. */
type News = (block: ServedBlock) => unknown

/** What can be subscribed to: the name under which is told of it, and what. */
interface Subscribable {
  readonly told: string
  news(params: readonly unknown[]): News
}

const heads = (told: string): Subscribable => ({ told, news: () => (block) => block.header })

const SUBSCRIBABLE: Readonly<Record<string, Subscribable>> = {
  chain_subscribeNewHeads: heads('chain_newHead'),
  chain_subscribeNewHead: heads('chain_newHead'),
  chain_subscribeAllHeads: heads('chain_allHead'),
  chain_subscribeFinalizedHeads: heads('chain_finalizedHead'),
  state_subscribeRuntimeVersion: { told: 'state_runtimeVersion', news: versionNews },
  state_subscribeStorage: { told: 'state_storage', news: ([keys]) => storageNews(storageKeys(keys)) },
}

/** The runtime's version, which never changes here. */
function versionNews(): News {
  let told = false
  return ({ runtime }) => {
    if (told) return undefined
    told = true
    return runtimeVersion(runtime)
  }
}

/** Values that changed, and all of them first. */
function storageNews(keys: readonly string[]): News {
  const known = new Map<string, string | null>()
  return ({ hash, state }) => {
    const values = keys.map((key) => [key, state?.get(key) ?? null] as const)
    const changes = values.filter(([key, value]) => !known.has(key) || known.get(key) !== value)
    for (const [key, value] of changes) known.set(key, value)
    return changes.length === 0 ? undefined : { block: hash, changes }
  }
}

/** A subscription of a connection. */
interface Subscription {
  readonly id: string
  /** Keys that it remembers the values of. */
  readonly keys: number
  readonly told: string
  readonly news: News
}

/**
 * A JSON-RPC server over WebSocket on loopback, which answers from the states of a chain as a substrate node does, and
 * tells of new blocks who subscribed.
 */
export class DemoServer implements AsyncDisposable {
  readonly #chain: ServedChain
  readonly #server: WebSocketServer
  readonly #subscribers = new Map<WebSocket, Map<string, Subscription>>()
  #next = 1

  private constructor(chain: ServedChain, server: WebSocketServer) {
    this.#chain = chain
    this.#server = server
    server.on('connection', (socket) => this.#accept(socket))
  }

  /**
   * Begins to listen.
   * @param port 0 for any that is free.
   * @throws {Error} of Node where the port cannot be listened on.
   */
  static async start(chain: ServedChain, port: number): Promise<DemoServer> {
    const options = { host: '127.0.0.1', port, perMessageDeflate: false, maxPayload: MOST_REQUEST_BYTES }
    const server = new WebSocketServer(options)
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
    server.on('error', () => {})
    return new DemoServer(chain, server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Tells subscribers of a block. */
  announce(block: ServedBlock): void {
    for (const [socket, subscriptions] of this.#subscribers)
      for (const subscription of subscriptions.values()) this.#tell(socket, subscription, block)
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(socket: WebSocket): void {
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#subscribers.delete(socket))
    if (this.#server.clients.size > MOST_CONNECTIONS) {
      socket.terminate()
      return
    }
    this.#subscribers.set(socket, new Map())
    socket.on('message', (data) => this.#receive(socket, String(data)))
  }

  #receive(socket: WebSocket, frame: string): void {
    const begun: Subscription[] = []
    this.#send(socket, this.#answer(socket, frame, begun))
    // The first news come at once, behind the answer that names the subscription.
    for (const subscription of begun) this.#tell(socket, subscription, this.#chain.best)
  }

  /** @param begun Subscriptions that the request began. */
  #answer(socket: WebSocket, frame: string, begun: Subscription[]): string {
    const request = parsed(frame)
    if (request === undefined) return failure(null, new RpcFault(PARSE_ERROR, 'Parse error'))
    const { method, params = [] } = request
    const id = idOf(request)
    if (typeof method !== 'string' || !Array.isArray(params))
      return failure(id, new RpcFault(INVALID_REQUEST, 'Invalid request'))
    try {
      return JSON.stringify({ jsonrpc: '2.0', id, result: this.#result(socket, method, params, begun) })
    } catch (error) {
      if (error instanceof RpcFault) return failure(id, error)
      return failure(id, new RpcFault(INTERNAL_ERROR, error instanceof Error ? error.message : String(error)))
    }
  }

  #result(socket: WebSocket, method: string, params: readonly unknown[], begun: Subscription[]): unknown {
    const subscribable = Object.hasOwn(SUBSCRIBABLE, method) ? SUBSCRIBABLE[method] : undefined
    if (subscribable !== undefined) {
      begun.push(this.#subscribe(socket, subscribable, params))
      return begun[0]!.id
    }
    if (/^(?:chain|state)_unsubscribe/.test(method))
      return this.#subscribers.get(socket)?.delete(String(params[0])) ?? false
    return answer(this.#chain, method, params)
  }

  #subscribe(socket: WebSocket, { told, news }: Subscribable, params: readonly unknown[]): Subscription {
    const own = this.#subscribers.get(socket)
    if (own === undefined || own.size >= MOST_SUBSCRIPTIONS)
      throw new RpcFault(TOO_MANY, 'Too many subscriptions on the connection')
    const [watched] = params
    const keys = Array.isArray(watched) ? watched.length : 0
    const all = [...own.values()].reduce((sum, known) => sum + known.keys, keys)
    if (all > MOST_KEYS) throw new RpcFault(TOO_MANY, 'Too many keys in subscriptions of the connection')
    const subscription = { id: String(this.#next++), keys, told, news: news(params) }
    own.set(subscription.id, subscription)
    return subscription
  }

  #tell(socket: WebSocket, { id, told, news }: Subscription, block: ServedBlock): void {
    const result = news(block)
    if (result === undefined) return
    const params = { subscription: id, result }
    this.#send(socket, JSON.stringify({ jsonrpc: '2.0', method: told, params }))
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate()
    else socket.send(text)
  }
}

/** The request of a frame; `undefined` for what is no JSON, and nothing of what is no request. */
function parsed(frame: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const request: unknown = JSON.parse(frame)
    return typeof request === 'object' && request !== null ? (request as Record<string, unknown>) : {}
  } catch {
    return undefined
  }
}

/** What names a request in its answer: a text or a number, and nothing else, which might not be written at all. */
function idOf({ id }: Readonly<Record<string, unknown>>): string | number | null {
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

function failure(id: string | number | null, { code, message }: RpcFault): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}
