/** Items of a chain's runtime that a reader does not know. */

import { InputError } from '../errors/index.ts'
import type { Snapshot } from '../snapshot/types.ts'

/** The items that were not read of the runtime that a snapshot is of. */
export function unreadItems(snapshot: Snapshot): readonly unknown[] {
  const section = snapshot.extra?.chain as { readonly unread?: unknown } | undefined
  const { unread = section?.unread } = snapshot as { readonly unread?: unknown }
  return Array.isArray(unread) ? unread : []
}

/**
 * Refuses a snapshot of a chain whose runtime has items that the reader does not know: its epoch may depend on them. By
 * other rules, asked for by name, it can be computed.
 * @throws {InputError} naming them.
 */
export function checkRead(unread: readonly unknown[]): void {
  if (unread.length === 0) return
  const expected = `expected a snapshot of which every item was read; not read: ${unread.join(', ')}`
  throw new InputError({ field: 'unread', expected })
}
