/** A figure of lines over a common axis. */

import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { AxisX, AxisY } from './axis.tsx'
import { useWidth } from './size.ts'

/** One line. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly strong?: boolean
}

interface Props {
  readonly figure: { current: SVGSVGElement | null }
  readonly label: string
  readonly lines: readonly Line[]
  readonly x: {
    readonly title: string
    readonly from: number
    readonly to: number
    readonly text: (value: number) => string
  }
  readonly y: { readonly title: string; readonly to: number; readonly text: (value: number) => string }
  /** A place on the axis that is looked at. */
  readonly at?: number
  /** A line that the others are compared with. */
  readonly level?: { readonly y: number; readonly text: string }
  readonly height?: number
}

const MARGIN = { left: 66, right: 72, top: 34, bottom: 46 }
/** Names that would stand on each other are left out; the table has them. */
const NAME_HEIGHT = 14

export function Lines({ figure, label, lines, x, y, at, level, height = 340 }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const across = scaleLinear([x.from, x.to], [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)])
  const up = scaleLinear([0, Math.max(y.to, 1e-9)], [height - MARGIN.bottom, MARGIN.top])
  const path = line<readonly [number, number]>(
    ([x]) => across(x),
    ([, y]) => up(y),
  )
  const ends = namesOf(lines, up)
  return (
    <div ref={box} class="figure">
      <svg ref={figure} width={width} height={height} role="img" aria-label={label}>
        <AxisY
          scale={up}
          at={MARGIN.left}
          text={y.text}
          title={y.title}
          grid={Math.max(0, width - MARGIN.left - MARGIN.right)}
        />
        <AxisX
          scale={across}
          at={height - MARGIN.bottom}
          text={x.text}
          title={x.title}
          ticks={Math.max(2, Math.min(8, Math.floor(width / 90)))}
        />
        {level !== undefined && (
          <>
            <line class="mark-line" x1={MARGIN.left} x2={across(x.to)} y1={up(level.y)} y2={up(level.y)} />
            <text class="quiet-text" x={across(x.to) - 4} y={up(level.y) - 6} text-anchor="end">
              {level.text}
            </text>
          </>
        )}
        {lines.map(({ name, points, strong }, i) => (
          <path
            key={name}
            class={strong ? 'line strong-line' : `line colour-${i % COLOURS}`}
            d={path(points) ?? ''}
          >
            <title>{name}</title>
          </path>
        ))}
        {ends.map(({ name, y, i, strong }) => (
          <text
            key={name}
            class={strong ? 'line-name strong' : `line-name name-${i % COLOURS}`}
            x={across(x.to) + 6}
            y={y}
            dominant-baseline="middle"
          >
            {name}
          </text>
        ))}
        {at !== undefined && (
          <line
            class="mark-line"
            x1={across(at)}
            x2={across(at)}
            y1={MARGIN.top}
            y2={height - MARGIN.bottom}
          />
        )}
      </svg>
    </div>
  )
}

const COLOURS = 7

interface End {
  readonly name: string
  readonly y: number
  readonly i: number
  readonly strong: boolean
}

/** Names at the lines' ends, those of strong lines first, as far as there is room. */
function namesOf(lines: readonly Line[], up: (value: number) => number): readonly End[] {
  const ends = lines.flatMap(({ name, points, strong = false }, i): End[] => {
    const last = points.at(-1)
    return last === undefined ? [] : [{ name, y: up(last[1]), i, strong }]
  })
  const kept: End[] = []
  for (const end of ends.toSorted((a, b) => Number(b.strong) - Number(a.strong)))
    if (kept.every(({ y }) => Math.abs(y - end.y) >= NAME_HEIGHT)) kept.push(end)
  return kept
}
