import { describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import { AbortedError, ChainError, type ConnectOptions, connect } from '../../ts/chain/index.ts'
import { SYSTEM } from '../../ts/chain/items.ts'
import { layoutsOf } from '../../ts/demo/layouts.ts'
import { demoRuntime, runtimeOf } from '../../ts/demo/metadata.ts'
import { expectPulled } from './expect.ts'
import { type FakeBlock, FakeChain, hashOf, sealed } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { ChainServer, type Fault, type Request } from './server.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const HASTY: ConnectOptions = { timeoutMs: 400, backoffMs: 1, retries: 4 }
const addresses = new Addresses()
const address = (account: string): string => addresses.of(account)

const subnet = makeSubnet({ netuid: 15, n: 32, validators: 8, seed: 21, block: BLOCK, commitReveal: true })
const runtime = demoRuntime(424)
const block = runtime && blockOf(runtime, BLOCK, [subnet])

type Injector = (request: Request, place: number) => Fault | undefined

function serve(fault?: Injector, state: FakeBlock = block): Promise<ChainServer> {
  return ChainServer.start(new FakeChain([state]), fault === undefined ? {} : { fault })
}

/** A pull from the servers, which must give the right snapshot. */
async function pullRight(servers: readonly ChainServer[], options: ConnectOptions = HASTY): Promise<void> {
  await using chain = await connect(
    servers.map(({ url }) => url),
    options,
  )
  expectPulled(await chain.subnet(15), subnet, address)
}

async function failure(fault: Injector, options: ConnectOptions = HASTY): Promise<unknown> {
  await using server = await serve(fault)
  await using chain = await connect(server.url, options)
  return await chain.subnet(15).then(
    () => 'a snapshot',
    (error: unknown) => error,
  )
}

const only =
  (at: number, fault: Fault): Injector =>
  (_, place) =>
    place === at ? fault : undefined

const always =
  (method: string, fault: Fault): Injector =>
  (request) =>
    request.method === method ? fault : undefined

interface Changes {
  block: string
  changes: [string, string | null][]
}

/** A fault in an answer of `state_queryStorageAt`; other answers stay as they are. */
const inChanges = (spoil: (set: Changes) => unknown): Fault => ({
  kind: 'result',
  change: (result) => {
    if (!Array.isArray(result) || typeof result[0] !== 'object') return result
    return spoil(structuredClone(result[0]) as Changes)
  },
})

const spoilValue = (spoil: (value: string) => string): Fault =>
  inChanges((set) => {
    // The last stored value: a row of weights, an account, a commit.
    const stored = set.changes.filter(([, value]) => value !== null)
    const last = stored.at(-1)!
    last[1] = spoil(last[1]!)
    return [set]
  })

/** Everything that can be wrong with one answer. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'a cut connection': { kind: 'drop' },
  'no answer': { kind: 'silence' },
  'a slow answer': { kind: 'delay', ms: 50 },
  'an answer that is too late': { kind: 'delay', ms: 600 },
  'text that is not JSON': { kind: 'text', text: '{"jsonrpc":"2.0","id":1,"res' },
  'JSON that is not an answer': { kind: 'text', text: '[1,2,3]' },
  'an answer without a result': { kind: 'text', text: '{"jsonrpc":"2.0","id":1}' },
  'an answer to nobody': { kind: 'text', text: '{"jsonrpc":"2.0","id":99999,"result":null}' },
  'an error answer': { kind: 'error', code: -32603, message: 'Internal error' },
  'no result at all': { kind: 'result', change: () => null },
  'a result of another kind': { kind: 'result', change: () => 42 },
  'a set of changes too many': inChanges((set) => [set, set]),
  'changes of another block': inChanges((set) => [{ ...set, block: hashOf('another') }]),
  'a key left out': inChanges((set) => [{ ...set, changes: set.changes.slice(1) }]),
  'a key too many': inChanges((set) => [{ ...set, changes: [...set.changes, ['0xabcd', null]] }]),
  'a key twice': inChanges((set) => [{ ...set, changes: [...set.changes, [set.changes[0]![0], null]] }]),
  'a value that is a number': inChanges((set) => [{ ...set, changes: set.changes.map(([key]) => [key, 7]) }]),
  'changes in reverse': inChanges((set) => [{ ...set, changes: set.changes.reverse() }]),
  'a value cut short': spoilValue((value) => value.slice(0, -2)),
  'a value that goes on': spoilValue((value) => `${value}00`),
  'half a byte': spoilValue((value) => value.slice(0, -1)),
  'a value that is not hex': spoilValue((value) => `${value.slice(0, -1)}x`),
  'a value without 0x': spoilValue((value) => value.slice(2)),
}

/** Faults after which the pull is to succeed: the others may end in a typed error. */
const HARMLESS = new Set([
  'a cut connection',
  'no answer',
  'a slow answer',
  'an answer that is too late',
  'text that is not JSON',
  'JSON that is not an answer',
  'an answer without a result',
  'an error answer',
  'a set of changes too many',
  'changes of another block',
  'a key left out',
  'a key too many',
  'a key twice',
  'a value that is a number',
  'changes in reverse',
])

describe('faults', () => {
  describe.each(Object.entries(FAULTS))('%s', (name, fault) => {
    test('once, at every place of a pull', async () => {
      let places = 0
      for (let at = 0; at <= places; at++) {
        await using server = await serve(only(at, fault))
        await using chain = await connect(server.url, HASTY)
        const result = await chain.subnet(15).catch((error: unknown) => error)
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(ChainError)
          expect(HARMLESS, `${name} at place ${at}: ${result.message}`).not.toContain(name)
        } else expectPulled(result as Awaited<ReturnType<typeof chain.subnet>>, subnet, address)
        places = Math.max(places, server.requests.length - 1)
      }
      expect(places).toBeGreaterThanOrEqual(6)
    })

    test('for ever, with a sound endpoint beside it', async () => {
      await using broken = await serve(() => fault)
      await using sound = await serve()
      await using chain = await connect([broken.url, sound.url], HASTY)
      const result = await chain.subnet(15).catch((error: unknown) => error)
      if (result instanceof Error) expect(result).toBeInstanceOf(ChainError)
      else expectPulled(result as Awaited<ReturnType<typeof chain.subnet>>, subnet, address)
    })
  })

  test('a pull goes on at the page that broke', async () => {
    let storage = 0
    await using server = await serve(({ method }) => {
      if (method !== 'state_queryStorageAt') return undefined
      storage++
      return storage === 2 || storage === 4 ? { kind: 'drop' } : undefined
    })
    await pullRight([server])
    // Three pages, two of them asked for twice, and nothing else again.
    expect(server.counts.state_queryStorageAt).toBe(5)
    expect(server.counts.state_getMetadata).toBe(1)
    expect(server.connections).toBe(3)
  })

  test('an endpoint that dies in the middle is left for the next', async () => {
    await using dying = await serve((_, place) => (place >= 4 ? { kind: 'drop' } : undefined))
    await using sound = await serve()
    await pullRight([dying, sound])
    expect(dying.counts.state_getMetadata).toBe(1)
    expect(sound.counts.state_getMetadata).toBeUndefined()
  })

  test('answers in another order than the requests', async () => {
    const subnets = [1, 2, 3, 4, 5, 6].map((netuid) =>
      makeSubnet({ netuid, n: 8, validators: 3, seed: netuid, block: BLOCK }),
    )
    const state = blockOf(runtime, BLOCK, subnets)
    await using server = await ChainServer.start(new FakeChain([state]), {
      fault: (_, place) => (place > 4 && place % 3 === 0 ? { kind: 'swap' } : undefined),
    })
    await using chain = await connect(server.url, { ...HASTY, timeoutMs: 150 })
    const network = await chain.network()
    for (const [i, { epoch }] of network.subnets.entries()) expectPulled(epoch!, subnets[i]!, address)
  })

  test('a node that never answers is a time-out', async () => {
    const error = await failure(always('state_queryStorageAt', { kind: 'silence' }), {
      ...HASTY,
      timeoutMs: 30,
    })
    expect(error).toMatchObject({ code: 'chain', kind: 'timeout', method: 'state_queryStorageAt' })
  })

  test('a node that always errs says what it said', async () => {
    const fault: Fault = { kind: 'error', code: -32603, message: 'the database is on fire' }
    const error = await failure(always('state_queryStorageAt', fault))
    expect(error).toMatchObject({ code: 'chain', kind: 'rpc' })
    expect(String(error)).toContain('the database is on fire')
  })

  test('answers of another block are an error', async () => {
    const other = inChanges((set) => [{ ...set, block: hashOf('another') }])
    expect(await failure(always('state_queryStorageAt', other))).toMatchObject({ kind: 'wrong-block' })
    const writer = new StorageWriter(runtime)
    writer.put(SYSTEM.number, [], BLOCK - 1)
    const [key, value] = [...writer.state][0]!
    let storage = 0
    const laterNumber: Injector = ({ method }) => {
      if (method !== 'state_queryStorageAt' || storage++ === 0) return undefined
      return inChanges((set) => [
        { ...set, changes: set.changes.map((change) => (change[0] === key ? [key, value] : change)) },
      ])
    }
    expect(await failure(laterNumber)).toMatchObject({ code: 'chain', kind: 'wrong-block' })
  })

  test('a value that does not decode names its item', async () => {
    const error = await failure(
      always(
        'state_queryStorageAt',
        spoilValue(() => '0xffffffff'),
      ),
    )
    expect(error).toMatchObject({ code: 'chain', kind: 'malformed' })
    expect((error as ChainError).items).toHaveLength(1)
  })

  test('a length that nothing follows allocates nothing', async () => {
    // A compact length of 2^30 - 1.
    const error = await failure(
      always(
        'state_queryStorageAt',
        spoilValue(() => '0xfeffffff'),
      ),
    )
    expect(error).toMatchObject({ code: 'chain', kind: 'malformed' })
  })

  test('a reorganisation begins the pull again', async () => {
    const after = makeSubnet({ netuid: 15, n: 30, validators: 5, seed: 22, block: BLOCK })
    const chain = new FakeChain([block])
    const replaced = sealed({ ...blockOf(runtime, BLOCK, [after]), branch: 'the other' })
    await using server = await ChainServer.start(chain, {
      fault: (_, place) => {
        if (place === 4) chain.put(replaced)
        return undefined
      },
    })
    await using client = await connect(server.url, HASTY)
    const snapshot = await client.subnet(15, { at: BLOCK })
    expect(snapshot.blockHash).toBe(replaced.hash)
    expectPulled(snapshot, after, address)
  })

  test('a block named by its hash stays, whatever the chain does', async () => {
    const chain = new FakeChain([block])
    await using server = await ChainServer.start(chain)
    chain.put(sealed({ ...block, branch: 'the other', state: new Map() }))
    await using client = await connect(server.url, HASTY)
    expectPulled(await client.subnet(15, { at: block.hash }), subnet, address)
  })

  test('a chain that does not settle is an error', async () => {
    const chain = new FakeChain([block])
    let branch = 0
    await using server = await ChainServer.start(chain, {
      fault: ({ method }) => {
        if (method === 'state_getKeysPaged') chain.put(sealed({ ...block, branch: String(branch++) }))
        return undefined
      },
    })
    await using client = await connect(server.url, HASTY)
    await expect(client.subnet(15, { at: BLOCK })).rejects.toMatchObject({
      code: 'chain',
      kind: 'reorganised',
      message: `the chain reorganised 3 times while block ${BLOCK} was read`,
    })
    await expect(client.subnet(15)).rejects.toThrow(/while the newest finalized block was read$/)
    await expect(client.subnet(15, { at: 'best' })).rejects.toThrow(/while the best block was read$/)
  })

  test('a pruned block needs an archive node, and is read from one', async () => {
    await using pruned = await serve(undefined, { ...block, pruned: true })
    await using chain = await connect(pruned.url, HASTY)
    const error = await chain.subnet(15, { at: BLOCK }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'chain', kind: 'archive' })
    expect(String(error)).toContain('an archive node is needed')
    await using archive = await serve()
    await pullRight([pruned, archive])
  })

  test('a request that is too big is asked for in parts', async () => {
    await using server = await ChainServer.start(new FakeChain([block]), { maxRequestBytes: 9000 })
    await pullRight([server])
    expect(server.counts.state_queryStorageAt).toBeGreaterThan(9)
  })

  test('a single value that is too big is an error', async () => {
    await using server = await ChainServer.start(new FakeChain([block]), { maxRequestBytes: 250 })
    await using chain = await connect(server.url, HASTY)
    const error = await chain.subnet(15).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'chain', kind: 'rpc', method: 'state_queryStorageAt' })
    expect(String(error)).toContain('too large for the node')
  })

  test('an endpoint that nobody serves', async () => {
    await using gone = await serve()
    const { url } = gone
    await gone.close()
    await expect(connect(url, HASTY)).rejects.toMatchObject({ code: 'chain', kind: 'connect' })
    await expect(connect('not a url', HASTY)).rejects.toMatchObject({ code: 'chain', kind: 'connect' })
    await expect(connect([], HASTY)).rejects.toMatchObject({ code: 'chain', kind: 'connect' })
    await using sound = await serve()
    await using chain = await connect([url, sound.url], HASTY)
    expectPulled(await chain.subnet(15), subnet, address)
  })

  test('an aborted pull stops at once', async () => {
    const controller = new AbortController()
    await using server = await serve(({ method }, place) => {
      if (place === 3) controller.abort(new Error('enough'))
      return method === 'state_queryStorageAt' && place >= 3 ? { kind: 'silence' } : undefined
    })
    await using chain = await connect(server.url, { ...HASTY, timeoutMs: 60_000 })
    const error = await chain.subnet(15, { signal: controller.signal }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toMatchObject({ code: 'aborted', cause: new Error('enough') })
    await expect(connect(server.url, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError)
  })

  test('a closed chain answers nothing more', async () => {
    await using server = await serve()
    const chain = await connect(server.url, HASTY)
    const pull = chain.subnet(15)
    await chain.close()
    await expect(pull).rejects.toMatchObject({ code: 'chain' })
    await expect(chain.subnet(15)).rejects.toMatchObject({ code: 'chain', kind: 'closed' })
  })
})

describe('a runtime newer than the table', () => {
  const newer = (...lost: readonly string[]): FakeBlock => {
    const layouts = layoutsOf(999).filter(({ name }) => !lost.includes(name))
    return { ...block, runtime: runtimeOf(999, layouts) }
  }

  async function pullNewer(state: FakeBlock): Promise<{ result: unknown; warnings: readonly string[] }> {
    const warnings: string[] = []
    await using server = await serve(undefined, state)
    await using chain = await connect(server.url, {
      ...HASTY,
      onWarning: (message) => warnings.push(message),
    })
    const result = await chain.subnet(15).catch((error: unknown) => error)
    if (!(result instanceof Error)) await chain.subnet(15)
    return { result, warnings }
  }

  test('is read, with one warning', async () => {
    const { result, warnings } = await pullNewer(newer())
    expectPulled(result as never, subnet, address)
    expect(result).toMatchObject({ specVersion: 999, unread: [] })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('999 is newer than 475')
  })

  test('says what it could not read', async () => {
    const { result, warnings } = await pullNewer(newer('SubnetVolume', 'RootProp'))
    expectPulled(result as never, subnet, address)
    expect(result).toMatchObject({ unread: ['SubtensorModule.SubnetVolume', 'SubtensorModule.RootProp'] })
    expect(warnings[0]).toContain('not read: SubtensorModule.SubnetVolume, SubtensorModule.RootProp')
  })

  test('is refused where an epoch would lack something', async () => {
    const { result } = await pullNewer(newer('Kappa', 'Yuma3On'))
    expect(result).toMatchObject({ code: 'chain', kind: 'unsupported' })
    expect((result as ChainError).items).toEqual(['SubtensorModule.Kappa', 'SubtensorModule.Yuma3On'])
  })
})
