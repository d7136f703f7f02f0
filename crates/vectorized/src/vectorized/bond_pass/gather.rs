//! The first pass's output and stored bonds, from rows into tiles.

use super::column_block::ColumnBlock;
use crate::SparseRows;
use crate::kernels::simd::{CHAINS, LANES, Lanes32, Lanes64, Simd, prefetch_range};
use crate::prepare::RegistrationCutoff;
use crate::vectorized::columns::Columns;
use crate::vectorized::handed_on::HandedOn;
use crate::vectorized::queue::RowBucketQueue;
use crate::vectorized::rows::{Row, zero_excluded};
use crate::vectorized::tile::{BLOCK_COLUMNS, PREFETCH_DISTANCE, TILES, tile_registrations};

/// The rows of weights and bonds and how far the bonds have been read.
pub(crate) struct Gather<'a> {
    /// The columns of the neurons.
    pub columns: &'a Columns<'a>,
    /// The stored weights.
    pub weights: SparseRows<'a>,
    /// The stored bonds.
    pub bonds: SparseRows<'a>,
    /// The rows with weights or bonds.
    pub rows: &'a [Row],
    /// Whether bonds without a weight are dropped, as by liquid alpha: nothing is to be done for them alone.
    pub weights_only: bool,
    /// The output of the first pass.
    pub handed_on: &'a HandedOn,
    /// The earliest cutoff of a row's bonds.
    pub earliest: RegistrationCutoff,
    /// The rows that still have bonds, by column block.
    pub queue: &'a mut RowBucketQueue,
    /// The next bond of each row.
    pub cursors: &'a mut Vec<usize>,
    /// The place of each row in the column block, one more than it is; 0 for those that are not in it.
    pub places: &'a mut Vec<u32>,
}

impl Gather<'_> {
    /// Sets every row to its first bond.
    #[inline(always)]
    pub fn start(&mut self) {
        let column_blocks = self.columns.count().div_ceil(BLOCK_COLUMNS);
        self.queue.reset(column_blocks, self.rows.len());
        self.places.clear();
        self.places.resize(self.rows.len(), 0);
        self.cursors.clear();
        for index in 0..self.rows.len() {
            let next = self.rows[index].bonds.start;
            self.cursors.push(next);
            self.enqueue(index, next);
        }
    }

    /// Puts a row into the queue at its next bond.
    #[inline(always)]
    fn enqueue(&mut self, index: usize, next: usize) {
        if next < self.rows[index].bonds.end
            && let Some(column_block) = self.columns.block_of(self.bonds.uid[next])
        {
            self.queue.push(index, column_block);
        }
    }

    /// Reads a column block's weights and bonds. `with_bonds` is for the rows that have bonds in it.
    #[inline(always)]
    pub fn gather<S: Simd>(
        &mut self,
        s: S,
        column_block: usize,
        block: &mut ColumnBlock,
        with_bonds: &mut Vec<u32>,
    ) {
        block.rows.clear();
        block
            .rows
            .extend_from_slice(self.handed_on.rows(column_block));
        for (place, &(row, _)) in block.rows.iter().enumerate() {
            self.places[row as usize] = place as u32 + 1;
        }
        with_bonds.clear();
        self.queue.take(column_block, with_bonds);
        if !self.weights_only {
            for &row in &*with_bonds {
                if self.places[row as usize] == 0 {
                    block.rows.push((row, 0));
                    self.places[row as usize] = block.rows.len() as u32;
                }
            }
        }
        let count = block.rows.len();
        block.panel.reset(count);
        for at in 0..with_bonds.len() {
            if let Some(&ahead) = with_bonds.get(at + PREFETCH_DISTANCE) {
                let bond = self.cursors[ahead as usize];
                prefetch_range(s, self.bonds.value, bond, BLOCK_COLUMNS);
                prefetch_range(s, self.bonds.uid, bond, BLOCK_COLUMNS);
            }
            self.read_bonds(column_block, with_bonds[at] as usize, block);
        }
        block.panel.clear_others(count);
        block.all_tiles = u32::MAX;
        for (place, &(row, tiles)) in block.rows.iter().enumerate() {
            self.places[row as usize] = 0;
            block.all_tiles &= tiles | block.panel.with_entries(place);
        }
        let rows = count.next_multiple_of(CHAINS);
        if block.values.len() < rows {
            block.values.resize(rows, Lanes64::ZERO);
        }
        block.to_store.clear();
        block.to_store.resize(count, [0; TILES]);
        block.registrations =
            tile_registrations(self.columns.registered, column_block, self.earliest);
    }

    /// Reads one row's bonds; those of a row that is left out are passed over.
    #[inline(never)]
    fn read_bonds(&mut self, column_block: usize, index: usize, block: &mut ColumnBlock) {
        let from = self.cursors[index];
        let entries = from..self.rows[index].bonds.end;
        let next = match self.places[index] {
            0 => {
                let end = self.columns.first_uid(column_block + 1);
                let uids = &self.bonds.uid[entries];
                from + uids.partition_point(|&uid| usize::from(uid) < end)
            }
            place => {
                let place = place as usize - 1;
                let panel = &mut block.panel;
                from + panel.read(place, self.columns, &self.bonds, entries, column_block)
            }
        };
        self.cursors[index] = next;
        self.enqueue(index, next);
    }

    /// Fills the tile with the lanes of its rows, whose weights come from the first pass, one after the other. Returns
    /// the weights where the first pass left them, if that serves.
    #[inline(never)]
    pub fn fill_tile(
        &self,
        column_block: usize,
        at: usize,
        block: &mut ColumnBlock,
    ) -> Option<&[Lanes32]> {
        let with_weights = self.list_rows(at, block);
        let first_column = column_block * BLOCK_COLUMNS + at * LANES;
        let of_tile = block.registrations[at];
        let ColumnBlock {
            rows, panel, tile, ..
        } = block;
        for (to, (&index, &place)) in tile.rows.iter().zip(&tile.places).enumerate() {
            let bonds = &mut tile.bonds[to];
            *bonds = *panel.lanes(place as usize, at);
            let row = &self.rows[index as usize];
            if row.bond_cutoff.excludes(of_tile.last) {
                let registered = &self.columns.registered[first_column..];
                zero_excluded(row.bond_cutoff, registered, of_tile.late, bonds);
            }
        }
        let weights = self.handed_on.tile(column_block, at, with_weights);
        if !self.weights_only && with_weights == tile.rows.len() {
            return Some(weights);
        }
        let mut weights = weights.iter();
        for (to, &place) in tile.places.iter().enumerate() {
            let (index, tiles) = rows[place as usize];
            tile.weights[to] = match tiles >> at & 1 {
                0 => Lanes32::ZERO,
                _ => *weights.next().unwrap_or(&Lanes32::ZERO),
            };
            if self.weights_only {
                let row = &self.rows[index as usize];
                tile.has_weight[to] = self.counting_weights(row, first_column, &tile.weights[to]);
            }
        }
        None
    }

    /// Lists the rows of a tile, and their places, and returns how many of them have weights in it. Where all are in
    /// every tile the list stays.
    #[inline(always)]
    fn list_rows(&self, at: usize, block: &mut ColumnBlock) -> usize {
        let ColumnBlock {
            rows,
            panel,
            tile,
            all_tiles,
            ..
        } = block;
        let with_weights = rows.iter().map(|(_, tiles)| tiles >> at & 1).sum::<u32>();
        let stays = *all_tiles >> at & 1 != 0 && at > 0 && tile.rows.len() == rows.len();
        if stays && !self.weights_only {
            return with_weights as usize;
        }
        tile.rows.clear();
        tile.places.clear();
        tile.reserve(rows.len());
        for (place, &(index, tiles)) in rows.iter().enumerate() {
            let bonds = if self.weights_only {
                0
            } else {
                panel.with_entries(place)
            };
            if (tiles | bonds) >> at & 1 != 0 {
                tile.rows.push(index);
                tile.places.push(place as u32);
            }
        }
        with_weights as usize
    }

    /// Returns one in the columns of the row's weights that count, zero-valued ones among them.
    #[inline(always)]
    fn counting_weights(&self, row: &Row, first_column: usize, weights: &Lanes32) -> Lanes32 {
        let mut counting = Lanes32(weights.0.map(|weight| weight.min(1)));
        if row.has_zeros {
            self.add_zero_weights(row, first_column, &mut counting);
        }
        counting
    }

    /// Not inlined: validators seldom set weights of zero.
    #[inline(never)]
    fn add_zero_weights(&self, row: &Row, first_column: usize, counting: &mut Lanes32) {
        for at in row.weights.clone() {
            let column = self.columns.column(self.weights.uid[at]);
            if let Some(column) = column
                && let Some(lane) = usize::from(column).checked_sub(first_column)
                && lane < LANES
                && !row.masks(self.columns.registered, column)
            {
                counting.0[lane] = 1;
            }
        }
    }
}
