//! The emission of an epoch, in its three parts.

use crate::InputError;

/// Alpha that an epoch hands out, in rao, by whom it is for. Yuma reads the [`total`](Pools::total) alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pools {
    /// The miners' part. `PendingServerEmission`.
    pub server: u64,
    /// The validators' part. `PendingValidatorEmission`.
    pub validator: u64,
    /// Root's part, which Null consensus pays to validators. `PendingRootAlphaDivs`.
    pub root: u64,
}

impl Pools {
    /// An emission of which the parts for miners, validators and root may be given; those that are not come of its
    /// halves. They are read, and have to sum to it, where the epoch is [by Null consensus](crate::EpochConsensus).
    ///
    /// # Errors
    /// Parts that are read and do not sum to the emission.
    pub fn of_parts(
        emission: u64,
        [server, validator, root]: [Option<u64>; 3],
        by_null: bool,
    ) -> Result<Self, InputError> {
        let halves = Self::from(emission);
        if !by_null {
            return Ok(halves);
        }
        let pools = Self {
            server: server.unwrap_or(halves.server),
            validator: validator.unwrap_or(halves.validator),
            root: root.unwrap_or(halves.root),
        };
        if pools.total() == emission {
            return Ok(pools);
        }
        let expected = "expected the sum of its three pending parts";
        Err(InputError::new("emission", expected))
    }

    /// The sum of the parts, saturating.
    pub fn total(&self) -> u64 {
        self.server
            .saturating_add(self.validator)
            .saturating_add(self.root)
    }
}

impl From<u64> for Pools {
    /// An emission of which no parts are known: half to validators, the rest to miners, nothing of root's.
    ///
    /// Follows `epoch_with_mechanisms` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 475.
    fn from(emission: u64) -> Self {
        let validator = emission / 2;
        Self {
            server: emission - validator,
            validator,
            root: 0,
        }
    }
}
