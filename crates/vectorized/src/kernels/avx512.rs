//! AVX-512 with the F, BW, DQ and VL parts: eight doubles, and rounding by the instruction.

use super::floats::{Divisor, F64Simd, Factor};
use super::ops::intrinsics;
use super::rounding::TWO_TO_52;
use super::simd::{Compressions, F64Lanes, LANES, Lanes32, Lanes64, U32Lanes};
use std::arch::x86_64::*;

/// Proof that the machine has AVX-512 F, BW, DQ and VL, and POPCNT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The machine has AVX-512 F, BW, DQ and VL, and POPCNT.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
const UP: i32 = _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC;

/// The mask of the odd lanes of 32 bits.
const ODD: __mmask16 = 0xaaaa;

impl U32Lanes for Avx512 {
    const U32_LANES: usize = 16;
    type U32 = __m512i;

    #[inline(always)]
    fn prefetch<T>(self, from: &[T], at: usize) {
        // SAFETY: a prefetch reads nothing that the program could see, and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn compress16(
        self,
        _: &Compressions,
        from: [&[u16; LANES]; 2],
        selected: u16,
        to: [&mut [u16; LANES]; 2],
    ) {
        for (from, to) in from.into_iter().zip(to) {
            // SAFETY: a value of this type is only made where the machine has the instructions; the load and the store are
            // of all sixteen lanes.
            unsafe {
                let lanes = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast()));
                let selected = _mm512_maskz_compress_epi32(selected, lanes);
                let lanes = _mm512_cvtepi32_epi16(selected);
                _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes);
            }
        }
    }

    intrinsics! {
        u32_splat(value: u32) -> __m512i = _mm512_set1_epi32(value as i32);
        u32_load(from: &Lanes32, k: usize) -> __m512i = _mm512_loadu_si512(from.0.as_ptr().add(16 * k).cast());
        u32_load16(from: &[u16; LANES], k: usize) -> __m512i = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().add(16 * k).cast()));
        u32_store(value: __m512i, to: &mut Lanes32, k: usize) = _mm512_storeu_si512(to.0.as_mut_ptr().add(16 * k).cast(), value);
        u32_add(a: __m512i, b: __m512i) -> __m512i = _mm512_add_epi32(a, b);
        u32_sub(a: __m512i, b: __m512i) -> __m512i = _mm512_sub_epi32(a, b);
        u32_half(a: __m512i) -> __m512i = _mm512_srli_epi32::<1>(a);
        u32_min(a: __m512i, b: __m512i) -> __m512i = _mm512_min_epu32(a, b);
        u32_max(a: __m512i, b: __m512i) -> __m512i = _mm512_max_epu32(a, b);
        u32_add_if_above<const SMALL>(acc: __m512i, weight: __m512i, a: __m512i, b: __m512i) -> __m512i =
            _mm512_mask_add_epi32(acc, _mm512_cmpgt_epu32_mask(a, b), acc, weight);
        // Products of even lanes and of odd ones; the high half of each is a result.
        u32_multiply(a: __m512i, factor: u32) -> __m512i = {
            let factor = _mm512_set1_epi64(factor.into());
            let even = _mm512_mul_epu32(a, factor);
            let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), factor);
            _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64::<32>(even), odd)
        };
        u32_if_at_least(a: __m512i, b: __m512i, x: __m512i, y: __m512i) -> __m512i =
            _mm512_mask_blend_epi32(_mm512_cmpge_epu32_mask(a, b), y, x);
        u32_equal(a: __m512i, b: __m512i) -> bool = _mm512_cmpneq_epi32_mask(a, b) == 0;
    }
}

impl F64Lanes for Avx512 {
    type F64 = __m512d;

    intrinsics! {
        f64_splat(value: f64) -> __m512d = _mm512_set1_pd(value);
        f64_add(a: __m512d, b: __m512d) -> __m512d = _mm512_add_pd(a, b);
        f64_sub(a: __m512d, b: __m512d) -> __m512d = _mm512_sub_pd(a, b);
        f64_mul(a: __m512d, b: __m512d) -> __m512d = _mm512_mul_pd(a, b);
        f64_div(a: __m512d, b: __m512d) -> __m512d = _mm512_div_pd(a, b);
        f64_floor(a: __m512d) -> __m512d = _mm512_roundscale_pd::<DOWN>(a);
    }
}

impl F64Simd for Avx512 {
    const W: usize = 8;

    intrinsics! {
        f64_load(from: &Lanes64, k: usize) -> __m512d = _mm512_loadu_pd(from.0.as_ptr().add(8 * k).cast());
        f64_store(value: __m512d, to: &mut Lanes64, k: usize) = _mm512_storeu_pd(to.0.as_mut_ptr().add(8 * k).cast(), value);
        f64_widen(from: &Lanes32, k: usize) -> __m512d = _mm512_cvtepu32_pd(_mm256_loadu_si256(from.0.as_ptr().add(8 * k).cast()));
        f64_narrow(value: __m512d, to: &mut [u32; LANES], k: usize) =
            _mm256_storeu_si256(to.as_mut_ptr().add(8 * k).cast(), _mm512_cvttpd_epu32(value));
        f64_widen16(from: &[u16; LANES], k: usize) -> __m512d =
            _mm512_cvtepi32_pd(_mm256_cvtepu16_epi32(_mm_loadu_si128(from.as_ptr().add(8 * k).cast())));
        f64_narrow16(value: __m512d, to: &mut [u16; LANES], k: usize) =
            _mm_storeu_si128(to.as_mut_ptr().add(8 * k).cast(), _mm256_cvtepi32_epi16(_mm512_cvttpd_epi32(value)));
        f64_positive(a: __m512d) -> u16 = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, _mm512_setzero_pd()).into();
        f64_ceil(a: __m512d) -> __m512d = _mm512_roundscale_pd::<UP>(a);
        f64_min(a: __m512d, b: __m512d) -> __m512d = _mm512_min_pd(a, b);
        f64_max(a: __m512d, b: __m512d) -> __m512d = _mm512_max_pd(a, b);
        f64_if_greater(a: __m512d, b: __m512d, x: __m512d, y: __m512d) -> __m512d =
            _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, b), y, x);
        f64_where_greater(a: __m512d, b: __m512d, x: __m512d) -> __m512d =
            _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, b), x);
        f64_any(a: __m512d) -> bool = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, _mm512_setzero_pd()) != 0;
        // One rounding, downwards, of the exact product plus 2^52: its floor.
        floor_product(a: __m512d, b: Factor<__m512d>) -> __m512d = {
            let magic = _mm512_set1_pd(TWO_TO_52);
            _mm512_sub_pd(_mm512_fmadd_round_pd::<DOWN>(a, b.part, magic), magic)
        };
        ceil_product(a: __m512d, b: Factor<__m512d>) -> __m512d = {
            let magic = _mm512_set1_pd(TWO_TO_52);
            _mm512_sub_pd(_mm512_fmadd_round_pd::<UP>(a, b.part, magic), magic)
        };
        floor_of(a: __m512d, b: __m512d) -> __m512d = {
            let magic = _mm512_set1_pd(TWO_TO_52);
            _mm512_sub_pd(_mm512_fmadd_round_pd::<DOWN>(a, b, magic), magic)
        };
        // One rounding keeps the sign of the exact remainder.
        corrected_quotient(quotient: __m512d, a: __m512d, divisor: Divisor<__m512d>) -> __m512d = {
            let remainder = _mm512_fnmadd_pd(quotient, divisor.part, a);
            let short = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(remainder, _mm512_setzero_pd());
            _mm512_mask_sub_pd(quotient, short, quotient, _mm512_set1_pd(1.0))
        };
    }
}
