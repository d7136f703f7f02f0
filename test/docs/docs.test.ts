import { afterAll, describe, expect, test } from 'vitest'
import { startDemo } from '../../ts/demo/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { FakeChain } from '../chain/fake-chain.ts'
import { historyRuntime } from '../chain/history-runtime.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { readRecording } from '../chain/shared.ts'
import { checkBuilt } from '../cli/run.ts'
import { chainOfRun, makeHistory, SERVED } from '../verify/history-run.ts'
import { type Example, examples } from './extract.ts'
import { runPrograms } from './programs.ts'
import { Folders, faultsOfCommands, matches, runSession } from './sessions.ts'

/** Every example of README.md, docs/ and doc comments is run. */

checkBuilt()

const all = examples()
const of = (kind: Example['kind']): readonly Example[] => all.filter((example) => example.kind === kind)

/** A demo in which nothing happens any more: what commands print of it is the same each time. */
const demo = await startDemo({ port: 0, blockTime: 2 ** 31 - 1 })
afterAll(() => demo.close())

/** A recorded chain; or one of an older version, as the tests of verification make it. */
async function chainNamed(name: string): Promise<FakeChain> {
  const spec = /^history-(\d+)$/.exec(name)?.[1]
  if (spec === undefined) return chainOf(readRecording(name))
  const runtimes = [historyRuntime(Number(spec))]
  return chainOfRun(makeHistory(await loadEngine(), await loadEmission(), { ...SERVED, runtimes }))
}

describe('programs', async () => {
  const programs = of('ts')
  const faults = await runPrograms(programs, { url: demo.url, block: demo.best.number })

  test.each(programs)('$place', ({ place }) => {
    expect(faults.get(place)).toBe(undefined)
  })
})

describe('sessions', () => {
  const folders = new Folders()
  afterAll(() => folders.remove())
  const running = of('session').filter(({ notRun }) => notRun === undefined)

  test.each(running)('$place', async (example) => {
    const { recording } = example
    if (recording === undefined)
      return expect(await runSession(example, folders.of(example), demo.url)).toBe(undefined)
    await using server = await ChainServer.start(await chainNamed(recording))
    expect(await runSession(example, folders.of(example), server.url)).toBe(undefined)
  })

  test('that are not run say why', () => {
    for (const { place, notRun } of all) if (notRun !== undefined) expect(notRun, place).toMatch(/^\w.{10,}/)
  })
})

describe('commands', () => {
  const shown = [...of('commands'), ...of('session').filter(({ notRun }) => notRun !== undefined)]

  test.each(shown)('$place', async (example) => {
    expect(await faultsOfCommands(example)).toEqual([])
  })
})

test('what varies is marked', () => {
  expect(matches('a … c', 'a b c\n')).toBe(true)
  expect(matches('a … c', 'a b\nc\n')).toBe(false)
  expect(matches('a\n…\nd', 'a\nb\nc\nd\n')).toBe(true)
  expect(matches('a\n  …\nd', 'a\nd\n')).toBe(true)
  expect(matches('a\n…\nd', 'a\nb\n')).toBe(false)
  expect(matches('a.c', 'abc\n')).toBe(false)
})
