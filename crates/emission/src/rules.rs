//! The rules of emission by spec version: data that the steps read.

use crate::block_rules::{BlockRules, PayoutRules};
use crate::ranges::{self, Path};
use yuma_types::InputError;

/// What a subnet's share is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareBasis {
    /// The moving average of its price, as a part of the block's TAO and not as a share: see
    /// [`crate::spec300`].
    PriceProduct,
    /// The moving average of its price.
    MovingPrice,
    /// The moving average of its TAO flow.
    TaoFlow,
}

/// What a share is weighed by, beyond its basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareWeight {
    /// Nothing.
    None,
    /// The part of miners' emission that reached miners.
    Burn,
    /// That, and root's part in the subnet.
    BurnAndRoot,
}

/// How the bar is found that small shares are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarRule {
    /// The share at which the largest shares sum to `EmissionBarQuantile`.
    Quantile,
    /// The share of rank `EmissionBarRank`; of rank 0 as [`Self::Quantile`].
    Rank,
}

/// Which variant of each step of the shares a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareRules {
    /// What shares are measured by.
    pub basis: ShareBasis,
    /// What they are weighed by.
    pub weight: ShareWeight,
    /// How the gate's bar is found, where there is a gate.
    pub gate: Option<BarRule>,
}

/// How a validator's dividends split between its alpha and its root stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DividendSplit {
    /// Root's part is floored, alpha has the rest.
    RootFirst,
    /// Alpha's part is floored; the rest is root's, if the validator has a uid there, and else nobody's.
    AlphaFirst,
}

/// Which variant of each step a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The spec version asked for.
    pub spec_version: u32,
    /// How a block's TAO is shared.
    pub shares: ShareRules,
    /// How validators' dividends split; `None` where that is not known.
    pub dividends: Option<DividendSplit>,
    /// The rest of a block's own part: terms, pool, pending amounts, schedule, prices; `None` where not all of it is
    /// known.
    pub block: Option<BlockRules>,
    /// What becomes of an epoch's alpha; `None` where not all of it is known.
    pub payout: Option<PayoutRules>,
}

impl Rules {
    /// The spec versions of which at least the shares are known, ascending.
    pub fn known() -> impl Iterator<Item = u32> {
        let spans = Path::Shares.spans().into_iter();
        spans.flat_map(|span| span.first..=span.last)
    }

    /// The rules of `spec_version`. [`Path::spans`] says what they rest on.
    ///
    /// # Errors
    /// A version of which not even the shares are known is refused, with the nearest ranges named.
    pub fn for_spec(spec_version: u32) -> Result<Rules, InputError> {
        let Some(shares) = ranges::shares(spec_version) else {
            return Err(Path::Shares.refuse(spec_version));
        };
        Ok(Rules {
            spec_version,
            shares,
            dividends: ranges::dividends(spec_version),
            block: ranges::block(spec_version),
            payout: ranges::payout(spec_version),
        })
    }

    /// The steps of a block's own part.
    ///
    /// # Errors
    /// They are not known: the version, and the nearest ranges of which they are.
    pub fn own_part(&self) -> Result<BlockRules, InputError> {
        let refuse = || Path::Block.refuse(self.spec_version);
        self.block.ok_or_else(refuse)
    }

    /// The steps of a payout.
    ///
    /// # Errors
    /// They are not known: the version, and the nearest ranges of which they are.
    pub fn payout_steps(&self) -> Result<PayoutRules, InputError> {
        let refuse = || Path::Payout.refuse(self.spec_version);
        self.payout.ok_or_else(refuse)
    }

    /// The steps of a whole block, what its epochs pay among it.
    ///
    /// # Errors
    /// Not all of them are known: the version, and the nearest ranges of which the part that is missing is.
    pub fn whole_block(&self) -> Result<(BlockRules, PayoutRules), InputError> {
        Ok((self.own_part()?, self.payout_steps()?))
    }
}
