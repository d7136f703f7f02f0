/** A checked epoch as rows of the tables of a lake, each in the order of its table. */

import type { Emission } from '../emission/types.ts'
import { snapshotPieces } from '../snapshot/encode.ts'
import type { SubnetItems } from '../snapshot/network.ts'
import { packSections } from '../snapshot/sections.ts'
import type { SparseRows } from '../snapshot/types.ts'
import type { CheckedEntry } from '../verify/check.ts'
import type { Found, Paid } from '../verify/types.ts'

/** Values of the columns of a table, in their order, after netuid and block: null where a column has none. */
export type Row = readonly RowValue[]
export type RowValue = string | number | bigint | boolean | null

/** Rows by the name of their table. */
export type RowMaker = (epoch: CheckedEntry, emission: Emission) => Iterable<Row>

const MICROSECONDS = 1000n

/** What makes the rows of each table. */
export const ROWS: Readonly<Record<string, RowMaker>> = {
  epochs: epochRows,
  differences: ({ verification }) =>
    verification.differences.map((found, position) => [position, ...foundOf(found), found.firstStep]),
  not_comparable: ({ verification }) =>
    verification.notComparable.map((found, position) => [
      position,
      ...foundOf(found),
      found.event,
      found.extrinsic,
    ]),
  notes: ({ verification }) =>
    verification.notes.map(({ kind, about, text }, position) => [position, kind, about, text]),
  neurons: neuronRows,
  mechanism_incentive: incentiveRows,
  weights: ({ input }) =>
    input === undefined ? [] : matrixRows(input.mechanisms.map(({ weights }) => weights)),
  bonds: ({ input, states }) =>
    input === undefined ? [] : matrixRows(states.after.mechanisms.map(({ bonds }) => bonds)),
  payouts: ({ payments = [] }) =>
    payments.map(({ kind, hotkey, toHotkey, coldkey, rao }, position) => [
      position,
      kind,
      hotkey,
      toHotkey,
      coldkey,
      rao,
    ]),
  prices: priceRows,
  snapshots: ({ input }) =>
    input === undefined ? [] : [[[...snapshotPieces(packSections(input))].join('')]],
}

function epochRows({ verification, states }: CheckedEntry): Iterable<Row> {
  const { blockHash, parentHash, specVersion, n, outcome, checked, pot } = verification
  const { time } = states.block
  const { tempo, networkRegisteredAt } = states.before.subnet
  return [
    [
      time === null ? null : time * MICROSECONDS,
      blockHash,
      parentHash,
      specVersion,
      tempo,
      n,
      networkRegisteredAt,
      outcome,
      checked.reduce((sum, { values }) => sum + values, 0),
      verification.differences.length,
      verification.notComparable.length,
      pot?.known ?? null,
      pot?.least ?? null,
      pot?.most ?? null,
    ],
  ]
}

function foundOf({ field, mechanism, uid, hotkey, coldkey, column, chain, ours }: Found): Row {
  return [field, mechanism, uid, hotkey, coldkey, column, chain, ours]
}

/** Of each neuron that the epoch ran with: what is stored of one that another took the place of is the other's. */
function* neuronRows({ input, states, paid }: CheckedEntry): Iterable<Row> {
  if (input === undefined) return
  const { before, after } = states
  const { stored, validatorPermit } = after
  const { accounts } = before
  for (let uid = 0; uid < before.n; uid++) {
    const isThere = before.hotkeys[uid] === after.hotkeys[uid]
    const value = <T>(column: ArrayLike<T> | undefined): T | null =>
      isThere ? (column?.[uid] ?? null) : null
    const flag = (column: ArrayLike<number>): boolean | null => {
      const found = value(column)
      return found === null ? null : found === 1
    }
    yield [
      uid,
      before.hotkeys[uid]!,
      before.coldkeys[uid]!,
      before.blockAtRegistration[uid]!,
      before.mechanisms[0]!.lastUpdate[uid]!,
      accounts.totalHotkeyAlpha[uid]!,
      accounts.rootAlpha[uid]!,
      before.alphaStake[uid]!,
      before.taoStake[uid]!,
      accounts.delegates[uid]!,
      accounts.childkeyTake[uid]!,
      value(stored.stakeWeight),
      flag(stored.active),
      flag(validatorPermit),
      value(stored.consensus),
      value(stored.validatorTrust),
      value(stored.incentive[0]),
      value(stored.dividends),
      value(stored.emission),
      paidTo(paid, 'serverEmission', uid),
      paidTo(paid, 'validatorEmission', uid),
    ]
  }
}

function paidTo(
  paid: Paid | undefined,
  to: 'serverEmission' | 'validatorEmission',
  uid: number,
): bigint | null {
  return paid?.[to][uid] ?? null
}

function* incentiveRows({ input, states }: CheckedEntry): Iterable<Row> {
  const { before, after } = states
  const { incentive } = after.stored
  if (input === undefined || incentive.length < 2) return
  for (const [mechanism, column] of incentive.entries()) {
    for (const [uid, value] of column.entries())
      if (uid < before.n && before.hotkeys[uid] === after.hotkeys[uid]) yield [mechanism, uid, value]
  }
}

/** Entries of sparse rows by mechanism, row and column; of a column that a row names twice in stored order. */
function* matrixRows(mechanisms: readonly SparseRows[]): Iterable<Row> {
  for (const [mechanism, { rowStart, uid: columns, value }] of mechanisms.entries()) {
    for (let uid = 0; uid + 1 < rowStart.length; uid++) {
      const places = Array.from(
        columns.subarray(rowStart[uid], rowStart[uid + 1]),
        (_, i) => rowStart[uid]! + i,
      )
      places.sort((a, b) => columns[a]! - columns[b]!)
      for (const place of places) yield [mechanism, uid, columns[place]!, value[place]!]
    }
  }
}

function priceRows({ input, states }: CheckedEntry, emission: Emission): Iterable<Row> {
  if (input === undefined) return []
  const { specVersion, subnet } = states.after
  const { subnetTao, subnetAlphaIn, subnetAlphaOut, subnetMovingPrice } = subnet
  const price = priceOf(subnet, specVersion, emission)
  return [[subnetTao, subnetAlphaIn, subnetAlphaOut, subnetMovingPrice, price]]
}

/** Parts of a price: it is U64F64. */
const PRICE_PARTS = 2 ** 64

/** TAO for one alpha, as the pool quotes it; null where it is not known how the version's pool does. */
function priceOf(subnet: SubnetItems, specVersion: number, emission: Emission): number | null {
  const { swapBalancer } = subnet
  if (swapBalancer === null || !emission.facts(specVersion).pool) return null
  const quote = emission.quote({
    pool: {
      mechanism: subnet.subnetMechanism,
      tao: subnet.subnetTao,
      alpha: subnet.subnetAlphaIn,
      quoteWeight: swapBalancer,
      initialized: subnet.palSwapInitialized,
      feeRate: subnet.feeRate,
    },
    side: 'buy',
    amount: 0n,
  })
  return 'priceBefore' in quote ? Number(quote.priceBefore) / PRICE_PARTS : null
}
