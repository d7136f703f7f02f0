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
}

/// Spec versions whose epoch is known, and proved by vectors.
const KNOWN: &[Rules] = &[Rules {
    spec_version: 425,
    owner_exempt: true,
    last_tempo: LastTempo::LastMechanismStep,
}];

impl Rules {
    /// The rules of `spec_version`.
    ///
    /// # Errors
    /// A version that is not known is refused, with the nearest known one named.
    pub fn for_spec(spec_version: u32) -> Result<Rules, InputError> {
        if let Some(rules) = KNOWN.iter().find(|r| r.spec_version == spec_version) {
            return Ok(*rules);
        }
        let nearest = KNOWN
            .iter()
            .map(|r| r.spec_version)
            .min_by_key(|known| known.abs_diff(spec_version))
            .unwrap_or_default();
        Err(InputError {
            field: "spec_version",
            mechanism: None,
            uid: None,
            expected: format!(
                "a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}"
            ),
        })
    }
}
