import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { startDemo } from '../../ts/demo/index.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { findChromium, launch, ROOT } from '../browser/chromium.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { blockOf, makeSubnet } from '../chain/fixture.ts'
import { ChainServer, type ServerOptions } from '../chain/server.ts'
import { type Explorer, missing, recomputed, rowsOfTable, shown, startExplorer } from './page.ts'

/** Asks for a subnet of a node in the dialog. */
async function pull(page: Page, endpoint: string, netuid: number): Promise<void> {
  await page.getByRole('button', { name: 'Open…' }).click()
  await page.getByLabel('Endpoint').fill(endpoint)
  await page.getByLabel('Netuid').fill(String(netuid))
  await page.getByRole('button', { name: 'Read it' }).click()
}

/** The incentive of all neurons, as the table has it. */
async function incentives(page: Page): Promise<string[]> {
  await page.getByRole('navigation').getByRole('button', { name: 'Neurons' }).click()
  const exact = page.getByLabel('As stored')
  if (!(await exact.isChecked())) await exact.check()
  const rows = await rowsOfTable(page, 'Neurons')
  return Array.from({ length: rows.size }, (_, uid) => rows.get(uid)!.incentive!)
}

describe.skipIf(missing !== undefined)('the explorer and a node', () => {
  let explorer: Explorer

  beforeAll(async () => {
    explorer = await startExplorer()
  })
  afterAll(async () => {
    expect(explorer.errors).toEqual([])
    await explorer[Symbol.asyncDispose]()
  })

  it('reads a subnet of the demo chain, and its link reads the same block', async () => {
    await using demo = await startDemo({ port: 0, subnets: 2 })
    const page = await explorer.open('')
    await pull(page, demo.url, 1)
    await page.locator('.top .title', { hasText: 'Subnet 1' }).waitFor()
    const shownThere = await incentives(page)
    const from = /block":"(\d+)"/.exec(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('from')!)!
    await using chain = await connect(demo.url)
    const snapshot = await chain.subnet(1, { at: BigInt(from[1]!) })
    expect(shownThere).toEqual(Array.from((await loadEngine()).epoch(snapshot).incentive, String))
    const again = await explorer.open(new URL(page.url()).hash)
    expect(await incentives(again)).toEqual(shownThere)
    await again.getByRole('navigation').getByRole('button', { name: 'Next' }).click()
    await again.getByRole('heading', { name: 'Epochs to come' }).waitFor()
  })

  const BLOCK = 1_000_000
  const server = (options: ServerOptions = {}): Promise<ChainServer> => {
    const subnet = makeSubnet({ netuid: 15, n: 24, validators: 6, seed: 3, block: BLOCK })
    return ChainServer.start(new FakeChain([blockOf(demoRuntime(424), BLOCK, [subnet])]), options)
  }

  it('reads through a connection that is cut once', async () => {
    let cut = false
    await using node = await server({
      fault: ({ method }) => {
        if (cut || method !== 'state_queryStorageAt') return undefined
        cut = true
        return { kind: 'drop' }
      },
    })
    const page = await explorer.open('')
    await pull(page, node.url, 15)
    await page.locator('.top .title', { hasText: 'Subnet 15' }).waitFor()
    expect(cut).toBe(true)
    expect(await incentives(page)).toHaveLength(24)
  })

  it.each([
    ['a state that the node has dropped', { kind: 'error', code: 4003, message: 'State already discarded' }],
    ['an answer that is none', { kind: 'result', change: () => 'nonsense' }],
  ] as const)('says what is wrong with %s, and keeps what was open', async (_, fault) => {
    await using node = await server({
      fault: ({ method }) => (method.startsWith('state_query') ? fault : undefined),
    })
    const page = await explorer.open('#view=neurons&from=example%3Acalm')
    const before = await incentives(page)
    await pull(page, node.url, 15)
    const said = page.locator('dialog .fault')
    await said.waitFor()
    expect(await said.textContent()).toMatch(/^ChainError: /)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    expect(await incentives(page)).toEqual(before)
  })

  it('says that nobody answers', async () => {
    const page = await explorer.open('')
    await pull(page, 'ws://127.0.0.1:9', 1)
    await page.locator('dialog .fault').waitFor()
    expect(await page.locator('dialog .fault').textContent()).toMatch(/ChainError: ws:\/\/127\.0\.0\.1:9/)
  })

  it('opens again without a network, and computes', async () => {
    const page = await explorer.open('')
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.context().setOffline(true)
    await page.reload()
    await shown(page)
    await recomputed(page, () => page.getByLabel('Yuma3 bonds').check())
    await page.getByRole('navigation').getByRole('button', { name: 'Why' }).click()
    await page.locator('[data-sums]').waitFor()
  })
})

describe.skipIf(missing !== undefined)('the explorer from a file', () => {
  it('computes and explains without a host', async () => {
    const found = findChromium()
    const browser = await launch('program' in found ? found.program : '')
    try {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(
        `${pathToFileURL(join(ROOT, 'dist/explorer/index.html'))}#view=why&from=example%3Acabal`,
      )
      await shown(page)
      expect(new URL(page.url()).pathname).toMatch(/file\.html$/)
      await page.locator('[data-sums]').waitFor()
      await recomputed(page, () => page.getByLabel('Yuma3 bonds').check())
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
