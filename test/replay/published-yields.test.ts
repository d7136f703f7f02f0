/** Yields as others published them, out of the views of a lake that holds their stake and pay. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openViews, type Row } from '../../ts/replay/views.ts'
import { compoundedYield } from '../../ts/simulate/index.ts'
import { type PlainRow, writeLake } from './fixture-lake.ts'
import { epochRow, key, neuronRow, payoutRow, priceRow } from './plain.ts'

const FOLDER = new URL('../../../shared/real/', import.meta.url)
const DAY_BLOCKS = 7200
const RAO = 1e9
const VALIDATOR = key(1)

const temporary: string[] = []
afterAll(() => {
  for (const folder of temporary) rmSync(folder, { recursive: true })
})

function read<T>(name: string): T {
  const bytes = readFileSync(new URL(name, FOLDER))
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as T
}

/** What a validator's stakers got of an epoch, in rao. */
interface Event {
  readonly netuid: number
  readonly block: number
  readonly stake: bigint
  readonly stakers: bigint
  readonly kind: 'alpha-stakers' | 'root-claimable'
  readonly price: number | null
}

/** A lake of the events, each subnet known from `first` on. */
async function lakeOf(events: readonly Event[], first: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'yuma-yields-'))
  temporary.push(folder)
  const netuids = [...new Set(events.map(({ netuid }) => netuid))]
  const last = Math.max(...events.map(({ block }) => block))
  const chunks = netuids.map((netuid) => {
    const own = events.filter((event) => event.netuid === netuid)
    const rows = (of: (event: Event) => PlainRow): PlainRow[] => own.map(of)
    return {
      netuid,
      first: BigInt(first),
      last: BigInt(last),
      tables: {
        epochs: rows(({ block }) => epochRow(netuid, block)),
        neurons: rows(({ block, stake, kind }) =>
          neuronRow(netuid, block, 0, {
            hotkey: VALIDATOR,
            validator_permit: true,
            total_hotkey_alpha: kind === 'alpha-stakers' ? stake : 0,
            root_alpha: kind === 'root-claimable' ? stake : 0,
          }),
        ),
        payouts: rows(({ block, kind, stakers }) =>
          payoutRow(netuid, block, 0, kind, stakers, { hotkey: VALIDATOR }),
        ),
        prices: own
          .filter(({ price }) => price !== null)
          .map(({ block, price }) => priceRow(netuid, block, price)),
      },
    }
  })
  await writeLake(folder, { chunks })
  return folder
}

async function rowsOf(lake: string, view: string): Promise<Row[]> {
  await using views = await openViews(lake)
  const rows: Row[] = []
  for await (const row of views.query(view, { hotkey: VALIDATOR })) rows.push(row)
  return rows
}

interface OfSubnet {
  readonly fetched_data: readonly {
    readonly block: number
    readonly alpha_div_raw: number
    readonly subnet_alpha_stake: number
  }[]
  readonly actual_interval_seconds: number
  readonly results: {
    readonly apy_percent: number
    readonly divs_sum_alpha: number
    readonly period_yield: number
  }
}

interface OfRoot {
  readonly events: readonly { readonly block: number; readonly netuid: number }[]
  readonly baseline_claimable_alpha: Readonly<Record<string, number>>
  readonly root_claimable_dicts_raw: readonly Readonly<Record<string, number>>[]
  readonly stakes_raw: readonly number[]
  readonly prices_tao_per_alpha: readonly number[]
  readonly actual_interval_seconds: number
  readonly results: {
    readonly apy: number
    readonly period_yield: number
    readonly total_dividends_tao: number
  }
}

describe.skipIf(!existsSync(FOLDER))('yields that others published (../shared/real), out of views', () => {
  it('of a validator of subnet 64: a day of 19 epochs, and what it makes in a year', async () => {
    const file = read<OfSubnet>('simulation/calc_args_subnet_20251117_103000.json.gz')
    const { period_yield, apy_percent, divs_sum_alpha } = file.results
    expect(file.actual_interval_seconds).toBe(86_400)
    const events = file.fetched_data.map(
      (epoch): Event => ({
        netuid: 64,
        block: epoch.block,
        stake: BigInt(Math.round(epoch.subnet_alpha_stake * RAO)),
        stakers: BigInt(Math.round(epoch.alpha_div_raw * RAO)),
        kind: 'alpha-stakers',
        price: 0.05,
      }),
    )
    const last = events.at(-1)!.block
    const rows = await rowsOf(await lakeOf(events, last - DAY_BLOCKS + 1), 'validator_yield')
    expect(rows.length).toBe(19)
    const day = rows.at(-1)!
    expect(day).toMatchObject({ block: BigInt(last), epochs_1: 19, of_1: 19, whole_1: true, whole_7: false })
    expect(Math.abs((day.compounded_1 as number) - period_yield)).toBeLessThan(1e-12)
    expect(Math.abs(100 * (day.year_1 as number) - apy_percent)).toBeLessThan(1e-6)
    const paid = rows.reduce((sum, { stakers }) => sum + Number(stakers), 0) / RAO
    expect(Math.abs(paid - divs_sum_alpha)).toBeLessThan(1e-6)
    // At one price TAO earns what alpha earns.
    expect(Math.abs((day.compounded_tao_1 as number) - period_yield)).toBeLessThan(1e-12)
  })

  it('of a validator on root: 131 epochs of 128 subnets in 72 minutes', async () => {
    const file = read<OfRoot>('simulation/calc_args_root_20251116_112601.json.gz')
    const { period_yield, apy, total_dividends_tao } = file.results
    const claimable = new Map(
      Object.entries(file.baseline_claimable_alpha).map(([netuid, alpha]) => [Number(netuid), alpha]),
    )
    const events = file.events.map(({ block, netuid }, at): Event => {
      const now = file.root_claimable_dicts_raw[at]![netuid] ?? 0
      const more = now - (claimable.get(netuid) ?? 0)
      claimable.set(netuid, now)
      const stake = BigInt(file.stakes_raw[at]!)
      const stakers = BigInt(Math.round(more * file.stakes_raw[at]!))
      return { netuid, block, stake, stakers, kind: 'root-claimable', price: file.prices_tao_per_alpha[at]! }
    })
    // What was paid nothing is no payment.
    const paying = events.filter(({ stakers }) => stakers > 0n)
    expect(paying.length).toBeGreaterThan(120)
    const rows = await rowsOf(await lakeOf(paying, paying[0]!.block - DAY_BLOCKS), 'root_yield')
    expect(rows.length).toBe(paying.length)
    const last = rows.at(-1)!
    expect(last).toMatchObject({
      epochs_1: paying.length,
      whole_1: true,
      subnets_1: new Set(paying.map(({ netuid }) => netuid)).size,
    })
    expect(Math.abs((last.compounded_1 as number) - period_yield)).toBeLessThan(1e-12)
    const { year } = compoundedYield(
      rows.map(({ rate }) => rate as number),
      file.actual_interval_seconds,
    )
    expect(Math.abs(100 * year - apy)).toBeLessThan(1e-6)
    const dividends =
      rows.reduce((sum, { stakers, price }) => sum + Number(stakers) * (price as number), 0) / RAO
    expect(Math.abs(dividends - total_dividends_tao)).toBeLessThan(1e-6)
  })
})

describe('yields of made-up epochs, by hand', () => {
  it('of a subnet: 1 %, nothing and 2 % in a day', async () => {
    const gains = [10n, 0n, 20n]
    const events = gains.map(
      (stakers, at): Event => ({
        netuid: 5,
        block: 100_000 + 1000 * at,
        stake: 1000n,
        stakers,
        kind: 'alpha-stakers',
        price: [0.5, 0.4, 0.6][at]!,
      }),
    )
    const [, , day] = await rowsOf(await lakeOf(events, 90_000), 'validator_yield')
    expect(day).toMatchObject({ epochs_1: 3, whole_1: true, whole_7: false, year_7: null, rate: 0.02 })
    // 1.01 × 1.02 = 1.0302; and that 365 times over.
    expect(day!.compounded_1).toBeCloseTo(0.0302, 14)
    expect(day!.plain_1).toBeCloseTo(0.03, 14)
    expect(day!.year_1).toBeCloseTo(Math.exp(365 * Math.log(1.0302)) - 1, 6)
    // (0.01 × 0.5 + 0.02 × 0.6) / 0.5 = 0.034; 1.0302 × 0.6 / 0.5 = 1.23624.
    expect(day!.plain_tao_1).toBeCloseTo(0.034, 14)
    expect(day!.compounded_tao_1).toBeCloseTo(0.23624, 14)
  })

  it('of root: two subnets, the one worth a quarter', async () => {
    const events: Event[] = [
      { netuid: 5, block: 100_000, stake: 1000n, stakers: 40n, kind: 'root-claimable', price: 0.25 },
      { netuid: 6, block: 100_001, stake: 1000n, stakers: 20n, kind: 'root-claimable', price: 1 },
    ]
    const [, last] = await rowsOf(await lakeOf(events, 80_000), 'root_yield')
    // 40 / 1000 / 4 = 1 %, 20 / 1000 = 2 %.
    expect(last).toMatchObject({ epochs_1: 2, subnets_1: 2, whole_1: true, whole_7: false, rate: 0.02 })
    expect(last!.compounded_1).toBeCloseTo(0.0302, 14)
  })
})
