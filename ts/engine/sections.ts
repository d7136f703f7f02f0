/** What an answer is made of: a directory and the sections that it names. */

import { EngineError } from '../errors/index.ts'
import type { Answer, AnswerMemory } from '../runtime/layout.ts'
import type { SparseRows } from '../snapshot/types.ts'
import type { FixedRows } from './types.ts'

/**
 * The bytes that an answer is written into, and the views of them once there is a second one: making views is most of
 * decoding.
 */
export class OutputBuffer {
  #memory: AnswerMemory
  /** In the order of the directory. */
  #views: ArrayBufferView[] | undefined
  /** The directory that the views follow: a copy, since the next answer overwrites it. */
  #directory: Uint32Array | undefined

  constructor(memory: AnswerMemory) {
    this.#memory = memory
  }

  /** The bytes, as an array from the first time on that it is asked for; nothing where they were transferred before. */
  get bytes(): Answer | undefined {
    if (ArrayBuffer.isView(this.#memory)) return this.#memory
    if (this.#memory.byteLength === 0) return undefined
    this.#memory = new Uint8Array(this.#memory)
    return this.#memory
  }

  /** The views that there are under this directory; those made since are to be added. */
  viewsUnder(words: Uint32Array, end: number): ArrayBufferView[] {
    if (this.#views && this.#directory && beginsWith(words, this.#directory)) return this.#views
    this.#directory = words.slice(0, end)
    this.#views = []
    return this.#views
  }
}

function beginsWith(words: Uint32Array, directory: Uint32Array): boolean {
  for (let i = 0; i < directory.length; i++) if (words[i] !== directory[i]) return false
  return true
}

/** The index of a section's view, by the place of its entry: entries are of three words, behind a header of two. */
function viewOf(entry: number): number {
  return (entry - 2) / 3
}

/** The sections of an answer, read in the order in which `bindings/wire` adds them. */
export class Sections {
  /** What the sections hold: an output, or which kind of error. */
  readonly status: number
  readonly #buffer: ArrayBuffer
  readonly #base: number
  /** The header and the directory behind it, which takes three words for each section. */
  readonly #words: Uint32Array
  /** Where the directory ends. */
  readonly #end: number
  /** Where its next entry is. */
  #next = 2
  /** Those of answers before, where this one is in their memory. */
  readonly #views: ArrayBufferView[] | undefined

  constructor(answer: AnswerMemory, output?: OutputBuffer) {
    const isView = ArrayBuffer.isView(answer)
    this.#buffer = isView ? answer.buffer : answer
    this.#base = isView ? answer.byteOffset : 0
    this.#words = new Uint32Array(this.#buffer, this.#base, answer.byteLength >>> 2)
    this.status = this.#words[0]!
    this.#end = 2 + 3 * this.#words[1]!
    this.#views = output?.viewsUnder(this.#words, this.#end)
  }

  /** Whether this section comes next. */
  has(tag: number, mechanism: number): boolean {
    return this.#next < this.#end && this.#words[this.#next] === ((mechanism << 16) | tag)
  }

  /** Goes to the next section, which is to be this one; the place of its entry in the directory. */
  #open(tag: number, mechanism: number): number {
    const entry = this.#next
    if (!this.has(tag, mechanism)) {
      throw new EngineError(`the answer lacks section ${tag} of mechanism ${mechanism}`)
    }
    this.#next = entry + 3
    return entry
  }

  /** Where a section begins in the buffer. */
  #start(entry: number): number {
    return this.#base + this.#words[entry + 1]!
  }

  /** How many bytes it has. */
  #bytes(entry: number): number {
    return this.#words[entry + 2]!
  }

  /** The view that an earlier answer left for this section. */
  #known<T extends ArrayBufferView>(entry: number): T | undefined {
    return this.#views?.[viewOf(entry)] as T | undefined
  }

  #keep<T extends ArrayBufferView>(entry: number, view: T): T {
    if (this.#views !== undefined) this.#views[viewOf(entry)] = view
    return view
  }

  /** The next section as bytes: a view, as all that follow. */
  u8(tag: number, mechanism: number): Uint8Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint8Array>(entry) ??
      this.#keep(entry, new Uint8Array(this.#buffer, this.#start(entry), this.#bytes(entry)))
    )
  }

  u16(tag: number, mechanism: number): Uint16Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint16Array>(entry) ??
      this.#keep(entry, new Uint16Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 1))
    )
  }

  u32(tag: number, mechanism: number): Uint32Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint32Array>(entry) ??
      this.#keep(entry, new Uint32Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 2))
    )
  }

  u64(tag: number, mechanism: number): BigUint64Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<BigUint64Array>(entry) ??
      this.#keep(entry, new BigUint64Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 3))
    )
  }

  i64(tag: number, mechanism: number): BigInt64Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<BigInt64Array>(entry) ??
      this.#keep(entry, new BigInt64Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 3))
    )
  }

  /** A section as text; empty where it does not come next. */
  text(tag: number): string {
    return this.has(tag, 0) ? new TextDecoder().decode(this.u8(tag, 0)) : ''
  }

  /** Three sections as rows of u16. */
  storedRows(tag: number, mechanism: number): SparseRows {
    return {
      rowStart: this.u32(tag, mechanism),
      uid: this.u16(tag + 1, mechanism),
      value: this.u16(tag + 2, mechanism),
    }
  }

  /** Three sections as rows of I32F32 bits. */
  fixedRows(tag: number, mechanism: number): FixedRows {
    return {
      rowStart: this.u32(tag, mechanism),
      uid: this.u16(tag + 1, mechanism),
      value: this.i64(tag + 2, mechanism),
    }
  }
}
