//! Steps on one vector of bonds that both bond rules take.

use crate::kernels::simd::{CommonFactor, Lanes64, ONE, Simd};
use crate::vectorized::panel::Lanes16;

/// Returns the factors of the new and of the old in a moving average; `alpha` is in I32F32 bits.
#[inline(always)]
pub(super) fn average_factors<S: Simd>(s: S, alpha: u64) -> [S::Factor; 2] {
    [
        s.common_factor(&CommonFactor::new(alpha)),
        s.common_factor(&CommonFactor::new(ONE - alpha)),
    ]
}

/// Adds a bond times incentive to its row's dividends.
#[inline(always)]
pub(super) fn add_dividends<S: Simd>(
    s: S,
    dividends: &mut Lanes64,
    bond: S::V,
    incentive: S::Factor,
) {
    let part = s.multiply(bond, incentive);
    s.store(s.add(s.load(dividends, 0), part), dividends, 0);
}

/// Writes `floor(bond * 65535)` over the stored bond, and marks the lanes to be stored: where `unrounded` is above zero,
/// though what is stored may be.
#[inline(always)]
pub(super) fn write_bond<S: Simd>(
    s: S,
    (out, to_store): (&mut Lanes16, &mut u16),
    k: usize,
    bond: S::V,
    unrounded: S::V,
) {
    s.narrow_u16(s.to_u16(bond), out, k);
    *to_store |= s.positive(unrounded) << (k * S::W);
}
