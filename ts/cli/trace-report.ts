import type { FixedRows, Trace } from '../engine/types.ts'
import { fixed, grouped, type TableColumn, table } from './format.ts'

const COLUMNS: readonly TableColumn[] = [
  { title: 'stage', align: 'left' },
  { title: 'rows', align: 'right' },
  { title: 'entries', align: 'right' },
  { title: 'not zero', align: 'right' },
  { title: 'sum', align: 'right' },
  { title: 'least', align: 'right' },
  { title: 'greatest', align: 'right' },
]

/** Lines that sum up every stage of a mechanism's epoch, in the order of the chain's steps. */
export function traceReport(trace: Trace, mechanism: number): string[] {
  const permits = trace.validatorPermitBefore.reduce((count, permit) => count + permit, 0)
  const stages = [
    rows('weights', trace.weights),
    rows('clipped weights', trace.clippedWeights),
    column('ranks', trace.ranks),
    rows('weights for bonds', trace.weightsForBonds),
    rows('bonds before', trace.bondsBefore),
    rows('bonds delta', trace.bondsDelta),
    rows('alphas', trace.alphas),
    rows('moving average of bonds', trace.emaBonds),
    column('dividends before normalize', trace.dividendsBeforeNormalize),
    column('normalized server emission', trace.normalizedServerEmission),
    column('normalized validator emission', trace.normalizedValidatorEmission),
    column('normalized emission', trace.normalizedEmission),
  ]
  const heading = `stages of mechanism ${mechanism}, ${permits} permits before the epoch`
  return [heading, ...table(COLUMNS, stages), '']
}

function rows(name: string, { rowStart, value }: FixedRows): string[] {
  let filled = 0
  for (let row = 0; row + 1 < rowStart.length; row++) filled += Number(rowStart[row + 1]! > rowStart[row]!)
  return [name, grouped(filled), ...summary(value)]
}

function column(name: string, values: BigInt64Array): string[] {
  return [name, '', ...summary(values)]
}

/** Entries, how many are not zero, their sum, least and greatest. */
function summary(values: BigInt64Array): string[] {
  if (values.length === 0) return ['0', '', '', '', '']
  let [filled, sum, least, greatest] = [0, 0n, values[0]!, values[0]!]
  for (const value of values) {
    if (value !== 0n) filled += 1
    sum += value
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return [grouped(values.length), grouped(filled), fixed(sum), fixed(least), fixed(greatest)]
}
