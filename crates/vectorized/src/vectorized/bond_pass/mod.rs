//! The second pass, when incentive is known: bonds, dividends and the bonds to be stored, a tile of columns at a time.

mod classic;
mod column_block;
mod gather;
mod lanes;
mod scatter;
mod yuma3;

pub(super) use column_block::ColumnBlock;
pub(super) use gather::Gather;
pub(super) use scatter::OutputBuffer;
pub(super) use yuma3::BondAlpha;

use super::tile::{BLOCK_COLUMNS, tiles_of_block};
use crate::kernels::Job;
use crate::kernels::simd::{CommonFactor, LANES, Lanes32, Lanes64, Simd};
use classic::ClassicColumns;
use yuma3::Yuma3Columns;

/// The way that bonds move, in the vectors' numbers.
pub(super) enum BondUpdate {
    /// Towards stake times weights, everything normalised by column.
    Classic {
        /// The part of the new, I32F32 bits.
        alpha: u64,
    },
    /// Towards weights, not normalised.
    Yuma3(BondAlpha),
}

/// The second pass.
pub(super) struct BondPass<'a> {
    /// The rows of weights and bonds.
    pub gather: Gather<'a>,
    /// How bonds move.
    pub update: &'a BondUpdate,
    /// The bonds penalty, I32F32 bits.
    pub penalty: u64,
    /// The consensus of each column, I32F32 bits.
    pub consensus: &'a [u64],
    /// The consensus of each column that liquid alpha takes, I32F32 bits up to one.
    pub alpha_consensus: &'a [u64],
    /// The sum of each column's bond deltas, I32F32 bits; of classic bonds only.
    pub delta_sums: &'a [u64],
    /// The incentive of each column, I32F32 bits.
    pub incentive: &'a [u64],
    /// The column block that is worked on.
    pub block: &'a mut ColumnBlock,
    /// The sum of each row's incentive times bonds, spread over lanes.
    pub dividends: &'a mut [Lanes64],
    /// The rows with bonds in it.
    pub with_bonds: &'a mut Vec<u32>,
    /// The bonds to be stored.
    pub output: &'a mut OutputBuffer,
}

impl Job for BondPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        self.gather.start();
        for column_block in 0..self.consensus.len().div_ceil(BLOCK_COLUMNS) {
            self.gather
                .gather(s, column_block, self.block, self.with_bonds);
            if self.block.rows.is_empty() {
                continue;
            }
            for at in 0..tiles_of_block(self.consensus.len(), column_block) {
                self.update_tile(s, at, column_block);
            }
            self.output
                .scatter(s, self.gather.columns, column_block, self.block);
        }
        for dividends in self.dividends {
            s.store_u64(s.load(dividends, 0), dividends, 0);
        }
    }
}

impl BondPass<'_> {
    /// Moves the bonds of a tile.
    #[inline(always)]
    fn update_tile<S: Simd>(&mut self, s: S, at: usize, column_block: usize) {
        let handed_on = self.gather.fill_tile(column_block, at, self.block);
        if self.block.tile.rows.is_empty() {
            return;
        }
        let first_column = column_block * BLOCK_COLUMNS + at * LANES;
        let end = self.consensus.len().min(first_column + LANES);
        let columns = end - first_column;
        let [consensus, alpha_consensus, delta_sums, incentive] = [
            self.consensus,
            self.alpha_consensus,
            self.delta_sums,
            self.incentive,
        ]
        .map(|values| {
            let mut lanes = Lanes64::ZERO;
            lanes.0[..columns].copy_from_slice(&values[first_column..end]);
            lanes
        });
        let ColumnBlock {
            tile,
            values,
            panel,
            to_store,
            ..
        } = &mut *self.block;
        let bond_sums = match self.update {
            BondUpdate::Classic { .. } => tile.bond_sums(s),
            BondUpdate::Yuma3(BondAlpha::Liquid(_)) => {
                tile.complete_groups();
                Lanes32::ZERO
            }
            BondUpdate::Yuma3(BondAlpha::Common(_)) => Lanes32::ZERO,
        };
        tile.to_store[..tile.rows.len()].fill(0);
        let penalty = CommonFactor::new(self.penalty);
        for k in 0..LANES / S::W {
            let consensus = s.load_u64(&consensus, k);
            let incentive = s.factor(s.load_u64(&incentive, k));
            match self.update {
                BondUpdate::Classic { alpha } => ClassicColumns {
                    k,
                    delta_sums: s.load_u64(&delta_sums, k),
                    bond_sums: s.widen(&bond_sums, k),
                    incentive,
                    alpha: *alpha,
                    dividends: self.dividends,
                    values,
                }
                .update(s, tile, handed_on),
                BondUpdate::Yuma3(alpha) => Yuma3Columns {
                    k,
                    consensus,
                    alpha_consensus: s.load_u64(&alpha_consensus, k),
                    incentive,
                    penalty,
                    alpha,
                    dividends: self.dividends,
                    values,
                }
                .update(s, tile, handed_on),
            }
        }
        let bonds = tile.bonds.iter().zip(&tile.to_store);
        for (&place, (&bonds, &lanes_to_store)) in tile.places.iter().zip(bonds) {
            to_store[place as usize][at] = lanes_to_store;
            *panel.lanes_mut(place as usize, at) = bonds;
        }
    }
}
