//! The chain's fixed-point numbers against integers without limit: no rounding but the one that is named, no limit but
//! the type's, and none of the crate's code.

use crate::values::{wide, word};
use arbitrary::{Result, Unstructured};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use std::fmt::Debug;
use yuma_fixed::pow::{MAX_PRECISION, pow_ratio_scaled, pow_ratio_scaled_exact};
use yuma_fixed::transcendental::{checked_sqrt, exp, ln, log2};
use yuma_fixed::{Fixed, FixedSigned, I32F32, I64F64, I96F32, U64F64, U96F32};

/// See the module.
pub fn check(data: &[u8]) {
    // Bytes that are too few for what they choose are no input.
    let _ = read_and_check(&mut Unstructured::new(data));
}

fn read_and_check(u: &mut Unstructured<'_>) -> Result<()> {
    match u.int_in_range(0..=6)? {
        0 => signed::<I32F32>(u),
        1 => signed::<I64F64>(u),
        2 => signed::<I96F32>(u),
        3 => arithmetic::<U64F64>(u).map(drop),
        4 => arithmetic::<U96F32>(u).map(drop),
        5 => conversions(u),
        _ => powers(u),
    }
}

/// A type seen from outside: its raw bits as an integer without limit.
trait Plain: Fixed + Debug {
    fn bits(self) -> BigInt;
    /// The number of these low bits.
    fn of(low: u128) -> Self;
    /// Operations that are not of the trait [`Fixed`].
    fn own(self) -> Own<Self>;
}

/// What operations that are not of the trait [`Fixed`] give.
struct Own<F> {
    floor: F,
    frac: F,
    round: F,
    to_u16: u16,
    to_u64: u64,
    to_i64: i64,
    to_u128: u128,
    to_i128: i128,
}

macro_rules! plain {
    ($($Fixed:ident: $Bits:ident),*) => {$(
        impl Plain for $Fixed {
            fn bits(self) -> BigInt {
                self.to_bits().into()
            }

            fn of(low: u128) -> Self {
                Self::from_bits(low as $Bits)
            }

            fn own(self) -> Own<Self> {
                Own {
                    floor: self.floor(),
                    frac: self.frac(),
                    round: self.round(),
                    to_u16: self.saturating_to_u16(),
                    to_u64: self.saturating_to_u64(),
                    to_i64: self.saturating_to_i64(),
                    to_u128: self.saturating_to_u128(),
                    to_i128: self.saturating_to_i128(),
                }
            }
        }
    )*};
}
plain!(I32F32: i64, I64F64: i128, I96F32: i128, U64F64: u128, U96F32: u128);

/// The number of these raw bits, where the type has it.
fn exact<F: Plain>(bits: &BigInt) -> Option<F> {
    let number = low::<F>(bits);
    (number.bits() == *bits).then_some(number)
}

/// The number that the low bits make.
fn low<F: Plain>(bits: &BigInt) -> F {
    let size = BigInt::from(1) << 128u32;
    F::of(u128::try_from(bits.mod_floor(&size)).expect("128 bits"))
}

/// The number that is nearest to the one of these raw bits.
fn nearest<F: Plain>(bits: &BigInt) -> F {
    exact(bits).unwrap_or(match bits.sign() {
        Sign::Minus => F::MIN,
        _ => F::MAX,
    })
}

/// A number of any size, the great ones, the small ones and the halves of its type often.
fn number<F: Plain>(u: &mut Unstructured<'_>) -> Result<F> {
    let bits = match u.int_in_range(0..=4)? {
        0 => u128::from(word(u)?),
        1 => u128::from(word(u)?) << u.int_in_range(0..=64)?,
        2 => u128::from(u.arbitrary::<u16>()?) << (F::FRAC_BITS - 1),
        _ => wide(u)?,
    };
    Ok(F::of(match u.arbitrary()? {
        true => bits.wrapping_neg(),
        false => bits,
    }))
}

fn arithmetic<F: Plain>(u: &mut Unstructured<'_>) -> Result<(F, F)> {
    let (a, b) = (number::<F>(u)?, number::<F>(u)?);
    let (x, y) = (a.bits(), b.bits());
    let (sum, difference) = (&x + &y, &x - &y);
    assert_eq!(a.checked_add(b), exact(&sum), "{a:?} + {b:?}");
    assert_eq!(a.saturating_add(b), nearest(&sum), "{a:?} + {b:?}");
    assert_eq!(a.wrapping_add(b), low(&sum), "{a:?} + {b:?}");
    assert_eq!(a.checked_sub(b), exact(&difference), "{a:?} - {b:?}");
    assert_eq!(a.saturating_sub(b), nearest(&difference), "{a:?} - {b:?}");
    assert_eq!(a.wrapping_sub(b), low(&difference), "{a:?} - {b:?}");
    assert_eq!(a.checked_neg(), exact(&-&x), "-{a:?}");
    let apart = difference.magnitude().clone().into();
    assert_eq!(a.abs_diff(b), nearest(&apart), "{a:?} from {b:?}");
    assert_eq!(a.cmp(&b), x.cmp(&y), "{a:?} against {b:?}");

    let product = (&x * &y) >> F::FRAC_BITS;
    assert_eq!(a.checked_mul(b), exact(&product), "{a:?} * {b:?}");
    assert_eq!(a.saturating_mul(b), nearest(&product), "{a:?} * {b:?}");
    assert_eq!(a.wrapping_mul(b), low(&product), "{a:?} * {b:?}");

    if y != BigInt::ZERO {
        let quotient = (&x << F::FRAC_BITS) / &y;
        assert_eq!(a.checked_div(b), exact(&quotient), "{a:?} / {b:?}");
        assert_eq!(a.saturating_div(b), nearest(&quotient), "{a:?} / {b:?}");
        let fitting = exact(&quotient);
        assert_eq!(a.safe_div(b), fitting.unwrap_or(F::ZERO), "{a:?} / {b:?}");
        assert_eq!(a.safe_div_or(b, a), fitting.unwrap_or(a), "{a:?} / {b:?}");
    } else {
        assert_eq!(a.checked_div(b), None, "{a:?} / 0");
        assert_eq!(a.safe_div_or(b, a), a, "{a:?} / 0");
    }
    rounded(a);
    Ok((a, b))
}

fn rounded<F: Plain>(a: F) {
    let (x, one) = (a.bits(), F::ONE.bits());
    let own = a.own();
    let floor = x.div_floor(&one);
    assert_eq!(own.floor.bits(), &floor * &one, "{a:?}");
    assert_eq!(own.frac.bits(), x.mod_floor(&one), "{a:?}");
    let half = &one / 2;
    let away = match x.sign() {
        Sign::Minus => (&x - half) / &one,
        _ => (&x + half) / &one,
    };
    assert_eq!(own.round, low(&(away * &one)), "{a:?}");
    let within = |least: BigInt, most: BigInt| floor.clone().clamp(least, most);
    let zero = || BigInt::ZERO;
    assert_eq!(BigInt::from(own.to_u16), within(zero(), u16::MAX.into()));
    assert_eq!(BigInt::from(own.to_u64), within(zero(), u64::MAX.into()));
    assert_eq!(BigInt::from(own.to_u128), within(zero(), u128::MAX.into()));
    assert_eq!(
        BigInt::from(own.to_i64),
        within(i64::MIN.into(), i64::MAX.into())
    );
    assert_eq!(BigInt::from(own.to_i128), floor, "{a:?}");
}

fn signed<F: Plain + FixedSigned>(u: &mut Unstructured<'_>) -> Result<()> {
    let (a, epsilon) = arithmetic::<F>(u)?;
    assert_eq!(exp(a), plain_exp(a), "exp {a:?}");
    assert_eq!(log2(a), plain_log2(a), "log2 {a:?}");
    assert_eq!(ln(a), plain_ln(a), "ln {a:?}");
    let root = checked_sqrt(a, epsilon);
    assert_eq!(root.is_none(), a < F::ZERO, "root of {a:?}");
    Ok(())
}

/// The sum of the first terms of the exponential's series, each rounded as the original does; of a negative number the
/// reciprocal.
fn plain_exp<F: Plain>(a: F) -> Option<F> {
    /// e, cut to 23 fraction bits.
    const E: u32 = 22_802_600;
    let one = F::ONE.bits();
    let x = a.bits();
    if x == one {
        return Some(low(&(BigInt::from(E) << (F::FRAC_BITS - 23))));
    }
    let magnitude = BigInt::from(x.magnitude().clone());
    exact::<F>(&magnitude)?;
    let (mut term, mut sum) = (one.clone(), one.clone());
    for k in 1..F::FRAC_BITS {
        let product = (&term * &magnitude) >> F::FRAC_BITS;
        exact::<F>(&product)?;
        term = product / k;
        sum += &term;
        exact::<F>(&sum)?;
    }
    match x.sign() {
        Sign::Minus => exact(&((one << F::FRAC_BITS) / sum)),
        _ => exact(&sum),
    }
}

/// The binary logarithm bit by bit, by squaring; below one, minus that of the reciprocal.
fn plain_log2<F: Plain>(a: F) -> Option<F> {
    let one = F::ONE.bits();
    let x = a.bits();
    if x <= BigInt::ZERO {
        return None;
    }
    if x < one {
        let inverse = exact::<F>(&((&one << F::FRAC_BITS) / x))?;
        return exact(&-plain_log2(inverse)?.bits());
    }
    let two = &one * 2;
    let (mut x, mut log) = (x, BigInt::ZERO);
    while x >= two {
        x = (x + 1) / 2;
        log += 1;
    }
    for _ in 0..F::FRAC_BITS {
        x = (&x * &x) >> F::FRAC_BITS;
        log *= 2;
        if x >= two {
            x = (x + 1) / 2;
            log += 1;
        }
    }
    exact(&log)
}

fn plain_ln<F: Plain>(a: F) -> Option<F> {
    /// The binary logarithm of e, cut to 23 fraction bits.
    const LOG2_E: u32 = 12_102_203;
    let divisor = BigInt::from(LOG2_E) << (F::FRAC_BITS - 23);
    exact(&((plain_log2(a)?.bits() << F::FRAC_BITS) / divisor))
}

fn conversions(u: &mut Unstructured<'_>) -> Result<()> {
    fn from<F: Plain>(u: &mut Unstructured<'_>) -> Result<()> {
        let number = number::<F>(u)?;
        to::<F, I32F32>(number);
        to::<F, I64F64>(number);
        to::<F, I96F32>(number);
        to::<F, U64F64>(number);
        to::<F, U96F32>(number);
        let integer = wide(u)? as i128;
        let bits = BigInt::from(integer) << F::FRAC_BITS;
        assert_eq!(F::saturating_from_int(integer), nearest(&bits), "{integer}");
        Ok(())
    }
    fn to<F: Plain, T: Plain>(number: F) {
        let bits = (number.bits() << T::FRAC_BITS) >> F::FRAC_BITS;
        assert_eq!(T::saturating_from(number), nearest(&bits), "{number:?}");
        assert_eq!(T::wrapping_from(number), low(&bits), "{number:?}");
    }
    from::<I32F32>(u)?;
    from::<I64F64>(u)?;
    from::<I96F32>(u)?;
    from::<U64F64>(u)?;
    from::<U96F32>(u)
}

/// The power that the pools price with, estimated, against the original's own steps.
fn powers(u: &mut Unstructured<'_>) -> Result<()> {
    let (base_num, base_den) = (wide(u)?, wide(u)?);
    // Roots of small terms are taken of integers, whose powers grow with them.
    let (exp_num, exp_den) = match u.arbitrary()? {
        true => (u.int_in_range(0..=20)?, u.int_in_range(0..=20)?),
        false => (word(u)? >> 2, word(u)? >> 2),
    };
    let precision = match u.int_in_range(0..=3)? {
        0 => u.int_in_range(0..=300)?,
        1 => MAX_PRECISION + 1,
        _ => 256,
    };
    let scale = word(u)?;
    let args = (base_num, base_den, exp_num, exp_den, precision, scale);
    let fast = pow_ratio_scaled(base_num, base_den, exp_num, exp_den, precision, scale);
    let exact = pow_ratio_scaled_exact(base_num, base_den, exp_num, exp_den, precision, scale);
    let saturated = exact.map(|exact| match exact.sign() {
        Sign::Minus => 0,
        _ => u128::try_from(exact).unwrap_or(u128::MAX),
    });
    assert_eq!(fast, saturated, "{args:?}");
    Ok(())
}
