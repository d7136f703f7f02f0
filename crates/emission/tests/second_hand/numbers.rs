//! Numbers in big integers: share floats, and fixed point as its raw bits.

use num_bigint::{BigInt, BigUint};

/// 10 to a power.
pub fn ten(power: u64) -> BigInt {
    BigInt::from(10).pow(power as u32)
}

/// `mantissa * 10^exponent`, the mantissa above 10^20 and at most 10^21; or 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Float {
    pub mantissa: BigInt,
    pub exponent: i64,
}

pub fn zero() -> Float {
    Float {
        mantissa: 0.into(),
        exponent: 0,
    }
}

/// Truncates and scales a mantissa into its range.
pub fn float(mantissa: BigInt, exponent: i64) -> Float {
    let (mut mantissa, mut exponent) = (mantissa, exponent);
    if mantissa == BigInt::ZERO {
        return zero();
    }
    while mantissa > ten(21) {
        mantissa /= 10;
        exponent += 1;
    }
    while mantissa <= ten(20) {
        mantissa *= 10;
        exponent -= 1;
    }
    Float { mantissa, exponent }
}

pub fn whole(value: u64) -> Float {
    float(value.into(), 0)
}

impl Float {
    pub fn is_zero(&self) -> bool {
        self.mantissa == BigInt::ZERO
    }

    /// Both mantissas at the larger exponent, the other truncated; the power of ten is 22 at most.
    fn at_larger(&self, other: &Float) -> (BigInt, BigInt, i64) {
        let gap = self.exponent - other.exponent;
        let cut = ten(gap.unsigned_abs().min(22));
        if gap >= 0 {
            (self.mantissa.clone(), &other.mantissa / cut, self.exponent)
        } else {
            (&self.mantissa / cut, other.mantissa.clone(), other.exponent)
        }
    }

    pub fn plus(&self, other: &Float) -> Float {
        if self.is_zero() {
            return other.clone();
        }
        if other.is_zero() {
            return self.clone();
        }
        let (a, b, exponent) = self.at_larger(other);
        float(a + b, exponent)
    }

    /// Not below 0.
    pub fn minus(&self, other: &Float) -> Float {
        if other.is_zero() || self.is_zero() {
            return self.clone();
        }
        let (a, b, exponent) = self.at_larger(other);
        float((a - b).max(0.into()), exponent)
    }

    /// The difference at the finer exponent, truncated once.
    pub fn exactly_minus(&self, other: &Float) -> Float {
        let finer = self.exponent.min(other.exponent);
        let scaled = |value: &Float| &value.mantissa * ten((value.exponent - finer) as u64);
        if other.is_zero() {
            return self.clone();
        }
        float(scaled(self) - scaled(other), finer)
    }

    /// `self * a / b`, of the whole product; 0 where `b` is.
    pub fn times_over(&self, a: &Float, b: &Float) -> Float {
        if b.is_zero() {
            return zero();
        }
        let exponent = self.exponent + a.exponent - b.exponent;
        float(&self.mantissa * &a.mantissa / &b.mantissa, exponent)
    }

    pub fn exceeds(&self, other: &Float) -> bool {
        let finer = self.exponent.min(other.exponent);
        let scaled = |value: &Float| &value.mantissa * ten((value.exponent - finer) as u64);
        scaled(self) > scaled(other)
    }

    pub fn floor(&self) -> u64 {
        let power = ten(self.exponent.unsigned_abs().min(22));
        let value = if self.exponent < 0 {
            &self.mantissa / power
        } else {
            &self.mantissa * power
        };
        u64::try_from(value).unwrap_or(u64::MAX)
    }
}

/// Bits of a fixed-point number: U96F32 or U64F64, by the fraction bits given.
pub fn fix(value: u64, fraction: u32) -> u128 {
    u128::from(value) << fraction
}

pub fn times(a: u128, b: u128, fraction: u32) -> u128 {
    let product = (BigUint::from(a) * BigUint::from(b)) >> fraction;
    u128::try_from(product).unwrap_or(u128::MAX)
}

/// 0 where there is no quotient, or it does not fit.
pub fn over(a: u128, b: u128, fraction: u32) -> u128 {
    if b == 0 {
        return 0;
    }
    let quotient = (BigUint::from(a) << fraction) / BigUint::from(b);
    u128::try_from(quotient).unwrap_or(0)
}

pub fn integer(bits: u128, fraction: u32) -> u64 {
    u64::try_from(bits >> fraction).unwrap_or(u64::MAX)
}

/// The largest integer at most `(n / d)^(p / s) * 10^18`, of small exponents.
pub fn power(n: u128, d: u128, p: u32, s: u32) -> BigUint {
    let scale = BigUint::from(10u32).pow(18);
    let most = BigUint::from(n).pow(p) * scale.pow(s);
    let per = BigUint::from(d).pow(p);
    // The result is the whole s-th root of the floored quotient.
    (most / per).nth_root(s)
}
