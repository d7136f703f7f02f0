//! The moving average of a subnet's price.

use yuma_fixed::{Fixed, I96F32};

/// The moving price that shares read: 1 where alpha is TAO.
///
/// Follows `get_moving_alpha_price` of `staking/stake_utils.rs`; spec 425 computes with
/// [`yuma_fixed::U64F64`], spec 300 with [`yuma_fixed::U96F32`].
pub fn price_for_shares<T: Fixed>(mechanism: u16, moving_price: I96F32) -> T {
    if mechanism == 0 {
        return T::ONE;
    }
    T::saturating_from(moving_price)
}

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
    fn alpha<T: Fixed>(&self, block: u64) -> T {
        let start = self.first_emission_block.unwrap_or(0).saturating_sub(1);
        let age = T::saturating_from_int(block.saturating_sub(start).into());
        let halving = T::saturating_from_int(self.halving_blocks.into());
        T::saturating_from(self.moving_alpha)
            .saturating_mul(age.safe_div(age.saturating_add(halving)))
    }

    /// The new `SubnetMovingPrice`: `price`, at most 1, averaged into `moving_price`.
    ///
    /// The 32 fraction bits kept of the result round it down every block, so the average can stall
    /// below the price.
    ///
    /// Follows `update_moving_price` of `staking/stake_utils.rs`; spec 425 computes with
    /// [`yuma_fixed::U64F64`], spec 300 with [`yuma_fixed::U96F32`].
    pub fn next<T: Fixed>(&self, block: u64, moving_price: T, price: T) -> I96F32 {
        let alpha: T = self.alpha(block);
        let new = alpha.saturating_mul(price.min(T::ONE));
        let old = T::ONE.saturating_sub(alpha).saturating_mul(moving_price);
        I96F32::saturating_from(new.saturating_add(old))
    }
}
