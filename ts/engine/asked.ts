/** What of an output a call asks for, as it crosses. */

import { ALL_SECTIONS, SECTIONS_ALWAYS, SECTIONS_OF } from './generated/wire.ts'
import type { AnyFieldsOption, EpochOptions } from './types.ts'

/** What of an output a call asks for. */
export interface Asked {
  /** Whether to keep the intermediates. */
  readonly trace: boolean
  /** The other sections: a bit for each, by its tag. */
  readonly sections: number
}

/** Everything but the trace. */
export const ALL: Asked = { trace: false, sections: ALL_SECTIONS }

/** What the options ask for: everything but the trace, unless they say. */
export function askedOf({
  trace = false,
  fields,
}: AnyFieldsOption & Pick<EpochOptions, 'trace'> = {}): Asked {
  if (fields === undefined) return trace ? { trace, sections: ALL_SECTIONS } : ALL
  let sections = SECTIONS_ALWAYS
  for (const field of fields) sections |= SECTIONS_OF[field]
  return { trace: trace || fields.includes('trace'), sections }
}
