// The tables as Rust: what an epoch reads and writes, and how it crosses into Rust and back.
import { callLayout, sectionLayout } from './layout.mjs'
import {
  chainName,
  described,
  EMISSION_TABLE,
  EPOCH_TABLE,
  epochHyperparameters,
  grouped,
  header,
  hyperparameters,
  isOptionalU64,
  isScalar,
  optionalOf,
  rustDoc,
} from './tables.mjs'

/** A field's declaration with its doc comment. */
function declaration(field, type) {
  const item = chainName(field)
  return `${rustDoc(`${described(field)}${item ? ` \`${item}\`.` : ''}`, '    ')}\n    pub ${field.name}: ${type},`
}

function inputType({ type, shape, choice, optional: mayBeMissing }) {
  if (choice !== undefined) return choice.rust
  if (isOptionalU64({ type, shape, optional: mayBeMissing })) return 'Option<u64>'
  const optional = optionalOf(type)
  if (optional !== undefined) return `Option<${inputType({ type: optional, shape })}>`
  if (shape === 'scalar') return type
  if (shape === 'rows') return "SparseRows<'a>"
  const element = { bool: 'u8', i64f64: '[u64; 2]' }[type] ?? type
  return `&'a [${element}]`
}

function outputType({ type, shape }) {
  if (shape === 'scalar') return type
  if (shape === 'rows') return type === 'i32f32' ? 'FixedRows' : 'StoredRows'
  return `Vec<${type === 'i32f32' ? 'I32F32' : type}>`
}

function struct(derive, doc, name, fields, typeOf, rest = '') {
  const members = fields.map((field) => declaration(field, typeOf(field))).join('\n')
  return `${rustDoc(doc)}\n#[derive(${derive})]\npub struct ${name} {\n${members}\n${rest}}\n`
}

/** A struct of columns, and how two of them are compared. */
function columns(doc, name, fields) {
  const derive = 'Clone, Debug, Default, PartialEq, Eq'
  const names = fields.map((field) => `    ${field.name},`).join('\n')
  return `${struct(derive, doc, name, fields, outputType)}\nfirst_difference!(${name}:\n${names}\n);\n`
}

/** What an empty subnet has in a field that no hyperparameter sets. */
function emptyOf(field) {
  if (field.choice !== undefined) return `${field.choice.rust}::${field.choice.default}`
  if (!isScalar(field)) return '&[]'
  return optionalOf(field.type) === undefined ? '0' : 'None'
}

function hyperparameterStruct(fields) {
  const usual = (field) => grouped(field.usual)
  return `${struct('Clone, Copy, Debug, PartialEq, Eq', "What a subnet's owner and the chain set by number, as far as nothing but an epoch reads it.", 'Hyperparameters', fields, inputType)}
impl Default for Hyperparameters {
    /// What most subnets have.
    fn default() -> Self {
        Self {
${fields.map((field) => `            ${field.name}: ${usual(field)},`).join('\n')}
        }
    }
}
`
}

function emptySubnet(fields, settable, own) {
  const value = (field) => {
    if (own.includes(field)) return `hyperparameters.${field.name}`
    return settable.includes(field) ? grouped(field.usual) : emptyOf(field)
  }
  return `impl Subnet<'_> {
    /// A subnet without neurons under these hyperparameters and otherwise those that most subnets have.
    pub const fn empty(hyperparameters: Hyperparameters) -> Self {
        Self {
${fields.map((field) => `            ${field.name}: ${value(field)},`).join('\n')}
        }
    }
}

impl Default for Subnet<'_> {
    /// A subnet without neurons under the hyperparameters that most subnets have.
    fn default() -> Self {
        Self::empty(Hyperparameters::default())
    }
}
`
}

/** An enum, whose variants cross as their places in `ALL`. */
function enumeration({ rust, doc, variants, default: usual }) {
  const variant = ({ name, doc }) =>
    `${rustDoc(`${doc}.`, '    ')}\n${name === usual ? '    #[default]\n' : ''}    ${name},`
  return `${rustDoc(`${doc}.`)}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ${rust} {
${variants.map(variant).join('\n')}
}

impl ${rust} {
    /// Every variant, in the order of their numbers on chain.
    pub const ALL: [Self; ${variants.length}] = [${variants.map(({ name }) => `Self::${name}`).join(', ')}];
}
`
}

/** crates/types/src/generated/epoch.rs */
export function rustTypes({ epoch, emission }) {
  const own = epochHyperparameters({ epoch, emission })
  const parts = `    /// Columns by uid.
    pub terms: Terms,
    /// The same before rounding.
    pub raw: RawTerms,
    /// Intermediates, where asked for.
    pub trace: Option<Box<Trace>>,
`
  return `${header('//!', EPOCH_TABLE, EMISSION_TABLE)}
use crate::input::SparseRows;
use crate::output::{StoredRows, first_difference};
use crate::rows::FixedRows;
use yuma_fixed::I32F32;

${epoch.enums.map(enumeration).join('\n')}
${struct('Clone, Copy, Debug', 'What the mechanisms of a subnet share.', "Subnet<'a>", epoch.subnet, inputType)}
${emptySubnet(epoch.subnet, hyperparameters(epoch), own)}
${hyperparameterStruct(own)}
${struct('Clone, Copy, Debug, Default', 'What each mechanism has of its own.', "Mechanism<'a>", epoch.mechanism, inputType)}
${columns('The per-uid columns of an epoch, `n` each.', 'Terms', epoch.terms)}
${columns('Values before rounding, `n` each.', 'RawTerms', epoch.raw)}
${columns("Every stage's value, in the order of the chain's steps.", 'Trace', epoch.trace)}
${struct('Clone, Debug, Default, PartialEq, Eq', "What one mechanism's epoch gave.", 'MechanismOutput', epoch.output, outputType, parts)}`
}

function scalarReader(field, slot) {
  const { type, json, choice } = field
  if (choice !== undefined) return `one_of(scalars[${slot}], &${choice.rust}::ALL, "${json}")?`
  if (isOptionalU64(field)) return `(scalars[${slot}] != 0).then_some(scalars[${slot + 1}])`
  const word = `scalars[${slot}]`
  if (type === 'u64') return word
  if (type === 'bool') return `${word} != 0`
  if (type === 'i16') return `signed(${word}, "${json}")?`
  return `${optionalOf(type) === undefined ? 'narrow' : 'optional'}(${word}, "${json}")?`
}

function columnReader(field, at) {
  const { type, shape, json } = field
  if (shape === 'rows') return `rows(columns, ${at}, "${json}")?`
  if (type === 'i64f64') return `word_pairs(columns, ${at}, "${json}")?`
  const reader = { u64: 'u64s', u16: 'u16s', bool: 'u8s' }[optionalOf(type) ?? type]
  return `${reader}(columns, ${at}, "${json}")?`
}

function reader({ scalar, column }, field) {
  const { name, type } = field
  if (isScalar(field)) return `${name}: ${scalarReader(field, scalar.get(name))},`
  const read = columnReader(field, column.get(name))
  if (optionalOf(type) === undefined) return `${name}: ${read},`
  return `${name}: match scalars[${scalar.get(name)}] {\n            0 => None,\n            _ => Some(${read}),\n        },`
}

/** bindings/wire/src/generated/epoch.rs */
export function rustWire({ epoch }) {
  const layout = callLayout(epoch)
  const tags = sectionLayout(epoch)
  const read = (fields) => fields.map((field) => `        ${reader(layout, field)}`).join('\n')
  const add = (group, from) =>
    epoch[group].map((field) => `    ${section(field, tags[group].get(field.name), from)}`).join('\n')
  return `${header('//!', EPOCH_TABLE)}
use crate::buffer::Sections;
use crate::call::{Column, narrow, one_of, optional, rows, signed, u8s, u16s, u64s, word_pairs};
use yuma_types::{${epoch.enums.map(({ rust }) => rust).join(', ')}, InputError, Mechanism, MechanismOutput, RawTerms, Subnet, Terms, Trace};

/// How many scalars a call has.
const SCALARS: usize = ${layout.slots};
/// How many columns a call has beside those of its mechanisms.
const SHARED_COLUMNS: usize = ${layout.shared.length};
/// How many columns each mechanism has.
const MECHANISM_COLUMNS: usize = ${layout.mechanismColumns};
/// How many sections an output of one mechanism has without its trace.
pub(crate) const USUAL_SECTIONS: usize = ${tags.usual};

/// The section that names the field of an error.
pub(crate) const ERROR_FIELD: u16 = ${tags.error.get('field')};
/// The section that says what was expected there, or how the engine failed.
pub(crate) const ERROR_EXPECTED: u16 = ${tags.error.get('expected')};
/// The section that says of which mechanism and uid.
pub(crate) const ERROR_PLACE: u16 = ${tags.error.get('place')};

/// What a call says beside the subnet and its mechanisms.
pub(crate) struct Request<'a> {
${epoch.call.map((field) => declaration(field, inputType(field))).join('\n')}
}

pub(crate) fn request<'a>(
    scalars: &[u64; SCALARS],
    columns: &[Column<'a>; SHARED_COLUMNS],
) -> Result<Request<'a>, InputError> {
    Ok(Request {
${read(epoch.call)}
    })
}

pub(crate) fn subnet<'a>(
    scalars: &[u64; SCALARS],
    columns: &[Column<'a>; SHARED_COLUMNS],
) -> Result<Subnet<'a>, InputError> {
    Ok(Subnet {
${read(epoch.subnet)}
    })
}

pub(crate) fn mechanism<'a>(
    columns: &[Column<'a>; MECHANISM_COLUMNS],
) -> Result<Mechanism<'a>, InputError> {
    Ok(Mechanism {
${read(epoch.mechanism)}
    })
}

pub(crate) fn add_terms<'a>(sections: &mut Sections<'a>, id: u16, terms: &'a Terms) {
${add('terms', 'terms')}
}

/// Adds terms, output, raw terms and, where there is one, the trace.
pub(crate) fn add_mechanism<'a>(sections: &mut Sections<'a>, id: u16, output: &'a MechanismOutput) {
    add_terms(sections, id, &output.terms);
${add('output', 'output')}
    add_raw_terms(sections, id, &output.raw);
    if let Some(trace) = &output.trace {
        add_trace(sections, id, trace);
    }
}

fn add_raw_terms<'a>(sections: &mut Sections<'a>, id: u16, raw: &'a RawTerms) {
${add('raw', 'raw')}
}

fn add_trace<'a>(sections: &mut Sections<'a>, id: u16, trace: &'a Trace) {
${add('trace', 'trace')}
}
`
}

function words(field, from) {
  const { name, type, choice } = field
  const value = `${from}.${name}`
  if (choice !== undefined) return [`${value} as u64`]
  if (!isScalar(field)) return [`${value}.is_some().into()`]
  if (isOptionalU64(field)) return [`${value}.is_some().into()`, `${value}.unwrap_or_default()`]
  if (optionalOf(type) !== undefined) return [`${value}.map_or(u64::MAX, u64::from)`]
  if (type === 'i16') return [`i64::from(${value}) as u64`]
  return [type === 'u64' ? value : `${value}.into()`]
}

function columnsOf({ name, type, shape }, from) {
  const value = `${from}.${name}`
  if (shape === 'rows')
    return [`Column::U32(${value}.row_start)`, `Column::U16(${value}.uid)`, `Column::U16(${value}.value)`]
  if (type === 'i64f64') return [`Column::U64(${value}.as_flattened())`]
  const variant = { u64: 'U64', u16: 'U16', bool: 'U8' }[optionalOf(type) ?? type]
  return [`Column::${variant}(${value}${optionalOf(type) === undefined ? '' : '.unwrap_or_default()'})`]
}

/** fuzz/checks/src/generated/call.rs */
export function rustCall({ epoch }) {
  const layout = callLayout(epoch)
  const from = (field) => (epoch.call.includes(field) ? 'request' : 'subnet')
  const list = (items) => items.map((item) => `            ${item},`).join('\n')
  return `${header('//!', EPOCH_TABLE)}
use yuma_types::{Mechanism, Subnet};
use yuma_wire::Column;

/// What a call says beside the subnet and its mechanisms.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
${epoch.call.map((field) => declaration(field, inputType(field))).join('\n')}
}

/// A call as the other side of the boundary writes it: its scalars and its columns.
pub fn call<'a>(
    request: &Request<'a>,
    subnet: &Subnet<'a>,
    mechanisms: &[Mechanism<'a>],
) -> (Vec<u64>, Vec<Column<'a>>) {
    let scalars = vec![
${list(layout.scalars.flatMap((field) => words(field, from(field))))}
    ];
    let mut columns = vec![
${list(layout.shared.flatMap((field) => columnsOf(field, from(field))))}
    ];
    for mechanism in mechanisms {
        columns.extend([
${list(epoch.mechanism.flatMap((field) => columnsOf(field, 'mechanism')))}
        ]);
    }
    (scalars, columns)
}
`
}

function section(field, tag, from) {
  const { name, type, shape } = field
  const value = `&${from}.${name}`
  if (shape === 'rows')
    return `sections.${type === 'i32f32' ? 'fixed' : 'stored'}_rows(${tag}, id, ${value});`
  return `sections.add(${tag}, id, ${shape === 'scalar' ? `std::slice::from_ref(${value})` : value});`
}
