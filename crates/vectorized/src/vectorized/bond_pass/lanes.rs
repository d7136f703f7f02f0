//! Steps on one vector of bonds that both bond rules take.

use super::column_block::TO_STORE;
use crate::kernels::simd::{CommonFactor, Lanes32, Lanes64, ONE, Simd};

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

/// Writes `floor(bond * 65535)` over the stored bond, with [`TO_STORE`] where `unrounded` is above zero.
#[inline(always)]
pub(super) fn write_bond<S: Simd>(s: S, out: &mut Lanes32, k: usize, bond: S::V, unrounded: S::V) {
    let bit = s.if_positive(unrounded, s.splat(TO_STORE.into()));
    s.narrow(s.add(s.to_u16(bond), bit), &mut out.0, k);
}
