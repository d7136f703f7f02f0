import type { MaturingCommit, SubnetItems } from '../snapshot/network.ts'
import type { CommitNumbers, TimelockedCommit } from './kinds.ts'

/** Block of a uid that has no unexpired commit. */
export const NO_COMMIT: bigint = 0xffff_ffff_ffff_ffffn

/** When and of which subnet commits are looked at. */
export interface CommitContext {
  readonly netuid: number
  readonly subnet: SubnetItems
  /** Block in which the epoch runs. */
  readonly block: bigint
  /** `RevealPeriodEpochs`. */
  readonly revealPeriod: bigint
}

/**
 * What the numbers of a commit mean and when it is past its time. An epoch's commit is expired once the current
 * epoch is beyond its own by more than the reveal period.
 */
export interface CommitRule {
  /** Which of the three numbers of a `WeightCommits` entry is the block. */
  readonly blockAt: 0 | 1
  /** Number of the current epoch when the epoch's masks are made. */
  currentEpoch(context: CommitContext): bigint
  /** Number of the epoch that a `WeightCommits` entry counts as. */
  epochOf(context: CommitContext, numbers: CommitNumbers): bigint
  /** Number of the epoch that a timelocked commit counts as. */
  epochOfTimelocked(context: CommitContext, key: bigint, commit: TimelockedCommit): bigint
  /**
   * Number of the epoch whose timelocked commits are revealed while the current one is `current`; null for none. Those of
   * earlier ones are removed.
   */
  revealedEpoch(current: bigint, revealPeriod: bigint): bigint | null
}

/** Number of the epoch that a block lies in, as commits counted before spec 423. */
export function moduloEpochIndex(netuid: number, tempo: number, block: bigint): bigint {
  return (block + BigInt(netuid) + 1n) / (BigInt(tempo) + 1n)
}

/** Specs 301 to 422: the commit's block says which epoch it belongs to. */
export const COMMITS_BY_BLOCK: CommitRule = {
  blockAt: 0,
  currentEpoch: ({ netuid, subnet, block }) => moduloEpochIndex(netuid, subnet.tempo, block),
  epochOf: ({ netuid, subnet }, numbers) => moduloEpochIndex(netuid, subnet.tempo, numbers[0]),
  epochOfTimelocked: ({ netuid, subnet }, _key, commit) =>
    moduloEpochIndex(netuid, subnet.tempo, commit.commitBlock),
  revealedEpoch: (current, revealPeriod) => (current < revealPeriod ? null : current - revealPeriod),
}

/** Up to spec 300: revealed one epoch earlier. */
export const COMMITS_BEFORE_301: CommitRule = {
  ...COMMITS_BY_BLOCK,
  revealedEpoch: (current, revealPeriod) => {
    if (current < 2n) return null
    const lag = revealPeriod > 0n ? revealPeriod - 1n : 0n
    return current > lag ? current - lag : 0n
  },
}

/** From spec 423 on: commits carry the subnet's epoch counter, which has gone up when the epoch runs. */
export const COMMITS_BY_COUNTER: CommitRule = {
  ...COMMITS_BY_BLOCK,
  blockAt: 1,
  currentEpoch: ({ subnet }) => subnet.subnetEpochIndex + 1n,
  epochOf: (_context, numbers) => numbers[0],
  epochOfTimelocked: (_context, key) => key,
}

/** The epoch whose timelocked commits the block of an epoch reveals before it runs, null for none. */
export function revealedEpoch(rule: CommitRule, context: CommitContext): bigint | null {
  return rule.revealedEpoch(rule.currentEpoch(context), context.revealPeriod)
}

/** Timelocked commits of one epoch of one mechanism. */
export interface TimelockedQueue {
  /** The epoch of their storage key. */
  readonly epoch: bigint
  readonly commits: readonly TimelockedCommit[]
}

/** All commits of one mechanism. */
export interface MechanismCommits {
  /** `WeightCommits` by uid, null for none. */
  readonly byUid: readonly (readonly CommitNumbers[] | null)[]
  readonly timelocked: readonly TimelockedQueue[]
}

/**
 * Block of the earliest unexpired commit of each uid, {@link NO_COMMIT} for none.
 *
 * Follows `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs`: of a hotkey's own queue the first
 * unexpired entry counts, of the timelocked ones each. Those of epochs before the one that is revealed are removed before
 * the epoch runs.
 */
export function commitBlocks(
  rule: CommitRule,
  context: CommitContext,
  commits: MechanismCommits,
  uidOf: ReadonlyMap<string, number>,
): BigUint64Array {
  const blocks = new BigUint64Array(commits.byUid.length).fill(NO_COMMIT)
  const current = rule.currentEpoch(context)
  const revealed = revealedEpoch(rule, context) ?? 0n
  const isLive = (epoch: bigint): boolean => current <= saturate(epoch + context.revealPeriod)
  const lower = (uid: number | undefined, block: bigint): void => {
    if (uid !== undefined && block < blocks[uid]!) blocks[uid] = block
  }
  for (const [uid, queue] of commits.byUid.entries()) {
    const live = queue?.find((numbers) => isLive(rule.epochOf(context, numbers)))
    if (live !== undefined) lower(uid, live[rule.blockAt])
  }
  for (const { epoch, commits: queue } of commits.timelocked) {
    if (epoch < revealed) continue
    for (const commit of queue) {
      if (isLive(rule.epochOfTimelocked(context, epoch, commit)))
        lower(uidOf.get(commit.account), commit.commitBlock)
    }
  }
  return blocks
}

/**
 * Timelocked commits that the block of the epoch reveals before the epoch runs. Follows
 * `pallets/subtensor/src/coinbase/reveal_commits.rs`.
 */
export function maturingCommits(
  rule: CommitRule,
  context: CommitContext,
  mechanism: number,
  commits: MechanismCommits,
  uidOf: ReadonlyMap<string, number>,
): readonly MaturingCommit[] {
  const revealed = revealedEpoch(rule, context)
  return commits.timelocked
    .filter((queue) => queue.epoch === revealed)
    .flatMap((queue) => queue.commits)
    .flatMap(({ account, commitBlock }) => {
      const uid = uidOf.get(account)
      return uid === undefined ? [] : [{ mechanism, uid, commitBlock }]
    })
}

function saturate(value: bigint): bigint {
  return value > NO_COMMIT ? NO_COMMIT : value
}
