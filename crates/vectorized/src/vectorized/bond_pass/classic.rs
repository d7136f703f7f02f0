//! Classic bonds: stake times weights for bonds, everything normalised by column.

use super::column_block::Tile;
use super::lanes::{add_dividends, average_factors, write_bond};
use crate::kernels::simd::{Lanes32, Lanes64, Simd};

/// One vector of columns.
pub(super) struct ClassicColumns<'a, S: Simd> {
    /// The vector's number within the tile.
    pub k: usize,
    /// The sums of the bond deltas.
    pub delta_sums: S::V,
    /// The sums of the stored bonds.
    pub bond_sums: S::V,
    /// The columns' incentive.
    pub incentive: S::Factor,
    /// The part of the new in the moving average, I32F32 bits.
    pub alpha: u64,
    /// The dividends of each row.
    pub dividends: &'a mut [Lanes64],
    /// The bonds while they are computed, one vector for each row of the tile.
    pub values: &'a mut [Lanes64],
}

impl<S: Simd> ClassicColumns<'_, S> {
    /// Moves the columns' bonds, adds up dividends, and writes the bonds to be stored, divided by their column's
    /// largest.
    #[inline(always)]
    ///
    /// The bond deltas are `handed_on` where the first pass left them, else the tile's weights.
    pub fn update(self, s: S, tile: &mut Tile, handed_on: Option<&[Lanes32]>) {
        let k = self.k;
        let count = tile.rows.len();
        let (by_delta, by_bond) = (s.divisor(self.delta_sums), s.divisor(self.bond_sums));
        let [new, old] = average_factors(s, self.alpha);
        let mut sum = s.splat(0);
        let deltas = handed_on.unwrap_or(&tile.weights);
        let inputs = deltas[..count].iter().zip(&tile.bonds);
        for ((delta, bond), value) in inputs.zip(&mut *self.values) {
            let delta = s.divide(s.widen(delta, k), by_delta);
            let bond = s.divide_small(s.widen_u16(bond, k), by_bond);
            let moved = s.add(s.multiply(delta, new), s.multiply(bond, old));
            sum = s.add(sum, moved);
            s.store(moved, value, 0);
        }

        // The sum is at most one, as those of deltas and bonds are: a part of it is zero only of what did not move. Where
        // both were there it is nearly one.
        let mut largest = s.splat(0);
        if let Some(sum) = s.near_one(sum) {
            for (&index, value) in tile.rows.iter().zip(&mut *self.values) {
                let bond = s.divide_near_one(s.load(value, 0), sum);
                largest = s.max(largest, bond);
                let dividends = &mut self.dividends[index as usize];
                add_dividends(s, dividends, bond, self.incentive);
                s.store(bond, value, 0);
            }
        } else {
            let sum = s.divisor(sum);
            for (&index, value) in tile.rows.iter().zip(&mut *self.values) {
                let bond = s.divide(s.load(value, 0), sum);
                largest = s.max(largest, bond);
                let dividends = &mut self.dividends[index as usize];
                add_dividends(s, dividends, bond, self.incentive);
                s.store(bond, value, 0);
            }
        }

        let by_largest = s.divisor(largest);
        let outputs = tile.bonds.iter_mut().zip(&mut tile.to_store);
        for (value, out) in self.values[..count].iter().zip(outputs) {
            let bond = s.load(value, 0);
            write_bond(s, out, k, s.divide(bond, by_largest), bond);
        }
    }
}
