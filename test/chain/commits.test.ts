import { describe, expect, test } from 'vitest'
import {
  COMMITS_BEFORE_306,
  COMMITS_BY_BLOCK,
  COMMITS_BY_COUNTER,
  type CommitContext,
  type CommitRule,
  commitBlocks,
  type MechanismCommits,
  maturingCommits,
  NO_COMMIT,
} from '../../ts/chain/commits.ts'
import { connect } from '../../ts/chain/index.ts'
import type { SubnetItems } from '../../ts/snapshot/network.ts'
import { FakeChain } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { ChainServer } from './server.ts'
import { missingShared, realRuntime } from './shared.ts'

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
    const timelocked = [
      {
        epoch: 0n,
        commits: [
          { account: 'alice', commitBlock: 74n },
          { account: 'bob', commitBlock: 75n },
        ],
      },
    ]
    expect(blocks(COMMITS_BY_BLOCK, where, { timelocked })).toEqual([NO_COMMIT, 75n])
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
    expect(maturingCommits(COMMITS_BEFORE_306, modulo, 0, commits, UIDS)).toEqual([
      { mechanism: 0, uid: 1, commitBlock: 80n },
    ])
  })
})

describe.skipIf(missingShared !== undefined)('commits that were pulled', () => {
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
    await using server = await ChainServer.start(new FakeChain([blockOf(realRuntime(spec), BLOCK, [subnet])]))
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
    await using server = await ChainServer.start(new FakeChain([blockOf(realRuntime(424), BLOCK, [subnet])]))
    await using chain = await connect(server.url)
    const snapshot = await chain.subnet(7)
    expect(snapshot.commitRevealEnabled).toBe(false)
    expect(snapshot.mechanisms[0]!.commitBlocks).toHaveLength(0)
    expect(server.counts.state_getKeysPaged).toBeUndefined()
  })

  test('spec 240 masks none', async () => {
    const subnet = makeSubnet({ netuid: 7, n: 20, validators: 5, seed: 5, block: BLOCK, commitReveal: true })
    await using server = await ChainServer.start(new FakeChain([blockOf(realRuntime(240), BLOCK, [subnet])]))
    await using chain = await connect(server.url)
    const { mechanisms } = await chain.subnet(7)
    expect([...mechanisms[0]!.commitBlocks]).toEqual(Array.from({ length: 20 }, () => NO_COMMIT))
  })
})
