//! Sums and normalisation of plain vectors, with the chain's overflow.

use yuma_fixed::I32F32;

/// The chain's plain `sum()`, which wraps in its release build.
pub(crate) fn sum(values: &[I32F32]) -> I32F32 {
    values
        .iter()
        .fold(I32F32::ZERO, |acc, &value| acc.wrapping_add(value))
}

/// Divides by the sum, unless that is zero.
pub(crate) fn normalize(values: &mut [I32F32]) {
    normalize_by(values, sum(values));
}

/// Divides by `divisor`, unless that is zero; a quotient that does not fit becomes zero.
pub(crate) fn normalize_by(values: &mut [I32F32], divisor: I32F32) {
    if divisor == I32F32::ZERO {
        return;
    }
    for value in values {
        *value = value.safe_div(divisor);
    }
}

/// `floor(x * 65535)`, saturating: how the chain stores a proportion.
pub(crate) fn to_u16(value: I32F32) -> u16 {
    value
        .saturating_mul(I32F32::saturating_from_int(u16::MAX as i128))
        .saturating_to_u16()
}

/// A stored u16 proportion as a number in [0, 1].
pub(crate) fn proportion(value: u16) -> I32F32 {
    I32F32::saturating_from_int(value as i128)
        .safe_div(I32F32::saturating_from_int(u16::MAX as i128))
}
