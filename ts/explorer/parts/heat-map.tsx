/** A heat map on a canvas: as many cells as there are, at any zoom, redrawn within a frame. */

import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Grid } from './grid.ts'
import { pixels, scheme } from './palette.ts'
import { useWidth } from './size.ts'

/** Room for the uids of rows and of columns. */
const LEFT = 52
const TOP = 24
const ROW = { least: 7, most: 24, all: 480 }
const WIDEST = 48
/** The least distance between two uids on the upper edge. */
const LABEL = 34
const GAPS_FROM = 6

/** A cell by its uids. */
export interface Cell {
  readonly validator: number
  readonly miner: number
}

interface Props {
  readonly grid: Grid
  readonly label: string
  readonly zoom: number
  readonly selected: { readonly validator: number | null; readonly miner: number | null }
  /** What a cell says when it is pointed at. */
  readonly describe: (cell: Cell) => readonly string[]
  readonly onSelect: (cell: Cell) => void
  readonly onEdit: () => void
  readonly canvas: { current: HTMLCanvasElement | null }
}

interface Pointed {
  readonly x: number
  readonly y: number
  readonly lines: readonly string[]
}

/** How large a cell is, in pixels of the page. */
interface Sizes {
  readonly width: number
  readonly height: number
  readonly cellWidth: number
  readonly cellHeight: number
}

function sizesOf({ rows, columns }: Grid, room: number, zoom: number): Sizes {
  const width = Math.max(0, room)
  const fit = (width - LEFT) / Math.max(1, columns.length)
  const cellHeight = Math.min(ROW.most, Math.max(ROW.least, Math.floor(ROW.all / Math.max(1, rows.length))))
  // A few columns are not drawn wider than they are to be read.
  const cellWidth = Math.min(WIDEST, fit * zoom)
  return { width, height: TOP + cellHeight * rows.length, cellWidth, cellHeight }
}

export function HeatMap(props: Props): JSX.Element {
  const { grid, label, zoom, selected, describe, onSelect, onEdit, canvas } = props
  const scroller = useRef<HTMLDivElement>(null)
  const room = useWidth(scroller)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const sizes = sizesOf(grid, room, zoom)
  const drawn = useRef<() => void>(() => {})
  drawn.current = (): void => {
    const [target, box] = [canvas.current, scroller.current]
    if (target !== null && box !== null && room > LEFT)
      draw(target, { grid, sizes, selected, scroll: box.scrollLeft, scheme: scheme.value })
  }
  const shown = scheme.value
  // Whatever is drawn draws it again.
  useLayoutEffect(() => drawn.current(), [grid, room, zoom, selected.validator, selected.miner, shown])
  useLayoutEffect(() => intoView(scroller.current, sizes, grid, selected.miner), [selected.miner, zoom])
  useEffect(() => {
    const box = scroller.current!
    let asked = false
    const onScroll = (): void => {
      if (asked) return
      asked = true
      requestAnimationFrame(() => {
        asked = false
        drawn.current()
      })
    }
    box.addEventListener('scroll', onScroll, { passive: true })
    return () => box.removeEventListener('scroll', onScroll)
  }, [])

  const cellAt = (event: MouseEvent): Cell | null => {
    const box = scroller.current!
    const { left, top } = box.getBoundingClientRect()
    const x = event.clientX - left - LEFT + box.scrollLeft
    const y = event.clientY - top - TOP
    const [row, column] = [Math.floor(y / sizes.cellHeight), Math.floor(x / sizes.cellWidth)]
    const [validator, miner] = [grid.rows[row], grid.columns[column]]
    const inside = event.clientX - left >= LEFT && y >= 0
    return inside && validator !== undefined && miner !== undefined ? { validator, miner } : null
  }
  const point = (event: MouseEvent): void => {
    const cell = cellAt(event)
    const box = scroller.current!.getBoundingClientRect()
    const [x, y] = [event.clientX - box.left, event.clientY - box.top]
    setPointed(cell === null ? null : { x: Math.min(x, box.width - 220), y, lines: describe(cell) })
  }
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onEdit()
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const row = place(grid.rows, selected.validator, step[1])
    const column = place(grid.columns, selected.miner, step[0])
    const [validator, miner] = [grid.rows[row], grid.columns[column]]
    if (validator !== undefined && miner !== undefined) onSelect({ validator, miner })
  }

  return (
    <div class="heat">
      <div
        class="heat-scroll"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through the cells
        tabIndex={0}
        role="application"
        aria-label={`${label}. Arrow keys move from cell to cell, Enter edits the weight.`}
        style={{ height: `${sizes.height + 16}px` }}
        onClick={(event) => {
          const cell = cellAt(event)
          if (cell !== null) onSelect(cell)
        }}
        onMouseMove={point}
        onMouseLeave={() => setPointed(null)}
        onKeyDown={key}
      >
        <div
          style={{ width: `${LEFT + sizes.cellWidth * grid.columns.length}px`, height: `${sizes.height}px` }}
        >
          <canvas ref={canvas} class="heat-canvas" />
        </div>
      </div>
      {pointed !== null && (
        <div class="tip" style={{ left: `${pointed.x + 14}px`, top: `${pointed.y + 14}px` }}>
          {pointed.lines.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </div>
      )}
    </div>
  )
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function place(uids: readonly number[], uid: number | null, step: number): number {
  const at = uid === null ? 0 : Math.max(0, uids.indexOf(uid)) + step
  return Math.min(uids.length - 1, Math.max(0, at))
}

/** Scrolls so far that a column is to be seen. */
function intoView(box: HTMLDivElement | null, sizes: Sizes, { columns }: Grid, miner: number | null): void {
  const column = miner === null ? -1 : columns.indexOf(miner)
  if (box === null || column < 0) return
  const x = column * sizes.cellWidth
  const room = sizes.width - LEFT
  if (x < box.scrollLeft) box.scrollLeft = x
  else if (x + sizes.cellWidth > box.scrollLeft + room) box.scrollLeft = x + sizes.cellWidth - room
}

interface Drawing {
  readonly grid: Grid
  readonly sizes: Sizes
  readonly selected: Props['selected']
  readonly scroll: number
  readonly scheme: 'light' | 'dark'
}

function draw(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { sizes } = drawing
  const ratio = globalThis.devicePixelRatio || 1
  const [width, height] = [Math.round(sizes.width * ratio), Math.round(sizes.height * ratio)]
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width
    canvas.height = height
    canvas.style.width = `${sizes.width}px`
    canvas.style.height = `${sizes.height}px`
  }
  const context = canvas.getContext('2d')!
  const style = getComputedStyle(canvas)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.fillStyle = style.getPropertyValue('--panel')
  context.fillRect(0, 0, sizes.width, sizes.height)
  drawCells(context, drawing)
  drawGaps(context, drawing, style.getPropertyValue('--panel'))
  drawLabels(context, drawing, style)
  drawSelected(context, drawing, style.getPropertyValue('--accent'))
}

/** The columns that are to be seen. */
function visible({ grid, sizes, scroll }: Drawing): readonly [first: number, end: number] {
  const first = Math.floor(scroll / sizes.cellWidth)
  const end = Math.ceil((scroll + sizes.width - LEFT) / sizes.cellWidth)
  return [Math.max(0, first), Math.min(grid.columns.length, end)]
}

let scratch: HTMLCanvasElement | undefined

function drawCells(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { grid, sizes, scroll } = drawing
  const [first, end] = visible(drawing)
  const cells = end - first
  if (cells <= 0 || grid.rows.length === 0) return
  // Of cells narrower than a pixel the greatest of those in it is drawn.
  const across = Math.max(1, Math.min(cells, Math.round(cells * sizes.cellWidth)))
  const image = new ImageData(across, grid.rows.length)
  paint(new Uint32Array(image.data.buffer), drawing, first, cells, across)
  scratch ??= document.createElement('canvas')
  scratch.width = across
  scratch.height = grid.rows.length
  scratch.getContext('2d')!.putImageData(image, 0, 0)
  context.save()
  context.beginPath()
  context.rect(LEFT, TOP, sizes.width - LEFT, sizes.height - TOP)
  context.clip()
  context.imageSmoothingEnabled = false
  const x = LEFT + first * sizes.cellWidth - scroll
  context.drawImage(scratch, x, TOP, cells * sizes.cellWidth, grid.rows.length * sizes.cellHeight)
  context.restore()
}

function paint(
  into: Uint32Array,
  { grid, scheme }: Drawing,
  first: number,
  cells: number,
  across: number,
): void {
  const { values, most, columns, rows, layer } = grid
  const diverging = layer === 'change'
  const colours = pixels(diverging ? 'diverging' : 'sequential', scheme)
  const scale = most === 0 ? 0 : 1 / most
  for (let row = 0; row < rows.length; row++) {
    const start = row * columns.length + first
    for (let x = 0; x < across; x++) {
      const from = start + Math.floor((x * cells) / across)
      const to = Math.max(from + 1, start + Math.floor(((x + 1) * cells) / across))
      let value = Number.NaN
      for (let at = from; at < to; at++) {
        const here = values[at]!
        if (!(Math.abs(here) <= Math.abs(value))) value = Number.isNaN(here) ? value : here
      }
      if (Number.isNaN(value)) continue
      into[row * across + x] = colours[toned(value * scale, diverging)]!
    }
  }
}

/** The colour of a part of the greatest value. By its root: small weights are many, and are to be seen. */
function toned(part: number, diverging: boolean): number {
  const root = Math.sign(part) * Math.sqrt(Math.abs(part))
  return Math.min(255, Math.max(0, Math.round(diverging ? 127.5 + 127.5 * root : 255 * root)))
}

function drawGaps(context: CanvasRenderingContext2D, drawing: Drawing, colour: string): void {
  const { grid, sizes, scroll } = drawing
  context.fillStyle = colour
  const [first, end] = visible(drawing)
  if (sizes.cellWidth >= GAPS_FROM) {
    for (let column = first; column <= end; column++)
      context.fillRect(LEFT + column * sizes.cellWidth - scroll - 0.5, TOP, 1, sizes.height)
  }
  if (sizes.cellHeight >= GAPS_FROM) {
    for (let row = 0; row <= grid.rows.length; row++)
      context.fillRect(LEFT, TOP + row * sizes.cellHeight - 0.5, sizes.width, 1)
  }
  context.fillRect(0, 0, LEFT, sizes.height)
}

function drawLabels(context: CanvasRenderingContext2D, drawing: Drawing, style: CSSStyleDeclaration): void {
  const { grid, sizes, selected } = drawing
  const [plain, strong] = [style.getPropertyValue('--quiet'), style.getPropertyValue('--ink')]
  context.font = `11px ${style.fontFamily}`
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  const everyRow = Math.ceil(12 / sizes.cellHeight)
  for (const [row, uid] of grid.rows.entries()) {
    const own = uid === selected.validator
    if (row % everyRow !== 0 && !own) continue
    context.fillStyle = own ? strong : plain
    context.fillText(String(uid), LEFT - 8, TOP + (row + 0.5) * sizes.cellHeight)
  }
  context.textAlign = 'center'
  const every = Math.ceil(LABEL / sizes.cellWidth)
  const [first, end] = visible(drawing)
  const chosen = selected.miner === null ? -1 : grid.columns.indexOf(selected.miner)
  for (let column = first - (first % every); column < end; column += every) {
    // The chosen one's uid has its place; those too near to it give way.
    if (chosen >= 0 && column !== chosen && Math.abs(column - chosen) * sizes.cellWidth < LABEL) continue
    drawColumnLabel(context, drawing, column, plain)
  }
  if (chosen >= first && chosen < end) drawColumnLabel(context, drawing, chosen, strong)
}

function drawColumnLabel(
  context: CanvasRenderingContext2D,
  { grid, sizes, scroll }: Drawing,
  column: number,
  colour: string,
): void {
  const x = LEFT + (column + 0.5) * sizes.cellWidth - scroll
  if (x < LEFT || x > sizes.width) return
  context.fillStyle = colour
  context.fillText(String(grid.columns[column]), x, TOP / 2)
}

function drawSelected(context: CanvasRenderingContext2D, drawing: Drawing, colour: string): void {
  const { grid, sizes, scroll, selected } = drawing
  const row = selected.validator === null ? -1 : grid.rows.indexOf(selected.validator)
  const column = selected.miner === null ? -1 : grid.columns.indexOf(selected.miner)
  context.save()
  context.beginPath()
  context.rect(LEFT, TOP, sizes.width - LEFT, sizes.height - TOP)
  context.clip()
  context.strokeStyle = colour
  const width = Math.min(sizes.cellWidth * grid.columns.length, sizes.width)
  const y = TOP + row * sizes.cellHeight
  const x = LEFT + column * sizes.cellWidth - scroll
  context.lineWidth = 1
  if (row >= 0) context.strokeRect(LEFT + 0.5, y + 0.5, width - 1, sizes.cellHeight - 1)
  if (column >= 0) context.strokeRect(x, TOP + 0.5, sizes.cellWidth, sizes.height - TOP - 1)
  context.lineWidth = 2.5
  if (row >= 0 && column >= 0)
    context.strokeRect(x - 1, y - 1, Math.max(4, sizes.cellWidth + 2), sizes.cellHeight + 2)
  context.restore()
}
