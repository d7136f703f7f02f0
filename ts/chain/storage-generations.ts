import { COMMITS_BEFORE_306, COMMITS_BY_BLOCK, COMMITS_BY_COUNTER, type CommitRule } from './commits.ts'
import { COMMITS, type Item, SUBNET } from './items.ts'
import type { TimelockedCommit } from './kinds.ts'
import type { Schema } from './schema.ts'

/** What storage meant in a span of versions, where items alone do not tell. */
export interface StorageGeneration {
  /** The item that began with it. */
  readonly mark?: Item<unknown>
  /** Null where no epoch looks at commits. */
  readonly commits: CommitRule | null
  readonly timelocked: Item<readonly TimelockedCommit[] | null>
}

/** Newest first: a runtime is of the first generation whose mark it has. */
const STORAGE_GENERATIONS: readonly StorageGeneration[] = [
  // 423
  {
    mark: SUBNET.subnetEpochIndex,
    commits: COMMITS_BY_COUNTER,
    timelocked: COMMITS.timelocked,
  },
  // 306
  {
    mark: COMMITS.timelocked,
    commits: COMMITS_BY_BLOCK,
    timelocked: COMMITS.timelocked,
  },
  // 297
  {
    mark: COMMITS.timelockedBefore306,
    commits: COMMITS_BEFORE_306,
    timelocked: COMMITS.timelockedBefore306,
  },
  // 233
  { commits: null, timelocked: COMMITS.timelockedBefore306 },
]

/** Returns the storage generation of a runtime. */
export function storageGenerationOf(schema: Schema): StorageGeneration {
  return STORAGE_GENERATIONS.find(({ mark }) => mark === undefined || schema.of(mark).storage !== undefined)!
}
