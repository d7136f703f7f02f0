//! The stored entries of a column block as dense rows, whether or not the rows have gaps.

use super::columns::{Columns, PanelPlace};
use super::tile::{BLOCK_COLUMNS, TILES};
use crate::SparseRows;
use crate::kernels::simd::LANES;
use std::ops::Range;

/// A row's stored values in the columns of a tile.
pub(super) type Lanes16 = [u16; LANES];

/// The bit of a row that was read, whether or not it has an entry.
const READ: u32 = 1 << TILES;

/// One row's entries in a column block.
#[derive(Clone)]
#[repr(align(32))]
struct PanelRow {
    /// The stored values in each tile, zeros where there is no entry; behind the tiles go the entries of columns that are
    /// left out.
    tiles: [Lanes16; TILES + 1],
    /// The tiles that the row has an entry in, a bit for each, and [`READ`].
    with_entries: u32,
}

impl PanelRow {
    const EMPTY: Self = Self {
        tiles: [[0; LANES]; TILES + 1],
        with_entries: 0,
    };
}

/// The rows of weights, or of bonds, in one column block.
///
/// All rows are read before the first is looked at: a vector that is read right behind the stores of its lanes would
/// wait for them.
#[derive(Default)]
pub(super) struct Panel {
    /// The rows, and what larger column blocks left behind them.
    rows: Vec<PanelRow>,
}

impl Panel {
    /// Empties the panel, for so many rows.
    pub fn reset(&mut self, rows: usize) {
        if self.rows.len() < rows {
            self.rows.resize(rows, PanelRow::EMPTY);
        }
        for row in &mut self.rows[..rows] {
            row.with_entries = 0;
        }
    }

    /// Writes zeros for those of so many rows that were not read.
    pub fn clear_others(&mut self, rows: usize) {
        for row in &mut self.rows[..rows] {
            if row.with_entries == 0 {
                *row = PanelRow::EMPTY;
            }
        }
    }

    /// Reads a row's entries in a column block, the first of which is not before it, and returns how many there are.
    ///
    /// Not inlined: it has no arithmetic, and both passes read by it.
    #[inline(never)]
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
        match columns.panel_places {
            Some(places) => {
                let count = count_below(uids, columns.first_uid(column_block + 1));
                let uids = &uids[..count];
                if columns.are_all_of_block(uids, column_block) {
                    return row.read_whole(&values[..count]);
                }
                row.read_some(uids, values, |uid| places[usize::from(uid)])
            }
            None if has_few_gaps(uids, first) => row.read_tiles(uids, values, first),
            None => {
                let count = count_below(uids, first + BLOCK_COLUMNS);
                row.read_some(&uids[..count], values, |uid| {
                    PanelPlace::of_column(uid.into())
                })
            }
        }
    }

    /// Returns the tiles that a row has entries in, a bit for each.
    #[inline(always)]
    pub fn with_entries(&self, place: usize) -> u32 {
        self.rows[place].with_entries & (READ - 1)
    }

    /// Returns a row's lanes in a tile.
    #[inline(always)]
    pub fn lanes(&self, place: usize, tile: usize) -> &Lanes16 {
        &self.rows[place].tiles[tile]
    }

    /// Returns a row's lanes in a tile, to be changed.
    #[inline(always)]
    pub fn lanes_mut(&mut self, place: usize, tile: usize) -> &mut Lanes16 {
        &mut self.rows[place].tiles[tile]
    }
}

impl PanelRow {
    /// Reads entries one by one, each to its place, and returns how many there are.
    #[inline(always)]
    fn read_some(
        &mut self,
        uids: &[u16],
        values: &[u16],
        place: impl Fn(u16) -> PanelPlace,
    ) -> usize {
        self.tiles = PanelRow::EMPTY.tiles;
        let lanes = self.tiles.as_flattened_mut();
        let mut places = 0;
        for (&uid, &value) in uids.iter().zip(values) {
            let place = place(uid);
            lanes[place.lane()] = value;
            places |= place.word();
        }
        self.with_entries = READ | places >> 16;
        uids.len()
    }

    /// Reads an entry for each column from the first on, at most as many as a column block has, and returns how many.
    #[inline(always)]
    fn read_whole(&mut self, values: &[u16]) -> usize {
        self.tiles = PanelRow::EMPTY.tiles;
        self.tiles.as_flattened_mut()[..values.len()].copy_from_slice(values);
        self.with_entries = READ | ((1 << values.len().div_ceil(LANES)) - 1);
        values.len()
    }

    /// Reads entries tile by tile: of those without a gap as one vector.
    #[inline(always)]
    fn read_tiles(&mut self, uids: &[u16], values: &[u16], first: usize) -> usize {
        let mut with_entries = READ;
        let mut at = 0;
        for (number, tile) in self.tiles[..TILES].iter_mut().enumerate() {
            let end = first + (number + 1) * LANES;
            // Strictly ascending uids leave none out where the last of so many is the tile's last.
            if let Some(&last) = uids.get(at + LANES - 1)
                && usize::from(last) == end - 1
                && let Some(values) = values[at..].first_chunk::<LANES>()
            {
                *tile = *values;
                with_entries |= 1 << number;
                at += LANES;
                continue;
            }
            *tile = [0; LANES];
            while at < uids.len() && usize::from(uids[at]) < end {
                tile[usize::from(uids[at]) % LANES] = values[at];
                with_entries |= 1 << number;
                at += 1;
            }
        }
        self.with_entries = with_entries;
        at
    }
}

/// Returns how many of ascending uids are below `end`.
#[inline(never)]
fn count_below(uids: &[u16], end: usize) -> usize {
    match uids.last() {
        Some(&last) if usize::from(last) >= end => {
            uids.partition_point(|&uid| usize::from(uid) < end)
        }
        _ => uids.len(),
    }
}

/// Returns whether the next entries, as many as a column block has columns, reach little further than it.
#[inline(always)]
fn has_few_gaps(uids: &[u16], first: usize) -> bool {
    let count = uids.len().min(BLOCK_COLUMNS);
    count > 0 && usize::from(uids[count - 1]) < first + count + BLOCK_COLUMNS / 4
}
