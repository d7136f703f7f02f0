import { Blake2256 } from '@polkadot-api/substrate-bindings'
import { ChainError } from '../errors/index.ts'
import { bytesToHex, hexToBytes, isHash } from './hex.ts'

/** A block's header, which hashes to the block's hash: nothing in it is on the node's word alone. */
export interface Header {
  /** The block's own hash. Hashes are lower case with `0x`. */
  readonly hash: string
  readonly number: bigint
  readonly parentHash: string
  /** Root of the trie of the state after the block. */
  readonly stateRoot: string
  readonly extrinsicsRoot: string
  /** The items of the digest, SCALE as hex with `0x`. */
  readonly logs: readonly string[]
}

/** The digest item by which a block says that it stored a new runtime: `DigestItem::RuntimeEnvironmentUpdated`. */
const RUNTIME_UPDATED = '0x08'

/** Hex digits that a digest may have: those of nodes have some hundreds. */
const MOST_DIGITS = 1024 * 1024

/** Whether the block stored a new runtime, which the next one is the first to run. */
export function storesRuntime({ logs }: Header): boolean {
  return logs.includes(RUNTIME_UPDATED)
}

/**
 * The header in an answer of `chain_getHeader`, checked: blake2-256 of its SCALE is the hash that was asked for. This is
 * the one place where headers are taken from.
 * @param hash Lower case.
 * @param blake2 Of 256 bits.
 * @throws {ChainError} of kind `missing` where the node has no such block, `malformed` for what is no header,
 * `wrong-block` for that of another block.
 */
export function checkHeader(
  answer: unknown,
  hash: string,
  blake2: (bytes: Uint8Array) => Uint8Array = Blake2256,
): Header {
  if (answer === null) throw new ChainError('missing', `the node knows no block ${hash}`, { block: hash })
  const header = parse(answer, hash)
  const own = `0x${bytesToHex(blake2(hexToBytes(encode(header))))}`
  if (own === hash) return header
  throw new ChainError('wrong-block', `the header that the node gave for block ${hash} is that of ${own}`, {
    block: hash,
  })
}

/** SCALE of a header as hex digits, as `sp_runtime::generic::Header` lies in it. */
function encode({ parentHash, number, stateRoot, extrinsicsRoot, logs }: Header): string {
  return [
    parentHash.slice(2),
    compact(number),
    stateRoot.slice(2),
    extrinsicsRoot.slice(2),
    compact(BigInt(logs.length)),
    ...logs.map((log) => log.slice(2)),
  ].join('')
}

/** A compact integer as hex digits. */
function compact(value: bigint): string {
  const modes = [1, 2, 4] as const
  for (const [mode, bytes] of modes.entries()) {
    if (value < 1n << BigInt(8 * bytes - 2)) return littleEndian(value * 4n + BigInt(mode), bytes)
  }
  let bytes = 4
  while (value >= 1n << BigInt(8 * bytes)) bytes++
  return littleEndian(BigInt((bytes - 4) * 4 + 3), 1) + littleEndian(value, bytes)
}

function littleEndian(value: bigint, bytes: number): string {
  const digits = value.toString(16).padStart(2 * bytes, '0')
  return digits.match(/../g)!.reverse().join('')
}

function parse(answer: unknown, hash: string): Header {
  const { parentHash, number, stateRoot, extrinsicsRoot, digest } = record(answer)
  const logs = parseLogs(record(digest).logs)
  if (
    isHash(parentHash) &&
    isHash(stateRoot) &&
    isHash(extrinsicsRoot) &&
    isNumber(number) &&
    logs !== undefined
  ) {
    return {
      hash,
      number: BigInt(number),
      parentHash: parentHash.toLowerCase(),
      stateRoot: stateRoot.toLowerCase(),
      extrinsicsRoot: extrinsicsRoot.toLowerCase(),
      logs,
    }
  }
  throw new ChainError('malformed', `the node gave no header for block ${hash}`, { block: hash })
}

/** The items of a digest, or `undefined` for what is none. */
function parseLogs(logs: unknown): readonly string[] | undefined {
  if (!Array.isArray(logs) || !logs.every(isHex)) return undefined
  const digits = logs.reduce((sum, log) => sum + log.length, 0)
  return digits > MOST_DIGITS ? undefined : logs.map((log) => log.toLowerCase())
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

/** A u64 as hex: nodes leave out leading zeros, half a byte too. */
function isNumber(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(value)
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && value.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(value)
}
