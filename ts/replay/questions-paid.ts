/** What was paid to whom: by epoch, by day, and beside what an epoch shared out. */

import type { View, ViewColumn } from './questions.ts'

const PLACE: readonly ViewColumn[] = [
  { name: 'netuid', type: 'USMALLINT', about: 'subnet', shown: 'plain' },
  { name: 'block', type: 'UBIGINT', about: 'block in which the epoch ran', shown: 'plain' },
  { name: 'time', type: 'TIMESTAMP', about: "the block's time, UTC", optional: true },
  { name: 'day', type: 'DATE', about: 'of that time, UTC', optional: true },
]

const WHO: readonly ViewColumn[] = [
  {
    name: 'hotkey',
    type: 'VARCHAR',
    about: 'SS58, that earned it; of the owner cut the one it is staked to',
    shown: 'address',
  },
  {
    name: 'coldkey',
    type: 'VARCHAR',
    about: 'SS58, whose it is; null for all who stake to the hotkey, and for nobody',
    shown: 'address',
    optional: true,
  },
  {
    name: 'role',
    type: 'VARCHAR',
    about:
      "`miner`, `validator` (the take, and root dividends that became the owner's), `stakers`, `owner` (of the subnet), `nobody` (withheld incentive), `validator and stakers` where they cannot be told apart, `unknown`",
    shown: 'plain',
  },
  {
    name: 'kind',
    type: 'VARCHAR',
    about:
      'as in `payouts`; where the payout is not computed `incentive` and `dividends`, which are what the epoch gave a uid, before parents and children share; `unknown` where that is not known to the rao',
    shown: 'plain',
  },
  {
    name: 'take',
    type: 'BOOLEAN',
    about: "whether it is a validator's take; null where takes are not told apart",
    optional: true,
  },
  {
    name: 'basis',
    type: 'VARCHAR',
    about: '`payout`: by the computed payout; `epoch`: by what the epoch gave each uid',
    shown: 'plain',
  },
]

/** How an epoch's pay is known. Payouts are there, or there was nothing to pay. */
export const BASIS_SQL: string = `
SELECT p.*, CASE
    WHEN k.block IS NOT NULL OR p.pot_most = 0 THEN 'payout' ELSE 'epoch' END AS basis
FROM epoch_places AS p
LEFT JOIN (SELECT DISTINCT netuid, block FROM payouts) AS k ON k.netuid = p.netuid AND k.block = p.block
WHERE p.ran`

export const PAID_VIEW: View = {
  name: 'paid',
  command: 'paid',
  summary: 'what hotkeys, coldkeys, validators and miners were paid, epoch by epoch',
  about:
    'A payment of an epoch, in rao of alpha: what was paid, and not what the chain stores as `Emission`, where there are several mechanisms. No rao stands in two rows: those of an epoch, without the owner cut, are at most what it shared out (`pots`). What single stakers get of the part of all is not in a lake.',
  needs: ['neurons'],
  uses: ['payouts'],
  reads: [],
  columns: [
    ...PLACE,
    { name: 'spec_version', type: 'UINTEGER', about: 'the runtime that ran it' },
    ...WHO,
    {
      name: 'to_hotkey',
      type: 'VARCHAR',
      about: 'SS58, that it is staked to; null where it is not staked, or that is not known',
      optional: true,
    },
    {
      name: 'rao',
      type: 'UBIGINT',
      about: 'alpha; null of an unknown amount',
      shown: 'alpha',
      optional: true,
    },
  ],
  order: ['netuid', 'block', 'hotkey', 'kind', 'coldkey', 'to_hotkey', 'rao'],
  before: 0,
  sql: `
WITH places AS (${BASIS_SQL}),
payments AS (
  SELECT q.netuid, q.block, q.hotkey, q.coldkey, q.kind, q.to_hotkey, q.rao, 'payout' AS basis,
    CASE q.kind WHEN 'owner-cut' THEN 'owner' WHEN 'incentive' THEN 'miner'
      WHEN 'incentive-recycled' THEN 'nobody' WHEN 'incentive-burned' THEN 'nobody'
      WHEN 'alpha-take' THEN 'validator' WHEN 'root-take' THEN 'validator' WHEN 'root-owner' THEN 'validator'
      WHEN 'alpha-stakers' THEN 'stakers' WHEN 'root-claimable' THEN 'stakers' ELSE 'unknown' END AS role,
    q.kind IN ('alpha-take', 'root-take') AS take
  FROM payouts AS q
  UNION ALL
  SELECT n.netuid, n.block, n.hotkey, n.coldkey, 'incentive', NULL, n.server_emission, 'epoch', 'miner', false
  FROM neurons AS n WHERE n.server_emission > 0
  UNION ALL
  SELECT n.netuid, n.block, n.hotkey, NULL, 'dividends', NULL, n.validator_emission, 'epoch',
    'validator and stakers', NULL
  FROM neurons AS n WHERE n.validator_emission > 0
  UNION ALL
  SELECT n.netuid, n.block, n.hotkey, NULL, 'unknown', NULL, NULL, 'epoch', 'unknown', NULL
  FROM neurons AS n
  WHERE (n.server_emission IS NULL OR n.validator_emission IS NULL)
    AND (coalesce(n.emission, 1) > 0 OR n.incentive > 0 OR n.dividends > 0))
SELECT e.netuid, e.block, e.time, e.day, e.spec_version, q.hotkey, q.coldkey, q.role, q.kind, q.take, q.basis,
  q.to_hotkey, q.rao
FROM payments AS q JOIN places AS e ON e.netuid = q.netuid AND e.block = q.block AND e.basis = q.basis`,
}

export const PAID_BY_DAY_VIEW: View = {
  name: 'paid_by_day',
  command: 'paid-by-day',
  summary: 'the same, day by day',
  about:
    'What somebody was paid on a day, UTC, of one kind. `whole` says whether every epoch of the day is there: epochs of the day before and of the day after are, and no block between them is missing. Epochs whose time is not known stand under a day of null.',
  needs: ['neurons'],
  uses: ['payouts'],
  reads: ['paid'],
  columns: [
    { name: 'netuid', type: 'USMALLINT', about: 'subnet', shown: 'plain' },
    { name: 'day', type: 'DATE', about: 'UTC', shown: 'plain', optional: true },
    ...WHO,
    { name: 'epochs', type: 'UINTEGER', about: 'epochs that paid it', shown: 'plain' },
    { name: 'first_block', type: 'UBIGINT', about: 'of the first of them' },
    { name: 'last_block', type: 'UBIGINT', about: 'of the last of them' },
    {
      name: 'rao',
      type: 'HUGEINT',
      about: 'alpha; null where the amount of any of them is unknown',
      shown: 'alpha',
      optional: true,
    },
    { name: 'whole', type: 'BOOLEAN', about: 'whether no epoch of the day is missing', shown: 'plain' },
  ],
  order: ['netuid', 'day', 'hotkey', 'kind', 'coldkey', 'role', 'basis'],
  before: 0,
  sql: `
WITH lives AS (
  SELECT netuid, known_from, min(day) AS first_day, max(day) AS last_day FROM epoch_places GROUP BY ALL),
days AS (
  SELECT p.netuid, p.day, bool_and(p.day > l.first_day AND p.day < l.last_day) AS whole
  FROM epoch_places AS p JOIN lives AS l ON l.netuid = p.netuid AND l.known_from = p.known_from
  WHERE p.day IS NOT NULL GROUP BY ALL)
SELECT p.netuid, p.day, p.hotkey, p.coldkey, p.role, p.kind, p.take, p.basis,
  count(DISTINCT p.block) AS epochs, min(p.block) AS first_block, max(p.block) AS last_block,
  CASE WHEN bool_and(p.rao IS NOT NULL) THEN sum(CAST(p.rao AS HUGEINT)) END AS rao,
  coalesce(any_value(d.whole), false) AS whole
FROM paid AS p LEFT JOIN days AS d ON d.netuid = p.netuid AND d.day = p.day
GROUP BY p.netuid, p.day, p.hotkey, p.coldkey, p.role, p.kind, p.take, p.basis`,
}

export const POTS_VIEW: View = {
  name: 'pots',
  command: 'pots',
  summary: 'what each epoch shared out, beside what of it was paid',
  about:
    "An epoch that ran: what it shared out among miners and validators, and the sum of what `paid` has of it without the owner cut, which the owner gets beside it. What is left is nobody's: truncation, and root's part where nobody earned any of it.",
  needs: ['neurons'],
  uses: ['payouts'],
  reads: ['paid'],
  columns: [
    ...PLACE,
    { name: 'spec_version', type: 'UINTEGER', about: 'the runtime that ran it' },
    {
      name: 'pot',
      type: 'VARCHAR',
      about: 'how the amount is known: `computed` or `inferred`; null where it is not',
      shown: 'plain',
      optional: true,
    },
    {
      name: 'pot_least',
      type: 'UBIGINT',
      about: 'rao shared out, the least',
      shown: 'alpha',
      optional: true,
    },
    { name: 'pot_most', type: 'UBIGINT', about: 'rao shared out, the most', optional: true },
    { name: 'basis', type: 'VARCHAR', about: 'as in `paid`', shown: 'plain' },
    {
      name: 'paid',
      type: 'HUGEINT',
      about: 'rao of `paid`, without the owner cut; null where an amount is unknown',
      shown: 'alpha',
      optional: true,
    },
    {
      name: 'owner_cut',
      type: 'HUGEINT',
      about: 'rao of it; null where it is not known',
      shown: 'alpha',
      optional: true,
    },
    { name: 'left_least', type: 'HUGEINT', about: '`pot_least - paid`', shown: 'alpha', optional: true },
    { name: 'left_most', type: 'HUGEINT', about: '`pot_most - paid`', optional: true },
  ],
  order: ['netuid', 'block'],
  before: 0,
  sql: `
WITH places AS (${BASIS_SQL}),
sums AS (
  SELECT netuid, block, bool_or(rao IS NULL) AS unknown,
    coalesce(sum(CAST(rao AS HUGEINT)) FILTER (kind <> 'owner-cut'), 0) AS paid,
    coalesce(sum(CAST(rao AS HUGEINT)) FILTER (kind = 'owner-cut'), 0) AS owner_cut
  FROM paid GROUP BY netuid, block),
known AS (
  SELECT e.*, CASE WHEN NOT coalesce(s.unknown, false) THEN coalesce(s.paid, 0) END AS paid,
    CASE WHEN e.basis = 'payout' THEN coalesce(s.owner_cut, 0) END AS owner_cut
  FROM places AS e LEFT JOIN sums AS s ON s.netuid = e.netuid AND s.block = e.block)
SELECT netuid, block, time, day, spec_version, pot, pot_least, pot_most, basis, paid, owner_cut,
  CAST(pot_least AS HUGEINT) - paid AS left_least, CAST(pot_most AS HUGEINT) - paid AS left_most
FROM known`,
}
