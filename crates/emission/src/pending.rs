//! What a block's alpha adds to the amounts that wait for the epoch.

use yuma_fixed::U96F32;

/// Alpha that waits for the epoch, or that a block adds to it; rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// For miners. `PendingServerEmission`.
    pub server: u64,
    /// For validators' alpha stake. `PendingValidatorEmission`.
    pub validator: u64,
    /// For validators' root stake. `PendingRootAlphaDivs`.
    pub root: u64,
    /// For the subnet's owner. `PendingOwnerCut`.
    pub owner: u64,
}

impl Pending {
    /// How `alpha_out` splits: the owner's cut first, half of the rest to miners, and of validators'
    /// half the part of root.
    ///
    /// `owner_cut` is `None` where the subnet has it off. Each amount is floored on its own.
    ///
    /// Follows `emit_to_subnets` of `coinbase/run_coinbase.rs`, spec 425.
    pub fn of_block(alpha_out: U96F32, owner_cut: Option<U96F32>, root_proportion: U96F32) -> Self {
        const HALF: U96F32 = U96F32::from_bits(1 << (U96F32::FRAC_BITS - 1));
        let owner = owner_cut.map_or(U96F32::ZERO, |cut| alpha_out.saturating_mul(cut));
        let rest = alpha_out.saturating_sub(owner);
        let root = root_proportion.saturating_mul(rest).saturating_mul(HALF);
        let server = rest.saturating_mul(HALF);
        let validator = rest.saturating_sub(server).saturating_sub(root);
        Self {
            server: server.saturating_to_u64(),
            validator: validator.saturating_to_u64(),
            root: root.saturating_to_u64(),
            owner: owner.saturating_to_u64(),
        }
    }

    /// Adds another's amounts, saturating.
    pub fn add(&mut self, other: &Pending) {
        self.server = self.server.saturating_add(other.server);
        self.validator = self.validator.saturating_add(other.validator);
        self.root = self.root.saturating_add(other.root);
        self.owner = self.owner.saturating_add(other.owner);
    }

    /// What the epoch hands out: all but the owner's cut.
    pub fn for_epoch(&self) -> u64 {
        self.server
            .saturating_add(self.validator)
            .saturating_add(self.root)
    }

    /// All of it, exactly.
    pub fn total(&self) -> u128 {
        [self.server, self.validator, self.root, self.owner]
            .map(u128::from)
            .iter()
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::u96f32;

    #[test]
    fn all_of_an_even_amount_is_split() {
        let split = Pending::of_block(u96f32(1_000), None, U96F32::ZERO);
        assert_eq!(split.server, 500);
        assert_eq!(split.validator, 500);
        assert_eq!(split.total(), 1_000);
    }
}
