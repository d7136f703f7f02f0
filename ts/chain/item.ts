import type { Kind } from './kinds.ts'

/**
 * One storage item. Hashers, the pallet's prefix and the default come from the runtime's own metadata; the
 * table says what is asked for, in which shape it is understood, and what stands for it where a runtime lacks it.
 */
export interface Item<T> {
  readonly pallet: string
  readonly name: string
  /** Shapes of the parts of its key. */
  readonly keys: readonly string[]
  readonly kind: Kind<T>
  /** First spec version that has it, as far as tags tell; left out for an item as old as dTAO, spec 233. */
  readonly since?: number
  /** Last spec version that has it; left out for an item of the newest one known. */
  readonly until?: number
  /** Spec versions between these that lack it. */
  readonly except?: readonly number[]
  /** What a runtime without the item behaves like; left out where none is known to lack it. */
  readonly absent?: T
  /** An epoch reads it: no snapshot without it. */
  readonly epoch?: true
  /** No value is not the default: it is null. */
  readonly nullable?: true
}

interface Range<T> {
  readonly pallet?: string
  readonly since?: number
  readonly until?: number
  readonly except?: readonly number[]
  readonly absent?: T
  readonly epoch?: true
}

/** An item of the pallet of subnets, unless the range names another. */
export function item<T>(name: string, keys: readonly string[], kind: Kind<T>, range: Range<T> = {}): Item<T> {
  return { pallet: 'SubtensorModule', name, keys, kind, ...range }
}

/** An item whose absence means something. */
export function maybe<T>(
  name: string,
  keys: readonly string[],
  kind: Kind<T>,
  range: Range<T | null> = {},
): Item<T | null> {
  return { pallet: 'SubtensorModule', name, keys, kind, absent: null, nullable: true, ...range }
}

/** Whether runtimes of a spec version have the item, as far as the table tells. */
export function hasItem({ since = 0, until, except }: Item<unknown>, specVersion: number): boolean {
  if (specVersion < since || (until !== undefined && specVersion > until)) return false
  return !(except?.includes(specVersion) ?? false)
}

/** The spec versions that have the item, in words. */
export function versionsInWords({ since, until, except }: Item<unknown>): string {
  const but = except === undefined ? '' : ` but ${except.join(', ')}`
  if (until !== undefined) return since === undefined ? `up to ${until}${but}` : `${since} to ${until}${but}`
  return since === undefined ? `all${but}` : `${since} and later${but}`
}
