/** What stake with a validator earned: of alpha on a subnet, and of TAO on root. */

import { BLOCK_SECONDS, YEAR_SECONDS } from '../simulate/yields.ts'
import type { View, ViewColumn } from './questions.ts'
import { BASIS_SQL } from './questions-paid.ts'

const DAY_BLOCKS = (24 * 60 * 60) / BLOCK_SECONDS
const YEAR_BLOCKS = YEAR_SECONDS / BLOCK_SECONDS
/** More than chains count: block numbers are u32. */
const BLOCKS = 2 ** 32

/** Days over which yields are compounded, up to each epoch. */
export const YIELD_DAYS = [1, 7, 30] as const

type Days = (typeof YIELD_DAYS)[number]

const blocksOf = (days: Days): number => days * DAY_BLOCKS

/** What is right of both kinds of yield. */
const RATES: Readonly<Record<string, string>> = {
  plain: 'the sum of the rates of the epochs of the last {days}, blocks of 12 seconds: nothing staked again',
  compounded: 'the product of 1 and each of these rates, less 1: every gain staked again',
  year: 'what that makes in a year of 8,760 hours: `(1 + compounded) ^ (a year / the time) - 1`; null unless whole',
}

function column(name: string, type: string, about: string, shown?: ViewColumn['shown']): ViewColumn {
  return { name, type, about, optional: true, ...(shown === undefined ? {} : { shown }) }
}

function daysOf(days: Days): string {
  return days === 1 ? 'day' : `${days} days`
}

/** A table for people leaves the day out: it has room for two times. */
function shownOf(days: Days): ViewColumn['shown'] {
  return days === 1 ? undefined : 'percent'
}

function rateColumns(days: Days, unit: string): ViewColumn[] {
  return Object.entries(RATES).map(([name, about]) =>
    column(
      `${name}_${days}`,
      'DOUBLE',
      `${unit}: ${about.replace('{days}', daysOf(days))}`,
      name === 'plain' ? undefined : shownOf(days),
    ),
  )
}

const PLACE: readonly ViewColumn[] = [
  { name: 'netuid', type: 'USMALLINT', about: 'subnet', shown: 'plain' },
  { name: 'block', type: 'UBIGINT', about: 'block in which the epoch ran', shown: 'plain' },
  column('time', 'TIMESTAMP', "the block's time, UTC"),
  { name: 'hotkey', type: 'VARCHAR', about: 'SS58, the validator', shown: 'address' },
]

/** A window's figures over a column of rates. */
function figures(rate: string, days: Days): string {
  const over = `OVER d${days}`
  return `sum(${rate}) ${over} AS plain_${days}, product(1 + ${rate}) ${over} - 1 AS compounded_${days}`
}

/** A window of the rows of a hotkey. */
function frame(name: string, partition: string, days: Days): string {
  return `${name}${days} AS (PARTITION BY ${partition} ORDER BY height
    RANGE BETWEEN ${blocksOf(days) - 1} PRECEDING AND CURRENT ROW)`
}

const each = (text: (days: Days) => string, between = ',\n  '): string => YIELD_DAYS.map(text).join(between)

export const YIELD_VIEW: View = {
  name: 'validator_yield',
  command: 'yield',
  summary: 'what stake with a validator earned by epoch, 1, 7 and 30 days, in alpha and in TAO',
  about: `A validator in an epoch: one that its payout pays as a validator, or that has a permit or dividends. The rate of an epoch is \`stakers / stake\`, both exact integers: what all who stake alpha to the hotkey got after its take, by what they had staked before the epoch; an epoch in which a validator got nothing has a rate of 0, one whose payout is not computed or before which nothing was staked has none. In TAO a rate is worth the price after its epoch.`,
  needs: ['neurons', 'payouts'],
  uses: ['prices'],
  reads: [],
  columns: [
    ...PLACE,
    column('uid', 'USMALLINT', 'null of a parent without a uid there'),
    column('coldkey', 'VARCHAR', 'SS58, the owner of the hotkey; null where it has no uid there'),
    column(
      'stake',
      'UBIGINT',
      'rao of alpha staked to it before the epoch; null where it has no uid there',
      'alpha',
    ),
    column(
      'stakers',
      'HUGEINT',
      'rao of alpha to all who stake alpha to it; null where not computed',
      'alpha',
    ),
    column('alpha_take', 'HUGEINT', 'rao of alpha that its owner took of alpha dividends'),
    column('root_take', 'HUGEINT', 'rao of alpha that its owner took of root dividends'),
    column('price', 'DOUBLE', 'TAO for one alpha after the epoch; null where prices are not kept'),
    column('rate', 'DOUBLE', '`stakers / stake`', 'percent'),
    column('stakers_tao', 'DOUBLE', 'rao of TAO that `stakers` are worth: `stakers * price`'),
    ...YIELD_DAYS.flatMap((days) => [
      {
        name: `epochs_${days}`,
        type: 'UINTEGER',
        about: `its epochs of the last ${daysOf(days)} that have a rate`,
      },
      { name: `of_${days}`, type: 'UINTEGER', about: 'all epochs that the subnet ran in that time' },
      {
        name: `whole_${days}`,
        type: 'BOOLEAN',
        about:
          'whether the lake has every block of that time since the subnet began, knows every payout in it, and each of its epochs has a rate',
        ...(days === 1 ? {} : ({ shown: 'plain' } as const)),
      },
      ...rateColumns(days, 'in alpha'),
      column(
        `plain_tao_${days}`,
        'DOUBLE',
        'in TAO, every gain sold after its epoch: the sum of `rate * price` by the price after the first of these epochs; what the stake itself gained or lost is not in it',
      ),
      column(
        `compounded_tao_${days}`,
        'DOUBLE',
        'in TAO, everything sold at the end: `(1 + compounded) * price / price after the first of these epochs - 1`',
        shownOf(days),
      ),
    ]),
  ],
  order: ['netuid', 'block', 'hotkey'],
  before: blocksOf(30),
  // DuckDB rounds an i128 to a double otherwise than a u64, which is as JavaScript does.
  sql: `
WITH places AS (
  SELECT *, CAST(block AS BIGINT) AS height FROM (${BASIS_SQL})),
known AS (
  SELECT *,
    ${each((days) => `count(*) OVER d${days} AS of_${days}, known_from <= height - ${blocksOf(days) - 1} AND bool_and(basis = 'payout') OVER d${days} AS known_${days}`, ',\n    ')}
  FROM places WINDOW ${each((days) => frame('d', 'netuid, known_from', days), ',\n    ')}),
pay AS (
  SELECT netuid, block, hotkey,
    coalesce(sum(CAST(rao AS HUGEINT)) FILTER (kind = 'alpha-stakers'), 0) AS stakers,
    coalesce(sum(CAST(rao AS HUGEINT)) FILTER (kind = 'alpha-take'), 0) AS alpha_take,
    coalesce(sum(CAST(rao AS HUGEINT)) FILTER (kind = 'root-take'), 0) AS root_take
  FROM payouts WHERE kind IN ('alpha-take', 'alpha-stakers', 'root-take', 'root-claimable', 'root-owner')
  GROUP BY netuid, block, hotkey),
validators AS (
  SELECT netuid, block, hotkey FROM pay
  UNION SELECT netuid, block, hotkey FROM neurons WHERE validator_permit OR dividends > 0),
rates AS (
  SELECT k.*, v.hotkey, n.uid, n.coldkey, n.total_hotkey_alpha AS stake,
    CASE WHEN k.basis = 'payout' THEN coalesce(p.stakers, 0) END AS stakers,
    CASE WHEN k.basis = 'payout' THEN coalesce(p.alpha_take, 0) END AS alpha_take,
    CASE WHEN k.basis = 'payout' THEN coalesce(p.root_take, 0) END AS root_take,
    q.price,
    CAST(CAST(CASE WHEN k.basis = 'payout' THEN coalesce(p.stakers, 0) END AS UBIGINT) AS DOUBLE)
      / nullif(CAST(n.total_hotkey_alpha AS DOUBLE), 0) AS rate
  FROM validators AS v
  JOIN known AS k ON k.netuid = v.netuid AND k.block = v.block
  LEFT JOIN pay AS p ON p.netuid = v.netuid AND p.block = v.block AND p.hotkey = v.hotkey
  LEFT JOIN neurons AS n ON n.netuid = v.netuid AND n.block = v.block AND n.hotkey = v.hotkey
  LEFT JOIN prices AS q ON q.netuid = v.netuid AND q.block = v.block),
windows AS (
  SELECT *, CAST(CAST(stakers AS UBIGINT) AS DOUBLE) * price AS stakers_tao,
    ${each((days) => `count(rate) OVER d${days} AS epochs_${days}, known_${days} AND count(*) OVER d${days} = count(rate) OVER d${days} AS whole_${days}, ${figures('rate', days)}, CASE WHEN count(*) OVER d${days} = count(price) OVER d${days} THEN sum(rate * price) OVER d${days} / first_value(price) OVER d${days} END AS plain_tao_${days}, price / first_value(price) OVER d${days} AS gained_${days}`, ',\n    ')}
  FROM rates WINDOW ${each((days) => frame('d', 'netuid, known_from, hotkey', days), ',\n    ')})
SELECT netuid, block, time, hotkey, uid, coldkey, stake, stakers, alpha_take, root_take, price, rate, stakers_tao,
  ${each((days) => `epochs_${days}, of_${days}, whole_${days}, plain_${days}, compounded_${days}, CASE WHEN whole_${days} THEN pow(1 + compounded_${days}, ${YEAR_BLOCKS / blocksOf(days)}::DOUBLE) - 1 END AS year_${days}, plain_tao_${days}, (1 + compounded_${days}) * gained_${days} - 1 AS compounded_tao_${days}`)}
FROM windows`,
}

export const ROOT_YIELD_VIEW: View = {
  name: 'root_yield',
  command: 'root-yield',
  summary: 'what TAO staked on root with a validator earned, over all subnets of the lake',
  about:
    "An epoch of any subnet that pays a validator's stakers on root. The rate is `stakers / root_stake * price`: the alpha that they can claim of the epoch by the TAO that they had staked before it, at the price after it. The days before an epoch have the epochs of all subnets that the lake has; what others paid is not in it.",
  needs: ['neurons', 'payouts', 'prices'],
  uses: [],
  reads: [],
  columns: [
    ...PLACE,
    column(
      'root_stake',
      'UBIGINT',
      'rao staked to it on root before the epoch; null where it has no uid there',
      'tao',
    ),
    {
      name: 'stakers',
      type: 'HUGEINT',
      about: 'rao of alpha that they can claim more (`root-claimable`)',
      shown: 'alpha',
    },
    column('price', 'DOUBLE', 'TAO for one alpha after the epoch; null where it is not known'),
    column('rate', 'DOUBLE', '`stakers / root_stake * price`', 'percent'),
    ...YIELD_DAYS.flatMap((days) => [
      {
        name: `epochs_${days}`,
        type: 'UINTEGER',
        about: `such epochs of the last ${daysOf(days)} that have a rate`,
        ...(days === 1 ? {} : ({ shown: 'plain' } as const)),
      },
      { name: `subnets_${days}`, type: 'UINTEGER', about: 'subnets that these are of' },
      {
        name: `whole_${days}`,
        type: 'BOOLEAN',
        about:
          'whether the lake has every block of that time of each subnet that it has, since that began, knows every payout in it, and each of these epochs has a rate',
        ...(days === 1 ? {} : ({ shown: 'plain' } as const)),
      },
      ...rateColumns(days, 'in TAO'),
    ]),
  ],
  order: ['hotkey', 'block', 'netuid'],
  before: blocksOf(30),
  sql: `
WITH places AS (SELECT * FROM (${BASIS_SQL})),
pay AS (
  SELECT netuid, block, hotkey, sum(CAST(rao AS HUGEINT)) AS stakers
  FROM payouts WHERE kind = 'root-claimable' GROUP BY netuid, block, hotkey),
rates AS (
  SELECT e.netuid, e.block, CAST(e.block AS BIGINT) AS height, e.time, p.hotkey, n.root_alpha AS root_stake, p.stakers,
    q.price, CAST(CAST(p.stakers AS UBIGINT) AS DOUBLE) / nullif(CAST(n.root_alpha AS DOUBLE), 0) * q.price AS rate
  FROM pay AS p
  JOIN places AS e ON e.netuid = p.netuid AND e.block = p.block
  LEFT JOIN neurons AS n ON n.netuid = p.netuid AND n.block = p.block AND n.hotkey = p.hotkey
  LEFT JOIN prices AS q ON q.netuid = p.netuid AND q.block = p.block),
gaps AS (
  SELECT "last" + 1 AS gap_from,
    coalesce(lead("first") OVER (PARTITION BY netuid ORDER BY "first"), ${BLOCKS}) - 1 AS gap_to
  FROM covered
  UNION ALL SELECT 0, min("first") - 1 FROM covered GROUP BY netuid HAVING min("first") > 0
  UNION ALL SELECT block, block FROM places WHERE basis <> 'payout'),
reaches AS (
  SELECT gap_from, max(max(gap_to)) OVER (ORDER BY gap_from) AS gap_to FROM gaps GROUP BY gap_from),
windows AS (
  SELECT *,
    ${each((days) => `count(rate) OVER d${days} AS epochs_${days}, count(DISTINCT netuid) OVER d${days} AS subnets_${days}, count(*) OVER d${days} = count(rate) OVER d${days} AS rated_${days}, ${figures('rate', days)}`, ',\n    ')}
  FROM rates WINDOW ${each((days) => frame('d', 'hotkey', days), ',\n    ')}),
known AS (
  SELECT w.*,
    ${each((days) => `rated_${days} AND w.block >= ${blocksOf(days)} AND (g.gap_to IS NULL OR g.gap_to + ${blocksOf(days)} <= w.block) AS whole_${days}`, ',\n    ')}
  FROM windows AS w ASOF LEFT JOIN reaches AS g ON w.block >= g.gap_from)
SELECT netuid, block, time, hotkey, root_stake, stakers, price, rate,
  ${each((days) => `epochs_${days}, subnets_${days}, whole_${days}, plain_${days}, compounded_${days}, CASE WHEN whole_${days} THEN pow(1 + compounded_${days}, ${YEAR_BLOCKS / blocksOf(days)}::DOUBLE) - 1 END AS year_${days}`)}
FROM known`,
}
