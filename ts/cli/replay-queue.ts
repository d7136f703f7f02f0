/** What `yuma replay` does with a queue: it plans, says where it is, and has what failed tried again. */

import { type Lake, openLake } from '../replay/index.ts'
import { type JobFault, Queue, type QueueStatus, USUAL_ATTEMPTS } from '../replay/queue.ts'
import { type Session, withChain } from './chain-options.ts'
import type { Arguments, Option } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped } from './format.ts'
import type { Io } from './io.ts'

/** Names a queue where no option does: what is on a command line others see. */
const QUEUE_VARIABLE = 'YUMA_QUEUE'
const MAX_ATTEMPTS = 100
/** Errors that are shown one by one. */
const SHOWN = 20

/** Which queue. */
export const QUEUE_OPTION: Option = {
  value: 'URL',
  help: `postgres://USER:PASSWORD@HOST/DATABASE ($${QUEUE_VARIABLE}); needs pg-boss`,
}

/** Options of `yuma replay` that a queue has. */
export const QUEUE_OPTIONS: Readonly<Record<string, Option>> = {
  queue: QUEUE_OPTION,
  attempts: { value: 'N', help: `how often the queue has a chunk begun (${USUAL_ATTEMPTS})` },
  status: { help: "where the queue's chunks of the lake are; exit code 1 where any has failed" },
  'retry-failed': { help: 'has the queue try again what has failed' },
  'retry-missing': { help: 'has the queue try again what is done and not in this folder' },
}

/** The queue that the options or the environment name. */
export function queueOf(args: Arguments): string | undefined {
  const named = args.text('queue')
  if (named !== undefined) return named
  // The environment names one for who wants a queue, and does not make one of a replay here.
  return isAboutQueue(args) ? queueVariable() : undefined
}

/** The queue that the environment names. */
export function queueVariable(): string | undefined {
  const named = process.env[QUEUE_VARIABLE]
  return named === '' ? undefined : named
}

/** Whether no range is to be planned. */
export function isAboutQueue(args: Arguments): boolean {
  return args.has('status') || args.has('retry-failed') || args.has('retry-missing')
}

/** What is planned. */
interface PlanRequest {
  readonly from: bigint
  readonly to: bigint
  readonly json: boolean
}

/** Sends the chunks that a lake lacks of a range. */
export async function planInto(
  address: string,
  { from, to, json }: PlanRequest,
  args: Arguments,
  io: Io,
  prepare: (session: Session) => Promise<{ readonly lake: Lake; readonly netuids: readonly number[] }>,
): Promise<number> {
  const attempts = args.integer('attempts', 1, MAX_ATTEMPTS)
  // A queue that is not there is told before a lake is made.
  await using queue = await Queue.open(address)
  const { lake, netuids } = await withChain(args, io, prepare)
  const planned = await queue.plan(lake, { from, to, netuids, attempts })
  io.progress.clear()
  const { chunks, sent, elsewhere, failed } = planned
  if (json) {
    const range = { from: String(from), to: String(to), netuids }
    await io.out.write([`${JSON.stringify({ schema: 'yuma-replay-plan/1', ...range, ...planned })}\n`])
    return EXIT.done
  }
  await io.out.write([
    `${lake.folder}: ${grouped(chunks)} chunks are to be replayed, ${grouped(sent)} of them sent to ${queue.name} now\n`,
  ])
  if (failed > 0)
    io.note(`${grouped(failed)} of them failed before: --status says why, --retry-failed sends them again`)
  if (elsewhere > 0)
    io.note(
      `${grouped(elsewhere)} of them are done and not in this folder: copy what the workers wrote, or --retry-missing`,
    )
  return EXIT.done
}

/** What is asked of a queue about a lake. */
export async function aboutQueue(
  folder: string,
  address: string | undefined,
  args: Arguments,
  io: Io,
): Promise<number> {
  if (address === undefined) throw args.usage('--queue expected')
  if (args.text('from') !== undefined || args.text('to') !== undefined)
    throw args.usage('--status and --retry-… go without a range')
  const lake = await openLake(folder)
  await using queue = await Queue.open(address)
  for (const which of ['failed', 'missing'] as const) {
    if (!args.has(`retry-${which}`)) continue
    const sent = await queue.again(lake, which)
    if (!args.has('json')) await io.out.write([`${grouped(sent)} chunks are tried again\n`])
  }
  if (!args.has('status')) return EXIT.done
  const status = await queue.status(lake)
  await io.out.write(args.has('json') ? [statusJson(status)] : statusText(lake.folder, status))
  return status.failed > 0 ? EXIT.difference : EXIT.done
}

function* statusText(
  folder: string,
  { open, running, done, failed, errors }: QueueStatus,
): Generator<string> {
  yield `${folder}: ${grouped(open)} open, ${grouped(running)} running, ${grouped(done)} done, ${grouped(failed)} failed\n`
  for (const error of errors.slice(0, SHOWN)) yield `  ${faultText(error)}\n`
  if (errors.length > SHOWN) yield `  and ${grouped(errors.length - SHOWN)} more: --json has all\n`
}

function faultText({ netuid, first, last, final, attempts, error }: JobFault): string {
  const tried = `${grouped(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'}${final ? '' : ' so far'}`
  return `subnet ${netuid}, blocks ${first} to ${last}, ${tried}: ${error}`
}

function statusJson(status: QueueStatus): string {
  const text = JSON.stringify({ schema: 'yuma-replay-status/1', ...status }, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return `${text}\n`
}
