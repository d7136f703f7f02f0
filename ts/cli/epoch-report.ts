/** An epoch's result as tables for people. */

import { rulesInWords } from '../engine/rules.ts'
import type { Engine, EpochResult } from '../engine/types.ts'
import type { ParsedDocument, Snapshot } from '../snapshot/index.ts'
import { reasonLines } from './epoch-reasons.ts'
import {
  alpha,
  grouped,
  HOTKEY_TITLE,
  printable,
  proportion,
  shortAddress,
  type TableColumn,
  table,
} from './format.ts'
import { traceReport } from './trace-report.ts'

/** How an epoch is reported. */
export interface ReportOptions {
  /** How many miners and validators are listed. */
  readonly top: number
  /** Whether it shares out what it will have, not what is pending. */
  readonly due: boolean
}

/** Lines that say what an epoch gave, each ended. */
export function* epochReport(
  document: ParsedDocument,
  result: EpochResult,
  engine: Engine,
  { top, due }: ReportOptions,
): Generator<string> {
  const { snapshot } = document
  const lines = [
    printable(document.name),
    headline(snapshot, engine),
    rulesLine(snapshot, result),
    payRule(snapshot, result),
    ...emissionLines(result),
    ...reasonLines(snapshot, result),
    ...sharedOutLines(snapshot, due),
    '',
    ...miners(snapshot, result, top),
    '',
    ...validators(snapshot, result, top),
    '',
    ...result.mechanisms.flatMap((mechanism, id) =>
      mechanism.trace === undefined ? [] : traceReport(mechanism.trace, id),
    ),
  ]
  for (const line of lines) yield `${line}\n`
}

/** What a snapshot is, and by which implementation it is computed. */
export function headline(snapshot: Snapshot, { kind, kernel }: Engine): string {
  const parts = [
    ...(snapshot.netuid === undefined ? [] : [`netuid ${snapshot.netuid}`]),
    `spec ${snapshot.specVersion}`,
    `block ${grouped(snapshot.block)}`,
    `n ${grouped(snapshot.n)}`,
    ...(snapshot.mechanisms.length > 1 ? [`${snapshot.mechanisms.length} mechanisms`] : []),
    `engine ${kind} (${kernel})`,
  ]
  return parts.join(' · ')
}

function rulesLine({ specVersion }: Snapshot, { rules, asSpec }: EpochResult): string {
  const asIf = asSpec === undefined ? '' : `, AS IF: the snapshot is of spec ${specVersion}`
  return `rules: ${rulesInWords(rules)}${asIf}`
}

/** What decides who is paid. */
function payRule(snapshot: Snapshot, { rules }: EpochResult): string {
  const isNull = rules.nullConsensus && snapshot.subnetEpochConsensus === 'Null'
  return isNull ? 'Null consensus · bonds are not touched' : bondRule(snapshot)
}

function bondRule(snapshot: Snapshot): string {
  const { yuma3On, liquidAlphaOn, alphaLow, alphaHigh } = snapshot
  const rule = yuma3On ? 'Yuma3 bonds' : 'classic bonds'
  const liquid =
    yuma3On && liquidAlphaOn ? `, liquid alpha ${proportion(alphaLow)} to ${proportion(alphaHigh)}` : ''
  return `${rule}${liquid} · penalty ${proportion(snapshot.bondsPenalty)} · kappa ${proportion(snapshot.kappa)}`
}

function sum(values: BigUint64Array): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

function emissionLines(result: EpochResult): string[] {
  const line = (name: string, server: BigUint64Array, validator: BigUint64Array): string =>
    `${name}: ${alpha(sum(server))} alpha to miners, ${alpha(sum(validator))} to validators`
  const whole = line('emission', result.serverEmission, result.validatorEmission)
  if (result.mechanisms.length === 1) return [whole]
  const parts = result.mechanisms.map(({ serverEmission, validatorEmission }, id) =>
    line(`  mechanism ${id}`, serverEmission, validatorEmission),
  )
  return [whole, ...parts]
}

/** What was shared out, of a snapshot from a chain: more comes in until the epoch. */
function sharedOutLines(snapshot: Snapshot, due: boolean): string[] {
  const amount = `shares out ${alpha(snapshot.emission)} alpha`
  if (due) return [`${amount}: what the epoch in block ${grouped(snapshot.block)} will have`]
  const state = stateBlockOf(snapshot)
  if (state === undefined) return []
  const more = `without what ${blocks(state + 1n, snapshot.block)} until the epoch adds`
  return [`${amount}: what is pending after block ${grouped(state)}, ${more} (--emission due)`]
}

function blocks(first: bigint, last: bigint): string {
  return first >= last ? `block ${grouped(last)}` : `each of blocks ${grouped(first)} to ${grouped(last)}`
}

/** Number of the block whose state a snapshot is, where it was read from a chain. */
function stateBlockOf({ extra }: Snapshot): bigint | undefined {
  const { state_block: text } = (extra?.chain ?? {}) as { readonly state_block?: unknown }
  return typeof text === 'string' && /^[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined
}

/** The uids that pass, the greatest by `key` first, lower uids first among equals. */
function ranked(n: number, passes: (uid: number) => boolean, key: (uid: number) => bigint): number[] {
  const uids = Array.from({ length: n }, (_, uid) => uid).filter(passes)
  return uids.sort((a, b) => Number(key(b) > key(a)) - Number(key(b) < key(a)) || a - b)
}

const UID: TableColumn = { title: 'uid', align: 'right' }
const HOTKEY: TableColumn = { title: HOTKEY_TITLE, align: 'left' }
const EMISSION: TableColumn = { title: 'emission (alpha)', align: 'right' }

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

/** Columns and cells, with the hotkey's left out where the snapshot knows none. */
function peopleTable(
  { hotkeys }: Snapshot,
  uids: readonly number[],
  columns: readonly TableColumn[],
  cells: (uid: number) => string[],
): string[] {
  if (hotkeys === undefined)
    return table(
      [UID, ...columns],
      uids.map((uid) => [String(uid), ...cells(uid)]),
    )
  const row = (uid: number): string[] => [String(uid), shortAddress(hotkeys[uid] ?? ''), ...cells(uid)]
  return table([UID, HOTKEY, ...columns], uids.map(row))
}

function title(what: string, by: string, shown: number, all: number): string {
  if (all === 0) return `no ${what}`
  return shown < all ? `top ${shown} of ${grouped(all)} ${what} by ${by}` : `${grouped(all)} ${what} by ${by}`
}

function miners(snapshot: Snapshot, result: EpochResult, top: number): string[] {
  const all = ranked(
    result.n,
    (uid) => result.incentive[uid]! > 0 || result.serverEmission[uid]! > 0n,
    (uid) => result.serverEmission[uid]! + (BigInt(result.incentive[uid]!) << 64n),
  )
  const shown = all.slice(0, top)
  const heading = title('miners', 'incentive', shown.length, all.length)
  if (shown.length === 0) return [heading]
  const columns = [right('incentive'), right('consensus'), EMISSION]
  const lines = peopleTable(snapshot, shown, columns, (uid) => [
    proportion(result.incentive[uid]!),
    proportion(result.consensus[uid]!),
    alpha(result.serverEmission[uid]!),
  ])
  return [heading, ...lines]
}

function validators(snapshot: Snapshot, result: EpochResult, top: number): string[] {
  // The combination of several mechanisms, as the chain makes it, counts stake once for each.
  const { stake } = result.mechanisms[0]!
  const all = ranked(
    result.n,
    (uid) =>
      result.validatorPermit[uid] === 1 || result.dividends[uid]! > 0 || result.validatorEmission[uid]! > 0n,
    (uid) => stake[uid]! + (result.validatorEmission[uid]! << 64n) + (BigInt(result.dividends[uid]!) << 128n),
  )
  const shown = all.slice(0, top)
  const heading = title('validators', 'dividends', shown.length, all.length)
  if (shown.length === 0) return [heading]
  const columns = [
    right('stake (alpha)'),
    right('stake weight'),
    right('vtrust'),
    right('dividends'),
    { title: 'permit', align: 'left' } as const,
    { title: 'active', align: 'left' } as const,
    EMISSION,
  ]
  const lines = peopleTable(snapshot, shown, columns, (uid) => [
    alpha(stake[uid]!),
    proportion(result.stakeWeight[uid]!),
    proportion(result.validatorTrust[uid]!),
    proportion(result.dividends[uid]!),
    result.validatorPermit[uid] === 1 ? 'yes' : 'no',
    result.active[uid] === 1 ? 'yes' : 'no',
    alpha(result.validatorEmission[uid]!),
  ])
  return [heading, ...lines]
}
