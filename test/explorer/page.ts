/** The explorer as it is built, in a real Chromium. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { PageServer, ServedFile } from '../../ts/cli/page-server.ts'
import { findChromium, launch, ROOT } from '../browser/chromium.ts'

const found = findChromium()

/** Why there is nothing to test with. */
export const missing: string | undefined =
  'reason' in found
    ? found.reason
    : existsSync(join(ROOT, 'dist/explorer/index.html'))
      ? undefined
      : 'dist/explorer is not built: npm run build:explorer'

/** The page on loopback, and a browser. */
export interface Explorer extends AsyncDisposable {
  readonly origin: string
  /** What no page caught. */
  readonly errors: readonly string[]
  /** A page at an address, once its epoch is shown. */
  open(hash: string, options?: BrowserContextOptions): Promise<Page>
}

/** Serves the page as `yuma explore` does, and starts a browser. */
export async function startExplorer(file?: ServedFile): Promise<Explorer> {
  const { servePage } = (await import(join(ROOT, 'dist/cli/page-server.js'))) as {
    servePage(port: number, file: ServedFile | undefined): Promise<PageServer>
  }
  const server = await servePage(0, file)
  const browser: Browser = await launch('program' in found ? found.program : '')
  const { origin } = new URL(server.url)
  const errors: string[] = []
  return {
    origin,
    errors,
    async open(hash, options = {}) {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
      // A busy machine must not fail a correct build.
      context.setDefaultTimeout(120_000)
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(`${origin}/${hash}`)
      await shown(page)
      return page
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Waits until what is asked for is open and shown. */
export async function shown(page: Page): Promise<void> {
  await page.waitForSelector('.page[data-state=ready] main h2')
}

/** How many epochs a page has shown. */
export async function turnOf(page: Page): Promise<number> {
  return Number(await page.locator('.page').getAttribute('data-turn'))
}

/** Does something, and waits until the epoch that comes of it is shown. */
export async function recomputed(page: Page, act: () => Promise<unknown>): Promise<void> {
  const before = await turnOf(page)
  await act()
  await page.waitForFunction(
    (before) => Number(document.querySelector<HTMLElement>('.page')?.dataset.turn) > before,
    before,
  )
}

/** Every row of a table, by its key and by the ids of its columns: scrolled through, since it holds few at a time. */
export async function rowsOfTable(page: Page, label: string): Promise<Map<number, Record<string, string>>> {
  const table = page.locator(`section.table[aria-label="${label}"]`)
  const seen = await table.evaluate(async (node) => {
    const rows = new Map<number, Record<string, string>>()
    const count = Number(node.querySelector('table')!.getAttribute('aria-rowcount')) - 1
    const drawn = (): Promise<void> =>
      new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
    for (let top = 0; rows.size < count && top < node.scrollHeight; top += node.clientHeight / 2) {
      node.scrollTo(0, top)
      await drawn()
      await drawn()
      for (const row of node.querySelectorAll<HTMLElement>('tr[data-key]')) {
        const cells = Array.from(row.querySelectorAll<HTMLElement>('td'), (cell) => [
          cell.dataset.column ?? '',
          (cell.querySelector('ins') ?? cell).textContent ?? '',
        ])
        rows.set(Number(row.dataset.key), Object.fromEntries(cells))
      }
    }
    return [...rows]
  })
  return new Map(seen)
}
