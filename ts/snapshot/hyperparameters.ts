import { integerFrom, u64 } from '../errors/options.ts'
import { type Hyperparameters, USUAL_BEFORE, USUAL_HYPERPARAMETERS } from './generated/hyperparameters.ts'

export { type Hyperparameters, USUAL_HYPERPARAMETERS } from './generated/hyperparameters.ts'

/** {@link USUAL_HYPERPARAMETERS} with the values that a version's runtime began with. */
export function usualHyperparameters(specVersion: number): Hyperparameters {
  integerFrom(0, 0xffff_ffff)('specVersion', specVersion)
  const older = USUAL_BEFORE.filter(([spec]) => specVersion < spec).map(([, values]) => values)
  return Object.assign({}, USUAL_HYPERPARAMETERS, ...older) as Hyperparameters
}

/**
 * Rao of alpha that miners and validators get for a block: one alpha without the owner's cut of 11796 / 65535
 * (`DefaultSubnetOwnerCut`), which is rounded down.
 */
const EMISSION_PER_BLOCK = 820_004_578n
const MAX_U64 = 2n ** 64n - 1n

/**
 * Rao of alpha that a subnet hands out at a tempo's end.
 * @throws {InputError} for what is no u64.
 */
export function usualEmission(tempo: bigint): bigint {
  u64('tempo', tempo)
  const emission = tempo * EMISSION_PER_BLOCK
  return emission > MAX_U64 ? MAX_U64 : emission
}
