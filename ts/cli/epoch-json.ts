/** An epoch's result as JSON, under the field names of the vectors' `output`, behind the rules that it rests on. */

import type { EpochResult, EpochTerms, FixedRows, MechanismResult, RawTerms, Trace } from '../engine/types.ts'
import { jsonDecimals, jsonFlags, jsonNumbers, jsonRows } from '../snapshot/json-columns.ts'

/** A result as one line of JSON, in pieces. Bonds, raw values and trace are the first mechanism's, as on chain. */
export function* epochJson(result: EpochResult): Generator<string> {
  const main = result.mechanisms[0]!
  const { spec, first, last, evidence, as } = result.rules
  yield `{"rules":${JSON.stringify({ spec, first, last, evidence, as })},`
  if (result.asSpec !== undefined) yield `"as_spec":${result.asSpec},`
  // The chain keeps `Incentive` by mechanism; of the combination it keeps everything else.
  yield* terms({ ...result, incentive: main.incentive })
  yield* details(main)
  if (result.mechanisms.length > 1) {
    yield ',"mechanisms":['
    for (const [id, mechanism] of result.mechanisms.entries()) {
      yield `${id === 0 ? '' : ','}{"share":"${mechanism.share}",`
      yield* terms(mechanism)
      yield* details(mechanism)
      yield '}'
    }
    yield ']'
  }
  yield '}\n'
}

function* terms(columns: EpochTerms): Generator<string> {
  yield `"stake_weight":${jsonNumbers(columns.stakeWeight)}`
  yield `,"active":${jsonFlags(columns.active)}`
  yield `,"consensus":${jsonNumbers(columns.consensus)}`
  yield `,"incentive":${jsonNumbers(columns.incentive)}`
  yield `,"dividends":${jsonNumbers(columns.dividends)}`
  yield `,"validator_trust":${jsonNumbers(columns.validatorTrust)}`
  yield `,"validator_permit":${jsonFlags(columns.validatorPermit)}`
  yield `,"server_emission":${jsonDecimals(columns.serverEmission)}`
  yield `,"validator_emission":${jsonDecimals(columns.validatorEmission)}`
  yield `,"emission":${jsonDecimals(columns.emission)}`
  yield `,"stake":${jsonDecimals(columns.stake)}`
}

function* details({ bonds, raw, trace }: MechanismResult): Generator<string> {
  yield ',"bonds":'
  yield* jsonRows(bonds)
  yield `,"raw":${rawJson(raw)}`
  if (trace === undefined) return
  yield ',"trace":'
  yield* traceJson(trace)
}

function rawJson(raw: RawTerms): string {
  const columns = [
    `"stake":${jsonDecimals(raw.stake)}`,
    `"active_stake":${jsonDecimals(raw.activeStake)}`,
    `"consensus":${jsonDecimals(raw.consensus)}`,
    `"validator_trust":${jsonDecimals(raw.validatorTrust)}`,
    `"incentive":${jsonDecimals(raw.incentive)}`,
    `"dividends":${jsonDecimals(raw.dividends)}`,
  ]
  return `{${columns.join(',')}}`
}

function* traceJson(trace: Trace): Generator<string> {
  yield `{"validator_permit_before":${jsonFlags(trace.validatorPermitBefore)}`
  yield* fixedRows('weights', trace.weights)
  yield* fixedRows('clipped_weights', trace.clippedWeights)
  yield `,"ranks":${jsonDecimals(trace.ranks)}`
  yield* fixedRows('weights_for_bonds', trace.weightsForBonds)
  yield* fixedRows('bonds_before', trace.bondsBefore)
  yield* fixedRows('bonds_delta', trace.bondsDelta)
  yield* fixedRows('alphas', trace.alphas)
  yield* fixedRows('ema_bonds', trace.emaBonds)
  yield `,"dividends_before_normalize":${jsonDecimals(trace.dividendsBeforeNormalize)}`
  yield `,"normalized_server_emission":${jsonDecimals(trace.normalizedServerEmission)}`
  yield `,"normalized_validator_emission":${jsonDecimals(trace.normalizedValidatorEmission)}`
  yield `,"normalized_emission":${jsonDecimals(trace.normalizedEmission)}}`
}

function* fixedRows(name: string, rows: FixedRows): Generator<string> {
  yield `,"${name}":`
  yield* jsonRows(rows)
}
