import type { Field, Step } from './types.ts'

interface Origin {
  /** The first step after the stored values that the field is computed from. */
  readonly after: Step
  /** Stored values that the field is computed from. */
  readonly from: readonly Field[]
}

/** How each stored value comes about, in the order of the chain's block. */
const ORIGINS: Readonly<Record<Field, Origin>> = {
  SubnetTaoInEmission: { after: 'pendingEmission', from: [] },
  SubnetAlphaInEmission: { after: 'pendingEmission', from: [] },
  SubnetAlphaOutEmission: { after: 'pendingEmission', from: [] },
  PendingEmission: { after: 'schedule', from: [] },
  PendingAlphaSwapped: { after: 'schedule', from: [] },
  PendingRootDivs: { after: 'schedule', from: [] },
  PendingServerEmission: { after: 'schedule', from: [] },
  PendingValidatorEmission: { after: 'schedule', from: [] },
  PendingRootAlphaDivs: { after: 'schedule', from: [] },
  PendingOwnerCut: { after: 'schedule', from: [] },
  BlocksSinceLastStep: { after: 'schedule', from: [] },
  LastMechansimStepBlock: { after: 'schedule', from: [] },
  stakeWeight: { after: 'totalStake', from: [] },
  active: { after: 'active', from: [] },
  validatorPermit: { after: 'validatorPermit', from: ['stakeWeight'] },
  consensus: { after: 'weights', from: ['stakeWeight', 'active'] },
  validatorTrust: { after: 'clippedWeights', from: ['consensus'] },
  rank: { after: 'ranks', from: ['consensus'] },
  trust: { after: 'ranks', from: ['consensus'] },
  incentive: { after: 'ranks', from: ['consensus'] },
  bonds: { after: 'bondsBefore', from: ['consensus', 'incentive', 'validatorPermit'] },
  dividends: { after: 'dividendsBeforeNormalize', from: ['incentive', 'bonds'] },
  emission: {
    after: 'normalizedEmission',
    from: ['incentive', 'dividends', 'SubnetAlphaOutEmission'],
  },
  pruningScore: { after: 'normalizedEmission', from: ['incentive', 'dividends'] },
}

/**
 * The first step at which a difference in `field` can have come about, given which fields differ: that of the
 * earliest one on the way that does.
 */
export function firstStep(field: Field, differing: ReadonlySet<Field>): Step {
  const { after, from } = ORIGINS[field]
  for (const source of from) {
    const earlier = earliest(source, differing)
    if (earlier !== undefined) return earlier
  }
  return after
}

function earliest(field: Field, differing: ReadonlySet<Field>): Step | undefined {
  const { after, from } = ORIGINS[field]
  for (const source of from) {
    const earlier = earliest(source, differing)
    if (earlier !== undefined) return earlier
  }
  return differing.has(field) ? after : undefined
}
