/**
 * The byte layout in which columns cross into Rust and results come back: the other side of `bindings/wire`. Which
 * fields there are is written in `generated/wire.ts`.
 */

import { EngineError, InputError } from '../errors/index.ts'
import {
  type Answer,
  type AnswerMemory,
  type Call,
  STATUS_INPUT_ERROR,
  STATUS_OK,
} from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { ALL, type Asked, askedOf } from './asked.ts'
import { checkEpochOptions, checkShape, checkSnapshots } from './checks.ts'
import { faultsNamed } from './faults.ts'
import {
  ALL_SECTIONS,
  type Asks,
  columnsOf,
  copyAskedTerms,
  ERROR,
  epochResult,
  noColumns,
  readAskedMechanism,
  readAskedTerms,
  readMechanism,
  readTerms,
  SCALARS,
  SLOT,
  writeScalars,
} from './generated/wire.ts'
import { newResult } from './json.ts'
import { Prepared } from './prepared.ts'
import { ResultMemory } from './result-memory.ts'
import { type EpochRules, type RulesRange, rulesOf, versionsOf } from './rules.ts'
import { Scalars } from './scalars.ts'
import { OutputBuffer, Sections } from './sections.ts'
import type {
  AnyFieldsOption,
  EpochOptions,
  EpochResult,
  MechanismResult,
  PreparedSnapshot,
} from './types.ts'
import { checkRead, unreadItems } from './unread.ts'

/**
 * Runs a call, and writes its answer into `output` where it fits there and no column of the call is there: the
 * caller's snapshot must not change. An error gets bytes of its own.
 */
export type Run = (call: Call, output: Answer | undefined) => AnswerMemory

/** What calls are run by. */
export interface Backend {
  readonly run: Run
  readonly rules: readonly RulesRange[]
}

/** What an answer is the answer of: a snapshot under the spec version asked for, as far as a result shows it. */
export interface Subject {
  readonly specVersion: number
  readonly n: number
  readonly mechanisms: { readonly length: number }
}

/** A call, and what its answer is read by. */
export interface Encoded {
  readonly call: Call
  readonly subject: Subject
  /** The snapshot's own spec version. */
  readonly own: number
}

/** What an epoch is run of. */
export type Input = Snapshot | PreparedSnapshot

/** Options of a call, as they are before what is asked for is known. */
export type Options = EpochOptions & AnyFieldsOption

/**
 * A snapshot as scalars and columns. Columns are not copied.
 * @throws {InputError} for a scalar out of range or a column of another type; values are checked where they are read.
 */
export function encodeCall(snapshot: Snapshot, trace: boolean): Call {
  return encode(snapshot, { ...ALL, trace }, newScalars())
}

/**
 * The call that options make of a snapshot, or of a prepared one: that is to be run before the next call of the same.
 * @throws {InputError} for what is no snapshot, for items that were not read unless other rules are asked for, for a
 * scalar out of range or a column of another type.
 */
export function encodeInput(
  input: Input,
  asked: Asked,
  asSpec: number | undefined,
  scalars: Scalars,
): Encoded {
  if (input instanceof Prepared) {
    if (asSpec === undefined) checkRead(input.unread)
    const { specVersion: own, n, mechanisms } = input
    const specVersion = asSpec ?? own
    return { call: input.call(asked, specVersion), subject: { specVersion, n, mechanisms }, own }
  }
  const snapshot = input as Snapshot
  checkShape(snapshot)
  const subject = asSpec === undefined ? snapshot : { ...snapshot, specVersion: asSpec }
  if (asSpec === undefined) checkRead(unreadItems(snapshot))
  return { call: encode(subject, asked, scalars), subject, own: snapshot.specVersion }
}

/** Scalars that no call is using. */
let idle: Scalars | undefined

/** Scalars that nothing is written in. */
export function newScalars(): Scalars {
  return new Scalars(new BigUint64Array(SCALARS))
}

/**
 * An epoch through a backend, which is done with the call when it returns. The scalars then serve the next call: making
 * them costs more than filling them.
 * @throws {InputError} for input that no chain could hold.
 * @throws {EngineError} where the engine says that it failed.
 */
export function runCall(input: Input, options: Options | undefined, backend: Backend): EpochResult {
  checkEpochOptions(options)
  return faultsNamed(() => runChecked(input, options, backend))
}

function runChecked(input: Input, options: Options | undefined, { run, rules }: Backend): EpochResult {
  const asked = askedOf(options)
  const scalars = idle ?? newScalars()
  // Taken until they are given back: a snapshot's getter may itself run an epoch.
  idle = undefined
  const encoded = encodeInput(input, asked, options?.asSpec, scalars)
  const output = ResultMemory.get(options?.into)
  const answer = run(encoded.call, output?.bytes)
  idle = scalars
  return decodeAnswer(answer, encoded.subject, { own: encoded.own, asked, rules, output })
}

/** {@link runCall} of one snapshot after the other, each result in memory of its own. */
export function runCalls(
  snapshots: readonly Input[],
  options: Options | undefined,
  backend: Backend,
): EpochResult[] {
  checkSnapshots(snapshots)
  checkEpochOptions(options)
  const { trace = false, asSpec, fields } = options ?? {}
  const each = { trace, fields, ...(asSpec === undefined ? {} : { asSpec }) }
  return snapshots.map((snapshot, index) => faultsNamed(() => runChecked(snapshot, each, backend), index))
}

/** Writes every scalar anew, whatever was there. */
function encode(snapshot: Snapshot, asked: Asked, scalars: Scalars): Call {
  writeScalars(scalars, snapshot, asked)
  return { scalars: scalars.words, columns: columnsOf(snapshot) }
}

/** The numbers of the ranges whose epochs the backend computes: below some version not every number was a runtime's. */
export function knownVersions({ run, rules }: Backend): readonly number[] {
  const scalars = newScalars()
  const columns = noColumns()
  return versionsOf(rules).filter((version) => {
    scalars.small(SLOT.specVersion, 'spec_version', version, MAX_SPEC)
    // Of an empty subnet there is no epoch; an unknown version is what is said first.
    const sections = new Sections(run({ scalars: scalars.words, columns }, undefined))
    return sections.status === STATUS_INPUT_ERROR && sections.text(ERROR.field) !== 'spec_version'
  })
}

const MAX_SPEC = 0xffff_ffff
const COMBINED = 0xff

/** What a result says beside its answer, and what of it was asked for. */
interface Context {
  /** The spec version of the snapshot itself. */
  readonly own: number
  readonly asked: Asked
  /** The rules that the engine knows. */
  readonly rules: readonly RulesRange[]
  /** The buffer that the answer may have been written into. */
  readonly output?: OutputBuffer | undefined
}

/**
 * A result from the answer of a call for `subject`. The result's columns are views of them.
 * @throws {InputError} where the answer says that the input could not be.
 * @throws {EngineError} where the engine says that it failed.
 */
export function decodeAnswer(answer: AnswerMemory, subject: Subject, context: Context): EpochResult {
  const output = answer === context.output?.bytes ? context.output : undefined
  const sections = new Sections(answer, output)
  if (sections.status === STATUS_INPUT_ERROR) throw inputError(sections)
  if (sections.status !== STATUS_OK) throw new EngineError(sections.text(ERROR.expected))
  const rules = rulesOf(context.rules, subject.specVersion)
  const result =
    context.asked.sections === ALL_SECTIONS
      ? wholeResult(sections, subject, rules)
      : partialResult(sections, subject, rules, context.asked.sections)
  if (subject.specVersion !== context.own) Object.assign(result, { asSpec: subject.specVersion })
  ResultMemory.set(result, output ?? new OutputBuffer(answer))
  return result
}

function wholeResult(sections: Sections, subject: Subject, rules: EpochRules): EpochResult {
  const combined = subject.mechanisms.length > 1 ? readTerms(sections, COMBINED) : undefined
  const main = readMechanism(sections, 0)
  const mechanisms: [MechanismResult, ...MechanismResult[]] = [main]
  for (let id = 1; id < subject.mechanisms.length; id++) mechanisms.push(readMechanism(sections, id))
  return epochResult(subject, rules, combined ?? main, mechanisms)
}

/** A result with what was asked for, which its caller's types show. */
function partialResult(
  sections: Sections,
  { specVersion, n, mechanisms: { length } }: Subject,
  rules: EpochRules,
  asked: number,
): EpochResult {
  const combined = length > 1 ? readAskedTerms(sections, COMBINED, asked) : undefined
  const mechanisms = [readAskedMechanism(sections, 0, asked)]
  for (let id = 1; id < length; id++) mechanisms.push(readAskedMechanism(sections, id, asked))
  const result: Asks<EpochResult> = newResult()
  result.specVersion = specVersion
  result.rules = rules
  result.n = n
  copyAskedTerms(result, combined ?? mechanisms[0]!, asked)
  result.mechanisms = mechanisms as unknown as EpochResult['mechanisms']
  return result as EpochResult
}

function inputError(sections: Sections): InputError {
  const field = sections.text(ERROR.field)
  const expected = sections.text(ERROR.expected)
  const [mechanism, uid] = sections.u32(ERROR.place, 0)
  return new InputError({
    field,
    expected,
    ...(mechanism ? { mechanism: mechanism - 1 } : {}),
    ...(uid ? { uid: uid - 1 } : {}),
  })
}
