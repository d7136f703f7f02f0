/** What callers of a chain hand over, checked before anything is asked for. Every check throws `InputError`. */

import {
  abortSignal,
  blockNumber,
  type Check,
  type Checks,
  callback,
  checkOptions,
  expecting,
  flag,
  integerFrom,
  listOf,
  netuid as netuidCheck,
  oneOf,
  text,
  unexpectedValue,
} from '../errors/options.ts'
import type {
  At,
  ConnectOptions,
  EpochStatesOptions,
  NetworkOptions,
  StateOptions,
  SubnetOptions,
} from './chain.ts'
import { isHash } from './hex.ts'
import { type Endpoint, isEndpoint } from './socket.ts'

/** What a timer of JavaScript can wait. */
const MAX_MS = 0x7fff_ffff
/** More at once no node answers. */
const MAX_CONCURRENCY = 1024
const MAX_RETRIES = 1_000_000
/** What one string of JavaScript holds, which an answer is. */
const MAX_ANSWER_BYTES = 512 * 2 ** 20

const CONNECT: Checks<ConnectOptions> = {
  timeoutMs: integerFrom(1, MAX_MS),
  retries: integerFrom(0, MAX_RETRIES),
  backoffMs: integerFrom(0, MAX_MS),
  concurrency: integerFrom(1, MAX_CONCURRENCY),
  maxAnswerBytes: integerFrom(1, MAX_ANSWER_BYTES),
  signal: abortSignal,
  onWarning: callback,
  onRetry: callback,
  prove: flag,
}

/** Endpoints and options of `connect`. */
export function checkConnect(endpoints: readonly Endpoint[], options: ConnectOptions): void {
  listOf(endpoint)('endpoints', endpoints)
  checkOptions('options', options, CONNECT)
}

/** What text is no address shows when it is connected to. */
const endpoint: Check = expecting(
  'a ws:// or wss:// URL, a client with a method send, or an ApiPromise of @polkadot/api',
  isEndpoint,
)

const NAMED: readonly string[] = ['finalized', 'best'] satisfies At[]

function isAt(value: unknown): boolean {
  if (typeof value === 'string') return NAMED.includes(value) || isHash(value)
  return isBlock(value)
}

function isBlock(value: unknown): boolean {
  try {
    blockNumber('block', value)
    return true
  } catch {
    return false
  }
}

/** A block by its hash alone. */
export function checkHash(value: unknown): void {
  if (typeof value === 'string' && isHash(value)) return
  throw unexpectedValue('hash', 'the hash of a block', value)
}

/** The block that a state is of. */
export const checkAt: Check = expecting(
  'a block number below 2^32, a block hash, "finalized" or "best"',
  isAt,
)

/** A block by its number or its hash. */
export const checkBlock: Check = expecting(
  'a block number below 2^32 or a block hash',
  (value) => isHash(value) || isBlock(value),
)

export const checkNumber: Check = blockNumber

/** The block in which an epoch runs, which may be any that a chain can have. */
const epochAt: Check = expecting(
  'a block number from 0 to 2^64 - 1, "next-block" or "next-epoch"',
  (value) =>
    value === 'next-block' ||
    value === 'next-epoch' ||
    (typeof value === 'bigint' && value >= 0n && value < 2n ** 64n) ||
    (Number.isSafeInteger(value) && (value as number) >= 0),
)

const STATE: Checks<StateOptions> = { at: checkAt, signal: abortSignal }
const SUBNET: Checks<SubnetOptions> = { ...STATE, epochAt }
const NETWORK: Checks<NetworkOptions> = { ...SUBNET, netuids: listOf(netuidCheck), onProgress: callback }
const EPOCH_STATES: Checks<EpochStatesOptions> = { nominators: flag, signal: abortSignal }

export function checkState(options: StateOptions): void {
  checkOptions('options', options, STATE)
}

export function checkSubnet(netuid: number, options: SubnetOptions): void {
  netuidCheck('netuid', netuid)
  checkOptions('options', options, SUBNET)
}

export function checkNetwork(options: NetworkOptions): void {
  checkOptions('options', options, NETWORK)
}

export function checkEpochStates(netuid: number, block: unknown, options: EpochStatesOptions): void {
  netuidCheck('netuid', netuid)
  blockNumber('block', block)
  checkOptions('options', options, EPOCH_STATES)
}

export function checkMarks(at: At, netuids: readonly number[] | undefined, signal: unknown): void {
  checkAt('at', at)
  if (netuids !== undefined) listOf(netuidCheck)('netuids', netuids)
  checkSignal(signal)
}

/** A place in a list of endpoints. */
export function checkEndpoint(endpoint: unknown, count: number): void {
  if (endpoint !== undefined) integerFrom(0, count - 1)('endpoint', endpoint)
}

export function checkHead(which: unknown, signal: unknown): void {
  oneOf(NAMED)('which', which)
  checkSignal(signal)
}

export function checkSend(method: unknown, params: unknown, signal: unknown): void {
  text('method', method)
  listOf(() => {})('params', params)
  checkSignal(signal)
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined) abortSignal('signal', signal)
}
