/** The fields of a snapshot that are single values, and what each may be. */

import * as v from 'valibot'
import { EPOCH_ENTRIES, type EpochFields } from './generated/file.ts'
import { integer, shortText, text, u16, u32 } from './schemas.ts'
import { type FieldReaders, foundText, type Source } from './source.ts'

/** The single values of a snapshot, checked. */
export interface SnapshotFields extends EpochFields {
  readonly schema: string
  readonly spec_version: number
  readonly netuid?: number | undefined
  readonly name?: string | undefined
  readonly block_hash?: string | undefined
}

/** The single values of a vector beside its input and output, checked. */
export interface VectorFields {
  readonly schema: string
  readonly spec_version: number
  readonly name?: string | undefined
}

/** The single values of a set of vectors, checked. */
export interface SetFields {
  readonly schema: string
  readonly spec_version?: number | undefined
}

/** The single values of a file of published weights, checked. */
export interface MetagraphFields {
  readonly schema: string
  readonly network?: string | undefined
  readonly netuid: number
  readonly block: number
}

/** Single values that belong together. */
export interface FieldSet<T> {
  /** Readers that put each field's value, as it stands in the file, into `values`. */
  readers(source: Source, values: Record<string, unknown>): FieldReaders
  /**
   * The values, checked and turned into what they stand for.
   * @throws {InputError} naming the first field that is wrong or missing.
   */
  check(source: Source, values: Readonly<Record<string, unknown>>): T
}

const HASH = '0x and 64 hex digits'
const label = v.pipe(shortText, v.regex(/^\P{Cc}*$/u, 'a text without control characters'))

/** What a vector's `input` has beside its columns. */
export const EPOCH_FIELDS: FieldSet<EpochFields> = fieldSet(v.object(EPOCH_ENTRIES))

/** What a snapshot has beside its columns, mechanisms and sections. */
export const SNAPSHOT_FIELDS: FieldSet<SnapshotFields> = fieldSet(
  v.object({
    schema: text,
    spec_version: u32,
    netuid: v.optional(u16),
    name: v.optional(label),
    block_hash: v.optional(v.pipe(v.string(HASH), v.regex(/^0x[0-9a-fA-F]{64}$/, HASH))),
    ...EPOCH_ENTRIES,
  }),
)

/** What a vector has beside its input and output. */
export const VECTOR_FIELDS: FieldSet<VectorFields> = fieldSet(
  v.object({ schema: text, spec_version: u32, name: v.optional(label) }),
)

/** What a set of vectors has beside its vectors. */
export const SET_FIELDS: FieldSet<SetFields> = fieldSet(
  v.object({ schema: text, spec_version: v.optional(u32) }),
)

/** What a file of published weights has beside its columns. */
export const METAGRAPH_FIELDS: FieldSet<MetagraphFields> = fieldSet(
  v.object({
    schema: text,
    network: v.optional(label),
    netuid: u16,
    block: integer(0, Number.MAX_SAFE_INTEGER),
  }),
)

const MAX_VALUE_BYTES = 4096

function fieldSet<T>(
  schema: v.ObjectSchema<v.ObjectEntries, undefined> & v.GenericSchema<unknown, T>,
): FieldSet<T> {
  return {
    readers: (source, values) => {
      const readers: FieldReaders = {}
      for (const field of Object.keys(schema.entries)) {
        readers[field] = () => {
          values[field] = source.value({ field }, MAX_VALUE_BYTES)
        }
      }
      return readers
    },
    check: (source, values) => check(source, schema, values),
  }
}

function check<T>(
  source: Source,
  schema: v.GenericSchema<unknown, T>,
  values: Readonly<Record<string, unknown>>,
): T {
  const result = v.safeParse(schema, values, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return result.output
  const issue = result.issues[0]
  const field = String(issue.path?.[0].key)
  if (!Object.hasOwn(values, field))
    throw source.fault({ field, expected: 'expected a value, found nothing' })
  throw source.fault({ field, expected: `expected ${issue.message}, found ${foundText(values[field])}` })
}
