//! The rules of an epoch by spec version: data that the steps read.

use crate::InputError;
use crate::generated::epoch::{EpochConsensus, Subnet};
use std::ops::RangeInclusive;

/// Against which block bonds are held to find neurons registered since the last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastTempo {
    /// The block in which the bond's own holder last set weights, as weights are: a bond is masked by itself, for all
    /// others its column is masked for every validator.
    HoldersUpdate,
    /// The block of the epoch less the tempo.
    BlockMinusTempo,
    /// The block after the last epoch that ran; before the first one, the block less the tempo.
    LastMechanismStep,
    /// The block after the last epoch that ran under Yuma, where one is stored; else as [`Self::LastMechanismStep`].
    LastYumaStep,
}

/// What liquid alpha is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiquidAlpha {
    /// An alpha for each miner, by a logistic curve of consensus through its quartiles, under classic bonds: a version
    /// with it has no Yuma3.
    Logistic,
    /// An alpha for each bond, by a sigmoid of how far weight and consensus are apart, under Yuma3 alone.
    Sigmoid,
}

/// The unit of the sigmoid's steepness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steepness {
    /// Whole numbers, stored as u16: the field's bits are taken as one, so that a negative number is one above 32767.
    Whole,
    /// Hundredths.
    Hundredths,
}

/// How the exponent of liquid alpha's sigmoid is kept in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exponent {
    /// Held within -20 and 20.
    Clamped,
    /// Taken as it is; a power that overflows on the way counts as zero.
    ZeroOnOverflow,
}

/// Which consensus liquid alpha holds weights against. Where that one is zero for every neuron the common alpha serves
/// instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlphaConsensus {
    /// The epoch's own.
    Own,
    /// The one that the subnet's mode chooses: the epoch's own, or the one that the mechanism's epoch before stored.
    Chosen,
    /// The same, but it is open whether each mechanism has a stored one of its own, and whether the chosen one or the
    /// epoch's own is tested for zeros. An epoch that comes out differently is refused.
    ChosenInDoubt,
}

/// What becomes of an emission split that has not one part for each mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedSplit {
    /// It is cut, or padded with zeros.
    Fitted,
    /// It is ignored: the split is even.
    Ignored,
    /// Which of the two is open: such a split is refused.
    InDoubt,
}

/// What says that a version's epoch has these rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Vectors of that version.
    Proved,
    /// The source, which says the same as that of this proved version.
    SameText(u32),
}

/// Which variant of each step a spec version has.
///
/// Follows `pallets/subtensor/src/epoch/run_epoch.rs` and `subnets/mechanism.rs` of the chain at the versions of
/// [`Rules::ranges`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The spec version asked for.
    pub spec_version: u32,
    /// Stake below the threshold counts as zero. Without it the threshold is not read.
    pub stake_threshold: bool,
    /// The owner's stake counts below the threshold too, and the owner has a permit, before and after.
    pub owner_exempt: bool,
    /// The owner's weight on itself counts.
    pub owner_self_weight: bool,
    /// Of too few validators with stake, those without any get permits too.
    pub permits_without_stake: bool,
    /// What bonds of newly registered neurons are measured against.
    pub last_tempo: LastTempo,
    /// Weights committed before their target registered are masked.
    pub commit_reveal_mask: bool,
    /// What liquid alpha is, and with it whether there is Yuma3.
    pub liquid_alpha: LiquidAlpha,
    /// The unit of the sigmoid's steepness.
    pub steepness: Steepness,
    /// The sigmoid of liquid alpha.
    pub exponent: Exponent,
    /// The consensus that liquid alpha takes.
    pub alpha_consensus: AlphaConsensus,
    /// A row without a permit, before or after, stays as stored; else it is emptied.
    pub keeps_rows_without_permit: bool,
    /// Permits and last updates of another number than there are neurons, and bonds with uids that do not exist, made
    /// the chain panic: they are refused.
    pub strict_lengths: bool,
    /// How many mechanisms a subnet can have.
    pub most_mechanisms: u8,
    /// An emission split of another length than there are mechanisms.
    pub malformed_split: MalformedSplit,
    /// A subnet can be under Null consensus.
    pub null_consensus: bool,
}

/// Spec versions with the same rules, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesRange {
    /// The spec versions, first and last.
    pub specs: RangeInclusive<u32>,
    /// What says so.
    pub evidence: Evidence,
    /// The rules, under the first version's number.
    rules: Rules,
}

impl RulesRange {
    /// A range of which vectors prove the rules.
    const fn proved(first: u32, last: u32, rules: Rules) -> Self {
        Self {
            specs: first..=last,
            evidence: Evidence::Proved,
            rules: Rules {
                spec_version: first,
                ..rules
            },
        }
    }

    /// The versions of it that are known, ascending: below 425 not every number was a runtime's.
    pub fn known(&self) -> impl Iterator<Item = u32> + use<> {
        self.specs.clone().filter(|spec| Rules::is_known(*spec))
    }

    /// Whether a subnet can be under Null consensus.
    pub const fn has_null_consensus(&self) -> bool {
        self.rules.null_consensus
    }

    /// Whether the numbers are of a branch that the chain's main one did not come from: what the ranges before and
    /// after it changed is to be seen without it.
    pub const fn is_of_a_branch(&self) -> bool {
        *self.specs.start() == EXPERIMENTAL
    }
}

/// The rules of spec 425, which most others are told from.
const OF_425: Rules = Rules {
    spec_version: 425,
    stake_threshold: true,
    owner_exempt: true,
    owner_self_weight: true,
    permits_without_stake: false,
    last_tempo: LastTempo::LastMechanismStep,
    commit_reveal_mask: true,
    liquid_alpha: LiquidAlpha::Sigmoid,
    steepness: Steepness::Hundredths,
    exponent: Exponent::Clamped,
    alpha_consensus: AlphaConsensus::Own,
    keeps_rows_without_permit: false,
    strict_lengths: false,
    most_mechanisms: 16,
    malformed_split: MalformedSplit::Fitted,
    null_consensus: false,
};

// Older rules, each told from those that came after it. docs/rules.md says which commit brought what.

/// Bonds are held against the tempo, whenever the last step was.
const OF_397: Rules = Rules {
    spec_version: 397,
    last_tempo: LastTempo::BlockMinusTempo,
    ..OF_425
};

/// The owner is as all others, but for its weight on itself.
const OF_365: Rules = Rules {
    spec_version: 365,
    owner_exempt: false,
    ..OF_397
};

/// The sigmoid's exponent is not kept in range.
const OF_320: Rules = Rules {
    spec_version: 320,
    exponent: Exponent::ZeroOnOverflow,
    ..OF_365
};

/// A row of bonds without a permit stays; odd lengths panic; there is one mechanism.
const OF_297: Rules = Rules {
    spec_version: 297,
    keeps_rows_without_permit: true,
    strict_lengths: true,
    most_mechanisms: 1,
    ..OF_320
};

/// Commits mask nothing.
const OF_283: Rules = Rules {
    spec_version: 283,
    commit_reveal_mask: false,
    ..OF_297
};

/// The steepness is a whole number.
const OF_273: Rules = Rules {
    spec_version: 273,
    steepness: Steepness::Whole,
    ..OF_283
};

/// No threshold in the epoch, permits without stake, no Yuma3, logistic liquid alpha.
const OF_257: Rules = Rules {
    spec_version: 257,
    stake_threshold: false,
    permits_without_stake: true,
    liquid_alpha: LiquidAlpha::Logistic,
    ..OF_273
};

/// Bonds are masked by what their holder last set.
const OF_252: Rules = Rules {
    spec_version: 252,
    last_tempo: LastTempo::HoldersUpdate,
    ..OF_257
};

/// The owner's weight on itself counts no more than another's.
const OF_233: Rules = Rules {
    spec_version: 233,
    owner_self_weight: false,
    ..OF_252
};

/// The numbers below 425 that a runtime of the chain's main branch had, and those that are known of other branches: 240,
/// of a devnet, whose epoch is 239's, and 300. Between them others exist, some with an epoch of their own: they are
/// refused.
const BEFORE_425: &[u32] = &[
    233, 234, 238, 239, 240, 244, 245, 246, 247, 252, 257, 258, 261, 263, 264, 265, 273, 274, 275,
    276, 277, 283, 285, 290, 292, 297, 298, 299, 300, 301, 302, 306, 315, 320, 323, 326, 334, 338,
    342, 343, 345, 347, 348, 349, 350, 351, 352, 361, 362, 365, 366, 367, 371, 372, 373, 374, 376,
    377, 380, 385, 391, 392, 393, 394, 397, 401, 402, 411, 413, 415, 416, 417, 418, 419, 421, 422,
    423, 424,
];

/// The number of the recordings' experimental branch, which was cut before the commit mask came: main has no such
/// number. Another branch had it too, with the mask.
const EXPERIMENTAL: u32 = 300;

/// The spec versions whose epoch is known, ascending. docs/rules.md says how each is.
const RANGES: &[RulesRange] = &[
    RulesRange::proved(233, 247, OF_233),
    RulesRange::proved(252, 252, OF_252),
    RulesRange::proved(257, 265, OF_257),
    RulesRange::proved(273, 277, OF_273),
    RulesRange::proved(283, 292, OF_283),
    RulesRange::proved(297, 299, OF_297),
    RulesRange::proved(EXPERIMENTAL, EXPERIMENTAL, OF_283),
    RulesRange::proved(301, 315, OF_297),
    RulesRange::proved(320, 362, OF_320),
    RulesRange::proved(365, 394, OF_365),
    RulesRange::proved(397, 422, OF_397),
    RulesRange::proved(423, 424, OF_425),
    RulesRange {
        specs: 425..=425,
        evidence: Evidence::Proved,
        rules: OF_425,
    },
    RulesRange {
        specs: 426..=445,
        evidence: Evidence::SameText(425),
        rules: Rules {
            spec_version: 426,
            malformed_split: MalformedSplit::InDoubt,
            ..OF_425
        },
    },
    RulesRange {
        specs: 446..=451,
        evidence: Evidence::SameText(475),
        rules: Rules {
            spec_version: 446,
            alpha_consensus: AlphaConsensus::ChosenInDoubt,
            malformed_split: MalformedSplit::InDoubt,
            ..OF_425
        },
    },
    RulesRange {
        specs: 452..=473,
        evidence: Evidence::SameText(475),
        rules: Rules {
            spec_version: 452,
            alpha_consensus: AlphaConsensus::Chosen,
            malformed_split: MalformedSplit::Ignored,
            ..OF_425
        },
    },
    RulesRange {
        specs: 475..=475,
        evidence: Evidence::Proved,
        rules: Rules {
            spec_version: 475,
            last_tempo: LastTempo::LastYumaStep,
            alpha_consensus: AlphaConsensus::Chosen,
            malformed_split: MalformedSplit::Ignored,
            null_consensus: true,
            ..OF_425
        },
    },
];

impl Rules {
    /// The spec versions that are known, ascending, those with the same rules together.
    pub const fn ranges() -> &'static [RulesRange] {
        RANGES
    }

    /// Whether the subnet's epochs pay by Null consensus. Versions without it read no such item.
    pub fn pays_by_null(&self, subnet: &Subnet<'_>) -> bool {
        self.null_consensus && subnet.subnet_epoch_consensus == EpochConsensus::Null
    }

    /// Whether a runtime that is known had this number.
    pub fn is_known(spec_version: u32) -> bool {
        Self::range_of(spec_version).is_some()
    }

    /// Whether an epoch's consensus is stored, for the next one.
    pub fn stores_consensus(&self) -> bool {
        self.alpha_consensus != AlphaConsensus::Own
    }

    fn range_of(spec_version: u32) -> Option<&'static RulesRange> {
        let existed = spec_version > 424 || BEFORE_425.contains(&spec_version);
        let range = RANGES.iter().find(|r| r.specs.contains(&spec_version));
        range.filter(|_| existed)
    }

    /// The rules of `spec_version`.
    ///
    /// # Errors
    /// A version that is not known is refused, with the nearest known one named, whose rules can be asked for.
    pub fn for_spec(spec_version: u32) -> Result<Rules, InputError> {
        if let Some(RulesRange { rules, .. }) = Self::range_of(spec_version) {
            return Ok(Rules {
                spec_version,
                ..*rules
            });
        }
        let (nearest, of) = nearest_to(spec_version);
        Err(InputError::new(
            "spec_version",
            format!(
                "a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}, of the range \
                 {} to {}, by whose rules it can be computed as if (asSpec, --as-spec)",
                of.specs.start(),
                of.specs.end()
            ),
        ))
    }
}

/// The known version that is nearest to one that is not, the lower of two, and its range.
fn nearest_to(spec_version: u32) -> (u32, &'static RulesRange) {
    RANGES
        .iter()
        .flat_map(|range| range.known().map(move |known| (known, range)))
        .min_by_key(|(known, _)| known.abs_diff(spec_version))
        .expect("there are ranges")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_ascend_and_hold_their_rules() {
        for pair in RANGES.windows(2) {
            assert!(pair[0].specs.end() < pair[1].specs.start());
        }
        for range @ RulesRange { specs, rules, .. } in RANGES {
            assert_eq!(*specs.start(), rules.spec_version);
            for spec_version in range.known() {
                let found = Rules::for_spec(spec_version).expect("a known version");
                assert_eq!(
                    found,
                    Rules {
                        spec_version,
                        ..*rules
                    }
                );
            }
        }
    }

    #[test]
    fn every_number_below_425_is_of_a_range() {
        assert!(BEFORE_425.is_sorted_by(|a, b| a < b));
        for &spec_version in BEFORE_425 {
            assert!(Rules::is_known(spec_version), "{spec_version}");
        }
        let last = *BEFORE_425.last().expect("numbers");
        let ends = RANGES
            .iter()
            .flat_map(|range| [range.specs.start(), range.specs.end()]);
        for end in ends.filter(|&&end| end <= last) {
            assert!(BEFORE_425.contains(end), "{end}");
        }
    }

    #[test]
    fn what_is_called_300_has_the_rules_of_292() {
        let branch = Rules::for_spec(300).expect("a known version");
        let main = Rules::for_spec(292).expect("a known version");
        assert_eq!(
            branch,
            Rules {
                spec_version: 300,
                ..main
            }
        );
        assert!(
            Rules::for_spec(299)
                .expect("a known version")
                .commit_reveal_mask
        );
    }

    #[test]
    fn the_same_text_is_that_of_a_proved_version() {
        for range in RANGES {
            if let Evidence::SameText(spec) = range.evidence {
                let proved = |r: &&RulesRange| r.specs.contains(&spec);
                let named = RANGES.iter().find(proved).expect("a known version");
                assert_eq!(named.evidence, Evidence::Proved);
            }
        }
    }

    #[test]
    fn a_version_that_is_not_known_is_refused_with_the_nearest() {
        for (unknown, nearest, of) in [
            (0, 233, "233 to 247"),
            (232, 233, "233 to 247"),
            (241, 240, "233 to 247"),
            (242, 240, "233 to 247"),
            (243, 244, "233 to 247"),
            (250, 252, "252 to 252"),
            (268, 265, "257 to 265"),
            (303, 302, "301 to 315"),
            (390, 391, "365 to 394"),
            (420, 419, "397 to 422"),
            (474, 473, "452 to 473"),
            (476, 475, "475 to 475"),
            (u32::MAX, 475, "475 to 475"),
        ] {
            let error = Rules::for_spec(unknown).expect_err("an unknown version");
            assert_eq!(error.field, "spec_version");
            let named =
                format!("{unknown} is not, the nearest is {nearest}, of the range {of}, by");
            assert!(error.expected.contains(&named), "{}", error.expected);
        }
    }

    #[test]
    fn every_number_is_known_or_refused_with_no_known_one_nearer() {
        let known = RANGES
            .iter()
            .flat_map(RulesRange::known)
            .collect::<Vec<_>>();
        for spec_version in 0..1000 {
            let Err(error) = Rules::for_spec(spec_version) else {
                assert!(known.contains(&spec_version));
                continue;
            };
            let least = known.iter().map(|k| k.abs_diff(spec_version)).min();
            let named = [
                spec_version.checked_sub(least.expect("a distance")),
                spec_version.checked_add(least.expect("a distance")),
            ];
            let names = |near: u32| {
                error
                    .expected
                    .contains(&format!("the nearest is {near}, of the range"))
            };
            let named = named.into_iter().flatten().find(|&near| names(near));
            assert!(named.is_some_and(|near| known.contains(&near)), "{error:?}");
        }
    }
}
