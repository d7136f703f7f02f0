//! Plain Rust on integers, for every machine.

use super::rounding::floor_quotient;
use super::series::exp_series;
use super::sigmoid::sigmoid;
use super::simd::{
    CHAINS, CommonFactor, F64Lanes, LANES, Lanes32, Lanes64, ONE, RowDivisor, Simd, U32Lanes,
};

/// The platform of plain Rust: vectors of two integers, or of four of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

const W: usize = 2;
const U32_LANES: usize = 4;

#[inline(always)]
fn each<T: Copy, R: Copy + Default, const L: usize>(
    a: [T; L],
    b: [T; L],
    f: impl Fn(T, T) -> R,
) -> [R; L] {
    let mut out = [R::default(); L];
    for (lane, out) in out.iter_mut().enumerate() {
        *out = f(a[lane], b[lane]);
    }
    out
}

/// A divisor and its reciprocal, `2^32` over it, in each lane; 0 over 0.
type Divisor = [(u64, f64); W];

impl U32Lanes for Portable {
    const U32_LANES: usize = U32_LANES;
    type U32 = [u32; U32_LANES];

    #[inline(always)]
    fn u32_splat(self, value: u32) -> Self::U32 {
        [value; U32_LANES]
    }
    #[inline(always)]
    fn u32_load(self, from: &Lanes32, k: usize) -> Self::U32 {
        std::array::from_fn(|lane| from.0[k * U32_LANES + lane])
    }
    #[inline(always)]
    fn u32_load16(self, from: &[u16; LANES], k: usize) -> Self::U32 {
        std::array::from_fn(|lane| u32::from(from[k * U32_LANES + lane]))
    }
    #[inline(always)]
    fn u32_store(self, value: Self::U32, to: &mut Lanes32, k: usize) {
        to.0[k * U32_LANES..(k + 1) * U32_LANES].copy_from_slice(&value);
    }
    #[inline(always)]
    fn u32_add(self, a: Self::U32, b: Self::U32) -> Self::U32 {
        each(a, b, u32::wrapping_add)
    }
    #[inline(always)]
    fn u32_sub(self, a: Self::U32, b: Self::U32) -> Self::U32 {
        each(a, b, u32::wrapping_sub)
    }
    #[inline(always)]
    fn u32_half(self, a: Self::U32) -> Self::U32 {
        a.map(|a| a >> 1)
    }
    #[inline(always)]
    fn u32_min(self, a: Self::U32, b: Self::U32) -> Self::U32 {
        each(a, b, u32::min)
    }
    #[inline(always)]
    fn u32_max(self, a: Self::U32, b: Self::U32) -> Self::U32 {
        each(a, b, u32::max)
    }
    #[inline(always)]
    fn u32_add_if_above<const SMALL: bool>(
        self,
        acc: Self::U32,
        weight: Self::U32,
        a: Self::U32,
        b: Self::U32,
    ) -> Self::U32 {
        std::array::from_fn(|lane| {
            let added = if a[lane] > b[lane] { weight[lane] } else { 0 };
            acc[lane].wrapping_add(added)
        })
    }
    #[inline(always)]
    fn u32_multiply(self, a: Self::U32, factor: u32) -> Self::U32 {
        a.map(|a| ((u64::from(a) * u64::from(factor)) >> 32) as u32)
    }
    #[inline(always)]
    fn u32_if_at_least(self, a: Self::U32, b: Self::U32, x: Self::U32, y: Self::U32) -> Self::U32 {
        std::array::from_fn(|lane| if a[lane] >= b[lane] { x[lane] } else { y[lane] })
    }
    #[inline(always)]
    fn u32_equal(self, a: Self::U32, b: Self::U32) -> bool {
        a == b
    }
}

impl F64Lanes for Portable {
    type F64 = [f64; W];

    #[inline(always)]
    fn f64_splat(self, value: f64) -> Self::F64 {
        [value; W]
    }
    #[inline(always)]
    fn f64_add(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn f64_sub(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn f64_mul(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn f64_div(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn f64_floor(self, a: Self::F64) -> Self::F64 {
        a.map(f64::floor)
    }
}

impl Simd for Portable {
    const W: usize = W;
    type V = [u64; W];
    type Factor = [u64; W];
    type Divisor = Divisor;
    type NearOne = Divisor;

    #[inline(always)]
    fn splat(self, value: u64) -> Self::V {
        [value; W]
    }
    #[inline(always)]
    fn load(self, from: &Lanes64, k: usize) -> Self::V {
        std::array::from_fn(|lane| from.0[k * W + lane])
    }
    #[inline(always)]
    fn store(self, value: Self::V, to: &mut Lanes64, k: usize) {
        to.0[k * W..(k + 1) * W].copy_from_slice(&value);
    }
    #[inline(always)]
    fn load_u64(self, from: &Lanes64, k: usize) -> Self::V {
        self.load(from, k)
    }
    #[inline(always)]
    fn store_u64(self, value: Self::V, to: &mut Lanes64, k: usize) {
        self.store(value, to, k);
    }
    #[inline(always)]
    fn widen(self, from: &Lanes32, k: usize) -> Self::V {
        std::array::from_fn(|lane| u64::from(from.0[k * W + lane]))
    }
    #[inline(always)]
    fn narrow(self, value: Self::V, to: &mut [u32; LANES], k: usize) {
        for (to, value) in to[k * W..(k + 1) * W].iter_mut().zip(value) {
            *to = value as u32;
        }
    }

    #[inline(always)]
    fn widen_u16(self, from: &[u16; LANES], k: usize) -> Self::V {
        std::array::from_fn(|lane| u64::from(from[k * W + lane]))
    }
    #[inline(always)]
    fn narrow_u16(self, value: Self::V, to: &mut [u16; LANES], k: usize) {
        for (to, value) in to[k * W..(k + 1) * W].iter_mut().zip(value) {
            *to = value as u16;
        }
    }
    #[inline(always)]
    fn positive(self, a: Self::V) -> u16 {
        let lanes = a.iter().enumerate();
        lanes.fold(0, |all, (lane, &a)| all | u16::from(a > 0) << lane)
    }

    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::wrapping_sub)
    }
    #[inline(always)]
    fn saturating_sub(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::saturating_sub)
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::min)
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::max)
    }
    #[inline(always)]
    fn if_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
        std::array::from_fn(|lane| if a[lane] > b[lane] { x[lane] } else { y[lane] })
    }
    #[inline(always)]
    fn if_positive(self, a: Self::V, x: Self::V) -> Self::V {
        each(a, x, |a, x| if a > 0 { x } else { 0 })
    }
    #[inline(always)]
    fn any(self, a: Self::V) -> bool {
        a.iter().any(|&a| a > 0)
    }

    #[inline(always)]
    fn common_factor(self, factor: &CommonFactor) -> Self::Factor {
        [factor.bits; W]
    }
    #[inline(always)]
    fn factor(self, b: Self::V) -> Self::Factor {
        b
    }
    /// A product of numbers up to `2^32` fits 64 bits but for `2^32 * 2^32`; there its low bits are 0, and the bit that
    /// both share is the answer.
    #[inline(always)]
    fn multiply(self, a: Self::V, b: Self::Factor) -> Self::V {
        each(a, b, |a, b| (a.wrapping_mul(b) >> 32) | (a & b & ONE))
    }
    #[inline(always)]
    fn multiply_ceil(self, a: Self::V, b: Self::Factor) -> Self::V {
        each(a, b, |a, b| a.wrapping_mul(b).div_ceil(ONE) | (a & b & ONE))
    }
    #[inline(always)]
    fn multiply_exact(self, a: Self::V, b: Self::V) -> Self::V {
        each(a, b, u64::wrapping_mul)
    }
    #[inline(always)]
    fn to_u16(self, a: Self::V) -> Self::V {
        a.map(|a| (a * u64::from(u16::MAX)) >> 32)
    }

    #[inline(always)]
    fn divisor(self, divisor: Self::V) -> Divisor {
        divisor.map(|divisor| {
            let reciprocal = if divisor > 0 {
                ONE as f64 / divisor as f64
            } else {
                0.0
            };
            (divisor, reciprocal)
        })
    }

    #[inline(always)]
    fn divide(self, a: Self::V, divisor: Divisor) -> Self::V {
        std::array::from_fn(|lane| {
            let (divisor, reciprocal) = divisor[lane];
            floor_quotient(a[lane] as i64, divisor as i64, reciprocal) as u64
        })
    }
    #[inline(always)]
    fn divide_small(self, a: Self::V, divisor: Divisor) -> Self::V {
        self.divide(a, divisor)
    }

    #[inline(always)]
    fn divide_by_sum(self, a: Self::V, divisor: &RowDivisor) -> Self::V {
        a.map(|a| floor_quotient(a as i64, divisor.bits.into(), divisor.reciprocal) as u64)
    }

    #[inline(always)]
    fn near_one(self, _: Self::V) -> Option<Divisor> {
        None
    }
    #[inline(always)]
    fn divide_near_one(self, a: Self::V, divisor: Divisor) -> Self::V {
        self.divide(a, divisor)
    }

    #[inline(always)]
    fn series(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]) {
        let mut power = [[0; W]; CHAINS];
        for lane in 0..W {
            let chains = exp_series(x.map(|x| x[lane]));
            for (power, chain) in power.iter_mut().zip(chains) {
                power[lane] = chain;
            }
        }
        (power, [[0; W]; CHAINS])
    }

    #[inline(always)]
    fn sigmoid(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]) {
        let (value, needs_exact) = sigmoid(self, &x.map(|x| x.map(|x| x as f64)));
        (
            value.map(|value| value.map(|value| value as u64)),
            needs_exact.map(|lanes| lanes.map(|excess| u64::from(excess > 0.0))),
        )
    }
}
