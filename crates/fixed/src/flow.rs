//! How TaoFlow turns flows into shares: powers by logarithm, normalised.
//!
//! Follows `pallets/subtensor/src/coinbase/subnet_emissions.rs`. In force from spec version 334 to
//! 420; at 425 the code is there but not called.

use crate::fixed::{I32F32, U64F64};
use crate::transcendental::{checked_sqrt, exp, ln};

/// `value` to the power of `exponent`, through [`ln`] and [`exp`] of [`I32F32`].
///
/// 0 where the logarithm fails, `i32::MAX` where the exponential does. The logarithm's constant has
/// 23 fraction bits, so an exponent of 1 does not give `value` back.
pub fn safe_pow(value: U64F64, exponent: U64F64) -> U64F64 {
    let Some(logarithm) = ln(I32F32::saturating_from(value)) else {
        return U64F64::ZERO;
    };
    let power = exp(I32F32::saturating_from(exponent).saturating_mul(logarithm));
    U64F64::saturating_from(power.unwrap_or(I32F32::saturating_from_int(i32::MAX.into())))
}

/// Turns `flows` into shares in proportion to their powers of `exponent`.
///
/// The flows are scaled to a largest of 1 and then up towards the range of [`I32F32`], which keeps
/// the most bits through [`safe_pow`]. Flows too small for that stay scaled to 1, and are no shares.
pub fn pow_normalize(flows: &mut [U64F64], exponent: U64F64) {
    let to_one = U64F64::ONE.safe_div(largest(flows));
    for flow in flows.iter_mut() {
        *flow = to_one.saturating_mul(*flow);
    }

    // The chain estimates every power as a square, whatever the exponent.
    let largest = largest(flows);
    let estimate = U64F64::saturating_from_int(flows.len() as i128)
        .saturating_mul(largest.saturating_mul(largest));
    let limit = U64F64::saturating_from_int(i32::MAX.into());
    if estimate < limit.safe_div(U64F64::saturating_from_int(u64::MAX.into())) {
        return;
    }
    let epsilon = U64F64::ONE.safe_div(U64F64::saturating_from_int(1_000));
    let up = checked_sqrt(limit.safe_div(estimate), epsilon).unwrap_or(U64F64::ZERO);
    for flow in flows.iter_mut() {
        *flow = safe_pow(up.saturating_mul(*flow), exponent);
    }
    let sum = flows
        .iter()
        .copied()
        .fold(U64F64::ZERO, U64F64::wrapping_add);
    for flow in flows.iter_mut() {
        *flow = flow.safe_div(sum);
    }
}

fn largest(flows: &[U64F64]) -> U64F64 {
    flows.iter().copied().max().unwrap_or(U64F64::ZERO)
}
