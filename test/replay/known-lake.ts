import type { ChunkId } from '../../ts/replay/tables.ts'
import { Random } from '../chain/random.ts'
import type { PlainLake, PlainRow, PlainValue } from './fixture-lake.ts'
import { epochRow, key, neuronRow, payoutRow, priceRow, weightRow } from './plain.ts'

/*
 * Three subnets, an epoch each 3,600 blocks, so that two make a day: what a lake can hold that is not plain.
 *
 * 1: 80 epochs without a gap; one is skipped, before one nothing was staked, a uid changes hands, a parent has no uid.
 * 2: a gap, no times, no prices of some epochs; the netuid is given anew in between.
 * 3: two mechanisms; its first epochs are of a version whose payout is not computed, of one the pay is not known.
 */

export const PERIOD = 3600
const N = 5
const GENESIS_DAY = Date.UTC(2026, 0, 1)

/** The rows of a table, of all chunks. */
export type Rows = Readonly<Record<string, readonly PlainRow[]>>

export interface KnownLake extends PlainLake {
  readonly rows: Rows
}

export const SKIPPED = 20
export const NOTHING_STAKED = 30
export const CHANGED_HANDS = 40
/** Of subnet 2. */
export const GAP_FROM = 23
export const GAP_TO = 25
export const ANEW = 51
/** Of subnet 3. */
export const FIRST_PAYOUT = 6
export const UNKNOWN_PAY = 3

export function knownLake(): KnownLake {
  const made = [1, 2, 3].flatMap((netuid) => epochsOf(netuid))
  const rows: Record<string, PlainRow[]> = {}
  for (const tables of made)
    for (const [table, of] of Object.entries(tables)) rows[table] = [...(rows[table] ?? []), ...of]
  const chunks = [1, 2, 3].flatMap(chunksOf).map((chunk) => ({
    ...chunk,
    tables: Object.fromEntries(
      Object.entries(rows).map(([table, of]) => [
        table,
        of.filter(
          ({ netuid, block }) =>
            netuid === chunk.netuid && Number(block) >= chunk.first && Number(block) <= chunk.last,
        ),
      ]),
    ),
  }))
  return { chunks, rows }
}

const COUNT: Readonly<Record<number, number>> = { 1: 80, 2: 80, 3: 12 }

/** Of a grid of 23,104 blocks; of subnet 2 those of the gap are not there. */
function chunksOf(netuid: number): ChunkId[] {
  const last = BigInt(PERIOD * COUNT[netuid]!)
  const chunks: ChunkId[] = []
  for (let first = 1n; first <= last; first += 23_104n)
    chunks.push({ netuid, first, last: first + 23_103n < last ? first + 23_103n : last })
  return netuid === 2 ? chunks.flatMap(withoutGap) : chunks
}

const GAP = [BigInt(PERIOD * GAP_FROM), BigInt(PERIOD * GAP_TO)] as const

function withoutGap({ netuid, first, last }: ChunkId): ChunkId[] {
  const [from, to] = GAP
  return [
    { netuid, first, last: last < from ? last : from - 1n },
    { netuid, first: first > to ? first : to + 1n, last },
  ].filter((chunk) => chunk.first <= chunk.last)
}

function epochsOf(netuid: number): Rows[] {
  const random = new Random(netuid * 77)
  const numbers = Array.from({ length: COUNT[netuid]! }, (_, at) => at + 1)
  return numbers
    .filter((at) => netuid !== 2 || at < GAP_FROM || at > GAP_TO)
    .map((at) => epochOf(netuid, at, random))
}

function epochOf(netuid: number, at: number, random: Random): Rows {
  const block = at * PERIOD
  const time = netuid === 2 ? null : new Date(GENESIS_DAY + block * 12_000).toISOString().slice(0, 19)
  const anew = netuid === 2 && at >= ANEW
  const registered_at = anew ? ANEW * PERIOD - 100 : 1
  const place = { time, n: N, registered_at, spec_version: specOf(netuid, at) }
  if (netuid === 1 && at === SKIPPED)
    return {
      epochs: [
        epochRow(netuid, block, { ...place, outcome: 'skipped', pot: null, pot_least: null, pot_most: null }),
      ],
    }
  const isPaidOut = netuid !== 3 || at >= FIRST_PAYOUT
  const payouts = isPaidOut ? payoutsOf(netuid, at, random) : []
  const mechanisms = netuid === 3 ? mechanismsOf(netuid, block, random) : []
  const neurons = Array.from(
    { length: N },
    (_, uid): PlainRow => ({
      ...neuronOf(netuid, at, uid, registered_at, random),
      ...(netuid === 3 ? { incentive: mechanisms[uid]!.incentive! } : {}),
    }),
  )
  const shared = isPaidOut
    ? sum(payouts.filter(({ kind }) => kind !== 'owner-cut').map(({ rao }) => rao))
    : sum(
        neurons.flatMap(({ server_emission, validator_emission }) => [
          server_emission ?? 0,
          validator_emission ?? 0,
        ]),
      )
  const pot = {
    pot: isPaidOut ? 'computed' : 'inferred',
    pot_least: shared + 7n,
    pot_most: shared + (isPaidOut ? 7n : 9n),
  }
  const differences = random.chance(0.1) ? 2 : 0
  return {
    epochs: [
      epochRow(netuid, block, {
        ...place,
        ...pot,
        differences,
        outcome: differences > 0 ? 'different' : 'equal',
        values_checked: random.int(500),
      }),
    ],
    neurons,
    payouts,
    weights: weightsOf(netuid, at, random),
    mechanism_incentive: mechanisms,
    ...(netuid === 2 && at % 9 === 0
      ? {}
      : {
          prices: [
            priceRow(netuid, block, netuid === 2 && at % 10 === 0 ? null : 0.01 + random.int(1000) / 1e5),
          ],
        }),
  }
}

function specOf(netuid: number, at: number): number {
  if (netuid === 3 && at < FIRST_PAYOUT) return 320
  return at < 50 ? 473 : 475
}

/** Of subnet 1 uid 1's hotkey is another one from an epoch on, of subnet 2 all are where it began anew. */
export function hotkeyOf(netuid: number, at: number, uid: number): string {
  if (netuid === 1 && uid === 1 && at >= CHANGED_HANDS) return key(50)
  // The new subnet has one validator of the old one.
  if (netuid === 2 && at >= ANEW && uid !== 0) return key(60 + uid)
  return key(1 + uid)
}

/** A parent that has no uid. */
export const PARENT: string = key(70)

function neuronOf(netuid: number, at: number, uid: number, subnet: number, random: Random): PlainRow {
  const isUnknown = netuid === 3 && at === UNKNOWN_PAY
  const stake = netuid === 1 && at === NOTHING_STAKED && uid === 0 ? 0 : 10n ** 15n + random.u64() / 1000n
  return neuronRow(netuid, at * PERIOD, uid, {
    hotkey: hotkeyOf(netuid, at, uid),
    coldkey: key(uid < 2 ? 100 : 100 + uid),
    registered_at: subnet,
    total_hotkey_alpha: stake,
    root_alpha: uid === 2 ? 0 : 10n ** 14n + BigInt(random.u32()),
    alpha_stake: uid === 4 ? 0 : BigInt(random.u32()) * 1000n,
    tao_stake: BigInt(random.int(3)),
    stake_weight: random.u16(),
    active: random.chance(0.8),
    validator_permit: uid < 3 ? random.chance(0.8) : false,
    validator_trust: uid < 3 ? random.u16() : 0,
    incentive: uid > 1 ? random.int(4) : 0,
    dividends: uid < 3 ? random.int(3) * 100 : 0,
    emission: 5,
    server_emission: isUnknown ? null : uid > 1 ? random.int(10_000) : 0,
    validator_emission: isUnknown ? null : uid < 3 ? random.int(10_000) : 0,
  })
}

function payoutsOf(netuid: number, at: number, random: Random): PlainRow[] {
  const block = at * PERIOD
  const rows: PlainRow[] = []
  const add = (kind: string, hotkey: string, more: PlainRow): void => {
    rows.push(
      payoutRow(netuid, block, rows.length, kind, 10n ** 11n + BigInt(random.u32()), {
        hotkey,
        to_hotkey: hotkey,
        ...more,
      }),
    )
  }
  const of = (uid: number): string => hotkeyOf(netuid, at, uid)
  add('owner-cut', of(0), { coldkey: key(99) })
  add('incentive', of(3), { coldkey: key(103), to_hotkey: of(2) })
  add(at % 2 === 0 ? 'incentive-burned' : 'incentive-recycled', of(4), { to_hotkey: null })
  for (const uid of at % 7 === 0 ? [0] : [0, 1]) {
    add('alpha-take', of(uid), { coldkey: key(100) })
    add('alpha-stakers', of(uid), {})
    add('root-take', of(uid), { coldkey: key(100) })
    add('root-claimable', of(uid), { to_hotkey: null })
  }
  add('alpha-stakers', PARENT, {})
  add('root-owner', of(2), { coldkey: key(102) })
  return rows
}

function weightsOf(netuid: number, at: number, random: Random): PlainRow[] {
  const mechanisms = netuid === 3 ? [0, 1] : [0]
  return mechanisms.flatMap((mechanism) =>
    [0, 1].flatMap((uid) =>
      [2, 3, 4].flatMap((to) =>
        random.chance(0.7)
          ? [
              weightRow(
                netuid,
                at * PERIOD,
                uid,
                to,
                random.chance(0.5) ? 1000 * to : random.u16(),
                mechanism,
              ),
            ]
          : [],
      ),
    ),
  )
}

function mechanismsOf(netuid: number, block: number, random: Random): PlainRow[] {
  return [0, 1].flatMap((mechanism) =>
    Array.from({ length: N }, (_, uid) => ({
      netuid,
      block,
      mechanism,
      uid,
      incentive: uid > 1 ? random.int(5) : 0,
    })),
  )
}

function sum(values: readonly (PlainValue | undefined)[]): bigint {
  return values.reduce<bigint>((all, value) => all + BigInt(value as bigint | number), 0n)
}
