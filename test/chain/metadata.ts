import { type Codec, type CodecType, metadata } from '@polkadot-api/substrate-bindings'
import type { ItemLayout } from '../../ts/demo/layouts.ts'
import { entryOf as entryOfStorage } from '../../ts/demo/metadata.ts'
import { type Type, TypeWriter } from '../../ts/demo/types.ts'

export type { ItemLayout } from '../../ts/demo/layouts.ts'
export { parts } from '../../ts/demo/types.ts'

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
