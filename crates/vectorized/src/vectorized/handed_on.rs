//! What the first pass hands on to the second.

use super::tile::TILES;
use crate::kernels::simd::Lanes32;

/// The first pass's output: for each tile, the lanes of the rows with weights in it, one after the other in the order in
/// which the second pass reads them.
#[derive(Default)]
pub(super) struct HandedOn {
    /// The lanes of all tiles, and what longer epochs left behind them.
    lanes: Vec<Lanes32>,
    /// How many of them there are.
    count: usize,
    /// Where each tile's begin.
    tile_start: Vec<usize>,
    /// The rows with weights in each column block, block after block, each with the tiles that it has lanes in, a bit for
    /// each.
    rows: Vec<(u32, u32)>,
    /// Where each column block's begin.
    block_start: Vec<usize>,
}

impl HandedOn {
    /// Empties it.
    pub fn clear(&mut self) {
        self.count = 0;
        self.tile_start.clear();
        self.rows.clear();
        self.block_start.clear();
    }

    /// Begins a column block.
    pub fn begin_block(&mut self) {
        self.block_start.push(self.rows.len());
    }

    /// Adds a row of the column block, and the tiles that it has weights in.
    pub fn add_row(&mut self, row: u32, tiles: u32) {
        self.rows.push((row, tiles));
    }

    /// Begins a tile, and returns lanes to be written for so many rows.
    pub fn begin_tile(&mut self, rows: usize) -> &mut [Lanes32] {
        let start = self.count;
        self.tile_start.push(start);
        self.count += rows;
        if self.lanes.len() < self.count {
            self.lanes.resize(self.count, Lanes32::ZERO);
        }
        &mut self.lanes[start..self.count]
    }

    /// Begins a tile without lanes, and takes it from the rows of its column block.
    pub fn leave_out_tile(&mut self, tile: usize) {
        self.tile_start.push(self.count);
        let begin = self.block_start.last().copied().unwrap_or(0);
        for (_, tiles) in &mut self.rows[begin..] {
            *tiles &= !(1 << tile);
        }
    }

    /// Returns a column block's rows, each with the tiles that it has lanes in.
    pub fn rows(&self, column_block: usize) -> &[(u32, u32)] {
        let end = self.block_start.get(column_block + 1).copied();
        &self.rows[self.block_start[column_block]..end.unwrap_or(self.rows.len())]
    }

    /// Returns a tile's lanes, of which there are so many.
    pub fn tile(&self, column_block: usize, tile: usize, count: usize) -> &[Lanes32] {
        if count == 0 {
            return &[];
        }
        let start = self.tile_start[column_block * TILES + tile];
        &self.lanes[start..start + count]
    }
}
