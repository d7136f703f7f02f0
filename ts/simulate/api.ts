/** What both entries of `yuma-core/simulate` share: for Node, and for everywhere else. */

import type { SimulatorKind } from './types.ts'

export { EngineError, InputError, type InputErrorDetails, YumaError } from '../errors/index.ts'
export { type Concentration, concentration, type TopShare } from './studies/concentration.ts'
export {
  FAIRNESS_BY,
  FAIRNESS_OF,
  FAIRNESS_OVER,
  type FairnessBy,
  type FairnessInput,
  type FairnessOf,
  type FairnessOptions,
  type FairnessOver,
  type FairnessRow,
  fairness,
  networkFairness,
} from './studies/fairness.ts'
export { decimal, type Fraction } from './studies/fraction.ts'
export {
  HONEST_STAKES,
  type Majority,
  type MajorityMap,
  type MajorityOptions,
  majority,
} from './studies/majority.ts'
export type * from './types.ts'
export { loadWasmSimulator, type WasmSimulatorOptions } from './wasm.ts'

/** Options of `loadSimulator`. */
export interface SimulatorOptions {
  /**
   * The implementation wanted; without it, native where there is an addon and wasm elsewhere. `wasm` is the build with
   * SIMD where the machine has it, and without where not.
   */
  readonly prefer?: SimulatorKind
}
