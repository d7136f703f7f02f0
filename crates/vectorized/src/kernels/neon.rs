//! NEON, which every aarch64 machine has: two doubles.

use super::floats::F64Simd;
use super::ops::intrinsics;
use super::simd::{F64Lanes, LANES, Lanes32, Lanes64, U32Lanes};
use std::arch::aarch64::*;

/// Proof that the machine has NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    /// # Safety
    /// The machine has NEON.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

impl U32Lanes for Neon {
    const U32_LANES: usize = 4;
    type U32 = uint32x4_t;

    intrinsics! {
        u32_splat(value: u32) -> uint32x4_t = vdupq_n_u32(value);
        u32_load(from: &Lanes32, k: usize) -> uint32x4_t = vld1q_u32(from.0.as_ptr().add(4 * k));
        u32_load16(from: &[u16; LANES], k: usize) -> uint32x4_t = vmovl_u16(vld1_u16(from.as_ptr().add(4 * k)));
        u32_store(value: uint32x4_t, to: &mut Lanes32, k: usize) = vst1q_u32(to.0.as_mut_ptr().add(4 * k), value);
        u32_add(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vaddq_u32(a, b);
        u32_sub(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vsubq_u32(a, b);
        u32_half(a: uint32x4_t) -> uint32x4_t = vshrq_n_u32::<1>(a);
        u32_min(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vminq_u32(a, b);
        u32_max(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t = vmaxq_u32(a, b);
        u32_add_if_above<const SMALL>(acc: uint32x4_t, weight: uint32x4_t, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t =
            vaddq_u32(acc, vandq_u32(vcgtq_u32(a, b), weight));
        // The high halves of 64-bit products are their odd lanes of 32 bits.
        u32_multiply(a: uint32x4_t, factor: u32) -> uint32x4_t = {
            let (low, high) = (vmull_n_u32(vget_low_u32(a), factor), vmull_high_n_u32(a, factor));
            vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high))
        };
        u32_if_at_least(a: uint32x4_t, b: uint32x4_t, x: uint32x4_t, y: uint32x4_t) -> uint32x4_t =
            vbslq_u32(vcgeq_u32(a, b), x, y);
        u32_equal(a: uint32x4_t, b: uint32x4_t) -> bool = vminvq_u32(vceqq_u32(a, b)) == u32::MAX;
    }
}

impl F64Lanes for Neon {
    type F64 = float64x2_t;

    intrinsics! {
        f64_splat(value: f64) -> float64x2_t = vdupq_n_f64(value);
        f64_add(a: float64x2_t, b: float64x2_t) -> float64x2_t = vaddq_f64(a, b);
        f64_sub(a: float64x2_t, b: float64x2_t) -> float64x2_t = vsubq_f64(a, b);
        f64_mul(a: float64x2_t, b: float64x2_t) -> float64x2_t = vmulq_f64(a, b);
        f64_div(a: float64x2_t, b: float64x2_t) -> float64x2_t = vdivq_f64(a, b);
        f64_floor(a: float64x2_t) -> float64x2_t = vrndmq_f64(a);
    }
}

impl F64Simd for Neon {
    const W: usize = 2;

    intrinsics! {
        f64_load(from: &Lanes64, k: usize) -> float64x2_t = vld1q_f64(from.0.as_ptr().add(2 * k).cast());
        f64_store(value: float64x2_t, to: &mut Lanes64, k: usize) = vst1q_f64(to.0.as_mut_ptr().add(2 * k).cast(), value);
        f64_widen(from: &Lanes32, k: usize) -> float64x2_t = vcvtq_f64_u64(vmovl_u32(vld1_u32(from.0.as_ptr().add(2 * k))));
        f64_narrow(value: float64x2_t, to: &mut [u32; LANES], k: usize) =
            vst1_u32(to.as_mut_ptr().add(2 * k), vmovn_u64(vcvtq_u64_f64(value)));
        f64_widen16(from: &[u16; LANES], k: usize) -> float64x2_t =
            vld1q_f64([f64::from(from[2 * k]), f64::from(from[2 * k + 1])].as_ptr());
        f64_narrow16(value: float64x2_t, to: &mut [u16; LANES], k: usize) = {
            to[2 * k] = vgetq_lane_f64::<0>(value) as u16;
            to[2 * k + 1] = vgetq_lane_f64::<1>(value) as u16
        };
        f64_positive(a: float64x2_t) -> u16 =
            u16::from(vgetq_lane_f64::<0>(a) > 0.0) | u16::from(vgetq_lane_f64::<1>(a) > 0.0) << 1;
        f64_ceil(a: float64x2_t) -> float64x2_t = vrndpq_f64(a);
        f64_min(a: float64x2_t, b: float64x2_t) -> float64x2_t = vminq_f64(a, b);
        f64_max(a: float64x2_t, b: float64x2_t) -> float64x2_t = vmaxq_f64(a, b);
        f64_if_greater(a: float64x2_t, b: float64x2_t, x: float64x2_t, y: float64x2_t) -> float64x2_t =
            vbslq_f64(vcgtq_f64(a, b), x, y);
        f64_where_greater(a: float64x2_t, b: float64x2_t, x: float64x2_t) -> float64x2_t =
            vreinterpretq_f64_u64(vandq_u64(vcgtq_f64(a, b), vreinterpretq_u64_f64(x)));
        f64_any(a: float64x2_t) -> bool = vmaxvq_f64(a) > 0.0;
    }
}
