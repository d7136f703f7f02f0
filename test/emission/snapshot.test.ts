/** From what is read of a chain to who gets what. */

import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Account,
  distributeRequestOf,
  type Emission,
  type EmissionKind,
  type EmissionSubnet,
  loadEmission,
  networkOf,
  paymentsOf,
} from '../../ts/emission/index.ts'
import { type Engine, loadEngine } from '../../ts/engine/index.ts'
import { BLOCK, chainSnapshot, networkSnapshot } from './network.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']
const sum = (values: Iterable<bigint>): bigint => [...values].reduce((a, b) => a + b, 0n)
const totals = ({ stakes }: EmissionSubnet): Map<Account, bigint> =>
  new Map(stakes.map(({ hotkey, total }) => [hotkey, total]))

describe.each(KINDS)('%s', (kind) => {
  let emission: Emission
  let engine: Engine
  beforeAll(async () => {
    emission = await loadEmission({ prefer: kind })
    engine = await loadEngine({ prefer: kind })
  })

  test.each([1, 2, 3])("subnet %i: the epoch is the engine's own of these stake weights", (netuid) => {
    const snapshot = chainSnapshot(netuid)
    const { request, accounts } = distributeRequestOf(snapshot)
    const { subnet } = request
    const weights = emission.stakeWeights({
      netuid,
      hotkeys: subnet.neurons.map(({ hotkey }) => hotkey),
      alpha: subnet.stakes.map(({ hotkey, total }) => [hotkey, total]),
      root: request.root.stakes.map(({ hotkey, total }) => [hotkey, total]),
      children: subnet.children,
      parents: subnet.parents,
      taoWeight: request.taoWeight,
    })
    // Hotkey 1 has a quarter of hotkey 0's stake as its child.
    const [parent, child] = weights.alpha
    expect(parent! >> 64n).toBe(
      snapshot.accounts.totalHotkeyAlpha[0]! - snapshot.accounts.totalHotkeyAlpha[0]! / 4n,
    )
    expect(child! > snapshot.accounts.totalHotkeyAlpha[1]! << 64n).toBe(true)
    const totalStake = BigUint64Array.from(
      weights.total.flatMap((bits) => [BigInt.asUintN(64, bits), BigInt.asUintN(64, bits >> 64n)]),
    )
    const { serverEmission, validatorEmission } = engine.epoch({ ...snapshot, totalStake })

    const rows = new Map(emission.distribute(request).emission.map((row) => [row[0], row]))
    expect(rows.size).toBe(snapshot.n)
    snapshot.hotkeys.forEach((hotkey, uid) => {
      const account = accounts.of(hotkey)
      expect(rows.get(account)).toEqual([account, serverEmission[uid], validatorEmission[uid]])
    })
    expect(sum(serverEmission)).toBeGreaterThan(0n)
    expect(sum(validatorEmission)).toBeGreaterThan(0n)
  })

  test('who gets what sums to what was pending', () => {
    const { request } = distributeRequestOf(chainSnapshot(1))
    const { payout, keys, subnet } = emission.distribute(request)
    const payments = paymentsOf(payout, keys)
    const { ledger, pending } = payout
    expect(pending).toEqual(request.subnet.pending)
    expect(ledger.pending).toBe(sum(Object.values(pending)))
    expect(ledger.pending - ledger.left).toBe(sum(payments.map(({ rao }) => rao)))
    expect(ledger.burned).toBe(
      sum(payments.filter(({ kind }) => kind === 'incentive-burned').map(({ rao }) => rao)),
    )
    // What is staked to each hotkey is what its stake grew by.
    const before = totals(request.subnet)
    const after = totals(subnet)
    for (const [hotkey, total] of after) {
      const staked = sum(payments.filter(({ toHotkey }) => toHotkey === hotkey).map(({ rao }) => rao))
      expect(total - (before.get(hotkey) ?? 0n)).toBe(staked)
    }
    expect(sum(after.values()) - sum(before.values())).toBe(ledger.staked)
  })

  test("a network's blocks: epochs when they are due, alpha to the owner's coldkey", () => {
    const { network, accounts } = networkOf(networkSnapshot(4))
    const { reports, network: after } = emission.runBlocks({ specVersion: 425, network, blocks: 25 })
    expect(after.block).toBe(BLOCK + 25n)
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
    expect([empty.incentives, empty.alpha, empty.root]).toEqual([[], [], []])
    expect(accounts.address(empty.owner!.coldkey)).toBe(chainSnapshot(4).coldkeys[0])
    for (const { minted, unspent, subnets } of reports) {
      expect(subnets.length).toBe(4)
      const spent = sum(subnets.flatMap((row) => [row.taoIn, row.excessTao, row.taoStranded]))
      expect(spent + unspent).toBe(minted)
      const shares = sum(subnets.map(({ share }) => share))
      expect(shares <= 1n << 64n && shares > (1n << 64n) - 100n).toBe(true)
    }
  })

  test('when the next epoch is', () => {
    const { network } = networkOf(networkSnapshot(2))
    const { netuid, schedule } = network.subnets[0]!
    const call = { netuid, schedule, block: BLOCK }
    expect(emission.schedule({ ...call, specVersion: 425 })).toEqual({
      due: false,
      blocksUntilTempo: 14n,
      nextEpochBlock: BLOCK + 14n,
    })
    const at300 = emission.schedule({ ...call, specVersion: 300 })
    const due = emission.schedule({ ...call, specVersion: 300, block: at300.nextEpochBlock! })
    expect(due).toMatchObject({ due: true, blocksUntilTempo: 0n })
    const never = { ...call, schedule: { ...schedule, tempo: 0 }, specVersion: 425 }
    expect(emission.schedule(never)).toEqual({ due: false, blocksUntilTempo: null, nextEpochBlock: null })
  })
})
