import { blake2b } from '@noble/hashes/blake2.js'
import { bytesToHex, hexToBytes } from '../../ts/chain/hex.ts'

/** The layout of a value's node: with all values in place, or with those of 33 bytes and more by their hash. */
export type StateVersion = 0 | 1

interface Node {
  /** Digits between its branch and itself. */
  readonly partial: string
  readonly value: string | undefined
  readonly hashed: boolean
  readonly children: ReadonlyMap<number, Node>
  /** All of it, as digits. */
  readonly encoded: string
}

/** Values of so many bytes and more are hashed in version 1. */
const HASHED_FROM = 33

/** The hash of bytes, all as hex with `0x`. */
export function blake2(hex: string): string {
  return `0x${bytesToHex(blake2b(hexToBytes(hex.slice(2)), { dkLen: 32 }))}`
}

/**
 * The trie of a whole state, written plainly and second-hand: from the description of the format, and with another hash
 * than the check's. Keys and values are hex with `0x`; the trie branches by their digits.
 */
export class Trie {
  /** The state root. */
  readonly root: string
  readonly #top: Node | undefined

  constructor(
    state: ReadonlyMap<string, string>,
    version: StateVersion | ((key: string) => StateVersion) = 1,
  ) {
    const versionOf = typeof version === 'number' ? () => version : version
    const sorted = [...state.keys()].sort()
    const entries = sorted.map((key) => entry(key, state.get(key)!, versionOf(key)))
    this.#top = entries.length === 0 ? undefined : build(entries, 0)
    this.root = blake2(`0x${this.#top?.encoded ?? '00'}`)
  }

  /** The nodes that reading keys passes, each once: what `state_getReadProof` gives. */
  proof(keys: readonly string[]): string[] {
    const nodes = new Set<string>([this.#top?.encoded ?? '00'])
    for (const key of keys) this.#pass(key.slice(2), nodes)
    return [...nodes].sort().map((node) => `0x${node}`)
  }

  #pass(digits: string, nodes: Set<string>): void {
    let node = this.#top
    for (let at = 0; node !== undefined; at++) {
      if (node === this.#top || isHashed(node.encoded)) nodes.add(node.encoded)
      if (!digits.startsWith(node.partial, at)) return
      at += node.partial.length
      if (at === digits.length) {
        if (node.hashed) nodes.add(node.value!)
        return
      }
      node = node.children.get(Number.parseInt(digits[at]!, 16))
    }
  }
}

interface Entry {
  readonly digits: string
  readonly value: string
  readonly hashed: boolean
}

function entry(key: string, value: string, version: StateVersion): Entry {
  const digits = value.slice(2)
  return { digits: key.slice(2), value: digits, hashed: version === 1 && digits.length >= 2 * HASHED_FROM }
}

/** The node of ascending entries, of whose digits so many were on the way to it. */
function build(entries: readonly Entry[], depth: number): Node {
  const [first, last] = [entries[0]!, entries.at(-1)!]
  let end = depth
  while (end < first.digits.length && first.digits[end] === last.digits[end]) end++
  const own = first.digits.length === end ? first : undefined
  const children = new Map<number, Node>()
  for (let digit = 0; digit < 16; digit++) {
    const below = entries.filter((entry) => entry !== own && entry.digits[end] === digit.toString(16))
    if (below.length > 0) children.set(digit, build(below, end + 1))
  }
  const node = {
    partial: first.digits.slice(depth, end),
    value: own?.value,
    hashed: own?.hashed ?? false,
    children,
  }
  return { ...node, encoded: encode(node) }
}

function encode({ partial, value, hashed, children }: Omit<Node, 'encoded'>): string {
  const digits = partial.length % 2 === 0 ? partial : `0${partial}`
  const stored = value === undefined ? '' : hashed ? blake2(`0x${value}`).slice(2) : sized(value)
  if (children.size === 0)
    return header(hashed ? 0x20 : 0x40, hashed ? 31 : 63, partial.length) + digits + stored
  const bitmap = [...children.keys()].reduce((map, digit) => map | (1 << digit), 0)
  const kind = value === undefined ? 0x80 : hashed ? 0x10 : 0xc0
  const references = [...children.values()].map(({ encoded }) =>
    sized(isHashed(encoded) ? blake2(`0x${encoded}`).slice(2) : encoded),
  )
  return (
    header(kind, kind === 0x10 ? 15 : 63, partial.length) +
    digits +
    byte(bitmap & 0xff) +
    byte(bitmap >> 8) +
    stored +
    references.join('')
  )
}

/** Nodes of 32 bytes and more stand in their branch by their hash. */
function isHashed(encoded: string): boolean {
  return encoded.length >= 64
}

/** A kind of node, and a count that goes on in further bytes from `full` on. */
function header(kind: number, full: number, count: number): string {
  if (count < full) return byte(kind | count)
  const rest = count - full
  return byte(kind | full) + 'ff'.repeat(Math.floor(rest / 255)) + byte(rest % 255)
}

/** Digits behind their length in SCALE's compact form. */
function sized(digits: string): string {
  const length = digits.length / 2
  if (length < 64) return byte(length << 2) + digits
  if (length < 2 ** 14) return littleEndian((length << 2) | 1, 2) + digits
  return littleEndian(length * 4 + 2, 4) + digits
}

function littleEndian(number: number, bytes: number): string {
  return Array.from({ length: bytes }, (_, i) => byte(Math.floor(number / 256 ** i) % 256)).join('')
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}
