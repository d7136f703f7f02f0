//! Yuma3 bonds: weights for bonds, with a common alpha or with a liquid one for each bond.

use super::column_block::Tile;
use super::lanes::{add_dividends, average_factors, write_bond};
use crate::kernels::simd::{CHAINS, CommonFactor, Lanes32, Lanes64, Simd, from_u32_proportion};
use crate::vectorized::liquid_alpha::LiquidAlpha;

/// The part of the new in the moving average of Yuma3 bonds.
pub(crate) enum BondAlpha {
    /// The same part for all bonds, I32F32 bits.
    Common(u64),
    /// A part for each bond.
    Liquid(LiquidAlpha),
}

/// One vector of columns. With `CLIPPED` the bonds penalty is one.
pub(super) struct Yuma3Columns<'a, S: Simd, const CLIPPED: bool> {
    /// The vector's number within the tile.
    pub k: usize,
    /// The columns' consensus.
    pub consensus: S::V,
    /// The columns' consensus that liquid alpha takes.
    pub alpha_consensus: S::V,
    /// The columns' incentive.
    pub incentive: S::Factor,
    /// The bonds penalty.
    pub penalty: CommonFactor,
    /// The part of the new in the moving average.
    pub alpha: &'a BondAlpha,
    /// The dividends of each row, before they are multiplied by stake.
    pub dividends: &'a mut [Lanes64],
    /// The bonds while they are computed, one vector for each row of the tile.
    pub values: &'a mut [Lanes64],
}

impl<S: Simd, const CLIPPED: bool> Yuma3Columns<'_, S, CLIPPED> {
    /// Moves the columns' bonds, adds up dividends, and writes the bonds to be stored. For liquid alpha the groups of
    /// the tile are complete.
    #[inline(always)]
    pub fn update(mut self, s: S, tile: &mut Tile, handed_on: Option<&[Lanes32]>) {
        let sum = match self.alpha {
            BondAlpha::Common(alpha) => self.average(s, tile, handed_on, *alpha),
            BondAlpha::Liquid(liquid_alpha) => self.average_liquid(s, tile, liquid_alpha),
        };
        self.write(s, tile, sum);
    }

    /// Computes the moving average by a common alpha, and returns its sum by column.
    #[inline(always)]
    fn average(&mut self, s: S, tile: &Tile, handed_on: Option<&[Lanes32]>, alpha: u64) -> S::V {
        let k = self.k;
        let [new, old] = average_factors(s, alpha);
        let proportion = s.divisor(s.splat(u16::MAX.into()));
        let count = tile.rows.len();
        let mut sum = s.splat(0);
        let weights = handed_on.unwrap_or(&tile.weights);
        let inputs = weights[..count].iter().zip(&tile.bonds);
        for ((weight, bond), value) in inputs.zip(&mut *self.values) {
            let weight = s.widen(weight, k);
            let weight = weight_for_bonds::<S, CLIPPED>(s, self.penalty, weight, self.consensus);
            let bond = s.divide_small(s.widen_u16(bond, k), proportion);
            let moved = s.add(s.multiply(weight, new), s.multiply(bond, old));
            sum = s.add(sum, moved);
            s.store(moved, value, 0);
        }
        sum
    }

    /// Computes the moving average by an alpha for each bond, and returns its sum by column.
    #[inline(always)]
    fn average_liquid(&mut self, s: S, tile: &Tile, liquid_alpha: &LiquidAlpha) -> S::V {
        let (k, consensus) = (self.k, self.consensus);
        let proportion = s.divisor(s.splat(u16::MAX.into()));
        // Where something remains of every weight, none is dropped for the penalty.
        let drops = if CLIPPED {
            s.any(s.saturating_sub(s.splat(1), consensus))
        } else {
            self.penalty.bits > 0
        };
        let mut sum = s.splat(0);
        let groups = tile.groups();
        let [weights, has_weight] =
            [&tile.weights, &tile.has_weight].map(|lanes| lanes.as_chunks::<CHAINS>().0);
        let bonds = tile.bonds.as_chunks::<CHAINS>().0;
        let inputs = weights[..groups].iter().zip(bonds).zip(has_weight);
        let values = self.values.as_chunks_mut::<CHAINS>().0;
        for (((weights, bonds), has_weight), values) in inputs.zip(values) {
            let mut weight = [s.splat(0); CHAINS];
            let mut bond = [s.splat(0); CHAINS];
            for g in 0..CHAINS {
                let as_set = s.widen(&weights[g], k);
                weight[g] = weight_for_bonds::<S, CLIPPED>(s, self.penalty, as_set, consensus);
                bond[g] = s.divide_small(s.widen_u16(&bonds[g], k), proportion);
            }
            let alpha = liquid_alpha.alphas(s, self.alpha_consensus, &weight, &bond);
            for g in 0..CHAINS {
                // What one less alpha keeps, floored, is the bond less what alpha takes, rounded up. With the weight's
                // part it is one at most, as bond and weight are.
                let part = s.factor(alpha[g]);
                let kept = s.sub(bond[g], s.multiply_ceil(bond[g], part));
                let moved = s.add(kept, s.multiply(weight[g], part));
                let mut has_weight = s.widen(&has_weight[g], k);
                if drops {
                    let as_set = s.widen(&weights[g], k);
                    has_weight = still_present::<S, CLIPPED>(s, has_weight, as_set, weight[g]);
                }
                let moved = s.if_positive(has_weight, moved);
                sum = s.add(sum, moved);
                s.store(moved, &mut values[g], 0);
            }
        }
        sum
    }

    /// Normalises the bonds by their column's sum for the dividends, and writes them as they are.
    #[inline(always)]
    fn write(self, s: S, tile: &mut Tile, sum: S::V) {
        let by_sum = s.divisor(sum);
        let inputs = tile.rows.iter().zip(&*self.values);
        let outputs = tile.bonds.iter_mut().zip(&mut tile.to_store);
        for ((&index, value), out) in inputs.zip(outputs) {
            let bond = s.load(value, 0);
            let dividends = &mut self.dividends[index as usize];
            add_dividends(s, dividends, s.divide(bond, by_sum), self.incentive);
            write_bond(s, out, self.k, bond, bond);
        }
    }
}

/// Returns the weight for bonds: clipped, or for a penalty below one cut in part.
#[inline(always)]
fn weight_for_bonds<S: Simd, const CLIPPED: bool>(
    s: S,
    penalty: CommonFactor,
    weight: S::V,
    consensus: S::V,
) -> S::V {
    if CLIPPED {
        // Consensus is below one: a weight of one, kept as one less, is clipped too.
        return s.min(weight, consensus);
    }
    // weight + floor(penalty * (clipped - weight)), the product negative: its floor is the ceiling of the
    // positive one, away from zero.
    let weight = from_u32_proportion(s, weight);
    let excess = s.saturating_sub(weight, consensus);
    s.sub(weight, s.multiply_ceil(excess, s.common_factor(&penalty)))
}

/// Returns `has_weight`, and zero where the penalty takes a weight to zero: such a bond is dropped, while that of a
/// weight set to zero is not.
#[inline(always)]
fn still_present<S: Simd, const CLIPPED: bool>(
    s: S,
    has_weight: S::V,
    as_set: S::V,
    for_bonds: S::V,
) -> S::V {
    let zero = s.splat(0);
    let if_zero = if CLIPPED {
        s.if_greater(as_set, zero, zero, has_weight)
    } else {
        zero
    };
    s.if_greater(for_bonds, zero, has_weight, if_zero)
}
