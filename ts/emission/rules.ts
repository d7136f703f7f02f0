/** Which spec versions' rules of a block are known, path by path, and what says that they are those. */

import { inWords, type KnownRange } from '../engine/rules.ts'
import { anObject, unexpectedValue } from '../errors/options.ts'

/** What of a block has rules of its own, by the number under which it crosses. */
export const PATHS = ['epoch', 'shares', 'block', 'payout'] as const

/**
 * `epoch`: a subnet's epoch; `shares`: how a block's TAO is shared; `block`: the rest of a block's own part, from
 * issuance to prices; `payout`: what becomes of an epoch's alpha.
 */
export type Path = (typeof PATHS)[number]

/** Of each path the versions of which it is known, ascending. */
export type EmissionRanges = Readonly<Record<Path, readonly KnownRange[]>>

/** What a result rests on: of each path that has a part in it the range of versions, and what says so. */
export type ResultRules = Readonly<Partial<Record<Path, KnownRange>>> & {
  /** The spec version by whose rules it was computed. */
  readonly spec: number
}

/** What says by which rules a result was computed. */
export interface Ruled {
  readonly rules: ResultRules
  /** The version that was asked for in place of the state's own. */
  readonly asSpec?: number
}

/** The ranges as `bindings/wire` lists them: path, first, last, the version with the same text or 0. */
export function emissionRanges(words: ArrayLike<bigint>): EmissionRanges {
  const ranges: Record<Path, KnownRange[]> = { epoch: [], shares: [], block: [], payout: [] }
  for (let at = 0; at < words.length; at += 4) {
    const [path, first, last, as] = [0, 1, 2, 3].map((word) => Number(words[at + word]))
    const evidence =
      as === 0 ? ({ evidence: 'proved' } as const) : ({ evidence: 'same text', as: as! } as const)
    ranges[PATHS[path!]!].push({ first: first!, last: last!, ...evidence })
  }
  return ranges
}

/** What a result of a version rests on, of these paths. */
export function resultRules(ranges: EmissionRanges, spec: number, paths: readonly Path[]): ResultRules {
  const of = (path: Path): KnownRange | undefined =>
    ranges[path].find(({ first, last }) => first <= spec && spec <= last)
  const known = paths.flatMap((path) => {
    const range = of(path)
    return range === undefined ? [] : [[path, range] as const]
  })
  return { spec, ...Object.fromEntries(known) }
}

/**
 * The rules in words: `473, same text as 475`; path by path where these rest on different versions.
 * @throws {InputError} for what is no result's rules.
 */
export function resultRulesInWords(rules: ResultRules): string {
  anObject('rules', rules)
  if (!Number.isInteger(rules.spec)) throw unexpectedValue('rules', 'the rules of a result', rules)
  const groups = new Map<string, Path[]>()
  for (const path of PATHS) {
    const range = rules[path]
    if (range !== undefined) groups.set(inWords(range), [...(groups.get(inWords(range)) ?? []), path])
  }
  const parts = [...groups].map(([words, paths]) =>
    groups.size === 1 ? words : `${paths.join(' and ')} ${words}`,
  )
  return `${rules.spec}, ${parts.join('; ')}`
}
