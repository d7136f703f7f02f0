import type { Baskets, BlockSide, BlockStates, ChainEvent, SubnetSide } from '../snapshot/block.ts'
import { hasBaskets, readBaskets, readQueue, turnsOf } from './baskets.ts'
import { readEvents } from './events.ts'
import { EPOCH, NETWORK, SUBNET, SYSTEM, TOTAL_NETWORKS } from './items.ts'
import { lastPart } from './keys.ts'
import { BLOCK, PAYOUT, SUBNET_BLOCK } from './payout-items.ts'
import type { StorageItem } from './runtime.ts'
import { ScaleError, ScaleReader } from './scale.ts'
import { type Cell, type State, valuesOf } from './state.ts'

/** Event of a coldkey that claims root dividends: what then happens is its choice. */
const ROOT_CLAIMED = 'SubtensorModule.RootClaimed'

/** Numbers of the subnets that there are, ascending: as many as the chain says that there are. */
export async function readNetuids(state: State): Promise<readonly number[]> {
  const keys = await state.listCounted(EPOCH.networksAdded, TOTAL_NETWORKS)
  return keys.map((key) => new ScaleReader(`0x${lastPart(key, 2)}`).u16()).sort((a, b) => a - b)
}

/** Reads one side of a block: the network and each subnet without its neurons, in a few requests. */
export async function readSide(state: State): Promise<BlockSide> {
  const netuids = await readNetuids(state)
  const plan = state.plan()
  const network = plan.values(NETWORK)
  const upgrade = plan.value(SYSTEM.lastRuntimeUpgrade)
  const subnets = netuids.map((netuid) => ({
    netuid,
    n: plan.value(EPOCH.subnetworkN, netuid),
    items: plan.values(SUBNET, netuid),
    block: plan.values(SUBNET_BLOCK, netuid),
  }))
  const [baskets] = await Promise.all([readQueue(state), state.read(plan)])
  const address = (account: string | null): string | null => account && state.addresses.of(account)
  return {
    specVersion: state.schema.runtime.specVersion,
    blockHash: state.hash,
    stateBlock: state.number,
    network: valuesOf(network),
    subnets: subnets.map(({ netuid, n, items, block }): SubnetSide => {
      const values = valuesOf(items)
      return {
        netuid,
        n: n.value,
        items: {
          ...values,
          subnetOwner: address(values.subnetOwner),
          subnetOwnerHotkey: address(values.subnetOwnerHotkey),
        },
        powRegistrationAllowed: block.powRegistrationAllowed.value,
        leased: block.lease.value !== null,
        concentratedInitialized: block.concentratedInitialized.value,
      }
    }),
    upgradedFrom: upgradedFromOf(state, upgrade.value),
    baskets,
    unread: state.schema.unread,
  }
}

/** The version of the runtime that last ran, where another one runs the block after the state; else null. */
export function upgradedFromOf(state: State, ran: number | null): number | null {
  return ran === state.schema.runtime.specVersion ? null : ran
}

/** What {@link readBlock} is given: both sides, which other checks of the block may have read before. */
export interface BlockParts {
  readonly parentHash: string
  readonly before: State
  readonly after: State
  readonly sides: readonly [BlockSide, BlockSide]
}

/** Puts a block together and reads what happened in it. */
export async function readBlock({ parentHash, before, after, sides }: BlockParts): Promise<BlockStates> {
  const [{ events, time }, baskets] = await Promise.all([happenedIn(after), basketsOf(before, after, sides)])
  return {
    block: sides[0].stateBlock + 1n,
    blockHash: after.hash,
    parentHash,
    time,
    before: sides[0],
    after: sides[1],
    events,
    baskets,
    sellers: await sellersOf(before, events ?? []),
  }
}

/** Baskets that the block may fill, at both sides. */
async function basketsOf(
  before: State,
  after: State,
  sides: readonly [BlockSide, BlockSide],
): Promise<BlockStates['baskets']> {
  const [{ baskets: queue }] = sides
  if (queue === null || !hasBaskets(after)) return null
  const hotkeys = turnsOf(before, queue)
  const netuids = [...new Set(sides.flatMap(({ subnets }) => subnets.map(({ netuid }) => netuid)))]
  const ascending = netuids.sort((a, b) => a - b)
  const read = (state: State): Promise<Baskets> => readBaskets(state, hotkeys, ascending)
  const [first, second] = await Promise.all([read(before), read(after)])
  return { before: first, after: second }
}

/** When a block was made, and its events; null where their type or their bytes are not understood. */
async function happenedIn(state: State): Promise<Pick<BlockStates, 'events' | 'time'>> {
  const plan = state.plan()
  const [events, now] = [plan.value(BLOCK.events), plan.value(BLOCK.now)]
  if (!plan.isEmpty) await state.read(plan)
  const { storage } = state.schema.of(BLOCK.events)
  return { time: now.value, events: storage === undefined ? null : eventsOf(state, storage, events) }
}

function eventsOf(state: State, storage: StorageItem, events: Cell<string>): readonly ChainEvent[] | null {
  try {
    return readEvents(state.schema.runtime.types, storage.type, events.value, (account) =>
      state.addresses.of(account),
    )
  } catch (error) {
    if (error instanceof ScaleError) return null
    throw error
  }
}

async function sellersOf(state: State, events: readonly ChainEvent[]): Promise<readonly string[]> {
  const claims = events.filter(({ name }) => name === ROOT_CLAIMED)
  const coldkeys = [...new Set(claims.flatMap(({ accounts }) => accounts))]
  if (coldkeys.length === 0) return []
  const plan = state.plan()
  const cells = coldkeys.map((coldkey) => ({
    coldkey,
    type: plan.value(PAYOUT.rootClaimType, state.addresses.accountOf(coldkey)),
  }))
  await state.read(plan)
  return cells.filter(({ type }) => type.value === 'Swap').map(({ coldkey }) => coldkey)
}
