import { ChainError } from '../errors/index.ts'
import { endpointName, withName, withoutAddress } from './endpoint-name.ts'

/** A JSON-RPC client: all that a pull needs of one. A `WsProvider` of `@polkadot/api` is one. */
export interface Rpc {
  /** Resolves to the `result` of the answer, rejects with an error for anything else. */
  send(method: string, params: readonly unknown[]): Promise<unknown>
}

/**
 * What is asked of an `ApiPromise` or `ApiRx` of `@polkadot/api`: it is known by what it has, whichever release of the
 * package made it. Its provider is used as it stands and left open.
 */
export interface Api {
  readonly isConnected: boolean
  readonly genesisHash: unknown
  readonly rpc: object
}

/** What a chain is read through: a WebSocket URL, a client, or what a client is in. */
export type Endpoint = string | Rpc | Api

function isRpc(value: unknown): value is Rpc {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Rpc>).send === 'function'
}

/** Where an API of `@polkadot/api` keeps its provider: declared as protected there, and the same in every release. */
interface HasProvider {
  readonly _rpcCore?: { readonly provider?: unknown }
}

export function isEndpoint(value: unknown): value is Endpoint {
  if (typeof value === 'string' || isRpc(value)) return true
  return typeof value === 'object' && value !== null && isRpc((value as HasProvider)._rpcCore?.provider)
}

/** A URL, or the client that an endpoint is or has. What it is given has passed {@link isEndpoint}. */
export function clientOf(endpoint: Endpoint): string | Rpc {
  if (typeof endpoint === 'string' || isRpc(endpoint)) return endpoint
  return (endpoint as HasProvider)._rpcCore?.provider as Rpc
}

/** The node's own error answer. */
export class RpcError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** What a connection may be told. */
export interface SocketOptions {
  /** Milliseconds until an unopened connection is given up. */
  readonly timeoutMs: number
  /** Bytes of the longest answer that is taken. */
  readonly maxAnswerBytes: number
}

/** What `read` makes of a message, and the number of the request that the message answers. */
export interface Numbered<T> {
  readonly id: number
  readonly value: T
}

/** What came of a {@link Query}: what was made of the message, or the `result` of any other answer. */
export type Queried<T> = { readonly value: T } | { readonly result: unknown }

/**
 * `state_queryStorageAt` for keys that are text already, in quotes and with commas between them.
 * @param block The block's hash.
 * @param read Is handed the message as it came, and gives undefined where that is to be parsed as any other.
 */
export type Query = <T>(
  keys: Uint8Array,
  block: string,
  read: (message: Uint8Array) => Numbered<T> | undefined,
) => Promise<Queried<T>>

/** What a browser's `WebSocket` and the one of `ws` have in common. */
interface WebSocketLike {
  onopen: (() => void) | null
  onclose: ((event: { code: number }) => void) | null
  onerror: ((event: { message?: string }) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  send(data: string | Uint8Array, options?: { readonly binary: false }): void
  close(): void
  /** Only `ws` has it: messages as the bytes that came. */
  on?(name: 'message', listener: (data: Uint8Array, isBinary: boolean) => void): void
  /** Only `ws` has it: closes at once, without a farewell. */
  terminate?(): void
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
  /** Where given, reads the message itself, and takes what it made of it. */
  readonly read?: (message: Uint8Array) => Numbered<unknown> | undefined
  take?(value: unknown): void
}

async function openWebSocket(url: string, options: SocketOptions): Promise<WebSocketLike> {
  // Node 20 has no WebSocket of its own, and Node's later one has no limit on what a peer may send.
  if (globalThis.process?.versions?.node === undefined) return new globalThis.WebSocket(url) as WebSocketLike
  const { WebSocket } = await import('ws')
  return new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: options.maxAnswerBytes,
    handshakeTimeout: options.timeoutMs,
    // What is sent is hidden from nobody by a mask, which takes as long as all else of sending: it is for browsers, so that
    // a page cannot make a proxy see a request of its choice. A request here is JSON of numbers and hex digits.
    generateMask: (mask: Buffer) => mask.fill(0),
  }) as unknown as WebSocketLike
}

/**
 * One WebSocket and the requests in flight on it. Anything out of order (a broken connection, text that is not
 * JSON-RPC) closes it and fails all of them: what a confused peer says next is of no use.
 *
 * Not `WsProvider`: a frame that is not JSON throws inside its event handler, where nobody can catch it, and
 * takes the process down.
 */
export class Socket implements Rpc {
  /** The address as messages name it. */
  readonly name: string
  readonly #socket: WebSocketLike
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #closed: ChainError | undefined

  private constructor(url: string, socket: WebSocketLike) {
    const name = endpointName(url)
    this.name = name
    this.#socket = socket
    if (socket.on === undefined) socket.onmessage = (event) => this.#receive(event.data)
    else socket.on('message', (data, isBinary) => this.#receiveBytes(data, isBinary))
    socket.onclose = (event) =>
      this.#fail(
        new ChainError('connect', `${name}: the connection closed (${event.code})`, { endpoint: name }),
      )
    socket.onerror = (event) =>
      this.#fail(
        new ChainError('connect', `${name}: ${withName(event.message ?? 'the connection failed', url)}`, {
          endpoint: name,
        }),
      )
  }

  /**
   * Opens a connection.
   * @throws {ChainError} of kind `connect` when that fails or takes too long.
   */
  static async open(url: string, options: SocketOptions): Promise<Socket> {
    const name = endpointName(url)
    const webSocket = await openWebSocket(url, options).catch((reason: unknown) => {
      const cause = withoutAddress(reason, url)
      throw new ChainError('connect', `${name}: not an endpoint`, { endpoint: name }, { cause })
    })
    const socket = new Socket(url, webSocket)
    const opened = new Promise<void>((resolve, reject) => {
      webSocket.onopen = () => resolve()
      socket.#pending.set(0, { resolve: () => resolve(), reject })
    })
    const timer = setTimeout(
      () => socket.close(new ChainError('timeout', `${name}: no connection in time`, { endpoint: name })),
      options.timeoutMs,
    )
    try {
      await opened
    } finally {
      clearTimeout(timer)
      socket.#pending.delete(0)
    }
    return socket
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  send(method: string, params: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed)
      const id = this.#nextId++
      this.#pending.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  /** Sends keys as they are; undefined where messages are not to be had as bytes. */
  get query(): Query | undefined {
    return this.#socket.on === undefined ? undefined : (keys, block, read) => this.#query(keys, block, read)
  }

  #query: Query = (keys, block, read) =>
    new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed)
      const id = this.#nextId++
      const whole = (result: unknown): void => resolve({ result })
      this.#pending.set(id, {
        resolve: whole,
        reject,
        read,
        take: (value) => resolve({ value: value as never }),
      })
      const before = `{"jsonrpc":"2.0","id":${id},"method":"state_queryStorageAt","params":[[`
      this.#socket.send(framed(before, keys, `],"${block}"]}`), { binary: false })
    })

  /** Closes the connection and fails what is in flight with `reason`. */
  close(
    reason: ChainError = new ChainError('closed', `${this.name}: closed`, { endpoint: this.name }),
  ): void {
    this.#fail(reason)
  }

  /** A message that whoever waits for it reads himself, or any other. */
  #receiveBytes(data: Uint8Array, isBinary: boolean): void {
    const id = isBinary ? undefined : idOf(data)
    const pending = id === undefined ? undefined : this.#pending.get(id)
    const read = pending?.read?.(data)
    if (read === undefined || read.id !== id) {
      this.#receive(isBinary ? data : data.toString())
      return
    }
    this.#pending.delete(read.id)
    pending!.take?.(read.value)
  }

  #receive(data: unknown): void {
    const answer = parseAnswer(data)
    if (answer === undefined) {
      const what = new ChainError('malformed', `${this.name}: an answer that is not JSON-RPC`, {
        endpoint: this.name,
      })
      this.#fail(what)
      return
    }
    // Notifications and late answers to requests that were given up have nobody waiting.
    const pending = answer.id === undefined ? undefined : this.#pending.get(answer.id)
    if (pending === undefined || answer.id === undefined) return
    this.#pending.delete(answer.id)
    if (answer.error !== undefined) pending.reject(answer.error)
    else pending.resolve(answer.result)
  }

  #fail(reason: ChainError): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    if (this.#socket.terminate === undefined) this.#socket.close()
    else this.#socket.terminate()
    for (const pending of this.#pending.values()) pending.reject(reason)
    this.#pending.clear()
  }
}

const encoder = new TextEncoder()

/** A request whose middle is bytes. */
function framed(before: string, middle: Uint8Array, after: string): Uint8Array {
  const [first, last] = [encoder.encode(before), encoder.encode(after)]
  const frame = new Uint8Array(first.length + middle.length + last.length)
  frame.set(first)
  frame.set(middle, first.length)
  frame.set(last, first.length + middle.length)
  return frame
}

/** Characters within which nodes write the number of a request, at one end of an answer or at the other. */
const NUMBERED = 48

/** The number that a message, a `Buffer` of Node, seems to answer. */
function idOf(message: Uint8Array): number | undefined {
  const last = message.subarray(-NUMBERED).toString()
  const found =
    /"id":(\d{1,15})\}$/.exec(last) ??
    /^\{(?:"jsonrpc":"2\.0",)?"id":(\d{1,15}),/.exec(message.subarray(0, NUMBERED).toString())
  return found === null ? undefined : Number(found[1])
}

interface Answer {
  readonly id: number | undefined
  readonly result?: unknown
  readonly error?: RpcError
}

/** Texts up to this length are parsed as they are: they cannot become large. */
const SMALL_TEXT = 1024 * 1024
/** Elements and members of an answer: the longest list that is asked for, of 2,500 keys, has 10,000. */
const MOST_PARTS = 500_000

const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b

/**
 * Whether a text has more parts than any answer: an empty list of two characters takes some 50 bytes once it is parsed.
 * Commas and brackets in strings count too; no string that is asked for has any.
 */
function hasTooManyParts(text: string): boolean {
  if (text.length <= SMALL_TEXT) return false
  let parts = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === COMMA || code === BRACKET || code === BRACE) parts++
  }
  return parts > MOST_PARTS
}

/** The answer in a frame, or `undefined` when there is none. */
function parseAnswer(data: unknown): Answer | undefined {
  if (typeof data !== 'string' || hasTooManyParts(data)) return undefined
  let frame: unknown
  try {
    frame = JSON.parse(data)
  } catch {
    return undefined
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined
  const { id, result, error, method } = frame as Record<string, unknown>
  if (typeof method === 'string') return { id: undefined }
  if (typeof id !== 'number') return undefined
  if (error !== undefined && error !== null) return { id, error: rpcError(error) }
  return result === undefined ? undefined : { id, result }
}

/** Characters of an error's text that are repeated: the first of a flood say as much. */
const ERROR_CHARACTERS = 1000

/** An error in whatever shape a node gives it: what is no text in it is not made into one. */
function rpcError(error: unknown): RpcError {
  if (typeof error === 'string') return new RpcError(0, error.slice(0, ERROR_CHARACTERS))
  const { code, message, data } = (typeof error === 'object' ? error : {}) as Record<string, unknown>
  const texts = [message, data].filter((text) => typeof text === 'string')
  const text = texts.length === 0 ? 'unknown error' : texts.join(': ')
  return new RpcError(typeof code === 'number' ? code : 0, text.slice(0, ERROR_CHARACTERS))
}
