//! The chain's series for e^x in I32F32: powers 2 to 31, with every floor.

use super::portable::Portable;
use super::simd::{ONE, Reals};
use super::whole::nearest;

/// Powers of the series.
pub(crate) const LAST_TERM: u64 = 31;

/// More than the series in I32F32 bits can be below `2^32 * e^x`, for `x` up to 6.5.
///
/// Each floor takes off less than one, and with that what later terms would have made of it: `x` over each of their
/// numbers. All of it sums to less than 104, and the powers beyond the last to less than 3 (tested below).
const LOSS: f64 = 128.0;

/// The coefficients of `e^-u` in pairs of powers of `u`, the highest first.
const DECAY: [[f64; 2]; 3] = [
    [1.0 / 24.0, -1.0 / 120.0],
    [1.0 / 2.0, -1.0 / 6.0],
    [1.0, -1.0],
];

/// How often `e^-u` is squared, for `u = x / 2^9`. That many powers and squarings are the fewest operations together.
const SQUARINGS: u32 = 9;

/// How far the doubles' sigmoid can be from the true one, as a part of itself: `2^-37`. Next to the loss it is little.
///
/// `u` is at most 0.0127: the powers left out are less than `2^-47` of the whole, and the polynomial's roundings less
/// than `2^-51`. The squarings make that less than `2^-37.9`, and add roundings of less than `2^-43`; sum and quotient
/// add less than `2^-51`.
const SIGMOID_ERROR: f64 = 1.0 / (1u64 << 37) as f64;

/// `floor(2^64 / (2^32 + e^x))`, e^x by the series, for `x` from 0 to 6.5, and above zero where that is in doubt.
///
/// The series is at most `2^32 * e^x`, and less by [`LOSS`] at most. With `y = e^-x` and `z = y / (1 + y)`, the quotient
/// lies between `2^32 * z` and that over `1 - LOSS * z / 2^32`, which is less than `2^32 * z + (LOSS + 1) * z^2`. Where
/// the latter is not above the next integer, the terms need not be known. For `x` about 5, as of the usual sigmoid, it
/// is for one in a few hundred.
#[inline(always)]
pub(crate) fn sigmoid<S: Reals, const CHAINS: usize>(
    s: S,
    x: &[S::F; CHAINS],
) -> ([S::F; CHAINS], [S::F; CHAINS]) {
    let one = s.float_splat(1.0);
    let mut u = *x;
    for u in &mut u {
        *u = s.float_mul(*u, s.float_splat(1.0 / (ONE << SQUARINGS) as f64));
    }
    let mut y = u;
    for (y, &u) in y.iter_mut().zip(&u) {
        let square = s.float_mul(u, u);
        *y = pair(s, u, DECAY[0]);
        for &powers in &DECAY[1..] {
            *y = s.float_add(pair(s, u, powers), s.float_mul(*y, square));
        }
    }
    for _ in 0..SQUARINGS {
        for y in &mut y {
            *y = s.float_mul(*y, *y);
        }
    }
    let mut value = y;
    let mut doubt = y;
    for g in 0..CHAINS {
        let z = s.float_div(y[g], s.float_add(y[g], one));
        let least = s.float_mul(z, s.float_splat(ONE as f64 * (1.0 - SIGMOID_ERROR)));
        let slope = s.float_splat(ONE as f64 * (1.0 + SIGMOID_ERROR));
        let slope = s.float_add(slope, s.float_mul(z, s.float_splat(LOSS + 1.0)));
        let most = s.float_mul(z, slope);
        value[g] = s.float_floor(least);
        doubt[g] = s.float_sub(s.float_sub(most, one), value[g]);
    }
    (value, doubt)
}

#[inline(always)]
fn pair<S: Reals>(s: S, u: S::F, [even, odd]: [f64; 2]) -> S::F {
    s.float_add(s.float_splat(even), s.float_mul(u, s.float_splat(odd)))
}

/// Whether the sigmoid of this exponent, in I32F32 bits, is not in doubt: on any platform, as doubles are the same on all.
pub(crate) fn sigmoid_is_certain(x: u64) -> bool {
    let (_, [[doubt, _]]) = sigmoid(Portable, &[[x as f64; 2]]);
    doubt <= 0.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_loses_less_than_is_allowed_for() {
        // Every part grows with x: the largest x is the worst.
        let x = 6.5f64;
        let floors = (2..=LAST_TERM).map(|floor| {
            let mut lost = 1.0;
            let later = (floor + 1..=LAST_TERM).map(|number| {
                lost *= x / number as f64;
                lost
            });
            1.0 + later.sum::<f64>()
        });
        let mut term = ONE as f64;
        let powers = (1..100u64).map(|number| {
            term *= x / number as f64;
            if number > LAST_TERM { term } else { 0.0 }
        });
        let loss = floors.sum::<f64>() + powers.sum::<f64>();
        assert!(loss < 107.0, "{loss}");
    }

    #[test]
    fn the_sigmoid_is_that_of_the_series_where_it_is_not_in_doubt() {
        let mut doubts = 0;
        let all = 200_000u64;
        for at in 0..all {
            // Spread over the range, with low bits that vary.
            let x = (at * (13 * ONE / 2) / all) ^ (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48);
            let ([[value, _]], [[doubt, _]]) = sigmoid(Portable, &[[x as f64; 2]]);
            let [grown] = in_integers([x]);
            let exact = (1u128 << 64) / u128::from(ONE + grown);
            if doubt > 0.0 {
                doubts += 1;
            } else {
                assert_eq!(value as u128, exact, "x = {x}");
            }
        }
        assert!(doubts < all / 2, "{doubts} of {all} in doubt");
    }
}
