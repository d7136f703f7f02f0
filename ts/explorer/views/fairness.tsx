/** How evenly stake and pay are spread. */

import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import {
  decimal,
  type FairnessOf,
  type FairnessOver,
  type FairnessRow,
  type Fraction,
} from 'yuma-core/simulate'
import { useAnswer } from '../parts/answer.ts'
import { Choice } from '../parts/fields.tsx'
import { percent } from '../parts/format.ts'
import { type Line, Lines } from '../parts/lines.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { ran, slow } from '../state/session.ts'

const OVER: readonly (readonly [FairnessOver, string])[] = [
  ['stake', 'stake'],
  ['emission', 'emission'],
  ['incentive', 'incentive'],
  ['dividends', 'dividends'],
]
const WHOSE: readonly (readonly [FairnessOf, string])[] = [
  ['all', 'everyone'],
  ['validators', 'validators'],
  ['miners', 'miners'],
]
const DIGITS = 6

export function Fairness(): JSX.Element {
  const { snapshot } = ran.value!
  const [over, setOver] = useState<FairnessOver>('stake')
  const [of, setOf] = useState<FairnessOf>('validators')
  const figure = useRef<SVGSVGElement>(null)
  const { value: rows = [], fault } = useAnswer(() => slow.call('fairness', snapshot), [snapshot])
  const chosen = rows.filter((row) => row.over === over && row.of === of)
  const most = Math.max(1, ...chosen.map(({ members }) => members))
  return (
    <>
      <ViewHead title="Fairness" figure={() => figure.current} rows={() => csvRows(rows)}>
        How evenly an amount is spread: the Lorenz curve, and what is told from it. With keys known, all uids
        of one coldkey count as one, too.
      </ViewHead>
      <div class="row tools">
        <Choice label="Of" value={over} options={OVER} onValue={setOver} />
        <Choice label="among" value={of} options={WHOSE} onValue={setOf} />
      </div>
      {fault !== undefined && <p class="note">{fault}</p>}
      {chosen.length === 0 ? (
        <p class="note">
          {over === 'incentive'
            ? 'Incentive is miners’ alone.'
            : over === 'dividends'
              ? 'Dividends are validators’ alone.'
              : 'Nothing to show.'}
        </p>
      ) : (
        <section>
          <Lines
            figure={figure}
            label={`Lorenz curve of ${over} among ${of}`}
            lines={[EVEN, ...chosen.map(curveOf)]}
            x={{
              title: 'Part of the members, those with least first',
              from: 0,
              to: 1,
              text: (value) => percent(value, 0),
            }}
            y={{
              title: `Part of the ${over} that they have together`,
              to: 1,
              text: (value) => percent(value, 0),
            }}
          />
          <p>
            {chosen
              .map(
                ({ by, gini, nakamoto, members }) =>
                  `By ${by}: Gini ${shown(gini, 3)}; ${nakamoto ?? '–'} of ${members} have more than half.`,
              )
              .join(' ')}
          </p>
        </section>
      )}
      <Table
        label="Concentration"
        columns={COLUMNS}
        rows={rows.map((row, at) => ({ ...row, at }))}
        rowKey={({ at }) => at}
        most={14}
      />
      <p class="quiet">
        {most > 1 ? 'Fractions are exact; they are rounded only where they are shown.' : ''}
      </p>
    </>
  )
}

const EVEN: Line = {
  name: 'even',
  points: [
    [0, 0],
    [1, 1],
  ],
}

function curveOf({ by, lorenz, total, members }: FairnessRow): Line {
  const height = (amount: bigint): number =>
    total === 0n ? 0 : Number((amount * 1_000_000n) / total) / 1_000_000
  const points = lorenz.map((amount, i) => [(i + 1) / members, height(amount)] as const)
  return { name: `by ${by}`, points: [[0, 0], ...points], strong: by === 'uid' }
}

type Row = FairnessRow & { readonly at: number }

function shown(value: Fraction | null, digits: number = DIGITS): string {
  return value === null ? '–' : decimal(value, digits)
}

/** For sorting alone. */
function size(value: Fraction | null): number {
  return value === null ? -1 : Number(decimal(value, DIGITS))
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'over', title: 'Of', align: 'left', value: ({ over }) => over, text: ({ over }) => over },
  { id: 'of', title: 'Among', align: 'left', value: ({ of }) => of, text: ({ of }) => of },
  { id: 'by', title: 'By', align: 'left', value: ({ by }) => by, text: ({ by }) => by },
  {
    id: 'members',
    title: 'Members',
    align: 'right',
    value: ({ members }) => members,
    text: ({ members }) => String(members),
  },
  {
    id: 'holders',
    title: 'With any',
    align: 'right',
    value: ({ holders }) => holders,
    text: ({ holders }) => String(holders),
  },
  {
    id: 'gini',
    title: 'Gini',
    about: '0 where all have the same, near 1 where one has all',
    align: 'right',
    value: ({ gini }) => size(gini),
    text: ({ gini }) => shown(gini),
  },
  {
    id: 'nakamoto',
    title: 'Nakamoto',
    about: 'How many, the greatest first, have more than half',
    align: 'right',
    value: ({ nakamoto }) => nakamoto ?? -1,
    text: ({ nakamoto }) => String(nakamoto ?? '–'),
  },
  {
    id: 'hhi',
    title: 'HHI',
    about: 'Herfindahl-Hirschman index: the sum of squared shares',
    align: 'right',
    value: ({ hhi }) => size(hhi),
    text: ({ hhi }) => shown(hhi),
  },
  {
    id: 'entropy',
    title: 'Entropy (bits)',
    align: 'right',
    value: ({ entropy }) => entropy ?? -1,
    text: ({ entropy }) => (entropy === null ? '–' : entropy.toFixed(3)),
  },
  {
    id: 'top',
    title: 'Greatest 10',
    align: 'right',
    value: ({ top }) => size(top.at(-1)?.share ?? null),
    text: ({ top }) => shown(top.at(-1)?.share ?? null, 4),
  },
]

function csvRows(rows: readonly FairnessRow[]): readonly (readonly (string | number | bigint)[])[] {
  return [
    ['over', 'of', 'by', 'members', 'holders', 'total', 'gini', 'nakamoto', 'hhi', 'entropy'],
    ...rows.map(({ over, of, by, members, holders, total, gini, nakamoto, hhi, entropy }) => [
      over,
      of,
      by,
      members,
      holders,
      total,
      shown(gini, 12),
      nakamoto ?? '',
      shown(hhi, 12),
      entropy ?? '',
    ]),
  ]
}
