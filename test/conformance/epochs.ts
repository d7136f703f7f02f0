/** Compares an epoch's result with a vector's expected output, field by field, without tolerance. */

import type { LegacyTerms } from '../../ts/emission/explain.ts'
import type { EpochResult, RawTerms } from '../../ts/engine/types.ts'
import type { SparseRows } from '../../ts/snapshot/types.ts'

/** A folder of epoch vectors in `test/vectors`, and what a suite must find there. */
export interface VectorFolder {
  readonly folder: string
  readonly files: number
  readonly vectors: number
}

/** Those whose files are epochs of one mechanism, which a page reads by itself. */
export const EPOCH_FOLDERS: readonly VectorFolder[] = [
  { folder: 'epoch-spec233', files: 34, vectors: 106 },
  { folder: 'epoch-spec252', files: 34, vectors: 106 },
  { folder: 'epoch-spec257', files: 34, vectors: 106 },
  { folder: 'epoch-spec273', files: 34, vectors: 112 },
  { folder: 'epoch-spec283', files: 34, vectors: 112 },
  { folder: 'epoch-spec297', files: 34, vectors: 115 },
  { folder: 'epoch-spec320', files: 35, vectors: 124 },
  { folder: 'epoch-spec365', files: 35, vectors: 124 },
  { folder: 'epoch-spec401', files: 35, vectors: 126 },
  { folder: 'epoch-spec423', files: 35, vectors: 126 },
  { folder: 'epoch-edges', files: 68, vectors: 189 },
  { folder: 'epoch-spec425', files: 33, vectors: 1953 },
  { folder: 'epoch-spec300', files: 31, vectors: 1916 },
  { folder: 'epoch-spec475', files: 19, vectors: 1070 },
  { folder: 'epoch-timing', files: 4, vectors: 4 },
]

/** All of them. */
export const VECTOR_FOLDERS: readonly VectorFolder[] = [
  ...EPOCH_FOLDERS,
  { folder: 'mechanisms-spec475', files: 1, vectors: 80 },
]

/** A vector's `output`: a field that it leaves out is not checked. */
export type ExpectedOutput = Readonly<Record<string, unknown>>

type Column = ArrayLike<number | bigint>

const RAW: Readonly<Record<string, keyof RawTerms>> = {
  stake: 'stake',
  active_stake: 'activeStake',
  consensus: 'consensus',
  incentive: 'incentive',
  dividends: 'dividends',
  validator_trust: 'validatorTrust',
}

function columns(result: EpochResult): Readonly<Record<string, Column>> {
  return {
    stake_weight: result.stakeWeight,
    consensus: result.consensus,
    incentive: result.incentive,
    dividends: result.dividends,
    validator_trust: result.validatorTrust,
    active: result.active,
    validator_permit: result.validatorPermit,
    server_emission: result.serverEmission,
    validator_emission: result.validatorEmission,
    emission: result.emission,
    stake: result.stake,
  }
}

function compareColumn(field: string, ours: Column, expected: unknown): string | undefined {
  if (!Array.isArray(expected)) return `${field}: the vector has no array`
  if (ours.length !== expected.length) return `${field}: ${ours.length} entries, expected ${expected.length}`
  for (let uid = 0; uid < ours.length; uid++) {
    const value: unknown = expected[uid]
    const wanted = typeof value === 'boolean' ? String(Number(value)) : String(value)
    if (String(ours[uid]) !== wanted) return `${field}[${uid}]: ${ours[uid]}, expected ${wanted}`
  }
  return undefined
}

function compareRows(ours: SparseRows, expected: unknown): string | undefined {
  if (!Array.isArray(expected)) return 'bonds: the vector has no array'
  if (ours.rowStart.length !== expected.length + 1) return `bonds: ${ours.rowStart.length - 1} rows`
  for (let row = 0; row < expected.length; row++) {
    const wanted = JSON.stringify(expected[row])
    const entries: [number, number][] = []
    for (let at = ours.rowStart[row]!; at < ours.rowStart[row + 1]!; at++) {
      entries.push([ours.uid[at]!, ours.value[at]!])
    }
    if (JSON.stringify(entries) !== wanted)
      return `bonds[${row}]: ${JSON.stringify(entries)}, expected ${wanted}`
  }
  return undefined
}

/**
 * The first difference between a result and an expected output, in words; undefined where there is none.
 * Fields that this does not know are a difference: a vector must not be checked in part without anyone noticing.
 */
export function firstDifference(result: EpochResult, expected: ExpectedOutput): string | undefined {
  const ours = columns(result)
  for (const [field, value] of Object.entries(expected)) {
    const difference = compareField(result, ours, field, value)
    if (difference !== undefined) return difference
  }
  return undefined
}

function compareField(
  result: EpochResult,
  ours: Readonly<Record<string, Column>>,
  field: string,
  expected: unknown,
): string | undefined {
  const main = result.mechanisms[0]!
  if (field === 'bonds') return compareRows(main.bonds, expected)
  if (field === 'raw') return compareRaw(main.raw, expected as Readonly<Record<string, unknown>>)
  const column = ours[field]
  return column === undefined ? `${field}: unknown field` : compareColumn(field, column, expected)
}

function compareRaw(ours: RawTerms, expected: Readonly<Record<string, unknown>>): string | undefined {
  for (const [field, value] of Object.entries(expected)) {
    const key = RAW[field]
    if (key === undefined) return `raw.${field}: unknown field`
    const difference = compareColumn(`raw.${field}`, ours[key], value)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** The first difference between the columns that older runtimes store beside a result and a vector's `also`, in words. */
export function firstLegacyDifference(ours: LegacyTerms, also: ExpectedOutput): string | undefined {
  const { rank, trust, pruning_score: pruningScore, ...rest } = also
  return (
    Object.keys(rest)[0] ??
    compareColumn('rank', ours.rank, rank) ??
    compareColumn('trust', ours.trust, trust) ??
    compareColumn('pruning_score', ours.pruningScore, pruningScore)
  )
}

/**
 * The first difference between a result and the expected output of a vector of several mechanisms, in words; undefined
 * where there is none. Nothing is passed over.
 */
export function firstDifferenceOfMechanisms(
  result: EpochResult,
  expected: ExpectedOutput,
): string | undefined {
  const { mechanisms, ...terms } = expected
  const difference = firstDifference(result, terms)
  if (difference !== undefined) return difference
  const all = mechanisms as readonly ExpectedOutput[]
  if (all.length !== result.mechanisms.length) return `${result.mechanisms.length} mechanisms`
  for (const [id, wanted] of all.entries()) {
    const { incentive, consensus_by_mechanism: consensus, bonds, ...rest } = wanted
    const ours = result.mechanisms[id]!
    const found =
      Object.keys(rest)[0] ??
      compareColumn('incentive', ours.incentive, incentive) ??
      compareColumn('consensus_by_mechanism', ours.consensus, consensus) ??
      compareRows(ours.bonds, bonds)
    if (found !== undefined) return `mechanism ${id}: ${found}`
  }
  return undefined
}
