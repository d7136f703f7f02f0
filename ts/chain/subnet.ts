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
import { ACCOUNTS, COMMITS, EPOCH, fieldsOf, MECHANISM, NEURONS, STORED, SUBNET } from './items.ts'
import { lastPart } from './keys.ts'
import { type Relation, relationsOf, type TimelockedCommit } from './kinds.ts'
import type { Rules } from './rules.ts'
import { ScaleReader } from './scale.ts'
import { type Cell, type Cells, type Plan, rowsOfCells, type State, valuesOf } from './state.ts'
import { type StorageGeneration, storageGenerationOf } from './storage-generations.ts'

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
  readonly weights: Cell<SparseRows>[]
  readonly bonds: Cell<SparseRows>[]
  readonly weightCommits: readonly Cell<MechanismCommits['byUid'][number]>[]
  readonly timelocked: readonly {
    readonly epoch: bigint
    readonly cell: Cell<readonly TimelockedCommit[] | null>
  }[]
}

interface NeuronCells {
  readonly hotkey: Cell<string>
  readonly blockAtRegistration: Cell<bigint>
}

interface AccountCells {
  /** 64 hex digits. */
  readonly account: string
  readonly totalHotkeyAlpha: Cell<bigint>
  readonly rootAlpha: Cell<bigint>
  readonly owner: Cell<string>
  readonly delegates: Cell<number>
  readonly childkeyTake: Cell<number>
  readonly suspended: Cell<boolean>
}

interface FamilyCells {
  readonly parentKeys: Cell<readonly Relation[]>
  readonly childKeys: Cell<readonly Relation[]>
}

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
  readonly #neurons: NeuronCells[] = []
  readonly #mechanisms: MechanismCells[] = []
  /** Hotkey at the uid after those that are planned: there is none unless there are more neurons. */
  #beyond: Cell<string> | undefined
  #params: Cells<typeof EPOCH> | undefined
  #subnet: Cells<typeof SUBNET> | undefined
  #stored: Cells<typeof STORED> | undefined
  #accounts: AccountCells[] = []
  #families: readonly FamilyCells[] = []
  #ownerUid: Cell<number | null> | undefined
  #ownedHotkeys: Cell<readonly string[]> | undefined
  #autoStake: readonly Cell<string | null>[] = []
  #rootUids: readonly Cell<number | null>[] = []
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
    if (uids > this.#neurons.length) this.#beyond = plan.value(NEURONS.keys, this.netuid, uids)
    for (let uid = this.#neurons.length; uid < uids; uid++) {
      this.#neurons.push({
        hotkey: plan.value(NEURONS.keys, this.netuid, uid),
        blockAtRegistration: plan.value(NEURONS.blockAtRegistration, this.netuid, uid),
      })
    }
    for (let mechanism = 0; mechanism < mechanisms; mechanism++) {
      const index = this.#index(mechanism)
      const cells = this.#mechanisms[mechanism] ?? {
        columns: plan.values(MECHANISM, index),
        weights: [],
        bonds: [],
        weightCommits: [],
        timelocked: [],
      }
      this.#mechanisms[mechanism] = cells
      const { weights, bonds } = cells
      for (let uid = weights.length; uid < uids; uid++) {
        weights.push(plan.value(NEURONS.weights, index, uid))
        bonds.push(plan.value(NEURONS.bonds, index, uid))
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
    const hotkeys = this.#neurons.map(({ hotkey }) => hotkey)
    if (this.#beyond !== undefined) hotkeys.push(this.#beyond)
    const last = hotkeys.findLastIndex((hotkey) => hotkey.exists)
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
    this.#accounts = hotkeys.map((hotkey) => this.#planAccount(plan, hotkey))
    this.#families = hotkeys.map((hotkey) => ({
      parentKeys: plan.value(ACCOUNTS.parentKeys, hotkey, this.netuid),
      childKeys: plan.value(ACCOUNTS.childKeys, hotkey, this.netuid),
    }))
    const ownerHotkey = subnet.subnetOwnerHotkey.value
    this.#ownerUid = ownerHotkey === null ? undefined : plan.value(NEURONS.uids, this.netuid, ownerHotkey)
    const owner = subnet.subnetOwner.value
    this.#ownedHotkeys = owner === null ? undefined : plan.value(ACCOUNTS.ownedHotkeys, owner)
    if (!this.#masksCommits) {
      this.#planRevealed(plan)
      return
    }
    for (const [i, mechanism] of this.#mechanisms.entries()) {
      const weightCommits = hotkeys.map((hotkey) => plan.value(COMMITS.weightCommits, this.#index(i), hotkey))
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
    const known = new Set(this.#accounts.map(({ account }) => account))
    const families = this.#families.map(({ parentKeys, childKeys }) => [
      ...parentKeys.value,
      ...childKeys.value,
    ])
    this.#state.meet([
      ...this.#accounts.slice(0, this.n).map(({ owner }) => owner.value),
      ...families.flatMap((relations) => relations.map(({ account }) => account)),
    ])
    for (const relations of families) {
      for (const { account } of relations) {
        if (known.has(account)) continue
        known.add(account)
        this.#accounts.push(this.#planAccount(plan, account))
      }
    }
    this.#autoStake = this.#accounts
      .slice(0, this.n)
      .map(({ owner }) => this.#planAutoStake(plan, owner.value))
    this.#collateral = planCollateral(plan, this.netuid, collateral)
    // Where root dividends go to baskets they go to those alone who are on root.
    if (hasBaskets(this.#state))
      this.#rootUids = this.#accounts.map(({ account }) => plan.value(NEURONS.uids, 0, account))
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
    const registered = Uint8Array.from(this.#registered, ({ hotkey }) => Number(hotkey.exists))
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

  get #registered(): readonly NeuronCells[] {
    return this.#neurons.slice(0, this.n)
  }

  /** By uid; a uid without one has the chain's default, the account of zeros. */
  get #hotkeys(): readonly string[] {
    return this.#registered.map(({ hotkey }) => hotkey.value)
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

  #planAccount(plan: Plan, account: string): AccountCells {
    return {
      account,
      totalHotkeyAlpha: plan.value(ACCOUNTS.totalHotkeyAlpha, account, this.netuid),
      rootAlpha: plan.value(ACCOUNTS.totalHotkeyAlpha, account, 0),
      owner: plan.value(ACCOUNTS.owner, account),
      delegates: plan.value(ACCOUNTS.delegates, account),
      childkeyTake: plan.value(ACCOUNTS.childkeyTake, account, this.netuid),
      suspended: plan.value(ACCOUNTS.childkeyThresholdSuspended, account),
    }
  }

  #planAutoStake(plan: Plan, coldkey: string): Cell<string | null> {
    const { autoStakeDestination, autoStakeDestinationBefore326 } = ACCOUNTS
    if (this.#state.schema.of(autoStakeDestinationBefore326).storage !== undefined)
      return plan.value(autoStakeDestinationBefore326, coldkey)
    return plan.value(autoStakeDestination, coldkey, this.netuid)
  }

  #blockAtRegistration(): BigUint64Array {
    return BigUint64Array.from(this.#registered, ({ hotkey, blockAtRegistration }) =>
      hotkey.exists ? blockAtRegistration.value : 0n,
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
    const places = new Map<string, number>()
    for (const [i, { account }] of this.#accounts.entries()) if (!places.has(account)) places.set(account, i)
    return {
      hotkeys: this.#accounts.map(({ account }) => addresses.of(account)),
      owner: this.#accounts.map(({ owner }) => addresses.of(owner.value)),
      totalHotkeyAlpha: BigUint64Array.from(this.#accounts, ({ totalHotkeyAlpha }) => totalHotkeyAlpha.value),
      rootAlpha: BigUint64Array.from(this.#accounts, ({ rootAlpha }) => rootAlpha.value),
      delegates: Uint16Array.from(this.#accounts, ({ delegates }) => delegates.value),
      childkeyTake: Uint16Array.from(this.#accounts, ({ childkeyTake }) => childkeyTake.value),
      suspended: Uint8Array.from(this.#accounts, ({ suspended }) => Number(suspended.value)),
      onRoot: Uint8Array.from(this.#accounts, (_, i) => Number((this.#rootUids[i]?.value ?? null) !== null)),
      parentKeys: relationsOf(
        this.#families.map((family) => family.parentKeys.value),
        places,
      ),
      childKeys: relationsOf(
        this.#families.map((family) => family.childKeys.value),
        places,
      ),
      autoStakeDestination: this.#autoStake.map((cell) => {
        const destination = cell.value
        return destination === null ? null : addresses.of(destination)
      }),
    }
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
      weights: rowsOfCells('Weights', mechanism.weights.slice(0, this.n)),
      bonds: rowsOfCells('Bonds', mechanism.bonds.slice(0, this.n)),
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
    for (const [uid, { hotkey }] of this.#registered.entries()) if (hotkey.exists) uids.set(hotkey.value, uid)
    return uids
  }
}

/** The place of a hotkey, null where it has none. */
function placeOf(hotkeys: readonly string[], hotkey: string | null): number | null {
  const place = hotkey === null ? -1 : hotkeys.indexOf(hotkey)
  return place < 0 ? null : place
}

function commitsOf(mechanism: MechanismCells): MechanismCommits {
  return {
    byUid: mechanism.weightCommits.map((cell) => cell.value),
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
