/**
 * The byte layout in which columns cross into Rust and results come back: the other side of `bindings/wire`. Which
 * fields there are is written in `generated/wire.ts`.
 */

import { EngineError, InputError } from '../errors/index.ts'
import { type Answer, type Call, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { checkEpochOptions, checkShape, checkSnapshots } from './checks.ts'
import {
  columnsOf,
  ERROR,
  epochResult,
  readMechanism,
  readTerms,
  SCALARS,
  writeScalars,
} from './generated/wire.ts'
import { ResultMemory } from './result-memory.ts'
import { type RulesRange, rulesOf } from './rules.ts'
import { Scalars } from './scalars.ts'
import { OutputBuffer, Sections } from './sections.ts'
import type { BatchOptions, EpochOptions, EpochResult } from './types.ts'

/**
 * Runs a call, and writes its answer into `output` where it fits there and no column of the call is there: the
 * caller's snapshot must not change. An error gets bytes of its own.
 */
export type Run = (call: Call, output: Answer | undefined) => Answer

/** What calls are run by. */
export interface Backend {
  readonly run: Run
  readonly rules: readonly RulesRange[]
}

/**
 * The snapshot under the spec version asked for.
 * @throws {InputError} for what is no snapshot.
 */
export function asAsked(snapshot: Snapshot, asSpec: number | undefined): Snapshot {
  checkShape(snapshot)
  return asSpec === undefined ? snapshot : { ...snapshot, specVersion: asSpec }
}

/**
 * Refuses a snapshot of a chain whose runtime has items that the reader does not know: its epoch may depend on them. By
 * other rules, asked for by name, it can be computed.
 * @throws {InputError} naming them.
 */
export function checkRead(snapshot: Snapshot): void {
  const section = snapshot.extra?.chain as { readonly unread?: unknown } | undefined
  const { unread = section?.unread } = snapshot as { readonly unread?: unknown }
  if (!Array.isArray(unread) || unread.length === 0) return
  const expected = `expected a snapshot of which every item was read; not read: ${unread.join(', ')}`
  throw new InputError({ field: 'unread', expected })
}

/**
 * A snapshot as scalars and columns. Columns are not copied.
 * @throws {InputError} for a scalar out of range or a column of another type; values are checked where they are read.
 */
export function encodeCall(snapshot: Snapshot, trace: boolean): Call {
  return encode(snapshot, trace, new Scalars(SCALARS))
}

/** Scalars that no call is using. */
let idle: Scalars | undefined

/**
 * An epoch through a backend, which is done with the call when it returns. The scalars then serve the next call: making
 * them costs more than filling them.
 * @throws {InputError} for input that no chain could hold.
 * @throws {EngineError} where the engine says that it failed.
 */
export function runCall(
  snapshot: Snapshot,
  options: EpochOptions | undefined,
  { run, rules }: Backend,
): EpochResult {
  checkEpochOptions(options)
  const asked = asAsked(snapshot, options?.asSpec)
  if (asked === snapshot) checkRead(snapshot)
  const scalars = idle ?? new Scalars(SCALARS)
  // Taken until they are given back: a snapshot's getter may itself run an epoch.
  idle = undefined
  const call = encode(asked, options?.trace === true, scalars)
  const output = ResultMemory.get(options?.into)
  const answer = run(call, output?.bytes)
  idle = scalars
  return decodeAnswer(answer, asked, { of: snapshot, rules, output })
}

/** {@link runCall} of one snapshot after the other, each result in memory of its own. */
export function runCalls(
  snapshots: readonly Snapshot[],
  options: BatchOptions | undefined,
  backend: Backend,
): EpochResult[] {
  checkSnapshots(snapshots)
  checkEpochOptions(options)
  const { trace = false, asSpec } = options ?? {}
  const each = { trace, ...(asSpec === undefined ? {} : { asSpec }) }
  return snapshots.map((snapshot) => runCall(snapshot, each, backend))
}

/** Writes every scalar anew, whatever was there. */
function encode(snapshot: Snapshot, trace: boolean, scalars: Scalars): Call {
  writeScalars(scalars, snapshot, trace)
  return { scalars: scalars.words, columns: columnsOf(snapshot) }
}

const COMBINED = 0xff

/** What a result says beside its answer. */
interface Context {
  /** The snapshot, of whatever spec version. */
  readonly of: Snapshot
  /** The rules that the engine knows. */
  readonly rules: readonly RulesRange[]
  /** The buffer that the answer may have been written into. */
  readonly output?: OutputBuffer | undefined
}

/**
 * A result from the bytes that answer a call for `asked`. The result's columns are views of them.
 * @throws {InputError} where the answer says that the input could not be.
 * @throws {EngineError} where the engine says that it failed.
 */
export function decodeAnswer(bytes: Answer, asked: Snapshot, context: Context): EpochResult {
  const output = bytes === context.output?.bytes ? context.output : undefined
  const sections = new Sections(bytes, output)
  if (sections.status === STATUS_INPUT_ERROR) throw inputError(sections)
  if (sections.status !== STATUS_OK) throw new EngineError(sections.text(ERROR.expected))
  const several = asked.mechanisms.length > 1
  const combined = several ? readTerms(sections, COMBINED) : undefined
  const mechanisms = asked.mechanisms.map((_, id) => readMechanism(sections, id))
  const { specVersion } = asked
  const rules = rulesOf(context.rules, specVersion)
  const result = epochResult(asked, rules, combined ?? mechanisms[0]!, mechanisms)
  if (specVersion !== context.of.specVersion) Object.assign(result, { asSpec: specVersion })
  ResultMemory.set(result, output ?? new OutputBuffer(bytes))
  return result
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
