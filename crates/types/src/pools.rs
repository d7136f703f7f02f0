//! The emission of an epoch, in its three parts.

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
