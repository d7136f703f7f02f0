/** Validators' baskets: who is on root, what waits for baskets, and what is in them. */

import { ChainError } from '../errors/index.ts'
import type { Basket, BasketHolding, BasketQueue, Baskets } from '../snapshot/block.ts'
import type { NetworkBaskets } from '../snapshot/network.ts'
import { ACCOUNTS, BASKETS, EPOCH, NEURONS, STAKE_POOLS } from './items.ts'
import { lastPart } from './keys.ts'
import type { Decimal } from './kinds.ts'
import { PAYOUT } from './payout-items.ts'
import { shareOf } from './shares.ts'
import type { Cell, Plan, State } from './state.ts'

/** Bytes of an account and of a netuid in a key. */
const ACCOUNT_BYTES = 32
const NETUID_BYTES = 2

/** Digits of a deposit's key: of the item's prefix, a hash, the account behind it, and a netuid. */
const KEY_DIGITS = 2 * (32 + 16 + ACCOUNT_BYTES + NETUID_BYTES)

/**
 * The account whose stake baskets are, 64 hex digits: the one that the chain derives of the pallet's id for `beta/esc`.
 *
 * Follows `get_beta_escrow_account_id` of `staking/claim_root.rs`, spec 475.
 */
export const ESCROW: string = Array.from(new TextEncoder().encode('modlsubtensrbeta/esc'), (byte) =>
  byte.toString(16).padStart(2, '0'),
)
  .join('')
  .padEnd(2 * ACCOUNT_BYTES, '0')

/** A deposit of a storage key. */
interface Deposit {
  /** The key itself. */
  readonly key: string
  /** 64 hex digits. */
  readonly hotkey: string
  readonly netuid: number
}

function depositOf(key: string): Deposit {
  const [account, netuid] = [
    lastPart(key, ACCOUNT_BYTES + NETUID_BYTES).slice(0, 2 * ACCOUNT_BYTES),
    lastPart(key, NETUID_BYTES),
  ]
  return { key, hotkey: account, netuid: Number.parseInt(netuid.slice(2) + netuid.slice(0, 2), 16) }
}

/** Whether a runtime has baskets. */
export function hasBaskets(state: State): boolean {
  return state.schema.of(BASKETS.pendingBasketDeposits).storage !== undefined
}

/** Reads who is on root and what waits for baskets; null where the runtime has none. */
export async function readQueue(state: State): Promise<BasketQueue | null> {
  if (!hasBaskets(state)) return null
  const deposits = (await state.list(BASKETS.pendingBasketDeposits)).map(depositOf)
  const plan = state.plan()
  const cursor = plan.value(BASKETS.pendingBasketFlushCursor)
  const n = plan.value(EPOCH.subnetworkN, 0)
  const amounts = deposits.map(({ hotkey, netuid }) =>
    plan.value(BASKETS.pendingBasketDeposits, hotkey, netuid),
  )
  await state.read(plan)
  const root = state.plan()
  const hotkeys = Array.from({ length: n.value }, (_, uid) => root.value(NEURONS.keys, 0, uid))
  if (hotkeys.length > 0) await state.read(root)
  const { addresses } = state
  const last = cursorOf(state, cursor.value)
  return {
    escrow: addresses.of(ESCROW),
    rootHotkeys: hotkeys.map(({ value }) => addresses.of(value)),
    deposits: deposits.map(({ hotkey, netuid }, i) => ({
      hotkey: addresses.of(hotkey),
      netuid,
      rao: amounts[i]!.value,
    })),
    cursor: last && { hotkey: addresses.of(last.hotkey), netuid: last.netuid },
  }
}

/** The deposit that the cursor, a storage key, is of. */
function cursorOf(state: State, digits: string | null): Deposit | null {
  if (digits === null) return null
  if (digits.length === KEY_DIGITS) {
    const deposit = depositOf(`0x${digits}`)
    if (keyOf(state, deposit.hotkey, deposit.netuid) === deposit.key) return deposit
  }
  const what = `SubtensorModule.PendingBasketFlushCursor is no key of a deposit: 0x${digits}`
  throw new ChainError('malformed', what, { items: ['SubtensorModule.PendingBasketFlushCursor'] })
}

/** The key of a deposit; without a netuid the beginning of all of the hotkey's. */
function keyOf({ schema, keys }: State, ...parts: readonly [hotkey: string, netuid?: number]): string {
  const { storage } = schema.of(BASKETS.pendingBasketDeposits)
  return storage === undefined ? '' : keys.key(storage, parts as readonly (string | number)[])
}

/** What ends a hotkey's keys behind any netuid. */
const LAST_NETUID = 'ffff'

/**
 * Hotkeys whose basket the next block may fill, 64 hex digits each: the first with a deposit behind the cursor in the
 * order of storage, and those on root that an epoch of the block could put before it.
 */
export function turnsOf(state: State, { cursor, deposits, rootHotkeys }: BasketQueue): readonly string[] {
  const { addresses } = state
  const at = (hotkey: string, netuid?: number): string =>
    netuid === undefined
      ? keyOf(state, addresses.accountOf(hotkey))
      : keyOf(state, addresses.accountOf(hotkey), netuid)
  const after = cursor === null ? '' : at(cursor.hotkey, cursor.netuid)
  const next = deposits.find(({ hotkey, netuid }) => at(hotkey, netuid) > after)
  const end = next && at(next.hotkey, next.netuid)
  const between = rootHotkeys.filter((hotkey) => {
    const first = at(hotkey)
    return first + LAST_NETUID > after && (end === undefined || first < end)
  })
  const turns = [...(next === undefined ? [] : [next.hotkey]), ...between]
  return [...new Set(turns)].map((hotkey) => addresses.accountOf(hotkey))
}

interface HoldingCells {
  readonly netuid: number
  readonly total: Cell<bigint>
  readonly fixedDenominator: Cell<bigint | null>
  readonly denominator: Cell<Decimal | null>
  readonly poolEpoch: Cell<bigint>
  readonly fixedShare: Cell<bigint | null>
  readonly share: Cell<Decimal | null>
  readonly shareEpoch: Cell<bigint>
}

function planHolding(plan: Plan, hotkey: string, netuid: number): HoldingCells {
  return {
    netuid,
    total: plan.value(ACCOUNTS.totalHotkeyAlpha, hotkey, netuid),
    fixedDenominator: plan.value(PAYOUT.totalHotkeyShares, hotkey, netuid),
    denominator: plan.value(PAYOUT.totalHotkeySharesV2, hotkey, netuid),
    poolEpoch: plan.value(STAKE_POOLS.alphaSharePoolEpoch, hotkey, netuid),
    fixedShare: plan.value(PAYOUT.alpha, hotkey, ESCROW, netuid),
    share: plan.value(PAYOUT.alphaV2, hotkey, ESCROW, netuid),
    shareEpoch: plan.value(STAKE_POOLS.alphaShareEpoch, hotkey, ESCROW, netuid),
  }
}

function holdingOf(cells: HoldingCells): BasketHolding {
  return {
    netuid: cells.netuid,
    total: cells.total.value,
    denominator: shareOf(cells.fixedDenominator.value, cells.denominator.value),
    poolEpoch: cells.poolEpoch.value,
    share: shareOf(cells.fixedShare.value, cells.share.value),
    shareEpoch: cells.shareEpoch.value,
  }
}

function isHeld({ total, denominator, poolEpoch, share, shareEpoch }: BasketHolding): boolean {
  return total > 0n || denominator !== null || poolEpoch > 0n || share !== null || shareEpoch > 0n
}

/**
 * Reads baskets, and what is staked to their hotkeys.
 * @param hotkeys 64 hex digits each.
 * @param netuids The root among them.
 */
export async function readBaskets(
  state: State,
  hotkeys: readonly string[],
  netuids: readonly number[],
): Promise<Baskets> {
  const plan = state.plan()
  const staking = plan.value(PAYOUT.stakingHotkeys, ESCROW)
  const cells = hotkeys.map((hotkey) => ({
    hotkey,
    shares: plan.value(BASKETS.basketShares, hotkey),
    rate: plan.value(BASKETS.basketRate, hotkey),
    depositedTao: plan.value(BASKETS.basketDepositedTao, hotkey),
    holdings: netuids.map((netuid) => planHolding(plan, hotkey, netuid)),
  }))
  await state.read(plan)
  const { addresses } = state
  return {
    stakingHotkeys: staking.value.map((hotkey) => addresses.of(hotkey)),
    baskets: cells.map(
      ({ hotkey, shares, rate, depositedTao, holdings }): Basket => ({
        hotkey: addresses.of(hotkey),
        shares: shares.value,
        rate: rate.value,
        depositedTao: depositedTao.value,
        holdings: holdings.map(holdingOf).filter(isHeld),
      }),
    ),
  }
}

/**
 * Reads all that is known of baskets: of whoever is on root, and of whom something waits for. Deposits of subnets other
 * than `netuids` are left out.
 */
export async function readNetworkBaskets(
  state: State,
  netuids: readonly number[],
): Promise<NetworkBaskets | null> {
  const queue = await readQueue(state)
  if (queue === null) return null
  const deposits = queue.deposits.filter(({ netuid }) => netuids.includes(netuid))
  const named = [...queue.rootHotkeys, ...deposits.map(({ hotkey }) => hotkey)]
  const hotkeys = [...new Set(named)].map((hotkey) => state.addresses.accountOf(hotkey))
  const ascending = [...new Set([0, ...netuids])].sort((a, b) => a - b)
  return { ...queue, deposits, ...(await readBaskets(state, hotkeys, ascending)) }
}
