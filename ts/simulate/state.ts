/** A state as the implementation hands it out. */

import { readSnapshot } from '../engine/generated/state.ts'
import type { AnswerSections } from '../runtime/answer.ts'
import type { Snapshot } from '../snapshot/types.ts'

/** The snapshot of an answer's sections: the scalars and columns of a call, one after the other. */
export function readState(sections: AnswerSections, mechanisms: number): Snapshot {
  const scalars = sections.u64s()
  const columns = {
    u64s: () => sections.u64s(),
    u16s: () => sections.u16s(),
    u8s: () => sections.u8s(),
    rows: () => ({ rowStart: sections.u32s(), uid: sections.u16s(), value: sections.u16s() }),
  }
  return readSnapshot(scalars, columns, mechanisms)
}
