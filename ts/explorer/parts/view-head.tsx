/** What stands above each view: its name, what it shows, and what of it can be saved. */

import type { ComponentChildren, JSX } from 'preact'
import { rulesInWords } from '../../engine/rules.ts'
import { opened, ran } from '../state/session.ts'
import { grouped } from './format.ts'
import { csvOf, pngOf, saveFile, svgText } from './save.ts'

interface Props {
  readonly title: string
  readonly children: ComponentChildren
  /** The picture that is saved; none where the view is a table alone. */
  readonly figure?: () => SVGSVGElement | HTMLCanvasElement | null | undefined
  /** Whether the picture is pixels, which no SVG is made of. */
  readonly pixels?: boolean
  /** The values as rows, names of columns first. */
  readonly rows?: () => readonly (readonly (string | number | bigint)[])[]
}

export function ViewHead({ title, children, figure, pixels = false, rows }: Props): JSX.Element {
  const name = title.toLowerCase().replaceAll(' ', '-')
  const picture = async (kind: 'svg' | 'png'): Promise<void> => {
    const node = figure?.()
    if (!node) return
    if (kind === 'svg' && node instanceof SVGSVGElement)
      saveFile(`${name}.svg`, svgText(node), 'image/svg+xml')
    else saveFile(`${name}.png`, await pngOf(node), 'image/png')
  }
  return (
    <header class="view-head">
      <div>
        <h2>{title}</h2>
        <p>{children}</p>
        <Facts />
      </div>
      <div class="saves">
        {figure !== undefined && !pixels && (
          <button type="button" onClick={() => void picture('svg')}>
            SVG
          </button>
        )}
        {figure !== undefined && (
          <button type="button" onClick={() => void picture('png')}>
            PNG
          </button>
        )}
        {rows !== undefined && (
          <button type="button" onClick={() => saveFile(`${name}.csv`, csvOf(rows()), 'text/csv')}>
            CSV
          </button>
        )}
      </div>
    </header>
  )
}

/** What the view stands on. */
function Facts(): JSX.Element | null {
  const [from, now] = [opened.value, ran.value]
  if (from === null || now === null) return null
  const { snapshot, result } = now
  const consensus =
    snapshot.subnetEpochConsensus === 'Null' ? 'Null consensus' : snapshot.yuma3On ? 'Yuma3' : 'classic bonds'
  const facts = [
    snapshot.netuid === undefined ? null : `subnet ${snapshot.netuid}`,
    `block ${grouped(snapshot.block)}`,
    `spec ${snapshot.specVersion}`,
    `rules ${rulesInWords(result.rules)}`,
    `${grouped(snapshot.n)} neurons`,
    snapshot.liquidAlphaOn ? `${consensus}, liquid alpha` : consensus,
  ]
  return <p class="facts">{facts.filter((fact) => fact !== null).join(' · ')}</p>
}
