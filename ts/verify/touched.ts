import type { BlockStates, ChainEvent } from '../snapshot/block.ts'
import type { Field, Found } from './types.ts'

/**
 * How far what happened reaches: `nothing` that a block's emission writes; `issuance`; `stakes`, the pool, what is
 * staked and what is issued, which transactions write too; `baskets`, that and validators' baskets; `payout`, what an
 * epoch's does beside stakes that are read; `turn`, what a block leaves that fills another basket; `everything` of a
 * subnet.
 */
type Reach = 'nothing' | 'issuance' | 'stakes' | 'baskets' | 'payout' | 'turn' | 'everything'

/** What an event of a transaction may have changed. */
export interface Touch {
  /** The event, or why it is not known what happened. */
  readonly event: string
  readonly extrinsic: number | null
  /** The subnets, or all. */
  readonly netuids: readonly number[] | 'all'
  readonly reach: Exclude<Reach, 'nothing'>
  /** Of values of accounts those of these alone, SS58; of all where left out. */
  readonly accounts?: ReadonlySet<string>
}

/** Pallets whose events change neither pools nor stakes; of a call that they dispatch its own events tell. */
const HARMLESS_PALLETS: ReadonlySet<string> = new Set([
  'System',
  'Grandpa',
  'Timestamp',
  'TransactionPayment',
  'Utility',
  'Multisig',
  'Preimage',
  'Proxy',
  'Commitments',
  'SafeMode',
  'Ethereum',
  'EVM',
  'BaseFee',
  'Drand',
])

/** Events of the pallet that change neither pools nor stakes. */
const HARMLESS_EVENTS: ReadonlySet<string> = new Set([
  'WeightsSet',
  'WeightsCommitted',
  'CRV3WeightsCommitted',
  'TimelockedWeightsCommitted',
  'WeightsRevealed',
  'WeightsBatchRevealed',
  'BatchWeightsCompleted',
  'BatchCompletedWithErrors',
  'BatchWeightItemFailed',
  'AxonServed',
  'PrometheusServed',
  'ChainIdentitySet',
  'SubnetIdentitySet',
  'SubnetIdentityRemoved',
  'SymbolUpdated',
  'EvmKeyAssociated',
])

/** Events of the pallet that move stakes, and alpha and TAO through a pool, and nothing else that emission writes. */
const TRADES: ReadonlySet<string> = new Set([
  'StakeAdded',
  'StakeRemoved',
  'StakeMoved',
  'StakeTransferred',
  'StakeSwapped',
  'AlphaRecycled',
  'AlphaBurned',
  'AddStakeBurn',
  'TransactionFeePaidWithAlpha',
  'NeuronRegistered',
])

/** Events of the block's own steps, which are recomputed. */
const OWN_EVENTS: ReadonlySet<string> = new Set([
  'EpochDeferred',
  'EpochSkipped',
  'IncentiveAlphaEmittedToMiners',
  'AutoStakeAdded',
  'TimelockedWeightsRevealed',
  'CRV3WeightsRevealed',
  'SubnetOwnerChanged',
  'SetChildren',
  'BasketDeposited',
])

const PALLET = 'SubtensorModule'

/** What the chain keeps once, and the root: every trade may change it. */
const ROOT = 0

/**
 * What a block's transactions may have changed of what its emission wrote, by its events. An event that is not known
 * may have changed everything: of the subnets that it names, else of all. Of events that cannot be decoded nothing is
 * known. A transaction without an event that says so is taken to have changed nothing.
 */
export function touchesOf(states: BlockStates): readonly Touch[] {
  const { events } = states
  if (events === null) return [...migrations(states), anything('events that do not decode')]
  return [...migrations(states), ...events.flatMap((event) => touchOf(event, states))]
}

/** What a new runtime's migrations did before the block, which no event tells. */
function migrations({ before }: BlockStates): readonly Touch[] {
  return before.upgradedFrom === null ? [] : [anything(`the migrations of spec ${before.specVersion}`)]
}

/** Something that may have changed everything. */
function anything(event: string): Touch {
  return { event, extrinsic: null, netuids: 'all', reach: 'everything' }
}

function touchOf(event: ChainEvent, states: BlockStates): readonly Touch[] {
  const { name, extrinsic } = event
  const hasBaskets = states.before.baskets !== null
  if (name === `${PALLET}.RootClaimed` && !hasBaskets) return [claimOf(event, states)]
  const reach = reachOf(event)
  if (reach === 'nothing') return []
  // A basket is filled and emptied by trades on any subnet, and is filled before stake on root changes.
  if (hasBaskets && (reach === 'baskets' || (reach === 'stakes' && event.netuids.includes(ROOT))))
    return [{ event: name, extrinsic, netuids: 'all', reach: 'baskets' }]
  const netuids = event.netuids.length === 0 && reach !== 'issuance' ? 'all' : event.netuids
  return [{ event: name, extrinsic, netuids, reach }]
}

function reachOf({ name, extrinsic }: ChainEvent): Reach {
  const [pallet, event] = name.split('.') as [string, string]
  if (HARMLESS_PALLETS.has(pallet)) return 'nothing'
  // Of the block's own what is minted for its emission, else what is paid and burned.
  if (pallet === 'Balances') return extrinsic === null ? 'nothing' : 'issuance'
  if (pallet !== PALLET) return 'everything'
  if (HARMLESS_EVENTS.has(event) || (extrinsic === null && OWN_EVENTS.has(event))) return 'nothing'
  if (event === 'RootClaimed' || event.startsWith('Basket')) return 'baskets'
  return TRADES.has(event) ? 'stakes' : 'everything'
}

/**
 * Claimed root dividends are sold where their coldkey has it so: the subnets whose pools bought are told by what they
 * paid in the block. Else they are staked, on subnets that nothing tells.
 */
function claimOf({ name, extrinsic, accounts }: ChainEvent, { sellers, after, events }: BlockStates): Touch {
  const changed = events?.some((event) => event.name === `${PALLET}.RootClaimTypeSet`) ?? true
  const sold = !changed && accounts.length > 0 && accounts.every((account) => sellers.includes(account))
  const bought = after.subnets.filter(({ items }) => items.subnetRootSellTao > 0n).map(({ netuid }) => netuid)
  return { event: name, extrinsic, netuids: sold ? bought : 'all', reach: 'stakes' }
}

/** What whoever pays or burns may change, of no subnet. */
const ISSUED: readonly Field[] = ['TotalIssuance', 'Balances.TotalIssuance']

/** What transactions write too that trade, stake and pay: pools, stakes and what is issued. */
const STAKED: readonly Field[] = [
  'SubnetTAO',
  'SubnetAlphaIn',
  'SubnetAlphaOut',
  'SubnetVolume',
  'SubnetTaoFlow',
  'SubnetProtocolFlow',
  'Swap.SwapBalancer',
  'Swap.PalSwapInitialized',
  'AlphaAssets.AlphaRecycled',
  'AlphaAssets.AlphaBurned',
  'TotalHotkeyAlpha',
  'TotalHotkeySharesV2',
  'AlphaV2',
  'AlphaSharePoolEpoch',
  'AlphaShareEpoch',
  'TotalAlphaStaked',
  'StakingHotkeys',
  'TotalStake',
  ...ISSUED,
]

/** Validators' baskets, and what waits for them. */
const IN_BASKETS: readonly Field[] = [
  'PendingBasketDeposits',
  'PendingBasketFlushCursor',
  'BasketShares',
  'BasketRate',
  'BasketDepositedTao',
]

/** What a block writes that fills a basket. */
const OF_TURN: readonly Field[] = [
  ...IN_BASKETS,
  'TotalHotkeyAlpha',
  'TotalHotkeySharesV2',
  'AlphaV2',
  'AlphaSharePoolEpoch',
  'AlphaShareEpoch',
  'TotalAlphaStaked',
  'StakingHotkeys',
  'SubnetAlphaOut',
  'AlphaAssets.AlphaRecycled',
  'RootProp',
]

/** What the payout of an epoch writes of its subnet and of the network. */
const PAID: readonly Field[] = [
  'SubnetAlphaOut',
  'RootProp',
  'MinerBurned',
  'AlphaAssets.AlphaRecycled',
  'AlphaAssets.AlphaBurned',
  'StakingHotkeys',
  'TotalAlphaStaked',
  'PendingBasketDeposits',
]

const REACHED: Readonly<Record<Touch['reach'], ReadonlySet<Field> | null>> = {
  issuance: new Set(ISSUED),
  stakes: new Set(STAKED),
  baskets: new Set([...STAKED, ...IN_BASKETS]),
  payout: new Set(PAID),
  turn: new Set(OF_TURN),
  everything: null,
}

/** A value that emission writes: of a subnet, or of the network where that is null; of accounts, where it names any. */
type Touched = Pick<Found, 'field' | 'netuid' | 'hotkey' | 'coldkey'>

/** The first thing that may have changed a value that emission writes. */
export function touchedBy(touches: readonly Touch[], value: Touched): Touch | undefined {
  const { field, netuid } = value
  const ofNetwork = netuid === null || netuid === ROOT
  return touches.find(
    ({ netuids, reach, accounts }) =>
      (REACHED[reach]?.has(field) ?? true) &&
      (ofNetwork || netuids === 'all' || netuids.includes(netuid)) &&
      (accounts === undefined || isOf(accounts, value)),
  )
}

/** Whether a value is of one of some accounts, or of none. */
function isOf(accounts: ReadonlySet<string>, { hotkey, coldkey }: Touched): boolean {
  if (hotkey === null && coldkey === null) return true
  return [hotkey, coldkey].some((account) => account !== null && accounts.has(account))
}
