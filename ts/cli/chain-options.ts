import { type At, type Chain, connect, endpointName, type Retry } from '../chain/index.ts'
import type { Arguments, Option } from './command.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'

/** Public endpoints of the main network: one that follows the head, and one that keeps every block. */
const FINNEY: readonly string[] = [
  'wss://entrypoint-finney.opentensor.ai:443',
  'wss://archive.chain.opentensor.ai:443',
]
/** Names an endpoint where no option does; several are separated by commas. */
export const ENDPOINT_VARIABLE = 'YUMA_ENDPOINT'

const MAX_BLOCK = 0xffff_ffff
const MAX_SECONDS = 3600

/** Options of every command that reads a chain. */
export const CHAIN_OPTIONS: Readonly<Record<'endpoint' | 'timeout' | 'prove', Option>> = {
  endpoint: {
    value: 'URL[,URL…]',
    help: `nodes to ask, the next when one fails ($${ENDPOINT_VARIABLE}, else finney's and its archive)`,
  },
  timeout: { value: 'SECONDS', help: 'for each answer (30)' },
  prove: { help: "prove every value and list of keys by the state root of the block's header" },
}

/** A chain for the time of a command: warnings are notes, and what is tried again is said on the terminal. */
export interface Session {
  readonly chain: Chain
  readonly signal: AbortSignal
}

/** Connects as the options say, does the work, and disconnects. The first Ctrl-C stops it in good order. */
export async function withChain<T>(
  args: Arguments,
  io: Io,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const endpoints = endpointsOf(args)
  const timeoutMs = timeoutOf(args)
  return interruptible(async (signal) => {
    io.progress.show(`connecting to ${endpoints.map(endpointName).join(', ')}`)
    await using chain = await connect(endpoints, {
      signal,
      prove: args.has('prove'),
      onWarning: (message) => io.note(message),
      onRetry: (retry) => io.progress.show(retryText(retry)),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    return await work({ chain, signal })
  })
}

/** Milliseconds for each answer, where the options say so. */
export function timeoutOf(args: Arguments): number | undefined {
  const seconds = args.integer('timeout', 1, MAX_SECONDS)
  return seconds === undefined ? undefined : seconds * 1000
}

function retryText({ method, reason, tried, tries, pauseMs }: Retry): string {
  const what = method === 'connecting' ? reason : `${reason} (${method})`
  const next = pauseMs < 100 ? 'trying again' : `trying again in ${(pauseMs / 1000).toFixed(1)} s`
  return `${what}; tried ${tried} of ${tries} times, ${next}`
}

/** The nodes that the options name. */
export function endpointsOf(args: Arguments): readonly string[] {
  const named = args.text('endpoint') ?? process.env[ENDPOINT_VARIABLE]
  if (named === undefined || named === '') return FINNEY
  const endpoints = named.split(',').map((url) => url.trim())
  const wrong = endpoints.find((url) => !/^wss?:\/\/./.test(url))
  if (wrong === undefined) return endpoints
  throw args.usage(`--endpoint: expected ws:// or wss:// URLs, found ${JSON.stringify(endpointName(wrong))}`)
}

/** The block that an option names, by number or hash; the newest finalized one where it is not there. */
export function blockOption(args: Arguments, name: string): At | undefined {
  const text = args.text(name)
  if (text === undefined || /^0x[0-9a-fA-F]{64}$/.test(text)) return text
  if (text === 'finalized' || text === 'best') return text
  if (/^[0-9]{1,10}$/.test(text) && Number(text) <= MAX_BLOCK) return Number(text)
  throw args.usage(
    `--${name}: expected a block's number or hash, finalized or best, found ${JSON.stringify(text)}`,
  )
}
