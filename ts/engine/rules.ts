/** Which spec versions' rules an engine knows, and what says that they are those. */

/** Spec versions with the same rules. */
export interface KnownRange {
  readonly first: number
  readonly last: number
  /**
   * What says so: vectors or real state of such a version, or its source, which was compared with that of a proved
   * version and says the same.
   */
  readonly evidence: 'proved' | 'same text'
  /** The proved version whose text it is. */
  readonly as?: number
}

/** Spec versions whose epoch has the same rules. */
export interface RulesRange extends KnownRange {
  /** Whether a subnet can be under Null consensus. */
  readonly nullConsensus: boolean
  /** Whether the numbers are of a branch that the chain's main one did not come from. */
  readonly branch: boolean
}

/** The rules that an epoch was computed by. */
export interface EpochRules extends RulesRange {
  /** The spec version asked for. */
  readonly spec: number
}

/** What the fourth word of a range is the sum of. */
const NULL_CONSENSUS = 1
const BRANCH = 2

/** The ranges as `bindings/wire` lists them: first, last, the version with the same text or 0, and a sum of flags. */
export function rulesRanges(words: ArrayLike<number>): readonly RulesRange[] {
  const ranges: RulesRange[] = []
  for (let at = 0; at < words.length; at += 4) {
    const [first, last, as, flags] = Array.from(words).slice(at, at + 4) as [number, number, number, number]
    ranges.push({
      first,
      last,
      ...(as === 0 ? { evidence: 'proved' } : { evidence: 'same text', as }),
      nullConsensus: (flags & NULL_CONSENSUS) !== 0,
      branch: (flags & BRANCH) !== 0,
    })
  }
  return ranges
}

/** The rules that were asked for last: of most calls they are those of the call before. */
let latest: { readonly ranges: readonly RulesRange[]; readonly rules: EpochRules } | undefined

/** The rules of a version that an engine has answered for. They are frozen: other results have them too. */
export function rulesOf(ranges: readonly RulesRange[], spec: number): EpochRules {
  if (latest?.ranges === ranges && latest.rules.spec === spec) return latest.rules
  const range = ranges.find(({ first, last }) => first <= spec && spec <= last)
  const rules = Object.freeze({ spec, ...range! })
  latest = { ranges, rules }
  return rules
}

/** The numbers of ranges that ascend, those that no runtime had among them. */
export function versionsOf(ranges: readonly KnownRange[]): number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
}

/** What says that a range has its rules, in words. */
export function inWords({ evidence, as }: KnownRange): string {
  return as === undefined ? evidence : `${evidence} as ${as}`
}

/** The rules in words: `470, same text as 475`. */
export function rulesInWords(rules: EpochRules): string {
  return `${rules.spec}, ${inWords(rules)}`
}
