/** `yuma epoch --across-versions`: one epoch by the rules of every version, side by side. */

import { type EpochByRange, type EpochChanges, epochAcrossVersions } from '../engine/across.ts'
import { asInFiles } from '../engine/faults.ts'
import { epochJsonPieces } from '../engine/json.ts'
import { inWords } from '../engine/rules.ts'
import type { Engine, EpochResult, RulesRange } from '../engine/types.ts'
import { InputError, type ParsedDocument, type Snapshot } from '../snapshot/index.ts'
import { writeText } from '../snapshot/node.ts'
import { acrossFigure } from './across-figure.ts'
import type { Arguments } from './command.ts'
import { headline } from './epoch-report.ts'
import { alpha, printable, proportion, shortAddress, type TableColumn, table } from './format.ts'
import type { Io } from './io.ts'

const MAX_UID = 65534

/** What `--across-versions` shows beside the table of ranges. */
export interface AcrossRequest {
  /** Neurons to follow, by uid and by hotkey. */
  readonly uids: readonly number[]
  readonly hotkeys: readonly string[]
  /** Where the figure goes. */
  readonly svg: string | undefined
  readonly json: boolean
  readonly trace: boolean
}

/**
 * What the arguments ask for; undefined without `--across-versions`.
 * @throws {UsageError} for options that go with it alone, or do not go with it.
 */
export function acrossRequest(args: Arguments): AcrossRequest | undefined {
  const request = {
    uids: args.integers('uid', 0, MAX_UID) ?? [],
    hotkeys: args.text('hotkey')?.split(',') ?? [],
    svg: args.text('svg'),
    json: args.has('json'),
    trace: args.has('trace'),
  }
  if (!args.has('across-versions')) {
    const given = ['uid', 'hotkey', 'svg'].find((name) => args.text(name) !== undefined)
    if (given !== undefined) throw args.usage(`--${given} goes with --across-versions`)
    return undefined
  }
  const other = ['as-spec', 'top', 'emission'].find((name) => args.text(name) !== undefined)
  if (other !== undefined) throw args.usage(`--${other} does not go with --across-versions`)
  if (request.trace && !request.json) throw args.usage('--trace with --across-versions needs --json')
  return request
}

/** One document by the rules of every version: a table or JSON, and the figure where one is asked for. */
export async function writeAcross(
  io: Io,
  engine: Engine,
  document: ParsedDocument,
  request: AcrossRequest,
): Promise<void> {
  const { snapshot } = document
  const uids = chosenUids(snapshot, request)
  const epochs = epochAcrossVersions(engine, snapshot, { trace: request.trace })
  if (request.svg !== undefined) await writeText(request.svg, acrossFigure(document, epochs, uids))
  await io.out.write(
    request.json ? acrossJson(document, epochs) : acrossReport(document, epochs, engine, uids),
  )
}

/** @throws {InputError} for a uid or a hotkey that the snapshot has not. */
function chosenUids({ n, hotkeys }: Snapshot, request: AcrossRequest): readonly number[] {
  for (const uid of request.uids) {
    if (uid < n) continue
    throw new InputError({ field: 'uid', expected: `expected a uid below ${n}, found ${uid}` })
  }
  const named = request.hotkeys.map((hotkey) => {
    const uid = hotkeys?.indexOf(hotkey) ?? -1
    if (uid >= 0) return uid
    const expected =
      hotkeys === undefined
        ? 'expected a snapshot with hotkeys to find one in; this one has none: --uid names a neuron'
        : `expected a hotkey of the snapshot, found ${hotkey}`
    throw new InputError({ field: 'hotkey', expected })
  })
  return [...new Set([...request.uids, ...named])]
}

/** A line of JSON for each range, newest first: where it stands, what it changes, and the epoch as `--json` has it. */
function* acrossJson({ name }: ParsedDocument, epochs: readonly EpochByRange[]): Generator<string> {
  for (const { range, spec, own, result, refusal, changes } of epochs) {
    const { first, last, evidence, as, branch } = range
    const head = { document: name, range: { first, last, evidence, as, branch }, spec, own }
    yield JSON.stringify({ ...head, changes: changesJson(changes) }).slice(0, -1)
    if (result === null) {
      const { field, expected, uid, mechanism } = asInFiles(refusal!)
      yield `,"refused":${JSON.stringify({ field, expected, uid, mechanism })}}\n`
      continue
    }
    yield ',"epoch":'
    yield* epochJsonPieces(result)
    yield '}\n'
  }
}

function changesJson(changes: EpochChanges | null): unknown {
  if (changes === null) return null
  const { miners, validators, largest } = changes
  return {
    miners: [...miners],
    validators: [...validators],
    largest: largest === null ? null : { uid: largest.uid, rao: String(largest.rao) },
  }
}

const RULES: TableColumn = { title: 'rules', align: 'left' }

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

function* acrossReport(
  { name, snapshot }: ParsedDocument,
  epochs: readonly EpochByRange[],
  engine: Engine,
  uids: readonly number[],
): Generator<string> {
  const own = epochs.find((epoch) => epoch.own)
  const lines = [
    printable(name),
    headline(snapshot, engine),
    own === undefined
      ? `by the rules of every version; those of ${snapshot.specVersion}, its own, are not known`
      : `by the rules of every version: AS IF, but for ${own.spec}, ${inWords(own.range)}`,
    'miners, validators: how many have another result than by the rules before',
    '',
    ...rangesTable(epochs),
    ...refusalLines(epochs),
    ...branchLines(epochs),
    '',
    ...uids.flatMap((uid) => [...neuronTable(snapshot, epochs, uid), '']),
  ]
  for (const line of lines) yield `${line}\n`
}

/** A range by its numbers. */
export function rangeName({ first, last }: RulesRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

function rangesTable(epochs: readonly EpochByRange[]): string[] {
  const columns = [
    RULES,
    right('to miners'),
    right('to validators'),
    right('miners'),
    right('validators'),
    right('largest'),
    right('uid'),
  ]
  const rows = epochs.map(({ range, result, changes }) => [
    rangeName(range),
    ...(result === null ? ['refused'] : paidCells(result)),
    ...(changes === null ? [] : changedCells(changes)),
  ])
  return table(columns, rows)
}

function paidCells({ serverEmission, validatorEmission }: EpochResult): string[] {
  return [serverEmission, validatorEmission].map((column) => alpha(column.reduce((a, b) => a + b, 0n)))
}

function changedCells({ miners, validators, largest }: EpochChanges): string[] {
  const counts = [String(miners.length), String(validators.length)]
  if (largest === null) return counts
  return [...counts, signedAlpha(largest.rao), String(largest.uid)]
}

function signedAlpha(rao: bigint): string {
  return rao < 0n ? `-${alpha(-rao)}` : `+${alpha(rao)}`
}

/** Why ranges refuse the snapshot, those with the same reason together. */
function refusalLines(epochs: readonly EpochByRange[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const { range, refusal } of epochs) {
    if (refusal === null) continue
    const { message } = asInFiles(refusal)
    const ranges = reasons.get(message) ?? []
    reasons.set(message, [...ranges, rangeName(range)])
  }
  return [...reasons].map(([reason, ranges]) => `refused by ${ranges.join(', ')}: ${printable(reason)}`)
}

function branchLines(epochs: readonly EpochByRange[]): string[] {
  const branches = epochs.filter(({ range }) => range.branch).map(({ range }) => rangeName(range))
  if (branches.length === 0) return []
  return [`${branches.join(', ')}: of a branch; the row above it is held against the row below it`]
}

function neuronTable(snapshot: Snapshot, epochs: readonly EpochByRange[], uid: number): string[] {
  const hotkey = snapshot.hotkeys?.[uid]
  const columns = [
    RULES,
    right('incentive'),
    right('vtrust'),
    right('dividends'),
    { title: 'permit', align: 'left' } as const,
    right('as miner'),
    right('as validator'),
  ]
  const rows = epochs.map(({ range, result }) => [
    rangeName(range),
    ...(result === null ? ['refused'] : neuronCells(result, uid)),
  ])
  return [hotkey === undefined ? `uid ${uid}` : `uid ${uid} ${shortAddress(hotkey)}`, ...table(columns, rows)]
}

function neuronCells(result: EpochResult, uid: number): string[] {
  return [
    proportion(result.incentive[uid]!),
    proportion(result.validatorTrust[uid]!),
    proportion(result.dividends[uid]!),
    result.validatorPermit[uid] === 1 ? 'yes' : 'no',
    alpha(result.serverEmission[uid]!),
    alpha(result.validatorEmission[uid]!),
  ]
}
