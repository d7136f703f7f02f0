/** What callers hand over, checked before anything is done with it. Every check throws `InputError`. */

import {
  anObject,
  bytes as bytesCheck,
  type Check,
  type Checks,
  checkOptions,
  expecting,
  flag,
  integerFrom,
  specVersion,
  text,
  u16,
  u64,
  unexpectedValue,
  withMembers,
} from '../errors/options.ts'
import type { GenerateOptions } from './generate.ts'
import { HYPERPARAMETER_CHECKS, type Hyperparameters } from './generated/hyperparameters.ts'
import { MAX_MECHANISMS, MAX_NEURONS } from './limits.ts'
import type { ImportOptions } from './metagraph.ts'
import type { NetworkSnapshot } from './network.ts'
import type { ParseOptions } from './parse.ts'
import type { Snapshot } from './types.ts'

/** Hyperparameters of which some are given. */
/** Hyperparameters that differ from the usual ones. */
export const hyperparameters: Check = (field, value) =>
  checkOptions(field, value as Hyperparameters, HYPERPARAMETER_CHECKS)

const fraction: Check = expecting(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
)

const GENERATE: Checks<GenerateOptions> = {
  n: integerFrom(1, MAX_NEURONS),
  validators: integerFrom(0, MAX_NEURONS),
  seed: integerFrom(0, Number.MAX_SAFE_INTEGER),
  density: fraction,
  leastCoverage: fraction,
  mostCoverage: fraction,
  burst: integerFrom(1, MAX_NEURONS),
  steadyBonds: flag,
  mechanisms: integerFrom(1, MAX_MECHANISMS),
  specVersion,
  netuid: u16,
  name: text,
  block: u64,
  emission: u64,
  hyperparameters,
}

export function checkGenerate(options: GenerateOptions): void {
  checkOptions('options', options, GENERATE)
  GENERATE.n('n', options.n)
  integerFrom(0, options.n)('validators', options.validators)
  GENERATE.seed('seed', options.seed)
  const { leastCoverage = 0, mostCoverage = 1 } = options
  if (leastCoverage > mostCoverage)
    throw unexpectedValue('leastCoverage', `a number up to the most, ${mostCoverage}`, leastCoverage)
}

const IMPORT: Checks<ImportOptions> = {
  file: text,
  specVersion,
  ownerUid: u16,
  emission: u64,
  hyperparameters,
}

export function checkImport(bytes: Uint8Array, options: ImportOptions): void {
  bytesCheck('bytes', bytes)
  checkOptions('options', options, IMPORT)
}

const PARSE: Checks<ParseOptions> = { file: text }

export function checkParse(bytes: Uint8Array, options: ParseOptions): void {
  bytesCheck('bytes', bytes)
  checkOptions('options', options, PARSE)
}

/** Where a snapshot is from, as messages name it, and what it shares with others. */
export function checkSections(snapshot: Snapshot, place: unknown, shared: unknown): void {
  isSnapshot('snapshot', snapshot)
  checkOptions('place', place as { file?: string; document?: string }, { file: text, document: text })
  if (shared !== undefined) withMembers('sections', 'subnet', 'network')('shared', shared)
}

/** That it is a snapshot by its looks: what it holds is checked where it is written. */
export const isSnapshot: Check = withMembers('a snapshot', 'mechanisms', 'n')

const NETWORK = withMembers('a network', 'subnets', 'network')

export function checkNetwork(network: NetworkSnapshot): void {
  NETWORK('network', network)
  anObject('network', network.network)
  if (!Array.isArray(network.subnets)) throw unexpectedValue('subnets', 'an array', network.subnets)
  for (const [at, subnet] of network.subnets.entries()) {
    const field = `subnets[${at}]`
    withMembers('a subnet', 'netuid', 'subnet', 'epoch')(field, subnet)
    if (subnet.epoch !== null) isSnapshot(`${field}.epoch`, subnet.epoch)
  }
}
