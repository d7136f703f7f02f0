/** Where a module's bytes can come from, and how they are compiled. */

import { EngineError } from '../errors/index.ts'
import type { Bytes, WasmCompiled } from './platform-types.ts'

/** Bytes, a compiled module, a response that carries one, or the address of one. */
export type WasmSource = Bytes | WasmCompiled | Response | URL | string

/**
 * A source as a compiled module.
 * @throws {EngineError} where it cannot be fetched or read, or is no module.
 */
export async function compile(source: WasmSource | Promise<WasmSource>): Promise<WasmCompiled> {
  const given = await source
  if (given instanceof WebAssembly.Module) return given
  if (isBytes(given)) return compileBytes(given, 'the given bytes')
  if (given instanceof Response) return compileResponse(given)
  return compileUrl(given)
}

/** What to do where this package's own module is not found: said by every such error. */
const ADVICE =
  "where a bundler leaves the module behind, import from 'yuma-core/inline' or give { module }: docs/bundlers.md"

/**
 * The given module, or this package's own one, compiled.
 * @throws {EngineError} where it cannot be fetched, read or compiled: of its own one says what to do.
 */
export async function compileModule(
  given: WasmSource | Promise<WasmSource> | undefined,
  own: () => WasmSource | Promise<WasmSource>,
): Promise<WasmCompiled> {
  if (given !== undefined) return compile(given)
  try {
    return await compile(own())
  } catch (cause) {
    const reason = cause instanceof EngineError ? cause.message : "the module's address is not known here"
    throw new EngineError(`${reason}; ${ADVICE}`, { cause })
  }
}

function isBytes(source: WasmSource): source is Bytes {
  return ArrayBuffer.isView(source) || Object.prototype.toString.call(source) === '[object ArrayBuffer]'
}

async function compileBytes(bytes: Bytes, from: string): Promise<WasmCompiled> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw notCompiled(from, cause)
  }
}

/** The reason is said too: a content security policy is one that nobody sees elsewhere. */
function notCompiled(from: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new EngineError(`${from} cannot be compiled as WebAssembly: ${reason}`, { cause })
}

async function compileUrl(source: URL | string): Promise<WasmCompiled> {
  const file = await readLocal(source)
  if (file !== undefined) return compileBytes(file, String(source))
  let response: Response
  try {
    response = await fetch(source)
  } catch (cause) {
    throw new EngineError(`${source} cannot be fetched`, { cause })
  }
  return compileResponse(response)
}

/**
 * The bytes of a `file:` address in Node, whose `fetch` does not take one; undefined of another address.
 * @throws {EngineError} where it cannot be read.
 */
export async function readLocal(source: URL | string): Promise<Bytes | undefined> {
  if (!String(source).startsWith('file:')) return undefined
  // Not an import: bundlers for browsers would look for the module.
  const fs = globalThis.process?.getBuiltinModule?.('node:fs')
  if (fs === undefined) return undefined
  try {
    return await fs.promises.readFile(new URL(source))
  } catch (cause) {
    throw new EngineError(`${source} cannot be read`, { cause })
  }
}

async function compileResponse(response: Response): Promise<WasmCompiled> {
  const from = response.url || 'the response'
  if (!response.ok) throw new EngineError(`${from}: HTTP ${response.status}`)
  try {
    // Only where the server names the type: compiling begins while bytes still come.
    if (response.headers.get('content-type') === 'application/wasm') {
      return await WebAssembly.compileStreaming(response)
    }
    return await WebAssembly.compile(await response.arrayBuffer())
  } catch (cause) {
    throw notCompiled(from, cause)
  }
}
