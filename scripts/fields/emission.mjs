// Emission's tables: the columns that emission crosses as.
import { blocksPage } from './docs.mjs'
import { camel, EMISSION_TABLE, EPOCH_TABLE, pascal, readTables, tsNamed } from './tables.mjs'

const TABLES = `${EMISSION_TABLE} and ${EPOCH_TABLE}`
const RUST = 'bindings/wire/src/emission/fields.rs'
const TYPESCRIPT = 'ts/emission/fields.ts'

/** Which way each set of tables crosses. */
const DIRECTIONS = {
  state: { in: true, out: true },
  reports: { out: true },
  steps: { in: true },
  coinbase: { out: true },
}

/**
 * The types of columns. `rust` is the element of a Rust column, `read` the reader of one, `array` and `row` what
 * TypeScript has of a column and of a row. Wide ones take two 64-bit words a row, the low one first.
 */
const TYPES = {
  u8: { rust: 'u8', read: 'u8s', array: 'Uint8Array', row: 'number' },
  u16: { rust: 'u16', read: 'u16s', array: 'Uint16Array', row: 'number' },
  u32: { rust: 'u32', read: 'u32s', array: 'Uint32Array', row: 'number' },
  u64: { rust: 'u64', read: 'u64s', array: 'BigUint64Array', row: 'bigint' },
  i16: { rust: 'u16', read: 'u16s', array: 'Int16Array', row: 'number', cast: 'i16' },
  i64: { rust: 'u64', read: 'u64s', array: 'BigInt64Array', row: 'bigint', cast: 'i64' },
  bool: { rust: 'u8', read: 'flags', array: 'Uint8Array', row: 'boolean' },
  account: { rust: 'u32', read: 'u32s', array: 'Uint32Array', row: 'number' },
  u128: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'u128' },
  i128: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'i128' },
  I64F64: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'i128', fixed: true },
  I96F32: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'i128', fixed: true },
  U64F64: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'u128', fixed: true },
  U96F32: { rust: 'Wide', read: 'wides', array: 'BigUint64Array', row: 'bigint', wide: 'u128', fixed: true },
}

const lines = (list) => list.flat(Number.POSITIVE_INFINITY).join('\n')

/** The tables of a set with what follows from their places: types by name, children, whether they have starts. */
function prepare({ name, doc, tables }) {
  const prepared = tables.map((table) => ({
    ...table,
    type: `${name}${pascal(table.name)}`,
    columns: table.columns.map((column) => ({ ...column, kind: typeOf(table, column) })),
  }))
  for (const table of prepared) {
    const parent = prepared.findIndex((other) => other.name === table.per)
    if (table.per !== undefined && (parent < 0 || parent >= prepared.indexOf(table)))
      throw new Error(`${table.name}: ${table.per} is no table before it`)
  }
  return { name, doc, tables: prepared }
}

function typeOf(table, { name, type }) {
  const kind = TYPES[type]
  if (kind === undefined) throw new Error(`${table.name}.${name}: ${type} is no type of a column`)
  return kind
}

/** What is said of a column: its own words, its type, unit and storage item. */
function docOf({ doc, type, kind, option, unit, item, since, until }) {
  const notes = []
  if (kind.wide) notes.push(kind.fixed ? `${type} bits` : type)
  if (option) notes.push('the greatest value for none')
  if (unit) notes.push(unit)
  if (item) notes.push(`\`${item}\``)
  if (since) notes.push(`since spec ${since}`)
  if (until) notes.push(`until spec ${until}`)
  return notes.length === 0 ? doc : `${doc.replace(/\.$/, '')} (${notes.join('; ')}).`
}

// --- Rust

/** A value of a column as its Rust type. */
function fromColumn({ type, kind, option }, value) {
  if (option) return `${type === 'account' ? 'some_account' : 'some'}(${value})`
  if (type === 'bool') return `${value} != 0`
  if (type === 'account') return `Account(${value})`
  if (kind.cast) return `${value} as ${kind.cast}`
  if (kind.fixed) return `${type}::from_bits(${kind.wide}_of(${value}))`
  if (kind.wide) return `${kind.wide}_of(${value})`
  return value
}

/** The reverse. */
function toColumn({ type, kind, option }, value) {
  if (option) return `${type === 'account' ? 'or_no_account' : 'or_none'}(${value})`
  if (type === 'bool') return `u8::from(${value})`
  if (type === 'account') return `${value}.0`
  if (kind.cast) return `${value} as ${kind.rust}`
  if (kind.fixed) return `${kind.wide}_words(${value}.to_bits())`
  if (kind.wide) return `${kind.wide}_words(${value})`
  return value
}

/** The columns that have a place in the Rust struct of their table. */
const placed = ({ columns }) => columns.filter(({ rust }) => rust)

/** The columns that are an epoch's hyperparameters. */
const hyperparameters = ({ columns }) => columns.filter(({ hyperparameter }) => hyperparameter)

const field = (table, column) => `${table.name}.${column.name}`

function rustIn(table) {
  if (table.record) return rustRecordIn(table)
  const rowValue = (column) => fromColumn(column, `self.${column.name}[row]`)
  const fields = table.columns.map((column) => [
    `/// ${docOf(column)}`,
    `pub ${column.name}: &'a [${column.kind.rust}],`,
  ])
  const reads = table.columns.map(
    ({ name, kind }) => `${name}: reader.${kind.read}("${table.name}.${name}", rows),`,
  )
  const rows =
    table.per === undefined
      ? `let rows = reader.rows();`
      : `let start = reader.starts("${table.name}.start", parents);
         let rows = rows_of(start);`
  return lines([
    `/// ${table.doc}`,
    '#[derive(Clone, Copy, Debug)]',
    `pub struct ${table.type}In<'a> {`,
    '    /// Rows.',
    '    pub rows: usize,',
    table.per === undefined
      ? []
      : ['/// Where the rows of each row above begin, and where the last ends.', "pub start: &'a [u32],"],
    fields,
    '}',
    `impl<'a> ${table.type}In<'a> {`,
    `fn read(reader: &mut Reader<'_, 'a>${table.per === undefined ? '' : ', parents: usize'}) -> Self {`,
    rows,
    `Self { rows, ${table.per === undefined ? '' : 'start,'} ${reads.join('\n')} }`,
    '}',
    table.per === undefined
      ? []
      : [
          '/// The rows of a row above.',
          'pub fn of(&self, parent: usize) -> Range<usize> { self.start[parent] as usize..self.start[parent + 1] as usize }',
        ],
    placed(table).length === 0
      ? []
      : [
          '/// Sets what a row has of it.',
          `pub fn fill(&self, row: usize, to: &mut ${table.struct}) {`,
          placed(table).map((column) => `to.${column.rust} = ${rowValue(column)};`),
          '}',
        ],
    hyperparameters(table).length === 0
      ? []
      : [
          '/// The hyperparameters of a row.',
          'pub fn hyperparameters(&self, row: usize) -> Hyperparameters {',
          'Hyperparameters {',
          hyperparameters(table).map((column) => `${column.name}: ${rowValue(column)},`),
          '}',
          '}',
        ],
    '}',
  ])
}

function rustRecordIn(table) {
  const own = table.columns.filter((column) => !column.rust)
  return lines([
    `/// ${table.doc}`,
    '#[derive(Clone, Debug, Default)]',
    `pub struct ${table.type}In {`,
    '/// What has a place of its own.',
    `pub filled: ${table.struct},`,
    own.map((column) => [`/// ${docOf(column)}`, `pub ${column.name}: ${column.kind.rust},`]),
    '}',
    `impl ${table.type}In {`,
    `fn read(slots: &mut Slots<'_>) -> Result<Self, InputError> {`,
    'let mut to = Self::default();',
    table.columns.map((column) => {
      const reader = column.kind.wide ? 'wide' : column.type === 'bool' ? 'flag' : 'narrow'
      const value = `slots.${reader}("${field(table, column)}")`
      const path = column.rust ? `filled.${column.rust}` : column.name
      const flag = column.type === 'bool' || !column.rust
      return `to.${path} = ${flag ? value : fromColumn(column, value)};`
    }),
    'slots.end()?;',
    'Ok(to)',
    '}',
    '}',
  ])
}

function rustOut(table) {
  if (table.record) return rustRecordOut(table)
  const fields = table.columns.map((column) => [
    `/// ${docOf(column)}`,
    `pub ${column.name}: Vec<${column.kind.rust}>,`,
  ])
  const first = table.columns[0]
  const push = (column, path) => `put(&mut self.${column.name}, ${toColumn(column, `from.${path}`)});`
  return lines([
    `/// ${table.doc}`,
    '#[derive(Debug, Default)]',
    `pub struct ${table.type}Out {`,
    table.per === undefined
      ? []
      : [
          '/// Where the rows of each row above begin; what ends the last is added where they are encoded.',
          'pub start: Starts,',
        ],
    fields,
    '}',
    `impl ${table.type}Out {`,
    placed(table).length === 0
      ? []
      : [
          '/// Adds what a row has of it.',
          `pub fn push(&mut self, from: &${table.struct}) {`,
          placed(table).map((column) => push(column, column.rust)),
          '}',
        ],
    hyperparameters(table).length === 0
      ? []
      : [
          '/// Adds the hyperparameters of a row.',
          'pub fn push_hyperparameters(&mut self, from: &Hyperparameters) {',
          hyperparameters(table).map((column) => push(column, column.name)),
          '}',
        ],
    `fn add<'a>(&'a self, sections: &mut Tagged<'_, 'a>) {`,
    table.per === undefined ? [] : 'sections.add(self.start.words());',
    table.columns.map(({ name, kind }) =>
      kind.wide ? `sections.add(self.${name}.as_flattened());` : `sections.add(&self.${name});`,
    ),
    first === undefined || table.columns.length < 2
      ? []
      : table.columns
          .slice(1)
          .map(
            ({ name }) =>
              `debug_assert_eq!(self.${name}.len(), self.${first.name}.len(), "${table.name}.${name}");`,
          ),
    '}',
    '}',
  ])
}

function rustRecordOut(table) {
  return lines([
    `/// ${table.doc}`,
    '#[derive(Debug, Default)]',
    `pub struct ${table.type}Out {`,
    '/// Its values in slots of 64 bits, wide ones in two.',
    'pub slots: Vec<u64>,',
    '}',
    `impl ${table.type}Out {`,
    '/// The values, in slots.',
    `pub fn of(${table.struct === undefined ? '' : `from: &${table.struct},`} ${table.columns
      .filter((column) => !column.rust)
      .map(({ name, kind }) => `${name}: ${kind.rust}`)
      .join(', ')}) -> Self {`,
    'let slots: &[&[u64]] = &[',
    table.columns.map((column) => {
      const value = column.rust ? toColumn(column, `from.${column.rust}`) : column.name
      if (column.kind.wide) return `&${value},`
      return column.kind.rust === 'u64' ? `&[${value}],` : `&[u64::from(${value})],`
    }),
    '];',
    'Self { slots: slots.concat() }',
    '}',
    `fn add<'a>(&'a self, sections: &mut Tagged<'_, 'a>) {`,
    'sections.add(&self.slots);',
    '}',
    '}',
  ])
}

function rustSetIn({ name, doc, tables }) {
  const record = tables.find((table) => table.record)
  const rest = tables.filter((table) => !table.record)
  return lines([
    tables.map((table) => rustIn(table)),
    `/// ${doc}`,
    '#[derive(Clone, Debug)]',
    `pub struct ${name}In<'a> {`,
    tables.map((table) => [
      `/// ${table.doc}`,
      `pub ${table.name}: ${table.type}In${table.record ? '' : "<'a>"},`,
    ]),
    '}',
    `impl<'a> ${name}In<'a> {`,
    '/// Reads the tables of a call.',
    '///',
    '/// # Errors',
    '/// A column of another type or length, starts that do not ascend, a value out of range, and columns too many.',
    record === undefined
      ? `pub fn read(columns: &[Column<'a>]) -> Result<Self, InputError> {`
      : `pub fn read(slots: &[u64], columns: &[Column<'a>]) -> Result<Self, InputError> {`,
    record === undefined ? [] : `let ${record.name} = ${record.type}In::read(&mut Slots::new(slots))?;`,
    'let mut reader = Reader::new(columns);',
    rest.map((table) => {
      const parents = table.per === undefined ? '' : `, ${table.per}.rows`
      return `let ${table.name} = ${table.type}In::read(&mut reader${parents});`
    }),
    'reader.end()?;',
    `Ok(Self { ${tables.map((table) => table.name).join(', ')} })`,
    '}',
    '}',
  ])
}

function rustSetOut({ name, doc, tables }) {
  return lines([
    tables.map((table) => rustOut(table)),
    `/// ${doc}`,
    '#[derive(Debug, Default)]',
    `pub struct ${name}Out {`,
    tables.map((table) => [`/// ${table.doc}`, `pub ${table.name}: ${table.type}Out,`]),
    '}',
    `impl ${name}Out {`,
    '/// The tables as sections, one a column, in the order of the tables.',
    "pub fn sections<'a>(&'a self, sections: &mut Sections<'a>) {",
    'let mut tagged = Tagged::new(sections);',
    tables.map((table) => `self.${table.name}.add(&mut tagged);`),
    '}',
    '}',
  ])
}

function rustFile(sets) {
  return lines([
    '//! The columns that emission crosses as.',
    '//!',
    `//! Generated by \`npm run fields\` from ${TABLES}: not to be edited by hand.`,
    '',
    'use super::columns::*;',
    'use crate::{Column, Sections};',
    'use std::ops::Range;',
    'use yuma_emission::{Globals, InputError, Payout, Subnet, SubnetEmission, Unpaid};',
    'use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};',
    'use yuma_types::Hyperparameters;',
    '',
    Object.entries(DIRECTIONS).map(([key, direction]) => [
      direction.in ? rustSetIn(sets[key]) : [],
      direction.out ? rustSetOut(sets[key]) : [],
    ]),
    '',
  ])
}

// --- TypeScript

/** A default as TypeScript writes it: what a row that leaves the column out has. */
function defaultOf({ kind, option, default: value }) {
  if (value === undefined)
    return option ? 'null' : kind.row === 'boolean' ? 'false' : kind.row === 'bigint' ? '0n' : '0'
  return kind.row === 'bigint' ? `${value}n` : String(value)
}

const rowType = ({ kind, option }) => (option ? `${kind.row} | null` : kind.row)

function typescriptTable(set, table) {
  const children = set.tables.filter((other) => other.per === table.name)
  const doc = (column) => `/** ${tsNamed(docOf(column))} */`
  const rowDoc = (column) => doc({ ...column, option: false })
  const columns = table.record
    ? []
    : [
        `/** ${table.doc} One typed array a column. */`,
        `export interface ${table.type} {`,
        table.per === undefined
          ? []
          : [
              '/** Where the rows of each row above begin, and where the last ends. */',
              'readonly start: Uint32Array',
            ],
        table.columns.map((column) => [doc(column), `readonly ${camel(column.name)}: ${column.kind.array}`]),
        '}',
      ]
  return lines([
    columns,
    `/** ${table.record ? '' : 'One row: '}${table.doc} */`,
    `export interface ${table.type}${table.record ? '' : 'Row'} {`,
    table.columns.map((column) => [rowDoc(column), `readonly ${camel(column.name)}: ${rowType(column)}`]),
    children.map((child) => [
      `/** ${child.doc} */`,
      `readonly ${camel(child.name)}: readonly ${child.type}Row[]`,
    ]),
    '}',
  ])
}

function typescriptSet(set) {
  const { name, doc, tables } = set
  const top = tables.filter((table) => table.per === undefined)
  return lines([
    tables.map((table) => typescriptTable(set, table)),
    `/** ${doc} As columns. */`,
    `export interface ${name}Columns {`,
    tables.map((table) => [`/** ${table.doc} */`, `readonly ${camel(table.name)}: ${table.type}`]),
    '}',
    `/** ${doc} As rows within rows. */`,
    `export interface ${name}Rows {`,
    top.map((table) => [
      `/** ${table.doc} */`,
      `readonly ${camel(table.name)}: ${table.record ? table.type : `readonly ${table.type}Row[]`}`,
    ]),
    '}',
    `/** The tables of {@link ${name}Columns}. */`,
    `export const ${name.toUpperCase()}_TABLES: TableSet<${name}Columns, ${name}Rows> = tableSet([`,
    tables.map((table) => [
      `{ name: '${camel(table.name)}', field: '${table.name}',`,
      table.record ? 'record: true,' : '',
      table.per === undefined ? '' : `per: '${camel(table.per)}',`,
      'columns: [',
      table.columns.map((column) => {
        const extra = [
          column.option ? 'option: true' : [],
          column.written ? 'written: true' : [],
          column.item ? `item: '${column.item}'` : [],
          column.since ? `since: ${column.since}` : [],
          column.until ? `until: ${column.until}` : [],
        ].flat()
        return `{ name: '${camel(column.name)}', field: '${column.name}', type: '${column.type}', missing: ${defaultOf(column)}, ${extra.join(', ')} },`
      }),
      ']},',
    ]),
    '])',
  ])
}

/** How a snapshot's hyperparameters become columns. */
function typescriptHyperparameters({ tables }) {
  const columns = tables.flatMap(hyperparameters).map(({ name }) => camel(name))
  return lines([
    '',
    '/** The hyperparameters that nothing but an epoch reads. */',
    'export type EpochHyperparameters = Pick<Hyperparameters,',
    `${columns.map((name) => `'${name}'`).join(' | ')}>`,
    '',
    '/** Those of a snapshot, as the columns of its row. */',
    'export function epochHyperparameters(snapshot: EpochHyperparameters): EpochHyperparameters {',
    "withMembers('a snapshot', 'kappa')('snapshot', snapshot)",
    `const { ${columns.join(', ')} } = snapshot`,
    `return { ${columns.join(', ')} }`,
    '}',
  ])
}

function typescriptFile(sets) {
  return lines([
    `/**
      * The columns that emission crosses as.
      *
      * Generated by \`npm run fields\` from ${EMISSION_TABLE}
      * and ${EPOCH_TABLE}: not to be edited by hand. Accounts are places among a network's accounts in
      * ascending order of their 32-byte keys, 0 for the key of zeros. Wide values take two words a row, the low one
      * first.
      */`,
    "import { withMembers } from '../errors/options.ts'",
    "import type { Hyperparameters } from '../snapshot/hyperparameters.ts'",
    "import { type TableSet, tableSet } from './columns.ts'",
    '',
    Object.values(sets).map(typescriptSet),
    typescriptHyperparameters(sets.state),
    '',
  ])
}

/** The files that follow from emission.json, and from epoch.json as far as emission has its fields. */
export function generate() {
  const { emission } = readTables()
  const sets = Object.fromEntries(Object.keys(DIRECTIONS).map((key) => [key, prepare(emission[key])]))
  return [
    { file: RUST, text: rustFile(sets) },
    { file: TYPESCRIPT, text: typescriptFile(sets) },
    { file: 'docs/fields-of-blocks.md', text: blocksPage(Object.values(sets), TABLES) },
  ]
}
