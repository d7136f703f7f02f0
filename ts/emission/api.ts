/** What both entries of `yuma-core/emission` share: for Node, and for everywhere else. */

import type { EmissionKind } from './types.ts'

export { EngineError, InputError, type InputErrorDetails, YumaError } from '../errors/index.ts'
export { Accounts } from './accounts.ts'
export { columnsOf, type Draft, rowsOf, rowsOfTable, signedAt, unsignedAt } from './columns.ts'
export * from './fields.ts'
export type { Facts } from './functions.ts'
export {
  type DistributeOptions,
  type OpenOptions,
  ResidentNetwork,
  type RunOptions,
  reportsOf,
  swapsOf,
} from './network.ts'
export { networkState } from './network-columns.ts'
export { type Payment, type PaymentKind, paymentsOf } from './payments.ts'
export { distributeRequestOf, networkOf } from './snapshot.ts'
export { blankNetwork, blankSubnet } from './state.ts'
export type * from './types.ts'
export { loadWasmEmission, type WasmEmissionOptions } from './wasm.ts'

/** Options of `loadEmission`. */
export interface EmissionOptions {
  /**
   * The implementation wanted; without it, native where there is an addon and wasm elsewhere. `wasm` is the build with
   * SIMD where the machine has it, and without where not.
   */
  readonly prefer?: EmissionKind
}
