/**
 * `yuma-core/snapshot`: the subnet snapshot, its file format and its generator. Runs in browsers too; files on disk
 * are in `yuma-core/snapshot/node`.
 *
 * @module yuma-core/snapshot
 */

export {
  FileError,
  InputError,
  type InputErrorDetails,
  YumaError,
  type YumaErrorCode,
} from '../errors/index.ts'
export {
  type ExpectedOutput,
  type ParsedDocument,
  SNAPSHOT_SCHEMA,
  VECTOR_SCHEMA,
  VECTOR_SET_SCHEMA,
} from './document.ts'
export { encodeSnapshot, snapshotPieces } from './encode.ts'
export { type GenerateOptions, generate } from './generate.ts'
export {
  type Hyperparameters,
  USUAL_HYPERPARAMETERS,
  usualEmission,
  usualHyperparameters,
} from './hyperparameters.ts'
export { MAX_ENTRIES, MAX_FILE_BYTES, MAX_MECHANISMS, MAX_NEURONS, MAX_UNPACKED_BYTES } from './limits.ts'
export { type ImportOptions, importMetagraph, METAGRAPH_SCHEMA } from './metagraph.ts'
export type * from './network.ts'
export { NETWORK_SCHEMA, networkPieces, parseNetwork } from './network-document.ts'
export { type ParseOptions, parseDocuments, schemaOf } from './parse.ts'
export {
  type FixedEntryRows,
  type FixedRow,
  type Row,
  rowOf,
  rows,
  valueAt,
  type Weight,
  withWeight,
} from './rows.ts'
export { chainSnapshotOf, packSections } from './sections.ts'
export type { MechanismState, Snapshot, SparseRows } from './types.ts'
