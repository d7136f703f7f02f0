//! Liquid alpha of many bonds at a time, with the chain's truncations.

use crate::kernels::series::exp_series;
use crate::kernels::sigmoid::decides_sigmoid_of;
use crate::kernels::simd::{CHAINS, CommonFactor, Lanes64, ONE, Simd};
use crate::prepare::Sigmoid;
use std::ops::RangeInclusive;
use yuma_fixed::I32F32;
use yuma_fixed::transcendental::exp;

/// The steepest sigmoid, in hundredths, whose exponents stay within 9: beyond, terms of the series outgrow a double.
const STEEPEST: u32 = 1800;

/// The steepnesses, in hundredths, whose largest exponent is from 3 to 6.5: these sigmoids have a fast range, in which
/// most values are decided without the series.
const FAST_STEEPNESS: RangeInclusive<i32> = 600..=1300;

/// Returns the end of the sigmoid's fast range: the largest difference whose exponent is 2 or more, by a slope of this
/// size, I32F32 bits. Below an exponent of 2 most values need the exact series.
///
/// The range keeps clear of an exponent of 1, too, whose power is not the series'. It is `None` where the exponent of a
/// difference of zero, which most lanes have, needs the exact series itself.
fn fast_range_end(slope: u64) -> Option<u64> {
    decides_sigmoid_of(slope / 2).then(|| ONE / 2 - (2 * ONE).div_ceil(slope / ONE))
}

/// The constants of a sigmoid, I32F32 bits.
pub(crate) struct LiquidAlpha {
    sigmoid: Sigmoid,
    /// Whether the sigmoid is too steep for the series in vectors: alphas are then computed one by one.
    is_too_steep: bool,
    /// The largest difference in the sigmoid's fast range, which [`Simd::sigmoid`] serves; most are smaller. `None`
    /// where the sigmoid has no such range.
    fast_range_end: Option<u64>,
    /// The whole part of the slope's size.
    slope_whole: u64,
    /// The fraction of the slope's size.
    slope_fraction: CommonFactor,
    slope_is_negative: bool,
    low: u64,
    span: CommonFactor,
    /// The chain's constant for `e`.
    e: u64,
    /// The alpha of a difference of zero, by far the most frequent one.
    alpha_at_zero: u64,
}

impl LiquidAlpha {
    /// Returns the constants, or `None` where low is above high, which stepwise treats.
    pub fn new(sigmoid: Sigmoid) -> Option<Self> {
        if sigmoid.low > sigmoid.high {
            return None;
        }
        let slope = sigmoid.slope.to_bits();
        let size = slope.unsigned_abs();
        Some(Self {
            is_too_steep: sigmoid.steepness.unsigned_abs() > STEEPEST,
            fast_range_end: FAST_STEEPNESS
                .contains(&sigmoid.steepness)
                .then(|| fast_range_end(size))
                .flatten(),
            slope_whole: size / ONE,
            slope_fraction: CommonFactor::new(size % ONE),
            slope_is_negative: slope < 0,
            low: sigmoid.low.to_bits() as u64,
            span: CommonFactor::new(sigmoid.span.to_bits() as u64),
            // The chain answers an exponent of exactly 1.0 with a constant of 23 fraction bits.
            e: exp(I32F32::ONE).map_or(0, |e| e.to_bits() as u64),
            alpha_at_zero: sigmoid
                .alpha(I32F32::ZERO, I32F32::ZERO, I32F32::ZERO)
                .to_bits() as u64,
            sigmoid,
        })
    }

    /// Returns the alpha of each lane of each bond, from its consensus, weight for bonds and bond in [0, 1].
    #[inline(always)]
    pub fn alphas<S: Simd>(
        &self,
        s: S,
        consensus: S::V,
        weight: &[S::V; CHAINS],
        bond: &[S::V; CHAINS],
    ) -> [S::V; CHAINS] {
        let mut alpha = [s.splat(0); CHAINS];
        if self.is_too_steep {
            for g in 0..CHAINS {
                alpha[g] = self.one_by_one(s, consensus, weight[g], bond[g]);
            }
            return alpha;
        }
        let mut difference = [s.splat(0); CHAINS];
        let mut largest = s.splat(0);
        for g in 0..CHAINS {
            difference[g] = sigmoid_difference(s, consensus, weight[g], bond[g]);
            largest = s.max(largest, difference[g]);
        }
        let at_zero = s.splat(self.alpha_at_zero);
        if !s.any(largest) {
            return [at_zero; CHAINS];
        }
        if let Some(end) = self.fast_range_end
            && !s.any(s.saturating_sub(largest, s.splat(end)))
        {
            let sigmoid = self.fast_sigmoid(s, &difference);
            for g in 0..CHAINS {
                alpha[g] = self.alpha(s, sigmoid[g]);
            }
            return alpha;
        }
        let sigmoid = self.sigmoid_by_series(s, &difference);
        for g in 0..CHAINS {
            let otherwise = self.alpha(s, sigmoid[g]);
            alpha[g] = s.if_greater(difference[g], s.splat(0), otherwise, at_zero);
        }
        alpha
    }

    /// Returns the alpha of a sigmoid: between low and high, as the sigmoid is at most one.
    #[inline(always)]
    fn alpha<S: Simd>(&self, s: S, sigmoid: S::V) -> S::V {
        let part = s.multiply(sigmoid, s.common_factor(&self.span));
        s.add(s.splat(self.low), part)
    }

    /// Returns the sigmoid of differences in its fast range, those of zero among them.
    #[inline(always)]
    fn fast_sigmoid<S: Simd>(&self, s: S, difference: &[S::V; CHAINS]) -> [S::V; CHAINS] {
        let mut exponent = [s.splat(0); CHAINS];
        for g in 0..CHAINS {
            let distance = s.sub(s.splat(ONE / 2), difference[g]);
            exponent[g] = s.multiply_exact(distance, s.splat(self.slope_whole));
            // A slope is a whole number more often than not.
            if self.slope_fraction.bits > 0 {
                let part = s.multiply(distance, s.common_factor(&self.slope_fraction));
                exponent[g] = s.add(exponent[g], part);
            }
        }
        let (value, needs_exact) = s.sigmoid(&exponent);
        exact_fallback(s, &exponent, value, needs_exact, |x| {
            let [power] = exp_series([x]);
            ((1 << 64) / u128::from(ONE + power)) as u64
        })
    }

    /// Returns the sigmoid of any differences but zero, by the series.
    #[inline(always)]
    fn sigmoid_by_series<S: Simd>(&self, s: S, difference: &[S::V; CHAINS]) -> [S::V; CHAINS] {
        let mut exponent = [s.splat(0); CHAINS];
        let mut is_negative = [s.splat(0); CHAINS];
        for g in 0..CHAINS {
            (exponent[g], is_negative[g]) = self.exponent(s, difference[g]);
        }
        let (power, mut needs_exact) = s.series(&exponent);
        for g in 0..CHAINS {
            needs_exact[g] = s.if_positive(difference[g], needs_exact[g]);
        }
        let mut power = exact_fallback(s, &exponent, power, needs_exact, |x| {
            let [power] = exp_series([x]);
            power
        });
        let (zero, one) = (s.splat(0), s.splat(ONE));
        for g in 0..CHAINS {
            let up_to_one = s.if_greater(exponent[g], one, power[g], s.splat(self.e));
            let positive = s.if_greater(one, exponent[g], power[g], up_to_one);
            power[g] = s.if_greater(is_negative[g], zero, inverse(s, power[g]), positive);
            power[g] = inverse(s, s.add(one, power[g]));
        }
        power
    }

    /// Returns the size of the sigmoid's exponent, and a number above zero where the exponent is negative.
    #[inline(always)]
    fn exponent<S: Simd>(&self, s: S, difference: S::V) -> (S::V, S::V) {
        // One of the two is zero: their sum is the distance from one half, and `below` its sign.
        let half = s.splat(ONE / 2);
        let above = s.saturating_sub(difference, half);
        let below = s.saturating_sub(half, difference);
        let distance = s.add(above, below);
        let is_negative = if self.slope_is_negative { above } else { below };
        let whole = s.multiply_exact(distance, s.splat(self.slope_whole));
        let fraction = s.common_factor(&self.slope_fraction);
        // A negative product is floored: away from zero.
        let (up, down) = (
            s.multiply_ceil(distance, fraction),
            s.multiply(distance, fraction),
        );
        let rounded = s.if_greater(is_negative, s.splat(0), up, down);
        (s.add(whole, rounded), is_negative)
    }

    /// Returns the alpha of each lane, computed as stepwise computes it.
    #[inline(always)]
    fn one_by_one<S: Simd>(&self, s: S, consensus: S::V, weight: S::V, bond: S::V) -> S::V {
        let mut lanes = [Lanes64::ZERO; 3];
        s.store_u64(consensus, &mut lanes[0], 0);
        s.store_u64(weight, &mut lanes[1], 0);
        s.store_u64(bond, &mut lanes[2], 0);
        let mut alphas = Lanes64::ZERO;
        for lane in 0..S::W {
            let [consensus, weight, bond] =
                [0, 1, 2].map(|at| I32F32::from_bits(lanes[at].0[lane] as i64));
            alphas.0[lane] = self.sigmoid.alpha(consensus, weight, bond).to_bits() as u64;
        }
        s.load_u64(&alphas, 0)
    }
}

/// Returns `floor(2^64 / divisor)` for a divisor from `2^32` up to `2^52`.
#[inline(always)]
fn inverse<S: Simd>(s: S, divisor: S::V) -> S::V {
    s.divide(s.splat(ONE), s.divisor(divisor))
}

/// Returns the difference that the sigmoid takes: how far the weight is above consensus where the validator buys, or
/// the bond above the weight where it sells.
#[inline(always)]
fn sigmoid_difference<S: Simd>(s: S, consensus: S::V, weight: S::V, bond: S::V) -> S::V {
    let bought = s.saturating_sub(weight, consensus);
    let sold = s.saturating_sub(bond, weight);
    s.if_greater(bond, weight, sold, bought)
}

/// Returns the values, with those of the lanes where `needs_exact` is above zero computed from `x` one by one.
#[inline(always)]
fn exact_fallback<S: Simd>(
    s: S,
    x: &[S::V; CHAINS],
    mut value: [S::V; CHAINS],
    needs_exact: [S::V; CHAINS],
    exact: impl Fn(u64) -> u64,
) -> [S::V; CHAINS] {
    let mut any = s.splat(0);
    for &needs_exact in &needs_exact {
        any = s.max(any, needs_exact);
    }
    if !s.any(any) {
        return value;
    }
    for g in 0..CHAINS {
        let mut lanes = [Lanes64::ZERO; 3];
        s.store_u64(x[g], &mut lanes[0], 0);
        s.store_u64(value[g], &mut lanes[1], 0);
        // Above zero, but maybe less than one.
        s.store_u64(s.if_positive(needs_exact[g], s.splat(1)), &mut lanes[2], 0);
        let [x, mut exact_value, needs_exact] = lanes;
        for lane in (0..S::W).filter(|&lane| needs_exact.0[lane] > 0) {
            exact_value.0[lane] = exact(x.0[lane]);
        }
        value[g] = s.load_u64(&exact_value, 0);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Job, Platform, run_on};
    use crate::{Rules, Subnet};

    fn subnet(steepness: i16) -> Subnet<'static> {
        Subnet {
            yuma3_on: true,
            liquid_alpha_on: true,
            // As far apart as can be: nearly every bit of the sigmoid is one of alpha.
            alpha_low: 0,
            alpha_high: u16::MAX,
            alpha_sigmoid_steepness: steepness,
            ..Subnet::default()
        }
    }

    /// Lanes whose weights are so far above consensus, beside the chain's own steps.
    struct Check<'a>(&'a LiquidAlpha, [u64; 2]);

    impl Job for Check<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            let Self(liquid, differences) = self;
            let lanes = Lanes64(std::array::from_fn(|lane| differences[lane % 2]));
            let zero = s.splat(0);
            let weights = [s.load_u64(&lanes, 0); CHAINS];
            for found in liquid.alphas(s, zero, &weights, &[zero; CHAINS]) {
                let mut alphas = Lanes64::ZERO;
                s.store_u64(found, &mut alphas, 0);
                for lane in 0..S::W {
                    let weight = I32F32::from_bits(lanes.0[lane] as i64);
                    let wanted = liquid.sigmoid.alpha(I32F32::ZERO, weight, I32F32::ZERO);
                    assert_eq!(alphas.0[lane], wanted.to_bits() as u64, "{weight:?}");
                }
            }
        }
    }

    /// Returns the differences around each at which a group is treated in another way, and around that of an exponent
    /// of one.
    fn boundary_differences(liquid: &LiquidAlpha, steepness: i16) -> Vec<u64> {
        let slope = u64::from(steepness.unsigned_abs());
        let one = (100 * ONE).checked_div(slope).unwrap_or(0).min(ONE / 2);
        let fast_range_end = liquid.fast_range_end.unwrap_or(ONE / 7);
        [
            0,
            fast_range_end,
            ONE / 2 - one,
            ONE / 2,
            ONE / 2 + one,
            ONE - 1,
        ]
        .into_iter()
        .flat_map(|boundary| boundary.saturating_sub(1)..=boundary + 1)
        .collect()
    }

    #[test]
    fn alphas_are_the_chains_on_every_platform() {
        let fast = *FAST_STEEPNESS.start() as i16 - 1..=*FAST_STEEPNESS.end() as i16 + 1;
        let others = [-1000, -100, -1, 0, 1, 100, 400, 500, 1799, 1800, 1801, 2000];
        for steepness in fast.chain(others) {
            let rules = Rules::for_spec(425).expect("a known version");
            let liquid = LiquidAlpha::new(Sigmoid::new(&rules, &subnet(steepness)))
                .expect("low is below high");
            for platform in Platform::available() {
                for difference in boundary_differences(&liquid, steepness) {
                    for other in [difference, 0] {
                        run_on(platform, Check(&liquid, [difference, other]));
                    }
                }
            }
        }
    }
}
