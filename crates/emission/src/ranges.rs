//! Which spec versions have which rules of shares, of a block and of a payout, and what says so.

use crate::block_rules::{BlockRules, PayoutRules};
#[cfg(feature = "baskets")]
use crate::block_rules::{EpochKinds, PriceAverages, StakeCount};
use crate::rules::{BarRule, DividendSplit, ShareBasis, ShareRules, ShareWeight};
use yuma_types::{Evidence, InputError};

/// What of a block has rules of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// A subnet's epoch.
    Epoch,
    /// How a block's TAO is shared.
    Shares,
    /// The rest of a block's own part: issuance, pools, pending amounts, schedule, prices.
    Block,
    /// What becomes of an epoch's alpha: dividends, stake pools, collateral, baskets.
    Payout,
}

/// Spec versions with the same rules of a path, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first version.
    pub first: u32,
    /// The last version.
    pub last: u32,
    /// What says that all of them have these rules: vectors or real state of such a version, or the source.
    pub evidence: Evidence,
}

/// Rules and the versions that have them.
struct Ranged<R> {
    span: Span,
    rules: R,
}

const fn proved<R>(first: u32, last: u32, rules: R) -> Ranged<R> {
    let evidence = Evidence::Proved;
    Ranged {
        span: Span {
            first,
            last,
            evidence,
        },
        rules,
    }
}

const fn same_text<R>(first: u32, last: u32, proved: u32, rules: R) -> Ranged<R> {
    let evidence = Evidence::SameText(proved);
    Ranged {
        span: Span {
            first,
            last,
            evidence,
        },
        rules,
    }
}

const BY_PRODUCT: ShareRules = ShareRules {
    basis: ShareBasis::PriceProduct,
    weight: ShareWeight::None,
    gate: None,
};
const BY_FLOW: ShareRules = ShareRules {
    basis: ShareBasis::TaoFlow,
    ..BY_PRODUCT
};
const BY_PRICE: ShareRules = ShareRules {
    basis: ShareBasis::MovingPrice,
    weight: ShareWeight::Burn,
    gate: None,
};
const ROOT_WEIGHTED: ShareRules = ShareRules {
    weight: ShareWeight::BurnAndRoot,
    ..BY_PRICE
};
const GATED: ShareRules = ShareRules {
    gate: Some(BarRule::Rank),
    ..BY_PRICE
};
const GATED_BY_QUANTILE: ShareRules = ShareRules {
    gate: Some(BarRule::Quantile),
    ..BY_PRICE
};
const GATED_WHATEVER_BURNS: ShareRules = ShareRules {
    weight: ShareWeight::None,
    ..GATED
};

/// The shares by spec version, ascending. `docs/rules.md` says what each range rests on.
const SHARES: &[Ranged<ShareRules>] = &[
    proved(300, 300, BY_PRODUCT),
    // Functions that 425 has too, and does not call.
    same_text(411, 419, 425, BY_FLOW),
    proved(421, 421, ROOT_WEIGHTED),
    same_text(422, 424, 421, ROOT_WEIGHTED),
    proved(425, 425, BY_PRICE),
    same_text(426, 439, 425, BY_PRICE),
    proved(440, 440, GATED_BY_QUANTILE),
    proved(441, 443, GATED),
    proved(444, 444, GATED_WHATEVER_BURNS),
    proved(445, 445, GATED),
    same_text(446, 447, 448, GATED),
    proved(448, 448, GATED),
    same_text(449, 473, 475, GATED),
    proved(475, 475, GATED),
];

/// The rest of a block's own part by spec version, ascending.
const BLOCKS: &[Ranged<BlockRules>] = &[
    proved(425, 425, BlockRules::WITH_CLAIMS),
    #[cfg(feature = "baskets")]
    proved(
        448,
        448,
        BlockRules {
            stake_count: StakeCount::Requested,
            prices: PriceAverages::Slow,
            ..BLOCK_OF_YUMA_ALONE
        },
    ),
    #[cfg(feature = "baskets")]
    same_text(470, 473, 475, BLOCK_OF_YUMA_ALONE),
    #[cfg(feature = "baskets")]
    proved(475, 475, BlockRules::WITH_BASKETS),
];

#[cfg(feature = "baskets")]
const BLOCK_OF_YUMA_ALONE: BlockRules = BlockRules {
    epochs: EpochKinds::YumaOnly,
    ..BlockRules::WITH_BASKETS
};

/// The payout by spec version, ascending.
const PAYOUTS: &[Ranged<PayoutRules>] = &[
    proved(425, 425, PayoutRules::TO_CLAIMS),
    #[cfg(feature = "baskets")]
    same_text(473, 473, 475, PayoutRules::TO_BASKETS),
    #[cfg(feature = "baskets")]
    proved(475, 475, PayoutRules::TO_BASKETS),
];

/// How dividends split where no more of the payout is known.
const SPLITS: &[Ranged<DividendSplit>] = &[
    proved(300, 300, DividendSplit::RootFirst),
    proved(440, 440, DividendSplit::RootFirst),
    proved(442, 445, DividendSplit::AlphaFirst),
];

/// The rules of a version, where they are known.
fn find<R: Copy>(ranges: &[Ranged<R>], spec_version: u32) -> Option<R> {
    let holds = |span: &Span| (span.first..=span.last).contains(&spec_version);
    let range = ranges.iter().find(|range| holds(&range.span));
    range.map(|range| range.rules)
}

pub(crate) fn shares(spec_version: u32) -> Option<ShareRules> {
    find(SHARES, spec_version)
}

pub(crate) fn block(spec_version: u32) -> Option<BlockRules> {
    find(BLOCKS, spec_version)
}

pub(crate) fn payout(spec_version: u32) -> Option<PayoutRules> {
    find(PAYOUTS, spec_version)
}

pub(crate) fn dividends(spec_version: u32) -> Option<DividendSplit> {
    let whole = payout(spec_version).map(|payout| payout.dividends);
    whole.or_else(|| find(SPLITS, spec_version))
}

fn spans<R>(ranges: &[Ranged<R>]) -> impl Iterator<Item = Span> {
    ranges.iter().map(|range| range.span)
}

impl Path {
    /// The versions of which the path's rules are known, ascending, those with the same rules together.
    pub fn spans(self) -> Vec<Span> {
        match self {
            Self::Epoch => yuma_epoch::Rules::ranges()
                .iter()
                .map(|range| Span {
                    first: *range.specs.start(),
                    last: *range.specs.end(),
                    evidence: range.evidence,
                })
                .collect(),
            Self::Shares => spans(SHARES).collect(),
            Self::Block => spans(BLOCKS).collect(),
            Self::Payout => spans(PAYOUTS).collect(),
        }
    }

    /// The refusal of a version of which the path's rules are not known: it names the nearest that are.
    pub(crate) fn refuse(self, spec_version: u32) -> InputError {
        let known = match self {
            Self::Epoch => "the epoch is",
            Self::Shares => "the shares are",
            Self::Block => "the own part of a block is",
            Self::Payout => "the payout is",
        };
        let spans = self.spans();
        let below = spans.iter().rfind(|span| span.last < spec_version);
        let above = spans.iter().find(|span| span.first > spec_version);
        let nearest: Vec<String> = below
            .into_iter()
            .chain(above)
            .map(Span::to_string)
            .collect();
        let nearest = nearest.join(" and ");
        let expected = format!(
            "expected a spec version of which {known} known; {spec_version} is none, the nearest: {nearest}, \
             by whose rules it can be computed as if (asSpec, --as-spec)"
        );
        InputError::new("spec_version", expected)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{} to {}", self.first, self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [Path; 4] = [Path::Epoch, Path::Shares, Path::Block, Path::Payout];

    #[test]
    fn ranges_ascend_and_rest_on_proved_ones() {
        for path in PATHS {
            let spans = path.spans();
            for span in &spans {
                assert!(span.first <= span.last, "{path:?} {span}");
                if let Evidence::SameText(spec) = span.evidence {
                    let named = spans.iter().find(|s| s.first <= spec && spec <= s.last);
                    let named = named.expect("a known version");
                    assert_eq!(named.evidence, Evidence::Proved, "{path:?} {span}");
                }
            }
            for pair in spans.windows(2) {
                assert!(pair[0].last < pair[1].first, "{path:?} {}", pair[1]);
            }
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest_ranges() {
        for (path, spec_version, named) in [
            (Path::Shares, 474, "449 to 473 and 475,"),
            (Path::Shares, 299, "300,"),
            (Path::Shares, u32::MAX, "475,"),
            (Path::Shares, 420, "411 to 419 and 421,"),
            #[cfg(feature = "baskets")]
            (Path::Block, 455, "448 and 470 to 473,"),
            #[cfg(feature = "baskets")]
            (Path::Payout, 448, "425 and 473,"),
        ] {
            let error = path.refuse(spec_version);
            assert_eq!(error.field, "spec_version");
            let text = error.expected;
            assert!(
                text.contains(&format!("{spec_version} is none, the nearest: {named}")),
                "{text}"
            );
            assert!(text.contains("--as-spec"), "{text}");
        }
    }

    #[test]
    fn a_block_is_not_known_without_its_shares() {
        for path in [Path::Block, Path::Payout] {
            for span in path.spans() {
                for spec_version in span.first..=span.last {
                    assert!(shares(spec_version).is_some(), "{spec_version}");
                }
            }
        }
    }
}
