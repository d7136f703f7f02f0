/** The columns of an epoch's input, which a snapshot and a vector hold under the same names. */

import { type Place, readFlags, readI128s, readRows, readU64s } from './columns.ts'
import type { EpochFields } from './fields.ts'
import type { FieldReaders, Source } from './source.ts'
import type { MechanismState, Snapshot, SparseRows } from './types.ts'

/** The columns that a subnet's mechanisms share, as far as they were read. */
export interface SharedColumns {
  blockAtRegistration?: BigUint64Array
  totalStake?: BigUint64Array
  validatorPermit?: Uint8Array
}

/** One mechanism's columns, as far as they were read. */
export interface MechanismColumns {
  lastUpdate?: BigUint64Array
  weights?: SparseRows
  bonds?: SparseRows
  commitBlocks?: BigUint64Array
}

/** What single values and shared columns make of a snapshot. */
export type SharedState = Omit<Snapshot, 'specVersion' | 'mechanisms' | 'mechanismEmissionSplit'>

/** Readers of the shared columns into `columns`. */
export function sharedReaders(source: Source, columns: SharedColumns): FieldReaders {
  return {
    block_at_registration: () => {
      columns.blockAtRegistration = readU64s(source, { field: 'block_at_registration' })
    },
    total_stake_i64f64_bits: () => {
      columns.totalStake = readI128s(source, { field: 'total_stake_i64f64_bits' })
    },
    validator_permit: () => {
      columns.validatorPermit = readFlags(source, { field: 'validator_permit' })
    },
  }
}

/** Readers of a mechanism's columns into `columns`. `mechanism` is its number where the file has several. */
export function mechanismReaders(
  source: Source,
  columns: MechanismColumns,
  mechanism?: number,
): FieldReaders {
  return {
    last_update: () => {
      columns.lastUpdate = readU64s(source, placeOf('last_update', mechanism))
    },
    weights: () => {
      columns.weights = readRows(source, placeOf('weights', mechanism))
    },
    bonds: () => {
      columns.bonds = readRows(source, placeOf('bonds', mechanism))
    },
    commit_blocks: () => {
      columns.commitBlocks = readU64s(source, placeOf('commit_blocks', mechanism))
    },
  }
}

function placeOf(field: string, mechanism: number | undefined): Place {
  return mechanism === undefined ? { field } : { field, mechanism }
}

/** @throws {InputError} where the column was not in the file. */
export function required<T>(source: Source, place: Place, column: T | undefined): T {
  if (column !== undefined) return column
  throw source.fault({ ...place, expected: 'expected an array, found nothing' })
}

/** @throws {InputError} where a column has not one entry per neuron. */
export function checkLength(source: Source, place: Place, length: number, n: number): void {
  if (length !== n) throw source.fault({ ...place, expected: `expected ${n} entries, found ${length}` })
}

/**
 * A mechanism's state. `last_update` may have any length, as on chain.
 * @throws {InputError} where a column is missing or of a length that the chain could not hold.
 */
export function checkMechanism(
  source: Source,
  columns: MechanismColumns,
  fields: EpochFields,
  mechanism?: number,
): MechanismState {
  const { n, commit_reveal_enabled: commitReveal } = fields
  const place = (field: string): Place => placeOf(field, mechanism)
  const lastUpdate = required(source, place('last_update'), columns.lastUpdate)
  const weights = required(source, place('weights'), columns.weights)
  const bonds = required(source, place('bonds'), columns.bonds)
  const commitBlocks = required(source, place('commit_blocks'), columns.commitBlocks)
  checkLength(source, place('weights'), weights.rowStart.length - 1, n)
  checkLength(source, place('bonds'), bonds.rowStart.length - 1, n)
  if (commitReveal || commitBlocks.length > 0)
    checkLength(source, place('commit_blocks'), commitBlocks.length, n)
  return { lastUpdate, weights, bonds, commitBlocks }
}

/**
 * The state that mechanisms share. `validator_permit` may have any length, as on chain.
 * @throws {InputError} where a column is missing or of a length that the chain could not hold.
 */
export function checkShared(source: Source, fields: EpochFields, columns: SharedColumns): SharedState {
  const { n } = fields
  const registration = { field: 'block_at_registration' }
  const stake = { field: 'total_stake_i64f64_bits' }
  const blockAtRegistration = required(source, registration, columns.blockAtRegistration)
  const totalStake = required(source, stake, columns.totalStake)
  const validatorPermit = required(source, { field: 'validator_permit' }, columns.validatorPermit)
  checkLength(source, registration, blockAtRegistration.length, n)
  checkLength(source, stake, totalStake.length / 2, n)
  return {
    n,
    block: fields.block,
    tempo: fields.tempo,
    lastMechanismStepBlock: fields.last_mechanism_step_block,
    activityCutoffBlocks: fields.activity_cutoff_blocks,
    blockAtRegistration,
    totalStake,
    stakeThreshold: fields.stake_threshold,
    ownerUid: fields.owner_uid,
    validatorPermit,
    maxAllowedValidators: fields.max_allowed_validators,
    commitRevealEnabled: fields.commit_reveal_enabled,
    kappa: fields.kappa,
    bondsPenalty: fields.bonds_penalty,
    bondsMovingAverage: fields.bonds_moving_average,
    yuma3On: fields.yuma3_on,
    liquidAlphaOn: fields.liquid_alpha_on,
    alphaLow: fields.alpha_low,
    alphaHigh: fields.alpha_high,
    alphaSigmoidSteepness: fields.alpha_sigmoid_steepness,
    emission: fields.emission,
  }
}
