import type { Explain, Masked } from '../emission/explain.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine, EpochResult, MechanismResult, Trace } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import type { EpochStates } from '../snapshot/block.ts'
import type { ChainSnapshot, StoredEpoch } from '../snapshot/network.ts'
import { rowOf, valueAt } from '../snapshot/rows.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkExplain, checkExplainNext, checkExplanation } from './checks.ts'
import { epochOutcome, recompute, verifyRecomputed } from './epoch.ts'
import { type LiquidBond, liquidBonds } from './liquid.ts'
import { columnOf, type Part, shared } from './parts.ts'
import { type BestChange, bestChanges, changesBy, changesOn } from './whatif.ts'

/** Who is to be explained, and how far. */
export interface ExplainOptions {
  /** SS58. */
  readonly hotkey?: string
  readonly uid?: number
  /** Default 0, the first. */
  readonly mechanism?: number
  /** The state before the subnet's previous epoch, where it is to be compared with. */
  readonly previous?: Snapshot
  /** Whether to look for the change of one weight that would raise each value most. Default true. */
  readonly search?: boolean
}

/** A validator that holds a column's consensus down: stake that gives no more than it. */
export interface Holder {
  readonly uid: number
  /** Share of active stake, I32F32 bits. */
  readonly stake: bigint
  /** Normalised weight, I32F32 bits. */
  readonly weight: bigint
}

/** A weight and what consensus left of it, I32F32 bits. `weight = kept + cut`. */
export interface ClippedWeight {
  readonly uid: number
  readonly weight: bigint
  readonly kept: bigint
  readonly cut: bigint
  readonly consensus: bigint
  /** By most stake first; empty where nothing was cut. */
  readonly by: readonly Holder[]
}

/** A value and its parts. */
export interface Explained {
  /** The stored u16. */
  readonly value: number
  /** I32F32 bits of it. */
  readonly bits: bigint
  /** Rao that come of it; null where none do. */
  readonly rao: bigint | null
  /** I32F32 bits before it is normalised: what the parts' bits sum to, times `factor` where there is one. */
  readonly sum: bigint
  /** Active stake, which Yuma3 multiplies the sum with; null elsewhere. */
  readonly factor: bigint | null
  readonly parts: readonly Part[]
  /**
   * Null where none of the single changes that were tried raises it. Its values are rao; those of validator trust,
   * I32F32 bits.
   */
  readonly best: BestChange | null
  /** How many single changes were tried: 0 where none was looked for, and where there was none to try. */
  readonly tried: number
}

/** A value of this epoch beside that of the one before, decimal. */
export interface Changed {
  readonly field: string
  readonly before: string | null
  readonly now: string
}

/** A weight that is another one than before the previous epoch. */
export interface ChangedWeight {
  readonly from: number
  readonly to: number
  readonly before: number
  readonly now: number
}

/** Why a neuron got what it got. As JSON, schema `yuma-explanation/1`, bigints are decimal strings. */
export interface Explanation {
  /** Null where the snapshot does not say. */
  readonly netuid: number | null
  readonly block: bigint
  readonly specVersion: number
  readonly mechanism: number
  readonly uid: number
  readonly hotkey: string | null
  /**
   * Whether the chain stored what is explained: false where the epoch differs from the engine's, null where it has not run.
   */
  readonly verified: boolean | null
  /** Whether changes that would raise values were looked for. */
  readonly searched: boolean
  readonly active: boolean
  /** Before the epoch; whether its weights and stake count. */
  readonly permit: boolean
  /** Shares of all stake, and of active validators', I32F32 bits. */
  readonly stake: bigint
  readonly activeStake: bigint
  /** What the weights of the neuron bring it; null for who has no weights that count. */
  readonly validatorTrust: (Explained & { readonly weights: readonly ClippedWeight[] }) | null
  /** By miner bonded to; null for who has no dividends and no bonds. */
  readonly dividends: Explained | null
  /** By validator; null for whom nobody weighs. */
  readonly incentive: (Explained & { readonly weights: readonly ClippedWeight[] }) | null
  /** Bonds of its own for which liquid alpha made a difference between a stored weight of 0 and none. */
  readonly liquidBonds: readonly LiquidBond[]
  /** Weights of its own, and on it, that did not count. */
  readonly masked: { readonly own: readonly Masked[]; readonly onIt: readonly Masked[] }
  /** Null where the snapshot does not say what the previous epoch left. */
  readonly changed: readonly Changed[] | null
  /** Null where the state before the previous epoch was not given. */
  readonly changedWeights: readonly ChangedWeight[] | null
}

/**
 * Explains what a neuron got of an epoch that the chain ran: parts that sum to each value, what was clipped and by
 * whom, what masks removed, what is new, and which change of one weight would have raised it most.
 *
 * @throws {InputError} for a neuron or mechanism that is not there, for a block without an epoch, and for an epoch under
 * Null consensus, which has none of the parts.
 */
export function explain(
  engine: Engine,
  emission: Emission,
  states: EpochStates,
  options: ExplainOptions,
): Explanation {
  checkExplain(engine, emission, states, options)
  if (epochOutcome(emission, states) !== 'ran') {
    throw new InputError({
      field: 'block',
      expected: 'expected a block in which the epoch ran; this one was passed over',
    })
  }
  refuseNull(states.before)
  const recomputed = recompute(engine, emission, states)
  const { input, result } = recomputed
  const verified = (): boolean => verifyRecomputed(engine, emission, states, recomputed).outcome === 'equal'
  return explanationOf(engine, emission, { input, result, before: states.before, verified }, options)
}

/**
 * Explains what a neuron would get of an epoch that has not run: that of a snapshot. What the previous epoch left is
 * compared with where the snapshot was read from a chain.
 *
 * @throws {InputError} as {@link explain} does.
 */
export function explainNext(
  engine: Engine,
  emission: Emission,
  snapshot: Snapshot | ChainSnapshot,
  options: ExplainOptions,
): Explanation {
  checkExplainNext(engine, emission, snapshot, options)
  refuseNull(snapshot)
  const result = engine.epoch(snapshot, { trace: true })
  const epoch = { input: snapshot, result, before: snapshot, verified: () => null }
  return explanationOf(engine, emission, epoch, options)
}

function refuseNull({ subnetEpochConsensus, netuid }: Snapshot): void {
  if (subnetEpochConsensus !== 'Null') return
  throw new InputError({
    field: 'subnet_epoch_consensus',
    ...(netuid === undefined ? {} : { netuid }),
    expected: 'Yuma: who gets what under Null consensus is not explained',
  })
}

/** An epoch that is explained. */
interface ExplainedEpoch {
  /** What it read. */
  readonly input: Snapshot
  /** With traces. */
  readonly result: EpochResult
  /** The state before its block, with what the previous epoch stored where that is known. */
  readonly before: Snapshot & { readonly stored?: StoredEpoch }
  /** Whether the chain stored the result; null where it has not run. */
  verified(): boolean | null
}

/** Finds the neuron and the mechanism, and explains. */
function explanationOf(
  engine: Engine,
  emission: Emission,
  epoch: ExplainedEpoch,
  options: ExplainOptions,
): Explanation {
  const { input, result } = epoch
  const uid = uidOf(input, options)
  const mechanism = options.mechanism ?? 0
  const own = result.mechanisms[mechanism]
  if (own === undefined) {
    throw new InputError({
      field: 'mechanism',
      expected: `expected one below ${result.mechanisms.length}, found ${mechanism}`,
    })
  }
  return new Explainer(engine, emission.explain, epoch, own, uid, mechanism, options).explanation()
}

function uidOf({ hotkeys, n, netuid }: Snapshot, { hotkey, uid }: ExplainOptions): number {
  if (hotkey !== undefined) {
    const found = hotkeys?.indexOf(hotkey) ?? -1
    if (found >= 0) return found
    const whose = netuid === undefined ? 'the subnet' : `subnet ${netuid}`
    throw new InputError({ field: 'hotkey', expected: `expected a hotkey of ${whose}, found ${hotkey}` })
  }
  if (uid !== undefined && Number.isInteger(uid) && uid >= 0 && uid < n) return uid
  throw new InputError({ field: 'uid', expected: `expected a uid below ${n} or a hotkey, found ${uid}` })
}

type Entry = readonly [number, bigint]

/** Each weight with what consensus left of it. Entries clipped to nothing are not among the clipped ones. */
function withKept(
  weights: readonly Entry[],
  clipped: readonly Entry[],
): readonly (readonly [number, bigint, bigint])[] {
  let at = 0
  return weights.map(([uid, weight]) => {
    const kept = clipped[at]
    if (kept?.[0] !== uid) return [uid, weight, 0n]
    at++
    return [uid, weight, kept[1]]
  })
}

class Explainer {
  readonly #engine: Engine
  readonly #explain: Explain
  readonly #epoch: ExplainedEpoch
  readonly #input: Snapshot
  readonly #result: EpochResult
  readonly #own: MechanismResult
  readonly #trace: Trace
  readonly #uid: number
  readonly #mechanism: number
  readonly #options: ExplainOptions

  constructor(
    engine: Engine,
    parts: Explain,
    epoch: ExplainedEpoch,
    own: MechanismResult,
    uid: number,
    mechanism: number,
    options: ExplainOptions,
  ) {
    this.#engine = engine
    this.#explain = parts
    this.#epoch = epoch
    this.#input = epoch.input
    this.#result = epoch.result
    this.#own = own
    this.#trace = own.trace!
    this.#uid = uid
    this.#mechanism = mechanism
    this.#options = options
  }

  explanation(): Explanation {
    const { before } = this.#epoch
    const [trace, uid, raw] = [this.#trace, this.#uid, this.#own.raw]
    const masked = this.#explain.masked(this.#input, this.#mechanism)
    const [trustBest, dividendsBest, tried] = this.#searchOwn()
    return {
      netuid: before.netuid ?? null,
      block: before.block,
      specVersion: before.specVersion,
      mechanism: this.#mechanism,
      uid,
      hotkey: before.hotkeys?.[uid] ?? null,
      verified: this.#epoch.verified(),
      searched: this.#options.search !== false,
      active: this.#own.active[uid] === 1,
      permit: trace.validatorPermitBefore[uid] === 1,
      stake: raw.stake[uid]!,
      activeStake: raw.activeStake[uid]!,
      validatorTrust: this.#validatorTrust(trustBest, tried),
      dividends: this.#dividends(dividendsBest, tried),
      incentive: this.#incentive(),
      liquidBonds: liquidBonds(this.#input.mechanisms[this.#mechanism]!, this.#own, uid),
      masked: {
        own: masked.filter(({ from }) => from === uid),
        onIt: masked.filter(({ to }) => to === uid),
      },
      changed: this.#changed(),
      changedWeights: this.#changedWeights(),
    }
  }

  #validatorTrust(best: BestChange | null, tried: number): Explanation['validatorTrust'] {
    const weights = rowOf(this.#trace.weights, this.#uid)
    if (weights.length === 0) return null
    const kept = rowOf(this.#trace.clippedWeights, this.#uid)
    const value = this.#own.validatorTrust[this.#uid]!
    const bits = this.#own.raw.validatorTrust[this.#uid]!
    return {
      value,
      bits,
      rao: null,
      sum: bits,
      factor: null,
      parts: shared(kept, BigInt(value), 0n),
      best,
      tried,
      weights: withKept(weights, kept).map(([uid, weight, left]) => this.#clipped(uid, uid, weight, left)),
    }
  }

  #dividends(best: BestChange | null, tried: number): Explained | null {
    const rao = this.#own.validatorEmission[this.#uid]!
    const { parts, sum, stake } = this.#explain.dividendParts(this.#own, this.#uid, this.#input.yuma3On)
    if (parts.length === 0) return null
    const value = this.#own.dividends[this.#uid]!
    return {
      value,
      bits: this.#own.raw.dividends[this.#uid]!,
      rao,
      sum,
      factor: stake,
      parts: shared(parts, BigInt(value), rao),
      best,
      tried,
    }
  }

  #incentive(): Explanation['incentive'] {
    const weights = columnOf(this.#trace.weights, this.#uid)
    if (weights.length === 0) return null
    const parts = this.#explain.rankParts(this.#own, this.#uid)
    const value = this.#own.incentive[this.#uid]!
    const rao = this.#own.serverEmission[this.#uid]!
    const kept = columnOf(this.#trace.clippedWeights, this.#uid)
    const [best, tried] = this.#searchOn()
    return {
      value,
      bits: this.#own.raw.incentive[this.#uid]!,
      rao,
      sum: this.#trace.ranks[this.#uid]!,
      factor: null,
      parts: shared(parts, BigInt(value), rao),
      best,
      tried,
      weights: withKept(weights, kept).map(([uid, weight, left]) =>
        this.#clipped(uid, this.#uid, weight, left),
      ),
    }
  }

  /** A weight of or on `uid` in a column, and who kept its consensus where it is. */
  #clipped(uid: number, column: number, weight: bigint, kept: bigint): ClippedWeight {
    const consensus = this.#own.raw.consensus[column]!
    const by = kept === weight ? [] : this.#holders(column, consensus)
    return { uid, weight, kept, cut: weight - kept, consensus, by }
  }

  /** Active stake that gives a column no more than its consensus; whoever gives it nothing is among them. */
  #holders(column: number, consensus: bigint): readonly Holder[] {
    const weights = new Map(columnOf(this.#trace.weights, column))
    return Array.from(this.#own.raw.activeStake, (stake, uid) => ({
      uid,
      stake,
      weight: weights.get(uid) ?? 0n,
    }))
      .filter(({ stake, weight }) => stake > 0n && weight <= consensus)
      .sort((a, b) => (a.stake === b.stake ? a.uid - b.uid : a.stake < b.stake ? 1 : -1))
  }

  /** Of a validator's trust and dividends, and how many changes were tried. */
  #searchOwn(): readonly [BestChange | null, BestChange | null, number] {
    const [m, uid] = [this.#mechanism, this.#uid]
    if (this.#options.search === false || this.#trace.validatorPermitBefore[uid] !== 1) return [null, null, 0]
    const changes = changesBy(this.#input, m, uid, this.#own.raw.consensus, this.#explain)
    const [trust, dividends] = bestChanges(this.#engine, this.#input, m, changes, [
      (result) => result.mechanisms[m]!.raw.validatorTrust[uid]!,
      (result) => result.mechanisms[m]!.validatorEmission[uid]!,
    ])
    return [trust!, dividends!, changes.length]
  }

  /** Of a miner's incentive, and how many changes were tried. */
  #searchOn(): readonly [BestChange | null, number] {
    if (this.#options.search === false) return [null, 0]
    const [m, uid] = [this.#mechanism, this.#uid]
    const changes = changesOn(this.#input, m, uid, this.#trace.validatorPermitBefore)
    const [best] = bestChanges(this.#engine, this.#input, m, changes, [
      (result) => result.mechanisms[m]!.serverEmission[uid]!,
    ])
    return [best!, changes.length]
  }

  /** Values that the previous epoch left and this one changed. */
  #changed(): readonly Changed[] | null {
    const [uid, result] = [this.#uid, this.#result]
    const { stored, validatorPermit } = this.#epoch.before
    if (stored === undefined) return null
    const columns: readonly (readonly [string, ArrayLike<number | bigint>, ArrayLike<number | bigint>])[] = [
      ['stakeWeight', stored.stakeWeight, result.stakeWeight],
      ['active', stored.active, result.active],
      ['validatorPermit', validatorPermit, result.validatorPermit],
      ['consensus', stored.consensus, result.consensus],
      ['validatorTrust', stored.validatorTrust, result.validatorTrust],
      ['incentive', stored.incentive[this.#mechanism] ?? [], this.#own.incentive],
      ['dividends', stored.dividends, result.dividends],
      ['emission', stored.emission, result.emission],
    ]
    return columns
      .filter(([, before, now]) => before.length > 0 && before[uid] !== now[uid])
      .map(([field, before, now]) => ({
        field,
        before: before[uid] === undefined ? null : String(before[uid]),
        now: String(now[uid]),
      }))
  }

  /** Weights of the neuron and on it that were others before the previous epoch. */
  #changedWeights(): readonly ChangedWeight[] | null {
    const before = this.#options.previous?.mechanisms[this.#mechanism]?.weights
    if (before === undefined) return null
    const now = this.#input.mechanisms[this.#mechanism]!.weights
    const rows = Math.min(before.rowStart.length, now.rowStart.length) - 1
    const changed: ChangedWeight[] = []
    const compare = (from: number, to: number): void => {
      const [was, is] = [valueAt(before, from, to), valueAt(now, from, to)]
      if (was !== is) changed.push({ from, to, before: was, now: is })
    }
    for (let other = 0; other < rows; other++) {
      if (this.#uid < rows) compare(this.#uid, other)
      if (other !== this.#uid) compare(other, this.#uid)
    }
    return changed
  }
}

/** An explanation as one line of JSON, schema `yuma-explanation/1`: every bigint a decimal string. */
export function explanationJson(explanation: Explanation): string {
  checkExplanation(explanation)
  const text = JSON.stringify({ schema: 'yuma-explanation/1', ...explanation }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return `${text}\n`
}
