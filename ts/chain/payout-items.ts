/** Storage items that a block writes beside what a snapshot of a subnet holds: who is paid, and what happened. */

import type { Item } from './items.ts'
import {
  accounts,
  bool,
  type ClaimType,
  claimable,
  claimType,
  type Decimal,
  decimal,
  integer,
  type Kind,
  type PendingRelations,
  pendingRelations,
  raw,
  small,
  u16s,
} from './kinds.ts'

const ACCOUNT = '[u8;32]'
const NETUID: readonly string[] = ['u16']
const HOTKEY: readonly string[] = [ACCOUNT]
const HOTKEY_ON: readonly string[] = [ACCOUNT, 'u16']
const ON_HOTKEY: readonly string[] = ['u16', ACCOUNT]
const HOLDING: readonly string[] = [ACCOUNT, ACCOUNT, 'u16']

type Rest<T> = Pick<Item<T>, 'pallet' | 'since' | 'until' | 'except' | 'absent' | 'nullable'>

function item<T>(name: string, keys: readonly string[], kind: Kind<T>, rest: Partial<Rest<T>> = {}): Item<T> {
  return { pallet: 'SubtensorModule', name, keys, kind, ...rest }
}

/** An item whose absence means something. */
function maybe<T>(
  name: string,
  keys: readonly string[],
  kind: Kind<T>,
  rest: Partial<Rest<T | null>> = {},
): Item<T | null> {
  return { pallet: 'SubtensorModule', name, keys, kind, absent: null, nullable: true, ...rest }
}

/** Of a block. */
export const BLOCK: {
  readonly events: Item<string>
  readonly now: Item<bigint | null>
} = {
  events: item('Events', [], raw, { pallet: 'System' }),
  now: maybe('Now', [], integer, { pallet: 'Timestamp' }),
}

/** Of a subnet: what the block's emission reads beside the items of `SUBNET`, and what an epoch left. */
export const SUBNET_BLOCK: {
  readonly powRegistrationAllowed: Item<boolean>
  readonly lease: Item<number | null>
  readonly concentratedInitialized: Item<boolean>
} = {
  powRegistrationAllowed: item('NetworkPowRegistrationAllowed', NETUID, bool),
  lease: maybe('SubnetUidToLeaseId', NETUID, small, { since: 285 }),
  concentratedInitialized: item('SwapV3Initialized', NETUID, bool, {
    pallet: 'Swap',
    since: 283,
    until: 422,
    except: [380],
    absent: false,
  }),
}

/** Of a subnet, written by its epoch until spec 362. */
export const PRUNING_SCORES: Item<Uint16Array> = item('PruningScores', NETUID, u16s, {
  until: 394,
  absent: new Uint16Array(0),
})

/** Of a hotkey, of a coldkey, and of what one has behind the other. */
export const PAYOUT: {
  readonly alphaDividends: Item<bigint | null>
  readonly rootAlphaDividends: Item<bigint | null>
  readonly totalHotkeyAlphaLastEpoch: Item<bigint | null>
  readonly rootClaimable: Item<readonly (readonly [number, bigint])[]>
  readonly rootClaimType: Item<ClaimType>
  readonly pendingChildKeys: Item<PendingRelations>
  readonly stakingHotkeys: Item<readonly string[]>
  readonly totalHotkeyShares: Item<bigint | null>
  readonly totalHotkeySharesV2: Item<Decimal | null>
  readonly alpha: Item<bigint | null>
  readonly alphaV2: Item<Decimal | null>
} = {
  alphaDividends: maybe('AlphaDividendsPerSubnet', ON_HOTKEY, integer),
  rootAlphaDividends: maybe('RootAlphaDividendsPerSubnet', ON_HOTKEY, integer, { since: 361 }),
  totalHotkeyAlphaLastEpoch: maybe('TotalHotkeyAlphaLastEpoch', HOTKEY_ON, integer, { since: 261 }),
  rootClaimable: item('RootClaimable', HOTKEY, claimable, { since: 334, absent: [] }),
  rootClaimType: item('RootClaimType', HOTKEY, claimType, { since: 334, until: 440, absent: 'Swap' }),
  pendingChildKeys: item('PendingChildKeys', ON_HOTKEY, pendingRelations),
  stakingHotkeys: item('StakingHotkeys', HOTKEY, accounts),
  totalHotkeyShares: maybe('TotalHotkeyShares', HOTKEY_ON, integer, { until: 471 }),
  totalHotkeySharesV2: maybe('TotalHotkeySharesV2', HOTKEY_ON, decimal, { since: 397 }),
  alpha: maybe('Alpha', HOLDING, integer, { until: 471 }),
  alphaV2: maybe('AlphaV2', HOLDING, decimal, { since: 397 }),
}
