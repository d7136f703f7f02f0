//! Exponential, logarithms and square root, with the original's error in every bit.
//!
//! Follows `substrate_fixed::transcendental` 0.6.0 and, for [`checked_sqrt`], the chain's
//! `primitives/safe-math` at spec version 425. The original's errors are `None` here.

use crate::fixed::{Fixed, FixedSigned};

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
