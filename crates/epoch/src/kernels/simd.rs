//! The narrow vector interface that the hot loops are written over, and the arithmetic built on it.

/// Columns per slice: what the hot loops treat at a time, whatever the vector's width.
pub(crate) const LANES: usize = 16;

/// A row's 32-bit values in the columns of a slice.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Block32(pub [u32; LANES]);

/// A row's 64-bit values in the columns of a slice.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Block64(pub [u64; LANES]);

impl Block32 {
    pub const ZERO: Self = Self([0; LANES]);
}

impl Block64 {
    pub const ZERO: Self = Self([0; LANES]);
}

/// Vectors of one instruction set. A value of the type proves that the machine has it.
///
/// `U` holds `W` 64-bit numbers, `F` as many doubles, `N` twice as many 32-bit numbers. Every method is inlined into
/// a function that has the instruction set enabled.
pub(crate) trait Simd: Copy {
    /// 64-bit lanes; divides [`LANES`].
    const W: usize;
    /// Whether [`Simd::float_floor`] is an instruction, not a call.
    const FLOORS: bool = true;
    type U: Copy;
    type F: Copy;
    type N: Copy;

    fn splat(self, value: u64) -> Self::U;
    /// Lanes `k * W ..` of a block.
    fn load(self, from: &Block64, k: usize) -> Self::U;
    fn store(self, value: Self::U, to: &mut Block64, k: usize);
    /// Lanes `k * W ..` of a block, zero-extended.
    fn widen(self, from: &Block32, k: usize) -> Self::U;
    /// The low halves, into values `k * W ..`.
    fn narrow(self, value: Self::U, to: &mut [u32; LANES], k: usize);
    /// A slice's 16-bit values, zero-extended.
    fn widen16(self, from: &[u16; LANES], to: &mut Block32);
    /// The low 16 bits of a block.
    fn pack16(self, from: &Block32, to: &mut [u16; LANES]);
    fn add(self, a: Self::U, b: Self::U) -> Self::U;
    fn sub(self, a: Self::U, b: Self::U) -> Self::U;
    fn and(self, a: Self::U, b: Self::U) -> Self::U;
    fn or(self, a: Self::U, b: Self::U) -> Self::U;
    fn xor(self, a: Self::U, b: Self::U) -> Self::U;
    fn shl32(self, a: Self::U) -> Self::U;
    fn shr32(self, a: Self::U) -> Self::U;
    fn shr63(self, a: Self::U) -> Self::U;
    /// The product of the low halves.
    fn mul32(self, a: Self::U, b: Self::U) -> Self::U;
    /// `x` where `a > b`, else `y`; `a` and `b` are signed.
    fn if_greater(self, a: Self::U, b: Self::U, x: Self::U, y: Self::U) -> Self::U;

    fn float_splat(self, value: f64) -> Self::F;
    fn float_bits(self, a: Self::F) -> Self::U;
    fn float_from_bits(self, a: Self::U) -> Self::F;
    fn float_add(self, a: Self::F, b: Self::F) -> Self::F;
    fn float_sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn float_mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn float_div(self, a: Self::F, b: Self::F) -> Self::F;
    fn float_floor(self, a: Self::F) -> Self::F;
    /// The smaller of two numbers, neither of them NaN.
    fn float_min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The larger of two numbers, neither of them NaN.
    fn float_max(self, a: Self::F, b: Self::F) -> Self::F;
    /// Whether any bit is set.
    fn any(self, a: Self::U) -> bool;

    fn narrow_splat(self, value: u32) -> Self::N;
    /// Lanes `k * 2 * W ..` of a block.
    fn narrow_load(self, from: &Block32, k: usize) -> Self::N;
    fn narrow_store(self, value: Self::N, to: &mut Block32, k: usize);
    fn narrow_or(self, a: Self::N, b: Self::N) -> Self::N;
    fn narrow_min(self, a: Self::N, b: Self::N) -> Self::N;
    fn narrow_max(self, a: Self::N, b: Self::N) -> Self::N;
    /// `acc`, plus `weight` where `a >= b`.
    fn narrow_add_if_at_least(
        self,
        acc: Self::N,
        weight: Self::N,
        a: Self::N,
        b: Self::N,
    ) -> Self::N;
    /// `x` where `a >= b`, else `y`.
    fn narrow_if_at_least(self, a: Self::N, b: Self::N, x: Self::N, y: Self::N) -> Self::N;

    /// Asks for the cache line of an entry that will be read, where the instruction set can ask.
    #[inline(always)]
    fn prefetch<T>(self, _from: &[T], _at: usize) {}

    /// The low 64 bits of a product.
    #[inline(always)]
    fn mul_low(self, a: Self::U, b: Self::U) -> Self::U {
        let cross = self.add(self.mul32(self.shr32(a), b), self.mul32(a, self.shr32(b)));
        self.add(self.mul32(a, b), self.shl32(cross))
    }
}

/// Asks for the cache lines of a range of entries.
#[inline(always)]
pub(crate) fn prefetch_range<S: Simd, T>(s: S, from: &[T], start: usize, len: usize) {
    const LINE: usize = 64;
    for at in (start..start + len).step_by(LINE / size_of::<T>()) {
        s.prefetch(from, at);
    }
}

/// 1.0 as I32F32 bits.
pub(crate) const ONE: u64 = 1 << 32;

/// 1.0 where proportions are kept in 32 bits: no quotient of a row is `2^32 - 1`, since its divisor is below `2^32`.
pub(crate) const ONE_NARROW: u32 = u32::MAX;

/// `2^52` as a double: adding it to a number below moves the integer part into the low bits, rounded to nearest.
const MAGIC: f64 = 4_503_599_627_370_496.0;
const MAGIC_BITS: u64 = MAGIC.to_bits();

/// The double equal to an integer below `2^52`.
#[inline(always)]
pub(crate) fn to_float<S: Simd>(s: S, a: S::U) -> S::F {
    let shifted = s.float_from_bits(s.or(a, s.splat(MAGIC_BITS)));
    s.float_sub(shifted, s.float_splat(MAGIC))
}

/// The integer nearest to a double from 0 up to `2^52`.
#[inline(always)]
pub(crate) fn nearest<S: Simd>(s: S, a: S::F) -> S::U {
    let shifted = s.float_add(a, s.float_splat(MAGIC));
    s.xor(s.float_bits(shifted), s.splat(MAGIC_BITS))
}

/// `2^32 / divisor` per lane, 0 for a divisor of 0: what [`divide`] multiplies by.
#[inline(always)]
pub(crate) fn reciprocal<S: Simd>(s: S, divisor: S::U) -> S::F {
    let quotient = s.float_div(s.float_splat(ONE as f64), to_float(s, divisor));
    let bits = s.if_greater(divisor, s.splat(0), s.float_bits(quotient), s.splat(0));
    s.float_from_bits(bits)
}

/// `floor(a * 2^32 / divisor)` for `a <= divisor < 2^52`, `a <= 2^32`; 0 for a divisor of 0.
///
/// The double estimate carries two roundings, of `2^-53` each, of a quotient of at most `2^32`: it is within `2^-19`
/// of the true one, so the nearest integer is the floor or one more, and the sign of the exact remainder tells which.
/// The remainder lies within one divisor of zero, so its low 64 bits are enough however large `a * 2^32` is.
#[inline(always)]
pub(crate) fn divide<S: Simd>(s: S, a: S::U, divisor: S::U, reciprocal: S::F) -> S::U {
    let quotient = nearest(s, s.float_mul(to_float(s, a), reciprocal));
    let remainder = s.sub(s.shl32(a), s.mul_low(quotient, divisor));
    s.sub(quotient, s.shr63(remainder))
}

/// What [`divide_small`] multiplies by: for a divisor below `2^31`, a little more than `2^32 / divisor`.
#[inline(always)]
pub(crate) fn small_reciprocal<S: Simd>(s: S, divisor: S::U) -> S::F {
    let up = s.float_splat(1.0 + 1.0 / (1u64 << 51) as f64);
    s.float_mul(reciprocal(s, divisor), up)
}

/// `floor(a * 2^32 / divisor)` for `a <= divisor < 2^31`, `a` below `2^16`; 0 for a divisor of 0.
///
/// The quotient is an integer or at least `1 / divisor` below the next. The reciprocal is too large by `2^-51` of
/// itself, less what three roundings of `2^-53` take off or add: the estimate is never below the quotient, and above
/// it by less than `2^-50 * a * 2^32 / divisor`, a quarter of `1 / divisor`. So the floors are the same.
#[inline(always)]
pub(crate) fn divide_small<S: Simd>(s: S, a: S::U, divisor: S::U, reciprocal: S::F) -> S::U {
    if !S::FLOORS {
        // Any reciprocal as near as this one does: the remainder settles it.
        return divide(s, a, divisor, reciprocal);
    }
    nearest(s, s.float_floor(s.float_mul(to_float(s, a), reciprocal)))
}

/// `floor(a * b / 2^32)` for `a` and `b` in `[0, 2^32]`.
///
/// The product fits 64 bits but for `2^32 * 2^32`; there its low bits are 0, and the bit that both share is the answer.
#[inline(always)]
pub(crate) fn multiply<S: Simd>(s: S, a: S::U, b: S::U) -> S::U {
    let both_one = s.and(s.and(a, b), s.splat(ONE));
    s.or(s.shr32(s.mul_low(a, b)), both_one)
}

/// `floor(a * b / 2^32)` for `a` in `[0, 2^32]` and `b` below `2^32`.
#[inline(always)]
pub(crate) fn multiply_below_one<S: Simd>(s: S, a: S::U, b: S::U) -> S::U {
    s.shr32(s.mul_low(a, b))
}

#[inline(always)]
pub(crate) fn min<S: Simd>(s: S, a: S::U, b: S::U) -> S::U {
    s.if_greater(a, b, b, a)
}

#[inline(always)]
pub(crate) fn max<S: Simd>(s: S, a: S::U, b: S::U) -> S::U {
    s.if_greater(a, b, a, b)
}

/// A proportion kept in 32 bits as I32F32 bits: [`ONE_NARROW`] is one more than it is.
#[inline(always)]
pub(crate) fn from_narrow<S: Simd>(s: S, a: S::U) -> S::U {
    // Only 2^32 - 1 carries into bit 32 when one is added.
    let carry = s.shr32(s.add(a, s.splat(1)));
    s.add(a, carry)
}
