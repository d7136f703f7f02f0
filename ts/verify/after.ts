import { type Item, SUBNET } from '../chain/items.ts'
import { u16s } from '../chain/kinds.ts'
import type { State } from '../chain/state.ts'
import type { Field } from './types.ts'

const PRUNING_SCORES: Item<Uint16Array> = {
  pallet: 'SubtensorModule',
  name: 'PruningScores',
  keys: ['u16'],
  kind: u16s,
  absent: new Uint16Array(0),
}

/** Amounts that an epoch drains, and counters that it starts again. */
const DRAINED: Readonly<Partial<Record<Field, Item<bigint>>>> = {
  PendingEmission: SUBNET.pendingEmission,
  PendingAlphaSwapped: SUBNET.pendingAlphaSwapped,
  PendingRootDivs: SUBNET.pendingRootDivs,
  PendingServerEmission: SUBNET.pendingServerEmission,
  PendingValidatorEmission: SUBNET.pendingValidatorEmission,
  PendingRootAlphaDivs: SUBNET.pendingRootAlphaDivs,
  PendingOwnerCut: SUBNET.pendingOwnerCut,
  BlocksSinceLastStep: SUBNET.blocksSinceLastStep,
}

/** What an epoch leaves beside what a snapshot holds. */
export interface AfterItems {
  /** Items that are 0 after an epoch, as far as the runtime has them. */
  readonly drained: readonly (readonly [Field, bigint])[]
  /** Empty where the runtime has none. */
  readonly pruningScores: Uint16Array
}

/** Reads it in one request. */
export async function readAfter(state: State, netuid: number): Promise<AfterItems> {
  const { schema } = state
  const plan = state.plan()
  const drained = Object.entries(DRAINED)
    .filter(([, item]) => schema.of(item).storage !== undefined)
    .map(([field, item]) => [field as Field, plan.value(item, netuid)] as const)
  const pruningScores = plan.value(PRUNING_SCORES, netuid)
  await state.read(plan)
  return {
    drained: drained.map(([field, cell]) => [field, cell.value] as const),
    pruningScores: pruningScores.value,
  }
}
