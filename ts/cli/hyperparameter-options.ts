import type { Hyperparameters } from '../snapshot/index.ts'
import type { Arguments, Option } from './command.ts'

const U16 = 0xffff
const I16 = 0x7fff

/** Options that set a subnet's hyperparameters, for commands that make snapshots. */
export const HYPERPARAMETER_OPTIONS: Readonly<Record<string, Option>> = {
  tempo: { value: 'BLOCKS', help: 'blocks per epoch (360)' },
  'activity-cutoff': { value: 'BLOCKS', help: 'blocks without an update until a neuron is inactive (5000)' },
  'stake-threshold': { value: 'RAO', help: 'stake below it counts as zero (1000000000000)' },
  'max-validators': { value: 'COUNT', help: 'validator permits' },
  'commit-reveal': { help: 'weights are committed first' },
  kappa: { value: 'U16', help: 'majority of stake that consensus needs, of 65535 (32767)' },
  'bonds-penalty': { value: 'U16', help: 'how far bonds follow clipped weights, of 65535 (65535)' },
  'bonds-moving-average': {
    value: 'PPM',
    help: 'what of its bonds a validator keeps, in millionths (900000)',
  },
  yuma3: { help: 'Yuma3 bonds instead of the classic ones' },
  'liquid-alpha': { help: 'liquid alpha, which has an effect with --yuma3' },
  'alpha-low': { value: 'U16', help: 'lower bound of liquid alpha, of 65535 (45875)' },
  'alpha-high': { value: 'U16', help: 'upper bound of liquid alpha, of 65535 (58982)' },
  'alpha-sigmoid-steepness': { value: 'I16', help: 'steepness of liquid alpha, in hundredths (1000)' },
}

/**
 * The hyperparameters that the arguments set.
 * @throws {UsageError} for one out of its range.
 */
export function hyperparametersOf(args: Arguments): Partial<Hyperparameters> {
  return present({
    tempo: args.u64('tempo'),
    activityCutoffBlocks: args.u64('activity-cutoff'),
    stakeThreshold: args.u64('stake-threshold'),
    maxAllowedValidators: args.integer('max-validators', 0, U16),
    commitRevealEnabled: args.has('commit-reveal') || undefined,
    kappa: args.integer('kappa', 0, U16),
    bondsPenalty: args.integer('bonds-penalty', 0, U16),
    bondsMovingAverage: args.u64('bonds-moving-average'),
    yuma3On: args.has('yuma3') || undefined,
    liquidAlphaOn: args.has('liquid-alpha') || undefined,
    alphaLow: args.integer('alpha-low', 0, U16),
    alphaHigh: args.integer('alpha-high', 0, U16),
    alphaSigmoidSteepness: args.integer('alpha-sigmoid-steepness', -I16 - 1, I16),
  })
}

/** An object without the members that are undefined. */
export function present<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
