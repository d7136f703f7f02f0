//! The chain's series for e^x in I32F32: powers 2 to 31, with every floor.

#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
use super::floats::Floats;
use super::simd::{CHAINS, ONE};

/// Powers of the series.
const LAST_TERM: u64 = 31;

/// How much too large estimates of terms are made: `1 + 2^-50`.
const UP: f64 = 1.0 + 1.0 / (1u64 << 50) as f64;

/// `2^-49`: how far an estimate of a term may then lie above the true value, as a part of itself.
const SLACK: f64 = 1.0 / (1u64 << 49) as f64;

/// `e^x` by the series in doubles, for `x` from 0 to 9, and above zero where a term is in doubt.
///
/// The chain floors each product and each quotient; a floor of a floor over an integer is the floor of the whole, so
/// the next term is `floor(term * x / number)`. The double estimate of it carries four roundings, of `2^-53` each, and
/// is made too large by `2^-50`: it is never below the true value, and above it by less than `2^-49` of itself. Where
/// its fraction is larger than that the floors agree. That is nearly always; terms and their sum stay below `2^46`,
/// and doubles hold them exactly.
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
#[inline(always)]
pub(crate) fn in_floats<S: Floats>(s: S, x: &[S::F; CHAINS]) -> ([S::F; CHAINS], [S::F; CHAINS]) {
    let zero = s.float_splat(0.0);
    let mut factor = [zero; CHAINS];
    let mut term = *x;
    let mut sum = [zero; CHAINS];
    let mut lowest = [zero; CHAINS];
    for g in 0..CHAINS {
        factor[g] = s.float_mul(x[g], s.float_splat(UP / ONE as f64));
        sum[g] = s.float_add(x[g], s.float_splat(ONE as f64));
    }
    for number in 2..=LAST_TERM {
        let inverse = s.float_splat(1.0 / number as f64);
        for g in 0..CHAINS {
            let estimate = s.float_mul(term[g], s.float_mul(factor[g], inverse));
            term[g] = s.float_floor(estimate);
            let fraction = s.float_sub(estimate, term[g]);
            let slack = s.float_mul(estimate, s.float_splat(SLACK));
            lowest[g] = s.float_min(lowest[g], s.float_sub(fraction, slack));
            sum[g] = s.float_add(sum[g], term[g]);
        }
    }
    (
        sum,
        lowest.map(|lowest| s.float_where_greater(zero, lowest, s.float_splat(1.0))),
    )
}

/// `e^x` by the series in integers, for `x` from 0 to 9 in I32F32 bits.
///
/// Each term is the one before times `x`, floored, over its number, truncated. A product stays below
/// `9^9 / 8! < 2^14`, so below `2^46` in bits, and the sum below `2^46` too.
#[inline(always)]
pub(crate) fn in_integers<const CHAINS: usize>(x: [u64; CHAINS]) -> [u64; CHAINS] {
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

/// `floor(a / number)` for `a` below `2^46` and a number from 2 to 31.
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

/// The integer nearest to a double from 0 up to `2^52`: adding `2^52` moves the integer part into the low bits.
#[inline(always)]
pub(crate) fn nearest(a: f64) -> u64 {
    const MAGIC: f64 = (1u64 << 52) as f64;
    (a + MAGIC).to_bits() ^ MAGIC.to_bits()
}
