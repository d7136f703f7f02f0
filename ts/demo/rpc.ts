import type { RpcHeader } from './header.ts'
import type { DemoRuntime } from './metadata.ts'

/** A state, to read from. Keys and values are hex with `0x`. */
export interface ServedState {
  /** The value of a key, `undefined` where nothing is stored. */
  get(key: string): string | undefined
  /** Keys that begin with a prefix and come after another one, ascending, as many as asked for. */
  keys(prefix: string, count: number, after?: string): readonly string[]
  /** The nodes that prove what stands at keys. */
  proof(keys: readonly string[]): readonly string[]
}

/** A block, and the state after it. */
export interface ServedBlock {
  readonly number: number
  readonly hash: string
  readonly header: RpcHeader
  readonly runtime: DemoRuntime
  /** Left out where it is not kept any more. */
  readonly state?: ServedState | undefined
}

/** Blocks that requests are answered from. */
export interface ServedChain {
  readonly best: ServedBlock
  readonly finalized: ServedBlock
  /** The name by which the chain calls itself. */
  readonly name: string
  at(number: number): ServedBlock | undefined
  of(hash: string): ServedBlock | undefined
}

/** The answer to a request that cannot be served, under the codes of JSON-RPC and of substrate's nodes. */
export class RpcFault extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const UNKNOWN_METHOD = -32_601
const INVALID_PARAMS = -32_602
const CLIENT_ERROR = 4003
/** Keys of one page. */
const MOST_KEYS = 1000

/** Answers one method. */
type Method = (chain: ServedChain, params: readonly unknown[]) => unknown

/** What nodes answer of the state of blocks, and what `@polkadot/api` asks for when it connects. */
const METHODS: Readonly<Record<string, Method>> = {
  chain_getBlock: (chain, [hash]) => {
    const header = headerOf(chain, hash)
    return header && { block: { header, extrinsics: [] }, justifications: null }
  },
  chain_getBlockHash: (chain, [number]) =>
    Array.isArray(number) ? number.map((one) => hashOf(chain, one)) : hashOf(chain, number),
  chain_getFinalizedHead: (chain) => chain.finalized.hash,
  chain_getHeader: (chain, [hash]) => headerOf(chain, hash),
  rpc_methods: () => ({ methods: [...Object.keys(METHODS), ...SUBSCRIPTION_METHODS].sort() }),
  state_getKeysPaged: (chain, [prefix, count, after, hash]) =>
    stateOf(chain, hash).keys(
      text(prefix ?? '0x', 'prefix'),
      pageSize(count),
      after === null || after === undefined ? undefined : text(after, 'start key'),
    ),
  state_getMetadata: (chain, [hash]) => {
    stateOf(chain, hash)
    return blockOf(chain, hash).runtime.metadata
  },
  state_getReadProof: (chain, [keys, hash]) => ({
    at: blockOf(chain, hash).hash,
    proof: stateOf(chain, hash).proof(storageKeys(keys)),
  }),
  state_getRuntimeVersion: (chain, [hash]) => runtimeVersion(blockOf(chain, hash).runtime),
  state_getStorage: (chain, [key, hash]) => stateOf(chain, hash).get(text(key, 'key')) ?? null,
  // Like a node: a key that is asked for twice is answered once.
  state_queryStorageAt: (chain, [keys, hash]) => {
    const state = stateOf(chain, hash)
    const changes = [...new Set(storageKeys(keys))].map((key) => [key, state.get(key) ?? null])
    return changes.length === 0 ? [] : [{ block: blockOf(chain, hash).hash, changes }]
  },
  system_chain: ({ name }) => name,
  system_chainType: () => 'Development',
  system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
  system_name: () => 'yuma',
  system_properties: () => ({ ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' }),
  system_version: () => '0.0.0',
}

/** Other names of methods. */
const ALIASES: Readonly<Record<string, string>> = {
  chain_getFinalisedHead: 'chain_getFinalizedHead',
  chain_getHead: 'chain_getBlockHash',
  state_getKeysPagedAt: 'state_getKeysPaged',
  state_getStorageAt: 'state_getStorage',
  chain_getRuntimeVersion: 'state_getRuntimeVersion',
}

/** Methods of a connection, that tell of what comes: `server.ts` answers them. */
const SUBSCRIPTION_METHODS: readonly string[] = [
  'chain_subscribeAllHeads',
  'chain_subscribeFinalizedHeads',
  'chain_subscribeNewHeads',
  'chain_unsubscribeAllHeads',
  'chain_unsubscribeFinalizedHeads',
  'chain_unsubscribeNewHeads',
  'state_subscribeRuntimeVersion',
  'state_subscribeStorage',
  'state_unsubscribeRuntimeVersion',
  'state_unsubscribeStorage',
]

/**
 * The result of a request as a substrate node gives it.
 * @throws {RpcFault}
 */
export function answer(chain: ServedChain, method: string, params: readonly unknown[]): unknown {
  const name = ALIASES[method] ?? method
  if (!Object.hasOwn(METHODS, name)) throw new RpcFault(UNKNOWN_METHOD, 'Method not found')
  return METHODS[name]!(chain, params)
}

/** What a node says of the version of a runtime. */
export function runtimeVersion({ specName, specVersion }: DemoRuntime): unknown {
  return {
    specName,
    implName: specName,
    authoringVersion: 1,
    specVersion,
    implVersion: 1,
    apis: [],
    transactionVersion: 1,
    stateVersion: 1,
  }
}

function blockOf(chain: ServedChain, hash: unknown): ServedBlock {
  const block = hash === undefined || hash === null ? chain.best : chain.of(String(hash).toLowerCase())
  if (block !== undefined) return block
  throw new RpcFault(
    CLIENT_ERROR,
    `Client error: UnknownBlock: Header was not found in the database: ${String(hash).slice(0, 100)}`,
  )
}

function stateOf(chain: ServedChain, hash: unknown): ServedState {
  const block = blockOf(chain, hash)
  if (block.state !== undefined) return block.state
  throw new RpcFault(CLIENT_ERROR, `Client error: UnknownBlock: State already discarded for ${block.hash}`)
}

/** Of a block that is not there a node gives null, not an error. */
function headerOf(chain: ServedChain, hash: unknown): RpcHeader | null {
  const block = hash === undefined || hash === null ? chain.best : chain.of(String(hash).toLowerCase())
  return block?.header ?? null
}

function hashOf(chain: ServedChain, number: unknown): string | null {
  if (number === undefined || number === null) return chain.best.hash
  return chain.at(integer(number, 'block number'))?.hash ?? null
}

/** A count, which clients write as a number or as hex. */
function integer(value: unknown, what: string): number {
  const hex = typeof value === 'string' && /^0x[0-9a-fA-F]{1,13}$/.test(value)
  const number = typeof value === 'number' || hex ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new RpcFault(INVALID_PARAMS, `Invalid params: ${what} expected`)
}

/** Keys of one page: nodes give no more. */
function pageSize(value: unknown): number {
  const size = integer(value, 'count')
  if (size <= MOST_KEYS) return size
  throw new RpcFault(INVALID_PARAMS, `count exceeds maximum value. value: ${size}, max: ${MOST_KEYS}`)
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase()
  throw new RpcFault(INVALID_PARAMS, `Invalid params: ${what} expected, as hex`)
}

/**
 * Storage keys of a request.
 * @throws {RpcFault}
 */
export function storageKeys(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new RpcFault(INVALID_PARAMS, 'Invalid params: a list of keys expected')
  return value.map((key) => text(key, 'key'))
}
