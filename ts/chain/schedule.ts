import type { SubnetItems } from '../snapshot/network.ts'

/** `MAX_TEMPO` of the pallet: after more blocks than these without an epoch one is due. */
const MAX_TEMPO = 50_400n

/** How a runtime decides that a subnet's epoch is due. */
export interface ScheduleRule {
  /**
   * The first block after `state` in which an epoch of the subnet is due, as things stand; null where none ever
   * is. The bound on epochs per block, which may defer it, is left out.
   */
  nextEpoch(subnet: SubnetItems, netuid: number, state: bigint): bigint | null
}

/**
 * Before spec 423: every `Tempo + 1` blocks, at a place that the netuid fixes. Follows
 * `blocks_until_next_epoch` of `pallets/subtensor/src/coinbase/run_coinbase.rs`.
 */
export const MODULO_SCHEDULE: ScheduleRule = {
  nextEpoch({ tempo }, netuid, state) {
    if (tempo === 0) return null
    const [period, next] = [BigInt(tempo) + 1n, state + 1n]
    return next + (BigInt(tempo) - ((next + BigInt(netuid) + 1n) % period))
  },
}

/**
 * From spec 423 on: `Tempo` blocks after the last one, or when its owner asked for it. Follows
 * `should_run_epoch` of the same file; `BlocksSinceLastStep` is counted up before it is looked at.
 */
export const STATEFUL_SCHEDULE: ScheduleRule = {
  nextEpoch(subnet, _netuid, state) {
    if (subnet.tempo === 0) return null
    const due = [
      subnet.lastEpochBlock + BigInt(subnet.tempo),
      state + MAX_TEMPO + 1n - subnet.blocksSinceLastStep,
    ]
    if (subnet.pendingEpochAt > 0n) due.push(subnet.pendingEpochAt)
    const first = due.toSorted((a, b) => (a < b ? -1 : 1))[0]!
    return first > state ? first : state + 1n
  },
}

/** Number of the epoch that a block lies in, as the chain counted before spec 423. */
export function moduloEpochIndex(netuid: number, tempo: number, block: bigint): bigint {
  return (block + BigInt(netuid) + 1n) / (BigInt(tempo) + 1n)
}
