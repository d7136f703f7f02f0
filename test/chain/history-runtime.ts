import { readFileSync } from 'node:fs'
import type { FakeRuntime } from './fake-chain.ts'
import { changedMetadata, type ItemLayout, parts } from './metadata.ts'
import { realRuntime } from './shared.ts'

/*
 * Synthetic metadata of the runtimes before 424: what differs of the storage that is read is put into the real metadata
 * of 424. Which item each runtime of the chain's main branch declared, under which key and of which type, is in
 * `storage-history.json`, as its source has it (`pallets/subtensor/src/lib.rs`, `pallets/swap/src/pallet/mod.rs`).
 */

/** How an item was declared over a span of versions. */
export interface Declared extends Pick<ItemLayout, 'keys' | 'value' | 'optional'> {
  /** The first and the last version of main that had it so. */
  readonly specs: readonly [number, number]
}

interface History {
  /** Every version that a runtime of main had, up to 425. */
  readonly versions: readonly number[]
  /** By `Pallet.Name`. */
  readonly items: Readonly<Record<string, readonly Declared[]>>
}

export const STORAGE_HISTORY: History = JSON.parse(
  readFileSync(new URL('storage-history.json', import.meta.url), 'utf8'),
)

/** Where the metadata comes from. */
const BASE = 424

/** Defaults that changed, and the first version of each: a subnet that never set the item changed its rule with it. */
const DEFAULTS: Readonly<Record<string, readonly (readonly [since: number, fallback: string])[]>> = {
  'SubtensorModule.BondsPenalty': [
    [233, '0000'],
    [257, 'ffff'],
  ],
  'SubtensorModule.CommitRevealWeightsEnabled': [
    [233, '00'],
    [306, '01'],
  ],
  'SubtensorModule.AlphaSigmoidSteepness': [[273, 'e803']],
}

/** How an item was declared at a version; undefined where it was not. */
export function declaredAt(name: string, spec: number): Declared | undefined {
  return STORAGE_HISTORY.items[name]?.find(({ specs: [first, last] }) => first <= spec && spec <= last)
}

/** Metadata of a runtime of main, by its number, or of a number between as the one before it. */
export function historyRuntime(spec: number): FakeRuntime {
  const of = Math.max(...STORAGE_HISTORY.versions.filter((version) => version <= spec))
  const items: ItemLayout[] = []
  const removed: (readonly [string, string])[] = []
  for (const name of Object.keys(STORAGE_HISTORY.items)) {
    const [pallet, item] = name.split('.') as [string, string]
    const [declared, there] = [declaredAt(name, of), declaredAt(name, BASE)]
    const fallback = DEFAULTS[name]?.findLast(([since]) => since <= of)?.[1]
    if (declared === undefined) {
      if (there !== undefined) removed.push([pallet, item])
    } else if (declared !== there || fallback !== undefined) {
      const { keys, value, optional = false } = declared
      items.push({ pallet, name: item, keys, value, optional, fallback: fallback ?? zeroOf(value) })
    }
  }
  const { specName, metadata } = realRuntime(BASE)
  return {
    specName,
    specVersion: spec,
    metadata: changedMetadata(metadata, { specVersion: spec, items, removed }),
  }
}

const BYTES: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  u128: 16,
  i16: 2,
  i64: 8,
  i128: 16,
}

/** SCALE of zero, false or nothing. */
function zeroOf(shape: string): string {
  if (shape.startsWith('Vec<') || shape.startsWith('enum{') || shape === 'bool') return '00'
  if (shape === '[u8;32]') return '00'.repeat(32)
  if (!shape.startsWith('(')) return '00'.repeat(BYTES[shape]!)
  return parts(shape.slice(1, -1)).map(zeroOf).join('')
}
