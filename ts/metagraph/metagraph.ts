import { integerFrom, typedArrayName, unexpectedValue, withMembers } from '../errors/options.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import type { SparseRows } from '../snapshot/types.ts'

/** What the last epoch paid by uid, rao: an `EpochResult` is one. */
export interface PaidEmission {
  readonly serverEmission: BigUint64Array
  readonly validatorEmission: BigUint64Array
}

const U16_MAX = 65_535
const RAO = 1e9

/** The integers behind a {@link Metagraph}, under the same letters: what to compute with. */
export interface RawMetagraph {
  /** I64F64 bits of the stake in rao, as two little-endian words per uid. */
  readonly S: BigUint64Array
  /** Rao of alpha. */
  readonly AS: BigUint64Array
  /** Rao of TAO. */
  readonly TS: BigUint64Array
  /** Rows as stored. */
  readonly W: SparseRows
  /** Rows as stored. */
  readonly B: SparseRows
  /** u16 proportions, as long as stored. */
  readonly R: Uint16Array
  readonly T: Uint16Array
  readonly Tv: Uint16Array
  readonly C: Uint16Array
  readonly I: Uint16Array
  readonly D: Uint16Array
  /** Rao, as long as stored. */
  readonly E: BigUint64Array
}

/**
 * A snapshot under the names that users of the Bittensor Python SDK know. Numbers are floats as the SDK shows
 * them (stake and emission in whole tokens, u16 proportions from 0 to 1), made when they are first asked for;
 * {@link Metagraph.raw} has the integers. Values that the last epoch left are of that epoch: the snapshot's state
 * is the one after it.
 */
export class Metagraph {
  readonly snapshot: ChainSnapshot
  /** The mechanism whose weights, bonds, updates and incentive are shown. */
  readonly mechid: number
  readonly #paid: PaidEmission | undefined
  readonly #made = new Map<string, Float64Array | readonly Float64Array[]>()

  /**
   * @throws {InputError} for what is no snapshot of a chain, where the subnet has no such mechanism, and for a result that
   * is none of so many neurons.
   */
  constructor(snapshot: ChainSnapshot, mechid = 0, paid?: PaidEmission) {
    withMembers('a snapshot of a chain', 'mechanisms', 'stored', 'subnet')('snapshot', snapshot)
    integerFrom(0, snapshot.mechanisms.length - 1)('mechid', mechid)
    if (paid !== undefined) checkPaid(paid, snapshot.n)
    this.snapshot = snapshot
    this.mechid = mechid
    this.#paid = paid
  }

  get raw(): RawMetagraph {
    const { snapshot } = this
    const { stored } = snapshot
    return {
      S: snapshot.totalStake,
      AS: snapshot.alphaStake,
      TS: snapshot.taoStake,
      W: this.#mechanism.weights,
      B: this.#mechanism.bonds,
      R: stored.rank,
      T: stored.trust,
      Tv: stored.validatorTrust,
      C: stored.consensus,
      I: stored.incentive[this.mechid]!,
      D: stored.dividends,
      E: stored.emission,
    }
  }

  get netuid(): number {
    return this.snapshot.netuid
  }
  get n(): number {
    return this.snapshot.n
  }
  get num_uids(): number {
    return this.snapshot.n
  }
  get max_uids(): number {
    return this.snapshot.subnet.maxAllowedUids
  }
  /** Number of the block whose state this is. */
  get block(): number {
    return Number(this.snapshot.stateBlock)
  }
  /** `spec_version` of the runtime. */
  get version(): number {
    return this.snapshot.specVersion
  }
  get uids(): Uint16Array {
    return Uint16Array.from({ length: this.n }, (_, uid) => uid)
  }
  get hotkeys(): readonly string[] {
    return this.snapshot.hotkeys
  }
  get coldkeys(): readonly string[] {
    return this.snapshot.coldkeys
  }
  get network_registered_at(): number {
    return Number(this.snapshot.subnet.networkRegisteredAt)
  }
  get owner_hotkey(): string | null {
    return this.snapshot.subnet.subnetOwnerHotkey
  }
  get owner_coldkey(): string | null {
    return this.snapshot.subnet.subnetOwner
  }
  get tempo(): number {
    return this.snapshot.subnet.tempo
  }
  get last_step(): number {
    return Number(this.snapshot.subnet.lastMechansimStepBlock)
  }
  get blocks_since_last_step(): number {
    return Number(this.snapshot.subnet.blocksSinceLastStep)
  }
  get mechanism_count(): number {
    return this.snapshot.mechanisms.length
  }
  get mechanisms_emissions_split(): readonly number[] | null {
    const split = this.snapshot.mechanismEmissionSplit
    return split && Array.from(split, (part) => part / U16_MAX)
  }

  /** Stake as the epoch weighs it, alpha plus weighted TAO, in tokens. */
  get S(): Float64Array {
    return this.#column('S', (uid) => {
      const [low, high] = [this.snapshot.totalStake[2 * uid]!, this.snapshot.totalStake[2 * uid + 1]!]
      return (Number(high) + Number(low) / 2 ** 64) / RAO
    })
  }
  get stake(): Float64Array {
    return this.S
  }
  get total_stake(): Float64Array {
    return this.S
  }
  /** Alpha stake, parents' and children's parts moved, in tokens. */
  get AS(): Float64Array {
    return this.#column('AS', (uid) => Number(this.snapshot.alphaStake[uid]) / RAO)
  }
  get alpha_stake(): Float64Array {
    return this.AS
  }
  /** Root stake, parents' and children's parts moved, not weighted, in tokens. */
  get TS(): Float64Array {
    return this.#column('TS', (uid) => Number(this.snapshot.taoStake[uid]) / RAO)
  }
  get tao_stake(): Float64Array {
    return this.TS
  }
  /** Until spec 393; zeros later. */
  get R(): Float64Array {
    return this.#proportions('R')
  }
  get ranks(): Float64Array {
    return this.R
  }
  /** Until spec 393; zeros later. */
  get T(): Float64Array {
    return this.#proportions('T')
  }
  get trust(): Float64Array {
    return this.T
  }
  get Tv(): Float64Array {
    return this.#proportions('Tv')
  }
  get validator_trust(): Float64Array {
    return this.Tv
  }
  get C(): Float64Array {
    return this.#proportions('C')
  }
  get consensus(): Float64Array {
    return this.C
  }
  get I(): Float64Array {
    return this.#proportions('I')
  }
  get incentive(): Float64Array {
    return this.I
  }
  get D(): Float64Array {
    return this.#proportions('D')
  }
  get dividends(): Float64Array {
    return this.D
  }
  /**
   * Emission of the last epoch as the chain stores it, in tokens. Of a subnet with several mechanisms that is not what was
   * paid: each one's emission is weighted by its part once more, on an even split divided by how many there are.
   * {@link Metagraph.paid} is what was paid.
   */
  get E(): Float64Array {
    return this.#column('E', (uid) => Number(this.snapshot.stored.emission[uid] ?? 0n) / RAO)
  }
  get emission(): Float64Array {
    return this.E
  }
  /**
   * What the epoch paid, in tokens, to miners and to validators with those who stake to them: of the result that was given
   * along. Null without one: the chain stores only {@link Metagraph.E}.
   */
  get paid(): Float64Array | null {
    const paid = this.#paid
    if (paid === undefined) return null
    return this.#column(
      'paid',
      (uid) => Number(paid.serverEmission[uid]! + paid.validatorEmission[uid]!) / RAO,
    )
  }
  get active(): readonly boolean[] {
    return this.#flags(this.snapshot.stored.active)
  }
  get validator_permit(): readonly boolean[] {
    return this.#flags(this.snapshot.validatorPermit)
  }
  get last_update(): Float64Array {
    return this.#column('last_update', (uid) => Number(this.#mechanism.lastUpdate[uid] ?? 0n))
  }
  get block_at_registration(): Float64Array {
    return this.#column('block_at_registration', (uid) => Number(this.snapshot.blockAtRegistration[uid]))
  }

  /** Weights, `n` rows of `n`: each row divided by its sum. */
  get W(): readonly Float64Array[] {
    return this.#matrix('W', this.#mechanism.weights, (row) => {
      const sum = row.reduce((a, b) => a + b, 0)
      return sum > 0 ? row.map((value) => value / sum) : row
    })
  }
  get weights(): readonly Float64Array[] {
    return this.W
  }
  /** Bonds, `n` rows of `n`: the u16 as stored, as in the SDK. */
  get B(): readonly Float64Array[] {
    return this.#matrix('B', this.#mechanism.bonds, (row) => row)
  }
  get bonds(): readonly Float64Array[] {
    return this.B
  }

  get hparams(): Hyperparameters {
    const { snapshot } = this
    const { subnet } = snapshot
    return {
      activity_cutoff: Number(snapshot.activityCutoffBlocks),
      alpha_high: snapshot.alphaHigh / U16_MAX,
      alpha_low: snapshot.alphaLow / U16_MAX,
      bonds_moving_avg: Number(snapshot.bondsMovingAverage) / 1e6,
      burn: Number(subnet.burn) / RAO,
      commit_reveal_weights_enabled: snapshot.commitRevealEnabled,
      difficulty: Number(subnet.difficulty),
      immunity_period: subnet.immunityPeriod,
      kappa: snapshot.kappa / U16_MAX,
      liquid_alpha_enabled: snapshot.liquidAlphaOn,
      max_burn: Number(subnet.maxBurn) / RAO,
      max_validators: snapshot.maxAllowedValidators,
      max_weights_limit: subnet.maxWeightsLimit,
      min_allowed_weights: subnet.minAllowedWeights,
      min_burn: Number(subnet.minBurn) / RAO,
      registration_allowed: subnet.networkRegistrationAllowed,
      rho: subnet.rho,
      tempo: subnet.tempo,
      weights_rate_limit: Number(subnet.weightsSetRateLimit),
      weights_version: Number(subnet.weightsVersionKey),
      yuma3_enabled: snapshot.yuma3On,
    }
  }

  get pool(): Pool {
    const { subnet } = this.snapshot
    return {
      alpha_out: Number(subnet.subnetAlphaOut) / RAO,
      alpha_in: Number(subnet.subnetAlphaIn) / RAO,
      tao_in: Number(subnet.subnetTao) / RAO,
      subnet_volume: Number(subnet.subnetVolume) / RAO,
      moving_price: Number(subnet.subnetMovingPrice) / 2 ** 32,
    }
  }

  get #mechanism(): ChainSnapshot['mechanisms'][number] {
    return this.snapshot.mechanisms[this.mechid]!
  }

  #column(name: string, at: (uid: number) => number): Float64Array {
    const known = this.#made.get(name)
    if (known instanceof Float64Array) return known
    const column = Float64Array.from({ length: this.n }, (_, uid) => at(uid))
    this.#made.set(name, column)
    return column
  }

  #proportions(name: 'R' | 'T' | 'Tv' | 'C' | 'I' | 'D'): Float64Array {
    return this.#column(name, (uid) => (this.raw[name][uid] ?? 0) / U16_MAX)
  }

  #flags(column: Uint8Array): readonly boolean[] {
    return Array.from({ length: this.n }, (_, uid) => column[uid] === 1)
  }

  #matrix(
    name: string,
    rows: SparseRows,
    finish: (row: Float64Array) => Float64Array,
  ): readonly Float64Array[] {
    const known = this.#made.get(name)
    if (known !== undefined && !(known instanceof Float64Array)) return known
    const matrix = Array.from({ length: this.n }, (_, i) => {
      const row = new Float64Array(this.n)
      for (let at = rows.rowStart[i]!; at < rows.rowStart[i + 1]!; at++) {
        const uid = rows.uid[at]!
        if (uid < this.n) row[uid] = rows.value[at]!
      }
      return finish(row)
    })
    this.#made.set(name, matrix)
    return matrix
  }
}

/** Hyperparameters under the SDK's names: proportions from 0 to 1, prices in TAO. */
export interface Hyperparameters {
  readonly activity_cutoff: number
  readonly alpha_high: number
  readonly alpha_low: number
  readonly bonds_moving_avg: number
  readonly burn: number
  readonly commit_reveal_weights_enabled: boolean
  readonly difficulty: number
  readonly immunity_period: number
  readonly kappa: number
  readonly liquid_alpha_enabled: boolean
  readonly max_burn: number
  readonly max_validators: number
  readonly max_weights_limit: number
  readonly min_allowed_weights: number
  readonly min_burn: number
  readonly registration_allowed: boolean
  readonly rho: number
  readonly tempo: number
  readonly weights_rate_limit: number
  readonly weights_version: number
  readonly yuma3_enabled: boolean
}

/** The subnet's pool, in tokens. */
export interface Pool {
  readonly alpha_out: number
  readonly alpha_in: number
  readonly tao_in: number
  readonly subnet_volume: number
  readonly moving_price: number
}

/**
 * The snapshot under the Python SDK's names.
 *
 * @example
 * ```ts
 * const m = metagraph(await chain.subnet(1))
 * m.S[0]      // stake of uid 0, in tokens
 * m.raw.I[0]  // its incentive, a u16
 * ```
 *
 * @param paid The result of the epoch that left this state, where {@link Metagraph.paid} is wanted.
 */
export function metagraph(snapshot: ChainSnapshot, mechid = 0, paid?: PaidEmission): Metagraph {
  return new Metagraph(snapshot, mechid, paid)
}

function checkPaid(paid: PaidEmission, n: number): void {
  withMembers("an epoch's result", 'serverEmission', 'validatorEmission')('paid', paid)
  for (const column of [paid.serverEmission, paid.validatorEmission]) {
    if (typedArrayName(column) === 'BigUint64Array' && column.length === n) continue
    throw unexpectedValue('paid', `the result of an epoch of ${n} neurons`, paid)
  }
}
