/** What checks found, by the version that ran the epochs. */

import type { View, ViewColumn } from './questions.ts'

const OUTCOMES = ['equal', 'different', 'skipped', 'deferred', 'unchecked'] as const

export const RULES_VIEW: View = {
  name: 'differences_by_rules',
  command: 'rules',
  summary: 'epochs by the version that ran them: outcomes, values compared, differences',
  about: 'A runtime version: what became of the epochs that it ran.',
  needs: [],
  uses: [],
  reads: [],
  columns: [
    { name: 'spec_version', type: 'UINTEGER', about: 'the runtime', shown: 'plain' },
    { name: 'epochs', type: 'UINTEGER', about: 'epochs that were due', shown: 'plain' },
    ...OUTCOMES.map(
      (outcome): ViewColumn => ({
        name: outcome,
        type: 'UINTEGER',
        about: `of them with the outcome \`${outcome}\``,
        shown: 'plain',
      }),
    ),
    { name: 'values_checked', type: 'UBIGINT', about: 'values compared', shown: 'plain' },
    { name: 'differences', type: 'UBIGINT', about: 'of them other than computed', shown: 'plain' },
    {
      name: 'not_comparable',
      type: 'UBIGINT',
      about: 'values that transactions may have changed too',
      shown: 'plain',
    },
    { name: 'first_block', type: 'UBIGINT', about: 'of the first of these epochs' },
    { name: 'last_block', type: 'UBIGINT', about: 'of the last' },
  ],
  order: ['spec_version'],
  before: 0,
  sql: `
SELECT spec_version, count(*) AS epochs,
  ${OUTCOMES.map((outcome) => `count(*) FILTER (outcome = '${outcome}') AS "${outcome}"`).join(',\n  ')},
  sum(values_checked) AS values_checked, sum(differences) AS differences, sum(not_comparable) AS not_comparable,
  min(block) AS first_block, max(block) AS last_block
FROM epochs GROUP BY spec_version`,
}
