/**
 * `yuma-core/simulate`: studies of what epochs do to those who take part in them, and what comes
 * next. None of it reads a file or knows a rule of the chain: epochs and blocks come from the engines.
 */

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
export { compoundedYield, type Yield } from './yields.ts'
