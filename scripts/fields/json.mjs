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

/** The same of values of which some may be missing. */
function optionalPieces(fields) {
  return fields
    .map((field) => {
      const value = `values.${field.member}`
      const lines =
        field.shape === 'rows'
          ? [`yield ',"${field.json}":'`, `yield* jsonRows(${value})`]
          : [`yield \`,"${field.json}":${writer(field)(value)}\``]
      return `  if (${value} !== undefined) {\n    ${lines.join('\n    ')}\n  }`
    })
    .join('\n')
}

/** ts/engine/generated/json.ts */
export function epochJson({ epoch }) {
  return `${header('//', EPOCH_TABLE)}
import type { EpochTerms, MechanismResult, RawTerms, Trace } from '../types.ts'
import { jsonDecimals, jsonFlags, jsonNumbers, jsonRows } from '../../snapshot/json-columns.ts'

/** Terms as further members of a JSON object; those that were not asked for are not there. */
export function* termsPieces(values: Partial<EpochTerms>): Generator<string> {
${optionalPieces(epoch.terms)}
}

/** What a mechanism has beside its terms, as further members. */
export function* outputPieces(values: Partial<MechanismResult>): Generator<string> {
${optionalPieces(epoch.output.filter(({ shape }) => shape !== 'scalar'))}
  if (values.raw !== undefined) {
    yield ',"raw":'
    yield* rawPieces(values.raw)
  }
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
