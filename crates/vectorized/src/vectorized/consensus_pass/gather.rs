//! Weights from rows into tiles.

use super::column_block::ColumnBlock;
use crate::SparseRows;
use crate::kernels::simd::{LANES, Lanes32, Simd, prefetch_range, to_u32_proportion};
use crate::vectorized::columns::Columns;
use crate::vectorized::queue::RowBucketQueue;
use crate::vectorized::rows::Row;
use crate::vectorized::tile::{BLOCK_COLUMNS, PREFETCH_DISTANCE, last_registrations};

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

    /// Reads a column block's weights and divides each by its row's sum.
    #[inline(always)]
    pub fn gather<S: Simd>(&mut self, s: S, column_block: usize, block: &mut ColumnBlock) {
        block.rows.clear();
        self.queue.take(column_block, &mut block.rows);
        self.put_voters_first(&mut block.rows);
        block.panel.reserve(block.rows.len());
        for tile in &mut block.tiles {
            tile.clear();
        }
        block.last_registrations = last_registrations(self.columns.registered, column_block);
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
        for place in 0..block.rows.len() {
            self.normalize_row(s, column_block, place, block);
        }
    }

    #[inline(always)]
    fn normalize_row<S: Simd>(
        &mut self,
        s: S,
        column_block: usize,
        place: usize,
        block: &mut ColumnBlock,
    ) {
        let index = block.rows[place];
        let row = &self.rows[index as usize];
        let vote = self.votes[index as usize];
        let sum = s.divisor(s.splat(row.weight_sum.into()));
        let mut stored = Lanes32::ZERO;
        for (at, tile) in block.tiles.iter_mut().enumerate() {
            if !block.panel.has(place, at) {
                continue;
            }
            s.widen16(block.panel.values(place, at), &mut stored);
            row.mask_weights(
                self.columns.registered,
                block.last_registrations[at],
                column_block * BLOCK_COLUMNS + at * LANES,
                &mut stored,
            );
            let to = tile.push(index, vote);
            for k in 0..LANES / S::W {
                let weight = s.divide_small(s.widen(&stored, k), sum);
                s.narrow(to_u32_proportion(s, weight), &mut to.0, k);
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
