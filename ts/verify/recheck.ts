import { loadEmission } from '#emission'
import type { Chain } from '../chain/chain.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine } from '../engine/types.ts'
import { checkEpoch } from './check.ts'
import { checkRecheck } from './checks.ts'
import type { History } from './history.ts'
import type { Verification } from './types.ts'

/** What of a history to check again, and how. */
export interface RecheckOptions {
  readonly history: History
  /** Default: all subnets. */
  readonly netuids?: readonly number[]
  /** Whether to check what each coldkey holds; where that is what differed it is checked anyway. Default false. */
  readonly nominators?: boolean
  /** What recomputes the blocks around epochs. Default: the fastest there is. */
  readonly emission?: Emission
  readonly signal?: AbortSignal
  /** Told of each epoch once what came of it is in the history. */
  readonly onVerification: (verification: Verification) => Promise<void> | void
}

/**
 * Checks every epoch again that a history holds as different or as not checked, and puts what comes of it in the place of
 * what was there: a difference that a wrong answer made goes, and a version that is known by now is checked.
 *
 * @throws {ChainError} {@link AbortedError}; what was checked until then is in the history.
 */
export async function recheck(engine: Engine, chain: Chain, options: RecheckOptions): Promise<void> {
  checkRecheck(engine, chain, options)
  const { history, netuids, signal } = options
  const emission = options.emission ?? (await loadEmission())
  for (const { netuid, block, holdings } of await history.doubtful()) {
    if (netuids !== undefined && !netuids.includes(netuid)) continue
    const nominators = (options.nominators ?? false) || holdings
    const epoch = { netuid, block, nominators, ...(signal === undefined ? {} : { signal }) }
    const entry = await checkEpoch(engine, emission, chain, epoch)
    await history.replace(entry)
    await options.onVerification(entry.verification)
  }
}
