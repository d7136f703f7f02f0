/** Networks made from a seed. */

import { ALL } from '../engine/asked.ts'
import { writeScalars } from '../engine/generated/wire.ts'
import { newScalars } from '../engine/wire.ts'
import { InputError } from '../errors/index.ts'
import { USUAL_SPEC_VERSION } from '../snapshot/generated/hyperparameters.ts'
import { type Hyperparameters, usualEmission, usualHyperparameters } from '../snapshot/hyperparameters.ts'
import { MAX_ENTRIES } from '../snapshot/limits.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkMake } from './checks.ts'
import type { MakeOptions } from './types.ts'

const STAKE = 100_000_000_000_000n
const BLOCK = 8_000_000n

function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!
}

/**
 * The slots of a request for a network.
 * @throws {InputError} for an option out of its range, and for more weights than a snapshot can hold.
 */
export function makeSlots(options: MakeOptions): BigUint64Array {
  checkMake(options)
  const { n, validators, seed, mechanisms = 1, stake = STAKE, specVersion = USUAL_SPEC_VERSION } = options
  const entries = validators * n * mechanisms
  if (entries > MAX_ENTRIES)
    throw new InputError({
      field: 'n',
      expected: `expected at most ${MAX_ENTRIES} weights in all, found ${entries}`,
    })
  const hyperparameters: Hyperparameters = {
    ...usualHyperparameters(specVersion),
    maxAllowedValidators: validators,
    ...options.hyperparameters,
  }
  const { block = BLOCK, emission = usualEmission(hyperparameters.tempo) } = options
  const { tempo } = hyperparameters
  const scalars = newScalars()
  const single = {
    specVersion,
    n,
    block,
    // The block before that of a whole tempo ago.
    lastMechanismStepBlock: block > tempo ? block - tempo - 1n : 0n,
    ownerUid: null,
    ...hyperparameters,
    emission,
    mechanismEmissionSplit: null,
  }
  writeScalars(scalars, single as unknown as Snapshot, ALL)
  const { stakeDeviation = 0.3, qualityDeviation = 0.5, weightDeviation = 0.2 } = options
  return BigUint64Array.from([
    BigInt(n),
    BigInt(validators),
    BigInt(mechanisms),
    BigInt(seed),
    stake,
    bits(stakeDeviation),
    bits(qualityDeviation),
    bits(weightDeviation),
    ...scalars.words,
  ])
}
