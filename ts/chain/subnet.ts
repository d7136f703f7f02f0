import { ChainError } from '../errors/index.ts'
import type {
  AccountState,
  ChainSnapshot,
  MaturingCommit,
  NetworkItems,
  StoredEpoch,
  SubnetItems,
} from '../snapshot/network.ts'
import { present } from '../snapshot/present.ts'
import type { MechanismState, Snapshot, SparseRows } from '../snapshot/types.ts'
import type { Addresses } from './addresses.ts'
import { hasBaskets } from './baskets.ts'
import {
  type CollateralCells,
  type CollateralKeys,
  collateralOf,
  NO_COLLATERAL,
  planCollateral,
} from './collateral.ts'
import {
  type CommitContext,
  commitBlocks,
  type MechanismCommits,
  maturingCommits,
  NO_COMMIT,
  revealedEpoch,
} from './commits.ts'
import { ACCOUNTS, COMMITS, EPOCH, fieldsOf, type Item, MECHANISM, NEURONS, STORED, SUBNET } from './items.ts'
import { lastPart } from './keys.ts'
import { type Relation, relationsOf, type TimelockedCommit } from './kinds.ts'
import type { Rules } from './rules.ts'
import { ScaleReader } from './scale.ts'
import { type Cell, type Cells, type Plan, rowsOfColumn, type State, valuesOf } from './state.ts'
import { type StorageGeneration, storageGenerationOf } from './storage-generations.ts'
import { type Column, joined, valuesOfColumn } from './values.ts'

/**
 * The block in which the epoch of a snapshot runs: the one after the state's, the next in which an epoch is due,
 * or a block of one's own.
 */
export type EpochAt = 'next-block' | 'next-epoch' | bigint | number

/** `netuid + 4096 * mechanism` is the key of what each mechanism has of its own. */
const MECHANISM_STRIDE = 4096
const MAX_MECHANISMS = 16
const U64_MAX = 0xffff_ffff_ffff_ffffn
/** Epochs that are looked at for commits beside those that were listed. */
const MOST_EPOCHS = 128n

/** What a subnet's snapshot has of the state that it is part of. */
export interface AroundSubnet {
  readonly network: NetworkItems
  readonly upgradedFrom: number | null
}

interface MechanismCells {
  readonly columns: Cells<typeof MECHANISM>
  readonly weights: Column<SparseRows>
  readonly bonds: Column<SparseRows>
  readonly weightCommits: Column<MechanismCommits['byUid'][number]>
  readonly timelocked: readonly {
    readonly epoch: bigint
    readonly cell: Cell<readonly TimelockedCommit[] | null>
  }[]
}

interface NeuronColumns {
  readonly hotkey: Column<string>
  readonly blockAtRegistration: Column<bigint>
}

/** Of accounts, in their order. */
interface AccountColumns {
  readonly totalHotkeyAlpha: Column<bigint>
  readonly rootAlpha: Column<bigint>
  readonly owner: Column<string>
  readonly delegates: Column<number>
  readonly childkeyTake: Column<number>
  readonly suspended: Column<boolean>
}

interface FamilyColumns {
  readonly parentKeys: Column<readonly Relation[]>
  readonly childKeys: Column<readonly Relation[]>
}

/** Nothing of anybody. */
const NONE: Column<never> = joined([])

/**
 * The pull of one subnet, in steps that each depend on the one before: `planParams` and `planNeurons`, then
 * `planAccounts`, then `planRelatives`. Each step fills a plan; whoever runs the pull reads it, alone or
 * together with those of other subnets.
 */
export class SubnetPull {
  readonly netuid: number
  readonly #state: State
  readonly #rules: Rules
  readonly #generation: StorageGeneration
  #neurons: NeuronColumns = { hotkey: NONE, blockAtRegistration: NONE }
  readonly #mechanisms: MechanismCells[] = []
  /** Hotkey at the uid after those that are planned: there is none unless there are more neurons. */
  #beyond: Cell<string> | undefined
  #params: Cells<typeof EPOCH> | undefined
  #subnet: Cells<typeof SUBNET> | undefined
  #stored: Cells<typeof STORED> | undefined
  /** 64 hex digits each: those with a uid first, in the order of uids, then their relatives. */
  #accounts: readonly string[] = []
  #ofAccounts: AccountColumns | undefined
  #families: FamilyColumns = { parentKeys: NONE, childKeys: NONE }
  #ownerUid: Cell<number | null> | undefined
  #ownedHotkeys: Cell<readonly string[]> | undefined
  #autoStake: Column<string | null> = NONE
  #rootUids: Column<number | null> = NONE
  #collateral: CollateralCells = NO_COLLATERAL

  constructor(state: State, netuid: number, rules: Rules) {
    this.netuid = netuid
    this.#state = state
    this.#rules = rules
    this.#generation = storageGenerationOf(state.schema)
  }

  /** What does not depend on the number of neurons. */
  planParams(plan: Plan): void {
    this.#params = plan.values(EPOCH, this.netuid)
    this.#subnet = plan.values(SUBNET, this.netuid)
    this.#stored = plan.values(STORED, this.netuid)
  }

  /** Uids `0..uids` of the first `mechanisms` mechanisms, as far as they are not planned yet. */
  planNeurons(plan: Plan, uids: number, mechanisms: number): void {
    const { hotkey, blockAtRegistration } = this.#neurons
    if (uids > hotkey.length) {
      const further = uidsFrom(hotkey.length, uids)
      const more = <T>(column: Column<T>, item: Item<T>): Column<T> =>
        extended(column, plan.column(item, [this.netuid], further))
      this.#beyond = plan.value(NEURONS.keys, this.netuid, uids)
      this.#neurons = {
        hotkey: more(hotkey, NEURONS.keys),
        blockAtRegistration: more(blockAtRegistration, NEURONS.blockAtRegistration),
      }
    }
    for (let mechanism = 0; mechanism < mechanisms; mechanism++) {
      const index = this.#index(mechanism)
      const known = this.#mechanisms[mechanism] ?? {
        columns: plan.values(MECHANISM, index),
        weights: NONE,
        bonds: NONE,
        weightCommits: NONE,
        timelocked: [],
      }
      const further = uidsFrom(known.weights.length, uids)
      const more = (column: Column<SparseRows>, item: Item<SparseRows>): Column<SparseRows> =>
        further.length === 0 ? column : extended(column, plan.column(item, [index], further))
      this.#mechanisms[mechanism] = {
        ...known,
        weights: more(known.weights, NEURONS.weights),
        bonds: more(known.bonds, NEURONS.bonds),
      }
    }
  }

  /** @throws {ChainError} of kind `missing` where there is no such subnet. */
  checkExists(): void {
    if (this.#read.params.networksAdded.exists) return
    throw new ChainError('missing', `subnet ${this.netuid} does not exist at block ${this.#state.number}`, {
      block: this.#state.hash,
    })
  }

  get n(): number {
    return this.#read.params.subnetworkN.value
  }

  /**
   * That there are as many neurons as `SubnetworkN` says: one at the last uid, none after it.
   * @throws {ChainError} of kind `malformed`.
   */
  checkNeurons(): void {
    const { hotkey } = this.#neurons
    let last = this.#beyond?.exists ? hotkey.length : hotkey.length - 1
    while (last >= 0 && last < hotkey.length && !hotkey.exists(last)) last--
    if (last === this.n - 1) return
    const what = `subnet ${this.netuid} has ${this.n} neurons, the last one that there is has uid ${last}`
    throw new ChainError('malformed', what, {
      block: this.#state.hash,
      items: ['SubtensorModule.SubnetworkN', 'SubtensorModule.Keys'],
    })
  }

  get mechanismCount(): number {
    const count = this.#read.subnet.mechanismCountCurrent.value
    if (count >= 1 && count <= MAX_MECHANISMS) return count
    throw new ChainError('malformed', `subnet ${this.netuid} has ${count} mechanisms`, {
      block: this.#state.hash,
    })
  }

  /** Everything of the subnet but its epoch. */
  get subnetItems(): SubnetItems {
    const { addresses } = this.#state
    const values = valuesOf(this.#read.subnet)
    return {
      ...values,
      subnetOwner: values.subnetOwner && addresses.of(values.subnetOwner),
      subnetOwnerHotkey: values.subnetOwnerHotkey && addresses.of(values.subnetOwnerHotkey),
    }
  }

  /** The next block in which an epoch is due, as things stand; null for never. */
  get nextEpoch(): bigint | null {
    const { tempo, lastEpochBlock, pendingEpochAt, blocksSinceLastStep } = this.subnetItems
    return this.#rules.schedule({
      specVersion: this.#state.schema.runtime.specVersion,
      netuid: this.netuid,
      tempo,
      lastEpochBlock,
      pendingEpochAt,
      blocksSinceLastStep,
      block: this.#state.number,
    }).nextEpochBlock
  }

  /** What is known of hotkeys once their uids are read. */
  planAccounts(plan: Plan): void {
    const { subnet } = this.#read
    const hotkeys = this.#hotkeys
    this.#state.meet(hotkeys)
    this.#accounts = hotkeys
    this.#ofAccounts = this.#planOfAccounts(plan, hotkeys)
    const family = (item: Item<readonly Relation[]>): Column<readonly Relation[]> =>
      plan.column(item, [], hotkeys, [this.netuid])
    this.#families = { parentKeys: family(ACCOUNTS.parentKeys), childKeys: family(ACCOUNTS.childKeys) }
    const ownerHotkey = subnet.subnetOwnerHotkey.value
    this.#ownerUid = ownerHotkey === null ? undefined : plan.value(NEURONS.uids, this.netuid, ownerHotkey)
    const owner = subnet.subnetOwner.value
    this.#ownedHotkeys = owner === null ? undefined : plan.value(ACCOUNTS.ownedHotkeys, owner)
    if (!this.#masksCommits) {
      this.#planRevealed(plan)
      return
    }
    for (const [i, mechanism] of this.#mechanisms.entries()) {
      const weightCommits = plan.column(COMMITS.weightCommits, [this.#index(i)], hotkeys)
      this.#mechanisms[i] = { ...mechanism, weightCommits }
    }
  }

  /** Where no epoch looks at commits, those alone that its block reveals: they are revealed with commit-reveal off too. */
  #planRevealed(plan: Plan): void {
    const epoch = revealedEpoch(this.#generation.commits, this.#nextContext)
    if (epoch === null) return
    for (const [i, mechanism] of this.#mechanisms.entries()) {
      const cell = plan.value(this.#generation.timelocked, this.#index(i), epoch)
      this.#mechanisms[i] = { ...mechanism, timelocked: [{ epoch, cell }] }
    }
  }

  /** Lists the epochs that hold timelocked commits: one request per mechanism, none without commit-reveal. */
  async listTimelocked(): Promise<readonly (readonly bigint[])[]> {
    if (!this.#masksCommits) return this.#mechanisms.map(() => [])
    return Promise.all(
      this.#mechanisms.map(async (_, mechanism) => {
        const keys = await this.#state.list(this.#generation.timelocked, this.#index(mechanism))
        return keys.map((key) => new ScaleReader(`0x${lastPart(key, 8)}`).uint(8))
      }),
    )
  }

  /** Parents and children without a uid here, and whatever else needed the accounts first. */
  planRelatives(plan: Plan, timelocked: readonly (readonly bigint[])[], collateral: CollateralKeys): void {
    // Commits that an epoch looks at lie at epochs that are known: read too, one that was not listed is found out.
    for (const i of this.#masksCommits ? this.#mechanisms.keys() : [])
      for (const epoch of this.#liveEpochs()) plan.value(this.#generation.timelocked, this.#index(i), epoch)
    const known = new Set(this.#accounts)
    const owners = valuesOfColumn(this.#accountColumns.owner, this.n)
    const related = [...this.#accounts.keys()].flatMap((place) => [
      ...this.#families.parentKeys.value(place),
      ...this.#families.childKeys.value(place),
    ])
    this.#state.meet([...owners, ...related.map(({ account }) => account)])
    const relatives = new Set(related.map(({ account }) => account).filter((account) => !known.has(account)))
    if (relatives.size > 0) this.#addAccounts(plan, [...relatives])
    this.#autoStake = this.#planAutoStake(plan, owners)
    this.#collateral = planCollateral(plan, this.netuid, collateral)
    // Where root dividends go to baskets they go to those alone who are on root.
    if (hasBaskets(this.#state)) this.#rootUids = plan.column(NEURONS.uids, [0], this.#accounts)
    for (const [i, epochs] of this.#masksCommits ? timelocked.entries() : []) {
      const queues = epochs.map((epoch) => ({
        epoch,
        cell: plan.value(this.#generation.timelocked, this.#index(i), epoch),
      }))
      this.#mechanisms[i] = { ...this.#mechanisms[i]!, timelocked: queues }
    }
  }

  /** The snapshot, once all is read. */
  build({ network, upgradedFrom }: AroundSubnet, epochAt: EpochAt): ChainSnapshot {
    const { params } = this.#read
    const { addresses, schema, hash, number } = this.#state
    const subnet = this.subnetItems
    const n = this.n
    const block = this.#epochBlock(epochAt)
    const accounts = this.#accountState(addresses)
    const { hotkey } = this.#neurons
    const registered = Uint8Array.from({ length: n }, (_, uid) => Number(hotkey.exists(uid)))
    const stake = this.#rules.stakeWeights({
      ...accounts,
      netuid: this.netuid,
      n,
      taoWeight: network.taoWeight,
      registered,
      ownerHotkey: placeOf(accounts.hotkeys, subnet.subnetOwnerHotkey),
    })
    const [alphaLow, alphaHigh] = params.alphaValues.value
    const context = { netuid: this.netuid, subnet, block, revealPeriod: params.revealPeriodEpochs.value }
    const stored = this.#storedEpoch
    const uids = this.#uids()
    const mechanisms = this.#mechanisms.map((mechanism) =>
      this.#mechanismState(mechanism, context, stored.consensus, uids),
    )
    return {
      specVersion: schema.runtime.specVersion,
      netuid: this.netuid,
      blockHash: hash,
      stateBlock: number,
      n,
      block,
      hotkeys: accounts.hotkeys.slice(0, n),
      coldkeys: accounts.owner.slice(0, n),
      tempo: BigInt(subnet.tempo),
      lastMechanismStepBlock: subnet.lastMechansimStepBlock,
      activityCutoffBlocks: this.#activityCutoff(subnet),
      blockAtRegistration: this.#blockAtRegistration(),
      ...stake,
      stakeThreshold: network.stakeThreshold,
      ownerUid: this.#ownerUid?.value ?? null,
      ...fieldsOf(params),
      alphaLow,
      alphaHigh,
      emission: pendingEmission(subnet),
      ...consensusChoice(subnet),
      mechanisms,
      subnet,
      network,
      accounts,
      stored,
      ownedHotkeys: (this.#ownedHotkeys?.value ?? []).map((hotkey) => addresses.of(hotkey)),
      maturingCommits: this.#maturing(context, uids),
      upgradedFrom,
      ...collateralOf(this.#collateral, addresses),
      unread: schema.unread,
    }
  }

  get #read(): {
    readonly params: Cells<typeof EPOCH>
    readonly subnet: Cells<typeof SUBNET>
    readonly stored: Cells<typeof STORED>
  } {
    if (this.#params === undefined || this.#subnet === undefined || this.#stored === undefined) {
      throw new Error('the parameters are not planned yet')
    }
    return { params: this.#params, subnet: this.#subnet, stored: this.#stored }
  }

  /** By uid; a uid without one has the chain's default, the account of zeros. */
  get #hotkeys(): readonly string[] {
    return valuesOfColumn(this.#neurons.hotkey, this.n)
  }

  get #accountColumns(): AccountColumns {
    if (this.#ofAccounts === undefined) throw new Error('the accounts are not planned yet')
    return this.#ofAccounts
  }

  /** Epochs whose commits have not expired, as things stand; of an unlikely long reveal period the latest. */
  #liveEpochs(): readonly bigint[] {
    const context = this.#nextContext
    const { revealPeriod } = context
    const current = this.#generation.commits.currentEpoch(context)
    const length = Number(revealPeriod < MOST_EPOCHS ? revealPeriod : MOST_EPOCHS) + 2
    const epochs = Array.from({ length }, (_, i) => current + 1n - BigInt(i))
    return epochs.filter((epoch) => epoch >= 0n && epoch <= U64_MAX)
  }

  /** When commits are looked at, were the next block the epoch's. */
  get #nextContext(): CommitContext {
    const block = this.#state.number + 1n
    const revealPeriod = this.#read.params.revealPeriodEpochs.value
    return { netuid: this.netuid, subnet: this.subnetItems, block, revealPeriod }
  }

  get #masksCommits(): boolean {
    return this.#generation.commitsMask && this.#read.params.commitRevealWeightsEnabled.value
  }

  #index(mechanism: number): number {
    return this.netuid + MECHANISM_STRIDE * mechanism
  }

  #planOfAccounts(plan: Plan, accounts: readonly string[]): AccountColumns {
    const here = [this.netuid]
    return {
      totalHotkeyAlpha: plan.column(ACCOUNTS.totalHotkeyAlpha, [], accounts, here),
      rootAlpha: plan.column(ACCOUNTS.totalHotkeyAlpha, [], accounts, [0]),
      owner: plan.column(ACCOUNTS.owner, [], accounts),
      delegates: plan.column(ACCOUNTS.delegates, [], accounts),
      childkeyTake: plan.column(ACCOUNTS.childkeyTake, [], accounts, here),
      suspended: plan.column(ACCOUNTS.childkeyThresholdSuspended, [], accounts),
    }
  }

  /** Accounts behind those that are there. */
  #addAccounts(plan: Plan, accounts: readonly string[]): void {
    const [known, more] = [this.#accountColumns, this.#planOfAccounts(plan, accounts)]
    this.#accounts = [...this.#accounts, ...accounts]
    this.#ofAccounts = {
      totalHotkeyAlpha: extended(known.totalHotkeyAlpha, more.totalHotkeyAlpha),
      rootAlpha: extended(known.rootAlpha, more.rootAlpha),
      owner: extended(known.owner, more.owner),
      delegates: extended(known.delegates, more.delegates),
      childkeyTake: extended(known.childkeyTake, more.childkeyTake),
      suspended: extended(known.suspended, more.suspended),
    }
  }

  #planAutoStake(plan: Plan, coldkeys: readonly string[]): Column<string | null> {
    const { autoStakeDestination, autoStakeDestinationBefore326 } = ACCOUNTS
    if (this.#state.schema.of(autoStakeDestinationBefore326).storage !== undefined)
      return plan.column(autoStakeDestinationBefore326, [], coldkeys)
    return plan.column(autoStakeDestination, [], coldkeys, [this.netuid])
  }

  #blockAtRegistration(): BigUint64Array {
    const { hotkey, blockAtRegistration } = this.#neurons
    return BigUint64Array.from({ length: this.n }, (_, uid) =>
      hotkey.exists(uid) ? blockAtRegistration.value(uid) : 0n,
    )
  }

  #activityCutoff({ tempo }: SubnetItems): bigint {
    const { activityCutoff, activityCutoffFactorMilli } = this.#read.params
    const factor = activityCutoffFactorMilli.value
    if (factor === null) return activityCutoff.value ?? 0n
    const blocks = (factor * BigInt(tempo)) / 1000n
    return blocks > 0n ? blocks : 1n
  }

  #epochBlock(epochAt: EpochAt): bigint {
    const { number } = this.#state
    if (epochAt === 'next-block') return number + 1n
    if (epochAt !== 'next-epoch') return BigInt(epochAt)
    const next = this.nextEpoch
    if (next !== null) return next
    throw new ChainError('missing', `subnet ${this.netuid} runs no epochs: its tempo is 0`, {
      block: this.#state.hash,
    })
  }

  #accountState(addresses: Addresses): AccountState {
    const accounts = this.#accounts
    const places = new Map<string, number>()
    for (const [i, account] of accounts.entries()) if (!places.has(account)) places.set(account, i)
    const columns = this.#accountColumns
    const { parentKeys, childKeys } = this.#families
    return {
      hotkeys: accounts.map((account) => addresses.of(account)),
      owner: valuesOfColumn(columns.owner).map((owner) => addresses.of(owner)),
      totalHotkeyAlpha: BigUint64Array.from(valuesOfColumn(columns.totalHotkeyAlpha)),
      rootAlpha: BigUint64Array.from(valuesOfColumn(columns.rootAlpha)),
      delegates: Uint16Array.from(valuesOfColumn(columns.delegates)),
      childkeyTake: Uint16Array.from(valuesOfColumn(columns.childkeyTake)),
      suspended: Uint8Array.from(valuesOfColumn(columns.suspended), Number),
      onRoot: Uint8Array.from(accounts, (_, i) => Number(this.#isOnRoot(i))),
      parentKeys: relationsOf(valuesOfColumn(parentKeys), places),
      childKeys: relationsOf(valuesOfColumn(childKeys), places),
      autoStakeDestination: valuesOfColumn(this.#autoStake).map(
        (destination) => destination && addresses.of(destination),
      ),
    }
  }

  #isOnRoot(place: number): boolean {
    return place < this.#rootUids.length && this.#rootUids.value(place) !== null
  }

  get #storedEpoch(): StoredEpoch {
    const columns = this.#mechanisms.map((mechanism) => valuesOf(mechanism.columns))
    return {
      ...valuesOf(this.#read.stored),
      incentive: columns.map(({ incentive }) => incentive),
      consensusByMechanism: columns.flatMap(({ consensusByMechanism }) => consensusByMechanism ?? []),
    }
  }

  #mechanismState(
    mechanism: MechanismCells,
    context: CommitContext,
    consensusOfSubnet: Uint16Array,
    uids: ReadonlyMap<string, number>,
  ): MechanismState {
    const before = this.#generation.consensusBefore
    const ofMechanism = mechanism.columns.consensusByMechanism.value
    return {
      lastUpdate: mechanism.columns.lastUpdate.value,
      weights: rowsOfColumn('Weights', mechanism.weights, this.n),
      bonds: rowsOfColumn('Bonds', mechanism.bonds, this.n),
      commitBlocks: this.#commitBlocks(mechanism, context, uids),
      ...present({
        consensusByMechanism: ofMechanism ?? (before === 'subnet' ? consensusOfSubnet : undefined),
      }),
    }
  }

  #commitBlocks(
    mechanism: MechanismCells,
    context: CommitContext,
    uids: ReadonlyMap<string, number>,
  ): BigUint64Array {
    if (!this.#read.params.commitRevealWeightsEnabled.value) return new BigUint64Array(0)
    if (!this.#generation.commitsMask) return new BigUint64Array(this.n).fill(NO_COMMIT)
    return commitBlocks(this.#generation.commits, context, commitsOf(mechanism), uids)
  }

  #maturing(context: CommitContext, uids: ReadonlyMap<string, number>): readonly MaturingCommit[] {
    const rule = this.#generation.commits
    return this.#mechanisms.flatMap((mechanism, i) =>
      maturingCommits(rule, context, i, commitsOf(mechanism), uids),
    )
  }

  /** Uids by hotkey: of one that stands at several the last. */
  #uids(): ReadonlyMap<string, number> {
    const uids = new Map<string, number>()
    const { hotkey } = this.#neurons
    for (let uid = 0; uid < this.n; uid++) if (hotkey.exists(uid)) uids.set(this.#accounts[uid]!, uid)
    return uids
  }
}

/** Uids from one to another, which is left out. */
function uidsFrom(first: number, end: number): readonly number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i)
}

/** A column with another behind it. */
function extended<T>(column: Column<T>, more: Column<T>): Column<T> {
  return column.length === 0 ? more : joined([column, more])
}

/** The place of a hotkey, null where it has none. */
function placeOf(hotkeys: readonly string[], hotkey: string | null): number | null {
  const place = hotkey === null ? -1 : hotkeys.indexOf(hotkey)
  return place < 0 ? null : place
}

function commitsOf(mechanism: MechanismCells): MechanismCommits {
  return {
    byUid: valuesOfColumn(mechanism.weightCommits),
    timelocked: mechanism.timelocked.map(({ epoch, cell }) => ({ epoch, commits: cell.value ?? [] })),
  }
}

/**
 * Alpha that an epoch would share out on this state. The epoch's own block adds its part before; which items it
 * is made of changed at specs 334 and 343, and those that a version lacks read as 0.
 */
function pendingEmission(subnet: SubnetItems): bigint {
  const sum =
    subnet.pendingServerEmission +
    subnet.pendingValidatorEmission +
    subnet.pendingRootAlphaDivs +
    subnet.pendingEmission +
    subnet.pendingAlphaSwapped
  return sum > U64_MAX ? U64_MAX : sum
}

/** What an epoch reads where its subnet has a choice of consensus: which one it is, and what only one of them reads. */
function consensusChoice(subnet: SubnetItems): Partial<Snapshot> {
  const { subnetEpochConsensus, lastYumaStepBlock } = subnet
  if (subnetEpochConsensus === null) return {}
  const { pendingServerEmission, pendingValidatorEmission, pendingRootAlphaDivs } = subnet
  return {
    lastYumaStepBlock,
    subnetEpochConsensus,
    pendingServerEmission,
    pendingValidatorEmission,
    pendingRootAlphaDivs,
  }
}
