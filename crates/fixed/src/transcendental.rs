//! Exponential, logarithms and square root, with the original's error in every bit.
//!
//! Follows `substrate_fixed::transcendental` 0.6.0 and, for [`checked_sqrt`], the chain's
//! `primitives/safe-math` at spec version 425. The original's errors are `None` here.

use crate::fixed::{Fixed, FixedSigned, I32F32};

/// Fraction bits of the original's constants, whatever the type that uses them.
const CONSTANT_FRAC_BITS: u32 = 23;
/// The floor of e * 2^23.
const E_BITS: u128 = 22_802_600;
/// The floor of log2(e) * 2^23.
const LOG2_E_BITS: u128 = 12_102_203;

/// e to the power of `x`.
///
/// A Taylor series of the terms below [`Fixed::FRAC_BITS`], each floored at its product and
/// truncated at its quotient, so it is far off for a large `x`; of a negative `x` the reciprocal. Of
/// exactly 1 (but not of -1) it is e cut to 23 fraction bits.
///
/// `None` where any step overflows.
pub fn exp<T: FixedSigned>(x: T) -> Option<T> {
    if x == T::ZERO {
        return Some(T::ONE);
    }
    if x == T::ONE {
        return Some(constant(E_BITS));
    }
    if x < T::ZERO {
        return T::ONE.checked_div(exp_series(x.checked_neg()?)?);
    }
    exp_series(x)
}

fn exp_series<T: FixedSigned>(x: T) -> Option<T> {
    let mut term = x;
    let mut result = x.checked_add(T::ONE)?;
    for i in 2..T::FRAC_BITS {
        term = term
            .checked_mul(x)?
            .checked_div(T::saturating_from_int(i.into()))?;
        result = result.checked_add(term)?;
    }
    Some(result)
}

/// The natural logarithm: [`log2`] divided by log2(e) cut to 23 fraction bits.
///
/// `None` where `x` is not positive, or its reciprocal overflows.
pub fn ln<T: FixedSigned>(x: T) -> Option<T> {
    log2(x)?.checked_div(constant(LOG2_E_BITS))
}

/// The logarithm to base 2, one bit a step; below 1, minus that of the reciprocal.
///
/// `None` where `x` is not positive, or its reciprocal overflows.
pub fn log2<T: FixedSigned>(x: T) -> Option<T> {
    if x <= T::ZERO {
        return None;
    }
    if x < T::ONE {
        return log2_from_one(T::ONE.checked_div(x)?).checked_neg();
    }
    Some(log2_from_one(x))
}

/// [`log2`] of at least 1.
fn log2_from_one<T: FixedSigned>(x: T) -> T {
    let two = T::saturating_from_int(2);
    let mut x = x;
    let mut bits = 0;
    while x >= two {
        bits += 1;
        x = halve(x);
    }
    if x == T::ONE {
        return T::from_low(bits << T::FRAC_BITS);
    }
    for _ in 0..T::FRAC_BITS {
        // At most 2 squared, which every type holds.
        x = x.wrapping_mul(x);
        bits <<= 1;
        if x >= two {
            bits |= 1;
            x = halve(x);
        }
    }
    T::from_low(bits)
}

/// Half of a positive number, the dropped bit rounded up.
fn halve<T: Fixed>(x: T) -> T {
    let bits = x.to_raw().low;
    T::from_low((bits >> 1) + (bits & 1))
}

/// One of the original's constants of 23 fraction bits.
fn constant<T: Fixed>(bits: u128) -> T {
    T::from_low(bits << (T::FRAC_BITS - CONSTANT_FRAC_BITS))
}

/// The square root by as many rounds of Newton's as there are fraction bits; below 1, the reciprocal of that of the
/// reciprocal.
///
/// `None` where `x` is negative or a reciprocal overflows.
pub fn newton_sqrt(x: I32F32) -> Option<I32F32> {
    if x < I32F32::ZERO {
        return None;
    }
    if x == I32F32::ZERO || x == I32F32::ONE {
        return Some(x);
    }
    if x < I32F32::ONE {
        let root = newton(I32F32::ONE.checked_div(x)?)?;
        return I32F32::ONE.checked_div(root);
    }
    newton(x)
}

/// [`newton_sqrt`] above 1.
fn newton(x: I32F32) -> Option<I32F32> {
    let two = I32F32::saturating_from_int(2);
    let mut root = x.checked_div(two)?.checked_add(I32F32::ONE)?;
    for _ in 0..I32F32::FRAC_BITS {
        root = root.checked_add(x.checked_div(root)?)?.checked_div(two)?;
    }
    Some(root)
}

/// Pi, its double and its half, each the floor of it times 2^23, with zeros behind it.
const PI: I32F32 = I32F32::from_bits(26_353_589 << 9);
const TWO_PI: I32F32 = I32F32::from_bits(52_707_178 << 9);
const HALF_PI: I32F32 = I32F32::from_bits(13_176_794 << 9);
/// What 24 rotations stretch a vector by, its reciprocal.
const UNSTRETCHED: I32F32 = I32F32::from_bits(0x9b74_eda8);
/// The angles of which the tangent is 2^-i, cut to 32 fraction bits.
const ANGLES: [i64; 24] = [
    0xc90f_daa2,
    0x76b1_9c15,
    0x3eb6_ebf2,
    0x1fd5_ba9a,
    0x0ffa_addb,
    0x07ff_556e,
    0x03ff_eaab,
    0x01ff_fd55,
    0x00ff_ffaa,
    0x007f_fff5,
    0x003f_fffe,
    0x001f_ffff,
    0x000f_ffff,
    0x0007_ffff,
    0x0003_ffff,
    0x0001_ffff,
    0x0000_ffff,
    0x0000_7fff,
    0x0000_3fff,
    0x0000_1fff,
    0x0000_0fff,
    0x0000_07ff,
    0x0000_03ff,
    0x0000_01ff,
];

/// The cosine of an angle of at most a few turns, in radians: the sine a quarter turn on.
pub fn cos(angle: I32F32) -> I32F32 {
    sin(angle.saturating_add(HALF_PI))
}

/// The sine of an angle of at most a few turns, in radians, by 24 rotations (CORDIC).
pub fn sin(angle: I32F32) -> I32F32 {
    let mut angle = angle;
    while angle > PI {
        angle = angle.saturating_sub(TWO_PI);
    }
    while angle < PI.saturating_neg() {
        angle = angle.saturating_add(TWO_PI);
    }
    let half = HALF_PI;
    if angle > half {
        angle = half.saturating_sub(angle.saturating_sub(half));
    }
    if angle < half.saturating_neg() {
        angle = half
            .saturating_neg()
            .saturating_sub(angle.saturating_add(half));
    }
    let (mut x, mut y, mut left) = (UNSTRETCHED.to_bits(), 0, angle.to_bits());
    for (i, rotation) in ANGLES.iter().enumerate() {
        let (across, along) = (y >> i, x >> i);
        if left < 0 {
            (x, y, left) = (x + across, y - along, left + rotation);
        } else {
            (x, y, left) = (x - across, y + along, left - rotation);
        }
    }
    I32F32::from_bits(y)
}

/// The square root by bisection, until root and quotient are within `epsilon`, at most 129 rounds.
///
/// `None` where `x` is negative.
pub fn checked_sqrt<T: Fixed>(x: T, epsilon: T) -> Option<T> {
    const MAX_ROUNDS: u32 = 129;
    if x < T::ZERO {
        return None;
    }
    let two = T::saturating_from_int(2);
    let middle_of = |low: T, high: T| high.saturating_add(low).safe_div(two);
    let (mut low, mut high) = if x > T::ONE {
        (T::ZERO, x)
    } else {
        (x, T::ONE)
    };
    let mut middle = middle_of(low, high);
    for _ in 0..MAX_ROUNDS {
        let quotient = x.safe_div(middle);
        if quotient.abs_diff(middle) <= epsilon {
            break;
        }
        if quotient < middle {
            high = middle;
        } else {
            low = middle;
        }
        middle = middle_of(low, high);
    }
    Some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a of the little-endian bytes of bits.
    fn hash(hash: &mut u64, bits: i64) {
        for byte in bits.to_le_bytes() {
            *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// What `sqrt`, `sin` and `cos` of substrate-fixed 0.6.0 give for the same ten thousand numbers.
    #[test]
    fn roots_sines_and_cosines_are_those_of_the_original() {
        let mut random = 1u64;
        let mut hashes = [0xcbf2_9ce4_8422_2325u64; 3];
        for _ in 0..10_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let square = I32F32::from_bits((random >> 26) as i64);
            let angle = I32F32::from_bits((random >> 28) as i64 - (8 << 32));
            let root = newton_sqrt(square).expect("a root");
            let found = [root, sin(angle), cos(angle)];
            for (hashes, found) in hashes.iter_mut().zip(found) {
                hash(hashes, found.to_bits());
            }
        }
        let original = [
            8_284_793_579_314_504_383,
            1_795_041_047_661_402_336,
            1_115_766_456_547_388_186,
        ];
        assert_eq!(hashes, original);
    }

    #[test]
    fn a_root_has_its_edges() {
        let tiny = I32F32::from_bits(1);
        assert_eq!(newton_sqrt(I32F32::ZERO), Some(I32F32::ZERO));
        assert_eq!(newton_sqrt(I32F32::ONE), Some(I32F32::ONE));
        // Its reciprocal is beyond the largest number.
        assert_eq!(newton_sqrt(tiny), None);
        assert_eq!(newton_sqrt(tiny.saturating_neg()), None);
        assert!(newton_sqrt(I32F32::MAX).is_some());
    }
}
