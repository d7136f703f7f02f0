import { describe, expect, test } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { MechanismResult } from '../../ts/engine/types.ts'
import { generate } from '../../ts/snapshot/index.ts'

const snapshot = generate({ n: 24, validators: 6, seed: 3, netuid: 1, specVersion: 425 })

async function epoch(): Promise<MechanismResult> {
  return (await loadEngine()).epoch(snapshot, { trace: true }).mechanisms[0]!
}

describe('what values are made of', () => {
  test('the same by the addon and by WebAssembly', async () => {
    const mechanism = await epoch()
    const answers = await Promise.all(
      (['native', 'wasm', 'wasm-scalar'] as const).map(async (prefer) => {
        const { explain } = await loadEmission({ prefer })
        return {
          masked: explain.masked(snapshot, 0),
          legacy: explain.legacyTerms(mechanism),
          ranks: mechanism.trace!.ranks.length,
          parts: Array.from({ length: 24 }, (_, uid) => [
            explain.rankParts(mechanism, uid),
            explain.dividendParts(mechanism, uid, false),
            explain.dividendParts(mechanism, uid, true),
          ]),
          weight: explain.fittingWeight(1n << 31n, 1000),
        }
      }),
    )
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(answers[0]!.weight).toBe(1000)
    expect(answers[0]!.legacy.rank).toEqual(mechanism.incentive)
  })

  test('a uid that there is not, and columns that do not belong together', async () => {
    const { explain } = await loadEmission()
    const mechanism = await epoch()
    expect(() => explain.rankParts(mechanism, 24)).toThrow(/uid/)
    expect(() => explain.dividendParts(mechanism, 70_000, false)).toThrow(/uid/)
    const raw = { ...mechanism.raw, activeStake: mechanism.raw.activeStake.slice(1) }
    expect(() => explain.legacyTerms({ ...mechanism, raw })).toThrow(/expected/)
    expect(() => explain.masked({ ...snapshot, specVersion: 9999 }, 0)).toThrow(/9999/)
    const { trace: _, ...untraced } = mechanism
    expect(() => explain.legacyTerms(untraced)).toThrow(
      /^mechanism\.trace: expected an epoch run with \{ trace: true \}/,
    )
  })
})
