//! The moving average of a subnet's price.

use crate::num::u64f64;
use yuma_fixed::{I96F32, U64F64};

/// What the average's smoothing depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smoothing {
    /// `SubnetMovingAlpha`.
    pub moving_alpha: I96F32,
    /// `EMAPriceHalvingBlocks`.
    pub halving_blocks: u64,
    /// `FirstEmissionBlockNumber`.
    pub first_emission_block: Option<u64>,
}

impl Smoothing {
    /// The weight of this block's price: it grows with the subnet's age.
    fn alpha(&self, block: u64) -> U64F64 {
        let start = self.first_emission_block.unwrap_or(0).saturating_sub(1);
        let age = u64f64(block.saturating_sub(start));
        let ripeness = age.safe_div(age.saturating_add(u64f64(self.halving_blocks)));
        U64F64::saturating_from(self.moving_alpha).saturating_mul(ripeness)
    }

    /// The new `SubnetMovingPrice`: `price`, at most 1, averaged into `moving_price`.
    ///
    /// The 32 fraction bits kept of the result round it down every block, so the average can stall
    /// below the price.
    ///
    /// Follows `update_moving_price` of `staking/stake_utils.rs`, spec 425.
    pub fn next(&self, block: u64, moving_price: U64F64, price: U64F64) -> I96F32 {
        let alpha = self.alpha(block);
        let new = alpha.saturating_mul(price.min(U64F64::ONE));
        let old = U64F64::ONE
            .saturating_sub(alpha)
            .saturating_mul(moving_price);
        I96F32::saturating_from(new.saturating_add(old))
    }
}
