import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EpochResult } from '../../ts/engine/types.ts'
import { openViews, type QueryOptions, type Row, type Views } from '../../ts/replay/views.ts'
import { concentration } from '../../ts/simulate/studies/concentration.ts'
import { fairness } from '../../ts/simulate/studies/fairness.ts'
import { type Fraction, toNumber } from '../../ts/simulate/studies/fraction.ts'
import { compoundedYield } from '../../ts/simulate/yields.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'
import { type PlainRow, type PlainValue, writeLake } from './fixture-lake.ts'
import {
  ANEW,
  CHANGED_HANDS,
  FIRST_PAYOUT,
  GAP_TO,
  hotkeyOf,
  knownLake,
  NOTHING_STAKED,
  PARENT,
  PERIOD,
  SKIPPED,
  UNKNOWN_PAY,
} from './known-lake.ts'
import { key } from './plain.ts'

/** Every view over a lake whose answers are computed here, plainly, from the same rows. */

const { rows, ...lake } = knownLake()
const folder = mkdtempSync(join(tmpdir(), 'yuma-views-'))
let views: Views
beforeAll(async () => {
  await writeLake(folder, lake)
  views = await openViews(folder)
})
afterAll(async () => {
  await views?.close()
  rmSync(folder, { recursive: true })
})

async function ask(name: string, options: QueryOptions = {}): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of views.query(name, options)) found.push(row)
  return found
}

const big = (value: PlainValue | undefined): bigint => BigInt(value as bigint | number)
const at = (table: string, { netuid, block }: PlainRow): readonly PlainRow[] =>
  index(table).get(`${netuid} ${block}`) ?? []
const indexes = new Map<string, Map<string, PlainRow[]>>()
function index(table: string): Map<string, PlainRow[]> {
  const known = indexes.get(table)
  if (known !== undefined) return known
  const by = new Map<string, PlainRow[]>()
  for (const row of rows[table]!) {
    const place = `${row.netuid} ${row.block}`
    by.set(place, [...(by.get(place) ?? []), row])
  }
  indexes.set(table, by)
  return by
}

const epochs = rows.epochs!
const ran = epochs.filter(({ outcome }) => outcome !== 'skipped')
const isPaidOut = (epoch: PlainRow): boolean => at('payouts', epoch).length > 0
const time = ({ time }: PlainRow): string | null => (time === null ? null : `${String(time)}Z`)
const day = ({ time }: PlainRow): string | null => (time === null ? null : String(time).slice(0, 10))

/** Whether blocks of a subnet are in chunks, all of them and since it began. */
function isCovered(netuid: PlainValue, from: number, to: number, since: number): boolean {
  if (from < since) return false
  let next = BigInt(from)
  for (const chunk of lake.chunks) {
    if (chunk.netuid !== netuid || chunk.first > next || chunk.last < next) continue
    if (chunk.last >= BigInt(to)) return true
    next = chunk.last + 1n
  }
  return false
}

const ROLES: Readonly<Record<string, string>> = {
  'owner-cut': 'owner',
  incentive: 'miner',
  'incentive-recycled': 'nobody',
  'incentive-burned': 'nobody',
  'alpha-take': 'validator',
  'root-take': 'validator',
  'root-owner': 'validator',
  'alpha-stakers': 'stakers',
  'root-claimable': 'stakers',
}

/** The payments of an epoch. */
function payments(epoch: PlainRow): Row[] {
  const place = {
    netuid: epoch.netuid as number,
    block: big(epoch.block),
    time: time(epoch),
    day: day(epoch),
    spec_version: epoch.spec_version as number,
  }
  if (isPaidOut(epoch)) {
    return at('payouts', epoch).map(({ hotkey, to_hotkey, coldkey, kind, rao }) => ({
      ...place,
      hotkey: hotkey!,
      coldkey: coldkey!,
      role: ROLES[String(kind)]!,
      kind: kind!,
      take: kind === 'alpha-take' || kind === 'root-take',
      basis: 'payout',
      to_hotkey: to_hotkey!,
      rao: big(rao),
    }))
  }
  return at('neurons', epoch).flatMap((neuron): Row[] => {
    const { hotkey, coldkey, server_emission: server, validator_emission: validator } = neuron
    const base = { ...place, hotkey: hotkey!, basis: 'epoch', to_hotkey: null }
    if (server === null || validator === null)
      return [{ ...base, coldkey: null, role: 'unknown', kind: 'unknown', take: null, rao: null }]
    const incentive = {
      ...base,
      coldkey: coldkey!,
      role: 'miner',
      kind: 'incentive',
      take: false,
      rao: big(server),
    }
    const dividends = {
      ...base,
      coldkey: null,
      role: 'validator and stakers',
      kind: 'dividends',
      take: null,
      rao: big(validator),
    }
    return [incentive, dividends].filter(({ rao }) => rao > 0n)
  })
}

/** Rows without an order. */
function sorted(all: readonly Row[]): string[] {
  return all.map((row) => JSON.stringify(row, Object.keys(row).sort()).replace(/"(-?\d+)n"/g, '$1')).sort()
}
// Vitest compares what JSON cannot write.
;(BigInt.prototype as { toJSON?: () => string }).toJSON = function toJSON(this: bigint): string {
  return `${this}n`
}

describe('paid', () => {
  const expected = ran.flatMap(payments)

  test('has every payment once', async () => {
    const found = await ask('paid')
    expect(found.length).toBe(expected.length)
    expect(sorted(found)).toEqual(sorted(expected))
    expect(found.some(({ block }) => block === BigInt(SKIPPED * PERIOD))).toBe(true)
    expect(found.some(({ netuid, block }) => netuid === 1 && block === BigInt(SKIPPED * PERIOD))).toBe(false)
    expect(found.filter(({ kind }) => kind === 'unknown').length).toBe(5)
    expect(new Set(found.map(({ basis }) => basis))).toEqual(new Set(['payout', 'epoch']))
  })

  test('is chosen by subnet, hotkey, coldkey and block', async () => {
    const choices: QueryOptions[] = [
      { netuid: 3 },
      { hotkey: key(50) },
      { coldkey: key(99), netuid: 2 },
      { from: 10 * PERIOD, to: 12 * PERIOD },
      { from: BigInt(10 * PERIOD) + 1n, to: 10 * PERIOD + 1 },
    ]
    for (const choice of choices) {
      const { netuid, hotkey, coldkey, from = 0, to = 2 ** 31 } = choice
      const chosen = expected.filter(
        (row) =>
          (netuid === undefined || row.netuid === netuid) &&
          (hotkey === undefined || row.hotkey === hotkey) &&
          (coldkey === undefined || row.coldkey === coldkey) &&
          (row.block as bigint) >= BigInt(from) &&
          (row.block as bigint) <= BigInt(to),
      )
      expect(sorted(await ask('paid', choice))).toEqual(sorted(chosen))
    }
    expect(expected.filter(({ hotkey }) => hotkey === key(50)).length).toBeGreaterThan(100)
  })

  test('of an epoch is its pot less what is left, and the owner cut beside it', async () => {
    const pots = await ask('pots')
    expect(pots.length).toBe(ran.length)
    for (const [i, epoch] of ran.entries()) {
      const own = payments(epoch)
      const unknown = own.some(({ rao }) => rao === null)
      const sum = (kinds: (kind: string) => boolean): bigint =>
        own
          .filter(({ kind }) => kinds(String(kind)))
          .reduce((all, { rao }) => all + ((rao as bigint | null) ?? 0n), 0n)
      const paid = unknown ? null : sum((kind) => kind !== 'owner-cut')
      expect(pots[i]).toEqual({
        netuid: epoch.netuid,
        block: big(epoch.block),
        time: time(epoch),
        day: day(epoch),
        spec_version: epoch.spec_version,
        pot: epoch.pot,
        pot_least: epoch.pot_least,
        pot_most: epoch.pot_most,
        basis: isPaidOut(epoch) ? 'payout' : 'epoch',
        paid,
        owner_cut: isPaidOut(epoch) ? sum((kind) => kind === 'owner-cut') : null,
        left_least: paid === null ? null : big(epoch.pot_least) - paid,
        left_most: paid === null ? null : big(epoch.pot_most) - paid,
      })
      // As the lake was made.
      if (!unknown) expect(pots[i]!.left_least).toBe(7n)
    }
  })

  test('by day is the sum of its epochs, and says where some are missing', async () => {
    const groups = new Map<string, Row[]>()
    for (const row of expected) {
      const { netuid, day, hotkey, coldkey, role, kind, take, basis } = row
      const of = JSON.stringify([netuid, day, hotkey, coldkey, role, kind, take, basis])
      groups.set(of, [...(groups.get(of) ?? []), row])
    }
    const days = (netuid: number): string[] => [
      ...new Set(
        epochs.filter((epoch) => epoch.netuid === netuid && day(epoch) !== null).map((epoch) => day(epoch)!),
      ),
    ]
    const wanted = [...groups.values()].map((of): Row => {
      const { netuid, day, hotkey, coldkey, role, kind, take, basis } = of[0]!
      const blocks = of.map(({ block }) => block as bigint)
      const known = days(netuid as number)
      return {
        netuid: netuid!,
        day: day!,
        hotkey: hotkey!,
        coldkey: coldkey!,
        role: role!,
        kind: kind!,
        take: take!,
        basis: basis!,
        epochs: new Set(blocks).size,
        first_block: blocks[0]!,
        last_block: blocks.at(-1)!,
        rao: of.some(({ rao }) => rao === null)
          ? null
          : of.reduce((all, { rao }) => all + (rao as bigint), 0n),
        // Subnets 1 and 3 have no gap: their first and last day alone may not be whole.
        whole: day !== null && day !== known[0] && day !== known.at(-1),
      }
    })
    const found = await ask('paid_by_day')
    expect(sorted(found)).toEqual(sorted(wanted))
    expect(
      found.some(({ whole }) => whole === true) && found.some(({ netuid, whole }) => netuid === 1 && !whole),
    ).toBe(true)
    expect(found.filter(({ netuid }) => netuid === 2).every(({ day, whole }) => day === null && !whole)).toBe(
      true,
    )
  })
})

/** What both are within rounding of doubles: sums and products are not taken in one order. */
function close(found: unknown, expected: number | null, what: string): void {
  if (expected === null || found === null) {
    expect(found, what).toBe(expected)
    return
  }
  const most = 1e-12 * Math.max(1, Math.abs(expected))
  expect(Math.abs((found as number) - expected), what).toBeLessThanOrEqual(most)
}

const DAYS = [1, 7, 30] as const
const blocksOf = (days: number): number => days * 7200

describe('validator_yield', () => {
  interface Rated {
    readonly epoch: PlainRow
    readonly hotkey: string
    readonly stake: bigint | null
    readonly stakers: bigint | null
    readonly price: number | null
    readonly rate: number | null
  }

  const rated = ran.flatMap((epoch): Rated[] => {
    const payouts = at('payouts', epoch)
    const neurons = at('neurons', epoch)
    const hotkeys = new Set([
      ...payouts
        .filter(({ kind }) => /^(alpha|root)-/.test(String(kind)))
        .map(({ hotkey }) => String(hotkey)),
      ...neurons
        .filter((neuron) => neuron.validator_permit || Number(neuron.dividends) > 0)
        .map(({ hotkey }) => String(hotkey)),
    ])
    return [...hotkeys].sort().map((hotkey) => {
      const neuron = neurons.find((neuron) => neuron.hotkey === hotkey)
      const stake = neuron === undefined ? null : big(neuron.total_hotkey_alpha)
      const stakers =
        payouts.length === 0
          ? null
          : payouts
              .filter((row) => row.hotkey === hotkey && row.kind === 'alpha-stakers')
              .reduce((all, { rao }) => all + big(rao), 0n)
      const price = (at('prices', epoch)[0]?.price as number | null | undefined) ?? null
      const rate = stake === null || stake === 0n || stakers === null ? null : Number(stakers) / Number(stake)
      return { epoch, hotkey, stake, stakers, price, rate }
    })
  })

  test('has each validator of each epoch with its rate', async () => {
    const found = await ask('validator_yield')
    expect(
      found.map(({ netuid, block, hotkey, stake, stakers, price, rate }) => [
        netuid,
        block,
        hotkey,
        stake,
        stakers,
        price,
        rate,
      ]),
    ).toEqual(
      rated.map(({ epoch, hotkey, stake, stakers, price, rate }) => [
        epoch.netuid,
        big(epoch.block),
        hotkey,
        stake,
        stakers,
        price,
        rate,
      ]),
    )
    expect(
      found.filter(({ hotkey }) => hotkey === PARENT).every(({ rate, uid }) => rate === null && uid === null),
    ).toBe(true)
    expect(rated.some(({ rate, stakers }) => rate === 0 && stakers === 0n)).toBe(true)
  })

  test('compounds 1, 7 and 30 days of the same subnet and hotkey, and says where they are not whole', async () => {
    const found = await ask('validator_yield')
    const wholes = new Map<string, number>()
    for (const [i, { epoch, hotkey, price }] of rated.entries()) {
      const [netuid, block, since] = [epoch.netuid!, Number(epoch.block), Number(epoch.registered_at)]
      for (const days of DAYS) {
        const what = `${netuid} ${block} ${hotkey} ${days}`
        const from = block - blocksOf(days) + 1
        // Rows of a gap's other side, and of the subnet that had the netuid before, are not in it.
        const inFrame = (other: PlainRow): boolean =>
          other.netuid === netuid &&
          Number(other.block) >= from &&
          Number(other.block) <= block &&
          other.registered_at === epoch.registered_at &&
          isCovered(netuid, Number(other.block), block, since)
        const frame = rated.filter((row) => row.hotkey === hotkey && inFrame(row.epoch))
        const rates = frame.flatMap(({ rate }) => (rate === null ? [] : [rate]))
        const all = ran.filter(inFrame)
        const whole =
          isCovered(netuid, from, block, since) &&
          all.every(isPaidOut) &&
          frame.every(({ rate }) => rate !== null)
        const row = found[i]!
        expect([row[`epochs_${days}`], row[`of_${days}`], row[`whole_${days}`]], what).toEqual([
          rates.length,
          all.length,
          whole,
        ])
        const { period, year } = compoundedYield(rates, days * 86_400)
        const none = rates.length === 0
        close(row[`compounded_${days}`], none ? null : period, what)
        close(row[`plain_${days}`], none ? null : rates.reduce((sum, rate) => sum + rate, 0), what)
        close(row[`year_${days}`], whole ? year : null, what)
        const first = frame[0]!.price
        const priced = frame.every((row) => row.price !== null)
        close(
          row[`plain_tao_${days}`],
          none || !priced ? null : frame.reduce((sum, row) => sum + (row.rate ?? 0) * row.price!, 0) / first!,
          what,
        )
        close(
          row[`compounded_tao_${days}`],
          none || price === null || first === null ? null : ((1 + period) * price) / first - 1,
          what,
        )
        if (whole) wholes.set(`${netuid} ${days}`, (wholes.get(`${netuid} ${days}`) ?? 0) + 1)
      }
    }
    // Whole windows there are, of the subnet that began anew of a week, and of no month.
    expect(wholes.get('1 30')).toBeGreaterThan(10)
    expect(wholes.get('2 7')).toBeGreaterThan(10)
    expect(wholes.get('3 1')).toBeGreaterThan(0)
    expect(wholes.has('3 7')).toBe(false)
  })

  test('ends at a skipped epoch, at nothing staked, at a gap and where a netuid begins anew', async () => {
    const row = async (netuid: number, epoch: number, hotkey: string): Promise<Row> =>
      (await ask('validator_yield', { netuid, hotkey, from: epoch * PERIOD, to: epoch * PERIOD }))[0]!
    expect((await row(1, NOTHING_STAKED, key(1))).rate).toBe(null)
    expect((await row(1, NOTHING_STAKED + 1, key(1))).whole_7).toBe(false)
    expect((await row(1, NOTHING_STAKED + 14, key(1))).whole_7).toBe(true)
    // The skipped epoch paid nothing: the week is whole without it.
    expect(await row(1, SKIPPED + 1, key(1))).toMatchObject({ whole_7: true, epochs_7: 13, of_7: 13 })
    expect(await row(1, CHANGED_HANDS, key(50))).toMatchObject({ epochs_7: 1, of_7: 14 })
    expect(await row(2, GAP_TO + 1, key(1))).toMatchObject({ epochs_30: 1, whole_1: false })
    expect(await row(2, ANEW, key(1))).toMatchObject({ epochs_30: 1, of_30: 1, whole_1: false })
    expect((await row(2, ANEW + 14, key(1))).whole_7).toBe(true)
    expect((await row(3, FIRST_PAYOUT, key(1))).whole_1).toBe(false)
  })

  test('of a later block counts what came before it', async () => {
    const all = await ask('validator_yield', { netuid: 1 })
    const later = await ask('validator_yield', { netuid: 1, from: 70 * PERIOD })
    const expected = all.filter(({ block }) => (block as bigint) >= BigInt(70 * PERIOD))
    expect(later.length).toBe(expected.length)
    for (const [i, row] of later.entries())
      for (const [name, value] of Object.entries(row))
        if (typeof value === 'number') close(value, expected[i]![name] as number, name)
        else expect(value, name).toBe(expected[i]![name])
    expect(later.length).toBeGreaterThan(10)
  })
})

describe('root_yield', () => {
  interface Root {
    readonly epoch: PlainRow
    readonly hotkey: string
    readonly rate: number | null
  }

  const roots = ran
    .flatMap((epoch): Root[] =>
      at('payouts', epoch)
        .filter(({ kind }) => kind === 'root-claimable')
        .map((payout) => {
          const stake = big(at('neurons', epoch).find(({ hotkey }) => hotkey === payout.hotkey)!.root_alpha)
          const price = (at('prices', epoch)[0]?.price as number | null | undefined) ?? null
          const rate =
            stake === 0n || price === null ? null : (Number(big(payout.rao)) / Number(stake)) * price
          return { epoch, hotkey: String(payout.hotkey), rate }
        }),
    )
    .sort((a, b) =>
      a.hotkey < b.hotkey
        ? -1
        : a.hotkey > b.hotkey
          ? 1
          : Number(a.epoch.block) - Number(b.epoch.block) || Number(a.epoch.netuid) - Number(b.epoch.netuid),
    )

  async function check(netuids: readonly number[], options: QueryOptions): Promise<number> {
    const own = roots.filter(({ epoch }) => netuids.includes(Number(epoch.netuid)))
    const found = await ask('root_yield', options)
    expect(found.map(({ netuid, block, hotkey, rate }) => [netuid, block, hotkey, rate])).toEqual(
      own.map(({ epoch, hotkey, rate }) => [epoch.netuid, big(epoch.block), hotkey, rate]),
    )
    let wholes = 0
    for (const [i, { epoch, hotkey }] of own.entries()) {
      const block = Number(epoch.block)
      for (const days of DAYS) {
        const from = block - blocksOf(days) + 1
        const frame = own.filter(
          (row) =>
            row.hotkey === hotkey && Number(row.epoch.block) >= from && Number(row.epoch.block) <= block,
        )
        const rates = frame.flatMap(({ rate }) => (rate === null ? [] : [rate]))
        const whole =
          frame.length === rates.length &&
          netuids.every((netuid) => isCovered(netuid, from, block, 1)) &&
          ran.every(
            (other) =>
              !netuids.includes(Number(other.netuid)) ||
              Number(other.block) < from ||
              Number(other.block) > block ||
              isPaidOut(other),
          )
        const what = `${epoch.netuid} ${block} ${hotkey} ${days}`
        const row = found[i]!
        expect([row[`epochs_${days}`], row[`subnets_${days}`], row[`whole_${days}`]], what).toEqual([
          rates.length,
          new Set(frame.map((row) => row.epoch.netuid)).size,
          whole,
        ])
        const { period, year } = compoundedYield(rates, days * 86_400)
        close(row[`compounded_${days}`], rates.length === 0 ? null : period, what)
        close(
          row[`plain_${days}`],
          rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0),
          what,
        )
        close(row[`year_${days}`], whole ? year : null, what)
        wholes += Number(whole)
      }
    }
    return wholes
  }

  test('compounds what a hotkey got on all subnets', async () => {
    expect(await check([1, 2, 3], {})).toBeGreaterThan(0)
  })

  test('of one subnet counts that one alone', async () => {
    expect(await check([1], { netuid: 1 })).toBeGreaterThan(50)
  })
})

describe('trust', () => {
  test('has each validator with what changed since the epoch before', async () => {
    const expected = ran.flatMap((epoch) => {
      const before = ran.findLast(
        (other) =>
          other.netuid === epoch.netuid &&
          Number(other.block) < Number(epoch.block) &&
          other.registered_at === epoch.registered_at &&
          isCovered(epoch.netuid!, Number(other.block), Number(epoch.block), Number(epoch.registered_at)),
      )
      const validates = (neuron: PlainRow | undefined): boolean =>
        neuron !== undefined &&
        (neuron.validator_permit === true ||
          Number(neuron.validator_trust) > 0 ||
          Number(neuron.dividends) > 0)
      const permits = (of: PlainRow): number =>
        at('neurons', of).filter(({ validator_permit }) => validator_permit).length
      return at('neurons', epoch).flatMap((now): Row[] => {
        const was = before && at('neurons', before).find(({ hotkey }) => hotkey === now.hotkey)
        if (!validates(now) && !validates(was)) return []
        const less = (name: string): number | null =>
          was === undefined ? null : Number(now[name]) - Number(was[name])
        const lessBig = (name: string): bigint | null =>
          was === undefined ? null : big(now[name]) - big(was[name])
        const entries = (of: PlainRow, uid: PlainValue): Map<string, number> =>
          new Map(
            at('weights', of)
              .filter((row) => row.uid === uid)
              .map((row) => [`${row.mechanism} ${row.column_uid}`, Number(row.weight)]),
          )
        const weights = entries(epoch, now.uid!)
        const old = was === undefined ? undefined : entries(before!, was.uid!)
        const places = old === undefined ? [] : [...new Set([...weights.keys(), ...old.keys()])]
        const moved = places.filter((place) => weights.get(place) !== old!.get(place))
        const validators = permits(epoch)
        const words = [
          now.validator_permit && !was?.validator_permit
            ? 'permit gained'
            : !now.validator_permit && was?.validator_permit
              ? 'permit lost'
              : '',
          now.active && !was?.active ? 'became active' : !now.active && was?.active ? 'became inactive' : '',
          moved.length > 0 ? 'weights' : '',
          less('alpha_stake') !== 0 || less('tao_stake') !== 0 ? 'stake' : '',
          before !== undefined && validators !== permits(before) ? 'validators' : '',
        ].filter((word) => word !== '')
        return [
          {
            netuid: epoch.netuid!,
            block: big(epoch.block),
            time: time(epoch),
            uid: now.uid!,
            hotkey: now.hotkey!,
            coldkey: now.coldkey!,
            block_before: before === undefined ? null : big(before.block),
            validator_trust: now.validator_trust!,
            validator_trust_change: less('validator_trust'),
            dividends: now.dividends!,
            dividends_change: less('dividends'),
            validator_permit: now.validator_permit!,
            validator_permit_before: was?.validator_permit ?? null,
            active: now.active!,
            active_before: was?.active ?? null,
            alpha_stake: big(now.alpha_stake),
            alpha_stake_change: lessBig('alpha_stake'),
            tao_stake: big(now.tao_stake),
            tao_stake_change: lessBig('tao_stake'),
            stake_weight: now.stake_weight!,
            stake_weight_change: less('stake_weight'),
            validators,
            validators_change: before === undefined ? null : validators - permits(before),
            last_update: big(now.last_update),
            weights: weights.size,
            weights_changed: was === undefined ? null : moved.length,
            weights_moved:
              was === undefined
                ? null
                : moved.reduce(
                    (sum, place) =>
                      sum + BigInt(Math.abs((weights.get(place) ?? 0) - (old!.get(place) ?? 0))),
                    0n,
                  ),
            changed: before === undefined ? null : was === undefined ? 'registered' : words.join(', '),
          },
        ]
      })
    })
    const found = await ask('trust')
    expect(found).toEqual(expected)
    const registered = found.filter(({ changed }) => changed === 'registered')
    expect(registered.map(({ netuid, block, hotkey }) => [netuid, block, hotkey])).toContainEqual([
      1,
      BigInt(CHANGED_HANDS * PERIOD),
      key(50),
    ])
    expect(found.find(({ netuid, block }) => netuid === 2 && block === BigInt(ANEW * PERIOD))!.changed).toBe(
      null,
    )
    expect(
      found.find(({ netuid, block }) => netuid === 1 && block === BigInt((SKIPPED + 1) * PERIOD))!
        .block_before,
    ).toBe(BigInt((SKIPPED - 1) * PERIOD))
    expect(hotkeyOf(1, CHANGED_HANDS, 1)).toBe(key(50))
  })
})

describe('fairness', () => {
  const number = (value: Fraction | null): number | null => (value === null ? null : toNumber(value))

  test('is as the study has it', async () => {
    const found = await ask('fairness')
    let compared = 0
    for (const epoch of ran) {
      const neurons = at('neurons', epoch)
      const several = at('mechanism_incentive', epoch)
      const isUnknown = neurons.some(({ server_emission }) => server_emission === null)
      const column = (name: string): bigint[] => neurons.map((neuron) => big(neuron[name] ?? 0))
      const mechanisms =
        several.length === 0
          ? [column('incentive')]
          : [0, 1].map((mechanism) =>
              several.filter((row) => row.mechanism === mechanism).map(({ incentive }) => big(incentive)),
            )
      const result = (incentive: bigint[]): EpochResult =>
        ({
          n: neurons.length,
          validatorPermit: neurons.map(({ validator_permit }) => Number(validator_permit)),
          mechanisms: [{ raw: { dividends: column('dividends'), incentive }, share: 1n }],
          serverEmission: column('server_emission'),
          validatorEmission: column('validator_emission'),
        }) as unknown as EpochResult
      const snapshot = {
        n: neurons.length,
        netuid: epoch.netuid,
        hotkeys: neurons.map(({ hotkey }) => hotkey),
        coldkeys: neurons.map(({ coldkey }) => coldkey),
        mechanisms: [],
        totalStake: new BigUint64Array(column('alpha_stake').flatMap((stake) => [0n, stake])),
      } as unknown as Snapshot
      // Who has incentive of any mechanism is a miner, of each.
      const any = neurons.map((_, uid) => mechanisms.reduce((sum, column) => sum + column[uid]!, 0n))
      const rows = [
        ...fairness({ snapshot, result: result(any) }, { over: ['stake', 'dividends', 'emission'] }).map(
          (row) => ({ ...row, mechanism: null as number | null }),
        ),
        ...mechanisms.flatMap((incentive, mechanism) => {
          const isMiner = (uid: number): boolean => !neurons[uid]!.validator_permit || any[uid]! > 0n
          return (['uid', 'coldkey'] as const).map((by) => {
            const sums = new Map<string, bigint>()
            for (const [uid, amount] of incentive.entries()) {
              const who = by === 'uid' ? String(uid) : String(neurons[uid]!.coldkey)
              if (isMiner(uid)) sums.set(who, (sums.get(who) ?? 0n) + amount)
            }
            return {
              over: 'incentive' as const,
              of: 'miners' as const,
              by,
              mechanism,
              ...concentration([...sums.values()]),
            }
          })
        }),
      ].filter(({ over }) => over !== 'emission' || !isUnknown)
      if (several.length === 0) {
        const [own] = fairness(
          { snapshot, result: result(mechanisms[0]!) },
          { over: ['incentive'], by: ['uid'] },
        )
        expect(own!.gini).toEqual(rows.find(({ over, by }) => over === 'incentive' && by === 'uid')!.gini)
      }
      const here = found.filter(({ netuid, block }) => netuid === epoch.netuid && block === big(epoch.block))
      expect(here.length).toBe(rows.length)
      for (const row of rows) {
        const { over, of, by, mechanism } = row
        const what = `${epoch.netuid} ${epoch.block} ${over} ${of} ${by} ${mechanism}`
        const own = here.find(
          (other) =>
            other.over === over && other.of === of && other.by === by && other.mechanism === mechanism,
        )!
        // The lake's stake is in rao, the study's in bits.
        const total = over === 'stake' ? row.total / 2n ** 64n : row.total
        expect([own.members, own.holders, own.total, own.nakamoto], what).toEqual([
          row.members,
          row.holders,
          total,
          row.nakamoto,
        ])
        close(own.gini, number(row.gini), what)
        close(own.gini_of_holders, number(row.giniOfHolders), what)
        close(own.hhi, number(row.hhi), what)
        close(own.entropy, row.entropy, what)
        for (const count of [1, 5, 10])
          close(own[`top_${count}`], number(row.top.find((top) => top.count === count)?.share ?? null), what)
        compared += 1
      }
    }
    expect(compared).toBe(found.length)
    expect(ran.some(({ netuid, block }) => netuid === 3 && block === UNKNOWN_PAY * PERIOD)).toBe(true)
  })
})

test('differences_by_rules counts epochs by version', async () => {
  const expected = (of: readonly PlainRow[]): Row[] =>
    [...new Set(of.map(({ spec_version }) => spec_version as number))]
      .sort((a, b) => a - b)
      .map((spec_version) => {
        const own = of.filter((epoch) => epoch.spec_version === spec_version)
        const sum = (name: string): bigint => own.reduce((all, epoch) => all + big(epoch[name]), 0n)
        const outcomes = ['equal', 'different', 'skipped', 'deferred', 'unchecked'] as const
        const blocks = own.map(({ block }) => Number(block))
        return {
          spec_version,
          epochs: own.length,
          ...Object.fromEntries(
            outcomes.map((outcome) => [outcome, own.filter((epoch) => epoch.outcome === outcome).length]),
          ),
          values_checked: sum('values_checked'),
          differences: sum('differences'),
          not_comparable: sum('not_comparable'),
          first_block: BigInt(Math.min(...blocks)),
          last_block: BigInt(Math.max(...blocks)),
        }
      })
  expect(await ask('differences_by_rules')).toEqual(expected(epochs))
  expect(expected(epochs).map(({ spec_version }) => spec_version)).toEqual([320, 473, 475])
  const some = { netuid: 1, from: 15 * PERIOD, to: 60 * PERIOD }
  const chosen = epochs.filter(
    ({ netuid, block }) => netuid === 1 && Number(block) >= some.from && Number(block) <= some.to,
  )
  expect(await ask('differences_by_rules', some)).toEqual(expected(chosen))
})
