/** Validators by miners. */

import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { Choice } from '../parts/fields.tsx'
import { alpha, fixed, named, percent, proportion, share, signed, stakeOf } from '../parts/format.ts'
import {
  type ColumnOrder,
  entryOf,
  frameOf,
  type Grid,
  gridOf,
  LAYERS,
  type Layer,
  type RowOrder,
} from '../parts/grid.ts'
import { type Cell, HeatMap } from '../parts/heat-map.tsx'
import { gradient, scheme } from '../parts/palette.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { exact, mechanism, opened, ran, selection, view } from '../state/session.ts'
import type { Ran } from '../worker/messages.ts'

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96]

export function Weights(): JSX.Element {
  const now = ran.value!
  const own = mechanism.value
  const [layer, setLayer] = useState<Layer>('weight')
  const [rowOrder, setRowOrder] = useState<RowOrder>('stake')
  const [columnOrder, setColumnOrder] = useState<ColumnOrder>('incentive')
  const [zoom, setZoom] = useState(0)
  const canvas = useRef<HTMLCanvasElement>(null)
  const base = opened.value!
  // By the epoch without changes: rows that jump while a slider moves cannot be followed.
  const frame = useMemo(
    () => frameOf(base.snapshot, base.result, own, { rows: rowOrder, columns: columnOrder }),
    [base, own, rowOrder, columnOrder],
  )
  const grid = useMemo(() => gridOf(frame, layer, now.snapshot, now.result, own), [frame, layer, now, own])
  const pick = ({ validator, miner }: Cell): void => {
    selection.value = { validator, miner }
  }
  return (
    <>
      <ViewHead title="Weights" pixels figure={() => canvas.current} rows={() => rowsOf(grid)}>
        What each validator (a row) gives each miner (a column), and what consensus leaves of it. Choose a
        cell to see its numbers and to change it.
      </ViewHead>
      <div class="row tools">
        <Choice
          label="Show"
          value={layer}
          options={Object.entries(LAYERS) as [Layer, string][]}
          onValue={setLayer}
        />
        <Choice
          label="Rows by"
          value={rowOrder}
          options={[
            ['stake', 'stake'],
            ['trust', 'validator trust'],
            ['uid', 'uid'],
          ]}
          onValue={setRowOrder}
        />
        <Choice
          label="Columns by"
          value={columnOrder}
          options={[
            ['incentive', 'incentive'],
            ['consensus', 'consensus'],
            ['uid', 'uid'],
          ]}
          onValue={setColumnOrder}
        />
        <fieldset class="zoom">
          <legend class="hidden">Zoom</legend>
          <button type="button" aria-label="Zoom out" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
            −
          </button>
          <output>{ZOOMS[zoom]}×</output>
          <button
            type="button"
            aria-label="Zoom in"
            disabled={zoom === ZOOMS.length - 1}
            onClick={() => setZoom(zoom + 1)}
          >
            +
          </button>
        </fieldset>
      </div>
      <p class="axis-title">Miners, by {columnOrder} →</p>
      <HeatMap
        grid={grid}
        label={`${LAYERS[layer]}: ${grid.rows.length} validators by ${grid.columns.length} miners`}
        zoom={ZOOMS[zoom]!}
        selected={selection.value}
        describe={(cell) => described(now, cell)}
        onSelect={pick}
        onEdit={() => document.querySelector<HTMLInputElement>('.what-if input[type=range]')?.focus()}
        canvas={canvas}
      />
      <Legend grid={grid} />
      <CellNumbers now={now} />
      <MinerColumn now={now} />
    </>
  )
}

function Legend({ grid }: { readonly grid: Grid }): JSX.Element {
  const diverging = grid.layer === 'change'
  const most = percent(grid.most)
  return (
    <div class="legend">
      <span>{diverging ? signed(`-${most}`) : '0'}</span>
      <span
        class="legend-bar"
        style={{ background: gradient(diverging ? 'diverging' : 'sequential', scheme.value) }}
      />
      <span>{diverging ? signed(most) : most}</span>
      <span class="quiet">
        {LAYERS[grid.layer].toLowerCase()}, {MEANS[grid.layer]}; colour goes by the square root
      </span>
    </div>
  )
}

const MEANS: Readonly<Record<Layer, string>> = {
  weight: 'part of the validator’s row',
  clipped: 'part of the row that consensus leaves',
  cut: 'part of the row that consensus takes away',
  bond: 'of the most that a bond can be',
  change: 'bond after the epoch less bond before',
  stored: 'of 65,535',
}

/** What a cell says. */
function described(now: Ran, { validator, miner }: Cell): readonly string[] {
  const { weight, kept, bond, was } = cellOf(now, validator, miner)
  const weights = weight === undefined ? 'no weight' : `weight ${percent(share(weight))}`
  const cut =
    weight === undefined || kept === weight ? 'nothing cut' : `clipped to ${percent(share(kept ?? 0n))}`
  return [`${validator} → ${miner}`, weights, cut, `bond ${proportion(bond)}, before ${proportion(was)}`]
}

interface CellValues {
  readonly stored: number
  /** I32F32 bits; undefined where there is no weight that counts. */
  readonly weight: bigint | undefined
  readonly kept: bigint | undefined
  readonly bond: number
  readonly was: number
}

function cellOf({ snapshot, result }: Ran, validator: number, miner: number): CellValues {
  const own = result.mechanisms[mechanism.value]!
  const state = snapshot.mechanisms[mechanism.value]!
  const weight = entryOf(own.trace!.weights, validator, miner)
  return {
    stored: entryOf(state.weights, validator, miner) ?? 0,
    weight,
    // What is clipped to nothing is no entry any more.
    kept: entryOf(own.trace!.clippedWeights, validator, miner) ?? (weight === undefined ? undefined : 0n),
    bond: entryOf(own.bonds, validator, miner) ?? 0,
    was: entryOf(state.bonds, validator, miner) ?? 0,
  }
}

/** The numbers of the chosen cell, exactly. */
function CellNumbers({ now }: { readonly now: Ran }): JSX.Element {
  const { validator, miner } = selection.value
  if (validator === null || miner === null)
    return (
      <p class="quiet" aria-live="polite">
        No cell is chosen.
      </p>
    )
  const { stored, weight = 0n, kept = 0n, bond, was } = cellOf(now, validator, miner)
  const consensus = now.result.mechanisms[mechanism.value]!.raw.consensus[miner]!
  const facts: readonly (readonly [string, string, string])[] = [
    ['Weight as stored', String(stored), 'of 65535'],
    ['Weight', fixed(weight), `${weight} / 2³²`],
    ['Consensus', fixed(consensus), `${consensus} / 2³²`],
    ['Clipped weight', fixed(kept), `${kept} / 2³²`],
    ['Cut', fixed(weight - kept), `${weight - kept} / 2³²`],
    ['Bond before', proportion(was), `${was} of 65535`],
    ['Bond after', proportion(bond), `${bond} of 65535`],
    ['Bond change', signed(proportion(bond - was)), `${signed(String(bond - was))} of 65535`],
  ]
  return (
    <section class="cell" aria-live="polite">
      <h3>
        Validator {named(now.snapshot, validator)} on miner {named(now.snapshot, miner)}
      </h3>
      <dl>
        {facts.map(([name, value, bits]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd class="quiet">{bits}</dd>
          </div>
        ))}
      </dl>
      {weight > kept && (
        <p class="row">
          <button type="button" class="primary" onClick={() => (view.value = 'staircase')}>
            Why is it cut?
          </button>
        </p>
      )}
    </section>
  )
}

interface ColumnRow extends CellValues {
  readonly uid: number
}

/** The chosen miner's column as a table: what the heat map shows of it, for those who do not see it. */
function MinerColumn({ now }: { readonly now: Ran }): JSX.Element | null {
  const { miner, validator } = selection.value
  const base = opened.value!
  const { rows } = useMemo(
    () => frameOf(base.snapshot, base.result, mechanism.value, { rows: 'stake', columns: 'uid' }),
    [base, mechanism.value],
  )
  if (miner === null) return null
  const values = rows.map((uid): ColumnRow => ({ uid, ...cellOf(now, uid, miner) }))
  const bits = (value: bigint | undefined): string => {
    if (value === undefined) return '–'
    return exact.value ? String(value) : fixed(value)
  }
  const u16 = (value: number): string => (exact.value ? String(value) : proportion(value))
  const columns: readonly Column<ColumnRow>[] = [
    {
      id: 'uid',
      title: 'Validator',
      align: 'right',
      value: ({ uid }) => uid,
      text: ({ uid }) => String(uid),
    },
    {
      id: 'stake',
      title: 'Stake (α)',
      align: 'right',
      value: ({ uid }) => stakeOf(now.snapshot, uid),
      text: ({ uid }) => alpha(stakeOf(now.snapshot, uid)),
    },
    {
      id: 'stored',
      title: 'As stored',
      align: 'right',
      value: ({ stored }) => stored,
      text: ({ stored }) => String(stored),
    },
    {
      id: 'weight',
      title: 'Weight',
      align: 'right',
      value: ({ weight }) => weight ?? -1n,
      text: ({ weight }) => bits(weight),
    },
    {
      id: 'clipped',
      title: 'Clipped',
      align: 'right',
      value: ({ kept }) => kept ?? -1n,
      text: ({ kept }) => bits(kept),
    },
    { id: 'bond', title: 'Bond', align: 'right', value: ({ bond }) => bond, text: ({ bond }) => u16(bond) },
    {
      id: 'before',
      title: 'Bond before',
      align: 'right',
      value: ({ was }) => was,
      text: ({ was }) => u16(was),
    },
  ]
  return (
    <section>
      <h3>All validators on miner {miner}</h3>
      <Table
        label={`Weights and bonds on miner ${miner}`}
        columns={columns}
        rows={values}
        rowKey={({ uid }) => uid}
        selected={validator}
        onSelect={({ uid }) => (selection.value = { validator: uid, miner })}
        most={12}
      />
    </section>
  )
}

function rowsOf({ rows, columns, values }: Grid): readonly (readonly (string | number)[])[] {
  const cells = rows.map((uid, row) => [
    uid,
    ...columns.map((_, column) => {
      const value = values[row * columns.length + column]!
      return Number.isNaN(value) ? '' : value
    }),
  ])
  return [['validator', ...columns], ...cells]
}
