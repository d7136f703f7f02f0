import type { Snapshot } from './types.ts'

/**
 * The `schema` of a snapshot file: one JSON object, plain or gzip, with the fields of {@link Snapshot} in snake case,
 * under the names of the vectors' `input`.
 *
 * - u64 values and raw bits are decimal strings; u16, i16 and booleans are JSON's own; rows are `[[uid, u16], ...]`.
 * - `schema`, `spec_version`, then what is known of `netuid`, `name`, `block_hash`, `hotkeys`, `coldkeys`.
 * - Every single value and shared column of the vectors' `input`: `n`, `block`, `kappa`, `validator_permit` and so on.
 *   What came with spec 475 may be left out.
 * - `mechanism_emission_split`: u16 parts, or null.
 * - `mechanisms`, 1 to 16: objects of `last_update`, `weights`, `bonds`, `commit_blocks` and, where something is stored,
 *   `consensus_by_mechanism`.
 * - `extra`, if anything: an object of sections for other tools and later versions, by names of small letters, digits
 *   and `_`. An epoch reads none of it. A field that is not named here is refused anywhere else.
 */
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
