//! What classic bonds move towards: stake times weight for bonds, computed while the first pass has both.

use crate::kernels::simd::{ONE, ONE_U32, U32Lanes};

/// The weights for bonds, by the bonds penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeightsForBonds {
    /// No penalty: the weights as set.
    Unclipped,
    /// A penalty between the two.
    Interpolated {
        /// What the penalty leaves of what clipping takes off, I32F32 bits.
        keep: u32,
    },
    /// A penalty of one: the clipped weights.
    Clipped,
}

impl WeightsForBonds {
    /// Returns the weights for a penalty, I32F32 bits up to one.
    pub fn new(penalty: u64) -> Self {
        match penalty {
            0 => WeightsForBonds::Unclipped,
            ONE => WeightsForBonds::Clipped,
            _ => WeightsForBonds::Interpolated {
                keep: (ONE - penalty) as u32,
            },
        }
    }
}

/// One row's lanes of a tile, from which a bond delta is computed.
#[derive(Clone, Copy)]
pub(super) struct RowLanes<V> {
    /// The normalised weights.
    pub weight: V,
    /// Their columns' consensus.
    pub consensus: V,
    /// The weights clipped at it.
    pub clipped: V,
    /// The stake's part of the clipped weights, which is their part of the rank.
    pub rank_part: V,
}

/// The way from a row's lanes to its bond deltas.
///
/// With `HAS_ONE` some weight of the tile may be 1.0, which 32 bits keep as one less.
pub(super) trait BondDelta: Copy {
    /// Whether the bond delta is the part of the rank.
    const IS_RANK_PART: bool = false;

    /// Returns the bond deltas of a row with this active stake, I32F32 bits; `None` where none are computed. A row that
    /// does not vote has a stake of zero.
    fn of<S: U32Lanes>(self, s: S, stake: u32, row: RowLanes<S::U32>) -> Option<S::U32>;
}

/// No bond deltas: bonds move towards weights.
#[derive(Clone, Copy)]
pub(super) struct NoDelta;

impl BondDelta for NoDelta {
    #[inline(always)]
    fn of<S: U32Lanes>(self, _: S, _: u32, _: RowLanes<S::U32>) -> Option<S::U32> {
        None
    }
}

/// Stake times clipped weight.
#[derive(Clone, Copy)]
pub(super) struct ClippedDelta;

impl BondDelta for ClippedDelta {
    const IS_RANK_PART: bool = true;

    #[inline(always)]
    fn of<S: U32Lanes>(self, _: S, _: u32, row: RowLanes<S::U32>) -> Option<S::U32> {
        Some(row.rank_part)
    }
}

/// Stake times weight as set.
#[derive(Clone, Copy)]
pub(super) struct UnclippedDelta<const HAS_ONE: bool>;

impl<const HAS_ONE: bool> BondDelta for UnclippedDelta<HAS_ONE> {
    #[inline(always)]
    fn of<S: U32Lanes>(self, s: S, stake: u32, row: RowLanes<S::U32>) -> Option<S::U32> {
        let mut delta = s.u32_multiply(row.weight, stake);
        if HAS_ONE {
            // Of a weight of 1.0 it is all of the stake.
            let last = s.u32_splat(stake.min(1));
            delta = s.u32_add_if_above::<false>(delta, last, row.weight, below_one(s));
        }
        Some(delta)
    }
}

/// Stake times weight between the two.
#[derive(Clone, Copy)]
pub(super) struct InterpolatedDelta<const HAS_ONE: bool> {
    /// What the penalty leaves of what clipping takes off, I32F32 bits.
    pub keep: u32,
}

impl<const HAS_ONE: bool> BondDelta for InterpolatedDelta<HAS_ONE> {
    #[inline(always)]
    fn of<S: U32Lanes>(self, s: S, stake: u32, row: RowLanes<S::U32>) -> Option<S::U32> {
        let RowLanes {
            weight,
            consensus,
            clipped,
            ..
        } = row;
        let (zero, one) = (s.u32_splat(0), s.u32_splat(1));
        let mut excess = s.u32_sub(weight, clipped);
        if HAS_ONE {
            excess = s.u32_add_if_above::<false>(excess, one, weight, below_one(s));
        }
        // What the penalty takes off, rounded up, leaves the rest rounded down.
        let mut for_bonds = s.u32_add(clipped, s.u32_multiply(excess, self.keep));
        if HAS_ONE {
            // An excess of 1.0 is zero again in 32 bits.
            let rest = s.u32_if_at_least(zero, consensus, s.u32_splat(self.keep), zero);
            for_bonds = s.u32_add_if_above::<false>(for_bonds, rest, weight, below_one(s));
        }
        Some(s.u32_multiply(for_bonds, stake))
    }
}

/// Returns the largest proportion in 32 bits below [`ONE_U32`].
#[inline(always)]
pub(super) fn below_one<S: U32Lanes>(s: S) -> S::U32 {
    s.u32_splat(ONE_U32 - 1)
}
