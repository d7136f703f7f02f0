//! The chain's two number types as plain integers, and the few operations an epoch does with them.
//!
//! I32F32 is an `i64` that counts units of 2^-32; I64F64 is an `i128` that counts units of 2^-64. Every operation
//! works out the exact result in a wider integer and then says in one place how it is cut back: products are
//! floored, quotients are truncated toward zero, and what does not fit saturates, wraps or becomes zero.

use num_bigint::BigInt;

/// Raw I32F32 bits.
pub type Fixed = i64;

/// 1.0
pub const ONE: Fixed = 1 << 32;

/// An integer as I32F32.
pub fn integer(value: u16) -> Fixed {
    Fixed::from(value) << 32
}

/// A u16 proportion, where 65535 stands for 1.0.
pub fn proportion(value: u16) -> Fixed {
    div(integer(value), integer(u16::MAX))
}

/// The u16 proportion at or below `value`; below 0 it is 0, above 1 it is 65535.
pub fn to_u16_proportion(value: Fixed) -> u16 {
    let scaled = mul(value, integer(u16::MAX)) >> 32;
    scaled.clamp(0, i64::from(u16::MAX)) as u16
}

/// Cuts a result down to I32F32: what does not fit becomes the nearest value that does.
pub fn saturate(value: i128) -> Fixed {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

pub fn add(a: Fixed, b: Fixed) -> Fixed {
    saturate(i128::from(a) + i128::from(b))
}

pub fn sub(a: Fixed, b: Fixed) -> Fixed {
    saturate(i128::from(a) - i128::from(b))
}

/// The product before it is cut to 64 bits: floored, also below zero.
fn product(a: Fixed, b: Fixed) -> i128 {
    (i128::from(a) * i128::from(b)) >> 32
}

/// The product, saturated.
pub fn mul(a: Fixed, b: Fixed) -> Fixed {
    saturate(product(a, b))
}

/// The product, or 0 where it does not fit.
pub fn mul_or_zero(a: Fixed, b: Fixed) -> Fixed {
    Fixed::try_from(product(a, b)).unwrap_or(0)
}

/// The quotient truncated toward zero; 0 where the divisor is 0 and also where the quotient does not fit.
pub fn div(a: Fixed, b: Fixed) -> Fixed {
    let quotient = (i128::from(a) << 32).checked_div(i128::from(b));
    quotient.and_then(|q| q.try_into().ok()).unwrap_or(0)
}

/// The sum as the chain's release build takes it: it wraps.
pub fn sum(values: impl IntoIterator<Item = Fixed>) -> Fixed {
    values.into_iter().fold(0, Fixed::wrapping_add)
}

/// Divides each value by `total`; a total of 0 leaves them as they are.
pub fn divide_all(values: &[Fixed], total: Fixed) -> Vec<Fixed> {
    if total == 0 {
        return values.to_vec();
    }
    values.iter().map(|&value| div(value, total)).collect()
}

/// Divides each value by the sum of all.
pub fn normalize(values: &[Fixed]) -> Vec<Fixed> {
    divide_all(values, sum(values.iter().copied()))
}

/// e to the power `x`, with `x` first brought within -20..=20.
///
/// The power series of |x| up to the 31st power, each term made from the one before it; a negative `x` takes the
/// reciprocal. The library answers `x == 1` from a table, with 23 fraction bits, so that value stands out.
pub fn exp(x: Fixed) -> Fixed {
    const E_WITH_23_FRACTION_BITS: Fixed = 22_802_600 << 9;

    let x = x.clamp(-20 * ONE, 20 * ONE);
    if x == ONE {
        return E_WITH_23_FRACTION_BITS;
    }
    let magnitude = i128::from(x.abs());
    let mut series = i128::from(ONE) + magnitude;
    let mut term = magnitude;
    for power in 2..=31 {
        term = ((term * magnitude) >> 32) / power;
        series += term;
    }
    // Nothing overflows: e^20 < 2^29, and no term nor a term times 20 passes 2^30.
    if x < 0 {
        return saturate((1 << 64) / series);
    }
    saturate(series)
}

/// Arithmetic on raw I64F64 bits.
pub mod wide {
    use super::{BigInt, Fixed, saturate};

    /// The sum; it wraps.
    pub fn sum(values: &[i128]) -> i128 {
        values.iter().copied().fold(0, i128::wrapping_add)
    }

    /// The quotient truncated toward zero; 0 where the divisor is 0 and also where the quotient does not fit.
    pub fn div(a: i128, b: i128) -> i128 {
        if b == 0 {
            return 0;
        }
        let quotient = (BigInt::from(a) << 64) / BigInt::from(b);
        i128::try_from(quotient).unwrap_or(0)
    }

    /// The whole part, 0 for negatives.
    pub fn to_u64(value: i128) -> u64 {
        (value >> 64).max(0) as u64
    }

    /// As I32F32: the lower 32 fraction bits are dropped, the rest saturates.
    pub fn to_fixed(value: i128) -> Fixed {
        saturate(value >> 32)
    }

    /// As I32F32: the lower 32 fraction bits are dropped, and so is what lies above.
    pub fn to_fixed_wrapping(value: i128) -> Fixed {
        (value >> 32) as Fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_floor_and_quotients_truncate() {
        assert_eq!(mul(-1, 1), -1);
        assert_eq!(mul(1, 1), 0);
        assert_eq!(div(-1, 2 * ONE), 0);
        assert_eq!(div(-3, 2 * ONE), -1);
        assert_eq!(wide::div(-3 << 64, 2 << 64), (-3 << 64) / 2);
    }

    #[test]
    fn what_does_not_fit() {
        assert_eq!(mul(i64::MAX, i64::MAX), i64::MAX);
        assert_eq!(mul(i64::MIN, i64::MAX), i64::MIN);
        assert_eq!(mul_or_zero(i64::MAX, i64::MAX), 0);
        assert_eq!(div(ONE, 0), 0);
        assert_eq!(div(i64::MAX, 1), 0);
        assert_eq!(div(i64::MIN, -ONE), 0);
        assert_eq!(sum([i64::MAX, 1]), i64::MIN);
        assert_eq!(wide::sum(&[i128::MAX, 1]), i128::MIN);
        assert_eq!(wide::div(i128::MIN, -1 << 64), 0);
        assert_eq!(wide::div(i128::MAX, 1), 0);
        assert_eq!(to_u16_proportion(-1), 0);
        assert_eq!(to_u16_proportion(2 * ONE), 65535);
        assert_eq!(wide::to_u64(-1), 0);
        assert_eq!(wide::to_fixed(i128::MAX), i64::MAX);
        assert_eq!(wide::to_fixed_wrapping(i128::MAX), -1);
    }

    #[test]
    fn exp_at_its_landmarks() {
        assert_eq!(exp(0), ONE);
        assert_eq!(exp(ONE) & 0x1ff, 0);
        assert_ne!(exp(ONE + 1) & 0x1ff, 0);
        assert_eq!(exp(21 * ONE), exp(20 * ONE));
        assert_eq!(exp(i64::MIN), exp(-20 * ONE));
        assert_eq!(
            exp(-ONE),
            ((1_i128 << 64) / i128::from(exp_series_of_one())) as i64
        );
    }

    /// The sum of 1/k!, each term floored from the one before it, without the table's shortcut.
    fn exp_series_of_one() -> i64 {
        let mut term = ONE;
        let mut total = 2 * ONE;
        for k in 2..=31 {
            term /= k;
            total += term;
        }
        total
    }
}
