import { describe, expect, test } from 'vitest'
import {
  COMMITS_BEFORE_301,
  COMMITS_BY_BLOCK,
  COMMITS_BY_COUNTER,
  type CommitContext,
  type CommitRule,
  commitBlocks,
  type MechanismCommits,
  maturingCommits,
  NO_COMMIT,
  revealedEpoch,
} from '../../ts/chain/commits.ts'
import { connect } from '../../ts/chain/index.ts'
import { COMMITS, type Item } from '../../ts/chain/items.ts'
import type { ChainSnapshot, SubnetItems } from '../../ts/snapshot/network.ts'
import type { Encodable } from './encode.ts'
import { FakeChain, sealed } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { historyRuntime } from './history-runtime.ts'
import { ChainServer } from './server.ts'
import { METADATA, RUNTIMES } from './shared.ts'
import { StorageWriter } from './writer.ts'

const UIDS: ReadonlyMap<string, number> = new Map([
  ['alice', 0],
  ['bob', 1],
])

function context(subnet: Partial<SubnetItems>, block: bigint, revealPeriod: bigint): CommitContext {
  return { netuid: 1, subnet: subnet as SubnetItems, block, revealPeriod }
}

function blocks(
  rule: CommitRule,
  where: CommitContext,
  commits: Partial<MechanismCommits>,
): readonly bigint[] {
  return [...commitBlocks(rule, where, { byUid: [null, null], timelocked: [], ...commits }, UIDS)]
}

describe('commits that mask weights', () => {
  test('by counter: an epoch beyond the reveal period is expired, the one at it is not', () => {
    // The counter has gone to 11 when the masks are made.
    const where = context({ subnetEpochIndex: 10n, tempo: 360 }, 5000n, 3n)
    const byUid = [[[7n, 70n, 0n] as const], [[8n, 80n, 0n] as const]]
    expect(blocks(COMMITS_BY_COUNTER, where, { byUid })).toEqual([NO_COMMIT, 80n])
  })

  test("by counter: of a hotkey's own queue the first that lives counts, not the earliest", () => {
    const where = context({ subnetEpochIndex: 10n, tempo: 360 }, 5000n, 3n)
    const byUid = [
      [
        [7n, 10n, 0n],
        [9n, 90n, 0n],
        [8n, 20n, 0n],
      ] as const,
      null,
    ]
    expect(blocks(COMMITS_BY_COUNTER, where, { byUid })).toEqual([90n, NO_COMMIT])
  })

  test('by counter: of timelocked ones the earliest counts, of those with a uid', () => {
    const where = context({ subnetEpochIndex: 10n, tempo: 360 }, 5000n, 3n)
    const timelocked = [
      { epoch: 7n, commits: [{ account: 'alice', commitBlock: 1n }] },
      {
        epoch: 9n,
        commits: [
          { account: 'alice', commitBlock: 95n },
          { account: 'alice', commitBlock: 91n },
          { account: 'carol', commitBlock: 2n },
        ],
      },
      // A key beyond the counter is no reason to leave it out.
      { epoch: 12n, commits: [{ account: 'bob', commitBlock: 120n }] },
    ]
    expect(blocks(COMMITS_BY_COUNTER, where, { timelocked })).toEqual([91n, 120n])
  })

  test('by block: the commit block says its epoch', () => {
    // Epochs of 11 blocks; netuid 1 shifts them by 2. Block 100 is in epoch 9, block 75 in 7, block 74 in 6.
    const where = context({ tempo: 10 }, 100n, 2n)
    const byUid = [[[74n, 0n, 0n] as const], [[75n, 0n, 0n] as const]]
    expect(blocks(COMMITS_BY_BLOCK, where, { byUid })).toEqual([NO_COMMIT, 75n])
    // The key of a timelocked one is another epoch where the tempo changed since.
    const commits = [
      { account: 'alice', commitBlock: 74n },
      { account: 'bob', commitBlock: 75n },
    ]
    const timelocked = [{ epoch: 7n, commits }]
    expect(blocks(COMMITS_BY_BLOCK, where, { timelocked })).toEqual([NO_COMMIT, 75n])
    // What is before the epoch that is revealed is removed before masks are made.
    expect(blocks(COMMITS_BY_BLOCK, where, { timelocked: [{ epoch: 6n, commits }] })).toEqual([
      NO_COMMIT,
      NO_COMMIT,
    ])
  })

  test('which epoch is revealed, and when none is', () => {
    const modulo = (block: bigint, period: bigint) => context({ tempo: 10 }, block, period)
    // Block 20 is in epoch 2, block 9 in 1.
    expect(revealedEpoch(COMMITS_BY_BLOCK, modulo(20n, 2n))).toBe(0n)
    expect(revealedEpoch(COMMITS_BY_BLOCK, modulo(20n, 3n))).toBeNull()
    expect(revealedEpoch(COMMITS_BEFORE_301, modulo(20n, 2n))).toBe(1n)
    expect(revealedEpoch(COMMITS_BEFORE_301, modulo(20n, 9n))).toBe(0n)
    expect(revealedEpoch(COMMITS_BEFORE_301, modulo(20n, 0n))).toBe(2n)
    expect(revealedEpoch(COMMITS_BEFORE_301, modulo(9n, 1n))).toBeNull()
    const counter = context({ subnetEpochIndex: 1n, tempo: 10 }, 20n, 3n)
    expect(revealedEpoch(COMMITS_BY_COUNTER, counter)).toBeNull()
  })

  test('what the block of the epoch reveals is named', () => {
    const timelocked = [
      { epoch: 7n, commits: [{ account: 'alice', commitBlock: 70n }] },
      { epoch: 8n, commits: [{ account: 'bob', commitBlock: 80n }] },
      {
        epoch: 9n,
        commits: [
          { account: 'alice', commitBlock: 90n },
          { account: 'carol', commitBlock: 91n },
        ],
      },
    ]
    const commits = { byUid: [null, null], timelocked }
    const counter = context({ subnetEpochIndex: 10n, tempo: 360 }, 5000n, 3n)
    expect(maturingCommits(COMMITS_BY_COUNTER, counter, 1, commits, UIDS)).toEqual([
      { mechanism: 1, uid: 1, commitBlock: 80n },
    ])
    const modulo = context({ tempo: 10 }, 100n, 2n)
    expect(maturingCommits(COMMITS_BY_BLOCK, modulo, 0, commits, UIDS)).toEqual([
      { mechanism: 0, uid: 0, commitBlock: 70n },
    ])
    expect(maturingCommits(COMMITS_BEFORE_301, modulo, 0, commits, UIDS)).toEqual([
      { mechanism: 0, uid: 1, commitBlock: 80n },
    ])
  })
})

for (const { name, missing, of: runtimeOf } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`commits that were pulled, ${name}`, () => {
    const BLOCK = 720_000

    test.each([393, 424])('spec %i: both kinds, of both mechanisms', async (spec) => {
      const subnet = makeSubnet({
        netuid: 7,
        n: 20,
        validators: 5,
        seed: 5,
        block: BLOCK,
        mechanisms: 2,
        commitReveal: true,
      })
      await using server = await ChainServer.start(new FakeChain([blockOf(runtimeOf(spec), BLOCK, [subnet])]))
      await using chain = await connect(server.url)
      const snapshot = await chain.subnet(7)
      const index = subnet.subnetEpochIndex
      for (const [i, { commitBlocks: pulled }] of snapshot.mechanisms.entries()) {
        const expected = Array.from({ length: 20 }, () => NO_COMMIT)
        const lower = (uid: number, block: bigint): void => {
          if (uid >= 0 && block < expected[uid]!) expected[uid] = block
        }
        const epochOf = (block: bigint): bigint => (block + 8n) / 361n
        const live = (epoch: bigint, block: bigint): boolean =>
          spec >= 423 ? index + 1n <= epoch + 3n : epochOf(snapshot.block) <= epochOf(block) + 3n
        for (const [uid, entries] of subnet.weightCommits[i]!) {
          // Before 423 the first number is the block, from 423 on the second.
          const found = entries.find(([first]) => live(first, first))
          if (found !== undefined) lower(uid, spec >= 423 ? found[1] : found[0])
        }
        for (const [epoch, entries] of subnet.timelocked[i]!) {
          for (const [account, block] of entries) {
            if (live(epoch, block)) lower(subnet.hotkeys.indexOf(account), block)
          }
        }
        expect([...pulled]).toEqual(expected)
        expect(expected.some((block) => block !== NO_COMMIT)).toBe(true)
      }
      if (spec < 423) return
      const [first] = subnet.timelocked[0]!.get(index - 2n)!
      expect(snapshot.maturingCommits[0]).toEqual({ mechanism: 0, uid: 0, commitBlock: first![1] })
      expect(snapshot.maturingCommits.map(({ mechanism }) => mechanism)).toEqual([0, 1])
    })

    test('none is asked for where commit-reveal is off', async () => {
      const subnet = makeSubnet({ netuid: 7, n: 20, validators: 5, seed: 5, block: BLOCK })
      await using server = await ChainServer.start(new FakeChain([blockOf(runtimeOf(424), BLOCK, [subnet])]))
      await using chain = await connect(server.url)
      const snapshot = await chain.subnet(7)
      expect(snapshot.commitRevealEnabled).toBe(false)
      expect(snapshot.mechanisms[0]!.commitBlocks).toHaveLength(0)
      expect(server.counts.state_getKeysPaged).toBeUndefined()
    })

    /** The state of a subnet with one more item, pulled. */
    async function pulledWith(
      spec: number,
      commitReveal: boolean,
      item: Item<unknown>,
      commit: Encodable,
      revealed: bigint,
    ): Promise<ChainSnapshot> {
      const subnet = makeSubnet({ netuid: 7, n: 20, validators: 5, seed: 5, block: BLOCK, commitReveal })
      const runtime = spec in METADATA ? runtimeOf(spec) : historyRuntime(spec)
      const writer = new StorageWriter(runtime)
      const block = blockOf(runtime, BLOCK, [{ ...subnet, timelocked: [new Map()], mechanisms: 1 }])
      for (const [key, value] of block.state) writer.state.set(key, value)
      writer.put(item, [7, revealed], [commit])
      // Of the epochs beside it nothing is due.
      for (const other of [revealed - 1n, revealed + 1n]) writer.put(item, [7, other], [])
      await using server = await ChainServer.start(new FakeChain([sealed({ ...block, state: writer.state })]))
      await using chain = await connect(server.url)
      return await chain.subnet(7)
    }

    const hotkey = makeSubnet({ netuid: 7, n: 20, validators: 5, seed: 5, block: BLOCK }).hotkeys[3]!
    const withBlock = [hotkey, 719_000n, 'c0ffee', 1n]
    const current = (BigInt(BLOCK) + 1n + 8n) / 361n

    /** Version, the item of its commits, an entry, the block that it says, and epochs from its key to the reveal. */
    const KEPT: readonly (readonly [number, Item<unknown>, Encodable, bigint, bigint])[] = [
      [240, COMMITS.timelockedBefore297, [hotkey, 'c0ffee', 1n], 0n, 2n],
      [300, COMMITS.timelockedBefore297, [hotkey, 'c0ffee', 1n], 0n, 2n],
      [297, COMMITS.timelockedBefore306, withBlock, 719_000n, 2n],
      [301, COMMITS.timelockedBefore306, withBlock, 719_000n, 3n],
      [306, COMMITS.timelocked, withBlock, 719_000n, 3n],
      [393, COMMITS.timelocked, withBlock, 719_000n, 3n],
    ]

    test.each(KEPT)(
      'spec %i: what the next block reveals, with commit-reveal on or off',
      async (spec, item, commit, commitBlock, lag) => {
        for (const commitReveal of [true, false]) {
          const { maturingCommits, mechanisms } = await pulledWith(
            spec,
            commitReveal,
            item,
            commit,
            current - lag,
          )
          expect(maturingCommits).toEqual([{ mechanism: 0, uid: 3, commitBlock }])
          const masks = commitReveal && item !== COMMITS.timelockedBefore297
          expect(mechanisms[0]!.commitBlocks[3]).toBe(
            commitReveal ? (masks ? commitBlock : NO_COMMIT) : undefined,
          )
        }
        const early = await pulledWith(spec, false, item, commit, current - lag - 1n)
        expect(early.maturingCommits).toEqual([])
      },
    )

    test('spec 240 masks none', async () => {
      const subnet = makeSubnet({
        netuid: 7,
        n: 20,
        validators: 5,
        seed: 5,
        block: BLOCK,
        commitReveal: true,
      })
      await using server = await ChainServer.start(new FakeChain([blockOf(runtimeOf(240), BLOCK, [subnet])]))
      await using chain = await connect(server.url)
      const { mechanisms } = await chain.subnet(7)
      expect([...mechanisms[0]!.commitBlocks]).toEqual(Array.from({ length: 20 }, () => NO_COMMIT))
    })
  })
}
