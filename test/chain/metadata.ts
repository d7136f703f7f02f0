import { type Codec, type CodecType, metadata } from '@polkadot-api/substrate-bindings'
import type { Hasher } from '../../ts/chain/runtime.ts'

/** The codec of all versions; the shape of 16 is what is worked on, since real metadata here is of it. */
const CODEC: Codec<CodecType<typeof metadata>> = metadata

type Decoded = ReturnType<typeof CODEC.dec>
type Latest = Extract<Decoded['metadata'], { tag: 'v16' }>['value']
type Type = Latest['lookup'][number]
type Entry = NonNullable<Latest['pallets'][number]['storage']>['items'][number]

/**
 * A storage item to be put into metadata. Shapes are written as `ts/chain/runtime.ts` names them, and a newtype as
 * `Name(shape)`.
 */
export interface ItemLayout {
  readonly pallet: string
  readonly name: string
  /** Hasher and shape of each part of the key, none for a plain value. */
  readonly keys: readonly (readonly [Hasher, string])[]
  readonly value: string
  /** No value and the default are different things. */
  readonly optional?: boolean
  /** SCALE of the default, hex digits without `0x`; left out of an optional item. */
  readonly fallback?: string
}

/** What differs from the metadata that is started from. */
export interface MetadataChanges {
  readonly specVersion: number
  /** Added, or put in place of the item of that name. */
  readonly items: readonly ItemLayout[]
  readonly removed: readonly (readonly [pallet: string, name: string])[]
}

/** The types that shapes name, each added once at the end of the list of types. */
class TypeWriter {
  readonly #lookup: Type[]
  readonly #known = new Map<string, number>()

  constructor(lookup: Type[]) {
    this.#lookup = lookup
  }

  of(shape: string): number {
    const known = this.#known.get(shape)
    if (known !== undefined) return known
    const [path, def] = this.#def(shape)
    const id = this.#lookup.length
    this.#lookup.push({ id, path, params: [], def, docs: [] })
    this.#known.set(shape, id)
    return id
  }

  #def(shape: string): [path: string[], def: Type['def']] {
    const array = /^\[(.*);(\d+)\]$/.exec(shape)
    if (array) return [[], { tag: 'array', value: { type: this.of(array[1]!), len: Number(array[2]) } }]
    if (shape.startsWith('Vec<')) return [[], { tag: 'sequence', value: this.of(shape.slice(4, -1)) }]
    if (shape.startsWith('('))
      return [[], { tag: 'tuple', value: parts(shape.slice(1, -1)).map((part) => this.of(part)) }]
    if (shape.startsWith('enum{')) {
      const value = parts(shape.slice(5, -1)).map((variant, index) => {
        const [, name, fields] = /^(\w+)(?:\((.*)\))?$/.exec(variant)!
        return { name: name!, fields: this.#fields(fields), index, docs: [] }
      })
      return [[], { tag: 'variant', value }]
    }
    const newtype = /^(\w+)\((.*)\)$/.exec(shape)
    if (newtype) return [[newtype[1]!], { tag: 'composite', value: this.#fields(newtype[2]) }]
    return [[], { tag: 'primitive', value: { tag: shape } } as Type['def']]
  }

  #fields(
    inner: string | undefined,
  ): { name: undefined; type: number; typeName: undefined; docs: string[] }[] {
    return parts(inner ?? '').map((part) => ({
      name: undefined,
      type: this.of(part),
      typeName: undefined,
      docs: [],
    }))
  }
}

/** The parts between brackets, split at commas that no bracket holds. */
export function parts(inner: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (const [i, sign] of [...inner].entries()) {
    if ('(<[{'.includes(sign)) depth++
    else if (')>]}'.includes(sign)) depth--
    else if (sign === ',' && depth === 0) {
      found.push(inner.slice(from, i))
      from = i + 1
    }
  }
  const last = inner.slice(from)
  return last === '' ? found : [...found, last]
}

function entryOf(layout: ItemLayout, types: TypeWriter): Entry {
  const value = types.of(layout.value)
  const keys = layout.keys.map(([, shape]) => shape)
  const type: Entry['type'] =
    keys.length === 0
      ? { tag: 'plain', value }
      : {
          tag: 'map',
          value: {
            hashers: layout.keys.map(([tag]) => ({ tag, value: undefined })),
            key: types.of(keys.length === 1 ? keys[0]! : `(${keys.join(',')})`),
            value,
          },
        }
  return {
    name: layout.name,
    modifier: layout.optional ? 0 : 1,
    type,
    fallback: `0x${layout.fallback ?? '00'}`,
    docs: [],
    deprecationInfo: { tag: 'NotDeprecated', value: undefined },
  } as Entry
}

/**
 * Real metadata with changes: hex with `0x`, of version 16 as what it starts from.
 * @throws {Error} where an item to be removed, or a pallet, is not there.
 */
export function changedMetadata(hex: string, changes: MetadataChanges): string {
  const decoded = CODEC.dec(hex)
  if (decoded.metadata.tag !== 'v16') throw new Error(`metadata of ${decoded.metadata.tag} is not changed`)
  const { lookup, pallets } = decoded.metadata.value
  const types = new TypeWriter(lookup)
  const itemsOf = (name: string): Entry[] => {
    const storage = pallets.find((pallet) => pallet.name === name)?.storage
    if (storage === undefined) throw new Error(`no pallet ${name} with storage`)
    return storage.items
  }
  for (const [pallet, name] of changes.removed) {
    const items = itemsOf(pallet)
    const at = items.findIndex((item) => item.name === name)
    if (at < 0) throw new Error(`no item ${pallet}.${name} to remove`)
    items.splice(at, 1)
  }
  for (const layout of changes.items) {
    const items = itemsOf(layout.pallet)
    const at = items.findIndex((item) => item.name === layout.name)
    items.splice(at < 0 ? items.length : at, at < 0 ? 0 : 1, entryOf(layout, types))
  }
  const version = pallets
    .find((pallet) => pallet.name === 'System')!
    .constants.find((constant) => constant.name === 'Version')!
  version.value = withSpecVersion(version.value, changes.specVersion)
  return `0x${Buffer.from(CODEC.enc(decoded)).toString('hex')}`
}

/** A `RuntimeVersion`, which begins with two names and the version of authoring, with another spec version. */
function withSpecVersion(hex: string, specVersion: number): string {
  const bytes = Buffer.from(hex.slice(2), 'hex')
  const afterName = (at: number): number => at + 1 + bytes[at]! / 4
  bytes.writeUInt32LE(specVersion, afterName(afterName(0)) + 4)
  return `0x${bytes.toString('hex')}`
}
