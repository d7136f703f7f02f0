//! Tiles of columns, and what both passes do to one row's lanes of a tile.
//!
//! A *tile* is [`LANES`] neighbouring columns: all that an epoch does to them happens while they are in the first-level
//! cache. A *column block* is [`TILES`] neighbouring tiles: rows lie far apart in memory, so that a row's memory is
//! visited once for all tiles of a column block.

use crate::kernels::simd::{LANES, Lanes32};
use std::ops::Range;

/// The number of tiles in a column block.
pub(super) const TILES: usize = 8;

/// The number of columns in a column block.
pub(super) const BLOCK_COLUMNS: usize = TILES * LANES;

/// The number of rows between the one being gathered and the one whose memory is asked for: the machine cannot guess
/// the next row.
pub(super) const PREFETCH_DISTANCE: usize = 6;

/// Returns the last block of registration in each tile of a column block, from those by column.
pub(super) fn last_registrations(registered: &[u64], column_block: usize) -> [u64; TILES] {
    let mut last = [0; TILES];
    let registered = &registered[column_block * BLOCK_COLUMNS..];
    for (last, tile) in last.iter_mut().zip(registered.chunks(LANES)) {
        *last = tile.iter().copied().max().unwrap_or(0);
    }
    last
}

/// The columns of one row's entries, up to the row's end.
pub(super) struct RowEntries<'a> {
    /// The column of every entry of all rows.
    pub columns: &'a [u16],
    /// The end of the row among them.
    pub end: usize,
}

impl RowEntries<'_> {
    /// Returns whether there is an entry for each of `columns` columns from `first_column` on; the entry `from` is not
    /// before them.
    #[inline(always)]
    pub fn are_dense(&self, from: usize, first_column: usize, columns: usize) -> bool {
        let last = from + columns - 1;
        // Strictly ascending columns leave none out where the last of so many is the last column.
        last < self.end && self.columns[last] as usize == first_column + columns - 1
    }

    /// Returns the end of the entries in the tile that begins at `first_column`; the entry `from` is not before it.
    #[inline(always)]
    pub fn tile_end(&self, from: usize, first_column: usize) -> usize {
        let mut end = from;
        while end < self.end && (self.columns[end] as usize) < first_column + LANES {
            end += 1;
        }
        end
    }
}

/// Writes the values of a run of entries to their lanes of the tile, and 0 to the lanes without an entry.
#[inline(always)]
pub(super) fn expand<T: Copy + Into<u32>>(
    run: Range<usize>,
    columns: &[u16],
    values: &[T],
    to: &mut Lanes32,
) {
    *to = Lanes32::ZERO;
    for (column, &value) in columns[run.clone()].iter().zip(&values[run]) {
        to.0[*column as usize % LANES] = value.into();
    }
}
