//! The gate on small shares: a share counts in full far above a bar, and hardly below it.

use crate::num::u64f64;
use crate::rules::BarRule;
use yuma_fixed::U64F64;
use yuma_fixed::flow::safe_pow;

/// The bar is found anew in blocks that this divides.
const BAR_PERIOD: u64 = 360;

/// What the gate depends on, and its bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The share that is gated to a half; 0 for none found yet. `EmissionGateBar`.
    pub bar: U64F64,
    /// The sum of shares at which the bar is set. `EmissionBarQuantile`.
    pub quantile: U64F64,
    /// The rank of the share that the bar is set at; 0 for [`Self::quantile`]. `EmissionBarRank`.
    pub rank: u16,
    /// How steep the gate is. `EmissionGateExponent`.
    pub exponent: U64F64,
}

impl Default for Gate {
    /// The runtime's defaults.
    fn default() -> Self {
        Self {
            bar: U64F64::ZERO,
            quantile: U64F64::saturating_from_f64(0.61),
            rank: 32,
            exponent: u64f64(3),
        }
    }
}

impl Gate {
    /// Finds the bar where none was found yet, or `block` is due. No share above 0 leaves it as it is.
    ///
    /// Follows `maybe_update_emission_gate_bar` of `coinbase/subnet_emissions.rs`, spec 440 and, by
    /// rank, 441 and later.
    pub fn update_bar(&mut self, rule: BarRule, block: u64, shares: &[U64F64]) {
        if self.bar > U64F64::ZERO && !block.is_multiple_of(BAR_PERIOD) {
            return;
        }
        let mut descending = shares.to_vec();
        descending.sort_unstable_by(|a, b| b.cmp(a));
        let bar = match (rule, self.rank) {
            (BarRule::Rank, rank @ 1..) => share_of_rank(&descending, rank.into()),
            _ => self.share_at_quantile(&descending),
        };
        if bar > U64F64::ZERO {
            self.bar = bar;
        }
    }

    /// The share with which the sum reaches the quantile; of a sum that does not, the smallest.
    fn share_at_quantile(&self, descending: &[U64F64]) -> U64F64 {
        let mut sum = U64F64::ZERO;
        for &share in descending {
            sum = sum.saturating_add(share);
            if sum >= self.quantile {
                return share;
            }
        }
        descending.last().copied().unwrap_or(U64F64::ZERO)
    }

    /// The shares times `1 / (1 + (bar / share)^exponent)`, brought back to a sum of 1. Without a bar,
    /// and where nothing is left, they stay as they are.
    ///
    /// The power is that of [`safe_pow`], whose errors are rules: it also gates the shares to almost
    /// nothing that are so far above the bar that their power's logarithm is below -21.48.
    ///
    /// Follows `apply_emission_gate` of `coinbase/subnet_emissions.rs`, spec 440 and later.
    pub fn apply(&self, shares: &[U64F64]) -> Vec<U64F64> {
        if self.bar == U64F64::ZERO {
            return shares.to_vec();
        }
        let gated: Vec<U64F64> = shares.iter().map(|&share| self.gated(share)).collect();
        let total = gated
            .iter()
            .copied()
            .fold(U64F64::ZERO, U64F64::saturating_add);
        if total == U64F64::ZERO {
            return shares.to_vec();
        }
        gated.iter().map(|share| share.safe_div(total)).collect()
    }

    fn gated(&self, share: U64F64) -> U64F64 {
        if share == U64F64::ZERO {
            return share;
        }
        let power = safe_pow(self.bar.safe_div(share), self.exponent);
        share.saturating_mul(U64F64::ONE.safe_div(U64F64::ONE.saturating_add(power)))
    }
}

/// The share of a rank counted from 1 among those above 0; of fewer, the smallest.
fn share_of_rank(descending: &[U64F64], rank: usize) -> U64F64 {
    let positive = descending.partition_point(|&share| share > U64F64::ZERO);
    match positive {
        0 => U64F64::ZERO,
        count => descending[rank.min(count) - 1],
    }
}
