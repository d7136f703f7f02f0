//! Root dividends that a hotkey's root stakers can claim.

use crate::num::i96f32;
use std::collections::BTreeSet;
use yuma_fixed::I96F32;

/// Where a hotkey's root dividends of an epoch go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootDividends {
    /// So much more alpha can be claimed for each rao on root.
    Claimable(I96F32),
    /// Staked to the hotkey's owner, as they exceed its root stake.
    ToOwner,
    /// Into the hotkey's basket, when it is its turn.
    ToBasket,
}

/// What becomes of `amount` rao of root dividends of a hotkey with `root_stake` rao on root.
///
/// The rate has 32 fraction bits: of a stake above 2^32 rao, `stake / 2^32` rao are lost at most.
///
/// Follows `increase_root_claimable_for_hotkey_and_subnet` of `staking/claim_root.rs`, spec 425.
pub fn root_dividends(amount: u64, root_stake: u64) -> RootDividends {
    if amount > root_stake {
        return RootDividends::ToOwner;
    }
    RootDividends::Claimable(i96f32(amount).safe_div(i96f32(root_stake)))
}

/// Which of `staking_coldkeys` coldkeys, by index, claim in a block: up to `claims`, drawn from the
/// parent's hash. `NumRootClaim` is at most 50.
///
/// Follows `block_hash_to_indices` of `staking/claim_root.rs`, spec 425.
pub fn claiming_indices(
    parent_hash: &[u8; 32],
    claims: u8,
    staking_coldkeys: u64,
) -> BTreeSet<u64> {
    let words: [u64; 4] = std::array::from_fn(|i| {
        let bytes: [u8; 8] = std::array::from_fn(|j| parent_hash[8 * i + j]);
        u64::from_be_bytes(bytes)
    });
    let mut last = words[0];
    let mut indices = BTreeSet::new();
    for word in words.into_iter().cycle().take(claims.into()) {
        last = last
            .saturating_add(word)
            .checked_rem(staking_coldkeys)
            .unwrap_or(0);
        indices.insert(last);
    }
    indices
}
