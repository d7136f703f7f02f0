/**
 * The case of "Amplifying the Weight-copying Penalty in Bittensor" (Opentensor, July 2024), section 4.1: an honest validator
 * and a copier of 1 TAO each beside one of 98, and a miner that overtakes another within three epochs. By the paper's
 * arithmetic, on consensus and incentive of exact epochs, and by a chain's own bonds.
 */

import type { Engine, EpochResult } from '../../engine/types.ts'
import { InputError } from '../../errors/index.ts'
import {
  type Checks,
  checkOptions,
  expecting,
  integerFrom,
  specVersion,
  withMethods,
} from '../../errors/options.ts'
import { usualHyperparameters } from '../../snapshot/hyperparameters.ts'
import { RowsBuilder } from '../../snapshot/rows.ts'
import type { Snapshot, SparseRows } from '../../snapshot/types.ts'
import { type FloatBonds, movedBonds, unnormalizedDividends } from './unnormalized.ts'

/** Options of {@link paperCase}. */
export interface PaperOptions {
  /** What the first miner's signal is, 0 to 0.5. */
  readonly rho?: number
  /** What it gains in three epochs; with rho 0.5 at most. */
  readonly delta?: number
  /** Bounds of liquid alpha: what of its bonds a validator keeps at least and at most. */
  readonly alphaLow?: number
  readonly alphaHigh?: number
  /** Epochs after the first. */
  readonly epochs?: number
  /** The rules of the chain's epochs; the oldest that are known by default, whose liquid alpha is nearest to the paper's. */
  readonly specVersion?: number
}

/** Dividends of both validators of 1 TAO: parts of all. */
export interface PaperDividends {
  readonly honest: number
  readonly copier: number
}

/** One epoch. */
export interface PaperEpoch {
  /** The first miner's weight by those who work, and by the copier. */
  readonly weight: number
  readonly copied: number
  /** By the paper's arithmetic: bonds that are not normalised, and a liquid alpha of its Algorithm 1. */
  readonly paper: { readonly plain: PaperDividends; readonly liquid: PaperDividends }
  /** By the rules of a chain. */
  readonly chain: { readonly plain: PaperDividends; readonly liquid: PaperDividends }
}

/** What {@link paperCase} gives. */
export interface PaperCase {
  readonly specVersion: number
  readonly epochs: readonly PaperEpoch[]
}

/** How many epochs ago the consensus is of that the copier has. */
const DELAY = 5
const STAKES = [1, 98, 1] as const
const [HONEST, COPIER] = [0, 2]
const [VALIDATORS, MINERS] = [3, 4]
const N = VALIDATORS + MINERS
const WEIGHT = 65_535
const MILLION = 1_000_000
/** What a validator keeps without liquid alpha. */
const KEPT = 0.9
const FIRST_BLOCK = 1_000_000n
/** From an epoch to the next: a tempo and one. */
const BLOCKS = 360n + 1n
const RAO = 1_000_000_000n
const ONE = 2 ** 32

/**
 * The paper's case, epoch by epoch. Its figures are of `alphaLow` 0.1, the default here, and `alphaHigh` 0.9.
 * @throws {InputError} for a signal beyond a half of all, and for bounds that are none.
 */
export function paperCase(engine: Pick<Engine, 'epoch' | 'rules'>, options: PaperOptions = {}): PaperCase {
  withMethods('an engine', 'epoch')('engine', engine)
  checkOptions('options', options, CHECKS)
  const { rho = 0, delta = 0.5, alphaLow = 0.1, alphaHigh = 0.9, epochs = 18 } = options
  if (rho + delta > 0.5) {
    const expected = `expected rho and delta of 0.5 together at most, found ${rho + delta}`
    throw new InputError({ field: 'delta', expected })
  }
  if (alphaLow >= alphaHigh) {
    const expected = `expected less than alphaHigh, ${alphaHigh}, found ${alphaLow}`
    throw new InputError({ field: 'alphaLow', expected })
  }
  const spec = options.specVersion ?? engine.rules[0]!.first
  const run = new Run(engine, spec, alphaLow, alphaHigh)
  const signals = Array.from({ length: epochs + 1 }, (_, epoch) => signalOf(rho, delta, epoch))
  return { specVersion: spec, epochs: signals.map((signal, epoch) => run.step(epoch, signal, signals[0]!)) }
}

/** What whoever works sees of the four miners. */
function signalOf(rho: number, delta: number, epoch: number): readonly number[] {
  const first = rho + (delta * Math.min(epoch, 3)) / 3
  return [first, 0.5 - first, 0, 0.5]
}

/** The four kinds of bonds, epoch after epoch. */
class Run {
  readonly #engine: Pick<Engine, 'epoch'>
  readonly #spec: number
  readonly #bounds: readonly [low: number, high: number]
  readonly #consensus: Uint16Array[] = []
  #stored: { plain: SparseRows; liquid: SparseRows } = { plain: noRows(), liquid: noRows() }
  #floats: { plain: FloatBonds | undefined; liquid: FloatBonds | undefined } = {
    plain: undefined,
    liquid: undefined,
  }

  constructor(engine: Pick<Engine, 'epoch'>, spec: number, low: number, high: number) {
    this.#engine = engine
    this.#spec = spec
    this.#bounds = [low, high]
  }

  step(epoch: number, signal: readonly number[], first: readonly number[]): PaperEpoch {
    const own = signal.map((value) => Math.round(value * WEIGHT))
    const ago = this.#consensus[epoch - DELAY]
    const copied =
      ago === undefined
        ? first.map((value) => Math.round(value * WEIGHT))
        : Array.from(ago.subarray(VALIDATORS))
    const weights = weightRows([own, own, copied])
    const plain = this.#epoch(epoch, weights, 'plain')
    const liquid = this.#epoch(epoch, weights, 'liquid')
    // Neither depends on bonds.
    this.#consensus.push(plain.mechanisms[0]!.consensus.slice())
    this.#stored = { plain: plain.mechanisms[0]!.bonds, liquid: liquid.mechanisms[0]!.bonds }
    return {
      weight: own[0]! / WEIGHT,
      copied: copied[0]! / copied.reduce((sum, value) => sum + value, 0),
      paper: { plain: this.#paper(plain, 'plain'), liquid: this.#paper(plain, 'liquid') },
      chain: { plain: chainDividends(plain), liquid: chainDividends(liquid) },
    }
  }

  #epoch(epoch: number, weights: SparseRows, kind: 'plain' | 'liquid'): EpochResult {
    const [low, high] = this.#bounds
    const block = FIRST_BLOCK + BLOCKS * BigInt(epoch)
    const snapshot: Snapshot = {
      ...usualHyperparameters(this.#spec),
      specVersion: this.#spec,
      n: N,
      block,
      lastMechanismStepBlock: block - BLOCKS,
      stakeThreshold: 0n,
      maxAllowedValidators: VALIDATORS,
      commitRevealEnabled: false,
      bondsPenalty: WEIGHT,
      bondsMovingAverage: BigInt(KEPT * MILLION),
      yuma3On: false,
      liquidAlphaOn: kind === 'liquid',
      alphaLow: Math.round(low * WEIGHT),
      alphaHigh: Math.round(high * WEIGHT),
      blockAtRegistration: new BigUint64Array(N),
      totalStake: BigUint64Array.from(
        Array.from({ length: N }, (_, uid) => [0n, BigInt(STAKES[uid] ?? 0) * RAO]).flat(),
      ),
      ownerUid: null,
      validatorPermit: Uint8Array.from({ length: N }, (_, uid) => (uid < VALIDATORS ? 1 : 0)),
      emission: RAO,
      mechanismEmissionSplit: null,
      mechanisms: [
        {
          lastUpdate: new BigUint64Array(N).fill(block - 1n),
          weights,
          bonds: this.#stored[kind],
          commitBlocks: new BigUint64Array(0),
        },
      ],
    }
    return this.#engine.epoch(snapshot, { trace: true })
  }

  #paper(result: EpochResult, kind: 'plain' | 'liquid'): PaperDividends {
    const [mechanism] = result.mechanisms
    const kept = kind === 'plain' ? KEPT : keptByMiner(mechanism!.consensus, ...this.#bounds)
    const bonds = movedBonds(mechanism!, this.#floats[kind], kept)
    this.#floats = { ...this.#floats, [kind]: bonds }
    const dividends = unnormalizedDividends(mechanism!, bonds)
    return { honest: dividends[HONEST]!, copier: dividends[COPIER]! }
  }
}

function chainDividends({ mechanisms }: EpochResult): PaperDividends {
  const { dividends } = mechanisms[0]!.raw
  return { honest: Number(dividends[HONEST]!) / ONE, copier: Number(dividends[COPIER]!) / ONE }
}

/**
 * The paper's Algorithm 1: what is kept of the bonds on each miner, a logistic curve of its consensus through the quartiles
 * of all miners. The chain's quartiles leave out miners without consensus.
 */
function keptByMiner(consensus: Uint16Array, low: number, high: number): readonly number[] {
  const parts = Array.from(consensus, (value) => value / WEIGHT)
  const ascending = parts.slice(VALIDATORS).sort((a, b) => a - b)
  const [lower, upper] = [quantile(ascending, 0.25), quantile(ascending, 0.75)]
  if (upper <= lower) return parts.map(() => KEPT)
  const [ofLow, ofHigh] = [Math.log(1 / low - 1), Math.log(1 / high - 1)]
  const slope = (ofHigh - ofLow) / (lower - upper)
  const offset = ofLow + slope * lower
  return parts.map((part) => Math.min(high, Math.max(low, 1 / (1 + Math.exp(-slope * part + offset)))))
}

/** Between the two nearest, in proportion. */
function quantile(ascending: readonly number[], part: number): number {
  const at = part * (ascending.length - 1)
  const [below, above] = [ascending[Math.floor(at)]!, ascending[Math.ceil(at)]!]
  return below + (above - below) * (at - Math.floor(at))
}

function weightRows(validators: readonly (readonly number[])[]): SparseRows {
  const builder = new RowsBuilder()
  for (let uid = 0; uid < N; uid++) {
    for (const [miner, value] of (validators[uid] ?? []).entries())
      if (value > 0) builder.push(VALIDATORS + miner, value)
    builder.endRow()
  }
  return builder.finish()
}

function noRows(): SparseRows {
  return { rowStart: new Uint32Array(N + 1), uid: new Uint16Array(0), value: new Uint16Array(0) }
}

const half = expecting('a number from 0 to 0.5', (value) => isBetween(value, 0, 0.5))
/** A logistic curve reaches neither 0 nor 1. */
const open = expecting('a number above 0 and below 1', (value) => isBetween(value, 1e-6, 1 - 1e-6))

const CHECKS: Checks<PaperOptions> = {
  rho: half,
  delta: half,
  alphaLow: open,
  alphaHigh: open,
  epochs: integerFrom(1, 10_000),
  specVersion,
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max
}
