/** Which hyperparameters of a subnet make copying irrational, and what they cost those who work. */

import type { Engine } from '../../engine/types.ts'
import {
  type Check,
  type Checks,
  checkOptions,
  expecting,
  integerFrom,
  listOf,
  unexpectedValue,
  withMethods,
} from '../../errors/options.ts'
import type { Hyperparameters } from '../../snapshot/hyperparameters.ts'
import type { Snapshot } from '../../snapshot/types.ts'
import type { Simulator } from '../types.ts'
import { type CopierMargin, type Copying, copying } from './copying.ts'
import { compareFractions, type Fraction, medianOf, ratioOf } from './fraction.ts'
import { type Parts, wholeOf } from './parts.ts'

/** How bonds move: by the classic rule, by Yuma3, or by Yuma3 with liquid alpha. */
export type BondRule = 'classic' | 'yuma3' | 'liquid'
export const BOND_RULES: readonly BondRule[] = ['classic', 'yuma3', 'liquid']

/** What is tried; every value of one list with every one of the others. */
export interface SweepOptions {
  readonly rules?: readonly BondRule[]
  /** Bounds of liquid alpha, parts of 65535. */
  readonly bounds?: readonly (readonly [low: number, high: number])[]
  /** Steepness of liquid alpha, in hundredths. */
  readonly steepness?: readonly number[]
  /** Bonds penalty, parts of 65535. */
  readonly penalties?: readonly number[]
  /** Tempos from commit to reveal: how old the consensus is that a copier has. */
  readonly intervals?: readonly number[]
  /** Epochs of each run; as many as the series allows by default. */
  readonly epochs?: number
  /** Called before each setting, with how many are done and how many there are. */
  readonly onProgress?: (done: number, all: number) => void
}

/** One setting and what it does. */
export interface SweepRow {
  readonly rule: BondRule
  /** Of liquid alpha; null without. */
  readonly alphaLow: number | null
  readonly alphaHigh: number | null
  readonly steepness: number | null
  readonly penalty: number
  readonly interval: number
  /** The copier's margin; null where the median validator has no dividends. */
  readonly g: CopierMargin['g']
  readonly regime: CopierMargin['regime']
  /**
   * Dividends of those who work beside what the subnet's own setting gives them in the same epoch: the median one's. Who has
   * stopped setting weights is not among them.
   */
  readonly honestMedian: Fraction | null
  /** The same of the one that loses most, and its uid; null where nobody has dividends by the own setting. */
  readonly honestWorst: { readonly uid: number; readonly part: Fraction } | null
}

/** What {@link hyperparameterSweep} gives. */
export interface Sweep {
  readonly epochs: number
  readonly validators: readonly number[]
  /** The subnet's own setting, by interval. */
  readonly own: readonly CopierMargin[]
  /** The least margin first. */
  readonly rows: readonly SweepRow[]
}

const U16 = 65_535
/** A proportion as a u16. */
const of = (part: number): number => Math.round(part * U16)

export const SWEEP_BOUNDS: readonly (readonly [number, number])[] = [
  [of(0.1), of(0.3)],
  [of(0.1), of(0.9)],
  [of(0.5), of(0.9)],
  [of(0.7), of(0.9)],
]
export const SWEEP_STEEPNESS: readonly number[] = [500, 1000, 2000]
export const SWEEP_PENALTIES: readonly number[] = [0, of(0.5), U16]
export const SWEEP_INTERVALS: readonly number[] = [1, 4, 12, 24]

/**
 * A copier's margin at every setting, as {@link copying} has it, and beside it what becomes of the dividends of those who
 * work, of whom the copier is not one.
 * @throws {InputError} for a series that {@link copying} refuses, and for lists that are none.
 */
export function hyperparameterSweep(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: SweepOptions = {},
): Sweep {
  return wholeOf(hyperparameterSweepParts(engine, simulator, series, options))
}

/** {@link hyperparameterSweep}, setting by setting. */
export function* hyperparameterSweepParts(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: SweepOptions = {},
): Parts<Sweep> {
  withMethods('an engine', 'epoch')('engine', engine)
  withMethods('a simulator', 'advance')('simulator', simulator)
  if (!Array.isArray(series)) throw unexpectedValue('series', 'an array of snapshots', series)
  checkOptions('options', options, CHECKS)
  const { intervals = SWEEP_INTERVALS, epochs, onProgress } = options
  const run = { intervals, ...(epochs === undefined ? {} : { epochs }) }
  const own = copying(engine, simulator, series, run)
  const settings = settingsOf(options)
  const { validators } = own
  const rows: SweepRow[] = []
  const found = (): Sweep => ({
    epochs: own.epochs,
    validators,
    own: own.margins,
    rows: rows.toSorted(byMargin),
  })
  yield { done: 0, of: settings.length, found: found() }
  for (const [at, { hyperparameters, ...shown }] of settings.entries()) {
    onProgress?.(at, settings.length)
    const { margins } = copying(engine, simulator, series, { ...run, hyperparameters })
    for (const [i, margin] of margins.entries()) {
      const { interval, g, regime } = margin
      rows.push({ ...shown, interval, g, regime, ...costs(own, own.margins[i]!, margin) })
    }
    yield { done: at + 1, of: settings.length, found: found() }
  }
}

interface Setting extends Pick<SweepRow, 'rule' | 'alphaLow' | 'alphaHigh' | 'steepness' | 'penalty'> {
  readonly hyperparameters: Partial<Hyperparameters>
}

function settingsOf({
  rules = BOND_RULES,
  bounds = SWEEP_BOUNDS,
  steepness = SWEEP_STEEPNESS,
  penalties = SWEEP_PENALTIES,
}: SweepOptions): readonly Setting[] {
  const plain = (rule: BondRule, bondsPenalty: number): Setting => ({
    rule,
    alphaLow: null,
    alphaHigh: null,
    steepness: null,
    penalty: bondsPenalty,
    hyperparameters: { yuma3On: rule === 'yuma3', liquidAlphaOn: false, bondsPenalty },
  })
  const liquid = (bondsPenalty: number): readonly Setting[] =>
    bounds.flatMap(([alphaLow, alphaHigh]) =>
      steepness.map((alphaSigmoidSteepness) => ({
        rule: 'liquid',
        alphaLow,
        alphaHigh,
        steepness: alphaSigmoidSteepness,
        penalty: bondsPenalty,
        hyperparameters: {
          yuma3On: true,
          liquidAlphaOn: true,
          bondsPenalty,
          alphaLow,
          alphaHigh,
          alphaSigmoidSteepness,
        },
      })),
    )
  return rules.flatMap((rule) =>
    penalties.flatMap((penalty) => (rule === 'liquid' ? liquid(penalty) : [plain(rule, penalty)])),
  )
}

function costs(
  { validators }: Copying,
  own: CopierMargin,
  margin: CopierMargin,
): Pick<SweepRow, 'honestMedian' | 'honestWorst'> {
  const parts = validators.flatMap((uid, at) => {
    const [now, before] = [margin.rates[at], own.rates[at]]
    if (own.inactive.includes(uid)) return []
    const part = now == null || before == null ? null : ratioOf(now, before)
    return part === null ? [] : [{ uid, part }]
  })
  const [worst = null] = parts.toSorted((a, b) => compareFractions(a.part, b.part))
  return { honestMedian: medianOf(parts.map(({ part }) => part)), honestWorst: worst }
}

/** Where there is no margin last. */
function byMargin(a: SweepRow, b: SweepRow): number {
  if (a.g === null || b.g === null) return Number(a.g === null) - Number(b.g === null)
  return compareFractions(a.g, b.g)
}

const part = integerFrom(0, U16)
const bounds: Check = expecting(
  'pairs of a lower and a higher bound, each from 0 to 65535',
  (value) =>
    Array.isArray(value) &&
    value.every(
      (pair) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        pair.every((bound) => Number.isInteger(bound) && bound >= 0 && bound <= U16) &&
        pair[0] < pair[1],
    ),
)
const CHECKS: Checks<SweepOptions> = {
  rules: listOf(expecting('classic, yuma3 or liquid', (value) => BOND_RULES.includes(value as BondRule))),
  bounds,
  steepness: listOf(integerFrom(-0x8000, 0x7fff)),
  penalties: listOf(part),
  intervals: listOf(integerFrom(0, 100_000)),
  epochs: integerFrom(1, 100_000),
  onProgress: expecting('a function', (value) => typeof value === 'function'),
}
