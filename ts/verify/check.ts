import type { Chain } from '../chain/chain.ts'
import type { Emission } from '../emission/index.ts'
import type { Engine } from '../engine/types.ts'
import { InputError } from '../errors/index.ts'
import type { EpochStates } from '../snapshot/block.ts'
import { confirmed } from './confirm.ts'
import { checkedEpoch, readEpoch, unverified, type VerifyOptions } from './epoch.ts'
import type { Entry } from './history.ts'
import type { CheckedEpoch } from './types.ts'

/** What is put in a history of an epoch, and what that was made of. */
export interface CheckedEntry extends Entry, Pick<CheckedEpoch, 'payments' | 'input'> {
  readonly states: EpochStates
}

/**
 * Reads and checks an epoch for a history or a lake, and confirms what differs.
 * @throws {ChainError} {@link AbortedError}
 */
export async function checkEpoch(
  engine: Engine,
  emission: Emission,
  chain: Chain,
  epoch: VerifyOptions & { readonly block: bigint },
): Promise<CheckedEntry> {
  const check = async (from: Chain): Promise<CheckedEntry> => {
    const states = await readEpoch(from, epoch)
    const found = checked(engine, emission, states)
    const { outcome } = found.verification
    const ran = outcome !== 'skipped' && outcome !== 'deferred'
    return { ...found, states, ...(ran ? { before: states.before, after: states.after } : {}) }
  }
  return confirmed(chain, check, ({ verification }) => verification)
}

/** A check, or, where the rules of the version are not known, the record that there was none. */
function checked(engine: Engine, emission: Emission, states: EpochStates): CheckedEpoch {
  try {
    return checkedEpoch(engine, emission, states)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { verification: unverified(engine, states, error) }
  }
}
