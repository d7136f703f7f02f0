/** A series of snapshots that is made up: miners whose quality drifts, and validators who measure it. */

import { InputError } from '../../errors/index.ts'
import { type Checks, checkOptions, expecting, integerFrom, withMethods } from '../../errors/options.ts'
import { HYPERPARAMETER_CHECKS, type Hyperparameters } from '../../snapshot/generated/hyperparameters.ts'
import { Random } from '../../snapshot/random.ts'
import type { Snapshot } from '../../snapshot/types.ts'
import { checkRoom } from '../room.ts'
import type { Simulator } from '../types.ts'

/** Options of {@link driftingSeries}. */
export interface DriftingOptions {
  /** Neurons; 64 by default. */
  readonly n?: number
  /** How many of them validate, the first ones; 16 by default. */
  readonly validators?: number
  /** The same seed and options make the same series on every engine and platform. */
  readonly seed: number
  /** Snapshots, one an epoch; 100 by default. */
  readonly epochs?: number
  /** How far a miner's quality moves from epoch to epoch, as a part of it; 0.05 by default. */
  readonly drift?: number
  /** How far a validator's measure of it is off, as a part of it; 0.1 by default. */
  readonly noise?: number
  readonly hyperparameters?: Partial<Hyperparameters>
}

const MAX_EPOCHS = 100_000

/**
 * A subnet from epoch to epoch: each snapshot is the state that an epoch reads, with weights that validators set just
 * before. What agents do and what the chain carries on is the simulator's.
 * @throws {InputError} for options out of their range, and for a series that does not fit memory.
 */
export async function driftingSeries(
  simulator: Pick<Simulator, 'make' | 'simulate'>,
  options: DriftingOptions,
): Promise<Snapshot[]> {
  withMethods('a simulator', 'make', 'simulate')('simulator', simulator)
  checkOptions('options', options, CHECKS)
  const {
    n = 64,
    validators = 16,
    seed,
    epochs = 100,
    drift = 0.05,
    noise = 0.1,
    hyperparameters = {},
  } = options
  CHECKS.seed('seed', seed)
  if (validators >= n) {
    const expected = `expected fewer than n, ${n}, found ${validators}`
    throw new InputError({ field: 'validators', expected })
  }
  // Rows of weights and of bonds, of two bytes twice, and columns.
  checkRoom('epochs', 'a series', epochs * (2 * 4 * validators * n + 64 * n))
  const random = new Random(seed)
  const values = Array.from({ length: n }, (_, uid) => (uid < validators ? 0 : 0.1 + random.unit()))
  const series: Snapshot[] = []
  await simulator.simulate({
    start: simulator.make({ n, validators, seed, hyperparameters }),
    // The weights of an epoch are seen in the state that the next one begins with.
    epochs: epochs + 1,
    seed,
    quality: { values, drift },
    agents: [
      ({ epoch, snapshot }) => {
        if (epoch > 0) series.push(snapshot())
        return undefined
      },
      { agent: 'honest', uids: Array.from({ length: validators }, (_, uid) => uid), noise },
    ],
    record: [],
  })
  return series
}

const part = expecting(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
)
const CHECKS: Checks<DriftingOptions> = {
  n: integerFrom(2, 65_535),
  validators: integerFrom(1, 65_534),
  seed: integerFrom(0, Number.MAX_SAFE_INTEGER),
  epochs: integerFrom(1, MAX_EPOCHS),
  drift: part,
  noise: part,
  hyperparameters: (field, value) => checkOptions(field, value as Hyperparameters, HYPERPARAMETER_CHECKS),
}
