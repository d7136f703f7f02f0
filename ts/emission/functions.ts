/** Functions that need no network. */

import { InputError } from '../errors/index.ts'
import { checkRequest, column } from './checks.ts'
import { unsignedAt } from './columns.ts'
import { type Host, words } from './host.ts'
import { type Side, type SwapResult, swapResult } from './network.ts'
import { type EmissionRanges, emissionRanges } from './rules.ts'
import { bigSlot, flagSlot, NONE, smallSlot } from './slots.ts'

const FUNCTION = {
  ranges: 0,
  facts: 1,
  blockEmission: 2,
  swap: 3,
  quote: 4,
  split: 6,
  pruning: 20,
  pendingOfBlock: 21,
} as const

const MAX_U16 = 0xffff
const MAX_U32 = 0xffff_ffff

/** What a spec version does and stores: of any from 233 on, as far as it is known. */
export interface Facts {
  readonly specVersion: number
  /** When epochs run: `modulo` every `Tempo + 1` blocks at a place that the netuid fixes, `stateful` by what is stored. */
  readonly schedule: 'modulo' | 'stateful'
  /** How root stake is paid: with TAO that root's part was sold for, as stake on root; or with alpha to claim. */
  readonly rootDividends: 'staked' | 'claimable'
  /** Whether miners' and validators' pending amounts are kept apart, not in `PendingEmission` together. */
  readonly pendingApart: boolean
  /** Whether an epoch stores ranks, trust and pruning scores. */
  readonly storesRank: boolean
  /** Whether an epoch stores stake weights: 320 left those that were there. */
  readonly storesStakeWeight: boolean
  /** Whether the shares of a block's TAO are known. */
  readonly shares: boolean
  /** Whether the own part of a block is known, before any epoch: {@link ResidentNetwork.coinbase}. */
  readonly coinbase: boolean
  /** Whether the pool after a block's own part is known. */
  readonly pool: boolean
  /** Whether all of a block is known, with what its epochs pay: {@link ResidentNetwork.run}. */
  readonly block: boolean
  /** Whether the owner counts below the stake threshold and has a permit always; null where epochs are not known. */
  readonly ownerExempt: boolean | null
  /** Whether weights are masked that were committed before their target registered; null where epochs are not known. */
  readonly commitRevealMask: boolean | null
}

/** Reserves and weights of a subnet's pool. */
export interface Pool {
  /** 1: priced by the pool. Any other: alpha is worth TAO one to one. `SubnetMechanism`. */
  readonly mechanism: number
  /** `SubnetTAO`. */
  readonly tao: bigint
  /** `SubnetAlphaIn`. */
  readonly alpha: bigint
  /** The TAO reserve's weight in parts of 10^18, from 0.01 to 0.99. `SwapBalancer`. */
  readonly quoteWeight: bigint
  /** `PalSwapInitialized`. */
  readonly initialized: boolean
  /** u16 proportion. `FeeRate`. */
  readonly feeRate: number
}

/** A swap on a pool by itself. */
export interface SwapRequest {
  readonly pool: Pool
  readonly side: Side
  /** Fee included. */
  readonly amount: bigint
  /** Rao of TAO per 10^9 rao of alpha; none by default. */
  readonly limit?: bigint
  readonly dropFees: boolean
}

/** A swap, and the price before and after, U64F64; or why there would be none. */
export type Quote =
  | { readonly swap: SwapResult; readonly priceBefore: bigint; readonly priceAfter: bigint }
  | Extract<SwapResult, { readonly refused: unknown }>

/** What decides whom registrations replace. Columns are by uid. */
export interface PruningRequest {
  readonly specVersion: number
  /** The block in which a neuron would register. */
  readonly block: bigint
  readonly blockAtRegistration: BigUint64Array
  /** What the last epoch stored that each got, of any length as on chain. `Emission`. */
  readonly emission: BigUint64Array
  /** Uid of the owner's hotkey; null for none. */
  readonly ownerUid: number | null
  /** Whether the neuron's hotkey is of the owner's coldkey, 0 or 1: `OwnedHotkeys` and `Owner` say the same. */
  readonly owners: Uint8Array
  readonly immunityPeriod: number
  readonly immuneOwnerUidsLimit: number
  readonly minNonImmuneUids: number
}

/** Whom registrations replace. */
export interface Pruning {
  /** Uids in the order in which registrations in that block would replace those that are there now. */
  readonly order: Uint16Array
  /** By uid, the first block in which it is not immune. */
  readonly immuneUntil: BigUint64Array
}

/** What a block has that adds to what is pending. */
export interface PendingOfBlockRequest {
  /** Alpha that is minted for participants, in rao. `SubnetAlphaOutEmission`. */
  readonly alphaOut: bigint
  readonly ownerCutEnabled: boolean
  /** A u16 proportion. */
  readonly subnetOwnerCut: number
  /** U96F32 bits, of at most one. `RootProp`. */
  readonly rootProp: bigint
}

/** What is pending of a block, rao of alpha. */
export interface PendingOfBlock {
  readonly server: bigint
  readonly validator: bigint
  readonly root: bigint
  readonly owner: bigint
}

/** What of an emission each mechanism shares out. */
export interface SplitRequest {
  readonly emission: bigint
  /** u16 parts; null for an even split. */
  readonly mechanismEmissionSplit: Uint16Array | null
  readonly mechanismCount: number
}

/** The spec versions whose rules are known, path by path. */
export function ranges(host: Host): EmissionRanges {
  return emissionRanges(words(host, FUNCTION.ranges, [])[0]!)
}

/** What a spec version does and stores. */
export function facts(host: Host, specVersion: number): Facts {
  const [found] = words(host, FUNCTION.facts, [smallSlot('spec_version', specVersion, MAX_U32)])
  const flag = (at: number): boolean => found![at] === 1n
  const maybe = (at: number): boolean | null => (found![at] === 2n ? null : flag(at))
  return {
    specVersion,
    schedule: flag(0) ? 'stateful' : 'modulo',
    rootDividends: flag(1) ? 'claimable' : 'staked',
    pendingApart: flag(2),
    storesRank: flag(3),
    storesStakeWeight: flag(4),
    shares: flag(5),
    coinbase: flag(6),
    pool: flag(7),
    block: flag(8),
    ownerExempt: maybe(9),
    commitRevealMask: maybe(10),
  }
}

/** Rao minted in a block at an issuance of so many; null from the maximum on, where the chain mints none. */
export function blockEmission(host: Host, issuance: bigint): bigint | null {
  const [found] = words(host, FUNCTION.blockEmission, [bigSlot('issuance', issuance)])
  return found![0] === NONE ? null : found![0]!
}

function poolSlots(pool: Pool): bigint[] {
  checkRequest('pool', pool)
  return [
    smallSlot('pool.mechanism', pool.mechanism, MAX_U16),
    bigSlot('pool.tao', pool.tao),
    bigSlot('pool.alpha', pool.alpha),
    bigSlot('pool.quote_weight', pool.quoteWeight),
    flagSlot('pool.initialized', pool.initialized),
    smallSlot('pool.fee_rate', pool.feeRate, MAX_U16),
  ]
}

function sideSlot(side: Side): bigint {
  if (side === 'buy') return 0n
  if (side === 'sell') return 1n
  throw new InputError({ field: 'side', expected: `expected buy or sell, found ${String(side)}` })
}

function swapOf(found: BigUint64Array): SwapResult {
  const [refused, paidIn, paidOut, fee] = found as unknown as [bigint, bigint, bigint, bigint]
  return swapResult(Number(refused), paidIn, paidOut, fee)
}

/** A swap and the pool after it. */
export function swap(host: Host, request: SwapRequest): { readonly swap: SwapResult; readonly pool: Pool } {
  checkRequest('request', request)
  const { pool, side, amount, limit, dropFees } = request
  const slots = [
    ...poolSlots(pool),
    sideSlot(side),
    bigSlot('amount', amount),
    limit === undefined ? NONE : bigSlot('limit', limit),
    flagSlot('drop_fees', dropFees),
  ]
  const [result, after] = words(host, FUNCTION.swap, slots)
  const [mechanism, tao, alpha, quoteWeight, initialized, feeRate] = after as unknown as bigint[]
  return {
    swap: swapOf(result!),
    pool: {
      mechanism: Number(mechanism),
      tao: tao!,
      alpha: alpha!,
      quoteWeight: quoteWeight!,
      initialized: initialized === 1n,
      feeRate: Number(feeRate),
    },
  }
}

/** What staking (buy) or unstaking (sell) would give. */
export function quote(host: Host, request: Pick<SwapRequest, 'pool' | 'side' | 'amount'>): Quote {
  checkRequest('request', request)
  const { pool, side, amount } = request
  const slots = [...poolSlots(pool), sideSlot(side), bigSlot('amount', amount)]
  const [result, prices] = words(host, FUNCTION.quote, slots)
  const found = swapOf(result!)
  if (prices === undefined || 'refused' in found) return found as Quote
  return { swap: found, priceBefore: unsignedAt(prices, 0), priceAfter: unsignedAt(prices, 1) }
}

/** Whom registrations would replace: of versions from 365 on. */
export function pruning(host: Host, request: PruningRequest): Pruning {
  checkRequest('request', request)
  const { specVersion, block, ownerUid, immunityPeriod, immuneOwnerUidsLimit, minNonImmuneUids } = request
  const slots = [
    smallSlot('spec_version', specVersion, MAX_U32),
    bigSlot('block', block),
    smallSlot('owner_uid', ownerUid ?? MAX_U32, MAX_U32),
    smallSlot('immunity_period', immunityPeriod, MAX_U16),
    smallSlot('immune_owner_uids_limit', immuneOwnerUidsLimit, MAX_U16),
    smallSlot('min_non_immune_uids', minNonImmuneUids, MAX_U16),
  ]
  const columns = [
    column('blockAtRegistration', request.blockAtRegistration, 'BigUint64Array'),
    column('emission', request.emission, 'BigUint64Array'),
    column('owners', request.owners, 'Uint8Array'),
  ]
  const [order, immuneUntil] = words(host, FUNCTION.pruning, slots, columns)
  return { order: Uint16Array.from(order!, Number), immuneUntil: immuneUntil!.slice() }
}

/** What a block adds to what is pending. */
export function pendingOfBlock(host: Host, request: PendingOfBlockRequest): PendingOfBlock {
  checkRequest('request', request)
  const { alphaOut, ownerCutEnabled, subnetOwnerCut, rootProp } = request
  const [found] = words(host, FUNCTION.pendingOfBlock, [
    bigSlot('alpha_out', alphaOut),
    flagSlot('owner_cut_enabled', ownerCutEnabled),
    smallSlot('subnet_owner_cut', subnetOwnerCut, MAX_U16),
    bigSlot('root_prop', rootProp),
  ])
  const [server, validator, root, owner] = found as unknown as [bigint, bigint, bigint, bigint]
  return { server, validator, root, owner }
}

/** What of an emission each mechanism shares out. */
export function splitEmission(host: Host, request: SplitRequest): readonly bigint[] {
  checkRequest('request', request)
  const { emission, mechanismEmissionSplit, mechanismCount } = request
  const slots = [
    bigSlot('emission', emission),
    flagSlot('mechanism_emission_split', mechanismEmissionSplit !== null),
    smallSlot('mechanism_count', mechanismCount, 0xff),
  ]
  const split =
    mechanismEmissionSplit === null
      ? new Uint16Array(0)
      : column('mechanismEmissionSplit', mechanismEmissionSplit, 'Uint16Array')
  return [...words(host, FUNCTION.split, slots, [split])[0]!]
}
