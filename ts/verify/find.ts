import type { Chain, EpochMarks } from '../chain/chain.ts'
import { checkFind } from './checks.ts'
import type { EpochId } from './history.ts'

/** Which epochs to look for. */
export interface FindOptions {
  /** Blocks after this one. */
  readonly after: bigint
  /** Up to and with this one. */
  readonly to: bigint
  /** Default: all. */
  readonly netuids?: readonly number[]
  readonly signal?: AbortSignal
}

/**
 * The epochs of a span of blocks, those skipped with them, by block and netuid. Each subnet says when its last one
 * was, and the state before that one when the one before was: a few requests per epoch, none per block. A subnet
 * that ends within the span is looked at block by block.
 *
 * @throws {ChainError} {@link AbortedError}
 */
export async function findEpochs(chain: Chain, options: FindOptions): Promise<readonly EpochId[]> {
  checkFind(chain, options)
  const { after, to } = options
  const [was, is] = [await marks(chain, after, options), await marks(chain, to, options)]
  const found: EpochId[] = []
  for (const [netuid, { last }] of is) found.push(...(await walkBack(chain, netuid, last, options)))
  const ended = [...was].filter(([netuid, { registeredAt }]) => is.get(netuid)?.registeredAt !== registeredAt)
  if (ended.length > 0) {
    found.push(
      ...(await scan(
        chain,
        ended.map(([netuid]) => netuid),
        options,
      )),
    )
  }
  return distinct(found)
}

async function walkBack(
  chain: Chain,
  netuid: number,
  last: bigint,
  { after, signal }: FindOptions,
): Promise<readonly EpochId[]> {
  const found: EpochId[] = []
  for (let block = last; block > after; ) {
    found.push({ netuid, block })
    const before = await marks(chain, block - 1n, { netuids: [netuid], signal })
    const previous = before.get(netuid)?.last ?? 0n
    // An older state cannot name a later block; one that does would go round for ever.
    block = previous < block ? previous : 0n
  }
  return found
}

async function scan(
  chain: Chain,
  netuids: readonly number[],
  { after, to, signal }: FindOptions,
): Promise<EpochId[]> {
  const found: EpochId[] = []
  for (let block = after + 1n; block <= to; block++) {
    for (const [netuid, { last }] of await marks(chain, block, { netuids, signal })) {
      if (last === block) found.push({ netuid, block })
    }
  }
  return found
}

function distinct(epochs: readonly EpochId[]): readonly EpochId[] {
  const byKey = new Map(epochs.map((epoch) => [`${epoch.netuid}/${epoch.block}`, epoch]))
  return [...byKey.values()].sort((a, b) =>
    a.block === b.block ? a.netuid - b.netuid : a.block < b.block ? -1 : 1,
  )
}

/** The marks of subnets, the root left out, at a block. */
async function marks(
  chain: Chain,
  block: bigint,
  {
    netuids,
    signal,
  }: { readonly netuids?: readonly number[] | undefined; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<number, EpochMarks>> {
  const found = await chain.epochMarks(block, netuids, signal)
  return new Map(found.map((mark) => [mark.netuid, mark]))
}
