//! The rules of an epoch by spec version: data that the steps read.

use crate::InputError;

/// Against which block bonds are held to find neurons registered since the last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastTempo {
    /// The block of the epoch less the tempo.
    BlockMinusTempo,
    /// The block after the last epoch that ran; before the first one, the block less the tempo.
    LastMechanismStep,
}

/// How the exponent of liquid alpha's sigmoid is kept in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exponent {
    /// Held within -20 and 20.
    Clamped,
    /// Taken as it is; a power that overflows on the way counts as zero.
    ZeroOnOverflow,
}

/// Which variant of each step a spec version has.
///
/// Follows `pallets/subtensor/src/epoch/run_epoch.rs` of the chain at the versions named by [`Rules::for_spec`].
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
    /// A row without a permit, before or after, stays as stored; else it is emptied.
    pub keeps_rows_without_permit: bool,
    /// How many mechanisms a subnet can have.
    pub most_mechanisms: u8,
}

/// Spec versions whose epoch is known, and proved by vectors.
const KNOWN: &[Rules] = &[
    Rules {
        spec_version: 300,
        owner_exempt: false,
        last_tempo: LastTempo::BlockMinusTempo,
        commit_reveal_mask: false,
        exponent: Exponent::ZeroOnOverflow,
        keeps_rows_without_permit: true,
        most_mechanisms: 1,
    },
    Rules {
        spec_version: 425,
        owner_exempt: true,
        last_tempo: LastTempo::LastMechanismStep,
        commit_reveal_mask: true,
        exponent: Exponent::Clamped,
        keeps_rows_without_permit: false,
        most_mechanisms: 16,
    },
];

impl Rules {
    /// The spec versions that are known, ascending.
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
        let nearest = Self::known()
            .min_by_key(|known| known.abs_diff(spec_version))
            .unwrap_or_default();
        Err(InputError::new(
            "spec_version",
            format!(
                "a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}"
            ),
        ))
    }
}
