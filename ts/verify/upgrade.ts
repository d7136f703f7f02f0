import type { BlockStates } from '../snapshot/block.ts'
import { upgradeSentence } from '../snapshot/upgrade.ts'
import type { Note } from './types.ts'

/** What is to be said of a block that began with the migrations of another runtime. */
export function upgradeNotes({ before }: BlockStates): readonly Note[] {
  const sentence = upgradeSentence(before)
  if (sentence === undefined) return []
  const text = `what the migrations changed, on whose results the block ran: ${sentence}`
  return [{ kind: 'not-covered', about: 'System.LastRuntimeUpgrade', text }]
}
