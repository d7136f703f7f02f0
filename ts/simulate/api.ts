/** What both entries of `yuma-core/simulate` share: for Node, and for everywhere else. */

import type { SimulatorKind } from './types.ts'

export { EngineError, InputError, type InputErrorDetails, YumaError } from '../errors/index.ts'
export {
  type DueBasis,
  type HotkeyPay,
  type Next,
  type NextDue,
  type NextOptions,
  next,
  type Replacements,
  type SeatPrice,
  type Seats,
  type ValidatorYield,
} from './next.ts'
export { parseScenario, SCENARIO_SCHEMA, type Scenario, type ScenarioStart } from './scenario.ts'
export {
  CASE_DIFFERENCES,
  CASE_VERSIONS,
  type CaseDifference,
  type CaseDividends,
  type CaseRun,
  type CaseScenario,
  type CasesOptions,
  type CaseVersion,
  caseScenario,
  cases,
} from './studies/cases.ts'

export { type Concentration, concentration, type TopShare } from './studies/concentration.ts'
export {
  COPYING_INTERVALS,
  type CopierMargin,
  type Copying,
  type CopyingOptions,
  type CopyingRegime,
  copying,
  copyingRegime,
} from './studies/copying.ts'
export { type DriftingOptions, driftingSeries } from './studies/drifting.ts'
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
  BOND_RULES,
  type BondRule,
  hyperparameterSweep,
  type Sweep,
  type SweepOptions,
  type SweepRow,
} from './studies/hyperparameters.ts'
export {
  HONEST_STAKES,
  type Majority,
  type MajorityMap,
  type MajorityOptions,
  majority,
} from './studies/majority.ts'
export {
  type PaperCase,
  type PaperDividends,
  type PaperEpoch,
  type PaperOptions,
  paperCase,
} from './studies/paper.ts'
export {
  type PublishedCase,
  type PublishedCases,
  type PublishedDividends,
  parseCases,
} from './studies/published-cases.ts'
export {
  CABAL_SIZES,
  type Cabal,
  type CabalPart,
  type Insiders,
  LATE_EPOCHS,
  type Neglect,
  type NeglectOptions,
  type NeglectStudy,
  neglect,
  type Takeover,
  type TakeoverOptions,
  takeover,
  type ValidatorLoss,
} from './studies/takeover.ts'
export type * from './types.ts'
export { loadWasmSimulator, type WasmSimulatorOptions } from './wasm.ts'
export { compoundedYield, type Yield } from './yields.ts'

/** Options of `loadSimulator`. */
export interface SimulatorOptions {
  /**
   * The implementation wanted; without it, native where there is an addon and wasm elsewhere. `wasm` is the build with
   * SIMD where the machine has it, and without where not.
   */
  readonly prefer?: SimulatorKind
}
