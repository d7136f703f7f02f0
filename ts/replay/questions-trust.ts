/** Validators from epoch to epoch, and what changed between. */

import type { View, ViewColumn } from './questions.ts'

/** No tempo is longer. */
const LONGEST_TEMPO = 65_536

function column(name: string, type: string, about: string, shown?: ViewColumn['shown']): ViewColumn {
  return { name, type, about, optional: true, ...(shown === undefined ? {} : { shown }) }
}

const CHANGE = 'less that of the epoch before'

export const TRUST_VIEW: View = {
  name: 'trust',
  command: 'trust',
  summary: "validators' trust and dividends over time, with what changed since the epoch before",
  about:
    'A validator (with a permit, trust or dividends in this epoch or, under the same hotkey, in the one before) in an epoch that ran. The epoch before is the last one that ran of the same subnet, with no block missing between: else, and where the hotkey had no uid then, what is of it is null. `changed` says in words what changed.',
  needs: ['neurons'],
  uses: ['weights'],
  reads: [],
  columns: [
    { name: 'netuid', type: 'USMALLINT', about: 'subnet', shown: 'plain' },
    { name: 'block', type: 'UBIGINT', about: 'block in which the epoch ran', shown: 'plain' },
    column('time', 'TIMESTAMP', "the block's time, UTC"),
    { name: 'uid', type: 'USMALLINT', about: 'neuron', shown: 'plain' },
    { name: 'hotkey', type: 'VARCHAR', about: 'SS58', shown: 'address' },
    { name: 'coldkey', type: 'VARCHAR', about: 'SS58' },
    column('block_before', 'UBIGINT', 'block of the epoch before'),
    column('validator_trust', 'USMALLINT', '`ValidatorTrust`, u16 proportion', 'u16'),
    column('validator_trust_change', 'INTEGER', CHANGE, 'u16'),
    column('dividends', 'USMALLINT', '`Dividends`, u16 proportion', 'u16'),
    column('dividends_change', 'INTEGER', CHANGE, 'u16'),
    column('validator_permit', 'BOOLEAN', 'after the epoch', 'plain'),
    column('validator_permit_before', 'BOOLEAN', 'after the epoch before'),
    column('active', 'BOOLEAN', 'in the epoch', 'plain'),
    column('active_before', 'BOOLEAN', 'in the epoch before'),
    { name: 'alpha_stake', type: 'UBIGINT', about: 'rao of alpha it weighs with', shown: 'alpha' },
    column('alpha_stake_change', 'HUGEINT', CHANGE),
    { name: 'tao_stake', type: 'UBIGINT', about: 'rao of root stake it weighs with, before `TaoWeight`' },
    column('tao_stake_change', 'HUGEINT', CHANGE),
    column('stake_weight', 'USMALLINT', '`StakeWeight`, u16 proportion'),
    column('stake_weight_change', 'INTEGER', CHANGE),
    { name: 'validators', type: 'UINTEGER', about: 'neurons with a permit after the epoch', shown: 'plain' },
    column('validators_change', 'INTEGER', 'less those after the epoch before'),
    { name: 'last_update', type: 'UBIGINT', about: '`LastUpdate` of mechanism 0' },
    column(
      'weights',
      'UINTEGER',
      'entries of its weights, of all mechanisms; null where weights are not kept',
      'plain',
    ),
    column('weights_changed', 'UINTEGER', 'entries that came, went or have another value', 'plain'),
    column(
      'weights_moved',
      'UBIGINT',
      'the sum of what each entry is more or less, in u16 of rows whose largest is 65535',
      'plain',
    ),
    column(
      'changed',
      'VARCHAR',
      'of `registered`, `permit gained`, `permit lost`, `became active`, `became inactive`, `weights`, `stake`, `validators`, with commas between; empty where nothing did, null where the epoch before is not known',
      'plain',
    ),
  ],
  order: ['netuid', 'block', 'uid'],
  before: LONGEST_TEMPO,
  sql: `
WITH places AS (
  SELECT netuid, block, time, lag(block) OVER (PARTITION BY netuid, known_from ORDER BY block) AS block_before
  FROM epoch_places WHERE ran),
counts AS (
  SELECT netuid, block, count(*) FILTER (validator_permit) AS validators FROM neurons GROUP BY netuid, block),
validators AS (
  SELECT p.time, p.block_before, n.*, c.validators, d.validators AS validators_before, d.block IS NOT NULL AS known,
    b.uid AS uid_before, b.validator_trust AS trust_before, b.dividends AS dividends_before,
    b.validator_permit AS permit_before, b.active AS active_before, b.alpha_stake AS alpha_before,
    b.tao_stake AS tao_before, b.stake_weight AS stake_weight_before
  FROM neurons AS n
  JOIN places AS p ON p.netuid = n.netuid AND p.block = n.block
  JOIN counts AS c ON c.netuid = n.netuid AND c.block = n.block
  LEFT JOIN counts AS d ON d.netuid = p.netuid AND d.block = p.block_before
  LEFT JOIN neurons AS b ON b.netuid = p.netuid AND b.block = p.block_before AND b.hotkey = n.hotkey
  WHERE n.validator_permit OR n.validator_trust > 0 OR n.dividends > 0
    OR b.validator_permit OR b.validator_trust > 0 OR b.dividends > 0),
entries AS (
  SELECT v.netuid, v.block, v.uid, w.mechanism, w.column_uid, w.weight, NULL::USMALLINT AS was
  FROM validators AS v JOIN weights AS w ON w.netuid = v.netuid AND w.block = v.block AND w.uid = v.uid
  UNION ALL
  SELECT v.netuid, v.block, v.uid, w.mechanism, w.column_uid, NULL, w.weight
  FROM validators AS v
  JOIN weights AS w ON w.netuid = v.netuid AND w.block = v.block_before AND w.uid = v.uid_before),
pairs AS (
  SELECT netuid, block, uid, max(weight)::INTEGER AS weight, max(was)::INTEGER AS was
  FROM entries GROUP BY netuid, block, uid, mechanism, column_uid),
moves AS (
  SELECT netuid, block, uid, count(weight) AS weights, count(*) FILTER (weight IS DISTINCT FROM was) AS changed,
    sum(abs(coalesce(weight, 0) - coalesce(was, 0))) AS moved
  FROM pairs GROUP BY netuid, block, uid),
told AS (
  SELECT v.*, known AND uid_before IS NOT NULL AS had,
    CASE WHEN kept.weights THEN coalesce(m.weights, 0) END AS entries,
    CASE WHEN kept.weights AND uid_before IS NOT NULL THEN coalesce(m.changed, 0) END AS entries_changed,
    CASE WHEN kept.weights AND uid_before IS NOT NULL THEN coalesce(m.moved, 0) END AS moved
  FROM validators AS v CROSS JOIN kept
  LEFT JOIN moves AS m ON m.netuid = v.netuid AND m.block = v.block AND m.uid = v.uid)
SELECT netuid, block, time, uid, hotkey, coldkey, CASE WHEN known THEN block_before END AS block_before,
  validator_trust, validator_trust::INTEGER - trust_before::INTEGER AS validator_trust_change,
  dividends, dividends::INTEGER - dividends_before::INTEGER AS dividends_change,
  validator_permit, permit_before AS validator_permit_before, active, active_before,
  alpha_stake, alpha_stake::HUGEINT - alpha_before::HUGEINT AS alpha_stake_change,
  tao_stake, tao_stake::HUGEINT - tao_before::HUGEINT AS tao_stake_change,
  stake_weight, stake_weight::INTEGER - stake_weight_before::INTEGER AS stake_weight_change,
  validators, validators - validators_before AS validators_change,
  last_update, entries AS weights, entries_changed AS weights_changed, moved AS weights_moved,
  CASE WHEN NOT known THEN NULL WHEN NOT had THEN 'registered' ELSE concat_ws(', ',
    CASE WHEN validator_permit AND NOT permit_before THEN 'permit gained'
      WHEN NOT validator_permit AND permit_before THEN 'permit lost' END,
    CASE WHEN active AND NOT active_before THEN 'became active'
      WHEN NOT active AND active_before THEN 'became inactive' END,
    CASE WHEN entries_changed > 0 THEN 'weights' END,
    CASE WHEN alpha_stake <> alpha_before OR tao_stake <> tao_before THEN 'stake' END,
    CASE WHEN validators <> validators_before THEN 'validators' END) END AS changed
FROM told`,
}
