/** Tables of columns: what they hold, as rows and as they cross. The other side of `bindings/wire/src/emission`. */

import { InputError } from '../errors/index.ts'
import { anObject, oneOf } from '../errors/options.ts'
import type { Column } from '../runtime/layout.ts'
import { checkColumns, checkSet, checkWide } from './checks.ts'

/** The type of a column's values. The fixed-point ones are their raw bits. */
export type ColumnType =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'i16'
  | 'i64'
  | 'bool'
  | 'account'
  | 'u128'
  | 'i128'
  | 'I64F64'
  | 'I96F32'
  | 'U64F64'
  | 'U96F32'

/** A value of a row. */
export type Value = number | bigint | boolean | null

/** One column of a table. */
export interface ColumnSpec {
  readonly name: string
  /** The name in the table of fields, which errors name. */
  readonly field: string
  readonly type: ColumnType
  /** What a row that leaves it out has. */
  readonly missing: Value
  /** Whether the greatest value stands for none. */
  readonly option?: true
  /** Whether a block writes it. */
  readonly written?: true
  /** The storage item that it holds. */
  readonly item?: string
  /** The first spec version that has the item. */
  readonly since?: number
  /** The last spec version that has the item. */
  readonly until?: number
}

/** One table. */
export interface TableSpec {
  readonly name: string
  readonly field: string
  /** One row, whose values cross as scalars. */
  readonly record?: true
  /** The table whose rows its rows belong to. */
  readonly per?: string
  readonly columns: readonly ColumnSpec[]
}

/** Tables that cross together, in the order in which they cross; `Columns` and `Rows` are how TypeScript has them. */
export interface TableSet<Columns, Rows> {
  readonly tables: readonly TableSpec[]
  /** By name. */
  readonly table: ReadonlyMap<string, TableSpec>
  /** The tables under each, and under none. */
  readonly under: ReadonlyMap<string | undefined, readonly TableSpec[]>
  /** Types alone: never there. */
  readonly types?: readonly [Columns, Rows]
}

/** A set of tables, with what is looked up in it. */
export function tableSet<Columns, Rows>(tables: readonly TableSpec[]): TableSet<Columns, Rows> {
  const under = new Map<string | undefined, TableSpec[]>()
  for (const table of tables) under.set(table.per, [...(under.get(table.per) ?? []), table])
  return { tables, table: new Map(tables.map((table) => [table.name, table])), under }
}

/** Rows within rows, of which every value can be left out. */
export type Draft<T> = {
  readonly [K in keyof T]?: T[K] extends readonly (infer Row)[]
    ? readonly Draft<Row>[]
    : T[K] extends object
      ? Draft<T[K]>
      : T[K]
}

type AnyArray = Column | Int16Array | BigInt64Array
type AnyTable = Readonly<Record<string, AnyArray>>
type AnyRow = Readonly<Record<string, unknown>>

interface Kind {
  readonly array: string
  make(values: readonly (number | bigint)[]): AnyArray
  readonly bits: number
  readonly signed: boolean
}

const small = (array: string, bits: number, make: (values: readonly number[]) => AnyArray): Kind => ({
  array,
  bits,
  signed: array.startsWith('Int'),
  make: (values) => make(values as readonly number[]),
})
const U8 = small('Uint8Array', 8, (values) => Uint8Array.from(values))
const U32 = small('Uint32Array', 32, (values) => Uint32Array.from(values))
const words = (bits: number, signed: boolean): Kind => ({
  array: 'BigUint64Array',
  bits,
  signed,
  make: (values) => BigUint64Array.from(values as readonly bigint[]),
})

const KINDS: Readonly<Record<ColumnType, Kind>> = {
  u8: U8,
  bool: U8,
  u16: small('Uint16Array', 16, (values) => Uint16Array.from(values)),
  i16: small('Int16Array', 16, (values) => Int16Array.from(values)),
  u32: U32,
  account: U32,
  u64: words(64, false),
  i64: {
    ...words(64, true),
    array: 'BigInt64Array',
    make: (values) => BigInt64Array.from(values as readonly bigint[]),
  },
  u128: words(128, false),
  U64F64: words(128, false),
  U96F32: words(128, false),
  i128: words(128, true),
  I64F64: words(128, true),
  I96F32: words(128, true),
}

const isWide = ({ type }: ColumnSpec): boolean => KINDS[type].bits === 128
const fieldOf = (table: TableSpec, column: ColumnSpec): string => `${table.field}.${column.field}`

/**
 * The value of two words of a column, the low one first.
 * @throws {InputError} for another column, and a row that it does not have.
 */
export function unsignedAt(column: BigUint64Array, row: number): bigint {
  checkWide(column, row)
  return wideAt(column, row)
}

function wideAt(column: BigUint64Array, row: number): bigint {
  return (column[2 * row + 1]! << 64n) | column[2 * row]!
}

/** The same, two's complement. */
export function signedAt(column: BigUint64Array, row: number): bigint {
  return BigInt.asIntN(128, unsignedAt(column, row))
}

/** What stands for none. */
function noneOf({ bits }: Kind): number | bigint {
  return bits <= 32 ? 2 ** bits - 1 : (1n << BigInt(bits)) - 1n
}

function read(column: ColumnSpec, array: AnyArray, row: number): Value {
  const kind = KINDS[column.type]
  if (kind.bits === 128) {
    const bits = wideAt(array as BigUint64Array, row)
    return kind.signed ? BigInt.asIntN(128, bits) : bits
  }
  const value = array[row]!
  if (column.option && value === noneOf(kind)) return null
  return column.type === 'bool' ? value === 1 : value
}

/** A value as its column's array has it, in one or two elements. */
function write(table: TableSpec, column: ColumnSpec, value: unknown): readonly (number | bigint)[] {
  const kind = KINDS[column.type]
  if (value === null && column.option) return [noneOf(kind)]
  if (column.type === 'bool' && typeof value === 'boolean') return [value ? 1 : 0]
  if (kind.bits < 64 && column.type !== 'bool' && isSmall(value, kind)) return [value]
  if (kind.bits >= 64 && isBig(value, kind)) {
    return kind.bits === 64 ? [value] : [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)]
  }
  const shown = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'nothing')
  throw new InputError({
    field: fieldOf(table, column),
    expected: `expected ${expectedOf(column, kind)}, found ${shown}`,
  })
}

function expectedOf({ type, option }: ColumnSpec, { bits, signed }: Kind): string {
  if (type === 'bool') return 'a boolean'
  const range = signed ? `-2^${bits - 1} to 2^${bits - 1} - 1` : `0 to 2^${bits} - 1`
  return `${bits < 64 ? 'an integer' : 'a bigint'} from ${range}${option ? ', or null' : ''}`
}

function isSmall(value: unknown, { bits, signed }: Kind): value is number {
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

function isBig(value: unknown, { bits, signed }: Kind): value is bigint {
  if (typeof value !== 'bigint') return false
  return value === (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
}

/** Tables under construction, row by row. */
class Builder {
  readonly #set: TableSet<unknown, unknown>
  /** Values by table and column. */
  readonly #values = new Map<TableSpec, (number | bigint)[][]>()
  readonly #starts = new Map<TableSpec, number[]>()
  readonly #rows = new Map<TableSpec, number>()

  constructor(set: TableSet<unknown, unknown>) {
    this.#set = set
    for (const table of set.tables) {
      this.#values.set(
        table,
        table.columns.map(() => []),
      )
      this.#starts.set(table, [0])
      this.#rows.set(table, 0)
    }
  }

  add(table: TableSpec, rows: unknown): void {
    if (!Array.isArray(rows)) {
      throw new InputError({ field: table.field, expected: `expected an array, found ${typeof rows}` })
    }
    const columns = this.#values.get(table)!
    const under = this.#set.under.get(table.name) ?? []
    for (const row of rows as readonly AnyRow[]) {
      table.columns.forEach((column, i) => {
        const value = row[column.name]
        columns[i]!.push(...write(table, column, value === undefined ? column.missing : value))
      })
      for (const child of under) {
        this.add(child, row[child.name] ?? [])
        this.#starts.get(child)!.push(this.#rows.get(child)!)
      }
      this.#rows.set(table, this.#rows.get(table)! + 1)
    }
  }

  finish(table: TableSpec): AnyTable {
    const columns: Record<string, AnyArray> = {}
    if (table.per !== undefined) columns.start = Uint32Array.from(this.#starts.get(table)!)
    table.columns.forEach((column, i) => {
      columns[column.name] = KINDS[column.type].make(this.#values.get(table)![i]!)
    })
    return columns
  }
}

/** The netuid of a row that has one. */
function netuidOf(row: AnyRow | undefined): number | undefined {
  return typeof row?.netuid === 'number' ? row.netuid : undefined
}

/**
 * Rows within rows as columns; what a row leaves out is what the chain has where nothing is stored.
 * @throws {InputError} for a value that its column cannot hold.
 */
export function columnsOf<Columns, Rows>(set: TableSet<Columns, Rows>, rows: Draft<Rows>): Columns {
  checkSet('set', set)
  anObject('rows', rows)
  const builder = new Builder(set)
  const columns: Record<string, object> = {}
  for (const table of set.under.get(undefined)!) {
    const given = (rows as AnyRow)[table.name]
    if (table.record) columns[table.name] = recordOf(table, (given ?? {}) as AnyRow)
    else addAll(builder, table, given ?? [])
  }
  for (const table of set.tables) if (!table.record) columns[table.name] = builder.finish(table)
  return columns as Columns
}

/** Adds rows one by one, so that an error names the subnet whose it is. */
function addAll(builder: Builder, table: TableSpec, rows: unknown): void {
  if (!Array.isArray(rows)) {
    builder.add(table, rows)
    return
  }
  for (const row of rows as readonly AnyRow[]) {
    try {
      builder.add(table, [row])
    } catch (error) {
      const netuid = netuidOf(row)
      if (!(error instanceof InputError) || netuid === undefined) throw error
      throw new InputError({ field: error.field, expected: error.expected, netuid }, { cause: error })
    }
  }
}

function recordOf(table: TableSpec, given: AnyRow): object {
  return Object.fromEntries(
    table.columns.map(({ name, missing }) => [name, given[name] === undefined ? missing : given[name]]),
  )
}

/** One row of a table, with the rows under it. */
function rowOf(set: TableSet<unknown, unknown>, columns: AnyRow, table: TableSpec, at: number): object {
  const own = columns[table.name] as AnyTable
  const row: Record<string, unknown> = {}
  for (const column of table.columns) row[column.name] = read(column, own[column.name]!, at)
  for (const child of set.under.get(table.name) ?? []) {
    const start = (columns[child.name] as AnyTable).start as Uint32Array
    const rows: object[] = []
    for (let i = start[at]!; i < start[at + 1]!; i++) rows.push(rowOf(set, columns, child, i))
    row[child.name] = rows
  }
  return row
}

function lengthOf(table: TableSpec, columns: AnyRow): number {
  const first = table.columns[0]!
  const array = (columns[table.name] as AnyTable)[first.name]!
  return isWide(first) ? array.length / 2 : array.length
}

/**
 * Columns as rows within rows.
 * @throws {InputError} for what are none of the set.
 */
export function rowsOf<Columns extends object, Rows>(set: TableSet<Columns, Rows>, columns: Columns): Rows {
  checkSet('set', set)
  checkColumns('columns', set, columns)
  const rows: Record<string, unknown> = {}
  for (const { name, record } of set.under.get(undefined)!) {
    rows[name] = record
      ? (columns as AnyRow)[name]
      : [...tableRows(set, columns, name as keyof Rows & string)]
  }
  return rows as Rows
}

/**
 * The rows of one table that stands by itself, each made when it is asked for.
 * @throws {InputError} for what are no columns of the set, or a table that it does not have.
 */
export function rowsOfTable<Columns extends object, Rows, Name extends keyof Rows & string>(
  set: TableSet<Columns, Rows>,
  columns: Columns,
  name: Name,
): Generator<Rows[Name] extends readonly (infer Row)[] ? Row : never> {
  checkSet('set', set)
  checkColumns('columns', set, columns)
  oneOf((set.under.get(undefined) ?? []).filter(({ record }) => !record).map((table) => table.name))(
    'name',
    name,
  )
  return tableRows(set, columns, name)
}

function* tableRows<Columns extends object, Rows, Name extends keyof Rows & string>(
  set: TableSet<Columns, Rows>,
  columns: Columns,
  name: Name,
): Generator<Rows[Name] extends readonly (infer Row)[] ? Row : never> {
  const table = set.table.get(name)!
  const count = lengthOf(table, columns as AnyRow)
  for (let at = 0; at < count; at++) yield rowOf(set, columns as AnyRow, table, at) as never
}

const typeOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined

/** An array of a realm of its own too, as the type that crosses. */
function crossing(array: unknown, type: string, field: string): Column {
  const found = typeOf.call(array)
  if (found !== type) {
    const what = found ?? (Array.isArray(array) ? 'an array' : typeof array)
    throw new InputError({ field, expected: `expected a ${type}, found ${what}` })
  }
  const { buffer, byteOffset, length } = array as AnyArray
  if (type === 'BigInt64Array') return new BigUint64Array(buffer as ArrayBuffer, byteOffset, length)
  if (type === 'Int16Array') return new Uint16Array(buffer as ArrayBuffer, byteOffset, length)
  return array as Column
}

/** Tables as they cross: the record's values as 64-bit slots, the others' columns one after the other. */
export interface Crossing {
  readonly slots: readonly bigint[]
  readonly columns: Column[]
}

/**
 * Columns as they cross.
 * @throws {InputError} for a column of another type and a scalar that is none; the rest is checked where it is read.
 */
export function encodeTables<Columns extends object, Rows>(
  set: TableSet<Columns, Rows>,
  columns: Columns,
): Crossing {
  const slots: bigint[] = []
  const crossed: Column[] = []
  for (const table of set.tables) {
    const given = (columns as AnyRow)[table.name]
    if (typeof given !== 'object' || given === null) {
      const expected = `expected a table of columns, found ${given === null ? 'null' : typeof given}`
      throw new InputError({ field: table.field, expected })
    }
    if (table.record) {
      for (const column of table.columns)
        slots.push(...slotsOf(table, column, (given as AnyRow)[column.name]))
      continue
    }
    if (table.per !== undefined)
      crossed.push(crossing((given as AnyRow).start, 'Uint32Array', `${table.field}.start`))
    for (const column of table.columns) {
      const field = fieldOf(table, column)
      crossed.push(crossing((given as AnyRow)[column.name], KINDS[column.type].array, field))
    }
  }
  return { slots, columns: crossed }
}

function slotsOf(table: TableSpec, column: ColumnSpec, value: unknown): bigint[] {
  return write(table, column, value).map((word) => BigInt.asUintN(64, BigInt(word)))
}

/** Sections of an answer, one after the other. */
export interface SectionReader {
  next(): Uint8Array<ArrayBuffer>
}

/** The columns of an answer, as views of its bytes. */
export function decodeTables<Columns, Rows>(set: TableSet<Columns, Rows>, sections: SectionReader): Columns {
  const columns: Record<string, unknown> = {}
  for (const table of set.tables) {
    if (table.record) columns[table.name] = decodeRecord(table, viewOf('BigUint64Array', sections.next()))
    else columns[table.name] = decodeTable(table, sections)
  }
  return columns as Columns
}

function decodeTable(table: TableSpec, sections: SectionReader): AnyTable {
  const columns: Record<string, AnyArray> = {}
  if (table.per !== undefined) columns.start = viewOf('Uint32Array', sections.next())
  for (const { name, type } of table.columns) columns[name] = viewOf(KINDS[type].array, sections.next())
  return columns
}

function decodeRecord(table: TableSpec, slots: AnyArray): object {
  const record: Record<string, Value> = {}
  let at = 0
  for (const column of table.columns) {
    const { bits, signed } = KINDS[column.type]
    const low = slots[at++] as bigint
    if (bits === 128) {
      const value = ((slots[at++] as bigint) << 64n) | low
      record[column.name] = signed ? BigInt.asIntN(128, value) : value
    } else if (column.option && low === BigInt(noneOf(KINDS[column.type]))) record[column.name] = null
    else if (bits === 64) record[column.name] = low
    else record[column.name] = column.type === 'bool' ? low === 1n : Number(low)
  }
  return record
}

const ARRAYS = {
  Uint8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  BigUint64Array,
  BigInt64Array,
} as const

function viewOf(type: string, { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): AnyArray {
  const Type = ARRAYS[type as keyof typeof ARRAYS]
  return new Type(buffer, byteOffset, byteLength / Type.BYTES_PER_ELEMENT)
}
