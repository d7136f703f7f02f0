/** Why a neuron gets what it gets: parts that add up to the last unit, in a figure, in words, and in a table. */

import { scaleLinear } from 'd3-scale'
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Explained, Explanation, Part } from 'yuma-core/verify'
import { useAnswer } from '../parts/answer.ts'
import { AxisX } from '../parts/axis.tsx'
import { Choice } from '../parts/fields.tsx'
import { alpha, fixed, named, part, percent, percentTicks, proportion, share } from '../parts/format.ts'
import { NeuronChoice } from '../parts/neuron-choice.tsx'
import { useWidth } from '../parts/size.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { change, mechanism, ran, selection } from '../state/session.ts'
import { Client } from '../worker/client.ts'

const KINDS = {
  incentive: 'Incentive',
  dividends: 'Dividends',
  validatorTrust: 'Validator trust',
} as const
type Kind = keyof typeof KINDS

/** Of its own: the search for the best change takes seconds, and is given up when another one is wanted. */
const explainer = new Client()

export function Why(): JSX.Element {
  const { snapshot } = ran.value!
  const { miner, validator } = selection.value
  const [kind, setKind] = useState<Kind>(miner === null && validator !== null ? 'dividends' : 'incentive')
  const uid = (kind === 'incentive' ? miner : validator) ?? first(kind)
  const own = mechanism.value
  const parts = useAnswer(
    () => explainer.call('explain', { snapshot, uid, mechanism: own, search: false }),
    [snapshot, uid, own],
  )
  const figure = useRef<SVGSVGElement>(null)
  const explained = parts.value?.uid === uid ? parts.value[kind] : undefined
  const uids = Array.from({ length: snapshot.n }, (_, uid) => uid)
  const choose = (uid: number): void => {
    selection.value =
      kind === 'incentive' ? { ...selection.value, miner: uid } : { ...selection.value, validator: uid }
  }
  return (
    <>
      <ViewHead title="Why" figure={() => figure.current} rows={() => rowsOf(explained ?? null)}>
        What a value is made of. The parts add up to what the chain stores and pays, to the last unit.
      </ViewHead>
      <div class="row tools">
        <Choice
          label="Explain"
          value={kind}
          options={Object.entries(KINDS) as [Kind, string][]}
          onValue={setKind}
        />
        <NeuronChoice label="of" snapshot={snapshot} uids={uids} value={uid} onValue={choose} />
      </div>
      {parts.fault !== undefined && <p class="note">{parts.fault}</p>}
      {explained === null && <p class="note">{nothing(kind, uid)}</p>}
      {explained && parts.value && (
        <>
          <section aria-busy={parts.busy}>
            <Words explanation={parts.value} explained={explained} kind={kind} />
            <Waterfall
              figure={figure}
              explained={explained}
              label={`Parts of the ${KINDS[kind].toLowerCase()} of ${uid}`}
            />
          </section>
          <Best key={`${kind} ${uid}`} uid={uid} kind={kind} />
          <Parts explained={explained} kind={kind} />
        </>
      )}
    </>
  )
}

/** Who is explained where nobody is chosen: whoever has most. */
function first(kind: Kind): number {
  const values = ran.value!.result.mechanisms[mechanism.value]![kind]
  return values.reduce((best, value, uid) => (value > values[best]! ? uid : best), 0)
}

function nothing(kind: Kind, uid: number): string {
  if (kind === 'incentive') return `Nobody weighs ${uid}: it has no incentive.`
  if (kind === 'dividends') return `${uid} has no bonds: it has no dividends.`
  return `${uid} has no weights that count: it has no validator trust.`
}

const BY: Readonly<Record<Kind, string>> = {
  incentive: 'the clipped weights on it, each by its validator’s stake',
  dividends: 'its bonds, each by its miner’s incentive',
  validatorTrust: 'what consensus leaves of its weights',
}

function Words({
  explanation,
  explained,
  kind,
}: {
  readonly explanation: Explanation
  readonly explained: Explained
  readonly kind: Kind
}): JSX.Element {
  const { uid, active, permit, masked } = explanation
  const biggest = explained.parts.toSorted((a, b) => Number(b.bits - a.bits)).slice(0, 3)
  const whole = explained.parts.reduce((sum, { bits }) => sum + bits, 0n)
  const weights = kind === 'dividends' ? [] : (explanation[kind]?.weights ?? [])
  const cut = weights.filter(({ cut }) => cut > 0n)
  const lost = cut.reduce((sum, { cut }) => sum + share(cut), 0)
  return (
    <div class="words">
      <p>
        The {KINDS[kind].toLowerCase()} of {named(ran.value!.snapshot, uid)}{' '}
        {kind === 'dividends' ? 'are' : 'is'} <strong>{proportion(explained.value)}</strong> (
        {explained.value} of 65535)
        {explained.rao !== null && (
          <>
            , for which it is paid <strong>{alpha(explained.rao)} α</strong>
          </>
        )}
        . {kind === 'dividends' ? 'They are' : 'It is'} made of {BY[kind]}: {explained.parts.length} parts
        {biggest.length > 0 && whole > 0n && (
          <>
            , the greatest of them{' '}
            {biggest.map(({ uid, bits }) => `${uid} (${percent(share(bits) / share(whole), 1)})`).join(', ')}
          </>
        )}
        .
      </p>
      {cut.length > 0 && (
        <p>
          Consensus cuts {cut.length} of {weights.length} weights
          {kind === 'validatorTrust' ? `, ${percent(lost, 1)} of the row` : ''}:{' '}
          {cut
            .slice(0, 6)
            .map(({ uid, cut }) => `${uid} loses ${percent(share(cut), 2)}`)
            .join(', ')}
          {cut.length > 6 ? ' …' : ''}.
        </p>
      )}
      {kind !== 'incentive' && (!active || !permit) && (
        <p>
          {!active ? 'It is not active. ' : ''}
          {!permit ? 'It had no permit before the epoch.' : ''}
        </p>
      )}
      {kind === 'incentive' && masked.onIt.length > 0 && (
        <p>{masked.onIt.length} weights on it do not count.</p>
      )}
      {kind !== 'incentive' && masked.own.length > 0 && (
        <p>{masked.own.length} of its weights do not count.</p>
      )}
    </div>
  )
}

/** The one change of a weight that would raise the value most. */
function Best({ uid, kind }: { readonly uid: number; readonly kind: Kind }): JSX.Element {
  const { snapshot } = ran.value!
  const own = mechanism.value
  const [wanted, setWanted] = useState<object | null>(null)
  const asked = wanted === snapshot
  const found = useAnswer(
    asked ? () => explainer.call('explain', { snapshot, uid, mechanism: own, search: true }) : undefined,
    [asked, snapshot, uid, own],
    () => asked && explainer.stop(),
  )
  const explained = found.value?.[kind]
  return (
    <section class="best" aria-live="polite">
      <h3>The single change that would help most</h3>
      {!asked && (
        <p class="row">
          <button type="button" onClick={() => setWanted(snapshot)}>
            Look for it
          </button>
          <span class="quiet">
            Tries every weight that{' '}
            {kind === 'incentive' ? 'a validator could set on it' : 'it could set otherwise'}.
          </span>
        </p>
      )}
      {asked && found.busy && <p class="quiet">Trying …</p>}
      {asked && found.fault !== undefined && <p class="note">{found.fault}</p>}
      {asked && !found.busy && explained && <Found explained={explained} kind={kind} />}
    </section>
  )
}

function Found({
  explained: { best, tried },
  kind,
}: {
  readonly explained: Explained
  readonly kind: Kind
}): JSX.Element {
  if (best === null) return <p>None of the {tried} changes that were tried raises it.</p>
  const { from, to, was, becomes, value, wouldBe } = best
  const shown = (value: bigint): string => (kind === 'validatorTrust' ? fixed(value) : `${alpha(value)} α`)
  const apply = (): void =>
    change({
      kind: 'weight',
      from,
      to,
      value: becomes,
      ...(mechanism.value === 0 ? {} : { mechanism: mechanism.value }),
    })
  return (
    <>
      <p>
        Of {tried} that were tried: if {from} weighed {to} with <strong>{becomes}</strong> in place of {was},
        it would be <strong>{shown(wouldBe)}</strong> in place of {shown(value)}.
      </p>
      <p class="row">
        <button type="button" class="primary" onClick={apply}>
          Apply it
        </button>
      </p>
    </>
  )
}

const SHOWN = 14
const ROW = 24
const MARGIN = { left: 70, right: 90, top: 8, bottom: 44 }

/** Parts one behind the other, the greatest first, to the whole. */
function Waterfall({
  figure,
  explained,
  label,
}: {
  readonly figure: { current: SVGSVGElement | null }
  readonly explained: Explained
  readonly label: string
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const bars = barsOf(explained)
  const height = MARGIN.top + (bars.length + 1) * ROW + MARGIN.bottom
  const whole = part(explained.value)
  const x = scaleLinear(
    [0, Math.max(whole, 1e-9)],
    [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)],
  )
  const floor = height - MARGIN.bottom
  return (
    <div ref={box} class="figure">
      <svg ref={figure} width={width} height={height} role="img" aria-label={label}>
        <AxisX
          scale={x}
          at={floor}
          text={percentTicks(whole)}
          title="Part of 1, one part after the other"
          grid={floor - MARGIN.top}
          ticks={Math.max(2, Math.min(6, Math.floor(width / 120)))}
        />
        {bars.map(({ name, units, from }, row) => {
          const y = MARGIN.top + row * ROW
          const [left, right] = [x(part(from)), x(part(from + units))]
          return (
            <g key={name}>
              <text x={MARGIN.left - 9} y={y + ROW / 2} text-anchor="end" dominant-baseline="middle">
                {name}
              </text>
              <rect class="bar" x={left} y={y + 3} width={Math.max(1, right - left)} height={ROW - 6} />
              <text class="quiet-text" x={right + 6} y={y + ROW / 2} dominant-baseline="middle">
                {units}
              </text>
            </g>
          )
        })}
        <text
          x={MARGIN.left - 9}
          y={floor - ROW / 2}
          text-anchor="end"
          dominant-baseline="middle"
          class="strong"
        >
          sum
        </text>
        <rect
          class="bar whole"
          x={x(0)}
          y={floor - ROW + 3}
          width={Math.max(1, x(whole) - x(0))}
          height={ROW - 6}
        />
        <text class="quiet-text" x={x(whole) + 6} y={floor - ROW / 2} dominant-baseline="middle">
          {explained.value}
        </text>
      </svg>
    </div>
  )
}

interface Bar {
  readonly name: string
  /** Of 65535. */
  readonly units: number
  readonly from: number
}

function barsOf({ parts }: Explained): readonly Bar[] {
  const sorted = parts.toSorted((a, b) => Number(b.bits - a.bits))
  const rest = sorted.slice(SHOWN)
  const named = sorted.slice(0, SHOWN).map(({ uid, units }) => ({ name: String(uid), units: Number(units) }))
  if (rest.length > 0)
    named.push({
      name: `${rest.length} more`,
      units: Number(rest.reduce((sum, { units }) => sum + units, 0n)),
    })
  let from = 0
  return named.map(({ name, units }) => {
    const bar = { name, units, from }
    from += units
    return bar
  })
}

function Parts({ explained, kind }: { readonly explained: Explained; readonly kind: Kind }): JSX.Element {
  const whole = explained.parts.reduce((sum, { bits }) => sum + bits, 0n)
  const columns: readonly Column<Part>[] = [
    {
      id: 'uid',
      title: kind === 'incentive' ? 'Validator' : 'Miner',
      align: 'right',
      value: ({ uid }) => uid,
      text: ({ uid }) => String(uid),
    },
    {
      id: 'units',
      title: 'Of 65535',
      align: 'right',
      value: ({ units }) => units,
      text: ({ units }) => String(units),
    },
    ...(explained.rao === null
      ? []
      : [
          {
            id: 'rao',
            title: 'Paid (rao)',
            align: 'right' as const,
            value: ({ rao }: Part) => rao,
            text: ({ rao }: Part) => String(rao),
          },
        ]),
    {
      id: 'bits',
      title: 'Before normalising (2⁻³²)',
      align: 'right',
      value: ({ bits }) => bits,
      text: ({ bits }) => String(bits),
    },
    {
      id: 'share',
      title: 'Part',
      align: 'right',
      value: ({ bits }) => bits,
      text: ({ bits }) => (whole === 0n ? '–' : percent(share(bits) / share(whole), 2)),
    },
  ]
  const sum = explained.parts.reduce((sum, { units }) => sum + units, 0n)
  const rao = explained.parts.reduce((sum, { rao }) => sum + rao, 0n)
  return (
    <section>
      <h3>All {explained.parts.length} parts</h3>
      <p class="quiet" data-sums={`${sum} ${rao}`}>
        They sum to {String(sum)} of 65535{explained.rao === null ? '' : ` and to ${rao} rao`}.
      </p>
      <Table
        label="Parts"
        columns={columns}
        rows={explained.parts}
        rowKey={({ uid }) => uid}
        sort={{ id: 'bits', down: true }}
        most={12}
      />
    </section>
  )
}

function rowsOf(explained: Explained | null): readonly (readonly (string | number | bigint)[])[] {
  const rows = (explained?.parts ?? []).map(({ uid, units, rao, bits }) => [uid, units, rao, bits])
  return [['uid', 'units_of_65535', 'rao', 'bits_i32f32'], ...rows]
}
