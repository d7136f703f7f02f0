/** The typed methods over one implementation's {@link Transport}. */

import { EngineError } from '../errors/index.ts'
import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import { explainOf } from './explain.ts'
import { facts, schedule, stakeWeights } from './functions.ts'
import type { Host } from './host.ts'
import { type OpenOptions, ResidentNetwork } from './network.ts'
import { networkState } from './network-columns.ts'
import type { Emission, EmissionKind } from './types.ts'
import { call, callVector, type Transport } from './wire.ts'

/** @throws {EngineError} where the implementation is of another version. */
export function emissionOf(kind: EmissionKind, transport: Transport, host: Host): Emission {
  const emission: Emission = {
    kind,
    open: (state) => openNetwork(host, state),
    facts: (specVersion) => facts(host, specVersion),
    stakeWeightsOf: (request) => stakeWeights(host, request),
    scheduleOf: (request) => schedule(host, request),
    explain: explainOf(host),
    knownSpecVersions: () => call(transport, 'known_spec_versions', {}),
    blockEmission: (issuance) =>
      call<{ emission: bigint | null }>(transport, 'block_emission', { issuance }).emission,
    networkShares: (request) => call(transport, 'network_shares', request),
    runBlocks: (request) => call(transport, 'run_blocks', request),
    distribute: (request) => call(transport, 'distribute', request),
    swap: (request) => call(transport, 'swap', request),
    quote: (request) => call(transport, 'quote', request),
    stakeWeights: (request) => call(transport, 'stake_weights', request),
    schedule: (request) => call(transport, 'schedule', request),
    splitEmission: (request) => call(transport, 'split_emission', request),
    vector: ({ function: name, specVersion, in: input }) =>
      callVector(transport, { function: name, spec_version: specVersion, in: input }),
  }
  if (emission.knownSpecVersions().length === 0)
    throw new EngineError('an emission engine that knows no rules')
  return emission
}

function openNetwork(host: Host, state: NetworkSnapshot | ChainSnapshot | OpenOptions): ResidentNetwork {
  return new ResidentNetwork(host.place(), 'columns' in state ? state : networkState(state))
}
