import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VIEWS } from '../../ts/explorer/views/ids.ts'
import { type Explorer, missing, startExplorer } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds at fault, and where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          passes: unknown[]
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
        }>
      }
    }
    const { violations, passes } = await axe.run()
    if (passes.length < 20) return [`only ${passes.length} rules had anything to look at`]
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  })
}

/** Has a view show all that it can. */
async function filled(page: Page, id: string): Promise<void> {
  if (id === 'why') await page.locator('[data-sums]').waitFor()
  if (id === 'emission') await page.locator('.flow').first().waitFor()
  if (id === 'fairness') await page.locator('.figure svg').waitFor()
  if (id === 'next') await page.getByRole('heading', { name: 'Who is paid' }).waitFor()
  if (id === 'epochs') {
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('.figure svg').waitFor()
  }
  if (id === 'studies') {
    await page.getByLabel('Epochs of each run, as a number').fill('5')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Compute G' }).click()
    await page.locator('.figure svg').waitFor()
  }
}

const LOOKS = [
  { name: 'light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'a phone', viewport: { width: 390, height: 800 }, colorScheme: 'light' },
  // A page of 1280 pixels at 200 % has as many pixels of its own as one of 640.
  { name: '200 %', viewport: { width: 640, height: 450 }, colorScheme: 'dark' },
] as const

describe.skipIf(missing !== undefined)('the explorer is accessible', () => {
  let explorer: Explorer

  beforeAll(async () => {
    explorer = await startExplorer()
  })
  afterAll(async () => {
    expect(explorer.errors).toEqual([])
    await explorer[Symbol.asyncDispose]()
  })

  describe.each(LOOKS)('$name', ({ viewport, colorScheme }) => {
    it.each(VIEWS)('$title', async ({ id }) => {
      const source = id === 'emission' || id === 'next' ? 'served%3Anetwork.json.gz' : 'example%3Acabal'
      const page = await explorer.open(`#view=${id}&from=${source}`, { viewport, colorScheme })
      await filled(page, id)
      expect(await violations(page)).toEqual([])
      // Nothing but what scrolls by itself is wider than the page.
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0)
      await page.context().close()
    })
  })

  it('with the dialog open', async () => {
    const page = await explorer.open('')
    await page.getByRole('button', { name: 'Open…' }).click()
    expect(await violations(page)).toEqual([])
  })

  it('by the keyboard alone: from cell to cell, to the weight, and back', async () => {
    const page = await explorer.open('#view=weights&from=example%3Acalm&validator=0&miner=47')
    await page.locator('.heat-scroll').focus()
    const before = await page.locator('.cell h3').textContent()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('.cell h3').textContent()).not.toBe(before)
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-valuetext'))).toMatch(/^\d+$/)
    const turn = await page.locator('.page').getAttribute('data-turn')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.locator('.page').getAttribute('data-turn')).not.toBe(turn)
    await page.keyboard.press('Control+z')
    await expect.poll(() => page.locator('.changes li').count()).toBe(0)
  })
})
