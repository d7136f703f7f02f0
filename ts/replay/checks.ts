/** What callers hand over, checked before anything is done with it. Every check throws `InputError`. */

import {
  abortSignal,
  type Checks,
  callback,
  checkOptions,
  expecting,
  iterable,
  listOf,
  netuid,
  oneOf,
  specVersion,
  text,
  withMembers,
  withMethods,
} from '../errors/options.ts'
import type { ReplayChunkOptions } from './chunk.ts'
import type { LakeOptions } from './lake.ts'
import type { PlanOptions } from './plan.ts'
import type { RerunOptions } from './rerun.ts'
import type { SnapshotsOptions } from './snapshots.ts'
import { type ChunkId, KEEPS } from './tables.ts'

const MAX_BLOCK = 2n ** 32n - 1n

/** A block whose epoch can be checked: there is a state before it. */
const block = expecting(
  'a bigint from 1 to 2^32 - 1',
  (value) => typeof value === 'bigint' && value >= 1n && value <= MAX_BLOCK,
)
const span = block
const keep = listOf(oneOf(KEEPS))

const PLAN: Checks<PlanOptions> = {
  covered: iterable,
  from: block,
  to: block,
  netuids: listOf(netuid),
  span,
}

export function checkPlan(options: PlanOptions): void {
  checkOptions('options', options, PLAN)
  for (const name of Object.keys(PLAN) as (keyof PlanOptions)[]) PLAN[name](name, options[name])
}

const LAKE: Checks<LakeOptions> = { chain: text, keep, span }

export function checkLake(folder: string, options: LakeOptions): void {
  text('folder', folder)
  checkOptions('options', options, LAKE)
  text('chain', options.chain)
}

export function checkFolder(folder: string): void {
  text('folder', folder)
}

const CHUNK: Checks<ChunkId> = { netuid, first: block, last: block }

export function checkChunk(chunk: ChunkId): void {
  withMembers('a chunk', 'netuid', 'first', 'last')('chunk', chunk)
  for (const name of Object.keys(CHUNK) as (keyof ChunkId)[]) CHUNK[name](name, chunk[name])
}

const REPLAY: Checks<ReplayChunkOptions> = {
  engine: withMethods('an engine', 'epoch', 'epochs'),
  emission: withMethods('an emission engine', 'open', 'facts', 'schedule'),
  chain: withMethods('a connected chain', 'epochStates', 'blockStates', 'epochMarks', 'head', 'afresh'),
  lake: withMethods('an open lake', 'commit', 'entry'),
  chunk: withMembers('a chunk', 'netuid', 'first', 'last'),
  keep,
  signal: abortSignal,
  onEpoch: callback,
}

export function checkReplayChunk(options: ReplayChunkOptions): void {
  checkOptions('options', options, REPLAY)
  for (const name of ['engine', 'emission', 'chain', 'lake', 'chunk'] as const)
    REPLAY[name](name, options[name])
  checkChunk(options.chunk)
}

const openLake = withMembers('an open lake', 'folder', 'head')

const SNAPSHOTS: Checks<SnapshotsOptions> = {
  netuids: listOf(netuid),
  from: block,
  to: block,
  signal: abortSignal,
}

export function checkSnapshots(lake: unknown, options: SnapshotsOptions): void {
  openLake('lake', lake)
  checkOptions('options', options, SNAPSHOTS)
}

const RERUN: Checks<RerunOptions> = { ...SNAPSHOTS, asSpec: specVersion, onEpoch: callback }

export function checkRerun(by: unknown, lake: unknown, options: RerunOptions): void {
  REPLAY.engine('engine', by)
  openLake('lake', lake)
  checkOptions('options', options, RERUN)
  specVersion('asSpec', options.asSpec)
}
