import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { type ConnectOptions, connect } from '../../ts/chain/index.ts'
import { SYSTEM } from '../../ts/chain/items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { expectPulled } from './expect.ts'
import { type FakeBlock, FakeChain, hashOf, sealed } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { ChainServer, type Fault, type Request } from './server.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const HASTY: ConnectOptions = { timeoutMs: 2000, backoffMs: 1, retries: 2 }
const addresses = new Addresses()
const address = (account: string): string => addresses.of(account)

const shape = { netuid: 15, n: 12, validators: 4, seed: 9, block: BLOCK, commitReveal: true }
const subnet = makeSubnet(shape)
const whole = blockOf(demoRuntime(424), BLOCK, [subnet])

/** The block as one that another runtime than its metadata's ran. */
function ranBy(spec: number, logs: readonly string[]): FakeBlock {
  const writer = new StorageWriter(demoRuntime(424))
  writer.put(SYSTEM.lastRuntimeUpgrade, [], [spec, 'node-subtensor'])
  return sealed({ ...whole, logs, state: new Map([...whole.state, ...writer.state]) })
}

function serve(block: FakeBlock, fault?: (request: Request) => Fault | undefined): Promise<ChainServer> {
  return ChainServer.start(new FakeChain([block]), fault === undefined ? {} : { fault })
}

describe('the last block before an upgrade', () => {
  const UPDATED = '0x08'

  test('has metadata of the next runtime, as its header says; whoever reads it is warned', async () => {
    await using server = await serve(ranBy(423, [UPDATED]))
    const warnings: string[] = []
    await using chain = await connect(server.url, { ...HASTY, onWarning: (text) => warnings.push(text) })
    expectPulled(await chain.subnet(15), subnet, address)
    expect(warnings).toEqual([
      `block ${BLOCK} is the last of spec 423: the next one runs spec 424 and its migrations first`,
    ])
  })

  test.each([
    ['a block whose header says nothing of a new runtime', 423, ['0x0604']],
    ['metadata of a runtime before the one that ran', 425, [UPDATED]],
  ])('%s is refused', async (_, spec, logs) => {
    await using server = await serve(ranBy(spec, logs))
    await using chain = await connect(server.url, HASTY)
    await expect(chain.subnet(15)).rejects.toMatchObject({ code: 'chain', kind: 'wrong-block' })
  })
})

describe('what is asked of a block', () => {
  test('its header and its metadata once, its runtime version each time', async () => {
    await using server = await serve(whole)
    await using chain = await connect(server.url, HASTY)
    for (let i = 0; i < 3; i++) await chain.subnet(15)
    expect(server.counts).toMatchObject({
      chain_getHeader: 1,
      state_getMetadata: 1,
      state_getRuntimeVersion: 3,
    })
    expect(await chain.header(whole.hash.toUpperCase().replace('X', 'x'))).toMatchObject({
      hash: whole.hash,
      number: BigInt(BLOCK),
      parentHash: whole.parentHash,
    })
    expect(server.counts.chain_getHeader).toBe(1)
  })

  test('again, and of the next endpoint, by a chain that remembers nothing', async () => {
    await using first = await serve(whole)
    await using second = await serve(whole)
    await using chain = await connect([first.url, second.url], HASTY)
    await chain.subnet(15)
    await using again = chain.afresh()
    expectPulled(await again.subnet(15), subnet, address)
    expect(second.counts).toEqual(first.counts)
    await again.close()
    expectPulled(await chain.subnet(15), subnet, address)
  })

  test('a parent of another number is none', async () => {
    const parent = sealed({ ...whole, number: BLOCK - 2, parentHash: hashOf('earlier') })
    const block = sealed({ ...whole, parentHash: parent.hash })
    await using server = await ChainServer.start(new FakeChain([parent, block]))
    await using chain = await connect(server.url, HASTY)
    await expect(chain.blockStates(BLOCK)).rejects.toMatchObject({ code: 'chain', kind: 'wrong-block' })
  })
})

describe('a state that was pruned', () => {
  const WORDINGS = [
    'Client error: UnknownBlock: State already discarded for BlockId::Hash(0x12)',
    'Client returned an error: UnknownBlock',
    'UnknownBlock: State already discarded for 0x12',
    'Unknown block: 0x12',
    'Client error: UnknownBlock: Header was not found in the database: BlockId::Hash(0x12)',
    'Api called for an unknown Block: State already discarded for 0x12',
    'State pruned',
    'Client error: Database missing expected key: missing Trie node 0x12',
  ]

  test.each(WORDINGS)('%s', async (message) => {
    await using server = await serve(whole, ({ method }) =>
      method.startsWith('state_') ? { kind: 'error', code: 4003, message } : undefined,
    )
    await using chain = await connect(server.url, HASTY)
    const error = await chain.subnet(15).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'chain', kind: 'archive' })
    expect(String(error)).toMatch(/pruned: an archive node is needed/)
    // Asked again it says the same.
    expect(server.counts.state_getRuntimeVersion).toBe(1)
    await using archive = await serve(whole)
    await using both = await connect([server.url, archive.url], HASTY)
    expectPulled(await both.subnet(15), subnet, address)
  })

  test('a block that nobody knows is missing, not pruned', async () => {
    await using server = await serve(whole)
    await using chain = await connect(server.url, HASTY)
    await expect(chain.subnet(15, { at: hashOf('nobody') })).rejects.toMatchObject({ kind: 'missing' })
  })
})

describe('a connection', () => {
  test('never has more requests in flight than it may', async () => {
    const subnets = Array.from({ length: 12 }, (_, i) => makeSubnet({ ...shape, netuid: i + 1, seed: i + 1 }))
    let [inFlight, most] = [0, 0]
    await using server = await serve(blockOf(demoRuntime(424), BLOCK, subnets))
    const rpc = {
      async send(method: string, params: readonly unknown[]): Promise<unknown> {
        most = Math.max(most, ++inFlight)
        await sleep(1)
        const answer = await direct.send(method, params)
        inFlight--
        return answer
      },
    }
    await using direct = await connect(server.url, HASTY)
    await using chain = await connect(rpc, { ...HASTY, concurrency: 3 })
    await chain.network()
    expect(most).toBe(3)
  })

  test('gets the rest of a list from an endpoint that has it', async () => {
    await using short = await serve(whole, ({ method, params }) =>
      method === 'state_getKeysPaged'
        ? { kind: 'result', change: (keys) => (params[2] === null ? (keys as string[]).slice(0, 1) : []) }
        : undefined,
    )
    await using sound = await serve(blockOf(demoRuntime(424), BLOCK, [subnet]))
    const two = blockOf(demoRuntime(424), BLOCK, [makeSubnet({ ...shape, netuid: 3 }), subnet])
    short.chain.put(two)
    sound.chain.put(two)
    await using chain = await connect([short.url, sound.url], HASTY)
    expect((await chain.epochMarks()).map(({ netuid }) => netuid)).toEqual([3, 15])
  })
})
