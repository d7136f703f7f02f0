//! The decimal floating-point number that shares of a stake pool are stored in.
//!
//! Follows `primitives/share-pool/src/lib.rs`, spec 425, and 475 where that is named. Every operation
//! truncates.

use crate::num::mul_add_div;
use std::cmp::Ordering;
use yuma_fixed::U64F64;

/// Largest mantissa.
const MAX_MANTISSA: u128 = 1_000_000_000_000_000_000_000;
/// Mantissas are above this.
const MIN_MANTISSA: u128 = MAX_MANTISSA / 10;
/// Decimal digits that [`MAX_MANTISSA`] shifts by.
const MAX_MANTISSA_EXPONENT: i128 = 21;
/// The chain takes no larger power of ten.
const MAX_POWER: u32 = 22;

/// `mantissa * 10^exponent`, the mantissa above 10^20 and at most 10^21; or 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SafeFloat {
    mantissa: u128,
    exponent: i64,
}

impl SafeFloat {
    /// 0.
    pub const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// The number of these parts as stored; `None` where no chain could hold them.
    pub fn from_parts(mantissa: u128, exponent: i64) -> Option<Self> {
        let stored = Self { mantissa, exponent };
        let normal = mantissa > MIN_MANTISSA && mantissa <= MAX_MANTISSA;
        (normal || stored == Self::ZERO).then_some(stored)
    }

    /// The mantissa.
    pub fn mantissa(self) -> u128 {
        self.mantissa
    }

    /// The decimal exponent.
    pub fn exponent(self) -> i64 {
        self.exponent
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Scales the mantissa into its range; `None` where the exponent overflows.
    fn normalized(mut mantissa: u128, mut exponent: i64) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self::ZERO);
        }
        while mantissa > MAX_MANTISSA {
            mantissa /= 10;
            exponent = exponent.checked_add(1)?;
        }
        while mantissa <= MIN_MANTISSA {
            mantissa *= 10;
            exponent = exponent.checked_sub(1)?;
        }
        Some(Self { mantissa, exponent })
    }

    /// The sum; `None` where the exponent overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.is_zero() {
            return Some(other);
        }
        if other.is_zero() {
            return Some(self);
        }
        let (a, b, exponent) = self.aligned(other);
        Self::normalized(a + b, exponent)
    }

    /// The difference, 0 where it is negative; `None` where something is taken from 0 or the exponent
    /// overflows.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self);
        }
        if self.is_zero() {
            return None;
        }
        let (a, b, exponent) = self.aligned(other);
        Self::normalized(a.saturating_sub(b), exponent)
    }

    /// The difference of all digits of both, truncated once; `None` where it is negative.
    ///
    /// Follows `sub_exact_floor`, spec 475. The chain gives `None` too where the exponents are more than
    /// 56 apart, which a sum and one of its terms never are.
    pub fn exact_sub(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self);
        }
        if self.is_zero() {
            return None;
        }
        let shift = u64::try_from(self.exponent.checked_sub(other.exponent)?).ok()?;
        // Digits of `other` below the difference's last one take one from that, however many they are.
        let rest = |dropped: u64| other.mantissa.div_ceil(power_of_ten(dropped));
        if let Some(finer) = shift.checked_sub(1) {
            let mantissa = self.mantissa * 10 - rest(finer);
            if mantissa <= MAX_MANTISSA {
                return Self::normalized(mantissa, self.exponent.checked_sub(1)?);
            }
        }
        let mantissa = self.mantissa.checked_sub(rest(shift))?;
        Self::normalized(mantissa, self.exponent)
    }

    /// Whether it is the larger, 0 being the smallest.
    ///
    /// Follows `gt`, spec 475.
    pub fn exceeds(self, other: Self) -> bool {
        if self.is_zero() || other.is_zero() {
            return !self.is_zero();
        }
        // Mantissas span one power of ten, so the exponents decide where they differ.
        (self.exponent, self.mantissa) > (other.exponent, other.mantissa)
    }

    /// Both mantissas at the larger exponent.
    fn aligned(self, other: Self) -> (u128, u128, i64) {
        let shift = self.exponent.saturating_sub(other.exponent);
        let power = power_of_ten(shift.unsigned_abs());
        if shift >= 0 {
            (self.mantissa, other.mantissa / power, self.exponent)
        } else {
            (self.mantissa / power, other.mantissa, other.exponent)
        }
    }

    /// The quotient; `None` where `other` is 0 or the exponent overflows.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let exponent =
            i128::from(self.exponent) - i128::from(other.exponent) - MAX_MANTISSA_EXPONENT;
        let exponent = i64::try_from(exponent).ok()?;
        let mantissa = mul_add_div(self.mantissa, MAX_MANTISSA, 0, other.mantissa)?;
        Self::normalized(mantissa, exponent)
    }

    /// `self * a / b` of the exact product; `None` where `b` is 0 or the exponent overflows.
    pub fn mul_div(self, a: Self, b: Self) -> Option<Self> {
        let exponent = self
            .exponent
            .checked_add(a.exponent)?
            .checked_sub(b.exponent)?;
        let mantissa = mul_add_div(self.mantissa, a.mantissa, 0, b.mantissa)?;
        Self::normalized(mantissa, exponent)
    }

    /// Truncated to an integer, saturating.
    pub fn to_u64(self) -> u64 {
        let power = power_of_ten(self.exponent.unsigned_abs());
        let value = match self.exponent.cmp(&0) {
            Ordering::Less => self.mantissa / power,
            Ordering::Equal => self.mantissa,
            Ordering::Greater => self.mantissa.saturating_mul(power),
        };
        u64::try_from(value).unwrap_or(u64::MAX)
    }

    /// Whether it is the larger, as spec 425 has it.
    ///
    /// Holds exponents against each other before mantissas, so that 10^21 and ten times 10^20, which
    /// are one number, are not told apart; a zero, whose exponent is 0, is the larger of it and a
    /// small number.
    pub fn is_above(self, other: Self) -> bool {
        match self.exponent.saturating_sub(other.exponent) {
            0 => self.mantissa > other.mantissa,
            1 => 10 * self.mantissa > other.mantissa,
            -1 => self.mantissa > 10 * other.mantissa,
            difference => difference > 0,
        }
    }
}

/// Capped, as the chain caps it.
fn power_of_ten(exponent: u64) -> u128 {
    10u128.pow(exponent.min(MAX_POWER.into()) as u32)
}

impl From<u64> for SafeFloat {
    fn from(value: u64) -> Self {
        // At most 20 digits, so the exponent is above -22.
        Self::normalized(value.into(), 0).unwrap_or_default()
    }
}

impl From<U64F64> for SafeFloat {
    fn from(value: U64F64) -> Self {
        let bits = value.to_bits();
        let two_to_64 = Self::normalized(1 << 64, 0).unwrap_or_default();
        let whole = Self::from((bits >> 64) as u64);
        let fraction = Self::from(bits as u64)
            .checked_div(two_to_64)
            .unwrap_or_default();
        whole.checked_add(fraction).unwrap_or_default()
    }
}
