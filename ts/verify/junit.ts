import { checkVerifications } from './checks.ts'
import type { BlockVerification, Difference, Found, NotComparable, Verification } from './types.ts'

/** Verifications as a JUnit document: a suite per epoch, a case per field, a skipped case per part not covered. */
export function junit(verifications: readonly (Verification | BlockVerification)[]): string {
  checkVerifications(verifications)
  const suites = verifications.flatMap((one) =>
    'epochs' in one ? [suite(one), ...one.epochs.map(suite)] : [suite(one)],
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="yuma verify">\n${suites.join('')}</testsuites>\n`
}

function suite(verification: Verification | BlockVerification): string {
  const { block, checked, differences, notComparable, notes, outcome } = verification
  const name = 'netuid' in verification ? `subnet ${verification.netuid} block ${block}` : `block ${block}`
  const cases = checked.map(({ field, values }) => {
    const failures = differences.filter((difference) => difference.field === field)
    return testCase(name, `${field} (${values} values)`, failureOf(failures))
  })
  const open = notes
    .filter(({ kind }) => kind !== 'replayed')
    .map(({ about, text }) => testCase(name, about, `<skipped message="${escaped(text)}"/>`))
  open.push(
    ...notComparable.map((value) =>
      testCase(name, value.field, `<skipped message="${escaped(notComparableLine(value))}"/>`),
    ),
  )
  if (outcome !== 'equal' && outcome !== 'different') {
    open.push(testCase(name, 'epoch', `<skipped message="${outcome}"/>`))
  }
  const failures = new Set(differences.map(({ field }) => field)).size
  const counts = `tests="${cases.length + open.length}" failures="${failures}" skipped="${open.length}"`
  return `  <testsuite name="${name}" ${counts}>\n${[...cases, ...open].join('')}  </testsuite>\n`
}

function testCase(suite: string, name: string, body: string): string {
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"`
  return body === '' ? `${head}/>\n` : `${head}>${body}</testcase>\n`
}

function failureOf(differences: readonly Difference[]): string {
  if (differences.length === 0) return ''
  const lines = differences.map(lineOf).join('\n')
  return `<failure message="${differences.length} of the chain's values differ">${escaped(lines)}</failure>`
}

function notComparableLine({ event, extrinsic, ...found }: NotComparable): string {
  const by = extrinsic === null ? event : `${event} of transaction ${extrinsic}`
  return `not comparable: ${placeOf(found).join(', ')}, changed by ${by}`
}

function lineOf({ firstStep, ...found }: Difference): string {
  return [...placeOf(found), `from step ${firstStep}`].join(', ')
}

function placeOf({ netuid, uid, hotkey, coldkey, mechanism, column, chain, ours }: Found): readonly string[] {
  return [
    netuid === null ? '' : `subnet ${netuid}`,
    mechanism === null ? '' : `mechanism ${mechanism}`,
    uid === null ? '' : `uid ${uid}`,
    hotkey === null ? '' : `hotkey ${hotkey}`,
    coldkey === null ? '' : `coldkey ${coldkey}`,
    column === null ? '' : `column ${column}`,
    `chain ${chain ?? 'none'}`,
    `ours ${ours ?? 'none'}`,
  ].filter((part) => part !== '')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Text as XML takes it, without characters that it has no way to hold. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
}
