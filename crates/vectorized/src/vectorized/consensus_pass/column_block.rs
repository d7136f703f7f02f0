//! The weights of a tile and of a column block, as the first pass holds them.

use crate::kernels::simd::Lanes32;
use crate::vectorized::panel::Panel;
use crate::vectorized::tile::TILES;

/// The weights of one tile: a row of lanes for each row with an entry in it.
#[derive(Default)]
pub(super) struct Tile {
    /// The rows, those that vote first.
    pub rows: Vec<u32>,
    /// The normalised weights: one for each row, and what earlier tiles left behind them.
    pub weights: Vec<Lanes32>,
    /// The stake behind each voter's row.
    pub votes: Vec<u32>,
}

impl Tile {
    /// Drops all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.votes.clear();
    }

    /// Adds a row, and returns the lanes to write its weights to.
    #[inline(always)]
    pub fn push(&mut self, row: u32, vote: Option<u32>) -> &mut Lanes32 {
        let at = self.rows.len();
        self.rows.push(row);
        if let Some(vote) = vote {
            self.votes.push(vote);
        }
        if self.weights.len() == at {
            self.weights.push(Lanes32::ZERO);
        }
        &mut self.weights[at]
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
    pub(super) tiles: [Tile; TILES],
    /// The last block of registration in each tile.
    pub(super) last_registrations: [u64; TILES],
}
