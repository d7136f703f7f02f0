// The tables as the JSON of an epoch's result.
import { EPOCH_TABLE, header } from './tables.mjs'

/** How a column is written. */
function writer({ type, shape }) {
  if (shape === 'scalar') return (value) => `"\${${value}}"`
  const name = { u64: 'jsonDecimals', i32f32: 'jsonDecimals', u16: 'jsonNumbers', bool: 'jsonFlags' }[type]
  return (value) => `\${${name}(${value})}`
}

function pieces(fields, first) {
  return fields
    .flatMap((field, i) => {
      const comma = i === 0 ? first : ','
      const value = `values.${field.member}`
      if (field.shape === 'rows') return [`yield '${comma}"${field.json}":'`, `yield* jsonRows(${value})`]
      return [`yield \`${comma}"${field.json}":${writer(field)(value)}\``]
    })
    .map((line) => `  ${line}`)
    .join('\n')
}

/** ts/cli/generated/epoch-json.ts */
export function epochJson({ epoch }) {
  return `${header('//', EPOCH_TABLE)}
import type { EpochTerms, MechanismResult, RawTerms, Trace } from '../../engine/types.ts'
import { jsonDecimals, jsonFlags, jsonNumbers, jsonRows } from '../../snapshot/json-columns.ts'

/** Terms as the first members of a JSON object. */
export function* termsPieces(values: EpochTerms): Generator<string> {
${pieces(epoch.terms, '')}
}

/** What a mechanism has beside its terms, as further members. */
export function* outputPieces(values: MechanismResult): Generator<string> {
${pieces(
  epoch.output.filter(({ shape }) => shape !== 'scalar'),
  ',',
)}
  yield ',"raw":'
  yield* rawPieces(values.raw)
  if (values.trace === undefined) return
  yield ',"trace":'
  yield* tracePieces(values.trace)
}

function* rawPieces(values: RawTerms): Generator<string> {
${pieces(epoch.raw, '{')}
  yield '}'
}

function* tracePieces(values: Trace): Generator<string> {
${pieces(epoch.trace, '{')}
  yield '}'
}
`
}
