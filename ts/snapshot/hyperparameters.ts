import type { Snapshot } from './types.ts'

/** What a subnet's owner and the chain set by number, as far as an epoch reads it. */
export type Hyperparameters = Pick<
  Snapshot,
  | 'tempo'
  | 'activityCutoffBlocks'
  | 'stakeThreshold'
  | 'maxAllowedValidators'
  | 'commitRevealEnabled'
  | 'kappa'
  | 'bondsPenalty'
  | 'bondsMovingAverage'
  | 'yuma3On'
  | 'liquidAlphaOn'
  | 'alphaLow'
  | 'alphaHigh'
  | 'alphaSigmoidSteepness'
>

/**
 * What most subnets have: the initial values of the runtime (`runtime/src/lib.rs`, spec 425), and as on finney a
 * threshold of 1000 and 64 validators.
 */
export const USUAL_HYPERPARAMETERS: Hyperparameters = {
  tempo: 360n,
  activityCutoffBlocks: 5000n,
  stakeThreshold: 1_000_000_000_000n,
  maxAllowedValidators: 64,
  commitRevealEnabled: false,
  kappa: 32767,
  bondsPenalty: 65535,
  bondsMovingAverage: 900_000n,
  yuma3On: false,
  liquidAlphaOn: false,
  alphaLow: 45875,
  alphaHigh: 58982,
  alphaSigmoidSteepness: 1000,
}

/** Rao of alpha that miners and validators get for a block: one alpha without the owner's 18 percent. */
const EMISSION_PER_BLOCK = 820_000_000n
const MAX_U64 = 2n ** 64n - 1n

/** Rao of alpha that a subnet hands out at a tempo's end. */
export function usualEmission(tempo: bigint): bigint {
  const emission = tempo * EMISSION_PER_BLOCK
  return emission > MAX_U64 ? MAX_U64 : emission
}
