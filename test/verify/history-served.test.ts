import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Chain } from '../../ts/chain/chain.ts'
import { connect } from '../../ts/chain/index.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { verifyEpoch } from '../../ts/verify/index.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { historyRuntime } from '../chain/history-runtime.ts'
import { ChainServer } from '../chain/server.ts'
import { METADATA, missingShared, realRuntime } from '../chain/shared.ts'
import { yuma } from './cli.ts'
import { chainOfRun, type HistoryShape, makeHistory, type RunEpoch, SERVED } from './history-run.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const folder = mkdtempSync(join(tmpdir(), 'yuma-served-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The branch that is known under this number. */
const BRANCH = 300

function shapeOf(runtime: FakeRuntime): HistoryShape {
  // Of 300 the block is computed, and adds nothing to a subnet that is not started.
  return { ...SERVED, runtimes: [runtime], emits: runtime.specVersion !== BRANCH }
}

/** The first and the last version of each range, and of each span of what storage has. */
const VERSIONS = [
  ...[233, 240, 247, 252, 257, 265, 273, 277, 283, 292, 297, 299, BRANCH, 301, 306, 315],
  ...[320, 323, 334, 342, 343, 361, 362, 365, 380, 385, 393, 394, 397, 411, 422, 423, 424],
]

/** What is pulled is what the epoch ran on, but for what its own block adds: computed of it, it is what the chain stored. */
async function expectPulled(chain: Chain, { netuid, block, pot, input }: RunEpoch): Promise<void> {
  const pulled = await chain.subnet(netuid, { at: block - 1 })
  expect(pulled.specVersion).toBe(input.specVersion)
  expect(pulled.totalStake).toEqual(input.totalStake)
  // A subnet with commit-reveal has other weights by then.
  if (input.commitRevealEnabled) return
  const { stored } = await chain.subnet(netuid, { at: block })
  const result = engine.epoch({ ...pulled, emission: pot })
  const { consensus, validatorTrust, dividends } = stored
  expect(result).toMatchObject({ consensus, validatorTrust, dividends, emission: stored.emission })
  expect(result.mechanisms.map(({ incentive }) => incentive)).toEqual(stored.incentive)
}

async function expectEqual(runtime: FakeRuntime): Promise<void> {
  const spec = runtime.specVersion
  const run = makeHistory(engine, emission, shapeOf(runtime))
  await using server = await ChainServer.start(chainOfRun(run))
  await using chain = await connect(server.url)
  expect(run.epochs.length).toBeGreaterThanOrEqual(4)
  for (const epoch of run.epochs) {
    const { netuid, block, pot } = epoch
    expect(epoch.specVersion).toBe(spec)
    await expectPulled(chain, epoch)
    const verification = await verifyEpoch(engine, chain, { netuid, block, emission })
    expect(verification.differences).toEqual([])
    expect(verification).toMatchObject({ outcome: 'equal', specVersion: spec })
    const { known, least, most } = verification.pot!
    expect(known).toBe(spec === BRANCH ? 'computed' : 'inferred')
    expect([least <= pot, pot <= most, most - least < 50n]).toEqual([true, true, true])
    const fields = verification.checked.map(({ field }) => field)
    expect(fields.includes('emission')).toBe(true)
    expect(fields.includes('rank')).toBe(spec < 365)
    expect(fields.includes('stakeWeight')).toBe(spec !== 320)
  }
}

/** The same by the command: pulled into a file, computed from it, and verified. */
async function expectCommand(runtime: FakeRuntime): Promise<void> {
  const spec = runtime.specVersion
  const run = makeHistory(engine, emission, shapeOf(runtime))
  const { netuid, block } = run.epochs.findLast(({ input }) => !input.commitRevealEnabled)!
  await using server = await ChainServer.start(chainOfRun(run))
  const [file, chain] = [join(folder, `${spec}.json.gz`), ['--netuid', `${netuid}`, '--endpoint', server.url]]
  const pulled = await yuma('pull', ...chain, '--at', `${block - 1}`, '-o', file)
  expect([pulled.code, pulled.err]).toEqual([0, expect.stringContaining(`spec ${spec} · 14 neurons`)])
  const computed = await yuma('epoch', file, '--json')
  expect(computed.code).toBe(0)
  const result = JSON.parse(computed.out)
  expect(result.rules).toMatchObject({ spec, evidence: 'proved' })
  const verified = await yuma('verify', ...chain, '--block', `${block}`)
  expect(verified).toMatchObject({ code: 0, err: '' })
  expect(verified.out).toContain(`spec ${spec}, 14 neurons: equal`)
  expect(verified.out.includes('pot: inferred')).toBe(spec !== BRANCH)
  const { stored } = await connected(server.url, (from) => from.subnet(netuid, { at: block }))
  expect(result.dividends).toEqual([...stored.dividends])
}

async function connected<T>(url: string, use: (chain: Chain) => Promise<T>): Promise<T> {
  await using chain = await connect(url)
  return await use(chain)
}

describe('served chains of the versions before 425', () => {
  test.each(VERSIONS)('spec %i: pulled, run and verified at its version', async (spec) => {
    await expectEqual(spec === BRANCH ? demoRuntime(spec) : historyRuntime(spec))
  })

  test.skipIf(missingShared !== undefined).each(Object.keys(METADATA).map(Number))(
    'spec %i, real metadata: pulled, run and verified at its version',
    async (spec) => {
      await expectEqual(realRuntime(spec))
    },
  )

  test('by the command: pull, epoch and verify of spec 323', async () => {
    await expectCommand(historyRuntime(323))
  })

  test.skipIf(missingShared !== undefined).each(Object.keys(METADATA).map(Number))(
    'by the command: pull, epoch and verify of spec %i, real metadata',
    async (spec) => {
      await expectCommand(realRuntime(spec))
    },
  )
})
