/** What the epoch gave whom: the table of the command, before and after changes. */

import type { JSX } from 'preact'
import type { EpochResult } from 'yuma-core'
import { Switch } from '../parts/fields.tsx'
import { alpha, proportion, shortAddress } from '../parts/format.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { changed, exact, mechanism, opened, ran, selection } from '../state/session.ts'

type Kind = 'u16' | 'rao' | 'flag'

const TERMS: readonly (readonly [field: keyof Terms, title: string, kind: Kind, about: string])[] = [
  ['emission', 'Emission (α)', 'rao', 'Both, as the chain stores it'],
  ['incentive', 'Incentive', 'u16', 'Its share among miners'],
  ['consensus', 'Consensus', 'u16', 'Stake-weighted median of the weights on it'],
  ['dividends', 'Dividends', 'u16', 'Its share among validators'],
  ['validatorTrust', 'Validator trust', 'u16', 'Sum of its weights that consensus leaves'],
  ['stake', 'Stake (α)', 'rao', 'Stake before the threshold'],
  ['stakeWeight', 'Stake weight', 'u16', 'Normalised stake'],
  ['validatorPermit', 'Permit', 'flag', 'Whether it has a permit after the epoch'],
  ['active', 'Active', 'flag', 'Whether it updated within the activity cutoff'],
  ['serverEmission', 'As a miner (α)', 'rao', 'What it is paid as a miner'],
  ['validatorEmission', 'As a validator (α)', 'rao', 'What it and who stakes to it are paid'],
]

type Terms = Pick<
  EpochResult,
  | 'stake'
  | 'stakeWeight'
  | 'active'
  | 'validatorPermit'
  | 'consensus'
  | 'validatorTrust'
  | 'incentive'
  | 'dividends'
  | 'serverEmission'
  | 'validatorEmission'
  | 'emission'
>

export function Neurons(): JSX.Element {
  const { snapshot, result } = ran.value!
  const base = opened.value!
  const before = changed.value ? base.result : null
  // The chain keeps incentive by mechanism; of the combination it keeps everything else.
  const own = { ...result, incentive: result.mechanisms[mechanism.value]!.incentive }
  const was = before && {
    ...before,
    incentive: before.mechanisms[mechanism.value]?.incentive ?? before.incentive,
  }
  const uids = Array.from({ length: snapshot.n }, (_, uid) => uid)
  const columns: readonly Column<number>[] = [
    { id: 'uid', title: 'Uid', align: 'right', value: (uid) => uid, text: String },
    ...(snapshot.hotkeys === undefined
      ? []
      : [
          {
            id: 'hotkey',
            title: 'Hotkey',
            align: 'left' as const,
            value: (uid: number) => snapshot.hotkeys![uid] ?? '',
            text: (uid: number) =>
              exact.value ? (snapshot.hotkeys![uid] ?? '') : shortAddress(snapshot.hotkeys![uid] ?? ''),
          },
        ]),
    ...TERMS.map(
      ([field, title, kind, about]): Column<number> => ({
        id: field,
        title: exact.value ? title.replace('(α)', '(rao)') : title,
        about,
        align: kind === 'flag' ? 'left' : 'right',
        value: (uid) => own[field][uid]!,
        text: (uid) => shown(own[field][uid]!, kind),
        before: (uid) => (was === null || uid >= was.n ? null : shown(was[field][uid]!, kind)),
      }),
    ),
  ]
  return (
    <>
      <ViewHead title="Neurons" rows={() => csvRows(own, snapshot.hotkeys)}>
        What the epoch gives each neuron. With changes, a value that is another one stands behind what it was.
      </ViewHead>
      <div class="row tools">
        <Switch label="As stored (u16 and rao)" value={exact.value} onValue={(on) => (exact.value = on)} />
      </div>
      <Table
        label="Neurons"
        columns={columns}
        rows={uids}
        rowKey={(uid) => uid}
        selected={selection.value.miner ?? selection.value.validator}
        onSelect={(uid) => {
          const validator = result.validatorPermit[uid] === 1 || result.dividends[uid]! > 0
          selection.value = validator
            ? { ...selection.value, validator: uid }
            : { ...selection.value, miner: uid }
        }}
        sort={{ id: 'emission', down: true }}
      />
    </>
  )
}

function shown(value: number | bigint, kind: Kind): string {
  if (exact.value) return String(value)
  if (typeof value === 'bigint') return alpha(value)
  if (kind === 'flag') return value === 1 ? 'yes' : 'no'
  return proportion(value)
}

function csvRows(
  terms: Terms & { readonly n: number },
  hotkeys: readonly string[] | undefined,
): readonly (readonly (string | number | bigint)[])[] {
  const rows = Array.from({ length: terms.n }, (_, uid) => [
    uid,
    hotkeys?.[uid] ?? '',
    ...TERMS.map(([field]) => terms[field][uid]!),
  ])
  return [['uid', 'hotkey', ...TERMS.map(([field]) => field)], ...rows]
}
