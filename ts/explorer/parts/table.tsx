/** A table of any length: sorted by a click on a column's name, with only the rows that are to be seen in the page. */

import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'

/** A column of a table. */
export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** What the column is, in a sentence. */
  readonly about?: string
  readonly align: 'left' | 'right'
  /** What rows are sorted by. */
  readonly value: (row: Row) => number | bigint | string
  readonly text: (row: Row) => string
  /** What it was before a what-if, where that is another text. */
  readonly before?: (row: Row) => string | null
}

interface Props<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => number
  readonly selected?: number | null
  readonly onSelect?: (row: Row) => void
  readonly sort?: { readonly id: string; readonly down: boolean }
  /** In rows; 18 by default. */
  readonly most?: number
}

const ROW = 30
const AROUND = 6

export function Table<Row>(props: Props<Row>): JSX.Element {
  const { label, columns, rows, rowKey, selected, onSelect, most = 18 } = props
  const [sort, setSort] = useState(props.sort ?? null)
  const [top, setTop] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const by = columns.find(({ id }) => id === sort?.id)
  const sorted =
    by === undefined ? rows : rows.toSorted((a, b) => compare(by.value(a), by.value(b), sort!.down))
  const first = Math.max(0, Math.min(Math.floor(top / ROW), sorted.length - most) - AROUND)
  const end = Math.min(sorted.length, first + most + 2 * AROUND)
  const order = (id: string, align: 'left' | 'right'): void =>
    setSort(sort?.id === id ? { id, down: !sort.down } : { id, down: align === 'right' })
  return (
    <section
      class="table"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
      tabIndex={0}
      aria-label={label}
      style={{ maxHeight: `${(most + 1.5) * ROW}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ id, title, align, about }) => (
              <th
                key={id}
                scope="col"
                class={align}
                data-column={id}
                aria-sort={sort?.id === id ? (sort.down ? 'descending' : 'ascending') : 'none'}
              >
                <button type="button" title={about ?? title} onClick={() => order(id, align)}>
                  {title}
                  <span aria-hidden="true">{sort?.id === id ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Gap rows={first} columns={columns.length} />}
          {sorted.slice(first, end).map((row, i) => (
            <tr
              key={rowKey(row)}
              aria-rowindex={first + i + 2}
              data-key={rowKey(row)}
              class={rowKey(row) === selected ? 'selected' : ''}
            >
              {columns.map((column, at) => (
                <td key={column.id} class={column.align} data-column={column.id}>
                  <CellText column={column} row={row} onSelect={at === 0 ? onSelect : undefined} />
                </td>
              ))}
            </tr>
          ))}
          {end < sorted.length && <Gap rows={sorted.length - end} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  )
}

function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }): JSX.Element {
  return (
    <tr style={{ height: `${rows * ROW}px` }}>
      <td colSpan={columns} />
    </tr>
  )
}

function CellText<Row>({
  column,
  row,
  onSelect,
}: {
  readonly column: Column<Row>
  readonly row: Row
  readonly onSelect: ((row: Row) => void) | undefined
}): JSX.Element {
  const text = column.text(row)
  const before = column.before?.(row) ?? null
  if (onSelect !== undefined)
    return (
      <button type="button" class="link" onClick={() => onSelect(row)}>
        {text}
      </button>
    )
  if (before === null || before === text) return <span>{text}</span>
  return (
    <span class="changed">
      <del>{before}</del> <span aria-hidden="true">→</span> <ins>{text}</ins>
    </span>
  )
}

function compare(a: number | bigint | string, b: number | bigint | string, down: boolean): number {
  const order = a < b ? -1 : a > b ? 1 : 0
  return down ? -order : order
}
