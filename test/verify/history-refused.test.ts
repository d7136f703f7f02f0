import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { EPOCH, SYSTEM } from '../../ts/chain/items.ts'
import { layoutsOf } from '../../ts/demo/layouts.ts'
import { runtimeOf } from '../../ts/demo/metadata.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { InputError } from '../../ts/errors/index.ts'
import { type Verification, verifyEpoch, watch } from '../../ts/verify/index.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { historyRuntime, STORAGE_HISTORY } from '../chain/history-runtime.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'
import { yuma } from './cli.ts'
import { chainOfRun, makeHistory } from './history-run.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const FROM = 6_000_000
const SHAPE = { blocks: 8, netuids: [3], n: 14, seed: 9, from: FROM, emits: true } as const

/** A served chain of the last version of main up to a runtime's, all of whose blocks are called that runtime's. */
async function served(runtime: FakeRuntime): Promise<{ server: ChainServer; block: number }> {
  const { specVersion, specName } = runtime
  const of = Math.max(...STORAGE_HISTORY.versions.filter((version) => version <= specVersion))
  const run = makeHistory(engine, emission, { ...SHAPE, runtimes: [historyRuntime(of)] })
  const chain = chainOfRun(run)
  for (const block of run.blocks) {
    const writer = new StorageWriter(runtime)
    for (const [key, value] of block.state) writer.state.set(key, value)
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [specVersion, specName])
    chain.put({ ...block, runtime, state: writer.state })
  }
  return { server: await ChainServer.start(chain), block: run.epochs[0]!.block }
}

/** Numbers that no known runtime had: the nearest one that is known, and its range. */
const UNKNOWN: readonly (readonly [number, number, string])[] = [
  [235, 234, '233 to 247'],
  [243, 244, '233 to 247'],
  [250, 252, '252 to 252'],
  [262, 261, '257 to 265'],
  [270, 273, '273 to 277'],
  [280, 277, '273 to 277'],
  [288, 290, '283 to 292'],
  [295, 297, '297 to 299'],
  [310, 306, '301 to 315'],
  [330, 326, '320 to 362'],
  [387, 385, '365 to 394'],
  [407, 411, '397 to 422'],
  [420, 419, '397 to 422'],
]

describe('a number that no known runtime had', () => {
  test('each is refused with a known one named that none is nearer than, and its range', () => {
    const known = engine.knownSpecVersions()
    const [snapshot] = makeHistory(engine, emission, { ...SHAPE, runtimes: [historyRuntime(323)] }).epochs
    let refused = 0
    for (let specVersion = 200; specVersion < 500; specVersion++) {
      const run = (): unknown => engine.epoch({ ...snapshot!.input, specVersion })
      if (known.includes(specVersion)) {
        expect(run, `${specVersion}`).not.toThrow(/spec version whose rules are known/)
        continue
      }
      refused++
      const error = caught(run)
      expect(error).toMatchObject({ code: 'input', field: 'specVersion' })
      const nearest = Math.min(...known.map((other) => Math.abs(other - specVersion)))
      const [, named, first, last] = /the nearest is (\d+), of the range (\d+) to (\d+)/.exec(error.expected)!
      expect([specVersion, Math.abs(Number(named) - specVersion)]).toEqual([specVersion, nearest])
      expect(engine.rules).toContainEqual(
        expect.objectContaining({ first: Number(first), last: Number(last) }),
      )
      expect(known).toContain(Number(named))
    }
    expect(refused).toBe(300 - known.length)
  })

  test.each(UNKNOWN)(
    '%i: verification refuses it, the nearest being %i, of %s',
    async (spec, nearest, range) => {
      const { server, block } = await served(historyRuntime(spec))
      await using _ = server
      await using chain = await connect(server.url)
      const words = `${spec} is not, the nearest is ${nearest}, of the range ${range}`
      await expect(verifyEpoch(engine, chain, { netuid: 3, block, emission })).rejects.toMatchObject({
        code: 'input',
        field: 'specVersion',
        expected: expect.stringContaining(words),
      })
      const seen: Verification[] = []
      await watch(engine, chain, {
        emission,
        since: BigInt(FROM + 1),
        once: true,
        onVerification: (one) => void seen.push(one),
      })
      expect(seen.length).toBeGreaterThan(0)
      for (const { outcome, specVersion, pot, checked, notes } of seen) {
        expect({ outcome, specVersion, pot, checked }).toEqual({
          outcome: 'unchecked',
          specVersion: spec,
          pot: null,
          checked: [],
        })
        expect(notes[0]!.text).toContain(words)
      }
    },
  )

  test('the command says so too: exit code 2', async () => {
    const { server } = await served(historyRuntime(310))
    await using _ = server
    const { code, out, err } = await yuma('verify', '--netuid', '3', '--endpoint', server.url)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('310 is not, the nearest is 306, of the range 301 to 315')
  })
})

describe('what calls itself 300', () => {
  test('and has the commits of 299 and 301 is refused by name: it is of another branch', async () => {
    const { server, block } = await served(historyRuntime(300))
    await using _ = server
    await using chain = await connect(server.url)
    const refused = expect.objectContaining({
      code: 'chain',
      kind: 'unsupported',
      message: expect.stringContaining('300 is not the runtime that is known under this number'),
    })
    await expect(chain.subnet(3)).rejects.toEqual(refused)
    await expect(verifyEpoch(engine, chain, { netuid: 3, block, emission })).rejects.toEqual(refused)
    const { code, err } = await yuma('verify', '--netuid', '3', '--endpoint', server.url)
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('CRV3WeightCommitsV2, as spec versions 297 to 305 but 300 have'),
    ])
  })
})

describe('an item that a version has and its metadata lacks', () => {
  test.each([
    [233, EPOCH.kappa, 'all'],
    [273, EPOCH.yuma3On, '273 and later'],
    [393, EPOCH.mechanismEmissionSplit, '320 and later'],
    [423, EPOCH.activityCutoffFactorMilli, '423 and later'],
  ] as const)('spec %i: nothing is read and nothing is verified', async (spec, item, versions) => {
    const layouts = layoutsOf(spec).filter(({ name }) => name !== item.name)
    const { server, block } = await served(runtimeOf(spec, layouts))
    await using _ = server
    await using chain = await connect(server.url)
    const refused = expect.objectContaining({
      code: 'chain',
      kind: 'unsupported',
      items: [`SubtensorModule.${item.name}`],
      message: expect.stringContaining(
        `${spec} lacks or has changed SubtensorModule.${item.name} (of spec versions ${versions})`,
      ),
    })
    await expect(chain.subnet(3)).rejects.toEqual(refused)
    await expect(verifyEpoch(engine, chain, { netuid: 3, block, emission })).rejects.toEqual(refused)
  })
})

function caught(run: () => unknown): InputError {
  try {
    run()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
