/** What the epochs of a network will have to share out. */

import { InputError } from '../errors/index.ts'
import { withMembers, withMethods } from '../errors/options.ts'
import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import { type BlockReport, reportsOf } from './network.ts'
import type { Emission } from './types.ts'

/** What an epoch shares out, rao of alpha. */
export interface DueEmission {
  /** Miners' part, validators' and that of root's stake. */
  readonly server: bigint
  readonly validator: bigint
  readonly root: bigint
  /** Their sum. */
  readonly emission: bigint
}

/** Subnets' blocks that one call runs: what is held in memory at once. */
const CALL_ROWS = 16_384
/** More than half a year: no epoch is as far away. */
const MAX_BLOCKS = 1_000_000n

/**
 * What each subnet's epoch will have in the block for which its snapshot is: what is pending there, and what the blocks
 * from the state on add, the epoch's own among them. Extrinsics are not part of it. How much of it root's stake gets
 * depends on all subnets, so that it takes the whole network.
 *
 * @returns By netuid; subnets without neurons are left out, and root.
 * @throws {InputError} for a version of which not all of a block is known, and for a block that is not after the state.
 */
export function dueEmissions(emission: Emission, network: NetworkSnapshot): ReadonlyMap<number, DueEmission> {
  withMethods('an emission engine', 'open', 'facts')('emission', emission)
  withMembers('a network', 'subnets', 'stateBlock')('network', network)
  const blocks = blocksOf(network)
  const due = new Map<number, DueEmission>()
  for (const report of reports(emission, network, Math.max(0, ...[...blocks.values()].map(Number)))) {
    for (const [netuid, after] of blocks) {
      if (network.stateBlock + after === report.block) due.set(netuid, sharedOut(report, netuid))
    }
  }
  return due
}

/** How many blocks after the state each subnet's epoch is. */
function blocksOf({ subnets, stateBlock }: NetworkSnapshot): ReadonlyMap<number, bigint> {
  const blocks = new Map<number, bigint>()
  for (const { netuid, epoch } of subnets) {
    if (netuid === 0 || epoch === null) continue
    const after = epoch.block - stateBlock
    if (after < 1n || after > MAX_BLOCKS) {
      const expected = `expected one of the ${MAX_BLOCKS} blocks after the state's, ${stateBlock}, found ${epoch.block}`
      throw new InputError({ field: 'block', netuid, expected })
    }
    blocks.set(netuid, after)
  }
  return blocks
}

function* reports(emission: Emission, snapshot: NetworkSnapshot, blocks: number): Generator<BlockReport> {
  const network = emission.open(snapshot)
  try {
    const most = Math.max(1, Math.floor(CALL_ROWS / Math.max(1, snapshot.subnets.length)))
    for (let done = 0; done < blocks; done += most)
      yield* reportsOf(network.run(Math.min(most, blocks - done), { reports: 'all' }))
  } finally {
    network.close()
  }
}

/** What the block handed to the subnet's epoch, or what is pending after it where none ran. */
function sharedOut({ payouts, unpaid, after }: BlockReport, netuid: number): DueEmission {
  const of = <T extends { readonly netuid: number }>(rows: readonly T[]): T | undefined =>
    rows.find((row) => row.netuid === netuid)
  const row = of(payouts) ?? of(unpaid) ?? of(after)
  const { pendingServer: server = 0n, pendingValidator: validator = 0n, pendingRoot: root = 0n } = row ?? {}
  return { server, validator, root, emission: server + validator + root }
}

/**
 * A snapshot whose epoch shares out what it will have, in place of what is pending at its state.
 * @throws {InputError} for what is neither.
 */
export function withDueEmission(snapshot: ChainSnapshot, due: DueEmission): ChainSnapshot {
  withMembers('a snapshot', 'mechanisms', 'emission')('snapshot', snapshot)
  withMembers('what an epoch shares out', 'server', 'validator', 'root', 'emission')('due', due)
  const parts = {
    pendingServerEmission: due.server,
    pendingValidatorEmission: due.validator,
    pendingRootAlphaDivs: due.root,
  }
  // Where the snapshot has the parts by themselves they are those of the sum.
  const known = Object.entries(parts).filter(([name]) => snapshot[name as keyof typeof parts] !== undefined)
  return { ...snapshot, emission: due.emission, ...Object.fromEntries(known) }
}
