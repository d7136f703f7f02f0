import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { verifyEpoch } from '../../ts/verify/index.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { historyRuntime } from '../chain/history-runtime.ts'
import { ChainServer } from '../chain/server.ts'
import { METADATA, missingShared, realRuntime } from '../chain/shared.ts'
import { chainOfRun, type HistoryShape, makeHistory } from './history-run.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const SHAPE = { blocks: 14, netuids: [3, 8], n: 14, seed: 9, from: 6_000_000, emits: true } as const

function runtimeOf(spec: number): FakeRuntime {
  return spec in METADATA ? realRuntime(spec) : historyRuntime(spec)
}

function shapeOf(spec: number): HistoryShape {
  // Of 300 the block is computed, and adds nothing to a subnet that is not started.
  return { ...SHAPE, runtimes: [runtimeOf(spec)], emits: spec !== 300 }
}

/** Real metadata, and the first and the last version of each range. */
const VERSIONS = [
  ...[240, 300, 393, 424],
  ...[233, 247, 252, 257, 265, 273, 277, 283, 292, 297, 299, 301, 306, 315],
  ...[320, 323, 334, 342, 343, 361, 362, 365, 397, 411, 422, 423],
]

describe.skipIf(missingShared !== undefined)('served chains of the versions before 425', () => {
  test.each(VERSIONS)('spec %i: pulled, run and verified at its version', async (spec) => {
    const run = makeHistory(engine, emission, shapeOf(spec))
    await using server = await ChainServer.start(chainOfRun(run))
    await using chain = await connect(server.url)
    expect(run.epochs.length).toBeGreaterThanOrEqual(4)
    for (const { netuid, block, pot, input } of run.epochs) {
      const pulled = await chain.subnet(netuid, { at: block - 1 })
      expect(pulled.specVersion).toBe(spec)
      expect(pulled.totalStake).toEqual(input.totalStake)
      const verification = await verifyEpoch(engine, chain, { netuid, block, emission })
      expect(verification.differences).toEqual([])
      expect(verification.outcome).toBe('equal')
      const { known, least, most } = verification.pot!
      expect(known).toBe(spec === 300 ? 'computed' : 'inferred')
      expect([least <= pot, pot <= most, most - least < 50n]).toEqual([true, true, true])
      const fields = verification.checked.map(({ field }) => field)
      expect(fields.includes('emission')).toBe(true)
      expect(fields.includes('rank')).toBe(spec < 365)
      expect(fields.includes('stakeWeight')).toBe(spec !== 320)
    }
  })
})
