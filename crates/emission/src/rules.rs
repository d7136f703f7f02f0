//! The rules of emission by spec version: data that the steps read.

use crate::block_rules::BlockRules;
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
    /// The rest of a block: terms, pool, pending, schedule and distribution; `None` where not all of it
    /// is known.
    pub block: Option<BlockRules>,
}

const BY_PRICE: ShareRules = ShareRules {
    basis: ShareBasis::MovingPrice,
    weight: ShareWeight::Burn,
    gate: None,
};

/// Rules of which no more than the shares are known.
const fn shares_only(spec_version: u32, shares: ShareRules) -> Rules {
    Rules {
        spec_version,
        shares,
        dividends: None,
        block: None,
    }
}

const fn by_flow(spec_version: u32) -> Rules {
    let shares = ShareRules {
        basis: ShareBasis::TaoFlow,
        weight: ShareWeight::None,
        gate: None,
    };
    shares_only(spec_version, shares)
}

const fn root_weighted(spec_version: u32) -> Rules {
    let shares = ShareRules {
        weight: ShareWeight::BurnAndRoot,
        ..BY_PRICE
    };
    shares_only(spec_version, shares)
}

const fn gated(spec_version: u32, bar: BarRule, dividends: Option<DividendSplit>) -> Rules {
    let shares = ShareRules {
        gate: Some(bar),
        ..BY_PRICE
    };
    Rules {
        dividends,
        ..shares_only(spec_version, shares)
    }
}

/// Spec versions whose rules are known, and proved by vectors; `docs/rules.md` says by which.
const KNOWN: &[Rules] = &[
    Rules {
        dividends: Some(DividendSplit::RootFirst),
        ..shares_only(
            300,
            ShareRules {
                basis: ShareBasis::PriceProduct,
                weight: ShareWeight::None,
                gate: None,
            },
        )
    },
    by_flow(411),
    by_flow(413),
    by_flow(415),
    by_flow(416),
    by_flow(417),
    by_flow(419),
    root_weighted(421),
    root_weighted(422),
    root_weighted(423),
    root_weighted(424),
    Rules {
        spec_version: 425,
        shares: BY_PRICE,
        dividends: Some(DividendSplit::RootFirst),
        block: Some(BlockRules::WITH_CLAIMS),
    },
    gated(440, BarRule::Quantile, Some(DividendSplit::RootFirst)),
    gated(441, BarRule::Rank, None),
    gated(442, BarRule::Rank, Some(DividendSplit::AlphaFirst)),
    gated(443, BarRule::Rank, Some(DividendSplit::AlphaFirst)),
    Rules {
        dividends: Some(DividendSplit::AlphaFirst),
        ..shares_only(
            444,
            ShareRules {
                basis: ShareBasis::MovingPrice,
                weight: ShareWeight::None,
                gate: Some(BarRule::Rank),
            },
        )
    },
    gated(445, BarRule::Rank, Some(DividendSplit::AlphaFirst)),
    Rules {
        block: Some(BlockRules::WITH_BASKETS),
        ..gated(475, BarRule::Rank, Some(DividendSplit::AlphaFirst))
    },
];

impl Rules {
    /// The spec versions of which at least the shares are known, ascending.
    pub fn known() -> impl Iterator<Item = u32> {
        KNOWN.iter().map(|rules| rules.spec_version)
    }

    /// The rules of `spec_version`.
    ///
    /// # Errors
    /// A version that is not known is refused, with the nearest known one named.
    pub fn for_spec(spec_version: u32) -> Result<Rules, InputError> {
        if let Some(rules) = KNOWN.iter().find(|r| r.spec_version == spec_version) {
            return Ok(*rules);
        }
        let nearest = nearest(spec_version, |_| true);
        Err(InputError::new(
            "spec_version",
            format!(
                "expected a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}"
            ),
        ))
    }

    /// The block's steps, and how dividends split in it.
    ///
    /// # Errors
    /// Not all of the version's block is known: the version, and the nearest one of which it is.
    pub fn whole_block(&self) -> Result<(BlockRules, DividendSplit), InputError> {
        if let (Some(block), Some(dividends)) = (self.block, self.dividends) {
            return Ok((block, dividends));
        }
        let version = self.spec_version;
        let nearest = nearest(version, |rules| rules.block.is_some());
        Err(InputError::new(
            "spec_version",
            format!(
                "expected a spec version whose whole block is known; of {version} it is not, the nearest is {nearest}"
            ),
        ))
    }
}

fn nearest(spec_version: u32, usable: impl Fn(&Rules) -> bool) -> u32 {
    KNOWN
        .iter()
        .filter(|rules| usable(rules))
        .map(|rules| rules.spec_version)
        .min_by_key(|known| known.abs_diff(spec_version))
        .unwrap_or_default()
}
