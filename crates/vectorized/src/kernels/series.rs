//! The chain's series for e^x in I32F32, in integers: powers 2 to 31, with every floor of the chain.

use super::rounding::nearest;
use super::simd::ONE;

/// The last power of the series.
pub(crate) const LAST_TERM: u64 = 31;

/// Returns `e^x` by the series, for each `x` from 0 to 9 in I32F32 bits.
///
/// Each term is the one before times `x`, floored, over its number, truncated. A product stays below
/// `9^9 / 8! < 2^14`, so below `2^46` in bits, and the sum below `2^46` too.
#[inline(always)]
pub(crate) fn exp_series<const CHAINS: usize>(x: [u64; CHAINS]) -> [u64; CHAINS] {
    const LOW: u64 = ONE - 1;
    let mut term = x;
    let mut sum = x.map(|x| x + ONE);
    for number in 2..=LAST_TERM {
        for g in 0..CHAINS {
            let (x_high, x_low) = (x[g] >> 32, x[g] & LOW);
            let (high, low) = (term[g] >> 32, term[g] & LOW);
            let product =
                ((high * x_high) << 32) + high * x_low + low * x_high + ((low * x_low) >> 32);
            term[g] = over_number(product, number);
            sum[g] += term[g];
        }
    }
    sum
}

/// Returns `floor(a / number)` for `a` below `2^46` and a number from 2 to 31.
///
/// The true quotient's fraction is a multiple of `1 / number`. Moved by `1 / (2 number) - 1/2` it is at least
/// `1 / (2 number)` away from where rounding to nearest turns, and the three roundings of the estimate err by less
/// than `0.03 / number`. One is added before and taken off after, to stay clear of zero.
#[inline(always)]
fn over_number(a: u64, number: u64) -> u64 {
    let inverse = 1.0 / number as f64;
    let moved = a as f64 * inverse + (0.5 + 0.5 * inverse);
    nearest(moved) - 1
}
