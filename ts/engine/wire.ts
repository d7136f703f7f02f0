/**
 * The byte layout in which columns cross into Rust and results come back: the other side of `bindings/wire`. Which
 * fields there are is written in `generated/wire.ts`.
 */

import { EngineError, InputError } from '../errors/index.ts'
import { type Answer, type Call, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
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
import { Scalars } from './scalars.ts'
import { OutputBuffer, Sections } from './sections.ts'
import type { BatchOptions, EpochOptions, EpochResult } from './types.ts'

/**
 * Runs a call, and writes its answer into `output` where it fits there and no column of the call is there: the
 * caller's snapshot must not change. An error gets bytes of its own.
 */
export type Run = (call: Call, output: Answer | undefined) => Answer

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
 * An epoch through `run`, which is done with the call when it returns. The scalars then serve the next call: making
 * them costs more than filling them.
 * @throws {InputError} for input that no chain could hold.
 * @throws {EngineError} where the engine says that it failed.
 */
export function runCall(snapshot: Snapshot, options: EpochOptions | undefined, run: Run): EpochResult {
  const scalars = idle ?? new Scalars(SCALARS)
  // Taken until they are given back: a snapshot's getter may itself run an epoch.
  idle = undefined
  const call = encode(snapshot, options?.trace === true, scalars)
  const output = ResultMemory.get(options?.into)
  const answer = run(call, output?.bytes)
  idle = scalars
  return decodeAnswer(answer, snapshot, output)
}

/** {@link runCall} of one snapshot after the other, each result in memory of its own. */
export function runCalls(
  snapshots: readonly Snapshot[],
  options: BatchOptions | undefined,
  run: Run,
): EpochResult[] {
  const { trace = false } = options ?? {}
  return snapshots.map((snapshot) => runCall(snapshot, { trace }, run))
}

/** Writes every scalar anew, whatever was there. */
function encode(snapshot: Snapshot, trace: boolean, scalars: Scalars): Call {
  writeScalars(scalars, snapshot, trace)
  return { scalars: scalars.words, columns: columnsOf(snapshot) }
}

const COMBINED = 0xff

/**
 * A result from an answer's bytes. The result's columns are views of them.
 * @param reused The buffer that the answer may have been written into.
 * @throws {InputError} where the answer says that the input could not be.
 * @throws {EngineError} where the engine says that it failed.
 */
export function decodeAnswer(bytes: Answer, snapshot: Snapshot, reused?: OutputBuffer): EpochResult {
  const output = bytes === reused?.bytes ? reused : undefined
  const sections = new Sections(bytes, output)
  if (sections.status === STATUS_INPUT_ERROR) throw inputError(sections)
  if (sections.status !== STATUS_OK) throw new EngineError(sections.text(ERROR.expected))
  const several = snapshot.mechanisms.length > 1
  const combined = several ? readTerms(sections, COMBINED) : undefined
  const mechanisms = snapshot.mechanisms.map((_, id) => readMechanism(sections, id))
  const result = epochResult(snapshot, combined ?? mechanisms[0]!, mechanisms)
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
