//! The power of a ratio that the chain's pools are weighted with, floored to an integer.
//!
//! Follows `SafeInt::pow_ratio_scaled` of `safe-bigmath` 0.4.1, which the runtime's swap pallet calls
//! at spec version 425. The original sums series in integers of 280 bits and more, and the last bits
//! it drops are part of its answer. [`pow_ratio_scaled_exact`] does the same, slowly.
//! [`pow_ratio_scaled`] first estimates the power in 128 bits with a proven bound on the distance to
//! the original's: where no integer lies within the bound, and that is all but always, the floor is
//! known.

mod estimate;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;

/// The largest precision, in bits, that is computed. The chain asks for 256 and 1024.
pub const MAX_PRECISION: u32 = 4096;

/// Largest terms of a reduced exponent whose power the original takes by an integer root.
const MAX_ROOT_EXPONENT: u64 = 1024;
/// Bits the series carry beyond the requested precision.
const GUARD_BITS: u32 = 24;

/// `floor((base_num / base_den) ^ (exp_num / exp_den) * scale)`, with the original's error.
///
/// `precision` is in bits. The result saturates: above `u128::MAX` it is that; it is 0 where the
/// original's series, cut off before it converges, sums to a negative number. The chain tells
/// neither case further apart.
///
/// `None` where a denominator is 0, or `precision` exceeds [`MAX_PRECISION`].
pub fn pow_ratio_scaled(
    base_num: u128,
    base_den: u128,
    exp_num: u64,
    exp_den: u64,
    precision: u32,
    scale: u64,
) -> Option<u128> {
    let saturated = |exact: BigInt| match exact.sign() {
        Sign::Minus => 0,
        _ => u128::try_from(exact).unwrap_or(u128::MAX),
    };
    match Question::new(base_num, base_den, exp_num, exp_den, precision, scale)? {
        Question::Known(result) => Some(result.into()),
        Question::Open(power) => {
            Some(estimate::floor_of(&power).unwrap_or_else(|| saturated(power.exact())))
        }
    }
}

/// [`pow_ratio_scaled`] by the original's own steps, and without saturation.
pub fn pow_ratio_scaled_exact(
    base_num: u128,
    base_den: u128,
    exp_num: u64,
    exp_den: u64,
    precision: u32,
    scale: u64,
) -> Option<BigInt> {
    match Question::new(base_num, base_den, exp_num, exp_den, precision, scale)? {
        Question::Known(result) => Some(result.into()),
        Question::Open(power) => Some(power.exact()),
    }
}

enum Question {
    Known(u64),
    Open(Power),
}

/// `(base_num / base_den) ^ (exp_num / exp_den) * scale`, all but `scale` above 0, the exponent
/// reduced, the base not 1.
struct Power {
    base_num: u128,
    base_den: u128,
    exp_num: u64,
    exp_den: u64,
    precision: u32,
    scale: u64,
}

impl Question {
    fn new(
        base_num: u128,
        base_den: u128,
        exp_num: u64,
        exp_den: u64,
        precision: u32,
        scale: u64,
    ) -> Option<Self> {
        if base_den == 0 || exp_den == 0 || precision > MAX_PRECISION {
            return None;
        }
        if base_num == 0 {
            return Some(Self::Known(0));
        }
        if exp_num == 0 || base_num == base_den {
            return Some(Self::Known(scale));
        }
        let divisor = exp_num.gcd(&exp_den);
        Some(Self::Open(Power {
            base_num,
            base_den,
            exp_num: exp_num / divisor,
            exp_den: exp_den / divisor,
            precision,
            scale,
        }))
    }
}

impl Power {
    /// The exponent's terms, where they are small enough for an integer root.
    fn root_exponent(&self) -> Option<(u32, u32)> {
        if self.exp_num.max(self.exp_den) > MAX_ROOT_EXPONENT {
            return None;
        }
        Some((self.exp_num as u32, self.exp_den as u32))
    }

    /// Fraction bits the original rounds the power to before it scales it.
    fn requested_bits(&self) -> u32 {
        let scale_bits = u64::BITS - self.scale.leading_zeros();
        self.precision.max(32).max(scale_bits + 8)
    }

    fn exact(&self) -> BigInt {
        match self.root_exponent() {
            Some((exp_num, exp_den)) => self.by_root(exp_num, exp_den).into(),
            None => self.by_series(),
        }
    }

    /// The largest r with `r^exp_den * base_den^exp_num <= base_num^exp_num * scale^exp_den`.
    fn by_root(&self, exp_num: u32, exp_den: u32) -> BigUint {
        let dividend =
            BigUint::from(self.base_num).pow(exp_num) * BigUint::from(self.scale).pow(exp_den);
        (dividend / BigUint::from(self.base_den).pow(exp_num)).nth_root(exp_den)
    }

    fn by_series(&self) -> BigInt {
        let requested = self.requested_bits();
        let series = Series::new(requested + GUARD_BITS);
        let ln_base = series.ln(self.base_num) - series.ln(self.base_den);
        let exponent = (ln_base * self.exp_num).div_floor(&self.exp_den.into());
        let power = round_off_guard(series.exp(&exponent));
        (power * self.scale) >> requested
    }
}

/// Taylor series on integers of `bits` fraction bits, every step floored.
///
/// A series ends with its first term below the guard bits. (The original also ends it where the sum,
/// rounded to the requested precision, stays the same; a larger term always changes that.)
struct Series {
    bits: u32,
    max_terms: u32,
    ln_two: BigInt,
}

impl Series {
    fn new(bits: u32) -> Self {
        const MAX_TERMS: u32 = 4096;
        let max_terms = MAX_TERMS.min(bits + 128);
        let mut series = Self {
            bits,
            max_terms,
            ln_two: BigInt::ZERO,
        };
        series.ln_two = -series.ln_one_plus(-series.one() / 2);
        series
    }

    fn one(&self) -> BigInt {
        BigInt::from(1) << self.bits
    }

    fn ln_one_plus(&self, x: BigInt) -> BigInt {
        let mut power = x.clone();
        let mut sum = x.clone();
        for k in 2..=self.max_terms {
            power = (power * &x) >> self.bits;
            let term = power.div_floor(&k.into());
            if k % 2 == 0 {
                sum -= &term;
            } else {
                sum += &term;
            }
            if is_below_guard(&term) {
                break;
            }
        }
        sum
    }

    fn exp(&self, x: &BigInt) -> BigInt {
        let mut term = self.one();
        let mut sum = term.clone();
        for k in 1..=self.max_terms {
            term = ((term * x) >> self.bits).div_floor(&k.into());
            sum += &term;
            if is_below_guard(&term) {
                break;
            }
        }
        sum
    }

    /// The logarithm of an integer above 0, of its mantissa in [0.75, 1.5) and its power of two.
    fn ln(&self, value: u128) -> BigInt {
        let mut shift = value.ilog2();
        let mut mantissa = (BigInt::from(value) << self.bits) >> shift;
        if mantissa >= self.one() * 3 / 2 {
            mantissa >>= 1;
            shift += 1;
        }
        self.ln_one_plus(mantissa - self.one()) + &self.ln_two * shift
    }
}

fn is_below_guard(term: &BigInt) -> bool {
    term.bits() <= GUARD_BITS.into()
}

/// Divides by the guard factor, to the nearest, ties away from zero.
fn round_off_guard(value: BigInt) -> BigInt {
    let (sign, magnitude) = value.into_parts();
    let half = BigUint::from(1u32) << (GUARD_BITS - 1);
    BigInt::from_biguint(sign, (magnitude + half) >> GUARD_BITS)
}
