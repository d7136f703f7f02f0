import { createHash } from 'node:crypto'
import { base58 } from '@scure/base'
import { describe, expect, it } from 'vitest'
import { loadEngine } from '../engine/index.ts'
import { InputError } from '../errors/index.ts'
import { encodeSnapshot } from './encode.ts'
import { type GenerateOptions, generate } from './generate.ts'
import { usualEmission } from './hyperparameters.ts'
import { readDocuments } from './node.ts'
import { parseDocuments } from './parse.ts'
import { Random } from './random.ts'
import { ss58 } from './ss58.ts'
import type { SparseRows } from './types.ts'

const EXAMPLE = new URL('../../examples/subnet.json.gz', import.meta.url).pathname

function digest(options: GenerateOptions): string {
  return createHash('sha256')
    .update(encodeSnapshot(generate(options)))
    .digest('hex')
}

function rowsOf({ rowStart, uid, value }: SparseRows): [number, number][][] {
  return Array.from({ length: rowStart.length - 1 }, (_, row) => {
    const entries = Array.from(uid.subarray(rowStart[row]!, rowStart[row + 1]!))
    return entries.map((column, at) => [column, value[rowStart[row]! + at]!])
  })
}

describe('generate', () => {
  it('gives for a seed what it always gave', () => {
    const specVersion = 425
    const emission = 295_200_000_000n
    expect(digest({ n: 16, validators: 5, seed: 7, specVersion, emission })).toBe(
      '952e6b0ab4b8740e9a938cd628fe19a5dc7f6c7838cefa6042267c1d1760abd7',
    )
    const hyperparameters = { yuma3On: true, commitRevealEnabled: true, kappa: 40000 }
    expect(
      digest({
        n: 40,
        validators: 9,
        seed: 2 ** 53 - 1,
        density: 0.5,
        mechanisms: 3,
        netuid: 4,
        specVersion,
        emission,
        hyperparameters,
      }),
    ).toBe('13b9a5628908c62a75240cc7334d72b04318dd3ee2bc748153403be486c58d36')
  })

  it('hands out by default what the chain does in a tempo', () => {
    // 360 blocks of one alpha, each without the owner's cut of 11796 / 65535.
    const cut = (10n ** 9n * 11_796n) / 65_535n
    expect(generate({ n: 2, validators: 1, seed: 1 }).emission).toBe(360n * (10n ** 9n - cut))
    expect(usualEmission(360n)).toBe(295_201_648_080n)
  })

  it('made the bundled example', async () => {
    const [example] = await readDocuments(EXAMPLE)
    expect(example!.snapshot).toStrictEqual(generate({ n: 256, validators: 64, seed: 7 }))
  })

  it('gives another subnet for another seed', () => {
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
    expect(new Set(seeds.map((seed) => digest({ n: 8, validators: 3, seed }))).size).toBe(seeds.length)
  })

  it.each<Partial<GenerateOptions>>([
    { n: 1, validators: 0 },
    { n: 1, validators: 1 },
    { n: 2, validators: 2 },
    { n: 300, validators: 300, density: 0 },
    {
      n: 300,
      validators: 64,
      density: 0.1,
      hyperparameters: { tempo: 0n, activityCutoffBlocks: 2n ** 64n - 1n },
    },
    { n: 300, validators: 64, block: 0n },
    { n: 300, validators: 64, block: 2n ** 64n - 1n, hyperparameters: { tempo: 2n ** 64n - 1n } },
    { n: 50, validators: 10, mechanisms: 16, hyperparameters: { commitRevealEnabled: true, yuma3On: true } },
    { n: 65535, validators: 20, density: 0.01 },
  ])('%o gives a snapshot that a chain could hold', async (options) => {
    const snapshot = generate({ n: 1, validators: 0, seed: 5, ...options })
    const [document] = await parseDocuments(encodeSnapshot(snapshot))
    expect(document!.snapshot).toStrictEqual(snapshot)
  })

  it('scales weights to 65535 and leaves out oneself and zeros', () => {
    const { mechanisms } = generate({ n: 100, validators: 20, seed: 1 })
    const rows = rowsOf(mechanisms[0]!.weights)
    expect(rows.filter((row) => row.length > 0).length).toBeGreaterThan(15)
    for (const [uid, row] of rows.entries()) {
      if (row.length === 0) continue
      expect(row.map(([column]) => column)).toEqual(
        Array.from({ length: 100 }, (_, i) => i).filter((i) => i !== uid),
      )
      expect(Math.max(...row.map(([, weight]) => weight))).toBe(65535)
      expect(Math.min(...row.map(([, weight]) => weight))).toBeGreaterThan(0)
    }
  })

  it('scales columns of classic bonds to 65535', () => {
    const { mechanisms } = generate({ n: 60, validators: 20, seed: 1 })
    const greatest = new Map<number, number>()
    for (const [uid, bond] of rowsOf(mechanisms[0]!.bonds).flat()) {
      greatest.set(uid, Math.max(bond, greatest.get(uid) ?? 0))
    }
    expect(greatest.size).toBe(60)
    expect(new Set(greatest.values())).toEqual(new Set([65535]))
  })

  it('weighs a part of the neurons, the same for all validators', () => {
    const { mechanisms } = generate({ n: 1000, validators: 50, seed: 1, density: 0.1 })
    const rows = rowsOf(mechanisms[0]!.weights)
    expect(new Set(rows.flat().map(([uid]) => uid)).size).toBe(100)
    for (const row of rows.filter(({ length }) => length > 0)) expect(row.length).toBeGreaterThan(80)
  })

  it('lets each validator weigh a part of its own, in runs of uids', () => {
    const rows = (burst: number): [number, number][][] => {
      const options = { n: 1000, validators: 40, seed: 1, leastCoverage: 0.2, mostCoverage: 0.6, burst }
      return rowsOf(generate(options).mechanisms[0]!.weights).filter(({ length }) => length > 0)
    }
    const runsOf = (row: [number, number][]): number =>
      row.filter(([uid], at) => at === 0 || row[at - 1]![0] !== uid - 1).length
    const meanRun = (all: [number, number][][]): number =>
      all.flat().length / all.map(runsOf).reduce((a, b) => a + b, 0)
    const parts = rows(1).map(({ length }) => length / 1000)
    expect(Math.min(...parts)).toBeGreaterThan(0.13)
    expect(Math.max(...parts)).toBeLessThan(0.67)
    expect(Math.max(...parts) - Math.min(...parts)).toBeGreaterThan(0.25)
    expect(meanRun(rows(8)) / meanRun(rows(1))).toBeGreaterThan(5)
  })

  it('leaves bonds where there is consensus, in the steady state', async () => {
    const options = {
      n: 200,
      validators: 20,
      seed: 3,
      leastCoverage: 0.2,
      mostCoverage: 0.6,
      steadyBonds: true,
    }
    const snapshot = generate(options)
    const engine = await loadEngine()
    const { consensus } = engine.epoch(snapshot)
    const bonds = rowsOf(snapshot.mechanisms[0]!.bonds).flat()
    expect(bonds.length).toBeGreaterThan(100)
    // Rounding, the recently registered and the inactive make one or the other differ.
    const without = bonds.filter(([uid]) => consensus[uid] === 0)
    expect(without.length).toBeLessThan(bonds.length / 10)
    expect(
      rowsOf(generate({ ...options, steadyBonds: false }).mechanisms[0]!.bonds).flat().length,
    ).toBeGreaterThan(2 * bonds.length)
  })

  it('gives for a seed what it always gave, with gaps too', () => {
    const specVersion = 425
    const emission = 295_200_000_000n
    const gaps = { leastCoverage: 0.2, mostCoverage: 0.9, burst: 3, steadyBonds: true }
    expect(digest({ n: 40, validators: 9, seed: 5, specVersion, emission, ...gaps })).toBe(
      '00df01f2f555d3949947bf17a802844da2714d28474a5213f1bd94fea8201473',
    )
  })

  it.each<readonly [string, Partial<GenerateOptions>]>([
    ['leastCoverage', { leastCoverage: 0.6, mostCoverage: 0.5 }],
    ['leastCoverage', { leastCoverage: -0.1 }],
    ['mostCoverage', { mostCoverage: 1.1 }],
    ['burst', { burst: 0 }],
    ['burst', { burst: 1.5 }],
    ['n', { n: 0 }],
    ['n', { n: 65536 }],
    ['n', { n: 2.5 }],
    ['n', { n: Number.NaN }],
    ['n', { n: 65535, validators: 65535 }],
    ['validators', { validators: 11 }],
    ['validators', { validators: -1 }],
    ['seed', { seed: -1 }],
    ['seed', { seed: 2 ** 53 }],
    ['density', { density: 1.1 }],
    ['density', { density: Number.NaN }],
    ['mechanisms', { mechanisms: 0 }],
    ['mechanisms', { mechanisms: 17 }],
    ['block', { block: -1n }],
  ])('refuses %s of %o', (field, options) => {
    const run = (): unknown => generate({ n: 10, validators: 5, seed: 1, ...options })
    expect(run).toThrow(InputError)
    expect(run).toThrow(new RegExp(`^${field}: expected`))
  })
})

describe('Random', () => {
  it('gives for a seed what it always gave', () => {
    const random = new Random(42)
    expect(Array.from({ length: 4 }, () => random.u32())).toEqual([
      660444221, 3652823732, 77672526, 910233633,
    ])
  })

  it('permutes', () => {
    const order = new Random(9).permutation(1000)
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(order.filter((uid, at) => uid === at).length).toBeLessThan(10)
  })
})

describe('ss58', () => {
  it('gives the known address of a known account', () => {
    // Alice's, of every Substrate development chain.
    const alice = Uint8Array.from(
      Buffer.from('d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d', 'hex'),
    )
    expect(ss58(alice)).toBe('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')
    expect(base58.decode(ss58(alice)).length).toBe(35)
  })
})
