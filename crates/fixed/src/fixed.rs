//! The five number types: one macro, so that an operation is written once.

use core::fmt::Debug;
use core::hash::Hash;

use crate::wide;

mod sealed {
    /// A number's bits as 129-bit two's complement: the low 128 bits and the sign.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub struct Raw {
        pub negative: bool,
        pub low: u128,
    }

    pub trait Sealed: Copy {
        fn to_raw(self) -> Raw;
        /// Keeps the low bits only.
        fn from_low(low: u128) -> Self;
    }
}
use sealed::{Raw, Sealed};

/// A fixed-point number of the chain: what code written for several of the types needs.
///
/// Sealed. Every method is also an inherent one of each type, described there.
pub trait Fixed: Sealed + Copy + Ord + Hash + Default + Debug {
    /// Number of fraction bits.
    const FRAC_BITS: u32;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest number.
    const MAX: Self;
    /// The smallest number.
    const MIN: Self;

    /// The integer `value`; out of range saturates.
    fn saturating_from_int(value: i128) -> Self;
    /// `value` with dropped bits floored; out of range saturates.
    fn saturating_from<F: Fixed>(value: F) -> Self;
    /// `value` with dropped bits floored; out of range wraps.
    fn wrapping_from<F: Fixed>(value: F) -> Self;
    /// `self + rhs`, saturating.
    fn saturating_add(self, rhs: Self) -> Self;
    /// `self - rhs`, saturating.
    fn saturating_sub(self, rhs: Self) -> Self;
    /// `self * rhs`, floored, saturating.
    fn saturating_mul(self, rhs: Self) -> Self;
    /// `self / rhs`, toward zero, saturating.
    fn saturating_div(self, rhs: Self) -> Self;
    /// `self + rhs`, or `None` on overflow.
    fn checked_add(self, rhs: Self) -> Option<Self>;
    /// `self - rhs`, or `None` on overflow.
    fn checked_sub(self, rhs: Self) -> Option<Self>;
    /// `self * rhs`, floored, or `None` on overflow.
    fn checked_mul(self, rhs: Self) -> Option<Self>;
    /// `self / rhs`, toward zero, or `None` on a zero divisor or overflow.
    fn checked_div(self, rhs: Self) -> Option<Self>;
    /// `-self`, or `None` on overflow.
    fn checked_neg(self) -> Option<Self>;
    /// `self + rhs`, wrapping.
    fn wrapping_add(self, rhs: Self) -> Self;
    /// `self - rhs`, wrapping.
    fn wrapping_sub(self, rhs: Self) -> Self;
    /// `self * rhs`, floored, wrapping.
    fn wrapping_mul(self, rhs: Self) -> Self;
    /// `self / rhs`, or zero where [`Fixed::checked_div`] is `None`.
    fn safe_div(self, rhs: Self) -> Self;
    /// `self / rhs`, or `default` where [`Fixed::checked_div`] is `None`.
    fn safe_div_or(self, rhs: Self, default: Self) -> Self;
    /// The distance between two numbers, saturating.
    fn abs_diff(self, rhs: Self) -> Self;
}

/// A [`Fixed`] that can be negative.
pub trait FixedSigned: Fixed {}

/// Moves a number's bits to another type: the low bits as that type, and whether they are all.
#[inline]
fn convert<S: Fixed, D: Fixed>(value: S) -> (D, bool) {
    let Raw { negative, low } = value.to_raw();
    let arithmetic_shift_right = |bits: u128, by: u32| {
        if negative {
            ((bits as i128) >> by) as u128
        } else {
            bits >> by
        }
    };
    let (low, kept) = if D::FRAC_BITS <= S::FRAC_BITS {
        let by = S::FRAC_BITS - D::FRAC_BITS;
        (arithmetic_shift_right(low, by), true)
    } else {
        let by = D::FRAC_BITS - S::FRAC_BITS;
        let shifted = low << by;
        (shifted, arithmetic_shift_right(shifted, by) == low)
    };
    let result = D::from_low(low);
    (result, kept && result.to_raw() == Raw { negative, low })
}

macro_rules! fixed {
    (
        $(#[$doc:meta])*
        $Name:ident($Bits:ident), frac $frac:literal, $mul:ident, $div:ident
    ) => {
        $(#[$doc])*
        #[repr(transparent)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
        pub struct $Name($Bits);

        impl $Name {
            /// Number of fraction bits.
            pub const FRAC_BITS: u32 = $frac;
            /// 0.
            pub const ZERO: Self = Self(0);
            /// 1.
            pub const ONE: Self = Self(1 << $frac);
            /// The largest number.
            pub const MAX: Self = Self($Bits::MAX);
            /// The smallest number.
            pub const MIN: Self = Self($Bits::MIN);

            /// The number whose raw bits, the number times 2 to the [`Self::FRAC_BITS`], are `bits`.
            #[inline]
            pub const fn from_bits(bits: $Bits) -> Self {
                Self(bits)
            }

            /// The raw bits.
            #[inline]
            pub const fn to_bits(self) -> $Bits {
                self.0
            }

            /// The integer `value`; out of range saturates.
            #[inline]
            pub const fn saturating_from_int(value: i128) -> Self {
                if value > Self::MAX.floor_to_int() {
                    return Self::MAX;
                }
                if value < Self::MIN.floor_to_int() {
                    return Self::MIN;
                }
                Self((value as $Bits) << $frac)
            }

            /// The integer `value`; out of range wraps.
            #[inline]
            pub const fn wrapping_from_int(value: i128) -> Self {
                Self((value as $Bits) << $frac)
            }

            /// `value` with dropped bits floored; out of range saturates, a negative number to 0 in
            /// an unsigned type.
            #[inline]
            pub fn saturating_from<F: Fixed>(value: F) -> Self {
                match convert(value) {
                    (result, true) => result,
                    _ if value < F::ZERO => Self::MIN,
                    _ => Self::MAX,
                }
            }

            /// `value` with dropped bits floored; of a number out of range the low bits remain.
            #[inline]
            pub fn wrapping_from<F: Fixed>(value: F) -> Self {
                convert(value).0
            }

            /// The nearest number to `value`, ties to even; out of range saturates.
            ///
            /// For the decimal literals of the runtime's source. The original panics on a NaN; here
            /// it gives 0.
            pub const fn saturating_from_f64(value: f64) -> Self {
                let negative = value.is_sign_negative();
                let limit = if negative {
                    (Self::MIN.0 as u128).wrapping_neg()
                } else {
                    Self::MAX.0 as u128
                };
                match wide::scale_f64(value, $frac) {
                    Some(magnitude) if magnitude <= limit && negative => {
                        Self((magnitude as $Bits).wrapping_neg())
                    }
                    Some(magnitude) if magnitude <= limit => Self(magnitude as $Bits),
                    _ => Self::extreme(negative),
                }
            }

            /// `self + rhs`, or `None` on overflow.
            #[inline]
            pub const fn checked_add(self, rhs: Self) -> Option<Self> {
                match self.0.checked_add(rhs.0) {
                    Some(bits) => Some(Self(bits)),
                    None => None,
                }
            }

            /// `self - rhs`, or `None` on overflow.
            #[inline]
            pub const fn checked_sub(self, rhs: Self) -> Option<Self> {
                match self.0.checked_sub(rhs.0) {
                    Some(bits) => Some(Self(bits)),
                    None => None,
                }
            }

            /// `self * rhs`, the exact product rounded toward minus infinity, or `None` on overflow.
            #[inline]
            pub const fn checked_mul(self, rhs: Self) -> Option<Self> {
                match wide::$mul(self.0, rhs.0, $frac) {
                    (bits, true) => Some(Self(bits)),
                    _ => None,
                }
            }

            /// `self / rhs`, the exact quotient rounded toward zero, or `None` where `rhs` is 0 or
            /// the quotient does not fit.
            #[inline]
            pub const fn checked_div(self, rhs: Self) -> Option<Self> {
                match wide::$div(self.0, rhs.0, $frac) {
                    Some(bits) => Some(Self(bits)),
                    None => None,
                }
            }

            /// `-self`, or `None` on overflow: of an unsigned type's numbers only 0 has a negative.
            #[inline]
            pub const fn checked_neg(self) -> Option<Self> {
                Self::ZERO.checked_sub(self)
            }

            /// `self + rhs`, saturating.
            #[inline]
            pub const fn saturating_add(self, rhs: Self) -> Self {
                Self(self.0.saturating_add(rhs.0))
            }

            /// `self - rhs`, saturating.
            #[inline]
            pub const fn saturating_sub(self, rhs: Self) -> Self {
                Self(self.0.saturating_sub(rhs.0))
            }

            /// `self * rhs`, the exact product rounded toward minus infinity, saturating.
            #[inline]
            pub const fn saturating_mul(self, rhs: Self) -> Self {
                match self.checked_mul(rhs) {
                    Some(product) => product,
                    None => Self::extreme(self.is_negative() != rhs.is_negative()),
                }
            }

            /// `self / rhs`, the exact quotient rounded toward zero, saturating.
            ///
            /// The original panics on a zero divisor, and the chain never gets there. Here the
            /// result is then the extreme number of the dividend's sign, and 0 for 0 / 0.
            #[inline]
            pub const fn saturating_div(self, rhs: Self) -> Self {
                match self.checked_div(rhs) {
                    Some(quotient) => quotient,
                    None if self.0 == 0 => Self::ZERO,
                    None => Self::extreme(self.is_negative() != rhs.is_negative()),
                }
            }

            /// `-self`, saturating.
            #[inline]
            pub const fn saturating_neg(self) -> Self {
                Self::ZERO.saturating_sub(self)
            }

            /// The absolute value, saturating.
            #[inline]
            pub const fn saturating_abs(self) -> Self {
                if self.is_negative() { self.saturating_neg() } else { self }
            }

            /// `self + rhs`, wrapping: the `+` and the `sum()` of the chain's release build.
            #[inline]
            pub const fn wrapping_add(self, rhs: Self) -> Self {
                Self(self.0.wrapping_add(rhs.0))
            }

            /// `self - rhs`, wrapping: the `-` of the chain's release build.
            #[inline]
            pub const fn wrapping_sub(self, rhs: Self) -> Self {
                Self(self.0.wrapping_sub(rhs.0))
            }

            /// `self * rhs`, floored, wrapping: the `*` of the chain's release build.
            #[inline]
            pub const fn wrapping_mul(self, rhs: Self) -> Self {
                Self(wide::$mul(self.0, rhs.0, $frac).0)
            }

            /// `self / rhs`, or 0 where [`Self::checked_div`] is `None`: on a zero divisor **and**
            /// on overflow.
            #[inline]
            pub const fn safe_div(self, rhs: Self) -> Self {
                self.safe_div_or(rhs, Self::ZERO)
            }

            /// `self / rhs`, or `default` where [`Self::checked_div`] is `None`.
            #[inline]
            pub const fn safe_div_or(self, rhs: Self, default: Self) -> Self {
                match self.checked_div(rhs) {
                    Some(quotient) => quotient,
                    None => default,
                }
            }

            /// The distance between two numbers, saturating.
            #[inline]
            pub const fn abs_diff(self, rhs: Self) -> Self {
                if self.0 < rhs.0 {
                    rhs.saturating_sub(self)
                } else {
                    self.saturating_sub(rhs)
                }
            }

            /// Whether the number is below 0.
            #[inline]
            pub const fn is_negative(self) -> bool {
                self.0 < Self::ZERO.0
            }

            /// The largest integer not above the number: rounds toward minus infinity.
            #[inline]
            pub const fn floor(self) -> Self {
                Self(self.0 >> $frac << $frac)
            }

            /// The integer part, which is [`Self::floor`] in the original.
            #[inline]
            pub const fn int(self) -> Self {
                self.floor()
            }

            /// `self - self.floor()`: never negative.
            #[inline]
            pub const fn frac(self) -> Self {
                Self(self.0 & (Self::ONE.0 - 1))
            }

            /// The nearest integer, ties away from zero; where it does not fit, it wraps, as in the
            /// chain's release build.
            #[inline]
            pub const fn round(self) -> Self {
                let half = Self::ONE.0 >> 1;
                let up = self.frac().0 >= half + self.is_negative() as $Bits;
                if up { self.floor().wrapping_add(Self::ONE) } else { self.floor() }
            }

            /// Floored to an integer; above `u16::MAX` gives that, below 0 gives 0.
            #[inline]
            pub const fn saturating_to_u16(self) -> u16 {
                let value = self.floor_to_int();
                if value > u16::MAX as i128 {
                    return u16::MAX;
                }
                if value < 0 { 0 } else { value as u16 }
            }

            /// Floored to an integer; above `u64::MAX` gives that, below 0 gives 0.
            #[inline]
            pub const fn saturating_to_u64(self) -> u64 {
                let value = self.floor_to_int();
                if value > u64::MAX as i128 {
                    return u64::MAX;
                }
                if value < 0 { 0 } else { value as u64 }
            }

            /// Floored to an integer; out of range saturates.
            #[inline]
            pub const fn saturating_to_i64(self) -> i64 {
                let value = self.floor_to_int();
                if value > i64::MAX as i128 {
                    return i64::MAX;
                }
                if value < i64::MIN as i128 { i64::MIN } else { value as i64 }
            }

            /// Floored to an integer; below 0 gives 0.
            #[inline]
            pub const fn saturating_to_u128(self) -> u128 {
                let value = self.floor_to_int();
                if value < 0 { 0 } else { value as u128 }
            }

            /// Floored to an integer, which always fits.
            #[inline]
            pub const fn saturating_to_i128(self) -> i128 {
                self.floor_to_int()
            }

            const fn floor_to_int(self) -> i128 {
                (self.0 >> $frac) as i128
            }

            const fn extreme(negative: bool) -> Self {
                if negative { Self::MIN } else { Self::MAX }
            }
        }

        impl Sealed for $Name {
            #[inline]
            fn to_raw(self) -> Raw {
                Raw { negative: self.is_negative(), low: self.0 as u128 }
            }

            #[inline]
            fn from_low(low: u128) -> Self {
                Self(low as $Bits)
            }
        }

        impl Fixed for $Name {
            const FRAC_BITS: u32 = $frac;
            const ZERO: Self = Self::ZERO;
            const ONE: Self = Self::ONE;
            const MAX: Self = Self::MAX;
            const MIN: Self = Self::MIN;

            forward! {
                fn saturating_from_int(value: i128) -> Self;
                fn saturating_add(self, rhs: Self) -> Self;
                fn saturating_sub(self, rhs: Self) -> Self;
                fn saturating_mul(self, rhs: Self) -> Self;
                fn saturating_div(self, rhs: Self) -> Self;
                fn checked_add(self, rhs: Self) -> Option<Self>;
                fn checked_sub(self, rhs: Self) -> Option<Self>;
                fn checked_mul(self, rhs: Self) -> Option<Self>;
                fn checked_div(self, rhs: Self) -> Option<Self>;
                fn checked_neg(self) -> Option<Self>;
                fn wrapping_add(self, rhs: Self) -> Self;
                fn wrapping_sub(self, rhs: Self) -> Self;
                fn wrapping_mul(self, rhs: Self) -> Self;
                fn safe_div(self, rhs: Self) -> Self;
                fn safe_div_or(self, rhs: Self, default: Self) -> Self;
                fn abs_diff(self, rhs: Self) -> Self;
            }

            #[inline]
            fn saturating_from<F: Fixed>(value: F) -> Self {
                $Name::saturating_from(value)
            }

            #[inline]
            fn wrapping_from<F: Fixed>(value: F) -> Self {
                $Name::wrapping_from(value)
            }
        }
    };
}

/// Trait methods that call the inherent method of the same name, which Rust prefers.
macro_rules! forward {
    () => {};
    (fn $name:ident(self $(, $arg:ident: $Arg:ty)*) -> $Out:ty; $($rest:tt)*) => {
        #[inline]
        fn $name(self $(, $arg: $Arg)*) -> $Out {
            Self::$name(self $(, $arg)*)
        }
        forward! { $($rest)* }
    };
    (fn $name:ident($($arg:ident: $Arg:ty),*) -> $Out:ty; $($rest:tt)*) => {
        #[inline]
        fn $name($($arg: $Arg),*) -> $Out {
            Self::$name($($arg),*)
        }
        forward! { $($rest)* }
    };
}

fixed! {
    /// Signed, 32 integer bits (the sign among them) and 32 fraction bits: the epoch's numbers.
    I32F32(i64), frac 32, mul_shift_i64, div_shift_i64
}
fixed! {
    /// Signed, 64 integer bits (the sign among them) and 64 fraction bits: stake and flow averages.
    I64F64(i128), frac 64, mul_shift_i128, div_shift_i128
}
fixed! {
    /// Signed, 96 integer bits (the sign among them) and 32 fraction bits: issuance, moving prices.
    I96F32(i128), frac 32, mul_shift_i128, div_shift_i128
}
fixed! {
    /// Unsigned, 64 integer bits and 64 fraction bits: prices, shares of emission and of stake.
    U64F64(u128), frac 64, mul_shift_u128, div_shift_u128
}
fixed! {
    /// Unsigned, 96 integer bits and 32 fraction bits: emission and dividends.
    U96F32(u128), frac 32, mul_shift_u128, div_shift_u128
}

impl FixedSigned for I32F32 {}
impl FixedSigned for I64F64 {}
impl FixedSigned for I96F32 {}
