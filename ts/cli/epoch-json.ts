/** An epoch's result as JSON, under the field names of the vectors' `output`, behind the rules that it rests on. */

import type { EpochResult } from '../engine/types.ts'
import { outputPieces, termsPieces } from './generated/epoch-json.ts'

/** A result as one line of JSON, in pieces. */
export function* epochJson(result: EpochResult): Generator<string> {
  yield* epochPieces(result)
  yield '\n'
}

/** A result as an object of JSON, in pieces. Bonds, raw values and trace are the first mechanism's, as on chain. */
export function* epochPieces(result: EpochResult): Generator<string> {
  const main = result.mechanisms[0]!
  const { spec, first, last, evidence, as } = result.rules
  yield `{"rules":${JSON.stringify({ spec, first, last, evidence, as })},`
  if (result.asSpec !== undefined) yield `"as_spec":${result.asSpec},`
  // The chain keeps `Incentive` by mechanism; of the combination it keeps everything else.
  yield* termsPieces({ ...result, incentive: main.incentive })
  yield* outputPieces(main)
  if (result.mechanisms.length > 1) {
    yield ',"mechanisms":['
    for (const [id, mechanism] of result.mechanisms.entries()) {
      yield `${id === 0 ? '' : ','}{"share":"${mechanism.share}",`
      yield* termsPieces(mechanism)
      yield* outputPieces(mechanism)
      yield '}'
    }
    yield ']'
  }
  yield '}'
}
