/** Validators' baskets and what waits for them, as the rows that emission reads. */

import type { Basket, BasketHolding, BasketQueue, StoredShare } from '../snapshot/block.ts'
import type { Accounts } from './accounts.ts'
import type { Draft } from './columns.ts'
import type { NetworkGlobals, NetworkRows, NetworkStakesRow } from './fields.ts'

/** A pool of stake, and the shares in it that are known. */
type PoolRow = Omit<NetworkStakesRow, 'hotkey'>

const NO_SHARES = { kind: 0, mantissa: 0n, exponent: 0n } as const

/** How a share crosses: 0 for none, 1 for a decimal number, 2 for bits. */
export function shareOf(share: StoredShare | null): { kind: number; mantissa: bigint; exponent: bigint } {
  if (share === null) return NO_SHARES
  if (share.kind === 'fixed') return { kind: 2, mantissa: share.bits, exponent: 0n }
  return { kind: 1, mantissa: share.mantissa, exponent: share.exponent }
}

/** Every address that baskets name. */
export function* addressesOfBaskets(queue: BasketQueue | null, baskets: readonly Basket[]): Iterable<string> {
  if (queue !== null) {
    yield* [queue.escrow, ...queue.rootHotkeys]
    yield* queue.deposits.map(({ hotkey }) => hotkey)
    if (queue.cursor !== null) yield queue.cursor.hotkey
  }
  yield* baskets.map(({ hotkey }) => hotkey)
}

/**
 * What the chain keeps once of baskets.
 * @param threshold `RootClaimableThreshold` of root.
 */
function basketGlobals(
  { escrow, cursor }: BasketQueue,
  threshold: bigint,
  accounts: Accounts,
): Draft<NetworkGlobals> {
  return {
    basketEscrow: accounts.of(escrow),
    basketThreshold: threshold,
    basketCursorHotkey: cursor && accounts.of(cursor.hotkey),
    basketCursorNetuid: cursor?.netuid ?? 0,
  }
}

/** Who is on root, what waits, and what baskets are. Of a basket that was not read its hotkey is there. */
function basketRows(
  { rootHotkeys, deposits, cursor }: BasketQueue,
  baskets: readonly Basket[],
  accounts: Accounts,
): Pick<Draft<NetworkRows>, 'rootHotkeys' | 'baskets' | 'basketDeposits'> {
  const named = [...rootHotkeys, ...deposits.map(({ hotkey }) => hotkey)]
  if (cursor !== null) named.push(cursor.hotkey)
  const read = new Map(baskets.map((basket) => [basket.hotkey, basket]))
  const hotkeys = [...new Set([...named, ...read.keys()])]
  return {
    rootHotkeys: rootHotkeys.map((hotkey) => ({ hotkey: accounts.of(hotkey) })),
    baskets: hotkeys.map((address) => {
      const { shares = 0n, rate = 0n, depositedTao = 0n } = read.get(address) ?? {}
      const hotkey = accounts.of(address)
      return { hotkey, hash: accounts.hash(hotkey), shares, rate, depositedTao }
    }),
    basketDeposits: deposits.map(({ hotkey, netuid, rao }) => ({ hotkey: accounts.of(hotkey), netuid, rao })),
  }
}

/** Stakes on one subnet, with what is known of those behind baskets' hotkeys put in; ascending. */
function withHoldings<Row extends { readonly hotkey?: number }>(
  stakes: readonly Row[],
  netuid: number,
  escrow: number,
  baskets: readonly Basket[],
  accounts: Accounts,
): (Row | (PoolRow & { readonly hotkey: number }))[] {
  const rows = new Map<number, Row | (PoolRow & { readonly hotkey: number })>()
  for (const row of stakes) rows.set(row.hotkey!, row)
  for (const basket of baskets) {
    const holding = basket.holdings.find((one) => one.netuid === netuid)
    const hotkey = accounts.of(basket.hotkey)
    const known = rows.get(hotkey) as Partial<PoolRow> | undefined
    // Where all who stake to the hotkey were read, the escrow is among them.
    if (holding !== undefined && (known?.shares ?? []).length === 0)
      rows.set(hotkey, { hotkey, ...poolOf(holding, escrow) })
  }
  return [...rows.values()].sort((a, b) => a.hotkey! - b.hotkey!)
}

function poolOf(
  { total, denominator, poolEpoch, share, shareEpoch }: BasketHolding,
  escrow: number,
): PoolRow {
  return {
    total,
    ...shareOf(denominator),
    epoch: poolEpoch,
    shares: share === null ? [] : [{ coldkey: escrow, ...shareOf(share), epoch: shareEpoch }],
  }
}

/** A network's rows with baskets put in: who may have one, what waits, and what is in those that were read. */
export function putBaskets(
  rows: Draft<NetworkRows>,
  queue: BasketQueue,
  baskets: readonly Basket[],
  threshold: bigint,
  accounts: Accounts,
): Draft<NetworkRows> {
  const escrow = accounts.of(queue.escrow)
  const held = <Row extends { readonly hotkey?: number }>(
    stakes: readonly Row[],
    netuid: number,
  ): ReturnType<typeof withHoldings<Row>> => withHoldings(stakes, netuid, escrow, baskets, accounts)
  return {
    ...rows,
    globals: { ...rows.globals, ...basketGlobals(queue, threshold, accounts) },
    ...basketRows(queue, baskets, accounts),
    rootStakes: held(rows.rootStakes ?? [], 0).map((row) =>
      'shares' in row ? { ...row, rootShares: row.shares } : row,
    ),
    subnets: (rows.subnets ?? []).map((subnet) => ({
      ...subnet,
      stakes: held(subnet.stakes ?? [], subnet.netuid!),
    })),
  }
}
