/** Both sides of a block as the state that emission reads and leaves. */

import type { Baskets, BlockSide, PayoutState, SubnetSide } from '../snapshot/block.ts'
import type { ChainSnapshot, NetworkItems, Relations } from '../snapshot/network.ts'
import type { Accounts } from './accounts.ts'
import { addressesOfBaskets, putBaskets, shareOf } from './baskets.ts'
import { columnsOf, type Draft } from './columns.ts'
import {
  NETWORK_TABLES,
  type NetworkChildrenRow,
  type NetworkColumns,
  type NetworkRows,
  type NetworkStakesRow,
  type NetworkSubnetsRow,
} from './fields.ts'
import {
  autoStakesOf,
  byHotkey,
  collateralOf,
  consensusOf,
  globalsOf,
  keysOf,
  listRows,
  sparseColumns,
  subnetOf,
} from './snapshot.ts'

type SubnetDraft = Draft<NetworkSubnetsRow>

/** A subnet whose neurons and accounts were read. */
export interface KnownSubnet {
  readonly snapshot: ChainSnapshot
  readonly payout: PayoutState
}

/** What was read at a side of a block beside the network and its subnets. */
export interface KnownState {
  readonly subnets: readonly KnownSubnet[]
  readonly baskets: Baskets | null
}

/** Nothing beside them. */
export const NOTHING_KNOWN: KnownState = { subnets: [], baskets: null }

/** Every address that a side of a block names. */
export function* addressesOf(side: BlockSide, { subnets, baskets }: KnownState): Iterable<string> {
  yield* addressesOfBaskets(side.baskets, baskets?.baskets ?? [])
  yield* baskets?.stakingHotkeys ?? []
  for (const { items } of side.subnets) {
    if (items.subnetOwner !== null) yield items.subnetOwner
    if (items.subnetOwnerHotkey !== null) yield items.subnetOwnerHotkey
  }
  for (const { snapshot, payout } of subnets) {
    yield* snapshot.hotkeys
    yield* snapshot.coldkeys
    yield* snapshot.ownedHotkeys
    yield* payout.hotkeys
    yield* payout.owner
    for (const destination of snapshot.accounts.autoStakeDestination)
      if (destination !== null) yield destination
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) yield* [coldkey, ...hotkeys]
    for (const { coldkey } of payout.holdings ?? []) yield coldkey
    for (const { hotkey, coldkey } of payout.collateral) yield* [hotkey, coldkey]
    yield* payout.collateralSums.map(({ coldkey }) => coldkey)
  }
}

/**
 * The network at one side of a block. Of subnets that are not known the block's own part alone is there: an
 * epoch of theirs takes what is pending and pays nobody. So it is of a leased one.
 */
export function networkColumnsOf(side: BlockSide, known: KnownState, accounts: Accounts): NetworkColumns {
  const leased = new Set(side.subnets.flatMap((subnet) => (subnet.leased ? subnet.netuid : [])))
  const byNetuid = new Map(
    known.subnets
      .filter(({ snapshot }) => !leased.has(snapshot.netuid))
      .map((subnet) => [subnet.snapshot.netuid, subnet]),
  )
  const root = side.subnets.find(({ netuid }) => netuid === 0)
  const subnets = side.subnets.filter(({ netuid }) => netuid !== 0)
  const rows: Draft<NetworkRows> = {
    globals: globalsOf(side, root?.items.subnetTao ?? 0n),
    ...keysOf(
      known.subnets.map(({ snapshot }) => snapshot),
      known.subnets.map(({ payout }) => payout),
      accounts,
    ),
    stakingHotkeys: stakingHotkeysOf(side, known, accounts),
    subnets: subnets.map((subnet) => sideOf(subnet, side.network, byNetuid.get(subnet.netuid), accounts)),
  }
  const mechanisms = subnets.flatMap(({ netuid }) => byNetuid.get(netuid)?.snapshot.mechanisms ?? [])
  const whole = withBaskets(rows, side, known.baskets, accounts)
  return { ...columnsOf(NETWORK_TABLES, whole), ...sparseColumns(mechanisms) }
}

/** The same with baskets, where the runtime has them. */
function withBaskets(
  rows: Draft<NetworkRows>,
  side: BlockSide,
  known: Baskets | null,
  accounts: Accounts,
): Draft<NetworkRows> {
  const queue = side.baskets
  if (queue === null) return rows
  const baskets = known?.baskets ?? []
  const threshold = side.subnets.find(({ netuid }) => netuid === 0)?.items.rootClaimableThreshold ?? 0n
  return putBaskets(rows, queue, baskets, threshold, accounts)
}

function stakingHotkeysOf(
  { baskets: queue }: BlockSide,
  { subnets, baskets }: KnownState,
  accounts: Accounts,
): NetworkRows['stakingHotkeys'] {
  const staking = new Map<number, readonly string[]>()
  for (const { payout } of subnets) {
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) staking.set(accounts.of(coldkey), hotkeys)
  }
  if (queue !== null && baskets !== null) staking.set(accounts.of(queue.escrow), baskets.stakingHotkeys)
  return listRows(staking, accounts)
}

/** A subnet; of one that is not read the epoch pays nobody. */
function sideOf(
  { netuid, items, powRegistrationAllowed, concentratedInitialized }: SubnetSide,
  network: NetworkItems,
  read: KnownSubnet | undefined,
  accounts: Accounts,
): SubnetDraft {
  // The snapshot of a known one may say what its block changed before the epoch.
  const { subnetOwner, subnetOwnerHotkey } = read?.snapshot.subnet ?? items
  return {
    ...subnetOf(netuid, { ...items, subnetOwner, subnetOwnerHotkey }, network, null, accounts),
    powRegistrationAllowed,
    concentratedInitialized,
    participantsUnread: read === undefined,
    ...(read === undefined ? {} : participantsOf(read, accounts)),
  }
}

function participantsOf(known: KnownSubnet, accounts: Accounts): SubnetDraft {
  const { snapshot, payout } = known
  const amounts = (column: readonly (bigint | null)[]): { hotkey: number; rao: bigint }[] =>
    byHotkey([payout], accounts, (_, place) => column[place]!).map(([hotkey, rao]) => ({ hotkey, rao }))
  const rates = byHotkey([payout], accounts, ({ rootClaimable }, place) => rootClaimable[place]!)
  return {
    ...consensusOf(snapshot),
    neurons: snapshot.hotkeys.map((hotkey, uid) => ({
      hotkey: accounts.of(hotkey),
      childkeyTake: snapshot.accounts.childkeyTake[uid]!,
      blockAtRegistration: snapshot.blockAtRegistration[uid]!,
      validatorPermit: snapshot.validatorPermit[uid] ?? 0,
    })),
    children: relativesOf(payout, payout.childKeys, accounts),
    parents: relativesOf(payout, payout.parentKeys, accounts).map(({ hotkey, part, child }) => ({
      hotkey,
      part,
      parent: child,
    })),
    pendingChildren: payout.pendingChildren.map(({ hotkey, children, cooldownBlock }) => ({
      hotkey: accounts.of(payout.hotkeys[hotkey]!),
      cooldownBlock,
      pendingParts: children.map(({ proportion, account }) => ({
        part: proportion,
        child: accounts.of(payout.hotkeys[account]!),
      })),
    })),
    autoStakes: autoStakesOf(snapshot, accounts),
    stakes: stakesOf(payout, accounts),
    rootClaimable: rates.map(([hotkey, rate]) => ({ hotkey, rate })),
    alphaDividends: amounts(payout.alphaDividends),
    rootDividends: amounts(payout.rootAlphaDividends),
    alphaLastEpoch: amounts(payout.totalHotkeyAlphaLastEpoch),
    ...collateralOf(payout, accounts),
  }
}

/** Rows of relations, the relative under `child`, by hotkey in stored order. */
function relativesOf(
  { hotkeys }: PayoutState,
  { rowStart, account, proportion }: Relations,
  accounts: Accounts,
): NetworkChildrenRow[] {
  const rows = hotkeys.flatMap((hotkey, place) =>
    Array.from(account.subarray(rowStart[place], rowStart[place + 1]), (relative, i) => ({
      hotkey: accounts.of(hotkey),
      part: proportion[rowStart[place]! + i]!,
      child: accounts.of(hotkeys[relative]!),
    })),
  )
  return rows.sort((a, b) => a.hotkey - b.hotkey)
}

function stakesOf(payout: PayoutState, accounts: Accounts): NetworkStakesRow[] {
  const held = new Map<number, NetworkStakesRow['shares'][number][]>()
  for (const { hotkey, coldkey, share, epoch } of payout.holdings ?? []) {
    const shares = held.get(hotkey) ?? []
    held.set(hotkey, shares)
    shares.push({ coldkey: accounts.of(coldkey), ...shareOf(share), epoch })
  }
  return payout.hotkeys
    .map((hotkey, place) => ({
      hotkey: accounts.of(hotkey),
      total: payout.totalHotkeyAlpha[place]!,
      ...shareOf(payout.denominators[place]!),
      epoch: payout.poolEpochs[place]!,
      shares: (held.get(place) ?? []).sort((a, b) => a.coldkey - b.coldkey),
    }))
    .filter(({ total, kind, epoch, shares }) => total > 0n || kind > 0 || epoch > 0n || shares.length > 0)
    .sort((a, b) => a.hotkey - b.hotkey)
}
