import { dirname, resolve } from 'node:path'
import { InputError } from '../errors/index.ts'
import {
  loadSimulator,
  parseScenario,
  type Scenario,
  type Simulated,
  type Simulator,
  type SimulatorKind,
} from '../simulate/index.ts'
import type { RecordedColumn } from '../simulate/types.ts'
import type { Snapshot } from '../snapshot/index.ts'
import {
  readBytes,
  readDocuments,
  STANDARD_INPUT,
  shownName,
  writeSnapshot,
  writeText,
} from '../snapshot/node.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, printable, proportion, type TableColumn, table } from './format.ts'
import { Interrupt, interruptible } from './interrupt.ts'
import type { Io } from './io.ts'
import { inFile } from './one-epoch.ts'
import { writeParquet } from './parquet.ts'
import { csvOf, fieldsOf, jsonOf, type RecordedField } from './recording-table.ts'

const ENGINES: readonly SimulatorKind[] = ['native', 'wasm', 'wasm-scalar']
const FORMATS = ['json', 'csv', 'parquet'] as const
const DEFAULT_RECORD: readonly RecordedColumn[] = ['incentive', 'dividends', 'emission', 'stake']
const MAX_TOP = 65_535

type Format = (typeof FORMATS)[number]

/** `yuma simulate` */
export const simulateCommand: Command = {
  name: 'simulate',
  usage: 'FILE [options]',
  about: `Runs a scenario (yuma-scenario/1): epochs in a row, from a snapshot or from a network made from a seed, with agents who
act before each, by the chain's rules. Shows who has what at the end, or writes what the scenario records: JSON, a line
for each recorded epoch; CSV or Parquet, a row for each uid of each. Ctrl-C ends the run between two epochs, and what
is recorded by then is written: as a part in JSON (a last line), in Parquet (its metadata) and on standard error.`,
  options: {
    output: { short: 'o', value: 'FILE', help: 'what is recorded, by the name: .json, .csv or .parquet' },
    format: { value: 'FORMAT', help: `${FORMATS.join(', ')}: what to write (by the name of the output)` },
    final: { value: 'FILE', help: 'the state after the last epoch, as a snapshot' },
    epochs: { value: 'N', help: 'so many epochs instead of those of the scenario' },
    seed: { value: 'NUMBER', help: 'another seed than the scenario has' },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    top: { value: 'N', help: 'how many miners and validators to list (10)' },
  },
  async run(args, io) {
    const file = args.single('FILE')
    const output = outputOf(args)
    const scenario = await readScenario(file)
    const epochs = args.integer('epochs', 0, 0xffff_fffe)
    const seed = args.integer('seed', 0, Number.MAX_SAFE_INTEGER)
    const top = args.integer('top', 0, MAX_TOP) ?? 10
    const options = {
      ...scenario.options,
      ...(epochs === undefined ? {} : { epochs }),
      ...(seed === undefined ? {} : { seed }),
    }
    const record = options.record ?? DEFAULT_RECORD
    // A table that cannot be is said before the run.
    const fields = output?.format === 'csv' || output?.format === 'parquet' ? fieldsOf(record) : []
    const prefer = args.choice('engine', ENGINES)
    const simulator = await loadSimulator(prefer === undefined ? {} : { prefer })
    const start = await startOf(simulator, scenario, file)
    let reason: unknown
    const found = await interruptible(async (signal) => {
      const onProgress = (ran: number): void =>
        io.progress.show(`${grouped(ran)} of ${grouped(options.epochs)} epochs`)
      const ran = await named(file, () => simulator.simulate({ ...options, start, signal, onProgress }))
      reason = signal.reason
      return ran
    })
    await put(io, output, found, fields, options.epochs)
    if (output === undefined) await io.out.write(report(scenario, found, options.epochs, top))
    const final = args.text('final')
    if (final !== undefined) await interruptible((signal) => writeSnapshot(final, found.final, { signal }))
    if (!found.stopped) return EXIT.done
    io.note(
      `stopped after ${grouped(found.epochs)} of ${grouped(options.epochs)} epochs: what they recorded is kept`,
    )
    return reason instanceof Interrupt ? reason.exitCode : EXIT.done
  },
}

/** Where what is recorded goes, and as what. */
interface Output {
  /** Undefined for standard output. */
  readonly path: string | undefined
  readonly format: Format
}

function outputOf(args: Arguments): Output | undefined {
  const path = args.text('output')
  const format = args.choice('format', FORMATS)
  if (path === undefined && format === undefined) return undefined
  const plain = path?.replace(/\.gz$/, '') ?? ''
  const byName = FORMATS.find((known) => plain.endsWith(`.${known}`))
  const chosen = format ?? byName
  if (chosen === undefined)
    throw args.usage(
      `--output: expected a name that ends in ${FORMATS.map((f) => `.${f}`).join(', ')}, or --format`,
    )
  const isFile = path !== undefined && path !== '-'
  if (chosen === 'parquet' && !isFile) throw args.usage('Parquet goes into a file: --output FILE.parquet')
  return { path: isFile ? path : undefined, format: chosen }
}

async function put(
  io: Io,
  output: Output | undefined,
  found: Simulated,
  fields: readonly RecordedField[],
  asked: number,
): Promise<void> {
  if (output === undefined) return
  const { path, format } = output
  if (format === 'parquet') {
    await interruptible((signal) => writeParquet(path!, found, fields, asked, signal))
    return
  }
  const pieces = format === 'csv' ? csvOf(found, fields) : jsonOf(found, asked)
  if (path === undefined) await io.out.write(pieces)
  else await interruptible((signal) => writeText(path, pieces, { signal }))
}

async function readScenario(path: string): Promise<Scenario> {
  const file = shownName(path)
  return parseScenario(await unpack(await readBytes(path), file), { file })
}

/** The snapshot that a scenario begins with; a file is looked for beside the scenario's. */
async function startOf(simulator: Simulator, { start }: Scenario, scenario: string): Promise<Snapshot> {
  if ('make' in start) return simulator.make(start.make)
  const beside = scenario === STANDARD_INPUT ? '.' : dirname(scenario)
  const path = resolve(beside, start.file)
  const [only, ...more] = await readDocuments(path)
  if (only !== undefined && more.length === 0) return only.snapshot
  const expected = `expected a file of one epoch, found ${more.length + (only === undefined ? 0 : 1)}`
  throw new InputError({ file: shownName(scenario), field: 'start.file', expected })
}

/** Faults say which scenario they are of. */
async function named<T>(path: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw cause instanceof InputError ? inFile(cause, shownName(path)) : cause
  }
}

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

/** Columns that the report shows, where they are recorded. */
const SHOWN = {
  incentive: ['incentive', (value) => proportion(Number(value))],
  dividends: ['dividends', (value) => proportion(Number(value))],
  validatorTrust: ['vtrust', (value) => proportion(Number(value))],
  emission: ['emission (alpha)', (value) => alpha(BigInt(value))],
  stake: ['stake (alpha)', (value) => alpha(BigInt(value))],
} satisfies Partial<Record<RecordedColumn, readonly [string, (value: number | bigint) => string]>>

function* report(scenario: Scenario, found: Simulated, asked: number, top: number): Generator<string> {
  const { final, epochs } = found
  if (found.stopped) yield `a part of the run: ${grouped(epochs)} of ${grouped(asked)} epochs\n`
  yield `${printable(scenario.name ?? final.name ?? 'scenario')}\n`
  yield `${grouped(epochs)} epochs · spec ${final.specVersion} · n ${grouped(final.n)} · next block ${grouped(final.block)}\n`
  const last = found.epoch.length === 0 ? undefined : found.at(found.epoch.length - 1)
  if (last === undefined || top === 0) return
  const columns = (Object.keys(SHOWN) as (keyof typeof SHOWN)[]).filter(
    (name) => last.columns[name] !== undefined,
  )
  for (const rank of ['dividends', 'incentive'] as const) {
    const by = last.columns[rank]
    if (by === undefined) continue
    const uids = Array.from(by.keys()).filter((uid) => by[uid]! > 0)
    uids.sort((a, b) => by[b]! - by[a]! || a - b)
    yield `\nby ${rank} in epoch ${grouped(last.epoch)}, block ${grouped(last.block)}\n`
    const rows = uids
      .slice(0, top)
      .map((uid) => [String(uid), ...columns.map((name) => SHOWN[name][1](last.columns[name]![uid]!))])
    for (const line of table([right('uid'), ...columns.map((name) => right(SHOWN[name][0]))], rows))
      yield `${line}\n`
  }
}
