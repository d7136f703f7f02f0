//! The power in 128-bit arithmetic, and the proof of how far the original's can be from it.

use super::Power;
use crate::wide::{div_fraction, mul_shift_u128, widening_mul};

/// Fraction bits of logarithms: their integer part takes up to 7 bits and the sign.
const LN_FRAC_BITS: u32 = 120;
/// The floor of ln(2) * 2^128.
const LN_TWO: u128 = 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF;
/// ln(2) with [`LN_FRAC_BITS`].
const LN_TWO_SHORT: u128 = LN_TWO >> (128 - LN_FRAC_BITS);

/// Where the bounds below hold: the power's logarithm is at most this, either way,
const MAX_LN: u128 = 40 << LN_FRAC_BITS;
/// the exponent is at most 2 to this,
const MAX_EXPONENT_BITS: u32 = 10;
/// and the original sums its series to at least so many fraction bits.
const MIN_REQUESTED_BITS: u32 = 224;

/// Estimate and original are less than the estimate divided by 2 to this apart.
///
/// Let the original request R >= 224 bits, so that it computes in units u = 2^-(R + 24), and let
/// p / s <= 2^10 be the exponent and |L| <= 40 the power's logarithm.
///
/// The original's logarithms. In ln(1 + x), |x| <= 1/2, each floor adds 1u to the error of x^k, which
/// the next product halves: 2u. The quotient by k adds 1u: 2u a term, at most 4096 terms. The terms
/// left out sum to less than the last, below 2^24 u. Together below 2^25 u, for ln(2) too, of which
/// up to 128 are added; for two logarithms that is 2^34 u. Times p / s: below 2^44 u = 2^(20 - R).
///
/// Its exponential. Floors add 1u to a term and grow with the later factors |L| / k: over the terms
/// that is at most e^|L| u for each of at most 4096 floors, below 2^70 u. A term's own error is below
/// e^|L| u < 2^58 u, so the series ends with a term that is truly below 2^59 u <= 2^-189. Terms reach
/// that only past k = 2|L|, and well before the original's limit of R + 152 terms, so what is left out
/// sums to less than that term. Rounding adds 2^23 u. Together below 2^71 u = 2^(47 - R), and relative
/// to the power, which is above 2^-58, 2^(105 - R). With the logarithm's part, below 2^(106 - R),
/// which is at most 2^-118. An integer root, which the original takes of small exponents, is exact.
///
/// The estimate. The logarithm of the base is within 2^-118 (see [`ln_ratio`]), times p / s within
/// 2^-108; taking out at most 58 times ln(2) adds 2^-114; the exponential is within 2^-123 (see
/// [`exp_fraction`]).
///
/// All that is below 2^-107; the rest is reserve.
const ERROR_BITS: u32 = 104;

/// The floor of the original's power, where the estimate can tell it.
pub(super) fn floor_of(power: &Power) -> Option<u128> {
    if power.root_exponent().is_none() && power.requested_bits() < MIN_REQUESTED_BITS {
        return None;
    }
    let ln_base = ln_ratio(power.base_num, power.base_den);
    let ln_power = multiply_ratio(ln_base.unsigned_abs(), power.exp_num, power.exp_den)?;
    let ln_power = if ln_base < 0 { -ln_power } else { ln_power };
    let exponent = ln_power.div_euclid(LN_TWO_SHORT as i128) as i32;
    let fraction = ln_power.rem_euclid(LN_TWO_SHORT as i128) as u128;

    let (high, low) = widening_mul(
        exp_fraction(fraction << (128 - LN_FRAC_BITS)),
        power.scale.into(),
    );
    let error = ((high << (128 - ERROR_BITS)) | (low >> ERROR_BITS)) + 1;
    let (least_low, borrow) = low.overflowing_sub(error);
    let (most_low, carry) = low.overflowing_add(error);
    let least = (high.checked_sub(borrow.into())?, least_low);
    let most = (high + u128::from(carry), most_low);

    let shift = (127 - exponent) as u32;
    let floor = shift_right(least, shift);
    (floor == shift_right(most, shift)).then_some(floor)
}

/// The logarithm of the ratio of two numbers above 0, with [`LN_FRAC_BITS`].
///
/// Twice the series u + u^3 / 3 + u^5 / 5 + … of u = (a - b) / (a + b), where a / b is the ratio but
/// for a power of two and lies in [0.75, 1.5], so that u is at most 1/5.
///
/// Within 2^-118: two bits dropped from a and b are 2^-123 of the logarithm, some ten floors of
/// 2^-128 on the way 2^-124, terms left out 2^-127, and the final floors to 120 bits less than 2^-118
/// in all.
fn ln_ratio(num: u128, den: u128) -> i128 {
    let exponent = den.leading_zeros() as i32 - num.leading_zeros() as i32;
    // Two bits make room for twice a number and for the sum.
    let a = num << num.leading_zeros() >> 2;
    let b = den << den.leading_zeros() >> 2;
    let (a, b, exponent) = if a > b + b / 2 {
        (a, b << 1, exponent + 1)
    } else if a < b - b / 4 {
        (a << 1, b, exponent - 1)
    } else {
        (a, b, exponent)
    };

    let (difference, sum) = (a.abs_diff(b), a + b);
    let first_digit = div_fraction(difference, sum, 64);
    let rest = (difference << 64).wrapping_sub(first_digit.wrapping_mul(sum));
    let u = (first_digit << 64) | div_fraction(rest, sum, 64);

    let square = mul_high(u, u);
    let terms = 128 / square.leading_zeros() as usize;
    let series = ODD_RECIPROCALS[..terms]
        .iter()
        .rfold(0, |sum, reciprocal| reciprocal + mul_high(square, sum));
    let half_ln = u + mul_high(u, mul_high(square, series));

    let near = (half_ln >> (127 - LN_FRAC_BITS)) as i128;
    let (far, _) = mul_shift_u128(LN_TWO, exponent.unsigned_abs().into(), 128 - LN_FRAC_BITS);
    let near = if a < b { -near } else { near };
    if exponent < 0 {
        near - far as i128
    } else {
        near + far as i128
    }
}

/// `value * num / den`, where it and the ratio are within the bounds of [`ERROR_BITS`].
fn multiply_ratio(value: u128, num: u64, den: u64) -> Option<i128> {
    let (num, den) = (u128::from(num), u128::from(den));
    if num > den << MAX_EXPONENT_BITS {
        return None;
    }
    let product = (value / den)
        .checked_mul(num)?
        .checked_add(value % den * num / den)?;
    (product <= MAX_LN).then_some(product as i128)
}

/// e to the power of `fraction`, less than ln(2) and of 128 fraction bits, with 127 fraction bits.
///
/// 1 + f + f^2 * (1/2! + f/3! + f^2/4! + …). Each floor of the last bracket is shrunk by the later
/// factors f < 0.7: within 2^-123 of the power, and never above it, so always below 2.
fn exp_fraction(fraction: u128) -> u128 {
    let series = FACTORIAL_RECIPROCALS
        .iter()
        .rfold(0, |sum, reciprocal| reciprocal + mul_high(fraction, sum));
    let curve = mul_high(mul_high(fraction, fraction), series);
    (1 << 127) + (fraction >> 1) + (curve >> 1)
}

/// 1/3, 1/5, 1/7, … with 128 fraction bits: of squares up to 1/25, enough for 2^-127.
const ODD_RECIPROCALS: [u128; 32] = {
    let mut table = [0; 32];
    let mut k = 0;
    while k < table.len() {
        table[k] = u128::MAX / (2 * k as u128 + 3);
        k += 1;
    }
    table
};

/// 1/2!, 1/3!, 1/4!, … with 128 fraction bits: up to the last that is not 0.
const FACTORIAL_RECIPROCALS: [u128; 33] = {
    let mut table = [1 << 127; 33];
    let mut k = 1;
    while k < table.len() {
        table[k] = table[k - 1] / (k as u128 + 2);
        k += 1;
    }
    table
};

/// The product of two numbers of 128 fraction bits.
fn mul_high(a: u128, b: u128) -> u128 {
    widening_mul(a, b).0
}

fn shift_right((high, low): (u128, u128), by: u32) -> u128 {
    if by >= 128 {
        return high >> (by - 128);
    }
    (high << (128 - by)) | (low >> by)
}

#[cfg(test)]
mod tests {
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    use super::*;
    use crate::pow::{Question, Series};

    /// Bits of the series that the estimate is measured with.
    const FINE_BITS: u32 = 300;

    /// A number of `frac_bits` in units of the fine series.
    fn fine(value: impl Into<BigInt>, frac_bits: u32) -> BigInt {
        value.into() << (FINE_BITS - frac_bits)
    }

    fn assert_within(a: &BigInt, b: &BigInt, error_bits: u32) -> Result<(), TestCaseError> {
        let error = (a - b).magnitude().clone();
        prop_assert!(
            error < BigUint::from(1u32) << (FINE_BITS - error_bits),
            "{error:x}"
        );
        Ok(())
    }

    #[test]
    fn ln_two_is_the_floor() {
        let series = Series::new(FINE_BITS);
        assert_eq!(series.ln_two >> (FINE_BITS - 128), LN_TWO.into());
    }

    #[test]
    fn reciprocals_end_where_they_are_too_small() {
        assert_eq!(FACTORIAL_RECIPROCALS.last().map(|last| last / 35), Some(0));
    }

    proptest! {
        #[test]
        fn logarithms_are_within_their_bound(
            num in 1..=u128::MAX, den in 1..=u128::MAX,
            num_shift in 0..128u32, den_shift in 0..128u32, near in any::<bool>(),
        ) {
            let den = (den >> den_shift).max(1);
            let num = (num >> num_shift).max(1);
            let num = if near { den.saturating_add(num >> den_shift) } else { num };
            let series = Series::new(FINE_BITS);
            let exact = series.ln(num) - series.ln(den);
            assert_within(&fine(ln_ratio(num, den), LN_FRAC_BITS), &exact, 118)?;
        }

        #[test]
        fn exponentials_are_within_their_bound(fraction in 0..LN_TWO) {
            let exact = Series::new(FINE_BITS).exp(&fine(fraction, 128));
            let power = fine(exp_fraction(fraction), 127);
            prop_assert!(power <= exact);
            assert_within(&power, &exact, 123)?;
        }
    }

    /// A trade in a pool does not take the slow way.
    #[test]
    fn common_powers_are_told() {
        for reserve in [1_000_000_000u128, 5_000_000_000_000, 3_000_000_000_000_000] {
            for trade in [1u128, 1_000, 1_000_000_000, 70_000_000_000_000] {
                for precision in [256, 1024] {
                    let weight = 478_123_456_789_012_345;
                    let scale = 1_000_000_000_000_000_000;
                    let question = Question::new(
                        reserve,
                        reserve + trade,
                        weight,
                        scale - weight,
                        precision,
                        scale,
                    );
                    let Some(Question::Open(power)) = question else {
                        panic!("an open question");
                    };
                    assert!(floor_of(&power).is_some());
                }
            }
        }
    }
}
