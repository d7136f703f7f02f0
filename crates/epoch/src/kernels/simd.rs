//! The narrow vector interface that the hot loops are written over.

use std::mem::MaybeUninit;

/// Columns per slice: what the hot loops treat at a time, whatever the vector's width.
pub(crate) const LANES: usize = 16;

/// A row's 32-bit values in the columns of a slice.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Lanes32(pub [u32; LANES]);

/// A row's 64-bit values in the columns of a slice, or sums of a row spread over lanes.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Lanes64(pub [u64; LANES]);

impl Lanes32 {
    pub const ZERO: Self = Self([0; LANES]);
}

impl Lanes64 {
    /// Zero as a number and as a platform's own lanes.
    pub const ZERO: Self = Self([0; LANES]);
}

/// 1.0 as I32F32 bits.
pub(crate) const ONE: u64 = 1 << 32;

/// 1.0 where proportions are kept in 32 bits: no quotient of a row is `2^32 - 1`, since its divisor is below `2^32`.
pub(crate) const ONE_U32: u32 = u32::MAX;

/// A number up to `2^32` that columns of vectors are multiplied by, in the forms that platforms want it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    all(target_arch = "wasm32", not(target_feature = "simd128")),
    allow(dead_code, reason = "platforms of doubles read the rest")
)]
pub(crate) struct Scale {
    /// The number.
    pub bits: u64,
    /// The number over `2^32`.
    pub part: f64,
    /// The number over `2^16`, floored.
    pub high: f64,
    /// What that floor drops.
    pub low: f64,
}

impl Scale {
    pub fn new(bits: u64) -> Self {
        Self {
            bits,
            part: bits as f64 / ONE as f64,
            high: (bits >> 16) as f64,
            low: (bits & 0xffff) as f64 / 65536.0,
        }
    }
}

/// Entries whose series for e^x run side by side: each step of one waits for the step before it.
pub(crate) const CHAINS: usize = 4;

/// What every instruction set does with 32-bit numbers. A value of the type proves that the machine has it.
///
/// `U32` holds `U32_LANES` of them. Every method, here and of [`Simd`], is inlined into a function that has the instruction set
/// enabled.
pub(crate) trait U32Lanes: Copy {
    /// Lanes of `U32`; divides [`LANES`].
    const U32_LANES: usize;
    type U32: Copy;

    /// A slice's 16-bit values, zero-extended.
    fn widen16(self, from: &[u16; LANES], to: &mut Lanes32);
    /// The low 16 bits of a block.
    fn pack16(self, from: &Lanes32, to: &mut [u16; LANES]);
    fn u32_splat(self, value: u32) -> Self::U32;
    /// Lanes `k * U32_LANES ..` of a block.
    fn u32_load(self, from: &Lanes32, k: usize) -> Self::U32;
    fn u32_store(self, value: Self::U32, to: &mut Lanes32, k: usize);
    fn u32_add(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn u32_sub(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn u32_half(self, a: Self::U32) -> Self::U32;
    fn u32_min(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn u32_max(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// `acc`, plus `weight` where `a > b`. Where both are known to be below `2^31`, `SMALL` may spare a step.
    fn u32_add_if_above<const SMALL: bool>(
        self,
        acc: Self::U32,
        weight: Self::U32,
        a: Self::U32,
        b: Self::U32,
    ) -> Self::U32;
    /// `floor(a * part / 2^32)`.
    fn u32_multiply(self, a: Self::U32, part: u32) -> Self::U32;
    /// `x` where `a >= b`, else `y`.
    fn u32_if_at_least(self, a: Self::U32, b: Self::U32, x: Self::U32, y: Self::U32) -> Self::U32;
    /// Whether all lanes are the same in both.
    fn u32_equal(self, a: Self::U32, b: Self::U32) -> bool;

    /// A bit for each lane of a block that has this bit set.
    #[inline(always)]
    fn lanes_with_bit(self, block: &Lanes32, bit: u32) -> u16 {
        let lanes = block.0.iter().enumerate();
        lanes.fold(0, |all, (lane, value)| {
            all | u16::from(value & bit != 0) << lane
        })
    }

    /// Asks for the cache line of an entry that will be read. Where no instruction only asks, a load whose value nobody
    /// waits for does.
    #[inline(always)]
    fn prefetch<T>(self, from: &[T], at: usize) {
        if let Some(entry) = from.get(at) {
            // SAFETY: the entry is initialised and lent; a byte of it has every value allowed to it, or is padding that
            // nobody looks at.
            unsafe {
                std::ptr::from_ref(entry)
                    .cast::<MaybeUninit<u8>>()
                    .read_volatile()
            };
        }
    }
}

/// Plain arithmetic on vectors of doubles.
pub(crate) trait F64Lanes: Copy {
    type F64: Copy;

    fn f64_splat(self, value: f64) -> Self::F64;
    fn f64_add(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn f64_sub(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn f64_mul(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn f64_div(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn f64_floor(self, a: Self::F64) -> Self::F64;
}

/// Vectors of one instruction set.
///
/// `V` holds `W` whole numbers from 0 up to `2^52`: I32F32 bits of values from 0 to 1, and sums of them.
///
/// Code over it is written in loops: a closure is compiled on its own, without the instruction set, and what the
/// compiler does not happen to inline becomes a call for every instruction.
pub(crate) trait Simd: U32Lanes {
    /// Lanes of `V`; divides [`LANES`].
    const W: usize;
    type V: Copy;
    /// What [`Simd::multiply`] multiplies by.
    type Factor: Copy;
    /// What [`Simd::divide`] divides by.
    type Divisor: Copy;
    /// What [`Simd::divide_near_one`] divides by.
    type NearOne: Copy;

    fn splat(self, value: u64) -> Self::V;
    /// What [`Simd::store`] left in lanes `k * W ..`; zero of a fresh block.
    fn load(self, from: &Lanes64, k: usize) -> Self::V;
    /// In the platform's own form.
    fn store(self, value: Self::V, to: &mut Lanes64, k: usize);
    /// Lanes `k * W ..` of a block of whole numbers.
    fn load_u64(self, from: &Lanes64, k: usize) -> Self::V;
    /// As whole numbers.
    fn store_u64(self, value: Self::V, to: &mut Lanes64, k: usize);
    /// Lanes `k * W ..` of a block.
    fn widen(self, from: &Lanes32, k: usize) -> Self::V;
    /// Numbers below `2^32`, into values `k * W ..`.
    fn narrow(self, value: Self::V, to: &mut [u32; LANES], k: usize);

    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b` for `a >= b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`, or 0 where that is negative.
    fn saturating_sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// `x` where `a > b`, else `y`.
    fn if_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// `x` where `a > 0`, else 0.
    fn if_positive(self, a: Self::V, x: Self::V) -> Self::V;
    /// Whether any lane is above zero.
    fn any(self, a: Self::V) -> bool;

    /// The factor of a scale, the same in every lane.
    fn scale(self, scale: &Scale) -> Self::Factor;
    /// A factor for each lane, up to `2^32`.
    fn factor(self, b: Self::V) -> Self::Factor;
    /// `floor(a * b / 2^32)` for `a` and `b` up to `2^32`.
    fn multiply(self, a: Self::V, b: Self::Factor) -> Self::V;
    /// The same, rounded up.
    fn multiply_ceil(self, a: Self::V, b: Self::Factor) -> Self::V;
    /// `a * b` for a product below `2^52`.
    fn multiply_exact(self, a: Self::V, b: Self::V) -> Self::V;
    /// `floor(a * 65535 / 2^32)` for `a` up to `2^32`.
    fn to_u16(self, a: Self::V) -> Self::V;

    /// Prepares a division by numbers below `2^52`; by 0 every quotient is 0.
    fn divisor(self, divisor: Self::V) -> Self::Divisor;
    /// `floor(a * 2^32 / divisor)` for `a` up to the divisor and to `2^32`.
    fn divide(self, a: Self::V, divisor: Self::Divisor) -> Self::V;
    /// `floor(a * 2^32 / divisor)` for `a` up to the divisor and below `2^16`, and a divisor below `2^31`.
    fn divide_small(self, a: Self::V, divisor: Self::Divisor) -> Self::V;

    /// Prepares a division by numbers up to 1.0; none where one is neither 0 nor less than `2^17` below 1.0.
    fn near_one(self, divisor: Self::V) -> Option<Self::NearOne>;
    /// `floor(a * 2^32 / divisor)` for `a` up to the divisor.
    fn divide_near_one(self, a: Self::V, divisor: Self::NearOne) -> Self::V;

    /// `e^x` by the chain's series for `x` from 0 to 9, and above zero where the result is in doubt.
    fn series(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]);
    /// `floor(2^64 / (2^32 + e^x))`, e^x by the same series, for `x` from 0 to 6.5, and above zero where that is in
    /// doubt.
    fn sigmoid(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]);
}

/// Asks for the cache lines of a range of entries.
#[inline(always)]
pub(crate) fn prefetch_range<S: U32Lanes, T>(s: S, from: &[T], start: usize, len: usize) {
    const LINE: usize = 64;
    for at in (start..start + len).step_by(LINE / size_of::<T>()) {
        s.prefetch(from, at);
    }
}

/// A proportion kept in 32 bits as I32F32 bits: [`ONE_U32`] is one more than it is.
#[inline(always)]
pub(crate) fn from_u32_proportion<S: Simd>(s: S, a: S::V) -> S::V {
    s.add(
        a,
        s.if_greater(a, s.splat(u64::from(ONE_U32) - 1), s.splat(1), s.splat(0)),
    )
}

/// The converse, for quotients of a row.
#[inline(always)]
pub(crate) fn to_u32_proportion<S: Simd>(s: S, a: S::V) -> S::V {
    s.min(a, s.splat(ONE_U32.into()))
}
