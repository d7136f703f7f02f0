//! The functions against the same steps on integers without limit.

mod common;

use common::{Wide, checked, fits};
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use yuma_fixed::pow::{MAX_PRECISION, pow_ratio_scaled, pow_ratio_scaled_exact};
use yuma_fixed::transcendental::{checked_sqrt, exp, ln, log2};
use yuma_fixed::{FixedSigned, I32F32, I64F64, I96F32, U64F64, U96F32};

/// A fraction cut to 23 fraction bits, as raw bits of the type.
fn constant_of_23_bits<T: Wide>(numerator: BigInt, denominator: BigInt) -> BigInt {
    ((numerator << 23u32) / denominator) << (T::FRAC_BITS - 23)
}

/// e as a fraction, the sum of 1/k! up to k = 40.
fn e() -> (BigInt, BigInt) {
    (1..=40).fold(
        (1.into(), 1.into()),
        |(sum, factorial): (BigInt, BigInt), k| (sum * k + 1, factorial * k),
    )
}

/// ln(2) as a fraction, twice the sum of (1/3)^k / k over odd k.
fn ln_two() -> (BigInt, BigInt) {
    let unit = BigInt::from(1) << 200u32;
    let sum: BigInt = (1u32..130)
        .step_by(2)
        .map(|k| &unit / (BigInt::from(3).pow(k) * k))
        .sum();
    (sum * 2, unit)
}

fn expected_exp<T: Wide>(x: T) -> Option<T> {
    let one = T::ONE.to_wide();
    let x = x.to_wide();
    if x == one {
        let (numerator, denominator) = e();
        return checked(&constant_of_23_bits::<T>(numerator, denominator));
    }
    let magnitude = BigInt::from(x.magnitude().clone());
    let mut term = one.clone();
    let mut sum = one.clone();
    for k in 1..T::FRAC_BITS {
        let product = (&term * &magnitude) >> T::FRAC_BITS;
        term = &product / k;
        sum += &term;
        if !fits::<T>(&product) || !fits::<T>(&sum) {
            return None;
        }
    }
    checked(&if x < BigInt::ZERO {
        (one << T::FRAC_BITS) / sum
    } else {
        sum
    })
}

fn expected_log2<T: Wide>(x: T) -> Option<T> {
    let one = T::ONE.to_wide();
    let x = x.to_wide();
    if x <= BigInt::ZERO {
        return None;
    }
    if x < one {
        let inverse: T = checked(&((&one << T::FRAC_BITS) / x))?;
        return checked(&-expected_log2(inverse)?.to_wide());
    }
    let two = &one * 2;
    let halve = |x: BigInt| (x + 1) / 2;
    let (mut x, mut log) = (x, BigInt::ZERO);
    while x >= two {
        x = halve(x);
        log += 1;
    }
    for _ in 0..T::FRAC_BITS {
        x = (&x * &x) >> T::FRAC_BITS;
        log *= 2;
        if x >= two {
            x = halve(x);
            log += 1;
        }
    }
    checked(&log)
}

fn expected_ln<T: Wide>(x: T) -> Option<T> {
    let (numerator, denominator) = ln_two();
    let log2_e = constant_of_23_bits::<T>(denominator, numerator);
    checked(&((expected_log2(x)?.to_wide() << T::FRAC_BITS) / log2_e))
}

/// Numbers whose exponential mostly fits, besides any.
fn exponents<T: Wide + FixedSigned>() -> impl Strategy<Value = T> {
    let one = i128::try_from(T::ONE.to_wide()).expect("a small number");
    prop_oneof![
        T::any(),
        (-45 * one..45 * one).prop_map(|bits| T::from_wide(&bits.into())),
        (-2i128..=2, -45i128..45)
            .prop_map(move |(offset, integer)| T::from_wide(&(integer * one + offset).into())),
    ]
}

macro_rules! transcendental {
    ($($module:ident: $Fixed:ident),*) => {$(
        mod $module {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(2048))]

                #[test]
                fn exponentials(x in exponents::<$Fixed>()) {
                    prop_assert_eq!(exp(x), expected_exp(x));
                }

                #[test]
                fn logarithms(x in $Fixed::any()) {
                    prop_assert_eq!(log2(x), expected_log2(x));
                    prop_assert_eq!(ln(x), expected_ln(x));
                }
            }

            #[test]
            fn only_plus_one_takes_the_constant() {
                let one = $Fixed::ONE;
                assert_eq!(exp(one), expected_exp(one));
                assert_eq!(exp(one.saturating_neg()), expected_exp(one.saturating_neg()));
                assert_ne!(exp(one.saturating_neg()), one.checked_div(exp(one).unwrap()));
                assert_eq!(exp($Fixed::MIN), None);
            }
        }
    )*};
}
transcendental!(i32f32: I32F32, i64f64: I64F64, i96f32: I96F32);

/// What bisection has to promise: root and quotient within epsilon, unless it gave up.
fn check_root<T: Wide>(x: T, epsilon: T) -> Result<(), TestCaseError> {
    let Some(root) = checked_sqrt(x, epsilon) else {
        prop_assert!(x < T::ZERO);
        return Ok(());
    };
    prop_assert!(x >= T::ZERO && root >= T::ZERO);
    if x.safe_div(root).abs_diff(root) <= epsilon {
        return Ok(());
    }
    // Given up: the interval has shrunk to nothing, so the root's neighbour is on the other side.
    let square = root.to_wide() * root.to_wide();
    let target = x.to_wide() << T::FRAC_BITS;
    let next = root.to_wide() + 2;
    prop_assert!(square <= target.clone() + root.to_wide() * 4 + 4 && &next * &next >= target);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn square_roots(
        a in I32F32::any(), b in I64F64::any(), c in I96F32::any(), d in U64F64::any(), e in U96F32::any(),
        epsilon_bits in 0u32..33,
    ) {
        check_root(a, I32F32::from_bits(1 << epsilon_bits))?;
        check_root(b, I64F64::from_bits(1 << epsilon_bits))?;
        check_root(c, I96F32::from_bits(1 << epsilon_bits))?;
        check_root(d, U64F64::from_bits(1 << epsilon_bits))?;
        check_root(e, U96F32::from_bits(1 << epsilon_bits))?;
    }
}

/// Reserves before and after a trade, of all sizes and of all proportions to each other.
fn bases() -> impl Strategy<Value = (u128, u128)> {
    let sized = || (any::<u128>(), 0..u128::BITS).prop_map(|(bits, shift)| bits >> shift);
    prop_oneof![
        (sized(), sized()),
        (any::<u64>(), 0..u64::BITS, any::<u64>(), 0..u64::BITS).prop_map(
            |(reserve, small, trade, size)| {
                let (reserve, trade) = (reserve >> small, trade >> size);
                (reserve.into(), reserve.saturating_add(trade).into())
            }
        ),
        (any::<u64>(), any::<u64>(), 0..u64::BITS).prop_map(|(reserve, trade, size)| {
            (reserve.into(), reserve.saturating_sub(trade >> size).into())
        }),
    ]
}

/// Weights against each other and against one, and integers small enough for a root.
fn ratios() -> impl Strategy<Value = (u64, u64)> {
    const ONE: u64 = 1_000_000_000_000_000_000;
    let weight = || ONE / 100..=ONE - ONE / 100;
    prop_oneof![
        3 => weight().prop_map(|weight| (weight, ONE - weight)),
        2 => weight().prop_map(|weight| (weight, ONE)),
        1 => (0u64..40, 0u64..40),
        1 => (any::<u64>(), 0..u64::BITS, any::<u64>()).prop_map(|(num, shift, den)| (num >> shift, den)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// The estimate with its bound gives what the original's steps give.
    #[test]
    fn powers(
        base in bases(),
        exponent in ratios(),
        precision in prop_oneof![Just(256u32), Just(1024), 0..400u32],
        scale in prop_oneof![Just(1_000_000_000_000_000_000), any::<u64>(), 0..10u64],
    ) {
        let exact = pow_ratio_scaled_exact(base.0, base.1, exponent.0, exponent.1, precision, scale);
        let saturated = exact.map(|power| {
            if power < BigInt::ZERO { 0 } else { u128::try_from(power).unwrap_or(u128::MAX) }
        });
        let fast = pow_ratio_scaled(base.0, base.1, exponent.0, exponent.1, precision, scale);
        prop_assert_eq!(fast, saturated);
    }

    /// Small exponents have an exact floor: it, and not the next integer, has a small enough power.
    #[test]
    fn roots(
        num in 1..u128::MAX, den in 1..u128::MAX, shift in 0..u128::BITS,
        exp_num in 1u32..12, exp_den in 1u32..12, scale: u64,
    ) {
        let num = (num >> shift).max(1);
        let power = pow_ratio_scaled_exact(num, den, exp_num.into(), exp_den.into(), 0, scale).unwrap();
        let power = power.to_biguint().expect("no negative power");
        let below = |root: BigUint| {
            root.pow(exp_den) * BigUint::from(den).pow(exp_num)
                <= BigUint::from(num).pow(exp_num) * BigUint::from(scale).pow(exp_den)
        };
        prop_assert!(below(power.clone()));
        prop_assert!(!below(power + 1u32));
    }
}

#[test]
fn powers_without_an_answer() {
    for power in [
        |n, d, p, s, bits| pow_ratio_scaled(n, d, p, s, bits, 7).map(BigInt::from),
        |n, d, p, s, bits| pow_ratio_scaled_exact(n, d, p, s, bits, 7),
    ] {
        assert_eq!(power(1, 0, 1, 1, 256), None);
        assert_eq!(power(1, 1, 1, 0, 256), None);
        assert_eq!(power(1, 1, 1, 1, MAX_PRECISION + 1), None);
        assert_eq!(power(0, 1, 0, 1, 256), Some(0.into()));
        assert_eq!(power(3, 1, 0, 1, 256), Some(7.into()));
    }
}
