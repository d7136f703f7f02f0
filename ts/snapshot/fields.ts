/** The fields of a snapshot that are single values, and what each may be. */

import * as v from 'valibot'
import type { FieldReaders, Source } from './source.ts'

/** The single values of an epoch's input, checked. */
export interface EpochFields {
  readonly n: number
  readonly block: bigint
  readonly tempo: bigint
  readonly last_mechanism_step_block: bigint
  readonly activity_cutoff_blocks: bigint
  readonly stake_threshold: bigint
  readonly owner_uid: number | null
  readonly max_allowed_validators: number
  readonly commit_reveal_enabled: boolean
  readonly kappa: number
  readonly bonds_penalty: number
  readonly bonds_moving_average: bigint
  readonly yuma3_on: boolean
  readonly liquid_alpha_on: boolean
  readonly alpha_low: number
  readonly alpha_high: number
  readonly alpha_sigmoid_steepness: number
  readonly emission: bigint
}

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

const U64 = 'a decimal string from 0 to 2^64 - 1'
const MAX_U64 = 2n ** 64n - 1n
const HASH = '0x and 64 hex digits'

function integer(min: number, max: number): v.GenericSchema<number> {
  const expected = `an integer from ${min} to ${max}`
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(min, expected), v.maxValue(max, expected))
}

const u16 = integer(0, 0xffff)
const u32 = integer(0, 0xffff_ffff)
const flag = v.boolean('true or false')
const text = v.string('a text')
const u64 = v.pipe(
  v.string(U64),
  v.regex(/^(0|[1-9][0-9]{0,19})$/, U64),
  v.transform((digits) => BigInt(digits)),
  v.maxValue(MAX_U64, U64),
)
const label = v.pipe(
  text,
  v.maxLength(256, 'a text of at most 256 characters'),
  v.regex(/^\P{Cc}*$/u, 'a text without control characters'),
)

const EPOCH_ENTRIES = {
  n: integer(1, 0xffff),
  block: u64,
  tempo: u64,
  last_mechanism_step_block: u64,
  activity_cutoff_blocks: u64,
  stake_threshold: u64,
  owner_uid: v.nullable(u16),
  max_allowed_validators: u16,
  commit_reveal_enabled: flag,
  kappa: u16,
  bonds_penalty: u16,
  bonds_moving_average: u64,
  yuma3_on: flag,
  liquid_alpha_on: flag,
  alpha_low: u16,
  alpha_high: u16,
  alpha_sigmoid_steepness: integer(-0x8000, 0x7fff),
  emission: u64,
}

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
const FOUND_LENGTH = 40

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

/** A value as a message shows it. */
export function foundText(value: unknown): string {
  const found = JSON.stringify(value)
  return found.length > FOUND_LENGTH ? `${found.slice(0, FOUND_LENGTH)}…` : found
}
