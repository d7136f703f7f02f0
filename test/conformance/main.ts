/** `npm run conformance -- FOLDER|FILE…`: prints what of each file is equal, of each range of versions, and of all. */

import { inWords, type KnownRange } from '../../ts/engine/rules.ts'
import { conform, type Engines, filesOf, loadEngines, type Outcome } from './conform.ts'

const sum = (outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number =>
  outcomes.reduce((all, outcome) => all + of(outcome), 0)

function verdict(outcomes: readonly Outcome[]): string {
  const open = sum(outcomes, ({ open = 0 }) => open)
  const refused = open === 0 ? '' : `, ${open} refused as open`
  return `${sum(outcomes, ({ equal }) => equal)} of ${sum(outcomes, ({ total }) => total)} equal${refused}`
}

/** The engines of a file's outcomes, and beside the file's own version the others, each once. */
function onWhat(outcomes: readonly Outcome[]): string {
  const engines = [...new Set(outcomes.map(({ engine }) => engine))].join(', ')
  const specs = [...new Set(outcomes.map(({ spec }) => spec))]
  return `${engines}; spec ${specs.join(', ')}`
}

/** The range of versions that an outcome is of, in words. */
function rangeOf({ blocks, epochs }: Engines, { part, spec }: Outcome): string {
  const { rules } = blocks[0]!
  const range = rangesOf(part).find(({ first, last }) => first <= spec && spec <= last)
  if (range === undefined) return `${part} at ${spec}, in parts`
  const { first, last } = range
  return `${part} at ${first === last ? first : `${first} to ${last}`}, ${inWords(range)}`

  function rangesOf(part: Outcome['part']): readonly KnownRange[] {
    if (part === 'arithmetic') return []
    if (part === 'epoch') return epochs[0]!.rules
    // A whole block is known where its payout is.
    return part === 'whole blocks' ? rules.payout : rules[part]
  }
}

/** What of each range is equal: newest first, path by path. */
function byRange(engines: Engines, outcomes: readonly Outcome[]): string[] {
  const groups = new Map<string, Outcome[]>()
  const newestFirst = outcomes.toSorted((a, b) => b.spec - a.spec)
  for (const outcome of newestFirst) {
    const range = rangeOf(engines, outcome)
    groups.set(range, [...(groups.get(range) ?? []), outcome])
  }
  return [...groups].map(([range, of]) => `${range}: ${verdict(of)}`)
}

/**
 * Runs every file; gives the exit code: 1 for any difference, and for any file that was not read or has no vectors.
 */
export async function main(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    console.error('usage: npm run conformance -- FOLDER|FILE…')
    return 2
  }
  const engines = await loadEngines()
  const files = await filesOf(paths)
  const all: Outcome[] = []
  let read = 0
  for (const file of files) {
    try {
      const outcomes = await conform(engines, file)
      if (outcomes.length === 0) throw new Error('no engine runs it')
      read += 1
      all.push(...outcomes)
      console.log(`${file}: ${verdict(outcomes)} (${onWhat(outcomes)})`)
      for (const { engine, spec, differences } of outcomes)
        for (const difference of differences) console.log(`  ${engine}, spec ${spec}: ${difference}`)
    } catch (error) {
      console.log(`${file}: not read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const line of byRange(engines, all)) console.log(line)
  console.log(`${read} of ${files.length} files read, ${verdict(all)}`)
  return read === files.length && all.every(({ total, equal }) => total === equal) && read > 0 ? 0 : 1
}
