/** A payout as one list of who gets what. */

import type { Account, Keys, Payout } from './types.ts'

/**
 * Why rao are paid: the owner's cut; a miner's incentive, or what of it was withheld from the owner's own hotkeys; a
 * validator's take and what its stakers get, by alpha and by root stake; a root dividend that is the owner's as it
 * exceeds the root stake.
 */
export type PaymentKind =
  | 'owner-cut'
  | 'incentive'
  | 'incentive-recycled'
  | 'incentive-burned'
  | 'alpha-take'
  | 'alpha-stakers'
  | 'root-take'
  | 'root-claimable'
  | 'root-owner'

/** Rao of alpha that somebody gets. */
export interface Payment {
  readonly kind: PaymentKind
  /** The hotkey that earned them; of the owner's cut the one they are staked to. */
  readonly hotkey: Account
  /** The hotkey they are staked to; null where they are not staked. */
  readonly toHotkey: Account | null
  /** Whose they are; null for all who stake to the hotkey, and for nobody. */
  readonly coldkey: Account | null
  readonly rao: bigint
}

/** Everything above 0 that a payout paid, the owner's cut first, then incentives, then dividends. */
export function paymentsOf(payout: Payout, keys: Keys): Payment[] {
  const owners = new Map(keys.owner)
  const ownerOf = (hotkey: Account): Account => owners.get(hotkey) ?? 0
  const payments: Payment[] = []
  const add = (
    kind: PaymentKind,
    hotkey: Account,
    toHotkey: Account | null,
    coldkey: Account | null,
    rao: bigint,
  ): void => {
    if (rao > 0n) payments.push({ kind, hotkey, toHotkey, coldkey, rao })
  }
  const { owner, pending, incentives, alpha, root } = payout
  if (owner !== null) add('owner-cut', owner.hotkey, owner.hotkey, owner.coldkey, pending.owner)
  for (const { hotkey, rao, to, toHotkey, toColdkey } of incentives) {
    const kind = to === 'stake' ? 'incentive' : (`incentive-${to}` as const)
    add(kind, hotkey, toHotkey, toColdkey, rao)
  }
  for (const { hotkey, take, nominators } of alpha) {
    add('alpha-take', hotkey, hotkey, ownerOf(hotkey), take)
    add('alpha-stakers', hotkey, hotkey, null, nominators)
  }
  for (const { hotkey, take, nominators, claimable } of root) {
    add('root-take', hotkey, hotkey, ownerOf(hotkey), take)
    if (claimable === null) add('root-owner', hotkey, hotkey, ownerOf(hotkey), nominators)
    else add('root-claimable', hotkey, null, null, nominators)
  }
  return payments
}
