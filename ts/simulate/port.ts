/** What an implementation offers, and its answers: the other side of `bindings/wire/src/simulate`. */

import { EngineError, InputError } from '../errors/index.ts'
import { AnswerSections } from '../runtime/answer.ts'
import { type Answer, type Column, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'

/** An implementation's place for a subnet or a map. */
export interface SubnetPort {
  /** Asks something of it, by the number that `bindings/wire` gives it. */
  call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  /** Lets it go. */
  close(): void
}

/** An implementation. */
export interface Host {
  place(): SubnetPort
  /** Bytes that it can have at most; all there are where nothing is said. */
  readonly memory?: number
}

export const METHOD = {
  open: 0,
  close: 1,
  change: 2,
  agents: 3,
  record: 4,
  run: 5,
  take: 6,
  state: 7,
  epoch: 8,
  advance: 9,
  make: 10,
  majority: 11,
  points: 12,
  last: 13,
} as const

export const NO_SLOTS: BigUint64Array = new BigUint64Array(0)

/** Where a fault is: numbers of the epoch, the agent and the change. */
export interface Place {
  readonly epoch?: number
  readonly agent?: number
  readonly change?: number
}

/** The path of a field that is at fault: `epochs[12].agents[3].changes[0].uid`. */
export function pathOf(place: Place, field: string): string {
  const parts = [
    place.epoch === undefined ? undefined : `epochs[${place.epoch}]`,
    place.agent === undefined ? undefined : `agents[${place.agent}]`,
    place.change === undefined ? undefined : `changes[${place.change}]`,
    field,
  ]
  return parts.filter((part) => part !== undefined).join('.')
}

/** The same fault at a place. */
export function faultAt(error: InputError, place: Place): InputError {
  const { uid, mechanism, expected } = error
  return new InputError(
    {
      field: pathOf(place, error.field),
      expected,
      ...(uid === undefined ? {} : { uid }),
      ...(mechanism === undefined ? {} : { mechanism }),
    },
    { cause: error.cause ?? error },
  )
}

/**
 * The sections of an answer that is a result.
 * @param placed What a place in the implementation's numbers is in the caller's.
 * @throws {InputError} where it says that the input could not be.
 * @throws {EngineError} where it says that the implementation failed.
 */
export function openAnswer(
  bytes: Answer,
  placed: (place: Place) => Place = (place) => place,
): AnswerSections {
  const sections = new AnswerSections(bytes)
  if (sections.status === STATUS_OK) return sections
  if (sections.status !== STATUS_INPUT_ERROR) throw new EngineError(sections.text())
  const field = sections.text()
  const expected = sections.text()
  const [mechanism, uid, epoch, agent, change] = sections.u32s() as unknown as [
    number,
    number,
    number,
    number,
    number,
  ]
  const place = {
    ...(epoch ? { epoch: epoch - 1 } : {}),
    ...(agent ? { agent: agent - 1 } : {}),
    ...(change ? { change: change - 1 } : {}),
  }
  throw new InputError({
    field: pathOf(placed(place), field),
    expected,
    ...(mechanism ? { mechanism: mechanism - 1 } : {}),
    ...(uid ? { uid: uid - 1 } : {}),
  })
}
