//! The first pass's output and stored bonds, from rows into tiles.

use super::column_block::ColumnBlock;
use crate::kernels::simd::{CHAINS, LANES, Lanes32, Lanes64, Simd, prefetch_range};
use crate::vectorized::columns::Columns;
use crate::vectorized::queue::RowBucketQueue;
use crate::vectorized::rows::{Row, zero_excluded};
use crate::vectorized::tile::{
    BLOCK_COLUMNS, PREFETCH_DISTANCE, RowEntries, expand, last_registrations,
};

/// The rows of weights and bonds and how far each has been read.
pub(crate) struct Gather<'a> {
    /// The entries by column.
    pub columns: &'a Columns<'a>,
    /// The rows with weights or bonds.
    pub rows: &'a [Row],
    /// Whether bonds without a weight are dropped, as by liquid alpha: nothing is to be done for them alone.
    pub weights_only: bool,
    /// The output of the first pass, one for each entry of the weights.
    pub entries: &'a [u32],
    /// The rows that still have entries, by column block.
    pub queue: &'a mut RowBucketQueue,
    /// The next entry of each row among the weights and among the bonds.
    pub cursors: &'a mut Vec<[usize; 2]>,
}

impl Gather<'_> {
    /// Sets every row to its first entries.
    #[inline(always)]
    pub fn start(&mut self) {
        self.queue.reset(self.columns.count(), self.rows.len());
        self.cursors.clear();
        for index in 0..self.rows.len() {
            let row = &self.rows[index];
            self.cursors.push([row.weights.start, row.bonds.start]);
            self.enqueue(index);
        }
    }

    /// Puts a row into the queue at its next weight or bond.
    #[inline(always)]
    fn enqueue(&mut self, index: usize) {
        let row = &self.rows[index];
        let [weight, bond] = self.cursors[index];
        let next_weight = (weight < row.weights.end).then(|| self.columns.weights.uid[weight]);
        let has_bond = !self.weights_only && bond < row.bonds.end;
        let next_bond = has_bond.then(|| self.columns.bonds.uid[bond]);
        let next = match (next_weight, next_bond) {
            (Some(weight), Some(bond)) => weight.min(bond),
            (Some(column), None) | (None, Some(column)) => column,
            (None, None) => return,
        };
        self.queue.push(index, next);
    }

    /// Reads a column block's weights and bonds.
    #[inline(always)]
    pub fn gather<S: Simd>(&mut self, s: S, column_block: usize, block: &mut ColumnBlock) {
        self.queue.take(column_block, &mut block.rows);
        for tile in &mut block.tiles {
            tile.rows.clear();
        }
        block.last_registrations = last_registrations(self.columns.registered, column_block);
        let rows = block.rows.len().next_multiple_of(CHAINS);
        if block.values.len() < rows {
            block.values.resize(rows, Lanes64::ZERO);
        }
        for place in 0..block.rows.len() {
            if let Some(&ahead) = block.rows.get(place + PREFETCH_DISTANCE) {
                let [weight, bond] = self.cursors[ahead as usize];
                prefetch_range(s, self.entries, weight, BLOCK_COLUMNS);
                prefetch_range(s, self.columns.bonds.value, bond, BLOCK_COLUMNS);
                s.prefetch(self.columns.weights.uid, weight + BLOCK_COLUMNS - 1);
                s.prefetch(self.columns.bonds.uid, bond + BLOCK_COLUMNS - 1);
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
        let first_column = column_block * BLOCK_COLUMNS;
        let (weights, bonds) = (self.columns.weights, self.columns.bonds);
        let row = &self.rows[index as usize];
        let [mut weight, mut bond] = self.cursors[index as usize];
        if self.weights_only {
            while bond < row.bonds.end && (bonds.uid[bond] as usize) < first_column {
                bond += 1;
            }
        }
        let [of_weights, of_bonds] = [
            RowEntries {
                columns: weights.uid,
                end: row.weights.end,
            },
            RowEntries {
                columns: bonds.uid,
                end: row.bonds.end,
            },
        ];
        let all_dense = of_weights.are_dense(weight, first_column, BLOCK_COLUMNS)
            && of_bonds.are_dense(bond, first_column, BLOCK_COLUMNS);
        for (at, tile) in block.tiles.iter_mut().enumerate() {
            let first_column = first_column + at * LANES;
            let dense = all_dense
                || (of_weights.are_dense(weight, first_column, LANES)
                    && of_bonds.are_dense(bond, first_column, LANES));
            let next = if dense {
                [weight, bond].map(|from| from + LANES)
            } else {
                let weight = of_weights.tile_end(weight, first_column);
                [weight, of_bonds.tile_end(bond, first_column)]
            };
            let runs = [weight..next[0], bond..next[1]];
            [weight, bond] = next;
            if runs[0].is_empty() && (self.weights_only || runs[1].is_empty()) {
                continue;
            }
            let place = tile.push(index);
            let last_registration = block.last_registrations[at];
            if self.weights_only {
                let columns = &weights.uid[runs[0].clone()];
                let registered = self.columns.registered;
                tile.has_weight[place] =
                    counting_weights(registered, row, last_registration, first_column, columns);
            }
            let [output, stored] = [&mut tile.weights[place], &mut tile.bonds[place]];
            if dense
                && let Some(entries) = self.entries[runs[0].start..].first_chunk()
                && let Some(values) = bonds.value[runs[1].start..].first_chunk()
            {
                output.0 = *entries;
                s.widen16(values, stored);
            } else {
                let [of_weights, of_bonds] = runs;
                expand(of_weights, weights.uid, self.entries, output);
                expand(of_bonds, bonds.uid, bonds.value, stored);
            }
            if row.bond_cutoff.excludes(last_registration) {
                let registered = &self.columns.registered[first_column..];
                zero_excluded(row.bond_cutoff, registered, stored);
            }
        }
        self.cursors[index as usize] = [weight, bond];
        self.enqueue(index as usize);
    }
}

/// Returns one in the columns of the row's weights that count, zero-valued ones among them; `last_registration` is the
/// last in the tile.
#[inline(always)]
fn counting_weights(
    registered: &[u64],
    row: &Row,
    last_registration: u64,
    first_column: usize,
    columns: &[u16],
) -> Lanes32 {
    if columns.len() == LANES && !row.masks_in(first_column, last_registration) {
        return Lanes32([1; LANES]);
    }
    let mut counting = Lanes32::ZERO;
    for &column in columns {
        counting.0[column as usize - first_column] = u32::from(!row.masks(registered, column));
    }
    counting
}
