//! What root stake weighs against a subnet's alpha.

use crate::num::{u64f64, u96f32};
use yuma_fixed::{U64F64, U96F32};

/// A stored u64 proportion (`TaoWeight`, `CKBurn`, a child's part) as a number from 0 to 1.
///
/// Follows `get_tao_weight` and `get_ck_burn` of `staking/stake_utils.rs`, spec 425.
pub fn proportion_u64(stored: u64) -> U96F32 {
    u96f32(stored).safe_div(u96f32(u64::MAX))
}

/// A stored u16 proportion (takes, the owner's cut) as a number from 0 to 1.
///
/// Follows `get_float_subnet_owner_cut` of `utils/misc.rs`, spec 425.
pub fn proportion_u16(stored: u16) -> U96F32 {
    u96f32(stored.into()).safe_div(u96f32(u16::MAX.into()))
}

/// The TAO on root, in rao, as it weighs against alpha.
pub fn weighted_root_tao(root_tao: u64, tao_weight: U96F32) -> U96F32 {
    u96f32(root_tao).saturating_mul(tao_weight)
}

/// Root's part in a subnet: [`weighted_root_tao`] against itself and the alpha issued, in rao.
///
/// Follows `root_proportion` of `coinbase/block_step.rs`, spec 425.
pub fn root_proportion(weighted_root_tao: U96F32, alpha_issuance: u64) -> U96F32 {
    weighted_root_tao
        .checked_div(weighted_root_tao.saturating_add(u96f32(alpha_issuance)))
        .unwrap_or(U96F32::ZERO)
}

/// Whether root dividends are handed out, not recycled: where the moving prices of the subnets that
/// emission goes to sum to more than 1.
///
/// Follows `get_network_root_sell_flag` of `coinbase/run_coinbase.rs`, spec 425.
pub fn root_sell_flag(moving_prices: impl IntoIterator<Item = U64F64>) -> bool {
    let total = moving_prices
        .into_iter()
        .fold(U64F64::ZERO, U64F64::wrapping_add);
    total > u64f64(1)
}
