/** Answers as `bindings/wire/src/emission/answer.rs` gives them. */

import { EngineError, InputError } from '../errors/index.ts'
import { type Answer, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'
import type { SectionReader } from './columns.ts'

/** Words of the header, and of a section's entry: key, offset, length. */
const HEADER = 2
const ENTRY = 3

/** The sections of an answer, read in their order. */
export class AnswerSections implements SectionReader {
  readonly status: number
  readonly count: number
  readonly #bytes: Answer
  readonly #words: Uint32Array
  #next = 0

  constructor(bytes: Answer) {
    this.#bytes = bytes
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
    this.status = this.#words[0]!
    this.count = this.#words[1]!
  }

  next(): Answer {
    if (this.#next === this.count) throw new EngineError('the answer lacks a section')
    const entry = HEADER + ENTRY * this.#next
    this.#next += 1
    const [offset, length] = [this.#words[entry + 1]!, this.#words[entry + 2]!]
    return this.#bytes.subarray(offset, offset + length)
  }

  text(): string {
    return new TextDecoder().decode(this.next())
  }
}

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
  return Array.from({ length: sections.count }, () => {
    const { buffer, byteOffset, byteLength } = sections.next()
    return new BigUint64Array(buffer, byteOffset, byteLength / 8)
  })
}
