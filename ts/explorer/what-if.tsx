/** What can be changed: rules, the stake of a validator, a weight. And what was. */

import type { JSX } from 'preact'
import type { Snapshot } from 'yuma-core'
import type { Change, SettableField } from 'yuma-core/simulate'
import { Choice, Group, Slider, Switch } from './parts/fields.tsx'
import { alpha, part, percent, stakeOf } from './parts/format.ts'
import { entryOf } from './parts/grid.ts'
import {
  canRedo,
  canUndo,
  change,
  changes,
  drop,
  keyOf,
  mechanism,
  opened,
  ran,
  redo,
  reset,
  rules,
  selection,
  undo,
} from './state/session.ts'

const MOST = 65_535
const MILLION = 1_000_000
/** A validator's stake can be moved to so many times of what it is. */
const TIMES = 4
const STEPS = 400

export function WhatIf(): JSX.Element | null {
  const now = ran.value
  if (now === null || opened.value === null) return null
  return (
    <aside class="what-if" aria-label="What if">
      <h2>What if</h2>
      <Chosen snapshot={now.snapshot} />
      <Rules snapshot={now.snapshot} />
      <Changes />
    </aside>
  )
}

/** The weight and the stake of who is looked at. */
function Chosen({ snapshot }: { readonly snapshot: Snapshot }): JSX.Element {
  const { validator, miner } = selection.value
  if (validator === null)
    return (
      <Group title="A weight, or a stake">
        <p class="quiet">
          Choose a cell of the heat map, or a neuron in the table: its weight and stake can then be changed
          here.
        </p>
      </Group>
    )
  const weights = snapshot.mechanisms[mechanism.value]!.weights
  const weight = miner === null ? 0 : (entryOf(weights, validator, miner) ?? 0)
  return (
    <Group title={miner === null ? `Validator ${validator}` : `Validator ${validator}, miner ${miner}`}>
      {miner !== null && (
        <Slider
          label="Weight as set"
          about="The weight as the validator sets it; its row is normalised afterwards."
          value={weight}
          max={MOST}
          shown={String(weight)}
          onValue={(value, more) =>
            change({ kind: 'weight', from: validator, to: miner, value, ...ofMechanism() }, more)
          }
        />
      )}
      <Stake snapshot={snapshot} uid={validator} />
    </Group>
  )
}

function ofMechanism(): { readonly mechanism?: number } {
  return mechanism.value === 0 ? {} : { mechanism: mechanism.value }
}

function Stake({ snapshot, uid }: { readonly snapshot: Snapshot; readonly uid: number }): JSX.Element {
  const [was, is] = [stakeOf(opened.value!.snapshot, uid), stakeOf(snapshot, uid)]
  const unit = was > 0n ? was : 1_000_000_000_000n
  // A slider's place is a number; what is set is whole rao.
  const place = Number((is * BigInt(STEPS / TIMES)) / unit)
  return (
    <Slider
      label={`Stake of ${uid}`}
      about="In hundredths of what it is in the snapshot."
      value={place}
      max={STEPS}
      shown={`${alpha(is).slice(0, -5)} α`}
      onValue={(value, more) =>
        change({ kind: 'stake', uid, rao: (unit * BigInt(value)) / BigInt(STEPS / TIMES) }, more)
      }
    />
  )
}

function Rules({ snapshot }: { readonly snapshot: Snapshot }): JSX.Element {
  const set = (field: SettableField, value: number | bigint | boolean | string, more = false): void =>
    change({ kind: 'set', field, value }, more)
  const proportion = (
    label: string,
    field: 'kappa' | 'bondsPenalty' | 'alphaLow' | 'alphaHigh',
    about: string,
  ): JSX.Element => (
    <Slider
      label={label}
      about={about}
      value={snapshot[field]}
      max={MOST}
      shown={percent(part(snapshot[field]))}
      onValue={(value, more) => set(field, value, more)}
    />
  )
  const ppm = Number(snapshot.bondsMovingAverage)
  return (
    <Group title="Rules of the subnet">
      {proportion('Kappa', 'kappa', 'The majority of stake that consensus needs.')}
      {proportion('Bonds penalty', 'bondsPenalty', 'How much of the clipping bonds feel.')}
      <Slider
        label="Bonds kept"
        about="The share of its bonds that a validator keeps from epoch to epoch, in parts per million."
        value={ppm}
        max={MILLION}
        shown={percent(ppm / MILLION)}
        onValue={(value, more) => set('bondsMovingAverage', BigInt(value), more)}
      />
      <Switch label="Yuma3 bonds" value={snapshot.yuma3On} onValue={(on) => set('yuma3On', on)} />
      <Switch
        label="Liquid alpha"
        value={snapshot.liquidAlphaOn}
        onValue={(on) => set('liquidAlphaOn', on)}
      />
      {snapshot.liquidAlphaOn && proportion('Alpha, low', 'alphaLow', 'The least speed of a bond.')}
      {snapshot.liquidAlphaOn && proportion('Alpha, high', 'alphaHigh', 'The greatest speed of a bond.')}
      <Versions snapshot={snapshot} />
    </Group>
  )
}

/** Versions of the chain by whose rules the epoch can be computed, and consensus where a version has a choice. */
function Versions({ snapshot }: { readonly snapshot: Snapshot }): JSX.Element {
  const own = opened.value!.snapshot.specVersion
  const ranges = rules.value.filter(({ branch }) => !branch)
  const options = ranges.map(({ first, last, evidence }) => {
    const value = String(first <= own && own <= last ? own : last)
    const numbers = first === last ? String(last) : `${first} to ${last}`
    return [value, `${numbers} (${evidence})`] as const
  })
  const range = rules.value.find(
    ({ first, last }) => first <= snapshot.specVersion && snapshot.specVersion <= last,
  )
  return (
    <>
      <Choice
        label="Spec version"
        value={String(snapshot.specVersion)}
        options={options.toReversed()}
        onValue={(spec) => change({ kind: 'spec', specVersion: Number(spec) })}
      />
      {range?.nullConsensus && (
        <Choice
          label="Consensus"
          value={snapshot.subnetEpochConsensus ?? 'Yuma'}
          options={[
            ['Yuma', 'Yuma'],
            ['Null', 'Null'],
          ]}
          onValue={(value) => change({ kind: 'set', field: 'subnetEpochConsensus', value })}
        />
      )}
    </>
  )
}

function Changes(): JSX.Element {
  const list = changes.value
  return (
    <Group title={list.length === 0 ? 'No changes' : `Changes (${list.length})`}>
      <ol class="changes">
        {list.map((made, at) => (
          <li key={keyOf(made)}>
            <span>{inWords(made)}</span>
            <button type="button" aria-label={`Take back: ${inWords(made)}`} onClick={() => drop(at)}>
              ✕
            </button>
          </li>
        ))}
      </ol>
      <div class="row">
        <button type="button" disabled={!canUndo.value} onClick={undo} title="Ctrl+Z">
          Undo
        </button>
        <button type="button" disabled={!canRedo.value} onClick={redo} title="Ctrl+Shift+Z">
          Redo
        </button>
        <button type="button" disabled={list.length === 0} onClick={reset}>
          All as it was
        </button>
      </div>
    </Group>
  )
}

/** A change as a sentence. */
export function inWords(made: Change): string {
  switch (made.kind) {
    case 'weight':
      return `${made.from} weighs ${made.to} with ${made.value}`
    case 'stake':
      return `stake of ${made.uid} is ${alpha(made.rao)} α`
    case 'set':
      return `${WORDS[made.field] ?? made.field} is ${valueInWords(made.value)}`
    case 'spec':
      return `rules of spec ${made.specVersion}`
    default:
      return made.kind
  }
}

const WORDS: Readonly<Partial<Record<SettableField, string>>> = {
  kappa: 'kappa',
  bondsPenalty: 'bonds penalty',
  bondsMovingAverage: 'bonds kept',
  yuma3On: 'Yuma3',
  liquidAlphaOn: 'liquid alpha',
  alphaLow: 'low alpha',
  alphaHigh: 'high alpha',
  subnetEpochConsensus: 'consensus',
}

function valueInWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value)
}
