import type { Accounts } from '../emission/accounts.ts'
import { NETWORK_TABLES, type NetworkRows } from '../emission/fields.ts'
import type { Comparison, Place, Value } from './compare.ts'
import type { Field } from './types.ts'

/** What is compared of the state that a block leaves. */
export interface Scope {
  readonly accounts: Accounts
  /** Subnets; null for all. */
  readonly netuids: ReadonlySet<number> | null
  /** Whether who holds the stake behind each hotkey was read. */
  readonly nominators: boolean
  /** Baskets that were read: what is behind their hotkeys, and the escrow's share of it, was too. */
  readonly baskets: KnownBaskets | null
  /** Items that its runtimes do not have are left out. */
  readonly specVersion: number
}

/** Accounts, by their numbers. */
export interface KnownBaskets {
  readonly escrow: number
  readonly hotkeys: ReadonlySet<number>
}

type Table = (typeof NETWORK_TABLES.tables)[number]
type Column = Table['columns'][number]
type Row = Readonly<Record<string, unknown>>

/** Tables of what an epoch stores by uid: its own result is compared with that, see `epoch.ts`. */
const BY_UID: ReadonlySet<string> = new Set([
  'neurons',
  'mechanisms',
  'lastUpdates',
  'commits',
  'incentives',
  'storedConsensus',
  'weightRows',
  'weights',
  'bondRows',
  'bonds',
])
/** Columns of shares in a stake, and tables of who holds them. */
const OF_NOMINATORS: ReadonlySet<string> = new Set(['kind', 'mantissa', 'exponent', 'epoch'])
const NOMINATOR_TABLES: ReadonlySet<string> = new Set(['shares', 'rootShares'])
const STAKES: ReadonlySet<string> = new Set(['stakes', 'rootStakes'])
/** Tables of amounts that are nothing where there is no row. */
const ZERO_WITHOUT_ROW: ReadonlySet<string> = new Set([
  ...NOMINATOR_TABLES,
  ...STAKES,
  'baskets',
  'basketDeposits',
  'collateralSums',
])
const PALLET = 'SubtensorModule.'

/** The tables that are compared value by value, and of them the columns: those that a block writes. */
const COMPARED: ReadonlyMap<string, readonly Compared[]> = new Map(
  NETWORK_TABLES.tables
    .filter(({ name }) => !BY_UID.has(name))
    .map((table) => [table.name, comparedColumns(table)] as const),
)

/** A column that is compared, under the name of what the chain stores. */
interface Compared {
  readonly column: Column
  readonly field: Field
}

/** Every field of the table of emission's state that is compared here. */
export const NETWORK_FIELDS: readonly Field[] = [
  ...new Set([...COMPARED.values()].flat().map(({ field }) => field)),
]

/** What the chain calls a column of the table of emission's state. */
export function fieldOfColumn(table: string, column: string): Field {
  const found = NETWORK_TABLES.tables.find(({ name }) => name === table)!
  return fieldOf(
    found,
    found.columns.findIndex(({ name }) => name === column),
  )
}

/** Compares the state that a block left with what it was computed to be, value by value. */
export function compareNetwork(
  comparison: Comparison,
  chain: NetworkRows,
  ours: NetworkRows,
  scope: Scope,
): void {
  const [stored, computed] = [chain, ours].map((rows) => valuesOf(rows, scope)) as [Values, Values]
  for (const [key, { place, value, missing }] of computed) {
    const found = stored.get(key)
    comparison.value(place, found === undefined ? missing : found.value, value)
  }
  for (const [key, { place, value, missing }] of stored) {
    if (!computed.has(key)) comparison.value(place, value, missing)
  }
}

/** A value, where it belongs, and what stands for it where there is no row. */
interface Placed {
  readonly place: Place
  readonly value: Value
  readonly missing: Value
}

type Values = ReadonlyMap<string, Placed>

function valuesOf(rows: NetworkRows, scope: Scope): Values {
  const values = new Map<string, Placed>()
  new Flattener(scope, values).network(rows as unknown as Row)
  return values
}

/** Puts rows within rows into one map. */
class Flattener {
  readonly #scope: Scope
  readonly #values: Map<string, Placed>

  constructor(scope: Scope, values: Map<string, Placed>) {
    this.#scope = scope
    this.#values = values
  }

  network(rows: Row): void {
    for (const table of NETWORK_TABLES.tables) {
      if (table.per !== undefined || !COMPARED.has(table.name)) continue
      if (table.record) this.#columns(table, rows[table.name] as Row, { field: '', netuid: null }, table.name)
      else this.#rows(table, rows[table.name] as readonly Row[], { field: '', netuid: null }, table.name)
    }
  }

  #rows(table: Table, rows: readonly Row[], parent: Place, prefix: string): void {
    const seen = new Map<string, number>()
    for (const [i, row] of rows.entries()) {
      const { name, place } = this.#identify(table, row, i, parent)
      if (table.name === 'subnets' && !this.#isWanted(row.netuid as number)) continue
      const times = seen.get(name) ?? 0
      seen.set(name, times + 1)
      const own = isList(table) ? { ...place, column: times } : place
      this.#columns(table, row, own, `${prefix}/${name}#${times}`)
    }
  }

  #columns(table: Table, row: Row, place: Place, prefix: string): void {
    const whole = this.#knowsHolders(table, row)
    for (const { column, field } of COMPARED.get(table.name)!) {
      if (!this.#isStored(column) || (!whole && OF_NOMINATORS.has(column.name))) continue
      const missing = ZERO_WITHOUT_ROW.has(table.name) ? column.missing : null
      // The root's TAO is in the item of every subnet's.
      const own = column.name === 'rootTao' ? { ...place, field, netuid: 0 } : { ...place, field }
      const value = column.type === 'account' ? this.#address(row[column.name]) : (row[column.name] as Value)
      this.#values.set(`${prefix}/${column.name}`, { place: own, value, missing })
    }
    for (const child of NETWORK_TABLES.tables) {
      if (child.per !== table.name || !COMPARED.has(child.name)) continue
      const rows = row[child.name] as readonly Row[]
      this.#rows(child, this.#knownRows(child, rows, row), place, `${prefix}/${child.name}`)
    }
  }

  /** Whether it was read whose the stake of a row is: as a whole, or as far as it is in a basket. */
  #knowsHolders({ name }: Table, row: Row): boolean {
    const { nominators, baskets } = this.#scope
    return nominators || !STAKES.has(name) || (baskets?.hotkeys.has(row.hotkey as number) ?? false)
  }

  /** Of the shares in a stake those that were read. */
  #knownRows({ name }: Table, rows: readonly Row[], stake: Row): readonly Row[] {
    const { nominators, baskets } = this.#scope
    if (nominators || !NOMINATOR_TABLES.has(name)) return rows
    if (!baskets?.hotkeys.has(stake.hotkey as number)) return []
    return rows.filter(({ coldkey }) => coldkey === baskets.escrow)
  }

  /** Whose row it is. */
  #identify(table: Table, row: Row, i: number, parent: Place): { name: string; place: Place } {
    if (table.name === 'subnets') {
      return { name: String(row.netuid), place: { ...parent, netuid: row.netuid as number } }
    }
    const keys = table.columns.slice(0, keysOf(table)).filter(isKey)
    if (keys.length === 0) return { name: String(i), place: { ...parent, column: i } }
    const netuid = table.name === 'rootStakes' ? { netuid: 0 } : {}
    const own: Partial<Place> = Object.fromEntries(
      keys.map(({ name, type }) => [name, type === 'account' ? this.#address(row[name]) : row[name]]),
    )
    return { name: Object.values(own).join(' '), place: { ...parent, ...netuid, ...own } }
  }

  #isStored({ since = 0, until = Number.POSITIVE_INFINITY }: Column): boolean {
    const { specVersion } = this.#scope
    return since <= specVersion && specVersion <= until
  }

  #isWanted(netuid: number): boolean {
    const { netuids } = this.#scope
    return netuids === null || netuids.has(netuid)
  }

  #address(account: unknown): string | null {
    return account === null ? null : this.#scope.accounts.address(account as number)
  }
}

/** Whether a hotkey or a coldkey has several rows, in stored order. */
function isList({ name }: Table): boolean {
  return name === 'children' || name === 'parents' || name === 'stakingHotkeys'
}

/** How many columns a row begins with that say whose it is; what is known of them beside is among these. */
function keysOf({ columns }: Table): number {
  return Math.max(
    0,
    columns.findIndex(({ name, item }) => name === 'kind' || item !== undefined),
  )
}

/** Whether a column says whose a row is. */
function isKey({ name, type }: Column): boolean {
  return type === 'account' || name === 'netuid'
}

/** Of the tables of single things the columns that a block writes; of a list of rows that it writes all of a row. */
function comparedColumns(table: Table): readonly Compared[] {
  const { columns } = table
  const single = table.record || table.name === 'subnets'
  const isWritten = columns.some(({ written }) => written) || table.name === 'pendingParts'
  return columns.flatMap((column, i) => {
    if (
      (!single && i < keysOf(table)) ||
      !isWritten ||
      (single && !(column.written && column.item !== undefined))
    )
      return []
    return [{ column, field: fieldOf(table, i) }]
  })
}

/** The item that a column is of: its own, of the kind of a share that of the share, else that of the one before. */
function fieldOf(table: Table, at: number): Field {
  const { columns } = table
  const own = columns[at]!.name === 'kind' ? columns[at + 1]!.item : columns[at]!.item
  const item = own ?? columns.slice(0, at).findLast(({ item }) => item !== undefined)?.item
  if (item !== undefined) return item.startsWith(PALLET) ? item.slice(PALLET.length) : item
  const parent = NETWORK_TABLES.tables.find(({ name }) => name === table.per)
  if (parent === undefined) throw new Error(`${table.name}.${columns[at]!.name} is of no item`)
  return fieldOf(parent, parent.columns.length - 1)
}
