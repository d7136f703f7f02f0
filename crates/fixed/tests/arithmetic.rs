//! Every operation of every type against integers without limit.

mod common;

use std::cmp::Ordering;

use common::{Wide, checked};
use num_bigint::BigInt;
use num_integer::Integer;
use proptest::prelude::*;
use yuma_fixed::{I32F32, I64F64, I96F32, U64F64, U96F32};

/// The number nearest to the one of these raw bits.
fn saturating<F: Wide>(bits: &BigInt) -> F {
    F::from_wide(bits.clamp(&F::MIN.to_wide(), &F::MAX.to_wide()))
}

/// The number that the low bits make.
fn wrapping<F: Wide>(bits: &BigInt) -> F {
    let size = F::MAX.to_wide() - F::MIN.to_wide() + 1;
    let mut low = (bits - F::MIN.to_wide()) % &size;
    if low < BigInt::ZERO {
        low += size;
    }
    F::from_wide(&(low + F::MIN.to_wide()))
}

/// Integers of all sizes, where a plain random one is almost always huge.
fn integers() -> impl Strategy<Value = i128> {
    (any::<i128>(), 0..i128::BITS, -2i128..=2)
        .prop_map(|(bits, shift, offset)| (bits >> shift).saturating_add(offset))
}

/// Random bit patterns, and finite numbers within and just outside the types' ranges.
fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        (any::<f64>(), -70i32..130).prop_map(|(float, exponent)| {
            let mantissa = f64::from_bits((float.to_bits() & !(0x7FF << 52)) | (1023 << 52));
            mantissa * 2f64.powi(exponent)
        }),
        // Ties at 32 and at 64 fraction bits.
        (integers(), 0..70i32).prop_map(|(integer, halves)| integer as f64 / 2f64.powi(halves)),
    ]
}

/// The integer nearest to `value * 2^frac_bits`, ties to even.
fn scaled(value: f64, frac_bits: u32) -> BigInt {
    // Every finite f64 is an integer of units of 2^-1074.
    let bits = value.abs().to_bits();
    let (exponent, fraction) = (bits >> 52, BigInt::from(bits & ((1 << 52) - 1)));
    let units = match exponent {
        0 => fraction,
        _ => (fraction + (BigInt::from(1) << 52u32)) << (exponent - 1),
    };
    let divisor = BigInt::from(1) << 1074u32;
    let (floor, rest): (BigInt, BigInt) = (units << frac_bits).div_rem(&divisor);
    let twice: BigInt = rest * 2;
    let up = match twice.cmp(&divisor) {
        Ordering::Less => false,
        Ordering::Equal => floor.is_odd(),
        Ordering::Greater => true,
    };
    let magnitude = floor + i32::from(up);
    if value < 0.0 { -magnitude } else { magnitude }
}

macro_rules! arithmetic {
    ($($module:ident: $Fixed:ident),*) => {$(
        mod $module {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(4096))]

                #[test]
                fn sums(a in $Fixed::any(), b in $Fixed::any()) {
                    let (x, y) = (a.to_wide(), b.to_wide());
                    prop_assert_eq!(a.checked_add(b), checked(&(&x + &y)));
                    prop_assert_eq!(a.saturating_add(b), saturating(&(&x + &y)));
                    prop_assert_eq!(a.wrapping_add(b), wrapping(&(&x + &y)));
                    prop_assert_eq!(a.checked_sub(b), checked(&(&x - &y)));
                    prop_assert_eq!(a.saturating_sub(b), saturating(&(&x - &y)));
                    prop_assert_eq!(a.wrapping_sub(b), wrapping(&(&x - &y)));
                    prop_assert_eq!(a.checked_neg(), checked(&-&x));
                    prop_assert_eq!(a.saturating_neg(), saturating(&-&x));
                    prop_assert_eq!(a.abs_diff(b), saturating(&(&x - &y).max(&y - &x)));
                    prop_assert_eq!(a.saturating_abs(), saturating(&x.clone().max(-&x)));
                    prop_assert_eq!(a.is_negative(), x < BigInt::ZERO);
                    prop_assert_eq!(a.cmp(&b), x.cmp(&y));
                }

                #[test]
                fn products(a in $Fixed::any(), b in $Fixed::any()) {
                    let exact = (a.to_wide() * b.to_wide()) >> $Fixed::FRAC_BITS;
                    prop_assert_eq!(a.checked_mul(b), checked(&exact));
                    prop_assert_eq!(a.saturating_mul(b), saturating(&exact));
                    prop_assert_eq!(a.wrapping_mul(b), wrapping(&exact));
                }

                #[test]
                fn quotients(a in $Fixed::any(), b in $Fixed::any(), default in $Fixed::any()) {
                    prop_assume!(b != $Fixed::ZERO);
                    let exact = (a.to_wide() << $Fixed::FRAC_BITS) / b.to_wide();
                    prop_assert_eq!(a.checked_div(b), checked(&exact));
                    prop_assert_eq!(a.saturating_div(b), saturating(&exact));
                    prop_assert_eq!(a.safe_div(b), checked(&exact).unwrap_or($Fixed::ZERO));
                    prop_assert_eq!(a.safe_div_or(b, default), checked(&exact).unwrap_or(default));
                }

                /// Quotients at the edge of the type's range, where the divisor decides.
                #[test]
                fn large_quotients(quotient in $Fixed::any(), b in $Fixed::any(), offset in -2i32..=2) {
                    prop_assume!(b != $Fixed::ZERO);
                    let product: BigInt = quotient.to_wide() * b.to_wide();
                    let dividend = (product >> $Fixed::FRAC_BITS) + offset;
                    let a: $Fixed = saturating(&dividend);
                    let exact = (a.to_wide() << $Fixed::FRAC_BITS) / b.to_wide();
                    prop_assert_eq!(a.checked_div(b), checked(&exact));
                    prop_assert_eq!(a.saturating_div(b), saturating(&exact));
                }

                #[test]
                fn division_by_zero(a in $Fixed::any(), default in $Fixed::any()) {
                    prop_assert_eq!(a.checked_div($Fixed::ZERO), None);
                    prop_assert_eq!(a.safe_div($Fixed::ZERO), $Fixed::ZERO);
                    prop_assert_eq!(a.safe_div_or($Fixed::ZERO, default), default);
                    let endless = match a.cmp(&$Fixed::ZERO) {
                        Ordering::Less => $Fixed::MIN,
                        Ordering::Equal => $Fixed::ZERO,
                        Ordering::Greater => $Fixed::MAX,
                    };
                    prop_assert_eq!(a.saturating_div($Fixed::ZERO), endless);
                }

                #[test]
                fn roundings(a in $Fixed::any()) {
                    let (x, one) = (a.to_wide(), $Fixed::ONE.to_wide());
                    let floor = x.div_floor(&one) * &one;
                    prop_assert_eq!(a.floor().to_wide(), floor.clone());
                    prop_assert_eq!(a.int(), a.floor());
                    prop_assert_eq!(a.frac().to_wide(), &x - floor);
                    let half = &one / 2;
                    let away = if x < BigInt::ZERO { &x - half } else { &x + half };
                    prop_assert_eq!(a.round(), wrapping(&(away / &one * &one)));
                }

                #[test]
                fn to_integers(a in $Fixed::any()) {
                    let floor = a.to_wide() >> $Fixed::FRAC_BITS;
                    let clamped = |least: BigInt, most: BigInt| floor.clone().clamp(least, most);
                    prop_assert_eq!(BigInt::from(a.saturating_to_u16()), clamped(0.into(), u16::MAX.into()));
                    prop_assert_eq!(BigInt::from(a.saturating_to_u64()), clamped(0.into(), u64::MAX.into()));
                    prop_assert_eq!(BigInt::from(a.saturating_to_i64()), clamped(i64::MIN.into(), i64::MAX.into()));
                    prop_assert_eq!(BigInt::from(a.saturating_to_u128()), clamped(0.into(), u128::MAX.into()));
                    prop_assert_eq!(BigInt::from(a.saturating_to_i128()), floor);
                }

                #[test]
                fn from_integers(integer in integers()) {
                    let bits = BigInt::from(integer) << $Fixed::FRAC_BITS;
                    prop_assert_eq!($Fixed::saturating_from_int(integer), saturating(&bits));
                    prop_assert_eq!($Fixed::wrapping_from_int(integer), wrapping(&bits));
                }

                #[test]
                fn from_floats(float in floats()) {
                    prop_assume!(float.is_finite());
                    let expected: $Fixed = saturating(&scaled(float, $Fixed::FRAC_BITS));
                    prop_assert_eq!($Fixed::saturating_from_f64(float), expected);
                }

                #[test]
                fn from_fixed(
                    a in I32F32::any(), b in I64F64::any(), c in I96F32::any(),
                    d in U64F64::any(), e in U96F32::any(),
                ) {
                    let moved = |bits: BigInt, frac_bits: u32| (bits << $Fixed::FRAC_BITS) >> frac_bits;
                    for (converted, wrapped, bits) in [
                        ($Fixed::saturating_from(a), $Fixed::wrapping_from(a), moved(a.to_wide(), 32)),
                        ($Fixed::saturating_from(b), $Fixed::wrapping_from(b), moved(b.to_wide(), 64)),
                        ($Fixed::saturating_from(c), $Fixed::wrapping_from(c), moved(c.to_wide(), 32)),
                        ($Fixed::saturating_from(d), $Fixed::wrapping_from(d), moved(d.to_wide(), 64)),
                        ($Fixed::saturating_from(e), $Fixed::wrapping_from(e), moved(e.to_wide(), 32)),
                    ] {
                        prop_assert_eq!(converted, saturating(&bits));
                        prop_assert_eq!(wrapped, wrapping(&bits));
                    }
                }
            }

            #[test]
            fn special_floats() {
                assert_eq!($Fixed::saturating_from_f64(f64::NAN), $Fixed::ZERO);
                assert_eq!($Fixed::saturating_from_f64(f64::INFINITY), $Fixed::MAX);
                assert_eq!($Fixed::saturating_from_f64(f64::NEG_INFINITY), $Fixed::MIN);
                assert_eq!($Fixed::saturating_from_f64(-0.0), $Fixed::ZERO);
            }
        }
    )*};
}
arithmetic!(i32f32: I32F32, i64f64: I64F64, i96f32: I96F32, u64f64: U64F64, u96f32: U96F32);
