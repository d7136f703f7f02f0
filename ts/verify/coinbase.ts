import { EPOCH, type Item, NETWORK, SUBNET } from '../chain/items.ts'
import { lastPart } from '../chain/keys.ts'
import { bool } from '../chain/kinds.ts'
import { ScaleReader } from '../chain/scale.ts'
import { type Plan, type State, type Values, valuesOf } from '../chain/state.ts'
import { add, addU64, blockEmission, div, min, mul, sub, toU64, whole } from './fixed.ts'

/** Whether neurons may register for work; only the coinbase before TaoFlow reads it. */
const POW_ALLOWED: Item<boolean> = {
  pallet: 'SubtensorModule',
  name: 'NetworkPowRegistrationAllowed',
  keys: ['u16'],
  kind: bool,
}
/** What the coinbase of a block reads of one subnet. */
export interface CoinbaseSubnet {
  readonly netuid: number
  readonly items: Values<typeof SUBNET>
  readonly powAllowed: boolean
}

/** What the coinbase of a block reads. */
export interface CoinbaseState {
  readonly network: Values<typeof NETWORK>
  /** By netuid, ascending, the root first. */
  readonly subnets: readonly CoinbaseSubnet[]
}

/** What a block added to one subnet before its epoch, in rao. */
export interface CoinbaseTerms {
  /** Left out where it is not computed. */
  readonly taoIn?: bigint
  /** Left out where it is not computed. */
  readonly alphaIn?: bigint
  readonly alphaOut: bigint
  /** To what the epoch shares out; before TaoFlow only where root's part could be sold. */
  readonly pending: bigint
}

/** Reads what the coinbase of the block after `state` reads, for all subnets: three requests or so. */
export async function readCoinbase(state: State): Promise<CoinbaseState> {
  const keys = await state.list(EPOCH.networksAdded)
  const netuids = keys.map((key) => new ScaleReader(`0x${lastPart(key, 2)}`).u16()).sort((a, b) => a - b)
  const plan: Plan = state.plan()
  const network = plan.values(NETWORK)
  const subnets = netuids.map((netuid) => ({
    netuid,
    cells: plan.values(SUBNET, netuid),
    pow: plan.value(POW_ALLOWED, netuid),
  }))
  await state.read(plan)
  return {
    network: valuesOf(network),
    subnets: subnets.map(({ netuid, cells, pow }) => ({
      netuid,
      items: valuesOf(cells),
      powAllowed: pow.value,
    })),
  }
}

/** Bits of the f32 nearest to 0.98. */
const SUBNETS_PART = 4_209_068_032n
const HALF = whole(1n) / 2n
const U64_MAX = (1n << 64n) - 1n

function movingPrice({ items }: CoinbaseSubnet): bigint {
  if (items.subnetMechanism === 0) return whole(1n)
  return items.subnetMovingPrice > 0n ? items.subnetMovingPrice : 0n
}

/** TAO that one alpha costs: by the pool of concentrated liquidity, or by its reserves before it is set up. */
function price({ items }: CoinbaseSubnet): bigint {
  if (items.subnetMechanism !== 1) return whole(1n)
  const root = items.alphaSqrtPrice
  // U64F64 squared, then 32 of its fraction bits dropped.
  if (root !== null && root > 0n) return min((root * root) >> 64n, (1n << 128n) - 1n) >> 32n
  const [tao, alpha] = [
    addU64(items.subnetTao, items.subnetTaoProvided),
    addU64(items.subnetAlphaIn, items.subnetAlphaInProvided),
  ]
  return div(whole(tao), whole(alpha)) ?? 0n
}

/**
 * What the coinbase of spec 300 gives a subnet in one block; undefined for one that it does not emit to.
 *
 * Follows `run_coinbase` of `pallets/subtensor/src/coinbase/run_coinbase.rs` at commit d846d2b0f, whose runtime
 * reports spec 300.
 */
export function coinbase300(state: CoinbaseState, netuid: number): CoinbaseTerms | undefined {
  const emitting = state.subnets.filter(
    (subnet) => subnet.netuid !== 0 && subnet.items.firstEmissionBlockNumber !== null,
  )
  const subnet = emitting.find((candidate) => candidate.netuid === netuid)
  if (subnet === undefined) return undefined
  const { items } = subnet
  const minted = mul(whole(blockEmission(state.network.totalIssuance)), SUBNETS_PART)
  const prices = emitting.map(movingPrice).reduce(add, 0n)
  const tao = div(mul(minted, movingPrice(subnet)), prices) ?? 0n
  const alphaOut = whole(blockEmission(addU64(items.subnetAlphaIn, items.subnetAlphaOut)))
  const alphaIn = toU64(min(div(tao, price(subnet)) ?? alphaOut, alphaOut))
  const open = items.networkRegistrationAllowed || subnet.powAllowed
  const rest = sub(alphaOut, ownerCut(state, alphaOut))
  // Of the alpha after this block's injection.
  const alpha = addU64(addU64(items.subnetAlphaIn, alphaIn), addU64(items.subnetAlphaOut, toU64(alphaOut)))
  const root = mul(mul(rootProportion(state, alpha), rest), HALF)
  return {
    taoIn: open ? toU64(tao) : 0n,
    alphaIn,
    alphaOut: toU64(alphaOut),
    pending: toU64(sub(rest, root)) + toU64(root),
  }
}

/**
 * What the coinbase of spec 425 adds to a subnet's pending amounts; undefined for one that it does not emit to. Of the
 * pool only what the block put into it counts, which is taken from the state after: `SubnetAlphaInEmission`.
 *
 * Follows `run_coinbase` of `pallets/subtensor/src/coinbase/run_coinbase.rs`, spec 425.
 */
export function coinbase425(
  state: CoinbaseState,
  netuid: number,
  alphaIn: bigint,
): CoinbaseTerms | undefined {
  const emitting = state.subnets.filter(
    ({ netuid, items }) =>
      netuid !== 0 &&
      items.firstEmissionBlockNumber !== null &&
      items.subtokenEnabled &&
      items.networkRegistrationAllowed,
  )
  const subnet = emitting.find((candidate) => candidate.netuid === netuid)
  if (subnet === undefined) return undefined
  const { items } = subnet
  const alphaOut = blockEmission(addU64(items.subnetAlphaIn, items.subnetAlphaOut))
  const cut = items.ownerCutEnabled ? ownerCut(state, whole(alphaOut)) : 0n
  const rest = sub(whole(alphaOut), cut)
  const alpha = addU64(addU64(items.subnetAlphaIn, alphaIn), addU64(items.subnetAlphaOut, alphaOut))
  const root = mul(mul(rootProportion(state, alpha), rest), HALF)
  const server = mul(rest, HALF)
  const validator = sub(sub(rest, server), root)
  // Root is paid where the prices of all subnets together are above one; else its part is recycled.
  const rootIsPaid = emitting.map(movingPrice).reduce(add, 0n) > whole(1n)
  return {
    alphaOut,
    pending: toU64(server) + toU64(validator) + (rootIsPaid ? toU64(root) : 0n),
  }
}

function ownerCut({ network }: CoinbaseState, alpha: bigint): bigint {
  return mul(alpha, div(whole(BigInt(network.subnetOwnerCut)), whole(65_535n)) ?? 0n)
}

function rootProportion({ network, subnets }: CoinbaseState, alpha: bigint): bigint {
  const rootTao = subnets.find(({ netuid }) => netuid === 0)?.items.subnetTao ?? 0n
  const weight = div(whole(network.taoWeight), whole(U64_MAX)) ?? 0n
  const weighted = mul(whole(rootTao), weight)
  return div(weighted, add(weighted, whole(alpha))) ?? 0n
}
