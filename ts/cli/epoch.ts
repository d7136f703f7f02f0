import { dueEmissions, loadEmission, withDueEmission } from '../emission/index.ts'
import { asInFiles } from '../engine/faults.ts'
import { epochJsonPieces, loadEngine } from '../engine/index.ts'
import type { Engine, EngineKind, EpochOptions, EpochResult } from '../engine/types.ts'
import {
  InputError,
  NETWORK_SCHEMA,
  type ParsedDocument,
  parseDocuments,
  parseNetwork,
} from '../snapshot/index.ts'
import { readBytes, readDocuments, STANDARD_INPUT, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import { type AcrossRequest, acrossRequest, writeAcross } from './across.ts'
import type { Arguments, Command } from './command.ts'
import { epochReport } from './epoch-report.ts'
import { EXIT } from './exit.ts'
import { grouped } from './format.ts'
import type { Io } from './io.ts'
import { noteUpgrades } from './note-upgrade.ts'

export const ENGINES: readonly EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']
const MAX_TOP = 65535
const MAX_SPEC = 0xffff_ffff

/** Epochs in one call of the engine: enough for all cores, few enough to hold their results. */
const BATCH_DOCUMENTS = 256
/** Weights and bonds in one call, for the same reason; a trace is several times as big as they are. */
const BATCH_ENTRIES = 4_000_000
const TRACE_FACTOR = 16

/** `yuma epoch` */
export const epoch: Command = {
  name: 'epoch',
  usage: 'FILE… [options]',
  about: `Runs the epoch of each snapshot (yuma-snapshot/1), of each subnet of a network (yuma-network/1), of each vector
(yuma-epoch-vector/1) or set of vectors (yuma-epoch-vector-set/1), plain or gzip; - is standard input. Shows who earns
what, or prints every value. Of a snapshot from a chain it shares out what is pending at its state; --emission due takes
what the epoch will have, with what the blocks until then add.`,
  options: {
    json: { help: "one line of JSON per epoch, under the field names of the vectors' output" },
    engine: { value: 'KIND', help: `${ENGINES.join(', ')} (the fastest there is)` },
    emission: {
      value: 'WHICH',
      help: 'pending: what the snapshot says; due: what the epoch will have, of a network file (pending)',
    },
    trace: { help: 'the value of every stage too' },
    'as-spec': { value: 'NUMBER', help: 'compute by the rules of this spec version, not by the file’s own' },
    top: { value: 'N', help: 'how many miners and validators to list (10)' },
    'across-versions': {
      help: 'by the rules of every version, side by side: who gets what, and what each changed',
    },
    uid: { value: 'U[,U…]', help: 'with --across-versions: what these neurons get, version by version' },
    hotkey: { value: 'KEY[,KEY…]', help: 'the same by their hotkeys (SS58)' },
    svg: { value: 'FILE', help: 'with --across-versions of one epoch: a figure of it' },
  },
  async run(args, io) {
    const { files, kind, json, options, top, due, across } = epochArguments(args)
    if (across !== undefined) return epochsAcross(io, files, kind, across)
    let engine: Engine | undefined
    let warned = false
    let done = 0
    for (const file of files) {
      const documents = due ? await readDue(file) : await readDocuments(file)
      engine ??= await loadEngine(kind === undefined ? {} : { prefer: kind })
      if (!warned) warned = warnAsIf(io, documents, options.asSpec)
      noteUpgrades(
        io,
        documents.map(({ snapshot }) => snapshot),
      )
      for (const { document, result } of results(engine, documents, shownName(file), options)) {
        await io.out.write(json ? jsonLine(result) : epochReport(document, result, engine, { top, due }))
        done += 1
        if (done % 16 === 0) io.progress.show(`${grouped(done)} epochs`)
      }
    }
    return EXIT.done
  },
}

function* jsonLine(result: EpochResult): Generator<string> {
  yield* epochJsonPieces(result)
  yield '\n'
}

interface EpochArguments {
  readonly files: readonly string[]
  readonly kind: EngineKind | undefined
  readonly json: boolean
  readonly options: EpochOptions
  readonly top: number
  /** Whether epochs share out what they will have. */
  readonly due: boolean
  /** What is shown of each epoch by the rules of every version, where that is asked for. */
  readonly across: AcrossRequest | undefined
}

/** The epochs of a network, each with what it will have to share out. */
async function readDue(path: string): Promise<readonly ParsedDocument[]> {
  const file = shownName(path)
  const bytes = await unpack(await readBytes(path), file)
  const schema = readSchema(bytes, file)
  if (schema !== NETWORK_SCHEMA) {
    throw new InputError({ file, field: 'schema', expected: expectedNetwork(schema) })
  }
  const network = await parseNetwork(bytes, { file })
  const due = dueEmissions(await loadEmission(), network)
  const documents = new Map(
    (await parseDocuments(bytes, { file })).map((document) => [document.name, document]),
  )
  return network.subnets.flatMap(({ netuid, epoch }) => {
    const document = documents.get(`subnet ${netuid}`)
    const emission = due.get(netuid)
    if (epoch === null || document === undefined || emission === undefined) return []
    return [{ ...document, snapshot: withDueEmission(epoch, emission) }]
  })
}

/** Why `--emission due` is refused of another file. */
export function expectedNetwork(schema: string): string {
  return `expected a whole network (yuma pull --all) for --emission due, found ${schema}: what blocks add to one subnet depends on all`
}

function epochArguments(args: Arguments): EpochArguments {
  const files = args.positionals
  if (files.length === 0) throw args.usage('no FILE given')
  if (files.filter((file) => file === STANDARD_INPUT).length > 1)
    throw args.usage('standard input can be read once')
  const asSpec = args.integer('as-spec', 0, MAX_SPEC)
  return {
    files,
    kind: args.choice('engine', ENGINES),
    json: args.has('json'),
    options: { trace: args.has('trace'), ...(asSpec === undefined ? {} : { asSpec }) },
    top: args.integer('top', 0, MAX_TOP) ?? 10,
    due: args.choice('emission', ['pending', 'due']) === 'due',
    across: acrossRequest(args),
  }
}

/** Every epoch of the files by the rules of every version. */
async function epochsAcross(
  io: Io,
  files: readonly string[],
  kind: EngineKind | undefined,
  request: AcrossRequest,
): Promise<number> {
  const engine = await loadEngine(kind === undefined ? {} : { prefer: kind })
  let first = true
  for (const file of files) {
    const documents = await readDocuments(file)
    noteUpgrades(
      io,
      documents.map(({ snapshot }) => snapshot),
    )
    for (const document of documents) {
      if (request.svg !== undefined && !first)
        throw new InputError({ file: shownName(file), field: 'svg', expected: 'expected one epoch to draw' })
      first = false
      try {
        await writeAcross(io, engine, document, request)
      } catch (error) {
        throw inPlace(error, placeOf(shownName(file), document, documents))
      }
    }
  }
  return EXIT.done
}

/** Says once that what follows is no chain's epoch. Returns whether it did. */
function warnAsIf(io: Io, documents: readonly ParsedDocument[], asSpec: number | undefined): boolean {
  const other = documents.find(({ snapshot }) => asSpec !== undefined && snapshot.specVersion !== asSpec)
  if (other === undefined) return false
  const own = other.snapshot.specVersion
  io.note(`AS IF at spec ${asSpec}: no chain ran the epoch of ${other.name}, of spec ${own}, by these rules`)
  return true
}

/** An epoch's input and what it gave. */
export interface Outcome {
  readonly document: ParsedDocument
  readonly result: EpochResult
}

/** The results of a file's epochs, in order. */
export function* results(
  engine: Engine,
  documents: readonly ParsedDocument[],
  file: string,
  options: EpochOptions,
): Generator<Outcome> {
  const run = (document: ParsedDocument): EpochResult => {
    try {
      return engine.epoch(document.snapshot, options)
    } catch (error) {
      throw inPlace(error, placeOf(file, document, documents))
    }
  }
  for (const batch of batches(documents, options)) {
    const together = tryTogether(engine, batch, options)
    for (const [at, document] of batch.entries()) yield { document, result: together?.[at] ?? run(document) }
  }
}

function* batches(
  documents: readonly ParsedDocument[],
  { trace }: EpochOptions,
): Generator<ParsedDocument[]> {
  let batch: ParsedDocument[] = []
  let entries = 0
  for (const document of documents) {
    batch.push(document)
    entries += entriesOf(document) * (trace ? TRACE_FACTOR : 1)
    if (batch.length < BATCH_DOCUMENTS && entries < BATCH_ENTRIES) continue
    yield batch
    batch = []
    entries = 0
  }
  if (batch.length > 0) yield batch
}

function entriesOf({ snapshot }: ParsedDocument): number {
  return snapshot.mechanisms.reduce(
    (sum, { weights, bonds }) => sum + weights.uid.length + bonds.uid.length,
    0,
  )
}

/** One call for the batch; undefined where the engine refuses one of it, which is then found by one call for each. */
function tryTogether(
  engine: Engine,
  batch: readonly ParsedDocument[],
  options: EpochOptions,
): EpochResult[] | undefined {
  try {
    return engine.epochs(
      batch.map(({ snapshot }) => snapshot),
      options,
    )
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

interface Place {
  readonly file: string
  readonly document?: string
}

/** Where a document is: its name only where the file has several. */
function placeOf(file: string, { name }: ParsedDocument, documents: readonly ParsedDocument[]): Place {
  return documents.length > 1 ? { file, document: name } : { file }
}

/** A fault of an epoch's input with its place in the files; any other as it is. */
function inPlace(cause: unknown, where: Place): unknown {
  if (!(cause instanceof InputError)) return cause
  return asInFiles(cause, where)
}
