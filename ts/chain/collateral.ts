/** What owners have locked behind their hotkeys on a subnet. */

import type { CollateralRow, CollateralSum } from '../snapshot/block.ts'
import type { Collateral } from '../snapshot/network.ts'
import type { Addresses } from './addresses.ts'
import { COLLATERAL, type Item } from './items.ts'
import { lastPart } from './keys.ts'
import type { Cell, Plan, State } from './state.ts'

const ACCOUNT_BYTES = 32
/** Bytes of the hash that stands before an account in a key. */
const HASH_BYTES = 16

/** Who has locked something, 64 hex digits each. */
export interface CollateralKeys {
  readonly rows: readonly { readonly hotkey: string; readonly coldkey: string }[]
  readonly sums: readonly string[]
}

/** What they have locked. */
export interface CollateralCells {
  readonly rows: readonly {
    readonly hotkey: string
    readonly coldkey: string
    readonly cell: Cell<Collateral | null>
  }[]
  readonly sums: readonly { readonly coldkey: string; readonly cell: Cell<bigint> }[]
}

/** Nobody. */
export const NO_COLLATERAL: CollateralCells = { rows: [], sums: [] }

/** Lists who has locked something on a subnet: no request where the runtime has no collateral. */
export async function listCollateral(state: State, netuid: number): Promise<CollateralKeys> {
  return keysOf(
    ...(await Promise.all([
      state.list(COLLATERAL.minerCollateral, netuid),
      state.list(COLLATERAL.coldkeyMinerCollateral, netuid),
    ])),
  )
}

/** The same of every subnet at once, by netuid. */
export async function listAllCollateral(state: State): Promise<(netuid: number) => CollateralKeys> {
  const [rows, sums] = await Promise.all([
    state.list(COLLATERAL.minerCollateral),
    state.list(COLLATERAL.coldkeyMinerCollateral),
  ])
  const of = (item: Item<unknown>, keys: readonly string[], netuid: number): readonly string[] => {
    const { storage } = state.schema.of(item)
    if (storage === undefined) return []
    const prefix = state.keys.key(storage, [netuid])
    return keys.filter((key) => key.startsWith(prefix))
  }
  return (netuid) =>
    keysOf(of(COLLATERAL.minerCollateral, rows, netuid), of(COLLATERAL.coldkeyMinerCollateral, sums, netuid))
}

function keysOf(rows: readonly string[], sums: readonly string[]): CollateralKeys {
  return {
    rows: rows.map((key) => ({
      hotkey: lastPart(key, 2 * ACCOUNT_BYTES + HASH_BYTES).slice(0, 2 * ACCOUNT_BYTES),
      coldkey: lastPart(key, ACCOUNT_BYTES),
    })),
    sums: sums.map((key) => lastPart(key, ACCOUNT_BYTES)),
  }
}

/** Plans what is to be read of them. */
export function planCollateral(plan: Plan, netuid: number, { rows, sums }: CollateralKeys): CollateralCells {
  return {
    rows: rows.map(({ hotkey, coldkey }) => ({
      hotkey,
      coldkey,
      cell: plan.value(COLLATERAL.minerCollateral, netuid, hotkey, coldkey),
    })),
    sums: sums.map((coldkey) => ({
      coldkey,
      cell: plan.value(COLLATERAL.coldkeyMinerCollateral, netuid, coldkey),
    })),
  }
}

/** What was read of them. */
export function collateralOf(
  { rows, sums }: CollateralCells,
  addresses: Addresses,
): { readonly collateral: readonly CollateralRow[]; readonly collateralSums: readonly CollateralSum[] } {
  return {
    collateral: rows.flatMap(({ hotkey, coldkey, cell: { value } }) =>
      value === null ? [] : [{ hotkey: addresses.of(hotkey), coldkey: addresses.of(coldkey), ...value }],
    ),
    collateralSums: sums.map(({ coldkey, cell }) => ({ coldkey: addresses.of(coldkey), rao: cell.value })),
  }
}
