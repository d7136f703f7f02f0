/** A table of any length: sorted by a click on a column's name, with only the rows that are to be seen in the page. */

import { Component, type JSX } from 'preact'
import { useState } from 'preact/hooks'

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
  // The first row to be seen: scrolling within a row draws nothing anew.
  const [seen, setSeen] = useState(0)
  const sorted = sortedBy(rows, columns.find(({ id }) => id === sort?.id)?.value, sort?.down === true)
  const top = Math.max(0, Math.min(seen, sorted.length - most))
  const first = Math.max(0, top - AROUND)
  const end = Math.min(sorted.length, top + most + AROUND)
  const order = (id: string, align: 'left' | 'right'): void =>
    setSort(sort?.id === id ? { id, down: !sort.down } : { id, down: align === 'right' })
  return (
    <section
      class="table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
      tabIndex={0}
      aria-label={label}
      style={{ maxHeight: `${(most + 1.5) * ROW}px` }}
      onScroll={(event) => setSeen(Math.floor(event.currentTarget.scrollTop / ROW))}
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
                <Cell
                  key={column.id}
                  id={column.id}
                  align={column.align}
                  text={column.text(row)}
                  before={column.before?.(row) ?? null}
                  onSelect={at === 0 && onSelect !== undefined ? () => onSelect(row) : null}
                />
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

interface CellProps {
  readonly id: string
  readonly align: 'left' | 'right'
  readonly text: string
  readonly before: string | null
  readonly onSelect: (() => void) | null
}

/** A cell, which is drawn anew only where it says something else: while a slider moves, many do not. */
class Cell extends Component<CellProps> {
  override shouldComponentUpdate(next: CellProps): boolean {
    const { align, text, before, onSelect } = this.props
    return next.text !== text || next.before !== before || next.align !== align || next.onSelect !== onSelect
  }

  override render({ id, align, text, before, onSelect }: CellProps): JSX.Element {
    if (onSelect !== null)
      return (
        <td class={align} data-column={id}>
          <button type="button" class="link" onClick={onSelect}>
            {text}
          </button>
        </td>
      )
    if (before === null || before === text)
      return (
        <td class={align} data-column={id}>
          {text}
        </td>
      )
    return (
      <td class={`${align} changed`} data-column={id}>
        <del>{before}</del> <ins>{text}</ins>
      </td>
    )
  }
}

type Value = number | bigint | string

/** Rows by a column's values, each of which is asked for once: to make a bigint takes longer than to compare two. */
function sortedBy<Row>(
  rows: readonly Row[],
  value: ((row: Row) => Value) | undefined,
  down: boolean,
): readonly Row[] {
  if (value === undefined) return rows
  const keyed = rows.map((row) => ({ row, key: value(row) }))
  keyed.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)))
  return keyed.map(({ row }) => row)
}

function compare(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0
}
