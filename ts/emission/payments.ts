/** A payout as one list of who gets what. */

import type { Account } from './accounts.ts'
import { checkPayout } from './checks.ts'
import type { NetworkOwners, ReportPayoutsRow } from './fields.ts'

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

/** Where an incentive went, by its number. */
const INCENTIVES = ['incentive', 'incentive-recycled', 'incentive-burned'] as const

/**
 * Everything above 0 that a payout paid, the owner's cut first, then incentives, then dividends.
 * @param owners Who owns the hotkeys: `NetworkColumns.owners`.
 * @throws {InputError} for what is neither.
 */
export function paymentsOf(payout: ReportPayoutsRow, owners: NetworkOwners): Payment[] {
  checkPayout(payout, owners)
  const coldkeys = new Map(Array.from(owners.hotkey, (hotkey, row) => [hotkey, owners.coldkey[row]!]))
  const ownerOf = (hotkey: Account): Account => coldkeys.get(hotkey) ?? 0
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
  const { ownerHotkey, ownerColdkey, pendingOwner, incentives, alphaDividends, rootDividends } = payout
  if (ownerHotkey !== null) add('owner-cut', ownerHotkey, ownerHotkey, ownerColdkey, pendingOwner)
  for (const { hotkey, rao, to, toHotkey, toColdkey } of incentives) {
    add(INCENTIVES[to]!, hotkey, toHotkey, toColdkey, rao)
  }
  for (const { hotkey, take, nominators } of alphaDividends) {
    add('alpha-take', hotkey, hotkey, ownerOf(hotkey), take)
    add('alpha-stakers', hotkey, hotkey, null, nominators)
  }
  for (const { hotkey, take, nominators, toOwner } of rootDividends) {
    add('root-take', hotkey, hotkey, ownerOf(hotkey), take)
    if (toOwner) add('root-owner', hotkey, hotkey, ownerOf(hotkey), nominators)
    else add('root-claimable', hotkey, null, null, nominators)
  }
  return payments
}
