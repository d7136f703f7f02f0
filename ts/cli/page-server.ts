/** The explorer's page on loopback. */

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineError } from '../errors/index.ts'
import { closed, isOwnName, LOOPBACK, listening } from './listen.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
}
const OTHER = 'application/octet-stream'

/** The page loads what is beside it, and speaks with the nodes that its reader names. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  'connect-src * ws: wss:',
  "worker-src 'self'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** A page that is served. */
export interface PageServer extends AsyncDisposable {
  /** Its address, which opens the file where there is one. */
  readonly url: string
}

/** What is served beside the page, under a name that the page can ask for. */
export interface ServedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * Serves the page on 127.0.0.1, to this machine alone.
 * @param port 0 for any that is free.
 * @throws {EngineError} where the port cannot be had, or the package was built without the page.
 */
export async function servePage(port: number, file: ServedFile | undefined): Promise<PageServer> {
  const page = new URL('../explorer/', import.meta.url)
  await read(new URL('index.html', page)).catch((cause: unknown) => {
    throw new EngineError('the page is not built: npm run build:explorer', { cause })
  })
  const server = createServer((request, response) => void answer(page, file, request, response))
  await listening(server, LOOPBACK, port)
  const at = (server.address() as AddressInfo).port
  const opens = file === undefined ? '' : `#from=${encodeURIComponent(`served:${file.name}`)}`
  return {
    url: `http://127.0.0.1:${at}/${opens}`,
    [Symbol.asyncDispose]: () => closed(server),
  }
}

async function answer(
  page: URL,
  file: ServedFile | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const end = (status: number): void => void response.writeHead(status, HEADERS).end()
  // A name of someone else's that leads here would let its pages read the file.
  if (!isOwnName(request.headers.host)) return end(403)
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405)
  const path = (request.url ?? '/').replace(/[?#].*$/, '').slice(1)
  // The page's files have plain names in one folder and its assets: nothing else is looked for.
  if (!/^(assets\/)?[\w.-]*$/.test(path) || path.includes('..')) return end(404)
  try {
    const bytes =
      path !== '' && path === file?.name ? file.bytes : await read(new URL(path || 'index.html', page))
    const type = TYPES[extname(path || 'index.html')] ?? OTHER
    response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': bytes.length })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  } catch {
    end(404)
  }
}

function read(file: URL): Promise<Uint8Array> {
  return readFile(fileURLToPath(file))
}
