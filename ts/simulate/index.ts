/**
 * `yuma-core/simulate`: studies of what epochs do to those who take part in them. None of it reads a file or knows a rule
 * of the chain: epochs come from the engine.
 */

export {
  CASE_DIFFERENCES,
  CASE_VERSIONS,
  type CaseDifference,
  type CaseDividends,
  type CaseRun,
  type CasesOptions,
  type CaseVersion,
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
