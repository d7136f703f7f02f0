/** The compiled module, its instance, and what to do when the instance breaks: the other side of `bindings/wasm-emission`. */

import { EngineError } from '../errors/index.ts'

/** What the module exports. Places are byte addresses in its memory. */
interface Exports {
  readonly memory: WebAssembly.Memory
  start(): void
  allocate(bytes: number): number
  release(place: number, bytes: number): void
  emission(call: number, bytes: number, name: number): bigint
  release_answer(answer: number, bytes: number): void
}

/** What the module imports, by the version of the interface: one of another version does not link. */
const IMPORTS = 'yuma-emission-1'

/** A panic of the module, thrown through it. */
class Panic extends Error {}

class Instance {
  readonly #exports: Exports

  constructor(module: WebAssembly.Module) {
    const panicked = (message: number, bytes: number): never => {
      const place = new Uint8Array(this.#exports.memory.buffer, message >>> 0, bytes >>> 0)
      throw new Panic(new TextDecoder().decode(place))
    }
    const instance = new WebAssembly.Instance(module, { [IMPORTS]: { panicked } })
    this.#exports = instance.exports as unknown as Exports
    this.#exports.start()
  }

  call(name: Uint8Array, request: Uint8Array): Uint8Array {
    const { memory, allocate, release, emission, release_answer } = this.#exports
    const bytes = name.length + request.length
    const place = allocate(bytes) >>> 0
    if (place === 0)
      throw new EngineError(`the module's memory does not grow by the ${bytes} bytes of this call`)
    const room = new Uint8Array(memory.buffer, place, bytes)
    room.set(name)
    room.set(request, name.length)
    const packed = emission(place, bytes, name.length)
    release(place, bytes)
    const answer = Number(BigInt.asUintN(32, packed))
    const length = Number(BigInt.asUintN(32, packed >> 32n))
    const copy = new Uint8Array(memory.buffer, answer, length).slice()
    release_answer(answer, length)
    return copy
  }
}

/** A module ready for calls. Its instance is made again after a panic or a trap, which leave memory in no known state. */
export class EmissionModule {
  readonly #module: WebAssembly.Module
  #instance: Instance | undefined

  /** @throws {EngineError} where the module is not this package's. */
  constructor(module: WebAssembly.Module) {
    this.#module = module
    try {
      this.#instance = new Instance(module)
    } catch (cause) {
      throw new EngineError('this is not a module of this package and version', { cause })
    }
  }

  /** @throws {EngineError} where the module fails; the next call finds a fresh instance. */
  call(name: string, request: Uint8Array): Uint8Array {
    try {
      this.#instance ??= new Instance(this.#module)
      return this.#instance.call(new TextEncoder().encode(name), request)
    } catch (cause) {
      if (cause instanceof EngineError) throw cause
      this.#instance = undefined
      const what = cause instanceof Panic ? `panicked: ${cause.message}` : 'ran out of memory or broke'
      throw new EngineError(`the module ${what}`, { cause })
    }
  }
}
