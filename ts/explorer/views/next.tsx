/** What comes next, if nothing changes: epochs, pay, permits, replacements. */

import type { JSX } from 'preact'
import type { HotkeyPay, Next } from 'yuma-core/simulate'
import { dialog } from '../open-dialog.tsx'
import { useAnswer } from '../parts/answer.ts'
import { alpha, grouped, shortAddress } from '../parts/format.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { opened, ran, slow } from '../state/session.ts'

export function NextView(): JSX.Element {
  const { snapshot } = ran.value!
  const { network } = opened.value!
  const known = snapshot.extra?.chain !== undefined || network !== null
  const { value, fault, busy } = useAnswer(
    // What is told rests on the chain's state, which a change of a weight is not.
    known ? () => slow.call('next', { snapshot: opened.value!.snapshot, network }) : undefined,
    [opened.value],
  )
  return (
    <>
      <ViewHead title="Next" rows={() => csvRows(value)}>
        When the next epochs are, what the next one pays whom on the weights of now, who is at the edge of a
        permit, and whom a registration would replace. Changes are not counted.
      </ViewHead>
      {!known && (
        <div class="note">
          <p>
            A generated subnet has no schedule. Open a subnet of a node, or the network among the examples.
          </p>
          <p class="row">
            <button type="button" onClick={() => dialog.current?.showModal()}>
              Open…
            </button>
          </p>
        </div>
      )}
      {known && busy && <p class="busy">computing …</p>}
      {fault !== undefined && <p class="note">{fault}</p>}
      {value !== undefined && <Told next={value} />}
    </>
  )
}

const SHOWN = 12

function Told({ next }: { readonly next: Next }): JSX.Element {
  const { epochs, due, seats, replacements, pay, notes, stateBlock } = next
  const in_ = epochs[0] === undefined ? '' : ` (in ${grouped(epochs[0] - stateBlock)} blocks)`
  return (
    <>
      <section>
        <h3>Epochs to come</h3>
        <p>
          {epochs.map((block) => grouped(block)).join(', ')}
          {in_}. The next one shares out <strong>{alpha(due.emission)} α</strong>: {alpha(due.server)} to
          miners, {alpha(due.validator)} to validators, {alpha(due.root)} to root; the owner gets{' '}
          {alpha(due.owner)} ({due.basis}).
        </p>
      </section>
      <section>
        <h3>Permits</h3>
        <p>
          {seats.taken} of {seats.most} are taken.{' '}
          {seats.last !== null &&
            `The last is ${seats.last.uid}’s, with ${alpha(seats.last.stake)} α of stake. `}
          {seats.next !== null &&
            (seats.next.more === null
              ? `No stake would give ${seats.next.uid} one.`
              : `${seats.next.uid} has the most stake without one, and needs ${alpha(seats.next.more)} α more.`)}
        </p>
        <p class="quiet">
          {seats.gained.length > 0 ? `Gained: ${seats.gained.join(', ')}. ` : 'Nobody gains one. '}
          {seats.lost.length > 0 ? `Lost: ${seats.lost.join(', ')}.` : 'Nobody loses one.'}
        </p>
      </section>
      {replacements !== null && (
        <section>
          <h3>Registrations</h3>
          <p>
            {replacements.free > 0
              ? `${replacements.free} uids are free: nobody is replaced. `
              : 'No uid is free. '}
            One costs {alpha(replacements.burn)} τ now. In order they would replace, now:{' '}
            {replacements.now.slice(0, SHOWN).join(', ') || 'nobody'}; after the epoch:{' '}
            {replacements.afterEpoch.slice(0, SHOWN).join(', ') || 'nobody'}.
          </p>
          {replacements.immune.length > 0 && (
            <p class="quiet">
              Immune:{' '}
              {replacements.immune
                .slice(0, SHOWN)
                .map(({ uid, until }) => `${uid} until ${grouped(until)}`)
                .join(', ')}
              .
            </p>
          )}
        </section>
      )}
      {pay !== null && (
        <section>
          <h3>Who is paid</h3>
          <Table
            label="Pay of the next epoch"
            columns={PAY}
            rows={pay.map((row, at) => ({ ...row, at }))}
            rowKey={({ at }) => at}
            most={14}
          />
        </section>
      )}
      {notes.length > 0 && (
        <section>
          <h3>What is assumed</h3>
          <ul class="notes">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

type Row = HotkeyPay & { readonly at: number }

function amount(id: Exclude<keyof HotkeyPay, 'hotkey' | 'uid'>, title: string): Column<Row> {
  return { id, title, align: 'right', value: (row) => row[id], text: (row) => alpha(row[id]) }
}

const PAY: readonly Column<Row>[] = [
  {
    id: 'uid',
    title: 'Uid',
    align: 'right',
    value: ({ uid }) => uid ?? -1,
    text: ({ uid }) => (uid === null ? 'parent' : String(uid)),
  },
  {
    id: 'hotkey',
    title: 'Hotkey',
    align: 'left',
    value: ({ hotkey }) => hotkey,
    text: ({ hotkey }) => shortAddress(hotkey),
  },
  amount('incentive', 'Incentive (α)'),
  amount('withheld', 'Withheld (α)'),
  amount('take', 'Take (α)'),
  amount('stakers', 'Stakers (α)'),
  amount('rootStakers', 'On root (α)'),
  amount('ownerCut', 'Owner (α)'),
]

function csvRows(next: Next | undefined): readonly (readonly (string | number | bigint)[])[] {
  const rows = next?.pay ?? []
  return [
    [
      'uid',
      'hotkey',
      'incentive_rao',
      'withheld_rao',
      'take_rao',
      'stakers_rao',
      'root_stakers_rao',
      'owner_rao',
    ],
    ...rows.map((row) => [
      row.uid ?? '',
      row.hotkey,
      row.incentive,
      row.withheld,
      row.take,
      row.stakers,
      row.rootStakers,
      row.ownerCut,
    ]),
  ]
}
