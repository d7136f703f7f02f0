/**
 * `yuma-core/emission`: a block's emission of the whole network, and the payout of an epoch, to the rao.
 *
 * @example
 * ```ts
 * import { loadEmission } from 'yuma-core/emission'
 * const emission = await loadEmission()
 * const network = emission.open(await chain.network()) // or yuma pull --all, and parseNetwork
 * network.run(100)
 * network.report().minted
 * network.close()
 * ```
 *
 * @module yuma-core/emission
 */

import { addon, addonFault } from '../runtime/addon.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import type { EmissionOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import { emissionOf } from './facade.ts'
import { moduleSource } from './module-node.ts'
import { CLOSE, type NetworkPort } from './network.ts'
import type { Emission } from './types.ts'
import { loadWasmEmission } from './wasm.ts'

export * from './api.ts'

/**
 * Loads emission.
 * @throws {EngineError} where the implementation that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadEmission(options: EmissionOptions = {}): Promise<Emission> {
  checkLoad(options)
  switch (options.prefer) {
    case 'native':
      return native()
    case 'wasm':
      return loadLocal()
    case 'wasm-scalar':
      return loadLocal('scalar')
    default:
      return addonFault() === undefined ? native() : loadLocal()
  }
}

function loadLocal(variant: WasmVariant = supportsSimd() ? 'simd' : 'scalar'): Promise<Emission> {
  return loadWasmEmission({ variant, module: moduleSource(variant) })
}

function native(): Emission {
  return emissionOf('native', { call: addon().emissionFunction, place: nativePlace })
}

/** What is forgotten without being closed the addon lets go itself. */
function nativePlace(): NetworkPort {
  const network = new (addon().EmissionNetwork)()
  return {
    call: (method, slots, columns) => network.call(method, slots, columns),
    close: () => void network.call(CLOSE, new BigUint64Array(0), []),
  }
}
