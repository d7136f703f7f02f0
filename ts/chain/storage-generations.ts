import { COMMITS_BEFORE_301, COMMITS_BY_BLOCK, COMMITS_BY_COUNTER, type CommitRule } from './commits.ts'
import { COMMITS, EPOCH, type Item, MECHANISM, SUBNET } from './items.ts'
import type { TimelockedCommit } from './kinds.ts'
import type { Schema } from './schema.ts'

/** What storage meant in a span of versions, where items alone do not tell. */
export interface StorageGeneration {
  /** The item that began with it. */
  readonly mark?: Item<unknown>
  readonly commits: CommitRule
  /** Whether epochs look at commits that wait: before, they are read for what is revealed alone. */
  readonly commitsMask: boolean
  readonly timelocked: Item<readonly TimelockedCommit[] | null>
  /**
   * Where the consensus stands that liquid alpha takes of the epoch before: with each mechanism, or once for the subnet;
   * null where it takes none.
   */
  readonly consensusBefore: 'mechanism' | 'subnet' | null
}

/** Newest first: a runtime is of the first generation whose mark it has. */
const STORAGE_GENERATIONS: readonly StorageGeneration[] = [
  // 446 to 452
  {
    mark: MECHANISM.consensusByMechanism,
    commits: COMMITS_BY_COUNTER,
    commitsMask: true,
    timelocked: COMMITS.timelocked,
    consensusBefore: 'mechanism',
  },
  // 446
  {
    mark: EPOCH.liquidAlphaConsensusMode,
    commits: COMMITS_BY_COUNTER,
    commitsMask: true,
    timelocked: COMMITS.timelocked,
    consensusBefore: 'subnet',
  },
  // 423
  {
    mark: SUBNET.subnetEpochIndex,
    commits: COMMITS_BY_COUNTER,
    commitsMask: true,
    timelocked: COMMITS.timelocked,
    consensusBefore: null,
  },
  // 306
  {
    mark: COMMITS.timelocked,
    commits: COMMITS_BY_BLOCK,
    commitsMask: true,
    timelocked: COMMITS.timelocked,
    consensusBefore: null,
  },
  // 301
  {
    mark: COMMITS.commitRevealWeightsVersion,
    commits: COMMITS_BY_BLOCK,
    commitsMask: true,
    timelocked: COMMITS.timelockedBefore306,
    consensusBefore: null,
  },
  // 297
  {
    mark: COMMITS.timelockedBefore306,
    commits: COMMITS_BEFORE_301,
    commitsMask: true,
    timelocked: COMMITS.timelockedBefore306,
    consensusBefore: null,
  },
  // 233, and the branch that is known as 300
  {
    commits: COMMITS_BEFORE_301,
    commitsMask: false,
    timelocked: COMMITS.timelockedBefore297,
    consensusBefore: null,
  },
]

/** Returns the storage generation of a runtime. */
export function storageGenerationOf(schema: Schema): StorageGeneration {
  return STORAGE_GENERATIONS.find(({ mark }) => mark === undefined || schema.of(mark).storage !== undefined)!
}
