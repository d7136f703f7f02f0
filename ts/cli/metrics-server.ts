/** Numbers of a watch for Prometheus. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closed, isOwnName, LOOPBACK, listening } from './listen.ts'

/** Where to serve. */
export interface MetricsAddress {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
}

/** Numbers that are served. */
export interface MetricsServer extends AsyncDisposable {
  readonly url: string
}

const TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PATH = '/metrics'
const METHODS: readonly string[] = ['GET', 'HEAD']
const OK = 200
/** Scrapers that are served at once: each may hold a text until it has read it. */
const MOST_CONNECTIONS = 32
const MOST_HEADER_BYTES = 8192
/** Time in which a request has to be there, and after which who does not read on is let go. */
const PATIENCE_MS = 10_000

/**
 * Serves the text that `text` gives at `/metrics`. What is slow or dead holds a connection for a while and nothing else.
 * @throws {EngineError} where the port cannot be had.
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  text: () => string,
): Promise<MetricsServer> {
  const options = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: 1000,
  }
  const server = createServer(options, (request, response) => answer(host, text, request, response))
  server.maxConnections = MOST_CONNECTIONS
  server.setTimeout(PATIENCE_MS, (socket) => socket.destroy())
  await listening(server, host, port)
  // Nobody listens for faults of a server that listens already: unheard, one would end the watch.
  server.on('error', () => {})
  const at = (server.address() as AddressInfo).port
  const name = host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${at}${PATH}`, [Symbol.asyncDispose]: () => closed(server) }
}

/** What else comes with a request is not read. */
function answer(host: string, text: () => string, request: IncomingMessage, response: ServerResponse): void {
  const status = statusOf(host, request)
  if (status !== OK) {
    response.writeHead(status, { allow: METHODS.join(', '), connection: 'close' }).end()
    return
  }
  const body = Buffer.from(text())
  response.writeHead(OK, {
    'content-type': TYPE,
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function statusOf(host: string, { headers, method = '', url = '' }: IncomingMessage): number {
  if (isLoopback(host) && !isOwnName(headers.host)) return 403
  if (!METHODS.includes(method)) return 405
  return url.replace(/\?.*$/, '') === PATH ? OK : 404
}

/** Whether it is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === LOOPBACK || host === '::1' || host === 'localhost'
}
