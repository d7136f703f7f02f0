//! What a registration clears of the neuron that was at its uid.

/// Which of the values that an epoch reads a registration clears, by spec version.
///
/// Follows `clear_neuron` and `replace_neuron` of `pallets/subtensor/src/subnets/uids.rs` at the tags from spec 233 to
/// 424, and of the chain at 475. The neuron's own stored consensus is cleared wherever there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clears {
    /// The bonds that it held. Commit "Bonds::remove" of the tag of spec 257.
    pub bonds: bool,
    /// The weights that it had set, and others' weights on it, which become 0. Since the tag of spec 320.
    pub weights: bool,
    /// The block of its last update, which becomes that of the registration. Commit d7418eed4, first run as spec 398.
    pub last_update: bool,
    /// Its permit. Since the tag of spec 411.
    pub permit: bool,
}

impl Clears {
    /// Returns what a registration clears at a spec version.
    pub const fn at(spec_version: u32) -> Self {
        Self {
            bonds: spec_version >= 257,
            weights: spec_version >= 320,
            last_update: spec_version >= 398,
            permit: spec_version >= 411,
        }
    }
}
