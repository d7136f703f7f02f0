/** Every file of `test/vectors` through every engine of the machine: none is left out, and no case of one. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadEmission, reportsOf } from '../../ts/emission/index.ts'
import { conform, type Engines, filesOf, loadEngines, type Outcome } from './conform.ts'
import { VECTOR_FOLDERS } from './epochs.ts'
import { type JsonObject, objects, vectors } from './files.ts'
import { partOf, versionsOf } from './functions.ts'
import { main } from './main.ts'
import { runBlocks, stateOf, stepOf } from './runs.ts'

/** Cases of every file of functions, by the spec version of its folder. */
const FUNCTIONS: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  300: {
    dividend_distribution: 400,
    epoch_schedule: 300,
    moving_price: 300,
    parent_child_dividends: 300,
    pending_split: 300,
    subnet_terms: 300,
    validator_alpha: 300,
  },
  421: { subnet_shares: 400 },
  425: {
    balancer: 300,
    block_emission: 900,
    distribute_emission: 300,
    dividend_distribution: 300,
    emit_to_subnets: 300,
    epoch_schedule: 300,
    fixed_ops: 750,
    flow_shares: 300,
    mechanism_split: 300,
    moving_price: 400,
    parent_child_dividends: 300,
    pow_normalize: 300,
    pow_ratio_scaled: 400,
    root_claimable: 300,
    root_proportion: 400,
    share_pool: 300,
    stake_weights: 300,
    subnet_shares: 300,
    subnet_terms: 300,
    swap: 400,
    transcendental: 300,
  },
  440: { dividend_distribution: 400, subnet_shares: 400, subnet_shares_sequence: 480 },
  441: { subnet_shares: 400, subnet_shares_sequence: 480 },
  442: { dividend_distribution: 400, subnet_shares: 400, subnet_shares_sequence: 480 },
  443: { dividend_distribution: 400, subnet_shares: 400, subnet_shares_sequence: 480 },
  444: { dividend_distribution: 400, subnet_shares: 400, subnet_shares_sequence: 480 },
  445: { dividend_distribution: 400, subnet_shares: 400, subnet_shares_sequence: 480 },
  475: {
    adjust_liquidity: 300,
    basket_flush: 300,
    distribute_emission: 300,
    distribute_emission_edges: 198,
    dividend_distribution: 300,
    emit_to_subnets: 300,
    epoch_schedule: 300,
    mechanism_split: 240,
    moving_price: 300,
    root_proportion: 300,
    settle_collateral: 300,
    share_pool: 300,
    subnet_shares: 300,
    subnet_shares_sequence: 300,
    subnet_terms: 300,
    swap: 300,
  },
}
const CASES = 22_268
/** Ranges that blocks of finney's own prove, which crates/emission/tests/finney.rs reads. */
const BY_REAL_BLOCKS: readonly number[] = [448]

/** Subnets and epochs of each run of 400 blocks, by the spec version of its folder. */
const RUNS: Readonly<Record<number, Readonly<Record<string, readonly [subnets: number, epochs: number]>>>> = {
  425: { sim_03: [3, 69], sim_08: [8, 155], sim_20: [20, 378], sim_64: [64, 1335] },
  475: { sim_03: [3, 60], sim_08: [8, 245], sim_20: [20, 521] },
}
const BLOCKS = 400

/** Folders that other suites read: proofs are no vectors of an engine. */
const FOLDERS_OF_OTHERS = ['pruning-spec475', 'recordings', 'state-proofs']

const path = (name: string): string => new URL(`../vectors/${name}`, import.meta.url).pathname

let engines: Engines
beforeAll(async () => {
  const { status } = spawnSync(process.execPath, ['scripts/build-conformance.mjs'], { stdio: 'inherit' })
  expect(status).toBe(0)
  engines = await loadEngines()
}, 600_000)

/** Runs a file and gives how many vectors it has, all of them equal on every engine. */
async function vectorsOf(file: string, least: number): Promise<number> {
  const outcomes = await conform(engines, file)
  expect(outcomes.length).toBeGreaterThanOrEqual(least)
  for (const { engine, total, equal, differences } of outcomes)
    expect([engine, equal, differences]).toEqual([engine, total, []])
  // By the file's own version every engine runs all; by others those that hold there.
  const [{ spec, total: all }] = outcomes as [Outcome]
  const ofEngines = new Map<string, Set<string>>()
  for (const outcome of outcomes) {
    if (outcome.spec === spec) expect(outcome.total).toBe(all)
    const what = `${outcome.total} of ${outcome.open ?? 0}`
    ofEngines.set(`${outcome.spec}`, (ofEngines.get(`${outcome.spec}`) ?? new Set()).add(what))
  }
  for (const totals of ofEngines.values()) expect(totals.size).toBe(1)
  return all
}

test('every file of the vectors is here, and no other', async () => {
  const expected = Object.entries(FUNCTIONS).flatMap(([version, files]) =>
    Object.keys(files).map((name) => `dtao-spec${version}/${name}`),
  )
  const runs = Object.entries(RUNS).flatMap(([version, files]) =>
    Object.keys(files).map((name) => `dtao-spec${version}/${name}`),
  )
  const found = (await filesOf([path('')])).map((file) => file.split('/').slice(-2).join('/'))
  const blocks = found.filter((file) => file.startsWith('dtao-'))
  expect(blocks.map((file) => file.replace(/\.json\.gz$/, '')).sort()).toEqual([...expected, ...runs].sort())
  const cases = Object.values(FUNCTIONS).flatMap((files) => Object.values(files))
  expect(cases.reduce((sum, count) => sum + count, 0)).toBe(CASES)
  const folders = new Set(found.filter((file) => !file.startsWith('dtao-')).map((file) => file.split('/')[0]))
  const known = [...VECTOR_FOLDERS.map(({ folder }) => folder), ...FOLDERS_OF_OTHERS]
  expect([...folders].sort()).toEqual(known.sort())
})

describe.each([...VECTOR_FOLDERS])('$folder', ({ folder, files, vectors: count }) => {
  test(`${count} epochs of ${files} files, by every kernel, the reference and both modules`, async () => {
    const names = await filesOf([path(folder)])
    expect(names.length).toBe(files)
    const kernels = engines.epochs.filter(({ kind }) => kind === 'native').length
    expect(kernels).toBeGreaterThan(0)
    let ran = 0
    for (const name of names) ran += await vectorsOf(name, kernels + 3)
    expect(ran).toBe(count)
  })
})

for (const [version, files] of Object.entries(FUNCTIONS)) {
  test.each(Object.entries(files))(`spec ${version}: %s, %i cases`, async (name, count) => {
    const file = path(`dtao-spec${version}/${name}.json.gz`)
    expect(await vectorsOf(file, 3)).toBe(count)
  })
}

test('the ends of every range are tried', () => {
  const documents = Object.entries(FUNCTIONS).flatMap(([version, files]) =>
    Object.keys(files).map((name) => ({
      function: name.replace(/_edges$/, ''),
      spec_version: Number(version),
    })),
  )
  const { shares, block, payout } = engines.blocks[0]!.rules
  for (const [path, ranges] of Object.entries({ shares, block, payout })) {
    const tried = new Set(documents.filter((of) => partOf(of) === path).flatMap(versionsOf))
    const ends = ranges.flatMap(({ first, last }) => [first, last])
    expect(ends.filter((spec) => !tried.has(spec) && !BY_REAL_BLOCKS.includes(spec))).toEqual([])
  }
})

test('vectors of epochs are tried by every version that has the same text', async () => {
  const [engine] = engines.epochs
  const only = { ...engines, epochs: [engine!], blocks: [] }
  const totals = new Map<string, [equal: number, total: number, open: number]>()
  for (const { folder } of VECTOR_FOLDERS) {
    for (const file of await filesOf([path(folder)])) {
      for (const { spec, total, equal, open = 0 } of await conform(only, file)) {
        // A few of each version: what counts is that all are tried.
        const at = folder === 'epoch-edges' ? folder : `${folder} at ${spec}`
        const sums = totals.get(at) ?? [0, 0, 0]
        totals.set(at, [sums[0] + equal, sums[1] + total, sums[2] + open])
      }
    }
  }
  expect(Object.fromEntries(totals)).toEqual({
    // Two of 425 at 445 too.
    'epoch-edges': [191, 191, 0],
    'epoch-spec233 at 233': [106, 106, 0],
    'epoch-spec252 at 252': [106, 106, 0],
    'epoch-spec257 at 257': [106, 106, 0],
    'epoch-spec273 at 273': [112, 112, 0],
    'epoch-spec283 at 283': [112, 112, 0],
    'epoch-spec297 at 297': [115, 115, 0],
    'epoch-spec320 at 320': [124, 124, 0],
    'epoch-spec365 at 365': [124, 124, 0],
    'epoch-spec401 at 401': [126, 126, 0],
    'epoch-spec423 at 423': [126, 126, 0],
    'epoch-spec300 at 300': [1916, 1916, 0],
    'epoch-spec425 at 425': [1953, 1953, 0],
    'epoch-spec425 at 445': [1953, 1953, 0],
    'epoch-spec475 at 475': [1070, 1070, 0],
    'epoch-spec475 at 473': [495, 495, 0],
    'epoch-spec475 at 451': [450, 450, 45],
    'epoch-timing at 425': [4, 4, 0],
    'epoch-timing at 445': [4, 4, 0],
    'mechanisms-spec475 at 475': [80, 80, 0],
    'mechanisms-spec475 at 473': [25, 25, 0],
    'mechanisms-spec475 at 451': [13, 13, 12],
  })
})

describe.each(Object.entries(RUNS))('spec %i', (version, files) => {
  describe.each(Object.entries(files))('%s', (name, [subnets, epochs]) => {
    test.each([0, 1, 2])('%i', (at) => {
      const run = vectors(Number(version), name)
      const emission = engines.blocks[at]!
      for (const spec of versionsOf(run)) {
        const outcome = runBlocks(emission, run, spec)
        expect(outcome).toEqual({ total: BLOCKS + 1, differences: [], epochs })
      }
      expect((run.netuids as readonly unknown[]).length).toBe(subnets)
    })
  })
})

test.each(['native', 'wasm', 'wasm-scalar'] as const)(
  '%s: a run in parts is the run at once',
  async (kind) => {
    const emission = await loadEmission({ prefer: kind })
    const run = vectors(425, 'sim_08')
    const steps = objects(run.blocks).map(stepOf)
    const open = (): ReturnType<typeof emission.open> =>
      emission.open({ specVersion: 425, columns: stateOf(run) })
    const [parts, whole] = [open(), open()]
    const reports = []
    for (let at = 0; at < BLOCKS; at += 57) {
      const part = steps.slice(at, at + 57)
      reports.push(...reportsOf(parts.run(part.length, { steps: part, reports: 'all' })))
    }
    whole.run(BLOCKS, { steps })
    expect(reports.length).toBe(BLOCKS)
    expect(whole.report()).toEqual(reports.at(-1))
    expect(whole.columns()).toEqual(parts.columns())
    for (const network of [parts, whole]) network.close()
  },
)

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-conformance-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, document: object): string => {
    const file = join(folder, name)
    writeFileSync(file, gzipSync(JSON.stringify(document)))
    return file
  }
  const pending = (): { cases: { in: JsonObject; out: Record<string, string> }[] } =>
    JSON.parse(gunzipSync(readFileSync(path('dtao-spec300/pending_split.json.gz'))).toString())

  test('exits 0 where all is equal, 1 for a difference and for a file that is none, 2 without files', async () => {
    expect(await main([path('dtao-spec300/pending_split.json.gz')])).toBe(0)
    const changed = pending()
    const first = changed.cases[0]!
    const [name] = Object.keys(first.out)
    first.out[name!] = String(BigInt(first.out[name!]!) + 1n)
    const file = write('changed.json.gz', changed)
    const outcomes = await conform(engines, file)
    expect(outcomes.map(({ total, equal }) => total - equal)).toEqual([1, 1, 1])
    expect(await main([file])).toBe(1)
    expect(await main([write('other.json.gz', { schema: 'another' })])).toBe(1)
    const pool = { function: 'share_pool', spec_version: 475, cases: [] }
    expect(await main([write('empty.json.gz', pool)])).toBe(1)
    expect(await main([write('unknown.json.gz', { ...pool, function: 'unknown', cases: [{}] })])).toBe(1)
    expect(
      await main([
        write('run.json.gz', {
          ...pool,
          function: 'simulation',
          spec_version: 474,
          blocks: [{}],
          cases: null,
        }),
      ]),
    ).toBe(1)
    expect(await main([])).toBe(2)
  })

  test('prints what each range of versions has, and how many files were read', async () => {
    const lines: string[] = []
    const print = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    try {
      expect(await main([path('mechanisms-spec475')])).toBe(0)
      expect(await main([path('dtao-spec475/moving_price.json.gz'), write('none.json.gz', {})])).toBe(1)
    } finally {
      print.mockRestore()
    }
    const engineCount = engines.epochs.length
    expect(lines).toContain(`epoch at 475, proved: ${80 * engineCount} of ${80 * engineCount} equal`)
    expect(lines).toContain(
      `epoch at 446 to 451, same text as 475: ${13 * engineCount} of ${13 * engineCount} equal, ${12 * engineCount} refused as open`,
    )
    expect(lines).toContain('block at 475, proved: 900 of 900 equal')
    expect(lines).toContain('block at 470 to 473, same text as 475: 1800 of 1800 equal')
    expect(lines.at(-1)).toBe('1 of 2 files read, 2700 of 2700 equal')
  })

  test('a run that differs in one block, and in the state at the end', () => {
    const run = JSON.parse(JSON.stringify(vectors(425, 'sim_03'))) as {
      blocks: { minted: string }[]
      final: { TotalStake: string }
    }
    run.blocks[7]!.minted = '1'
    run.final.TotalStake = '1'
    const { differences } = runBlocks(engines.blocks[0]!, run as never)
    expect(differences.length).toBe(2)
  })
})
