//! Products and quotients wider than the machine's integers.

/// `floor(a * b / 2^frac)` reduced to 128 bits, and whether it fits 128 bits. `0 < frac < 128`.
#[inline]
pub(crate) const fn mul_shift_u128(a: u128, b: u128, frac: u32) -> (u128, bool) {
    // Most of the chain's values are small: one multiplication then does.
    if (a | b) >> 64 == 0 {
        return ((a * b) >> frac, true);
    }
    let (high, low) = widening_mul(a, b);
    ((high << (128 - frac)) | (low >> frac), high >> frac == 0)
}

/// [`mul_shift_u128`] of signed numbers; the shift is arithmetic, so it rounds toward minus infinity.
#[inline]
pub(crate) const fn mul_shift_i128(a: i128, b: i128, frac: u32) -> (i128, bool) {
    let (mut high, low) = widening_mul(a as u128, b as u128);
    // Read as unsigned, a negative factor is 2^128 too large.
    if a < 0 {
        high = high.wrapping_sub(b as u128);
    }
    if b < 0 {
        high = high.wrapping_sub(a as u128);
    }
    let high = high as i128;
    let result = (high << (128 - frac)) | (low >> frac) as i128;
    (result, high >> frac == result >> 127)
}

/// [`mul_shift_i128`] of 64-bit numbers.
#[inline]
pub(crate) const fn mul_shift_i64(a: i64, b: i64, frac: u32) -> (i64, bool) {
    let product = (a as i128 * b as i128) >> frac;
    let result = product as i64;
    (result, result as i128 == product)
}

/// `floor(a * 2^frac / b)`; `None` where `b` is 0 or the quotient exceeds 128 bits. `0 < frac <= 64`.
#[inline]
pub(crate) const fn div_shift_u128(a: u128, b: u128, frac: u32) -> Option<u128> {
    if b == 0 {
        return None;
    }
    if a >> (128 - frac) == 0 {
        return Some((a << frac) / b);
    }
    let whole = a / b;
    if whole >> (128 - frac) != 0 {
        return None;
    }
    Some((whole << frac) | div_fraction(a % b, b, frac))
}

/// [`div_shift_u128`] of signed numbers, rounding toward zero.
#[inline]
pub(crate) const fn div_shift_i128(a: i128, b: i128, frac: u32) -> Option<i128> {
    let Some(magnitude) = div_shift_u128(a.unsigned_abs(), b.unsigned_abs(), frac) else {
        return None;
    };
    if (a < 0) != (b < 0) {
        return 0i128.checked_sub_unsigned(magnitude);
    }
    if magnitude > i128::MAX as u128 {
        return None;
    }
    Some(magnitude as i128)
}

/// [`div_shift_i128`] of 64-bit numbers. `0 < frac <= 32`.
#[inline]
pub(crate) const fn div_shift_i64(a: i64, b: i64, frac: u32) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let (dividend, divisor) = (a.unsigned_abs(), b.unsigned_abs());
    // Up to ones divided by anything, which is most of an epoch, a 64-bit division suffices.
    let magnitude = if dividend >> (64 - frac) == 0 {
        (dividend << frac) / divisor
    } else {
        let wide = ((dividend as u128) << frac) / divisor as u128;
        if wide >> 64 != 0 {
            return None;
        }
        wide as u64
    };
    if (a < 0) != (b < 0) {
        return 0i64.checked_sub_unsigned(magnitude);
    }
    if magnitude > i64::MAX as u64 {
        return None;
    }
    Some(magnitude as i64)
}

/// `|value| * 2^frac` rounded to the nearest, ties to even; `None` where it exceeds 128 bits. A NaN
/// is 0.
pub(crate) const fn scale_f64(value: f64, frac: u32) -> Option<u128> {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: i32 = f64::MAX_EXP - 1;
    if value.is_nan() {
        return Some(0);
    }
    let bits = value.abs().to_bits();
    let exponent_bits = (bits >> MANTISSA_BITS) as i32;
    let fraction = (bits & ((1 << MANTISSA_BITS) - 1)) as u128;
    // Subnormals, the numbers without the implicit leading one, all round to 0.
    let mantissa = if exponent_bits == 0 {
        0
    } else {
        fraction | (1 << MANTISSA_BITS)
    };
    let shift = exponent_bits - BIAS - MANTISSA_BITS as i32 + frac as i32;
    if shift >= 0 {
        let fits = shift as u32 <= mantissa.leading_zeros();
        return if fits { Some(mantissa << shift) } else { None };
    }
    let dropped = shift.unsigned_abs();
    if dropped > f64::MANTISSA_DIGITS {
        return Some(0);
    }
    let floor = mantissa >> dropped;
    let rest = mantissa - (floor << dropped);
    let half = 1 << (dropped - 1);
    let up = rest > half || (rest == half && floor & 1 == 1);
    Some(floor + up as u128)
}

/// The 256-bit product, high half first.
pub(crate) const fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    // Each sum is at most (2^64 - 1)^2 + 2 * (2^64 - 1) = 2^128 - 1.
    let middle = a1 * b0 + (low >> 64);
    let cross = a0 * b1 + (middle & LOW);
    let high = a1 * b1 + (middle >> 64) + (cross >> 64);
    (high, (cross << 64) | (low & LOW))
}

/// `floor(a * 2^frac / b)` for `a < b`, `0 < frac <= 64`: the quotient's fraction bits.
pub(crate) const fn div_fraction(a: u128, b: u128, frac: u32) -> u128 {
    if a >> (128 - frac) == 0 {
        return (a << frac) / b;
    }
    // Knuth's algorithm D for one digit of 64 bits. The floor of a longer quotient, cut, is the
    // floor of the shorter one, so a digit of 64 bits serves every `frac`.
    let shift = b.leading_zeros();
    let (a, b) = (a << shift, b << shift);
    let (b1, b0) = (b >> 64, b & u64::MAX as u128);
    // At most two too large, and at most 2^64 + 1 since a < b: its product with b0 fits.
    let mut digit = a / b1;
    let mut rest = a - digit * b1;
    while rest >> 64 == 0 && digit * b0 > rest << 64 {
        digit -= 1;
        rest += b1;
    }
    digit >> (64 - frac)
}
