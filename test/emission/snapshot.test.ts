/** From what is read of a chain to who gets what. */

import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Account,
  columnsOf,
  type Emission,
  type EmissionKind,
  loadEmission,
  NETWORK_TABLES,
  type NetworkColumns,
  networkState,
  paymentsOf,
  reportsOf,
  rowsOf,
} from '../../ts/emission/index.ts'
import { type Engine, loadEngine } from '../../ts/engine/index.ts'
import { BLOCK, chainSnapshot, networkSnapshot } from './network.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']
const sum = (values: Iterable<bigint>): bigint => [...values].reduce((a, b) => a + b, 0n)
/** Stake by hotkey of the only subnet. */
const totals = (columns: NetworkColumns): Map<Account, bigint> =>
  new Map(rowsOf(NETWORK_TABLES, columns).subnets[0]!.stakes.map(({ hotkey, total }) => [hotkey, total]))

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  let engine: Engine
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
    engine = await loadEngine({ prefer: kind })
  })

  test.each([1, 2, 3])("subnet %i: the epoch is the engine's own of these stake weights", (netuid) => {
    const snapshot = chainSnapshot(netuid)
    const network = emission.open(snapshot)
    const { totalStake, alphaStake } = network.stakeWeights(netuid)
    // Hotkey 1 has a quarter of hotkey 0's stake as its child.
    const [parent, child] = alphaStake
    const { totalHotkeyAlpha } = snapshot.accounts
    expect(parent).toBe(totalHotkeyAlpha[0]! - totalHotkeyAlpha[0]! / 4n)
    expect(child! > totalHotkeyAlpha[1]!).toBe(true)
    const { n, accounts: state, network: items } = snapshot
    const alone = emission.stakeWeights({ netuid, n, taoWeight: items.taoWeight, ...state })
    expect(alone).toEqual(network.stakeWeights(netuid))
    const { serverEmission, validatorEmission } = engine.epoch({ ...snapshot, totalStake })

    const { earned } = network.distribute({ netuid, block: snapshot.block })
    const rows = new Map(earned.map((row) => [row.hotkey, row]))
    expect(rows.size).toBe(snapshot.n)
    snapshot.hotkeys.forEach((address, uid) => {
      const hotkey = network.accounts!.of(address)
      const row = { hotkey, server: serverEmission[uid], validator: validatorEmission[uid] }
      expect(rows.get(hotkey)).toEqual(row)
    })
    network.close()
    expect(sum(serverEmission)).toBeGreaterThan(0n)
    expect(sum(validatorEmission)).toBeGreaterThan(0n)
  })

  test('who gets what sums to what was pending', () => {
    const network = emission.open(chainSnapshot(1))
    const before = network.columns()
    const payout = network.distribute({ netuid: 1 })
    const after = network.columns()
    const payments = paymentsOf(payout, after.owners)
    const { subnets } = before
    const pending = [
      subnets.pendingServer,
      subnets.pendingValidator,
      subnets.pendingRoot,
      subnets.pendingOwner,
    ]
    expect(payout.ledgerPending).toBe(sum(pending.map((column) => column[0]!)))
    expect(after.subnets.pendingServer[0]).toBe(0n)
    expect(payout.ledgerPending - payout.ledgerLeft).toBe(sum(payments.map(({ rao }) => rao)))
    expect(payout.ledgerBurned).toBe(
      sum(payments.filter(({ kind }) => kind === 'incentive-burned').map(({ rao }) => rao)),
    )
    // What is staked to each hotkey is what its stake grew by.
    const [old, stakes] = [totals(before), totals(after)]
    for (const [hotkey, total] of stakes) {
      const staked = sum(payments.filter(({ toHotkey }) => toHotkey === hotkey).map(({ rao }) => rao))
      expect(total - (old.get(hotkey) ?? 0n)).toBe(staked)
    }
    expect(sum(stakes.values()) - sum(old.values())).toBe(payout.ledgerStaked)
    network.close()
  })

  test('pending amounts and an epoch that are given', () => {
    const network = emission.open(chainSnapshot(1))
    const [hotkey] = network.columns().neurons.hotkey
    const pending = { server: 500n, validator: 500n, root: 0n, owner: 7n }
    const earned = [{ hotkey: hotkey!, server: 400n, validator: 1n }]
    const payout = network.distribute({ netuid: 1, pending, earned })
    expect(payout.incentives.map(({ rao }) => rao)).toEqual([400n])
    expect(payout.ledgerPending).toBe(1007n)
    // What was pending by itself stays.
    expect(network.columns().subnets.pendingServer[0]).toBeGreaterThan(500n)
    network.close()
  })

  test("a network's blocks: epochs when they are due, alpha to the owner's coldkey", () => {
    const network = emission.open(networkSnapshot(4))
    const reports = [...reportsOf(network.run(25, { reports: 'all' }))]
    expect(network.columns().globals.block).toBe(BLOCK + 25n)
    const ran = reports.flatMap(({ block, payouts }) =>
      payouts.map(({ netuid }) => [Number(block - BLOCK), netuid]),
    )
    // Tempo 20, last epoch 5 + netuid blocks ago; the fourth has no neurons, and its owner is paid all the same.
    expect(ran).toEqual([
      [11, 4],
      [12, 3],
      [13, 2],
      [14, 1],
    ])
    const empty = reports[10]!.payouts[0]!
    expect([empty.incentives, empty.alphaDividends, empty.rootDividends]).toEqual([[], [], []])
    expect(network.accounts!.address(empty.ownerColdkey!)).toBe(chainSnapshot(4).coldkeys[0])
    network.close()
    for (const { minted, unspent, emissions } of reports) {
      expect(emissions.length).toBe(4)
      const spent = sum(emissions.flatMap((row) => [row.taoIn, row.excessTao, row.taoStranded]))
      expect(spent + unspent).toBe(minted)
      const shares = sum(emissions.map(({ share }) => share))
      expect(shares <= 1n << 64n && shares > (1n << 64n) - 100n).toBe(true)
    }
  })

  test('when the next epoch is', () => {
    const { netuid, subnet } = networkSnapshot(2).subnets[1]!
    const call = { netuid, ...subnet, block: BLOCK }
    expect(emission.schedule({ ...call, specVersion: 425 })).toEqual({
      due: false,
      nextEpochBlock: BLOCK + 14n,
      nextEpochBlocks: [BLOCK + 14n],
    })
    const three = emission.schedule({ ...call, specVersion: 425, epochs: 3 })
    expect(three.nextEpochBlocks).toEqual([BLOCK + 14n, BLOCK + 34n, BLOCK + 54n])
    const at300 = emission.schedule({ ...call, specVersion: 300 }).nextEpochBlock!
    expect(emission.schedule({ ...call, specVersion: 300, block: at300 - 1n })).toEqual({
      due: true,
      nextEpochBlock: at300,
      nextEpochBlocks: [at300],
    })
    const [, second] = emission.schedule({ ...call, specVersion: 300, epochs: 2 }).nextEpochBlocks
    expect(second).toBe(at300 + BigInt(subnet.tempo) + 1n)
    const never = { ...call, tempo: 0, specVersion: 425 }
    expect(emission.schedule(never)).toEqual({ due: false, nextEpochBlock: null, nextEpochBlocks: [] })
  })

  test('columns are rows, and rows columns', () => {
    const { columns } = networkState(networkSnapshot(4))
    expect(columnsOf(NETWORK_TABLES, rowsOf(NETWORK_TABLES, columns))).toEqual(columns)
    const network = emission.open({ specVersion: 425, columns })
    const crossed = network.columns()
    network.close()
    // What is stored of the last epoch is known once one has run.
    const { neurons, ...rest } = crossed
    const { neurons: given, ...others } = columns
    expect(rest).toEqual(others)
    expect(neurons).toEqual(given)
  })
})
