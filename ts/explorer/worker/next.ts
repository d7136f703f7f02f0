import { type Engine, InputError, type Snapshot } from 'yuma-core'
import type { Emission } from 'yuma-core/emission'
import { type Next, next } from 'yuma-core/simulate'
import { chainSnapshotOf, type NetworkSnapshot } from 'yuma-core/snapshot'

/** What comes next for a subnet that was read from a chain; of a network its blocks are run until the epochs. */
export function nextOf(
  engine: Engine,
  emission: Emission,
  { snapshot, network }: { readonly snapshot: Snapshot; readonly network: NetworkSnapshot | null },
): Next {
  if (network !== null && snapshot.netuid !== undefined)
    return next(engine, emission, network, { netuid: snapshot.netuid })
  if (snapshot.extra?.chain === undefined) {
    const expected = 'expected a subnet that was read from a chain: a generated one has no schedule'
    throw new InputError({ field: 'chain', expected })
  }
  return next(engine, emission, chainSnapshotOf(snapshot)!)
}
