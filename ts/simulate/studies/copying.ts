/**
 * What a validator earns that copies: it submits the consensus of some tempos before, and does no work. G is its dividends
 * for its stake beside the median of the validators that it copies. Defined as in the diagnostic notebook of
 * latent-to/developer-docs (`static/weight_copy`), on exact epochs in place of floats.
 */

import type { Engine, EpochResult } from '../../engine/types.ts'
import { InputError } from '../../errors/index.ts'
import {
  type Checks,
  checkOptions,
  integerFrom,
  listOf,
  unexpectedValue,
  withMethods,
} from '../../errors/options.ts'
import { HYPERPARAMETER_CHECKS, type Hyperparameters } from '../../snapshot/generated/hyperparameters.ts'
import type { Row } from '../../snapshot/rows.ts'
import type { Snapshot } from '../../snapshot/types.ts'
import type { Simulator } from '../types.ts'
import { carriedOn, checkSameSubnet, dividendsOf, stakeBits, withAdded } from './added.ts'
import { checkFraction, type Fraction, medianOf, ratioOf } from './fraction.ts'
import { type Parts, wholeOf } from './parts.ts'

/**
 * What G says: above 1 (`gains`) the copier earns more than who works; to 0.82 (`keeps`) less, so that nobody delegates
 * to it, but more than by delegating its own stake, of whose dividends a validator takes 18 %; below (`loses`) it had
 * better delegate.
 */
export type CopyingRegime = 'gains' | 'keeps' | 'loses'

/** Options of {@link copying}. */
export interface CopyingOptions {
  /** How many tempos before the consensus is of that the copier submits; 0 is the epoch's own, as if it were foreseen. */
  readonly intervals?: readonly number[]
  /** Epochs of each interval's run; as many as the series allows for the greatest interval by default. */
  readonly epochs?: number
  /** What differs from the snapshots' hyperparameters. */
  readonly hyperparameters?: Partial<Hyperparameters>
  /** Compute by the rules of this spec version. */
  readonly asSpec?: number
}

/** How a copier fares at one interval. */
export interface CopierMargin {
  readonly interval: number
  /** Block of the last epoch, of which G is. */
  readonly block: bigint
  /** Null where the median validator has no dividends. */
  readonly g: Fraction | null
  readonly regime: CopyingRegime | null
  /** Dividends over stake of the copier, and the median of the others, in raw bits over raw bits, not reduced. */
  readonly copier: Fraction
  readonly honest: Fraction | null
  /** Dividends over stake of each of the others, in the order of {@link Copying.validators}; null without stake. */
  readonly rates: readonly (Fraction | null)[]
  /** Which of the others had stopped setting weights by then: uids. They count in the median all the same. */
  readonly inactive: readonly number[]
  /** G of each epoch of the run, the last one's last. */
  readonly byEpoch: readonly (Fraction | null)[]
}

/** What {@link copying} gives. */
export interface Copying {
  /** Epochs of each run. */
  readonly epochs: number
  /** Uids of those who are copied: with validator trust in the first epoch. */
  readonly validators: readonly number[]
  readonly margins: readonly CopierMargin[]
}

export const COPYING_INTERVALS: readonly number[] = [0, 4, 8, 12, 16, 20, 24]

/** Below it a copier had better delegate: 1 less what a validator takes of delegated stake's dividends. */
const DELEGATED: Fraction = { numerator: 82n, denominator: 100n }
const MAX_INTERVAL = 100_000
/** How many neurons are added to each snapshot. */
const COPIERS = 1

/**
 * The copier's margin on a series of snapshots, one an epoch, in order. One more validator is added, whose stake is the
 * median of those who had validator trust in the first epoch, in each epoch anew, and who has a permit. Bonds begin at
 * nothing and are carried from epoch to epoch; all else is the snapshots'. The run of interval c begins c epochs later than
 * that of 0, and has as many; until a consensus of the run is old enough, that of epochs in which the copier weighs all
 * the same is taken.
 * @throws {InputError} for a series that is too short, or out of order, and where nobody has validator trust.
 */
export function copying(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: CopyingOptions = {},
): Copying {
  return wholeOf(copyingParts(engine, simulator, series, options))
}

/** {@link copying}, interval by interval. */
export function* copyingParts(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: CopyingOptions = {},
): Parts<Copying> {
  withMethods('an engine', 'epoch')('engine', engine)
  withMethods('a simulator', 'advance')('simulator', simulator)
  checkSeries(series)
  checkOptions('options', options, CHECKS)
  const intervals = options.intervals ?? COPYING_INTERVALS
  const longest = Math.max(0, ...intervals)
  const epochs = options.epochs ?? series.length - longest
  if (epochs < 1 || epochs + longest > series.length) throw tooShort(series.length, longest, options.epochs)
  const rules = options.asSpec === undefined ? {} : { specVersion: options.asSpec }
  const states = series.map((snapshot) => ({ ...snapshot, ...options.hyperparameters, ...rules }))

  const validators = trusted(engine.epoch(states[0]!))
  if (validators.length === 0) {
    const expected = 'expected a validator with validator trust in the first epoch, found none'
    throw new InputError({ field: 'series[0]', expected })
  }
  const of = intervals.length
  yield { done: 0, of, found: { epochs, validators, margins: [] } }
  const runs = new Runs(engine, simulator, states, validators)
  const foreseen = runs.foreseen(epochs)
  const margins: CopierMargin[] = []
  for (const interval of intervals) {
    margins.push(runs.margin(interval, epochs, foreseen))
    yield { done: margins.length, of, found: { epochs, validators, margins: [...margins] } }
  }
}

/**
 * The regime of a margin.
 * @throws {InputError} for what is no fraction.
 */
export function copyingRegime(g: Fraction): CopyingRegime {
  checkFraction('g', g)
  if (g.numerator > g.denominator) return 'gains'
  return g.numerator * DELEGATED.denominator > DELEGATED.numerator * g.denominator ? 'keeps' : 'loses'
}

function trusted({ validatorTrust }: EpochResult): readonly number[] {
  return [...validatorTrust.keys()].filter((uid) => validatorTrust[uid]! > 0)
}

/** A consensus by mechanism. */
type Consensus = readonly Uint16Array[]

/** The series with a copier, run by run. */
class Runs {
  readonly #engine: Pick<Engine, 'epoch'>
  readonly #simulator: Pick<Simulator, 'advance'>
  readonly #series: readonly Snapshot[]
  readonly #validators: readonly number[]

  constructor(
    engine: Pick<Engine, 'epoch'>,
    simulator: Pick<Simulator, 'advance'>,
    series: readonly Snapshot[],
    validators: readonly number[],
  ) {
    this.#engine = engine
    this.#simulator = simulator
    this.#series = series
    this.#validators = validators
  }

  /** The consensus of the first epochs, with a copier that weighs all the same. */
  foreseen(epochs: number): readonly Consensus[] {
    let before: Epoch | undefined
    return this.#series.slice(0, epochs).map((snapshot) => {
      before = this.#epoch(snapshot, undefined, before)
      return consensusOf(before.result)
    })
  }

  margin(interval: number, epochs: number, foreseen: readonly Consensus[]): CopierMargin {
    const own: Consensus[] = []
    const byEpoch: (Fraction | null)[] = []
    let last: Epoch | undefined
    let rates: Rates | undefined
    for (let at = 0; at < epochs; at++) {
      const copied = interval > 0 && at >= interval ? own[at - interval] : foreseen[at]
      last = this.#epoch(this.#series[at + interval]!, copied, last)
      own.push(consensusOf(last.result))
      rates = this.#rates(last)
      byEpoch.push(rates.g)
    }
    const { g, copier, honest, others } = rates!
    const { block } = this.#series[epochs - 1 + interval]!
    const regime = g === null ? null : copyingRegime(g)
    const inactive = this.#validators.filter((uid) => last!.result.active[uid] === 0)
    return { interval, block, g, regime, copier, honest, rates: others, inactive, byEpoch }
  }

  /** An epoch with the copier, and with the bonds that the one before left. */
  #epoch(snapshot: Snapshot, copied: Consensus | undefined, before: Epoch | undefined): Epoch {
    const { n } = snapshot
    const stake = this.#medianStake(snapshot)
    const weights = (id: number): Row => copiedRow(copied?.[id], n)
    const added = withAdded(snapshot, [{ stake, permit: true, weights }])
    const input =
      before === undefined
        ? withoutBonds(added)
        : carriedOn(this.#simulator, added, before.input, before.result, COPIERS)
    return { input, result: this.#engine.epoch(input) }
  }

  /** The lower of the two in the middle, where there are two. */
  #medianStake(snapshot: Snapshot): bigint {
    const ascending = this.#validators.map((uid) => stakeBits(snapshot, uid)).sort(compare)
    return ascending[(ascending.length - 1) >> 1]!
  }

  #rates({ input: snapshot, result }: Epoch): Rates {
    const rate = (uid: number): Fraction | null => {
      const denominator = stakeBits(snapshot, uid)
      return denominator === 0n ? null : { numerator: dividendsOf(result, uid), denominator }
    }
    const others = this.#validators.map(rate)
    const honest = medianOf(others.filter((other) => other !== null))
    const copier = rate(snapshot.n - 1) ?? NOTHING
    const g = honest === null ? null : ratioOf(copier, honest)
    return { copier, honest, others, g }
  }
}

/** What an epoch read, and what it gave. */
interface Epoch {
  readonly input: Snapshot
  readonly result: EpochResult
}

interface Rates {
  readonly copier: Fraction
  readonly honest: Fraction | null
  readonly others: readonly (Fraction | null)[]
  readonly g: Fraction | null
}

const NOTHING: Fraction = { numerator: 0n, denominator: 1n }

/** Without the copier's own: in a later epoch another neuron may have its uid. */
function consensusOf({ mechanisms }: EpochResult): Consensus {
  return mechanisms.map(({ consensus }) => consensus.slice(0, -COPIERS))
}

function compare(a: bigint, b: bigint): number {
  return Number(a > b) - Number(a < b)
}

/** The consensus as weights; where there is none, all of the neurons the same. */
function copiedRow(consensus: Uint16Array | undefined, n: number): Row {
  const uids = Array.from({ length: n }, (_, uid) => uid)
  const known = uids.filter((uid) => (consensus?.[uid] ?? 0) > 0)
  return known.length > 0 ? known.map((uid) => [uid, consensus![uid]!]) : uids.map((uid) => [uid, 1])
}

function withoutBonds(snapshot: Snapshot): Snapshot {
  const none = {
    rowStart: new Uint32Array(snapshot.n + 1),
    uid: new Uint16Array(0),
    value: new Uint16Array(0),
  }
  return { ...snapshot, mechanisms: snapshot.mechanisms.map((mechanism) => ({ ...mechanism, bonds: none })) }
}

const CHECKS: Checks<CopyingOptions> = {
  intervals: listOf(integerFrom(0, MAX_INTERVAL)),
  epochs: integerFrom(1, MAX_INTERVAL),
  hyperparameters: (field, value) => checkOptions(field, value as Hyperparameters, HYPERPARAMETER_CHECKS),
  asSpec: integerFrom(0, 0xffff_ffff),
}

function tooShort(length: number, longest: number, epochs: number | undefined): InputError {
  const needed = longest + (epochs ?? 1)
  const expected = `expected at least ${needed} snapshots for an interval of ${longest}, found ${length}`
  return new InputError({ field: 'series', expected })
}

function checkSeries(series: readonly Snapshot[]): void {
  checkSameSubnet(series)
  for (const [at, { block }] of series.entries()) {
    const before = series[at - 1]
    if (before === undefined || block > before.block) continue
    throw unexpectedValue(`series[${at}].block`, `a block after ${before.block}, the one before`, block)
  }
}
