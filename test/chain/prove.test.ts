import { describe, expect, test } from 'vitest'
import { type Chain, type ConnectOptions, connect } from '../../ts/chain/index.ts'
import { EPOCH, NEURONS, SYSTEM } from '../../ts/chain/items.ts'
import { PAYOUT } from '../../ts/chain/payout-items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { type StateVersion, Trie } from '../../ts/demo/trie.ts'
import { type FakeBlock, FakeChain, hashOf, headerOf, sealed, trieOf } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { mixed, provable } from './provable.ts'
import { Random } from './random.ts'
import { chainOf } from './recordings.ts'
import { ChainServer, type Fault, type Request } from './server.ts'
import { RECORDINGS, readRecording } from './shared.ts'
import { StorageWriter } from './writer.ts'

const BLOCK = 1_000_000
const HASTY: ConnectOptions = { timeoutMs: 2000, backoffMs: 1, retries: 0 }
const PROVED: ConnectOptions = { ...HASTY, prove: true }
const VERSIONS: Readonly<Record<string, StateVersion | ((key: string) => StateVersion)>> = {
  0: 0,
  1: 1,
  mixed,
}

const subnets = [0, 3, 15].map((netuid) =>
  makeSubnet({ netuid, n: 20, validators: 6, seed: netuid + 1, block: BLOCK, commitReveal: true }),
)

/** Two blocks of these subnets, the second of which is finalized. */
function blocks(
  spec: number,
  version: StateVersion | ((key: string) => StateVersion) = 1,
): readonly FakeBlock[] {
  const runtime = demoRuntime(spec)
  const parent = blockOf(runtime, BLOCK - 1, subnets)
  return provable([parent, blockOf(runtime, BLOCK, subnets, parent)], version)
}

type Injector = (request: Request, place: number) => Fault | undefined

async function serving<T>(
  chain: readonly FakeBlock[],
  fault: Injector | undefined,
  use: (chain: Chain, server: ChainServer) => Promise<T>,
  options: ConnectOptions = PROVED,
): Promise<T> {
  await using server = await ChainServer.start(new FakeChain(chain), fault === undefined ? {} : { fault })
  await using connected = await connect(server.url, options)
  return await use(connected, server)
}

/** `proved` where it succeeds, or the kind of the error, which must be typed. */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'proved',
    (error: { code?: string; kind?: string; message: string }) => {
      if (error.code !== 'chain') throw error
      return error.kind!
    },
  )
}

const always =
  (method: string, change: (result: unknown, request: Request) => unknown): Injector =>
  (request) =>
    request.method === method ? { kind: 'result', change: (result) => change(result, request) } : undefined

interface Proof {
  readonly at: string
  readonly proof: readonly string[]
}

const nodes = (change: (nodes: readonly string[], request: Request) => readonly string[]): Injector =>
  always('state_getReadProof', (result, request) => {
    const answer = result as Proof
    return { ...answer, proof: change(answer.proof, request) }
  })

/** Hex with the bits of one byte changed. */
function changedAt(hex: string, byte: number, bits: number): string {
  const at = 2 + 2 * byte
  const changed = Number.parseInt(hex.slice(at, at + 2), 16) ^ bits
  return hex.slice(0, at) + changed.toString(16).padStart(2, '0') + hex.slice(at + 2)
}

describe('with prove', () => {
  test.each<[number, string]>([
    [240, '1'],
    [300, 'mixed'],
    [393, '1'],
    ...Object.keys(VERSIONS).map((version): [number, string] => [424, version]),
  ])(
    'spec %i, state version %s: subnets, the network and both sides of a block as without',
    async (spec, version) => {
      const chain = blocks(spec, VERSIONS[version]!)
      const read = (options: ConnectOptions) =>
        serving(
          chain,
          undefined,
          async (chain, server) => ({
            subnet: await chain.subnet(15),
            before: await chain.subnet(3, { at: BLOCK - 1 }),
            network: await chain.network(),
            epoch: await chain.epochStates(15, BLOCK, { nominators: true }),
            marks: await chain.epochMarks(),
            methods: Object.keys(server.counts),
          }),
          options,
        )
      const [proved, { methods, ...plain }] = await Promise.all([read(PROVED), read(HASTY)])
      expect(proved).toEqual({ ...plain, methods: expect.arrayContaining(['state_getReadProof']) })
      expect(proved.methods).not.toContain('state_queryStorageAt')
      expect(methods).not.toContain('state_getReadProof')
    },
  )

  test('recordings of a real runtime, pulled before and after each epoch', async () => {
    const recording = readRecording(RECORDINGS[3]!)
    const numbers = recording.steps.flatMap(({ block }) => [block - 1, block])
    const plain = chainOf(recording)
    const chain = provable(numbers.map((number) => plain.at(number)!))
    await serving(chain, undefined, async (proving) => {
      await serving(
        chain,
        undefined,
        async (believing) => {
          for (const at of numbers) {
            const snapshot = await proving.subnet(recording.netuid, { at })
            expect(snapshot).toEqual(await believing.subnet(recording.netuid, { at }))
          }
        },
        HASTY,
      )
    })
  })

  test('a subnet takes at most a request more than without', async () => {
    const count = (options: ConnectOptions) =>
      serving(
        blocks(424),
        undefined,
        async (chain, server) => {
          await chain.subnet(15)
          return server.requests.map(({ method }) => method).sort()
        },
        options,
      )
    const [proved, plain] = [await count(PROVED), await count(HASTY)]
    console.info(`with prove ${proved.length} requests, without ${plain.length}`, proved)
    expect(proved.length - plain.length).toBeLessThanOrEqual(1)
  })
})

describe('a node that lies about values', () => {
  const chain = blocks(424)
  const block = chain[1]!

  /** Reads every key of the state, and one that is not there. */
  async function readAll(connected: Chain): Promise<void> {
    const state = await connected.state({ at: BLOCK })
    const plan = state.plan()
    plan.value(EPOCH.subnetworkN, 15)
    plan.value(EPOCH.subnetworkN, 16)
    plan.value(EPOCH.networksAdded, 3)
    plan.value(NEURONS.weights, 15, 0)
    plan.value(NEURONS.keys, 3, 2)
    await state.read(plan)
  }

  test('reading without a lie', async () => {
    expect(await serving(chain, undefined, (connected) => outcome(readAll(connected)))).toBe('proved')
  })

  test('any other byte of any node of a proof', async () => {
    let changed = 0
    let [node, byte] = [0, 0]
    const fault = nodes((proof) => {
      changed++
      return proof.with(node, changedAt(proof[node]!, byte, 1 << (byte % 8)))
    })
    await using server = await ChainServer.start(new FakeChain(chain), {
      fault: (request, place) => (lying ? fault(request, place) : undefined),
    })
    let lying = false
    await using connected = await connect(server.url, PROVED)
    await readAll(connected)
    const { params } = server.requests.findLast(({ method }) => method === 'state_getReadProof')!
    const proof = trieOf(block).proof(params[0] as readonly string[])
    lying = true
    for (node = 0; node < proof.length; node++) {
      for (byte = 0; byte < proof[node]!.length / 2 - 1; byte++)
        expect(await outcome(readAll(connected)), `node ${node}, byte ${byte}`).toBe('unproved')
    }
    expect(changed).toBeGreaterThan(2000)
  })

  test('random bytes of the answers to a whole pull', async () => {
    const random = new Random(5)
    let hits = 0
    for (let i = 0; i < 60; i++) {
      const victim = random.int(4)
      let asked = 0
      const fault = nodes((proof) => {
        if (asked++ !== victim) return proof
        hits++
        const at = random.int(proof.length)
        return proof.with(
          at,
          changedAt(proof[at]!, random.int(proof[at]!.length / 2 - 1), 1 + random.int(255)),
        )
      })
      const found = await serving(chain, fault, (connected) => outcome(connected.subnet(15)))
      expect(found).toBe(asked > victim ? 'unproved' : 'proved')
    }
    expect(hits).toBeGreaterThan(40)
  })

  test.each(['a value changed', 'a value gone', 'a value where there is none'])(
    '%s, with the proof of a state in which it is so',
    async (lie) => {
      const key = new StorageWriter(block.runtime).key(EPOCH.subnetworkN, [lie.endsWith('none') ? 16 : 15])
      const state = new Map(block.state)
      if (lie.endsWith('gone')) state.delete(key)
      else state.set(key, '0x0700')
      const trie = Trie.of(state)
      const fault = nodes((_, { params }) => trie.proof(params[0] as readonly string[]))
      expect(await serving(chain, fault, (connected) => outcome(readAll(connected)))).toBe('unproved')
      // With nodes of both, each of which is of some state.
      const both = nodes((proof, { params }) => [...proof, ...trie.proof(params[0] as readonly string[])])
      expect(await serving(chain, both, (connected) => outcome(readAll(connected)))).toBe('proved')
    },
  )

  test('the proof of another block, under the hash of this one', async () => {
    const fault = nodes((_, { params }) => trieOf(chain[0]!).proof(params[0] as readonly string[]))
    expect(await serving(chain, fault, (connected) => outcome(readAll(connected)))).toBe('unproved')
  })

  test('a header with the root of another state', async () => {
    const trie = Trie.of(
      new Map(block.state).set(new StorageWriter(block.runtime).key(EPOCH.subnetworkN, [15]), '0x0700'),
    )
    const fault: Injector = (request, place) =>
      always('chain_getHeader', (header) => ({ ...(header as object), stateRoot: trie.root }))(
        request,
        place,
      ) ?? nodes((_, { params }) => trie.proof(params[0] as readonly string[]))(request, place)
    expect(await serving(chain, fault, (connected) => outcome(connected.subnet(15)))).toBe('wrong-block')
  })

  test.each<[string, (answer: Proof) => unknown, string]>([
    ['null', () => null, 'malformed'],
    ['text', () => 'no', 'malformed'],
    ['no nodes', ({ at }) => ({ at, proof: [] }), 'unproved'],
    ['nodes that are numbers', ({ at }) => ({ at, proof: [1, 2] }), 'malformed'],
    ['nodes that are no hex', ({ at }) => ({ at, proof: ['0xgg'] }), 'unproved'],
    ['no block', ({ proof }) => ({ proof }), 'malformed'],
    ['another block', ({ proof }) => ({ at: hashOf('x'), proof }), 'wrong-block'],
    ['a node left out', ({ at, proof }) => ({ at, proof: proof.slice(1) }), 'unproved'],
    ['a node too many', ({ at, proof }) => ({ at, proof: [...proof, '0x00'] }), 'proved'],
    [
      'a node ten thousand times',
      ({ at, proof }) => ({ at, proof: Array(10_000).fill(proof[0]) }),
      'unproved',
    ],
    [
      'two nodes in one',
      ({ at, proof }) => ({ at, proof: [proof[0]! + proof[1]!.slice(2), ...proof.slice(2)] }),
      'unproved',
    ],
    ['the nodes in another order', ({ at, proof }) => ({ at, proof: proof.toReversed() }), 'proved'],
  ])('an answer that is %s', async (_, change, expected) => {
    const fault = always('state_getReadProof', (answer) => change(answer as Proof))
    expect(await serving(chain, fault, (connected) => outcome(readAll(connected)))).toBe(expected)
  })

  test('the next endpoint is asked where one does not prove what it says', async () => {
    const fault = nodes((proof) => proof.slice(1))
    await using liar = await ChainServer.start(new FakeChain(chain), { fault })
    await using honest = await ChainServer.start(new FakeChain(chain))
    await using connected = await connect([liar.url, honest.url], { ...PROVED, retries: 4 })
    const snapshot = await connected.subnet(15)
    const plain = await serving(chain, undefined, (believing) => believing.subnet(15), HASTY)
    expect(snapshot).toEqual(plain)
    expect(liar.counts.state_getReadProof).toBeGreaterThan(0)
  })

  test('a node that has no proofs', async () => {
    const fault: Injector = ({ method }) =>
      method === 'state_getReadProof'
        ? { kind: 'error', code: -32601, message: 'Method not found' }
        : undefined
    expect(await serving(chain, fault, (connected) => outcome(connected.subnet(15)))).toBe('unsupported')
  })

  test('answers that are too large for the node are asked for in parts, listings too', async () => {
    const fault: Injector = ({ method, params }) => {
      const large =
        (method === 'state_getReadProof' && (params[0] as readonly string[]).length > 20) ||
        (method === 'state_getKeysPaged' && (params[1] as number) > 500)
      return large ? { kind: 'error', code: -32008, message: 'Response is too big' } : undefined
    }
    await serving(chain, fault, async (connected) => {
      const plain = await serving(chain, undefined, (believing) => believing.subnet(15), HASTY)
      expect(await connected.subnet(15)).toEqual(plain)
    })
  })

  test.each([null, 'yes', 1])('prove: %j is no option', async (prove) => {
    await expect(connect('ws://127.0.0.1:9', { prove: prove as unknown as boolean })).rejects.toMatchObject({
      code: 'input',
      field: 'prove',
    })
  })
})

describe('a node that lies about keys', () => {
  const runtime = demoRuntime(424)
  const writer = runtime && new StorageWriter(runtime)
  const random = new Random(9)
  const accounts = Array.from({ length: 2500 }, () => random.account())
  const block = runtime && laid(2500)
  const few = runtime && laid(7)

  function laid(count: number): FakeBlock {
    const own = new StorageWriter(runtime)
    own.put(SYSTEM.number, [], BLOCK)
    for (const account of accounts.slice(0, count)) own.put(PAYOUT.alphaDividends, [15, account], 7n)
    // Neighbours on either side.
    for (const netuid of [14, 16]) own.put(PAYOUT.alphaDividends, [netuid, accounts[0]!], 7n)
    return provable([
      sealed({ number: BLOCK, parentHash: hashOf('none'), runtime: runtime, state: own.state }),
    ])[0]!
  }

  const list = async (connected: Chain): Promise<readonly string[]> =>
    (await connected.state()).list(PAYOUT.alphaDividends, 15)

  const keysOf = (block: FakeBlock): readonly string[] => {
    const prefix = writer!.key(PAYOUT.alphaDividends, [15])
    return [...block.state.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  test('a list of several pages, and an empty one', async () => {
    const [listed, methods] = await serving([block!], undefined, async (connected, server) => [
      await list(connected),
      server.requests.slice(-6).map(({ method }) => method),
    ])
    expect(listed).toEqual(keysOf(block!))
    // Three pages, each with its proof, and none to see that there is no more.
    expect(methods).toEqual(Array(3).fill(['state_getKeysPaged', 'state_getReadProof']).flat())
    const none = await serving([few!], undefined, async (connected) =>
      (await connected.state()).list(PAYOUT.alphaDividends, 17),
    )
    expect(none).toEqual([])
  })

  /** What a liar lists, in an answer for a page. */
  const lies: Readonly<Record<string, (keys: readonly string[], at: number) => readonly string[]>> = {
    'leaves a key out': (keys, at) => keys.toSpliced(at, 1),
    'leaves out all from a key on': (keys, at) => keys.slice(0, at),
    'leaves out all before a key': (keys, at) => keys.slice(at + 1),
    'has a key more': (keys, at) => keys.toSpliced(at, 0, strangeKey(at)).toSorted(),
    'has a key in place of another': (keys, at) => keys.toSpliced(at, 1, strangeKey(at)).toSorted(),
    'has nothing': () => [],
  }

  function strangeKey(at: number): string {
    return writer!.key(PAYOUT.alphaDividends, [15, hashOf(`stranger ${at}`).slice(2)])
  }

  test.each(Object.keys(lies))(
    'a list that %s, proved for what it lists or for what there is',
    async (lie) => {
      const keys = keysOf(few!)
      const prefix = writer!.key(PAYOUT.alphaDividends, [15])
      for (const at of keys.keys()) {
        const listed = lies[lie]!(keys, at)
        const lists = always('state_getKeysPaged', (_, { params }) => (params[2] === null ? listed : []))
        expect(await serving([few!], lists, (connected) => outcome(list(connected)))).toBe('unproved')
        const all: Injector = (request, place) =>
          lists(request, place) ??
          nodes(() => trieOf(few!).proof([prefix, ...keys, ...listed]))(request, place)
        expect(await serving([few!], all, (connected) => outcome(list(connected)))).toBe('unproved')
        // The proof of a state in which it is so.
        const state = new Map([...few!.state].filter(([key]) => !keys.includes(key)))
        for (const key of listed) state.set(key, '0x0700000000000000')
        const trie = Trie.of(state)
        const other: Injector = (request, place) =>
          lists(request, place) ??
          nodes((_, { params }) => trie.proof(params[0] as readonly string[]))(request, place)
        expect(await serving([few!], other, (connected) => outcome(list(connected)))).toBe('unproved')
      }
    },
  )

  test('a page that ends early, begins late, or is the last one too soon', async () => {
    const pages = keysOf(block!)
    for (const [page, change] of [
      [0, (keys: readonly string[]) => keys.slice(0, 999)],
      [0, (keys: readonly string[]) => keys.slice(1)],
      [1, (keys: readonly string[]) => keys.slice(0, 1)],
      [1, (keys: readonly string[]) => [pages[1001]!, ...keys.slice(2)]],
      [2, () => []],
      [2, (keys: readonly string[]) => keys.slice(0, -1)],
    ] as const) {
      let asked = 0
      const lists = always('state_getKeysPaged', (result) => {
        const keys = result as readonly string[]
        return asked++ === page ? change(keys) : keys
      })
      expect(await serving([block!], lists, (connected) => outcome(list(connected)))).toBe('unproved')
    }
  })

  test('a list of one endpoint is not held against the proof of another', async () => {
    const lists = always('state_getKeysPaged', (keys) => (keys as readonly string[]).slice(1))
    await using liar = await ChainServer.start(new FakeChain([few!]), { fault: lists })
    await using honest = await ChainServer.start(new FakeChain([few!]))
    await using connected = await connect([liar.url, honest.url], { ...PROVED, retries: 4 })
    expect(await list(connected)).toEqual(keysOf(few!))
  })
})

describe('a block that was named by its number', () => {
  const runtime = demoRuntime(424)
  const plain = (number: number, branch?: string): FakeBlock => {
    const state = new StorageWriter(runtime)
    state.put(SYSTEM.number, [], number)
    const parentHash = hashOf(`parent of ${number}`)
    return sealed({ number, parentHash, runtime: runtime, state: state.state, ...(branch && { branch }) })
  }
  const numbers = [BLOCK - 300, BLOCK - 240, BLOCK - 1, BLOCK]
  const chain = runtime ? provable(numbers.map((number) => plain(number))) : []
  const hash = (at: number) => chain[at]!.hash

  test('is one that the finalized block has before it', async () => {
    await serving(chain, undefined, async (connected, server) => {
      for (const [at, number] of numbers.entries()) expect(await connected.blockHash(number)).toBe(hash(at))
      console.info('4 blocks by number', server.counts)
      const before = server.requests.length
      expect(await connected.blockHash(BLOCK - 1)).toBe(hash(2))
      expect(server.requests.length - before).toBe(1)
    })
  })

  test.each(numbers.slice(0, 3))('block %i of another branch is refused', async (number) => {
    const other = provable([plain(number, 'other')])[0]!
    const fault: Injector = ({ method, params }) =>
      method === 'chain_getBlockHash' && params[0] === number
        ? { kind: 'result', change: () => other.hash }
        : undefined
    const both = new FakeChain([other, ...chain])
    await using server = await ChainServer.start(both, { fault })
    both.put(chain.at(-1)!)
    await using proving = await connect(server.url, PROVED)
    expect(await outcome(proving.blockHash(number))).toBe('wrong-block')
    await using believing = await connect(server.url, HASTY)
    expect(await believing.blockHash(number)).toBe(other.hash)
  })

  test('one from long before, whose hash is not kept, is left as it is; a near one is not', async () => {
    const [old, near, head] = provable([plain(BLOCK - 251), plain(BLOCK - 250), plain(BLOCK)])
    const bare = sealed({ ...head!, state: plain(BLOCK).state })
    await serving([old!, near!, bare], undefined, async (connected) => {
      expect(await connected.blockHash(BLOCK - 251)).toBe(old!.hash)
      expect(await outcome(connected.blockHash(BLOCK - 250))).toBe('wrong-block')
    })
  })

  test('the finalized one, one after it, and one by its hash', async () => {
    const young = provable([plain(BLOCK + 1)])[0]!
    const all = new FakeChain([...chain, young])
    all.finalized = BLOCK
    await using server = await ChainServer.start(all)
    await using connected = await connect(server.url, PROVED)
    expect(await connected.blockHash(BLOCK)).toBe(hash(3))
    expect(await connected.blockHash(BLOCK + 1)).toBe(young.hash)
    expect((await connected.state({ at: young.hash })).number).toBe(BigInt(BLOCK) + 1n)
    expect(await outcome(connected.state({ at: 'best' }))).toBe('proved')
  })

  test('headers of these tests have their states’ roots', () => {
    for (const block of chain) expect(headerOf(block).stateRoot).toBe(Trie.of(block.state, 1).root)
  })
})
