/** Figures as SVG text: line charts side by side, with nothing in them but paths and text. */

import { grouped, printable } from './format.ts'
import { element, escaped, label, path, ticks } from './svg.ts'

/** An axis; its range is that of the points where none is given. */
export interface Axis {
  readonly label: string
  readonly min?: number
  readonly max?: number
}

/** A line through points, in their order. A point without a number interrupts it. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
  /** Dots in place of a line. */
  readonly dots?: boolean
}

/** A stretch of the y axis that means something. */
export interface Band {
  readonly from: number
  readonly to: number
  readonly label: string
}

/** One chart. */
export interface LineFigure {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  readonly bands?: readonly Band[]
}

const WIDTH = 480
const MARGIN = { left: 68, right: 26, top: 34, bottom: 52 } as const
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: 240 } as const
const [LEFT, TOP, BOTTOM] = [MARGIN.left, MARGIN.top, MARGIN.top + PLOT.height]
const LEGEND_LINE = 16
const NOTE = 18
/** So much wider is a line for each one that lies on it, so that it is seen on both sides. */
const WIDER = 2.2
/** The part of its points from which on a line is taken to be covered. */
const MOST = 0.5
const TICKS = 6

const [INK, FAINT, GRID] = ['#222222', '#777777', '#dddddd']
const MIDDLE = { 'text-anchor': 'middle' } as const
const END = { 'text-anchor': 'end' } as const
const DOT = { 'stroke-width': 5, 'stroke-linecap': 'round', opacity: 0.7 } as const
/** Told apart by those who see few colours too (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const
const BANDS = ['#f2f2f2', '#e4ecf4', '#f7efe2'] as const

/** How charts are put together. */
export interface FigureOptions {
  /** How many stand side by side, 2 by default. */
  readonly columns?: number
  /** A line below them all. */
  readonly note?: string
}

/** Several charts as one SVG. */
export function figure(charts: readonly LineFigure[], options: FigureOptions = {}): string {
  const { columns = 2, note } = options
  const across = Math.max(1, Math.min(columns, charts.length))
  const rows = Array.from({ length: Math.ceil(charts.length / across) }, (_, row) =>
    charts.slice(row * across, (row + 1) * across),
  )
  let top = 0
  const parts = rows.map((row) => {
    const placed = row.map((chart, column) =>
      element('g', { transform: `translate(${column * WIDTH} ${top})` }, ...chartOf(chart)),
    )
    top += Math.max(...row.map(heightOf))
    return `${placed.join('\n')}\n`
  })
  const [width, height] = [across * WIDTH, note === undefined ? top : top + NOTE]
  const below =
    note === undefined ? '' : `${label(LEFT, top + 4, printable(note), { 'font-weight': 'bold' })}\n`
  const titles = printable(charts.map(({ title }) => title).join('; '))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="${INK}">
${element('title', {}, escaped(titles))}
${element('rect', { width, height, fill: '#ffffff' })}
${parts.join('')}${below}</svg>
`
}

function heightOf({ series }: LineFigure): number {
  return MARGIN.top + PLOT.height + MARGIN.bottom + LEGEND_LINE * Math.ceil(series.length / 2)
}

function chartOf({ title, x, y, series, bands = [] }: LineFigure): string[] {
  const points = series.flatMap((line) => line.points)
  const across = scaleOf(
    x,
    points.map(([value]) => value),
  )
  const upward = scaleOf(
    y,
    points.map(([, value]) => value),
  )
  const toX = (value: number): number => LEFT + PLOT.width * across.part(value)
  const toY = (value: number): number => BOTTOM - PLOT.height * upward.part(value)
  const middle = TOP + PLOT.height / 2
  return [
    label(LEFT, 18, printable(title), { 'font-size': 13, 'font-weight': 'bold' }),
    ...bands.map((band, i) => bandOf(band, upward, BANDS[i % BANDS.length]!)),
    ...across.ticks.map((tick) => xTick(toX(tick), tickText(tick, across.step))),
    ...upward.ticks.map((tick) => yTick(toY(tick), tickText(tick, upward.step))),
    label(LEFT + PLOT.width / 2, BOTTOM + 34, printable(x.label), MIDDLE),
    label(14, middle, printable(y.label), { ...MIDDLE, transform: `rotate(-90 14 ${middle})` }),
    ...series.map((line, i) => lineOf(line, i, coveredBy(series, i, toX, toY), toX, toY)),
    ...bands.map((band, i) => bandLabel(band, upward, BANDS[i % BANDS.length]!)),
    ...series.map(legendOf),
  ]
}

/** A range of values, where in it a value lies, and round values to mark. */
interface Scale {
  readonly ticks: readonly number[]
  /** How far the marks are apart. */
  readonly step: number
  part(value: number): number
}

function scaleOf({ min, max }: Axis, values: readonly number[]): Scale {
  const finite = values.filter(Number.isFinite)
  const low = min ?? finite.reduce((least, value) => Math.min(least, value), finite[0] ?? 0)
  const greatest = max ?? finite.reduce((most, value) => Math.max(most, value), finite[0] ?? 1)
  const high = greatest > low ? greatest : low + 1
  const within = ticks(low, high, TICKS)
  const step = within.length > 1 ? within[1]! - within[0]! : high - low
  // Ends are marked ones unless they are given.
  const from = min ?? Math.floor(low / step + 1e-9) * step
  const to = max ?? Math.ceil(high / step - 1e-9) * step
  const [first, last] = [Math.ceil(from / step - 1e-9), Math.floor(to / step + 1e-9)]
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step),
    step,
    part: (value) => (value - from) / (to - from),
  }
}

function tickText(value: number, step: number): string {
  if (step >= 1000) return grouped(Math.round(value))
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  return value.toFixed(digits).replace(/^-(0(\.0+)?)$/, '$1')
}

function xTick(x: number, text: string): string {
  const line = element('line', { x1: x, x2: x, y1: TOP, y2: BOTTOM, stroke: GRID })
  return line + label(x, BOTTOM + 16, text, MIDDLE)
}

function yTick(y: number, text: string): string {
  const line = element('line', { x1: LEFT, x2: LEFT + PLOT.width, y1: y, y2: y, stroke: GRID })
  return line + label(LEFT - 6, y + 4, text, END)
}

/** Where a band lies within the scale, from its upper edge; undefined where none of it does. */
function bandPlace(
  { from, to }: Band,
  scale: Scale,
): { readonly y: number; readonly height: number } | undefined {
  const inside = (value: number): number => Math.min(1, Math.max(0, scale.part(value)))
  const [low, high] = [inside(from), inside(to)]
  return high <= low ? undefined : { y: BOTTOM - PLOT.height * high, height: PLOT.height * (high - low) }
}

function bandOf(band: Band, scale: Scale, fill: string): string {
  const place = bandPlace(band, scale)
  if (place === undefined) return ''
  return element('rect', { x: LEFT, ...place, width: PLOT.width, fill })
}

/** Its name, over the lines and with an edge of its colour around it. */
function bandLabel(band: Band, scale: Scale, fill: string): string {
  const place = bandPlace(band, scale)
  // A name needs a line's height.
  if (place === undefined || place.height < LEGEND_LINE) return ''
  const halo = { 'paint-order': 'stroke', stroke: fill, 'stroke-width': 4, 'stroke-linejoin': 'round' }
  return label(LEFT + PLOT.width - 4, place.y + 12, printable(band.label), { ...END, fill: FAINT, ...halo })
}

/** How many later lines, or dots, lie on most of a line's. */
function coveredBy(
  series: readonly Series[],
  at: number,
  toX: (x: number) => number,
  toY: (y: number) => number,
): number {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1
  const { points } = series[at]!
  return series.slice(at + 1).filter((other) => {
    const covered = points.filter(([x, y]) =>
      other.points.some(([otherX, otherY]) => near(toX(otherX), toX(x)) && near(toY(otherY), toY(y))),
    )
    return covered.length > points.length * MOST
  }).length
}

function lineOf(
  { points, dots = false, ...line }: Series,
  at: number,
  covered: number,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  const placed = points.map(([x, y]) =>
    Number.isFinite(x) && Number.isFinite(y) ? ([toX(x), toY(y)] as const) : null,
  )
  const { 'stroke-width': width, ...drawn } = stroke(at, line)
  if (!dots) {
    const wide = { 'stroke-width': width + WIDER * covered }
    return element('path', { d: path(placed), fill: 'none', 'stroke-linejoin': 'round', ...drawn, ...wide })
  }
  // A line of no length with round ends.
  const d = placed.map((point) => (point === null ? '' : `${path([point])}h0`)).join('')
  const wide = { 'stroke-width': DOT['stroke-width'] + WIDER * covered }
  return element('path', { d, fill: 'none', ...drawn, ...DOT, ...wide })
}

function legendOf({ name, dots = false, ...line }: Series, at: number): string {
  const x = LEFT + (at % 2) * (PLOT.width / 2)
  const y = BOTTOM + MARGIN.bottom + LEGEND_LINE * Math.floor(at / 2)
  const sample = dots
    ? element('path', { d: `${path([[x + 9, y]])}h0`, ...stroke(at, line), ...DOT })
    : element('line', { x1: x, x2: x + 18, y1: y, y2: y, ...stroke(at, line), 'stroke-width': 2 })
  return sample + label(x + 23, y + 4, printable(name))
}

function stroke(
  at: number,
  { dashed = false }: { readonly dashed?: boolean },
): { readonly stroke: string; readonly 'stroke-width': number; readonly 'stroke-dasharray'?: string } {
  const colour = COLOURS[at % COLOURS.length]!
  return { stroke: colour, 'stroke-width': 1.6, ...(dashed ? { 'stroke-dasharray': '5 4' } : {}) }
}
