/** Which build of a WebAssembly module a machine takes. */

import { EngineError } from '../errors/index.ts'

/** The two builds: with SIMD (128 bits), and for machines without. */
export type WasmVariant = 'simd' | 'scalar'

/** A function that returns the constant 0 in 16 bytes: valid only where SIMD is. */
const SIMD_PROBE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f,
  0x0b,
])

/** Whether this machine's WebAssembly has SIMD (128 bits). */
export function supportsSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE)
}

/**
 * The build that `prefer` means where there is WebAssembly alone; by default SIMD where the machine has it.
 * @throws {EngineError} where it means something else.
 */
export function wantedVariant(what: string, prefer: string | undefined): WasmVariant {
  if (prefer === 'wasm-scalar') return 'scalar'
  if (prefer !== undefined && prefer !== 'wasm')
    throw new EngineError(`${what} ${prefer}: expected wasm or wasm-scalar outside Node`)
  return supportsSimd() ? 'simd' : 'scalar'
}
