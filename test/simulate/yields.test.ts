/** Yields as others published them, from the same stake and pay. */

import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadEmission } from '../../ts/emission/index.ts'
import { compoundedYield } from '../../ts/simulate/index.ts'

const FOLDER = new URL('../../../shared/real/', import.meta.url)
const BLOCKS_A_DAY = 7200n

function read<T>(name: string): T {
  const bytes = readFileSync(new URL(name, FOLDER))
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as T
}

interface OfSubnet {
  readonly fetched_data: readonly { readonly alpha_div_raw: number; readonly subnet_alpha_stake: number }[]
  readonly actual_interval_seconds: number
  readonly results: { readonly apy_percent: number; readonly period_yield: number }
}

interface OfRoot {
  readonly events: readonly { readonly netuid: number }[]
  readonly baseline_claimable_alpha: Readonly<Record<string, number>>
  readonly root_claimable_dicts_raw: readonly Readonly<Record<string, number>>[]
  readonly prices_tao_per_alpha: readonly number[]
  readonly actual_interval_seconds: number
  readonly results: { readonly apy: number; readonly period_yield: number }
}

interface ClosedForm {
  readonly expected: Readonly<Record<string, { readonly a_earn: number; readonly gross_pct_day: number }>>
  readonly root_prop_raw_u96f32: Readonly<Record<string, number>>
}

describe.skipIf(!existsSync(FOLDER))('yields that others published (../shared/real)', () => {
  it('of a validator of subnet 64, from its dividends and stake, epoch by epoch', () => {
    const file = read<OfSubnet>('simulation/calc_args_subnet_20251117_103000.json.gz')
    const rates = file.fetched_data.map((epoch) => epoch.alpha_div_raw / epoch.subnet_alpha_stake)
    expect(rates.length).toBe(19)
    const { period, year } = compoundedYield(rates, file.actual_interval_seconds)
    expect(Math.abs(period - file.results.period_yield)).toBeLessThan(1e-12)
    expect(Math.abs(100 * year - file.results.apy_percent)).toBeLessThan(1e-6)
  })

  it('of a validator on root, from what each TAO could claim more, at its price', () => {
    const file = read<OfRoot>('simulation/calc_args_root_20251116_112601.json.gz')
    const claimable = new Map(
      Object.entries(file.baseline_claimable_alpha).map(([netuid, alpha]) => [Number(netuid), alpha]),
    )
    const rates = file.events.map(({ netuid }, at) => {
      const now = file.root_claimable_dicts_raw[at]![netuid] ?? 0
      const more = now - (claimable.get(netuid) ?? 0)
      claimable.set(netuid, now)
      return more * file.prices_tao_per_alpha[at]!
    })
    expect(rates.length).toBe(131)
    const { period, year } = compoundedYield(rates, file.actual_interval_seconds)
    expect(Math.abs(period - file.results.period_yield)).toBeLessThan(1e-12)
    expect(Math.abs(100 * year - file.results.apy)).toBeLessThan(1e-6)
  })

  it('of two subnets in a closed form, from what a block adds to what validators share', async () => {
    const { expected, root_prop_raw_u96f32 } = read<ClosedForm>('yield-9240388.json')
    const emission = await loadEmission()
    const parts = Object.entries(root_prop_raw_u96f32)
    expect(parts.length).toBe(2)
    for (const [netuid, rootProp] of parts) {
      const { a_earn, gross_pct_day } = expected[netuid]!
      const added = emission.pendingOfBlock({
        alphaOut: 1_000_000_000n,
        ownerCutEnabled: true,
        subnetOwnerCut: 11_796,
        rootProp: BigInt(rootProp),
      })
      const day = Number(BLOCKS_A_DAY * added.validator) / 1e9 / a_earn
      // Published to three digits.
      expect(Math.abs(100 * day - gross_pct_day), netuid).toBeLessThan(0.0005)
    }
  })
})
