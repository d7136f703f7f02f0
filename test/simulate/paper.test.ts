import { beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { type PaperDividends, paperCase } from '../../ts/simulate/index.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'

const engine = await loadEngine()

/** Bonds and dividends as the paper's equations have them, without an engine: one validator of 98, and two of 1. */
function byEquations(
  delta: number,
  kept: (consensus: readonly number[]) => readonly number[],
): readonly number[] {
  const stakes = [0.01, 0.98, 0.01]
  const signal = (epoch: number): readonly number[] => {
    const first = (delta * Math.min(Math.max(epoch, 0), 3)) / 3
    return [first, 0.5 - first, 0, 0.5]
  }
  let bonds: number[][] | undefined
  return Array.from({ length: 19 }, (_, epoch) => {
    const consensus = signal(epoch)
    const weights = [consensus, consensus, signal(epoch - 5)]
    const clipped = weights.map((row) => row.map((weight, miner) => Math.min(weight, consensus[miner]!)))
    const ranks = consensus.map((_, miner) =>
      clipped.reduce((sum, row, validator) => sum + stakes[validator]! * row[miner]!, 0),
    )
    const all = ranks.reduce((sum, rank) => sum + rank, 0)
    const bought = clipped.map((row, validator) =>
      row.map((weight, miner) => (ranks[miner]! > 0 ? (stakes[validator]! * weight) / ranks[miner]! : 0)),
    )
    const parts = kept(consensus)
    const before = bonds ?? bought
    bonds = bought.map((row, validator) =>
      row.map((value, miner) => (1 - parts[miner]!) * value + parts[miner]! * before[validator]![miner]!),
    )
    const dividends = bonds.map((row) =>
      row.reduce((sum, bond, miner) => sum + (bond * ranks[miner]!) / all, 0),
    )
    return dividends[2]! / dividends.reduce((sum, value) => sum + value, 0)
  })
}

const plain = (): readonly number[] => [0.9, 0.9, 0.9, 0.9]

function liquid(low: number): (consensus: readonly number[]) => readonly number[] {
  return (consensus) => {
    const [a, b, c, d] = [...consensus].sort((x, y) => x - y) as [number, number, number, number]
    const [lower, upper] = [a + 0.75 * (b - a), c + 0.25 * (d - c)]
    if (upper <= lower) return plain()
    const slope = (Math.log(1 / 0.9 - 1) - Math.log(1 / low - 1)) / (lower - upper)
    const offset = Math.log(1 / low - 1) + slope * lower
    return consensus.map((value) => Math.min(0.9, Math.max(low, 1 / (1 + Math.exp(-slope * value + offset)))))
  }
}

describe('paperCase', () => {
  const copier = ({ copier }: PaperDividends): string => copier.toFixed(4)

  it('has the printed digits: .0071 to .0053 at delta 0.5, and 6 % less at 0.1', () => {
    const fifth = paperCase(engine).epochs[5]!
    expect([copier(fifth.paper.plain), copier(fifth.paper.liquid)]).toEqual(['0.0071', '0.0053'])
    const { plain: off, liquid: on } = paperCase(engine, { delta: 0.1 }).epochs[5]!.paper
    expect(Math.round(100 * (1 - on.copier / off.copier))).toBe(6)
    // With the default that its algorithm states.
    expect(copier(paperCase(engine, { alphaLow: 0.7 }).epochs[5]!.paper.liquid)).toBe('0.0066')
  })

  it.each([0.5, 0.4, 0.1])('is what the equations give, at delta %d', (delta) => {
    const { epochs } = paperCase(engine, { delta })
    for (const [kind, expected] of [
      ['plain', byEquations(delta, plain)],
      ['liquid', byEquations(delta, liquid(0.1))],
    ] as const) {
      for (const [epoch, value] of expected.entries())
        expect(Math.abs(epochs[epoch]!.paper[kind].copier - value)).toBeLessThan(3e-5)
    }
  })

  it("is by the chain's bonds as they are normalised", () => {
    const { epochs } = paperCase(engine)
    // Of the first miner the copier has no bonds, and of the last a hundredth.
    expect(copier(epochs[5]!.chain.plain)).toBe('0.0050')
    expect(copier(epochs[5]!.chain.liquid)).toBe('0.0050')
    expect(epochs[10]!.chain.liquid.copier).toBeGreaterThan(epochs[18]!.chain.plain.copier)
  })

  it('refuses what is no signal', () => {
    expect(() => paperCase(engine, { rho: 0.3, delta: 0.3 })).toThrow(
      'delta: expected rho and delta of 0.5 together',
    )
    expect(() => paperCase(engine, { alphaLow: 0.9 })).toThrow('alphaLow: expected less than alphaHigh')
  })
})

describe('yuma study copying --paper', () => {
  beforeAll(checkBuilt)

  it('shows every epoch, and gives them out', () => {
    const { code, out, err } = yuma(['study', 'copying', '--paper'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ +5 +0\.5000 +0\.0000 +0\.00712 +0\.00532 +0\.00502 +0\.00502$/m)
    const json = lines(yuma(['study', 'copying', '--paper', '--json', '--epochs', '3']).out)
    expect(json.map((line) => JSON.parse(line).epoch)).toEqual([0, 1, 2, 3])
    expect(yuma(['study', 'copying', '--paper', 'a.json'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--paper takes no FILE'),
    })
  })
})
