/** What both entries of `yuma-core/emission` share: for Node, and for everywhere else. */

import type { EmissionKind } from './types.ts'

export { EngineError, InputError, type InputErrorDetails, YumaError } from '../errors/index.ts'
export { type Account, Accounts } from './accounts.ts'
export {
  type ColumnSpec,
  columnsOf,
  type Draft,
  rowsOf,
  rowsOfTable,
  signedAt,
  type TableSet,
  type TableSpec,
  unsignedAt,
} from './columns.ts'
export { type DueEmission, dueEmissions, withDueEmission } from './due.ts'
export * from './fields.ts'
export type {
  Facts,
  PendingOfBlock,
  PendingOfBlockRequest,
  Pool,
  Pruning,
  PruningRequest,
  Quote,
  SplitRequest,
  SwapRequest,
} from './functions.ts'
export {
  type BlockReport,
  type DistributeOptions,
  type OpenOptions,
  type Operation,
  type Refusal,
  ResidentNetwork,
  type RunOptions,
  reportsOf,
  type Side,
  type Step,
  type Swap,
  type SwapOperation,
  type SwapResult,
  swapsOf,
} from './network.ts'
export { type Payment, type PaymentKind, paymentsOf } from './payments.ts'
export { type EmissionRanges, type Path, type ResultRules, type Ruled, resultRulesInWords } from './rules.ts'
export { type NetworkState, networkState } from './snapshot.ts'
export type {
  RelationColumns,
  ScheduleAnswer,
  ScheduleRequest,
  StakeWeights,
  StakeWeightsRequest,
} from './subnet-functions.ts'
export type { Emission, EmissionKind } from './types.ts'
export { loadWasmEmission, type WasmEmissionOptions } from './wasm.ts'

/** Options of `loadEmission`. */
export interface EmissionOptions {
  /**
   * The implementation wanted; without it, native where there is an addon and wasm elsewhere. `wasm` is the build with
   * SIMD where the machine has it, and without where not.
   */
  readonly prefer?: EmissionKind
}
