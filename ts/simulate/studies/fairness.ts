/** Who has how much of a subnet, or of a network, and how evenly: over stake, incentive, dividends and emission. */

import type { EpochResult } from '../../engine/types.ts'
import {
  type Checks,
  checkOptions,
  listOf,
  oneOf,
  unexpectedValue,
  withMembers,
} from '../../errors/options.ts'
import type { Snapshot } from '../../snapshot/types.ts'
import { type Concentration, checkTop, concentration, DEFAULT_TOP } from './concentration.ts'

/** What is counted. */
export type FairnessOver = 'stake' | 'incentive' | 'dividends' | 'emission'
/**
 * Whose: of everyone; of validators, who have a permit after the epoch or dividends of it; of miners, who have no permit
 * or incentive. Emission of validators is what they were paid as such, of miners the same.
 */
export type FairnessOf = 'all' | 'validators' | 'miners'
/** Who counts as one: a uid, all uids of a hotkey or of a coldkey, or a whole subnet. */
export type FairnessBy = 'uid' | 'hotkey' | 'coldkey' | 'subnet'

export const FAIRNESS_OVER: readonly FairnessOver[] = ['stake', 'incentive', 'dividends', 'emission']
export const FAIRNESS_OF: readonly FairnessOf[] = ['all', 'validators', 'miners']
export const FAIRNESS_BY: readonly FairnessBy[] = ['uid', 'hotkey', 'coldkey', 'subnet']

/** A subnet has each hotkey once, so that by hotkey it is as by uid. */
const WITHIN_A_SUBNET: readonly FairnessBy[] = ['uid', 'coldkey']

/** A subnet and its epoch. */
export interface FairnessInput {
  readonly snapshot: Snapshot
  readonly result: EpochResult
  /** What one alpha is worth, in one unit for all subnets of a network: without it the subnet is left out of that. */
  readonly price?: bigint
  /**
   * Rao by uid that are staked to the hotkey on this subnet, for a network: the stake that an epoch weighs counts root's
   * on every subnet anew. Without it that stake is taken.
   */
  readonly staked?: BigUint64Array
}

/** What {@link fairness} and {@link networkFairness} are asked for; everything where nothing is. */
export interface FairnessOptions {
  readonly over?: readonly FairnessOver[]
  readonly of?: readonly FairnessOf[]
  readonly by?: readonly FairnessBy[]
  /** Counts of the greatest whose share is asked for. */
  readonly top?: readonly number[]
}

/** One figure's worth: how evenly one amount is spread over one kind of holders. */
export interface FairnessRow extends Concentration {
  readonly over: FairnessOver
  readonly of: FairnessOf
  readonly by: FairnessBy
}

/** A holder before it is known who counts as one. */
interface Holder {
  readonly keys: Readonly<Record<FairnessBy, string | undefined>>
  readonly amount: bigint
}

/**
 * How evenly one subnet's epoch is spread. Stake is as the epoch weighs it, in I64F64 bits; incentive and dividends are
 * I32F32 bits, of several mechanisms each weighed by what it handed out; emission is rao that were paid.
 * Incentive is miners' alone and dividends validators'; coldkeys only where the snapshot knows them.
 * @throws {InputError} for options that are none, and for a result that is not the snapshot's.
 */
export function fairness(input: FairnessInput, options: FairnessOptions = {}): FairnessRow[] {
  checkInput('input', input)
  checkFairness(options)
  const by = (options.by ?? WITHIN_A_SUBNET).filter((kind) => kind !== 'subnet')
  return rows([input], { ...options, by }, (_, over, of) => amountsOf(input, over, of))
}

/**
 * How evenly a network is spread: stake and emission of all its subnets, in the unit of their prices. Who has several
 * uids, on one subnet or on several, counts as one by hotkey or coldkey, and a subnet as one by subnet.
 * @throws {InputError} for options that are none, and for results that are not the snapshots'.
 */
export function networkFairness(
  inputs: readonly FairnessInput[],
  options: FairnessOptions = {},
): FairnessRow[] {
  if (!Array.isArray(inputs)) throw unexpectedValue('inputs', 'an array of snapshots and results', inputs)
  for (const [at, input] of inputs.entries()) checkInput(`inputs[${at}]`, input)
  checkFairness(options)
  const priced = inputs.filter(({ price }) => price !== undefined)
  if (priced.length < 2) return []
  const over = (options.over ?? FAIRNESS_OVER).filter((what) => what === 'stake' || what === 'emission')
  const by = (options.by ?? FAIRNESS_BY).filter((kind) => kind !== 'uid')
  return rows(priced, { ...options, over, by }, (input, what, of) => worthOf(input, what, of))
}

/** An amount of each uid that belongs to the population; undefined for who does not. */
type Amounts = readonly (bigint | undefined)[]

function rows(
  inputs: readonly FairnessInput[],
  { over = FAIRNESS_OVER, of = FAIRNESS_OF, by = [], top = DEFAULT_TOP }: FairnessOptions,
  amounts: (input: FairnessInput, over: FairnessOver, of: FairnessOf) => Amounts,
): FairnessRow[] {
  return over.flatMap((what) =>
    of.filter(populations(what)).flatMap((whose) => {
      const holders = inputs.flatMap((input) => holdersOf(input, amounts(input, what, whose)))
      return by.flatMap((kind) => {
        const sums = grouped(holders, kind)
        return sums === undefined ? [] : [{ over: what, of: whose, by: kind, ...concentration(sums, top) }]
      })
    }),
  )
}

/** Miners have no dividends, and validators no incentive. */
function populations(over: FairnessOver): (of: FairnessOf) => boolean {
  if (over === 'incentive') return (of) => of === 'miners'
  if (over === 'dividends') return (of) => of === 'validators'
  return () => true
}

function holdersOf({ snapshot }: FairnessInput, amounts: Amounts): Holder[] {
  const { hotkeys, coldkeys, netuid } = snapshot
  return amounts.flatMap((amount, uid) => {
    if (amount === undefined) return []
    const subnet = netuid === undefined ? undefined : String(netuid)
    const keys = { uid: String(uid), hotkey: hotkeys?.[uid], coldkey: coldkeys?.[uid], subnet }
    return [{ keys, amount }]
  })
}

/** The sums of those that count as one; undefined where it is not known who does. */
function grouped(holders: readonly Holder[], by: FairnessBy): bigint[] | undefined {
  const sums = new Map<string, bigint>()
  for (const { keys, amount } of holders) {
    const key = keys[by]
    if (key === undefined) return undefined
    sums.set(key, (sums.get(key) ?? 0n) + amount)
  }
  return [...sums.values()]
}

function amountsOf(input: FairnessInput, over: FairnessOver, of: FairnessOf): Amounts {
  const { snapshot, result } = input
  // Where nothing is handed out, all mechanisms count the same.
  const weights = result.mechanisms.some(({ share }) => share > 0n)
    ? result.mechanisms.map(({ share }) => share)
    : result.mechanisms.map(() => 1n)
  return ofPopulation(input, of, (uid) => {
    if (over === 'stake') return stakeBits(snapshot, uid)
    if (over === 'emission') return paid(result, of, uid)
    return result.mechanisms.reduce((sum, { raw }, at) => sum + raw[over][uid]! * weights[at]!, 0n)
  })
}

function worthOf(input: FairnessInput, over: FairnessOver, of: FairnessOf): Amounts {
  const { result, staked, price = 0n } = input
  return ofPopulation(input, of, (uid) => {
    if (over === 'emission') return price * paid(result, of, uid)
    return price * (staked ?? result.mechanisms[0]!.stake)[uid]!
  })
}

function ofPopulation({ result }: FairnessInput, of: FairnessOf, amount: (uid: number) => bigint): Amounts {
  return Array.from({ length: result.n }, (_, uid) => (belongs(result, of, uid) ? amount(uid) : undefined))
}

function belongs(result: EpochResult, of: FairnessOf, uid: number): boolean {
  if (of === 'all') return true
  const permitted = result.validatorPermit[uid] === 1
  return of === 'validators'
    ? permitted || result.mechanisms.some(({ raw }) => raw.dividends[uid]! > 0n)
    : !permitted || result.mechanisms.some(({ raw }) => raw.incentive[uid]! > 0n)
}

function paid({ serverEmission, validatorEmission }: EpochResult, of: FairnessOf, uid: number): bigint {
  const [server, validator] = [serverEmission[uid]!, validatorEmission[uid]!]
  if (of === 'miners') return server
  return of === 'validators' ? validator : server + validator
}

/** What one word counts of the next. */
const WORD = 2n ** 64n

/** I64F64 bits out of their two words. */
function stakeBits({ totalStake }: Snapshot, uid: number): bigint {
  return totalStake[2 * uid + 1]! * WORD + totalStake[2 * uid]!
}

function checkInput(field: string, input: FairnessInput): void {
  withMembers('a snapshot and its result', 'snapshot', 'result')(field, input)
  withMembers('a snapshot', 'totalStake', 'mechanisms')(`${field}.snapshot`, input.snapshot)
  withMembers('a result', 'serverEmission', 'mechanisms')(`${field}.result`, input.result)
  if (input.snapshot.n !== input.result.n)
    throw unexpectedValue(`${field}.result.n`, `${input.snapshot.n}, as the snapshot's`, input.result.n)
}

const CHECKS: Checks<FairnessOptions> = {
  over: listOf(oneOf(FAIRNESS_OVER)),
  of: listOf(oneOf(FAIRNESS_OF)),
  by: listOf(oneOf(FAIRNESS_BY)),
  top: checkTop,
}

function checkFairness(options: FairnessOptions): void {
  checkOptions('options', options, CHECKS)
}
