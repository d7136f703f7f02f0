/** `yuma emission` and `yuma distribute`, as they are built. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type BlockReport,
  type Emission,
  loadEmission,
  paymentsOf,
  reportsOf,
} from '../../ts/emission/index.ts'
import { generate, networkPieces, packSections } from '../../ts/snapshot/index.ts'
import { writeSnapshot, writeText } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { chainSnapshot, networkSnapshot } from './network.ts'

const SUBNETS = 4
let folder: string
let emission: Emission
const file = (name: string): string => join(folder, name)

beforeAll(async () => {
  checkBuilt()
  emission = await loadEmission()
  folder = await mkdtemp(join(tmpdir(), 'yuma-emission-'))
  await writeText(file('network.json.gz'), networkPieces(networkSnapshot(SUBNETS)))
  await writeText(file('network440.json'), networkPieces(networkSnapshot(SUBNETS, { specVersion: 440 })))
  await writeText(file('network420.json'), networkPieces(networkSnapshot(SUBNETS, { specVersion: 420 })))
  const negative = { items: { subnetTao: -5n } }
  await writeText(file('negative.json'), networkPieces(networkSnapshot(SUBNETS, negative)))
  const missing = [...networkPieces(networkSnapshot(SUBNETS))].join('').replace(/"subnet_tao":"[0-9]+",/, '')
  await writeText(file('missing.json'), [missing])
  const above = { items: { minerBurned: 2n ** 33n } }
  await writeText(file('above.json'), networkPieces(networkSnapshot(SUBNETS, above)))
  await writeSnapshot(file('subnet.json'), packSections(chainSnapshot(2)))
  await writeSnapshot(file('plain.json'), generate({ n: 8, validators: 2, seed: 1 }))
})
afterAll(() => rm(folder, { recursive: true }))

/** The blocks of the network, one by one. */
function blocksOf(blocks: number): BlockReport[] {
  const network = emission.open(networkSnapshot(SUBNETS))
  const reports = [...reportsOf(network.run(blocks, { reports: 'all' }))]
  network.close()
  return reports
}

/** What is pending of a row, as text. */
function pendingText(row: {
  readonly pendingServer: bigint
  readonly pendingValidator: bigint
  readonly pendingRoot: bigint
  readonly pendingOwner: bigint
}): object {
  return {
    server: String(row.pendingServer),
    validator: String(row.pendingValidator),
    root: String(row.pendingRoot),
    owner: String(row.pendingOwner),
  }
}

type Line = Readonly<Record<string, unknown>>
const parsed = (out: string): Line[] => lines(out).map((line) => JSON.parse(line) as Line)

function expectedLine(report: BlockReport): Line {
  return {
    spec_version: 425,
    rules: JSON.parse(JSON.stringify(report.rules)) as Line,
    block: String(report.block),
    minted: String(report.minted),
    unspent: String(report.unspent),
    root_sell_flag: report.rootSellFlag,
    subnets: report.emissions.map((row) => {
      const after = report.after.find(({ netuid }) => netuid === row.netuid)!
      return {
        netuid: row.netuid,
        base_share_u64f64: String(row.baseShare),
        weighted_share_u64f64: String(row.weightedShare),
        gated_share_u64f64: String(row.gatedShare),
        share_u64f64: String(row.share),
        emission_u96f32: String(row.emission),
        tao_in: String(row.taoIn),
        excess_tao: String(row.excessTao),
        tao_refused: String(row.taoRefused),
        tao_stranded: String(row.taoStranded),
        alpha_in: String(row.alphaIn),
        alpha_out: String(row.alphaOut),
        alpha_bought: String(row.alphaBought),
        pending_added: pendingText(row),
        pending: pendingText(after),
        spot_price_u64f64: String(after.spotPrice),
        moving_price_i96f32: String(after.movingPrice),
      }
    }),
    epochs: report.payouts.map(({ netuid }) => netuid),
    deferred: report.deferred.map(({ netuid }) => netuid),
    skipped: report.skipped.map(({ netuid }) => netuid),
  }
}

describe('yuma emission', () => {
  test.each([
    [[], 1],
    [['--blocks', '15'], 15],
    [['--blocks', '15', '--engine', 'wasm'], 15],
    [['--blocks', '15', '--engine', 'wasm-scalar'], 15],
  ])('--json %j', (options, blocks) => {
    const { code, out, err } = yuma(['emission', file('network.json.gz'), '--json', ...options])
    expect([code, err]).toEqual([0, ''])
    const reports = blocksOf(blocks)
    expect(parsed(out)).toEqual(reports.map(expectedLine))
    expect(reports.flatMap(({ payouts }) => payouts).length).toBe(blocks === 15 ? SUBNETS : 0)
  })

  test('a table for people: a row for each subnet, sums over the blocks', () => {
    const { code, out, err } = yuma(['emission', file('network.json.gz'), '--blocks', '3'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('3 blocks to 8,000,003')
    expect(out).toContain('alpha out')
    const rows = lines(out).filter((line) => /^ +[1-4] +0\./.test(line))
    expect(rows.length).toBe(SUBNETS)
    const owner = blocksOf(3).reduce(
      (sum, { emissions }) => sum + emissions.find((s) => s.netuid === 1)!.pendingOwner,
      0n,
    )
    expect(rows[0]!.replaceAll(',', '').replace('.', '')).toContain(
      String(owner % 10n ** 9n).padStart(9, '0'),
    )
  })

  test('of a version of which only the shares are known, the shares', () => {
    const { code, out, err } = yuma(['emission', file('network440.json'), '--json'])
    expect(code).toBe(0)
    expect(err).toContain('of spec 440 only the shares are known')
    const [line] = parsed(out)
    const network = emission.open(networkSnapshot(SUBNETS, { specVersion: 440 }))
    const { emissions } = network.shares()
    network.close()
    expect(
      (line!.subnets as Line[]).map((row) => [row.gated_share_u64f64, row.weighted_share_u64f64]),
    ).toEqual(emissions.map((row) => [String(row.gatedShare), String(row.weightedShare)]))
    expect(emissions.some((row) => row.gatedShare !== row.weightedShare)).toBe(true)
    expect(yuma(['emission', file('network440.json')]).out).toContain('gated')
  })

  test('what the rules rest on, and other rules that are asked for, said loudly', () => {
    const { out, err } = yuma(['emission', file('network.json.gz')])
    expect([out, err]).toEqual([expect.stringContaining('\n  rules: 425, proved\n'), ''])
    expect(yuma(['emission', file('network440.json')]).out).toContain('\n  rules: 440, proved\n')
    const asIf = yuma(['emission', file('network440.json'), '--as-spec', '430', '--json'])
    expect(asIf.code).toBe(0)
    expect(asIf.err).toContain('AS IF at spec 430: no chain ran')
    const [line] = parsed(asIf.out)
    expect(line).toMatchObject({ spec_version: 430, as_spec: 430 })
    expect(line!.rules).toEqual({
      spec: 430,
      shares: { first: 426, last: 439, evidence: 'same text', as: 425 },
    })
    const run = yuma(['emission', file('network440.json'), '--as-spec', '425', '--blocks', '2'])
    expect(run.out).toContain('spec 425\n  rules: 425, proved\n')
    expect(run.err).toContain('AS IF')
    const own = yuma(['emission', file('network440.json'), '--as-spec', '440'])
    expect(own.err).not.toContain('AS IF')
    const payout = yuma(['distribute', file('network440.json'), '--netuid', '2', '--as-spec', '425'])
    expect([payout.code, payout.out]).toEqual([0, expect.stringContaining('\n  rules: 425, proved\n')])
    expect(payout.err).toContain('AS IF')
  })

  test.each([
    ['network440.json', ['--blocks', '1'], 'the own part of a block is known; 440 is none, the nearest: 425'],
    ['network420.json', [], '420 is none, the nearest: 411 to 419 and 421,'],
    ['negative.json', [], 'subnet_tao: expected a decimal string from 0 to 2^64 - 1, found "-5"'],
    ['missing.json', [], 'subnet_tao'],
    ['above.json', [], 'miner_burned of subnet 1: expected a share of at most 1'],
    ['subnet.json', [], 'expected a network file (yuma-network/1), found yuma-snapshot/1'],
    ['nowhere.json', [], 'no such file'],
    ['network.json.gz', ['--blocks', '0'], '--blocks'],
    ['network.json.gz', ['--engine', 'reference'], '--engine'],
  ])('refuses %s %j', (name, options, message) => {
    const { code, out, err } = yuma(['emission', file(name), ...options])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })
})

describe('yuma distribute', () => {
  test('--json of a subnet', () => {
    const { code, out, err } = yuma(['distribute', file('subnet.json'), '--json'])
    expect([code, err]).toEqual([0, ''])
    const network = emission.open(chainSnapshot(2))
    const { accounts } = network
    const payout = network.distribute({ netuid: 2, block: chainSnapshot(2).block })
    const { owners } = network.columns()
    network.close()
    const [line] = parsed(out)
    expect(line).toMatchObject({ netuid: 2, spec_version: 425, block: '8000001' })
    expect(line!.payments).toEqual(
      paymentsOf(payout, owners).map(({ kind, hotkey, toHotkey, coldkey, rao }) => ({
        kind,
        hotkey: accounts!.address(hotkey),
        to_hotkey: toHotkey === null ? null : accounts!.address(toHotkey),
        coldkey: coldkey === null ? null : accounts!.address(coldkey),
        rao: String(rao),
      })),
    )
    const kinds = new Set((line!.payments as Line[]).map(({ kind }) => kind))
    for (const kind of [
      'owner-cut',
      'incentive',
      'alpha-take',
      'alpha-stakers',
      'root-take',
      'root-claimable',
    ])
      expect(kinds).toContain(kind)
  })

  test('of a network: the blocks until the epoch are run', () => {
    const { code, out, err } = yuma(['distribute', file('network.json.gz'), '--netuid', '2', '--json'])
    expect([code, err]).toEqual([0, ''])
    const payout = blocksOf(13)
      .at(-1)!
      .payouts.find(({ netuid }) => netuid === 2)!
    const [line] = parsed(out)
    expect(line).toMatchObject({ netuid: 2, block: '8000013' })
    expect(line!.pending).toEqual(pendingText(payout))
    expect(payout.pendingServer).toBeGreaterThan(
      networkSnapshot(SUBNETS).subnets[2]!.subnet.pendingServerEmission,
    )
  })

  test('a table for people', () => {
    const { code, out } = yuma(['distribute', file('subnet.json')])
    expect(code).toBe(0)
    expect(out).toContain("owner's cut")
    expect(out).toContain('subnet 2, block 8,000,001, spec 425')
  })

  test.each([
    ['network.json.gz', [], '--netuid'],
    ['network.json.gz', ['--netuid', '9'], 'expected one of 1, 2, 3, 4, found 9'],
    ['subnet.json', ['--netuid', '9'], 'expected one of 2, found 9'],
    ['plain.json', [], 'expected a snapshot read from a chain'],
    ['network440.json', ['--netuid', '1'], 'known; 440 is none, the nearest: 425'],
    ['nowhere.json', [], 'no such file'],
  ])('refuses %s %j', (name, options, message) => {
    const { code, out, err } = yuma(['distribute', file(name), ...options])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })
})
