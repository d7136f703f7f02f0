import { afterAll, describe, expect, test } from 'vitest'
import { startDemo } from '../ts/demo/index.ts'
import { findChromium, launch, open, ROOT, serve } from './browser/chromium.ts'
import { checkBuilt } from './cli/run.ts'
import { run } from './process.ts'

/** Every program of examples/ is run, on a demo chain in which nothing happens any more. */

checkBuilt()

const demo = await startDemo({ port: 0, blockTime: 2 ** 31 - 1 })
afterAll(() => demo.close())

/** What an example prints; what it says on standard error fails. */
async function printed(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
    timeout: 120_000,
  })
  expect([code, err]).toEqual([0, ''])
  return out
}

describe('examples', () => {
  test('dashboard', async () => {
    const out = await printed('examples/dashboard.mjs', demo.url)
    expect(out).toMatch(/^5 subnets, were their epochs in block 8000037\n/)
    for (const netuid of [1, 2, 3, 4]) expect(out).toMatch(new RegExp(`^│ \\d +│ ${netuid} +│ \\d+ +│`, 'm'))
  })

  test('what-if', async () => {
    const out = await printed('examples/what-if.mjs')
    expect(out).toMatch(
      /^uid 0 weighs uid 17 with 65535 in place of \d+: \d+ are paid otherwise\nuid \d+: \d+ rao\n/,
    )
    expect(out.split('\n')).toHaveLength(8)
  })

  test('api-promise', async () => {
    const { code, out } = await run(process.execPath, ['examples/api-promise.mjs', demo.url], {
      cwd: ROOT,
      timeout: 120_000,
    })
    // What @polkadot/api says of the connection it says itself.
    expect(code).toBe(0)
    expect(out).toMatch(/^subnet 1, spec 475: uid 0 has incentive \d+$/m)
    expect(out).toMatch(/^still connected: true$/m)
  })

  test('watcher', async () => {
    const out = await printed('examples/watcher.mjs', demo.url, 'once')
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line).toMatch(/^subnet [1-4], block 80000\d\d: equal$/)
  })

  test('block', async () => {
    const out = await printed('examples/block.mjs', demo.url)
    expect(out).toMatch(
      /^rules: 475, proved\n500000000 rao of TAO minted\nsubnet 1: \d+ TAO and \d+ alpha into/,
    )
    expect(out).toMatch(/\n1 epochs paid\n$/)
  })
})

const found = findChromium()
if ('reason' in found) console.warn(`The worker page is skipped: ${found.reason}`)

test.skipIf('reason' in found)('worker page', async () => {
  const server = await serve({ '': ROOT })
  const browser = await launch('program' in found ? found.program : '')
  try {
    const { page, errors } = await open(browser, `${server.origin}/examples/worker-page/`)
    const app = await page.evaluate(() => (globalThis as unknown as { app: object }).app)
    expect(app).toMatchObject({ epochs: 40, kernel: 'simd128' })
    expect(errors).toEqual([])
    expect(await page.textContent('#said')).toContain('40 epochs on simd128')
  } finally {
    await browser.close()
    server.close()
  }
})
