import { describe, expect, test } from 'vitest'
import { type ChainSnapshot, connect } from '../../ts/chain/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { EpochResult } from '../../ts/engine/types.ts'
import { expectSameAsApi } from './api.ts'
import { plainRows } from './expect.ts'
import { chainOf } from './recordings.ts'
import { ChainServer } from './server.ts'
import { RECORDINGS, type Recording, RUNTIMES, readRecording } from './shared.ts'

/** The snapshots before and after each recorded epoch, pulled from one server. */
async function pullSteps(
  recording: Recording,
  server: ChainServer,
): Promise<(readonly [ChainSnapshot, ChainSnapshot])[]> {
  await using chain = await connect(server.url)
  const pairs: (readonly [ChainSnapshot, ChainSnapshot])[] = []
  for (const { block } of recording.steps) {
    const before = await chain.subnet(recording.netuid, { at: block - 1, epochAt: 'next-epoch' })
    pairs.push([before, await chain.subnet(recording.netuid, { at: block })])
  }
  return pairs
}

for (const { name, missing, of: runtimeOf } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`recordings of a real runtime, ${name}`, () => {
    test.each(RECORDINGS)('%s, pulled before and after each epoch', async (file) => {
      const recording = readRecording(file)
      await using server = await ChainServer.start(chainOf(recording, runtimeOf))
      const pairs = await pullSteps(recording, server)
      await expectSameAsApi(
        server.url,
        pairs.map(([, after]) => after),
      )
      expect(pairs).toHaveLength(4)
      for (const [i, [before, after]] of pairs.entries()) {
        const { block } = recording.steps[i]!
        expect(before.block).toBe(BigInt(block))
        expect(before.stateBlock).toBe(BigInt(block) - 1n)
        expect(after.stateBlock).toBe(BigInt(block))
        expect(after.lastMechanismStepBlock).toBe(BigInt(block))
        expect(before.tempo).toBe(BigInt(recording.tempo))
        expect(after.stored.consensus).toHaveLength(after.n)
        expect(after.stored.incentive[0]).toHaveLength(after.n)
        // What one epoch stored is what the next one finds.
        if (i > 0) expect(before.stored).toEqual(pairs[i - 1]![1].stored)
        expect(before.accounts.parentKeys.account).toHaveLength(1)
        expect(before.accounts.childKeys.account).toHaveLength(1)
      }
    })

    test.each(RECORDINGS)('%s, recomputed from what was pulled', async (file) => {
      const recording = readRecording(file)
      const engine = await loadEngine()
      await using server = await ChainServer.start(chainOf(recording, runtimeOf))
      for (const [before, after] of await pullSteps(recording, server)) {
        const result = engine.epoch(before)
        expectStored(result, after)
      }
    })
  })
}

function expectStored(result: EpochResult, { stored, validatorPermit, mechanisms }: ChainSnapshot): void {
  expect([...result.consensus]).toEqual([...stored.consensus])
  expect([...result.incentive]).toEqual([...stored.incentive[0]!])
  expect([...result.dividends]).toEqual([...stored.dividends])
  expect([...result.validatorTrust]).toEqual([...stored.validatorTrust])
  expect([...result.active]).toEqual([...stored.active])
  expect([...result.validatorPermit]).toEqual([...validatorPermit])
  expect(plainRows(result.mechanisms[0]!.bonds)).toEqual(plainRows(mechanisms[0]!.bonds))
  if (stored.stakeWeight.length > 0) expect([...result.stakeWeight]).toEqual([...stored.stakeWeight])
}
