/** The figure of `yuma epoch --across-versions`: what each neuron is paid by the rules of each range of versions. */

import type { EpochByRange } from '../engine/across.ts'
import type { EpochResult } from '../engine/types.ts'
import type { ParsedDocument, Snapshot } from '../snapshot/index.ts'
import { rangeName } from './across.ts'
import { COLOURS } from './figure.ts'
import { grouped, printable, shortAddress } from './format.ts'
import { element, label, path, ticks } from './svg.ts'

const WIDTH = 960
const [LEFT, RIGHT, TOP] = [150, 70, 112]
const PANEL_HEIGHT = 250
const PANEL_GAP = 64
const BOTTOM = 70
const HEIGHT = TOP + 2 * PANEL_HEIGHT + PANEL_GAP + BOTTOM
/** How many neurons are drawn in colour where none are chosen, and at most. */
const FOLLOWED = 6
const LABEL_HEIGHT = 13
const RAO_DIGITS = 9
const RAO = 10 ** RAO_DIGITS

const INK = '#222222'
const FAINT = '#8a8a8a'

/** One of the two panels: what neurons get as miners, or as validators. */
interface Panel {
  readonly title: string
  readonly paid: (result: EpochResult) => BigUint64Array
  readonly changed: (epoch: EpochByRange) => number | undefined
}

const PANELS: readonly Panel[] = [
  {
    title: 'Paid to miners',
    paid: ({ serverEmission }) => serverEmission,
    changed: ({ changes }) => changes?.miners.length,
  },
  {
    title: 'Paid to validators',
    paid: ({ validatorEmission }) => validatorEmission,
    changed: ({ changes }) => changes?.validators.length,
  },
]

/** The figure as SVG, in pieces. `chosen` are the neurons to colour; by default those that change most. */
export function* acrossFigure(
  document: ParsedDocument,
  epochs: readonly EpochByRange[],
  chosen: readonly number[],
): Generator<string> {
  // What is of a branch did not come between its neighbours.
  const oldestFirst = epochs.filter(({ range }) => !range.branch).reverse()
  const own = epochs.find((epoch) => epoch.own) ?? epochs.find(({ result }) => result !== null)!
  const faint = { fill: FAINT }
  yield `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="${INK}">\n`
  yield `${element('title', {}, 'What one epoch pays by the rules of every version')}\n`
  yield `${element('rect', { width: WIDTH, height: HEIGHT, fill: '#ffffff' })}\n`
  yield `${label(LEFT, 24, 'One epoch by the rules of every version', { 'font-size': 15, 'font-weight': 'bold' })}\n`
  yield `${label(LEFT, 42, printable(document.name))}\n`
  yield `${label(LEFT, 60, `Alpha more or less than by the rules of ${own.spec}. Above each range: to how many it gives another result than the one before.`, faint)}\n`
  for (const [at, panel] of PANELS.entries()) {
    const top = TOP + at * (PANEL_HEIGHT + PANEL_GAP)
    yield* panelPieces(panel, top, { snapshot: document.snapshot, oldestFirst, own, chosen })
  }
  yield* rangeLabels(oldestFirst)
  yield '</svg>\n'
}

interface Drawn {
  readonly snapshot: Snapshot
  readonly oldestFirst: readonly EpochByRange[]
  /** By whose rules the payments stand at zero. */
  readonly own: EpochByRange
  readonly chosen: readonly number[]
}

/** What each neuron gets more than by the own rules, range by range; null where those refuse the snapshot. */
type Series = readonly (readonly number[] | null)[]

function seriesOf({ oldestFirst, own }: Drawn, paid: Panel['paid']): Series {
  const base = own.result === null ? undefined : paid(own.result)
  return oldestFirst.map(({ result }) => {
    if (result === null) return null
    return Array.from(paid(result), (rao, uid) => Number(rao - (base?.[uid] ?? 0n)) / RAO)
  })
}

function* panelPieces({ title, paid, changed }: Panel, top: number, drawn: Drawn): Generator<string> {
  const { snapshot, oldestFirst, own } = drawn
  const series = seriesOf(drawn, paid)
  const [least, most] = extent(series)
  const x = bandStarts(oldestFirst.length)
  const y = (alpha: number): number => top + PANEL_HEIGHT * (1 - (alpha - least) / (most - least || 1))
  const [left, right] = [x(0), x(oldestFirst.length)]

  yield `${label(left, top - 22, title, { 'font-size': 13, 'font-weight': 'bold' })}\n`
  for (const [at, epoch] of oldestFirst.entries()) {
    const band = { x: x(at), y: top, width: x(at + 1) - x(at), height: PANEL_HEIGHT }
    if (epoch === own) yield `${element('rect', { ...band, fill: '#eef3f7' })}\n`
    if (epoch.result === null) yield `${element('rect', { ...band, fill: '#f3e7e7' })}\n`
    const count = changed(epoch)
    const text = epoch.result === null ? 'refused' : count === undefined ? '' : grouped(count)
    yield `${label((x(at) + x(at + 1)) / 2, top - 6, text, { 'text-anchor': 'middle', 'font-size': 9, fill: FAINT })}\n`
  }
  for (const tick of ticks(least, most, 5)) {
    yield `${element('line', { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: tick === 0 ? FAINT : '#e2e2e2' })}\n`
    yield `${label(right + 6, y(tick) + 4, signed(tick), { fill: FAINT })}\n`
  }
  const followed = followedOf(series, drawn.chosen)
  for (let uid = 0; uid < snapshot.n; uid++) {
    if (followed.includes(uid) || !moves(series, uid)) continue
    yield `${line(series, uid, x, y, { stroke: '#9a9a9a', 'stroke-width': 0.7, opacity: 0.5 })}\n`
  }
  const labels = labelHeights(followed, (uid) => y(firstOf(series, uid)))
  for (const [at, uid] of followed.entries()) {
    const colour = COLOURS[at % COLOURS.length]!
    yield `${line(series, uid, x, y, { stroke: colour, 'stroke-width': 2 })}\n`
    yield `${label(left - 8, labels.get(uid)! + 4, neuronName(snapshot, uid), { 'text-anchor': 'end', fill: colour })}\n`
  }
  if (followed.length === 0)
    yield `${label(left + 8, y(0) - 8, 'nobody is paid another amount', { fill: FAINT })}\n`
}

/** The least and the most of all, zero included, with a little room. */
function extent(series: Series): readonly [least: number, most: number] {
  let [least, most] = [0, 0]
  for (const values of series) {
    for (const value of values ?? []) {
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  }
  const room = 0.04 * (most - least || 1)
  return [least - room, most + room]
}

/** Where the band of each range begins. */
function bandStarts(ranges: number): (at: number) => number {
  const width = (WIDTH - LEFT - RIGHT) / ranges
  return (at) => LEFT + at * width
}

function moves(series: Series, uid: number): boolean {
  return series.some((values) => values !== null && values[uid] !== 0)
}

/** The neurons to colour: those chosen, else those that get farthest from what the own rules pay. */
function followedOf(series: Series, chosen: readonly number[]): readonly number[] {
  if (chosen.length > 0) return chosen
  const far = new Map<number, number>()
  for (const values of series) {
    for (const [uid, value] of (values ?? []).entries())
      far.set(uid, Math.max(far.get(uid) ?? 0, Math.abs(value)))
  }
  const moved = [...far].filter(([, distance]) => distance > 0)
  return moved
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, FOLLOWED)
    .map(([uid]) => uid)
}

function line(
  series: Series,
  uid: number,
  x: (at: number) => number,
  y: (alpha: number) => number,
  attributes: Readonly<Record<string, string | number>>,
): string {
  // Level over the middle of each range, and across to the next.
  const points = series.flatMap((values, at) => {
    if (values === null) return [null]
    const [from, to, height] = [x(at), x(at + 1), y(values[uid]!)]
    return [[from + 0.2 * (to - from), height] as const, [to - 0.2 * (to - from), height] as const]
  })
  return element('path', { d: path(points), fill: 'none', ...attributes })
}

function firstOf(series: Series, uid: number): number {
  return series.find((values) => values !== null)?.[uid] ?? 0
}

/** Where the names of neurons stand: beside their lines, one under the other where those are close. */
function labelHeights(
  uids: readonly number[],
  heightOf: (uid: number) => number,
): ReadonlyMap<number, number> {
  const heights = new Map<number, number>()
  let free = Number.NEGATIVE_INFINITY
  for (const uid of uids.toSorted((a, b) => heightOf(a) - heightOf(b))) {
    const height = Math.max(heightOf(uid), free)
    heights.set(uid, height)
    free = height + LABEL_HEIGHT
  }
  return heights
}

function neuronName({ hotkeys }: Snapshot, uid: number): string {
  const hotkey = hotkeys?.[uid]
  return hotkey === undefined ? `uid ${uid}` : `uid ${uid} ${printable(shortAddress(hotkey))}`
}

function signed(tick: number): string {
  const text = tick.toFixed(RAO_DIGITS).replace(/\.?0+$/, '')
  return tick > 0 ? `+${text}` : text
}

function* rangeLabels(oldestFirst: readonly EpochByRange[]): Generator<string> {
  const x = bandStarts(oldestFirst.length)
  const y = HEIGHT - BOTTOM + 14
  for (const [at, { range, own }] of oldestFirst.entries()) {
    const middle = Math.round((x(at) + x(at + 1)) / 2)
    yield `${label(middle, y, rangeName(range), {
      'text-anchor': 'end',
      transform: `rotate(-35 ${middle} ${y})`,
      ...(own ? { 'font-weight': 'bold' } : {}),
    })}\n`
  }
}
