import { ss58 } from '../../ts/snapshot/ss58.ts'
import type { PlainRow } from './fixture-lake.ts'

/** Rows of a lake's tables with what tests do not care about filled in. */

/** An address that is told from others by a number. */
export function key(number: number): string {
  return ss58(new Uint8Array(32).fill(number))
}

const HASH = `0x${'cd'.repeat(32)}`

export function epochRow(netuid: number, block: number, more: PlainRow = {}): PlainRow {
  return {
    netuid,
    block,
    time: null,
    block_hash: HASH,
    parent_hash: HASH,
    spec_version: 475,
    tempo: 360,
    n: 2,
    registered_at: 1,
    outcome: 'equal',
    values_checked: 10,
    differences: 0,
    not_comparable: 0,
    pot: 'computed',
    pot_least: 1000,
    pot_most: 1000,
    ...more,
  }
}

export function neuronRow(netuid: number, block: number, uid: number, more: PlainRow = {}): PlainRow {
  return {
    netuid,
    block,
    uid,
    hotkey: key(uid + 1),
    coldkey: key(100 + uid),
    registered_at: 1,
    last_update: block - 1,
    total_hotkey_alpha: 1000,
    root_alpha: 0,
    alpha_stake: 1000,
    tao_stake: 0,
    take: 11_796,
    childkey_take: 0,
    stake_weight: 0,
    active: true,
    validator_permit: false,
    consensus: 0,
    validator_trust: 0,
    incentive: 0,
    dividends: 0,
    emission: 0,
    server_emission: 0,
    validator_emission: 0,
    ...more,
  }
}

export function payoutRow(
  netuid: number,
  block: number,
  position: number,
  kind: string,
  rao: number | bigint,
  more: PlainRow = {},
): PlainRow {
  const hotkey = key(1)
  return { netuid, block, position, kind, hotkey, to_hotkey: hotkey, coldkey: null, rao, ...more }
}

export function priceRow(netuid: number, block: number, price: number | null): PlainRow {
  return {
    netuid,
    block,
    subnet_tao: 1,
    subnet_alpha_in: 1,
    subnet_alpha_out: 1,
    moving_price: 0,
    price,
  }
}

export function weightRow(
  netuid: number,
  block: number,
  uid: number,
  to: number,
  weight: number,
  mechanism = 0,
): PlainRow {
  return { netuid, block, mechanism, uid, column_uid: to, weight }
}
