/** What `next` says beside what the blocks of a demo chain then do, whose subnets are of Yuma and of Null. */

import { describe, expect, test } from 'vitest'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { DemoChain } from '../../ts/demo/chain.ts'
import { makeNewestNetwork } from '../../ts/demo/newest-network.ts'
import { DemoServer } from '../../ts/demo/server.ts'
import type { ReportPayoutsRow } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type HotkeyPay, type Next, next } from '../../ts/simulate/index.ts'
import type { NetworkSnapshot } from '../../ts/snapshot/index.ts'
import { ss58 } from '../../ts/snapshot/ss58.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]
const SHAPE = { subnets: 8, seed: 3 }
const BLOCKS = 40

/** Addresses by the numbers that the demo's network has for accounts, which are those of its rows. */
const addresses = makeNewestNetwork({
  ...SHAPE,
  block: 8_000_000n,
  maxEpochsPerBlock: 2,
  tempos: [9, 15],
}).accounts.map((key) => ss58(Buffer.from(key, 'hex')))

type Pay = Omit<HotkeyPay, 'uid'>

/** Who was paid what of a payout, by the address, as the report has it. */
function paidOf(payout: ReportPayoutsRow): readonly Pay[] {
  const rows = new Map<string, { -readonly [K in keyof Pay]: Pay[K] }>()
  const add = (account: number, kind: keyof Omit<Pay, 'hotkey'>, rao: bigint): void => {
    const hotkey = addresses[account]!
    const none = { ownerCut: 0n, incentive: 0n, withheld: 0n, take: 0n, stakers: 0n, rootStakers: 0n }
    const row = rows.get(hotkey) ?? { hotkey, ...none }
    row[kind] += rao
    rows.set(hotkey, row)
  }
  if (payout.ownerHotkey !== null) add(payout.ownerHotkey, 'ownerCut', payout.pendingOwner)
  for (const { hotkey, rao, to } of payout.incentives) add(hotkey, to === 0 ? 'incentive' : 'withheld', rao)
  for (const { hotkey, take, nominators } of payout.alphaDividends) {
    add(hotkey, 'take', take)
    add(hotkey, 'stakers', nominators)
  }
  for (const { hotkey, take, nominators } of payout.rootDividends) {
    add(hotkey, 'take', take)
    add(hotkey, 'rootStakers', nominators)
  }
  return byHotkey([...rows.values()])
}

/** Who gets nothing is left out. */
function byHotkey(rows: readonly Pay[]): readonly Pay[] {
  return rows
    .filter(({ hotkey: _, ...amounts }) => Object.values(amounts).some((rao) => rao > 0n))
    .toSorted((a, b) => (a.hotkey < b.hotkey ? -1 : 1))
}

function toldBy({ pay }: Next): readonly Pay[] {
  return byHotkey(pay!.map(({ uid: _, ...row }) => row))
}

interface Ran {
  readonly block: bigint
  readonly payout: ReportPayoutsRow
}

/** A demo chain's network, what it is read from, and what becomes of it. */
async function demo<T>(
  before: number,
  work: (chain: Chain, network: NetworkSnapshot, blocks: DemoChain) => Promise<T>,
): Promise<T> {
  const blocks = new DemoChain(emission, SHAPE)
  for (let i = 0; i < before; i++) blocks.next()
  await using server = await DemoServer.start(blocks, 0)
  await using chain = await connect(server.url)
  try {
    return await work(chain, await chain.network({ epochAt: 'next-epoch' }), blocks)
  } finally {
    blocks.close()
  }
}

function netuidsOf(network: NetworkSnapshot): readonly number[] {
  return network.subnets.flatMap(({ netuid, epoch }) => (netuid > 0 && epoch !== null ? [netuid] : []))
}

function consensusOf(network: NetworkSnapshot, netuid: number): string {
  return network.subnets.find((subnet) => subnet.netuid === netuid)!.epoch!.subnetEpochConsensus ?? 'Yuma'
}

describe('at 475', () => {
  test('of a whole network: epochs, amounts and pay are those of the blocks that follow, to the rao', async () => {
    const met = { Yuma: 0, Null: 0, root: 0, withheld: 0, several: 0 }
    await demo(10, async (_, network, blocks) => {
      const told = netuidsOf(network).map((netuid) =>
        next(engine, emission, network, { netuid, epochs: 2, uids: [] }),
      )
      const ran = new Map<number, Ran[]>()
      for (let i = 0; i < BLOCKS; i++) {
        const { block, payouts } = blocks.next().report
        for (const payout of payouts)
          ran.set(payout.netuid, [...(ran.get(payout.netuid) ?? []), { block, payout }])
      }
      for (const found of told) {
        const { netuid, due, epochs, deferrals, notes } = found
        const [first, second] = ran.get(netuid)!
        const { payout } = first!
        expect([epochs, deferrals, notes]).toEqual([[first!.block, second!.block], true, []])
        expect(due).toEqual({
          basis: 'blocks run',
          server: payout.pendingServer,
          validator: payout.pendingValidator,
          root: payout.pendingRoot,
          owner: payout.pendingOwner,
          emission: payout.pendingServer + payout.pendingValidator + payout.pendingRoot,
        })
        const pay = paidOf(payout)
        expect(toldBy(found), `subnet ${netuid}`).toEqual(pay)
        if (pay.length > 1) met[consensusOf(network, netuid) as 'Yuma' | 'Null'] += 1
        met.root += pay.filter(({ rootStakers }) => rootStakers > 0n).length
        met.withheld += pay.filter(({ withheld }) => withheld > 0n).length
        met.several += Number(new Set(payout.incentives.map(({ to }) => to)).size > 1)
      }
    })
    expect(met.Yuma).toBeGreaterThan(3)
    for (const count of Object.values(met)) expect(count, JSON.stringify(met)).toBeGreaterThan(0)
  })

  test('of a subnet alone, in the state before its epoch: pay is that of the block, to the rao', async () => {
    const met = { Yuma: 0, Null: 0 }
    // The state that each epoch is run on, as the blocks are made anew up to it.
    const epochs = await demo(0, async (_, network, blocks) => {
      const seen = new Map<number, number>()
      for (let i = 0; i < BLOCKS; i++) {
        const { block, payouts } = blocks.next().report
        for (const { netuid } of payouts)
          if (!seen.has(netuid)) seen.set(netuid, Number(block - network.stateBlock))
      }
      return seen
    })
    for (const [netuid, at] of epochs) {
      await demo(at - 1, async (chain, network, blocks) => {
        const snapshot = await chain.subnet(netuid, { epochAt: 'next-epoch' })
        const { due } = next(engine, emission, snapshot)
        expect(due.basis).toBe('like the last block')
        const { block, payouts } = blocks.next().report
        const payout = payouts.find((row) => row.netuid === netuid)!
        // The block need not add what the one before did: what is pending is set so that the amounts are its own.
        const { subnet } = snapshot
        const found = next(engine, emission, {
          ...snapshot,
          subnet: {
            ...subnet,
            pendingServerEmission: subnet.pendingServerEmission + payout.pendingServer - due.server,
            pendingValidatorEmission:
              subnet.pendingValidatorEmission + payout.pendingValidator - due.validator,
            pendingRootAlphaDivs: subnet.pendingRootAlphaDivs + payout.pendingRoot - due.root,
            pendingOwnerCut: subnet.pendingOwnerCut + payout.pendingOwner - due.owner,
          },
        })
        expect(found.epochs[0]).toBe(block)
        expect(toldBy(found), `subnet ${netuid}`).toEqual(paidOf(payout))
        if (found.pay!.length > 1) met[consensusOf(network, netuid) as 'Yuma' | 'Null'] += 1
      })
    }
    expect(met.Yuma).toBeGreaterThan(3)
    expect(met.Null).toBeGreaterThan(0)
  })
})
