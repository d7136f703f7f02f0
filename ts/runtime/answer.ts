/** Answers whose sections are told apart by their order. */

import { EngineError } from '../errors/index.ts'
import type { Answer } from './layout.ts'

/** Words of the header, and of a section's entry: key, offset, length. */
const HEADER = 2
const ENTRY = 3

/** The sections of an answer, read in their order. */
export class AnswerSections {
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

  /** @throws {EngineError} where there is none left. */
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

  /** Not what Node made the answer of: a `Buffer` is compared and shown otherwise. */
  u8s(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.next()
    return new Uint8Array(buffer, byteOffset, byteLength)
  }

  u16s(): Uint16Array {
    const { buffer, byteOffset, byteLength } = this.next()
    return new Uint16Array(buffer, byteOffset, byteLength / 2)
  }

  u32s(): Uint32Array {
    const { buffer, byteOffset, byteLength } = this.next()
    return new Uint32Array(buffer, byteOffset, byteLength / 4)
  }

  u64s(): BigUint64Array {
    const { buffer, byteOffset, byteLength } = this.next()
    return new BigUint64Array(buffer, byteOffset, byteLength / 8)
  }

  i64s(): BigInt64Array {
    const { buffer, byteOffset, byteLength } = this.next()
    return new BigInt64Array(buffer, byteOffset, byteLength / 8)
  }
}
