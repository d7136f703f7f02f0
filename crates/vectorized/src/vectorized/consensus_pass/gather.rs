//! Weights from rows into tiles.

use super::column_block::ColumnBlock;
use crate::SparseRows;
use crate::kernels::simd::{LANES, Simd, prefetch_range, to_u32_proportion};
use crate::prepare::RegistrationCutoff;
use crate::vectorized::columns::Columns;
use crate::vectorized::queue::RowBucketQueue;
use crate::vectorized::rows::Row;
use crate::vectorized::tile::{BLOCK_COLUMNS, PREFETCH_DISTANCE, tile_registrations};

/// The rows of weights and how far each has been read.
pub(crate) struct Gather<'a> {
    /// The columns of the neurons.
    pub columns: &'a Columns<'a>,
    /// The stored weights.
    pub weights: SparseRows<'a>,
    /// The rows with weights or bonds.
    pub rows: &'a [Row],
    /// The stake of each row's vote, I32F32 bits; `None` for rows that do not vote.
    pub votes: &'a [Option<u32>],
    /// The earliest cutoff of a row's weights.
    pub earliest: RegistrationCutoff,
    /// The rows that still have entries, by column block.
    pub queue: &'a mut RowBucketQueue,
    /// The next entry of each row.
    pub cursors: &'a mut Vec<usize>,
}

impl Gather<'_> {
    /// Sets every row to its first entry.
    #[inline(always)]
    pub fn start(&mut self) {
        let column_blocks = self.columns.count().div_ceil(BLOCK_COLUMNS);
        self.queue.reset(column_blocks, self.rows.len());
        self.cursors.clear();
        for (index, row) in self.rows.iter().enumerate() {
            self.cursors.push(row.weights.start);
            self.enqueue(index, row.weights.start);
        }
    }

    /// Puts a row into the queue at its next weight.
    #[inline(always)]
    fn enqueue(&mut self, index: usize, next: usize) {
        if next < self.rows[index].weights.end
            && let Some(column_block) = self.columns.block_of(self.weights.uid[next])
        {
            self.queue.push(index, column_block);
        }
    }

    /// Reads a column block's weights.
    #[inline(always)]
    pub fn gather<S: Simd>(&mut self, s: S, column_block: usize, block: &mut ColumnBlock) {
        block.rows.clear();
        self.queue.take(column_block, &mut block.rows);
        self.put_voters_first(&mut block.rows);
        block.panel.reset(block.rows.len());
        block.registrations =
            tile_registrations(self.columns.registered, column_block, self.earliest);
        for place in 0..block.rows.len() {
            if let Some(&ahead) = block.rows.get(place + PREFETCH_DISTANCE) {
                let from = self.cursors[ahead as usize];
                prefetch_range(s, self.weights.value, from, BLOCK_COLUMNS);
                prefetch_range(s, self.weights.uid, from, BLOCK_COLUMNS);
            }
            let index = block.rows[place] as usize;
            let from = self.cursors[index];
            let entries = from..self.rows[index].weights.end;
            let panel = &mut block.panel;
            let count = panel.read(place, self.columns, &self.weights, entries, column_block);
            self.cursors[index] = from + count;
            self.enqueue(index, from + count);
        }
        block.all_tiles = u32::MAX;
        for place in 0..block.rows.len() {
            block.all_tiles &= block.panel.with_entries(place);
        }
    }

    /// Fills the tile with the weights of the rows that have one in it, each divided by its row's sum.
    #[inline(always)]
    pub fn fill_tile<S: Simd>(
        &self,
        s: S,
        column_block: usize,
        at: usize,
        block: &mut ColumnBlock,
    ) {
        self.list_rows(at, block);
        let ColumnBlock {
            panel,
            tile,
            registrations,
            ..
        } = block;
        let first_column = column_block * BLOCK_COLUMNS + at * LANES;
        tile.reserve(tile.rows.len());
        let rows = tile.rows.iter().zip(&tile.places);
        for ((&index, &place), to) in rows.zip(&mut tile.weights) {
            let row = &self.rows[index as usize];
            let stored = panel.lanes_mut(place as usize, at);
            let registered = self.columns.registered;
            row.mask_weights(registered, registrations[at], first_column, stored);
            for k in 0..LANES / S::W {
                let weight = s.divide_by_sum(s.widen_u16(stored, k), &row.weight_sum);
                s.narrow(to_u32_proportion(s, weight), &mut to.0, k);
            }
        }
    }

    /// Lists the rows that have a weight in a tile, and their places. Where all have one in every tile the list stays.
    #[inline(never)]
    fn list_rows(&self, at: usize, block: &mut ColumnBlock) {
        let is_full = block.all_tiles >> at & 1 != 0;
        let tile = &mut block.tile;
        if is_full && at > 0 && tile.rows.len() == block.rows.len() {
            return;
        }
        tile.clear();
        for (place, &index) in block.rows.iter().enumerate() {
            if block.panel.with_entries(place) >> at & 1 == 0 {
                continue;
            }
            tile.rows.push(index);
            tile.places.push(place as u32);
            if let Some(vote) = self.votes[index as usize] {
                tile.votes.push(vote);
            }
        }
    }

    /// Orders rows so that those that vote are a prefix.
    #[inline(always)]
    fn put_voters_first(&self, rows: &mut [u32]) {
        let mut voters = 0;
        for place in 0..rows.len() {
            if self.votes[rows[place] as usize].is_some() {
                rows.swap(place, voters);
                voters += 1;
            }
        }
    }
}
