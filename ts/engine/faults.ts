/** What is wrong with a snapshot that was handed over as an object. */

import { InputError, type InputErrorDetails } from '../errors/index.ts'
import { MEMBERS } from './generated/wire.ts'

/**
 * Runs what reads a snapshot; its faults then name fields as the snapshot does, in camel case, and not as a file or Rust.
 * @param index The snapshot's place in a batch, where it is of one.
 */
export function faultsNamed<T>(read: () => T, index?: number): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { field } = error
    const member = field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    throw error.with({ field: MEMBERS[field] ?? member, ...(index === undefined ? {} : { index }) })
  }
}

/** An engine's fault of a snapshot from a file, which has names of its own. */
export function asInFiles(fault: InputError, place: Partial<InputErrorDetails> = {}): InputError {
  const entry = Object.entries(MEMBERS).find(([, name]) => name === fault.field)
  const field = entry?.[0] ?? fault.field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return fault.with({ field, ...place })
}
