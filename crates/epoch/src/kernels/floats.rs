//! Whole numbers in lanes of doubles, which hold them exactly below `2^53`: how every instruction set with vectors of
//! doubles computes, since few have a product of 64 bits.

use super::series::{self, LAST_TERM};
use super::simd::{Block32, Block64, CHAINS, LANES, Narrow, ONE, Reals, Scale, Simd};

/// Vectors of doubles of one instruction set.
pub(crate) trait Floats: Narrow + Reals {
    /// Lanes of `F`.
    const W: usize;

    /// Lanes `k * W ..` of a block of doubles' bits.
    fn float_load(self, from: &Block64, k: usize) -> Self::F;
    fn float_store(self, value: Self::F, to: &mut Block64, k: usize);
    fn float_widen(self, from: &Block32, k: usize) -> Self::F;
    fn float_narrow(self, value: Self::F, to: &mut [u32; LANES], k: usize);
    fn float_ceil(self, a: Self::F) -> Self::F;
    /// The smaller of two numbers, neither of them NaN.
    fn float_min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The larger of two numbers, neither of them NaN.
    fn float_max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `x` where `a > b`, else `y`.
    fn float_if_greater(self, a: Self::F, b: Self::F, x: Self::F, y: Self::F) -> Self::F;
    /// `x` where `a > b`, else 0.
    fn float_where_greater(self, a: Self::F, b: Self::F, x: Self::F) -> Self::F;
    /// Whether any lane is above zero.
    fn float_any(self, a: Self::F) -> bool;

    /// `floor(a * b / 2^32)`, for `a` and `b` up to `2^32`.
    ///
    /// `b` is `high * 2^16 + low * 2^16`, `low` a fraction of 16 bits. Products and sum are exact: none has more than
    /// 49 bits. A floor of a sum over an integer may take the floor of a part first.
    #[inline(always)]
    fn floor_product(self, a: Self::F, b: Factor<Self::F>) -> Self::F {
        let low = self.float_floor(self.float_mul(a, b.low));
        let sum = self.float_add(self.float_mul(a, b.high), low);
        self.float_floor(self.float_mul(sum, self.float_splat(1.0 / 65536.0)))
    }

    /// The same rounded up; so do ceilings nest.
    #[inline(always)]
    fn ceil_product(self, a: Self::F, b: Factor<Self::F>) -> Self::F {
        let low = self.float_ceil(self.float_mul(a, b.low));
        let sum = self.float_add(self.float_mul(a, b.high), low);
        self.float_ceil(self.float_mul(sum, self.float_splat(1.0 / 65536.0)))
    }

    /// `floor(a * b)`, for an exact product below `2^52`, or one whose rounding crosses no integer.
    #[inline(always)]
    fn floor_of(self, a: Self::F, b: Self::F) -> Self::F {
        self.float_floor(self.float_mul(a, b))
    }

    /// `a * b`, for a product below `2^51`, as one of the two integers that it lies between.
    #[inline(always)]
    fn either_side_of(self, a: Self::F, b: Self::F) -> Self::F {
        self.floor_of(a, b)
    }

    /// The quotient, less one where `a - quotient * divisor / 2^32` is negative.
    ///
    /// The divisor is `high + low`, `high` a multiple of `2^21` and `low` below. Both products are exact:
    /// `quotient * high` is a multiple of `2^21` and at most a divisor more than `a * 2^32`, so below `2^65`;
    /// `quotient * low` is at most `2^53`. The first difference is a multiple of `2^21` below `2^54`, the second
    /// below the divisor: both exact. All of it is scaled by a power of two.
    #[inline(always)]
    fn less_where_short(self, quotient: Self::F, a: Self::F, divisor: Divisor<Self::F>) -> Self::F {
        let part = self.float_sub(a, self.float_mul(quotient, divisor.high));
        let rest = self.float_mul(quotient, divisor.low);
        let short = self.float_where_greater(rest, part, self.float_splat(1.0));
        self.float_sub(quotient, short)
    }
}

/// A factor in lanes: over `2^32`, and in two pieces. What a platform does not use costs nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor<F> {
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "fused products alone read it")
    )]
    pub part: F,
    pub high: F,
    pub low: F,
}

/// A divisor in lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor<F> {
    /// A little more than `2^32` over the divisor.
    pub reciprocal: F,
    /// The divisor over `2^32`.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "fused products alone read it")
    )]
    pub part: F,
    /// Of that, multiples of `2^-11`.
    pub high: F,
    /// And the rest.
    pub low: F,
}

/// What makes a reciprocal a little too large: `1 + 2^-51`.
const UP: f64 = 1.0 + 1.0 / (1u64 << 51) as f64;

/// How much too large estimates of terms are made: `1 + 2^-50`.
const SERIES_UP: f64 = 1.0 + 1.0 / (1u64 << 50) as f64;

/// `2^-49`: how far an estimate of a term may then lie above the true value, as a part of itself.
const SLACK: f64 = 1.0 / (1u64 << 49) as f64;

/// `e^x` by the series in doubles, for `x` from 0 to 9, and above zero where a term is in doubt.
///
/// The chain floors each product and each quotient; a floor of a floor over an integer is the floor of the whole, so
/// the next term is `floor(term * x / number)`. The double estimate of it carries four roundings, of `2^-53` each, and
/// is made too large by `2^-50`: it is never below the true value, and above it by less than `2^-49` of itself. Where
/// its fraction is larger than that the floors agree. That is nearly always; terms and their sum stay below `2^46`,
/// and doubles hold them exactly.
#[inline(always)]
fn estimated_series<S: Floats>(s: S, x: &[S::F; CHAINS]) -> ([S::F; CHAINS], [S::F; CHAINS]) {
    let zero = s.float_splat(0.0);
    let mut factor = [zero; CHAINS];
    let mut term = *x;
    let mut sum = [zero; CHAINS];
    let mut lowest = [zero; CHAINS];
    for g in 0..CHAINS {
        factor[g] = s.float_mul(x[g], s.float_splat(SERIES_UP / ONE as f64));
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
    for lowest in &mut lowest {
        *lowest = s.float_where_greater(zero, *lowest, s.float_splat(1.0));
    }
    (sum, lowest)
}

impl<S: Floats> Simd for S {
    const W: usize = <S as Floats>::W;
    type V = S::F;
    type Factor = Factor<S::F>;
    type Divisor = Divisor<S::F>;
    type NearOne = S::F;

    #[inline(always)]
    fn splat(self, value: u64) -> S::F {
        self.float_splat(value as f64)
    }
    #[inline(always)]
    fn load(self, from: &Block64, k: usize) -> S::F {
        self.float_load(from, k)
    }
    #[inline(always)]
    fn store(self, value: S::F, to: &mut Block64, k: usize) {
        self.float_store(value, to, k);
    }
    #[inline(always)]
    fn read(self, from: &Block64, k: usize) -> S::F {
        let mut own = Block64::ZERO;
        for lane in k * <S as Floats>::W..(k + 1) * <S as Floats>::W {
            own.0[lane] = (from.0[lane] as f64).to_bits();
        }
        self.float_load(&own, k)
    }
    #[inline(always)]
    fn write(self, value: S::F, to: &mut Block64, k: usize) {
        self.float_store(value, to, k);
        for value in &mut to.0[k * <S as Floats>::W..(k + 1) * <S as Floats>::W] {
            *value = f64::from_bits(*value) as u64;
        }
    }
    #[inline(always)]
    fn widen(self, from: &Block32, k: usize) -> S::F {
        self.float_widen(from, k)
    }
    #[inline(always)]
    fn narrow(self, value: S::F, to: &mut [u32; LANES], k: usize) {
        self.float_narrow(value, to, k);
    }

    #[inline(always)]
    fn add(self, a: S::F, b: S::F) -> S::F {
        self.float_add(a, b)
    }
    #[inline(always)]
    fn sub(self, a: S::F, b: S::F) -> S::F {
        self.float_sub(a, b)
    }
    #[inline(always)]
    fn excess(self, a: S::F, b: S::F) -> S::F {
        self.float_max(self.float_sub(a, b), self.float_splat(0.0))
    }
    #[inline(always)]
    fn min(self, a: S::F, b: S::F) -> S::F {
        self.float_min(a, b)
    }
    #[inline(always)]
    fn max(self, a: S::F, b: S::F) -> S::F {
        self.float_max(a, b)
    }
    #[inline(always)]
    fn if_greater(self, a: S::F, b: S::F, x: S::F, y: S::F) -> S::F {
        self.float_if_greater(a, b, x, y)
    }
    #[inline(always)]
    fn if_positive(self, a: S::F, x: S::F) -> S::F {
        self.float_where_greater(a, self.float_splat(0.0), x)
    }
    #[inline(always)]
    fn any(self, a: S::F) -> bool {
        self.float_any(a)
    }

    #[inline(always)]
    fn scale(self, scale: &Scale) -> Factor<S::F> {
        Factor {
            part: self.float_splat(scale.part),
            high: self.float_splat(scale.high),
            low: self.float_splat(scale.low),
        }
    }
    #[inline(always)]
    fn factor(self, b: S::F) -> Factor<S::F> {
        let shifted = self.float_mul(b, self.float_splat(1.0 / 65536.0));
        let high = self.float_floor(shifted);
        Factor {
            part: self.float_mul(b, self.float_splat(1.0 / ONE as f64)),
            high,
            low: self.float_sub(shifted, high),
        }
    }
    #[inline(always)]
    fn multiply(self, a: S::F, b: Factor<S::F>) -> S::F {
        self.floor_product(a, b)
    }
    #[inline(always)]
    fn multiply_up(self, a: S::F, b: Factor<S::F>) -> S::F {
        self.ceil_product(a, b)
    }
    #[inline(always)]
    fn times(self, a: S::F, b: S::F) -> S::F {
        self.float_mul(a, b)
    }
    #[inline(always)]
    fn to_u16(self, a: S::F) -> S::F {
        self.floor_of(a, self.float_splat(f64::from(u16::MAX) / ONE as f64))
    }

    #[inline(always)]
    fn divisor(self, divisor: S::F) -> Divisor<S::F> {
        const STEP: f64 = (1u64 << 21) as f64;
        let over = |by: f64| self.float_splat(1.0 / by);
        let quotient = self.float_div(self.float_splat(ONE as f64), divisor);
        let reciprocal = self.float_mul(self.if_positive(divisor, quotient), self.float_splat(UP));
        let steps = self.float_floor(self.float_mul(divisor, over(STEP)));
        let part = self.float_mul(divisor, over(ONE as f64));
        let high = self.float_mul(steps, self.float_splat(STEP / ONE as f64));
        Divisor {
            reciprocal,
            part,
            high,
            low: self.float_sub(part, high),
        }
    }

    /// The reciprocal carries two roundings, of `2^-53` each, and the estimate one more, against the `2^-51` that
    /// it is made too large by: the estimate is never below the quotient, and above it by less than `2^-50` of
    /// itself, so by less than one half: an integer next to it is the quotient's floor or one more, and the exact
    /// remainder tells which.
    #[inline(always)]
    fn divide(self, a: S::F, divisor: Divisor<S::F>) -> S::F {
        let estimate = self.either_side_of(a, divisor.reciprocal);
        self.less_where_short(estimate, a, divisor)
    }

    /// The quotient is an integer or at least `1 / divisor` below the next. The estimate is above it by less than
    /// `2^-50 * a * 2^32 / divisor`, a quarter of that, and never below: the floors are the same.
    #[inline(always)]
    fn divide_small(self, a: S::F, divisor: Divisor<S::F>) -> S::F {
        self.floor_of(a, divisor.reciprocal)
    }

    #[inline(always)]
    fn near_one(self, divisor: S::F) -> Option<S::F> {
        let missing = self.float_sub(self.float_splat(ONE as f64), divisor);
        let missing = self.if_positive(divisor, missing);
        let too_many = self.excess(missing, self.float_splat(f64::from((1 << 17) - 1)));
        if self.float_any(too_many) {
            return None;
        }
        let part = self.float_div(missing, divisor);
        Some(self.float_mul(self.if_positive(divisor, part), self.float_splat(UP)))
    }

    /// With `missing` the divisor's distance from `2^32`, the quotient is `a + floor(a * missing / divisor)`. That
    /// fraction is below `2^17`, and an integer or at least `1 / divisor`, so `2^-32`, below the next; the estimate is
    /// never below it and above it by less than `2^-50` of itself: the floors are the same.
    #[inline(always)]
    fn divide_near_one(self, a: S::F, missing: S::F) -> S::F {
        self.float_add(a, self.floor_of(a, missing))
    }

    #[inline(always)]
    fn series(self, x: &[S::F; CHAINS]) -> ([S::F; CHAINS], [S::F; CHAINS]) {
        estimated_series(self, x)
    }
    #[inline(always)]
    fn sigmoid(self, x: &[S::F; CHAINS]) -> ([S::F; CHAINS], [S::F; CHAINS]) {
        series::sigmoid(self, x)
    }
}
