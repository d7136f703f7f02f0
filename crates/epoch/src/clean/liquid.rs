//! Liquid alpha of many entries at a time, with the chain's truncations.

use crate::bonds::Sigmoid;
use crate::kernels::simd::{Block64, LANES, ONE, Simd, max, min, multiply, nearest, to_float};
use crate::{Rules, Subnet};
use yuma_fixed::I32F32;
use yuma_fixed::transcendental::exp;

/// The steepest sigmoid, in hundredths, whose exponents stay within 9: beyond, terms of the series outgrow a double.
const STEEPEST: u16 = 1800;

/// Entries whose series run side by side: each step of one waits for the step before it.
pub(crate) const CHAINS: usize = 4;

/// `2^-50`: how far an estimate of a term may lie from the true value, as a part of itself.
const SLACK: f64 = 1.0 / (1u64 << 50) as f64;

/// Terms of the chain's series for I32F32: powers 2 to 31.
const LAST_TERM: usize = 31;

/// The sigmoid's constants, I32F32 bits.
pub(crate) struct Liquid {
    sigmoid: Sigmoid,
    /// Too steep for the vector series: one entry at a time.
    steep: bool,
    slope: u64,
    slope_falls: bool,
    low: u64,
    high: u64,
    span: u64,
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
        Some(Self {
            steep: subnet.alpha_sigmoid_steepness.unsigned_abs() > STEEPEST,
            slope: slope.unsigned_abs(),
            slope_falls: slope < 0,
            low: sigmoid.low.to_bits() as u64,
            high: sigmoid.high.to_bits() as u64,
            span: sigmoid.span.to_bits() as u64,
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
        consensus: S::U,
        weight: &[S::U; CHAINS],
        bond: &[S::U; CHAINS],
    ) -> [S::U; CHAINS] {
        let mut alpha = [s.splat(0); CHAINS];
        if self.steep {
            for g in 0..CHAINS {
                alpha[g] = self.one_by_one(s, consensus, weight[g], bond[g]);
            }
            return alpha;
        }
        let mut exponent = [s.splat(0); CHAINS];
        let mut falls = [s.splat(0); CHAINS];
        let mut difference = [s.splat(0); CHAINS];
        let mut differs = s.splat(0);
        for g in 0..CHAINS {
            difference[g] = moved_by(s, consensus, weight[g], bond[g]);
            differs = s.or(differs, difference[g]);
            (exponent[g], falls[g]) = self.exponent(s, difference[g]);
        }
        let idle = s.splat(self.idle);
        if !s.any(differs) {
            return [idle; CHAINS];
        }
        let grown = grow(s, &exponent, &difference);
        for g in 0..CHAINS {
            let moving = self.alpha(s, exponent[g], falls[g], grown[g]);
            alpha[g] = s.if_greater(difference[g], s.splat(0), moving, idle);
        }
        alpha
    }

    /// The size of the sigmoid's exponent, and above zero where it is negative.
    #[inline(always)]
    fn exponent<S: Simd>(&self, s: S, difference: S::U) -> (S::U, S::U) {
        let zero = s.splat(0);
        // One of the two is zero: their sum is the distance from one half, and `below` its sign.
        let half = s.splat(ONE / 2);
        let above = max(s, s.sub(difference, half), zero);
        let below = max(s, s.sub(half, difference), zero);
        let (magnitude, fraction) = self.times_slope(s, s.add(above, below));
        let falls = if self.slope_falls { above } else { below };
        // A negative product is floored: away from zero where it has a fraction.
        let rounded_up = s.add(magnitude, s.if_greater(fraction, zero, s.splat(1), zero));
        (s.if_greater(falls, zero, rounded_up, magnitude), falls)
    }

    /// The alpha of an exponent whose series is `grown`.
    #[inline(always)]
    fn alpha<S: Simd>(&self, s: S, exponent: S::U, falls: S::U, grown: S::U) -> S::U {
        let (zero, one) = (s.splat(0), s.splat(ONE));
        let up_to_one = s.if_greater(exponent, one, grown, s.splat(self.e));
        let rising = s.if_greater(one, exponent, grown, up_to_one);
        let power = s.if_greater(falls, zero, inverse(s, grown), rising);
        let sigmoid = inverse(s, s.add(one, power));
        let alpha = s.add(s.splat(self.low), multiply(s, sigmoid, s.splat(self.span)));
        max(s, min(s, alpha, s.splat(self.high)), s.splat(self.low))
    }

    /// `|slope| * distance` in I32F32, and what the shift drops of it.
    #[inline(always)]
    fn times_slope<S: Simd>(&self, s: S, distance: S::U) -> (S::U, S::U) {
        let whole = s.mul32(s.splat(self.slope >> 32), distance);
        let part = s.mul32(s.splat(self.slope), distance);
        let fraction = s.and(part, s.splat(ONE - 1));
        (s.add(whole, s.shr32(part)), fraction)
    }

    #[inline(always)]
    fn one_by_one<S: Simd>(&self, s: S, consensus: S::U, weight: S::U, bond: S::U) -> S::U {
        let mut blocks = [Block64::ZERO; 3];
        s.store(consensus, &mut blocks[0], 0);
        s.store(weight, &mut blocks[1], 0);
        s.store(bond, &mut blocks[2], 0);
        let mut alphas = Block64::ZERO;
        for lane in 0..S::W.min(LANES) {
            let [consensus, weight, bond] =
                [0, 1, 2].map(|at| I32F32::from_bits(blocks[at].0[lane] as i64));
            alphas.0[lane] = self.sigmoid.alpha(consensus, weight, bond).to_bits() as u64;
        }
        s.load(&alphas, 0)
    }
}

/// `floor(2^64 / divisor)` for a divisor from `2^32` up to `2^52`.
///
/// As in `divide`: the double quotient is at most `2^32` and within `2^-19` of the true one.
#[inline(always)]
fn inverse<S: Simd>(s: S, divisor: S::U) -> S::U {
    let two_to_64 = s.float_splat(ONE as f64 * ONE as f64);
    let quotient = nearest(s, s.float_div(two_to_64, to_float(s, divisor)));
    let remainder = s.sub(s.splat(0), s.mul_low(quotient, divisor));
    s.sub(quotient, s.shr63(remainder))
}

/// How far the weight is above consensus where the validator buys, or the bond above the weight where it sells.
#[inline(always)]
fn moved_by<S: Simd>(s: S, consensus: S::U, weight: S::U, bond: S::U) -> S::U {
    let bought = max(s, s.sub(weight, consensus), s.splat(0));
    let sold = s.sub(bond, weight);
    s.if_greater(bond, weight, sold, bought)
}

/// `e^x` of the lanes that differ, by doubles where those prove it and by integers where they do not.
#[inline(always)]
fn grow<S: Simd>(s: S, x: &[S::U; CHAINS], difference: &[S::U; CHAINS]) -> [S::U; CHAINS] {
    if S::FLOORS {
        let (grown, doubt) = float_series(s, x);
        let mut doubts = s.splat(0);
        for g in 0..CHAINS {
            let counts = s.if_greater(difference[g], s.splat(0), doubt[g], s.splat(0));
            doubts = s.or(doubts, counts);
        }
        if !s.any(doubts) {
            return grown;
        }
    }
    series(s, x)
}

/// `e^x` by the chain's series in doubles, for `x` from 0 to 9, and above zero where a term is in doubt.
///
/// The chain floors each product and each quotient; a floor of a floor over an integer is the floor of the whole, so
/// the next term is `floor(term * x / number)`. The double estimate of it carries three roundings, of `2^-53` each,
/// and so lies within `2^-50` of itself from the true value: where no integer is that near, the floors agree. That
/// is nearly always; terms and their sum stay below `2^46`, and doubles hold them exactly.
#[inline(always)]
fn float_series<S: Simd>(s: S, x: &[S::U; CHAINS]) -> ([S::U; CHAINS], [S::U; CHAINS]) {
    let (zero, one) = (s.float_splat(0.0), s.float_splat(1.0));
    let mut factor = [zero; CHAINS];
    let mut term = [zero; CHAINS];
    let mut sum = [zero; CHAINS];
    let mut lowest = [zero; CHAINS];
    let mut highest = [zero; CHAINS];
    for g in 0..CHAINS {
        term[g] = to_float(s, x[g]);
        factor[g] = s.float_mul(term[g], s.float_splat(1.0 / ONE as f64));
        sum[g] = s.float_add(term[g], s.float_splat(ONE as f64));
    }
    for number in 2..=LAST_TERM {
        let inverse = s.float_splat(1.0 / number as f64);
        for g in 0..CHAINS {
            let estimate = s.float_mul(term[g], s.float_mul(factor[g], inverse));
            term[g] = s.float_floor(estimate);
            let fraction = s.float_sub(estimate, term[g]);
            let slack = s.float_mul(estimate, s.float_splat(SLACK));
            lowest[g] = s.float_min(lowest[g], s.float_sub(fraction, slack));
            highest[g] = s.float_max(highest[g], s.float_add(fraction, slack));
            sum[g] = s.float_add(sum[g], term[g]);
        }
    }
    let mut grown = [s.splat(0); CHAINS];
    let mut doubt = [s.splat(0); CHAINS];
    for g in 0..CHAINS {
        grown[g] = nearest(s, sum[g]);
        let below = s.shr63(s.float_bits(lowest[g]));
        let inside = s.shr63(s.float_bits(s.float_sub(highest[g], one)));
        doubt[g] = s.or(below, s.xor(inside, s.splat(1)));
    }
    (grown, doubt)
}

/// `e^x` by the chain's series in integers, for `x` from 0 to 9.
///
/// Each term is the one before times `x`, floored, over its number, truncated. A product stays below
/// `9^9 / 8! < 2^14`, so below `2^46` in bits, and the sum below `2^46` too.
#[inline(always)]
fn series<S: Simd>(s: S, x: &[S::U; CHAINS]) -> [S::U; CHAINS] {
    let mut x_high = [s.splat(0); CHAINS];
    let mut term = *x;
    let mut sum = [s.splat(0); CHAINS];
    for g in 0..CHAINS {
        x_high[g] = s.shr32(x[g]);
        sum[g] = s.add(x[g], s.splat(ONE));
    }
    for number in 2..=LAST_TERM {
        for g in 0..CHAINS {
            let high = s.shr32(term[g]);
            let middle = s.add(s.mul32(high, x[g]), s.mul32(term[g], x_high[g]));
            let low = s.shr32(s.mul32(term[g], x[g]));
            let top = s.shl32(s.mul32(high, x_high[g]));
            let product = s.add(top, s.add(middle, low));
            term[g] = divide_by_number(s, product, number);
            sum[g] = s.add(sum[g], term[g]);
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
fn divide_by_number<S: Simd>(s: S, a: S::U, number: usize) -> S::U {
    let inverse = 1.0 / number as f64;
    let estimate = s.float_mul(to_float(s, a), s.float_splat(inverse));
    let moved = s.float_add(estimate, s.float_splat(0.5 + 0.5 * inverse));
    s.sub(nearest(s, moved), s.splat(1))
}
