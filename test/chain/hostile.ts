import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Twox64Concat } from '@polkadot-api/substrate-bindings'
import { bytesToHex } from '../../ts/chain/hex.ts'
import {
  ACCOUNTS,
  COMMITS,
  EPOCH,
  type Item,
  NETWORK,
  NEURONS,
  SUBNET,
  SYSTEM,
  TOTAL_NETWORKS,
} from '../../ts/chain/items.ts'
import type { KeyPart } from '../../ts/chain/keys.ts'
import { PAYOUT } from '../../ts/chain/payout-items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import type { ChainErrorKind } from '../../ts/errors/index.ts'
import { compact, type Encodable } from './encode.ts'
import { type FakeBlock, FakeChain, hashOf, headerOf, sealed, trieOf } from './fake-chain.ts'
import { makeSubnet, putNetwork, putSubnet } from './fixture.ts'
import { provable } from './provable.ts'
import { ChainServer, type Fault, type Request } from './server.ts'
import { StorageWriter } from './writer.ts'

export const NUMBER = 1_000_000
export const NETUID = 15
const OTHER = 19
const NEURONS_MADE = 12

/** What the client does. */
export type Task =
  | 'subnet'
  | 'subnet by number'
  | 'subnet by hash'
  | 'network'
  | 'head'
  | 'epoch'
  | 'find'
  | 'verify'

/** What a node does in place of what it should; undefined where it answers as it should. */
export type Injector = (request: Request) => Fault | undefined

/** Something to talk to. */
export interface Peer extends AsyncDisposable {
  readonly url: string
}

/** One kind of misbehaviour, and how it is to end: in the right answer, or in an error of one of these kinds. */
export interface Row {
  readonly name: string
  readonly task: Task
  readonly ends: 'right' | readonly ChainErrorKind[]
  /** A node that misbehaves; made anew for each run, since it may count. */
  readonly node: () => Injector
  /** Items that the error names; none that are looked at. */
  readonly items: readonly string[]
  /** A peer that is no node, in place of one. */
  readonly peer?: () => Promise<Peer>
  /** Whether the client has every answer proved. */
  readonly prove?: boolean
}

function row(
  name: string,
  task: Task,
  ends: Row['ends'],
  node: () => Injector,
  items: readonly string[] = [],
): Row {
  return { name, task, ends, node, items }
}

/** A row of which the client has every answer proved. */
function proved(name: string, task: Task, ends: Row['ends'], node: () => Injector): Row {
  return { ...row(`with proofs: ${name}`, task, ends, node), prove: true }
}

const honest = (): Injector => () => undefined

let shared: StorageWriter | undefined
/** Made when it is needed: without the real metadata there is a table all the same. */
const writer = (): StorageWriter => {
  shared ??= new StorageWriter(demoRuntime(424))
  return shared
}
const keyOf = (item: Item<unknown>, ...parts: readonly KeyPart[]): string => writer().key(item, parts)
const prefixOf = (item: Item<unknown>): string => keyOf(item).slice(0, 66)

/** SCALE of a value of an item, hex with `0x`. */
function encoded(item: Item<unknown>, parts: readonly KeyPart[], value: Encodable): string {
  writer().state.clear()
  writer().put(item, parts, value)
  return [...writer().state.values()][0]!
}

let made: FakeChain | undefined

/** Two blocks of a network with all that is listed of it: an epoch of two subnets ran in the second. */
export function honestChain(): FakeChain {
  made ??= makeChain()
  return new FakeChain([made.at(NUMBER - 2)!, made.at(NUMBER - 1)!, made.at(NUMBER)!])
}

function makeChain(): FakeChain {
  const runtime = demoRuntime(424)
  const laid = new StorageWriter(runtime)
  const subnets = [NETUID, OTHER].map((netuid) => ({
    ...makeSubnet({
      netuid,
      n: NEURONS_MADE,
      validators: 4,
      seed: netuid,
      block: NUMBER - 1,
      commitReveal: true,
    }),
    ownerUid: 7,
  }))
  putNetwork(laid, NUMBER - 1, [0, NETUID, OTHER])
  for (const subnet of subnets) {
    putSubnet(laid, subnet)
    const [hotkey, waiting] = subnet.hotkeys as readonly [string, string]
    for (const paid of [hotkey, 'c2'.repeat(32)]) laid.put(PAYOUT.alphaDividends, [subnet.netuid, paid], 77n)
    laid.put(PAYOUT.rootAlphaDividends, [subnet.netuid, hotkey], 3n)
    laid.put(PAYOUT.pendingChildKeys, [subnet.netuid, waiting], [[[5n, 'c1'.repeat(32)]], 999_999n])
    for (const holder of [subnet.coldkeys[0]!, 'c3'.repeat(32)])
      laid.put(PAYOUT.alphaV2, [hotkey, holder, subnet.netuid], [7n, -2n])
    laid.put(PAYOUT.alpha, [hotkey, 'c4'.repeat(32), subnet.netuid], 9n)
  }
  laid.put(SYSTEM.lastRuntimeUpgrade, [], [424, 'node-subtensor'])
  const chain = new FakeChain([])
  let parentHash = hashOf('earlier')
  const put = (number: number): void => {
    laid.put(SYSTEM.number, [], number)
    const block = sealed({ number, parentHash, runtime, state: new Map(laid.state) })
    parentHash = block.hash
    chain.put(block)
  }
  put(NUMBER - 2)
  put(NUMBER - 1)
  for (const { netuid } of subnets) laid.put(SUBNET.lastMechansimStepBlock, [netuid], NUMBER)
  put(NUMBER)
  return new FakeChain(provable([NUMBER - 2, NUMBER - 1, NUMBER].map((number) => chain.at(number)!)))
}

/** Another result to every request of one method, made from the right one. */
function result(method: string, change: (result: never, request: Request) => unknown): () => Injector {
  return () => (request) =>
    request.method === method
      ? { kind: 'result', change: (right) => change(right as never, request) }
      : undefined
}

/** Other frames in place of every answer. */
const frames = (of: (request: Request, right: string) => Iterable<string | Buffer>): (() => Injector) =>
  always({ kind: 'frames', frames: of })

function always(fault: Fault): () => Injector {
  return () => () => fault
}

/** From the second request on, so that connecting works. */
function after(requests: number, fault: Fault): () => Injector {
  return () => {
    let seen = 0
    return () => (seen++ < requests ? undefined : fault)
  }
}

type Value = string | null
interface Changes {
  block: string
  changes: [string, Value][]
}

/** Another set of changes. */
const changes = (spoil: (set: Changes) => unknown): (() => Injector) =>
  result('state_queryStorageAt', (sets: [Changes]) => spoil(structuredClone(sets[0])))

/** Other values of an item, wherever they are asked for. */
const values = (item: Item<unknown>, value: (right: Value) => unknown): (() => Injector) =>
  changes((set) => {
    const isOfItem = (key: string): boolean => key.startsWith(prefixOf(item))
    return [
      { ...set, changes: set.changes.map(([key, right]) => [key, isOfItem(key) ? value(right) : right]) },
    ]
  })

/** Another list of the keys of an item. */
function keys(
  item: Item<unknown>,
  spoil: (right: readonly string[], request: Request) => unknown,
): () => Injector {
  return () => (request) =>
    request.method === 'state_getKeysPaged' && String(request.params[0]).startsWith(prefixOf(item))
      ? { kind: 'result', change: (right) => spoil(right as readonly string[], request) }
      : undefined
}

/** What is right of the block before, whatever is asked of the block. */
function stale(method: string): () => Injector {
  return () => {
    const chain = honestChain()
    const [parent, block] = [chain.at(NUMBER - 1)!, chain.at(NUMBER)!]
    return (request) =>
      request.method === method && request.params[1] !== parent.hash
        ? { kind: 'result', change: () => answerOf(parent, block, request) }
        : undefined
  }
}

function answerOf(parent: FakeBlock, block: FakeBlock, { method, params }: Request): unknown {
  if (method === 'chain_getBlockHash') return parent.hash
  if (method === 'chain_getHeader') return headerOf(parent)
  const asked = params[0] as readonly string[]
  return [{ block: block.hash, changes: asked.map((key) => [key, parent.state.get(key) ?? null]) }]
}

const header = (change: (right: ReturnType<typeof headerOf>) => unknown): (() => Injector) =>
  result('chain_getHeader', (right: ReturnType<typeof headerOf>) => change(structuredClone(right)))

const query = (spoil: (value: string) => unknown): (() => Injector) =>
  changes((set) => [{ ...set, changes: set.changes.map(([key, value]) => [key, value && spoil(value)]) }])

const metadata = (change: (right: string) => unknown): (() => Injector) => result('state_getMetadata', change)
const version = (change: (right: Readonly<Record<string, unknown>>) => unknown): (() => Injector) =>
  result('state_getRuntimeVersion', change)

/** Sorted keys of the map of timelocked commits that never end. */
function endlessKeys(): () => Injector {
  const make = (): string[] => {
    const prefix = keyOf(COMMITS.timelocked, NETUID)
    const epoch = new Uint8Array(8)
    const view = new DataView(epoch.buffer)
    return Array.from({ length: 700_000 }, (_, i) => {
      view.setUint32(0, i, true)
      return prefix + bytesToHex(Twox64Concat(epoch))
    }).sort()
  }
  return () => {
    const all = make()
    const page = (from: number): readonly string[] => all.slice(from, from + 1000)
    return keys(COMMITS.timelocked, (_, { params }) =>
      page(params[2] === null ? 0 : lowerBound(all, String(params[2])) + 1),
    )()
  }
}

function lowerBound(sorted: readonly string[], least: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

const NEURON_ITEMS = ['SubtensorModule.SubnetworkN', 'SubtensorModule.Keys']
const LISTED = 'SubtensorModule.NetworksAdded'

/** An HTTP server that answers every upgrade with a status, or with nothing at all where that is 0. */
async function http(status: number): Promise<Peer> {
  const server = createServer((_, response) => response.end('no'))
  const sockets = new Set<Duplex>()
  server.on('upgrade', (_, socket) => {
    sockets.add(socket)
    if (status !== 0) socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function everyThird(fault: Fault): () => Injector {
  return () => {
    let seen = 0
    return () => (seen++ % 3 === 2 ? fault : undefined)
  }
}

/** A misbehaviour at its first chance alone. */
function once(node: () => Injector): () => Injector {
  return () => {
    const misbehave = node()
    let done = false
    return (request) => {
      const fault = done ? undefined : misbehave(request)
      done ||= fault !== undefined
      return fault
    }
  }
}

const withId = (right: string, id: unknown): string => JSON.stringify({ ...JSON.parse(right), id })

const error = (json: string): (() => Injector) =>
  frames(({ id }) => [`{"jsonrpc":"2.0","id":${id},"error":${json}}`])

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

/** Each request gets the result of the one before. */
function oneBehind(): Injector {
  let before: unknown = null
  return () => ({
    kind: 'result',
    change: (right) => {
      const given = before
      before = right
      return given
    },
  })
}

/** Every block hash is another one, of no block. */
function anotherHash(): Injector {
  let asked = 0
  return ({ method }) =>
    method === 'chain_getBlockHash'
      ? { kind: 'result', change: (right) => (asked++ === 0 ? right : hashOf(`branch ${asked}`)) }
      : undefined
}

function anotherVersion(): Injector {
  let specVersion = 424
  return version((right) => ({ ...right, specVersion: specVersion++ }))()
}

/** Version and metadata agree, and are those of another runtime than the block's. */
function otherRuntime(): Injector {
  const other = demoRuntime(300)
  return ({ method }) => {
    if (method === 'state_getMetadata') return { kind: 'result', change: () => other.metadata }
    if (method !== 'state_getRuntimeVersion') return undefined
    return { kind: 'result', change: (right) => ({ ...(right as object), specVersion: other.specVersion }) }
  }
}

/** Parents of each hotkey that nobody else has. */
function manyParents(count: number): () => Injector {
  return () => {
    const lists: string[] = []
    const more = (): string => {
      const seed = lists.length.toString(16).padStart(8, '0')
      const parents = Array.from(
        { length: count },
        (_, i) => `${'01'.repeat(8)}${i.toString(16).padStart(56, '0')}${seed}`,
      )
      return `0x${compact(count)}${parents.join('')}`
    }
    while (lists.length < NEURONS_MADE) lists.push(more())
    let next = 0
    return values(ACCOUNTS.parentKeys, () => lists[next++ % lists.length]!)()
  }
}

/** Netuids upwards from where the list is. */
function nextNetuids(last: unknown): readonly string[] {
  const from = typeof last === 'string' ? Number.parseInt(last.slice(-2) + last.slice(-4, -2), 16) + 256 : 0
  const prefix = prefixOf(EPOCH.networksAdded)
  // In the order of keys, little-endian: only the low byte goes up.
  return Array.from(
    { length: 200 },
    (_, i) => `${prefix}${(i + (from & 255)).toString(16).padStart(2, '0')}00`,
  )
}

const flip = (hash: string): string => `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}`

/** A result of the right shape at any place, which says nothing. */
const NOTHING: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a number', 42],
  ['an empty text', ''],
  ['an empty object', {}],
  ['an empty list', []],
]

/** What a frame can be in place of an answer, whatever was asked. */
const TRANSPORT: readonly Row[] = [
  { ...row('refuses the handshake', 'subnet', ['connect'], honest), peer: () => http(403) },
  { ...row('speaks HTTP, not WebSocket', 'subnet', ['connect'], honest), peer: () => http(200) },
  { ...row('never completes the handshake', 'subnet', ['connect', 'timeout'], honest), peer: () => http(0) },
  row('closes after three requests', 'subnet', ['connect'], after(3, { kind: 'drop' })),
  row('closes in the middle of a frame', 'subnet', ['connect'], always({ kind: 'half' })),
  row('never answers', 'subnet', ['timeout'], always({ kind: 'silence' })),
  row('stops answering after four requests', 'subnet', ['timeout'], after(4, { kind: 'silence' })),
  row('answers slowly', 'subnet', 'right', always({ kind: 'delay', ms: 100 })),
  row('answers too late', 'subnet', ['timeout'], always({ kind: 'delay', ms: 900 })),
  row('answers in another order', 'network', 'right', everyThird({ kind: 'swap' })),
  row(
    'text that is not JSON',
    'subnet',
    ['malformed'],
    frames((_, right) => [right.slice(1)]),
  ),
  row(
    'bytes in place of text',
    'subnet',
    ['malformed'],
    frames((_, right) => [Buffer.from(right)]),
  ),
  row(
    'an empty frame',
    'subnet',
    ['malformed'],
    frames(() => ['']),
  ),
  row(
    'a batch',
    'subnet',
    ['malformed'],
    frames((_, right) => [`[${right}]`]),
  ),
  row(
    'neither result nor error',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"jsonrpc":"2.0","id":${id}}`]),
  ),
  row(
    'a result by inheritance',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"id":${id},"__proto__":{"result":"0x"}}`]),
  ),
  row(
    'the wrong id',
    'subnet',
    ['timeout'],
    frames((_, right) => [withId(right, 99_999)]),
  ),
  row(
    'the id as text',
    'subnet',
    ['malformed'],
    frames(({ id }, right) => [withId(right, String(id))]),
  ),
  row(
    'an id that is half',
    'subnet',
    ['timeout'],
    frames(({ id }, right) => [withId(right, id + 0.5)]),
  ),
  row(
    'the same id twice, the right answer first',
    'subnet',
    'right',
    frames(({ id }, right) => [right, `{"jsonrpc":"2.0","id":${id},"result":null}`]),
  ),
  row(
    'the same id twice, the right answer last',
    'subnet',
    ['malformed', 'missing'],
    frames(({ id }, right) => [`{"jsonrpc":"2.0","id":${id},"result":null}`, right]),
  ),
  row(
    'the answer to the request before',
    'subnet',
    ['malformed', 'timeout', 'missing', 'wrong-block'],
    oneBehind,
  ),
  row(
    'an error beside the result',
    'subnet',
    ['rpc'],
    frames((_, right) => [`${right.slice(0, -1)},"error":{"code":1,"message":"both"}}`]),
  ),
  row(
    'an error that is null beside the result',
    'subnet',
    'right',
    frames((_, right) => [`${right.slice(0, -1)},"error":null}`]),
  ),
  row('an error that is a text', 'subnet', ['rpc'], error('"no"')),
  row('an error that is a number', 'subnet', ['rpc'], error('7')),
  row('an error that is a list', 'subnet', ['rpc'], error('[1,[2]]')),
  row(
    'an error whose message cannot be a text',
    'subnet',
    ['rpc'],
    error('{"code":1,"message":{"toString":1,"valueOf":2}}'),
  ),
  row('an error whose message is deep', 'subnet', ['rpc'], error(`{"code":1,"message":${nested(100_000)}}`)),
  row('an error whose code is a text', 'subnet', ['rpc'], error('{"code":"-32601","message":"odd"}')),
  row('an error of a megabyte', 'subnet', ['rpc'], error(`{"code":1,"message":"${'x'.repeat(1 << 20)}"}`)),
  row(
    'a request that is always too big',
    'subnet',
    ['rpc'],
    error('{"code":-32007,"message":"Request is too big"}'),
  ),
  row(
    'a thousand notifications before each answer',
    'subnet',
    'right',
    frames((_, right) => [...Array.from({ length: 1000 }, () => '{"method":"n","params":[]}'), right]),
  ),
  row(
    'lists in one another, 100,000 deep',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"id":${id},"result":${nested(100_000)}}`]),
  ),
  row(
    'lists in one another, five million deep',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"id":${id},"result":${nested(5_000_000)}}`]),
  ),
  row(
    'thirty megabytes of empty lists',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"id":${id},"result":[${'[],'.repeat(10_000_000)}[]]}`]),
  ),
  row(
    'thirty megabytes of text',
    'subnet',
    ['malformed'],
    frames(({ id }) => [`{"id":${id},"result":"0x${'00'.repeat(15_000_000)}"}`]),
  ),
  row(
    'an answer longer than is taken',
    'subnet',
    ['connect'],
    frames(({ id }) => [`{"id":${id},"result":"0x${'00'.repeat(20_000_000)}"}`]),
  ),
]

const HEAD: readonly Row[] = [
  ...NOTHING.map(([what, value]) =>
    row(
      `chain_getFinalizedHead gives ${what}`,
      'head',
      ['malformed'],
      result('chain_getFinalizedHead', () => value),
    ),
  ),
  row(
    'chain_getFinalizedHead gives half a byte too little',
    'head',
    ['malformed'],
    result('chain_getFinalizedHead', (hash: string) => hash.slice(0, -1)),
  ),
  row(
    'chain_getFinalizedHead gives what is not hex',
    'head',
    ['malformed'],
    result('chain_getFinalizedHead', (hash: string) => `${hash.slice(0, -1)}g`),
  ),
  row(
    'chain_getFinalizedHead gives a block that nobody has',
    'subnet',
    ['missing'],
    result('chain_getFinalizedHead', (hash: string) => flip(hash)),
  ),
  row(
    'chain_getFinalizedHead gives upper case',
    'subnet',
    'right',
    result('chain_getFinalizedHead', (hash: string) => `0x${hash.slice(2).toUpperCase()}`),
  ),
  ...NOTHING.map(([what, value]) =>
    row(
      `chain_getBlockHash gives ${what}`,
      'subnet by number',
      value === null ? ['missing'] : ['malformed'],
      result('chain_getBlockHash', () => value),
    ),
  ),
  row(
    'chain_getBlockHash gives the block before',
    'subnet by number',
    ['wrong-block'],
    stale('chain_getBlockHash'),
  ),
  row(
    'chain_getBlockHash gives another block each time',
    'subnet by number',
    ['missing', 'reorganised'],
    anotherHash,
  ),
]

const HEADER: readonly Row[] = [
  ...NOTHING.map(([what, value]) =>
    row(
      `chain_getHeader gives ${what}`,
      'subnet',
      value === null ? ['missing'] : ['malformed'],
      header(() => value),
    ),
  ),
  row(
    'chain_getHeader gives another number',
    'subnet',
    ['wrong-block'],
    header((right) => ({ ...right, number: `0x${(NUMBER + 1).toString(16)}` })),
  ),
  row(
    'chain_getHeader gives another parent',
    'epoch',
    ['wrong-block'],
    header((right) => ({ ...right, parentHash: flip(right.parentHash) })),
  ),
  row(
    'chain_getHeader gives another root of the state',
    'subnet',
    ['wrong-block'],
    header((right) => ({ ...right, stateRoot: flip(right.stateRoot) })),
  ),
  row(
    'chain_getHeader leaves out an item of the digest',
    'subnet',
    ['wrong-block'],
    header((right) => ({ ...right, digest: { logs: right.digest.logs.slice(1) } })),
  ),
  row(
    'chain_getHeader says that the runtime was changed',
    'subnet',
    ['wrong-block'],
    header((right) => ({ ...right, digest: { logs: [...right.digest.logs, '0x08'] } })),
  ),
  row('chain_getHeader gives the block before', 'subnet by hash', ['wrong-block'], stale('chain_getHeader')),
  row('chain_getHeader gives the block before, once', 'verify', 'right', once(stale('chain_getHeader'))),
  row(
    'chain_getHeader gives another parent, once',
    'verify',
    'right',
    once(header((right) => ({ ...right, parentHash: flip(right.parentHash) }))),
  ),
  row(
    'chain_getHeader gives no digest',
    'subnet',
    ['malformed'],
    header(({ digest: _, ...right }) => right),
  ),
  row(
    'chain_getHeader gives an item of half a byte',
    'subnet',
    ['malformed'],
    header((right) => ({ ...right, digest: { logs: ['0x123'] } })),
  ),
  row(
    'chain_getHeader gives a digest of objects',
    'subnet',
    ['malformed'],
    header((right) => ({ ...right, digest: { logs: [{ seal: ['a', 'b'] }] } })),
  ),
  row(
    'chain_getHeader gives an item of ten megabytes',
    'subnet',
    ['malformed'],
    header((right) => ({ ...right, digest: { logs: [`0x${'00'.repeat(10_000_000)}`] } })),
  ),
  row(
    'chain_getHeader gives a number beyond u64',
    'subnet',
    ['malformed'],
    header((right) => ({ ...right, number: `0x1${'0'.repeat(16)}` })),
  ),
  row(
    'chain_getHeader gives a number in decimal',
    'subnet',
    ['malformed'],
    header((right) => ({ ...right, number: String(NUMBER) })),
  ),
  row(
    'chain_getHeader gives upper case',
    'epoch',
    'right',
    header((right) => ({ ...right, stateRoot: `0x${right.stateRoot.slice(2).toUpperCase()}` })),
  ),
]

const RUNTIME: readonly Row[] = [
  ...NOTHING.map(([what, value]) =>
    row(
      `state_getRuntimeVersion gives ${what}`,
      'subnet',
      ['malformed'],
      version(() => value),
    ),
  ),
  row(
    'state_getRuntimeVersion gives an older version than the metadata',
    'subnet',
    ['wrong-block'],
    version((right) => ({ ...right, specVersion: 300 })),
    ['System.Version'],
  ),
  row(
    'state_getRuntimeVersion gives a newer version than the metadata',
    'subnet',
    ['wrong-block'],
    version((right) => ({ ...right, specVersion: 999 })),
    ['System.Version'],
  ),
  row(
    'state_getRuntimeVersion gives another name',
    'subnet',
    ['wrong-block'],
    version((right) => ({ ...right, specName: 'polkadot' })),
  ),
  row(
    'state_getRuntimeVersion gives a version as text',
    'subnet',
    ['malformed'],
    version((right) => ({ ...right, specVersion: '424' })),
  ),
  row('state_getRuntimeVersion gives another version each time', 'find', ['wrong-block'], anotherVersion),
  ...NOTHING.map(([what, value]) =>
    row(
      `state_getMetadata gives ${what}`,
      'subnet',
      ['malformed'],
      metadata(() => value),
    ),
  ),
  row(
    'state_getMetadata gives that of another runtime',
    'subnet',
    ['wrong-block'],
    metadata(() => demoRuntime(300).metadata),
    ['System.Version'],
  ),
  row('another runtime with its version and its metadata', 'subnet', ['wrong-block'], otherRuntime),
  row(
    'state_getMetadata gives half of it',
    'subnet',
    ['malformed'],
    metadata((right) => right.slice(0, (right.length >> 2) * 2)),
  ),
  row(
    'state_getMetadata gives half a byte too little',
    'subnet',
    ['malformed'],
    metadata((right) => right.slice(0, -1)),
  ),
  row(
    'state_getMetadata gives what is not hex',
    'subnet',
    ['malformed'],
    metadata((right) => `${right.slice(0, 5000)}zz${right.slice(5002)}`),
  ),
  row(
    'state_getMetadata claims a billion types',
    'subnet',
    ['malformed'],
    metadata((right) => `${right.slice(0, 12)}feffffff${right.slice(20)}`),
  ),
  row(
    'state_getMetadata gives a megabyte of empty types',
    'subnet',
    ['malformed'],
    metadata((right) => `${right.slice(0, 12)}02c40900${'00'.repeat(1_000_000)}`),
  ),
  row(
    'state_getMetadata gives twelve megabytes of empty types',
    'subnet',
    ['malformed'],
    metadata((right) => `${right.slice(0, 12)}0200f0ff${'00'.repeat(12_000_000)}`),
  ),
]

const STORAGE: readonly Row[] = [
  ...NOTHING.map(([what, value]) =>
    row(
      `state_queryStorageAt gives ${what}`,
      'subnet',
      ['malformed'],
      result('state_queryStorageAt', () => value),
    ),
  ),
  row(
    'state_queryStorageAt gives two sets',
    'subnet',
    ['malformed'],
    changes((set) => [set, set]),
  ),
  row(
    'state_queryStorageAt leaves a key out',
    'subnet',
    ['malformed'],
    changes((set) => [{ ...set, changes: set.changes.slice(0, -1) }]),
  ),
  row(
    'state_queryStorageAt gives a key that was not asked for',
    'subnet',
    ['malformed'],
    changes((set) => [{ ...set, changes: [...set.changes.slice(1), ['0xabcd', null]] }]),
  ),
  row(
    'state_queryStorageAt gives a key twice',
    'subnet',
    ['malformed'],
    changes((set) => [{ ...set, changes: [...set.changes, [set.changes[0]![0], '0x00']] }]),
  ),
  row(
    'state_queryStorageAt gives keys in another order',
    'subnet',
    'right',
    changes((set) => [{ ...set, changes: set.changes.reverse() }]),
  ),
  row(
    'state_queryStorageAt gives 400,000 keys',
    'subnet',
    ['malformed'],
    changes((set) => [{ ...set, changes: Array.from({ length: 400_000 }, (_, i) => [`0x${i}`, null]) }]),
  ),
  row(
    'state_queryStorageAt names another block',
    'subnet',
    ['wrong-block'],
    changes((set) => [{ ...set, block: flip(set.block) }]),
  ),
  row(
    'state_queryStorageAt names no block',
    'subnet',
    ['malformed'],
    changes(({ changes: all }) => [{ changes: all }]),
  ),
  row(
    'state_queryStorageAt gives the state of the block before',
    'subnet by hash',
    ['wrong-block'],
    stale('state_queryStorageAt'),
  ),
  row(
    'state_queryStorageAt gives the state of the block before, once',
    'epoch',
    'right',
    once(stale('state_queryStorageAt')),
  ),
  row(
    'state_queryStorageAt gives the state of the block before, to who verifies',
    'verify',
    ['wrong-block'],
    stale('state_queryStorageAt'),
  ),
  row(
    'state_queryStorageAt gives nothing for every key',
    'subnet',
    ['wrong-block'],
    changes((set) => [{ ...set, changes: set.changes.map(([key]) => [key, null]) }]),
  ),
  row(
    'state_queryStorageAt gives numbers',
    'subnet',
    ['malformed'],
    query(() => 7),
  ),
  row(
    'state_queryStorageAt gives lists',
    'subnet',
    ['malformed'],
    query((value) => [value]),
  ),
  row(
    'values without 0x',
    'subnet',
    ['malformed'],
    query((value) => value.slice(2)),
  ),
  row(
    'values cut short',
    'subnet',
    ['malformed'],
    query((value) => value.slice(0, -2)),
  ),
  row(
    'values of half a byte',
    'subnet',
    ['malformed'],
    query((value) => value.slice(0, -1)),
  ),
  row(
    'values that go on',
    'subnet',
    ['malformed'],
    query((value) => `${value}00`),
  ),
  row(
    'values that are not hex',
    'subnet',
    ['malformed'],
    query((value) => `${value.slice(0, -1)}x`),
  ),
  row(
    'rows that claim a billion entries',
    'subnet',
    ['malformed'],
    values(NEURONS.weights, (value) => value && '0xfeffffff'),
    ['Weights'],
  ),
  row(
    'a number of twenty megabytes',
    'subnet',
    ['malformed'],
    values(NETWORK.taoWeight, () => `0x${'00'.repeat(10_000_000)}`),
    ['SubtensorModule.TaoWeight'],
  ),
  row(
    'a number of the block that is another',
    'subnet',
    ['wrong-block'],
    values(SYSTEM.number, () => encoded(SYSTEM.number, [], NUMBER - 1)),
  ),
  row(
    'a runtime that ran the block which is another',
    'subnet',
    ['wrong-block'],
    values(SYSTEM.lastRuntimeUpgrade, () => encoded(SYSTEM.lastRuntimeUpgrade, [], [423, 'node-subtensor'])),
  ),
  row(
    'more neurons than there are',
    'subnet',
    ['malformed'],
    values(EPOCH.subnetworkN, () => '0x1000'),
    NEURON_ITEMS,
  ),
  row(
    'fewer neurons than there are',
    'subnet',
    ['malformed'],
    values(EPOCH.subnetworkN, () => '0x0500'),
    NEURON_ITEMS,
  ),
  row(
    'no neurons where there are some',
    'network',
    ['malformed'],
    values(EPOCH.subnetworkN, () => null),
    NEURON_ITEMS,
  ),
  row(
    '65,535 neurons',
    'subnet',
    ['malformed'],
    values(EPOCH.subnetworkN, () => '0xffff'),
  ),
  row(
    '250 mechanisms',
    'subnet',
    ['malformed'],
    values(SUBNET.mechanismCountCurrent, () => '0xfa'),
  ),
  row('25,000 other parents of every hotkey', 'subnet', ['malformed', 'connect'], manyParents(25_000)),
]

const LISTS: readonly Row[] = [
  ...NOTHING.map(([what, value]) =>
    row(
      `state_getKeysPaged gives ${what}`,
      'network',
      ['malformed'],
      keys(EPOCH.networksAdded, () => value),
      [LISTED],
    ),
  ),
  row(
    'a list of subnets that lacks the last',
    'network',
    ['malformed'],
    keys(EPOCH.networksAdded, (right) => right.filter((key) => !key.endsWith('1300'))),
    [LISTED],
  ),
  row(
    'a list of subnets that lacks one in the middle',
    'find',
    ['malformed'],
    keys(EPOCH.networksAdded, (right) => right.filter((_, i) => i !== 1)),
    [LISTED],
  ),
  row(
    'no subnets, and that there are none',
    'network',
    ['malformed'],
    values(TOTAL_NETWORKS, () => null),
    [LISTED],
  ),
  row(
    'more subnets than are listed',
    'find',
    ['malformed'],
    values(TOTAL_NETWORKS, () => '0x0900'),
    [LISTED],
  ),
  row(
    'fewer subnets than are listed',
    'epoch',
    ['malformed'],
    values(TOTAL_NETWORKS, () => '0x0100'),
    [LISTED],
  ),
  row(
    'a subnet that there is not',
    'network',
    ['malformed'],
    keys(EPOCH.networksAdded, (right) => right.map((key, i) => (i === 2 ? `${key.slice(0, -4)}2100` : key))),
    [LISTED],
  ),
  row(
    'a list of one key at a time',
    'epoch',
    'right',
    result('state_getKeysPaged', (right: readonly string[]) => right.slice(0, 1)),
  ),
  row(
    'the same page for ever',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right, { params }) => (params[2] === null ? right : [String(params[2])])),
  ),
  row(
    'the same key twice',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.flatMap((key) => [key, key])),
    ['SubtensorModule.AlphaDividendsPerSubnet'],
  ),
  row(
    'keys in reverse',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.toReversed()),
  ),
  row(
    'keys of another item',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => key.replace(/^0x./, '0x0'))),
  ),
  row(
    'keys that are cut short',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => key.slice(0, -2))),
  ),
  row(
    'keys of half a byte',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => key.slice(0, -1))),
  ),
  row(
    'keys that go on',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => `${key}00`)),
  ),
  row(
    'keys that are not hex',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => `${key.slice(0, -1)}x`)),
  ),
  row(
    'keys whose hash is not that of their part',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((key) => flip(key))),
  ),
  row(
    'keys that are numbers',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) => right.map((_, i) => i)),
  ),
  row(
    'a page longer than was asked for',
    'subnet',
    ['malformed'],
    keys(COMMITS.timelocked, () => Array.from({ length: 1001 }, (_, i) => `0x${i}`)),
  ),
  row('pages of valid keys that never end', 'subnet', ['malformed'], endlessKeys(), [
    'SubtensorModule.TimelockedWeightCommits',
  ]),
  row(
    'pages of made-up subnets that never end',
    'network',
    ['malformed'],
    keys(EPOCH.networksAdded, (_, { params }) => nextNetuids(params[2])),
    [LISTED],
  ),
  row(
    'no timelocked commits where there are some',
    'subnet',
    ['malformed'],
    keys(COMMITS.timelocked, () => []),
    ['SubtensorModule.TimelockedWeightCommits'],
  ),
  row(
    'nobody who was paid',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, () => []),
    ['SubtensorModule.AlphaDividendsPerSubnet'],
  ),
  row(
    'no children that wait',
    'epoch',
    ['malformed'],
    keys(PAYOUT.pendingChildKeys, () => []),
    ['SubtensorModule.PendingChildKeys'],
  ),
  row(
    'nobody who holds stake',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaV2, () => []),
    ['SubtensorModule.AlphaV2'],
  ),
  row(
    'somebody paid who was not',
    'epoch',
    ['malformed'],
    keys(PAYOUT.alphaDividends, (right) =>
      right.length === 0 ? [] : [...right, keyOf(PAYOUT.alphaDividends, NETUID, 'ab'.repeat(32))].sort(),
    ),
    ['SubtensorModule.AlphaDividendsPerSubnet'],
  ),
]

interface Proof {
  readonly at: string
  readonly proof: readonly string[]
}

/** Another answer to a request for a proof. */
const proofs = (change: (right: Proof, keys: readonly string[]) => unknown): (() => Injector) =>
  result('state_getReadProof', (right: Proof, { params }) => change(right, params[0] as readonly string[]))

/** Other nodes in a proof. */
const nodes = (
  change: (nodes: readonly string[], keys: readonly string[]) => readonly unknown[],
): (() => Injector) => proofs(({ at, proof }, keys) => ({ at, proof: change(proof, keys) }))

/** Another byte in the middle of a node. */
const spoilt = (node: string): string => {
  const middle = (node.length >> 2) * 2
  const byte = Number.parseInt(node.slice(middle, middle + 2), 16) ^ 0x10
  return node.slice(0, middle) + byte.toString(16).padStart(2, '0') + node.slice(middle + 2)
}

/** A list and the proof of what it lists. */
function listedAndProved(spoil: (right: readonly string[]) => readonly string[]): () => Injector {
  return () => {
    const lists = keys(EPOCH.networksAdded, spoil)()
    const block = honestChain().at(NUMBER)!
    const whole = nodes((_, asked) => trieOf(block).proof([...asked, ...asked.slice(0, -1)]))()
    return (request) => lists(request) ?? whole(request)
  }
}

const PROOFS: readonly Row[] = [
  ...(['subnet', 'subnet by number', 'subnet by hash', 'network', 'epoch', 'find', 'verify'] as const).map(
    (task) => proved(`${task}, of an honest node`, task, 'right', honest),
  ),
  ...NOTHING.map(([what, value]) =>
    proved(
      `state_getReadProof gives ${what}`,
      'subnet',
      ['malformed'],
      proofs(() => value),
    ),
  ),
  proved(
    'a node that has none',
    'subnet',
    ['unsupported'],
    () =>
      ({ method }) =>
        method === 'state_getReadProof'
          ? { kind: 'error', code: -32601, message: 'Method not found' }
          : undefined,
  ),
  proved(
    'proofs that are always too big',
    'network',
    ['rpc'],
    () =>
      ({ method }) =>
        method === 'state_getReadProof'
          ? { kind: 'error', code: -32008, message: 'Response is too big' }
          : undefined,
  ),
  proved(
    'no nodes',
    'subnet',
    ['unproved'],
    nodes(() => []),
  ),
  proved(
    'the first node left out',
    'network',
    ['unproved'],
    nodes((right) => right.slice(1)),
  ),
  proved(
    'the last node left out',
    'epoch',
    ['unproved'],
    nodes((right) => right.slice(0, -1)),
  ),
  proved(
    'one byte of the longest node is another',
    'subnet',
    ['unproved'],
    nodes((right) => {
      const longest = Math.max(...right.map(({ length }) => length))
      return right.map((node) => (node.length === longest ? spoilt(node) : node))
    }),
  ),
  proved(
    'one byte of each node is another',
    'verify',
    ['unproved'],
    nodes((right) => right.map(spoilt)),
  ),
  proved(
    'one byte of a node is another, once',
    'network',
    'right',
    once(nodes((right) => right.map(spoilt))),
  ),
  proved(
    'the proof of the block before',
    'subnet by hash',
    ['unproved'],
    nodes((_, asked) => trieOf(honestChain().at(NUMBER - 1)!).proof(asked)),
  ),
  proved(
    'the proof of other keys',
    'subnet',
    ['unproved'],
    nodes(() => trieOf(honestChain().at(NUMBER)!).proof([prefixOf(TOTAL_NETWORKS)])),
  ),
  proved('the block before in place of the block of a number', 'subnet by number', ['wrong-block'], () => {
    const stalled = [stale('chain_getBlockHash')(), stale('chain_getHeader')()]
    return (request) => stalled.map((fault) => fault(request)).find((fault) => fault !== undefined)
  }),
  proved(
    'the proof of another block, by its name',
    'subnet',
    ['wrong-block'],
    proofs(({ at, proof }) => ({ at: flip(at), proof })),
  ),
  proved(
    'the proof of no block',
    'subnet',
    ['malformed'],
    proofs(({ proof }) => ({ proof })),
  ),
  proved(
    'nodes that are numbers',
    'subnet',
    ['malformed'],
    nodes((right) => right.map((_, i) => i)),
  ),
  proved(
    'nodes that are lists',
    'subnet',
    ['malformed'],
    nodes((right) => right.map((node) => [node])),
  ),
  proved(
    'nodes that are not hex',
    'subnet',
    ['unproved'],
    nodes((right) => right.map((node) => `${node.slice(0, -1)}x`)),
  ),
  proved(
    'nodes of characters of several bytes',
    'subnet',
    ['unproved'],
    nodes((right) => right.map((node) => node.replaceAll('0', 'ż'))),
  ),
  proved(
    'nodes of half a byte',
    'subnet',
    ['unproved'],
    nodes((right) => right.map((node) => node.slice(0, -1))),
  ),
  proved(
    'nodes that go on',
    'subnet',
    ['unproved'],
    nodes((right) => right.map((node) => `${node}00`)),
  ),
  proved(
    'a node that nobody asked for',
    'network',
    'right',
    nodes((right) => [...right, '0x00']),
  ),
  proved(
    'nodes in another order',
    'epoch',
    'right',
    nodes((right) => right.toReversed()),
  ),
  proved(
    'nodes in upper case',
    'subnet',
    'right',
    nodes((right) => right.map((node) => `0x${node.slice(2).toUpperCase()}`)),
  ),
  proved(
    'every node twice',
    'subnet',
    'right',
    nodes((right) => right.flatMap((node) => [node, node])),
  ),
  proved(
    'the same node 400,000 times',
    'subnet',
    ['unproved'],
    nodes((right) => Array<string>(400_000).fill(right[0]!.slice(0, 66))),
  ),
  proved(
    'two million empty nodes',
    'subnet',
    ['malformed'],
    nodes(() => Array<string>(2_000_000).fill('0x')),
  ),
  proved(
    'a node of thirty megabytes',
    'subnet',
    ['unproved'],
    nodes((right) => [...right.slice(1), `0x${'ff'.repeat(15_000_000)}`]),
  ),
  proved(
    'thirty megabytes of nodes beside the right ones',
    'subnet',
    ['unproved'],
    nodes((right) => [
      ...right,
      ...Array.from({ length: 400 }, (_, i) => `0x${i.toString(16).padStart(4, '0').repeat(18_000)}`),
    ]),
  ),
  proved(
    'a list of subnets that lacks the last, and the proof of what it lists',
    'network',
    ['unproved', 'malformed'],
    listedAndProved((right) => right.slice(0, -1)),
  ),
  proved(
    'nobody who was paid, and the proof of a state',
    'epoch',
    ['unproved'],
    keys(PAYOUT.alphaDividends, () => []),
  ),
  proved(
    'somebody paid who was not, and the proof of a state',
    'epoch',
    ['unproved'],
    keys(PAYOUT.alphaDividends, (right) =>
      [...right, keyOf(PAYOUT.alphaDividends, NETUID, 'ab'.repeat(32))].sort(),
    ),
  ),
]

/** Every row. */
export const ROWS: readonly Row[] = [
  ...TRANSPORT,
  ...HEAD,
  ...HEADER,
  ...RUNTIME,
  ...STORAGE,
  ...LISTS,
  ...PROOFS,
]

/** What a row talks to. */
export async function serve({ node, peer }: Row): Promise<Peer> {
  if (peer !== undefined) return peer()
  const fault = node()
  return ChainServer.start(honestChain(), { fault: (request) => fault(request) })
}
