import type { EngineKind } from '../engine/index.ts'
import { createLake, KEEPS, type Keep, type Lake, openLake, USUAL_SPAN } from '../replay/index.ts'
import { checkRange, type ReplayProgress, type ReplaySummary, replay } from '../replay/run.ts'
import { checkSubnets, subnetsBetween } from '../replay/subnets.ts'
import { CHAIN_OPTIONS, endpointsOf, type Session, timeoutOf, withChain } from './chain-options.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped } from './format.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'
import { aboutQueue, isAboutQueue, planInto, QUEUE_OPTIONS, queueOf } from './replay-queue.ts'

const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_NETUID = 4095
const MAX_BLOCK = 2n ** 32n - 1n
const MAX_JOBS = 256

/** `yuma replay` */
export const replayCommand: Command = {
  name: 'replay',
  usage: 'LAKE --from B --to B [options] | LAKE --check',
  about: `Replays the epochs of a range of blocks: each is recomputed from the state before and compared with what the
chain stored, and goes with all that is known of it into a lake, a folder of Parquet by subnet and span that DuckDB, Spark,
Polars and ClickHouse read as it is. It goes on where the last one ended, whatever ended it: no epoch is replayed twice or
left out. Exit code 1 where an epoch of the range differs.

A node's limit is lived with: who is asked too often is left alone for a while. States of long ago need an archive node.

With --check nothing is replayed: every file of the lake is read and held against its manifest.

With --queue nothing is replayed here: the chunks that the lake lacks go to a queue in PostgreSQL, and yuma work replays
them, on as many machines as there are. Planning twice makes nothing twice.`,
  options: {
    from: { value: 'B', help: 'the first block whose epochs are replayed' },
    to: { value: 'B', help: 'the last one' },
    netuid: { value: 'N[,N…]|all', help: 'the subnets (all that there are in the range)' },
    keep: {
      value: 'LIST',
      help: `what to keep beside epochs, of ${KEEPS.slice(1).join(', ')} (all but snapshots, or what the lake keeps)`,
    },
    span: {
      value: 'BLOCKS',
      help: `blocks of a file, for a new lake (${grouped(USUAL_SPAN)}: 64 epochs of the usual tempo)`,
    },
    jobs: { value: 'N', help: 'threads, each with a connection of its own (one less than there are cores)' },
    check: { help: 'read every file and say what is wrong; exit code 1 where anything is' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    ...QUEUE_OPTIONS,
    json: { help: 'the summary as JSON, yuma-replay/1; with --check a line of JSON for each fault' },
    ...CHAIN_OPTIONS,
  },
  async run(args, io) {
    const folder = args.single('folder for the lake')
    if (args.has('check')) return check(folder, args, io)
    const address = queueOf(args)
    if (isAboutQueue(args)) return aboutQueue(folder, address, args, io)
    const request = requestOf(args)
    return address === undefined
      ? replayInto(folder, request, args, io)
      : planInto(address, request, args, io, (session) => prepared(folder, request, session))
  },
}

export interface Request {
  readonly from: bigint
  readonly to: bigint
  /** Undefined for all. */
  readonly netuids: readonly number[] | undefined
  readonly keep: readonly Keep[] | undefined
  readonly span: bigint | undefined
  readonly jobs: number | undefined
  readonly engine: EngineKind | undefined
  readonly json: boolean
}

/** What the arguments ask for, all of it checked before anything is done. */
function requestOf(args: Arguments): Request {
  const [from, to] = [blockOf(args, 'from'), blockOf(args, 'to')]
  if (from === undefined || to === undefined) throw args.usage('--from and --to expected')
  if (to < from) throw args.usage(`--to: expected a block from ${from} on, found ${to}`)
  return {
    from,
    to,
    netuids: netuidsOf(args),
    keep: keepOf(args),
    span: blockOf(args, 'span'),
    jobs: args.integer('jobs', 1, MAX_JOBS),
    engine: args.choice('engine', ENGINES),
    json: args.has('json'),
  }
}

/** A block whose epoch can be replayed: there is a state before it. */
function blockOf(args: Arguments, name: string): bigint | undefined {
  const block = args.u64(name)
  if (block === undefined || (block >= 1n && block <= MAX_BLOCK)) return block
  throw args.usage(`--${name}: expected an integer from 1 to ${MAX_BLOCK}, found ${block}`)
}

function netuidsOf(args: Arguments): readonly number[] | undefined {
  if (args.text('netuid') === 'all') return undefined
  return args.integers('netuid', 1, MAX_NETUID)
}

function keepOf(args: Arguments): readonly Keep[] | undefined {
  return args
    .text('keep')
    ?.split(',')
    .map((word) => {
      const keep = KEEPS.find((known) => known === word)
      if (keep !== undefined) return keep
      throw args.usage(`--keep: expected words of ${KEEPS.join(', ')}, found ${JSON.stringify(word)}`)
    })
}

async function replayInto(folder: string, request: Request, args: Arguments, io: Io): Promise<number> {
  const { from, to, jobs, engine } = request
  const { lake, netuids } = await withChain(args, io, (session) => prepared(folder, request, session))
  const summary = await interruptible((signal) =>
    replay({
      lake,
      from,
      to,
      netuids,
      jobs,
      engine,
      signal,
      endpoints: endpointsOf(args),
      timeoutMs: timeoutOf(args),
      prove: args.has('prove'),
      onWarning: (message) => io.note(message),
      onProgress: (progress) => io.progress.show(progressText(progress)),
    }),
  )
  io.progress.clear()
  await io.out.write(request.json ? [summaryJson(request, netuids, summary)] : summaryText(folder, summary))
  return (summary.outcomes.different ?? 0) > 0 ? EXIT.difference : EXIT.done
}

/** The lake, which is of the chain, and the subnets that are meant. */
async function prepared(
  folder: string,
  { from, to, netuids, keep, span }: Request,
  { chain, signal }: Session,
): Promise<{ readonly lake: Lake; readonly netuids: readonly number[] }> {
  checkRange(to, (await chain.head('finalized', signal)).number)
  const range = { from, to, signal }
  if (netuids !== undefined) await checkSubnets(chain, netuids, { ...range, span: span ?? USUAL_SPAN })
  const lake = await createLake(folder, {
    chain: await chain.blockHash(0, signal),
    ...(keep === undefined ? {} : { keep }),
    ...(span === undefined ? {} : { span }),
  })
  return { lake, netuids: netuids ?? (await subnetsBetween(chain, { ...range, span: lake.head.span })) }
}

function progressText({ done, total, epochs, ms, leftMs }: ReplayProgress): string {
  const rate = ms < 1000 ? '' : `, ${(epochs / (ms / 1000)).toFixed(1)} a second`
  const left = leftMs === null || done === total ? '' : `, ${durationOf(leftMs)} left`
  return `chunk ${grouped(done)} of ${grouped(total)}, ${grouped(epochs)} epochs${rate}${left}`
}

function durationOf(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 120) return `${minutes} min`
  return `${Math.round(minutes / 60)} h`
}

function* summaryText(
  folder: string,
  { chunks, replayed, epochs, outcomes, swept }: ReplaySummary,
): Generator<string> {
  const parts = Object.entries(outcomes).map(([outcome, count]) => `${grouped(count)} ${outcome}`)
  const by = parts.length === 0 ? '' : `: ${parts.join(', ')}`
  yield `${folder}: ${grouped(epochs)} epochs in the range${by}\n`
  yield `  ${grouped(chunks)} chunks, ${grouped(replayed)} of them replayed now\n`
  if (swept > 0) yield `  ${grouped(swept)} files of a replay that was ended in the middle are gone\n`
}

function summaryJson({ from, to }: Request, netuids: readonly number[], summary: ReplaySummary): string {
  const { chunks, replayed, epochs, outcomes } = summary
  const range = { from: String(from), to: String(to), netuids }
  return `${JSON.stringify({ schema: 'yuma-replay/1', ...range, chunks, replayed, epochs, outcomes })}\n`
}

async function check(folder: string, args: Arguments, io: Io): Promise<number> {
  if (args.text('from') !== undefined || args.text('to') !== undefined)
    throw args.usage('--check goes without a range')
  const lake = await openLake(folder)
  let faults = 0
  await interruptible(async (signal) => {
    for await (const { path, what } of lake.faults(signal)) {
      faults++
      await io.out.write([args.has('json') ? `${JSON.stringify({ path, what })}\n` : `${path}: ${what}\n`])
    }
  })
  if (!args.has('json')) {
    const chunks = `${grouped((await lake.chunks()).length)} chunks`
    await io.out.write([
      faults === 0
        ? `${folder}: ${chunks}, nothing is wrong\n`
        : `${folder}: ${chunks}, ${grouped(faults)} faults\n`,
    ])
  }
  return faults === 0 ? EXIT.done : EXIT.difference
}
