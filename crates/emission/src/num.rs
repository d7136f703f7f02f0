//! Integers as fixed-point numbers, and quotients of 256-bit products.

use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};

/// A u64 always fits.
#[inline]
pub(crate) const fn u96f32(value: u64) -> U96F32 {
    U96F32::from_bits((value as u128) << U96F32::FRAC_BITS)
}

/// A u64 always fits.
#[inline]
pub(crate) const fn u64f64(value: u64) -> U64F64 {
    U64F64::from_bits((value as u128) << U64F64::FRAC_BITS)
}

/// A u64 always fits.
#[inline]
pub(crate) const fn i96f32(value: u64) -> I96F32 {
    I96F32::from_bits((value as i128) << I96F32::FRAC_BITS)
}

/// Above `i64::MAX` saturates.
#[inline]
pub(crate) const fn i64f64(value: u64) -> I64F64 {
    I64F64::saturating_from_int(value as i128)
}

/// `floor((a * b + addend) / divisor)`; `None` where `divisor` is 0 or the quotient exceeds 128 bits.
#[inline]
pub(crate) fn mul_add_div(a: u128, b: u128, addend: u128, divisor: u128) -> Option<u128> {
    let (low, high) = a.carrying_mul(b, addend);
    if high >= divisor {
        return None;
    }
    if high == 0 {
        return Some(low / divisor);
    }
    // Knuth's algorithm D, for two digits of 64 bits by a divisor of two digits.
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let high = if shift == 0 {
        high
    } else {
        (high << shift) | (low >> (128 - shift))
    };
    let low = low << shift;
    let (first, rest) = next_digit(high, low >> 64, divisor);
    let (second, _) = next_digit(rest, low & u64::MAX as u128, divisor);
    Some((first << 64) | second)
}

/// Digit and rest of `(rest * 2^64 + next) / divisor`, of `rest` below `divisor`, whose top bit is set.
fn next_digit(rest: u128, next: u128, divisor: u128) -> (u128, u128) {
    let (divisor_high, divisor_low) = (divisor >> 64, divisor & u64::MAX as u128);
    let mut digit = rest / divisor_high;
    if digit > u64::MAX as u128 {
        digit = u64::MAX as u128;
    }
    let mut partial = rest - digit * divisor_high;
    while partial >> 64 == 0 && digit * divisor_low > (partial << 64) | next {
        digit -= 1;
        partial += divisor_high;
    }
    let rest = ((rest << 64) | next).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, rest)
}

/// Keys in ascending order, each with its place, which orders equal ones.
///
/// One sort of words for all that is put in order: each type's own would take kilobytes of a WebAssembly
/// module.
pub fn ascending(keys: impl Iterator<Item = u32>) -> Vec<(u32, usize)> {
    let words = (0u64..)
        .zip(keys)
        .map(|(place, key)| u64::from(key) << 32 | place);
    pairs_in_order(words.collect())
}

#[inline(never)]
fn pairs_in_order(mut words: Vec<u64>) -> Vec<(u32, usize)> {
    words.sort_unstable();
    let pair = |word: u64| ((word >> 32) as u32, word as u32 as usize);
    words.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::mul_add_div;
    use num_bigint::BigUint;

    #[test]
    fn mul_add_div_is_the_floor_of_the_exact_quotient() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut wide = 0;
        for _ in 0..200_000 {
            let mut number = || {
                let bits = random() % 129;
                let full = (u128::from(random()) << 64) | u128::from(random());
                // Runs of ones make the digit estimate err the most.
                let full = if random() % 4 == 0 {
                    full | (u128::MAX >> 5)
                } else {
                    full
                };
                full.checked_shr(128 - bits as u32).unwrap_or(0)
            };
            let (a, b, addend, divisor) = (number(), number(), number(), number());
            let exact = (divisor != 0)
                .then(|| (BigUint::from(a) * b + addend) / divisor)
                .and_then(|quotient| u128::try_from(quotient).ok());
            assert_eq!(mul_add_div(a, b, addend, divisor), exact);
            wide += u32::from(exact.is_some() && a.carrying_mul(b, addend).1 != 0);
        }
        assert!(wide > 10_000, "{wide} long divisions tried");
    }
}
