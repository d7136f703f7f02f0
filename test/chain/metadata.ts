import { type Codec, type CodecType, metadata } from '@polkadot-api/substrate-bindings'
import type { ItemLayout } from '../../ts/demo/layouts.ts'
import { entryOf as entryOfStorage } from '../../ts/demo/metadata.ts'
import { type Type, TypeWriter } from '../../ts/demo/types.ts'

export type { ItemLayout } from '../../ts/demo/layouts.ts'

/** The codec of all versions; the shape of 16 is what is worked on, since real metadata here is of it. */
const CODEC: Codec<CodecType<typeof metadata>> = metadata

type Decoded = ReturnType<typeof CODEC.dec>
type Latest = Extract<Decoded['metadata'], { tag: 'v16' }>['value']
type Entry = NonNullable<Latest['pallets'][number]['storage']>['items'][number]

/** What differs from the metadata that is started from. */
export interface MetadataChanges {
  readonly specVersion: number
  /** Added, or put in place of the item of that name. */
  readonly items: readonly ItemLayout[]
  readonly removed: readonly (readonly [pallet: string, name: string])[]
}

<<<<<<< HEAD
=======
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

>>>>>>> main
function entryOf(layout: ItemLayout, types: TypeWriter): Entry {
  return {
    ...entryOfStorage(layout, types),
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
  const types = new TypeWriter(lookup as Type[])
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
