import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../browser/chromium.ts'
import { yuma } from '../cli/run.ts'
import { type Explorer, missing, recomputed, rowsOfTable, shown, startExplorer } from './page.ts'

if (missing !== undefined) console.warn(`Tests of the explorer are skipped: ${missing}`)

const FILE = join(ROOT, 'examples/subnet.json.gz')
const SERVED = '#view=neurons&from=served%3Afile-subnet.json.gz'
/** What the first load may take, gzip, the engine in it. */
const MOST_BYTES = 250 * 1024

/** The columns of the table beside the names that the command's JSON has for them. */
const COLUMNS = {
  stake: 'stake',
  stakeWeight: 'stake_weight',
  active: 'active',
  validatorPermit: 'validator_permit',
  consensus: 'consensus',
  validatorTrust: 'validator_trust',
  incentive: 'incentive',
  dividends: 'dividends',
  serverEmission: 'server_emission',
  validatorEmission: 'validator_emission',
  emission: 'emission',
} as const

/** The epoch of a file by the command. */
function byCommand(...args: readonly string[]): Readonly<Record<string, readonly unknown[]>> {
  const { code, out, err } = yuma(['epoch', ...args, '--json', '--engine', 'wasm'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Record<string, readonly unknown[]>
}

/** The table of neurons, as stored. */
async function stored(page: Page): Promise<Map<number, Record<string, string>>> {
  const exact = page.getByLabel('As stored')
  if (!(await exact.isChecked())) await exact.check()
  return rowsOfTable(page, 'Neurons')
}

/** Asserts that a table says what the command does, value by value. */
function expectEqual(rows: Map<number, Record<string, string>>, epoch: ReturnType<typeof byCommand>): void {
  expect(rows.size).toBe(epoch.stake!.length)
  let compared = 0
  for (const [uid, row] of rows) {
    for (const [column, name] of Object.entries(COLUMNS)) {
      const value = epoch[name]![uid]
      const text = typeof value === 'boolean' ? String(Number(value)) : String(value)
      if (row[column] !== text)
        expect(`${column} of ${uid}: ${row[column]}`).toBe(`${column} of ${uid}: ${text}`)
      compared += 1
    }
  }
  expect(compared).toBe(rows.size * Object.keys(COLUMNS).length)
}

describe.skipIf(missing !== undefined)('the explorer, in Chromium', () => {
  let explorer: Explorer

  beforeAll(async () => {
    explorer = await startExplorer({ name: 'file-subnet.json.gz', bytes: readFileSync(FILE) })
  })
  afterAll(async () => {
    expect(explorer.errors).toEqual([])
    await explorer[Symbol.asyncDispose]()
  })

  it('loads less than 250 kB at first, the engine in it', async () => {
    const page = await explorer.open('')
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    )
    // What a worker loads its own list has.
    const inWorkers = await Promise.all(
      page
        .workers()
        .map((worker) =>
          worker.evaluate(() =>
            performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
          ),
        ),
    )
    const files = new Set(['/index.html', ...loaded, ...inWorkers.flat()])
    expect([...files].some((file) => file.endsWith('.wasm'))).toBe(true)
    const bytes = [...files].map(
      (file) => gzipSync(readFileSync(join(ROOT, 'dist/explorer', file)), { level: 9 }).length,
    )
    expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(MOST_BYTES)
  })

  it('shows what the command says of the same file, value by value', async () => {
    const page = await explorer.open(SERVED)
    expectEqual(await stored(page), byCommand(FILE))
  })

  it('shows what the command says of the changed snapshot, which it saves', async () => {
    const page = await explorer.open(SERVED)
    await recomputed(page, () =>
      page
        .getByLabel('Kappa, as a number')
        .fill('45000')
        .then(() => page.keyboard.press('Enter')),
    )
    await recomputed(page, () => page.getByLabel('Yuma3 bonds').check())
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save', exact: true }).click(),
    ])
    expectEqual(await stored(page), byCommand((await download.path())!))
  })

  it('opens the address of a changed state to the same values', async () => {
    const page = await explorer.open(SERVED)
    await recomputed(page, () =>
      page
        .getByLabel('Kappa, as a number')
        .fill('20000')
        .then(() => page.keyboard.press('Enter')),
    )
    const rows = await stored(page)
    const again = await explorer.open(new URL(page.url()).hash)
    await again.waitForSelector('.changes li')
    await again.waitForFunction(() => document.querySelector('.changed') !== null)
    expect(await stored(again)).toEqual(rows)
    expect(await again.locator('.changes li').allTextContents()).toEqual([
      expect.stringContaining('kappa is 20000'),
    ])
  })

  it('writes the address of a slider that is held once it rests', async () => {
    const page = await explorer.open(SERVED)
    // Input without a change: the hand is still at it.
    await recomputed(page, () =>
      page.getByLabel('Kappa', { exact: true }).evaluate((slider: HTMLInputElement) => {
        slider.value = '20123'
        slider.dispatchEvent(new Event('input', { bubbles: true }))
      }),
    )
    await page.waitForFunction(() => location.hash.includes('20123'))
  })

  it('undoes and does again', async () => {
    const page = await explorer.open(SERVED)
    const before = await stored(page)
    await recomputed(page, () =>
      page
        .getByLabel('Kappa, as a number')
        .fill('60000')
        .then(() => page.keyboard.press('Enter')),
    )
    const after = await stored(page)
    expect(after).not.toEqual(before)
    await recomputed(page, () => page.getByRole('button', { name: 'Undo' }).click())
    expect(await stored(page)).toEqual(before)
    await recomputed(page, () => page.keyboard.press('Control+Shift+Z'))
    expect(await stored(page)).toEqual(after)
  })

  it('goes on after its worker broke, with what was open and changed', async () => {
    const page = await explorer.open(SERVED)
    await recomputed(page, () =>
      page
        .getByLabel('Kappa, as a number')
        .fill('60000')
        .then(() => page.keyboard.press('Enter')),
    )
    const rows = await stored(page)
    await recomputed(page, () =>
      // Whichever of them computes.
      Promise.all(
        page.workers().map((worker) =>
          worker.evaluate(() => {
            setTimeout(() => {
              throw new Error('no such luck')
            })
          }),
        ),
      ),
    )
    expect(await stored(page)).toEqual(rows)
    await recomputed(page, () => page.getByRole('button', { name: 'Undo' }).click())
    expectEqual(await stored(page), byCommand(FILE))
  })

  it('says of a file what the library says, and keeps what was open', async () => {
    const page = await explorer.open(SERVED)
    const rows = await stored(page)
    const text = gunzipSync(readFileSync(FILE)).toString()
    await page.getByRole('button', { name: 'Open…' }).click()
    await page.getByLabel('File', { exact: true }).setInputFiles({
      name: 'broken.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text.replace('"kappa":', '"kappa":-')),
    })
    const said = page.locator('dialog .fault')
    await said.waitFor()
    expect(await said.textContent()).toMatch(/InputError: broken\.json: .*kappa/)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    expect(await stored(page)).toEqual(rows)
  })

  it('opens a file that is dropped', async () => {
    const page = await explorer.open('#view=neurons&from=example%3Acalm')
    const bytes = [...readFileSync(FILE)]
    await page.evaluate((bytes) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(bytes)], 'dropped.json.gz'))
      dispatchEvent(new DragEvent('drop', { dataTransfer: data }))
    }, bytes)
    await page.locator('.top .title', { hasText: 'dropped.json.gz' }).waitFor()
    await shown(page)
    expectEqual(await stored(page), byCommand(FILE))
  })

  it('refuses an address with changes that are none, and shows the rest', async () => {
    const page = await explorer.open(
      `${SERVED}&changes=${encodeURIComponent('[{"kind":"set","field":"kappa","value":-1}]')}`,
    )
    await page.locator('main .fault').waitFor()
    expect(await page.locator('main .fault').textContent()).toMatch(/InputError: .*kappa/)
    expectEqual(await stored(page), byCommand(FILE))
  })

  it('is one folder, whose names a plain host serves', () => {
    const names = readdirSync(join(ROOT, 'dist/explorer'), { recursive: true, encoding: 'utf8' })
    expect(names.filter((name) => !/^(assets|[\w./-]+\.(html|js|css|wasm|gz))$/.test(name))).toEqual([])
  })
})
