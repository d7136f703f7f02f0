//! Plain Rust: every machine has it, and what the compiler makes of it is its own affair.

use super::simd::{Block32, Block64, LANES, Simd};

/// Two lanes of plain integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

const W: usize = 2;

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

impl Simd for Portable {
    const W: usize = W;
    const FLOORS: bool = cfg!(any(
        target_arch = "wasm32",
        target_arch = "aarch64",
        target_feature = "sse4.1"
    ));
    type U = [u64; W];
    type F = [f64; W];
    type N = [u32; 2 * W];

    #[inline(always)]
    fn splat(self, value: u64) -> Self::U {
        [value; W]
    }
    #[inline(always)]
    fn load(self, from: &Block64, k: usize) -> Self::U {
        std::array::from_fn(|lane| from.0[k * W + lane])
    }
    #[inline(always)]
    fn store(self, value: Self::U, to: &mut Block64, k: usize) {
        to.0[k * W..(k + 1) * W].copy_from_slice(&value);
    }
    #[inline(always)]
    fn widen(self, from: &Block32, k: usize) -> Self::U {
        std::array::from_fn(|lane| u64::from(from.0[k * W + lane]))
    }
    #[inline(always)]
    fn widen16(self, from: &[u16; LANES], to: &mut Block32) {
        to.0 = from.map(u32::from);
    }
    #[inline(always)]
    fn pack16(self, from: &Block32, to: &mut [u16; LANES]) {
        *to = from.0.map(|value| value as u16);
    }
    #[inline(always)]
    fn narrow(self, value: Self::U, to: &mut [u32; LANES], k: usize) {
        for (to, value) in to[k * W..(k + 1) * W].iter_mut().zip(value) {
            *to = value as u32;
        }
    }
    #[inline(always)]
    fn add(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, u64::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, u64::wrapping_sub)
    }
    #[inline(always)]
    fn and(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, |a, b| a & b)
    }
    #[inline(always)]
    fn or(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, |a, b| a | b)
    }
    #[inline(always)]
    fn xor(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, |a, b| a ^ b)
    }
    #[inline(always)]
    fn shl32(self, a: Self::U) -> Self::U {
        a.map(|a| a << 32)
    }
    #[inline(always)]
    fn shr32(self, a: Self::U) -> Self::U {
        a.map(|a| a >> 32)
    }
    #[inline(always)]
    fn shr63(self, a: Self::U) -> Self::U {
        a.map(|a| a >> 63)
    }
    #[inline(always)]
    fn mul32(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, |a, b| (a & 0xffff_ffff) * (b & 0xffff_ffff))
    }
    #[inline(always)]
    fn if_greater(self, a: Self::U, b: Self::U, x: Self::U, y: Self::U) -> Self::U {
        std::array::from_fn(|lane| {
            if a[lane] as i64 > b[lane] as i64 {
                x[lane]
            } else {
                y[lane]
            }
        })
    }
    #[inline(always)]
    fn mul_low(self, a: Self::U, b: Self::U) -> Self::U {
        each(a, b, u64::wrapping_mul)
    }

    #[inline(always)]
    fn float_splat(self, value: f64) -> Self::F {
        [value; W]
    }
    #[inline(always)]
    fn float_bits(self, a: Self::F) -> Self::U {
        a.map(f64::to_bits)
    }
    #[inline(always)]
    fn float_from_bits(self, a: Self::U) -> Self::F {
        a.map(f64::from_bits)
    }
    #[inline(always)]
    fn float_add(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn float_sub(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn float_mul(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn float_div(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| a / b)
    }

    #[inline(always)]
    fn float_floor(self, a: Self::F) -> Self::F {
        a.map(f64::floor)
    }
    #[inline(always)]
    fn float_min(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| if b < a { b } else { a })
    }
    #[inline(always)]
    fn float_max(self, a: Self::F, b: Self::F) -> Self::F {
        each(a, b, |a, b| if a < b { b } else { a })
    }
    #[inline(always)]
    fn any(self, a: Self::U) -> bool {
        a.iter().any(|&a| a != 0)
    }

    #[inline(always)]
    fn narrow_splat(self, value: u32) -> Self::N {
        [value; 2 * W]
    }
    #[inline(always)]
    fn narrow_load(self, from: &Block32, k: usize) -> Self::N {
        std::array::from_fn(|lane| from.0[k * 2 * W + lane])
    }
    #[inline(always)]
    fn narrow_store(self, value: Self::N, to: &mut Block32, k: usize) {
        to.0[k * 2 * W..(k + 1) * 2 * W].copy_from_slice(&value);
    }
    #[inline(always)]
    fn narrow_or(self, a: Self::N, b: Self::N) -> Self::N {
        each(a, b, |a, b| a | b)
    }
    #[inline(always)]
    fn narrow_min(self, a: Self::N, b: Self::N) -> Self::N {
        each(a, b, u32::min)
    }
    #[inline(always)]
    fn narrow_max(self, a: Self::N, b: Self::N) -> Self::N {
        each(a, b, u32::max)
    }
    #[inline(always)]
    fn narrow_add_if_at_least(
        self,
        acc: Self::N,
        weight: Self::N,
        a: Self::N,
        b: Self::N,
    ) -> Self::N {
        std::array::from_fn(|lane| {
            let added = if a[lane] >= b[lane] { weight[lane] } else { 0 };
            acc[lane].wrapping_add(added)
        })
    }
    #[inline(always)]
    fn narrow_if_at_least(self, a: Self::N, b: Self::N, x: Self::N, y: Self::N) -> Self::N {
        std::array::from_fn(|lane| if a[lane] >= b[lane] { x[lane] } else { y[lane] })
    }
}
