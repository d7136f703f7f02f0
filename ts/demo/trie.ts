import { blake2b } from '@noble/hashes/blake2.js'
import { bytesToHex, hexToBytes } from '../chain/hex.ts'

/** The layout of a value's node: with all values in place, or with those of 33 bytes and more by their hash. */
export type StateVersion = 0 | 1

/** Values of so many bytes and more are hashed in version 1. */
const HASHED_FROM = 33
/** Digits of a node from which on it stands in its branch by its hash. */
const REFERENCED_FROM = 64

/** Changes of a state: keys and values as hex with `0x`, null for a key that goes. */
export type Changes = ReadonlyMap<string, string | null>

/** The hash of bytes, all as hex with `0x`. */
export function blake2(hex: string): string {
  return `0x${hashOf(hex.slice(2))}`
}

function hashOf(digits: string): string {
  return bytesToHex(blake2b(hexToBytes(digits), { dkLen: 32 }))
}

/** A node of the trie and all below it. It never changes: what would change it makes another. */
class Node {
  /** Digits between its branch and itself. */
  readonly partial: string
  /** Digits. */
  readonly value: string | undefined
  /** Whether the value's hash stands in place of the value. */
  readonly hashed: boolean
  /** By their digit, ascending. */
  readonly children: ReadonlyMap<string, Node>
  #reference: string | undefined
  #valueHash: string | undefined

  constructor(
    partial: string,
    value: string | undefined,
    hashed: boolean,
    children: ReadonlyMap<string, Node> = NO_CHILDREN,
  ) {
    this.partial = partial
    this.value = value
    this.hashed = hashed
    this.children = children
  }

  /** The same node behind other digits. */
  behind(partial: string): Node {
    return new Node(partial, this.value, this.hashed, this.children)
  }

  /** The same node with one child replaced, added or taken away. */
  withChild(digit: string, child: Node | undefined): Node {
    const others = [...this.children].filter(([own]) => own !== digit)
    const all = child === undefined ? others : [...others, [digit, child] as const]
    const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1))
    return new Node(this.partial, this.value, this.hashed, new Map(sorted))
  }

  /** All of it, as digits. */
  get encoded(): string {
    const { partial, value, hashed, children } = this
    const digits = partial.length % 2 === 0 ? partial : `0${partial}`
    const stored = value === undefined ? '' : hashed ? this.#hashOfValue(value) : sized(value)
    if (children.size === 0)
      return header(hashed ? 0x20 : 0x40, hashed ? 31 : 63, partial.length) + digits + stored
    const bitmap = [...children.keys()].reduce((map, digit) => map | (1 << Number.parseInt(digit, 16)), 0)
    const kind = value === undefined ? 0x80 : hashed ? 0x10 : 0xc0
    const references = [...children.values()].map((child) => sized(child.reference))
    return (
      header(kind, kind === 0x10 ? 15 : 63, partial.length) +
      digits +
      byte(bitmap & 0xff) +
      byte(bitmap >> 8) +
      stored +
      references.join('')
    )
  }

  /** What stands for it in its branch, as digits: its hash, or all of a small one. */
  get reference(): string {
    this.#reference ??= this.#referenceOf(this.encoded)
    return this.#reference
  }

  #hashOfValue(value: string): string {
    this.#valueHash ??= hashOf(value)
    return this.#valueHash
  }

  #referenceOf(encoded: string): string {
    return encoded.length >= REFERENCED_FROM ? hashOf(encoded) : encoded
  }
}

const NO_CHILDREN: ReadonlyMap<string, Node> = new Map()

/**
 * The trie of a state, as substrate's runtimes have it. It never changes: a state that follows shares with it all that
 * stayed, so that many states of a chain take little more room than one. Keys and values are hex with `0x`.
 */
export class Trie {
  readonly #top: Node | undefined

  private constructor(top: Node | undefined) {
    this.#top = top
  }

  /** @param version The layout of all values, or of each by its key. */
  static of(
    state: ReadonlyMap<string, string>,
    version: StateVersion | ((key: string) => StateVersion) = 1,
  ): Trie {
    return new Trie(undefined).with(state, version)
  }

  /** The state after changes. */
  with(changes: Changes, version: StateVersion | ((key: string) => StateVersion) = 1): Trie {
    const versionOf = typeof version === 'number' ? () => version : version
    let top = this.#top
    for (const [key, value] of changes) {
      const digits = key.slice(2)
      top = value === null ? without(top, digits, 0) : put(top, digits, 0, value.slice(2), versionOf(key))
    }
    return new Trie(top)
  }

  /** The state root. */
  get root(): string {
    return blake2(`0x${this.#top?.encoded ?? '00'}`)
  }

  /** The value of a key, `undefined` where nothing is stored. */
  get(key: string): string | undefined {
    for (const { value, isThere } of this.#way(key.slice(2)))
      if (isThere) return value === undefined ? undefined : `0x${value}`
    return undefined
  }

  /** Keys that begin with a prefix and come after another one, ascending, as many as asked for. */
  keys(prefix: string, count: number, after = ''): readonly string[] {
    const found: string[] = []
    if (this.#top !== undefined)
      list(this.#top, '', { prefix: prefix.slice(2), after: after.slice(2), count, found })
    return found
  }

  /** The nodes that reading keys passes, each once: what `state_getReadProof` gives. */
  proof(keys: readonly string[]): string[] {
    const nodes = new Set<string>([this.#top?.encoded ?? '00'])
    // Keys share most of their ways.
    const passed = new Set<Node>()
    for (const key of keys) {
      for (const { node, isThere } of this.#way(key.slice(2))) {
        if (isThere && node.hashed) nodes.add(node.value!)
        if (passed.has(node)) continue
        passed.add(node)
        const { encoded } = node
        if (encoded.length >= REFERENCED_FROM) nodes.add(encoded)
      }
    }
    return [...nodes].sort().map((node) => `0x${node}`)
  }

  /** The nodes on the way to a key, from the top on; the last may be the key's own. */
  *#way(digits: string): Generator<{ node: Node; value: string | undefined; isThere: boolean }> {
    let node = this.#top
    for (let at = 0; node !== undefined; at++) {
      const goesOn = digits.startsWith(node.partial, at)
      at += node.partial.length
      const isThere = goesOn && at === digits.length
      yield { node, value: node.value, isThere }
      if (!goesOn || isThere) return
      node = node.children.get(digits[at]!)
    }
  }
}

/** The node with a value put below it. So many of the digits were on the way to it. */
function put(node: Node | undefined, digits: string, at: number, value: string, version: StateVersion): Node {
  const hashed = version === 1 && value.length >= 2 * HASHED_FROM
  if (node === undefined) return new Node(digits.slice(at), value, hashed)
  const { partial } = node
  let shared = 0
  while (shared < partial.length && partial[shared] === digits[at + shared]) shared++
  if (shared < partial.length) {
    const below = new Map([[partial[shared]!, node.behind(partial.slice(shared + 1))]])
    return put(new Node(partial.slice(0, shared), undefined, false, below), digits, at, value, version)
  }
  const end = at + shared
  if (end === digits.length) return new Node(partial, value, hashed, node.children)
  const digit = digits[end]!
  return node.withChild(digit, put(node.children.get(digit), digits, end + 1, value, version))
}

/** The node without a key; nothing where nothing is left. */
function without(node: Node | undefined, digits: string, at: number): Node | undefined {
  if (node === undefined || !digits.startsWith(node.partial, at)) return node
  const end = at + node.partial.length
  if (end === digits.length) return closed(new Node(node.partial, undefined, false, node.children))
  const digit = digits[end]!
  const child = node.children.get(digit)
  const left = without(child, digits, end + 1)
  return left === child ? node : closed(node.withChild(digit, left))
}

/** A node that holds nothing goes, and one that only leads to another is part of the way to it. */
function closed(node: Node): Node | undefined {
  const { partial, value, children } = node
  if (value !== undefined || children.size > 1) return node
  const [only] = children
  if (only === undefined) return undefined
  const [digit, child] = only
  return child.behind(partial + digit + child.partial)
}

interface Listed {
  readonly prefix: string
  readonly after: string
  readonly count: number
  readonly found: string[]
}

/** @param way The digits on the way to the node. */
function list(node: Node, way: string, listed: Listed): void {
  const { prefix, after, count, found } = listed
  const digits = way + node.partial
  const mayBegin = digits.startsWith(prefix) || prefix.startsWith(digits)
  // All that is below comes before what is asked for, unless that is below too.
  if (!mayBegin || (digits < after && !after.startsWith(digits))) return
  if (node.value !== undefined && digits.startsWith(prefix) && (digits > after || after === ''))
    found.push(`0x${digits}`)
  for (const [digit, child] of node.children) {
    if (found.length >= count) break
    list(child, digits + digit, listed)
  }
  found.splice(count)
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
