import type { ChainSnapshot, MaturingCommit } from '../snapshot/network.ts'
import { RowsBuilder } from '../snapshot/rows.ts'
import type { MechanismState, SparseRows } from '../snapshot/types.ts'
import type { Note } from './types.ts'

/** What the epoch ran on, and what is to be said of it. */
export interface Replay {
  readonly input: ChainSnapshot
  /** Uids that another neuron has taken in the epoch's own block: what the epoch stored for them is gone. */
  readonly replaced: ReadonlySet<number>
  readonly notes: readonly Note[]
}

interface States {
  readonly before: ChainSnapshot
  readonly after: ChainSnapshot
}

/**
 * Puts in what the block did to the epoch's input before the epoch, as far as the state after it shows.
 * @param earlier Subnets whose epochs came first in the block and paid root dividends as stake on root, which every later
 * one weighs.
 */
export function replay(states: States, earlier: readonly number[] = []): Replay {
  const { before, after } = states
  const notes: Note[] = []
  const replaced = replacedUids(before, after)
  if (replaced.size > 0) {
    notes.push({
      kind: 'not-covered',
      about: 'Keys',
      text: `uids ${[...replaced].join(', ')} were registered anew in the epoch's own block: what the epoch stored for them was overwritten`,
    })
  }
  notes.push(...earlierPayouts(earlier))
  return { input: withOwner(withReveals(before, after, notes), after, notes), replaced, notes }
}

function replacedUids(before: ChainSnapshot, after: ChainSnapshot): ReadonlySet<number> {
  const replaced = new Set<number>()
  for (let uid = 0; uid < Math.max(before.n, after.n); uid++) {
    if (before.hotkeys[uid] !== after.hotkeys[uid]) replaced.add(uid)
  }
  return replaced
}

/** Rows, updates and commits of those whose timelocked weights the block revealed, from the state after it. */
function withReveals(before: ChainSnapshot, after: ChainSnapshot, notes: Note[]): ChainSnapshot {
  const { maturingCommits } = before
  if (maturingCommits.length === 0) return before
  const uids = [...new Set(maturingCommits.map(({ uid }) => uid))].sort((a, b) => a - b)
  notes.push({
    kind: 'replayed',
    about: 'TimelockedWeightCommits',
    text: `weights of uids ${uids.join(', ')} were due to be revealed in the epoch's own block: their rows are those of the state after it, and their commits count as revealed`,
  })
  const mechanisms = before.mechanisms.map((mechanism, i) =>
    withRevealed(
      mechanism,
      after.mechanisms[i] ?? mechanism,
      revealedIn(maturingCommits, i),
      before.commitRevealEnabled,
    ),
  )
  return { ...before, mechanisms }
}

function revealedIn(commits: readonly MaturingCommit[], mechanism: number): ReadonlySet<number> {
  return new Set(commits.filter((commit) => commit.mechanism === mechanism).map(({ uid }) => uid))
}

/** As if all of `uids` were revealed: a commit whose pulse is late stays, which the row alone does not show. */
function withRevealed(
  before: MechanismState,
  after: MechanismState,
  uids: ReadonlySet<number>,
  commitReveal: boolean,
): MechanismState {
  const pick = (mine: BigUint64Array, theirs: BigUint64Array): BigUint64Array =>
    mine.map((block, uid) => (uids.has(uid) ? (theirs[uid] ?? block) : block))
  return {
    ...before,
    weights: rowsFrom(before.weights, after.weights, uids),
    // With commit-reveal on a commit is an update and its reveal is none.
    lastUpdate: commitReveal ? before.lastUpdate : pick(before.lastUpdate, after.lastUpdate),
    commitBlocks: pick(before.commitBlocks, after.commitBlocks),
  }
}

/** The rows of `uids` of one matrix and all others of another. */
function rowsFrom(others: SparseRows, those: SparseRows, uids: ReadonlySet<number>): SparseRows {
  const rows = new RowsBuilder()
  for (let uid = 0; uid + 1 < others.rowStart.length; uid++) {
    const { rowStart, uid: column, value } = uids.has(uid) ? those : others
    for (let at = rowStart[uid] ?? 0; at < (rowStart[uid + 1] ?? 0); at++) rows.push(column[at]!, value[at]!)
    rows.endRow()
  }
  return rows.finish()
}

/** The owner may change in the block, before the epoch, by conviction. */
function withOwner(before: ChainSnapshot, after: ChainSnapshot, notes: Note[]): ChainSnapshot {
  if (before.subnet.subnetOwnerHotkey === after.subnet.subnetOwnerHotkey) return before
  notes.push({
    kind: 'replayed',
    about: 'SubnetOwnerHotkey',
    text: "the owner's hotkey changed in the epoch's own block: the new one is taken",
  })
  const { subnetOwner, subnetOwnerHotkey } = after.subnet
  return {
    ...before,
    ownerUid: after.ownerUid,
    subnet: { ...before.subnet, subnetOwner, subnetOwnerHotkey },
    ownedHotkeys: after.ownedHotkeys,
  }
}

/** Epochs of other subnets in the same block that ran before this one and may have changed its stake. */
function earlierPayouts(earlier: readonly number[]): readonly Note[] {
  if (earlier.length === 0) return []
  const netuids = earlier.toSorted((a, b) => a - b)
  return [
    {
      kind: 'not-replayed',
      about: 'TotalHotkeyAlpha',
      text: `the epochs of subnets ${netuids.join(', ')} in the same block came first and paid root dividends, which are stake here`,
    },
  ]
}
