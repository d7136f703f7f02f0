import type { Snapshot } from '../snapshot/types.ts'
import { type UpgradeState, upgradeSentence } from '../snapshot/upgrade.ts'
import type { Io } from './io.ts'

/** Says of a state that the block after it begins with the migrations of another runtime, where it does. */
export function noteUpgrade(io: Io, state: UpgradeState): void {
  const sentence = upgradeSentence(state)
  if (sentence !== undefined) io.note(sentence)
}

/** The same of snapshots as files have them, once for each block. */
export function noteUpgrades(io: Io, snapshots: readonly Snapshot[]): void {
  const sentences = snapshots.flatMap((snapshot) => upgradeSentence(stateOf(snapshot)) ?? [])
  for (const sentence of new Set(sentences)) io.note(sentence)
}

/** What a file's section says of the state, as it stands there. */
function stateOf({ specVersion, extra }: Snapshot): UpgradeState {
  const { upgraded_from: from, state_block: block } = (extra?.chain ?? {}) as Readonly<
    Record<string, unknown>
  >
  const isThere = typeof from === 'number' && typeof block === 'string' && /^[0-9]{1,20}$/.test(block)
  return { specVersion, stateBlock: isThere ? BigInt(block) : 0n, upgradedFrom: isThere ? from : null }
}
