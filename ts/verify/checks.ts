/** What callers hand over, checked before anything is done with it. Every check throws `InputError`. */

import {
  abortSignal,
  blockNumber,
  type Check,
  type Checks,
  callback,
  checkOptions,
  expecting,
  flag,
  integerFrom,
  listOf,
  netuid,
  text,
  u64,
  unexpectedValue,
  withMembers,
  withMethods,
} from '../errors/options.ts'
import { isSs58 } from '../snapshot/ss58.ts'
import type { SendOptions } from './alert-sender.ts'
import type { AlertRules } from './alerts.ts'
import type { VerifyBlockOptions, WholeBlock } from './block.ts'
import type { VerifyOptions } from './epoch.ts'
import type { ExplainOptions } from './explain.ts'
import type { FindOptions } from './find.ts'
import type { Entry, EpochId, ExportOptions, Progress } from './history.ts'
import type { MetricsOptions } from './metrics.ts'
import type { RecheckOptions } from './recheck.ts'
import type { WatchOptions } from './watch.ts'

const MAX_UID = 65_535
const MAX_MECHANISM = 255
/** What a timer of JavaScript can wait. */
const MAX_MS = 0x7fff_ffff

const chain = withMethods('a connected chain', 'epochStates', 'blockStates', 'epochMarks', 'head', 'afresh')
const engine = withMethods('an engine', 'epoch', 'epochs')
const emission = withMethods('an emission engine', 'open', 'facts', 'schedule')
const states = withMembers('the states before and after an epoch', 'before', 'after', 'block', 'payout')
const verification = withMembers('a verification', 'block', 'checked', 'differences', 'notes')

/** A block's number, below 2^32 as all that are asked for. */
const block: Check = expecting(
  'a bigint from 0 to 2^32 - 1',
  (value) => typeof value === 'bigint' && value >= 0n && value < 2n ** 32n,
)

const BLOCK: Checks<VerifyBlockOptions> = {
  block: blockNumber,
  nominators: flag,
  emission,
  signal: abortSignal,
}
const EPOCH: Checks<VerifyOptions> = { ...BLOCK, netuid }

export function checkVerifyEpoch(by: unknown, given: unknown, options: VerifyOptions): void {
  engine('engine', by)
  chain('chain', given)
  checkEpochOptions(options)
}

export function checkReadEpoch(given: unknown, options: VerifyOptions): void {
  chain('chain', given)
  checkEpochOptions(options)
}

function checkEpochOptions(options: VerifyOptions): void {
  checkOptions('options', options, EPOCH)
  netuid('netuid', options.netuid)
}

export function checkVerifyBlock(by: unknown, given: unknown, options: VerifyBlockOptions): void {
  engine('engine', by)
  chain('chain', given)
  checkOptions('options', options, BLOCK)
}

export function checkReadBlock(by: unknown, given: unknown, options: VerifyBlockOptions): void {
  emission('emission', by)
  chain('chain', given)
  checkOptions('options', options, BLOCK)
}

export function checkStates(by: unknown, with_: unknown, given: unknown): void {
  engine('engine', by)
  emission('emission', with_)
  states('states', given)
}

export function checkWhole(by: unknown, with_: unknown, whole: WholeBlock): void {
  engine('engine', by)
  emission('emission', with_)
  withMembers('a block and its epochs', 'block', 'epochs')('whole', whole)
  listOf(states)('epochs', whole.epochs)
}

const EXPLAIN: Checks<ExplainOptions> = {
  hotkey: text,
  uid: integerFrom(0, MAX_UID),
  mechanism: integerFrom(0, MAX_MECHANISM),
  previous: withMembers('a snapshot', 'mechanisms'),
  search: flag,
}

export function checkExplain(by: unknown, with_: unknown, given: unknown, options: ExplainOptions): void {
  checkOptions('options', options, EXPLAIN)
  checkStates(by, with_, given)
}

export function checkExplainNext(by: unknown, with_: unknown, given: unknown, options: ExplainOptions): void {
  checkOptions('options', options, EXPLAIN)
  engine('engine', by)
  emission('emission', with_)
  withMembers('a snapshot', 'n', 'mechanisms')('snapshot', given)
}

const FIND: Checks<FindOptions> = { after: block, to: block, netuids: listOf(netuid), signal: abortSignal }

export function checkFind(given: unknown, options: FindOptions): void {
  chain('chain', given)
  checkOptions('options', options, FIND)
  block('after', options.after)
  block('to', options.to)
}

const observer = withMethods('a WatchObserver', 'onStart', 'onHead', 'onEntry', 'onProgress', 'onFault')
/** More than these no single page shows, and each is a dozen series on every subnet that it is on. */
const MOST_HOTKEYS = 256
const address = expecting(
  'a hotkey as an SS58 address',
  (value) => typeof value === 'string' && isSs58(value),
)
const hotkeys: Check = (field, value) => {
  listOf(address)(field, value)
  const { length } = value as readonly unknown[]
  if (length > MOST_HOTKEYS) throw unexpectedValue(field, `at most ${MOST_HOTKEYS} hotkeys`, length)
}
const share = expecting(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
)

const RULES: Checks<AlertRules> = { hotkeys, trustBelow: share }

const WATCH: Checks<WatchOptions> = {
  netuids: listOf(netuid),
  since: block,
  once: flag,
  pollMs: integerFrom(0, MAX_MS),
  history: withMethods('a History', 'add', 'has', 'progress', 'setProgress'),
  nominators: flag,
  emission,
  signal: abortSignal,
  onVerification: callback,
  onFault: callback,
  onProgress: callback,
  observer,
  alerts: (_, value) => checkOptions('alerts', value as AlertRules, RULES),
  onAlerts: callback,
}

export function checkWatch(by: unknown, given: unknown, options: WatchOptions): void {
  engine('engine', by)
  chain('chain', given)
  checkOptions('options', options, WATCH)
  callback('onVerification', options.onVerification)
  // They are kept there until they are sent.
  if (options.alerts !== undefined) WATCH.history('history', options.history)
}

const METRICS: Checks<MetricsOptions> = {
  hotkeys,
  blockSeconds: expecting(
    'a number of seconds above 0',
    (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
  ),
}

export function checkMetrics(options: MetricsOptions): void {
  checkOptions('options', options, METRICS)
}

export const checkTime: Check = expecting('a time in milliseconds', Number.isFinite)

const SEND: Checks<SendOptions> = {
  url: expecting('a URL of http:// or https://', isWebUrl),
  history: withMethods('a History', 'unsentAlert', 'markSent'),
  timeoutMs: integerFrom(1, MAX_MS),
  backoffMs: integerFrom(1, MAX_MS),
  onSent: callback,
  onFault: callback,
}

function isWebUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

export function checkSend(options: SendOptions): void {
  checkOptions('options', options, SEND)
  SEND.url('url', options.url)
  SEND.history('history', options.history)
}

const alert = withMembers('an alert', 'id', 'kind', 'netuid', 'block')

export function checkAlert(given: unknown): void {
  alert('alert', given)
}

export function checkAlerts(given: unknown): void {
  listOf(alert)('alerts', given)
}

export function checkHotkeys(given: unknown): void {
  listOf(text)('hotkeys', given)
}

export function checkPosition(given: unknown): void {
  u64('after', given)
}

const RECHECK: Checks<RecheckOptions> = {
  history: withMethods('a History', 'doubtful', 'replace'),
  netuids: listOf(netuid),
  nominators: flag,
  emission,
  signal: abortSignal,
  onVerification: callback,
}

export function checkRecheck(by: unknown, given: unknown, options: RecheckOptions): void {
  engine('engine', by)
  chain('chain', given)
  checkOptions('options', options, RECHECK)
  RECHECK.history('history', options.history)
  callback('onVerification', options.onVerification)
}

const ID: Checks<EpochId> = { netuid: integerFrom(0, MAX_UID), block: u64 }

export function checkId(id: EpochId): void {
  checkOptions('id', id, ID)
  ID.netuid('netuid', id.netuid)
  u64('block', id.block)
}

const PROGRESS: Checks<Progress> = { since: u64, block: u64 }

export function checkProgress(scope: string, progress: Progress): void {
  text('scope', scope)
  checkOptions('progress', progress, PROGRESS)
  u64('since', progress.since)
  u64('block', progress.block)
}

export function checkEntry(entry: Entry): void {
  withMembers('a verification and the state after it', 'verification')('entry', entry)
  verification('verification', entry.verification)
  if (entry.after !== undefined) withMembers('a snapshot', 'stored', 'hotkeys')('after', entry.after)
  if (entry.paid !== undefined)
    withMembers('what an epoch paid', 'serverEmission', 'validatorEmission', 'hotkeys')('paid', entry.paid)
}

export function checkExport(folder: string, options: ExportOptions): void {
  text('folder', folder)
  checkOptions('options', options, EXPORT)
}

const EXPORT: Checks<ExportOptions> = { signal: abortSignal }

export const checkText: Check = text

/** Verifications that are to be written. */
export function checkVerifications(given: unknown): void {
  listOf(verification)('verifications', given)
}

export function checkVerification(given: unknown): void {
  verification('verification', given)
}

export function checkBlockVerification(given: unknown): void {
  withMembers('the verification of a block', 'block', 'epochs')('verification', given)
}

export function checkExplanation(given: unknown): void {
  if (typeof given !== 'object' || given === null || !('masked' in given))
    throw unexpectedValue('explanation', 'an explanation', given)
}
