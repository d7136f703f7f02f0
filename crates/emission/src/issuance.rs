//! How much is minted: TAO in a block, and a subnet's alpha in a block, on the same curve.

use crate::num::i96f32;
use yuma_fixed::I96F32;
use yuma_fixed::transcendental::log2;

/// Rao of TAO that will ever be, and of each alpha before its emission ends. `TotalSupply`.
pub const MAX_SUPPLY: u64 = 21_000_000_000_000_000;

/// Rao minted in a block before the first halving. `DefaultBlockEmission`.
pub const INITIAL_EMISSION: u64 = 1_000_000_000;

/// Rao minted in a block at an issuance of so many rao; `None` from [`MAX_SUPPLY`] on.
///
/// The emission halves each time half of what is left has been issued. The chain keeps the last
/// result, TAO's or alpha's, in `BlockEmission`; `None` is 0 that leaves that item as it was.
///
/// Follows `get_block_emission_for_issuance` of `coinbase/block_emission.rs`, spec 425.
pub fn block_emission(issuance: u64) -> Option<u64> {
    if issuance >= MAX_SUPPLY {
        return None;
    }
    let issued = i96f32(issuance).checked_div(i96f32(MAX_SUPPLY))?;
    let left = I96F32::ONE.checked_sub(issued)?;
    let halvings = log2(I96F32::ONE.checked_div(left)?)?.saturating_to_u64();
    Some(INITIAL_EMISSION.checked_shr(halvings as u32).unwrap_or(0))
}

/// Rao of TAO minted in this block, of [`block_emission`] what the balances' issuance leaves room for.
///
/// Follows `mint_tao` of `coinbase/tao.rs`, spec 425.
pub fn mintable(total_issuance: u64, balances_issuance: u64) -> u64 {
    block_emission(total_issuance)
        .unwrap_or(0)
        .min(MAX_SUPPLY.saturating_sub(balances_issuance))
}
