import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadRules } from '../../ts/chain/rules.ts'
import type { Relations } from '../../ts/snapshot/network.ts'

const { stakeWeights } = await loadRules()
type StakeInput = Parameters<typeof stakeWeights>[0]

type Related = readonly (readonly [string, string])[]

interface Hotkey {
  readonly hotkey: string
  readonly alpha: string
  readonly root: string
  readonly parents: Related
  readonly children: Related
}

interface Case {
  readonly in: {
    readonly netuid: number
    readonly TaoWeight: string
    readonly hotkeys_by_uid: readonly Hotkey[]
  }
  readonly out: Readonly<Record<'total' | 'alpha' | 'tao', readonly string[]>>
}

const FILE = new URL('../vectors/dtao-spec425/stake_weights.json.gz', import.meta.url)
const { cases } = JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8')) as { cases: readonly Case[] }

function inputOf({ in: input }: Case): StakeInput {
  const hotkeys = input.hotkeys_by_uid
  const accounts = hotkeys.map(({ hotkey }) => hotkey)
  const placeOf = (hotkey: string): number => {
    if (!accounts.includes(hotkey)) accounts.push(hotkey)
    return accounts.indexOf(hotkey)
  }
  const relations = (rows: readonly Related[]): Relations => ({
    rowStart: Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
    account: Uint32Array.from(rows.flat(), ([, hotkey]) => placeOf(hotkey)),
    proportion: BigUint64Array.from(rows.flat(), ([parts]) => BigInt(parts)),
  })
  const parentKeys = relations(hotkeys.map(({ parents }) => parents))
  const childKeys = relations(hotkeys.map(({ children }) => children))
  // A relative that the case does not list has no stake.
  const stake = (of: 'alpha' | 'root'): BigUint64Array =>
    BigUint64Array.from(accounts, (_, i) => BigInt(hotkeys[i]?.[of] ?? '0'))
  return {
    netuid: input.netuid,
    n: hotkeys.length,
    taoWeight: BigInt(input.TaoWeight),
    totalHotkeyAlpha: stake('alpha'),
    rootAlpha: stake('root'),
    parentKeys,
    childKeys,
  }
}

/** The rao of an I64F64, which those of stake have no part of. */
function raoOf(bits: string): bigint {
  expect(BigInt(bits) % 2n ** 64n === 0n || BigInt(bits) === 2n ** 127n - 1n).toBe(true)
  return BigInt(bits) / 2n ** 64n
}

describe('stake weights', () => {
  test('every vector of the chain, to the last bit', () => {
    let compared = 0
    for (const [i, vector] of cases.entries()) {
      const { totalStake, alphaStake, taoStake } = stakeWeights(inputOf(vector))
      const total = vector.out.total.map((_, uid) => (totalStake[2 * uid + 1]! << 64n) | totalStake[2 * uid]!)
      expect(total, `total of case ${i}`).toEqual(vector.out.total.map(BigInt))
      expect([...alphaStake], `alpha of case ${i}`).toEqual(vector.out.alpha.map(raoOf))
      expect([...taoStake], `tao of case ${i}`).toEqual(vector.out.tao.map(raoOf))
      compared += total.length
    }
    expect(cases).toHaveLength(300)
    expect(cases.filter(({ in: { netuid } }) => netuid === 0)).toHaveLength(30)
    expect(compared).toBeGreaterThan(1000)
  })

  test('a uid without a hotkey has no stake', () => {
    const input = inputOf(cases.find(({ out }) => BigInt(out.total[0]!) > 0n)!)
    const registered = new Uint8Array(input.n).fill(1)
    registered[0] = 0
    const { totalStake, alphaStake, taoStake } = stakeWeights({ ...input, registered })
    expect([totalStake[0], totalStake[1], alphaStake[0], taoStake[0]]).toEqual([0n, 0n, 0n, 0n])
  })
})
