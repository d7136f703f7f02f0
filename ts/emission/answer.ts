/** Answers as `bindings/wire/src/emission/answer.rs` gives them. */

import { EngineError, InputError } from '../errors/index.ts'
import { AnswerSections } from '../runtime/answer.ts'
import { type Answer, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'

/**
 * The sections of an answer that is a result.
 * @throws {InputError} where it says that the input could not be.
 * @throws {EngineError} where it says that the implementation failed.
 */
export function openAnswer(bytes: Answer): AnswerSections {
  const sections = new AnswerSections(bytes)
  if (sections.status === STATUS_OK) return sections
  if (sections.status !== STATUS_INPUT_ERROR) throw new EngineError(sections.text())
  const field = sections.text()
  const expected = sections.text()
  const place = sections.next()
  const [netuid, mechanism, uid] = new Uint32Array(place.buffer, place.byteOffset, 3)
  throw new InputError({
    field,
    expected,
    ...(netuid ? { netuid: netuid - 1 } : {}),
    ...(mechanism ? { mechanism: mechanism - 1 } : {}),
    ...(uid ? { uid: uid - 1 } : {}),
  })
}

/** The sections of an answer of words. */
export function wordsOf(sections: AnswerSections): BigUint64Array[] {
  return Array.from({ length: sections.count }, () => sections.u64s())
}
