//! WebAssembly's simd128: two 64-bit lanes. Chosen by the build, since a module cannot ask at run time.

use super::ops::intrinsics;
use super::simd::{Block32, Block64, LANES, Simd};
use std::arch::wasm32::*;

/// Proof that the module was built with simd128.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Simd128;

/// The low halves of two vectors of 64-bit lanes, side by side.
macro_rules! low_halves {
    ($a:expr) => {
        i32x4_shuffle::<0, 2, 0, 2>($a, $a)
    };
}

impl Simd for Simd128 {
    const W: usize = 2;
    type U = v128;
    type F = v128;
    type N = v128;

    intrinsics! {
        splat(value: u64) -> v128 = u64x2_splat(value);
        load(from: &Block64, k: usize) -> v128 = v128_load(from.0.as_ptr().add(2 * k).cast());
        store(value: v128, to: &mut Block64, k: usize) = v128_store(to.0.as_mut_ptr().add(2 * k).cast(), value);
        widen(from: &Block32, k: usize) -> v128 = u64x2_load_extend_u32x2(from.0.as_ptr().add(2 * k));
        widen16(from: &[u16; LANES], to: &mut Block32) = {
            for quarter in 0..4 {
                let wide = u32x4_load_extend_u16x4(from.as_ptr().add(4 * quarter));
                v128_store(to.0.as_mut_ptr().add(4 * quarter).cast(), wide);
            }
        };
        pack16(from: &Block32, to: &mut [u16; LANES]) = {
            // Even 16-bit lanes of two vectors: the low halves of their 32-bit lanes.
            for half in 0..2 {
                let first = v128_load(from.0.as_ptr().add(8 * half).cast());
                let second = v128_load(from.0.as_ptr().add(8 * half + 4).cast());
                let low = i16x8_shuffle::<0, 2, 4, 6, 8, 10, 12, 14>(first, second);
                v128_store(to.as_mut_ptr().add(8 * half).cast(), low);
            }
        };
        narrow(value: v128, to: &mut [u32; LANES], k: usize) =
            v128_store64_lane::<0>(low_halves!(value), to.as_mut_ptr().add(2 * k).cast());
        add(a: v128, b: v128) -> v128 = u64x2_add(a, b);
        sub(a: v128, b: v128) -> v128 = u64x2_sub(a, b);
        and(a: v128, b: v128) -> v128 = v128_and(a, b);
        or(a: v128, b: v128) -> v128 = v128_or(a, b);
        xor(a: v128, b: v128) -> v128 = v128_xor(a, b);
        shl32(a: v128) -> v128 = u64x2_shl(a, 32);
        shr32(a: v128) -> v128 = u64x2_shr(a, 32);
        shr63(a: v128) -> v128 = u64x2_shr(a, 63);
        mul32(a: v128, b: v128) -> v128 = u64x2_extmul_low_u32x4(low_halves!(a), low_halves!(b));
        mul_low(a: v128, b: v128) -> v128 = u64x2_mul(a, b);
        if_greater(a: v128, b: v128, x: v128, y: v128) -> v128 = v128_bitselect(x, y, i64x2_gt(a, b));
        float_splat(value: f64) -> v128 = f64x2_splat(value);
        float_bits(a: v128) -> v128 = a;
        float_from_bits(a: v128) -> v128 = a;
        float_add(a: v128, b: v128) -> v128 = f64x2_add(a, b);
        float_sub(a: v128, b: v128) -> v128 = f64x2_sub(a, b);
        float_mul(a: v128, b: v128) -> v128 = f64x2_mul(a, b);
        float_div(a: v128, b: v128) -> v128 = f64x2_div(a, b);
        float_floor(a: v128) -> v128 = f64x2_floor(a);
        float_min(a: v128, b: v128) -> v128 = f64x2_pmin(a, b);
        float_max(a: v128, b: v128) -> v128 = f64x2_pmax(a, b);
        any(a: v128) -> bool = v128_any_true(a);
        narrow_splat(value: u32) -> v128 = u32x4_splat(value);
        narrow_load(from: &Block32, k: usize) -> v128 = v128_load(from.0.as_ptr().add(4 * k).cast());
        narrow_store(value: v128, to: &mut Block32, k: usize) = v128_store(to.0.as_mut_ptr().add(4 * k).cast(), value);
        narrow_or(a: v128, b: v128) -> v128 = v128_or(a, b);
        narrow_min(a: v128, b: v128) -> v128 = u32x4_min(a, b);
        narrow_max(a: v128, b: v128) -> v128 = u32x4_max(a, b);
        narrow_add_if_at_least(acc: v128, weight: v128, a: v128, b: v128) -> v128 =
            u32x4_add(acc, v128_and(u32x4_ge(a, b), weight));
        narrow_if_at_least(a: v128, b: v128, x: v128, y: v128) -> v128 = v128_bitselect(x, y, u32x4_ge(a, b));
    }
}
