import type { Holding, PayoutState, PendingChildren } from '../snapshot/block.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
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
import { type Column, valuesOfColumn } from './values.ts'

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

/** Of accounts, in their order. */
interface AccountColumns {
  readonly owner: Column<string>
  readonly delegates: Column<number>
  readonly childkeyTake: Column<number>
  readonly suspended: Column<boolean>
  readonly alpha: Column<bigint>
  readonly root: Column<bigint>
  readonly lastEpoch: Column<bigint | null>
  readonly alphaDividends: Column<bigint | null>
  readonly rootDividends: Column<bigint | null>
  readonly claimable: Column<readonly (readonly [number, bigint])[]>
  readonly shares: Column<bigint | null>
  readonly sharesV2: Column<Decimal | null>
  readonly poolEpoch: Column<bigint>
}

/** Parents and children of an account. */
interface Family {
  readonly parents: readonly Relation[]
  readonly children: readonly Relation[]
}

const NO_FAMILY: Family = { parents: [], children: [] }

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
  readonly #families = new Map<string, Family>()
  /** Places of accounts in the columns. */
  #places: ReadonlyMap<string, number> = new Map()
  #ofAccounts: AccountColumns | undefined
  #staking: ReadonlyMap<string, readonly string[]> = new Map()
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
    const family = (item: Item<readonly Relation[]>): Column<readonly Relation[]> =>
      plan.column(item, [], accounts, [this.#netuid])
    const [parents, children] = [family(ACCOUNTS.parentKeys), family(ACCOUNTS.childKeys)]
    await this.#read(plan)
    for (const [place, account] of accounts.entries())
      this.#families.set(account, { parents: parents.value(place), children: children.value(place) })
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
    this.#places = new Map(accounts.map((account, place) => [account, place]))
    this.#ofAccounts = this.#planAccounts(plan, accounts)
    await this.#read(plan)
  }

  get coldkeys(): readonly string[] {
    return valuesOfColumn(this.#columns.owner)
  }

  /** Hotkeys that anybody holds stake behind. */
  get staked(): readonly string[] {
    const { alpha, shares, sharesV2 } = this.#columns
    return [...this.#places]
      .filter(
        ([, place]) =>
          alpha.value(place) > 0n || shares.value(place) !== null || sharesV2.value(place) !== null,
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
    coldkeys.push(this.#columns.owner.value(this.#places.get(hotkey)!))
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
    const staking = plan.column(PAYOUT.stakingHotkeys, [], coldkeys)
    await this.#read(plan)
    this.#staking = new Map(coldkeys.map((coldkey, place) => [coldkey, staking.value(place)]))
  }

  build(): PayoutState {
    const { addresses } = this.#state
    const places = this.#places
    const accounts = [...places.keys()]
    const columns = this.#columns
    const families = accounts.map((account) => this.#families.get(account) ?? NO_FAMILY)
    const { shares, sharesV2 } = columns
    return {
      hotkeys: accounts.map((account) => addresses.of(account)),
      owner: valuesOfColumn(columns.owner).map((owner) => addresses.of(owner)),
      delegates: Uint16Array.from(valuesOfColumn(columns.delegates)),
      childkeyTake: Uint16Array.from(valuesOfColumn(columns.childkeyTake)),
      suspended: Uint8Array.from(valuesOfColumn(columns.suspended), Number),
      totalHotkeyAlpha: BigUint64Array.from(valuesOfColumn(columns.alpha)),
      rootAlpha: BigUint64Array.from(valuesOfColumn(columns.root)),
      totalHotkeyAlphaLastEpoch: valuesOfColumn(columns.lastEpoch),
      alphaDividends: valuesOfColumn(columns.alphaDividends),
      rootAlphaDividends: valuesOfColumn(columns.rootDividends),
      rootClaimable: valuesOfColumn(columns.claimable).map((rates) => this.#rateOf(rates)),
      parentKeys: relationsOf(
        families.map(({ parents }) => parents),
        places,
      ),
      childKeys: relationsOf(
        families.map(({ children }) => children),
        places,
      ),
      pendingChildren: [...this.#pending].map(([account, cell]) => pendingOf(account, cell.value, places)),
      stakingHotkeys: new Map(
        [...this.#staking].map(([coldkey, hotkeys]) => [
          addresses.of(coldkey),
          hotkeys.map((hotkey) => addresses.of(hotkey)),
        ]),
      ),
      denominators: accounts.map((_, place) => shareOf(shares.value(place), sharesV2.value(place))),
      poolEpochs: BigUint64Array.from(valuesOfColumn(columns.poolEpoch)),
      holdings: this.#holdings?.flatMap((cells) => holdingOf(cells, places, addresses)) ?? null,
      ...collateralOf(this.#collateral, addresses),
    }
  }

  get #columns(): AccountColumns {
    if (this.#ofAccounts === undefined) throw new Error('the accounts are not planned yet')
    return this.#ofAccounts
  }

  #planAccounts(plan: Plan, accounts: readonly string[]): AccountColumns {
    const here = [this.#netuid]
    // Read beside the list of those whose children wait: one that was left out is found out.
    plan.column(PAYOUT.pendingChildKeys, here, accounts)
    return {
      owner: plan.column(ACCOUNTS.owner, [], accounts),
      delegates: plan.column(ACCOUNTS.delegates, [], accounts),
      childkeyTake: plan.column(ACCOUNTS.childkeyTake, [], accounts, here),
      suspended: plan.column(ACCOUNTS.childkeyThresholdSuspended, [], accounts),
      alpha: plan.column(ACCOUNTS.totalHotkeyAlpha, [], accounts, here),
      root: plan.column(ACCOUNTS.totalHotkeyAlpha, [], accounts, [0]),
      lastEpoch: plan.column(PAYOUT.totalHotkeyAlphaLastEpoch, [], accounts, here),
      alphaDividends: plan.column(PAYOUT.alphaDividends, here, accounts),
      rootDividends: plan.column(PAYOUT.rootAlphaDividends, here, accounts),
      claimable: plan.column(PAYOUT.rootClaimable, [], accounts),
      shares: plan.column(PAYOUT.totalHotkeyShares, [], accounts, here),
      sharesV2: plan.column(PAYOUT.totalHotkeySharesV2, [], accounts, here),
      poolEpoch: plan.column(STAKE_POOLS.alphaSharePoolEpoch, [], accounts, here),
    }
  }

  #relatives(account: string): readonly string[] {
    const family = this.#families.get(account)
    if (family === undefined) return []
    return [...family.parents, ...family.children].map((relation) => relation.account)
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
