/** A compiled module, its instance, and what to do when the instance breaks. */

import { EngineError } from '../errors/index.ts'
import { callWords, writeCall } from './call.ts'
import { type Answer, type Call, type LaidOut, STATUS_OK } from './layout.ts'

/** What the module exports: `bindings/wasm`. Places are byte addresses in its memory. */
interface Exports {
  readonly memory: WebAssembly.Memory
  layout?(): number
  start(): void
  allocate(words: number): number
  release(call: number, words: number): void
  release_answer(): void
  kernel(): bigint
  /** There in the module for epochs. */
  epoch?(call: number, words: number): number
  /** There in the module for epochs. */
  rules?(): bigint
  /** There in the module for state proofs. */
  proof?(number: number, call: number, words: number): number
  /** There in the module for emission. */
  emission_function?(number: number, call: number, words: number): number
  /** The rest is there in the modules that keep networks: for emission and for simulation. */
  network_place?(): number
  network_call?(place: number, method: number, call: number, words: number): number
  network_release?(place: number): void
}

/** Calls one of the exports with a call that lies in memory; gives the place of the answer's table. */
type Entry = (exports: Exports, call: number, words: number) => number

const epoch: Entry = (exports, call, words) => own(exports, 'epoch')(call, words)

/** An export that only one of the modules has. */
function own<K extends keyof Exports>(exports: Exports, name: K): NonNullable<Exports[K]> {
  const found = exports[name]
  if (found === undefined || found === null)
    throw new EngineError(`this module has no ${name}: it is another of this package`)
  return found
}

/** The two halves of what the module packs into one value, as unsigned numbers. */
function placeAndBytes(packed: bigint): readonly [place: number, bytes: number] {
  return [Number(BigInt.asUintN(32, packed)), Number(BigInt.asUintN(32, packed >> 32n))]
}

/** The version of what crosses, as `bindings/wasm` has it. */
const LAYOUT = 5

/** A panic of the module, thrown through it. */
class Panic extends Error {}

/**
 * The one import of a module: wasm-bindgen's function that throws, by the name that its version gave it.
 * @throws {EngineError} where there is another.
 */
function importsOf(
  module: WebAssembly.Module,
  panicked: (message: number, bytes: number) => never,
): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (!name.includes('__wbindgen_throw')) throw new EngineError(`it imports ${name}`)
    imports[from] = { [name]: panicked }
  }
  return imports
}

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
  /** What is laid out in the memory for a call. */
  #held: LaidOut | undefined

  constructor(module: WebAssembly.Module) {
    const panicked = (message: number, bytes: number): never => {
      throw new Panic(this.#text(message, bytes))
    }
    const instance = new WebAssembly.Instance(module, importsOf(module, panicked))
    this.#exports = instance.exports as unknown as Exports
    const layout = this.#exports.layout?.()
    if (layout !== LAYOUT) throw new EngineError(`its layout is ${layout ?? 'unknown'}, expected ${LAYOUT}`)
    this.#exports.start()
  }

  #text(place: number, bytes: number): string {
    return new TextDecoder().decode(new Uint8Array(this.#exports.memory.buffer, place >>> 0, bytes >>> 0))
  }

  kernel(): string {
    return this.#text(...placeAndBytes(this.#exports.kernel()))
  }

  rules(): Uint32Array {
    const [place, bytes] = placeAndBytes(this.#exports.rules?.() ?? 0n)
    return new Uint32Array(this.#exports.memory.buffer, place, bytes / 4).slice()
  }

  memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /** Address of memory for `words`; undefined where it does not grow that far. */
  #memoryFor(words: number): number | undefined {
    if (words <= this.#words) return this.#call
    if (this.#words > 0) this.#exports.release(this.#call, this.#words)
    this.#held = undefined
    this.#words = 0
    this.#call = this.#exports.allocate(words) >>> 0
    if (this.#call === 0) return undefined
    this.#words = words
    return this.#call
  }

  /** Writes a call at a place; of one that is laid out, and there already, the scalars alone. */
  #write(call: Call, memory: ArrayBuffer, place: number): void {
    const { laidOut, scalars } = call
    if (laidOut === undefined) {
      this.#held = undefined
      writeCall(call, memory, place)
      return
    }
    const { words, revision } = laidOut
    const isThere = this.#held?.words === words && this.#held.revision === revision
    if (isThere) new BigUint64Array(memory, place + 8, scalars.length).set(scalars)
    else new BigUint64Array(memory, place, words.length).set(words)
    this.#held = laidOut
  }

  invoke(entry: Entry, call: Call, output?: Answer): Answer {
    const { memory, release_answer } = this.#exports
    const words = call.laidOut?.words.length ?? callWords(call)
    const place = this.#memoryFor(words)
    if (place === undefined) {
      throw new EngineError(`the module's memory does not grow by the ${8 * words} bytes of this call`)
    }
    this.#write(call, memory.buffer, place)
    const table = entry(this.#exports, place, words) >>> 0
    const answer = copied(memory.buffer, table, output)
    release_answer()
    return answer
  }

  place(): number {
    return own(this.#exports, 'network_place')()
  }

  release(place: number): void {
    own(this.#exports, 'network_release')(place)
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
   * Runs an epoch. The answer is copied into `output` where it fits there, and is no error; else into memory of its own.
   * @throws {EngineError} where the module fails; the next call finds a fresh instance.
   */
  epoch(call: Call, output?: Answer): Answer {
    return this.#guarded((instance) => instance.invoke(epoch, call, output))
  }

  /**
   * Answers a function of emission, by its number.
   * @throws {EngineError} where the module fails, or is not emission's.
   */
  emission(number: number, call: Call): Answer {
    return this.#guarded((instance) =>
      instance.invoke(
        (exports, place, words) => own(exports, 'emission_function')(number, place, words),
        call,
      ),
    )
  }

  /**
   * Checks a state proof, by the number of what is asked of it.
   * @throws {EngineError} where the module fails, or is not the one for proofs.
   */
  proof(number: number, call: Call): Answer {
    return this.#guarded((instance) =>
      instance.invoke((exports, place, words) => own(exports, 'proof')(number, place, words), call),
    )
  }

  /**
   * A place for a network in the instance.
   * @throws {EngineError} where the module keeps none.
   */
  place(): WasmPlace {
    return this.#guarded((instance) => new WasmPlace(this, instance, instance.place()))
  }

  /**
   * Asks something of a network in an instance that this module had.
   * @throws {EngineError} where that instance has failed since: the network is gone with it.
   */
  network(instance: object, place: number, method: number, call: Call): Answer {
    if (instance !== this.#instance)
      throw new EngineError('the network is gone: the instance that it was in has failed')
    return this.#guarded((live) =>
      live.invoke((exports, at, words) => own(exports, 'network_call')(place, method, at, words), call),
    )
  }

  /** Lets a network of a live instance go. */
  release(instance: object, place: number): void {
    if (instance === this.#instance) this.#guarded((live) => live.release(place))
  }

  #guarded<T>(run: (instance: Instance) => T): T {
    try {
      return run(this.#live())
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

/** Networks that JavaScript forgot without closing them. Where there is no such registry they stay until they are closed. */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<() => void>((release) => {
        try {
          release()
        } catch {
          // Nobody is left to be told; the next call finds a fresh instance.
        }
      })

/** A place for a network in an instance of a module. */
export class WasmPlace {
  readonly #module: WasmModule
  readonly #instance: object
  readonly #place: number

  constructor(module: WasmModule, instance: object, place: number) {
    this.#module = module
    this.#instance = instance
    this.#place = place
    forgotten?.register(this, () => module.release(instance, place), this)
  }

  /** @throws {EngineError} where the instance has failed, or fails. */
  call(method: number, slots: BigUint64Array, columns: Call['columns']): Answer {
    return this.#module.network(this.#instance, this.#place, method, { scalars: slots, columns })
  }

  close(): void {
    forgotten?.unregister(this)
    this.#module.release(this.#instance, this.#place)
  }
}
