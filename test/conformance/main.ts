/** `npm run conformance -- FOLDER|FILE…`: prints what of each file is equal, and of all. */

import { conform, filesOf, loadEngines, type Outcome } from './conform.ts'

const sum = (outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number =>
  outcomes.reduce((all, outcome) => all + of(outcome), 0)

function verdict(outcomes: readonly Outcome[]): string {
  return `${sum(outcomes, ({ equal }) => equal)} of ${sum(outcomes, ({ total }) => total)} equal`
}

/** Runs every file; gives the exit code: 1 for any difference, and any file that could not be read. */
export async function main(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    console.error('usage: npm run conformance -- FOLDER|FILE…')
    return 2
  }
  const engines = await loadEngines()
  const all: Outcome[] = []
  let unread = 0
  for (const file of await filesOf(paths)) {
    try {
      const outcomes = await conform(engines, file)
      all.push(...outcomes)
      console.log(`${file}: ${verdict(outcomes)} (${outcomes.map(({ engine }) => engine).join(', ')})`)
      for (const { engine, differences } of outcomes)
        for (const difference of differences) console.log(`  ${engine}: ${difference}`)
    } catch (error) {
      unread += 1
      console.log(`${file}: not read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  console.log(`${verdict(all)}${unread === 0 ? '' : `, ${unread} files not read`}`)
  return unread === 0 && all.every(({ total, equal }) => total === equal) && all.length > 0 ? 0 : 1
}
