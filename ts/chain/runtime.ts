import { decAnyMetadata, type UnifiedMetadata, unifyMetadata } from '@polkadot-api/substrate-bindings'
import { ChainError } from '../errors/index.ts'
import { ScaleError, ScaleReader } from './scale.ts'

/** Hashers of storage keys, by the name that the metadata gives them. */
export type Hasher =
  | 'Identity'
  | 'Twox64Concat'
  | 'Twox128'
  | 'Twox256'
  | 'Blake2128'
  | 'Blake2256'
  | 'Blake2128Concat'

/** One storage item as the runtime's metadata describes it. */
export interface StorageItem {
  readonly pallet: string
  readonly name: string
  /** Prefix of the pallet's keys; mostly the pallet's name. */
  readonly prefix: string
  /** One for each part of the key, none for a plain value. */
  readonly hashers: readonly Hasher[]
  /** Shape of each part of the key. */
  readonly keys: readonly string[]
  /** Shape of the value. */
  readonly value: string
  /** No value and the default are different things. */
  readonly optional: boolean
  /** SCALE of the default, hex. */
  readonly fallback: string
  /** Type of the value, in {@link Runtime.types}. */
  readonly type: number
}

/** The types of a runtime, by number. */
export type Types = UnifiedMetadata['lookup']

/** What a runtime says of itself. */
export interface Runtime {
  readonly specName: string
  readonly specVersion: number
  readonly types: Types
  /** The storage item, the same object each time, or `undefined` where this runtime has none of that name. */
  item(pallet: string, name: string): StorageItem | undefined
}

type Pallet = UnifiedMetadata['pallets'][number]
type StoredItem = NonNullable<Pallet['storage']>['items'][number]

/** Bytes of metadata that are decoded: runtimes have 0.4 MB, and a megabyte of nonsense takes 200 of memory. */
const MOST_METADATA = 1024 * 1024
/** Types within one another, and characters of a shape, beyond which a type is none that is read. */
const MOST_NESTED = 64
const LONGEST_SHAPE = 4096
const UNREADABLE = '…'

/**
 * Shapes of types: how a type lies in SCALE, with all names taken away. A newtype is what it wraps, a struct is
 * the tuple of its fields: `NetUid` is `u16`, `AccountId32` is `[u8;32]`, `SafeFloat` is `(u128,i64)`. Names and
 * newtypes come and go between runtimes while the bytes stay; the table of items asks for the bytes.
 */
class Shapes {
  readonly #lookup: Types
  readonly #known = new Map<number, string>()
  #nested = 0

  constructor(lookup: Types) {
    this.#lookup = lookup
  }

  of(id: number): string {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    // A type that holds itself would recurse for ever; no item that is read has one.
    this.#known.set(id, UNREADABLE)
    this.#nested++
    const shape = this.#nested > MOST_NESTED ? UNREADABLE : this.#shape(id)
    this.#nested--
    const kept = shape.length > LONGEST_SHAPE ? UNREADABLE : shape
    this.#known.set(id, kept)
    return kept
  }

  #shape(id: number): string {
    const entry = this.#lookup[id]
    if (entry === undefined) return '?'
    const { def } = entry
    switch (def.tag) {
      case 'primitive':
        return def.value.tag
      case 'sequence':
        return `Vec<${this.of(def.value)}>`
      case 'array':
        return `[${this.of(def.value.type)};${def.value.len}]`
      case 'compact':
        return `Compact<${this.of(def.value)}>`
      case 'tuple':
        return this.#tuple(def.value)
      case 'composite':
        return this.#tuple(def.value.map((field) => field.type))
      case 'variant':
        return `enum{${def.value
          .map((variant) => variant.name + this.#fields(variant.fields.map((field) => field.type)))
          .join(',')}}`
      default:
        return def.tag
    }
  }

  #tuple(ids: readonly number[]): string {
    const shapes = ids.map((id) => this.of(id))
    return shapes.length === 1 ? shapes[0]! : `(${shapes.join(',')})`
  }

  #fields(ids: readonly number[]): string {
    return ids.length === 0 ? '' : `(${ids.map((id) => this.of(id)).join(',')})`
  }
}

function specOf(pallets: readonly Pallet[]): { specName: string; specVersion: number } {
  const version = pallets
    .find((pallet) => pallet.name === 'System')
    ?.constants.find((constant) => constant.name === 'Version')
  if (version === undefined) throw new ScaleError('has no System::Version')
  const reader = new ScaleReader(version.value)
  const specName = text(reader)
  text(reader)
  reader.u32()
  return { specName, specVersion: reader.u32() }
}

function text(reader: ScaleReader): string {
  const hex = reader.hex(reader.length(1))
  return String.fromCharCode(...(hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)))
}

class DecodedRuntime implements Runtime {
  readonly specName: string
  readonly specVersion: number
  readonly types: Types
  readonly #pallets: ReadonlyMap<string, Pallet>
  /** Items of pallets by their names. */
  readonly #stored = new Map<string, ReadonlyMap<string, StoredItem>>()
  readonly #shapes: Shapes
  readonly #items = new Map<string, StorageItem | undefined>()

  constructor(metadata: UnifiedMetadata) {
    const { specName, specVersion } = specOf(metadata.pallets)
    this.specName = specName
    this.specVersion = specVersion
    this.#pallets = new Map(metadata.pallets.map((pallet) => [pallet.name, pallet]))
    this.types = metadata.lookup
    this.#shapes = new Shapes(metadata.lookup)
  }

  item(pallet: string, name: string): StorageItem | undefined {
    const path = `${pallet}.${name}`
    if (!this.#items.has(path)) this.#items.set(path, this.#find(pallet, name))
    return this.#items.get(path)
  }

  #find(pallet: string, name: string): StorageItem | undefined {
    const storage = this.#pallets.get(pallet)?.storage
    const entry = storage && this.#itemsOf(pallet, storage.items).get(name)
    if (storage === undefined || entry === undefined) return undefined
    const shapes = this.#shapes
    const map = entry.type.tag === 'map' ? entry.type.value : undefined
    const type = entry.type.tag === 'map' ? entry.type.value.value : entry.type.value
    return {
      pallet,
      name,
      prefix: storage.prefix,
      hashers: map === undefined ? [] : map.hashers.map((hasher) => hasher.tag),
      keys: map === undefined ? [] : this.#keys(map.key, map.hashers.length),
      // Of the events it would be that of every type that there is, and nobody asks for it.
      get value() {
        return shapes.of(type)
      },
      type,
      optional: entry.modifier === 0,
      fallback: entry.fallback,
    }
  }

  #itemsOf(pallet: string, items: readonly StoredItem[]): ReadonlyMap<string, StoredItem> {
    let named = this.#stored.get(pallet)
    if (named === undefined) {
      // Of several with one name the first counts.
      named = new Map(items.toReversed().map((item) => [item.name, item]))
      this.#stored.set(pallet, named)
    }
    return named
  }

  /** The parts of a key: of several hashers, the type is a tuple with one element for each. */
  #keys(id: number, hashers: number): readonly string[] {
    if (hashers === 1) return [this.#shapes.of(id)]
    const def = this.types[id]?.def
    return def?.tag === 'tuple' ? def.value.map((part) => this.#shapes.of(part)) : [this.#shapes.of(id)]
  }
}

/**
 * The runtime that metadata of any version from 14 to 16 describes.
 * @throws {ChainError} of kind `malformed` when it does not decode.
 */
export function readRuntime(metadata: string | Uint8Array): Runtime {
  if (metadata.length > 2 + 2 * MOST_METADATA)
    throw new ChainError('malformed', `the metadata of the runtime has more than ${MOST_METADATA} bytes`)
  // The decoder makes something of every text.
  if (typeof metadata === 'string' && !(metadata.length % 2 === 0 && /^0x[0-9a-fA-F]+$/.test(metadata)))
    throw new ChainError('malformed', 'the metadata of the runtime is not hex')
  try {
    return new DecodedRuntime(unifyMetadata(decAnyMetadata(metadata)))
  } catch (cause) {
    throw new ChainError('malformed', 'the metadata of the runtime does not decode', {}, { cause })
  }
}
