import { readFileSync } from 'node:fs'
import { type ItemLayout, layoutsOf } from '../../ts/demo/layouts.ts'
import { runtimeOf } from '../../ts/demo/metadata.ts'
import { parts } from '../../ts/demo/types.ts'
import type { FakeRuntime } from './fake-chain.ts'

/*
 * Metadata of the runtimes up to 425. Which item each runtime of the chain's main branch declared, under which key and of
 * which type, is in `storage-history.json`, as its source has it (`pallets/subtensor/src/lib.rs`,
 * `pallets/swap/src/pallet/mod.rs`); defaults, and what is of other pallets, are the demo's.
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

/** How an item was declared at a version; undefined where it was not. */
export function declaredAt(name: string, spec: number): Declared | undefined {
  return STORAGE_HISTORY.items[name]?.find(({ specs: [first, last] }) => first <= spec && spec <= last)
}

/** Metadata of a runtime of main, by its number, or of a number between as the one before it. */
export function historyRuntime(spec: number): FakeRuntime {
  const of = Math.max(...STORAGE_HISTORY.versions.filter((version) => version <= spec))
  const own = layoutsOf(of)
  const others = own.filter(({ pallet, name }) => STORAGE_HISTORY.items[`${pallet}.${name}`] === undefined)
  const declared = Object.keys(STORAGE_HISTORY.items).flatMap((place): ItemLayout[] => {
    const entry = declaredAt(place, of)
    if (entry === undefined) return []
    const [pallet, name] = place.split('.') as [string, string]
    const { keys, value, optional = false } = entry
    const read = own.find((layout) => layout.pallet === pallet && layout.name === name)
    return [{ pallet, name, keys, value, optional, fallback: read?.fallback ?? zeroOf(value) }]
  })
  return runtimeOf(spec, [...others, ...declared])
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
