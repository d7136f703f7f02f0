import type { Chain } from '../chain/chain.ts'
import { ChainError } from '../errors/index.ts'
import { blockVerificationJson, verificationJson } from './json.ts'
import type { BlockVerification, Verification } from './types.ts'

/** How often each endpoint is asked again before it is given up that two readings agree. */
const ROUNDS = 2

/** What one reading came to. */
interface Reading {
  /** Place of the endpoint that gave it; undefined where it may have been several. */
  readonly endpoint: number | undefined
  readonly text: string
}

/**
 * Reads and checks, and where the chain seems to differ, reads again: afresh, by each endpoint alone, those first that had
 * no part in it. What two endpoints say alike is so; where there is one endpoint, or one alone that answers, what it
 * says twice. And what is equal once is: no wrong answer is equal to what is computed by chance.
 * @param check Reads from the chain that it is given, and checks.
 * @param verificationOf What of it says whether the chain differs.
 * @throws {ChainError} of kind `malformed` where no two readings agree; whatever keeps all endpoints from answering.
 */
export async function confirmed<T>(
  chain: Chain,
  check: (chain: Chain) => Promise<T>,
  verificationOf: (checked: T) => Verification | BlockVerification,
): Promise<T> {
  const first = await check(chain)
  if (!isDoubtful(verificationOf(first))) return first
  const readings: Reading[] = [{ endpoint: soleOf(chain.answeredBy), text: textOf(verificationOf(first)) }]
  for (let round = 0; round < ROUNDS; round++) {
    const checked: T[] = []
    let failure: ChainError | undefined
    for (const endpoint of othersFirst(chain)) {
      const again = await checkAlone(chain, endpoint, check)
      if (again instanceof ChainError) {
        failure = again
        continue
      }
      const verification = verificationOf(again.checked)
      if (verification.outcome === 'equal') return again.checked
      const reading = { endpoint, text: textOf(verification) }
      if (readings.some((other) => isSecondOpinion(reading, other))) return again.checked
      readings.push(reading)
      checked.push(again.checked)
    }
    if (checked.length === 0) throw failure!
    // Nobody else is there to be asked.
    if (checked.length === 1 && saidBefore(readings)) return checked[0]!
  }
  const { block } = verificationOf(first)
  const what = `block ${block} was read ${readings.length} times and no two endpoints say the same of it: they contradict themselves`
  throw new ChainError('malformed', what)
}

/** The one endpoint that all answers are of; undefined of several. */
function soleOf(places: ReadonlySet<number>): number | undefined {
  const [place, ...more] = places
  return more.length === 0 ? place : undefined
}

/** Places of all endpoints, those first that had no part in what was read so far. */
function othersFirst({ endpoints, answeredBy }: Chain): readonly number[] {
  const places = Array.from({ length: endpoints }, (_, place) => place)
  return places.toSorted((a, b) => Number(answeredBy.has(a)) - Number(answeredBy.has(b)))
}

/** What comes of one endpoint alone; the error where nothing does. */
async function checkAlone<T>(
  chain: Chain,
  endpoint: number,
  check: (chain: Chain) => Promise<T>,
): Promise<{ readonly checked: T } | ChainError> {
  await using alone = chain.afresh(endpoint)
  try {
    return { checked: await check(alone) }
  } catch (error) {
    if (error instanceof ChainError) return error
    throw error
  }
}

/** Whether another endpoint said the same. */
function isSecondOpinion(reading: Reading, other: Reading): boolean {
  return other.text === reading.text && other.endpoint !== undefined && other.endpoint !== reading.endpoint
}

/** Whether the last reading was had before. */
function saidBefore(readings: readonly Reading[]): boolean {
  const last = readings.at(-1)!
  return readings.slice(0, -1).some(({ text }) => text === last.text)
}

/** Outcomes that say that the chain did something odd: it may be the answers that are. */
function isDoubtful({ outcome }: Pick<Verification, 'outcome'>): boolean {
  return outcome === 'different' || outcome === 'skipped' || outcome === 'deferred'
}

function textOf(verification: Verification | BlockVerification): string {
  return 'epochs' in verification ? blockVerificationJson(verification) : verificationJson(verification)
}
