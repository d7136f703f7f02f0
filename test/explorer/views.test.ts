import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Explorer, missing, recomputed, rowsOfTable, shown, startExplorer } from './page.ts'

const NETWORK = 'from=served%3Anetwork.json.gz'

/** Goes to a view by its tab. */
async function to(page: Page, title: string): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: title, exact: true }).click()
  await page.getByRole('heading', { level: 2, name: title, exact: true }).waitFor()
}

/** What a button downloads. */
async function downloaded(page: Page, name: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).first().click(),
  ])
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString('latin1') }
}

describe.skipIf(missing !== undefined)('each view of the explorer', () => {
  let explorer: Explorer

  beforeAll(async () => {
    explorer = await startExplorer()
  })
  afterAll(async () => {
    expect(explorer.errors).toEqual([])
    await explorer[Symbol.asyncDispose]()
  })

  it('walks a newcomer from an example to a link', async () => {
    const page = await explorer.open('')
    await page.getByRole('button', { name: 'Open…' }).click()
    await page.getByRole('button', { name: /^A cabal/ }).click()
    await page.locator('.top .title', { hasText: 'A cabal' }).waitFor()
    await shown(page)

    // A cell that is cut: what is cut is shown, and the first cell of those is clicked.
    await page.getByLabel('Show').selectOption('cut')
    const { x, y } = (await page.locator('.heat-canvas').boundingBox())!
    await page.mouse.click(x + 52 + 4, y + 24 + 6 * 24)
    const cell = page.locator('.cell h3')
    await cell.waitFor()
    await page.locator('.heat-scroll').focus()
    for (let i = 0; i < 60 && !(await page.getByRole('button', { name: 'Why is it cut?' }).isVisible()); i++)
      await page.keyboard.press('ArrowRight')
    await page.getByRole('button', { name: 'Why is it cut?' }).click()
    await page.getByRole('heading', { level: 2, name: 'Consensus' }).waitFor()
    expect(await page.locator('.words').textContent()).toMatch(/Consensus on miner .* holds it down/)

    await page.getByRole('button', { name: 'Why this incentive?' }).click()
    await page.locator('.words', { hasText: 'incentive of' }).waitFor()
    await page.getByRole('button', { name: 'Look for it' }).click()
    const before = await page.locator('.words strong').nth(1).textContent()
    await page.getByRole('button', { name: 'Apply it' }).waitFor()
    const promised = await page.locator('.best strong').nth(1).textContent()
    expect(promised).not.toBe(before)
    await recomputed(page, () => page.getByRole('button', { name: 'Apply it' }).click())
    // The change does what was said of it.
    await expect.poll(() => page.locator('.words strong').nth(1).textContent()).toBe(promised)

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const other = await explorer.open(new URL(link).hash)
    await other.locator('.changes li').waitFor()
    await expect.poll(() => other.locator('.words strong').nth(1).textContent()).toBe(promised)
  })

  it('Weights: a weight is changed, and zoom keeps the chosen cell in sight', async () => {
    const page = await explorer.open('#view=weights&from=example%3Awide')
    const first = await page.locator('.cell h3').textContent()
    for (let i = 0; i < 8; i++) await page.getByRole('button', { name: 'Zoom in' }).click()
    const box = page.locator('.heat-scroll')
    expect(await box.evaluate((node) => node.scrollWidth / node.clientWidth)).toBeGreaterThan(10)
    const weight = page.getByLabel('Weight as set, as a number')
    await recomputed(page, () => weight.fill('1').then(() => page.keyboard.press('Enter')))
    expect(await page.locator('.cell dd').first().textContent()).toBe('1')
    expect(await page.locator('.cell h3').textContent()).toBe(first)
    const { name, text } = await downloaded(page, 'CSV')
    expect(name).toBe('weights.csv')
    expect(text.split('\r\n')[0]!.split(',').length).toBeGreaterThan(4000)
    expect((await downloaded(page, 'PNG')).text.slice(1, 4)).toBe('PNG')
  })

  it('Consensus: kappa moves the line, and the table says what is cut', async () => {
    const page = await explorer.open('#view=staircase&from=example%3Acalm')
    const consensus = () => page.locator('.words strong').first().textContent()
    const before = await consensus()
    await recomputed(page, () =>
      page
        .getByLabel('Kappa, as a number')
        .fill('60000')
        .then(() => page.keyboard.press('Enter')),
    )
    expect(Number(await consensus())).toBeLessThan(Number(before))
    await page.getByLabel('As bits').check()
    const rows = await rowsOfTable(page, (await page.locator('section.table').getAttribute('aria-label'))!)
    for (const { weight, kept, cut } of rows.values())
      expect(BigInt(kept!) + BigInt(cut!)).toBe(BigInt(weight!))
    expect([...rows.values()].some(({ cut }) => cut !== '0')).toBe(true)
    const { name, text } = await downloaded(page, 'SVG')
    expect(name).toBe('consensus.svg')
    expect(text).toMatch(/^<svg[\s\S]*kappa[\s\S]*<\/svg>$/)
  })

  it.each(['incentive', 'dividends', 'validatorTrust'])(
    'Why: parts of %s sum to the last unit',
    async (kind) => {
      const page = await explorer.open('#view=why&from=example%3Acalm&validator=0&miner=47')
      await page.getByLabel('Explain').selectOption(kind)
      await page.locator('[data-sums]').waitFor()
      await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null)
      const [value] = /\((\d+) of 65535\)/.exec((await page.locator('.words').textContent())!)!.slice(1)
      const rows = [...(await rowsOfTable(page, 'Parts')).values()]
      expect(rows.reduce((sum, { units }) => sum + Number(units), 0)).toBe(Number(value))
      if (kind === 'validatorTrust') return
      const paid = (await page.locator('.words strong').nth(1).textContent())!.replace(/[^\d]/g, '')
      expect(rows.reduce((sum, { rao }) => sum + BigInt(rao!), 0n)).toBe(BigInt(paid))
    },
  )

  it('Over epochs: a run with a copier, scrubbed and played', async () => {
    const page = await explorer.open('#view=epochs&from=example%3Acalm')
    await page.getByLabel('Who acts').selectOption('copier')
    await page.getByLabel('Epochs, as a number').fill('40')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('heading', { name: 'Epoch 0, beside the first' }).waitFor()
    await page.getByLabel('Epoch shown, as a number').fill('39')
    await page.keyboard.press('Enter')
    const rows = await rowsOfTable(page, 'Epoch 39')
    const sum = [...rows.values()].reduce((sum, { dividends }) => sum + Number(dividends), 0)
    expect(sum).toBeGreaterThan(0.99)
    await page.getByLabel('Epoch shown, as a number').fill('0')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Play' }).click()
    await page.getByRole('heading', { name: 'Epoch 39, beside the first' }).waitFor()
    const { text } = await downloaded(page, 'CSV')
    expect(text.trim().split('\r\n').length).toBe(41)
  })

  it('Emission: a block of a network, and the owner’s cut moved', async () => {
    const page = await explorer.open(`#view=emission&${NETWORK}`)
    await page.locator('.flow').first().waitFor()
    const label = 'Emission by subnet'
    const before = await rowsOfTable(page, label)
    expect(before.size).toBe(5)
    await page.getByLabel('Owner’s cut, as a number').fill('0')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.querySelector('.node-owner') === null)
    const after = await rowsOfTable(page, label)
    for (const { owner } of after.values()) expect(owner).toBe('0.000000000')
    expect([...after.values()].map(({ share }) => share)).not.toEqual([])
  })

  it('Fairness: what is told of an amount is told of who is asked for', async () => {
    const page = await explorer.open('#view=fairness&from=example%3Acalm')
    await page.locator('.figure svg').waitFor()
    const rows = await rowsOfTable(page, 'Concentration')
    expect(rows.size).toBeGreaterThan(10)
    await page.locator('.tools select').nth(1).selectOption('miners')
    const told = await page.locator('main section p').first().textContent()
    const row = [...rows.values()].find(
      ({ over, of, by }) => over === 'stake' && of === 'miners' && by === 'uid',
    )!
    expect(told).toContain(`By uid: Gini ${Number(row.gini).toFixed(3)}; ${row.nakamoto} of ${row.members}`)
  })

  it('Next: epochs, permits and pay of a subnet of a network', async () => {
    const page = await explorer.open(`#view=next&${NETWORK}`)
    await page.getByRole('heading', { name: 'Epochs to come' }).waitFor()
    expect(await page.locator('main').textContent()).toMatch(/The next one shares out [\d,.]+ α/)
    expect((await rowsOfTable(page, 'Pay of the next epoch')).size).toBeGreaterThan(3)
    await page.getByLabel('Epoch in the file').selectOption({ label: 'subnet 2' })
    await page.locator('.facts', { hasText: 'subnet 2' }).waitFor()
    await to(page, 'Weights')
    await to(page, 'Next')
  })

  it('Studies: progress, a stop, and the margin of a copier', async () => {
    const page = await explorer.open('#view=studies&from=example%3Acalm')
    const [majority, copying] = [page.locator('main > section').nth(0), page.locator('main > section').nth(1)]
    await majority.getByRole('button', { name: 'Compute the map' }).click()
    await majority.locator('progress').waitFor()
    await majority.getByRole('button', { name: 'Stop' }).click()
    await majority.getByRole('button', { name: 'Compute the map' }).waitFor()
    await copying.getByLabel('Epochs of each run, as a number').fill('6')
    await page.keyboard.press('Enter')
    await copying.getByRole('button', { name: 'Compute G' }).click()
    await copying.locator('section.table').waitFor()
    const rows = await rowsOfTable(page, "The copier's margin")
    expect([...rows.keys()].sort((a, b) => a - b)).toEqual([0, 4, 8, 12, 16, 20, 24])
    for (const { g } of rows.values()) expect(Number(g)).toBeGreaterThan(0)
  })
})
