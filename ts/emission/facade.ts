/** The typed methods over one implementation. */

import { versionsOf } from '../engine/rules.ts'
import { EngineError, InputError } from '../errors/index.ts'
import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import { checkOpen, checkOpenOptions } from './checks.ts'
import { explainOf } from './explain.ts'
import {
  blockEmission,
  facts,
  pendingOfBlock,
  pruning,
  quote,
  ranges,
  splitEmission,
  swap,
} from './functions.ts'
import type { Host } from './host.ts'
import { type OpenOptions, ResidentNetwork } from './network.ts'
import { networkState } from './snapshot.ts'
import { schedule, stakeWeights } from './subnet-functions.ts'
import type { Emission, EmissionKind } from './types.ts'

/** @throws {EngineError} where the implementation is of another version. */
export function emissionOf(kind: EmissionKind, host: Host): Emission {
  const rules = ranges(host)
  if (rules.shares.length === 0) throw new EngineError('an emission engine that knows no rules')
  return {
    kind,
    rules,
    open: (state, options = {}) => {
      checkOpenOptions(options)
      const { asSpec } = options
      const asked = asSpec === undefined ? {} : { asSpec }
      return new ResidentNetwork(host.place(), rules, { ...optionsOf(state), ...asked })
    },
    knownSpecVersions: () => versionsOf(rules.shares),
    facts: (specVersion) => facts(host, specVersion),
    explain: explainOf(host),
    blockEmission: (issuance) => blockEmission(host, issuance),
    swap: (request) => swap(host, request),
    quote: (request) => quote(host, request),
    schedule: (request) => schedule(host, request),
    pruning: (request) => pruning(host, request),
    pendingOfBlock: (request) => pendingOfBlock(host, request),
    splitEmission: (request) => splitEmission(host, request),
    stakeWeights: (request) => stakeWeights(host, request),
  }
}

/** @throws {InputError} for what is neither a snapshot nor columns. */
function optionsOf(state: NetworkSnapshot | ChainSnapshot | OpenOptions): OpenOptions {
  if (typeof state === 'object' && state !== null) {
    if ('columns' in state) {
      checkOpen(state)
      return state
    }
    if ('subnets' in state || 'subnet' in state) return networkState(state)
  }
  throw new InputError({ field: 'state', expected: 'expected a snapshot of a chain, or columns' })
}
