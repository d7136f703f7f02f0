//! The rules of emission by spec version: data that the steps read.

use crate::error::InputError;

/// What a subnet's share is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareBasis {
    /// The moving average of its price.
    MovingPrice,
    /// The moving average of its TAO flow.
    TaoFlow,
}

/// Which variant of each step of the shares a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareRules {
    /// What shares are measured by.
    pub basis: ShareBasis,
    /// Shares are weighed by the part of miners' emission that reached miners.
    pub burn_weighted: bool,
}

/// Which variant of each step a spec version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The spec version asked for.
    pub spec_version: u32,
    /// How a block's TAO is shared.
    pub shares: ShareRules,
}

/// Spec versions whose rules are known, and proved by vectors.
const KNOWN: &[Rules] = &[Rules {
    spec_version: 425,
    shares: ShareRules {
        basis: ShareBasis::MovingPrice,
        burn_weighted: true,
    },
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
        Err(InputError::new(
            "spec_version",
            format!(
                "a spec version whose rules are known; {spec_version} is not, the nearest is {nearest}"
            ),
        ))
    }
}
