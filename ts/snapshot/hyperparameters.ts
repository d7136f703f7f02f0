export { type Hyperparameters, USUAL_HYPERPARAMETERS } from './generated/hyperparameters.ts'

/** Rao of alpha that miners and validators get for a block: one alpha without the owner's 18 percent. */
const EMISSION_PER_BLOCK = 820_000_000n
const MAX_U64 = 2n ** 64n - 1n

/** Rao of alpha that a subnet hands out at a tempo's end. */
export function usualEmission(tempo: bigint): bigint {
  const emission = tempo * EMISSION_PER_BLOCK
  return emission > MAX_U64 ? MAX_U64 : emission
}
