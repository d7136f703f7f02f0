/** By which rules a block, its parts and a payout are computed, and what says so. */

import { describe, expect, test } from 'vitest'
import {
  type Emission,
  loadEmission,
  networkState,
  reportsOf,
  resultRulesInWords,
} from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { networkSnapshot } from './network.ts'

const native = await loadEmission({ prefer: 'native' })

describe.each(['native', 'wasm', 'wasm-scalar'] as const)('%s', async (prefer) => {
  const emission = await loadEmission({ prefer })
  const { rules } = emission

  test('the ranges ascend, those of epochs are the engine’s, and each rests on a proved one', async () => {
    const { rules: ofEngine } = await loadEngine({ prefer: 'native' })
    expect(rules.epoch).toEqual(ofEngine.map(({ nullConsensus: _, branch: __, ...range }) => range))
    for (const ranges of Object.values(rules)) {
      expect(ranges.length).toBeGreaterThan(0)
      for (const [at, { first, last, evidence, as }] of ranges.entries()) {
        expect(first).toBeLessThanOrEqual(last)
        if (at > 0) expect(first).toBeGreaterThan(ranges[at - 1]!.last)
        const proved = ranges.find((range) => range.first <= as! && as! <= range.last)?.evidence
        expect([evidence, proved]).toEqual(
          evidence === 'proved' ? ['proved', undefined] : [evidence, 'proved'],
        )
      }
    }
  })

  test('says of shares, at the ends of every range, what they rest on', () => {
    for (const range of rules.shares) {
      for (const spec of new Set([range.first, range.last])) {
        const network = emission.open(networkSnapshot(2, { specVersion: spec }))
        const report = network.shares()
        expect([report.rules, 'asSpec' in report]).toEqual([{ spec, shares: range }, false])
        network.close()
      }
    }
    expect(emission.knownSpecVersions()).toContain(rules.shares[0]!.last)
    expect(emission.knownSpecVersions().at(-1)).toBe(rules.shares.at(-1)!.last)
  })

  test('says of blocks, of their own part and of payouts what they rest on', () => {
    const network = emission.open(networkSnapshot(2))
    const proved = { first: 425, last: 425, evidence: 'proved' }
    const all = { spec: 425, epoch: proved, shares: proved, block: proved, payout: proved }
    const columns = network.run(20, { reports: 'all' })
    expect(columns.rules).toEqual(all)
    expect([...reportsOf(columns)].map((report) => report.rules)).toEqual(Array(20).fill(all))
    network.run(1)
    expect(network.report().rules).toEqual(all)
    expect(network.coinbase().rules).toEqual({ spec: 425, shares: proved, block: proved })
    expect(network.distribute({ netuid: 1 }).rules).toEqual({ spec: 425, epoch: proved, payout: proved })
    expect(network.distribute({ netuid: 1, earned: [] }).rules).toEqual({ spec: 425, payout: proved })
    network.close()
  })

  test('runs by the rules of another version, and says so', () => {
    const state = networkState(networkSnapshot(2, { specVersion: 440 }))
    const own = emission.open({ ...state, specVersion: 425 })
    for (const asIf of [emission.open(state, { asSpec: 425 }), emission.open({ ...state, asSpec: 425 })]) {
      expect([asIf.specVersion, asIf.asSpec]).toEqual([425, 425])
      const [expected] = [own.shares()]
      expect(asIf.shares()).toEqual({ ...expected, asSpec: 425 })
      asIf.run(3)
      expect(asIf.report().asSpec).toBe(425)
      expect(asIf.coinbase().asSpec).toBe(425)
      expect(asIf.distribute({ netuid: 1 }).asSpec).toBe(425)
    }
    expect(emission.open(state, { asSpec: 440 }).asSpec).toBeUndefined()
    expect(() => emission.open(state, { asSpec: 474 })).toThrow(
      '474 is none, the nearest: 449 to 473 and 475',
    )
    expect(() => emission.open(state, { asSpec: 1.5 })).toThrow('asSpec')
  })
})

/** The own part of the next block of a network that is empty but for what it needs. */
function ownPart(emission: Emission, specVersion: number): ReturnType<Emission['open']> {
  return emission.open(networkState(networkSnapshot(2, { specVersion })))
}

test('the own part of a block is known of more versions than its payout', () => {
  const network = ownPart(native, 448)
  const { rules } = network.coinbase()
  expect(resultRulesInWords(rules)).toBe('448, proved')
  expect(() => network.distribute({ netuid: 1 })).toThrow('of which the payout is known; 448 is none')
  expect(() => network.run(1)).toThrow('of which the payout is known; 448 is none')
  expect(resultRulesInWords(ownPart(native, 472).coinbase().rules)).toBe('472, same text as 475')
})

test('rules in words', () => {
  const proved = { first: 1, last: 1, evidence: 'proved' } as const
  const same = { first: 2, last: 3, evidence: 'same text', as: 4 } as const
  expect(resultRulesInWords({ spec: 1, shares: proved })).toBe('1, proved')
  expect(resultRulesInWords({ spec: 2, epoch: same, shares: same })).toBe('2, same text as 4')
  expect(resultRulesInWords({ spec: 2, epoch: same, shares: proved, block: proved, payout: same })).toBe(
    '2, epoch and payout same text as 4; shares and block proved',
  )
})
