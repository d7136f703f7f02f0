/** A compiled module, its instance, and what to do when the instance breaks. */

import { EngineError } from '../errors/index.ts'
import { type Answer, STATUS_OK } from './wire.ts'

/** What the module exports: `bindings/wasm`. Places are byte addresses in its memory. */
interface Exports {
  readonly memory: WebAssembly.Memory
  start(): void
  allocate(words: number): number
  release(call: number, words: number): void
  epoch(call: number, words: number): number
  release_answer(): void
  kernel(): bigint
  rules(): bigint
}

/** The two halves of what the module packs into one value, as unsigned numbers. */
function placeAndBytes(packed: bigint): readonly [place: number, bytes: number] {
  return [Number(BigInt.asUintN(32, packed)), Number(BigInt.asUintN(32, packed >> 32n))]
}

/** What the module imports, by the version of the layout: one of another version does not link. */
const IMPORTS = 'yuma-3'

/** A panic of the module, thrown through it. */
class Panic extends Error {}

/** Puts a call at an offset of the module's memory. */
type Write = (memory: ArrayBuffer, offset: number) => void

/** Memory for an answer, to be written whole: Node has some without writing zeros into it first. */
function freshMemory(bytes: number): Answer {
  return globalThis.Buffer?.allocUnsafeSlow(bytes) ?? new Uint8Array(bytes)
}

/**
 * An answer out of the module's memory, from its table: how many bytes it takes, the words that it begins with
 * (status, count, and of each section key, offset and length), and of each section the place in the memory.
 */
function copied(memory: ArrayBuffer, table: number, output: Answer | undefined): Answer {
  const words = new Uint32Array(memory, table)
  const [bytes, status, count] = words as unknown as [number, number, number]
  const fits = output !== undefined && output.length >= bytes && status === STATUS_OK
  const answer = fits ? output : freshMemory(bytes)
  const entries = 3
  const places = entries + 3 * count
  let end = 4 * (places - 1)
  answer.set(new Uint8Array(memory, table + 4, end))
  for (let i = 0; i < count; i++) {
    const offset = words[entries + 3 * i + 1]!
    const length = words[entries + 3 * i + 2]!
    // What aligns the section, and behind the last one the answer.
    answer.fill(0, end, offset)
    answer.set(new Uint8Array(memory, words[places + i]!, length), offset)
    end = offset + length
  }
  return answer.fill(0, end, bytes)
}

/** One instance, with memory for a call that grows to the largest one so far. */
class Instance {
  readonly #exports: Exports
  #call = 0
  #words = 0

  constructor(module: WebAssembly.Module) {
    const panicked = (message: number, bytes: number): never => {
      throw new Panic(this.#text(message, bytes))
    }
    const instance = new WebAssembly.Instance(module, { [IMPORTS]: { panicked } })
    this.#exports = instance.exports as unknown as Exports
    this.#exports.start()
  }

  #text(place: number, bytes: number): string {
    return new TextDecoder().decode(new Uint8Array(this.#exports.memory.buffer, place >>> 0, bytes >>> 0))
  }

  kernel(): string {
    return this.#text(...placeAndBytes(this.#exports.kernel()))
  }

  rules(): Uint32Array {
    const [place, bytes] = placeAndBytes(this.#exports.rules())
    return new Uint32Array(this.#exports.memory.buffer, place, bytes / 4).slice()
  }

  memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /** Address of memory for `words`; undefined where it does not grow that far. */
  #memoryFor(words: number): number | undefined {
    if (words <= this.#words) return this.#call
    if (this.#words > 0) this.#exports.release(this.#call, this.#words)
    this.#words = 0
    this.#call = this.#exports.allocate(words) >>> 0
    if (this.#call === 0) return undefined
    this.#words = words
    return this.#call
  }

  epoch(words: number, write: Write, output?: Answer): Answer {
    const { memory, epoch, release_answer } = this.#exports
    const call = this.#memoryFor(words)
    if (call === undefined) {
      throw new EngineError(`the module's memory does not grow by the ${8 * words} bytes of this call`)
    }
    write(memory.buffer, call)
    const table = epoch(call, words) >>> 0
    const answer = copied(memory.buffer, table, output)
    release_answer()
    return answer
  }
}

/**
 * A module ready for calls. Its instance is made again after a panic or a trap, which leave memory in no known state.
 */
export class WasmModule {
  /** The instruction set that the module was built for. */
  readonly kernel: string
  /** The spec versions whose rules the module knows: see `rulesRanges`. */
  readonly rules: Uint32Array
  readonly #module: WebAssembly.Module
  #instance: Instance | undefined

  /** @throws {EngineError} where the module is not this package's. */
  constructor(module: WebAssembly.Module) {
    this.#module = module
    try {
      const instance = this.#live()
      this.kernel = instance.kernel()
      this.rules = instance.rules()
    } catch (cause) {
      throw new EngineError('this is not a module of this package and version', { cause })
    }
  }

  /** Size of the module's memory. */
  get memoryBytes(): number {
    return this.#live().memoryBytes()
  }

  /**
   * Runs a call that `write` puts at an offset of the module's memory. The answer is copied into `output` where it fits
   * there, and is no error; else into memory of its own.
   * @throws {EngineError} where the module fails; the next call finds a fresh instance.
   */
  epoch(words: number, write: Write, output?: Answer): Answer {
    try {
      return this.#live().epoch(words, write, output)
    } catch (error) {
      if (error instanceof EngineError) throw error
      this.#instance = undefined
      throw failure(error)
    }
  }

  #live(): Instance {
    this.#instance ??= new Instance(this.#module)
    return this.#instance
  }
}

function failure(cause: unknown): EngineError {
  const what = cause instanceof Panic ? `panicked: ${cause.message}` : 'ran out of memory or broke'
  return new EngineError(`the module ${what}`, { cause })
}
