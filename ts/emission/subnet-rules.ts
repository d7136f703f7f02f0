/**
 * What of the chain's rules a pull of a subnet needs, in Node: of the addon without all else that emission is made of,
 * which would be thirty files. Where there is no addon it is emission by its module.
 */

import { addon, addonFault } from '../runtime/addon.ts'
import { schedule, stakeWeights } from './subnet-functions.ts'
import type { Emission } from './types.ts'

/** Loads them, under the name that they have elsewhere. */
export async function loadEmission(): Promise<Pick<Emission, 'schedule' | 'stakeWeights'>> {
  if (addonFault() !== undefined) return (await import('./index.ts')).loadEmission()
  const host = { call: addon().emissionFunction }
  return {
    schedule: (request) => schedule(host, request),
    stakeWeights: (request) => stakeWeights(host, request),
  }
}
