import { InputError } from '../errors/index.ts'
import { checkGenerate } from './checks.ts'
import { USUAL_SPEC_VERSION } from './generated/hyperparameters.ts'
import { type Hyperparameters, usualEmission, usualHyperparameters } from './hyperparameters.ts'
import { MAX_ENTRIES } from './limits.ts'
import { Random } from './random.ts'
import { RowsBuilder } from './rows.ts'
import { ss58 } from './ss58.ts'
import type { MechanismState, Snapshot, SparseRows } from './types.ts'

/** What {@link generate} makes. */
export interface GenerateOptions {
  /** Neurons, 1 to 65535. */
  readonly n: number
  /** How many of them validate; uid 0, the owner's, is the first. */
  readonly validators: number
  /** A whole number from 0 to 2^53 - 1: the same seed and options give the same subnet, on every machine. */
  readonly seed: number
  /** The part of the neurons that validators weigh, 0 to 1; all of them by default. */
  readonly density?: number
  /**
   * The part of the weighed neurons that a validator weighs itself, 0 to 1: each validator has a part of its own between
   * these two. By default all but a few; where one of the two is given the other is 0 or 1.
   */
  readonly leastCoverage?: number
  readonly mostCoverage?: number
  /**
   * How many times longer than by chance the runs of neighbouring uids are that a validator weighs or leaves out, 1 to
   * 65535; 1 by default. It has no effect without a coverage.
   */
  readonly burst?: number
  /**
   * Whether bonds are there only with neurons that have consensus, as many epochs on such weights leave them; by default
   * with every neuron that is weighed.
   */
  readonly steadyBonds?: boolean
  /** Mechanisms, 1 by default. */
  readonly mechanisms?: number
  /** {@link USUAL_SPEC_VERSION} by default. */
  readonly specVersion?: number
  readonly netuid?: number
  readonly name?: string
  /** Block of the epoch, 8,000,000 by default. */
  readonly block?: bigint
  /** Rao of alpha to hand out; by default what a tempo's blocks bring. */
  readonly emission?: bigint
  /** What differs from the usual hyperparameters; as many validators are allowed as there are by default. */
  readonly hyperparameters?: Partial<Hyperparameters>
}

const RAO = 1e9
const NO_COMMIT = 2n ** 64n - 1n
const OLDEST_AGE = 1_000_000

/** Shares of neurons for which a subnet of the chain has them, roughly. */
const RECENTLY_REGISTERED = 0.03
const INACTIVE_VALIDATORS = 0.06
const CONTRARIAN_VALIDATORS = 0.06
const COMMITTED_VALIDATORS = 0.25
/** What each validator leaves out of the neurons that are weighed, where those are not all. */
const OVERLOOKED_MINERS = 0.05

/**
 * A made-up subnet like those on the chain: validators whose stake falls off with their rank, and who weigh miners by
 * a quality that they largely agree on; bonds that earlier epochs on such weights leave; a few validators that are
 * inactive or see it otherwise, a few neurons that have just registered. Only plain IEEE arithmetic decides a value,
 * so that the result does not depend on the machine.
 * @throws {InputError} for an option out of its range.
 */
export function generate(options: GenerateOptions): Snapshot {
  const {
    n,
    seed,
    specVersion = USUAL_SPEC_VERSION,
    netuid,
    name,
    block = 8_000_000n,
    mechanisms: count = 1,
  } = checked(options)
  const hyperparameters: Hyperparameters = {
    ...usualHyperparameters(specVersion),
    maxAllowedValidators: options.validators,
    ...options.hyperparameters,
  }
  const random = new Random(seed)
  const subnet = population(random, options, block, hyperparameters)
  const mechanisms = Array.from({ length: count }, () => mechanism(random, subnet))
  return {
    specVersion,
    ...(netuid === undefined ? {} : { netuid }),
    name: name ?? `generated n=${n} validators=${options.validators} seed=${seed}`,
    hotkeys: addresses(random, n),
    coldkeys: addresses(random, n),
    n,
    block,
    lastMechanismStepBlock: block > hyperparameters.tempo ? block - hyperparameters.tempo : 0n,
    ...hyperparameters,
    blockAtRegistration: subnet.registered,
    totalStake: subnet.totalStake,
    ownerUid: 0,
    validatorPermit: subnet.permits,
    emission: options.emission ?? usualEmission(hyperparameters.tempo),
    mechanismEmissionSplit: null,
    mechanisms,
  }
}

/** @throws {InputError} for an option out of its range, and for more weights and bonds than a file can hold. */
function checked(options: GenerateOptions): GenerateOptions {
  checkGenerate(options)
  const { n, validators, density = 1, mechanisms = 1 } = options
  // Each weight leaves a bond.
  const entries = 2 * validators * n * density * mechanisms
  if (entries <= MAX_ENTRIES) return options
  throw new InputError({
    field: 'n',
    expected: `expected at most ${MAX_ENTRIES} weights and bonds in all, found ${entries}: fewer validators, or a lower density`,
  })
}

/** Who is there, before anyone weighs anyone. */
interface Population {
  readonly n: number
  readonly density: number
  /** Which of the weighed neurons each validator weighs; undefined for all but a few. */
  readonly coverage: Coverage | undefined
  readonly steadyBonds: boolean
  readonly block: bigint
  readonly hyperparameters: Hyperparameters
  /** Ascending. */
  readonly validators: readonly number[]
  /** Stake in rao by uid. */
  readonly stake: Float64Array
  readonly totalStake: BigUint64Array
  readonly permits: Uint8Array
  readonly registered: BigUint64Array
  readonly recent: Uint8Array
}

/** The part of the weighed neurons that validators weigh, and how their uids are spread. */
interface Coverage {
  readonly least: number
  readonly most: number
  readonly burst: number
}

function coverageOf({ leastCoverage, mostCoverage, burst = 1 }: GenerateOptions): Coverage | undefined {
  if (leastCoverage === undefined && mostCoverage === undefined) return undefined
  return { least: leastCoverage ?? 0, most: mostCoverage ?? 1, burst }
}

function population(
  random: Random,
  options: GenerateOptions,
  block: bigint,
  hyperparameters: Hyperparameters,
): Population {
  const { n, validators: count, density = 1, steadyBonds = false } = options
  const others = random.permutation(n - 1).map((uid) => uid + 1)
  const ranked = [0, ...others].slice(0, count)
  const stake = stakes(random, n, ranked)
  const permits = new Uint8Array(n)
  for (const uid of ranked.slice(0, hyperparameters.maxAllowedValidators)) permits[uid] = 1
  const recent = Uint8Array.from({ length: n }, (_, uid) =>
    random.chance(RECENTLY_REGISTERED) && uid > 0 ? 1 : 0,
  )
  const registered = BigUint64Array.from(recent, (isRecent) =>
    isRecent
      ? before(block, within(random, hyperparameters.tempo))
      : before(block, 20_000 + random.below(OLDEST_AGE)),
  )
  return {
    n,
    density,
    coverage: coverageOf(options),
    steadyBonds,
    block,
    hyperparameters,
    validators: ranked.toSorted((a, b) => a - b),
    stake,
    totalStake: stakeWords(random, stake),
    permits,
    registered,
    recent,
  }
}

/** A block some blocks ago, or the first. */
function before(block: bigint, blocks: number): bigint {
  const age = BigInt(blocks)
  return block > age ? block - age : 0n
}

/** 1 to `blocks` blocks. */
function within(random: Random, blocks: bigint): number {
  return 1 + random.below(Math.min(Number(blocks), OLDEST_AGE))
}

/** Rao by uid: a validator's falls off with its rank; half of the miners hold a little, all below the threshold. */
function stakes(random: Random, n: number, ranked: readonly number[]): Float64Array {
  const stake = Float64Array.from({ length: n }, () =>
    random.chance(0.5) ? Math.floor(random.unit() * random.unit() * 100 * RAO) : 0,
  )
  for (const [rank, uid] of ranked.entries()) {
    stake[uid] = Math.floor((1200 + (1_500_000 / (rank + 1)) * random.between(0.8, 1.2)) * RAO)
  }
  return stake
}

/** Raw I64F64 bits: weighted TAO stake leaves fractions of a rao. */
function stakeWords(random: Random, stake: Float64Array): BigUint64Array {
  const words = new BigUint64Array(2 * stake.length)
  for (const [uid, rao] of stake.entries()) {
    if (rao === 0) continue
    words[2 * uid] = random.u64()
    words[2 * uid + 1] = BigInt(rao)
  }
  return words
}

function mechanism(random: Random, subnet: Population): MechanismState {
  const lastUpdate = lastUpdates(random, subnet)
  const weights = weightRows(random, subnet)
  return {
    lastUpdate,
    weights,
    bonds: bondRows(random, subnet, weights),
    commitBlocks: commits(random, subnet),
  }
}

/** Miners update at registration; validators within the tempo, but for a few that have stopped. */
function lastUpdates(
  random: Random,
  { block, hyperparameters, validators, registered, recent }: Population,
): BigUint64Array {
  const lastUpdate = registered.slice()
  for (const uid of validators) {
    const stopped = random.chance(INACTIVE_VALIDATORS) && uid > 0
    const age = within(random, hyperparameters.tempo)
    if (recent[uid] === 1) continue
    lastUpdate[uid] = before(block, stopped ? Number(hyperparameters.activityCutoffBlocks) + age : age)
  }
  return lastUpdate
}

/**
 * What validators think of each neuron, before they differ: falls off with its rank; validators mine little. Beyond
 * the density it is 0: validators leave out the same neurons, or they would never agree on one.
 */
function qualities(random: Random, { n, density, validators }: Population): Float64Array {
  const quality = new Float64Array(n)
  const weighed = random.permutation(n).slice(0, Math.ceil(density * n))
  for (const [rank, uid] of weighed.entries()) quality[uid] = 1 / Math.sqrt(rank + 1)
  for (const uid of validators) quality[uid]! *= 0.02
  return quality
}

function weightRows(random: Random, subnet: Population): SparseRows {
  const { n, density, coverage, validators, recent } = subnet
  const quality = qualities(random, subnet)
  const overlooked = density < 1 && coverage === undefined ? OVERLOOKED_MINERS : 0
  const rows = new RowsBuilder()
  const validates = new Uint8Array(n)
  for (const uid of validators) validates[uid] = 1
  const row = new Float64Array(n)
  for (let uid = 0; uid < n; uid++) {
    if (validates[uid] === 1 && recent[uid] === 0) {
      opinion(random, quality, overlooked, uid, row)
      if (coverage !== undefined) leaveOut(random, coverage, row)
      pushScaled(rows, row)
    }
    rows.endRow()
  }
  return rows.finish()
}

/** One validator's weights, not yet scaled; 0 where it sets none. */
function opinion(
  random: Random,
  quality: Float64Array,
  overlooked: number,
  self: number,
  row: Float64Array,
): void {
  const spread = random.chance(CONTRARIAN_VALIDATORS) ? 0.95 : 0.2
  for (let uid = 0; uid < row.length; uid++) {
    const weighs = quality[uid]! > 0 && uid !== self && !random.chance(overlooked)
    row[uid] = weighs ? quality[uid]! * random.between(1 - spread, 1 + spread) : 0
  }
}

/**
 * Zeroes what one validator does not weigh. Whether it weighs a neuron depends on whether it weighs the one before: the
 * longer the bursts, the rarer it changes.
 */
function leaveOut(random: Random, { least, most, burst }: Coverage, row: Float64Array): void {
  const part = random.between(least, most)
  let weighs = random.chance(part)
  for (let uid = 0; uid < row.length; uid++) {
    if (!weighs) row[uid] = 0
    const changes = (weighs ? 1 - part : part) / burst
    if (random.chance(changes)) weighs = !weighs
  }
}

/** Adds a row as the chain holds it: the greatest weight 65535, no zeros. */
function pushScaled(rows: RowsBuilder, row: Float64Array): void {
  const greatest = row.reduce((a, b) => Math.max(a, b), 0)
  for (const [uid, weight] of row.entries()) {
    if (weight > 0) rows.push(uid, Math.max(1, Math.floor((weight / greatest) * 65535)))
  }
}

/**
 * What earlier epochs on about these weights leave: under classic bonds each column in proportion to stake times
 * weight with its greatest at 65535, under Yuma3 each row in proportion to the weights. In the steady state weights are
 * clipped at consensus.
 */
function bondRows(random: Random, subnet: Population, weights: SparseRows): SparseRows {
  const { n, stake, steadyBonds, hyperparameters } = subnet
  const limit = steadyBonds ? consensus(subnet, weights) : undefined
  const shares = new Float64Array(weights.uid.length)
  const scale = new Float64Array(n).fill(1)
  for (let row = 0; row < n; row++) {
    const [start, end] = [weights.rowStart[row]!, weights.rowStart[row + 1]!]
    const sum = weights.value.subarray(start, end).reduce((a, b) => a + b, 0)
    for (let at = start; at < end; at++) {
      const weight = weights.value[at]! / sum
      const clipped = limit === undefined ? weight : Math.min(weight, limit[weights.uid[at]!]!)
      shares[at] = clipped * random.between(0.9, 1)
    }
    if (hyperparameters.yuma3On) continue
    for (let at = start; at < end; at++) shares[at]! *= stake[row]!
  }
  if (!hyperparameters.yuma3On) columnMaxima(weights, shares, scale)
  const rows = new RowsBuilder()
  for (let row = 0; row < n; row++) {
    for (let at = weights.rowStart[row]!; at < weights.rowStart[row + 1]!; at++) {
      const uid = weights.uid[at]!
      const bond = scale[uid]! > 0 ? Math.floor((shares[at]! / scale[uid]!) * 65535) : 0
      if (bond > 0) rows.push(uid, bond)
    }
    rows.endRow()
  }
  return rows.finish()
}

/** The consensus of each neuron, near enough for bonds: the largest weight that kappa of the stake gives it at least. */
function consensus({ n, stake, permits, hyperparameters }: Population, weights: SparseRows): Float64Array {
  const votes: { readonly weight: number; readonly stake: number }[][] = Array.from({ length: n }, () => [])
  let total = 0
  for (let row = 0; row < n; row++) {
    if (permits[row] === 0) continue
    total += stake[row]!
    const [start, end] = [weights.rowStart[row]!, weights.rowStart[row + 1]!]
    const sum = weights.value.subarray(start, end).reduce((a, b) => a + b, 0)
    for (let at = start; at < end; at++)
      votes[weights.uid[at]!]!.push({ weight: weights.value[at]! / sum, stake: stake[row]! })
  }
  const majority = total * (hyperparameters.kappa / 65535)
  return Float64Array.from(votes, (column) => {
    let voted = 0
    for (const vote of column.toSorted((a, b) => b.weight - a.weight)) {
      voted += vote.stake
      if (voted >= majority) return vote.weight
    }
    return 0
  })
}

function columnMaxima({ uid }: SparseRows, shares: Float64Array, maxima: Float64Array): void {
  maxima.fill(0)
  for (const [at, share] of shares.entries()) maxima[uid[at]!] = Math.max(maxima[uid[at]!]!, share)
}

/** Blocks of unrevealed commits: some validators have one. */
function commits(random: Random, { n, block, hyperparameters, validators }: Population): BigUint64Array {
  if (!hyperparameters.commitRevealEnabled) return new BigUint64Array(0)
  const blocks = new BigUint64Array(n).fill(NO_COMMIT)
  for (const uid of validators) {
    const age = within(random, hyperparameters.tempo)
    if (random.chance(COMMITTED_VALIDATORS)) blocks[uid] = before(block, age)
  }
  return blocks
}

/** Addresses of accounts that nobody holds. */
function addresses(random: Random, n: number): string[] {
  return Array.from({ length: n }, () => ss58(Uint8Array.from({ length: 32 }, () => random.below(256))))
}
