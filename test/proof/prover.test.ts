import { blake2b } from '@noble/hashes/blake2.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { blake2, Trie } from '../../ts/demo/trie.ts'
import { loadProver, type Prover, type ProverKind } from '../../ts/proof/index.ts'
import { Random } from '../chain/random.ts'
import { type Answer, type Case, readCases } from './vectors.ts'

const KINDS: readonly ProverKind[] = ['native', 'wasm']
const cases = readCases()
const known = cases.filter(({ state }) => state !== null)

/** What it gives, or the kind of the typed error. */
function outcome<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    const { name, kind } = error as { name?: string; kind?: string }
    if (name === 'ChainError') return kind!
    throw error
  }
}

/** Which values of a state are by their hash: in the last of the three kinds of state, those that were changed. */
function versionsOf({ version, state }: Case): (key: string) => 0 | 1 {
  if (version !== '0, then 1') return () => (version === '0' ? 0 : 1)
  const changed = new Set(state!.filter((_, i) => i % 2 === 0).map(([key]) => key))
  return (key) => (changed.has(key) ? 1 : 0)
}

test('there are states of every kind', () => {
  const versions = cases.map(({ version }) => version)
  expect(['0', '1', '0, then 1'].map((one) => versions.filter((version) => version === one).length)).toEqual([
    7, 6, 6,
  ])
  expect(known).toHaveLength(18)
})

test.each(known)('the trie of these tests is the one of sp-trie: $name, $version', (one) => {
  const trie = Trie.of(new Map(one.state), versionsOf(one))
  expect(trie.root).toBe(one.root)
  for (const { asked, nodes } of one.answers) expect(trie.proof(asked!)).toEqual(nodes)
})

describe.each(KINDS)('%s', (kind) => {
  let prover: Prover
  beforeAll(async () => {
    prover = await loadProver({ prefer: kind })
    expect(prover.kind).toBe(kind)
  })

  test.each(cases)('$name, $version: values and listings as sp-trie finds them', (one) => {
    for (const answer of one.answers) {
      const { nodes, values } = answer
      const proved = values.filter(([, value]) => value !== 'unproved')
      const keys = proved.map(([key]) => key)
      expect(prover.values(one.root, nodes, keys)).toEqual(proved.map(([, value]) => value))
      for (const [key] of values.filter(([, value]) => value === 'unproved'))
        expect(outcome(() => prover.values(one.root, nodes, [...keys, key]))).toBe('unproved')
      for (const listing of answer.listings) checkListing(prover, one, answer, listing)
    }
  })

  test('hashes of accounts: of keys as another implementation has them, of addresses too', () => {
    const random = new Random(72)
    const accounts = [
      '00'.repeat(32),
      'ff'.repeat(32),
      ...Array.from({ length: 500 }, () => random.account()),
    ]
    const { hashes, checksums } = prover.accounts(accounts)
    for (const [i, account] of accounts.entries()) {
      const bytes = Buffer.from(account, 'hex')
      expect(hashes[i]).toBe(Buffer.from(blake2b(bytes, { dkLen: 16 })).toString('hex'))
      const checksum = blake2b(Buffer.concat([Buffer.from('SS58PRE*'), bytes])).subarray(0, 2)
      expect(checksums[i]).toBe(Buffer.from(checksum).readUInt16BE())
    }
    expect(prover.accounts([])).toEqual({ hashes: [], checksums: new Uint16Array(0) })
  })

  /** Every byte of every node, one after the other. */
  test.each(known.filter(({ name }) => name !== 'maps'))(
    '$name, $version: no change of a byte passes',
    (one) => {
      const small = one.answers.filter(({ asked }) => asked!.length < 3)
      expect(small.length).toBeGreaterThan(0)
      for (const { asked, nodes } of small) {
        for (const changed of changedBytes(nodes))
          expect(outcome(() => prover.values(one.root, changed, asked!))).toBe('unproved')
      }
    },
  )

  test('a larger state: no change of random bytes passes, nor a node left out', () => {
    const random = new Random(71)
    const one = known.find(({ name, version }) => name === 'maps' && version === '1')!
    for (const { asked, nodes } of one.answers) {
      for (let i = 0; i < 200; i++) {
        const at = random.int(nodes.length)
        const byte = random.int(nodes[at]!.length / 2 - 1)
        const changed = nodes.with(at, changedAt(nodes[at]!, byte, 1 + random.int(255)))
        expect(outcome(() => prover.values(one.root, changed, asked!))).toBe('unproved')
      }
      for (const at of nodes.keys())
        expect(outcome(() => prover.values(one.root, nodes.toSpliced(at, 1), asked!))).toBe('unproved')
    }
  })

  test('a listing that leaves out or adds a key, or is proved for a page too few', () => {
    const key = (i: number): string => blake2(`0x${i.toString(16).padStart(4, '0')}`)
    const trie = Trie.of(new Map(Array.from({ length: 120 }, (_, i) => [key(i), '0x01'])))
    const all = Array.from({ length: 120 }, (_, i) => key(i)).sort()
    const check = (keys: readonly string[], last: boolean, after?: string, asked = keys): string => {
      const listing = { prefix: '0x', after, keys, last }
      const nodes = trie.proof(prover.asked({ ...listing, keys: asked }))
      return outcome(() => prover.listing(trie.root, nodes, listing) as undefined) ?? 'proved'
    }
    expect(check(all, true)).toBe('proved')
    expect(check(all.slice(0, 40), false)).toBe('proved')
    expect(check(all.slice(40, 80), false, all[39])).toBe('proved')
    expect(check(all.slice(80), true, all[79])).toBe('proved')
    expect(check([], true, all[119])).toBe('proved')
    for (const at of all.keys()) {
      const fewer = all.toSpliced(at, 1)
      // Whether the node proves what it lists, or all that there is.
      expect(check(fewer, true)).toBe('unproved')
      expect(check(fewer, true, undefined, all)).toBe('unproved')
      expect(check(all.toSpliced(at, 0, `${all[at]!.slice(0, -2)}00`).toSorted(), true)).toBe('unproved')
    }
    expect(check(all.slice(0, 119), true)).toBe('unproved')
    expect(check(all.slice(41, 80), false, all[39])).toBe('unproved')
    expect(check([], true)).toBe('unproved')
  })

  test.each([
    ['no nodes', []],
    ['text', ['nothing']],
    ['half a byte', ['0x0']],
    ['characters beyond ASCII', ['0xää', '0x€']],
    ['half a pair of surrogates', ['0x\ud800']],
    ['an empty node', ['0x']],
    ['a hundred thousand nodes', Array.from({ length: 100_000 }, () => '0x00')],
  ])('%s', (_, nodes) => {
    const root = blake2('0x0102')
    expect(outcome(() => prover.values(root, nodes, ['0x1234']))).toBe('unproved')
    expect(
      outcome(() => prover.listing(root, nodes, { prefix: '0x', after: undefined, keys: [], last: true })),
    ).toBe('unproved')
  })

  test('a key that is no hex, or longer than any', () => {
    const trie = Trie.of(new Map([['0x1234', '0x01']]))
    const ask = (key: string) => outcome(() => prover.values(trie.root, trie.proof([]), [key]))
    expect([ask('0x1234'), ask('0x12'), ask('1234'), ask('0x123'), ask(`0x${'12'.repeat(1025)}`)]).toEqual([
      ['0x01'],
      [null],
      'unproved',
      'unproved',
      'unproved',
    ])
  })
})

test('another implementation than there is', async () => {
  await expect(loadProver({ prefer: 'magic' as ProverKind })).rejects.toMatchObject({ code: 'engine' })
})

function checkListing(
  prover: Prover,
  { root, state }: Case,
  { asked, nodes }: Answer,
  [prefix, found]: Answer['listings'][number],
): void {
  const check = (keys: readonly string[]): string | undefined =>
    outcome(() => {
      prover.listing(root, nodes, { prefix, after: undefined, keys, last: true })
      return undefined
    })
  if (found === 'unproved') {
    const keys = state?.map(([key]) => key).filter((key) => key.startsWith(prefix)) ?? []
    expect(check(keys)).toBe('unproved')
    return
  }
  // The answer has to be for the keys that are listed, and for not many more: with their values, and with no more nodes
  // than can lie on the way to them.
  const digits = [prefix, ...found].reduce((sum, key) => sum + key.length, 0)
  const answers = asked === undefined || [prefix, ...found].every((key) => asked.includes(key))
  const whole = answers && nodes.length <= digits
  if (whole) expect(check(found)).toBeUndefined()
  if (found.length > 0) expect(check(found.slice(1))).toBe('unproved')
}

function* changedBytes(nodes: readonly string[]): Generator<readonly string[]> {
  for (const [at, node] of nodes.entries()) {
    for (let byte = 0; byte < node.length / 2 - 1; byte++)
      yield nodes.with(at, changedAt(node, byte, 1 << (byte % 8)))
  }
}

/** Hex with the bits of one byte changed. */
function changedAt(hex: string, byte: number, bits: number): string {
  const at = 2 + 2 * byte
  const changed = Number.parseInt(hex.slice(at, at + 2), 16) ^ bits
  return hex.slice(0, at) + changed.toString(16).padStart(2, '0') + hex.slice(at + 2)
}
