//! The sigmoid of liquid alpha in doubles, between two bounds that allow for every floor of the chain's series.

use super::simd::{F64Lanes, ONE};

/// A bound on how far the chain's series for e^x lies below `2^32 * e^x`, in I32F32 bits, for `x` up to 6.5.
///
/// Each floor takes off less than one, and with that what later terms would have made of it: `x` over each of their
/// numbers. All of it sums to less than 104, and the powers beyond the last to less than 3 (tested below).
const SERIES_DEFICIT: f64 = 128.0;

/// The coefficients of the polynomial for `e^-u`, in pairs of powers of `u`, the highest first.
const EXP_COEFFICIENTS: [[f64; 2]; 3] = [
    [1.0 / 24.0, -1.0 / 120.0],
    [1.0 / 2.0, -1.0 / 6.0],
    [1.0, -1.0],
];

/// The number of times that `e^-u` is squared, for `u = x / 2^9`. That many powers and squarings are the fewest
/// operations together.
const SQUARINGS: u32 = 9;

/// The largest relative error of the sigmoid in doubles: `2^-37`. Next to the deficit of the series it is little.
///
/// `u` is at most 0.0127: the powers left out are less than `2^-47` of the whole, and the polynomial's roundings less
/// than `2^-51`. The squarings make that less than `2^-37.9`, and add roundings of less than `2^-43`; sum and quotient
/// add less than `2^-51`.
const SIGMOID_ERROR: f64 = 1.0 / (1u64 << 37) as f64;

/// Returns `floor(2^64 / (2^32 + e^x))`, e^x by the chain's series, for `x` from 0 to 6.5 in I32F32 bits; and, above
/// zero in the lanes where the two bounds disagree, whether that needs the exact series.
///
/// The series is at most `2^32 * e^x`, and less by [`SERIES_DEFICIT`] at most. With `y = e^-x` and `z = y / (1 + y)`,
/// the quotient lies between `2^32 * z` and that over `1 - SERIES_DEFICIT * z / 2^32`, which is less than
/// `2^32 * z + (SERIES_DEFICIT + 1) * z^2`. Where the latter is not above the next integer, the terms need not be
/// known. For `x` about 5, as of the usual sigmoid, it is for one in a few hundred.
#[inline(always)]
pub(crate) fn sigmoid<S: F64Lanes, const CHAINS: usize>(
    s: S,
    x: &[S::F64; CHAINS],
) -> ([S::F64; CHAINS], [S::F64; CHAINS]) {
    let one = s.f64_splat(1.0);
    let mut u = *x;
    for u in &mut u {
        *u = s.f64_mul(*u, s.f64_splat(1.0 / (ONE << SQUARINGS) as f64));
    }
    let mut y = u;
    for (y, &u) in y.iter_mut().zip(&u) {
        let square = s.f64_mul(u, u);
        *y = pair(s, u, EXP_COEFFICIENTS[0]);
        for &powers in &EXP_COEFFICIENTS[1..] {
            *y = s.f64_add(pair(s, u, powers), s.f64_mul(*y, square));
        }
    }
    for _ in 0..SQUARINGS {
        for y in &mut y {
            *y = s.f64_mul(*y, *y);
        }
    }
    let mut value = y;
    let mut needs_exact = y;
    for g in 0..CHAINS {
        let z = s.f64_div(y[g], s.f64_add(y[g], one));
        let lower = s.f64_mul(z, s.f64_splat(ONE as f64 * (1.0 - SIGMOID_ERROR)));
        let slope = s.f64_splat(ONE as f64 * (1.0 + SIGMOID_ERROR));
        let slope = s.f64_add(slope, s.f64_mul(z, s.f64_splat(SERIES_DEFICIT + 1.0)));
        let upper = s.f64_mul(z, slope);
        value[g] = s.f64_floor(lower);
        needs_exact[g] = s.f64_sub(s.f64_sub(upper, one), value[g]);
    }
    (value, needs_exact)
}

#[inline(always)]
fn pair<S: F64Lanes>(s: S, u: S::F64, [even, odd]: [f64; 2]) -> S::F64 {
    s.f64_add(s.f64_splat(even), s.f64_mul(u, s.f64_splat(odd)))
}

/// Returns whether [`sigmoid`] decides this exponent, I32F32 bits from 0 to 6.5, without the exact series. The answer
/// is the same for every platform, as doubles are the same on all.
pub(crate) fn decides_sigmoid_of(x: u64) -> bool {
    let (_, [needs_exact]) = sigmoid(OneLane, &[x as f64]);
    needs_exact <= 0.0
}

/// A single double, for values computed once in an epoch.
#[derive(Clone, Copy, Debug)]
struct OneLane;

impl F64Lanes for OneLane {
    type F64 = f64;

    #[inline(always)]
    fn f64_splat(self, value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn f64_add(self, a: f64, b: f64) -> f64 {
        a + b
    }
    #[inline(always)]
    fn f64_sub(self, a: f64, b: f64) -> f64 {
        a - b
    }
    #[inline(always)]
    fn f64_mul(self, a: f64, b: f64) -> f64 {
        a * b
    }
    #[inline(always)]
    fn f64_div(self, a: f64, b: f64) -> f64 {
        a / b
    }
    #[inline(always)]
    fn f64_floor(self, a: f64) -> f64 {
        a.floor()
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::{LAST_TERM, exp_series};
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
        let deficit = floors.sum::<f64>() + powers.sum::<f64>();
        assert!(deficit < 107.0, "{deficit}");
    }

    #[test]
    fn the_sigmoid_is_that_of_the_series_where_it_needs_no_exact_one() {
        let mut exact_needed = 0;
        let all = 200_000u64;
        for at in 0..all {
            // Spread over the range, with low bits that vary.
            let x = (at * (13 * ONE / 2) / all) ^ (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48);
            let ([value], [needs_exact]) = sigmoid(OneLane, &[x as f64]);
            let [power] = exp_series([x]);
            let exact = (1u128 << 64) / u128::from(ONE + power);
            if needs_exact > 0.0 {
                exact_needed += 1;
            } else {
                assert_eq!(value as u128, exact, "x = {x}");
            }
        }
        assert!(exact_needed < all / 2, "{exact_needed} of {all}");
    }
}
