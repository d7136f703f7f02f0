import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FakeChain } from '../fake-chain.ts'
import { blockOf, makeSubnet, type SubnetShape } from '../fixture.ts'
import { ChainServer } from '../server.ts'
import { missingShared, realRuntime } from '../shared.ts'

const BLOCK = 5_000_000
const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url))
const DIST = new URL('../../../dist/chain/index.js', import.meta.url)
const SHAPE: SubnetShape = { netuid: 1, n: 256, validators: 64, seed: 1, block: BLOCK, commitReveal: true }

interface Measured {
  readonly subnets: number
  readonly requests: number
  readonly pullMs: number
  readonly processMs: number
  readonly maxRssMb: number
}

async function measure(netuids: readonly number[], what: string): Promise<Measured> {
  const subnets = netuids.map((netuid) => makeSubnet({ ...SHAPE, netuid, seed: netuid + 1 }))
  await using server = await ChainServer.start(new FakeChain([blockOf(realRuntime(424), BLOCK, subnets)]))
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, server.url, what])
  return JSON.parse(stdout) as Measured
}

function line(name: string, { requests, pullMs, processMs, maxRssMb }: Measured): string {
  return `${name}: ${requests} requests, ${pullMs} ms (process ${processMs} ms), ${maxRssMb} MB at most`
}

describe.skipIf(missingShared !== undefined)('speed and memory of a pull', () => {
  test('there is a build to measure', () => {
    expect(existsSync(DIST), 'run `npm run build:ts` first').toBe(true)
  })

  test('one subnet of 256 neurons, 64 dense validators', async () => {
    const measured = await measure([1], '1')
    console.info(line('256 neurons, 64 dense validators', measured))
    expect(measured.requests).toBeLessThanOrEqual(10)
  })

  test('128 such subnets', async () => {
    const netuids = Array.from({ length: 128 }, (_, i) => i + 1)
    const measured = await measure(netuids, 'all')
    console.info(line('128 such subnets', measured))
    expect(measured.subnets).toBe(128)
  })
})
