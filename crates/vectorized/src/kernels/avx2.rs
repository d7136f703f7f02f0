//! AVX2 with fused products and counts of bits: four doubles.

use super::floats::{Divisor, F64Simd, Factor};
use super::ops::intrinsics;
use super::rounding::TWO_TO_52;
use super::shuffle::Shuffle16;
use super::simd::{Compressions, F64Lanes, LANES, Lanes32, Lanes64, U32Lanes};
use std::arch::x86_64::*;

/// Proof that the machine has AVX2, FMA and POPCNT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The machine has AVX2, FMA and POPCNT.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

/// Gives all ones where `a >= b`, unsigned: then the larger of the two is `a`.
macro_rules! at_least {
    ($a:expr, $b:expr) => {
        _mm256_cmpeq_epi32(_mm256_max_epu32($a, $b), $a)
    };
}

/// Gives the integer nearest to a product below `2^52`.
macro_rules! near {
    ($a:expr, $b:expr) => {{
        let magic = _mm256_set1_pd(TWO_TO_52);
        _mm256_sub_pd(_mm256_fmadd_pd($a, $b, magic), magic)
    }};
}

/// The mask of the odd lanes of 32 bits.
const ODD: i32 = 0xaa;

impl Shuffle16 for Avx2 {
    intrinsics! {
        shuffle16(from: &[u16; 8], shuffle: &[u8; 16], to: &mut [u16; 8]) =
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm_shuffle_epi8(_mm_loadu_si128(from.as_ptr().cast()), _mm_loadu_si128(shuffle.as_ptr().cast())));
    }
}

impl U32Lanes for Avx2 {
    const U32_LANES: usize = 8;
    type U32 = __m256i;

    #[inline(always)]
    fn prefetch<T>(self, from: &[T], at: usize) {
        // SAFETY: a prefetch reads nothing that the program could see, and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().wrapping_add(at).cast()) }
    }

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
        u32_splat(value: u32) -> __m256i = _mm256_set1_epi32(value as i32);
        u32_load(from: &Lanes32, k: usize) -> __m256i = _mm256_loadu_si256(from.0.as_ptr().add(8 * k).cast());
        u32_load16(from: &[u16; LANES], k: usize) -> __m256i = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.as_ptr().add(8 * k).cast()));
        u32_store(value: __m256i, to: &mut Lanes32, k: usize) = _mm256_storeu_si256(to.0.as_mut_ptr().add(8 * k).cast(), value);
        u32_add(a: __m256i, b: __m256i) -> __m256i = _mm256_add_epi32(a, b);
        u32_sub(a: __m256i, b: __m256i) -> __m256i = _mm256_sub_epi32(a, b);
        u32_half(a: __m256i) -> __m256i = _mm256_srli_epi32::<1>(a);
        u32_min(a: __m256i, b: __m256i) -> __m256i = _mm256_min_epu32(a, b);
        u32_max(a: __m256i, b: __m256i) -> __m256i = _mm256_max_epu32(a, b);
        u32_add_if_above<const SMALL>(acc: __m256i, weight: __m256i, a: __m256i, b: __m256i) -> __m256i = {
            let added = if SMALL {
                _mm256_and_si256(_mm256_cmpgt_epi32(a, b), weight)
            } else {
                _mm256_andnot_si256(at_least!(b, a), weight)
            };
            _mm256_add_epi32(acc, added)
        };
        // Products of even lanes and of odd ones; the high half of each is a result.
        u32_multiply(a: __m256i, factor: u32) -> __m256i = {
            let factor = _mm256_set1_epi64x(factor.into());
            let even = _mm256_mul_epu32(a, factor);
            let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), factor);
            _mm256_blend_epi32::<ODD>(_mm256_srli_epi64::<32>(even), odd)
        };
        u32_if_at_least(a: __m256i, b: __m256i, x: __m256i, y: __m256i) -> __m256i =
            _mm256_blendv_epi8(y, x, at_least!(a, b));
        u32_equal(a: __m256i, b: __m256i) -> bool = {
            let differs = _mm256_xor_si256(a, b);
            _mm256_testz_si256(differs, differs) != 0
        };
    }
}

impl F64Lanes for Avx2 {
    type F64 = __m256d;

    intrinsics! {
        f64_splat(value: f64) -> __m256d = _mm256_set1_pd(value);
        f64_add(a: __m256d, b: __m256d) -> __m256d = _mm256_add_pd(a, b);
        f64_sub(a: __m256d, b: __m256d) -> __m256d = _mm256_sub_pd(a, b);
        f64_mul(a: __m256d, b: __m256d) -> __m256d = _mm256_mul_pd(a, b);
        f64_div(a: __m256d, b: __m256d) -> __m256d = _mm256_div_pd(a, b);
        f64_floor(a: __m256d) -> __m256d = _mm256_floor_pd(a);
    }
}

impl F64Simd for Avx2 {
    const W: usize = 4;

    intrinsics! {
        f64_load(from: &Lanes64, k: usize) -> __m256d = _mm256_loadu_pd(from.0.as_ptr().add(4 * k).cast());
        f64_store(value: __m256d, to: &mut Lanes64, k: usize) = _mm256_storeu_pd(to.0.as_mut_ptr().add(4 * k).cast(), value);
        f64_widen(from: &Lanes32, k: usize) -> __m256d = {
            let magic = _mm256_set1_pd(TWO_TO_52);
            let bits = _mm256_cvtepu32_epi64(_mm_loadu_si128(from.0.as_ptr().add(4 * k).cast()));
            _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(bits), magic), magic)
        };
        f64_narrow(value: __m256d, to: &mut [u32; LANES], k: usize) = {
            let bits = _mm256_castpd_si256(_mm256_add_pd(value, _mm256_set1_pd(TWO_TO_52)));
            let low = _mm256_permutevar8x32_epi32(bits, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
            _mm_storeu_si128(to.as_mut_ptr().add(4 * k).cast(), _mm256_castsi256_si128(low))
        };
        f64_widen16(from: &[u16; LANES], k: usize) -> __m256d =
            _mm256_cvtepi32_pd(_mm_cvtepu16_epi32(_mm_loadl_epi64(from.as_ptr().add(4 * k).cast())));
        f64_narrow16(value: __m256d, to: &mut [u16; LANES], k: usize) = {
            let whole = _mm256_cvttpd_epi32(value);
            _mm_storel_epi64(to.as_mut_ptr().add(4 * k).cast(), _mm_packus_epi32(whole, whole))
        };
        f64_positive(a: __m256d) -> u16 = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(a, _mm256_setzero_pd())) as u16;
        f64_ceil(a: __m256d) -> __m256d = _mm256_ceil_pd(a);
        f64_min(a: __m256d, b: __m256d) -> __m256d = _mm256_min_pd(a, b);
        f64_max(a: __m256d, b: __m256d) -> __m256d = _mm256_max_pd(a, b);
        f64_if_greater(a: __m256d, b: __m256d, x: __m256d, y: __m256d) -> __m256d =
            _mm256_blendv_pd(y, x, _mm256_cmp_pd::<_CMP_GT_OQ>(a, b));
        f64_where_greater(a: __m256d, b: __m256d, x: __m256d) -> __m256d =
            _mm256_and_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(a, b), x);
        f64_any(a: __m256d) -> bool =
            _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(a, _mm256_setzero_pd())) != 0;
        // The nearest integer, by one rounding of the exact product plus 2^52; what is left of the product, a multiple of
        // 2^-32 and at most one half, is exact too and tells whether that is the floor.
        floor_product(a: __m256d, b: Factor<__m256d>) -> __m256d = {
            let nearest = near!(a, b.part);
            let rest = _mm256_fmsub_pd(a, b.part, nearest);
            let above = _mm256_cmp_pd::<_CMP_LT_OQ>(rest, _mm256_setzero_pd());
            _mm256_sub_pd(nearest, _mm256_and_pd(above, _mm256_set1_pd(1.0)))
        };
        ceil_product(a: __m256d, b: Factor<__m256d>) -> __m256d = {
            let nearest = near!(a, b.part);
            let rest = _mm256_fmsub_pd(a, b.part, nearest);
            let below = _mm256_cmp_pd::<_CMP_GT_OQ>(rest, _mm256_setzero_pd());
            _mm256_add_pd(nearest, _mm256_and_pd(below, _mm256_set1_pd(1.0)))
        };
        nearby_integer(a: __m256d, b: __m256d) -> __m256d = near!(a, b);
        // One rounding keeps the sign of the exact remainder.
        corrected_quotient(quotient: __m256d, a: __m256d, divisor: Divisor<__m256d>) -> __m256d = {
            let remainder = _mm256_fnmadd_pd(quotient, divisor.part, a);
            let short = _mm256_cmp_pd::<_CMP_LT_OQ>(remainder, _mm256_setzero_pd());
            _mm256_sub_pd(quotient, _mm256_and_pd(short, _mm256_set1_pd(1.0)))
        };
    }
}
