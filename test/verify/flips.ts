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
} from '../../ts/chain/items.ts'
import { KeyMaker } from '../../ts/chain/keys.ts'
import { PAYOUT } from '../../ts/chain/payout-items.ts'
import { type Runtime, readRuntime } from '../../ts/chain/runtime.ts'
import { NETWORK_TABLES } from '../../ts/emission/fields.ts'
import type { BlockVerification, Difference } from '../../ts/verify/index.ts'
import { type Encodable, encode } from '../chain/encode.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'

/** What an epoch stores by uid, under the names of its result. */
const BY_UID: Readonly<Record<string, Item<unknown>>> = {
  stakeWeight: STORED.stakeWeight,
  active: STORED.active,
  validatorPermit: EPOCH.validatorPermit,
  consensus: STORED.consensus,
  validatorTrust: STORED.validatorTrust,
  incentive: MECHANISM.incentive,
  consensusByMechanism: MECHANISM.consensusByMechanism,
  bonds: NEURONS.bonds,
  dividends: STORED.dividends,
  emission: STORED.emission,
}
const ITEMS: readonly Item<unknown>[] = [
  NETWORK,
  SUBNET,
  ACCOUNTS,
  PAYOUT,
  COLLATERAL,
  STAKE_POOLS,
  BASKETS,
].flatMap((group) => Object.values(group))

function itemOf(field: string): Item<unknown> {
  const name = field.includes('.') ? field : `SubtensorModule.${field}`
  const item = BY_UID[field] ?? ITEMS.find(({ pallet, name: own }) => `${pallet}.${own}` === name)
  if (item === undefined) throw new Error(`no item for ${field}`)
  return item
}

/** Values of one field that are stored, or that could be, and where one unit of each lies. */
export class Flips {
  readonly #runtime: Runtime
  readonly #keys = new KeyMaker()

  constructor({ metadata }: FakeRuntime) {
    this.#runtime = readRuntime(metadata)
  }

  /**
   * States with one value of the field changed by one unit.
   * @param hotkeys With a uid on the subnet.
   * @param coldkeys Who owns them.
   * @param filled Whose basket was filled.
   */
  *of(
    field: string,
    state: ReadonlyMap<string, string>,
    { netuid, hotkeys, coldkeys, filled }: Where,
  ): Generator<ReadonlyMap<string, string>> {
    const item = itemOf(field)
    const storage = this.#runtime.item(item.pallet, item.name)
    if (storage === undefined) return
    const prefix = this.#keys.key(storage, [])
    const own = this.#keys
      .key({ ...storage, hashers: ['Identity'], keys: ['u16'] }, [netuid])
      .slice(prefix.length)
    const at = item.keys.indexOf('u16')
    const stored = [...state.keys()].filter(
      (key) =>
        key.startsWith(prefix) &&
        (!RELATIONS.has(item) || hotkeys.some((hotkey) => key.includes(hotkey))) &&
        (item !== PAYOUT.stakingHotkeys || coldkeys.some((coldkey) => key.includes(coldkey))) &&
        (!OF_BASKET.has(item) || filled.some((hotkey) => key.includes(hotkey))) &&
        (at < 0 || (at === 0 ? hasFirst(key, prefix, own, storage.hashers[0]!) : key.endsWith(own))),
    )
    for (const key of stored.slice(0, 3)) {
      const value = state.get(key)!
      for (const place of places(storage.value, value, netuid))
        yield new Map(state).set(key, flipped(value, place))
    }
    if (stored.length > 0 || OF_BASKET.has(item)) return
    // Nothing is stored: something is then.
    yield new Map(state).set(
      this.#keys.key(storage, [netuid]),
      `0x${encode(storage.value, ONES[storage.value]!)}`,
    )
  }
}

/** Where a block changed what a check of it compares: a subnet whose epoch ran, and whose basket was filled. */
export interface Where {
  readonly netuid: number
  /** With a uid, 64 hex digits each. */
  readonly hotkeys: readonly string[]
  /** Who owns them, 64 hex digits each. */
  readonly coldkeys: readonly string[]
  /** 64 hex digits each. */
  readonly filled: readonly string[]
}

/** What is read of those whose basket a block may fill. */
const OF_BASKET: ReadonlySet<Item<unknown>> = new Set<Item<unknown>>([
  BASKETS.basketShares,
  BASKETS.basketRate,
  BASKETS.basketDepositedTao,
])

/** Lists that are read of who has a uid, and of whom a block may write them. */
const RELATIONS: ReadonlySet<Item<unknown>> = new Set<Item<unknown>>([
  ACCOUNTS.childKeys,
  ACCOUNTS.parentKeys,
])

const ONES: Readonly<Record<string, Encodable>> = { u64: 1n, u128: 1n, '(u64,i128)': [1n, 1n] }

function hasFirst(key: string, prefix: string, netuid: string, hasher: string): boolean {
  const skipped = hasher === 'Twox64Concat' ? 16 : 0
  return key.slice(prefix.length + skipped).startsWith(netuid)
}

/** Bytes of a value that are the lowest of a number in it. */
function places(shape: string, value: string, netuid: number): readonly number[] {
  const bytes = (value.length - 2) / 2
  if (shape === '(u128,i64)') return [0, 16]
  if (shape === '(u64,u128,u64,u64)') return [0, 8, 24, 32]
  // A storage key, whose last two bytes are a netuid.
  if (shape === 'Vec<u8>') return [bytes - 2]
  if (shape.startsWith('(Vec')) return [1, bytes - 8]
  if (shape === 'Vec<(u16,i128)>') {
    const entries = Array.from({ length: (bytes - 1) / 18 }, (_, i) => 1 + 18 * i)
    return entries
      .filter((at) => Buffer.from(value.slice(2), 'hex').readUInt16LE(at) === netuid)
      .map((at) => at + 2)
  }
  if (shape === 'Vec<(u64,[u8;32])>') return bytes > 1 ? [1, 9] : []
  if (shape === 'Vec<(u16,u16)>') return bytes > 1 ? [3] : []
  if (shape.startsWith('Vec')) return bytes > 1 ? [1] : []
  return [0]
}

function flipped(hex: string, offset: number): string {
  const at = 2 + 2 * offset
  const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
  return hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2)
}

/** Every difference of a block and its epochs. */
export function all({ differences, epochs }: BlockVerification): readonly Difference[] {
  return [...differences, ...epochs.flatMap((epoch) => epoch.differences)]
}

/** What the table of emission's state says that a block of a version writes, and what an epoch stores by uid. */
export function writtenAt(specVersion: number): string[] {
  const items = NETWORK_TABLES.tables
    .flatMap(({ columns }) => columns)
    .filter(
      ({ written, since = 0, until = specVersion }) =>
        written && since <= specVersion && until >= specVersion,
    )
    .flatMap(({ item }) => item ?? [])
    .map((item) => item.replace(/^SubtensorModule\./, ''))
  const named = new Map(Object.entries(BY_UID).map(([field, { name }]) => [name, field]))
  return [...new Set(items.map((item) => named.get(item) ?? item))]
}
