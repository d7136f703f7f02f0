//! Liquid alpha of many entries at a time, with the chain's truncations.

use crate::bonds::Sigmoid;
use crate::kernels::series;
use crate::kernels::simd::{Block64, CHAINS, ONE, Scale, Simd};
use crate::{Rules, Subnet};
use yuma_fixed::I32F32;
use yuma_fixed::transcendental::exp;

/// The steepest sigmoid, in hundredths, whose exponents stay within 9: beyond, terms of the series outgrow a double.
const STEEPEST: u16 = 1800;

/// The sigmoids, in hundredths of steepness, whose largest exponent is from 3 to 6.5: there most values are decided
/// without the series.
const SWIFT: std::ops::RangeInclusive<i16> = 600..=1300;

/// The largest difference whose exponent is 2 or more, by a slope of so many I32F32 bits: below, most values are in
/// doubt. It keeps clear of 1, too, whose power is not the series'. None where the exponent of no difference, which most
/// lanes have, is in doubt itself.
fn calm(slope: u64) -> Option<u64> {
    series::sigmoid_is_certain(slope / 2).then(|| ONE / 2 - (2 * ONE).div_ceil(slope / ONE))
}

/// The sigmoid's constants, I32F32 bits.
pub(crate) struct Liquid {
    sigmoid: Sigmoid,
    /// Too steep for the vector series: one entry at a time.
    steep: bool,
    /// The largest difference whose exponent is of a size for [`Simd::sigmoid`]; most are smaller. None where no
    /// difference is to be treated so.
    calm: Option<u64>,
    /// The slope's size: whole, and what is left.
    slope_whole: u64,
    slope_part: Scale,
    slope_falls: bool,
    low: u64,
    span: Scale,
    e: u64,
    /// The alpha of no difference, by far the most frequent one.
    idle: u64,
}

impl Liquid {
    /// `None` where low is above high, which the general path treats.
    pub fn new(rules: &Rules, subnet: &Subnet<'_>) -> Option<Self> {
        if subnet.alpha_low > subnet.alpha_high {
            return None;
        }
        let sigmoid = Sigmoid::new(rules, subnet);
        let slope = sigmoid.slope.to_bits();
        let size = slope.unsigned_abs();
        Some(Self {
            steep: subnet.alpha_sigmoid_steepness.unsigned_abs() > STEEPEST,
            calm: SWIFT
                .contains(&subnet.alpha_sigmoid_steepness)
                .then(|| calm(size))
                .flatten(),
            slope_whole: size / ONE,
            slope_part: Scale::new(size % ONE),
            slope_falls: slope < 0,
            low: sigmoid.low.to_bits() as u64,
            span: Scale::new(sigmoid.span.to_bits() as u64),
            // The chain answers an exponent of exactly 1.0 with a constant of 23 fraction bits.
            e: exp(I32F32::ONE).map_or(0, |e| e.to_bits() as u64),
            idle: sigmoid
                .alpha(I32F32::ZERO, I32F32::ZERO, I32F32::ZERO)
                .to_bits() as u64,
            sigmoid,
        })
    }

    /// The alpha of each lane of each entry, for values in [0, 1].
    #[inline(always)]
    pub fn alphas<S: Simd>(
        &self,
        s: S,
        consensus: S::V,
        weight: &[S::V; CHAINS],
        bond: &[S::V; CHAINS],
    ) -> [S::V; CHAINS] {
        let mut alpha = [s.splat(0); CHAINS];
        if self.steep {
            for g in 0..CHAINS {
                alpha[g] = self.one_by_one(s, consensus, weight[g], bond[g]);
            }
            return alpha;
        }
        let mut difference = [s.splat(0); CHAINS];
        let mut largest = s.splat(0);
        for g in 0..CHAINS {
            difference[g] = moved_by(s, consensus, weight[g], bond[g]);
            largest = s.max(largest, difference[g]);
        }
        let idle = s.splat(self.idle);
        if !s.any(largest) {
            return [idle; CHAINS];
        }
        if let Some(calm) = self.calm
            && !s.any(s.excess(largest, s.splat(calm)))
        {
            let sigmoid = self.swiftly(s, &difference);
            for g in 0..CHAINS {
                alpha[g] = self.alpha(s, sigmoid[g]);
            }
            return alpha;
        }
        let sigmoid = self.by_series(s, &difference);
        for g in 0..CHAINS {
            let moving = self.alpha(s, sigmoid[g]);
            alpha[g] = s.if_greater(difference[g], s.splat(0), moving, idle);
        }
        alpha
    }

    /// Between low and high, as the sigmoid is at most one.
    #[inline(always)]
    fn alpha<S: Simd>(&self, s: S, sigmoid: S::V) -> S::V {
        let part = s.multiply(sigmoid, s.scale(&self.span));
        s.add(s.splat(self.low), part)
    }

    /// The sigmoid of differences that are calm, those of zero among them.
    #[inline(always)]
    fn swiftly<S: Simd>(&self, s: S, difference: &[S::V; CHAINS]) -> [S::V; CHAINS] {
        let mut exponent = [s.splat(0); CHAINS];
        for g in 0..CHAINS {
            let distance = s.sub(s.splat(ONE / 2), difference[g]);
            exponent[g] = s.times(distance, s.splat(self.slope_whole));
            // A slope is a whole number more often than not.
            if self.slope_part.bits > 0 {
                let part = s.multiply(distance, s.scale(&self.slope_part));
                exponent[g] = s.add(exponent[g], part);
            }
        }
        let (value, doubt) = s.sigmoid(&exponent);
        settled(s, &exponent, value, doubt, |x| {
            let [grown] = series::in_integers([x]);
            ((1 << 64) / u128::from(ONE + grown)) as u64
        })
    }

    #[inline(always)]
    fn by_series<S: Simd>(&self, s: S, difference: &[S::V; CHAINS]) -> [S::V; CHAINS] {
        let mut exponent = [s.splat(0); CHAINS];
        let mut falls = [s.splat(0); CHAINS];
        for g in 0..CHAINS {
            (exponent[g], falls[g]) = self.exponent(s, difference[g]);
        }
        let (grown, mut doubt) = s.series(&exponent);
        for g in 0..CHAINS {
            doubt[g] = s.if_positive(difference[g], doubt[g]);
        }
        let mut power = settled(s, &exponent, grown, doubt, |x| {
            let [grown] = series::in_integers([x]);
            grown
        });
        let (zero, one) = (s.splat(0), s.splat(ONE));
        for g in 0..CHAINS {
            let up_to_one = s.if_greater(exponent[g], one, power[g], s.splat(self.e));
            let rising = s.if_greater(one, exponent[g], power[g], up_to_one);
            power[g] = s.if_greater(falls[g], zero, inverse(s, power[g]), rising);
            power[g] = inverse(s, s.add(one, power[g]));
        }
        power
    }

    /// The size of the sigmoid's exponent, and above zero where it is negative.
    #[inline(always)]
    fn exponent<S: Simd>(&self, s: S, difference: S::V) -> (S::V, S::V) {
        // One of the two is zero: their sum is the distance from one half, and `below` its sign.
        let half = s.splat(ONE / 2);
        let (above, below) = (s.excess(difference, half), s.excess(half, difference));
        let distance = s.add(above, below);
        let falls = if self.slope_falls { above } else { below };
        let whole = s.times(distance, s.splat(self.slope_whole));
        let part = s.scale(&self.slope_part);
        // A negative product is floored: away from zero.
        let (up, down) = (s.multiply_up(distance, part), s.multiply(distance, part));
        let rounded = s.if_greater(falls, s.splat(0), up, down);
        (s.add(whole, rounded), falls)
    }

    #[inline(always)]
    fn one_by_one<S: Simd>(&self, s: S, consensus: S::V, weight: S::V, bond: S::V) -> S::V {
        let mut blocks = [Block64::ZERO; 3];
        s.write(consensus, &mut blocks[0], 0);
        s.write(weight, &mut blocks[1], 0);
        s.write(bond, &mut blocks[2], 0);
        let mut alphas = Block64::ZERO;
        for lane in 0..S::W {
            let [consensus, weight, bond] =
                [0, 1, 2].map(|at| I32F32::from_bits(blocks[at].0[lane] as i64));
            alphas.0[lane] = self.sigmoid.alpha(consensus, weight, bond).to_bits() as u64;
        }
        s.read(&alphas, 0)
    }
}

/// `floor(2^64 / divisor)` for a divisor from `2^32` up to `2^52`.
#[inline(always)]
fn inverse<S: Simd>(s: S, divisor: S::V) -> S::V {
    s.divide(s.splat(ONE), s.divisor(divisor))
}

/// How far the weight is above consensus where the validator buys, or the bond above the weight where it sells.
#[inline(always)]
fn moved_by<S: Simd>(s: S, consensus: S::V, weight: S::V, bond: S::V) -> S::V {
    let (bought, sold) = (s.excess(weight, consensus), s.excess(bond, weight));
    s.if_greater(bond, weight, sold, bought)
}

/// The values, those in doubt computed one by one.
#[inline(always)]
fn settled<S: Simd>(
    s: S,
    x: &[S::V; CHAINS],
    mut value: [S::V; CHAINS],
    doubt: [S::V; CHAINS],
    exact: impl Fn(u64) -> u64,
) -> [S::V; CHAINS] {
    let mut doubts = s.splat(0);
    for &doubt in &doubt {
        doubts = s.max(doubts, doubt);
    }
    if !s.any(doubts) {
        return value;
    }
    for g in 0..CHAINS {
        let mut blocks = [Block64::ZERO; 3];
        s.write(x[g], &mut blocks[0], 0);
        s.write(value[g], &mut blocks[1], 0);
        // More than nothing, but maybe less than one.
        s.write(s.if_positive(doubt[g], s.splat(1)), &mut blocks[2], 0);
        let [x, mut certain, doubt] = blocks;
        for lane in (0..S::W).filter(|&lane| doubt.0[lane] > 0) {
            certain.0[lane] = exact(x.0[lane]);
        }
        value[g] = s.read(&certain, 0);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Job, Platform, run_on};

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
    struct Check<'a>(&'a Liquid, [u64; 2]);

    impl Job for Check<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            let Self(liquid, differences) = self;
            let block = Block64(std::array::from_fn(|lane| differences[lane % 2]));
            let zero = s.splat(0);
            let weights = [s.read(&block, 0); CHAINS];
            for found in liquid.alphas(s, zero, &weights, &[zero; CHAINS]) {
                let mut alphas = Block64::ZERO;
                s.write(found, &mut alphas, 0);
                for lane in 0..S::W {
                    let weight = I32F32::from_bits(block.0[lane] as i64);
                    let wanted = liquid.sigmoid.alpha(I32F32::ZERO, weight, I32F32::ZERO);
                    assert_eq!(alphas.0[lane], wanted.to_bits() as u64, "{weight:?}");
                }
            }
        }
    }

    /// Around every difference at which a group is treated in another way, and around that of an exponent of one.
    fn turns(liquid: &Liquid, steepness: i16) -> Vec<u64> {
        let slope = u64::from(steepness.unsigned_abs());
        let one = (100 * ONE).checked_div(slope).unwrap_or(0).min(ONE / 2);
        let calm = liquid.calm.unwrap_or(ONE / 7);
        [0, calm, ONE / 2 - one, ONE / 2, ONE / 2 + one, ONE - 1]
            .into_iter()
            .flat_map(|turn| turn.saturating_sub(1)..=turn + 1)
            .collect()
    }

    #[test]
    fn alphas_are_the_chains_on_every_platform() {
        let swift = SWIFT.start() - 1..=SWIFT.end() + 1;
        let others = [-1000, -100, -1, 0, 1, 100, 400, 500, 1799, 1800, 1801, 2000];
        for steepness in swift.chain(others) {
            let rules = Rules::for_spec(425).expect("a known version");
            let liquid = Liquid::new(&rules, &subnet(steepness)).expect("low is below high");
            for platform in Platform::available() {
                for difference in turns(&liquid, steepness) {
                    for other in [difference, 0] {
                        run_on(platform, Check(&liquid, [difference, other]));
                    }
                }
            }
        }
    }
}
