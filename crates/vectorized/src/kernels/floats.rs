//! Integers in lanes of doubles, which hold them exactly below `2^53`: every instruction set with vectors of doubles
//! computes so, since few have a product of 64 bits.

use super::rounding::{exact, nearest};
use super::series::LAST_TERM;
use super::sigmoid::sigmoid;
use super::simd::{
    CHAINS, CommonFactor, F64Lanes, LANES, Lanes32, Lanes64, ONE, RowDivisor, Simd, U32Lanes,
};

/// The vectors of doubles of one instruction set.
pub(crate) trait F64Simd: U32Lanes + F64Lanes {
    /// The number of lanes of a vector.
    const W: usize;

    /// Returns vector `k` of a tile's doubles, from their bits.
    fn f64_load(self, from: &Lanes64, k: usize) -> Self::F64;
    /// Writes vector `k` of a tile's doubles, as their bits.
    fn f64_store(self, value: Self::F64, to: &mut Lanes64, k: usize);
    /// Returns vector `k` of a tile's 32-bit integers.
    fn f64_widen(self, from: &Lanes32, k: usize) -> Self::F64;
    /// Writes vector `k` of a tile's 32-bit integers; the values are integers below `2^32`.
    fn f64_narrow(self, value: Self::F64, to: &mut [u32; LANES], k: usize);
    /// Returns vector `k` of a tile's 16-bit integers.
    fn f64_widen16(self, from: &[u16; LANES], k: usize) -> Self::F64;
    /// Writes vector `k` of a tile's 16-bit integers; the values are integers below `2^16`.
    fn f64_narrow16(self, value: Self::F64, to: &mut [u16; LANES], k: usize);
    /// Returns a bit for each lane that is above zero.
    fn f64_positive(self, a: Self::F64) -> u16;
    /// Returns the smallest integer that is not below `a`.
    fn f64_ceil(self, a: Self::F64) -> Self::F64;
    /// Returns the smaller of two numbers, neither of them NaN.
    fn f64_min(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns the larger of two numbers, neither of them NaN.
    fn f64_max(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns `x` where `a > b`, else `y`.
    fn f64_if_greater(self, a: Self::F64, b: Self::F64, x: Self::F64, y: Self::F64) -> Self::F64;
    /// `x` where `a > b`, else 0.
    fn f64_where_greater(self, a: Self::F64, b: Self::F64, x: Self::F64) -> Self::F64;
    /// Returns whether any lane is above zero.
    fn f64_any(self, a: Self::F64) -> bool;

    /// Returns `floor(a * b / 2^32)`, for `a` and `b` up to `2^32`.
    ///
    /// `b` is `high * 2^16 + low * 2^16`, `low` a fraction of 16 bits. Products and sum are exact: none has more than
    /// 49 bits. A floor of a sum over an integer may take the floor of a part first.
    #[inline(always)]
    fn floor_product(self, a: Self::F64, b: Factor<Self::F64>) -> Self::F64 {
        let low = self.f64_floor(self.f64_mul(a, b.low));
        let sum = self.f64_add(self.f64_mul(a, b.high), low);
        self.f64_floor(self.f64_mul(sum, self.f64_splat(1.0 / 65536.0)))
    }

    /// Returns `ceil(a * b / 2^32)`, for `a` and `b` up to `2^32`: ceilings nest as floors do.
    #[inline(always)]
    fn ceil_product(self, a: Self::F64, b: Factor<Self::F64>) -> Self::F64 {
        let low = self.f64_ceil(self.f64_mul(a, b.low));
        let sum = self.f64_add(self.f64_mul(a, b.high), low);
        self.f64_ceil(self.f64_mul(sum, self.f64_splat(1.0 / 65536.0)))
    }

    /// Returns `floor(a * b)`, for an exact product below `2^52`, or one whose rounding crosses no integer.
    #[inline(always)]
    fn floor_of(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        self.f64_floor(self.f64_mul(a, b))
    }

    /// Returns one of the two integers that `a * b`, below `2^51`, lies between.
    #[inline(always)]
    fn nearby_integer(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        self.floor_of(a, b)
    }

    /// Returns the quotient, less one where `a - quotient * divisor / 2^32` is negative.
    ///
    /// The divisor is `high + low`, `high` a multiple of `2^21` and `low` below. Both products are exact:
    /// `quotient * high` is a multiple of `2^21` and at most a divisor more than `a * 2^32`, so below `2^65`;
    /// `quotient * low` is at most `2^53`. The first difference is a multiple of `2^21` below `2^54`, the second
    /// below the divisor: both exact. All of it is scaled by a power of two.
    #[inline(always)]
    fn corrected_quotient(
        self,
        quotient: Self::F64,
        a: Self::F64,
        divisor: Divisor<Self::F64>,
    ) -> Self::F64 {
        let part = self.f64_sub(a, self.f64_mul(quotient, divisor.high));
        let rest = self.f64_mul(quotient, divisor.low);
        let short = self.f64_where_greater(rest, part, self.f64_splat(1.0));
        self.f64_sub(quotient, short)
    }
}

/// A factor in lanes, in the forms that platforms want it. What a platform does not use costs nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor<F> {
    /// The factor over `2^32`.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "fused products alone read it")
    )]
    pub part: F,
    /// The factor over `2^16`, floored.
    pub high: F,
    /// The fraction that this floor drops.
    pub low: F,
}

/// A divisor in lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor<F> {
    /// The reciprocal: a little more than `2^32` over the divisor.
    pub reciprocal: F,
    /// The divisor over `2^32`.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "fused products alone read it")
    )]
    pub part: F,
    /// The multiples of `2^-11` in `part`.
    pub high: F,
    /// The rest of `part`.
    pub low: F,
}

/// The factor that makes a reciprocal a little too large.
const UP: f64 = RowDivisor::UP;

/// The factor that makes estimates of terms a little too large: `1 + 2^-50`.
const SERIES_UP: f64 = 1.0 + 1.0 / (1u64 << 50) as f64;

/// The largest relative distance of such an estimate above the true value: `2^-49`.
const SLACK: f64 = 1.0 / (1u64 << 49) as f64;

/// Returns `e^x` by the series in doubles, for `x` from 0 to 9, and a number above zero in the lanes where a term needs
/// the exact series.
///
/// The chain floors each product and each quotient; a floor of a floor over an integer is the floor of the whole, so
/// the next term is `floor(term * x / number)`. The double estimate of it carries four roundings, of `2^-53` each, and
/// is made too large by `2^-50`: it is never below the true value, and above it by less than `2^-49` of itself. Where
/// its fraction is larger than that the floors agree. That is nearly always; terms and their sum stay below `2^46`,
/// and doubles hold them exactly.
#[inline(always)]
fn estimated_series<S: F64Simd>(
    s: S,
    x: &[S::F64; CHAINS],
) -> ([S::F64; CHAINS], [S::F64; CHAINS]) {
    let zero = s.f64_splat(0.0);
    let mut factor = [zero; CHAINS];
    let mut term = *x;
    let mut sum = [zero; CHAINS];
    let mut lowest = [zero; CHAINS];
    for g in 0..CHAINS {
        factor[g] = s.f64_mul(x[g], s.f64_splat(SERIES_UP / ONE as f64));
        sum[g] = s.f64_add(x[g], s.f64_splat(ONE as f64));
    }
    for number in 2..=LAST_TERM {
        let inverse = s.f64_splat(1.0 / number as f64);
        for g in 0..CHAINS {
            let estimate = s.f64_mul(term[g], s.f64_mul(factor[g], inverse));
            term[g] = s.f64_floor(estimate);
            let fraction = s.f64_sub(estimate, term[g]);
            let slack = s.f64_mul(estimate, s.f64_splat(SLACK));
            lowest[g] = s.f64_min(lowest[g], s.f64_sub(fraction, slack));
            sum[g] = s.f64_add(sum[g], term[g]);
        }
    }
    for lowest in &mut lowest {
        *lowest = s.f64_where_greater(zero, *lowest, s.f64_splat(1.0));
    }
    (sum, lowest)
}

impl<S: F64Simd> Simd for S {
    const W: usize = <S as F64Simd>::W;
    type V = S::F64;
    type Factor = Factor<S::F64>;
    type Divisor = Divisor<S::F64>;
    type NearOne = S::F64;

    #[inline(always)]
    fn splat(self, value: u64) -> S::F64 {
        self.f64_splat(value as f64)
    }
    #[inline(always)]
    fn load(self, from: &Lanes64, k: usize) -> S::F64 {
        self.f64_load(from, k)
    }
    #[inline(always)]
    fn store(self, value: S::F64, to: &mut Lanes64, k: usize) {
        self.f64_store(value, to, k);
    }
    #[inline(always)]
    fn load_u64(self, from: &Lanes64, k: usize) -> S::F64 {
        let mut own = Lanes64::ZERO;
        for lane in k * <S as F64Simd>::W..(k + 1) * <S as F64Simd>::W {
            own.0[lane] = exact(from.0[lane]).to_bits();
        }
        self.f64_load(&own, k)
    }
    #[inline(always)]
    fn store_u64(self, value: S::F64, to: &mut Lanes64, k: usize) {
        self.f64_store(value, to, k);
        for value in &mut to.0[k * <S as F64Simd>::W..(k + 1) * <S as F64Simd>::W] {
            *value = nearest(f64::from_bits(*value));
        }
    }
    #[inline(always)]
    fn widen(self, from: &Lanes32, k: usize) -> S::F64 {
        self.f64_widen(from, k)
    }
    #[inline(always)]
    fn narrow(self, value: S::F64, to: &mut [u32; LANES], k: usize) {
        self.f64_narrow(value, to, k);
    }
    #[inline(always)]
    fn widen_u16(self, from: &[u16; LANES], k: usize) -> S::F64 {
        self.f64_widen16(from, k)
    }
    #[inline(always)]
    fn narrow_u16(self, value: S::F64, to: &mut [u16; LANES], k: usize) {
        self.f64_narrow16(value, to, k);
    }
    #[inline(always)]
    fn positive(self, a: S::F64) -> u16 {
        self.f64_positive(a)
    }

    #[inline(always)]
    fn add(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_add(a, b)
    }
    #[inline(always)]
    fn sub(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_sub(a, b)
    }
    #[inline(always)]
    fn saturating_sub(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_max(self.f64_sub(a, b), self.f64_splat(0.0))
    }
    #[inline(always)]
    fn min(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_min(a, b)
    }
    #[inline(always)]
    fn max(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_max(a, b)
    }
    #[inline(always)]
    fn if_greater(self, a: S::F64, b: S::F64, x: S::F64, y: S::F64) -> S::F64 {
        self.f64_if_greater(a, b, x, y)
    }
    #[inline(always)]
    fn if_positive(self, a: S::F64, x: S::F64) -> S::F64 {
        self.f64_where_greater(a, self.f64_splat(0.0), x)
    }
    #[inline(always)]
    fn any(self, a: S::F64) -> bool {
        self.f64_any(a)
    }

    #[inline(always)]
    fn common_factor(self, factor: &CommonFactor) -> Factor<S::F64> {
        Factor {
            part: self.f64_splat(factor.part),
            high: self.f64_splat(factor.high),
            low: self.f64_splat(factor.low),
        }
    }
    #[inline(always)]
    fn factor(self, b: S::F64) -> Factor<S::F64> {
        let shifted = self.f64_mul(b, self.f64_splat(1.0 / 65536.0));
        let high = self.f64_floor(shifted);
        Factor {
            part: self.f64_mul(b, self.f64_splat(1.0 / ONE as f64)),
            high,
            low: self.f64_sub(shifted, high),
        }
    }
    #[inline(always)]
    fn multiply(self, a: S::F64, b: Factor<S::F64>) -> S::F64 {
        self.floor_product(a, b)
    }
    #[inline(always)]
    fn multiply_ceil(self, a: S::F64, b: Factor<S::F64>) -> S::F64 {
        self.ceil_product(a, b)
    }
    #[inline(always)]
    fn multiply_exact(self, a: S::F64, b: S::F64) -> S::F64 {
        self.f64_mul(a, b)
    }
    #[inline(always)]
    fn to_u16(self, a: S::F64) -> S::F64 {
        self.floor_of(a, self.f64_splat(f64::from(u16::MAX) / ONE as f64))
    }

    #[inline(always)]
    fn divisor(self, divisor: S::F64) -> Divisor<S::F64> {
        const STEP: f64 = (1u64 << 21) as f64;
        let over = |by: f64| self.f64_splat(1.0 / by);
        let quotient = self.f64_div(self.f64_splat(ONE as f64), divisor);
        let reciprocal = self.f64_mul(self.if_positive(divisor, quotient), self.f64_splat(UP));
        let steps = self.f64_floor(self.f64_mul(divisor, over(STEP)));
        let part = self.f64_mul(divisor, over(ONE as f64));
        let high = self.f64_mul(steps, self.f64_splat(STEP / ONE as f64));
        Divisor {
            reciprocal,
            part,
            high,
            low: self.f64_sub(part, high),
        }
    }

    /// The reciprocal carries two roundings, of `2^-53` each, and the estimate one more, against the `2^-51` that
    /// it is made too large by: the estimate is never below the quotient, and above it by less than `2^-50` of
    /// itself, so by less than one half: an integer next to it is the quotient's floor or one more, and the exact
    /// remainder tells which.
    #[inline(always)]
    fn divide(self, a: S::F64, divisor: Divisor<S::F64>) -> S::F64 {
        let estimate = self.nearby_integer(a, divisor.reciprocal);
        self.corrected_quotient(estimate, a, divisor)
    }

    /// The quotient is an integer or at least `1 / divisor` below the next. The estimate is above it by less than
    /// `2^-50 * a * 2^32 / divisor`, a quarter of that, and never below: the floors are the same.
    #[inline(always)]
    fn divide_small(self, a: S::F64, divisor: Divisor<S::F64>) -> S::F64 {
        self.floor_of(a, divisor.reciprocal)
    }

    /// The same reciprocal, and the same floors.
    #[inline(always)]
    fn divide_by_sum(self, a: S::F64, divisor: &RowDivisor) -> S::F64 {
        self.floor_of(a, self.f64_splat(divisor.reciprocal))
    }

    #[inline(always)]
    fn near_one(self, divisor: S::F64) -> Option<S::F64> {
        let missing = self.f64_sub(self.f64_splat(ONE as f64), divisor);
        let missing = self.if_positive(divisor, missing);
        let too_many = self.saturating_sub(missing, self.f64_splat(f64::from((1 << 17) - 1)));
        if self.f64_any(too_many) {
            return None;
        }
        let part = self.f64_div(missing, divisor);
        Some(self.f64_mul(self.if_positive(divisor, part), self.f64_splat(UP)))
    }

    /// With `missing` the divisor's distance from `2^32`, the quotient is `a + floor(a * missing / divisor)`. That
    /// fraction is below `2^17`, and an integer or at least `1 / divisor`, so `2^-32`, below the next; the estimate is
    /// never below it and above it by less than `2^-50` of itself: the floors are the same.
    #[inline(always)]
    fn divide_near_one(self, a: S::F64, missing: S::F64) -> S::F64 {
        self.f64_add(a, self.floor_of(a, missing))
    }

    #[inline(always)]
    fn series(self, x: &[S::F64; CHAINS]) -> ([S::F64; CHAINS], [S::F64; CHAINS]) {
        estimated_series(self, x)
    }
    #[inline(always)]
    fn sigmoid(self, x: &[S::F64; CHAINS]) -> ([S::F64; CHAINS], [S::F64; CHAINS]) {
        sigmoid(self, x)
    }
}
