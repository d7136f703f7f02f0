/**
 * `yuma-core/simulate`: what an epoch would be, what comes after it, and studies of what epochs do to those who take part
 * in them. None of it reads a file; rules of the chain and what agents compute stand in Rust.
 *
 * @example
 * ```ts
 * import { loadSimulator } from 'yuma-core/simulate'
 * const simulator = await loadSimulator()
 * const { difference } = simulator.whatIf(snapshot, [{ kind: 'weight', from: 3, to: 17, value: 65535 }])
 * difference.serverEmission[17] // rao
 * ```
 *
 * @module yuma-core/simulate
 */

import { rulesRanges } from '../engine/rules.ts'
import { addon, addonFault } from '../runtime/addon.ts'
import { supportsSimd, type WasmVariant } from '../runtime/variant.ts'
import type { SimulatorOptions } from './api.ts'
import { checkLoad } from './checks.ts'
import { simulatorOf } from './facade.ts'
import { moduleSource } from './module-node.ts'
import { METHOD, NO_SLOTS, type SubnetPort } from './port.ts'
import type { Simulator } from './types.ts'
import { loadWasmSimulator } from './wasm.ts'

export * from './api.ts'

/**
 * Loads simulation.
 * @throws {EngineError} where the implementation that is asked for cannot be had.
 * @throws {InputError} for an option that means nothing.
 */
export async function loadSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
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

function loadLocal(variant: WasmVariant = supportsSimd() ? 'simd' : 'scalar'): Promise<Simulator> {
  return loadWasmSimulator({ variant, module: moduleSource(variant) })
}

function native(): Simulator {
  return simulatorOf('native', rulesRanges(addon().rules()), { place: nativePlace })
}

/** What is forgotten without being closed the addon lets go itself. */
function nativePlace(): SubnetPort {
  const subnet = new (addon().SimulatedSubnet)()
  return {
    call: (method, slots, columns) => subnet.call(method, slots, columns),
    close: () => void subnet.call(METHOD.close, NO_SLOTS, []),
  }
}
