import {
  ACCOUNTS,
  BASKETS,
  COLLATERAL,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  STAKE_POOLS,
  STORED,
  SUBNET,
  SYSTEM,
  TOTAL_NETWORKS,
} from '../chain/items.ts'
import { BLOCK, PAYOUT, SUBNET_BLOCK } from '../chain/payout-items.ts'
import {
  epochHyperparameters,
  type NetworkRows,
  type NetworkStakesRow,
  type NetworkSubnetsRow,
} from '../emission/fields.ts'
import type { BlockReport } from '../emission/network.ts'
import type { Encodable } from './encode.ts'
import type { DemoRuntime } from './metadata.ts'
import { CUTOFF_MILLI } from './network.ts'
import type { Changes } from './trie.ts'
import { StorageWriter } from './writer.ts'

const STRIDE = 4096
/** When block 0 would have been made, in milliseconds since 1970, and how long a block takes. */
const FIRST_BLOCK_MS = 1_679_300_000_000n
const BLOCK_MS = 12_000n
/** By the numbers that emission has for them. */
const CONSENSUS = ['Yuma', 'Null']
const MODES = ['Current', 'Previous', 'Auto']

/** Of what a block did, who was paid: a part of emission's report. */
type Paid = Pick<BlockReport, 'payouts' | 'flushes'>

/** Lays a network that emission runs into storage, block by block: only what a block changed is laid again. */
export class Layer {
  readonly #writer: StorageWriter
  readonly #accounts: readonly string[]
  /** What is laid, part by part. */
  readonly #parts = new Map<string, ReadonlyMap<string, string>>()
  #changes = new Map<string, string | null>()
  readonly #specVersion: number

  constructor(runtime: DemoRuntime, accounts: readonly string[]) {
    this.#writer = new StorageWriter(runtime)
    this.#accounts = accounts
    this.#specVersion = runtime.specVersion
  }

  /** Lays the whole network, and gives what that changes of what was laid before. */
  start(rows: NetworkRows): Changes {
    this.#part('keys', () => this.#keys(rows))
    for (const subnet of rows.subnets)
      this.#part(`parameters ${subnet.netuid}`, () => this.#parameters(subnet))
    const all = rows.subnets.map(({ netuid }) => netuid)
    return this.#block(rows, all, all)
  }

  /** Lays what a block left, and gives what it changed. */
  block(rows: NetworkRows, { payouts, flushes }: Paid): Changes {
    const epochs = payouts.map(({ netuid }) => netuid)
    const paid = flushes.length === 0 ? epochs : rows.subnets.map(({ netuid }) => netuid)
    return this.#block(rows, epochs, paid)
  }

  /** The account that a number of the columns stands for, 64 hex digits. */
  account(number: number): string {
    return this.#accounts[number]!
  }

  /** The writer, which knows where values lie. */
  get writer(): StorageWriter {
    return this.#writer
  }

  /**
   * Of the network and every subnet what each block writes, what the epochs of `netuids` stored, and whom those or a
   * basket paid on the subnets in `paid`.
   */
  #block(rows: NetworkRows, netuids: readonly number[], paid: readonly number[]): Changes {
    this.#part('globals', () => this.#globals(rows))
    this.#part('baskets', () => this.#baskets(rows))
    for (const subnet of rows.subnets) {
      const { netuid } = subnet
      this.#part(`subnet ${netuid}`, () => this.#subnet(subnet))
      if (netuids.includes(netuid)) this.#part(`epoch ${netuid}`, () => this.#epoch(subnet))
      if (paid.includes(netuid)) this.#part(`accounts ${netuid}`, () => this.#accountsOf(subnet))
    }
    if (netuids.length > 0) this.#part('claimable', () => this.#claimable(rows))
    const changes = this.#changes
    this.#changes = new Map()
    return changes
  }

  /** Lays a part in place of what it was. */
  #part(name: string, write: () => void): void {
    this.#writer.state.clear()
    write()
    const [was, is] = [this.#parts.get(name), new Map(this.#writer.state)]
    for (const key of was?.keys() ?? []) if (!is.has(key)) this.#changes.set(key, null)
    for (const [key, value] of is) if (was?.get(key) !== value) this.#changes.set(key, value)
    this.#parts.set(name, is)
  }

  #keys({ owners, takes, ownedHotkeys, rootHotkeys, rootStakes, suspended, subnets }: NetworkRows): void {
    for (const { hotkey, coldkey } of owners) this.#of(ACCOUNTS.owner, [hotkey], this.account(coldkey))
    for (const { hotkey, take } of takes) this.#of(ACCOUNTS.delegates, [hotkey], take)
    for (const [coldkey, hotkeys] of grouped(ownedHotkeys, 'coldkey', 'hotkey'))
      this.#of(
        ACCOUNTS.ownedHotkeys,
        [coldkey],
        hotkeys.map((hotkey) => this.account(hotkey)),
      )
    for (const { rootShares, ...stake } of rootStakes) this.#stake({ ...stake, shares: rootShares }, 0)
    for (const { hotkey } of suspended) this.#of(ACCOUNTS.childkeyThresholdSuspended, [hotkey], [])
    this.#writer.put(EPOCH.subnetworkN, [0], rootHotkeys.length)
    for (const [uid, { hotkey }] of rootHotkeys.entries()) {
      this.#writer.put(NEURONS.keys, [0, uid], this.account(hotkey))
      this.#writer.put(NEURONS.uids, [0, this.account(hotkey)], uid)
    }
    const netuids = [0, ...subnets.map((subnet) => subnet.netuid)]
    this.#writer.put(TOTAL_NETWORKS, [], netuids.length)
    for (const netuid of netuids) this.#writer.put(EPOCH.networksAdded, [netuid], true)
  }

  /** Writes an item of accounts. */
  #of(item: Item<unknown>, accounts: readonly number[], value: Encodable): void {
    this.#writer.put(
      item,
      accounts.map((account) => this.account(account)),
      value,
    )
  }

  #globals({ globals, stakingHotkeys }: NetworkRows): void {
    const put = (item: Item<unknown>, value: Encodable): void => this.#writer.put(item, [], value)
    put(SYSTEM.number, globals.block)
    put(BLOCK.now, FIRST_BLOCK_MS + globals.block * BLOCK_MS)
    put(SYSTEM.lastRuntimeUpgrade, [this.#specVersion, 'node-subtensor'])
    put(NETWORK.totalIssuance, globals.totalIssuance)
    put(NETWORK.balancesTotalIssuance, globals.balancesIssuance)
    put(NETWORK.totalStake, globals.totalStake)
    put(NETWORK.blockEmission, globals.blockEmission)
    put(NETWORK.taoWeight, globals.taoWeight)
    put(NETWORK.ckBurn, globals.childkeyBurn)
    put(NETWORK.subnetOwnerCut, globals.subnetOwnerCut)
    put(NETWORK.maxEpochsPerBlock, globals.maxEpochsPerBlock)
    put(NETWORK.stakeThreshold, globals.stakeThreshold)
    put(NETWORK.subnetMovingAlpha, globals.movingAlpha)
    put(NETWORK.emissionGateBar, globals.gateBar)
    put(NETWORK.emissionBarQuantile, globals.gateQuantile)
    put(NETWORK.emissionBarRank, globals.gateRank)
    put(NETWORK.emissionGateExponent, globals.gateExponent)
    this.#writer.put(SUBNET.rootClaimableThreshold, [0], globals.basketThreshold)
    this.#writer.put(SUBNET.subnetTao, [0], globals.rootTao)
    for (const [coldkey, hotkeys] of grouped(stakingHotkeys, 'coldkey', 'hotkey'))
      this.#of(
        PAYOUT.stakingHotkeys,
        [coldkey],
        hotkeys.map((hotkey) => this.account(hotkey)),
      )
  }

  #baskets({ globals, baskets, basketDeposits }: NetworkRows): void {
    const { basketCursorHotkey: hotkey, basketCursorNetuid: netuid } = globals
    if (hotkey !== null && this.#writer.has(BASKETS.pendingBasketDeposits)) {
      const key = this.#writer.key(BASKETS.pendingBasketDeposits, [this.account(hotkey), netuid])
      this.#writer.put(BASKETS.pendingBasketFlushCursor, [], key.slice(2))
    }
    for (const basket of baskets) {
      if (basket.shares > 0n) this.#of(BASKETS.basketShares, [basket.hotkey], basket.shares)
      if (basket.rate !== 0n) this.#of(BASKETS.basketRate, [basket.hotkey], basket.rate)
      if (basket.depositedTao > 0n) this.#of(BASKETS.basketDepositedTao, [basket.hotkey], basket.depositedTao)
    }
    for (const deposit of basketDeposits)
      this.#writer.put(
        BASKETS.pendingBasketDeposits,
        [this.account(deposit.hotkey), deposit.netuid],
        deposit.rao,
      )
  }

  /** What no block writes. */
  #parameters(subnet: NetworkSubnetsRow): void {
    const { netuid } = subnet
    const put = (item: Item<unknown>, value: Encodable): void => this.#writer.put(item, [netuid], value)
    put(EPOCH.subnetworkN, subnet.neurons.length)
    const hyperparameters = new Map<string, Encodable>(Object.entries(epochHyperparameters(subnet)))
    for (const [name, item] of Object.entries(EPOCH)) {
      const value = hyperparameters.get(name)
      if (value !== undefined) put(item, value)
    }
    put(EPOCH.alphaValues, [subnet.alphaLow, subnet.alphaHigh])
    put(EPOCH.activityCutoffFactorMilli, CUTOFF_MILLI)
    put(EPOCH.commitRevealWeightsEnabled, subnet.commitRevealEnabled)
    put(EPOCH.liquidAlphaConsensusMode, MODES[subnet.liquidAlphaConsensusMode]!)
    put(SUBNET.subnetEpochConsensus, CONSENSUS[subnet.epochConsensus]!)
    if (subnet.hasSplit)
      put(
        EPOCH.mechanismEmissionSplit,
        subnet.splits.map(({ part }) => part),
      )
    put(SUBNET.mechanismCountCurrent, subnet.mechanisms.length)
    if (subnet.firstEmissionBlock !== null) put(SUBNET.firstEmissionBlockNumber, subnet.firstEmissionBlock)
    put(SUBNET.subtokenEnabled, subnet.subtokenEnabled)
    put(SUBNET.networkRegistrationAllowed, subnet.registrationAllowed)
    put(SUBNET_BLOCK.powRegistrationAllowed, subnet.powRegistrationAllowed)
    put(SUBNET.subnetEmissionEnabled, subnet.emissionEnabled)
    put(SUBNET.ownerCutEnabled, subnet.ownerCutEnabled)
    put(SUBNET.subnetMechanism, subnet.mechanism)
    put(SUBNET.feeRate, subnet.feeRate)
    put(SUBNET.emaPriceHalvingBlocks, subnet.priceHalvingBlocks)
    put(SUBNET.tempo, subnet.tempo)
    put(SUBNET.recycleOrBurn, subnet.recyclesOwnerIncentive ? 'Recycle' : 'Burn')
    put(SUBNET.minChildkeyTakePerSubnet, subnet.minChildkeyTake)
    if (subnet.owner !== null) put(SUBNET.subnetOwner, this.account(subnet.owner))
    if (subnet.ownerHotkey !== null) put(SUBNET.subnetOwnerHotkey, this.account(subnet.ownerHotkey))
    for (const [uid, { hotkey, blockAtRegistration, childkeyTake }] of subnet.neurons.entries()) {
      const account = this.account(hotkey)
      this.#writer.put(NEURONS.keys, [netuid, uid], account)
      this.#writer.put(NEURONS.uids, [netuid, account], uid)
      this.#writer.put(NEURONS.blockAtRegistration, [netuid, uid], blockAtRegistration)
      this.#writer.put(ACCOUNTS.childkeyTake, [account, netuid], childkeyTake)
    }
    for (const { coldkey, hotkey } of subnet.autoStakes)
      this.#writer.put(ACCOUNTS.autoStakeDestination, [this.account(coldkey), netuid], this.account(hotkey))
    for (const [mechanism, { lastUpdates, weightRows }] of subnet.mechanisms.entries()) {
      const index = netuid + STRIDE * mechanism
      this.#writer.put(
        MECHANISM.lastUpdate,
        [index],
        lastUpdates.map(({ block }) => block),
      )
      for (const [uid, { weights }] of weightRows.entries())
        this.#writer.put(
          NEURONS.weights,
          [index, uid],
          weights.map((weight) => [weight.uid, weight.value]),
        )
    }
  }

  /** What every block writes. */
  #subnet(subnet: NetworkSubnetsRow): void {
    const put = (item: Item<unknown>, value: Encodable): void =>
      this.#writer.put(item, [subnet.netuid], value)
    put(SUBNET.subnetTao, subnet.tao)
    put(SUBNET.subnetAlphaIn, subnet.alpha)
    put(SUBNET.subnetAlphaOut, subnet.alphaOut)
    put(SUBNET.swapBalancer, subnet.quoteWeight)
    put(SUBNET.palSwapInitialized, subnet.poolInitialized)
    put(SUBNET.subnetMovingPrice, subnet.movingPrice)
    put(SUBNET.minerBurned, subnet.minerBurned)
    put(SUBNET.rootProp, subnet.rootProp)
    put(SUBNET.subnetTaoFlow, subnet.userFlow)
    put(SUBNET.subnetProtocolFlow, subnet.protocolFlow)
    if (subnet.userFlowBlock !== null)
      put(SUBNET.subnetEmaTaoFlow, [subnet.userFlowBlock, subnet.userFlowAverage])
    if (subnet.protocolFlowBlock !== null)
      put(SUBNET.subnetEmaProtocolFlow, [subnet.protocolFlowBlock, subnet.protocolFlowAverage])
    put(SUBNET.subnetTaoInEmission, subnet.lastTaoIn)
    put(SUBNET.subnetAlphaInEmission, subnet.lastAlphaIn)
    put(SUBNET.subnetAlphaOutEmission, subnet.lastAlphaOut)
    put(SUBNET.subnetExcessTao, subnet.lastExcessTao)
    put(SUBNET.subnetProtocolAlpha, subnet.protocolAlpha)
    put(SUBNET.subnetVolume, subnet.volume)
    put(SUBNET.alphaRecycled, subnet.alphaRecycled)
    put(SUBNET.alphaBurned, subnet.alphaBurned)
    put(SUBNET.pendingServerEmission, subnet.pendingServer)
    put(SUBNET.pendingValidatorEmission, subnet.pendingValidator)
    put(SUBNET.pendingRootAlphaDivs, subnet.pendingRoot)
    put(SUBNET.pendingOwnerCut, subnet.pendingOwner)
    put(SUBNET.lastEpochBlock, subnet.lastEpochBlock)
    put(SUBNET.pendingEpochAt, subnet.pendingEpochAt)
    put(SUBNET.blocksSinceLastStep, subnet.blocksSinceLastStep)
    put(SUBNET.subnetEpochIndex, subnet.epochIndex)
    put(SUBNET.lastMechansimStepBlock, subnet.lastMechanismStepBlock)
    if (subnet.lastYumaStepBlock !== null) put(SUBNET.lastYumaStepBlock, subnet.lastYumaStepBlock)
    if (subnet.taoReservoir > 0n) put(SUBNET.balancerTaoReservoir, subnet.taoReservoir)
    if (subnet.alphaReservoir > 0n) put(SUBNET.balancerAlphaReservoir, subnet.alphaReservoir)
    put(SUBNET.totalAlphaStaked, subnet.totalAlphaStaked)
    if (subnet.hasFastMovingPrice) put(SUBNET.subnetFastMovingPrice, subnet.fastMovingPrice)
  }

  /** What an epoch writes. */
  #epoch(subnet: NetworkSubnetsRow): void {
    const { netuid, neurons } = subnet
    const put = (item: Item<unknown>, value: Encodable): void => this.#writer.put(item, [netuid], value)
    put(
      EPOCH.validatorPermit,
      neurons.map(({ validatorPermit }) => validatorPermit > 0),
    )
    if (subnet.hasTerms) {
      put(
        STORED.active,
        neurons.map(({ active }) => active),
      )
      put(
        STORED.stakeWeight,
        neurons.map(({ stakeWeight }) => stakeWeight),
      )
      put(
        STORED.consensus,
        neurons.map(({ consensus }) => consensus),
      )
      put(
        STORED.dividends,
        neurons.map(({ dividends }) => dividends),
      )
      put(
        STORED.validatorTrust,
        neurons.map(({ validatorTrust }) => validatorTrust),
      )
      put(
        STORED.emission,
        neurons.map(({ emission }) => emission),
      )
    }
    for (const [mechanism, { incentives, storedConsensus, bondRows }] of subnet.mechanisms.entries()) {
      const index = netuid + STRIDE * mechanism
      this.#writer.put(
        MECHANISM.incentive,
        [index],
        incentives.map(({ incentive }) => incentive),
      )
      this.#writer.put(
        MECHANISM.consensusByMechanism,
        [index],
        storedConsensus.map(({ consensus }) => consensus),
      )
      for (const [uid, { bonds }] of bondRows.entries())
        this.#writer.put(
          NEURONS.bonds,
          [index, uid],
          bonds.map((bond) => [bond.uid, bond.value]),
        )
    }
  }

  /** What is staked to a hotkey, and whose it is. */
  #stake(stake: NetworkStakesRow, netuid: number): void {
    const on = (item: Item<unknown>, value: Encodable): void =>
      this.#writer.put(item, [this.account(stake.hotkey), netuid], value)
    if (stake.total > 0n) on(ACCOUNTS.totalHotkeyAlpha, stake.total)
    if (stake.kind === 1) on(PAYOUT.totalHotkeySharesV2, [stake.mantissa, stake.exponent])
    if (stake.kind === 2) on(PAYOUT.totalHotkeyShares, stake.mantissa)
    if (stake.epoch > 0n) on(STAKE_POOLS.alphaSharePoolEpoch, stake.epoch)
    for (const share of stake.shares) {
      const key = [this.account(stake.hotkey), this.account(share.coldkey), netuid] as const
      if (share.kind === 2) this.#writer.put(PAYOUT.alpha, key, share.mantissa)
      else this.#writer.put(PAYOUT.alphaV2, key, [share.mantissa, share.exponent])
      if (share.epoch > 0n) this.#writer.put(STAKE_POOLS.alphaShareEpoch, key, share.epoch)
    }
  }

  #accountsOf(subnet: NetworkSubnetsRow): void {
    const { netuid } = subnet
    const on = (item: Item<unknown>, account: number, value: Encodable): void =>
      this.#writer.put(item, [this.account(account), netuid], value)
    const of = (item: Item<unknown>, account: number, value: Encodable): void =>
      this.#writer.put(item, [netuid, this.account(account)], value)
    for (const [hotkey, rows] of groupedRows(subnet.children))
      on(
        ACCOUNTS.childKeys,
        hotkey,
        rows.map(({ part, child }) => [part, this.account(child)]),
      )
    for (const [hotkey, rows] of groupedRows(subnet.parents))
      on(
        ACCOUNTS.parentKeys,
        hotkey,
        rows.map(({ part, parent }) => [part, this.account(parent)]),
      )
    for (const { hotkey, cooldownBlock, pendingParts } of subnet.pendingChildren)
      of(PAYOUT.pendingChildKeys, hotkey, [
        pendingParts.map(({ part, child }) => [part, this.account(child)]),
        cooldownBlock,
      ])
    for (const stake of subnet.stakes) this.#stake(stake, netuid)
    for (const { hotkey, coldkey, locked, drainRatio, minLocked, earned } of subnet.collateral)
      this.#writer.put(
        COLLATERAL.minerCollateral,
        [netuid, this.account(hotkey), this.account(coldkey)],
        [locked, drainRatio, minLocked, earned],
      )
    for (const { coldkey, rao } of subnet.collateralSums) of(COLLATERAL.coldkeyMinerCollateral, coldkey, rao)
    for (const { hotkey, rao } of subnet.alphaDividends) of(PAYOUT.alphaDividends, hotkey, rao)
    for (const { hotkey, rao } of subnet.rootDividends) of(PAYOUT.rootAlphaDividends, hotkey, rao)
    for (const { hotkey, rao } of subnet.alphaLastEpoch) on(PAYOUT.totalHotkeyAlphaLastEpoch, hotkey, rao)
  }

  /** One map by hotkey, of all subnets. */
  #claimable({ subnets }: NetworkRows): void {
    const rates = new Map<number, [number, bigint][]>()
    for (const { netuid, rootClaimable } of subnets) {
      for (const { hotkey, rate } of rootClaimable) {
        const list = rates.get(hotkey) ?? []
        rates.set(hotkey, list)
        list.push([netuid, rate])
      }
    }
    for (const [hotkey, list] of rates) this.#of(PAYOUT.rootClaimable, [hotkey], list)
  }
}

function grouped<T extends Readonly<Record<K | V, number>>, K extends string, V extends string>(
  rows: readonly T[],
  key: K,
  value: V,
): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>()
  for (const row of rows) {
    const group = groups.get(row[key]) ?? []
    groups.set(row[key], group)
    group.push(row[value])
  }
  return groups
}

function groupedRows<T extends { readonly hotkey: number }>(
  rows: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>()
  for (const row of rows) groups.set(row.hotkey, [...(groups.get(row.hotkey) ?? []), row])
  return groups
}
