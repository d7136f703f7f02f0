//! The weights of a tile and of a column block, as the first pass holds them.

use crate::kernels::simd::Lanes32;
use crate::vectorized::panel::Panel;
use crate::vectorized::tile::{TILES, TileRegistrations};

/// The weights of one tile: a row of lanes for each row with an entry in it.
#[derive(Default)]
pub(super) struct Tile {
    /// The rows, those that vote first.
    pub rows: Vec<u32>,
    /// Their places in the column block.
    pub places: Vec<u32>,
    /// The normalised weights: one for each row, and what larger tiles left behind them.
    pub weights: Vec<Lanes32>,
    /// The stake behind each voter's row.
    pub votes: Vec<u32>,
}

impl Tile {
    /// Drops all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.places.clear();
        self.votes.clear();
    }

    /// Makes room for so many rows.
    pub fn reserve(&mut self, rows: usize) {
        if self.weights.len() < rows {
            self.weights.resize(rows, Lanes32::ZERO);
        }
    }

    /// Returns the weights of the voters, in the order of their votes.
    #[inline(always)]
    pub fn voters(&self) -> &[Lanes32] {
        &self.weights[..self.votes.len()]
    }
}

/// The weights of a column block.
#[derive(Default)]
pub(crate) struct ColumnBlock {
    /// The rows with an entry in it, those that vote first.
    pub(super) rows: Vec<u32>,
    /// Their stored weights.
    pub(super) panel: Panel,
    /// The tiles that all of them have an entry in, a bit for each.
    pub(super) all_tiles: u32,
    /// The tile that is worked on.
    pub(super) tile: Tile,
    /// When the neurons of each tile registered.
    pub(super) registrations: [TileRegistrations; TILES],
}
