/** Both sides of a block as the state that emission reads and leaves. */

import type { BlockSide, PayoutState, StoredShare, SubnetSide } from '../snapshot/block.ts'
import type { ChainSnapshot, NetworkItems, Relations } from '../snapshot/network.ts'
import type { Accounts } from './accounts.ts'
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

/** Every address that a side of a block names. */
export function* addressesOf(side: BlockSide, known: readonly KnownSubnet[]): Iterable<string> {
  for (const { items } of side.subnets) {
    if (items.subnetOwner !== null) yield items.subnetOwner
    if (items.subnetOwnerHotkey !== null) yield items.subnetOwnerHotkey
  }
  for (const { snapshot, payout } of known) {
    yield* snapshot.hotkeys
    yield* snapshot.coldkeys
    yield* snapshot.ownedHotkeys
    yield* payout.hotkeys
    yield* payout.owner
    for (const destination of snapshot.accounts.autoStakeDestination)
      if (destination !== null) yield destination
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) yield* [coldkey, ...hotkeys]
    for (const { coldkey } of payout.holdings ?? []) yield coldkey
  }
}

/**
 * The network at one side of a block. Of subnets that are not among `known` the block's own part alone is there: an
 * epoch of theirs takes what is pending and pays nobody. So it is of a leased one.
 */
export function networkColumnsOf(
  side: BlockSide,
  known: readonly KnownSubnet[],
  accounts: Accounts,
): NetworkColumns {
  const leased = new Set(side.subnets.flatMap((subnet) => (subnet.leased ? subnet.netuid : [])))
  const byNetuid = new Map(
    known
      .filter(({ snapshot }) => !leased.has(snapshot.netuid))
      .map((subnet) => [subnet.snapshot.netuid, subnet]),
  )
  const root = side.subnets.find(({ netuid }) => netuid === 0)
  const subnets = side.subnets.filter(({ netuid }) => netuid !== 0)
  const rows: Draft<NetworkRows> = {
    globals: globalsOf(side, root?.items.subnetTao ?? 0n),
    ...keysOf(
      known.map(({ snapshot }) => snapshot),
      known.map(({ payout }) => payout),
      accounts,
    ),
    stakingHotkeys: stakingHotkeysOf(known, accounts),
    subnets: subnets.map((subnet) => sideOf(subnet, side.network, byNetuid.get(subnet.netuid), accounts)),
  }
  const mechanisms = subnets.flatMap(({ netuid }) => byNetuid.get(netuid)?.snapshot.mechanisms ?? [])
  return { ...columnsOf(NETWORK_TABLES, rows), ...sparseColumns(mechanisms) }
}

const NO_SHARES = { kind: 0, mantissa: 0n, exponent: 0n } as const

function stakingHotkeysOf(known: readonly KnownSubnet[], accounts: Accounts): NetworkRows['stakingHotkeys'] {
  const staking = new Map<number, readonly string[]>()
  for (const { payout } of known) {
    for (const [coldkey, hotkeys] of payout.stakingHotkeys) staking.set(accounts.of(coldkey), hotkeys)
  }
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
  for (const { hotkey, coldkey, share } of payout.holdings ?? []) {
    const shares = held.get(hotkey) ?? []
    held.set(hotkey, shares)
    shares.push({ coldkey: accounts.of(coldkey), ...shareOf(share), epoch: 0n })
  }
  return payout.hotkeys
    .map((hotkey, place) => ({
      hotkey: accounts.of(hotkey),
      total: payout.totalHotkeyAlpha[place]!,
      ...shareOf(payout.denominators[place]!),
      epoch: 0n,
      shares: (held.get(place) ?? []).sort((a, b) => a.coldkey - b.coldkey),
    }))
    .filter(({ total, kind, shares }) => total > 0n || kind > 0 || shares.length > 0)
    .sort((a, b) => a.hotkey - b.hotkey)
}

/** How a share crosses: 0 for none, 1 for a decimal number, 2 for bits. */
function shareOf(share: StoredShare | null): { kind: number; mantissa: bigint; exponent: bigint } {
  if (share === null) return NO_SHARES
  if (share.kind === 'fixed') return { kind: 2, mantissa: share.bits, exponent: 0n }
  return { kind: 1, mantissa: share.mantissa, exponent: share.exponent }
}
