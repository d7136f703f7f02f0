import { Accounts } from '../emission/accounts.ts'
import { addressesOf, type KnownState, networkColumnsOf } from '../emission/block-state.ts'
import { rowsOf } from '../emission/columns.ts'
import { NETWORK_TABLES, type NetworkColumns, type NetworkRows } from '../emission/fields.ts'
import type { BlockReport } from '../emission/network.ts'
import { paymentsOf } from '../emission/payments.ts'
import type { Emission } from '../emission/types.ts'
import type { BlockStates, EpochStates } from '../snapshot/block.ts'
import type { KnownBaskets } from './network-values.ts'
import { type Replay, replay } from './replay.ts'
import { type Touch, touchesOf } from './touched.ts'
import type { EpochPayment } from './types.ts'

/** A block as emission runs it on what the chain had, beside what the chain made of it. */
export interface BlockRun {
  readonly accounts: Accounts
  /** What the chain stored. */
  readonly chain: NetworkRows
  /** What it should have. */
  readonly ours: NetworkRows
  readonly report: BlockReport
  /** Baskets that the block may have filled; null where the runtime has none. */
  readonly baskets: KnownBaskets | null
  /** By netuid, what the epochs that were read ran on. */
  readonly replays: ReadonlyMap<number, Replay>
  /** What else may have changed what the block wrote. */
  readonly touches: readonly Touch[]
}

/**
 * Runs a block on the state before it. Of subnets whose epochs were not read the block's own part alone is run: what
 * is pending for them is taken, and whom it pays is not known.
 * @throws {InputError} for a version of which not all of a block is known, and for state that no chain could hold.
 */
export function runBlock(emission: Emission, block: BlockStates, epochs: readonly EpochStates[]): BlockRun {
  const replays = new Map(epochs.map((states) => [states.netuid, replay(states)]))
  const before: KnownState = {
    subnets: epochs.map(({ netuid, payout }) => ({
      snapshot: replays.get(netuid)!.input,
      payout: payout.before,
    })),
    baskets: block.baskets?.before ?? null,
  }
  const after: KnownState = {
    subnets: epochs.map((states) => ({ snapshot: states.after, payout: states.payout.after })),
    baskets: block.baskets?.after ?? null,
  }
  const accounts = new Accounts([...addressesOf(block.before, before), ...addressesOf(block.after, after)])
  const { rows, report } = computed(
    emission,
    block.before.specVersion,
    networkColumnsOf(block.before, before, accounts),
  )
  return {
    accounts,
    chain: rowsOf(NETWORK_TABLES, networkColumnsOf(block.after, after, accounts)),
    ours: rows,
    report,
    baskets: knownBaskets(block, accounts),
    replays,
    touches: [...touchesOf(block), ...unpaidEpochs(report, block), ...soleMembers(block, epochs)],
  }
}

/** Whom an epoch of the block paid; undefined where that is not known. */
export function paymentsIn(
  { accounts, ours, report }: BlockRun,
  netuid: number,
): readonly EpochPayment[] | undefined {
  const payout = report.payouts.find((row) => row.netuid === netuid)
  if (payout === undefined) return undefined
  const owners = {
    hotkey: Uint32Array.from(ours.owners, ({ hotkey }) => hotkey),
    coldkey: Uint32Array.from(ours.owners, ({ coldkey }) => coldkey),
  }
  const addressOf = (account: number | null): string | null =>
    account === null ? null : accounts.address(account)
  return paymentsOf(payout, owners).map(({ kind, hotkey, toHotkey, coldkey, rao }) => ({
    kind,
    hotkey: accounts.address(hotkey),
    toHotkey: addressOf(toHotkey),
    coldkey: addressOf(coldkey),
    rao,
  }))
}

function computed(
  emission: Emission,
  specVersion: number,
  columns: NetworkColumns,
): { rows: NetworkRows; report: BlockReport } {
  const network = emission.open({ columns, specVersion })
  try {
    network.run(1)
    return { rows: rowsOf(NETWORK_TABLES, network.columns()), report: network.report() }
  } finally {
    network.close()
  }
}

function knownBaskets({ before, baskets }: BlockStates, accounts: Accounts): KnownBaskets | null {
  if (before.baskets === null || baskets === null) return null
  const hotkeys = [baskets.before, baskets.after].flatMap((side) => side.baskets.map(({ hotkey }) => hotkey))
  return {
    escrow: accounts.of(before.baskets.escrow),
    hotkeys: new Set(hotkeys.map((hotkey) => accounts.of(hotkey))),
  }
}

/** Epochs that paid whom nobody read of. They may also leave deposits that go to a basket in the same block. */
function unpaidEpochs({ unpaid }: BlockReport, block: BlockStates): readonly Touch[] {
  return unpaid.flatMap(({ netuid }): readonly Touch[] => {
    const event = `the payout of the epoch of subnet ${netuid}, which is not computed`
    return [{ event, extrinsic: null, netuids: [netuid], reach: 'payout' }, ...turnOf(event, block)]
  })
}

/** Epochs under Null: what they credit to the sole member of a pool leaves its shares, and who is one was not read. */
function soleMembers(block: BlockStates, epochs: readonly EpochStates[]): readonly Touch[] {
  return epochs
    .filter(({ before, payout }) => before.subnetEpochConsensus === 'Null' && payout.before.holdings === null)
    .flatMap(({ netuid }) =>
      turnOf(`the epoch of subnet ${netuid}, of which it was not read who holds what is staked`, block),
    )
}

/** Something that may have filled another basket, or the one that is filled otherwise. */
function turnOf(event: string, { before, baskets }: BlockStates): readonly Touch[] {
  if (before.baskets === null) return []
  const hotkeys = baskets?.before.baskets.map(({ hotkey }) => hotkey) ?? []
  const accounts = new Set([before.baskets.escrow, ...hotkeys])
  return [{ event, extrinsic: null, netuids: 'all', reach: 'turn', accounts }]
}
