import { abortable, onAbort } from '../errors/abort.ts'
import { AbortedError, ChainError, checkAborted } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'
import { endpointName } from './endpoint-name.ts'
import { type Query, type Rpc, RpcError, Socket } from './socket.ts'

/** How patient and how busy a connection is. */
export interface LinkOptions {
  /** Milliseconds for one answer, and for opening a connection. Default 30,000. */
  readonly timeoutMs?: number
  /** How often a request is tried again before it is given up. Default 6. */
  readonly retries?: number
  /** Milliseconds before the second try of an endpoint; doubles up to 8,000. Default 250. */
  readonly backoffMs?: number
  /** Requests in flight at once. Default 4. */
  readonly concurrency?: number
  /** Bytes of the longest answer that is taken. Default 32 MiB: nodes give 15 MB by themselves. */
  readonly maxAnswerBytes?: number
  /** Told before a request is tried again. */
  readonly onRetry?: (retry: Retry) => void
}

/** A request that failed and is tried again. */
export interface Retry {
  /** The JSON-RPC method, or `connecting`. */
  readonly method: string
  /** The endpoint that failed, as messages name it: without password and key. */
  readonly endpoint: string
  /** What went wrong. */
  readonly reason: string
  /** How often it was tried so far, and how often it is tried before it is given up. */
  readonly tried: number
  readonly tries: number
  /** Milliseconds until the next try. */
  readonly pauseMs: number
}

/** The numbers of {@link LinkOptions}, all of them there. */
type Settings = Required<Omit<LinkOptions, 'onRetry'>>

/** What was done over a connection so far. */
export interface LinkStats {
  /** Requests sent, those tried again included. */
  readonly requests: number
  /** Of these, sent again after a failure. */
  readonly retries: number
  /** Connections opened. */
  readonly connections: number
}

const MAX_BACKOFF_MS = 8000
/** Milliseconds that an endpoint rests which is asked too often: doubles with each time in a row. */
const FIRST_REST_MS = 500
const MAX_REST_MS = 60_000
/** How often a request is refused as one too many before that counts as a failure: a quarter of an hour or so. */
const MOST_LIMITS = 20

/** A request, or its answer, that is larger than the node takes or gives: ask for less. */
export class TooBigError extends ChainError {
  constructor(endpoint: string, method: string, cause: unknown) {
    super('rpc', `${endpoint}: ${method}: too large for the node`, { endpoint, method }, { cause })
  }
}

type Refusal = 'archive' | 'missing' | 'unsupported'

/** An answer that the same endpoint will give again; another endpoint may know better. */
function refusalOf(error: unknown, method: string): Refusal | undefined {
  if (error instanceof ChainError) {
    return error.kind === 'missing' ? 'missing' : undefined
  }
  const text = error instanceof Error ? error.message : String(error)
  if (/state already discarded|state.*(pruned|not available|unavailable)|missing trie node/i.test(text))
    return 'archive'
  if (/header was not found|unknown ?block|block not found/i.test(text)) {
    // A state is asked for once the header of its block is there. Nodes of old say no more of a state that they pruned.
    return method.startsWith('state_') ? 'archive' : 'missing'
  }
  if (codeOf(error) === -32601) return 'unsupported'
  return undefined
}

/** Codes of HTTP, jsonrpsee's busy server, substrate's own limit and that of gateways before nodes. */
const LIMIT_CODES: ReadonlySet<number | undefined> = new Set([429, -32009, -32999, -32029])

/** Whether a node says that it is asked too often: later it will answer. */
function isLimited(error: unknown): boolean {
  if (LIMIT_CODES.has(codeOf(error))) return true
  const text = error instanceof Error ? error.message : String(error)
  return /\b429\b|too many requests|rate.?limit|(request|call)s? limit|server is busy/i.test(text)
}

function isTooBig(error: unknown): boolean {
  const code = codeOf(error)
  // Codes of jsonrpsee for an oversized request and an oversized response.
  return code === -32007 || code === -32008
}

function codeOf(error: unknown): number | undefined {
  if (error instanceof RpcError) return error.code
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

/** One endpoint and its connection, opened when it is first needed and again after it broke. */
class Endpoint {
  readonly name: string
  readonly #open: () => Promise<Rpc>
  #rpc: Promise<Rpc> | undefined
  #restsUntil = 0
  #restMs = 0
  opened = 0

  constructor(endpoint: string | Rpc, options: Settings) {
    this.name = typeof endpoint === 'string' ? endpointName(endpoint) : 'the given client'
    this.#open = typeof endpoint === 'string' ? () => Socket.open(endpoint, options) : async () => endpoint
  }

  async rpc(): Promise<Rpc> {
    const held = this.#rpc
    const open = await held
    // Another request may have replaced the broken connection meanwhile.
    if (open instanceof Socket && open.closed && this.#rpc === held) this.#rpc = undefined
    if (this.#rpc === undefined) {
      this.opened++
      this.#rpc = this.#open()
      // A connection that failed to open is not kept: the next request tries anew.
      this.#rpc.catch(() => {
        this.#rpc = undefined
      })
    }
    return this.#rpc
  }

  /** Drops a connection that misbehaved; others in flight on it fail and are tried again. */
  drop(rpc: Rpc | undefined, reason: ChainError): void {
    if (rpc instanceof Socket) rpc.close(reason)
  }

  /** Milliseconds until it may be asked again. */
  get restsFor(): number {
    return Math.max(0, this.#restsUntil - performance.now())
  }

  /** It is asked too often: nobody asks it for a while, which grows each time that it says so again. */
  rest(): void {
    // Others that were in flight are told the same: that is one time.
    if (this.restsFor > 0) return
    this.#restMs = Math.min(this.#restMs === 0 ? FIRST_REST_MS : this.#restMs * 2, MAX_REST_MS)
    this.#restsUntil = performance.now() + this.#restMs * (0.75 + Math.random() / 2)
  }

  /** It answered. */
  rested(): void {
    if (this.restsFor === 0) this.#restMs = 0
  }

  async close(): Promise<void> {
    const rpc = await this.#rpc?.catch(() => undefined)
    if (rpc instanceof Socket) rpc.close()
    this.#rpc = undefined
  }
}

/**
 * Requests over one or several endpoints: bounded in number, each with a time limit, tried again with growing
 * pauses, and moved to the next endpoint when one fails. What was answered stays answered: a pull of many pages
 * goes on at the page that broke.
 */
export class Link {
  readonly #endpoints: readonly Endpoint[]
  readonly #options: Settings
  readonly #onRetry: (retry: Retry) => void
  readonly #waiting: (() => void)[] = []
  readonly #answeredBy = new Set<number>()
  #current = 0
  #inFlight = 0
  #requests = 0
  #retries = 0
  #closed = false

  constructor(endpoints: readonly (string | Rpc)[], options: LinkOptions) {
    this.#options = {
      timeoutMs: options.timeoutMs ?? 30_000,
      retries: options.retries ?? 6,
      backoffMs: options.backoffMs ?? 250,
      concurrency: options.concurrency ?? 4,
      maxAnswerBytes: options.maxAnswerBytes ?? 32 * 1024 * 1024,
    }
    this.#onRetry = options.onRetry ?? (() => {})
    this.#endpoints = endpoints.map((endpoint) => new Endpoint(endpoint, this.#options))
    if (this.#endpoints.length === 0) throw new ChainError('connect', 'no endpoint is given')
  }

  get stats(): LinkStats {
    const connections = this.#endpoints.reduce((sum, endpoint) => sum + endpoint.opened, 0)
    return { requests: this.#requests, retries: this.#retries, connections }
  }

  /** The place of the endpoint that is asked now. */
  get current(): number {
    return this.#current
  }

  /** Places of the endpoints whose answers were taken. */
  get answeredBy(): ReadonlySet<number> {
    return this.#answeredBy
  }

  /** Opens a connection to the first endpoint that takes one. */
  open(signal?: AbortSignal): Promise<void> {
    return this.#attempts('connecting', signal, async () => undefined)
  }

  /**
   * Sends a request and gives what `parse` makes of its result. `parse` throws a `ChainError` for a result that
   * is not what it should be; that counts as a failure of the endpoint.
   *
   * @throws {ChainError} when no endpoint gives a good answer, {@link TooBigError} when it would be too large,
   * {@link AbortedError}.
   */
  async call<T>(
    method: string,
    params: readonly unknown[],
    parse: (result: unknown) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.together(method, async (send) => parse(await send(method, params)), signal)
  }

  /**
   * Sends requests, one after the other, that only make sense of one endpoint; together they have the time of one
   * answer. `use` throws like the `parse` of {@link call}.
   *
   * @param method The one that an error names.
   * @throws {ChainError} {@link TooBigError} {@link AbortedError}, as {@link call} does.
   */
  async together<T>(
    method: string,
    use: (send: Rpc['send'], query: Query | undefined) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    await this.#enter(signal)
    try {
      return await this.#attempts(method, signal, (rpc) =>
        use((...request) => {
          this.#requests++
          return rpc.send(...request)
        }, this.#queryOf(rpc)),
      )
    } finally {
      this.#leave()
    }
  }

  #queryOf(rpc: Rpc): Query | undefined {
    const query = rpc instanceof Socket ? rpc.query : undefined
    if (query === undefined) return undefined
    return (...request) => {
      this.#requests++
      return query(...request)
    }
  }

  /** Closes every connection. Requests in flight fail. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()))
  }

  async #attempts<T>(
    method: string,
    signal: AbortSignal | undefined,
    use: (rpc: Rpc) => Promise<T>,
  ): Promise<T> {
    const refused = new Map<Endpoint, ChainError>()
    const tries = Math.max(this.#options.retries + 1, this.#endpoints.length)
    let last: unknown
    let limits = 0
    for (let attempt = 0; attempt < tries; attempt++) {
      if (this.#closed) throw new ChainError('closed', 'the chain was closed', { method })
      checkAborted(signal)
      const endpoint = this.#pick(refused)
      if (endpoint === undefined) break
      // A timer may be a millisecond early.
      if (endpoint.restsFor > 0) await sleep(Math.ceil(endpoint.restsFor) + 1, signal)
      if (attempt + limits > 0 && method !== 'connecting') this.#retries++
      const failure = await this.#attempt(endpoint, method, signal, use)
      if ('value' in failure) {
        endpoint.rested()
        if (method !== 'connecting') this.#answeredBy.add(this.#endpoints.indexOf(endpoint))
        return failure.value
      }
      last = failure.error
      if (isLimited(last) && limits < MOST_LIMITS) {
        this.#restOf(endpoint, method, last, ++limits)
        attempt--
        continue
      }
      const refusal = refusalOf(last, method)
      if (refusal !== undefined) refused.set(endpoint, refusedError(refusal, endpoint, method, last))
      else if (attempt + 1 < tries) await this.#beforeRetry(endpoint, method, last, attempt, tries, signal)
      else last = givenUp(last, method, tries)
      this.#advance(endpoint)
    }
    throw [...refused.values()][0] ?? asChainError(last, method)
  }

  /** Lets an endpoint rest that is asked too often, and goes on with the next one meanwhile. */
  #restOf(endpoint: Endpoint, method: string, error: unknown, tried: number): void {
    endpoint.rest()
    const reason = error instanceof Error ? error.message : String(error)
    const pauseMs = endpoint.restsFor
    this.#onRetry({ method, endpoint: endpoint.name, reason, tried, tries: MOST_LIMITS, pauseMs })
    this.#advance(endpoint)
  }

  /** Says what failed, and waits once each endpoint had its turn. */
  async #beforeRetry(
    { name: endpoint }: Endpoint,
    method: string,
    error: unknown,
    attempt: number,
    tries: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const isRoundOver = (attempt + 1) % this.#endpoints.length === 0
    const pauseMs = isRoundOver ? this.#pauseMs(attempt) : 0
    const reason = error instanceof Error ? error.message : String(error)
    this.#onRetry({ method, endpoint, reason, tried: attempt + 1, tries, pauseMs })
    if (pauseMs > 0) await sleep(pauseMs, signal)
  }

  async #attempt<T>(
    endpoint: Endpoint,
    method: string,
    signal: AbortSignal | undefined,
    use: (rpc: Rpc) => Promise<T>,
  ): Promise<{ value: T } | { error: unknown }> {
    let rpc: Rpc | undefined
    const work = async (): Promise<T> => {
      rpc = await endpoint.rpc()
      return use(rpc)
    }
    try {
      return { value: await limited(work(), this.#options.timeoutMs, endpoint.name, method, signal) }
    } catch (error) {
      if (error instanceof AbortedError) throw error
      if (isTooBig(error)) throw new TooBigError(endpoint.name, method, error)
      // An error answer is the node's word, and the connection is sound; all else leaves it in doubt.
      if (error instanceof ChainError && error.kind !== 'missing') endpoint.drop(rpc, error)
      return { error }
    }
  }

  /** The next endpoint that may answer: one that does not rest where there is one, else the first to have rested. */
  #pick(refused: ReadonlyMap<Endpoint, ChainError>): Endpoint | undefined {
    const [before, after] = [this.#endpoints.slice(0, this.#current), this.#endpoints.slice(this.#current)]
    const inTurn = [...after, ...before].filter((endpoint) => !refused.has(endpoint))
    return inTurn.toSorted((a, b) => a.restsFor - b.restsFor)[0]
  }

  /** Moves on from an endpoint that failed, unless another request did so already. */
  #advance(failed: Endpoint): void {
    if (this.#endpoints[this.#current] !== failed) return
    this.#current = (this.#current + 1) % this.#endpoints.length
  }

  #pauseMs(attempt: number): number {
    const round = Math.floor(attempt / this.#endpoints.length)
    const pause = Math.min(this.#options.backoffMs * 2 ** round, MAX_BACKOFF_MS)
    return pause * (0.75 + Math.random() / 2)
  }

  /** Takes a slot, or waits for one that is handed on; an abort ends the wait. */
  async #enter(signal: AbortSignal | undefined): Promise<void> {
    checkAborted(signal)
    if (this.#inFlight < this.#options.concurrency) {
      this.#inFlight++
      return
    }
    let stop = (): void => {}
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve)
        if (signal === undefined) return
        stop = onAbort(signal, () => {
          this.#waiting.splice(this.#waiting.indexOf(resolve), 1)
          reject(new AbortedError(signal))
        })
      })
    } finally {
      stop()
    }
  }

  /** Hands the slot to whoever waits longest. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#inFlight--
    else next()
  }
}

const REFUSED: Readonly<Record<Refusal, string>> = {
  archive: 'has no state of that block, most likely because it was pruned: an archive node is needed',
  missing: 'does not know that block',
  unsupported: 'does not offer the method',
}

function refusedError(refusal: Refusal, endpoint: Endpoint, method: string, cause: unknown): ChainError {
  if (cause instanceof ChainError) return cause
  const fault = { endpoint: endpoint.name, method }
  return new ChainError(refusal, `${endpoint.name}: ${method}: ${REFUSED[refusal]}`, fault, { cause })
}

/** The last failure of a request that is not tried again, which says how often it was. */
function givenUp(error: unknown, method: string, tries: number): unknown {
  if (tries === 1) return error
  const { kind, message, ...fault } = asChainError(error, method)
  const { endpoint, block, items } = fault
  return new ChainError(
    kind,
    `${message}; tried ${tries} times`,
    {
      method,
      items,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(block === undefined ? {} : { block }),
    },
    { cause: error },
  )
}

function asChainError(error: unknown, method: string): ChainError {
  if (error instanceof ChainError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ChainError('rpc', `${method}: ${message}`, { method }, { cause: error })
}

/** `work`, or a `ChainError` once it took too long, or an `AbortedError` once the signal says so. */
async function limited<T>(
  work: Promise<T>,
  timeoutMs: number,
  endpoint: string,
  method: string,
  signal: AbortSignal | undefined,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = `${endpoint}: ${method}: no answer in ${timeoutMs} ms`
      reject(new ChainError('timeout', what, { endpoint, method }))
    }, timeoutMs)
  })
  try {
    return await abortable(Promise.race([work, late]), signal)
  } finally {
    clearTimeout(timer)
    // Whichever lost the race must not end as an unhandled rejection.
    work.catch(() => {})
  }
}
