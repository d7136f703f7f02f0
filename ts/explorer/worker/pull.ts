import { connect, endpointName } from 'yuma-core/chain'
import { packSections } from 'yuma-core/snapshot'
import type { Read } from './messages.ts'

const TOLD_EVERY_MS = 100

/** A subnet as a node has it, at a block or the newest finalized one. */
export async function pullSubnet(
  from: { readonly endpoint: string; readonly netuid: number; readonly block: string | null },
  progress: (done: string) => void,
): Promise<Read> {
  const { endpoint, netuid, block } = from
  progress(`connecting to ${endpointName(endpoint)}`)
  await using chain = await connect(endpoint, { onWarning: progress })
  progress(`reading subnet ${netuid}`)
  const telling = setInterval(
    () => progress(`reading subnet ${netuid}: ${chain.stats.requests} requests`),
    TOLD_EVERY_MS,
  )
  try {
    const snapshot = await chain.subnet(netuid, block === null ? {} : { at: BigInt(block) })
    return { snapshot: packSections(snapshot), at: 0, choices: [], network: null }
  } finally {
    clearInterval(telling)
  }
}
