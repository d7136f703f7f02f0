/** How much stake it takes to take a subnet over, and what a validator loses that does not do its work. */

import type { Engine, EpochResult } from '../../engine/types.ts'
import { InputError } from '../../errors/index.ts'
import {
  type Checks,
  checkOptions,
  expecting,
  integerFrom,
  listOf,
  unexpectedValue,
  withMembers,
  withMethods,
} from '../../errors/options.ts'
import { type Row, rowOf, withRows } from '../../snapshot/rows.ts'
import type { Snapshot } from '../../snapshot/types.ts'
import type { Simulator } from '../types.ts'
import { carriedOn, checkSameSubnet, dividendsOf, RAO_BITS, stakeBits, termOf, withAdded } from './added.ts'
import { type Fraction, fraction } from './fraction.ts'
import { type Parts, wholeOf } from './parts.ts'

/** Options of {@link takeover}. */
export interface TakeoverOptions {
  /** How many validators the cabal has. */
  readonly sizes?: readonly number[]
  /** Parts of all stake, 0 to 1 and below, at which the cabal's part is told too. */
  readonly shares?: readonly number[]
  /** Epochs after which the cabal's dividends are told, from its first with permits on. */
  readonly epochs?: number
}

/** What a cabal gets that has so much stake. */
export interface CabalPart {
  /** Rao of all its validators together. */
  readonly stake: bigint
  /** The same of all stake, its own included. */
  readonly share: Fraction
  /** How many of its validators get a permit. */
  readonly seats: number
  /** Who loses one by that. */
  readonly displaced: readonly number[]
  /** Its miner's part of all incentive. */
  readonly incentive: Fraction
  /** Its validators' part of all dividends, in its first epoch with permits and after some more. */
  readonly dividends: Fraction
  readonly dividendsLater: Fraction
}

/** A cabal of newcomers. */
export interface Cabal {
  readonly size: number
  /** The least stake, to the rao, at which its miner gets more than half of the incentive; null where none is enough. */
  readonly least: CabalPart | null
  /** What it gets at the shares that were asked for. */
  readonly parts: readonly CabalPart[]
}

/** The greatest validators of the subnet, were they to collude. */
export interface Insiders {
  readonly uids: readonly number[]
  /** Their part of the stake of all who have a permit. */
  readonly share: Fraction
  /** Their miner's part of all incentive. */
  readonly incentive: Fraction
}

/** What {@link takeover} gives. */
export interface Takeover {
  /** Rao of all stake. */
  readonly stake: bigint
  readonly cabals: readonly Cabal[]
  /** The fewest validators, those with most stake first, that get more than half; null where not even all do. */
  readonly insiders: Insiders | null
}

export const CABAL_SIZES: readonly number[] = [1, 2, 4, 8, 16]
const LATER = 50
const WEIGHT = 65_535
const MAX_SIZE = 1024
/** More than any stake that an epoch can hold. */
const MOST_STAKE = 2n ** 62n

/**
 * What share of stake a cabal needs to take a subnet over. Its validators join with equal stake and weigh nothing but a
 * miner of their own, whom nobody else weighs; all others go on as they do. In one epoch they get permits by the chain's
 * rules, in the next they count: it is taken over where their miner gets more than half of the incentive. The least stake
 * is found by halving, as if more stake never got less.
 * @throws {InputError} for options that are none.
 */
export function takeover(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  snapshot: Snapshot,
  options: TakeoverOptions = {},
): Takeover {
  return wholeOf(takeoverParts(engine, simulator, snapshot, options))
}

/** {@link takeover}, cabal by cabal. */
export function* takeoverParts(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  snapshot: Snapshot,
  options: TakeoverOptions = {},
): Parts<Takeover> {
  withMethods('an engine', 'epoch')('engine', engine)
  withMethods('a simulator', 'advance')('simulator', simulator)
  withMembers('a snapshot', 'totalStake', 'mechanisms')('snapshot', snapshot)
  checkOptions('options', options, TAKEOVER_CHECKS)
  const { sizes = CABAL_SIZES, shares = [], epochs = LATER } = options
  const before = engine.epoch(snapshot)
  const run = new CabalRun(engine, simulator, snapshot, before, epochs)
  const { stake } = run
  const own = insiders(engine, snapshot, before)
  const cabals: Cabal[] = []
  yield { done: 0, of: sizes.length, found: { stake, cabals: [], insiders: own } }
  for (const size of sizes) {
    const parts = shares.map((share) => run.part(size, run.stakeOf(share)))
    cabals.push({ size, least: run.least(size), parts })
    yield { done: cabals.length, of: sizes.length, found: { stake, cabals: [...cabals], insiders: own } }
  }
}

/** Cabals beside one snapshot. */
class CabalRun {
  readonly stake: bigint
  readonly #engine: Pick<Engine, 'epoch'>
  readonly #simulator: Pick<Simulator, 'advance'>
  readonly #snapshot: Snapshot
  readonly #permits: Uint8Array
  readonly #epochs: number

  constructor(
    engine: Pick<Engine, 'epoch'>,
    simulator: Pick<Simulator, 'advance'>,
    snapshot: Snapshot,
    before: EpochResult,
    epochs: number,
  ) {
    this.#engine = engine
    this.#simulator = simulator
    this.#snapshot = snapshot
    this.#permits = before.validatorPermit.slice()
    this.#epochs = epochs
    const bits = Array.from({ length: snapshot.n }, (_, uid) => stakeBits(snapshot, uid))
    this.stake = bits.reduce((sum, stake) => sum + stake, 0n) / RAO_BITS
  }

  /** Rao that are such a part of all stake once they are there. */
  stakeOf(share: number): bigint {
    const parts = BigInt(Math.round(share * 1e9))
    return (this.stake * parts) / (1_000_000_000n - parts)
  }

  least(size: number): CabalPart | null {
    let enough = this.stake > 0n ? this.stake : 1n
    while (!this.#isTaken(size, enough)) {
      if (enough > MOST_STAKE / 2n) return null
      enough *= 2n
    }
    let short = 0n
    while (enough - short > 1n) {
      const middle = (short + enough) / 2n
      if (this.#isTaken(size, middle)) enough = middle
      else short = middle
    }
    return this.part(size, enough)
  }

  part(size: number, stake: bigint): CabalPart {
    const { permits, snapshot, result } = this.#joined(size, stake)
    const { n } = this.#snapshot
    const own = Array.from({ length: size }, (_, at) => n + at)
    let [state, later] = [snapshot, result]
    for (let epoch = 0; epoch < this.#epochs; epoch++) {
      state = carriedOn(this.#simulator, snapshot, state, later)
      later = this.#engine.epoch(state)
    }
    return {
      stake,
      share: fraction(stake, stake + this.stake) ?? NOTHING,
      seats: own.filter((uid) => permits[uid] === 1).length,
      displaced: [...this.#permits.keys()].filter((uid) => this.#permits[uid] === 1 && permits[uid] === 0),
      incentive: partOf(result, 'incentive', [n + size]),
      dividends: partOf(result, 'dividends', own),
      dividendsLater: partOf(later, 'dividends', own),
    }
  }

  #isTaken(size: number, stake: bigint): boolean {
    return isMost(this.#joined(size, stake).result, this.#snapshot.n + size)
  }

  /** The second epoch after the cabal has joined, in which those of it count that got permits in the first. */
  #joined(size: number, stake: bigint): Joined {
    const { n } = this.#snapshot
    const weights = (): Row => [[n + size, WEIGHT]]
    const nothing = (): Row => []
    const added = Array.from({ length: size }, (_, at) => ({
      // What does not divide by all is the first ones'.
      stake: ((stake + BigInt(size - 1 - at)) / BigInt(size)) * RAO_BITS,
      permit: false,
      weights,
    }))
    const first = withAdded(this.#snapshot, [...added, { stake: 0n, permit: false, weights: nothing }])
    const joining = this.#engine.epoch(first)
    const permits = joining.validatorPermit.slice()
    const snapshot = carriedOn(this.#simulator, { ...first, validatorPermit: permits }, first, joining)
    return { permits, snapshot, result: this.#engine.epoch(snapshot) }
  }
}

interface Joined {
  readonly permits: Uint8Array
  readonly snapshot: Snapshot
  readonly result: EpochResult
}

/** Whether one has more than half of all incentive. */
function isMost(result: EpochResult, uid: number): boolean {
  const { numerator, denominator } = partOf(result, 'incentive', [uid])
  return 2n * numerator > denominator
}

function partOf(result: EpochResult, term: 'incentive' | 'dividends', uids: readonly number[]): Fraction {
  let all = 0n
  for (let uid = 0; uid < result.n; uid++) all += termOf(result, term, uid)
  const own = uids.reduce((sum, uid) => sum + termOf(result, term, uid), 0n)
  return fraction(own, all) ?? NOTHING
}

const NOTHING: Fraction = { numerator: 0n, denominator: 1n }

function insiders(engine: Pick<Engine, 'epoch'>, snapshot: Snapshot, before: EpochResult): Insiders | null {
  const { n } = snapshot
  const permitted = [...before.validatorPermit.keys()].filter((uid) => before.validatorPermit[uid] === 1)
  const ranked = permitted.sort((a, b) => {
    const [x, y] = [stakeBits(snapshot, a), stakeBits(snapshot, b)]
    return Number(y > x) - Number(y < x) || a - b
  })
  const all = ranked.reduce((sum, uid) => sum + stakeBits(snapshot, uid), 0n)
  const newcomer = { stake: 0n, permit: false, weights: (): Row => [] }
  // Whoever has a permit now counts.
  const joined = {
    ...withAdded(snapshot, [newcomer]),
    validatorPermit: Uint8Array.of(...before.validatorPermit, 0),
  }
  for (let count = 1; count <= ranked.length; count++) {
    const uids = ranked.slice(0, count)
    const theirs = new Set(uids)
    const colluding = {
      ...joined,
      mechanisms: joined.mechanisms.map((mechanism) => ({
        ...mechanism,
        weights: withRows(mechanism.weights, n + 1, (uid) => (theirs.has(uid) ? [[n, WEIGHT]] : undefined)),
      })),
    }
    const result = engine.epoch(colluding)
    if (!isMost(result, n)) continue
    const stake = uids.reduce((sum, uid) => sum + stakeBits(snapshot, uid), 0n)
    return { uids, share: fraction(stake, all) ?? NOTHING, incentive: partOf(result, 'incentive', [n]) }
  }
  return null
}

/** What a validator does in place of its work. */
export type Neglect =
  /** It has no weights. */
  | { readonly kind: 'abstains' }
  /** It weighs nothing but itself. */
  | { readonly kind: 'weighs-itself' }
  /** Its weights are those that it had so many epochs before. */
  | { readonly kind: 'late'; readonly epochs: number }

/** Options of {@link neglect}. */
export interface NeglectOptions {
  /** Whose losses; of all who have validator trust in the first epoch by default. */
  readonly uids?: readonly number[]
  /** How many epochs late a validator is. */
  readonly late?: readonly number[]
  /** Epochs of the run, where the series is one snapshot, which then stays as it is. */
  readonly epochs?: number
}

/** What a validator loses. */
export interface ValidatorLoss {
  readonly uid: number
  /** Its part of all stake in the first epoch. */
  readonly share: Fraction
  /** Its dividends over all epochs as it is, in raw bits. */
  readonly dividends: bigint
  /** What it loses of them by each neglect; below 0 where it gains. Null where it has none to lose. */
  readonly losses: readonly { readonly neglect: Neglect; readonly loss: Fraction | null }[]
}

/** What {@link neglect} gives. */
export interface NeglectStudy {
  readonly epochs: number
  /** The one with most stake first. */
  readonly validators: readonly ValidatorLoss[]
}

export const LATE_EPOCHS: readonly number[] = [1, 4, 12]
const NEGLECT_EPOCHS = 30

/**
 * What a validator loses by not doing its work while all others do theirs, one by one: dividends over a series of
 * snapshots, one an epoch, or over one that stays as it is. Bonds begin as the first snapshot has them.
 * @throws {InputError} for a series whose neurons become fewer, or that has not as many mechanisms in each snapshot.
 */
export function neglect(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: NeglectOptions = {},
): NeglectStudy {
  return wholeOf(neglectParts(engine, simulator, series, options))
}

/** {@link neglect}, validator by validator, the one with most stake first. */
export function* neglectParts(
  engine: Pick<Engine, 'epoch'>,
  simulator: Pick<Simulator, 'advance'>,
  series: readonly Snapshot[],
  options: NeglectOptions = {},
): Parts<NeglectStudy> {
  withMethods('an engine', 'epoch')('engine', engine)
  withMethods('a simulator', 'advance')('simulator', simulator)
  checkSeries(series)
  checkOptions('options', options, NEGLECT_CHECKS)
  const [only] = series
  const { epochs = NEGLECT_EPOCHS, late = LATE_EPOCHS } = options
  const states = series.length === 1 ? Array.from({ length: epochs }, () => only!) : series
  const run = new NeglectRun(engine, simulator, states)
  const first = engine.epoch(only!)
  const { validatorTrust } = first
  const uids = options.uids ?? [...validatorTrust.keys()].filter((uid) => validatorTrust[uid]! > 0)
  const unknown = uids.find((uid) => uid >= first.n)
  if (unknown !== undefined) throw unexpectedValue('uids', `uids below ${first.n}`, unknown)
  const all = Array.from({ length: first.n }, (_, uid) => stakeBits(only!, uid)).reduce((a, b) => a + b, 0n)
  const neglects: readonly Neglect[] = [
    { kind: 'abstains' },
    { kind: 'weighs-itself' },
    ...late.map((ago): Neglect => ({ kind: 'late', epochs: ago })),
  ]
  const byStake = (a: number, b: number): number => {
    const [x, y] = [stakeBits(only!, a), stakeBits(only!, b)]
    return Number(y > x) - Number(y < x) || a - b
  }
  const ranked = uids.toSorted(byStake)
  const validators: ValidatorLoss[] = []
  yield { done: 0, of: ranked.length, found: { epochs: states.length, validators: [] } }
  const usual = run.dividends(ranked, undefined)
  for (const [at, uid] of ranked.entries()) {
    const dividends = usual[at]!
    const losses = neglects.map((kind) => {
      const [left] = run.dividends([uid], kind)
      return { neglect: kind, loss: fraction(dividends - left!, dividends) }
    })
    const share = fraction(stakeBits(only!, uid), all) ?? NOTHING
    validators.push({ uid, share, dividends, losses })
    yield { done: at + 1, of: ranked.length, found: { epochs: states.length, validators: [...validators] } }
  }
}

class NeglectRun {
  readonly #engine: Pick<Engine, 'epoch'>
  readonly #simulator: Pick<Simulator, 'advance'>
  readonly #series: readonly Snapshot[]

  constructor(
    engine: Pick<Engine, 'epoch'>,
    simulator: Pick<Simulator, 'advance'>,
    series: readonly Snapshot[],
  ) {
    this.#engine = engine
    this.#simulator = simulator
    this.#series = series
  }

  /** Dividends over all epochs of each, where the first of them does so. */
  dividends(uids: readonly number[], neglect: Neglect | undefined): readonly bigint[] {
    const sums = uids.map(() => 0n)
    let before: { readonly input: Snapshot; readonly result: EpochResult } | undefined
    for (const [epoch, snapshot] of this.#series.entries()) {
      const state =
        before === undefined ? snapshot : carriedOn(this.#simulator, snapshot, before.input, before.result)
      const input = neglect === undefined ? state : this.#neglecting(state, uids[0]!, epoch, neglect)
      before = { input, result: this.#engine.epoch(input) }
      for (const [at, uid] of uids.entries()) sums[at]! += dividendsOf(before.result, uid)
    }
    return sums
  }

  #neglecting(snapshot: Snapshot, uid: number, epoch: number, neglect: Neglect): Snapshot {
    const row = (mechanism: number): Row => {
      if (neglect.kind === 'abstains') return []
      if (neglect.kind === 'weighs-itself') return [[uid, WEIGHT]]
      const ago = this.#series[Math.max(0, epoch - neglect.epochs)]!
      return rowOf(ago.mechanisms[mechanism]!.weights, uid)
    }
    return {
      ...snapshot,
      mechanisms: snapshot.mechanisms.map((mechanism, id) => ({
        ...mechanism,
        weights: withRows(mechanism.weights, snapshot.n, (from) => (from === uid ? row(id) : undefined)),
      })),
    }
  }
}

const count = integerFrom(1, 100_000)
const TAKEOVER_CHECKS: Checks<TakeoverOptions> = {
  sizes: listOf(integerFrom(1, MAX_SIZE)),
  shares: listOf(
    expecting(
      'a number from 0 to 0.999',
      (value) => typeof value === 'number' && value >= 0 && value <= 0.999,
    ),
  ),
  epochs: integerFrom(0, 100_000),
}
const NEGLECT_CHECKS: Checks<NeglectOptions> = {
  uids: listOf(integerFrom(0, 65_535)),
  late: listOf(count),
  epochs: count,
}

function checkSeries(series: readonly Snapshot[]): void {
  checkSameSubnet(series)
  if (series.length > 0) return
  throw new InputError({ field: 'series', expected: 'expected a snapshot at least, found none' })
}
