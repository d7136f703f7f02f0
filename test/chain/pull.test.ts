import { ApiPromise, WsProvider } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import { describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { type Chain, connect } from '../../ts/chain/index.ts'
import { NEURONS } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { expectSameAsApi } from './api.ts'
import { expectPulled } from './expect.ts'
import { FakeChain, type FakeRuntime } from './fake-chain.ts'
import { blockOf, makeSubnet, type PlainSubnet, type SubnetShape } from './fixture.ts'
import { ChainServer } from './server.ts'
import { METADATA, RUNTIMES } from './shared.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const addresses = new Addresses()
const address = (account: string): string => addresses.of(account)

const SHAPE: SubnetShape = { netuid: 15, n: 48, validators: 12, seed: 7, block: BLOCK }

async function withChain<T>(
  runtime: FakeRuntime,
  subnets: readonly PlainSubnet[],
  use: (chain: Chain, server: ChainServer) => Promise<T>,
): Promise<T> {
  const parent = blockOf(runtime, BLOCK - 1, [])
  const blocks = [parent, blockOf(runtime, BLOCK, subnets, parent)]
  await using server = await ChainServer.start(new FakeChain(blocks))
  await using chain = await connect(server.url)
  return await use(chain, server)
}

for (const { name, missing, of } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`pulling storage layouts, ${name}`, () => {
    test.each(Object.keys(METADATA).map(Number))('spec %i, column for column', async (spec) => {
      const subnet = makeSubnet(SHAPE)
      await withChain(of(spec), [subnet], async (chain) => {
        const snapshot = await chain.subnet(15)
        expectPulled(snapshot, subnet, address)
        expect(snapshot.specVersion).toBe(spec)
        expect(snapshot.unread).toEqual([])
        expect(snapshot.block).toBe(BigInt(BLOCK) + 1n)
        expect(snapshot.stateBlock).toBe(BigInt(BLOCK))
        expect(snapshot.yuma3On).toBe(spec >= 273 && subnet.yuma3On)
        expect(snapshot.alphaSigmoidSteepness).toBe(spec >= 273 ? subnet.alphaSigmoidSteepness : 1000)
        expect(snapshot.activityCutoffBlocks).toBe(spec >= 423 ? 3602n : 5000n)
      })
    })

    test('two mechanisms, more than 256 uids, and rows of both', async () => {
      const subnet = makeSubnet({ ...SHAPE, n: 300, mechanisms: 2, density: 0.1 })
      await withChain(of(424), [subnet], async (chain) => {
        const snapshot = await chain.subnet(15)
        expectPulled(snapshot, subnet, address)
        expect([...snapshot.mechanismEmissionSplit!]).toEqual(subnet.split)
      })
    })

    // With miners' collateral, which 475 has, two lists more.
    const most = [
      [424, 10],
      [475, 12],
    ] as const
    test.each(most.filter(([spec]) => spec in METADATA || of === demoRuntime))(
      '256 neurons with 64 dense validators, spec %i: in at most %i requests',
      async (spec, most) => {
        const subnet = makeSubnet({ ...SHAPE, n: 256, validators: 64, commitReveal: true })
        await withChain(of(spec), [subnet], async (chain, server) => {
          expectPulled(await chain.subnet(15), subnet, address)
          console.info(`cold: ${server.requests.length} requests for 256 neurons`, server.counts)
          expect(server.requests.length).toBeLessThanOrEqual(most)
          const before = server.requests.length
          await chain.subnet(15)
          // Neither header nor metadata again.
          expect(server.requests.length - before).toBeLessThanOrEqual(most - 2)
        })
      },
    )

    test('through the WsProvider of @polkadot/api', async () => {
      const subnet = makeSubnet(SHAPE)
      await using server = await ChainServer.start(new FakeChain([blockOf(of(424), BLOCK, [subnet])]))
      const provider = new WsProvider(server.url, false)
      await provider.connect()
      await provider.isReady
      try {
        await using chain = await connect(provider)
        expectPulled(await chain.subnet(15), subnet, address)
      } finally {
        await provider.disconnect()
      }
    })

    test('through an ApiPromise of @polkadot/api, which stays connected', async () => {
      const subnet = makeSubnet(SHAPE)
      await using server = await ChainServer.start(new FakeChain([blockOf(of(424), BLOCK, [subnet])]))
      const provider = new WsProvider(server.url)
      const api = await ApiPromise.create({ provider, noInitWarn: true } as ApiOptions)
      try {
        const chain = await connect(api)
        expectPulled(await chain.subnet(15), subnet, address)
        await chain.close()
        expect(api.isConnected).toBe(true)
        await using again = await connect([api])
        expectPulled(await again.subnet(15), subnet, address)
        expect(server.connections).toBe(1)
      } finally {
        await api.disconnect()
      }
    })

    test.each([300, 424])('equal to what @polkadot/api reads from the same server, spec %i', async (spec) => {
      const subnet = makeSubnet(SHAPE)
      await withChain(of(spec), [subnet], async (chain, server) => {
        const snapshot = await chain.subnet(15)
        await expectSameAsApi(server.url, [snapshot])
      })
    })

    test('the whole network, with progress', async () => {
      const subnets = [0, 1, 2, 130, 300].map((netuid) =>
        makeSubnet({ ...SHAPE, netuid, seed: netuid + 3, n: 12 + (netuid % 5) }),
      )
      await withChain(of(424), subnets, async (chain) => {
        const seen: number[] = []
        const network = await chain.network({ onProgress: ({ done }) => seen.push(done) })
        expect(network.subnets.map(({ netuid }) => netuid)).toEqual([0, 1, 2, 130, 300])
        expect(seen).toEqual([1, 2, 3, 4, 5])
        expect(network.network.totalIssuance).toBe(9_000_000_123_456_789n)
        for (const [i, { epoch }] of network.subnets.entries()) expectPulled(epoch!, subnets[i]!, address)
      })
    })

    test('a subnet that is not there, a block that is not there, a netuid that cannot be', async () => {
      await withChain(of(424), [makeSubnet(SHAPE)], async (chain) => {
        await expect(chain.subnet(16)).rejects.toMatchObject({ code: 'chain', kind: 'missing' })
        await expect(chain.subnet(15, { at: BLOCK + 1 })).rejects.toMatchObject({
          code: 'chain',
          kind: 'missing',
        })
        await expect(chain.subnet(4096)).rejects.toMatchObject({ code: 'input', field: 'netuid' })
        await expect(chain.subnet(15, { at: -1 })).rejects.toMatchObject({ code: 'input', field: 'at' })
        await expect(chain.subnet(15, { at: 'newest' })).rejects.toMatchObject({ code: 'input', field: 'at' })
      })
    })

    test('a uid without a hotkey has no stake and no registration', async () => {
      const runtime = of(424)
      const whole = blockOf(runtime, BLOCK, [makeSubnet(SHAPE)])
      const state = new Map(whole.state)
      expect(state.delete(new StorageWriter(runtime).key(NEURONS.keys, [15, 5]))).toBe(true)
      await using server = await ChainServer.start(new FakeChain([whole]))
      await using chain = await connect(server.url)
      const before = await chain.subnet(15, { at: BLOCK })
      server.chain.put({ ...whole, state })
      const after = await chain.subnet(15, { at: BLOCK })
      expect([before.totalStake[11]! > 0n, before.blockAtRegistration[5]! > 0n]).toEqual([true, true])
      expect([...after.totalStake.slice(10, 12), after.blockAtRegistration[5]]).toEqual([0n, 0n, 0n])
      expect(after.hotkeys[5]).toBe(address('0'.repeat(64)))
      expect(after.hotkeys[6]).toBe(before.hotkeys[6])
    })

    test('a network at the next epoch of each subnet, where there is one', async () => {
      const subnets = [1, 2].map((netuid) => makeSubnet({ ...SHAPE, netuid, n: 5, seed: netuid }))
      const still = { ...subnets[1]!, tempo: 0 }
      await withChain(of(424), [subnets[0]!, still], async (chain) => {
        const network = await chain.network({ epochAt: 'next-epoch' })
        const due = subnets[0]!.lastEpochBlock + 360n
        const next = due > BigInt(BLOCK) ? due : BigInt(BLOCK) + 1n
        expect(network.subnets.map(({ epoch }) => epoch!.block)).toEqual([next, BigInt(BLOCK) + 1n])
        await expect(chain.subnet(2, { epochAt: 'next-epoch' })).rejects.toMatchObject({ kind: 'missing' })
        expect((await chain.subnet(1, { epochAt: 77 })).block).toBe(77n)
      })
    })

    test('by number, by hash, at the head', async () => {
      const runtime = of(424)
      const [old, young] = [makeSubnet(SHAPE), makeSubnet({ ...SHAPE, seed: 8, block: BLOCK + 1 })]
      const blocks = [blockOf(runtime, BLOCK, [old]), blockOf(runtime, BLOCK + 1, [young])]
      await using server = await ChainServer.start(new FakeChain(blocks))
      await using chain = await connect(server.url)
      expectPulled(await chain.subnet(15, { at: BLOCK }), old, address)
      expectPulled(await chain.subnet(15, { at: blocks[0]!.hash }), old, address)
      expectPulled(await chain.subnet(15), young, address)
      expectPulled(await chain.subnet(15, { at: 'best' }), young, address)
      expect(await chain.head()).toEqual({ hash: blocks[1]!.hash, number: BigInt(BLOCK) + 1n })
      // One version, one metadata.
      expect(server.counts.state_getMetadata).toBe(1)
    })
  })
}
