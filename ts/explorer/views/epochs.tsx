/** Epochs in a row: what becomes of incentive, dividends and bonds, and of those who copy or collude. */

import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Snapshot } from 'yuma-core'
import type { NamedAgent } from 'yuma-core/simulate'
import { Choice, Slider } from '../parts/fields.tsx'
import { grouped, named, part, percentTicks, proportion } from '../parts/format.ts'
import { frameOf } from '../parts/grid.ts'
import { useJob } from '../parts/job.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { type Line, Lines } from '../parts/lines.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { mechanism, ran, selection } from '../state/session.ts'
import type { Run } from '../worker/messages.ts'

const TERMS = {
  dividends: 'Dividends of validators',
  incentive: 'Incentive of miners',
  bonds: 'Bonds on the chosen miner',
} as const
type Term = keyof typeof TERMS

const CASTS = {
  honest: 'All weigh by quality',
  copier: 'The chosen validator copies',
  cabal: 'The chosen validator and others collude',
  'self-voter': 'The chosen validator weighs itself',
  none: 'Nobody sets weights',
} as const
type Cast = keyof typeof CASTS

const MOST_EPOCHS = 1000
const MOST_LINES = 12
const NOISE = 0.1
const CABAL_SHARE = 0.9
const FRAME_MS = 120
const COLLUDERS = 3

export function Epochs(): JSX.Element {
  const { snapshot, result } = ran.value!
  const frame = useMemo(
    () => frameOf(snapshot, result, mechanism.value, { rows: 'stake', columns: 'incentive' }),
    [snapshot, result, mechanism.value],
  )
  const who = selection.value.validator ?? frame.rows[0] ?? 0
  const miner = selection.value.miner ?? frame.columns[0] ?? 0
  const [cast, setCast] = useState<Cast>('honest')
  const [epochs, setEpochs] = useState(100)
  const [interval, setInterval_] = useState(1)
  const [seed, setSeed] = useState(1)
  const [term, setTerm] = useState<Term>('dividends')
  const [at, setAt] = useState(0)
  const job = useJob<Run & { readonly miner: number }>()
  const figure = useRef<SVGSVGElement>(null)
  const run = job.value
  const last = (run?.block.length ?? 1) - 1
  const playing = usePlay(last, at, setAt)
  const start = (): void => {
    setAt(0)
    const quality = [...result.mechanisms[mechanism.value]!.consensus]
    const agents = agentsOf(cast, frame.rows, who, miner, interval)
    job.start((client, progress) =>
      client
        .call(
          'run',
          { snapshot, epochs, agents, quality, interval, seed, miner, validators: frame.rows },
          progress,
        )
        .then((run) => ({ ...run, miner })),
    )
  }
  const strong = term === 'incentive' ? miner : who
  const lines = useMemo(() => (run === undefined ? [] : linesOf(run, term, strong)), [run, term, strong])
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)), 0)
  return (
    <>
      <ViewHead title="Over epochs" figure={() => figure.current} rows={() => rowsOf(run, term)}>
        One epoch after the other, each on the state that the one before left, with validators who act before
        each. Quality is what consensus says now.
      </ViewHead>
      <section>
        <div class="row tools">
          <Choice
            label="Who acts"
            value={cast}
            options={Object.entries(CASTS) as [Cast, string][]}
            onValue={setCast}
          />
          <span class="quiet">
            chosen: validator {named(snapshot, who)}, miner {named(snapshot, miner)}
          </span>
        </div>
        <div class="fields">
          <Slider
            label="Epochs"
            value={epochs}
            min={1}
            max={MOST_EPOCHS}
            shown={String(epochs)}
            onValue={setEpochs}
          />
          <Slider
            label="Commit-reveal interval"
            about="Tempos until a row that is committed is revealed, where the subnet has commit-reveal; and how old the consensus is that a copier submits."
            value={interval}
            min={1}
            max={24}
            shown={interval === 1 ? '1 tempo' : `${interval} tempos`}
            onValue={setInterval_}
          />
          <Slider label="Seed" value={seed} max={9999} shown={String(seed)} onValue={setSeed} />
        </div>
        <JobBar job={job} label="Run" onStart={start} />
      </section>
      {run === undefined ? (
        <p class="note">Nothing has run yet.</p>
      ) : (
        <>
          <section>
            <div class="row tools">
              <Choice
                label="Show"
                value={term}
                options={Object.entries(TERMS) as [Term, string][]}
                onValue={setTerm}
              />
              <button type="button" aria-pressed={playing.on} onClick={playing.toggle}>
                {playing.on ? 'Pause' : 'Play'}
              </button>
            </div>
            <Lines
              figure={figure}
              label={`${TERMS[term]} over ${last + 1} epochs`}
              lines={lines}
              x={{
                title: 'Epoch',
                from: 0,
                to: Math.max(1, last),
                text: (value) => (Number.isInteger(value) ? String(value) : ''),
              }}
              y={{
                title: term === 'bonds' ? `Bond on ${run.miner}, of the most that it can be` : TERMS[term],
                to: most * 1.05,
                text: percentTicks(most),
              }}
              at={Math.min(at, last)}
            />
            <Slider
              label="Epoch shown"
              value={Math.min(at, last)}
              max={last}
              shown={`${Math.min(at, last)}, block ${grouped(run.block[Math.min(at, last)]!)}`}
              onValue={setAt}
            />
          </section>
          <AtEpoch run={run} at={Math.min(at, last)} snapshot={snapshot} />
        </>
      )}
    </>
  )
}

function agentsOf(
  cast: Cast,
  validators: readonly number[],
  who: number,
  miner: number,
  interval: number,
): readonly NamedAgent[] {
  if (cast === 'none') return []
  const members =
    cast === 'cabal' ? [who, ...validators.filter((uid) => uid !== who)].slice(0, COLLUDERS) : [who]
  const others = cast === 'honest' ? validators : validators.filter((uid) => !members.includes(uid))
  const honest: NamedAgent = { agent: 'honest', uids: others, noise: NOISE }
  switch (cast) {
    case 'copier':
      return [honest, { agent: 'copier', uids: members, delay: interval }]
    case 'cabal':
      return [honest, { agent: 'cabal', uids: members, miners: [miner], share: CABAL_SHARE }]
    case 'self-voter':
      return [honest, { agent: 'self-voter', uids: members }]
    default:
      return [honest]
  }
}

/** Those with most at the end, and who is chosen. */
function linesOf(run: Run, term: Term, strong: number): readonly Line[] {
  const columns = run[term]
  const end = columns.at(-1)!
  const uids = Array.from({ length: run.n }, (_, uid) => uid)
  const most = uids
    .filter((uid) => end[uid]! > 0)
    .sort((a, b) => end[b]! - end[a]!)
    .slice(0, MOST_LINES)
  const chosen = most.includes(strong) ? most : [...most, strong]
  return chosen.map((uid) => ({
    name: String(uid),
    points: columns.map((column, epoch) => [epoch, part(column[uid]!)] as const),
    strong: uid === strong,
  }))
}

/** Goes from epoch to epoch by itself. Where motion is not wanted it goes to the end at once. */
function usePlay(
  last: number,
  at: number,
  setAt: (at: number) => void,
): { readonly on: boolean; readonly toggle: () => void } {
  const [on, setOn] = useState(false)
  useEffect(() => {
    if (!on) return
    if (at >= last) {
      setOn(false)
      return
    }
    const timer = setTimeout(() => setAt(at + 1), FRAME_MS)
    return () => clearTimeout(timer)
  }, [on, at, last])
  return {
    on,
    toggle() {
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) return setAt(last)
      if (!on && at >= last) setAt(0)
      setOn(!on)
    },
  }
}

function AtEpoch({
  run,
  at,
  snapshot,
}: {
  readonly run: Run
  readonly at: number
  readonly snapshot: Snapshot
}): JSX.Element {
  const uids = Array.from({ length: run.n }, (_, uid) => uid)
  const column = (id: 'incentive' | 'dividends' | 'bonds', title: string): Column<number> => ({
    id,
    title,
    align: 'right',
    value: (uid) => run[id][at]![uid]!,
    text: (uid) => proportion(run[id][at]![uid]!),
    before: (uid) => (at === 0 ? null : proportion(run[id][0]![uid]!)),
  })
  return (
    <section>
      <h3>Epoch {at}, beside the first</h3>
      <Table
        label={`Epoch ${at}`}
        columns={[
          {
            id: 'uid',
            title: 'Neuron',
            align: 'left',
            value: (uid) => uid,
            text: (uid) => named(snapshot, uid),
          },
          column('incentive', 'Incentive'),
          column('dividends', 'Dividends'),
          column('bonds', `Bond on ${selection.value.miner ?? ''}`.trim()),
        ]}
        rows={uids}
        rowKey={(uid) => uid}
        sort={{ id: 'dividends', down: true }}
        most={12}
      />
    </section>
  )
}

function rowsOf(run: Run | undefined, term: Term): readonly (readonly (string | number | bigint)[])[] {
  if (run === undefined) return [['epoch', 'block']]
  const uids = Array.from({ length: run.n }, (_, uid) => uid)
  return [
    ['epoch', 'block', ...uids],
    ...run[term].map((column, epoch) => [epoch, run.block[epoch]!, ...column]),
  ]
}
