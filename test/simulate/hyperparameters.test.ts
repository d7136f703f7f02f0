import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import {
  copying,
  decimal,
  type Fraction,
  hyperparameterSweep,
  type SweepOptions,
} from '../../ts/simulate/index.ts'
import { writeSnapshot } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { madeSeries } from './series.ts'

const engine = await loadEngine()
const number = ({ numerator, denominator }: Fraction): number => Number(numerator) / Number(denominator)

const OPTIONS: SweepOptions = {
  bounds: [
    [6554, 58_982],
    [45_875, 58_982],
  ],
  steepness: [1000, 2000],
  penalties: [0, 65_535],
  intervals: [1, 3],
}

describe('hyperparameterSweep', () => {
  const series = madeSeries(10)
  const sweep = hyperparameterSweep(engine, series, OPTIONS)

  it('has every setting once, the least margin first', () => {
    // Two plain rules and four of liquid alpha, at two penalties and two intervals.
    expect(sweep.rows.length).toBe((2 + 4) * 2 * 2)
    const keys = sweep.rows.map(({ rule, alphaLow, steepness, penalty, interval }) =>
      [rule, alphaLow, steepness, penalty, interval].join(),
    )
    expect(new Set(keys).size).toBe(keys.length)
    const margins = sweep.rows.map(({ g }) => number(g!))
    expect(margins).toEqual(margins.toSorted((a, b) => a - b))
    expect(margins[0]).toBeLessThan(margins.at(-1)!)
  })

  it('gives what copying gives, and what becomes of the others', () => {
    const own = copying(engine, series, { intervals: [1, 3] })
    expect(sweep.own).toEqual(own.margins)
    for (const row of sweep.rows) {
      const { rule, alphaLow, alphaHigh, steepness, penalty, interval } = row
      const liquid = { alphaLow: alphaLow!, alphaHigh: alphaHigh!, alphaSigmoidSteepness: steepness! }
      const { margins, validators } = copying(engine, series, {
        // As the sweep has it: as many epochs as the longest interval leaves.
        intervals: [1, 3],
        hyperparameters: {
          yuma3On: rule !== 'classic',
          liquidAlphaOn: rule === 'liquid',
          bondsPenalty: penalty,
          ...(rule === 'liquid' ? liquid : {}),
        },
      })
      const at = [1, 3].indexOf(interval)
      expect([row.g, row.regime]).toEqual([margins[at]!.g, margins[at]!.regime])
      const parts = validators
        .map((uid, i) => ({ uid, part: number(margins[at]!.rates[i]!) / number(own.margins[at]!.rates[i]!) }))
        .sort((a, b) => a.part - b.part)
      expect(row.honestWorst!.uid).toBe(parts[0]!.uid)
      expect(number(row.honestWorst!.part)).toBeCloseTo(parts[0]!.part, 12)
      const [low, high] = [parts[(parts.length - 1) >> 1]!.part, parts[parts.length >> 1]!.part]
      expect(number(row.honestMedian!)).toBeCloseTo((low + high) / 2, 12)
    }
  })

  it('does not count who has stopped as one who works', () => {
    const stopped = series.map((snapshot, at) => {
      if (at < 5) return snapshot
      const [mechanism] = snapshot.mechanisms
      const lastUpdate = mechanism!.lastUpdate.slice()
      lastUpdate[sweep.validators[0]!] = 5n
      return { ...snapshot, mechanisms: [{ ...mechanism!, lastUpdate }] }
    })
    const { own, rows } = hyperparameterSweep(engine, stopped, {
      rules: ['yuma3'],
      penalties: [0],
      intervals: [1],
    })
    expect(own[0]!.inactive).toEqual([sweep.validators[0]])
    expect(rows[0]!.honestWorst!.uid).not.toBe(sweep.validators[0])
  })

  it('says how far it is', () => {
    const seen: string[] = []
    hyperparameterSweep(engine, series, {
      ...OPTIONS,
      rules: ['classic'],
      onProgress: (done, all) => seen.push(`${done}/${all}`),
    })
    expect(seen).toEqual(['0/2', '1/2'])
  })
})

describe('yuma study hyperparameters', () => {
  let folder = ''
  let files: readonly string[] = []
  beforeAll(async () => {
    checkBuilt()
    folder = mkdtempSync(join(tmpdir(), 'yuma-sweep-'))
    files = await Promise.all(
      madeSeries(6).map(async (snapshot, at) => {
        const file = join(folder, `${at}.json.gz`)
        await writeSnapshot(file, snapshot)
        return file
      }),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('lists the settings that the function gives', () => {
    const args = ['study', 'hyperparameters', ...files, '--intervals', '1,2', '--penalties', '0,65535']
    const asked = [...args, '--bounds', '6554:58982', '--steepness', '1000']
    const { code, out, err } = yuma([...asked, '--top', '2'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('of 12 settings make copying irrational')
    expect(out).toContain('  … and 10 more')
    const options = {
      intervals: [1, 2],
      penalties: [0, 65_535],
      bounds: [[6554, 58_982]],
      steepness: [1000],
    } as const
    const expected = hyperparameterSweep(engine, madeSeries(6), options).rows.map(({ g }) => decimal(g!, 12))
    const json = lines(yuma([...asked, '--json']).out).map((line) => JSON.parse(line))
    expect(json.map(({ g }) => g.decimal)).toEqual(expected)
    expect(yuma([...asked, '--svg', '-']).out).toContain('G, and dividends of the median validator')
    expect(yuma([...args, '--bounds', '5:4'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--bounds: expected a lower and a higher bound'),
    })
  })
})
