import type { Holding, PayoutState, PendingChildren } from '../snapshot/block.ts'
import type { ChainSnapshot, Relations } from '../snapshot/network.ts'
import type { Addresses } from './addresses.ts'
import {
  type CollateralCells,
  collateralOf,
  listCollateral,
  NO_COLLATERAL,
  planCollateral,
} from './collateral.ts'
import { ACCOUNTS, type Item, STAKE_POOLS } from './items.ts'
import { lastPart } from './keys.ts'
import { type Decimal, type PendingRelations, type Relation, relationsOf } from './kinds.ts'
import { PAYOUT } from './payout-items.ts'
import { shareOf } from './shares.ts'
import type { Cell, Plan, State } from './state.ts'

/** Both sides of something. */
export interface Sides<T> {
  readonly before: T
  readonly after: T
}

/** Bytes of an account in a key. */
const ACCOUNT_BYTES = 32
const NETUID_BYTES = 2

/** Does the same to both sides, at once. */
async function both<T, R>({ before, after }: Sides<T>, work: (side: T) => Promise<R>): Promise<Sides<R>> {
  const [first, second] = await Promise.all([work(before), work(after)])
  return { before: first, after: second }
}

/**
 * What the payout of a subnet's epoch reads and writes of accounts, before and after its block: of the same accounts on
 * both sides, so that whoever appears is seen.
 * @param nominators Whether to read who holds the stake behind each hotkey: every holder of it is listed.
 * @throws {ChainError} {@link AbortedError}
 */
export async function readPayout(
  states: Sides<State>,
  snapshots: Sides<ChainSnapshot>,
  nominators: boolean,
): Promise<Sides<PayoutState>> {
  const { netuid } = snapshots.before
  const { addresses } = states.before
  const sides = await both(states, async (state) => {
    const side = new PayoutPull(state, netuid)
    await side.list()
    return side
  })
  const pulls = [sides.before, sides.after]
  const related = new Set(snapshotHotkeys(snapshots, addresses))
  for (const pull of pulls) for (const account of pull.pendingAccounts) related.add(account)
  await both(sides, (side) => side.readFamilies([...related]))
  // Children that come or go change the lists of their relatives too.
  const further = pulls.flatMap((pull) => pull.relativesOfPending).filter((account) => !related.has(account))
  for (const account of further) related.add(account)
  await both(sides, (side) => side.readFamilies([...new Set(further)]))
  const all = new Set(related)
  for (const account of otherHotkeys(snapshots, addresses)) all.add(account)
  for (const pull of pulls) for (const account of pull.mentioned) all.add(account)
  const hotkeys = [...all]
  await both(sides, (side) => side.readAccounts(hotkeys))
  const coldkeys = new Set(pulls.flatMap((pull) => pull.coldkeys))
  if (nominators) {
    const staked = [...new Set(pulls.flatMap((pull) => pull.staked))]
    const holders = await both(sides, (side) => side.listHoldings(staked))
    for (const coldkey of [...holders.before, ...holders.after]) coldkeys.add(coldkey)
  }
  await both(sides, (side) => side.readColdkeys([...coldkeys]))
  return { before: sides.before.build(), after: sides.after.build() }
}

/** Hotkeys with a uid, and their relatives. */
function snapshotHotkeys({ before, after }: Sides<ChainSnapshot>, addresses: Addresses): readonly string[] {
  return [before, after].flatMap(({ hotkeys }) => hotkeys.map((hotkey) => addresses.accountOf(hotkey)))
}

/** Whom else an epoch may pay. */
function otherHotkeys({ before, after }: Sides<ChainSnapshot>, addresses: Addresses): readonly string[] {
  return [before, after]
    .flatMap(({ subnet, accounts }) => [subnet.subnetOwnerHotkey, ...accounts.autoStakeDestination])
    .flatMap((hotkey) => (hotkey === null ? [] : [addresses.accountOf(hotkey)]))
}

interface AccountCells {
  readonly owner: Cell<string>
  readonly delegates: Cell<number>
  readonly childkeyTake: Cell<number>
  readonly suspended: Cell<boolean>
  readonly alpha: Cell<bigint>
  readonly root: Cell<bigint>
  readonly lastEpoch: Cell<bigint | null>
  readonly alphaDividends: Cell<bigint | null>
  readonly rootDividends: Cell<bigint | null>
  readonly claimable: Cell<readonly (readonly [number, bigint])[]>
  readonly shares: Cell<bigint | null>
  readonly sharesV2: Cell<Decimal | null>
  readonly poolEpoch: Cell<bigint>
}

interface FamilyCells {
  readonly parents: Cell<readonly Relation[]>
  readonly children: Cell<readonly Relation[]>
}

interface HoldingCells {
  readonly hotkey: string
  readonly coldkey: string
  readonly fixed: Cell<bigint | null>
  readonly decimal: Cell<Decimal | null>
  readonly epoch: Cell<bigint>
}

/** One side of a payout, read step by step. Accounts are 64 hex digits. */
class PayoutPull {
  readonly #state: State
  readonly #netuid: number
  readonly #pending = new Map<string, Cell<PendingRelations>>()
  readonly #families = new Map<string, FamilyCells>()
  readonly #accounts = new Map<string, AccountCells>()
  readonly #staking = new Map<string, Cell<readonly string[]>>()
  #collateral: CollateralCells = NO_COLLATERAL
  #paid: readonly string[] = []
  #holdings: HoldingCells[] | null = null

  constructor(state: State, netuid: number) {
    this.#state = state
    this.#netuid = netuid
  }

  /** Lists who was paid by the last epoch, whose children wait, and what owners have locked. */
  async list(): Promise<void> {
    const accountsOf = async (item: Item<unknown>): Promise<readonly string[]> => {
      const keys = await this.#state.list(item, this.#netuid)
      return keys.map((key) => lastPart(key, ACCOUNT_BYTES))
    }
    const [alpha, root, pending, collateral] = await Promise.all([
      accountsOf(PAYOUT.alphaDividends),
      accountsOf(PAYOUT.rootAlphaDividends),
      accountsOf(PAYOUT.pendingChildKeys),
      listCollateral(this.#state, this.#netuid),
    ])
    this.#paid = [...alpha!, ...root!]
    const plan = this.#state.plan()
    for (const account of pending!)
      this.#pending.set(account, plan.value(PAYOUT.pendingChildKeys, this.#netuid, account))
    this.#collateral = planCollateral(plan, this.#netuid, collateral)
    await this.#read(plan)
  }

  /** Those whose children wait, and these children. */
  get pendingAccounts(): readonly string[] {
    return [...this.#pending].flatMap(([account, cell]) => [
      account,
      ...cell.value.children.map((child) => child.account),
    ])
  }

  async readFamilies(accounts: readonly string[]): Promise<void> {
    const plan = this.#state.plan()
    for (const account of accounts) {
      this.#families.set(account, {
        parents: plan.value(ACCOUNTS.parentKeys, account, this.#netuid),
        children: plan.value(ACCOUNTS.childKeys, account, this.#netuid),
      })
    }
    await this.#read(plan)
  }

  get relativesOfPending(): readonly string[] {
    return this.pendingAccounts.flatMap((account) => this.#relatives(account))
  }

  /** Every account that was read of so far. */
  get mentioned(): readonly string[] {
    return [
      ...this.#paid,
      ...this.pendingAccounts,
      ...[...this.#families.keys()].flatMap((a) => this.#relatives(a)),
    ]
  }

  async readAccounts(accounts: readonly string[]): Promise<void> {
    this.#state.meet(accounts)
    const plan = this.#state.plan()
    for (const account of accounts) this.#accounts.set(account, this.#planAccount(plan, account))
    await this.#read(plan)
  }

  get coldkeys(): readonly string[] {
    return [...this.#accounts.values()].map(({ owner }) => owner.value)
  }

  /** Hotkeys that anybody holds stake behind. */
  get staked(): readonly string[] {
    return [...this.#accounts]
      .filter(
        ([, { alpha, shares, sharesV2 }]) =>
          alpha.value > 0n || shares.value !== null || sharesV2.value !== null,
      )
      .map(([account]) => account)
  }

  /** Lists and reads who holds the stake behind hotkeys, and gives the coldkeys. */
  async listHoldings(hotkeys: readonly string[]): Promise<readonly string[]> {
    const plan = this.#state.plan()
    const holdings: HoldingCells[] = []
    await Promise.all(hotkeys.map((hotkey) => this.#listHolders(plan, hotkey, holdings)))
    await this.#read(plan)
    this.#holdings = holdings
    return holdings.map(({ coldkey }) => coldkey)
  }

  async #listHolders(plan: Plan, hotkey: string, holdings: HoldingCells[]): Promise<void> {
    const [fixed, decimal] = await Promise.all([
      this.#state.list(PAYOUT.alpha, hotkey),
      this.#state.list(PAYOUT.alphaV2, hotkey),
    ])
    const coldkeys = [...fixed, ...decimal]
      .filter((key) => netuidOf(lastPart(key, NETUID_BYTES)) === this.#netuid)
      .map((key) => lastPart(key, ACCOUNT_BYTES + NETUID_BYTES).slice(0, 2 * ACCOUNT_BYTES))
    // The owner's is read whether or not it was listed: one that was left out is found out.
    coldkeys.push(this.#accounts.get(hotkey)!.owner.value)
    for (const coldkey of new Set(coldkeys)) {
      holdings.push({
        hotkey,
        coldkey,
        fixed: plan.value(PAYOUT.alpha, hotkey, coldkey, this.#netuid),
        decimal: plan.value(PAYOUT.alphaV2, hotkey, coldkey, this.#netuid),
        epoch: plan.value(STAKE_POOLS.alphaShareEpoch, hotkey, coldkey, this.#netuid),
      })
    }
  }

  async readColdkeys(coldkeys: readonly string[]): Promise<void> {
    this.#state.meet(coldkeys)
    const plan = this.#state.plan()
    for (const coldkey of coldkeys) this.#staking.set(coldkey, plan.value(PAYOUT.stakingHotkeys, coldkey))
    await this.#read(plan)
  }

  build(): PayoutState {
    const { addresses } = this.#state
    const accounts = [...this.#accounts.keys()]
    const places = new Map(accounts.map((account, place) => [account, place]))
    const cells = [...this.#accounts.values()]
    const family = (of: (cells: FamilyCells) => Cell<readonly Relation[]>): Relations =>
      relationsOf(
        accounts.map((account) => {
          const found = this.#families.get(account)
          return found === undefined ? [] : of(found).value
        }),
        places,
      )
    return {
      hotkeys: accounts.map((account) => addresses.of(account)),
      owner: cells.map(({ owner }) => addresses.of(owner.value)),
      delegates: Uint16Array.from(cells, ({ delegates }) => delegates.value),
      childkeyTake: Uint16Array.from(cells, ({ childkeyTake }) => childkeyTake.value),
      suspended: Uint8Array.from(cells, ({ suspended }) => Number(suspended.value)),
      totalHotkeyAlpha: BigUint64Array.from(cells, ({ alpha }) => alpha.value),
      rootAlpha: BigUint64Array.from(cells, ({ root }) => root.value),
      totalHotkeyAlphaLastEpoch: cells.map(({ lastEpoch }) => lastEpoch.value),
      alphaDividends: cells.map(({ alphaDividends }) => alphaDividends.value),
      rootAlphaDividends: cells.map(({ rootDividends }) => rootDividends.value),
      rootClaimable: cells.map(({ claimable }) => this.#rateOf(claimable.value)),
      parentKeys: family(({ parents }) => parents),
      childKeys: family(({ children }) => children),
      pendingChildren: [...this.#pending].map(([account, cell]) => pendingOf(account, cell.value, places)),
      stakingHotkeys: new Map(
        [...this.#staking].map(([coldkey, cell]) => [
          addresses.of(coldkey),
          cell.value.map((hotkey) => addresses.of(hotkey)),
        ]),
      ),
      denominators: cells.map(({ shares, sharesV2 }) => shareOf(shares.value, sharesV2.value)),
      poolEpochs: BigUint64Array.from(cells, ({ poolEpoch }) => poolEpoch.value),
      holdings: this.#holdings?.flatMap((cells) => holdingOf(cells, places, addresses)) ?? null,
      ...collateralOf(this.#collateral, addresses),
    }
  }

  #planAccount(plan: Plan, account: string): AccountCells {
    const netuid = this.#netuid
    // Read beside the list of those whose children wait: one that was left out is found out.
    plan.value(PAYOUT.pendingChildKeys, netuid, account)
    return {
      owner: plan.value(ACCOUNTS.owner, account),
      delegates: plan.value(ACCOUNTS.delegates, account),
      childkeyTake: plan.value(ACCOUNTS.childkeyTake, account, netuid),
      suspended: plan.value(ACCOUNTS.childkeyThresholdSuspended, account),
      alpha: plan.value(ACCOUNTS.totalHotkeyAlpha, account, netuid),
      root: plan.value(ACCOUNTS.totalHotkeyAlpha, account, 0),
      lastEpoch: plan.value(PAYOUT.totalHotkeyAlphaLastEpoch, account, netuid),
      alphaDividends: plan.value(PAYOUT.alphaDividends, netuid, account),
      rootDividends: plan.value(PAYOUT.rootAlphaDividends, netuid, account),
      claimable: plan.value(PAYOUT.rootClaimable, account),
      shares: plan.value(PAYOUT.totalHotkeyShares, account, netuid),
      sharesV2: plan.value(PAYOUT.totalHotkeySharesV2, account, netuid),
      poolEpoch: plan.value(STAKE_POOLS.alphaSharePoolEpoch, account, netuid),
    }
  }

  #relatives(account: string): readonly string[] {
    const family = this.#families.get(account)
    if (family === undefined) return []
    return [...family.parents.value, ...family.children.value].map((relation) => relation.account)
  }

  #rateOf(rates: readonly (readonly [number, bigint])[]): bigint | null {
    return rates.find(([netuid]) => netuid === this.#netuid)?.[1] ?? null
  }

  async #read(plan: Plan): Promise<void> {
    if (!plan.isEmpty) await this.#state.read(plan)
  }
}

function netuidOf(digits: string): number {
  return Number.parseInt(digits.slice(2) + digits.slice(0, 2), 16)
}

function holdingOf(
  { hotkey, coldkey, fixed, decimal, epoch }: HoldingCells,
  places: ReadonlyMap<string, number>,
  addresses: Addresses,
): readonly Holding[] {
  const share = shareOf(fixed.value, decimal.value)
  return share === null
    ? []
    : [{ hotkey: places.get(hotkey)!, coldkey: addresses.of(coldkey), share, epoch: epoch.value }]
}

function pendingOf(
  account: string,
  { children, cooldownBlock }: PendingRelations,
  places: ReadonlyMap<string, number>,
): PendingChildren {
  return {
    hotkey: places.get(account)!,
    children: children.map((child) => ({
      proportion: child.proportion,
      account: places.get(child.account)!,
    })),
    cooldownBlock,
  }
}
