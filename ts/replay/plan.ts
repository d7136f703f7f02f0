/** Which chunks are to be replayed: pure, of what is asked and what is there. */

import { InputError } from '../errors/index.ts'
import { checkPlan } from './checks.ts'
import type { ChunkId } from './tables.ts'

/** Blocks of a chunk where a lake names no other number: 64 epochs at finney's usual tempo of 360. */
export const USUAL_SPAN: bigint = 64n * (360n + 1n)

/** What is asked for, and what is there already. */
export interface PlanOptions {
  /** Chunks that are in the lake. */
  readonly covered: Iterable<ChunkId>
  /** The first block whose epochs are wanted, from 1 on: an epoch runs on the state of the block before. */
  readonly from: bigint
  /** The last one. */
  readonly to: bigint
  readonly netuids: readonly number[]
  /** Blocks of a cell of the grid: that of the lake. */
  readonly span: bigint
}

/**
 * The blocks of a range that no chunk covers yet, as chunks that each lie in one cell of an absolute grid: ranges that
 * overlap plan nothing twice. By block, so that subnets come forward together, then by netuid.
 * @throws {InputError} for a range that ends before it begins.
 */
export function plan(options: PlanOptions): readonly ChunkId[] {
  checkPlan(options)
  const { covered, from, to, netuids, span } = options
  if (to < from) {
    throw new InputError({ field: 'to', expected: `expected a block from ${from} on, found ${to}` })
  }
  const known = byNetuid(covered)
  const chunks = [...new Set(netuids)].flatMap((netuid) =>
    gaps(from, to, known.get(netuid) ?? []).flatMap((gap) => cells(netuid, gap, span)),
  )
  return chunks.sort(byPlace)
}

/** Chunks in the order in which they are replayed. */
export function byPlace(a: ChunkId, b: ChunkId): number {
  if (a.first !== b.first) return a.first < b.first ? -1 : 1
  return a.netuid - b.netuid
}

/** Whether two chunks have blocks of the same subnet in common. */
export function overlap(a: ChunkId, b: ChunkId): boolean {
  return a.netuid === b.netuid && a.first <= b.last && b.first <= a.last
}

interface Blocks {
  readonly first: bigint
  readonly last: bigint
}

function byNetuid(chunks: Iterable<ChunkId>): ReadonlyMap<number, Blocks[]> {
  const known = new Map<number, Blocks[]>()
  for (const chunk of chunks) {
    const others = known.get(chunk.netuid)
    if (others === undefined) known.set(chunk.netuid, [chunk])
    else others.push(chunk)
  }
  for (const own of known.values()) own.sort((a, b) => (a.first < b.first ? -1 : 1))
  return known
}

/** What of a range none of the ascending stretches has. */
function gaps(from: bigint, to: bigint, stretches: readonly Blocks[]): readonly Blocks[] {
  const found: Blocks[] = []
  let first = from
  for (const stretch of stretches) {
    if (stretch.last < first) continue
    if (stretch.first > to) break
    if (stretch.first > first) found.push({ first, last: stretch.first - 1n })
    first = stretch.last + 1n
  }
  if (first <= to) found.push({ first, last: to })
  return found
}

/** A stretch cut where cells of the grid end. */
function cells(netuid: number, { first, last }: Blocks, span: bigint): readonly ChunkId[] {
  const chunks: ChunkId[] = []
  for (let start = first; start <= last; ) {
    const end = (start / span + 1n) * span - 1n
    chunks.push({ netuid, first: start, last: end < last ? end : last })
    start = end + 1n
  }
  return chunks
}
