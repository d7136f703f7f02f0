/** A module of this package on a machine with files. */

import { EngineError } from '../errors/index.ts'
import { readLocal, type WasmSource } from './source.ts'

/** A script that carries a module. */
interface Carrier {
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * The file's bytes; where there is none, or it may not be read, those of the script.
 * @throws {EngineError} where neither can be had: says what is wrong with the file.
 */
export async function fileOrBytes(
  file: () => WasmSource,
  script: (() => Promise<Carrier>) | undefined,
): Promise<WasmSource> {
  try {
    const source = file()
    return (await readLocal(source as URL)) ?? source
  } catch (cause) {
    const carried = await script?.().catch(() => undefined)
    if (carried !== undefined) return carried.bytes
    if (cause instanceof EngineError) throw cause
    throw new EngineError('the address of this package is not known here', { cause })
  }
}
