import type { Shown, View, ViewColumn } from '../replay/questions.ts'
import { openViews, type QueryOptions, type Row, type RowValue } from '../replay/views.ts'
import type { Arguments, Command, Option } from './command.ts'
import { csvLine } from './csv.ts'
import { EXIT } from './exit.ts'
import { alpha, printable, proportion, shortAddress, type TableColumn, table } from './format.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

const MAX_NETUID = 4095
const MAX_ROWS = 2 ** 31 - 1
/** Rows of a table for people, where it is not said how many. */
const USUAL_ROWS = 100
const PART_DIGITS = 5
const PERCENT_DIGITS = 7
const PER_CENT = 100

/** What a question is asked of. */
export const FILTERS: Readonly<Record<string, Option>> = {
  netuid: { value: 'N', help: 'of one subnet (all)' },
  hotkey: { value: 'KEY', help: 'of one hotkey (SS58)' },
  coldkey: { value: 'KEY', help: 'of one coldkey (SS58)' },
}

/** A command for a question: `yuma history paid LAKE`. */
export function historyCommand(view: View): Command {
  const has = (name: string): boolean => view.columns.some((column) => column.name === name)
  const filters = Object.entries(FILTERS).filter(([name]) => name === 'netuid' || has(name))
  return {
    name: `history ${view.command}`,
    usage: 'LAKE [options]',
    about: `Asks a lake (yuma replay) ${view.summary}.\n\n${view.about.replaceAll('`', '')}`,
    options: {
      ...Object.fromEntries(filters),
      from: { value: 'B', help: 'from this block on' },
      to: { value: 'B', help: 'up to this block' },
      limit: { value: 'ROWS', help: `rows to give (${USUAL_ROWS}; with --json and --csv all)` },
      json: { help: 'one line of JSON a row: all columns, u64 as decimal strings' },
      csv: { help: 'as CSV: all columns' },
      sql: { help: 'a script for DuckDB in place of the rows' },
    },
    async run(args, io) {
      const lake = args.single('LAKE')
      const options = filterOf(args, args.u64('to'))
      const limit = args.integer('limit', 1, MAX_ROWS)
      if (['json', 'csv', 'sql'].filter((name) => args.has(name)).length > 1)
        throw args.usage('one of --json, --csv and --sql expected')
      await interruptible(async (signal) => {
        await using views = await openViews(lake)
        if (args.has('sql')) return io.out.write([views.script(view.name, options)])
        const rows = views.query(view.name, { ...options, signal })
        if (args.has('json')) await put(io, rows, limit, (row) => `${JSON.stringify(row, bigintAsText)}\n`)
        else if (args.has('csv')) await putCsv(io, view, rows, limit)
        else await putTable(io, view, rows, limit ?? USUAL_ROWS)
      })
      return EXIT.done
    },
  }
}

/** What of a lake is asked for. */
export function filterOf(args: Arguments, to: bigint | undefined): QueryOptions {
  const given = {
    netuid: args.integer('netuid', 0, MAX_NETUID),
    hotkey: args.text('hotkey'),
    coldkey: args.text('coldkey'),
    from: args.u64('from'),
    to,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

async function put(
  io: Io,
  rows: AsyncIterable<Row>,
  limit: number | undefined,
  line: (row: Row) => string,
): Promise<void> {
  let count = 0
  for await (const row of rows) {
    await io.out.write([line(row)])
    count += 1
    if (count === limit) return
  }
}

async function putCsv(
  io: Io,
  view: View,
  rows: AsyncIterable<Row>,
  limit: number | undefined,
): Promise<void> {
  const names = view.columns.map(({ name }) => name)
  await io.out.write([csvLine(names)])
  await put(io, rows, limit, (row) => csvLine(names.map((name) => row[name]!)))
}

// --- For people

async function putTable(io: Io, view: View, rows: AsyncIterable<Row>, limit: number): Promise<void> {
  const shown = view.columns.filter((column) => column.shown !== undefined)
  const cells: string[][] = []
  let more = false
  for await (const row of rows) {
    more = cells.length === limit
    if (more) break
    cells.push(shown.map((column) => cellOf(column, row[column.name]!)))
  }
  if (cells.length === 0) return io.out.write(['no rows\n'])
  const lines = table(shown.map(titleOf), cells)
  if (more) lines.push(`  and more: --limit, --json and --csv give them`)
  await io.out.write(lines.map((line) => `${line}\n`))
}

const UNITS: Readonly<Partial<Record<Shown, string>>> = { alpha: ' (alpha)', tao: ' (TAO)' }

function titleOf({ name, type, shown }: ViewColumn): TableColumn {
  const title = `${name.replaceAll('_', ' ')}${UNITS[shown ?? 'plain'] ?? ''}`
  return { title, align: type === 'VARCHAR' ? 'left' : 'right' }
}

function cellOf({ shown }: ViewColumn, value: RowValue): string {
  if (value === null) return '-'
  if (shown === 'alpha' || shown === 'tao') return amountOf(value as bigint)
  if (shown === 'u16') return proportion(value as number)
  if (shown === 'part') return (value as number).toFixed(PART_DIGITS)
  if (shown === 'percent') return `${((value as number) * PER_CENT).toFixed(PERCENT_DIGITS)} %`
  if (shown === 'address') return shortAddress(printable(value as string))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return printable(String(value))
}

/** What is left of a pot can be below 0. */
function amountOf(rao: bigint): string {
  return rao < 0n ? `-${alpha(-rao)}` : alpha(rao)
}
