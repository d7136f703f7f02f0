/** A miner's consensus: the weights on it by the stake behind them, and where the majority's line meets them. */

import { scaleLinear } from 'd3-scale'
import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { AxisX, AxisY } from '../parts/axis.tsx'
import { Switch } from '../parts/fields.tsx'
import { fixed, named, part, percent, percentTicks, share } from '../parts/format.ts'
import { entryOf, frameOf } from '../parts/grid.ts'
import { NeuronChoice } from '../parts/neuron-choice.tsx'
import { useWidth } from '../parts/size.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { exact, mechanism, opened, ran, selection, view } from '../state/session.ts'
import type { Ran } from '../worker/messages.ts'

const HEIGHT = 360
const MARGIN = { left: 66, right: 26, top: 34, bottom: 46 }

/** A validator's step: as wide as its stake, as high as its weight. */
interface Step {
  readonly uid: number
  /** Share of active stake, and normalised weight: I32F32 bits. */
  readonly stake: bigint
  readonly weight: bigint
  readonly kept: bigint
  /** Where its stake begins, from 0 to 1. */
  readonly from: number
  readonly to: number
}

export function Staircase(): JSX.Element {
  const now = ran.value!
  const base = opened.value!
  const figure = useRef<SVGSVGElement>(null)
  const miners = useMemo(
    () =>
      frameOf(base.snapshot, base.result, mechanism.value, { rows: 'stake', columns: 'incentive' }).columns,
    [base, mechanism.value],
  )
  const miner = selection.value.miner ?? miners[0] ?? 0
  const steps = useMemo(() => stepsOf(now, miner), [now, miner, mechanism.value])
  const consensus = now.result.mechanisms[mechanism.value]!.raw.consensus[miner]!
  return (
    <>
      <ViewHead title="Consensus" figure={() => figure.current} rows={() => rowsOf(steps)}>
        Validators by the weight that they give one miner, each as wide as its stake. Where kappa’s line meets
        the steps is the consensus: weight above it is cut.
      </ViewHead>
      <div class="row tools">
        <NeuronChoice
          label="Miner"
          snapshot={now.snapshot}
          uids={miners}
          value={miner}
          onValue={(uid) => (selection.value = { ...selection.value, miner: uid })}
        />
        <Switch label="As bits (of 2³²)" value={exact.value} onValue={(on) => (exact.value = on)} />
      </div>
      {now.snapshot.subnetEpochConsensus === 'Null' && (
        <p class="note">This subnet is under Null consensus: no majority is asked for.</p>
      )}
      <section>
        <Figure
          figure={figure}
          steps={steps}
          consensus={consensus}
          kappa={part(now.snapshot.kappa)}
          miner={miner}
        />
        <Words now={now} steps={steps} consensus={consensus} miner={miner} />
      </section>
      <Table
        label={`Validators by their weight on miner ${miner}`}
        columns={COLUMNS}
        rows={steps}
        rowKey={({ uid }) => uid}
        selected={selection.value.validator}
        onSelect={({ uid }) => (selection.value = { validator: uid, miner })}
        most={12}
      />
    </>
  )
}

/** I32F32 bits as they are, or as a fraction. */
function shown(bits: bigint): string {
  return exact.value ? String(bits) : fixed(bits)
}

const COLUMNS: readonly Column<Step>[] = [
  { id: 'uid', title: 'Validator', align: 'right', value: ({ uid }) => uid, text: ({ uid }) => String(uid) },
  {
    id: 'stake',
    title: 'Active stake',
    align: 'right',
    value: ({ stake }) => stake,
    text: ({ stake }) => shown(stake),
  },
  {
    id: 'weight',
    title: 'Weight',
    align: 'right',
    value: ({ weight }) => weight,
    text: ({ weight }) => shown(weight),
  },
  { id: 'kept', title: 'Kept', align: 'right', value: ({ kept }) => kept, text: ({ kept }) => shown(kept) },
  {
    id: 'cut',
    title: 'Cut',
    align: 'right',
    value: ({ weight, kept }) => weight - kept,
    text: ({ weight, kept }) => shown(weight - kept),
  },
]

/** Validators with active stake, those with the greatest weight first. */
function stepsOf({ result, snapshot }: Ran, miner: number): readonly Step[] {
  const { raw, trace } = result.mechanisms[mechanism.value]!
  const uids = Array.from({ length: snapshot.n }, (_, uid) => uid)
  const entries = uids
    .filter((uid) => raw.activeStake[uid]! > 0n)
    .map((uid) => ({
      uid,
      stake: raw.activeStake[uid]!,
      weight: entryOf(trace!.weights, uid, miner) ?? 0n,
      kept: entryOf(trace!.clippedWeights, uid, miner) ?? 0n,
    }))
    .sort((a, b) => Number(b.weight - a.weight) || Number(b.stake - a.stake))
  let from = 0
  return entries.map((entry) => {
    const step = { ...entry, from, to: from + share(entry.stake) }
    from = step.to
    return step
  })
}

interface FigureProps {
  readonly figure: { current: SVGSVGElement | null }
  readonly steps: readonly Step[]
  readonly consensus: bigint
  readonly kappa: number
  readonly miner: number
}

function Figure({ figure, steps, consensus, kappa, miner }: FigureProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const line = share(consensus)
  const highest = Math.max(line, ...steps.map(({ weight }) => share(weight)), 1e-9)
  const x = scaleLinear([0, 1], [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)])
  const y = scaleLinear([0, highest * 1.08], [HEIGHT - MARGIN.bottom, MARGIN.top])
  const chosen = selection.value.validator
  return (
    <div ref={box} class="figure">
      <svg
        ref={figure}
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Weights on miner ${miner} by the stake behind them; consensus ${percent(line, 3)}`}
      >
        <AxisY
          scale={y}
          at={MARGIN.left}
          text={percentTicks(highest)}
          title="Weight on the miner, part of the validator’s row"
          grid={width - MARGIN.left - MARGIN.right}
        />
        {steps.map(({ uid, from, to, weight, kept }) => {
          const wide = Math.max(0.5, x(to) - x(from) - 1)
          const [top, clip, floor] = [y(share(weight)), y(share(kept)), y(0)]
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table below is how the keyboard chooses
            <g
              key={uid}
              class={uid === chosen ? 'step chosen' : 'step'}
              onClick={() => (selection.value = { validator: uid, miner })}
            >
              <title>{`Validator ${uid}: weight ${percent(share(weight), 3)}, kept ${percent(share(kept), 3)}, stake ${percent(to - from)}`}</title>
              <rect class="kept" x={x(from)} y={clip} width={wide} height={Math.max(0, floor - clip)} />
              <rect class="cut" x={x(from)} y={top} width={wide} height={Math.max(0, clip - top)} />
              {wide > 24 && (
                <text x={x(from) + wide / 2} y={floor - 7} text-anchor="middle" class="on-step">
                  {uid}
                </text>
              )}
            </g>
          )
        })}
        <AxisX
          scale={x}
          at={HEIGHT - MARGIN.bottom}
          text={(value) => percent(value, 0)}
          title="Active stake, those with the greatest weight first"
        />
        <line class="mark-line" x1={x(kappa)} x2={x(kappa)} y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} />
        <text
          class="mark-text"
          x={x(kappa) + (kappa > 0.7 ? -6 : 6)}
          y={MARGIN.top + 10}
          text-anchor={kappa > 0.7 ? 'end' : 'start'}
        >
          {`kappa ${percent(kappa, 1)}`}
        </text>
        <line class="consensus-line" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(line)} y2={y(line)} />
        <text class="consensus-text" x={width - MARGIN.right - 4} y={y(line) - 6} text-anchor="end">
          {`consensus ${percent(line, 3)}`}
        </text>
      </svg>
    </div>
  )
}

/** Who is cut, and who holds the consensus where it is. */
function Words({
  now,
  steps,
  consensus,
  miner,
}: {
  readonly now: Ran
  readonly steps: readonly Step[]
  readonly consensus: bigint
  readonly miner: number
}): JSX.Element {
  const cut = steps.filter(({ weight, kept }) => weight > kept)
  const holders = steps
    .filter(({ weight }) => weight <= consensus)
    .toSorted((a, b) => Number(b.stake - a.stake))
  const held = holders.reduce((sum, { stake }) => sum + share(stake), 0)
  return (
    <div class="words">
      <p>
        Consensus on miner {named(now.snapshot, miner)} is <strong>{fixed(consensus)}</strong> (
        {String(consensus)} / 2³²).{' '}
        {cut.length === 0
          ? 'Nobody’s weight is cut.'
          : `${cut.length} of ${steps.length} validators are cut: ${list(cut.map(({ uid }) => uid))}.`}
      </p>
      {cut.length > 0 && (
        <p>
          {percent(held, 1)} of active stake gives no more than that, and holds it down, most of it with{' '}
          {list(holders.slice(0, 4).map(({ uid }) => uid))}.
        </p>
      )}
      <p class="row">
        <button type="button" onClick={() => (view.value = 'why')}>
          Why this incentive?
        </button>
      </p>
    </div>
  )
}

const LISTED = 8

function list(uids: readonly number[]): string {
  const shown = uids.slice(0, LISTED).join(', ')
  return uids.length > LISTED ? `${shown} and ${uids.length - LISTED} more` : shown
}

function rowsOf(steps: readonly Step[]): readonly (readonly (string | number | bigint)[])[] {
  const rows = steps.map(({ uid, stake, weight, kept }) => [uid, stake, weight, kept, weight - kept])
  return [['validator', 'active_stake_i32f32', 'weight_i32f32', 'kept_i32f32', 'cut_i32f32'], ...rows]
}
