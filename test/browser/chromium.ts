/** A real headless Chromium, and a loopback server of files for it. */

import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** A Chromium's program, or why there is none. */
export function findChromium(): { readonly program: string } | { readonly reason: string } {
  const { status, stdout, stderr } = spawnSync('bash', [join(ROOT, 'scripts/ensure-chromium.sh')], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  return status === 0
    ? { program: stdout.trim() }
    : { reason: stderr?.trim() || 'no bash to look for Chromium' }
}

/** Without these a Chromium in a closed network talks to itself about Google's hosts. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a Chromium with an empty profile of its own. */
export async function launch(program: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath: program, args: isRoot ? ['--no-sandbox', ...QUIET] : QUIET })
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.gz': 'application/octet-stream',
}

/** Files on loopback. */
export interface FileServer {
  readonly origin: string
  /** Paths that were asked for. */
  readonly requests: readonly string[]
  close(): void
}

/** Serves folders by the first part of their path; `''` serves the rest. `headers` go with every file. */
export async function serve(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<FileServer> {
  const requests: string[] = []
  const server: Server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    requests.push(path)
    const [, first = '', ...rest] = path.split('/')
    const folder = folders[first]
    const file = folder === undefined ? join(folders['']!, path) : join(folder, ...rest)
    const found = path.endsWith('/') ? join(file, 'index.html') : file
    if (!(await stat(found).catch(() => undefined))?.isFile()) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      ...headers,
      'content-type': TYPES[extname(found)] ?? 'application/octet-stream',
    })
    createReadStream(found).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Opens a page that puts an `app` on its window; `errors` gathers whatever it does not catch. */
export async function open(browser: Browser, address: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(address)
  await page.waitForFunction(() => 'app' in globalThis)
  return { page, errors }
}
