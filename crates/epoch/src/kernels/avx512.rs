//! AVX-512 with the F and DQ parts: eight 64-bit lanes.

use super::ops::intrinsics;
use super::simd::{Block32, Block64, LANES, Simd};
use std::arch::x86_64::*;

/// Proof that the machine has AVX-512 F and DQ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The machine has AVX-512 F and DQ.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

impl Simd for Avx512 {
    const W: usize = 8;
    type U = __m512i;
    type F = __m512d;
    type N = __m512i;

    #[inline(always)]
    fn prefetch<T>(self, from: &[T], at: usize) {
        // SAFETY: a prefetch reads nothing that the program could see, and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().wrapping_add(at).cast()) }
    }

    intrinsics! {
        splat(value: u64) -> __m512i = _mm512_set1_epi64(value as i64);
        load(from: &Block64, k: usize) -> __m512i = _mm512_loadu_si512(from.0.as_ptr().add(8 * k).cast());
        store(value: __m512i, to: &mut Block64, k: usize) = _mm512_storeu_si512(to.0.as_mut_ptr().add(8 * k).cast(), value);
        widen(from: &Block32, k: usize) -> __m512i = _mm512_cvtepu32_epi64(_mm256_loadu_si256(from.0.as_ptr().add(8 * k).cast()));
        widen16(from: &[u16; LANES], to: &mut Block32) =
            _mm512_storeu_si512(to.0.as_mut_ptr().cast(), _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast())));
        pack16(from: &Block32, to: &mut [u16; LANES]) =
            _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(_mm512_loadu_si512(from.0.as_ptr().cast())));
        narrow(value: __m512i, to: &mut [u32; LANES], k: usize) =
            _mm256_storeu_si256(to.as_mut_ptr().add(8 * k).cast(), _mm512_cvtepi64_epi32(value));
        add(a: __m512i, b: __m512i) -> __m512i = _mm512_add_epi64(a, b);
        sub(a: __m512i, b: __m512i) -> __m512i = _mm512_sub_epi64(a, b);
        and(a: __m512i, b: __m512i) -> __m512i = _mm512_and_si512(a, b);
        or(a: __m512i, b: __m512i) -> __m512i = _mm512_or_si512(a, b);
        xor(a: __m512i, b: __m512i) -> __m512i = _mm512_xor_si512(a, b);
        shl32(a: __m512i) -> __m512i = _mm512_slli_epi64::<32>(a);
        shr32(a: __m512i) -> __m512i = _mm512_srli_epi64::<32>(a);
        shr63(a: __m512i) -> __m512i = _mm512_srli_epi64::<63>(a);
        mul32(a: __m512i, b: __m512i) -> __m512i = _mm512_mul_epu32(a, b);
        mul_low(a: __m512i, b: __m512i) -> __m512i = _mm512_mullo_epi64(a, b);
        if_greater(a: __m512i, b: __m512i, x: __m512i, y: __m512i) -> __m512i =
            _mm512_mask_blend_epi64(_mm512_cmpgt_epi64_mask(a, b), y, x);
        float_splat(value: f64) -> __m512d = _mm512_set1_pd(value);
        float_bits(a: __m512d) -> __m512i = _mm512_castpd_si512(a);
        float_from_bits(a: __m512i) -> __m512d = _mm512_castsi512_pd(a);
        float_add(a: __m512d, b: __m512d) -> __m512d = _mm512_add_pd(a, b);
        float_sub(a: __m512d, b: __m512d) -> __m512d = _mm512_sub_pd(a, b);
        float_mul(a: __m512d, b: __m512d) -> __m512d = _mm512_mul_pd(a, b);
        float_div(a: __m512d, b: __m512d) -> __m512d = _mm512_div_pd(a, b);
        float_floor(a: __m512d) -> __m512d = _mm512_roundscale_pd::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(a);
        float_min(a: __m512d, b: __m512d) -> __m512d = _mm512_min_pd(a, b);
        float_max(a: __m512d, b: __m512d) -> __m512d = _mm512_max_pd(a, b);
        any(a: __m512i) -> bool = _mm512_test_epi64_mask(a, a) != 0;
        narrow_splat(value: u32) -> __m512i = _mm512_set1_epi32(value as i32);
        narrow_load(from: &Block32, k: usize) -> __m512i = _mm512_loadu_si512(from.0.as_ptr().add(16 * k).cast());
        narrow_store(value: __m512i, to: &mut Block32, k: usize) = _mm512_storeu_si512(to.0.as_mut_ptr().add(16 * k).cast(), value);
        narrow_or(a: __m512i, b: __m512i) -> __m512i = _mm512_or_si512(a, b);
        narrow_min(a: __m512i, b: __m512i) -> __m512i = _mm512_min_epu32(a, b);
        narrow_max(a: __m512i, b: __m512i) -> __m512i = _mm512_max_epu32(a, b);
        narrow_add_if_at_least(acc: __m512i, weight: __m512i, a: __m512i, b: __m512i) -> __m512i =
            _mm512_mask_add_epi32(acc, _mm512_cmpge_epu32_mask(a, b), acc, weight);
        narrow_if_at_least(a: __m512i, b: __m512i, x: __m512i, y: __m512i) -> __m512i =
            _mm512_mask_blend_epi32(_mm512_cmpge_epu32_mask(a, b), y, x);
    }
}
