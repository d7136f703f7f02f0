/** Why an epoch gave nobody incentive or dividends, in a line. */

import type { EpochResult, MechanismResult } from '../engine/types.ts'
import type { MechanismState, Snapshot } from '../snapshot/index.ts'
import { fixed } from './format.ts'

/** A line for each mechanism in which incentive or dividends are all zero; none under Null consensus. */
export function reasonLines(snapshot: Snapshot, result: EpochResult): string[] {
  if (result.rules.nullConsensus && snapshot.subnetEpochConsensus === 'Null') return []
  return result.mechanisms.flatMap((mechanism, id) => {
    const reason = reasonOf(snapshot.mechanisms[id]!, mechanism)
    if (reason === undefined) return []
    return [result.mechanisms.length === 1 ? reason : `mechanism ${id}: ${reason}`]
  })
}

function reasonOf(state: MechanismState, mechanism: MechanismResult): string | undefined {
  const { raw } = mechanism
  const [earn, share] = [raw.incentive, raw.dividends].map((column) => column.some((bits) => bits !== 0n))
  if (earn && share) return undefined
  if (earn) return 'no dividends: no validator holds a bond in a miner that has incentive'
  const what = share ? 'no incentive' : 'no incentive and no dividends'
  const fallback = share ? '' : `; ${fallbackOf(raw)}`
  return `${what}: ${whyNoIncentive(state, mechanism)}${fallback}`
}

function whyNoIncentive(state: MechanismState, { active, raw }: MechanismResult): string {
  if (!active.some((flag) => flag !== 0)) return 'nobody is active'
  if (!raw.activeStake.some((bits) => bits > 0n))
    return 'nobody who is active has a validator permit and stake above the threshold'
  const silent = silentStake(state, raw.activeStake)
  const clause = silent === 0n ? '' : `, of which ${fixed(silent)} weighs nobody`
  return `no miner has weight from a majority of active stake${clause}`
}

/** Active stake, I32F32 bits, of those whose row is empty or all zeros. */
function silentStake({ weights: { rowStart, value } }: MechanismState, activeStake: BigInt64Array): bigint {
  let silent = 0n
  for (const [uid, stake] of activeStake.entries()) {
    const row = value.subarray(rowStart[uid], rowStart[uid + 1])
    if (!row.some((weight) => weight > 0)) silent += stake
  }
  return silent
}

function fallbackOf({ stake, activeStake }: MechanismResult['raw']): string {
  const some = (column: BigInt64Array): boolean => column.some((bits) => bits > 0n)
  if (some(activeStake)) return 'validators share all of the emission by active stake'
  if (some(stake)) return 'validators share all of the emission by stake, that of the inactive too'
  return 'nobody gets any of the emission'
}
