import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import type { EpochResult } from '../../ts/engine/types.ts'
import { type Fraction, loadSimulator, neglect, takeover } from '../../ts/simulate/index.ts'
import { generate, networkPieces, type Snapshot, type SparseRows } from '../../ts/snapshot/index.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { networkSnapshot } from '../emission/network.ts'
import { growingSeries, madeSeries, rows } from './series.ts'
import { hasSn31, sn31Series } from './sn31.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/subnet.json.gz', import.meta.url))
const engine = await loadEngine()
const simulator = await loadSimulator()
const reference = await loadEngine({ prefer: 'reference' })

const WEIGHT = 65_535
const number = ({ numerator, denominator }: Fraction): number => Number(numerator) / Number(denominator)

function rowsOf({ rowStart, uid, value }: SparseRows): (readonly [number, number])[][] {
  return Array.from({ length: rowStart.length - 1 }, (_, row) =>
    Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, i) => {
      const at = rowStart[row]! + i
      return [uid[at]!, value[at]!] as const
    }),
  )
}

/** A subnet with a cabal and its miner, put together by hand: each validator has so much stake, in rao. */
function withCabal(snapshot: Snapshot, stakes: readonly bigint[]): Snapshot {
  const { n } = snapshot
  const [mechanism] = snapshot.mechanisms
  const size = stakes.length
  const more = (count: number, value: bigint): bigint[] => Array.from({ length: count }, () => value)
  return {
    ...snapshot,
    n: n + size + 1,
    totalStake: BigUint64Array.of(...snapshot.totalStake, ...stakes.flatMap((rao) => [0n, rao]), 0n, 0n),
    blockAtRegistration: BigUint64Array.of(...snapshot.blockAtRegistration, ...more(size + 1, 0n)),
    validatorPermit: Uint8Array.of(...snapshot.validatorPermit, ...stakes.map(() => 0), 0),
    mechanisms: [
      {
        ...mechanism!,
        lastUpdate: BigUint64Array.of(...mechanism!.lastUpdate, ...more(size + 1, snapshot.block - 1n)),
        weights: rows(n + size + 1, (uid) => {
          if (uid < n) return rowsOf(mechanism!.weights)[uid]!
          return uid < n + size ? [[n + size, WEIGHT]] : []
        }),
        bonds: rows(n + size + 1, (uid) => (uid < n ? rowsOf(mechanism!.bonds)[uid]! : [])),
      },
    ],
  }
}

/** The epoch after the one in which they joined. */
function second(snapshot: Snapshot): EpochResult {
  const first = reference.epoch(snapshot)
  const [mechanism] = snapshot.mechanisms
  return reference.epoch({
    ...snapshot,
    validatorPermit: first.validatorPermit,
    mechanisms: [{ ...mechanism!, bonds: first.mechanisms[0]!.bonds }],
  })
}

function incentiveOf(result: EpochResult, uid: number): number {
  const { incentive } = result.mechanisms[0]!.raw
  const all = incentive.reduce((sum, bits) => sum + bits, 0n)
  return Number(incentive[uid]!) / Number(all)
}

describe('takeover', () => {
  const snapshot = generate({
    n: 24,
    validators: 6,
    seed: 5,
    hyperparameters: { maxAllowedValidators: 7, stakeThreshold: 0n },
  })
  const study = takeover(engine, simulator, snapshot, { sizes: [1, 3], shares: [0.2, 0.6], epochs: 3 })

  it.each(study.cabals)('finds the least stake to the rao: $size', ({ size, least }) => {
    const shared = (rao: bigint): readonly bigint[] =>
      Array.from({ length: size }, (_, at) => (rao + BigInt(size - 1 - at)) / BigInt(size))
    const miner = snapshot.n + size
    const enough = second(withCabal(snapshot, shared(least!.stake)))
    const short = second(withCabal(snapshot, shared(least!.stake - 1n)))
    expect(incentiveOf(enough, miner)).toBeGreaterThan(0.5)
    expect(incentiveOf(short, miner)).toBeLessThanOrEqual(0.5)
    expect(number(least!.incentive)).toBeCloseTo(incentiveOf(enough, miner), 12)
    expect(shared(least!.stake).reduce((sum, rao) => sum + rao, 0n)).toBe(least!.stake)
    // All seven seats were taken, one by a miner with a little stake.
    expect([least!.seats, least!.displaced.length]).toEqual([size, size])
    expect(number(least!.share)).toBeCloseTo(
      Number(least!.stake) / (Number(least!.stake) + Number(study.stake)),
      12,
    )
  })

  it('says what it gets at other shares', () => {
    for (const { size, parts } of study.cabals) {
      expect(parts.map(({ share }) => number(share).toFixed(6))).toEqual(['0.200000', '0.600000'])
      expect(number(parts[0]!.incentive)).toBe(0)
      expect(number(parts[1]!.incentive)).toBe(1)
      expect(parts[0]!.seats).toBe(size)
    }
  })

  it('counts the fewest of its own that can', () => {
    const { uids, share } = study.insiders!
    const permits = engine.epoch(snapshot).validatorPermit
    const colluding = (count: number): number => {
      const base = withCabal(snapshot, [])
      const [mechanism] = base.mechanisms
      const row = rowsOf(mechanism!.weights)
      for (const uid of uids.slice(0, count)) row[uid] = [[snapshot.n, WEIGHT]]
      const result = reference.epoch({
        ...base,
        validatorPermit: Uint8Array.of(...permits, 0),
        mechanisms: [{ ...mechanism!, weights: rows(base.n, (uid) => row[uid]!) }],
      })
      return incentiveOf(result, snapshot.n)
    }
    expect(colluding(uids.length)).toBeGreaterThan(0.5)
    expect(colluding(uids.length - 1)).toBeLessThanOrEqual(0.5)
    expect(number(share)).toBeGreaterThan(0.3)
  })

  it('is not to be had where weights pay nobody', () => {
    const unmoved = {
      epoch: (input: Snapshot): EpochResult => {
        const result = engine.epoch(input)
        const incentive = new BigInt64Array(input.n)
        incentive[0] = 1n
        const [mechanism] = result.mechanisms
        return { ...result, mechanisms: [{ ...mechanism!, raw: { ...mechanism!.raw, incentive } }] }
      },
    }
    const study = takeover(unmoved, simulator, snapshot, { sizes: [1] })
    expect(study).toMatchObject({ cabals: [{ least: null }], insiders: null })
  })
})

describe('neglect', () => {
  const series = madeSeries(8)

  it('is what an epoch after the other gives', () => {
    const { epochs, validators } = neglect(engine, simulator, series, { late: [2] })
    expect(epochs).toBe(8)
    expect(validators.length).toBeGreaterThan(2)
    for (const { uid, dividends, losses } of validators.slice(0, 2)) {
      const run = (row: (epoch: number) => (readonly [number, number])[] | undefined): bigint => {
        let bonds = series[0]!.mechanisms[0]!.bonds
        let sum = 0n
        for (const [epoch, snapshot] of series.entries()) {
          const [mechanism] = snapshot.mechanisms
          const all = rowsOf(mechanism!.weights)
          const other = row(epoch)
          if (other !== undefined) all[uid] = other
          const result = reference.epoch({
            ...snapshot,
            mechanisms: [{ ...mechanism!, bonds, weights: rows(snapshot.n, (from) => all[from]!) }],
          })
          bonds = result.mechanisms[0]!.bonds
          sum += result.mechanisms[0]!.raw.dividends[uid]!
        }
        return sum
      }
      const usual = run(() => undefined)
      expect(dividends).toBe(usual)
      const left = [
        run(() => []),
        run(() => [[uid, WEIGHT]]),
        run((epoch) => rowsOf(series[Math.max(0, epoch - 2)]!.mechanisms[0]!.weights)[uid]!),
      ]
      expect(losses.map(({ neglect: { kind } }) => kind)).toEqual(['abstains', 'weighs-itself', 'late'])
      for (const [at, { loss }] of losses.entries())
        expect(number(loss!)).toBeCloseTo(Number(usual - left[at]!) / Number(usual), 14)
    }
  })

  it('of a series in which a neuron registers is as if its place had been empty', () => {
    const { grown, empty } = growingSeries(series, 4)
    expect(neglect(engine, simulator, grown)).toEqual(neglect(engine, simulator, empty))
  })

  it('of one snapshot is over epochs in which nothing changes but bonds', () => {
    const snapshot = generate({ n: 20, validators: 5, seed: 8 })
    const { epochs, validators } = neglect(engine, simulator, [snapshot], { epochs: 6, uids: [0], late: [1] })
    expect([epochs, validators.length]).toEqual([6, 1])
    const [abstaining, , late] = validators[0]!.losses
    expect(number(late!.loss!)).toBe(0)
    expect(number(abstaining!.loss!)).toBeGreaterThan(0.2)
    const longer = neglect(engine, simulator, [snapshot], { epochs: 12, uids: [0], late: [] })
    // The longer, the less is left of old bonds.
    expect(number(longer.validators[0]!.losses[0]!.loss!)).toBeGreaterThan(number(abstaining!.loss!))
  })

  it('refuses who is not there', () => {
    expect(() => neglect(engine, simulator, series, { uids: [14] })).toThrow(
      'uids: expected uids below 14, found 14',
    )
    expect(() => neglect(engine, simulator, [])).toThrow('series: expected a snapshot at least, found none')
    expect(() => neglect(engine, simulator, [series[0]!, { ...series[1]!, n: 13 }])).toThrow('series[1].n')
  })
})

describe('yuma study takeover', () => {
  let folder = ''
  beforeAll(() => {
    checkBuilt()
    folder = mkdtempSync(join(tmpdir(), 'yuma-takeover-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('shows the least stake and the losses of one subnet', () => {
    const args = ['study', 'takeover', EXAMPLE, '--sizes', '1', '--epochs', '2', '--late', '1']
    const { code, out, err } = yuma([...args, '--top', '3'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ +1 +0\.49776 +6,913,891\.436237998 +1 +1 +1\.00000 /m)
    expect(out).toContain('its 6 greatest validators can take it over together')
    expect(out).toContain('what a validator loses of its dividends over 2 epochs')
    const json = lines(yuma([...args, '--json']).out).map((line) => JSON.parse(line))
    expect(json[0]).toMatchObject({
      kind: 'cabal',
      validators: 1,
      least: { stake: '6913891436237998', seats: 1 },
    })
    expect(json[1]).toMatchObject({ kind: 'insiders', insiders: { uids: [0, 119, 56, 25, 211, 153] } })
    expect(json.slice(2).every(({ kind, epochs }) => kind === 'losses' && epochs === 2)).toBe(true)
    expect(yuma([...args, '--svg', '-']).out).toContain('What neglect costs, over 2 epochs')
  })

  it('takes each subnet of a network file', () => {
    const file = join(folder, 'network.json')
    writeFileSync(file, [...networkPieces(networkSnapshot(3))].join(''))
    const { code, out, err } = yuma(['study', 'takeover', file, '--sizes', '1'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ {2}subnet 1 +1 +0\./m)
    expect(out).toMatch(/^subnet 2: its /m)
    expect(out).not.toContain('what a validator loses')
    expect(yuma(['study', 'takeover', file, '--sizes', '0']).code).toBe(2)
    writeFileSync(file, [...networkPieces(networkSnapshot(1))].join(''))
    expect(yuma(['study', 'takeover', file])).toMatchObject({
      code: 2,
      err: expect.stringContaining('network.json: netuid: expected a subnet with epochs, found root alone'),
    })
  })
})

describe.skipIf(!hasSn31)("on finney's subnet 31 of 2024", () => {
  it('needs less than half, for validators do not agree', () => {
    const { cabals, insiders } = takeover(engine, simulator, sn31Series().at(-1)!, { sizes: [1] })
    expect(cabals[0]!.least!.stake).toBe(4_351_447_318_550_335n)
    expect(insiders!.uids).toEqual([10, 25, 29, 87])
  })
})
