//! Single values and columns out of a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};
use fastrand::Rng;

/// A number of any size: small ones, ones beside a power of two, great ones, and any.
pub fn word(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match u.int_in_range(0..=7)? {
        0 => 0,
        1 => 1,
        2 => u.arbitrary::<u8>()?.into(),
        3 => u.arbitrary::<u16>()?.into(),
        4 => u.arbitrary::<u32>()?.into(),
        5 => u64::MAX - u64::from(u.arbitrary::<u8>()?),
        6 => near_power(u)?,
        _ => u.arbitrary()?,
    })
}

fn near_power(u: &mut Unstructured<'_>) -> Result<u64> {
    let power = 1u64 << u.int_in_range(0..=63)?;
    Ok(power.wrapping_add_signed(u.arbitrary::<i8>()?.into()))
}

/// The same of 16 bits.
pub fn half_word(u: &mut Unstructured<'_>) -> Result<u16> {
    Ok(match u.int_in_range(0..=3)? {
        0 => 0,
        1 => u16::MAX,
        2 => u.arbitrary::<u8>()?.into(),
        _ => u.arbitrary()?,
    })
}

/// The same of 128 bits.
pub fn wide(u: &mut Unstructured<'_>) -> Result<u128> {
    Ok(u128::from(word(u)?) << 64 | u128::from(word(u)?))
}

/// Rao of what there can be of TAO or alpha, and now and then any number.
pub fn rao(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match u.int_in_range(0..=7)? {
        0 => 0,
        1 => word(u)?,
        2 => u.arbitrary::<u16>()?.into(),
        3 => u.arbitrary::<u32>()?.into(),
        _ => u.int_in_range(0..=21_000_000_000_000_000)?,
    })
}

/// One time in so many.
pub fn one_in(u: &mut Unstructured<'_>, count: u8) -> Result<bool> {
    u.ratio(1, count)
}

/// A value, or none.
pub fn maybe<T>(
    u: &mut Unstructured<'_>,
    value: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    u.arbitrary::<bool>()?.then(|| value(u)).transpose()
}

/// A column of so many values: each of its own, all the same, or, so that long ones take few bytes, each drawn by a
/// generator from a few of their own.
pub fn column<T: Clone>(
    u: &mut Unstructured<'_>,
    len: usize,
    mut value: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    match u.int_in_range(0..=2)? {
        0 => (0..len).map(|_| value(u)).collect(),
        1 => Ok(vec![value(u)?; len]),
        _ => {
            let count = u.int_in_range(1..=8)?;
            let few = (0..count).map(|_| value(u)).collect::<Result<Vec<T>>>()?;
            let mut rng = Rng::with_seed(u.arbitrary()?);
            Ok((0..len).map(|_| few[rng.usize(0..count)].clone()).collect())
        }
    }
}

/// How long a column is that has mostly `n` values.
pub fn len_near(u: &mut Unstructured<'_>, n: usize) -> Result<usize> {
    Ok(match u.int_in_range(0..=15)? {
        0 => u.int_in_range(0..=n + 3)?,
        1 => 0,
        _ => n,
    })
}

/// Any value of a type.
pub fn any<'a, T: Arbitrary<'a>>(u: &mut Unstructured<'a>) -> Result<T> {
    u.arbitrary()
}
