/** Axes of figures: lines, ticks and their texts. */

import type { ScaleLinear } from 'd3-scale'
import type { JSX } from 'preact'

interface Props {
  readonly scale: ScaleLinear<number, number>
  /** Where it stands on the other axis. */
  readonly at: number
  readonly ticks?: number
  readonly text: (value: number) => string
  readonly title: string
  /** How far grid lines go from the axis, to the other side of the figure; none by default. */
  readonly grid?: number
}

/** Below a figure. */
export function AxisX({ scale, at, ticks = 6, text, title, grid }: Props): JSX.Element {
  const [from = 0, to = 0] = scale.range()
  return (
    <g class="axis">
      <line x1={from} x2={to} y1={at} y2={at} />
      {scale.ticks(ticks).map((value) => (
        <g key={value} transform={`translate(${scale(value)} ${at})`}>
          {grid !== undefined && <line class="grid" y1={0} y2={-grid} />}
          <line y1={0} y2={5} />
          <text y={18} text-anchor="middle">
            {text(value)}
          </text>
        </g>
      ))}
      <text class="axis-name" x={(from + to) / 2} y={at + 36} text-anchor="middle">
        {title}
      </text>
    </g>
  )
}

/** On the left of a figure, its name above it. */
export function AxisY({ scale, at, ticks = 5, text, title, grid }: Props): JSX.Element {
  const [from = 0, to = 0] = scale.range()
  return (
    <g class="axis">
      <line x1={at} x2={at} y1={from} y2={to} />
      {scale.ticks(ticks).map((value) => (
        <g key={value} transform={`translate(${at} ${scale(value)})`}>
          {grid !== undefined && <line class="grid" x1={0} x2={grid} />}
          <line x1={0} x2={-5} />
          <text x={-9} text-anchor="end" dominant-baseline="middle">
            {text(value)}
          </text>
        </g>
      ))}
      <text class="axis-name" x={0} y={Math.min(from, to) - 14} text-anchor="start">
        {title}
      </text>
    </g>
  )
}
