/** `yuma-core/verify` in a page: bundled for browsers without a warning, and run where nothing of Node is. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build as rolldown } from 'rolldown'
import { build, createLogger } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import * as verify from '../../ts/verify/index.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { checkBuilt } from '../cli/run.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CACHE = join(ROOT, '.cache')
const ENTRIES = [
  '.',
  './snapshot',
  './chain',
  './metagraph',
  './emission',
  './verify',
  './simulate',
  './worker',
] as const

mkdirSync(CACHE, { recursive: true })
// In the repository's own folder: an entry of the package, as a page names it, is looked up from there.
const folder = mkdtempSync(join(CACHE, 'bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => checkBuilt())

/** A page's module that takes everything that an entry has. */
function pageOf(entry: string): string {
  const path = join(folder, `page${ENTRIES.indexOf(entry as '.')}.js`)
  const name = entry === '.' ? 'yuma-core' : `yuma-core${entry.slice(1)}`
  writeFileSync(path, `export * from '${name}'\n`)
  return path
}

interface Bundle {
  readonly code: string
  readonly warnings: readonly string[]
}

/** As Vite bundles it: into modules, or into one script that sets `bundle`. */
async function byVite(entry: string, format: 'es' | 'iife' = 'es'): Promise<Bundle> {
  const warnings: string[] = []
  const logger = createLogger('silent')
  logger.warn = (message) => warnings.push(message)
  logger.warnOnce = logger.warn
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    customLogger: logger,
    build: { write: false, minify: true, lib: { entry: pageOf(entry), formats: [format], name: 'bundle' } },
  })
  const chunks = [built].flat().flatMap((result) => ('output' in result ? result.output : []))
  return { code: chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n'), warnings }
}

/** As Rolldown does for browsers, into modules. */
async function byRolldown(entry: string): Promise<Bundle> {
  const warnings: string[] = []
  const { output } = await rolldown({
    input: pageOf(entry),
    platform: 'browser',
    write: false,
    onLog: (level, { message }) => {
      if (level === 'warn') warnings.push(message)
    },
  })
  return { code: output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n'), warnings }
}

/** Modules of Node that a bundle asks for. */
function nodeModules(code: string): string[] {
  return [
    ...code.matchAll(
      /(?:from|import|require)\s*\(?\s*["'`](node:[\w/]+|fs|path|module|@duckdb[\w/-]*)["'`]/g,
    ),
  ].map(([, name]) => name!)
}

describe.each([
  ['Vite', byVite],
  ['Rolldown', byRolldown],
] as const)('bundled for a browser by %s', (_, bundle) => {
  test.each(ENTRIES)('%s: without a warning, and without a module of Node', async (entry) => {
    const { code, warnings } = await bundle(entry)
    expect(warnings).toEqual([])
    expect(nodeModules(code)).toEqual([])
    expect(code.length).toBeGreaterThan(500)
  })
})

type Verify = typeof verify

/** The bundle where there is nothing but what pages have too. */
async function inPage(): Promise<Verify> {
  const { code } = await byVite('./verify', 'iife')
  const page = createContext({
    TextDecoder,
    TextEncoder,
    AbortController,
    setTimeout,
    clearTimeout,
    URL,
    console,
  })
  return runInContext(`${code};bundle`, page) as Verify
}

test('in a page it is there, checks what it is given, and has no history', async () => {
  const page = await inPage()
  expect(Object.keys(page).sort()).toEqual(Object.keys(verify).sort())
  expect(() => page.explain(null as never, null as never, null as never, {})).toThrow(
    /^engine: expected an engine/,
  )
  await expect(page.History.open('x.duckdb')).rejects.toMatchObject({ code: 'engine' })
})

describe('a recorded epoch', () => {
  test('is checked and explained in a page as in Node', async () => {
    const [engine, emission, page] = [await loadEngine(), await loadEmission(), await inPage()]
    await using server = await ChainServer.start(chainOf(readRecording(RECORDINGS[2]!)))
    await using chain = await connect(server.url)
    const options = { netuid: 1, block: 33, emission }
    const verification = await page.verifyEpoch(engine, chain, options)
    expect(page.verificationJson(verification)).toBe(
      verify.verificationJson(await verify.verifyEpoch(engine, chain, options)),
    )
    expect(verification.outcome).toBe('equal')
    const states = await verify.readEpoch(chain, options)
    for (const uid of [0, 12]) {
      const explanation = page.explain(engine, emission, states, { uid, search: false })
      expect(page.explanationJson(explanation)).toBe(
        verify.explanationJson(verify.explain(engine, emission, states, { uid, search: false })),
      )
    }
  })
})
