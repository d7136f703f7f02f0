import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { demoRuntime } from '../../../ts/demo/metadata.ts'
import { FakeChain } from '../fake-chain.ts'
import { blockOf, makeSubnet, type SubnetShape } from '../fixture.ts'
import { provable } from '../provable.ts'
import { ChainServer } from '../server.ts'

const BLOCK = 5_000_000
const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url))
const DIST = new URL('../../../dist/chain/index.js', import.meta.url)
/** What a pull may take of memory, whatever it pulls. */
const MOST_MB = 500
const SHAPE: SubnetShape = { netuid: 1, n: 256, validators: 64, seed: 1, block: BLOCK, commitReveal: true }

interface Measured {
  readonly subnets: number
  readonly requests: number
  readonly answerMb: number
  readonly pullMs: number
  readonly processMs: number
  readonly cpuMs: number
  readonly maxRssMb: number
}

async function measure(server: ChainServer, what: string, how: 'proved' | 'believed'): Promise<Measured> {
  const before = server.answered
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, server.url, what, how])
  const answerMb = Math.round((server.answered - before) / 1e5) / 10
  return { ...(JSON.parse(stdout) as Measured), answerMb }
}

function serving(netuids: readonly number[]): Promise<ChainServer> {
  const subnets = netuids.map((netuid) => makeSubnet({ ...SHAPE, netuid, seed: netuid + 1 }))
  const [block] = provable([blockOf(demoRuntime(424), BLOCK, subnets)])
  return ChainServer.start(new FakeChain([block!]))
}

function line(name: string, { requests, answerMb, pullMs, processMs, cpuMs, maxRssMb }: Measured): string {
  const times = `${pullMs} ms (process ${processMs} ms, of its own ${cpuMs} ms)`
  return `${name}: ${requests} requests, ${answerMb} MB of answers, ${times}, ${maxRssMb} MB at most`
}

describe('speed and memory of a pull', () => {
  test('there is a build to measure', () => {
    expect(existsSync(DIST), 'run `npm run build:ts` first').toBe(true)
  })

  test('one subnet of 256 neurons, 64 dense validators', async () => {
    await using server = await serving([1])
    for (const how of ['believed', 'proved'] as const) {
      const measured = await measure(server, '1', how)
      console.info(line(`256 neurons, 64 dense validators, ${how}`, measured))
      expect(measured.requests).toBeLessThanOrEqual(10)
    }
  })

  test('128 such subnets', async () => {
    await using server = await serving(Array.from({ length: 128 }, (_, i) => i + 1))
    for (const what of ['1', 'all']) {
      for (const how of ['believed', 'proved'] as const) {
        // Once before, so that the server has put its trie together.
        if (what === '1') await measure(server, what, how)
        const measured = await measure(server, what, how)
        console.info(line(`${what === '1' ? 'one of 128' : '128'} such subnets, ${how}`, measured))
        expect(measured.subnets).toBe(what === '1' ? 1 : 128)
        expect(measured.maxRssMb).toBeLessThanOrEqual(MOST_MB)
      }
    }
  })
})
