import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type Verification, verifyEpoch } from '../../ts/verify/index.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'

/** Every value that spec 300 stores in an epoch, and of the block around it what is recomputed. */
const FIELDS = [
  'BlocksSinceLastStep',
  'LastMechansimStepBlock',
  'PendingAlphaSwapped',
  'PendingEmission',
  'PendingOwnerCut',
  'PendingRootDivs',
  'SubnetAlphaInEmission',
  'SubnetAlphaOutEmission',
  'SubnetTaoInEmission',
  'active',
  'bonds',
  'consensus',
  'dividends',
  'emission',
  'incentive',
  'pruningScore',
  'rank',
  'stakeWeight',
  'trust',
  'validatorPermit',
  'validatorTrust',
]

describe('recordings of a real runtime', () => {
  test.each(['native', 'wasm', 'wasm-scalar', 'reference'] as const)(
    'equal by engine %s too',
    async (prefer) => {
      const recording = readRecording(RECORDINGS[2]!)
      await using server = await ChainServer.start(chainOf(recording))
      await using chain = await connect(server.url)
      const verification = await verifyEpoch(await loadEngine({ prefer }), chain, {
        netuid: recording.netuid,
      })
      expect(verification).toMatchObject({ outcome: 'equal', engine: prefer, differences: [] })
    },
  )

  test.each(RECORDINGS)('%s: every epoch is equal', async (name) => {
    const recording = readRecording(name)
    await using server = await ChainServer.start(chainOf(recording))
    await using chain = await connect(server.url)
    const engine = await loadEngine()
    const seen: Verification[] = []
    for (const { block } of recording.steps) {
      seen.push(await verifyEpoch(engine, chain, { netuid: recording.netuid, block }))
    }
    expect(seen).toHaveLength(4)
    for (const [i, verification] of seen.entries()) {
      expect(verification.differences).toEqual([])
      expect(verification.outcome).toBe('equal')
      expect(verification.block).toBe(BigInt(recording.steps[i]!.block))
      expect(verification.specVersion).toBe(300)
      expect(verification.checked.map(({ field }) => field).sort()).toEqual(FIELDS)
      for (const { values } of verification.checked) expect(values).toBeGreaterThan(0)
      expect(verification.notes.map(({ kind }) => kind)).toEqual(['not-covered', 'not-covered'])
    }
    console.info(
      `${name}: ${seen.reduce((a, b) => a + b.checked.reduce((x, { values }) => x + values, 0), 0)} values`,
    )
  })
})
