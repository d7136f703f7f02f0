/** Where a module's bytes can come from, and how they are compiled. */

import { EngineError } from '../errors/index.ts'

/** Bytes, a compiled module, a response that carries one, or the address of one. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | URL | string

/**
 * A source as a compiled module.
 * @throws {EngineError} where it cannot be fetched or read, or is no module.
 */
export async function compile(source: WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module> {
  const given = await source
  if (given instanceof WebAssembly.Module) return given
  if (isBytes(given)) return compileBytes(given, 'the given bytes')
  if (given instanceof Response) return compileResponse(given)
  return compileUrl(given)
}

function isBytes(source: WasmSource): source is BufferSource {
  return ArrayBuffer.isView(source) || Object.prototype.toString.call(source) === '[object ArrayBuffer]'
}

async function compileBytes(bytes: BufferSource, from: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw new EngineError(`${from} cannot be compiled as WebAssembly`, { cause })
  }
}

async function compileUrl(source: URL | string): Promise<WebAssembly.Module> {
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

/** The bytes of a `file:` address in Node, whose `fetch` does not take one. */
async function readLocal(source: URL | string): Promise<BufferSource | undefined> {
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

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  const from = response.url || 'the response'
  if (!response.ok) throw new EngineError(`${from}: HTTP ${response.status}`)
  try {
    // Only where the server names the type: compiling begins while bytes still come.
    if (response.headers.get('content-type') === 'application/wasm') {
      return await WebAssembly.compileStreaming(response)
    }
    return await WebAssembly.compile(await response.arrayBuffer())
  } catch (cause) {
    throw new EngineError(`${from} cannot be compiled as WebAssembly`, { cause })
  }
}
