import type { Chain } from '../chain/chain.ts'
import { ChainError } from '../errors/index.ts'
import { blockVerificationJson, verificationJson } from './json.ts'
import type { BlockVerification, Verification } from './types.ts'

/** Readings after which it is given up that two of them agree. */
const READINGS = 3

/**
 * Reads and checks, and where the chain seems to differ, reads again: afresh, from another endpoint where there is one. One
 * stale or wrong answer makes a difference, and does not make it twice. What two readings agree on is so, and what is
 * equal once is: no wrong answer is equal to what is computed by chance.
 * @param check Reads from the chain that it is given, and checks.
 * @param verificationOf What of it says whether the chain differs.
 * @throws {ChainError} of kind `malformed` where three readings are three different ones.
 */
export async function confirmed<T>(
  chain: Chain,
  check: (chain: Chain) => Promise<T>,
  verificationOf: (checked: T) => Verification | BlockVerification,
): Promise<T> {
  const first = await check(chain)
  if (!isDoubtful(verificationOf(first))) return first
  const seen = new Set([textOf(verificationOf(first))])
  let source = chain
  for (let reading = 2; reading <= READINGS; reading++) {
    source = source.afresh()
    await using again = source
    const checked = await check(again)
    const verification = verificationOf(checked)
    const text = textOf(verification)
    if (seen.has(text) || verification.outcome === 'equal') return checked
    seen.add(text)
  }
  const { block } = verificationOf(first)
  const what = `block ${block} was read ${READINGS} times and was another each time: the endpoints contradict themselves`
  throw new ChainError('malformed', what)
}

/** Outcomes that say that the chain did something odd: it may be the answers that are. */
function isDoubtful({ outcome }: Pick<Verification, 'outcome'>): boolean {
  return outcome === 'different' || outcome === 'skipped' || outcome === 'deferred'
}

function textOf(verification: Verification | BlockVerification): string {
  return 'epochs' in verification ? blockVerificationJson(verification) : verificationJson(verification)
}
