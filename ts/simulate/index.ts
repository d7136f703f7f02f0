/**
 * `yuma-core/simulate`: studies of what epochs do to those who take part in them. None of it reads a file or knows a rule
 * of the chain: epochs come from the engine.
 */

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
