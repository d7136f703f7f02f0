import type { Field, Step } from './types.ts'

interface Origin {
  /** The first step after the stored values that the field is computed from. */
  readonly after: Step
  /** Stored values that the field is computed from. */
  readonly from: readonly Field[]
}

const at = (after: Step, ...from: readonly Field[]): Origin => ({ after, from })

/** How each stored value comes about, in the order of the chain's block. All else comes of the block's emission. */
const ORIGINS: ReadonlyMap<Field, Origin> = new Map(
  Object.entries({
    PendingEmission: at('schedule'),
    PendingAlphaSwapped: at('schedule'),
    PendingRootDivs: at('schedule'),
    PendingServerEmission: at('schedule'),
    PendingValidatorEmission: at('schedule'),
    PendingRootAlphaDivs: at('schedule'),
    PendingOwnerCut: at('schedule'),
    BlocksSinceLastStep: at('schedule'),
    LastMechansimStepBlock: at('schedule'),
    LastYumaStepBlock: at('schedule'),
    LastEpochBlock: at('schedule'),
    PendingEpochAt: at('schedule'),
    SubnetEpochIndex: at('schedule'),
    stakeWeight: at('totalStake'),
    active: at('active'),
    validatorPermit: at('validatorPermit', 'stakeWeight'),
    consensus: at('weights', 'stakeWeight', 'active'),
    consensusByMechanism: at('weights', 'stakeWeight', 'active'),
    validatorTrust: at('clippedWeights', 'consensus'),
    rank: at('ranks', 'consensus'),
    trust: at('ranks', 'consensus'),
    incentive: at('ranks', 'consensus'),
    bonds: at('bondsBefore', 'consensus', 'incentive', 'validatorPermit'),
    dividends: at('dividendsBeforeNormalize', 'incentive', 'bonds'),
    emission: at('normalizedEmission', 'incentive', 'dividends', 'SubnetAlphaOutEmission'),
    pruningScore: at('normalizedEmission', 'incentive', 'dividends'),
    MinerBurned: at('payout', 'emission'),
    AlphaDividendsPerSubnet: at('payout', 'emission'),
    RootAlphaDividendsPerSubnet: at('payout', 'emission'),
    RootClaimable: at('payout', 'RootAlphaDividendsPerSubnet'),
    TotalHotkeyAlpha: at('payout', 'emission'),
    TotalHotkeyAlphaLastEpoch: at('payout', 'TotalHotkeyAlpha'),
    TotalHotkeySharesV2: at('payout', 'TotalHotkeyAlpha'),
    AlphaV2: at('payout', 'TotalHotkeySharesV2'),
    AlphaSharePoolEpoch: at('payout', 'TotalHotkeySharesV2'),
    AlphaShareEpoch: at('payout', 'AlphaSharePoolEpoch'),
    TotalAlphaStaked: at('payout', 'TotalHotkeyAlpha'),
    StakingHotkeys: at('payout', 'emission'),
    MinerCollateral: at('payout', 'emission'),
    ColdkeyMinerCollateral: at('payout', 'MinerCollateral'),
    PendingBasketDeposits: at('baskets', 'RootAlphaDividendsPerSubnet'),
    PendingBasketFlushCursor: at('baskets', 'PendingBasketDeposits'),
    BasketDepositedTao: at('baskets', 'PendingBasketDeposits'),
    BasketShares: at('baskets', 'BasketDepositedTao'),
    BasketRate: at('baskets', 'BasketShares'),
    'AlphaAssets.AlphaRecycled': at('payout', 'SubnetAlphaOutEmission'),
    'AlphaAssets.AlphaBurned': at('payout', 'emission'),
    SubnetFastMovingPrice: at('afterEpochs', 'SubnetTAO', 'SubnetAlphaIn', 'Swap.SwapBalancer'),
    SubnetMovingPrice: at('afterEpochs', 'SubnetTAO', 'SubnetAlphaIn', 'Swap.SwapBalancer'),
    RootProp: at('afterEpochs', 'SubnetAlphaIn', 'SubnetAlphaOut'),
    ChildKeys: at('afterEpochs'),
    ParentKeys: at('afterEpochs'),
    PendingChildKeys: at('afterEpochs', 'LastEpochBlock'),
  }),
)

const OF_BLOCK: Origin = at('pendingEmission')

/**
 * The first step at which a difference in `field` can have come about, given which fields differ: that of the
 * earliest one on the way that does.
 */
export function firstStep(field: Field, differing: ReadonlySet<Field>): Step {
  const { after, from } = originOf(field)
  for (const source of from) {
    const earlier = earliest(source, differing)
    if (earlier !== undefined) return earlier
  }
  return after
}

function originOf(field: Field): Origin {
  return ORIGINS.get(field) ?? OF_BLOCK
}

function earliest(field: Field, differing: ReadonlySet<Field>): Step | undefined {
  const { after, from } = originOf(field)
  for (const source of from) {
    const earlier = earliest(source, differing)
    if (earlier !== undefined) return earlier
  }
  return differing.has(field) ? after : undefined
}
