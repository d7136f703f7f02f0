import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { Chain } from '../chain/index.ts'
import { type Engine, type EngineKind, loadEngine } from '../engine/index.ts'
import { FileError } from '../errors/index.ts'
import { onlyFile } from '../snapshot/files.ts'
import { writeText } from '../snapshot/node.ts'
import {
  type BlockVerification,
  blockVerificationJson,
  type Difference,
  History,
  junit,
  type NotComparable,
  type Pot,
  recheck,
  type Verification,
  verificationJson,
  verifyBlock,
  verifyEpoch,
  type WatchOptions,
  watch,
} from '../verify/index.ts'
import { CHAIN_OPTIONS, type Session, withChain } from './chain-options.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { grouped, table } from './format.ts'
import { interruptible } from './interrupt.ts'
import type { Io } from './io.ts'
import { type Meaning, painted } from './terminal.ts'
import { epochLine, VerifySummary } from './verify-summary.ts'
import { type Telling, telling, tellingOf, WATCH_OPTIONS } from './watch-options.ts'

const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_NETUID = 4095
const MAX_POLL_SECONDS = 3600

/** `yuma verify` */
export const verify: Command = {
  name: 'verify',
  usage: '(--netuid N | --block B) [options]',
  about: `Recomputes an epoch that the chain ran, and the block around it, from the state before, and compares every
value that the chain stored. Says equal, or which values differ; names what it does not cover, and what transactions of
the block changed too. Exit code 1 where any differs. --block without --netuid checks the whole block: every subnet,
and every epoch that was due in it.

With --since every epoch from a block on, with --watch those to come too, of all subnets or of some: a line for each,
every difference in full, and at the end a summary. With --history they are kept in a DuckDB file, and none is checked
twice or left out however the program ends. What differs is read again, from another endpoint where there is one, before
it is reported or kept; --recheck checks what is kept as different. A watch can serve numbers for Prometheus, and post
an alert of a difference, of a permit lost and of trust that falls.`,
  options: {
    netuid: { value: 'N[,N…]', help: 'the subnet; with --since and --watch several (all)' },
    block: {
      value: 'B',
      help: "the block in which the epoch ran (the subnet's last one), or the whole block",
    },
    nominators: { help: 'check what each coldkey holds too; lists every holder of every hotkey' },
    since: { value: 'B', help: 'check every epoch from this block on' },
    watch: { help: 'follow the chain and check each epoch as it happens; needs --history' },
    poll: { value: 'SECONDS', help: 'between two looks at the head (6)' },
    history: { value: 'FILE', help: 'a DuckDB file to keep the results in' },
    recheck: { help: 'check again what the history holds as different or not checked; needs --history' },
    parquet: { value: 'FOLDER', help: 'write the history as Parquet, alone or after the checks' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON per epoch, yuma-verification/1, or yuma-block-verification/1' },
    verbose: { help: 'with --since and --watch the whole report of each epoch, and not a line' },
    junit: { value: 'FILE', help: 'write a JUnit report too' },
    ...WATCH_OPTIONS,
    ...CHAIN_OPTIONS,
  },
  async run(args, io) {
    const request = requestOf(args)
    const code = request.kind === 'export' ? EXIT.done : await check(request, args, io)
    if (request.parquet !== undefined) await exportHistory(request.history!, request.parquet, io)
    return code
  },
}

interface Request {
  readonly kind: 'one' | 'block' | 'many' | 'recheck' | 'export'
  readonly netuids: readonly number[] | undefined
  readonly block: bigint | undefined
  readonly since: bigint | undefined
  readonly follow: boolean
  readonly poll: number
  readonly nominators: boolean
  readonly history: string | undefined
  readonly parquet: string | undefined
  readonly engine: EngineKind | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly junit: string | undefined
  readonly telling: Telling
}

/** What the arguments ask for, all of it checked before anything is done. */
function requestOf(args: Arguments): Request {
  args.onlyOptions()
  const [since, follow] = [args.u64('since'), args.has('watch')]
  const request: Request = {
    kind: kindOf(args, since !== undefined || follow),
    netuids: netuidsOf(args),
    block: args.u64('block'),
    since,
    follow,
    poll: args.integer('poll', 0, MAX_POLL_SECONDS) ?? 6,
    nominators: args.has('nominators'),
    history: args.text('history'),
    parquet: args.text('parquet'),
    engine: args.choice('engine', ENGINES),
    json: args.has('json'),
    verbose: args.has('verbose'),
    junit: args.text('junit'),
    telling: tellingOf(args, follow),
  }
  const { kind, netuids, history } = request
  if (kind === 'one' && netuids?.length !== 1) throw args.usage('one --netuid expected')
  if (kind === 'many' && request.block !== undefined) throw args.usage('--block is of one epoch')
  if ((kind === 'one' || kind === 'block') && history !== undefined)
    throw args.usage('--history goes with --since, --watch or --recheck')
  if (kind === 'recheck' && (since !== undefined || follow || request.block !== undefined))
    throw args.usage('--recheck goes with --netuid alone')
  if (kind === 'recheck' && history === undefined) throw args.usage('--recheck needs --history')
  if (follow && history === undefined) throw args.usage('--watch needs --history')
  if (follow && request.junit !== undefined) throw args.usage('--junit needs an end: not with --watch')
  if (request.parquet !== undefined && history === undefined) throw args.usage('--parquet needs --history')
  // Before the chain is asked for anything.
  if (history !== undefined) onlyFile(history)
  if (request.parquet !== undefined) onlyFile(request.parquet)
  return request
}

function kindOf(args: Arguments, many: boolean): Request['kind'] {
  if (args.has('recheck')) return 'recheck'
  if (many) return 'many'
  if (args.text('netuid') !== undefined) return 'one'
  if (args.text('parquet') !== undefined) return 'export'
  return args.text('block') === undefined ? 'one' : 'block'
}

function netuidsOf(args: Arguments): readonly number[] | undefined {
  const text = args.text('netuid')
  if (text === undefined) return undefined
  return text.split(',').map((part) => {
    const netuid = /^[0-9]{1,4}$/.test(part) ? Number(part) : Number.NaN
    if (netuid >= 1 && netuid <= MAX_NETUID) return netuid
    throw args.usage(`--netuid: expected numbers from 1 to ${MAX_NETUID}, found ${JSON.stringify(part)}`)
  })
}

async function check(request: Request, args: Arguments, io: Io): Promise<number> {
  const { kind, history } = request
  if (kind === 'recheck' && !existsSync(history!)) throw new FileError(history!, 'there is no such history')
  const engine = await loadEngine(request.engine === undefined ? {} : { prefer: request.engine })
  const seen: (Verification | BlockVerification)[] = []
  const outcomes = new Set<Verification['outcome']>()
  const summary = new VerifySummary()
  const report = async (verification: Verification | BlockVerification): Promise<void> => {
    outcomes.add(verification.outcome)
    if (request.junit !== undefined) seen.push(verification)
    if (!('epochs' in verification)) summary.add(verification)
    io.progress.clear()
    await io.out.write(linesOf(verification, request))
    // Whoever reads along is not kept waiting for the next one.
    await io.out.flush()
  }
  await withChain(args, io, (session) => run(session, engine, request, io, report, summary))
  io.progress.clear()
  if (request.kind === 'many' && !request.json) await io.out.write(summary.lines())
  const { junit: file } = request
  if (file !== undefined) await interruptible((signal) => writeText(file, [junit(seen)], { signal }))
  if (outcomes.has('different')) return EXIT.difference
  return outcomes.has('unchecked') ? EXIT.usage : EXIT.done
}

async function run(
  { chain, signal }: Session,
  engine: Engine,
  request: Request,
  io: Io,
  report: (verification: Verification | BlockVerification) => Promise<void>,
  summary: VerifySummary,
): Promise<void> {
  const { kind, netuids, block, since, history, nominators } = request
  if (kind === 'block') {
    io.progress.show(`reading block ${block}`)
    return report(await verifyBlock(engine, chain, { block: block!, nominators, signal }))
  }
  if (kind === 'one') {
    const netuid = netuids![0]!
    io.progress.show(`reading subnet ${netuid}`)
    return report(
      await verifyEpoch(engine, chain, {
        netuid,
        nominators,
        signal,
        ...(block === undefined ? {} : { block }),
      }),
    )
  }
  const options: WatchOptions = {
    signal,
    nominators,
    once: !request.follow,
    pollMs: request.poll * 1000,
    onVerification: report,
    onFault: ({ message }) => io.note(`${message}; trying again`),
    onProgress: (progress) => {
      summary.reached(progress)
      io.progress.show(`up to block ${grouped(progress.block)}, ${grouped(summary.epochs)} epochs`)
    },
    ...(netuids === undefined ? {} : { netuids }),
    ...(since === undefined ? {} : { since }),
  }
  if (history === undefined) return watch(engine, chain, options)
  await using kept = await openHistory(history, chain, signal)
  if (kind === 'recheck') await recheck(engine, chain, { ...options, history: kept })
  else
    await telling(request.telling, kept, io, (more) =>
      watch(engine, chain, { ...options, ...more, history: kept }),
    )
}

async function openHistory(file: string, chain: Chain, signal: AbortSignal): Promise<History> {
  return History.open(file, await chain.blockHash(0, signal))
}

async function exportHistory(file: string, folder: string, io: Io): Promise<void> {
  await using history = await History.open(file)
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new FileError(folder, cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const names = await interruptible((signal) => history.exportParquet(folder, { signal }))
  for (const name of names) io.note(`wrote ${name}`)
}

/** Outcomes in words. */
export const OUTCOMES: Readonly<Record<Verification['outcome'], string>> = {
  equal: 'equal',
  different: 'DIFFERENT',
  skipped: 'skipped by the chain, its input being inconsistent',
  deferred: 'deferred by the chain to the next block',
  unchecked: 'NOT CHECKED',
}

const MEANINGS: Readonly<Record<Verification['outcome'], Meaning>> = {
  equal: 'good',
  different: 'bad',
  skipped: 'doubtful',
  deferred: 'doubtful',
  unchecked: 'doubtful',
}

function outcomeShown(outcome: Verification['outcome']): string {
  return painted(MEANINGS[outcome], OUTCOMES[outcome])
}

type Checks = Pick<Verification, 'checked' | 'differences' | 'notComparable' | 'notes'>

function linesOf(
  verification: Verification | BlockVerification,
  { kind, json, verbose }: Request,
): Iterable<string> {
  if ('epochs' in verification)
    return json ? [blockVerificationJson(verification)] : blockReport(verification)
  if (json) return [verificationJson(verification)]
  return kind === 'many' && !verbose ? shortReport(verification) : verificationReport(verification)
}

/** An epoch among many: a line, and its differences. */
function* shortReport(verification: Verification): Generator<string> {
  yield `${epochLine(verification, outcomeShown(verification.outcome))}\n`
  if (verification.differences.length > 0) yield `${differenceTable(verification.differences)}\n`
}

/** A verification for people. */
export function* verificationReport(verification: Verification): Generator<string> {
  const { netuid, block, specVersion, n, outcome, pot } = verification
  yield `subnet ${netuid}, block ${grouped(block)}, spec ${specVersion}, ${n} neurons: ${outcomeShown(outcome)}\n`
  if (pot?.known === 'inferred') yield `  pot: inferred, ${amountsOf(pot)} rao\n`
  yield* checksReport(verification)
}

function amountsOf({ least, most }: Pot): string {
  return least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`
}

/** The verification of a block for people. */
export function* blockReport(verification: BlockVerification): Generator<string> {
  const { block, specVersion, subnets, outcome, epochs } = verification
  const due = `${epochs.length} ${epochs.length === 1 ? 'epoch' : 'epochs'}`
  yield `block ${grouped(block)}, spec ${specVersion}, ${subnets} subnets, ${due}: ${outcomeShown(outcome)}\n`
  yield* checksReport(verification)
  for (const epoch of epochs) {
    yield '\n'
    yield* verificationReport(epoch)
  }
}

function* checksReport({ checked, differences, notComparable, notes }: Checks): Generator<string> {
  if (checked.length > 0) {
    const values = checked.reduce((sum, field) => sum + field.values, 0)
    const found = differences.length === 0 ? 'all equal' : `${grouped(differences.length)} differ`
    const others = notComparable.length === 0 ? '' : ` but ${grouped(notComparable.length)} not comparable`
    yield `  ${grouped(values)} values compared, ${found}${others}\n`
    yield `  ${checked.map((field) => `${field.field} ${grouped(field.values)}`).join(', ')}\n`
  }
  if (differences.length > 0) yield `\n${differenceTable(differences)}\n`
  if (notComparable.length > 0) yield* notComparableLines(notComparable)
  for (const { kind, about, text } of notes) yield `  ${kind.replace('-', ' ')}: ${text} (${about})\n`
}

/** What was touched, by event, and how many values of each field. */
function* notComparableLines(values: readonly NotComparable[]): Generator<string> {
  const fields = new Map<string, Map<string, number>>()
  for (const { event, extrinsic, netuid, field } of values) {
    const by = `${event}${extrinsic === null ? '' : `, transaction ${extrinsic}`}`
    const place = netuid === null ? field : `${field} of subnet ${netuid}`
    const counts = fields.get(by) ?? new Map<string, number>()
    fields.set(by, counts.set(place, (counts.get(place) ?? 0) + 1))
  }
  for (const [by, counts] of fields) {
    const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name} ${count}`))
    yield `  not comparable: ${names.join(', ')} (${by})\n`
  }
}

function differenceTable(differences: readonly Difference[]): string {
  const lines = table(
    [
      { title: 'field', align: 'left' },
      { title: 'netuid', align: 'right' },
      { title: 'uid', align: 'right' },
      { title: 'column', align: 'right' },
      { title: 'chain', align: 'right' },
      { title: 'ours', align: 'right' },
      { title: 'first step', align: 'left' },
      { title: 'hotkey, coldkey', align: 'left' },
    ],
    differences.map(({ field, netuid, mechanism, uid, column, chain, ours, firstStep, hotkey, coldkey }) => [
      mechanism === null || mechanism === 0 ? field : `${field} of mechanism ${mechanism}`,
      netuid === null ? '-' : String(netuid),
      uid === null ? '-' : String(uid),
      column === null ? '-' : String(column),
      chain ?? 'none',
      ours ?? 'none',
      firstStep,
      [hotkey, coldkey].filter((key) => key !== null).join(' ') || '-',
    ]),
  )
  return `${lines.join('\n')}\n`
}
