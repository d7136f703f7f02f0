//! The stored entries of a column block as dense rows, whether or not the rows have gaps.

use super::columns::Columns;
use super::tile::{BLOCK_COLUMNS, TILES};
use crate::SparseRows;
use crate::kernels::simd::LANES;
use std::ops::Range;

/// The lanes behind a row's columns: entries of columns that the epoch leaves out go there.
const LEFT_OUT: usize = LANES;

/// One row's entries in a column block.
#[derive(Clone)]
#[repr(align(64))]
struct PanelRow {
    /// The stored value in each column, zero where there is none.
    values: [u16; BLOCK_COLUMNS + LEFT_OUT],
    /// A bit for each tile that the row has an entry in; the values of other tiles mean nothing.
    tiles: u32,
}

impl PanelRow {
    const EMPTY: Self = Self {
        values: [0; BLOCK_COLUMNS + LEFT_OUT],
        tiles: 0,
    };
}

/// The rows of weights, or of bonds, in one column block.
///
/// All rows are read before the first is looked at: a vector that is read right behind the stores of its lanes would
/// wait for them.
#[derive(Default)]
pub(super) struct Panel {
    rows: Vec<PanelRow>,
}

impl Panel {
    /// Makes room for so many rows.
    pub fn reserve(&mut self, rows: usize) {
        if self.rows.len() < rows {
            self.rows.resize(rows, PanelRow::EMPTY);
        }
    }

    /// Empties a row.
    #[inline(always)]
    pub fn clear(&mut self, place: usize) {
        self.rows[place].tiles = 0;
    }

    /// Reads a row's entries in a column block, the first of which is not before it, and returns how many there are.
    #[inline(always)]
    pub fn read(
        &mut self,
        place: usize,
        columns: &Columns<'_>,
        rows: &SparseRows<'_>,
        entries: Range<usize>,
        column_block: usize,
    ) -> usize {
        let row = &mut self.rows[place];
        let uids = &rows.uid[entries.clone()];
        let values = &rows.value[entries];
        let first = column_block * BLOCK_COLUMNS;
        row.tiles = 0;
        match columns.column_of {
            Some(column_of) => {
                let end = columns.first_uid(column_block + 1);
                row.read_some(uids, values, first, end, |uid| column_of[uid as usize])
            }
            None if has_few_gaps(uids, first) => row.read_tiles(uids, values, first),
            None => row.read_some(uids, values, first, first + BLOCK_COLUMNS, |uid| uid),
        }
    }

    /// Returns whether a row has an entry in a tile.
    #[inline(always)]
    pub fn has(&self, place: usize, tile: usize) -> bool {
        self.rows[place].tiles >> tile & 1 != 0
    }

    /// Returns the tiles that a row has entries in, a bit for each.
    #[inline(always)]
    pub fn tiles(&self, place: usize) -> u32 {
        self.rows[place].tiles & ((1 << TILES) - 1)
    }

    /// Returns a row's values in a tile, to be replaced.
    #[inline(always)]
    pub fn values_mut(&mut self, place: usize, tile: usize) -> &mut [u16; LANES] {
        &mut self.rows[place].values.as_chunks_mut().0[tile]
    }

    /// Returns a row's values in a tile that it has an entry in.
    #[inline(always)]
    pub fn values(&self, place: usize, tile: usize) -> &[u16; LANES] {
        &self.rows[place].values.as_chunks().0[tile]
    }
}

/// Returns whether the next entries, as many as a column block has columns, reach little further than it.
#[inline(always)]
fn has_few_gaps(uids: &[u16], first: usize) -> bool {
    let count = uids.len().min(BLOCK_COLUMNS);
    count > 0 && usize::from(uids[count - 1]) < first + count + BLOCK_COLUMNS / 4
}

impl PanelRow {
    /// Reads entries one by one, of uids below `end`, each to its column.
    #[inline(always)]
    fn read_some(
        &mut self,
        uids: &[u16],
        values: &[u16],
        first: usize,
        end: usize,
        column: impl Fn(u16) -> u16,
    ) -> usize {
        self.values = PanelRow::EMPTY.values;
        let mut count = 0;
        for (&uid, &value) in uids.iter().zip(values) {
            if usize::from(uid) >= end {
                break;
            }
            // What is left out has a column beyond all others.
            let at = usize::from(column(uid))
                .wrapping_sub(first)
                .min(BLOCK_COLUMNS);
            self.values[at] = value;
            self.tiles |= 1 << (at / LANES);
            count += 1;
        }
        count
    }

    /// Reads entries tile by tile: of those without a gap as one vector.
    #[inline(always)]
    fn read_tiles(&mut self, uids: &[u16], values: &[u16], first: usize) -> usize {
        let mut at = 0;
        for (number, tile) in self.values.as_chunks_mut().0[..TILES]
            .iter_mut()
            .enumerate()
        {
            let end = first + (number + 1) * LANES;
            // Strictly ascending uids leave none out where the last of so many is the tile's last.
            if let Some(&last) = uids.get(at + LANES - 1)
                && usize::from(last) == end - 1
                && let Some(values) = values[at..].first_chunk::<LANES>()
            {
                *tile = *values;
                self.tiles |= 1 << number;
                at += LANES;
                continue;
            }
            *tile = [0; LANES];
            while at < uids.len() && usize::from(uids[at]) < end {
                tile[usize::from(uids[at]) % LANES] = values[at];
                self.tiles |= 1 << number;
                at += 1;
            }
        }
        at
    }
}
