import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import {
  type CaseRun,
  type CaseVersion,
  caseScenario,
  cases,
  loadSimulator,
  type PublishedCase,
  parseCases,
} from '../../ts/simulate/index.ts'
import { generate, type SparseRows } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { RowsBuilder } from '../../ts/snapshot/rows.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'

const FILE = fileURLToPath(
  new URL('../../../shared/real/simulation/yuma-simulation-cases.json.gz', import.meta.url),
)
const engine = await loadEngine()
const simulator = await loadSimulator()

const NOTHING = { total: 0, last: 0 }
const PUBLISHED_VERSIONS = [
  'Yuma 1',
  'Yuma 2 (subtensor)',
  'Yuma 3 (Rhef+relative bonds)',
  'Yuma 3 (Rhef+relative bonds) - liquid alpha on',
]
const results = Object.fromEntries(
  PUBLISHED_VERSIONS.map((version) => [version, { big: NOTHING, small: NOTHING }]),
)

/** A small validator moves to another miner one epoch ahead of the big one. */
const MADE = {
  origin: 'made up',
  cases: [
    {
      name: 'Case 0 - made up',
      validators: ['big', 'small'],
      servers: ['a', 'b'],
      num_epochs: 4,
      reset_bonds: true,
      reset_bonds_index: 0,
      reset_bonds_epoch: 3,
      stakes: [[0.7, 0.3, 0, 0]],
      weights: [
        {
          n: 2,
          w: [
            [0, 0, 1, 0],
            [0, 0, 0.25, 0.75],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        },
        {
          n: 2,
          w: [
            [0, 0, 0.5, 0.5],
            [0, 0, 0, 1],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        },
      ],
      results: { '1': results },
    },
  ],
} as const

function rows(values: readonly (readonly (readonly [number, number])[])[]): SparseRows {
  const builder = new RowsBuilder()
  for (const row of values) {
    for (const [uid, value] of row) builder.push(uid, value)
    builder.endRow()
  }
  return builder.finish()
}

describe('cases', () => {
  it("pays by the chain's rules what the engine says, epoch by epoch", () => {
    const run = cases(engine, parseCases(JSON.stringify(MADE))).find(({ version }) => version === 'Yuma 3')!
    const weights = [
      rows([
        [[2, 65535]],
        [
          [2, 16384],
          [3, 49151],
        ],
        [],
        [],
      ]),
      rows([
        [[2, 65535]],
        [
          [2, 16384],
          [3, 49151],
        ],
        [],
        [],
      ]),
      rows([
        [
          [2, 32768],
          [3, 32768],
        ],
        [[3, 65535]],
        [],
        [],
      ]),
      rows([
        [
          [2, 32768],
          [3, 32768],
        ],
        [[3, 65535]],
        [],
        [],
      ]),
    ]
    let bonds = rows([[], [], [], []])
    const expected = weights.map((weightsOfEpoch, epoch) => {
      if (epoch === 3) {
        // The first server is replaced.
        const kept = (row: number): (readonly [number, number])[] =>
          Array.from({ length: bonds.rowStart[row + 1]! - bonds.rowStart[row]! }, (_, i) => {
            const at = bonds.rowStart[row]! + i
            return [bonds.uid[at]!, bonds.value[at]!] as const
          }).filter(([uid]) => uid !== 2)
        bonds = rows([kept(0), kept(1), kept(2), kept(3)])
      }
      const base = generate({ n: 4, validators: 2, seed: 1 })
      const { mechanisms } = engine.epoch({
        ...base,
        yuma3On: true,
        bondsMovingAverage: 975_000n,
        stakeThreshold: 0n,
        ownerUid: null,
        validatorPermit: Uint8Array.of(1, 1, 0, 0),
        blockAtRegistration: new BigUint64Array(4),
        totalStake: BigUint64Array.of(0n, 700_000_000_000_000n, 0n, 300_000_000_000_000n, 0n, 0n, 0n, 0n),
        mechanisms: [
          {
            ...base.mechanisms[0]!,
            lastUpdate: new BigUint64Array(4).fill(base.block - 1n),
            weights: weightsOfEpoch,
            bonds,
          },
        ],
      })
      bonds = mechanisms[0]!.bonds
      const { dividends } = mechanisms[0]!.raw
      return [0.7, 0.3].map((stake, uid) => (0.041 * (Number(dividends[uid]!) / 2 ** 32)) / stake)
    })
    expect(run.byEpoch).toEqual(expected)
    expect(run.chain.map(({ last }) => last)).toEqual(expected[3])
    expect(run.chainDistance).toBe(Math.max(...run.chain.map(({ total }) => total)))
  })

  it('says what each difference does alone', () => {
    const runs = cases(engine, parseCases(JSON.stringify(MADE)))
    const alone = Object.fromEntries(runs.map((run) => [run.version, Object.keys(run.alone)]))
    expect(alone['Yuma 1']).toEqual([])
    expect(alone['Yuma 2']).toContain('columns')
    expect(alone['Yuma 3']).toContain('penalty')
    expect(alone['Yuma 3, liquid alpha']).toEqual(
      expect.arrayContaining(['liquid-first', 'zeros', 'penalty']),
    )
    expect(cases(engine, parseCases(JSON.stringify(MADE)), { names: ['Case 1'] })).toEqual([])
  })

  it('refuses a file that is none, naming the field', () => {
    const message = (change: object): string => {
      try {
        parseCases(JSON.stringify({ ...MADE, cases: [{ ...MADE.cases[0], ...change }] }), 'cases.json')
        return ''
      } catch (error) {
        return String(error)
      }
    }
    expect(message({ num_epochs: 0 })).toContain('cases.json: cases.0.num_epochs: expected')
    expect(message({ stakes: [[1]] })).toContain('expected stakes and weights of validators and servers')
    expect(message({ weights: [{ n: 1, w: [[2]] }] })).toContain('cases.0.weights.0.w.0.0')
    expect(() => parseCases('{', 'cases.json')).toThrow('cases.json: expected JSON')
    const short = parseCases(JSON.stringify({ ...MADE, cases: [{ ...MADE.cases[0], num_epochs: 5 }] }))
    expect(() => cases(engine, short)).toThrow(
      'weights: expected weights of epoch 4 of Case 0 - made up, found none',
    )
  })
})

/** Dividends by epoch and validator of a case that runs as a scenario, in one resident loop. */
async function asScenario(it: PublishedCase, version: CaseVersion, penalty: number): Promise<number[][]> {
  const { start, epochs, changes } = caseScenario(it, version, penalty)
  const subnet = simulator.open(start)
  try {
    const { mechanisms } = subnet.run(epochs, { record: ['rawDividends'], changes })
    const { rawDividends } = mechanisms[0]!
    return Array.from({ length: epochs }, (_, epoch) =>
      it.validators.map((_, uid) => {
        const stakes = it.stakes[Math.min(epoch, it.stakes.length - 1)]!
        const share = Number(rawDividends![epoch * start.n + uid]!) / 2 ** 32
        return stakes[uid]! > 0 ? (0.041 * share) / stakes[uid]! : 0
      }),
    )
  } finally {
    subnet.close()
  }
}

describe('caseScenario', () => {
  it('gives what the study gives, a replaced miner included', async () => {
    const published = parseCases(JSON.stringify(MADE))
    for (const { version, byEpoch } of cases(engine, published))
      expect(await asScenario(published.cases[0]!, version, 1)).toEqual(byEpoch)
  })

  it('refuses what is no version and no penalty', () => {
    const [it] = parseCases(JSON.stringify(MADE)).cases
    expect(() => caseScenario(it!, 'Yuma 4' as CaseVersion, 1)).toThrow('version: expected one of')
    expect(() => caseScenario(it!, 'Yuma 3', 2)).toThrow('penalty: expected a number from 0 to 1')
  })
})

function row(uid: number, weights: readonly (readonly number[])[], epoch: number): object {
  return { kind: 'row', uid, weights, block: String(1_000_000 + 361 * epoch - 1) }
}

describe('yuma study cases', () => {
  let folder = ''
  beforeAll(() => {
    checkBuilt()
    folder = mkdtempSync(join(tmpdir(), 'yuma-cases-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('shows a line for each case and version, and gives out every run', () => {
    const file = join(folder, 'cases.json')
    writeFileSync(file, JSON.stringify(MADE))
    const { code, out, err } = yuma(['study', 'cases', file])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^made up\n0 of 4 runs within 0\.001/)
    expect(out).toMatch(/Case 0 +Yuma 3, liquid alpha +0\.\d{5} /)
    const json = lines(yuma(['study', 'cases', file, '--json']).out).map((line) => JSON.parse(line))
    expect(json.map(({ version, bonds_penalty }) => [version, bonds_penalty])).toEqual([
      ['Yuma 1', 1],
      ['Yuma 2', 1],
      ['Yuma 3', 1],
      ['Yuma 3, liquid alpha', 1],
    ])
    expect(yuma(['study', 'cases', file, '--svg', '-']).out).toContain('Case 0, Yuma 2, penalty 1')
    expect(yuma(['study', 'cases', file, '--case', 'Case 7'])).toMatchObject({ code: 2 })
  })

  it('writes scenarios, each beside the snapshot that it begins with', async () => {
    const file = join(folder, 'more.json')
    writeFileSync(file, JSON.stringify(MADE))
    const into = join(folder, 'scenarios')
    const args = ['study', 'cases', file, '--scenarios', into, '--penalty', '.5']
    expect(yuma(args)).toEqual({ code: 0, out: '', err: '' })
    const scenario = JSON.parse(readFileSync(join(into, 'case-0-yuma-3-liquid-alpha.json'), 'utf8'))
    expect(scenario).toMatchObject({
      schema: 'yuma-scenario/1',
      epochs: 4,
      start: { file: 'case-0-yuma-3-liquid-alpha-start.json.gz' },
    })
    expect(scenario.changes).toEqual([
      {
        epoch: 2,
        changes: [
          row(
            0,
            [
              [2, 32_768],
              [3, 32_768],
            ],
            2,
          ),
          row(1, [[3, 65_535]], 2),
        ],
      },
      {
        epoch: 3,
        changes: [
          { kind: 'register', uid: 2 },
          row(
            0,
            [
              [2, 32_768],
              [3, 32_768],
            ],
            3,
          ),
          row(1, [[3, 65_535]], 3),
        ],
      },
    ])
    const [begun] = await readDocuments(join(into, scenario.start.file))
    const { snapshot } = begun!
    expect([snapshot.n, snapshot.bondsPenalty, snapshot.yuma3On]).toEqual([4, 32_768, true])
    writeFileSync(join(folder, 'taken'), '')
    expect(yuma(['study', 'cases', file, '--scenarios', join(folder, 'taken', 'x')])).toMatchObject({
      code: 2,
    })
  })
})

describe.skipIf(!existsSync(FILE))('the cases of yuma-simulation', () => {
  const runs = existsSync(FILE)
    ? cases(engine, parseCases(gunzipSync(readFileSync(FILE)).toString()))
    : ([] as readonly CaseRun[])
  const number = ({ name }: CaseRun): number => Number(/^Case (\d+)/.exec(name)![1])

  it('are scenarios that give the same, all 22 of them', async () => {
    const published = parseCases(gunzipSync(readFileSync(FILE)).toString())
    const differing: string[] = []
    for (const run of runs.filter(({ penalty }) => penalty === 1 || penalty === 0.5)) {
      const it = published.cases.find(({ name }) => name === run.name)!
      const byEpoch = await asScenario(it, run.version, run.penalty)
      if (JSON.stringify(byEpoch) !== JSON.stringify(run.byEpoch))
        differing.push(`${run.name}, ${run.version}, ${run.penalty}`)
    }
    expect(differing).toEqual([])
  })

  it('are 22, by four versions at four penalties', () => {
    expect(runs.length).toBe(22 * 4 * 4)
  })

  it('without noise are within 1e-3 where the differences are aligned, by every version', () => {
    const exact = runs.filter((run) => number(run) <= 18)
    expect(exact.length).toBe(288)
    expect(exact.filter(({ alignedDistance }) => alignedDistance > 1e-3)).toEqual([])
    // With noise too, where the winner does not take all, which no chain has.
    const noisy = runs.filter((run) => number(run) > 18 && run.alignedDistance <= 1e-3)
    expect(new Set(noisy.map(number))).toEqual(new Set([19]))
    expect(noisy.length).toBe(16)
  })

  it('are not without, and each difference is seen', () => {
    const exact = runs.filter((run) => number(run) <= 18)
    expect(exact.filter(({ chainDistance }) => chainDistance > 1e-3).length).toBe(121)
    const most = (name: keyof CaseRun['alone']): number =>
      Math.max(...exact.map(({ alone }) => alone[name] ?? 0))
    expect(most('columns')).toBeCloseTo(0.03691, 4)
    expect(most('penalty')).toBeCloseTo(0.86418, 4)
    expect(most('zeros')).toBeCloseTo(0.20941, 4)
    expect(most('liquid-first')).toBeCloseTo(0.04707, 4)
    expect(most('liquid-consensus')).toBeCloseTo(0.00018, 4)
    // Who lost its stake has nothing more to lose.
    expect(most('permits')).toBeLessThan(1e-5)
    expect(most('permits')).toBeGreaterThan(0)
  })
})
