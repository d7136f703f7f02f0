/** An archive node on loopback for `npm run bench:replay`, with the latency and the limit of one that is far away. */

import { FakeChain } from '../test/chain/fake-chain.ts'
import { ChainServer } from '../test/chain/server.ts'
import { makeRun, type Run } from '../test/verify/run.ts'

/** How a node answers. */
export interface Manners {
  /** From a request to its answer. */
  readonly latencyMs: number
  /** Requests a second, as many at once among them; the others are refused with 429. Null for any number. */
  readonly perSecond: number | null
}

/** A node, and what it was asked. */
export interface Archive {
  readonly url: string
  /**
   * Requests that it answered, those that it refused, and characters of the answers; and how often one came while no
   * other waited for its answer: with latency and one client that is how often the client waits.
   */
  counts(): {
    readonly answered: number
    readonly refused: number
    readonly bytes: number
    readonly rounds: number
  }
  close(): Promise<void>
}

/** A chain of spec 300 whose subnets have an epoch every four blocks. */
export async function makeChain(netuids: readonly number[], epochs: number): Promise<Run> {
  return makeRun({ netuids, epochs, n: 256, validators: 64, seed: 7 })
}

/** Serves a chain's whole history. */
export async function serveArchive({ blocks }: Run, { latencyMs, perSecond }: Manners): Promise<Archive> {
  let [rounds, waiting] = [0, 0]
  let [refused, tokens, filledAt] = [0, perSecond ?? 0, performance.now()]
  const isOver = (): boolean => {
    if (perSecond === null) return false
    const now = performance.now()
    tokens = Math.min(perSecond, tokens + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
    if (tokens < 1) return true
    tokens--
    return false
  }
  const server = await ChainServer.start(new FakeChain(blocks), {
    fault: () => {
      if (isOver()) {
        refused++
        return { kind: 'error', code: 429, message: 'Too Many Requests' }
      }
      if (latencyMs === 0) return undefined
      if (waiting++ === 0) rounds++
      // Before the answer goes, whose time begins after this one's.
      setTimeout(() => waiting--, latencyMs)
      return { kind: 'delay', ms: latencyMs }
    },
  })
  return {
    url: server.url,
    counts: () => ({ answered: server.requests.length - refused, refused, bytes: server.answered, rounds }),
    close: () => server.close(),
  }
}
