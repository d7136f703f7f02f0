//! Which variant of each step of a block and of a payout there is, beyond shares.

use crate::rules::DividendSplit;

/// Whether the issuance curve keeps its last result in `BlockEmission`, which nothing reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveRecord {
    /// At every call, for TAO and for any alpha.
    Written,
    /// Never: the item keeps what it had.
    Kept,
}

/// How a block's TAO and alpha get into a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// The pool is weighed first, then alpha is bought at the new weights; what the weights do not allow
    /// for is not spent, and TAO that the swap refuses is lost.
    WeighedThenBought,
    /// Alpha is bought first and TAO that the swap refuses comes back; what the weights do not allow for
    /// waits in the pool's reservoirs.
    #[cfg(feature = "baskets")]
    WithReservoirs,
}

/// What a purchase of alpha adds to `TotalStake`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StakeCount {
    /// The TAO asked for.
    Requested,
    /// The TAO that reached the reserve.
    Paid,
}

/// When an epoch is due that the tempo alone did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafetyNet {
    /// After more blocks than [`crate::MAX_TEMPO`] without one.
    AfterMaxTempo,
    /// After more blocks than the tempo without one; the count of blocks stops there.
    AfterTempo,
}

/// Which kinds of epochs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochKinds {
    /// Yuma's alone.
    YumaOnly,
    /// Also those of [`crate::EpochConsensus::Null`]: the block of Yuma's last one is kept by itself.
    YumaAndNull,
}

/// How the shares of a stake pool move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareArithmetic {
    /// The coldkey's share and the sum of shares each by the same number, truncated each for itself.
    Truncating,
    /// The coldkey's share by what the sum of shares moved by, exactly. A pool that is opened or closed
    /// begins a new epoch, in which shares of the last one count for nothing.
    #[cfg(feature = "baskets")]
    Exact,
}

/// Where an epoch's alpha goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutRule {
    /// Root dividends can be claimed, hotkey by hotkey and subnet by subnet.
    ToClaims,
    /// Root dividends wait for the validator's basket, and one hotkey's go there in every block; what
    /// nobody on root earned is recycled. Pay of 0 leaves no entry, collateral is settled, and dividends
    /// of a pool without members are its owner's.
    #[cfg(feature = "baskets")]
    ToBaskets,
}

/// Which averages of a subnet's price are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceAverages {
    /// The one that shares read.
    Slow,
    /// That, and a fast one that no emission depends on.
    SlowAndFast,
}

/// Which variant of each step of a block's own part a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRules {
    /// What the issuance curve leaves.
    pub curve: CurveRecord,
    /// How pools get TAO and alpha.
    pub injection: Injection,
    /// What purchases add to all stake.
    pub stake_count: StakeCount,
    /// When an epoch is due besides the tempo.
    pub safety_net: SafetyNet,
    /// Which kinds of epochs there are.
    pub epochs: EpochKinds,
    /// Which price averages are kept.
    pub prices: PriceAverages,
}

impl BlockRules {
    /// A block of which root dividends can be claimed by subnet.
    pub const WITH_CLAIMS: Self = Self {
        curve: CurveRecord::Written,
        injection: Injection::WeighedThenBought,
        stake_count: StakeCount::Requested,
        safety_net: SafetyNet::AfterMaxTempo,
        epochs: EpochKinds::YumaOnly,
        prices: PriceAverages::Slow,
    };

    /// A block of which root dividends go to validators' baskets.
    #[cfg(feature = "baskets")]
    pub const WITH_BASKETS: Self = Self {
        curve: CurveRecord::Kept,
        injection: Injection::WithReservoirs,
        stake_count: StakeCount::Paid,
        safety_net: SafetyNet::AfterTempo,
        epochs: EpochKinds::YumaAndNull,
        prices: PriceAverages::SlowAndFast,
    };
}

/// Which variant of each step of a payout a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutRules {
    /// How validators' dividends split.
    pub dividends: DividendSplit,
    /// How stake pools' shares move.
    pub shares: ShareArithmetic,
    /// Where an epoch's alpha goes.
    pub pays: PayoutRule,
}

impl PayoutRules {
    /// A payout whose root dividends can be claimed by subnet.
    pub const TO_CLAIMS: Self = Self {
        dividends: DividendSplit::RootFirst,
        shares: ShareArithmetic::Truncating,
        pays: PayoutRule::ToClaims,
    };

    /// A payout whose root dividends go to validators' baskets.
    #[cfg(feature = "baskets")]
    pub const TO_BASKETS: Self = Self {
        dividends: DividendSplit::AlphaFirst,
        shares: ShareArithmetic::Exact,
        pays: PayoutRule::ToBaskets,
    };
}
