/** Whether there is room for what is kept, asked before it is begun. */

import { InputError } from '../errors/index.ts'

/** Bytes of what a run keeps, as it grows and as it is handed out once more, beside its own. */
const HELD = 3

/** Bytes that this process can still have; undefined where the platform does not tell. */
function freeMemory(): number | undefined {
  // Node tells it from 20.13 on; the name is not in a page.
  const { process } = globalThis as { readonly process?: { availableMemory?: () => number } }
  return process?.availableMemory?.()
}

/**
 * @param field What it is that takes them.
 * @param what The same for people: `a recording`.
 * @param most Bytes that whoever holds it can have; all that is free where nothing is said.
 * @throws {InputError} where so many bytes, held for a while three times, are more than there are.
 */
export function checkRoom(
  field: string,
  what: string,
  bytes: number,
  most: number = Number.POSITIVE_INFINITY,
): void {
  const room = Math.min(most, freeMemory() ?? Number.POSITIVE_INFINITY)
  if (HELD * bytes <= room) return
  const expected = `expected ${what} that fits memory: ${bytes} bytes take up to ${HELD * bytes} while they are handed out, and ${room} are free`
  throw new InputError({ field, expected })
}
