//! The rules of an epoch by spec version: data that the steps read.

use crate::InputError;
use crate::generated::epoch::{EpochConsensus, Subnet};
use std::ops::RangeInclusive;

/// Against which block bonds are held to find neurons registered since the last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastTempo {
    /// The block of the epoch less the tempo.
    BlockMinusTempo,
    /// The block after the last epoch that ran; before the first one, the block less the tempo.
    LastMechanismStep,
    /// The block after the last epoch that ran under Yuma, where one is stored; else as [`Self::LastMechanismStep`].
    LastYumaStep,
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
    /// The owner's stake counts below the threshold too, and the owner has a permit, before and after.
    pub owner_exempt: bool,
    /// What bonds of newly registered neurons are measured against.
    pub last_tempo: LastTempo,
    /// Weights committed before their target registered are masked.
    pub commit_reveal_mask: bool,
    /// The sigmoid of liquid alpha.
    pub exponent: Exponent,
    /// The consensus that liquid alpha takes.
    pub alpha_consensus: AlphaConsensus,
    /// A row without a permit, before or after, stays as stored; else it is emptied.
    pub keeps_rows_without_permit: bool,
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
    /// Whether a subnet can be under Null consensus.
    pub const fn has_null_consensus(&self) -> bool {
        self.rules.null_consensus
    }
}

/// The rules of spec 425, which most others are told from.
const OF_425: Rules = Rules {
    spec_version: 425,
    owner_exempt: true,
    last_tempo: LastTempo::LastMechanismStep,
    commit_reveal_mask: true,
    exponent: Exponent::Clamped,
    alpha_consensus: AlphaConsensus::Own,
    keeps_rows_without_permit: false,
    most_mechanisms: 16,
    malformed_split: MalformedSplit::Fitted,
    null_consensus: false,
};

/// The spec versions whose epoch is known, ascending. docs/rules.md says how each is.
const RANGES: &[RulesRange] = &[
    RulesRange {
        specs: 300..=300,
        evidence: Evidence::Proved,
        rules: Rules {
            spec_version: 300,
            owner_exempt: false,
            last_tempo: LastTempo::BlockMinusTempo,
            commit_reveal_mask: false,
            exponent: Exponent::ZeroOnOverflow,
            keeps_rows_without_permit: true,
            most_mechanisms: 1,
            ..OF_425
        },
    },
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

    /// The rules of `spec_version`.
    ///
    /// # Errors
    /// A version that is not known is refused, with the nearest known one named, whose rules can be asked for.
    pub fn for_spec(spec_version: u32) -> Result<Rules, InputError> {
        let range = RANGES.iter().find(|r| r.specs.contains(&spec_version));
        if let Some(RulesRange { rules, .. }) = range {
            return Ok(Rules {
                spec_version,
                ..*rules
            });
        }
        let nearest = RANGES
            .iter()
            .map(|range| spec_version.clamp(*range.specs.start(), *range.specs.end()))
            .min_by_key(|known| known.abs_diff(spec_version))
            .unwrap_or_default();
        Err(InputError::new(
            "spec_version",
            format!(
                "a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}, \
                 by whose rules it can be computed as if (asSpec, --as-spec)"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_ascend_and_hold_their_rules() {
        for pair in RANGES.windows(2) {
            assert!(pair[0].specs.end() < pair[1].specs.start());
        }
        for RulesRange { specs, rules, .. } in RANGES {
            assert_eq!(*specs.start(), rules.spec_version);
            for spec_version in specs.clone() {
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
        for (unknown, nearest) in [
            (0, 300),
            (424, 425),
            (474, 473),
            (476, 475),
            (u32::MAX, 475),
        ] {
            let error = Rules::for_spec(unknown).expect_err("an unknown version");
            assert_eq!(error.field, "spec_version");
            let named = format!("{unknown} is not, the nearest is {nearest}, ");
            assert!(error.expected.contains(&named), "{}", error.expected);
        }
    }
}
