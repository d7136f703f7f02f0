import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { blockOf, makeSubnet } from '../chain/fixture.ts'
import { provable } from '../chain/provable.ts'
import { ChainServer, type ServerOptions } from '../chain/server.ts'
import { type FileServer, findChromium, launch, open, serve } from './chromium.ts'
import { buildPage, installPacked, type Project } from './packed.ts'

/** What `prove/main.js` puts on the window. */
declare const app: {
  pull(url: string, prove: boolean): Promise<Readonly<Record<string, unknown>>>
}

const BLOCK = 1_000_000
const found = findChromium()
const missing = 'reason' in found ? found.reason : undefined
if (missing !== undefined) console.warn(`Browser tests of proofs are skipped: ${missing}`)

describe.skipIf(missing !== undefined)('a page that reads a chain, built by Vite, in Chromium', () => {
  let browser: Browser
  let project: Project
  let files: FileServer
  let page: Page
  let warnings: readonly string[]

  beforeAll(async () => {
    project = installPacked()
    const built = await buildPage(project, 'prove')
    warnings = built.warnings
    files = await serve({ '': built.folder })
    browser = await launch('program' in found ? found.program : '')
    page = (await open(browser, `${files.origin}/`)).page
  })
  afterAll(async () => {
    await browser?.close()
    files?.close()
    project?.remove()
  })

  const chainServer = (options: ServerOptions = {}): Promise<ChainServer> => {
    const subnet = makeSubnet({ netuid: 15, n: 24, validators: 6, seed: 3, block: BLOCK })
    return ChainServer.start(new FakeChain(provable([blockOf(demoRuntime(424), BLOCK, [subnet])])), options)
  }
  const ask = (url: string, prove: boolean) =>
    page.evaluate(([url, prove]) => app.pull(url, prove), [url, prove] as const)
  const modules = () => files.requests.filter((path) => /proof/.test(path))

  it('loads the module for proofs only to prove, and reads the same', async () => {
    expect(warnings).toEqual([])
    await using server = await chainServer()
    await using chain = await connect(server.url)
    const { n, blockHash, totalStake } = await chain.subnet(15)
    const expected = { n, blockHash, totalStake: totalStake.join(' ') }
    expect(await ask(server.url, false)).toEqual(expected)
    expect(modules()).toEqual([])
    expect(await ask(server.url, true)).toEqual(expected)
    expect(modules()).toEqual([expect.stringMatching(/yuma-proof-scalar.*\.wasm$/)])
    expect(server.counts.state_getReadProof).toBeGreaterThan(0)
  })

  it('refuses what is not proved', async () => {
    const change = (answer: unknown): unknown => {
      const { at, proof } = answer as { at: string; proof: readonly string[] }
      return { at, proof: proof.slice(1) }
    }
    await using server = await chainServer({
      fault: ({ method }) => (method === 'state_getReadProof' ? { kind: 'result', change } : undefined),
    })
    expect(await ask(server.url, true)).toEqual({ name: 'ChainError', kind: 'unproved' })
  })
})
