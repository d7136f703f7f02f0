import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import type { EpochResult } from '../../ts/engine/types.ts'
import {
  type CopyingOptions,
  copying,
  copyingRegime,
  decimal,
  driftingSeries,
  hyperparameterSweep,
  loadSimulator,
} from '../../ts/simulate/index.ts'
import { carriedOn, withAdded } from '../../ts/simulate/studies/added.ts'
import type { Snapshot, SparseRows } from '../../ts/snapshot/index.ts'
import { writeSnapshot } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { diagnosticMargin } from './diagnostic.ts'
import { growingSeries, madeSeries, rows } from './series.ts'
import { hasSn31, sn31Series } from './sn31.ts'

const engine = await loadEngine()
const simulator = await loadSimulator()
const reference = await loadEngine({ prefer: 'reference' })

/** The same as its definition says it, on the plain reference and in doubles. */
function plainly(series: readonly Snapshot[], interval: number, longest: number): number {
  const epochs = series.length - longest
  const trusted = reference.epoch(series[0]!).validatorTrust
  const validators = [...trusted.keys()].filter((uid) => trusted[uid]! > 0)
  const stake = ({ totalStake }: Snapshot, uid: number): number =>
    Number(totalStake[2 * uid + 1]!) + Number(totalStake[2 * uid]!) / 2 ** 64
  // From its version on the chain stores consensus too, which liquid alpha reads.
  const withCopier = (
    snapshot: Snapshot,
    weights: readonly number[],
    bonds: SparseRows,
    consensus: Uint16Array | undefined,
  ): Snapshot => {
    const { n, mechanisms } = snapshot
    const byStake = validators.toSorted((a, b) => stake(snapshot, a) - stake(snapshot, b))
    const like = byStake[Math.ceil(byStake.length / 2) - 1]!
    const row = weights.flatMap((value, uid) => (value > 0 ? [[uid, value] as const] : []))
    const { rowStart, uid, value } = mechanisms[0]!.weights
    return {
      ...snapshot,
      n: n + 1,
      totalStake: BigUint64Array.of(
        ...snapshot.totalStake,
        ...snapshot.totalStake.slice(2 * like, 2 * like + 2),
      ),
      blockAtRegistration: BigUint64Array.of(...snapshot.blockAtRegistration, 0n),
      validatorPermit: Uint8Array.of(...snapshot.validatorPermit, 1),
      mechanisms: [
        {
          commitBlocks: new BigUint64Array(n + 1).fill(2n ** 64n - 1n),
          lastUpdate: BigUint64Array.of(...mechanisms[0]!.lastUpdate, snapshot.block - 1n),
          weights: rows(n + 1, (from) =>
            from === n
              ? row
              : Array.from({ length: rowStart[from + 1]! - rowStart[from]! }, (_, i) => {
                  const at = rowStart[from]! + i
                  return [uid[at]!, value[at]!] as const
                }),
          ),
          bonds,
          consensusByMechanism: consensus,
        },
      ],
    }
  }
  const none = rows(15, () => [])
  const foreseen: number[][] = []
  let bonds = none
  let stored: Uint16Array | undefined
  for (const snapshot of series.slice(0, epochs)) {
    const result = reference.epoch(withCopier(snapshot, Array(14).fill(1), bonds, stored))
    bonds = result.mechanisms[0]!.bonds
    stored = result.mechanisms[0]!.consensus
    foreseen.push([...result.consensus].slice(0, 14))
  }
  const own: number[][] = []
  bonds = none
  stored = undefined
  let g = Number.NaN
  for (let at = 0; at < epochs; at++) {
    const weights = interval > 0 && at >= interval ? own[at - interval]! : foreseen[at]!
    const snapshot = withCopier(series[at + interval]!, weights, bonds, stored)
    const result = reference.epoch(snapshot)
    bonds = result.mechanisms[0]!.bonds
    stored = result.mechanisms[0]!.consensus
    own.push([...result.consensus].slice(0, 14))
    const rate = (uid: number): number =>
      Number(result.mechanisms[0]!.raw.dividends[uid]!) / 2 ** 32 / stake(snapshot, uid)
    const rates = validators.map(rate).sort((a, b) => a - b)
    const middle = rates.length / 2
    const honest =
      rates.length % 2 === 1 ? rates[Math.floor(middle)]! : (rates[middle - 1]! + rates[middle]!) / 2
    g = rate(14) / honest
  }
  return g
}

describe('copying', () => {
  const RULES: readonly Partial<Snapshot>[] = [
    {},
    { yuma3On: true },
    { yuma3On: true, liquidAlphaOn: true },
    { commitRevealEnabled: true },
  ]
  it.each(RULES)('is what its definition says: %j', (rules) => {
    const series = madeSeries(12, rules)
    const { epochs, margins } = copying(engine, simulator, series, { intervals: [0, 1, 2, 5] })
    expect(epochs).toBe(7)
    for (const { interval, g, byEpoch, block } of margins) {
      expect(Number(decimal(g!, 15))).toBeCloseTo(plainly(series, interval, 5), 12)
      expect(byEpoch.length).toBe(7)
      expect(byEpoch.at(-1)).toEqual(g)
      expect(block).toBe(series[6 + interval]!.block)
    }
    // Not all of one value, or the test would say nothing.
    expect(new Set(margins.map(({ g }) => decimal(g!, 9))).size).toBe(4)
  })

  it('takes other hyperparameters and rules', () => {
    const series = madeSeries(8)
    const of = (options: CopyingOptions): string[] =>
      copying(engine, simulator, series, { intervals: [2], ...options }).margins.map(({ g }) =>
        decimal(g!, 12),
      )
    const yuma3 = of({ hyperparameters: { yuma3On: true } })
    expect(yuma3).not.toEqual(of({}))
    expect(yuma3).toEqual(
      copying(engine, simulator, madeSeries(8, { yuma3On: true }), { intervals: [2] }).margins.map(({ g }) =>
        decimal(g!, 12),
      ),
    )
    // Without bonds that are kept, two epochs ago is long ago.
    expect(of({ hyperparameters: { bondsMovingAverage: 0n } })).not.toEqual(of({}))
    expect(of({ asSpec: 300 }).length).toBe(1)
  })

  it('is in three regimes', () => {
    const regime = (numerator: bigint, denominator: bigint): string =>
      copyingRegime({ numerator, denominator })
    expect([
      regime(101n, 100n),
      regime(1n, 1n),
      regime(83n, 100n),
      regime(82n, 100n),
      regime(0n, 1n),
    ]).toEqual(['gains', 'keeps', 'keeps', 'loses', 'loses'])
  })

  it('refuses a series that is none', () => {
    const series = madeSeries(4)
    const message = (snapshots: readonly Snapshot[], options: CopyingOptions): string => {
      try {
        copying(engine, simulator, snapshots, options)
      } catch (error) {
        return String(error)
      }
      return ''
    }
    expect(message(series, { intervals: [4] })).toContain(
      'series: expected at least 5 snapshots for an interval of 4, found 4',
    )
    expect(message(series, { intervals: [1], epochs: 4 })).toContain('expected at least 5 snapshots')
    expect(message([], {})).toContain('found 0')
    expect(message(series.toReversed(), { intervals: [0] })).toContain('series[1].block')
    expect(message([series[0]!, { ...series[1]!, n: 13 }], { intervals: [0] })).toContain('series[1].n')
    const idle = series.map((snapshot) => ({
      ...snapshot,
      mechanisms: [{ ...snapshot.mechanisms[0]!, weights: rows(14, () => []) }],
    }))
    expect(message(idle, { intervals: [0] })).toContain('a validator with validator trust in the first epoch')
  })
})

describe('copying where neurons are replaced', () => {
  it('begins with no bonds of theirs, as the chain has it', () => {
    const series = madeSeries(6)
    const validator = copying(engine, simulator, series, { intervals: [0] }).validators[1]!
    const replaced = series.map((snapshot, at) => {
      if (at < 3) return snapshot
      const blockAtRegistration = snapshot.blockAtRegistration.slice()
      blockAtRegistration[validator] = series[3]!.block - 100n
      return { ...snapshot, blockAtRegistration }
    })
    const inputs: Snapshot[] = []
    const watched = {
      epoch: (snapshot: Snapshot) => {
        inputs.push(snapshot)
        return engine.epoch(snapshot)
      },
    }
    const bondsOf = ({ mechanisms }: Snapshot): number => {
      const { rowStart } = mechanisms[0]!.bonds
      return rowStart[validator + 1]! - rowStart[validator]!
    }
    copying(watched, simulator, replaced, { intervals: [0] })
    // The last run's six epochs: in the first there are no bonds yet.
    expect(inputs.slice(-6).map((input) => bondsOf(input) > 0)).toEqual([
      false,
      true,
      true,
      false,
      true,
      true,
    ])
  })
})

describe('copying where neurons register behind the others', () => {
  it.each([
    {},
    { yuma3On: true, liquidAlphaOn: true },
    { liquidAlphaOn: true, liquidAlphaConsensusMode: 'Previous' as const },
  ])('carries on what epochs left as if their places had been empty (%j)', (rules) => {
    const { grown, empty } = growingSeries(madeSeries(8, rules), 4)
    expect([grown[3]!.n, grown[4]!.n, empty[3]!.n]).toEqual([13, 14, 14])
    const added = { stake: 10n ** 33n, permit: true, weights: () => [[6, 5] as const, [12, 7] as const] }
    const dividends = (series: readonly Snapshot[]): readonly (readonly bigint[])[] => {
      let before: { readonly input: Snapshot; readonly result: EpochResult } | undefined
      return series.map((snapshot) => {
        const state = withAdded(snapshot, [added])
        const input =
          before === undefined ? state : carriedOn(simulator, state, before.input, before.result, 1)
        before = { input, result: engine.epoch(input) }
        const { dividends } = before.result.mechanisms[0]!.raw
        // Without the one whose place is empty, or not there.
        return [...dividends.subarray(0, 13), dividends.at(-1)!]
      })
    }
    const found = dividends(grown)
    expect(found).toEqual(dividends(empty))
    expect(found.every((epoch) => epoch.at(-1)! > 0n)).toBe(true)
  })

  it('runs on such a series', () => {
    const { grown } = growingSeries(madeSeries(8), 4)
    const options = { intervals: [0, 1, 2] }
    const { margins } = copying(engine, simulator, grown, options)
    expect(margins.map(({ g }) => g !== null)).toEqual([true, true, true])
    expect(margins).not.toEqual(copying(engine, simulator, madeSeries(8), options).margins)
    const sweep = { ...options, rules: ['classic'], penalties: [0] } as const
    expect(hyperparameterSweep(engine, simulator, grown, sweep).rows.length).toBe(3)
  })

  it('refuses a subnet that became smaller', () => {
    const { grown } = growingSeries(madeSeries(6), 3)
    const smaller = grown.map((_, at) => (at < 3 ? grown[at + 3]! : grown[at - 3]!))
    const inOrder = smaller.map((snapshot, at) => ({ ...snapshot, block: grown[at]!.block }))
    expect(() => copying(engine, simulator, inOrder, { intervals: [0] })).toThrow(
      'series[3].n: expected at least 14 neurons, as in the snapshot before: a subnet that was trimmed is not carried on, found 13',
    )
  })
})

describe('driftingSeries', () => {
  const options = { n: 20, validators: 5, seed: 4, epochs: 8, drift: 0.1 }

  it('is one snapshot an epoch, in which every validator has just set weights', async () => {
    const series = await driftingSeries(simulator, options)
    expect(series.length).toBe(8)
    for (const [at, { block, tempo, mechanisms }] of series.entries()) {
      const [{ weights, lastUpdate }] = mechanisms as [(typeof mechanisms)[0]]
      if (at > 0) expect(block).toBe(series[at - 1]!.block + tempo + 1n)
      for (let uid = 0; uid < 5; uid++) {
        expect(weights.rowStart[uid + 1]! - weights.rowStart[uid]!).toBe(15)
        expect(block - lastUpdate[uid]!).toBeLessThanOrEqual(tempo + 2n)
      }
    }
  })

  it('is the same from a seed on every implementation', async () => {
    const series = await driftingSeries(simulator, options)
    const scalar = await loadSimulator({ prefer: 'wasm-scalar' })
    expect(await driftingSeries(scalar, options)).toEqual(series)
    expect(await driftingSeries(simulator, { ...options, seed: 5 })).not.toEqual(series)
  })

  it('lets a copier gain where nothing changes, and lose the more the faster it does', async () => {
    const at = async (drift: number): Promise<number> => {
      const series = await driftingSeries(simulator, { seed: 3, epochs: 40, drift })
      const { margins } = copying(engine, simulator, series, { intervals: [8] })
      return Number(decimal(margins[0]!.g!, 9))
    }
    const margins = [await at(0), await at(0.05), await at(0.2)]
    expect(margins[0]).toBeGreaterThan(1)
    expect(margins).toEqual(margins.toSorted((a, b) => b - a))
    expect(margins[2]).toBeLessThan(0.9)
  })

  it('refuses a subnet without miners', async () => {
    await expect(driftingSeries(simulator, { ...options, validators: 20 })).rejects.toThrow(
      'validators: expected fewer than n, 20, found 20',
    )
  })
})

describe('yuma study copying', () => {
  let folder = ''
  let files: readonly string[] = []
  beforeAll(async () => {
    checkBuilt()
    folder = mkdtempSync(join(tmpdir(), 'yuma-copying-'))
    files = await Promise.all(
      madeSeries(6).map(async (snapshot, at) => {
        const file = join(folder, `${at}.json.gz`)
        await writeSnapshot(file, { ...snapshot, netuid: 3 })
        return file
      }),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('gives what the function gives, whatever the order of the files', () => {
    const args = ['study', 'copying', ...files.toReversed(), '--intervals', '0,2', '--rules', 'own,yuma3']
    const { code, out, err } = yuma([...args, '--json'])
    expect([code, err]).toEqual([0, ''])
    const rules = [{}, { yuma3On: true, liquidAlphaOn: false }]
    const expected = rules.flatMap((hyperparameters) =>
      copying(engine, simulator, madeSeries(6), { intervals: [0, 2], hyperparameters }).margins.map(({ g }) =>
        decimal(g!, 12),
      ),
    )
    expect(lines(out).map((line) => JSON.parse(line).g.decimal)).toEqual(expected)
    const { out: shown } = yuma(args)
    expect(shown).toContain('subnet 3 · ')
    expect(shown).toContain('4 epochs for each interval; ')
    expect(yuma([...args, '--svg', '-']).out).toMatch(/^<svg [\s\S]*by yuma3 rules/)
  })

  it('makes up a series, or one for each drift', () => {
    const made = ['study', 'copying', '--generate', '4', '--n', '20', '--validators', '5', '--length', '8']
    const { code, out, err } = yuma([...made, '--drift', '0,.1', '--intervals', '1'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ {2}drift 0 +own +1 [\s\S]*^ {2}drift 0\.1 +own +1 /m)
    expect(yuma([...made, files[0]!])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--generate takes no FILE'),
    })
    expect(yuma([...made, '--drift', '2']).err).toContain('--drift: expected numbers from 0 to 1, found "2"')
  })

  it('refuses other subnets and blocks twice', async () => {
    const other = join(folder, 'other.json')
    await writeSnapshot(other, { ...madeSeries(7)[6]!, netuid: 4 })
    expect(yuma(['study', 'copying', ...files, other])).toMatchObject({
      code: 2,
      err: expect.stringContaining('other.json: netuid: expected one subnet, 3 as in'),
    })
    expect(yuma(['study', 'copying', files[0]!, files[0]!])).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected one snapshot for each block'),
    })
    expect(yuma(['study', 'copying', ...files]).err).toContain('expected at least 25 snapshots')
  })
})

describe.skipIf(!hasSn31)("on finney's subnet 31 of 2024", () => {
  it('gives G of 76 epochs at 7 intervals, by three rules of bonds', () => {
    const series = sn31Series()
    const of = (hyperparameters: CopyingOptions['hyperparameters']): string[] =>
      copying(engine, simulator, series, { hyperparameters: hyperparameters! }).margins.map(({ g }) =>
        decimal(g!, 5),
      )
    expect(of({})).toEqual(['1.06490', '1.02285', '1.02240', '1.01623', '0.97795', '0.95073', '0.96539'])
    expect(of({ yuma3On: true })).toEqual([
      '1.05473',
      '1.03043',
      '1.02917',
      '1.01803',
      '0.97804',
      '0.94920',
      '0.96256',
    ])
    expect(of({ yuma3On: true, liquidAlphaOn: true })).toEqual([
      '1.05961',
      '1.04733',
      '1.04734',
      '1.03872',
      '0.97706',
      '0.95602',
      '0.94094',
    ])
  })

  it("is less than the diagnostic's own arithmetic says, most of it by how that finds consensus", () => {
    const series = sn31Series()
    const { validators, epochs } = copying(engine, simulator, series, { intervals: [0, 24] })
    const at = (precision: number): string[] =>
      [0, 12, 24].map((interval) =>
        diagnosticMargin(series, validators, interval, epochs, precision).toFixed(3),
      )
    expect(at(1e-4)).toEqual(['1.566', '1.206', '1.348'])
    expect(at(1e-9)).toEqual(['1.072', '1.046', '0.970'])
  })
})
