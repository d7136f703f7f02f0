/** The sections that a snapshot read from a chain has beside what its epoch reads, as JSON and back. */

import * as v from 'valibot'
import { InputError } from '../errors/index.ts'
import { listOf, oneOf } from '../errors/options.ts'
import type { Basket, BasketHolding, CollateralRow, StoredShare } from './block.ts'
import { checkSections, isSnapshot } from './checks.ts'
import { NETWORK_ITEMS, SUBNET_ITEMS } from './generated/items.ts'
import type {
  AccountState,
  ChainSnapshot,
  MaturingCommit,
  NetworkBaskets,
  NetworkItems,
  Relations,
  StoredEpoch,
  SubnetItems,
} from './network.ts'
import { bits, flag, integer, shortText, u16, u32, u64 } from './schemas.ts'
import type { Snapshot } from './types.ts'

/** Name of the section in a snapshot file's `extra`. */
export const CHAIN_SECTION = 'chain'

/** What a {@link ChainSnapshot} has beside a {@link Snapshot}. */
export type ChainSections = Omit<ChainSnapshot, keyof Snapshot>

/** The sections that all subnets of a network file share, or that it has in another place. */
export type SharedSections = Pick<ChainSections, 'subnet' | 'network'>

const texts = v.array(shortText, 'an array')
const flags = v.pipe(
  v.array(flag, 'an array'),
  v.transform((values) => Uint8Array.from(values, Number)),
)
const u16s = v.pipe(
  v.array(u16, 'an array'),
  v.transform((values) => Uint16Array.from(values)),
)
const u32s = v.pipe(
  v.array(u32, 'an array'),
  v.transform((values) => Uint32Array.from(values)),
)
const u64s = v.pipe(
  v.array(u64, 'an array'),
  v.transform((values) => BigUint64Array.from(values)),
)

/** Offsets that ascend from 0 to the number of entries, which are as many here as there. */
const relations: v.GenericSchema<unknown, Relations> = v.pipe(
  v.object({ rowStart: u32s, account: u32s, proportion: u64s }),
  v.check(
    ({ rowStart, account, proportion }) =>
      rowStart[0] === 0 &&
      rowStart.every((start, i) => i === 0 || start >= rowStart[i - 1]!) &&
      rowStart.at(-1) === account.length &&
      account.length === proportion.length,
    'rows of relations',
  ),
)

const accounts: v.GenericSchema<unknown, AccountState> = v.pipe(
  v.object({
    hotkeys: texts,
    owner: texts,
    totalHotkeyAlpha: u64s,
    rootAlpha: u64s,
    delegates: u16s,
    childkeyTake: u16s,
    suspended: flags,
    onRoot: flags,
    parentKeys: relations,
    childKeys: relations,
    autoStakeDestination: v.array(v.nullable(shortText), 'an array'),
  }),
  v.check(
    ({ hotkeys, parentKeys, childKeys, autoStakeDestination: _, ...columns }) =>
      Object.values(columns).every(({ length }) => length === hotkeys.length) &&
      [...parentKeys.account, ...childKeys.account].every((account) => account < hotkeys.length),
    'columns of one length, and relations of accounts that are there',
  ),
)

const stored: v.GenericSchema<unknown, StoredEpoch> = v.object({
  active: flags,
  consensus: u16s,
  dividends: u16s,
  emission: u64s,
  validatorTrust: u16s,
  stakeWeight: u16s,
  rank: u16s,
  trust: u16s,
  incentive: v.array(u16s, 'an array'),
  consensusByMechanism: v.array(u16s, 'an array'),
})

const maturing: v.GenericSchema<unknown, MaturingCommit> = v.object({
  mechanism: integer(0, 15),
  uid: u16,
  commitBlock: u64,
})

const collateral: v.GenericSchema<unknown, CollateralRow> = v.object({
  hotkey: shortText,
  coldkey: shortText,
  locked: u64,
  drainRatio: bits,
  minLocked: u64,
  earned: u64,
})

const share: v.GenericSchema<unknown, StoredShare> = v.variant('kind', [
  v.object({ kind: v.literal('decimal'), mantissa: bits, exponent: bits }),
  v.object({ kind: v.literal('fixed'), bits }),
])

const holding: v.GenericSchema<unknown, BasketHolding> = v.object({
  netuid: u16,
  total: u64,
  denominator: v.nullable(share),
  poolEpoch: u64,
  share: v.nullable(share),
  shareEpoch: u64,
})

const basket: v.GenericSchema<unknown, Basket> = v.object({
  hotkey: shortText,
  shares: u64,
  rate: bits,
  depositedTao: u64,
  holdings: v.array(holding, 'an array'),
})

const BASKETS: v.GenericSchema<unknown, NetworkBaskets | null> = v.nullable(
  v.object({
    escrow: shortText,
    rootHotkeys: texts,
    deposits: v.array(v.object({ hotkey: shortText, netuid: u16, rao: u64 }), 'an array'),
    cursor: v.nullable(v.object({ hotkey: shortText, netuid: u16 })),
    baskets: v.array(basket, 'an array'),
    stakingHotkeys: texts,
  }),
)

const OWN = {
  stateBlock: u64,
  alphaStake: u64s,
  taoStake: u64s,
  accounts,
  stored,
  ownedHotkeys: texts,
  maturingCommits: v.array(maturing, 'an array'),
  upgradedFrom: v.nullable(u32),
  collateral: v.array(collateral, 'an array'),
  collateralSums: v.array(v.object({ coldkey: shortText, rao: u64 }), 'an array'),
  unread: texts,
}

const OWN_SECTIONS: v.GenericSchema<unknown, Omit<ChainSections, keyof SharedSections>> = v.object(OWN)
const SECTIONS: v.GenericSchema<unknown, ChainSections> = v.object({
  ...OWN,
  subnet: SUBNET_ITEMS,
  network: NETWORK_ITEMS,
})

/** A field's name in a file: `subnetTao` is `subnet_tao`. */
export function fileName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function memoryName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/**
 * Plain JSON of columns, bigints and objects of them: bigints as decimal strings, names as in files, `flags` as
 * booleans.
 */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof BigUint64Array) return Array.from(value, String)
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte !== 0)
  if (value instanceof Uint16Array || value instanceof Uint32Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [fileName(name), toJson(inner)]))
}

/** The same with the names as in memory; values stay what JSON made of them. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [memoryName(name), named(inner)]))
}

/** Where sections are read from, for messages. */
export interface SectionPlace {
  readonly file?: string
  readonly document?: string
}

function read<T>(schema: v.GenericSchema<unknown, T>, json: unknown, field: string, place: SectionPlace): T {
  const result = v.safeParse(schema, named(json), { abortEarly: true, abortPipeEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = (issue.path ?? []).map(({ key }) => fileName(String(key)))
  throw new InputError({
    ...place,
    field: [field, ...path].join('.'),
    expected: `expected ${wordsOf(issue)}, found ${issue.received === 'undefined' ? 'none' : issue.received}`,
  })
}

/** What an issue says was expected: the schema's own words, else valibot's name of it. */
function wordsOf({ message, expected, received }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid ')) return message
  if (received === 'undefined') return 'a value'
  return expected === 'Object' ? 'an object' : (expected ?? message)
}

/**
 * Items of the network, out of a file.
 * @throws {InputError} naming the item.
 */
export function readNetworkItems(json: unknown, field: string, place: SectionPlace): NetworkItems {
  return read(NETWORK_ITEMS, json, field, place)
}

/**
 * Items of a subnet, out of a file.
 * @throws {InputError} naming the item.
 */
export function readSubnetItems(json: unknown, field: string, place: SectionPlace): SubnetItems {
  return read(SUBNET_ITEMS, json, field, place)
}

/**
 * Baskets of a network, out of a file.
 * @throws {InputError} naming what is none.
 */
export function readBaskets(json: unknown, field: string, place: SectionPlace): NetworkBaskets | null {
  return read(BASKETS, json, field, place)
}

/**
 * A snapshot from a chain as one that a snapshot file holds whole: its sections in `extra`.
 * @throws {InputError} for what is no snapshot, and for sections that there are not.
 */
export function packSections(snapshot: ChainSnapshot, omit: readonly (keyof ChainSections)[] = []): Snapshot {
  isSnapshot('snapshot', snapshot)
  const names = Object.keys(SECTION_NAMES) as (keyof ChainSections)[]
  listOf(oneOf(names))('omit', omit)
  const sections = names.filter((name) => !omit.includes(name)).map((name) => [name, snapshot[name]])
  return { ...snapshot, extra: { ...snapshot.extra, [CHAIN_SECTION]: toJson(Object.fromEntries(sections)) } }
}

const SECTION_NAMES: Readonly<Record<keyof ChainSections, true>> = {
  stateBlock: true,
  alphaStake: true,
  taoStake: true,
  subnet: true,
  network: true,
  accounts: true,
  stored: true,
  ownedHotkeys: true,
  maturingCommits: true,
  upgradedFrom: true,
  collateral: true,
  collateralSums: true,
  unread: true,
}

/**
 * The snapshot with the sections that it was read from a chain with; `undefined` where it has none, because it was
 * made in another way.
 *
 * @param shared The sections that stand elsewhere, in a network file.
 * @throws {InputError} for a section that is not what it should be.
 */
export function chainSnapshotOf(
  snapshot: Snapshot,
  place: SectionPlace = {},
  shared?: SharedSections,
): ChainSnapshot | undefined {
  checkSections(snapshot, place, shared)
  const { extra = {}, netuid, blockHash, hotkeys, coldkeys } = snapshot
  const { [CHAIN_SECTION]: json, ...others } = extra
  if (json === undefined) return undefined
  if (netuid === undefined || blockHash === undefined || hotkeys === undefined || coldkeys === undefined) {
    const expected = 'netuid, block_hash, hotkeys and coldkeys beside the section'
    throw new InputError({ ...place, field: `extra.${CHAIN_SECTION}`, expected })
  }
  const field = `extra.${CHAIN_SECTION}`
  const sections =
    shared === undefined
      ? read(SECTIONS, json, field, place)
      : { ...read(OWN_SECTIONS, json, field, place), ...shared }
  checkLengths(snapshot, sections, field, place)
  const { extra: _, ...plain } = snapshot
  const rest = Object.keys(others).length === 0 ? {} : { extra: others }
  return { ...plain, ...rest, netuid, blockHash, hotkeys, coldkeys, ...sections }
}

function checkLengths(snapshot: Snapshot, sections: ChainSections, field: string, place: SectionPlace): void {
  const { n } = snapshot
  const { accounts } = sections
  const byMechanism = sections.stored.consensusByMechanism.length
  const columns: readonly [string, number, number][] = [
    ['alpha_stake', sections.alphaStake.length, n],
    ['tao_stake', sections.taoStake.length, n],
    ['accounts.parent_keys.row_start', accounts.parentKeys.rowStart.length, n + 1],
    ['accounts.child_keys.row_start', accounts.childKeys.rowStart.length, n + 1],
    ['accounts.auto_stake_destination', accounts.autoStakeDestination.length, n],
    ['stored.incentive', sections.stored.incentive.length, snapshot.mechanisms.length],
    // None where the runtime keeps none by mechanism.
    ['stored.consensus_by_mechanism', byMechanism, byMechanism && snapshot.mechanisms.length],
  ]
  for (const [name, length, expected] of columns) {
    if (length === expected) continue
    throw new InputError({
      ...place,
      field: `${field}.${name}`,
      expected: `expected ${expected} entries, found ${length}`,
    })
  }
}
