//! The logistic liquid alpha: an alpha for each miner, by its consensus.

use yuma_fixed::I32F32;
use yuma_fixed::transcendental::{exp, ln};
use yuma_vectorized::prepare::kth_largest;

/// Returns the alpha of each of the `n` miners between the bounds `low` and `high`, from its consensus; `None` where
/// both quartiles of consensus are zero.
///
/// Follows `compute_alpha_values` and `clamp_alpha_values` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 233.
pub(super) fn alphas([low, high]: [I32F32; 2], consensus: &[I32F32]) -> Option<Vec<I32F32>> {
    let quartile = |quarters| quartile(consensus, quarters);
    let (lower, upper) = (quartile(1), quartile(3));
    // No consensus is below zero: a quartile of zero above leaves none below.
    if upper == I32F32::ZERO {
        return None;
    }
    let (slope, intercept) = curve([low, high], [lower, upper]);
    let alpha = |&consensus: &I32F32| {
        let exponent = intercept.saturating_sub(slope.saturating_mul(consensus));
        let power = exp(exponent).unwrap_or(I32F32::ZERO);
        let alpha = I32F32::ONE.saturating_div(I32F32::ONE.saturating_add(power));
        // In this order: where low is above high, low wins.
        alpha.min(high).max(low)
    };
    Some(consensus.iter().map(alpha).collect())
}

/// Returns slope and intercept of the curve that has the low alpha at the lower quartile and the high one at the
/// upper; zeros where there is none. `calculate_logistic_params` there.
fn curve([low, high]: [I32F32; 2], [lower, upper]: [I32F32; 2]) -> (I32F32, I32F32) {
    let has_zero = low == I32F32::ZERO || high == I32F32::ZERO;
    if upper <= lower || has_zero {
        return (I32F32::ZERO, I32F32::ZERO);
    }
    let (at_low, at_high) = (log_odds(low), log_odds(high));
    let slope = at_high
        .saturating_sub(at_low)
        .safe_div(lower.saturating_sub(upper));
    (slope, at_low.saturating_add(slope.saturating_mul(lower)))
}

/// Returns `ln(1 / alpha - 1)`, zero where there is none.
fn log_odds(alpha: I32F32) -> I32F32 {
    let odds = I32F32::ONE.saturating_div(alpha);
    ln(odds.saturating_sub(I32F32::ONE)).unwrap_or(I32F32::ZERO)
}

/// Returns the value that so many quarters of the values are below, between two of them the point on the line.
/// `quantile` of `math.rs` there.
fn quartile(values: &[I32F32], quarters: usize) -> I32F32 {
    let position = quarters * (values.len() - 1);
    let (place, rest) = (position / 4, position % 4);
    let below = kth_largest(values, values.len() - place);
    if rest == 0 {
        return below;
    }
    let above = kth_largest(values, values.len() - place - 1);
    let part = I32F32::from_bits((rest as i64) << 30);
    below.saturating_add(above.saturating_sub(below).saturating_mul(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_on_the_line_between_neighbours() {
        let values = [7, 1, 5, 3].map(I32F32::saturating_from_int);
        let bits = |quarters| quartile(&values, quarters).to_bits();
        // At places 0.75 and 2.25 of 1, 3, 5, 7.
        assert_eq!([bits(1), bits(3)], [5 << 31, 11 << 31]);
        assert_eq!(quartile(&values[..1], 3), values[0]);
    }
}
