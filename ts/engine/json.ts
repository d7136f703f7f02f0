/** An epoch's result as JSON, under the field names of the vectors' `output`, behind the rules that it rests on. */

import { withMembers } from '../errors/options.ts'
import { outputPieces, termsPieces } from './generated/json.ts'
import type { EpochField, EpochResult, EpochResultOf } from './types.ts'

/** A result, whole or of some fields. */
type Result = EpochResult | EpochResultOf<EpochField> | EpochResultOf<never>

const result = withMembers('the result of an epoch', 'rules', 'mechanisms')

/**
 * A result as one line of JSON, as `yuma epoch --json` writes it: amounts and fixed-point bits as decimal strings. What was
 * not asked for is left out.
 * @throws {InputError} for what is no result.
 *
 * @example
 * ```ts
 * const line = epochJson(engine.epoch(snapshot))
 * JSON.parse(line).server_emission[0] // '0', rao as a decimal string
 * ```
 */
export function epochJson(of: Result): string {
  return `${[...epochJsonPieces(of)].join('')}\n`
}

/** The same object in pieces, without the end of the line: that of a big subnet with its trace never is one string. */
export function* epochJsonPieces(of: Result): Generator<string> {
  result('result', of)
  const { rules, asSpec, mechanisms } = of as EpochResultOf<EpochField>
  const [main] = mechanisms
  const { spec, first, last, evidence, as } = rules
  yield `{"rules":${JSON.stringify({ spec, first, last, evidence, as })}`
  if (asSpec !== undefined) yield `,"as_spec":${asSpec}`
  // The chain keeps `Incentive` by mechanism; of the combination it keeps everything else.
  yield* termsPieces({ ...of, incentive: main.incentive } as Partial<EpochResult>)
  // Bonds, raw values and trace are the first mechanism's, as on chain.
  yield* outputPieces(main as Partial<EpochResult['mechanisms'][0]>)
  if (mechanisms.length > 1) {
    yield ',"mechanisms":['
    for (const [id, mechanism] of (mechanisms as EpochResult['mechanisms']).entries()) {
      yield `${id === 0 ? '' : ','}{"share":"${mechanism.share}"`
      yield* termsPieces(mechanism)
      yield* outputPieces(mechanism)
      yield '}'
    }
    yield ']'
  }
  yield '}'
}

/** What every result of an engine has beside its values. */
const RESULT: { toJSON(this: Result): unknown } = {
  toJSON() {
    return JSON.parse(epochJson(this))
  },
}

/**
 * A result whose values are to be added, in the same order each time. Of a literal with this prototype V8 makes a new
 * shape at every epoch, as soon as the private field of `ResultMemory` is added: that costs some microseconds.
 */
export function newResult(): object {
  return Object.create(RESULT)
}
