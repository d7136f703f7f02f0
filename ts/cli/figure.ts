/** Figures as SVG text: line charts side by side, with nothing in them but paths and text. */

import { grouped } from './format.ts'

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
const LEGEND_LINE = 16
const TICKS = 6

/** Told apart by those who see few colours too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const
const BANDS = ['#f2f2f2', '#e4ecf4', '#f7efe2'] as const

/** Several charts as one SVG, `columns` side by side. */
export function figure(charts: readonly LineFigure[], columns = 2): string {
  const across = Math.max(1, Math.min(columns, charts.length))
  const rows = Array.from({ length: Math.ceil(charts.length / across) }, (_, row) =>
    charts.slice(row * across, (row + 1) * across),
  )
  const heights = rows.map((row) => Math.max(...row.map(heightOf)))
  let top = 0
  const parts = rows.map((row, i) => {
    const placed = row.map((chart, column) => at(column * WIDTH, top, chartOf(chart)))
    top += heights[i]!
    return placed.join('')
  })
  const size = `${across * WIDTH} ${top}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" width="${across * WIDTH}" height="${top}" font-family="system-ui,sans-serif" font-size="11" fill="#343434">
<title>${escaped(charts.map(({ title }) => title).join('; '))}</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}

function at(x: number, y: number, content: string): string {
  return x === 0 && y === 0 ? content : `<g transform="translate(${x} ${y})">${content}</g>`
}

function heightOf({ series }: LineFigure): number {
  return MARGIN.top + PLOT.height + MARGIN.bottom + LEGEND_LINE * Math.ceil(series.length / 2)
}

function chartOf({ title, x, y, series, bands = [] }: LineFigure): string {
  const points = series.flatMap((line) => line.points)
  const across = scaleOf(
    x,
    points.map(([value]) => value),
  )
  const upward = scaleOf(
    y,
    points.map(([, value]) => value),
  )
  const toX = (value: number): number => MARGIN.left + PLOT.width * across.part(value)
  const toY = (value: number): number => MARGIN.top + PLOT.height * (1 - upward.part(value))
  return [
    text(MARGIN.left, 18, title, 'font-size="13" font-weight="600"'),
    ...bands.map((band, i) => bandOf(band, toY, upward, BANDS[i % BANDS.length]!)),
    ...across.ticks.map((tick) => xTick(toX(tick), tickText(tick, across.step))),
    ...upward.ticks.map((tick) => yTick(toY(tick), tickText(tick, upward.step))),
    text(MARGIN.left + PLOT.width / 2, MARGIN.top + PLOT.height + 34, x.label, 'text-anchor="middle"'),
    text(
      14,
      MARGIN.top + PLOT.height / 2,
      y.label,
      `text-anchor="middle" transform="rotate(-90 14 ${MARGIN.top + PLOT.height / 2})"`,
    ),
    ...series.map((line, i) => lineOf(line, i, toX, toY)),
    ...series.map((line, i) => legendOf(line, i)),
  ].join('')
}

/** A range of values, where in it a value lies, and round values to mark. */
interface Scale {
  readonly ticks: readonly number[]
  readonly step: number
  part(value: number): number
}

function scaleOf({ min, max }: Axis, values: readonly number[]): Scale {
  const finite = values.filter(Number.isFinite)
  const low = min ?? finite.reduce((least, value) => Math.min(least, value), finite[0] ?? 0)
  const greatest = max ?? finite.reduce((most, value) => Math.max(most, value), finite[0] ?? 1)
  const high = greatest > low ? greatest : low + 1
  const step = roundStep((high - low) / TICKS)
  // Marked ends are round unless they are given.
  const from = min ?? Math.floor(low / step) * step
  const to = max ?? Math.ceil(high / step) * step
  const count = Math.floor((to - from) / step + 1e-9)
  const first = Math.ceil(from / step - 1e-9)
  return {
    ticks: Array.from({ length: count + 1 }, (_, i) => (first + i) * step).filter(
      (tick) => tick <= to + step * 1e-9,
    ),
    step,
    part: (value) => (value - from) / (to - from),
  }
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10
  return factor * power
}

function tickText(value: number, step: number): string {
  if (step >= 1000) return grouped(Math.round(value))
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  return value.toFixed(digits).replace(/^-(0(\.0+)?)$/, '$1')
}

function xTick(x: number, label: string): string {
  const bottom = MARGIN.top + PLOT.height
  return `<path d="M${short(x)} ${MARGIN.top}V${bottom}" stroke="#ddd"/>${text(x, bottom + 16, label, 'text-anchor="middle"')}`
}

function yTick(y: number, label: string): string {
  return `<path d="M${MARGIN.left} ${short(y)}h${PLOT.width}" stroke="#ddd"/>${text(MARGIN.left - 6, y + 4, label, 'text-anchor="end"')}`
}

function bandOf({ from, to, label }: Band, toY: (y: number) => number, scale: Scale, fill: string): string {
  const inside = (value: number): number => Math.min(1, Math.max(0, scale.part(value)))
  const [low, high] = [inside(from), inside(to)]
  if (high <= low) return ''
  const top = MARGIN.top + PLOT.height * (1 - high)
  const height = PLOT.height * (high - low)
  const rect = `<rect x="${MARGIN.left}" y="${short(top)}" width="${PLOT.width}" height="${short(height)}" fill="${fill}"/>`
  const right = MARGIN.left + PLOT.width - 4
  // A label needs a line's height, and stands at the side that is not cut off.
  if (height < LEGEND_LINE) return rect
  const y = scale.part(to) > 1 ? top + 12 : Math.max(top + 12, toY(to) + 12)
  return `${rect}${text(right, y, label, 'text-anchor="end" fill="#777"')}`
}

function lineOf(
  { points, dashed = false }: Series,
  at: number,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  let path = ''
  let pen = 'M'
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      pen = 'M'
      continue
    }
    path += `${pen}${short(toX(x))} ${short(toY(y))}`
    pen = 'L'
  }
  const dashes = dashed ? ' stroke-dasharray="5 4"' : ''
  return `<path d="${path}" fill="none" stroke="${colour(at)}" stroke-width="1.6" stroke-linejoin="round"${dashes}/>`
}

function legendOf({ name, dashed = false }: Series, at: number): string {
  const x = MARGIN.left + (at % 2) * (PLOT.width / 2)
  const y = MARGIN.top + PLOT.height + MARGIN.bottom + LEGEND_LINE * Math.floor(at / 2)
  const dashes = dashed ? ' stroke-dasharray="5 4"' : ''
  return `<path d="M${short(x)} ${y}h18" stroke="${colour(at)}" stroke-width="2"${dashes}/>${text(x + 23, y + 4, name)}`
}

function colour(at: number): string {
  return COLOURS[at % COLOURS.length]!
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${short(x)}" y="${short(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(content)}</text>`
}

/** A tenth of a pixel is more than anyone sees. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Text as XML can hold it. */
function escaped(content: string): string {
  return content
    .replace(/\p{Cc}/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
