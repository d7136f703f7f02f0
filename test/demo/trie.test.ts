import { expect, test } from 'vitest'
import { type StateVersion, Trie } from '../../ts/demo/trie.ts'
import { Random } from '../chain/random.ts'

/** Keys of few digits, so that they share branches, lie within one another, and come and go. */
function keyOf(random: Random): string {
  const bytes = 1 + random.int(4)
  const digits = Array.from({ length: bytes }, () => `${random.int(2)}${random.int(3)}`)
  return `0x${digits.join('')}`
}

function someValue(random: Random): string {
  return `0x${'ab'.repeat(random.int(40))}`
}

test.each([0, 1] as const)(
  'version %i: after changes it is the trie of the state that they leave',
  (version) => {
    const random = new Random(5 + version)
    let [trie, state] = [Trie.of(new Map(), version), new Map<string, string>()]
    for (let i = 0; i < 120; i++) {
      const before = { root: trie.root, trie }
      const changes = new Map<string, string | null>()
      for (let j = random.int(6); j >= 0; j--)
        changes.set(keyOf(random), random.chance(i < 60 ? 0.3 : 0.7) ? null : someValue(random))
      trie = trie.with(changes, version)
      state = new Map(state)
      for (const [key, value] of changes) {
        if (value === null) state.delete(key)
        else state.set(key, value)
      }
      expectSame(trie, state, version, random)
      // What it was before is still there.
      expect(before.trie.root).toBe(before.root)
    }
    const none = new Map([...state.keys()].map((key) => [key, null]))
    expect(trie.with(none, version).root).toBe(Trie.of(new Map(), version).root)
  },
)

function expectSame(
  trie: Trie,
  state: ReadonlyMap<string, string>,
  version: StateVersion,
  random: Random,
): void {
  const whole = Trie.of(new Map([...state].sort()), version)
  expect(trie.root).toBe(whole.root)
  const sorted = [...state.keys()].sort()
  expect(trie.keys('0x', 10_000)).toEqual(sorted)
  for (let i = 0; i < 5; i++) {
    const [key, prefix] = [keyOf(random), keyOf(random)]
    expect(trie.get(key)).toBe(state.get(key))
    expect(trie.proof([key, prefix])).toEqual(whole.proof([key, prefix]))
    const under = sorted.filter((own) => own.startsWith(prefix))
    expect(trie.keys(prefix, 10_000)).toEqual(under)
    expect(trie.keys('0x', 7, key)).toEqual(sorted.filter((own) => own > key).slice(0, 7))
    expect(trie.keys(prefix, 3, key)).toEqual(under.filter((own) => own > key).slice(0, 3))
  }
}
