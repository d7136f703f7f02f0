import type { StoredShare } from '../snapshot/block.ts'
import type { Decimal } from './kinds.ts'

/** A share as stored. Of both items, where both have an entry, the chain reads the older one. */
export function shareOf(fixed: bigint | null, decimal: Decimal | null): StoredShare | null {
  if (fixed !== null) return { kind: 'fixed', bits: fixed }
  return decimal === null ? null : { kind: 'decimal', ...decimal }
}
