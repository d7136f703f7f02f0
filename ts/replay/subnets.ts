/** Which subnets there are in a range of blocks. */

import type { Chain } from '../chain/chain.ts'
import { InputError } from '../errors/index.ts'

/**
 * Every subnet that is there before the range, at its end, or at a place of the grid between. What is registered and
 * removed again between two places alone is not seen: that is less than a cell of the grid, in which no subnet can be
 * pruned, since the chain keeps each for its immunity period of several cells; see docs/replay.md.
 * @throws {ChainError} {@link AbortedError}
 */
export async function subnetsBetween(
  chain: Chain,
  range: { readonly from: bigint; readonly to: bigint; readonly span: bigint; readonly signal?: AbortSignal },
): Promise<readonly number[]> {
  const found = new Set<number>()
  for (const block of placesOf(range))
    for (const { netuid } of await chain.epochMarks(block, undefined, range.signal)) found.add(netuid)
  return [...found].sort((a, b) => a - b)
}

/**
 * That subnets are there somewhere in a range: of one that is not nothing would ever be found.
 * @throws {InputError} {@link ChainError} {@link AbortedError}
 */
export async function checkSubnets(
  chain: Chain,
  netuids: readonly number[],
  range: Parameters<typeof subnetsBetween>[1],
): Promise<void> {
  const { from, to, signal } = range
  let missing = netuids
  for (const block of [to, from - 1n]) {
    if (missing.length === 0) return
    const there = await chain.epochMarks(block, missing, signal)
    missing = missing.filter((netuid) => !there.some((marks) => marks.netuid === netuid))
  }
  if (missing.length === 0) return
  const between = await subnetsBetween(chain, range)
  missing = missing.filter((netuid) => !between.includes(netuid))
  if (missing.length === 0) return
  const expected = `expected a subnet that is there from block ${from} to ${to}, found ${missing.join(', ')}`
  throw new InputError({ field: 'netuid', expected })
}

function* placesOf({
  from,
  to,
  span,
}: {
  readonly from: bigint
  readonly to: bigint
  readonly span: bigint
}): Generator<bigint> {
  yield from - 1n
  for (let block = (from / span + 1n) * span - 1n; block < to; block += span) yield block
  yield to
}
