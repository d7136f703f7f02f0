/** Studies that run for a while: what an honest majority needs, and what copying weights earns. */

import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { type Copying, decimal, type Majority } from 'yuma-core/simulate'
import { Slider } from '../parts/fields.tsx'
import { part, percent } from '../parts/format.ts'
import { useJob } from '../parts/job.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { type Line, Lines } from '../parts/lines.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { ran } from '../state/session.ts'

const HONEST = [0.51, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9]
const INTERVALS = [0, 4, 8, 12, 16, 20, 24]

export function Studies(): JSX.Element {
  return (
    <>
      <ViewHead title="Studies">
        What consensus can and cannot do, by exact epochs in this tab. Both run in a worker and can be
        stopped.
      </ViewHead>
      <MajorityStudy />
      <CopyingStudy />
    </>
  )
}

function MajorityStudy(): JSX.Element {
  const [kappa, setKappa] = useState(ran.value?.snapshot.kappa ?? 32_767)
  const [steps, setSteps] = useState(20)
  const job = useJob<Majority>()
  const figure = useRef<SVGSVGElement>(null)
  const maps = job.value?.maps ?? []
  const lines = maps.map(
    ({ honestStake, contour }): Line => ({
      name: percent(honestStake, 0),
      points: contour
        .map(([honest, cabal]) => [cabal, honest] as const)
        .filter(([, honest]) => !Number.isNaN(honest)),
    }),
  )
  return (
    <section>
      <h3>Honest majority</h3>
      <p>
        A cabal with the rest of the stake gives its own miners some of its weight (across); honest stake has
        to give theirs so much (upwards) to keep its share of the emission. One line for each share of honest
        stake.
      </p>
      <div class="fields">
        <Slider
          label="Kappa of the study"
          value={kappa}
          max={65_535}
          shown={percent(part(kappa))}
          onValue={setKappa}
        />
        <Slider
          label="Steps"
          about="Finer maps take longer, by the square."
          value={steps}
          min={5}
          max={50}
          shown={String(steps)}
          onValue={setSteps}
        />
      </div>
      <JobBar
        job={job}
        label="Compute the map"
        onStart={() =>
          job.start((client, progress) =>
            client.call('majority', { honestStake: HONEST, steps, kappa: part(kappa) }, progress),
          )
        }
      />
      {maps.length > 0 && (
        <>
          <Lines
            figure={figure}
            label="Honest weight that keeps the honest share, by the cabal's weight"
            lines={lines.filter(({ points }) => points.length > 1)}
            x={{
              title: 'Weight that the cabal gives its own',
              from: 0,
              to: 1,
              text: (value) => percent(value, 0),
            }}
            y={{
              title: 'Honest weight on honest miners that is needed',
              to: 1,
              text: (value) => percent(value, 0),
            }}
          />
          <Table
            label="What honest stake needs"
            columns={MAJORITY}
            rows={maps}
            rowKey={({ honestStake }) => honestStake}
            most={10}
          />
        </>
      )}
    </section>
  )
}

type MajorityRow = Majority['maps'][number]

const MAJORITY: readonly Column<MajorityRow>[] = [
  {
    id: 'stake',
    title: 'Honest stake',
    align: 'right',
    value: ({ honestStake }) => honestStake,
    text: ({ honestStake }) => percent(honestStake, 0),
  },
  {
    id: 'required',
    title: 'Weight that keeps the share, whatever the cabal does',
    align: 'right',
    value: ({ required }) => required,
    text: ({ required }) => (required >= 1 ? 'none does' : percent(required)),
  },
]

function CopyingStudy(): JSX.Element {
  const [epochs, setEpochs] = useState(30)
  const [drift, setDrift] = useState(5)
  const job = useJob<Copying>()
  const figure = useRef<SVGSVGElement>(null)
  const margins = job.value?.margins ?? []
  const points = margins.flatMap(({ interval, g }) =>
    g === null ? [] : [[interval, Number(decimal(g, 6))] as const],
  )
  const most = Math.max(1.1, ...points.map(([, y]) => y * 1.05))
  return (
    <section>
      <h3>A copier’s margin</h3>
      <p>
        One more validator submits the consensus of so many tempos before. G is what it earns by its stake,
        beside the median of those who work: above 1 it draws their delegators, below 0.82 it had better
        delegate itself.
      </p>
      <div class="fields">
        <Slider
          label="Epochs of each run"
          value={epochs}
          min={5}
          max={100}
          shown={String(epochs)}
          onValue={setEpochs}
        />
        <Slider
          label="Drift of quality"
          about="How far a miner's quality moves from epoch to epoch."
          value={drift}
          max={30}
          shown={`${drift} %`}
          onValue={setDrift}
        />
      </div>
      <JobBar
        job={job}
        label="Compute G"
        onStart={() =>
          job.start((client, progress) =>
            client.call('copying', { epochs, drift: drift / 100, seed: 1, intervals: INTERVALS }, progress),
          )
        }
      />
      {points.length > 0 && (
        <>
          <Lines
            figure={figure}
            label="The copier's margin by the age of the consensus that it copies"
            lines={[{ name: 'G', points, strong: true }]}
            x={{ title: 'Tempos before', from: 0, to: INTERVALS.at(-1)!, text: String }}
            y={{ title: 'G', to: most, text: (value) => value.toFixed(1) }}
            level={{ y: 1, text: 'as much as who works' }}
          />
          <Table
            label="The copier's margin"
            columns={MARGINS}
            rows={margins}
            rowKey={({ interval }) => interval}
            most={8}
          />
        </>
      )}
    </section>
  )
}

type MarginRow = Copying['margins'][number]

const MARGINS: readonly Column<MarginRow>[] = [
  {
    id: 'interval',
    title: 'Tempos before',
    align: 'right',
    value: ({ interval }) => interval,
    text: ({ interval }) => String(interval),
  },
  {
    id: 'g',
    title: 'G',
    align: 'right',
    value: ({ g }) => (g === null ? -1 : Number(decimal(g, 9))),
    text: ({ g }) => (g === null ? '–' : decimal(g, 9)),
  },
  {
    id: 'regime',
    title: 'The copier',
    align: 'left',
    value: ({ regime }) => regime ?? '',
    text: ({ regime }) => regime ?? '–',
  },
]
