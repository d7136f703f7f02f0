import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { loadSimulator } from '../../ts/simulate/index.ts'
import { EPOCH_FOLDERS } from '../conformance/epochs.ts'
import type { RunOutcome } from '../conformance/runs.ts'
import { runScenario } from '../simulate/run-scenario.ts'
import { outcome, outcomeDigest } from '../wasm/outcome.ts'
import { randomSubnet } from '../wasm/random-subnet.ts'
import { type FileServer, findChromium, launch, open, ROOT, serve } from './chromium.ts'
import { type BuiltPage, buildPage, installPacked, type Project } from './packed.ts'

/** What `app/main.js` and `plain/main.js` put on the window. */
interface App {
  vectors(kind: string, addresses: readonly string[]): Promise<Count>
  blocks(kind: string, address: string): Promise<RunOutcome>
  scenario(kind: string, address: string): Promise<object>
  random(kind: string, digests: readonly string[]): Promise<Count>
  workersAgree(pool: number): Promise<{ kind: string; equal: number; faults: unknown[] }>
  abortAndGoOn(): Promise<{ fault: unknown; n: number }>
  crashAndGoOn(): Promise<{ died: unknown; n: number; startsLeft: number; missing: unknown }>
  untransferableAndGoOn(): Promise<{ fault: unknown; n: number }>
  ticksMeanwhile(): Promise<number>
  kernels(): Promise<string[]>
}
interface Count {
  readonly equal: number
  readonly difference?: string
}
declare const app: App

const KINDS = ['wasm', 'wasm-scalar'] as const
const SUBNETS = 300

const found = findChromium()
const missing = 'reason' in found
if (missing) console.warn(`Browser tests are skipped: ${found.reason}`)

describe.skipIf(missing)('a page built by Vite from the packed package, in Chromium', () => {
  let browser: Browser
  let project: Project
  let built: BuiltPage
  let server: FileServer
  let page: Page
  let errors: string[]

  beforeAll(async () => {
    project = installPacked()
    built = await buildPage(project)
    server = await serve({
      '': built.folder,
      vectors: join(ROOT, 'test/vectors'),
      plain: join(ROOT, 'test/browser/plain'),
      simulate: join(ROOT, 'test/simulate'),
      'yuma-core': join(project.folder, 'node_modules/yuma-core'),
    })
    browser = await launch('program' in found ? found.program : '')
    const opened = await open(browser, `${server.origin}/`)
    page = opened.page
    errors = opened.errors
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    project?.remove()
  })

  it('is built without a warning, and the package holds modules and types', () => {
    expect(built.warnings).toEqual([])
    for (const file of [
      'wasm/yuma-simd.wasm',
      'wasm/yuma-scalar.wasm',
      'wasm/yuma-emission-simd.wasm',
      'wasm/yuma-emission-scalar.wasm',
      'wasm/yuma-proof-scalar.wasm',
      'wasm/yuma-simulate-simd.wasm',
      'wasm/yuma-simulate-scalar.wasm',
      'engine/wasm.d.ts',
      'worker/worker.js',
    ]) {
      expect(project.files).toContain(`dist/${file}`)
    }
    expect(project.files.filter((file) => !file.startsWith('dist/')).sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].filter((file) => project.files.includes(file)),
    )
  })

  describe.each(EPOCH_FOLDERS)('on all $vectors vectors of $folder', ({ folder, files, vectors }) => {
    it.each(KINDS)('%s is equal', async (kind) => {
      const names = readdirSync(join(ROOT, 'test/vectors', folder)).filter((name) =>
        name.endsWith('.json.gz'),
      )
      expect(names.length).toBe(files)
      const addresses = names.map((name) => `${server.origin}/vectors/${folder}/${name}`)
      const call = [kind, addresses] as const
      const count = await page.evaluate(([kind, addresses]) => app.vectors(kind, addresses), call)
      expect(count).toEqual({ equal: vectors })
    })
  })

  it.each(KINDS)('%s runs 400 blocks of 8 subnets as the chain did', async (kind) => {
    const address = `${server.origin}/vectors/dtao-spec425/sim_08.json.gz`
    const call = [kind, address] as const
    const outcome = await page.evaluate(([kind, address]) => app.blocks(kind, address), call)
    expect(outcome).toEqual({ total: 401, differences: [], epochs: 155 })
  })

  it.each(KINDS)('%s simulates as the addon does', async (kind) => {
    const native = await loadSimulator({ prefer: 'native' })
    const expected = await runScenario(native, readFileSync(join(ROOT, 'test/simulate/page-scenario.json')))
    const call = [kind, `${server.origin}/simulate/page-scenario.json`] as const
    expect(await page.evaluate(([kind, address]) => app.scenario(kind, address), call)).toEqual(expected)
  })

  it.each(KINDS)(`%s equals native on ${SUBNETS} random subnets`, async (kind) => {
    const native = await loadEngine({ prefer: 'native' })
    const seeds = Array.from({ length: SUBNETS }, (_, seed) => seed)
    const digests = await Promise.all(seeds.map((seed) => outcomeDigest(outcome(native, randomSubnet(seed)))))
    const count = await page.evaluate(([kind, digests]) => app.random(kind, digests), [
      kind,
      digests,
    ] as const)
    expect(count).toEqual({ equal: SUBNETS })
  })

  it('fetches the module that it runs, and no other', async () => {
    const before = server.requests.length
    const { page } = await open(browser, `${server.origin}/`)
    await page.evaluate(() => app.random('wasm', []))
    const modules = server.requests.slice(before).filter((path) => path.endsWith('.wasm'))
    expect(modules).toEqual([expect.stringMatching(/yuma-simd/)])
  })

  it.each([1, 3])('workers, %i of them, give what the page gives', async (pool) => {
    const { kind, equal, faults } = await page.evaluate((pool) => app.workersAgree(pool), pool)
    expect({ kind, equal }).toEqual({ kind: 'wasm', equal: 40 })
    expect(faults[1]).toEqual(faults[0])
    expect(faults[0]).toMatchObject({ name: 'InputError', code: 'input', field: 'n' })
  })

  it('the page goes on while workers work', async () => {
    expect(await page.evaluate(() => app.ticksMeanwhile())).toBeGreaterThan(10)
  })

  it('an abort stops work, and the next call works', async () => {
    const { fault, n } = await page.evaluate(() => app.abortAndGoOn())
    expect(fault).toMatchObject({ name: 'AbortedError', code: 'aborted' })
    expect(n).toBe(16)
  })

  it('a worker that breaks is an EngineError, and the next call has another', async () => {
    const { died, n, startsLeft, missing } = await page.evaluate(() => app.crashAndGoOn())
    expect(died).toMatchObject({
      name: 'EngineError',
      message: 'the worker died: Uncaught Error: no such luck',
    })
    expect({ n, startsLeft }).toEqual({ n: 16, startsLeft: 0 })
    expect(missing).toMatchObject({
      name: 'EngineError',
      message: 'the worker died: its script could not be loaded',
    })
  })

  it('memory that cannot be given away is an EngineError, and the next call works', async () => {
    const { fault, n } = await page.evaluate(() => app.untransferableAndGoOn())
    expect(fault).toMatchObject({ name: 'EngineError', message: 'the call cannot be handed to a worker' })
    expect(n).toBe(16)
  })

  it('left no error uncaught', () => {
    expect(errors).toEqual([])
  })

  it('runs without a bundler too, from each kind of source', async () => {
    const { page, errors } = await open(browser, `${server.origin}/plain/`)
    const kernels = await page.evaluate(() => app.kernels())
    expect(kernels).toEqual([
      'simd128',
      'portable',
      'portable',
      'portable',
      'portable',
      'portable',
      'portable',
    ])
    expect(errors).toEqual([])
  })
})
