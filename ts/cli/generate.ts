import { USUAL_SPEC_VERSION } from '../snapshot/generated/hyperparameters.ts'
import { generate, MAX_MECHANISMS, MAX_NEURONS } from '../snapshot/index.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { HYPERPARAMETER_OPTIONS, hyperparametersOf } from './generated/hyperparameter-options.ts'
import { OUTPUT_OPTION, putSnapshot } from './write-snapshot.ts'

const U16 = 0xffff
const U32 = 0xffff_ffff

/** `yuma generate` */
export const generateCommand: Command = {
  name: 'generate',
  usage: '[options]',
  about: `Makes up a subnet: validators with stake that falls off by rank, weights they largely agree on, bonds that
earlier epochs leave, some neurons inactive or just registered. The same options give the same subnet.`,
  options: {
    n: { value: 'COUNT', help: 'neurons (256)' },
    validators: { value: 'COUNT', help: 'how many of them validate (64, at most n)' },
    seed: { value: 'NUMBER', help: 'what the subnet is made from (1)' },
    density: { value: 'PART', help: 'part of the neurons that validators weigh, 0 to 1 (1)' },
    'least-coverage': {
      value: 'PART',
      help: 'least part of those that a validator weighs itself, 0 to 1 (all but a few)',
    },
    'most-coverage': {
      value: 'PART',
      help: 'largest part of those that a validator weighs itself, 0 to 1 (all but a few)',
    },
    burst: {
      value: 'TIMES',
      help: 'how many times longer than by chance runs of weighed uids are, with a coverage (1)',
    },
    'steady-bonds': { help: 'bonds only with neurons that have consensus, as many epochs leave them' },
    mechanisms: { value: 'COUNT', help: 'mechanisms (1)' },
    'spec-version': { value: 'NUMBER', help: `runtime whose rules apply (${USUAL_SPEC_VERSION})` },
    netuid: { value: 'NUMBER', help: 'number of the subnet (none)' },
    block: { value: 'NUMBER', help: 'block of the epoch (8000000)' },
    emission: { value: 'RAO', help: 'alpha to hand out (820004578 for each block of the tempo)' },
    ...HYPERPARAMETER_OPTIONS,
    output: OUTPUT_OPTION,
  },
  async run(args, io) {
    args.onlyOptions()
    const n = args.integer('n', 1, MAX_NEURONS) ?? 256
    const density = args.fraction('density')
    const leastCoverage = args.fraction('least-coverage')
    const mostCoverage = args.fraction('most-coverage')
    if ((leastCoverage ?? 0) > (mostCoverage ?? 1))
      throw args.usage('--least-coverage: expected a number up to that of --most-coverage')
    const burst = args.integer('burst', 1, MAX_NEURONS)
    const netuid = args.integer('netuid', 0, U16)
    const block = args.u64('block')
    const emission = args.u64('emission')
    const snapshot = generate({
      n,
      validators: args.integer('validators', 0, n) ?? Math.min(64, n),
      seed: args.integer('seed', 0, Number.MAX_SAFE_INTEGER) ?? 1,
      mechanisms: args.integer('mechanisms', 1, MAX_MECHANISMS) ?? 1,
      specVersion: args.integer('spec-version', 0, U32) ?? USUAL_SPEC_VERSION,
      ...(density === undefined ? {} : { density }),
      ...(leastCoverage === undefined ? {} : { leastCoverage }),
      ...(mostCoverage === undefined ? {} : { mostCoverage }),
      ...(burst === undefined ? {} : { burst }),
      steadyBonds: args.has('steady-bonds'),
      ...(netuid === undefined ? {} : { netuid }),
      ...(block === undefined ? {} : { block }),
      ...(emission === undefined ? {} : { emission }),
      hyperparameters: hyperparametersOf(args),
    })
    await putSnapshot(io, args.text('output'), snapshot)
    return EXIT.done
  },
}
