import type { Difference, Verification } from './types.ts'

/** Verifications as a JUnit document: a suite per epoch, a case per field, a skipped case per part not covered. */
export function junit(verifications: readonly Verification[]): string {
  const suites = verifications.map(suite)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="yuma verify">\n${suites.join('')}</testsuites>\n`
}

function suite({ netuid, block, checked, differences, notes, outcome }: Verification): string {
  const name = `subnet ${netuid} block ${block}`
  const cases = checked.map(({ field, values }) => {
    const failures = differences.filter((difference) => difference.field === field)
    return testCase(name, `${field} (${values} values)`, failureOf(failures))
  })
  const open = notes
    .filter(({ kind }) => kind !== 'replayed')
    .map(({ about, text }) => testCase(name, about, `<skipped message="${escaped(text)}"/>`))
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

function lineOf({ uid, hotkey, mechanism, column, chain, ours, firstStep }: Difference): string {
  const parts = [
    mechanism === null ? '' : `mechanism ${mechanism}`,
    uid === null ? '' : `uid ${uid} ${hotkey ?? ''}`,
    column === null ? '' : `column ${column}`,
    `chain ${chain ?? 'none'}`,
    `ours ${ours ?? 'none'}`,
    `from step ${firstStep}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
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
