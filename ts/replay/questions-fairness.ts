/** How evenly each epoch is spread, with the definitions of `yuma study fairness`. */

import { DEFAULT_TOP } from '../simulate/studies/concentration.ts'
import type { View, ViewColumn } from './questions.ts'

function figure(name: string, type: string, about: string, shown?: ViewColumn['shown']): ViewColumn {
  return { name, type, about, optional: true, ...(shown === undefined ? {} : { shown }) }
}

const MINER = 'NOT coalesce(validator_permit, false) OR earns'
const VALIDATOR = 'coalesce(validator_permit, false) OR coalesce(dividends > 0, false)'

/** What is counted of whom: over, of, condition, amount. */
const AMOUNTS: readonly (readonly [over: string, of: string, where: string, amount: string])[] = [
  ['stake', 'all', 'true', 'alpha_stake'],
  ['stake', 'validators', VALIDATOR, 'alpha_stake'],
  ['stake', 'miners', MINER, 'alpha_stake'],
  ['dividends', 'validators', VALIDATOR, 'dividends'],
  ['emission', 'all', 'true', 'server_emission::HUGEINT + validator_emission::HUGEINT'],
  ['emission', 'validators', VALIDATOR, 'validator_emission'],
  ['emission', 'miners', MINER, 'server_emission'],
]

export const FAIRNESS_VIEW: View = {
  name: 'fairness',
  command: 'fairness',
  summary: 'how evenly stake, incentive, dividends and emission were spread, epoch by epoch',
  about:
    "How evenly one amount of an epoch is spread, as `yuma study fairness` defines it, on the values that the chain stores: incentive and dividends are u16, of several mechanisms each mechanism's incentive by itself; stake is the rao of alpha that a neuron weighs with (`alpha_stake`); emission the rao that a uid was paid. Validators have a permit after the epoch or dividends, miners have no permit or incentive. Of an amount that is not known of every member there is no row. Proportions are of exact integers, divided once.",
  needs: ['neurons'],
  uses: [],
  reads: [],
  columns: [
    { name: 'netuid', type: 'USMALLINT', about: 'subnet', shown: 'plain' },
    { name: 'block', type: 'UBIGINT', about: 'block in which the epoch ran', shown: 'plain' },
    figure('time', 'TIMESTAMP', "the block's time, UTC"),
    { name: 'spec_version', type: 'UINTEGER', about: 'the runtime that ran it' },
    {
      name: 'over',
      type: 'VARCHAR',
      about: '`stake`, `incentive`, `dividends` or `emission`',
      shown: 'plain',
    },
    { name: 'of', type: 'VARCHAR', about: '`all`, `validators` or `miners`', shown: 'plain' },
    { name: 'by', type: 'VARCHAR', about: '`uid` or `coldkey`: who counts as one', shown: 'plain' },
    figure('mechanism', 'UTINYINT', 'of incentive; null of all else'),
    { name: 'members', type: 'UINTEGER', about: 'those who could have of it', shown: 'plain' },
    { name: 'holders', type: 'UINTEGER', about: 'those who have more than nothing', shown: 'plain' },
    { name: 'total', type: 'HUGEINT', about: 'what all have, in the unit of the amount' },
    figure(
      'gini',
      'DOUBLE',
      'Gini coefficient over all members; null, as all that follows, where the total is 0',
      'part',
    ),
    figure('gini_of_holders', 'DOUBLE', 'over those who have more than nothing'),
    figure('hhi', 'DOUBLE', 'Herfindahl-Hirschman index: the sum of squared shares', 'part'),
    figure('entropy', 'DOUBLE', 'Shannon entropy of the shares in bits'),
    figure('nakamoto', 'UINTEGER', 'how many, the greatest first, have more than half', 'plain'),
    ...DEFAULT_TOP.map((count) => figure(`top_${count}`, 'DOUBLE', `part of the ${count} greatest`, 'part')),
  ],
  order: ['netuid', 'block', 'over', 'of', 'by', 'mechanism'],
  before: 0,
  sql: `
WITH earning AS (
  SELECT netuid, block, uid, bool_or(incentive > 0) AS earns FROM mechanism_incentive GROUP BY netuid, block, uid),
people AS (
  SELECT n.*, coalesce(n.incentive > 0, false) OR coalesce(i.earns, false) AS earns
  FROM neurons AS n
  LEFT JOIN earning AS i ON i.netuid = n.netuid AND i.block = n.block AND i.uid = n.uid),
members AS (
  ${AMOUNTS.map(
    ([
      over,
      of,
      where,
      amount,
    ]) => `SELECT netuid, block, uid, coldkey, '${over}' AS over_what, '${of}' AS of_whom,
    NULL::UTINYINT AS mechanism, CAST(${amount} AS HUGEINT) AS amount FROM people WHERE ${where}`,
  ).join('\n  UNION ALL ')}
  UNION ALL SELECT n.netuid, n.block, n.uid, n.coldkey, 'incentive', 'miners', coalesce(m.mechanism, 0),
    CAST(coalesce(m.incentive, n.incentive) AS HUGEINT)
  FROM people AS n
  LEFT JOIN mechanism_incentive AS m ON m.netuid = n.netuid AND m.block = n.block AND m.uid = n.uid
  WHERE ${MINER}),
holders AS (
  SELECT netuid, block, over_what, of_whom, 'uid' AS by_what, mechanism, amount FROM members
  UNION ALL
  SELECT netuid, block, over_what, of_whom, 'coldkey', mechanism,
    CASE WHEN bool_and(amount IS NOT NULL) THEN sum(amount) END
  FROM members GROUP BY netuid, block, over_what, of_whom, mechanism, coldkey),
ranked AS (
  SELECT *, row_number() OVER up AS rank_up, sum(amount) OVER up AS lorenz, count(*) OVER all_of AS members,
    sum(amount) OVER all_of AS total, count(*) FILTER (amount = 0) OVER all_of AS without,
    count(*) FILTER (amount IS NULL) OVER all_of AS unknown
  FROM holders
  WINDOW all_of AS (PARTITION BY netuid, block, over_what, of_whom, by_what, mechanism),
    up AS (PARTITION BY netuid, block, over_what, of_whom, by_what, mechanism ORDER BY amount
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
sums AS (
  SELECT netuid, block, over_what, of_whom, by_what, mechanism, any_value(members) AS members,
    any_value(members - without) AS holders, any_value(total) AS total,
    sum(rank_up * amount) AS ranked, sum((rank_up - without) * amount) FILTER (amount > 0) AS ranked_holders,
    sum(amount * amount) AS squares,
    -sum(amount::DOUBLE / total::DOUBLE * log2(nullif(amount, 0)::DOUBLE / total::DOUBLE)) FILTER (amount > 0) AS entropy,
    count(*) FILTER (2 * lorenz < total) AS rest,
    ${DEFAULT_TOP.map((count) => `sum(amount) FILTER (rank_up > members - ${count}) AS top_${count}`).join(', ')}
  FROM ranked WHERE unknown = 0
  GROUP BY netuid, block, over_what, of_whom, by_what, mechanism)
SELECT s.netuid, s.block, e.time, e.spec_version, s.over_what AS "over", s.of_whom AS "of", s.by_what AS "by",
  s.mechanism, s.members, s.holders, s.total,
  (2 * ranked - (s.members + 1) * total)::DOUBLE / nullif((s.members * total)::DOUBLE, 0) AS gini,
  (2 * ranked_holders - (s.holders + 1) * total)::DOUBLE / nullif((s.holders * total)::DOUBLE, 0) AS gini_of_holders,
  squares::DOUBLE / nullif((total * total)::DOUBLE, 0) AS hhi,
  CASE WHEN total > 0 THEN greatest(entropy, 0) END AS entropy,
  CASE WHEN total > 0 THEN s.members - rest END AS nakamoto,
  ${DEFAULT_TOP.map((count) => `top_${count}::DOUBLE / nullif(total::DOUBLE, 0) AS top_${count}`).join(', ')}
FROM sums AS s JOIN epoch_places AS e ON e.netuid = s.netuid AND e.block = s.block`,
}
