//! WebAssembly's simd128: two doubles. Chosen by the build, since a module cannot ask at run time.

use super::floats::F64Simd;
use super::ops::intrinsics;
use super::rounding::TWO_TO_52;
use super::shuffle::Shuffle16;
use super::simd::{Compressions, F64Lanes, LANES, Lanes32, Lanes64, U32Lanes};
use std::arch::wasm32::*;
use std::array::from_fn;

/// Proof that the module was built with simd128.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Simd128;

/// Returns the vector, hiding from the compiler that its lanes are the same. Else it widens them ahead of a loop, and a
/// product of 64-bit lanes is ten instructions in V8, where one that widens is three.
#[inline(always)]
fn opaque(vector: v128) -> v128 {
    // SAFETY: the reference is to a live local.
    unsafe { std::ptr::from_ref(&vector).read_volatile() }
}

impl Shuffle16 for Simd128 {
    intrinsics! {
        shuffle16(from: &[u16; 8], shuffle: &[u8; 16], to: &mut [u16; 8]) =
            v128_store(to.as_mut_ptr().cast(), i8x16_swizzle(v128_load(from.as_ptr().cast()), v128_load(shuffle.as_ptr().cast())));
    }
}

impl U32Lanes for Simd128 {
    const U32_LANES: usize = LANES;
    // A whole tile: what is read once per row is then read for all of its columns.
    type U32 = [v128; 4];

    #[inline(always)]
    fn compress16(
        self,
        shuffles: &Compressions,
        from: [&[u16; LANES]; 2],
        selected: u16,
        to: [&mut [u16; LANES]; 2],
    ) {
        self.compress_halves(shuffles, from, selected, to);
    }

    intrinsics! {
        u32_splat(value: u32) -> [v128; 4] = [u32x4_splat(value); 4];
        u32_load(from: &Lanes32, _k: usize) -> [v128; 4] =
            from_fn(|quarter| v128_load(from.0.as_ptr().add(4 * quarter).cast()));
        u32_load16(from: &[u16; LANES], _k: usize) -> [v128; 4] =
            from_fn(|quarter| u32x4_load_extend_u16x4(from.as_ptr().add(4 * quarter)));
        u32_store(value: [v128; 4], to: &mut Lanes32, _k: usize) = {
            for (quarter, value) in value.into_iter().enumerate() {
                v128_store(to.0.as_mut_ptr().add(4 * quarter).cast(), value);
            }
        };
        u32_add(a: [v128; 4], b: [v128; 4]) -> [v128; 4] = from_fn(|q| u32x4_add(a[q], b[q]));
        u32_sub(a: [v128; 4], b: [v128; 4]) -> [v128; 4] = from_fn(|q| u32x4_sub(a[q], b[q]));
        u32_half(a: [v128; 4]) -> [v128; 4] = a.map(|a| u32x4_shr(a, 1));
        u32_min(a: [v128; 4], b: [v128; 4]) -> [v128; 4] = from_fn(|q| u32x4_min(a[q], b[q]));
        u32_max(a: [v128; 4], b: [v128; 4]) -> [v128; 4] = from_fn(|q| u32x4_max(a[q], b[q]));
        u32_add_if_above<const SMALL>(acc: [v128; 4], weight: [v128; 4], a: [v128; 4], b: [v128; 4]) -> [v128; 4] =
            from_fn(|q| {
                let above = if SMALL { i32x4_gt(a[q], b[q]) } else { u32x4_gt(a[q], b[q]) };
                u32x4_add(acc[q], v128_and(above, weight[q]))
            });
        // The high halves of 64-bit products are their odd lanes of 32 bits.
        u32_multiply(a: [v128; 4], factor: u32) -> [v128; 4] = {
            let factor = opaque(u32x4_splat(factor));
            from_fn(|q| {
                let (low, high) = (u64x2_extmul_low_u32x4(a[q], factor), u64x2_extmul_high_u32x4(a[q], factor));
                i32x4_shuffle::<1, 3, 5, 7>(low, high)
            })
        };
        u32_if_at_least(a: [v128; 4], b: [v128; 4], x: [v128; 4], y: [v128; 4]) -> [v128; 4] =
            from_fn(|q| v128_bitselect(x[q], y[q], u32x4_ge(a[q], b[q])));
        u32_equal(a: [v128; 4], b: [v128; 4]) -> bool = {
            let differs = |q: usize| v128_xor(a[q], b[q]);
            !v128_any_true(v128_or(v128_or(differs(0), differs(1)), v128_or(differs(2), differs(3))))
        };
    }
}

impl F64Lanes for Simd128 {
    type F64 = v128;

    intrinsics! {
        f64_splat(value: f64) -> v128 = f64x2_splat(value);
        f64_add(a: v128, b: v128) -> v128 = f64x2_add(a, b);
        f64_sub(a: v128, b: v128) -> v128 = f64x2_sub(a, b);
        f64_mul(a: v128, b: v128) -> v128 = f64x2_mul(a, b);
        f64_div(a: v128, b: v128) -> v128 = f64x2_div(a, b);
        f64_floor(a: v128) -> v128 = f64x2_floor(a);
    }
}

impl F64Simd for Simd128 {
    const W: usize = 2;

    intrinsics! {
        f64_load(from: &Lanes64, k: usize) -> v128 = v128_load(from.0.as_ptr().add(2 * k).cast());
        f64_store(value: v128, to: &mut Lanes64, k: usize) = v128_store(to.0.as_mut_ptr().add(2 * k).cast(), value);
        // As the low bits of doubles of 2^52. The instruction for it fetches the same two constants anew each time in V8.
        f64_widen(from: &Lanes32, k: usize) -> v128 = {
            let high = u32x4_splat((TWO_TO_52.to_bits() >> 32) as u32);
            let bits = v128_load64_zero(from.0.as_ptr().add(2 * k).cast());
            f64x2_sub(i32x4_shuffle::<0, 4, 1, 5>(bits, high), f64x2_splat(TWO_TO_52))
        };
        f64_narrow(value: v128, to: &mut [u32; LANES], k: usize) = {
            let bits = f64x2_add(value, f64x2_splat(TWO_TO_52));
            let low = i32x4_shuffle::<0, 2, 0, 2>(bits, bits);
            v128_store64_lane::<0>(low, to.as_mut_ptr().add(2 * k).cast())
        };
        // Signed, which is one instruction in V8: 16 bits fit.
        f64_widen16(from: &[u16; LANES], k: usize) -> v128 =
            f64x2_convert_low_i32x4(u32x4_extend_low_u16x8(v128_load32_zero(from.as_ptr().add(2 * k).cast())));
        f64_narrow16(value: v128, to: &mut [u16; LANES], k: usize) = {
            let bits = f64x2_add(value, f64x2_splat(TWO_TO_52));
            let low = i16x8_shuffle::<0, 4, 0, 4, 0, 4, 0, 4>(bits, bits);
            v128_store32_lane::<0>(low, to.as_mut_ptr().add(2 * k).cast())
        };
        f64_positive(a: v128) -> u16 = i64x2_bitmask(f64x2_gt(a, f64x2_splat(0.0))).into();
        f64_ceil(a: v128) -> v128 = f64x2_ceil(a);
        f64_min(a: v128, b: v128) -> v128 = f64x2_pmin(a, b);
        f64_max(a: v128, b: v128) -> v128 = f64x2_pmax(a, b);
        f64_if_greater(a: v128, b: v128, x: v128, y: v128) -> v128 = v128_bitselect(x, y, f64x2_gt(a, b));
        f64_where_greater(a: v128, b: v128, x: v128) -> v128 = v128_and(f64x2_gt(a, b), x);
        // To the nearest, by two sums: on Intel's machines a rounding waits for the units that multiply.
        nearby_integer(a: v128, b: v128) -> v128 = {
            let magic = f64x2_splat(TWO_TO_52);
            f64x2_sub(f64x2_add(f64x2_mul(a, b), magic), magic)
        };
        f64_any(a: v128) -> bool = v128_any_true(f64x2_gt(a, f64x2_splat(0.0)));
    }
}
