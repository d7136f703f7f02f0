/** The honest majority: how much of its own utility honest stake needs to keep its share against a cabal. */

import { checkAborted } from '../../errors/errors.ts'
import { InputError } from '../../errors/index.ts'
import {
  abortSignal,
  type Check,
  type Checks,
  callback,
  checkOptions,
  expecting,
  integerFrom,
  listOf,
  specVersion,
  unexpectedValue,
} from '../../errors/options.ts'
import { sleep } from '../../errors/sleep.ts'
import { USUAL_SPEC_VERSION } from '../../snapshot/generated/hyperparameters.ts'
import { hostOf } from '../facade.ts'
import { METHOD, openAnswer, type SubnetPort } from '../port.ts'
import type { Simulator } from '../types.ts'
import type { Part } from './parts.ts'

/** Options of {@link majority}; each is by default what the chain's own study has. */
export interface MajorityOptions {
  /** Shares of the stake that are honest. */
  readonly honestStake?: readonly number[]
  /** Deviation of the weights, as a part of their mean; .4. */
  readonly weightDeviation?: number
  /** Deviation of the validators' stake, as a part of its mean; .3. */
  readonly stakeDeviation?: number
  /** Share of the clipping that bonds feel, of which one part in 65535 is taken as the chain's test does; 1. */
  readonly bondsPenalty?: number
  /** Majority of the stake that consensus needs; .5. */
  readonly kappa?: number
  /** Validators' share of the emission; .5, as the chain has it. */
  readonly emissionRatio?: number
  /** Neurons, 512. */
  readonly n?: number
  /** How many of them validate, 64. */
  readonly validators?: number
  /** Steps of the weights from 0 to 1, 50. */
  readonly steps?: number
  /** What the networks are drawn from, 0. */
  readonly seed?: number
  readonly specVersion?: number
  readonly signal?: AbortSignal
  /** Called now and then with the part that is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void
}

/** The map of an honest stake. */
export interface MajorityMap {
  readonly honestStake: number
  /**
   * The part of the emission that honest stake gets: at `honest * (steps + 1) + cabal` where honest validators give their
   * side that many steps of their weight, and the cabal's give theirs so many.
   */
  readonly emission: Float64Array
  /** The least honest weight that keeps the honest share whatever the cabal does; 1 where none does. */
  readonly required: number
  /** Where honest stake just keeps its share: its weight by the cabal's, from 0 up; NaN where it nowhere does. */
  readonly contour: readonly (readonly [honestWeight: number, cabalWeight: number])[]
}

/** What the study found. */
export interface Majority {
  readonly setting: Required<Omit<MajorityOptions, 'honestStake' | 'signal' | 'onProgress'>>
  readonly maps: readonly MajorityMap[]
  /** Epochs that were run. */
  readonly epochs: number
}

/** The honest stakes of the chain's own maps. */
export const HONEST_STAKES: readonly number[] = [0.51, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99]

const SETTING = {
  weightDeviation: 0.4,
  stakeDeviation: 0.3,
  bondsPenalty: 1,
  kappa: 0.5,
  emissionRatio: 0.5,
  n: 512,
  validators: 64,
  steps: 50,
  seed: 0,
  specVersion: USUAL_SPEC_VERSION,
} as const

/** Points of one call: a tenth of a second or so on two cores. */
const CALL = 128
/** Fraction bits of what the points come as. */
const ONE = 2 ** 32

const share: Check = expecting(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
)
const deviation: Check = expecting(
  'a number from 0 to 1000',
  (value) => typeof value === 'number' && value >= 0 && value <= 1000,
)

const CHECKS: Checks<MajorityOptions> = {
  honestStake: listOf(share),
  weightDeviation: deviation,
  stakeDeviation: deviation,
  bondsPenalty: share,
  kappa: share,
  emissionRatio: share,
  n: integerFrom(4, 65535),
  validators: integerFrom(2, 65535),
  steps: integerFrom(1, 1000),
  seed: integerFrom(0, Number.MAX_SAFE_INTEGER),
  specVersion,
  signal: abortSignal,
  onProgress: callback,
}

/**
 * The map of the chain's `docs/consensus.md`, by the exact epoch on the very networks of the chain's own test: the same
 * generator, seed and fixed-point numbers.
 * @throws {InputError} for an option that means nothing; {@link AbortedError}.
 */
export async function majority(simulator: Simulator, options: MajorityOptions = {}): Promise<Majority> {
  let found: Majority | undefined
  for await (const part of majorityParts(simulator, options)) found = part.found
  return found!
}

/** {@link majority}, honest stake by honest stake. */
export async function* majorityParts(
  simulator: Simulator,
  options: MajorityOptions = {},
): AsyncGenerator<Part<Majority>, void> {
  const host = hostOf(simulator)
  if (host === undefined) throw unexpectedValue('simulator', 'a simulator', simulator)
  checkOptions('options', options, CHECKS)
  const { honestStake = HONEST_STAKES, signal, onProgress, ...given } = options
  if (honestStake.length === 0)
    throw new InputError({ field: 'honestStake', expected: 'expected at least one' })
  const setting = { ...SETTING, ...given }
  const maps: MajorityMap[] = []
  const part = (): Part<Majority> => ({
    done: maps.length,
    of: honestStake.length,
    found: { setting, maps: [...maps], epochs: maps.length * (setting.steps + 1) ** 2 },
  })
  yield part()
  for (const [at, stake] of honestStake.entries()) {
    const port = host.place()
    try {
      const tell = (done: number): void => onProgress?.((at + done) / honestStake.length)
      maps.push(mapOf(stake, setting, await points(port, stake, setting, signal, tell)))
    } finally {
      port.close()
    }
    yield part()
  }
}

type Setting = Majority['setting']

function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!
}

/** What honest stake gets at each point of the map. */
async function points(
  port: SubnetPort,
  honestStake: number,
  setting: Setting,
  signal: AbortSignal | undefined,
  tell: (part: number) => void,
): Promise<Float64Array> {
  const slots = BigUint64Array.of(
    BigInt(setting.specVersion),
    BigInt(setting.n),
    BigInt(setting.validators),
    bits(setting.kappa),
    bits(setting.bondsPenalty),
    BigInt(setting.seed),
    bits(setting.stakeDeviation),
    bits(setting.weightDeviation),
    bits(honestStake),
    BigInt(setting.steps),
  )
  const count = Number(openAnswer(port.call(METHOD.majority, slots, [])).u64s()[0])
  const emission = new Float64Array(count)
  for (let from = 0; from < count; from += CALL) {
    checkAborted(signal)
    const to = Math.min(count, from + CALL)
    const range = BigUint64Array.of(BigInt(from), BigInt(to))
    const words = openAnswer(port.call(METHOD.points, range, [])).u64s()
    for (let point = from; point < to; point++)
      emission[point] = emissionOf(words, 3 * (point - from), setting.emissionRatio)
    tell(to / count)
    await sleep(0, signal)
  }
  return emission
}

/** The honest part of an emission in this ratio: the chain's own at one half, where it is truncated as one. */
function emissionOf(words: BigUint64Array, at: number, ratio: number): number {
  const [whole, incentive, dividends] = [0, 1, 2].map((part) => Number(words[at + part]) / ONE)
  return ratio === SETTING.emissionRatio ? whole! : ratio * dividends! + (1 - ratio) * incentive!
}

function mapOf(honestStake: number, { steps }: Setting, emission: Float64Array): MajorityMap {
  const each = steps + 1
  const above = (honest: number, cabal: number): number => emission[honest * each + cabal]! - honestStake
  /** The way from one point to the next at which the honest share is just kept; none where it is on both or neither. */
  const crossing = (here: number, there: number): number | undefined =>
    here < 0 === there < 0 ? undefined : here / (here - there)
  const contour: [number, number][] = []
  let required = 0
  for (let cabal = 0; cabal < each; cabal++) {
    let at = Number.NaN
    for (let honest = 0; honest < each; honest++) {
      const here = above(honest, cabal)
      const along = honest + 1 < each ? crossing(here, above(honest + 1, cabal)) : undefined
      if (along !== undefined) at = (honest + along) / steps
      const across = cabal + 1 < each ? crossing(here, above(honest, cabal + 1)) : undefined
      if (across !== undefined) required = Math.max(required, honest / steps)
    }
    if (above(steps, cabal) < 0) required = 1
    else if (!Number.isNaN(at)) required = Math.max(required, at)
    contour.push([at, cabal / steps])
  }
  return { honestStake, emission, required, contour }
}
