//! The moving average of a subnet's price.

use crate::num::u64f64;
use yuma_fixed::{Fixed, I96F32, U64F64};

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

/// Blocks in which half of a difference goes into the fast average. `BASKET_FAST_EMA_HALF_LIFE_BLOCKS`.
const FAST_HALF_LIFE: u64 = 600;

/// The new `SubnetFastMovingPrice`: `price`, however high, averaged into `average`, which it begins.
///
/// Follows `update_fast_moving_price` of `staking/stake_utils.rs`, spec 475.
pub fn next_fast_price(average: Option<U64F64>, price: U64F64) -> U64F64 {
    let Some(average) = average else {
        return price;
    };
    let weight =
        U64F64::saturating_from_f64(std::f64::consts::LN_2).safe_div(u64f64(FAST_HALF_LIFE));
    if price >= average {
        let gap = price.saturating_sub(average);
        average.saturating_add(gap.saturating_mul(weight))
    } else {
        let gap = average.saturating_sub(price);
        average.saturating_sub(gap.saturating_mul(weight))
    }
}
