//! Sums and normalisation of plain vectors, with the chain's overflow.

use crate::kernels::rounding::{Whole, nearest};
use crate::kernels::simd::Simd;
use crate::kernels::{Job, Platform, run_on};
use yuma_fixed::{I32F32, I64F64};

/// Returns the sum, which wraps as the chain's plain `sum()` does in its release build.
#[inline]
pub fn sum(values: &[I32F32]) -> I32F32 {
    values
        .iter()
        .fold(I32F32::ZERO, |acc, &value| acc.wrapping_add(value))
}

/// Returns the values divided by their sum, or as they are where that is zero.
pub fn normalized(values: &[I32F32]) -> Vec<I32F32> {
    let mut normalized = values.to_vec();
    normalize(&mut normalized);
    normalized
}

/// Divides by the sum, unless that is zero.
pub fn normalize(values: &mut [I32F32]) {
    normalize_on(Platform::detect(), values);
}

/// Divides by `divisor`, unless that is zero; a quotient that does not fit becomes zero.
pub fn normalize_by(values: &mut [I32F32], divisor: I32F32) {
    divide_on(Platform::detect(), values, Some(divisor));
}

/// Divides by the sum, unless that is zero, in a platform's vectors.
pub fn normalize_on(platform: Platform, values: &mut [I32F32]) {
    divide_on(platform, values, None);
}

/// Not inlined: this is the code for it, once.
#[inline(never)]
fn divide_on(platform: Platform, values: &mut [I32F32], divisor: Option<I32F32>) {
    run_on(platform, Divide { values, divisor });
}

/// The job that divides by a number, or by the values' sum, unless that is zero.
struct Divide<'a> {
    values: &'a mut [I32F32],
    /// `None` for the sum.
    divisor: Option<I32F32>,
}

impl Job for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { values, divisor } = self;
        let (sum, are_parts) = sum_of_parts(values);
        let divisor = divisor.unwrap_or(sum);
        if divisor == I32F32::ZERO {
            return;
        }
        // Parts of the sum are parts of what is no less.
        if !are_parts || sum > divisor {
            divide_each(values, divisor);
            return;
        }
        let whole = Whole::new(divisor.to_bits());
        for value in values {
            *value = I32F32::from_bits(whole.part(value.to_bits()));
        }
    }
}

/// Returns the sum, which wraps, and whether it is seen that each value is a part of it, from zero on.
#[inline(always)]
fn sum_of_parts(values: &[I32F32]) -> (I32F32, bool) {
    let (mut sum, mut all) = (0_i64, 0);
    for value in values {
        sum = sum.wrapping_add(value.to_bits());
        all |= value.to_bits() as u64;
    }
    // So few numbers, of 46 bits at most, do not sum past an i64.
    let are_parts = all >> 46 == 0 && values.len() <= 1 << 16;
    (I32F32::from_bits(sum), are_parts)
}

/// Not inlined: what no ordinary epoch needs.
#[cold]
#[inline(never)]
fn divide_each(values: &mut [I32F32], divisor: I32F32) {
    for value in values {
        *value = value.safe_div(divisor);
    }
}

/// The scale of I32F32, `2^32`, as a double.
pub(crate) const SCALE: f64 = (1u64 << 32) as f64;

/// Returns the part of the whole that each number is, divided in I64F64 and then narrowed to I32F32; the numbers
/// themselves, narrowed, where the whole is zero.
#[inline(never)]
pub fn shares(values: &[I64F64], whole: I64F64) -> Vec<I32F32> {
    let divided = |&value: &I64F64| match whole {
        I64F64::ZERO => value,
        _ => value.safe_div(whole),
    };
    let parts = |&value: &I64F64| value >= I64F64::ZERO && value <= whole;
    if whole == I64F64::ZERO || !values.iter().all(parts) {
        return values
            .iter()
            .map(|value| I32F32::saturating_from(divided(value)))
            .collect();
    }
    let reciprocal = SCALE / roughly(whole);
    values
        .iter()
        .map(|&value| {
            if value == I64F64::ZERO {
                return I32F32::ZERO;
            }
            share(value, whole, roughly(value) * reciprocal)
        })
        .collect()
}

/// Returns the part that a value is of the whole, which it is at most, from an estimate that lies within one half of it.
///
/// Narrowing floors a floor: the quotient is floored to 32 fraction bits at once, as `floor_quotient` floors it, but in
/// 128 bits.
#[inline(never)]
pub(crate) fn share(value: I64F64, whole: I64F64, estimate: f64) -> I32F32 {
    let quotient = nearest(estimate) as i64;
    let product = whole.to_bits().wrapping_mul(quotient.into());
    let remainder = (value.to_bits() << 32).wrapping_sub(product);
    I32F32::from_bits(quotient - i64::from(remainder < 0))
}

/// Returns the bits of a number that is not negative as a double, with a relative error of at most `2^-52`.
fn roughly(value: I64F64) -> f64 {
    const HALF: f64 = SCALE * SCALE;
    let bits = value.to_bits();
    (bits >> 64) as u64 as f64 * HALF + bits as u64 as f64
}

/// Returns `floor(value * 65535)`, saturating: how the chain stores a proportion.
pub fn to_u16(value: I32F32) -> u16 {
    let bits = value.to_bits();
    if (0..=I32F32::ONE.to_bits()).contains(&bits) {
        return proportion_bits(bits);
    }
    value
        .saturating_mul(I32F32::saturating_from_int(u16::MAX as i128))
        .saturating_to_u16()
}

/// Returns `floor(value * 65535)` for the bits of a value from zero to one.
#[inline(always)]
fn proportion_bits(bits: i64) -> u16 {
    ((bits << 16).wrapping_sub(bits) >> 32) as u16
}

/// Returns the values as the chain stores them. For a job: compiled with its instruction set.
#[inline(always)]
pub(crate) fn rounded_as_stored(values: &[I32F32]) -> Vec<u16> {
    let mut outside = 0;
    let round = |value: &I32F32| {
        let bits = value.to_bits();
        outside |= bits | I32F32::ONE.to_bits().wrapping_sub(bits);
        proportion_bits(bits)
    };
    let rounded = values.iter().map(round).collect();
    // One of the two is below zero of a value that is not from zero to one.
    if outside < 0 {
        return round_each(values);
    }
    rounded
}

#[cold]
#[inline(never)]
fn round_each(values: &[I32F32]) -> Vec<u16> {
    values.iter().map(|&value| to_u16(value)).collect()
}

/// Returns a stored u16 proportion as a number in [0, 1].
pub fn proportion(value: u16) -> I32F32 {
    I32F32::saturating_from_int(value as i128)
        .safe_div(I32F32::saturating_from_int(u16::MAX as i128))
}
