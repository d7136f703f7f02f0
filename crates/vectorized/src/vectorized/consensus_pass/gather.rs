//! Weights from rows into tiles, and what becomes of them back into entries.

use super::column_block::ColumnBlock;
use crate::kernels::simd::{LANES, Lanes32, Simd, prefetch_range, to_u32_proportion};
use crate::vectorized::columns::Columns;
use crate::vectorized::queue::RowBucketQueue;
use crate::vectorized::rows::Row;
use crate::vectorized::tile::{
    BLOCK_COLUMNS, PREFETCH_DISTANCE, RowEntries, TILES, expand, last_registrations,
};

/// The rows of weights and how far each has been read.
pub(crate) struct Gather<'a> {
    /// The entries by column.
    pub columns: &'a Columns<'a>,
    /// The rows with weights or bonds.
    pub rows: &'a [Row],
    /// The stake of each row's vote, I32F32 bits; `None` for rows that do not vote.
    pub votes: &'a [Option<u32>],
    /// The rows that still have entries, by column block.
    pub queue: &'a mut RowBucketQueue,
    /// The next entry of each row.
    pub cursors: &'a mut Vec<usize>,
    /// The first pass's output, one for each entry of the weights.
    pub entries: &'a mut [u32],
}

impl Gather<'_> {
    /// Sets every row to its first entry.
    #[inline(always)]
    pub fn start(&mut self) {
        self.queue.reset(self.columns.count(), self.rows.len());
        self.cursors.clear();
        for (index, row) in self.rows.iter().enumerate() {
            self.cursors.push(row.weights.start);
            if !row.weights.is_empty() {
                let first = self.columns.weights.uid[row.weights.start];
                self.queue.push(index, first);
            }
        }
    }

    /// Reads a column block's weights and divides each by its row's sum.
    #[inline(always)]
    pub fn gather<S: Simd>(&mut self, s: S, column_block: usize, block: &mut ColumnBlock) {
        self.queue.take(column_block, &mut block.rows);
        self.put_voters_first(&mut block.rows);
        for tile in &mut block.tiles {
            tile.clear();
        }
        block.from.clear();
        block.last_registrations = last_registrations(self.columns.registered, column_block);
        for place in 0..block.rows.len() {
            if let Some(&ahead) = block.rows.get(place + PREFETCH_DISTANCE) {
                let from = self.cursors[ahead as usize];
                prefetch_range(s, self.columns.weights.value, from, BLOCK_COLUMNS);
                s.prefetch(self.columns.weights.uid, from + BLOCK_COLUMNS - 1);
                prefetch_range(s, self.entries, from, BLOCK_COLUMNS);
            }
            self.gather_row(s, column_block, block.rows[place], block);
        }
    }

    #[inline(always)]
    fn gather_row<S: Simd>(
        &mut self,
        s: S,
        column_block: usize,
        index: u32,
        block: &mut ColumnBlock,
    ) {
        let weights = self.columns.weights;
        let row = &self.rows[index as usize];
        let entries = RowEntries {
            columns: weights.uid,
            end: row.weights.end,
        };
        let vote = self.votes[index as usize];
        let sum = s.divisor(s.splat(row.weight_sum.into()));
        let mut stored = Lanes32::ZERO;
        let mut from = self.cursors[index as usize];
        block.from.push(from);
        let dense = entries.are_dense(from, column_block * BLOCK_COLUMNS, BLOCK_COLUMNS);
        for (at, tile) in block.tiles.iter_mut().enumerate() {
            let first_column = column_block * BLOCK_COLUMNS + at * LANES;
            if (dense || entries.are_dense(from, first_column, LANES))
                && let Some(values) = weights.value[from..].first_chunk()
            {
                s.widen16(values, &mut stored);
                from += LANES;
            } else {
                let end = entries.tile_end(from, first_column);
                if from == end {
                    continue;
                }
                expand(from..end, weights.uid, weights.value, &mut stored);
                from = end;
            }
            row.mask_weights(
                self.columns.registered,
                block.last_registrations[at],
                first_column,
                &mut stored,
            );
            normalize_weights(s, &stored, sum, tile.push(index, vote));
        }
        self.cursors[index as usize] = from;
        if from < row.weights.end {
            self.queue.push(index as usize, weights.uid[from]);
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

    /// Writes the column block's lanes to the entries that they came from, each row's memory visited once.
    #[inline(always)]
    pub fn scatter(&mut self, column_block: usize, block: &ColumnBlock) {
        let columns = self.columns.weights.uid;
        let mut next = [0; TILES];
        for (&index, &from) in block.rows.iter().zip(&block.from) {
            let to = self.cursors[index as usize];
            let row = &mut self.entries[from..to];
            let full = to - from == BLOCK_COLUMNS;
            let mut at = 0;
            for (number, (tile, next)) in block.tiles.iter().zip(&mut next).enumerate() {
                // A tile holds its rows in the column block's order.
                if tile.rows.get(*next) != Some(&index) {
                    continue;
                }
                let lanes = &tile.weights[*next];
                *next += 1;
                if full && let Some(row) = row[at..].first_chunk_mut() {
                    *row = lanes.0;
                    at += LANES;
                    continue;
                }
                let end = column_block * BLOCK_COLUMNS + (number + 1) * LANES;
                while at < row.len() && (columns[from + at] as usize) < end {
                    row[at] = lanes.0[columns[from + at] as usize % LANES];
                    at += 1;
                }
            }
        }
    }
}

/// Writes each weight's part of its row's sum, a proportion in 32 bits.
#[inline(always)]
fn normalize_weights<S: Simd>(s: S, stored: &Lanes32, sum: S::Divisor, to: &mut Lanes32) {
    for k in 0..LANES / S::W {
        let weight = s.divide_small(s.widen(stored, k), sum);
        s.narrow(to_u32_proportion(s, weight), &mut to.0, k);
    }
}
