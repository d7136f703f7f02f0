import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import {
  concentration,
  decimal,
  type FairnessInput,
  type Fraction,
  fairness,
  networkFairness,
} from '../../ts/simulate/index.ts'
import { generate, networkPieces, type Snapshot } from '../../ts/snapshot/index.ts'
import { Random } from '../../ts/snapshot/random.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { networkSnapshot } from '../emission/network.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/subnet.json.gz', import.meta.url))
const SERIES = fileURLToPath(new URL('../../../shared/real/finney-sn31-series/', import.meta.url))

const engine = await loadEngine()

function ratio(numerator: bigint, denominator: bigint): Fraction {
  let [a, b] = [numerator, denominator]
  while (b > 0n) [a, b] = [b, a % b]
  return { numerator: numerator / a, denominator: denominator / a }
}

/** As the definitions say it: sums over pairs, and one prefix after the other. */
function plainly(amounts: readonly bigint[]): {
  gini: Fraction
  hhi: Fraction
  nakamoto: number
  entropy: number
} {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n)
  const distance = amounts.reduce(
    (sum, a) => amounts.reduce((inner, b) => inner + (a > b ? a - b : b - a), sum),
    0n,
  )
  const descending = [...amounts].sort((a, b) => (a < b ? 1 : -1))
  const taken = (count: number): bigint =>
    descending.slice(0, count).reduce((sum, amount) => sum + amount, 0n)
  const nakamoto = amounts.findIndex((_, at) => 2n * taken(at + 1) > total) + 1
  return {
    gini: ratio(distance, 2n * BigInt(amounts.length) * total),
    hhi: ratio(
      amounts.reduce((sum, amount) => sum + amount * amount, 0n),
      total * total,
    ),
    nakamoto,
    entropy: amounts
      .map((amount) => Number(amount) / Number(total))
      .reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log2(share)), 0),
  }
}

describe('concentration', () => {
  it('is what is worked out by hand', () => {
    const { members, holders, total, gini, giniOfHolders, hhi, entropy, nakamoto, top, lorenz } =
      concentration([4n, 0n, 1n, 3n, 2n], [1, 2, 9])
    expect({ members, holders, total, nakamoto }).toEqual({ members: 5, holders: 4, total: 10n, nakamoto: 2 })
    expect(gini).toEqual({ numerator: 2n, denominator: 5n })
    expect(giniOfHolders).toEqual({ numerator: 1n, denominator: 4n })
    expect(hhi).toEqual({ numerator: 3n, denominator: 10n })
    expect(entropy).toBeCloseTo(1.8464393446710154, 14)
    expect(top).toEqual([
      { count: 1, amount: 4n, share: { numerator: 2n, denominator: 5n } },
      { count: 2, amount: 7n, share: { numerator: 7n, denominator: 10n } },
      { count: 9, amount: 10n, share: { numerator: 1n, denominator: 1n } },
    ])
    expect(lorenz).toEqual([0n, 1n, 3n, 6n, 10n])
  })

  it('counts more than half, not half', () => {
    expect(concentration([5n, 5n]).nakamoto).toBe(2)
    expect(concentration([6n, 5n]).nakamoto).toBe(1)
    expect(concentration([1n, 1n, 1n, 1n]).nakamoto).toBe(3)
    expect(concentration([3n, 1n, 1n, 1n]).nakamoto).toBe(2)
  })

  it('has no proportions of nothing', () => {
    for (const amounts of [[], [0n, 0n]]) {
      const nothing = { gini: null, giniOfHolders: null, hhi: null, entropy: null, nakamoto: null, top: [] }
      expect(concentration(amounts)).toMatchObject({ ...nothing, total: 0n, holders: 0 })
    }
  })

  it('is what the definitions say, of amounts beyond doubles', () => {
    const random = new Random(5)
    for (let round = 0; round < 200; round++) {
      const amounts = Array.from({ length: 1 + random.below(30) }, () =>
        random.chance(0.2) ? 0n : random.u64() * random.u64(),
      )
      if (amounts.every((amount) => amount === 0n)) continue
      const { gini, hhi, nakamoto, entropy } = concentration(amounts)
      const expected = plainly(amounts)
      expect({ gini, hhi, nakamoto }).toEqual({
        gini: expected.gini,
        hhi: expected.hhi,
        nakamoto: expected.nakamoto,
      })
      expect(entropy).toBeCloseTo(expected.entropy, 10)
    }
  })
})

describe('decimal', () => {
  it('rounds to the nearest, halves away from 0', () => {
    const of = (numerator: bigint, denominator: bigint, digits: number): string =>
      decimal({ numerator, denominator }, digits)
    expect([
      of(1n, 3n, 4),
      of(2n, 3n, 4),
      of(1n, 8n, 2),
      of(-1n, 8n, 2),
      of(-1n, 900n, 2),
      of(7n, 2n, 0),
    ]).toEqual(['0.3333', '0.6667', '0.13', '-0.13', '0.00', '4'])
  })
})

function inputOf(snapshot: Snapshot): FairnessInput {
  return { snapshot, result: engine.epoch(snapshot) }
}

describe('fairness', () => {
  const snapshot = generate({ n: 40, validators: 8, seed: 3 })
  const input = inputOf(snapshot)

  it('is over what was paid, to the rao', () => {
    const { serverEmission, validatorEmission, n } = input.result
    const rows = fairness(input, { over: ['emission'], by: ['uid'] })
    const sum = (values: BigUint64Array): bigint => values.reduce((total, value) => total + value, 0n)
    const totals = Object.fromEntries(rows.map(({ of, total, members }) => [of, [total, members]]))
    const validators = input.result.validatorPermit.reduce((count, permit) => count + permit, 0)
    expect(totals.all).toEqual([sum(serverEmission) + sum(validatorEmission), n])
    expect(totals.validators).toEqual([sum(validatorEmission), validators])
    expect(totals.miners![0]).toBe(sum(serverEmission))
    expect(rows.find(({ of }) => of === 'miners')!.holders).toBe(
      serverEmission.filter((value) => value > 0n).length,
    )
  })

  it('is over stake and raw bits before rounding', () => {
    const rows = fairness(input, { by: ['uid'], of: ['all', 'validators', 'miners'] })
    const kinds = rows.map(({ over, of }) => `${over} of ${of}`)
    const populations = ['all', 'validators', 'miners']
    expect(kinds).toEqual([
      ...populations.map((of) => `stake of ${of}`),
      'incentive of miners',
      'dividends of validators',
      ...populations.map((of) => `emission of ${of}`),
    ])
    const stake = rows.find(({ over, of }) => over === 'stake' && of === 'all')!
    const bits = snapshot.totalStake.reduce(
      (sum, word, at) => sum + (at % 2 === 1 ? word * 2n ** 64n : word),
      0n,
    )
    expect(stake.total).toBe(bits)
    // One mechanism's bits, each times what it handed out, which no proportion feels.
    const [{ raw, share }] = input.result.mechanisms as [(typeof input.result.mechanisms)[0]]
    const incentive = rows.find(({ over }) => over === 'incentive')!
    expect(incentive.total).toBe(share * raw.incentive.reduce((sum, value) => sum + value, 0n))
    expect(incentive.hhi).toEqual(concentration([...raw.incentive].filter((value) => value > 0n)).hhi)
  })

  it('takes uids of one coldkey for one', () => {
    const coldkeys = snapshot.coldkeys!.map((_, uid) => snapshot.coldkeys![uid % 4]!)
    const [row] = fairness(
      { ...input, snapshot: { ...snapshot, coldkeys } },
      {
        over: ['emission'],
        of: ['all'],
        by: ['coldkey'],
      },
    )
    const sums = [0n, 0n, 0n, 0n]
    for (let uid = 0; uid < 40; uid++)
      sums[uid % 4]! += input.result.serverEmission[uid]! + input.result.validatorEmission[uid]!
    const { top: _, ...expected } = concentration(sums)
    expect(row).toMatchObject(expected)
  })

  it('leaves out coldkeys where none are known', () => {
    const { coldkeys: _, ...unknown } = snapshot
    expect(fairness({ ...input, snapshot: unknown }).every(({ by }) => by === 'uid')).toBe(true)
  })

  it('weighs mechanisms by what they handed out', () => {
    const several = inputOf(generate({ n: 30, validators: 6, seed: 9, mechanisms: 2 }))
    const [row] = fairness(several, { over: ['incentive'], of: ['miners'], by: ['uid'] })
    const [a, b] = several.result.mechanisms as [(typeof several.result.mechanisms)[0], never]
    const sum = ({ raw, share }: typeof a): bigint =>
      share * raw.incentive.reduce((total, value) => total + value, 0n)
    expect(row!.total).toBe(sum(a) + sum(b))
  })
})

describe('networkFairness', () => {
  const subnets = [1, 2, 3].map((netuid) => ({
    ...inputOf(generate({ n: 20, validators: 5, seed: 4, netuid })),
    price: BigInt(netuid),
  }))

  it('counts a hotkey on several subnets once, by the price of each', () => {
    const rows = networkFairness(subnets, { over: ['emission'], of: ['all'] })
    const [first] = subnets
    const sum = [...first!.result.serverEmission].reduce((total, value) => total + value, 0n)
    const whole = [...first!.result.validatorEmission].reduce((total, value) => total + value, sum)
    // The same subnet three times over, at prices 1, 2 and 3.
    expect(rows.map(({ by, members, total }) => [by, members, total])).toEqual([
      ['hotkey', 20, 6n * whole],
      ['coldkey', 20, 6n * whole],
      ['subnet', 3, 6n * whole],
    ])
    expect(rows[2]!.hhi).toEqual({ numerator: 7n, denominator: 18n })
    const { price: _, ...unpriced } = first!
    expect(networkFairness([unpriced, ...subnets.slice(1)], { over: ['emission'] })[0]!.total).toBe(
      5n * whole,
    )
    expect(networkFairness([first!])).toEqual([])
  })
})

describe('yuma study fairness', () => {
  let folder = ''
  beforeAll(() => {
    checkBuilt()
    folder = mkdtempSync(join(tmpdir(), 'yuma-study-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('shows every figure of one subnet, and gives them out exactly', () => {
    const { code, out, err } = yuma(['study', 'fairness', EXAMPLE])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/incentive +miners +uid +255 +254 +0\.47575 /)
    const { out: json } = yuma(['study', 'fairness', EXAMPLE, '--json', '--over', 'incentive', '--by', 'uid'])
    const [row] = lines(json).map((line) => JSON.parse(line))
    expect(row).toMatchObject({
      scope: 'subnet',
      over: 'incentive',
      of: 'miners',
      members: 255,
      holders: 254,
    })
    const [numerator, denominator] = row.gini.exact.split('/').map(BigInt)
    expect(decimal({ numerator, denominator }, 12)).toBe(row.gini.decimal)
    expect(row.lorenz).toBeUndefined()
    const { out: curve } = yuma(['study', 'fairness', EXAMPLE, '--json', '--lorenz', '--over', 'stake'])
    const { lorenz, total } = JSON.parse(lines(curve)[0]!)
    expect([lorenz.length, lorenz.at(-1)]).toEqual([256, total])
  })

  it('of a network file has a line for each subnet, and the network by hotkey, coldkey and subnet', () => {
    const file = join(folder, 'network.json')
    writeFileSync(file, [...networkPieces(networkSnapshot(3))].join(''))
    const { code, out, err } = yuma(['study', 'fairness', file])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ {2}subnet 1 .* emission +all +uid /m)
    expect(out).not.toContain('subnet 0 ')
    for (const by of ['hotkey', 'coldkey', 'subnet'])
      expect(out).toMatch(new RegExp(`^ {2}network .* stake +all +${by} `, 'm'))
    expect(yuma(['study', 'fairness', file, '--emission', 'due']).code).toBe(0)
  })

  it('gives what its page shows', () => {
    const page = (name: string): string =>
      readFileSync(new URL(`../../docs/studies/${name}`, import.meta.url), 'utf8')
    const { out } = yuma(['study', 'fairness', 'examples/subnet.json.gz', '--by', 'uid'])
    expect(page('fairness.md')).toContain(out)
    const { out: svg } = yuma(['study', 'fairness', 'examples/subnet.json.gz', '--by', 'uid', '--svg', '-'])
    expect(svg).toBe(page('fairness.svg'))
  })

  it('draws Lorenz curves as well-formed XML', () => {
    const file = join(folder, 'a.svg')
    expect(yuma(['study', 'fairness', EXAMPLE, '--svg', file]).code).toBe(0)
    const svg = readFileSync(file, 'utf8')
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
    expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    expect(yuma(['study', 'fairness', EXAMPLE, '--svg', '-']).out).toBe(svg)
  })

  it('refuses what means nothing', () => {
    const message = (...args: string[]): string => {
      const { code, err } = yuma(['study', ...args])
      expect(code).toBe(2)
      return err
    }
    expect(message()).toContain('no study given; see yuma study --help')
    expect(message('fair')).toContain('no study "fair"')
    expect(message('fairness')).toContain('no FILE given; see yuma study fairness --help')
    expect(message('fairness', EXAMPLE, '--over', 'stake,rank')).toContain(
      '--over: expected some of stake, incentive, dividends, emission, found "rank"',
    )
    expect(message('fairness', EXAMPLE, '--top', '0')).toContain('--top: expected integers from 1 to 65535')
    expect(yuma(['study', '--help']).out).toMatch(/fairness +how evenly/)
  })
})

describe.skipIf(!existsSync(SERIES))('on finney subnet 31 of 2024', () => {
  it('has the figures of three epochs over time', () => {
    const files = [3_600_000, 3_618_000, 3_635_640].map((block) => join(SERIES, `snapshot-${block}.json.gz`))
    const { out } = yuma(['study', 'fairness', ...files, '--over', 'incentive', '--of', 'miners', '--json'])
    const rows = lines(out).map((line) => JSON.parse(line))
    expect(rows.map(({ block, nakamoto, holders }) => [block, nakamoto, holders])).toEqual([
      ['3600001', 14, 33],
      ['3618001', 18, 45],
      ['3635641', 19, 46],
    ])
  })
})
