//! Rounding from doubles to integers.

use super::simd::ONE;

/// The double `2^52`: one of that size has no bits below 1, and takes a number below into its low bits.
pub(crate) const TWO_TO_52: f64 = (1u64 << 52) as f64;

/// Returns the integer nearest to a double from 0 up to `2^52`.
#[inline(always)]
pub(crate) fn nearest(a: f64) -> u64 {
    (a + TWO_TO_52).to_bits() ^ TWO_TO_52.to_bits()
}

/// Returns an integer below `2^52` as a double: few instruction sets convert vectors of 64-bit integers.
#[inline(always)]
pub(crate) fn exact(a: u64) -> f64 {
    f64::from_bits(a | TWO_TO_52.to_bits()) - TWO_TO_52
}

/// Returns `floor(a * 2^32 / divisor)` for `a` below `2^52` from 0 up to the divisor, whose `reciprocal` is `2^32` over
/// it; 0 where both are 0.
///
/// The estimate carries a few roundings, of at most `2^-52` each, of a quotient of at most `2^32`: it lies within
/// `2^-17` of the true one, so that the nearest integer is its floor or one more. The exact remainder is negative in
/// the latter case; it lies within one divisor of zero, so that its low 64 bits keep its sign.
#[inline(always)]
pub(crate) fn floor_quotient(a: i64, divisor: i64, reciprocal: f64) -> i64 {
    let quotient = nearest(exact(a as u64) * reciprocal) as i64;
    let remainder = (a << 32).wrapping_sub(quotient.wrapping_mul(divisor));
    quotient - i64::from(remainder < 0)
}

/// What numbers are parts of, in the forms that a division by it takes.
pub(crate) struct Whole {
    bits: i64,
    /// `2^32` over it.
    reciprocal: f64,
}

impl Whole {
    /// Returns the forms of a number above zero.
    #[inline(always)]
    pub fn new(bits: i64) -> Self {
        Self {
            bits,
            reciprocal: ONE as f64 / bits as f64,
        }
    }

    /// Returns the part that a number is of it, I32F32 bits: see [`floor_quotient`].
    #[inline(always)]
    pub fn part(&self, a: i64) -> i64 {
        floor_quotient(a, self.bits, self.reciprocal)
    }
}
