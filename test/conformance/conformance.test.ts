/** Every file of `test/vectors` through every engine of the machine: none is left out, and no case of one. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEmission, reportsOf } from '../../ts/emission/index.ts'
import { conform, type Engines, filesOf, loadEngines } from './conform.ts'
import { VECTOR_FOLDERS } from './epochs.ts'
import { type JsonObject, KEPT_BY_CRATE, objects, vectors } from './files.ts'
import { versionsOf } from './functions.ts'
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
}
const CASES = 17_630

/** Runs of 400 blocks, by their spec version and name, each with its subnets and epochs. */
const RUNS: readonly (readonly [specVersion: number, name: string, subnets: number, epochs: number])[] = [
  [425, 'sim_03', 3, 69],
  [425, 'sim_08', 8, 155],
  [425, 'sim_20', 20, 378],
  [425, 'sim_64', 64, 1335],
  [475, 'sim_03', 3, 60],
  [475, 'sim_08', 8, 245],
  [475, 'sim_20', 20, 521],
]
const BLOCKS = 400

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
  const totals = new Set(outcomes.map(({ total }) => total))
  expect(totals.size).toBe(1)
  return outcomes[0]!.total
}

test('every file of the vectors is here, and no other', async () => {
  const expected = Object.entries(FUNCTIONS).flatMap(([version, files]) =>
    Object.keys(files).map((name) => `dtao-spec${version}/${name}`),
  )
  const own = RUNS.filter(([specVersion]) => !KEPT_BY_CRATE.includes(specVersion))
  const runs = own.map(([specVersion, name]) => `dtao-spec${specVersion}/${name}`)
  const found = (await filesOf([path('')])).map((file) => file.split('/').slice(-2).join('/'))
  const blocks = found.filter((file) => file.startsWith('dtao-'))
  expect(blocks.map((file) => file.replace(/\.json\.gz$/, '')).sort()).toEqual([...expected, ...runs].sort())
  const cases = Object.values(FUNCTIONS).flatMap((files) => Object.values(files))
  expect(cases.reduce((sum, count) => sum + count, 0)).toBe(CASES)
  const folders = new Set(found.filter((file) => !file.startsWith('dtao-')).map((file) => file.split('/')[0]))
  expect([...folders].sort()).toEqual(VECTOR_FOLDERS.map(({ folder }) => folder).sort())
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

test('every known version is tried', () => {
  const tried = Object.entries(FUNCTIONS).flatMap(([version, files]) =>
    Object.keys(files).flatMap((name) => versionsOf({ function: name, spec_version: Number(version) })),
  )
  const known = engines.blocks[0]!.knownSpecVersions()
  // The single functions of what is known beside are tried by crates/emission.
  const here = known.filter((version) => !KEPT_BY_CRATE.includes(version))
  expect([...new Set(tried)].sort((a, b) => a - b)).toEqual(here)
  expect(known.length).toBe(here.length + KEPT_BY_CRATE.length)
})

describe.each(RUNS)('spec %i: %s', (specVersion, name, subnets, epochs) => {
  test.each([0, 1, 2])('%i', (at) => {
    const run = vectors(specVersion, name)
    const outcome = runBlocks(engines.blocks[at]!, run)
    expect(outcome).toEqual({ total: BLOCKS + 1, differences: [], epochs })
    expect((run.netuids as readonly unknown[]).length).toBe(subnets)
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
    expect(await main([])).toBe(2)
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
