/**
 * Every case of the dTAO vectors through the addon and both WebAssembly modules, whole outputs, with no tolerance. The
 * whole-block runs are in `runs.test.ts`.
 */

import { readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Emission, type EmissionKind, type Json, loadEmission } from '../../ts/emission/index.ts'
import { type JsonObject, objects, vectors } from './vectors.ts'

/** Cases of every file, by the spec version of its folder. */
const FILES: Readonly<Record<number, Readonly<Record<string, number>>>> = {
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
const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']

/** Versions whose rules are those of another's vectors. */
const SAME_AS: Readonly<Record<number, readonly number[]>> = { 421: [421, 422, 423, 424] }

interface Case {
  readonly request: { readonly function: string; readonly in: JsonObject }
  readonly expected: Json
}

const without = (object: JsonObject, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

const MAX_U128 = 2n ** 128n - 1n

/** The power as every caller in the chain takes it: saturated to 128 bits. */
function saturated(power: Json): Json {
  if (power === null) return null
  const exact = BigInt(String(power))
  return String(exact < 0n ? 0n : exact > MAX_U128 ? MAX_U128 : exact)
}

/** A case of a file as calls: most are one, whose input and output stand in the file. */
function casesOf(name: string, row: JsonObject): readonly Case[] {
  switch (name) {
    case 'fixed_ops':
      return [{ request: { function: name, in: row }, expected: without(row, 'type', 'a', 'b', 'u') }]
    case 'pow_ratio_scaled':
      return [{ request: { function: name, in: row.in as JsonObject }, expected: saturated(row.out!) }]
    case 'share_pool': {
      const ops = objects(row.ops)
      const floats = row.safe_float as JsonObject
      return [
        {
          request: { function: name, in: { ...(row.in as JsonObject), ops } },
          expected: ops.map((op) => without(op, 'op', 'amount', 'coldkey')),
        },
        { request: { function: 'safe_float', in: floats }, expected: without(floats, 'a', 'b', 'c') },
      ]
    }
    default:
      return [{ request: { function: name, in: row.in as JsonObject }, expected: row.out! }]
  }
}

test('every file of the vectors is here, and no other', () => {
  const folders = readdirSync(new URL('../vectors/', import.meta.url)).filter((name) =>
    name.startsWith('dtao-'),
  )
  expect(folders.sort()).toEqual(Object.keys(FILES).map((version) => `dtao-spec${version}`))
  for (const [version, files] of Object.entries(FILES)) {
    const found = readdirSync(new URL(`../vectors/dtao-spec${version}/`, import.meta.url))
    const names = found.flatMap((name) => /^(.*)\.json\.gz$/.exec(name)?.[1] ?? [])
    const runs = names.filter((name) => name.startsWith('sim_'))
    expect(names.sort()).toEqual([...Object.keys(files), ...runs].sort())
    expect(runs.length).toBe(version === '425' ? 4 : 0)
  }
  const cases = Object.values(FILES).flatMap((files) => Object.values(files))
  expect(cases.reduce((sum, count) => sum + count, 0)).toBe(CASES)
})

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
  })

  test('is what was asked for', () => {
    expect(emission.kind).toBe(kind)
  })

  for (const [folder, files] of Object.entries(FILES)) {
    for (const [name, count] of Object.entries(files)) {
      test.each(SAME_AS[Number(folder)] ?? [Number(folder)])(
        `${name} of spec %i, ${count} cases`,
        (version) => {
          const rows = objects(vectors(Number(folder), name).cases)
          expect(rows.length).toBe(count)
          rows.forEach((row, at) => {
            for (const { request, expected } of casesOf(name, row)) {
              const got = emission.vector({ ...request, specVersion: version })
              if (!isDeepStrictEqual(got, expected)) expect(got, `case ${at}`).toEqual(expected)
            }
          })
        },
      )
    }
  }

  test.each([411, 413, 415, 416, 417, 419])('flow_shares of spec %i', (version) => {
    const rows = objects(vectors(425, 'flow_shares').cases)
    expect(rows.length).toBe(300)
    for (const { in: input, out } of rows) {
      const got = emission.vector({ function: 'flow_shares', specVersion: version, in: input as JsonObject })
      expect(got).toEqual(out)
    }
  })

  test('every known version is tried', () => {
    const tried = [411, 413, 415, 416, 417, 419, ...Object.keys(FILES).map(Number), 422, 423, 424]
    expect(emission.knownSpecVersions().map(({ specVersion }) => specVersion)).toEqual(
      tried.sort((a, b) => a - b),
    )
  })
})
