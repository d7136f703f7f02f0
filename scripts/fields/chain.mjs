// The tables as storage items: what is asked of a node, and in which shape it is understood.
import { availability, CHAIN_TABLE, described, EPOCH_TABLE, grouped, header, tsDoc } from './tables.mjs'

/** Of each type: how the chain reader reads it, what TypeScript has for it, and how a file has it. */
const TYPES = {
  u64: { kind: 'integer', type: 'bigint', schema: 'u64' },
  u16: { kind: 'small', type: 'number', schema: 'u16' },
  i16: { kind: 'small', type: 'number', schema: 'i16' },
  bool: { kind: 'bool', type: 'boolean', schema: 'flag' },
  presence: { type: 'boolean' },
  account: { type: 'string', schema: 'shortText' },
  accounts: { type: 'readonly string[]' },
  bools: { type: 'Uint8Array' },
  u16s: { type: 'Uint16Array' },
  u64s: { type: 'BigUint64Array' },
  range: { type: 'readonly [number, number]' },
  flowEma: { type: 'FlowEma', schema: 'flowEma' },
  recycleOrBurn: { type: "'Burn' | 'Recycle'", schema: 'recycleOrBurn' },
  relations: { type: 'readonly Relation[]' },
  row: { type: 'SparseRows' },
  weightCommits: { type: 'readonly CommitNumbers[]' },
  timelockedCommits: { type: 'readonly TimelockedCommit[]' },
  timelockedCommitsWithoutBlock: { type: 'readonly TimelockedCommit[]' },
  upgrade: { type: 'number' },
  bytes: { type: 'string' },
  collateral: { type: 'Collateral' },
}
/** Any other integer, fixed-point bits among them. */
const BITS = { kind: 'integer', type: 'bigint', schema: 'bits' }

function known({ type, choice }) {
  if (choice !== undefined) return ofChoice(choice)
  return { kind: type, ...(TYPES[type] ?? BITS) }
}

function ofChoice({ variants }) {
  const names = variants.map(({ name }) => `'${name}'`)
  const list = `[${names.join(', ')}]`
  const words = variants.map(({ name }) => `"${name}"`).join(' or ')
  return {
    kind: `oneOf(${list})`,
    type: names.join(' | '),
    schema: `v.picklist(${list}, '${words}')`,
  }
}

function isNullable({ nullable, absent }) {
  return nullable === true || absent === null
}

/** The type that TypeScript has for an item's value. */
export function itemType(item) {
  return `${known(item).type}${isNullable(item) ? ' | null' : ''}`
}

/** An item's description, with the name that it has on chain and the versions that have it. */
export function itemDoc(item) {
  const pallet = item.pallet === 'SubtensorModule' ? '' : `${item.pallet}::`
  return [described(item), `\`${pallet}${item.item}\`.`, availability(item)]
    .filter((text) => text !== '')
    .join(' ')
}

/** The schema of an item's value in a file. */
export function itemSchema(item) {
  const { schema } = known(item)
  const here = isNullable(item) ? `v.nullable(${schema})` : schema
  // Files that were written before there was the item do not have it.
  return item.optional ? `v.optional(${here}, null)` : here
}

/** What stands for an item in the versions that lack it, as a literal. */
function absentOf(item) {
  const { absent } = item
  const { type } = known(item)
  if (Array.isArray(absent)) return `new ${type}(0)`
  if (typeof absent === 'string') return `'${absent}'`
  return type === 'bigint' && absent !== null ? `${grouped(absent)}n` : String(absent)
}

function itemOptions(item) {
  const { pallet, since, until, except, absent, epoch, nullable } = item
  const options = [
    epoch ? 'epoch: true' : undefined,
    pallet === 'SubtensorModule' ? undefined : `pallet: '${pallet}'`,
    since === undefined ? undefined : `since: ${since}`,
    until === undefined ? undefined : `until: ${until}`,
    except === undefined ? undefined : `except: [${except.join(', ')}]`,
    absent === undefined || nullable ? undefined : `absent: ${absentOf(item)}`,
  ].filter((option) => option !== undefined)
  return options.length === 0 ? '' : `, { ${options.join(', ')} }`
}

function definition(item) {
  const { kind, type } = known(item)
  const make = item.nullable ? 'maybe' : item.absent === null ? `item<${type} | null>` : 'item'
  const keys = `[${item.keys.map((key) => `'${key}'`).join(', ')}]`
  return `  ${item.member}: ${make}('${item.item}', ${keys}, ${kind}${itemOptions(item)}),`
}

function table({ name, doc, items }) {
  const types = items.map(
    (item) => `${tsDoc(itemDoc(item), '  ')}\n  readonly ${item.member}: Item<${itemType(item)}>`,
  )
  return `${tsDoc(`${doc}.`)}
export const ${name.toUpperCase()}: {
${types.join('\n')}
} = {
${items.map(definition).join('\n')}
}
`
}

/** ts/chain/generated/items.ts */
export function chainItems({ chain, newestSpec, readToSpec }) {
  const items = chain.flatMap((group) => group.items)
  const kinds = [...new Set(items.map((item) => known(item).kind.replace(/\(.*/, '')))].sort()
  const direct = items.filter(({ field }) => field !== undefined)
  const [given, optional] = [false, true].map((missing) =>
    direct.filter(({ field }) => (field.optional ?? false) === missing),
  )
  return `${header('//', EPOCH_TABLE, CHAIN_TABLE)}
import type { Collateral, FlowEma } from '../../snapshot/network.ts'
import { present } from '../../snapshot/present.ts'
import type { Snapshot, SparseRows } from '../../snapshot/types.ts'
import { type Item, item, maybe } from '../item.ts'
import { type CommitNumbers, type Relation, type TimelockedCommit, ${kinds.join(', ')} } from '../kinds.ts'
import type { Cells } from '../state.ts'

/** The newest spec version whose storage is known. A newer one is read as far as it looks the same. */
export const NEWEST_SPEC: number = ${newestSpec}

/** Up to this spec version every runtime's storage was read in its source: one that lacks what it should have is another. */
export const READ_TO_SPEC: number = ${readToSpec}

${chain.map(table).join('\n')}
/** The fields of a snapshot that are the values of one item each; without those that the runtime has no item of. */
export function fieldsOf(
  cells: Cells<typeof EPOCH>,
): Pick<Snapshot, ${direct.map(({ field }) => `'${field.member}'`).join(' | ')}> {
  return {
${given.map(({ field, member }) => `    ${field.member}: cells.${member}.value,`).join('\n')}
    ...present({
${optional.map(({ field, member }) => `      ${field.member}: cells.${member}.value ?? undefined,`).join('\n')}
    }),
  }
}
`
}
