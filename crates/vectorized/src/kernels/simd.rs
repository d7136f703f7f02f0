//! The vector interface that the hot loops are written over.

use std::mem::MaybeUninit;

/// The number of lanes that the hot loops treat at a time, whatever the vector's width: the columns of a tile.
pub(crate) const LANES: usize = 16;

/// A row's 32-bit values in the columns of a tile.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Lanes32(pub [u32; LANES]);

/// A row's 64-bit values in the columns of a tile, or sums of a row spread over lanes.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Lanes64(pub [u64; LANES]);

impl Lanes32 {
    pub const ZERO: Self = Self([0; LANES]);
}

impl Lanes64 {
    /// Zeros, as integers and in a platform's own form.
    pub const ZERO: Self = Self([0; LANES]);
}

/// The I32F32 bits of 1.0.
pub(crate) const ONE: u64 = 1 << 32;

/// The 32 bits that stand for a proportion of 1.0: no quotient of a row is `2^32 - 1`, since its divisor is below
/// `2^32`.
pub(crate) const ONE_U32: u32 = u32::MAX;

/// A factor up to `2^32` that is the same in every lane, in the forms that platforms want it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    all(target_arch = "wasm32", not(target_feature = "simd128")),
    allow(dead_code, reason = "platforms of doubles read the rest")
)]
pub(crate) struct CommonFactor {
    /// The factor.
    pub bits: u64,
    /// The factor over `2^32`.
    pub part: f64,
    /// The factor over `2^16`, floored.
    pub high: f64,
    /// The fraction that this floor drops.
    pub low: f64,
}

impl CommonFactor {
    /// Returns the forms of a factor up to `2^32`.
    pub fn new(bits: u64) -> Self {
        Self {
            bits,
            part: bits as f64 / ONE as f64,
            high: (bits >> 16) as f64,
            low: (bits & 0xffff) as f64 / 65536.0,
        }
    }

    /// Returns whether the factor is 1.0.
    #[inline(always)]
    pub fn is_one(&self) -> bool {
        self.bits == ONE
    }
}

/// A divisor below `2^31` that is the same in every lane, and stays the same for many divisions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowDivisor {
    /// The divisor.
    #[cfg_attr(
        all(target_arch = "wasm32", target_feature = "simd128"),
        allow(dead_code, reason = "plain integers alone read it")
    )]
    pub bits: u32,
    /// A little more than `2^32` over the divisor; 0 for a divisor of 0.
    pub reciprocal: f64,
}

impl RowDivisor {
    /// The factor that makes a reciprocal a little too large: `1 + 2^-51`.
    pub const UP: f64 = 1.0 + 1.0 / (1u64 << 51) as f64;

    /// Returns the forms of a divisor.
    pub fn new(bits: u32) -> Self {
        let quotient = ONE as f64 / f64::from(bits);
        Self {
            bits,
            reciprocal: if bits > 0 { quotient * Self::UP } else { 0.0 },
        }
    }
}

/// The number of entries whose series for e^x run side by side, as dependency chains of their own: each step of one
/// waits for the step before it.
pub(crate) const CHAINS: usize = 4;

/// The half of a tile's lanes.
pub(crate) const HALF: usize = LANES / 2;

/// For each selection of eight lanes of 16 bits the shuffle of bytes that moves them together.
pub(crate) type Compressions = [[u8; 2 * HALF]; 1 << HALF];

/// Makes the shuffles: a module that had them in it would be larger by a twentieth.
#[cold]
#[inline(never)]
pub(crate) fn compressions() -> Box<Compressions> {
    let mut shuffles = Box::new([[0; 2 * HALF]; 1 << HALF]);
    for (selected, shuffle) in shuffles.iter_mut().enumerate() {
        let lanes = (0..HALF as u8).filter(|lane| selected >> lane & 1 == 1);
        for (lane, to) in lanes.zip(shuffle.chunks_exact_mut(2)) {
            to.copy_from_slice(&[2 * lane, 2 * lane + 1]);
        }
    }
    shuffles
}

/// The arithmetic on vectors of 32-bit integers that every instruction set has. A value of an implementing type proves
/// that the machine has the instructions.
///
/// Every method, here and of [`Simd`], is inlined into a function that has the instruction set enabled. `k` numbers the
/// vectors of a tile.
pub(crate) trait U32Lanes: Copy {
    /// The number of lanes of a vector; it divides [`LANES`].
    const U32_LANES: usize;
    /// A vector.
    type U32: Copy;

    /// Returns the value in every lane.
    fn u32_splat(self, value: u32) -> Self::U32;
    /// Returns vector `k` of a tile's lanes.
    fn u32_load(self, from: &Lanes32, k: usize) -> Self::U32;
    /// Returns vector `k` of a tile's 16-bit lanes.
    fn u32_load16(self, from: &[u16; LANES], k: usize) -> Self::U32;
    /// Writes vector `k` of a tile's lanes.
    fn u32_store(self, value: Self::U32, to: &mut Lanes32, k: usize);
    /// Returns `a + b`, modulo `2^32`.
    fn u32_add(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// Returns `a - b`, modulo `2^32`.
    fn u32_sub(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// Returns `floor(a / 2)`.
    fn u32_half(self, a: Self::U32) -> Self::U32;
    /// Returns the smaller of the two.
    fn u32_min(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// Returns the larger of the two.
    fn u32_max(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// Returns `acc`, plus `weight` where `a > b`. Where both are known to be below `2^31`, `SMALL` may spare a step.
    fn u32_add_if_above<const SMALL: bool>(
        self,
        acc: Self::U32,
        weight: Self::U32,
        a: Self::U32,
        b: Self::U32,
    ) -> Self::U32;
    /// Returns `floor(a * factor / 2^32)`.
    fn u32_multiply(self, a: Self::U32, factor: u32) -> Self::U32;
    /// Returns `x` where `a >= b`, else `y`.
    fn u32_if_at_least(self, a: Self::U32, b: Self::U32, x: Self::U32, y: Self::U32) -> Self::U32;
    /// Returns whether all lanes are the same in both.
    fn u32_equal(self, a: Self::U32, b: Self::U32) -> bool;

    /// Moves the lanes that `selected` has a bit for together, of both arrays. What is behind them is overwritten.
    #[inline(always)]
    fn compress16(
        self,
        _: &Compressions,
        from: [&[u16; LANES]; 2],
        selected: u16,
        to: [&mut [u16; LANES]; 2],
    ) {
        for (from, to) in from.into_iter().zip(to) {
            if selected == u16::MAX {
                *to = *from;
                continue;
            }
            // No branch for each lane: the machine could not guess them.
            let mut at = 0;
            for (lane, &value) in from.iter().enumerate() {
                to[at % LANES] = value;
                at += usize::from(selected >> lane & 1);
            }
        }
    }

    /// Prefetches the cache line of an entry. Where there is no instruction for it, a load whose value nobody waits for
    /// serves.
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

/// The plain arithmetic on vectors of doubles.
pub(crate) trait F64Lanes: Copy {
    /// A vector.
    type F64: Copy;

    /// Returns the value in every lane.
    fn f64_splat(self, value: f64) -> Self::F64;
    /// Returns `a + b`.
    fn f64_add(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns `a - b`.
    fn f64_sub(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns `a * b`.
    fn f64_mul(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns `a / b`.
    fn f64_div(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// Returns the largest integer that is not above `a`.
    fn f64_floor(self, a: Self::F64) -> Self::F64;
}

/// The arithmetic on vectors of integers from 0 up to `2^52`: the I32F32 bits of values from 0 to 1, and sums of them.
///
/// Code over it is written in loops: a closure is compiled on its own, without the instruction set, and what the
/// compiler does not happen to inline becomes a call for every instruction.
pub(crate) trait Simd: U32Lanes {
    /// The number of lanes of a vector; it divides [`LANES`].
    const W: usize;
    /// A vector.
    type V: Copy;
    /// A factor, prepared for [`Simd::multiply`].
    type Factor: Copy;
    /// A divisor, prepared for [`Simd::divide`].
    type Divisor: Copy;
    /// A divisor of nearly 1.0, prepared for [`Simd::divide_near_one`].
    type NearOne: Copy;

    /// Returns the value in every lane.
    fn splat(self, value: u64) -> Self::V;
    /// Returns vector `k` as [`Simd::store`] wrote it; zero of [`Lanes64::ZERO`].
    fn load(self, from: &Lanes64, k: usize) -> Self::V;
    /// Writes vector `k` in the platform's own form.
    fn store(self, value: Self::V, to: &mut Lanes64, k: usize);
    /// Returns vector `k` of a tile's integers.
    fn load_u64(self, from: &Lanes64, k: usize) -> Self::V;
    /// Writes vector `k` as integers.
    fn store_u64(self, value: Self::V, to: &mut Lanes64, k: usize);
    /// Returns vector `k` of a tile's 32-bit integers.
    fn widen(self, from: &Lanes32, k: usize) -> Self::V;
    /// Writes vector `k` of a tile's 32-bit integers; the values are below `2^32`.
    fn narrow(self, value: Self::V, to: &mut [u32; LANES], k: usize);
    /// Returns vector `k` of a tile's 16-bit integers.
    fn widen_u16(self, from: &[u16; LANES], k: usize) -> Self::V;
    /// Writes vector `k` of a tile's 16-bit integers; the values are below `2^16`.
    fn narrow_u16(self, value: Self::V, to: &mut [u16; LANES], k: usize);
    /// Returns a bit for each lane that is above zero.
    fn positive(self, a: Self::V) -> u16;

    /// Returns `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `a - b` for `a >= b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `a - b`, or 0 where that is negative.
    fn saturating_sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns the smaller of the two.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns the larger of the two.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `x` where `a > b`, else `y`.
    fn if_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// Returns `x` where `a > 0`, else 0.
    fn if_positive(self, a: Self::V, x: Self::V) -> Self::V;
    /// Returns whether any lane is above zero.
    fn any(self, a: Self::V) -> bool;

    /// Prepares a factor that is the same in every lane.
    fn common_factor(self, factor: &CommonFactor) -> Self::Factor;
    /// Prepares a factor up to `2^32` for each lane.
    fn factor(self, b: Self::V) -> Self::Factor;
    /// Returns `floor(a * b / 2^32)` for `a` and `b` up to `2^32`.
    fn multiply(self, a: Self::V, b: Self::Factor) -> Self::V;
    /// Returns `ceil(a * b / 2^32)` for `a` and `b` up to `2^32`.
    fn multiply_ceil(self, a: Self::V, b: Self::Factor) -> Self::V;
    /// Returns `a * b` for a product below `2^52`.
    fn multiply_exact(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `floor(a * 65535 / 2^32)` for `a` up to `2^32`.
    fn to_u16(self, a: Self::V) -> Self::V;

    /// Prepares a division by numbers below `2^52`; by 0 every quotient is 0.
    fn divisor(self, divisor: Self::V) -> Self::Divisor;
    /// Returns `floor(a * 2^32 / divisor)` for `a` up to the divisor and to `2^32`.
    fn divide(self, a: Self::V, divisor: Self::Divisor) -> Self::V;
    /// Returns `floor(a * 2^32 / divisor)` for `a` up to the divisor and below `2^16`, and a divisor below `2^31`.
    fn divide_small(self, a: Self::V, divisor: Self::Divisor) -> Self::V;

    /// Returns `floor(a * 2^32 / divisor)` for `a` up to the divisor and below `2^16`.
    fn divide_by_sum(self, a: Self::V, divisor: &RowDivisor) -> Self::V;

    /// Prepares a division by numbers up to 1.0, or returns `None` where one is neither 0 nor less than `2^17` below
    /// 1.0.
    fn near_one(self, divisor: Self::V) -> Option<Self::NearOne>;
    /// Returns `floor(a * 2^32 / divisor)` for `a` up to the divisor.
    fn divide_near_one(self, a: Self::V, divisor: Self::NearOne) -> Self::V;

    /// Returns `e^x` by the chain's series for `x` from 0 to 9, and a number above zero in the lanes that need the
    /// exact series instead.
    fn series(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]);
    /// Returns `floor(2^64 / (2^32 + e^x))`, e^x by the same series, for `x` from 0 to 6.5, and a number above zero in
    /// the lanes that need the exact series instead.
    fn sigmoid(self, x: &[Self::V; CHAINS]) -> ([Self::V; CHAINS], [Self::V; CHAINS]);
}

/// Prefetches the cache lines of a range of entries.
#[inline(always)]
pub(crate) fn prefetch_range<S: U32Lanes, T>(s: S, from: &[T], start: usize, len: usize) {
    const LINE: usize = 64;
    for at in (start..start + len).step_by(LINE / size_of::<T>()) {
        s.prefetch(from, at);
    }
}

/// Returns the I32F32 bits of a proportion in 32 bits: for [`ONE_U32`] those of 1.0.
#[inline(always)]
pub(crate) fn from_u32_proportion<S: Simd>(s: S, a: S::V) -> S::V {
    s.add(
        a,
        s.if_greater(a, s.splat(u64::from(ONE_U32) - 1), s.splat(1), s.splat(0)),
    )
}

/// Returns the 32 bits of a proportion in I32F32 bits, of quotients of a row.
#[inline(always)]
pub(crate) fn to_u32_proportion<S: Simd>(s: S, a: S::V) -> S::V {
    s.min(a, s.splat(ONE_U32.into()))
}
