/**
 * `yuma-core/emission`: a block's emission of the whole network, and the payout of an epoch, to the rao.
 *
 * @example
 * ```ts
 * import { loadEmission, networkOf } from 'yuma-core/emission'
 * const emission = await loadEmission()
 * const { network } = networkOf(snapshot)
 * const { reports } = emission.runBlocks({ specVersion: snapshot.specVersion, network, blocks: 1 })
 * ```
 */

import { addonFault, nativeEmission } from '../engine/native.ts'
import { EngineError } from '../errors/index.ts'
import type { EmissionOptions } from './api.ts'
import { emissionOf } from './facade.ts'
import type { Emission } from './types.ts'
import { loadWasmEmission } from './wasm.ts'

export * from './api.ts'

/**
 * Loads emission.
 * @throws {EngineError} where the implementation that is asked for cannot be had.
 */
export async function loadEmission({ prefer }: EmissionOptions = {}): Promise<Emission> {
  switch (prefer) {
    case 'native':
      return emissionOf('native', nativeEmission())
    case 'wasm':
      return loadWasmEmission()
    case 'wasm-scalar':
      return loadWasmEmission({ variant: 'scalar' })
    case undefined:
      return addonFault() === undefined ? emissionOf('native', nativeEmission()) : loadWasmEmission()
    default:
      throw new EngineError(`emission ${String(prefer)}: expected native, wasm or wasm-scalar`)
  }
}
