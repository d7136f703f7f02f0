/**
 * `yuma-core/replay`: the network's history, epoch by epoch, into a folder of Parquet. Node alone; it needs the package
 * `@duckdb/node-api`.
 *
 * @example
 * ```ts
 * import { loadEngine } from 'yuma-core'
 * import { connect } from 'yuma-core/chain'
 * import { loadEmission } from 'yuma-core/emission'
 * import { createLake, plan, replayChunk } from 'yuma-core/replay'
 * const [engine, emission] = [await loadEngine(), await loadEmission()]
 * await using chain = await connect('wss://archive.chain.opentensor.ai:443')
 * const lake = await createLake('finney', { chain: await chain.blockHash(0) })
 * const range = { from: 8_000_001n, to: 8_000_030n, netuids: [1], span: lake.head.span }
 * for (const chunk of plan({ covered: await lake.chunks(), ...range }))
 *   await replayChunk({ engine, emission, chain, lake, chunk })
 * ```
 *
 * @module yuma-core/replay
 */

export { type ReplayChunkOptions, replayChunk } from './chunk.ts'
export type { ChunkEntry, LakeFile, LakeHead } from './documents.ts'
export { createLake, type Lake, type LakeFault, type LakeOptions, openLake } from './lake.ts'
export { type PlanOptions, plan, USUAL_SPAN } from './plan.ts'
export { type Shown, VIEWS, type View, type ViewColumn } from './questions.ts'
export { type Both, type RerunNeuron, type RerunOptions, type RerunSubnet, rerun } from './rerun.ts'
export { type LakeSnapshot, lakeSnapshots, type SnapshotsOptions } from './snapshots.ts'
export {
  type ChunkId,
  type Column,
  KEEPS,
  type Keep,
  LAKE_SCHEMA,
  TABLES,
  type Table,
} from './tables.ts'
export { type Filter, openViews, type QueryOptions, type Row, type RowValue, type Views } from './views.ts'
export { exportView } from './views-export.ts'
