import type { Snapshot } from './types.ts'

/** The `schema` of a snapshot file. */
export const SNAPSHOT_SCHEMA = 'yuma-snapshot/1'
/** The `schema` of a file with one epoch's input and output. */
export const VECTOR_SCHEMA = 'yuma-epoch-vector/1'
/** The `schema` of a file with many of those. */
export const VECTOR_SET_SCHEMA = 'yuma-epoch-vector-set/1'

/** A vector's `output` as it stands in the file. Fields that it leaves out are not checked by it. */
export type ExpectedOutput = Readonly<Record<string, unknown>>

/** One epoch's input, from a snapshot or a vector. */
export interface ParsedDocument {
  readonly kind: 'snapshot' | 'vector'
  /** The document's own name, else the subnet's number, else the file's name. */
  readonly name: string
  readonly snapshot: Snapshot
  /** What a vector says that the epoch gives. Built when it is asked for. */
  readonly expected: ExpectedOutput | undefined
}
